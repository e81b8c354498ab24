//! Every activity of the agents: input, output, queue, and what a repeat of it would do. The crate `activities` implements them.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use temporalio_common::ActivityDefinition;
use temporalio_macros::activity_definitions;
use temporalio_sdk::activities::ActivityError;

use crate::domain::{
    customer::{CustomerDraft, FoundCustomer},
    order::Order,
    policy::{Policy, PolicyQuestion},
    sales_order::{ItemsByName, SalesOrderDraft},
};

/// What happens when a call is made twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: it only reads.
    Read,
    /// Nothing more than once: a flag, a tag, a keyed upsert.
    RepeatableWrite,
    /// A second document, unless the call looks for the first.
    CreatingWrite,
}

/// An activity with its vendor's queue and its effect.
pub struct Contract<A> {
    /// The definition.
    pub activity: A,
    /// The queue of the process that may do it; none: the workflow's own.
    pub queue: Option<&'static str>,
    /// What a repeat would do.
    pub effect: Effect,
}

/// Queue of every call to Shopify.
pub const SHOPIFY: &str = "shopify";
/// Queue of every call to NetSuite.
pub const NETSUITE: &str = "netsuite";
/// The queues of the vendors.
pub const VENDOR_QUEUES: [&str; 2] = [SHOPIFY, NETSUITE];

/// A brand's order at Shopify.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShopifyOrderRef {
    /// The brand.
    pub brand: String,
    /// Numeric id.
    pub order_id: u64,
}

/// Which brand and order an input means.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identify {
    /// As typed.
    pub brand: Option<String>,
    /// `#1001`, to be looked up.
    pub order_name: Option<String>,
    /// The workflow that asks: it must be enabled for the brand.
    pub workflow: String,
}

/// The answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identified {
    /// The brand.
    pub brand: String,
    /// Numeric id of the named order.
    pub order_id: Option<u64>,
}

/// What one look at NetSuite is to find.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LookUp {
    /// The brand.
    pub brand: String,
    /// `externalId` of the Sales Order.
    pub sales_order_key: String,
    /// The customer by key, or by e-mail within the subsidiary.
    pub customer: Option<CustomerDraft>,
    /// Item names (SKUs) to resolve.
    pub item_names: BTreeSet<String>,
}

/// What it found.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Found {
    /// Sales Orders with our key; two are a fault that parks.
    pub sales_orders: Vec<String>,
    /// Candidates for the customer.
    pub customers: Vec<FoundCustomer>,
    /// Ids by item name.
    pub items: ItemsByName,
    /// When the answer came: a creating write believes it for a few seconds only.
    pub at: Timestamp,
}

/// A customer to be made.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EnsureCustomer {
    /// The brand.
    pub brand: String,
    /// The customer.
    pub customer: CustomerDraft,
}

/// A Sales Order to be made.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateSalesOrder {
    /// The brand.
    pub brand: String,
    /// Internal id of the customer.
    pub customer: String,
    /// When NetSuite was last asked for the key and had nothing.
    pub looked_at: Timestamp,
    /// When the order was placed, for the metric "seconds from order to Sales Order".
    pub placed_at: Timestamp,
    /// Was the run reset? Then a request of the run before it may still be on its way.
    pub after_reset: bool,
    /// The Sales Order.
    pub draft: SalesOrderDraft,
}

/// A Sales Order at NetSuite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SalesOrderRef {
    /// The brand.
    pub brand: String,
    /// Internal id.
    pub sales_order_id: String,
}

/// A Sales Order as NetSuite has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SalesOrder {
    /// Internal id.
    pub id: String,
    /// Document number: `SO1001`.
    pub number: String,
    /// Total, computed by NetSuite.
    pub total: Decimal,
    /// Letter of the status: A Pending Approval, B Pending Fulfillment, … H Closed.
    pub status: String,
    /// Internal id of the customer.
    pub customer: String,
}

/// Tags for an order.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TagOrder {
    /// The brand.
    pub brand: String,
    /// Numeric id.
    pub order_id: u64,
    /// Tags to add.
    pub tags: Vec<String>,
}

/// A page of changed orders.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangedOrders {
    /// The brand.
    pub brand: String,
    /// Watermark of the last completed tick; none: the brand's look-back.
    pub since: Option<Timestamp>,
}

/// What a poll saw and did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PollReport {
    /// Orders changed since the watermark, with overlap.
    pub seen: u64,
    /// Of these, already sent.
    pub sent: u64,
    /// Of these, before the go-live, cancelled, or test orders.
    pub skipped: u64,
    /// Of these, unchanged since an earlier tick published them.
    pub settled: u64,
    /// Published to the bus.
    pub published: u64,
    /// Modification time of the last order seen; the next tick starts there.
    pub watermark: Option<Timestamp>,
}

/// A run to wait for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AwaitRun {
    /// Its workflow id.
    pub workflow_id: String,
}

/// The definitions; the functions below say what each does.
pub struct Activities;

#[activity_definitions]
impl Activities {
    #[activity(name = "identifyOrder")]
    pub fn identify_order(_: Identify) -> Result<Identified, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "getShopifyOrder")]
    pub fn get_shopify_order(_: ShopifyOrderRef) -> Result<Order, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "readPolicy")]
    pub fn read_policy(_: PolicyQuestion) -> Result<Policy, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "lookUpSalesOrder")]
    pub fn look_up_sales_order(_: LookUp) -> Result<Found, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "ensureCustomer")]
    pub fn ensure_customer(_: EnsureCustomer) -> Result<String, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "createSalesOrder")]
    pub fn create_sales_order(_: CreateSalesOrder) -> Result<String, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "getSalesOrder")]
    pub fn get_sales_order(_: SalesOrderRef) -> Result<SalesOrder, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "releaseSalesOrder")]
    pub fn release_sales_order(_: SalesOrderRef) -> Result<(), ActivityError> {
        unimplemented!()
    }
    #[activity(name = "tagShopifyOrder")]
    pub fn tag_shopify_order(_: TagOrder) -> Result<(), ActivityError> {
        unimplemented!()
    }
    #[activity(name = "publishChangedOrders")]
    pub fn publish_changed_orders(_: ChangedOrders) -> Result<PollReport, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "readWatermark")]
    pub fn read_watermark(_: String) -> Result<Option<Timestamp>, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "awaitRun")]
    pub fn await_run(_: AwaitRun) -> Result<serde_json::Value, ActivityError> {
        unimplemented!()
    }
}

/// Markers of the definitions, by which the implementations refer to them.
pub mod definitions {
    pub use super::activities::*;
}

fn contract<A>(queue: Option<&'static str>, effect: Effect, activity: A) -> Contract<A> {
    Contract { activity, queue, effect }
}

/// Which brand and order are meant; refused where the agent is not enabled.
pub fn identify_order() -> Contract<impl ActivityDefinition<Input = Identify, Output = Identified>> {
    contract(Some(SHOPIFY), Effect::Read, Activities::identify_order)
}
/// The order as Shopify has it now, in the booked currency.
pub fn get_shopify_order() -> Contract<impl ActivityDefinition<Input = ShopifyOrderRef, Output = Order>> {
    contract(Some(SHOPIFY), Effect::Read, Activities::get_shopify_order)
}
/// The slice of the brand's policy that this order needs.
pub fn read_policy() -> Contract<impl ActivityDefinition<Input = PolicyQuestion, Output = Policy>> {
    contract(None, Effect::Read, Activities::read_policy)
}
/// Customer, items and any Sales Order with our key, in one SuiteQL.
pub fn look_up_sales_order() -> Contract<impl ActivityDefinition<Input = LookUp, Output = Found>> {
    contract(Some(NETSUITE), Effect::Read, Activities::look_up_sales_order)
}
/// The customer by key or e-mail, or made under our key. Output: internal id.
pub fn ensure_customer() -> Contract<impl ActivityDefinition<Input = EnsureCustomer, Output = String>> {
    contract(Some(NETSUITE), Effect::RepeatableWrite, Activities::ensure_customer)
}
/// The Sales Order, Pending Approval. Output: internal id.
pub fn create_sales_order() -> Contract<impl ActivityDefinition<Input = CreateSalesOrder, Output = String>> {
    contract(Some(NETSUITE), Effect::CreatingWrite, Activities::create_sales_order)
}
/// The Sales Order as NetSuite has it now.
pub fn get_sales_order() -> Contract<impl ActivityDefinition<Input = SalesOrderRef, Output = SalesOrder>> {
    contract(Some(NETSUITE), Effect::Read, Activities::get_sales_order)
}
/// Pending Approval to Pending Fulfillment.
pub fn release_sales_order() -> Contract<impl ActivityDefinition<Input = SalesOrderRef, Output = ()>> {
    contract(Some(NETSUITE), Effect::RepeatableWrite, Activities::release_sales_order)
}
/// Tags on the order.
pub fn tag_shopify_order() -> Contract<impl ActivityDefinition<Input = TagOrder, Output = ()>> {
    contract(Some(SHOPIFY), Effect::RepeatableWrite, Activities::tag_shopify_order)
}
/// Every order changed since the watermark, published to the bus.
pub fn publish_changed_orders() -> Contract<impl ActivityDefinition<Input = ChangedOrders, Output = PollReport>> {
    contract(Some(SHOPIFY), Effect::RepeatableWrite, Activities::publish_changed_orders)
}
/// The watermark in the memo of the brand's last completed tick.
pub fn read_watermark() -> Contract<impl ActivityDefinition<Input = String, Output = Option<Timestamp>>> {
    contract(None, Effect::Read, Activities::read_watermark)
}
/// The result of another run, when it ends.
pub fn await_run() -> Contract<impl ActivityDefinition<Input = AwaitRun, Output = serde_json::Value>> {
    contract(None, Effect::Read, Activities::await_run)
}
