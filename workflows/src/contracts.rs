//! Every activity of the agents: input, output, queue, and what a repeat of it would do. The crate `activities` implements them.

mod deposits;
mod inbound;
mod money;
mod polls;
pub mod stock;
mod warehouse;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

pub use deposits::{ApplyDeposit, CreateDeposit};
pub use inbound::*;
pub use money::*;
pub use polls::*;
pub use warehouse::*;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use temporalio_common::ActivityDefinition;
use temporalio_macros::activity_definitions;
use temporalio_sdk::activities::ActivityError;

use crate::domain::{
    billing::BillingPolicy,
    chain::Chain,
    customer::{CustomerDraft, FoundCustomer},
    order::Order,
    payment::{PaymentPolicy, PaymentQuestion, Received},
    policy::{Policy, PolicyQuestion},
    sales_order::{ItemsByName, SalesOrderDraft},
    shipment::{DclOrder, ShippingPolicy, ShippingQuestion},
    warehouse::{Delivery, WarehousePolicy, WarehouseQuestion},
};
use crate::event::Event;

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
/// Queue of every call to DCL.
pub const DCL: &str = "dcl";
/// The queues of the vendors.
pub const VENDOR_QUEUES: [&str; 3] = [SHOPIFY, NETSUITE, DCL];

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

/// An event for the bus.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Publication {
    /// What happened.
    pub event: Event,
}

/// Which brand and Sales Order an input means.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IdentifySalesOrder {
    /// As typed.
    pub brand: Option<String>,
    /// Internal id.
    pub id: Option<String>,
    /// `SO1002`, to be looked up.
    pub number: Option<String>,
    /// The workflow that asks: it must be enabled for the brand.
    pub workflow: String,
}

/// The answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IdentifiedSalesOrder {
    /// The brand.
    pub brand: String,
    /// Internal id.
    pub sales_order_id: String,
    /// Shopify's numeric id of its order, where it has one.
    pub shopify_order: Option<u64>,
}

/// A Sales Order to be read with its documents.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChainQuestion {
    /// The brand.
    pub brand: String,
    /// Which.
    pub by: ChainBy,
}

/// What a Sales Order is found by.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ChainBy {
    /// Its internal id.
    SalesOrder(String),
    /// Its number: `SO1002`.
    Number(String),
    /// The key of its order: Shopify's numeric id.
    Order(String),
}

impl fmt::Display for ChainBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SalesOrder(id) => write!(f, "Sales Order {id}"),
            Self::Number(number) => f.write_str(number),
            Self::Order(key) => write!(f, "the Sales Order of order {key}"),
        }
    }
}

/// Lines of a Sales Order.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SalesOrderLines {
    /// The brand.
    pub brand: String,
    /// Internal id.
    pub sales_order_id: String,
    /// Numbers of the lines.
    pub lines: Vec<u32>,
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
    pub fn publish_changed_orders(_: Changed) -> Result<PollReport, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "readWatermark")]
    pub fn read_watermark(_: WatermarkOf) -> Result<Marks, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "identifySalesOrder")]
    pub fn identify_sales_order(_: IdentifySalesOrder) -> Result<IdentifiedSalesOrder, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "readSalesOrderChain")]
    pub fn read_chain(_: ChainQuestion) -> Result<Option<Chain>, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "getDelivery")]
    pub fn get_delivery(_: SalesOrderRef) -> Result<Delivery, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "readWarehousePolicy")]
    pub fn read_warehouse_policy(_: WarehouseQuestion) -> Result<WarehousePolicy, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "submitWarehouseOrder")]
    pub fn submit_warehouse_order(_: SubmitOrder) -> Result<(), ActivityError> {
        unimplemented!()
    }
    #[activity(name = "markSalesOrderSentTo3pl")]
    pub fn mark_sent(_: MarkSent) -> Result<(), ActivityError> {
        unimplemented!()
    }
    #[activity(name = "holdSalesOrder")]
    pub fn hold_sales_order(_: SalesOrderRef) -> Result<(), ActivityError> {
        unimplemented!()
    }
    #[activity(name = "closeSalesOrder")]
    pub fn close_sales_order(_: SalesOrderLines) -> Result<(), ActivityError> {
        unimplemented!()
    }
    #[activity(name = "getDclOrder")]
    pub fn get_dcl_order(_: DclOrderRef) -> Result<Option<DclOrder>, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "readShippingPolicy")]
    pub fn read_shipping_policy(_: ShippingQuestion) -> Result<ShippingPolicy, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "createItemFulfillment")]
    pub fn create_fulfillment(_: CreateFulfillment) -> Result<String, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "linkItemFulfillment")]
    pub fn link_fulfillment(_: LinkFulfillment) -> Result<(), ActivityError> {
        unimplemented!()
    }
    #[activity(name = "fulfillShopifyOrder")]
    pub fn fulfill_shopify(_: FulfillShopify) -> Result<Vec<u64>, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "updateShopifyTracking")]
    pub fn update_tracking(_: UpdateTracking) -> Result<(), ActivityError> {
        unimplemented!()
    }
    #[activity(name = "readBillingPolicy")]
    pub fn read_billing_policy(_: BillingQuestion) -> Result<BillingPolicy, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "getTaxRates")]
    pub fn get_tax_rates(_: SalesOrderRef) -> Result<BTreeMap<u32, Decimal>, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "createBill")]
    pub fn create_bill(_: CreateBill) -> Result<String, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "markSalesOrderInvoiced")]
    pub fn mark_invoiced(_: SalesOrderRef) -> Result<(), ActivityError> {
        unimplemented!()
    }
    #[activity(name = "getShopifyPayments")]
    pub fn get_received(_: ShopifyOrderRef) -> Result<Received, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "readPaymentPolicy")]
    pub fn read_payment_policy(_: PaymentQuestion) -> Result<PaymentPolicy, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "createCustomerPayment")]
    pub fn create_payment(_: CreatePayment) -> Result<String, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "applyCustomerPayment")]
    pub fn apply_payment(_: ApplyPayment) -> Result<(), ActivityError> {
        unimplemented!()
    }
    #[activity(name = "createCustomerDeposit")]
    pub fn create_deposit(_: CreateDeposit) -> Result<String, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "applyCustomerDeposit")]
    pub fn apply_deposit(_: ApplyDeposit) -> Result<String, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "publishEvent")]
    pub fn publish(_: Publication) -> Result<String, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "publishWaitingSalesOrders")]
    pub fn publish_waiting_sales_orders(_: Changed) -> Result<PollReport, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "publishChangedDclOrders")]
    pub fn publish_changed_dcl_orders(_: Changed) -> Result<PollReport, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "publishPaidOutOrders")]
    pub fn publish_paid_out(_: Changed) -> Result<PollReport, ActivityError> {
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
    pub use super::inbound::definitions::*;
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
pub fn publish_changed_orders() -> Contract<impl ActivityDefinition<Input = Changed, Output = PollReport>> {
    contract(Some(SHOPIFY), Effect::RepeatableWrite, Activities::publish_changed_orders)
}
/// The marks in the memo of the brand's last completed tick.
pub fn read_watermark() -> Contract<impl ActivityDefinition<Input = WatermarkOf, Output = Marks>> {
    contract(None, Effect::Read, Activities::read_watermark)
}
/// Which brand and Sales Order are meant; refused where the agent is not enabled.
pub fn identify_sales_order()
-> Contract<impl ActivityDefinition<Input = IdentifySalesOrder, Output = IdentifiedSalesOrder>> {
    contract(Some(NETSUITE), Effect::Read, Activities::identify_sales_order)
}
/// The Sales Order with everything that NetSuite has made of it, in one SuiteQL; none if there is none.
pub fn read_chain() -> Contract<impl ActivityDefinition<Input = ChainQuestion, Output = Option<Chain>>> {
    contract(Some(NETSUITE), Effect::Read, Activities::read_chain)
}
/// Where a Sales Order goes and how.
pub fn get_delivery() -> Contract<impl ActivityDefinition<Input = SalesOrderRef, Output = Delivery>> {
    contract(Some(NETSUITE), Effect::Read, Activities::get_delivery)
}
/// The slice of the brand's policy that one warehouse order needs.
pub fn read_warehouse_policy() -> Contract<impl ActivityDefinition<Input = WarehouseQuestion, Output = WarehousePolicy>>
{
    contract(None, Effect::Read, Activities::read_warehouse_policy)
}
/// One order at the warehouse, under the Sales Order's number.
pub fn submit_warehouse_order() -> Contract<impl ActivityDefinition<Input = SubmitOrder, Output = ()>> {
    contract(Some(DCL), Effect::CreatingWrite, Activities::submit_warehouse_order)
}
/// `custbody_sent_to_3pl`.
pub fn mark_sent() -> Contract<impl ActivityDefinition<Input = MarkSent, Output = ()>> {
    contract(Some(NETSUITE), Effect::RepeatableWrite, Activities::mark_sent)
}
/// `custbody_o2c_hold`: kept from the warehouse.
pub fn hold_sales_order() -> Contract<impl ActivityDefinition<Input = SalesOrderRef, Output = ()>> {
    contract(Some(NETSUITE), Effect::RepeatableWrite, Activities::hold_sales_order)
}
/// Lines closed: nothing more will come of them.
pub fn close_sales_order() -> Contract<impl ActivityDefinition<Input = SalesOrderLines, Output = ()>> {
    contract(Some(NETSUITE), Effect::RepeatableWrite, Activities::close_sales_order)
}
/// The order as the warehouse has it now; none if it has none.
pub fn get_dcl_order() -> Contract<impl ActivityDefinition<Input = DclOrderRef, Output = Option<DclOrder>>> {
    contract(Some(DCL), Effect::Read, Activities::get_dcl_order)
}
/// The slice of the brand's policy that one order's shipments need.
pub fn read_shipping_policy() -> Contract<impl ActivityDefinition<Input = ShippingQuestion, Output = ShippingPolicy>> {
    contract(None, Effect::Read, Activities::read_shipping_policy)
}
/// An Item Fulfillment of the Sales Order. Output: internal id.
pub fn create_fulfillment() -> Contract<impl ActivityDefinition<Input = CreateFulfillment, Output = String>> {
    contract(Some(NETSUITE), Effect::CreatingWrite, Activities::create_fulfillment)
}
/// The Shopify fulfillments and tracking numbers of an Item Fulfillment.
pub fn link_fulfillment() -> Contract<impl ActivityDefinition<Input = LinkFulfillment, Output = ()>> {
    contract(Some(NETSUITE), Effect::RepeatableWrite, Activities::link_fulfillment)
}
/// One Shopify fulfillment for a shipment, one for each location where it takes from several. Output: their ids.
pub fn fulfill_shopify() -> Contract<impl ActivityDefinition<Input = FulfillShopify, Output = Vec<u64>>> {
    contract(Some(SHOPIFY), Effect::CreatingWrite, Activities::fulfill_shopify)
}
/// New tracking numbers of Shopify fulfillments.
pub fn update_tracking() -> Contract<impl ActivityDefinition<Input = UpdateTracking, Output = ()>> {
    contract(Some(SHOPIFY), Effect::RepeatableWrite, Activities::update_tracking)
}
/// What the brand's policy says about billing.
pub fn read_billing_policy() -> Contract<impl ActivityDefinition<Input = BillingQuestion, Output = BillingPolicy>> {
    contract(None, Effect::Read, Activities::read_billing_policy)
}
/// Legacy tax rates of a Sales Order's lines, in percent.
pub fn get_tax_rates() -> Contract<impl ActivityDefinition<Input = SalesOrderRef, Output = BTreeMap<u32, Decimal>>> {
    contract(Some(NETSUITE), Effect::Read, Activities::get_tax_rates)
}
/// An Invoice or Cash Sale of the Sales Order. Output: internal id.
pub fn create_bill() -> Contract<impl ActivityDefinition<Input = CreateBill, Output = String>> {
    contract(Some(NETSUITE), Effect::CreatingWrite, Activities::create_bill)
}
/// `custbody_o2c_invoiced`.
pub fn mark_invoiced() -> Contract<impl ActivityDefinition<Input = SalesOrderRef, Output = ()>> {
    contract(Some(NETSUITE), Effect::RepeatableWrite, Activities::mark_invoiced)
}
/// What the shop has received and given back for one order, in the booked currency.
pub fn get_received() -> Contract<impl ActivityDefinition<Input = ShopifyOrderRef, Output = Received>> {
    contract(Some(SHOPIFY), Effect::Read, Activities::get_received)
}
/// The slice of the brand's policy that one order's money needs.
pub fn read_payment_policy() -> Contract<impl ActivityDefinition<Input = PaymentQuestion, Output = PaymentPolicy>> {
    contract(None, Effect::Read, Activities::read_payment_policy)
}
/// A customer payment, applied. Output: internal id.
pub fn create_payment() -> Contract<impl ActivityDefinition<Input = CreatePayment, Output = String>> {
    contract(Some(NETSUITE), Effect::CreatingWrite, Activities::create_payment)
}
/// What is left of a customer payment, applied to further Invoices.
pub fn apply_payment() -> Contract<impl ActivityDefinition<Input = ApplyPayment, Output = ()>> {
    contract(Some(NETSUITE), Effect::RepeatableWrite, Activities::apply_payment)
}
/// A customer deposit of the Sales Order. Output: internal id.
pub fn create_deposit() -> Contract<impl ActivityDefinition<Input = CreateDeposit, Output = String>> {
    contract(Some(NETSUITE), Effect::CreatingWrite, Activities::create_deposit)
}
/// What of a deposit pays an Invoice: a deposit application. Output: internal id.
pub fn apply_deposit() -> Contract<impl ActivityDefinition<Input = ApplyDeposit, Output = String>> {
    contract(Some(NETSUITE), Effect::CreatingWrite, Activities::apply_deposit)
}
/// Starts or wakes the run that the event is about. Output: what happened.
pub fn publish() -> Contract<impl ActivityDefinition<Input = Publication, Output = String>> {
    contract(None, Effect::RepeatableWrite, Activities::publish)
}
/// Every Sales Order that waits to be sent, billed or settled, published to the bus.
pub fn publish_waiting_sales_orders() -> Contract<impl ActivityDefinition<Input = Changed, Output = PollReport>> {
    contract(Some(NETSUITE), Effect::RepeatableWrite, Activities::publish_waiting_sales_orders)
}
/// Every order of ours that changed at the warehouse since the watermark, published to the bus.
pub fn publish_changed_dcl_orders() -> Contract<impl ActivityDefinition<Input = Changed, Output = PollReport>> {
    contract(Some(DCL), Effect::RepeatableWrite, Activities::publish_changed_dcl_orders)
}
/// Every order with an open Invoice whose money Shopify Payments has paid out since the last tick, published to the bus.
pub fn publish_paid_out() -> Contract<impl ActivityDefinition<Input = Changed, Output = PollReport>> {
    contract(Some(SHOPIFY), Effect::RepeatableWrite, Activities::publish_paid_out)
}
/// The result of another run, when it ends.
pub fn await_run() -> Contract<impl ActivityDefinition<Input = AwaitRun, Output = serde_json::Value>> {
    contract(None, Effect::Read, Activities::await_run)
}
