#![doc = include_str!("../README.md")]
// The SDK's macros make public items that cannot carry docs.
#![allow(missing_docs)]

mod failure;
mod metrics;
mod netsuite;
mod policy;
mod pool;
mod runs;
mod shopify;
mod vendors;

use std::sync::Arc;

use bus::Bus;
use config::Config;
use jiff::Timestamp;
use serde_json::Value;
use temporalio_client::Client;
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::{
    contracts::{
        AwaitRun, ChangedOrders, CreateSalesOrder, EnsureCustomer, Found, Identified, Identify, LookUp, PollReport,
        SalesOrder, SalesOrderRef, ShopifyOrderRef, TagOrder, definitions,
    },
    domain::{order::Order, policy::Policy, policy::PolicyQuestion},
};

pub use metrics::Metrics;
pub use pool::Pool;
pub use vendors::{Vendors, VendorsError};

/// Everything that the activities share: clients, permits, configuration, the bus.
#[derive(Clone)]
pub struct Agents {
    pub(crate) config: Arc<Config>,
    pub(crate) vendors: Arc<Vendors>,
    pub(crate) bus: Bus,
    pub(crate) client: Client,
    pub(crate) metrics: Arc<Metrics>,
}

impl Agents {
    /// `vendors` is shared by every worker of the process, so that all of them draw on one pool per account.
    pub fn new(config: Arc<Config>, vendors: Arc<Vendors>, bus: Bus, client: Client, metrics: Arc<Metrics>) -> Self {
        Self { config, vendors, bus, client, metrics }
    }
}

#[activities]
impl Agents {
    #[activity(definition = definitions::IdentifyOrder)]
    pub async fn identify_order(
        self: Arc<Self>,
        ctx: ActivityContext,
        question: Identify,
    ) -> Result<Identified, ActivityError> {
        shopify::identify(&self, &ctx, question).await
    }

    #[activity(definition = definitions::GetShopifyOrder)]
    pub async fn get_shopify_order(
        self: Arc<Self>,
        ctx: ActivityContext,
        order: ShopifyOrderRef,
    ) -> Result<Order, ActivityError> {
        shopify::order(&self, &ctx, order).await
    }

    #[activity(definition = definitions::TagShopifyOrder)]
    pub async fn tag_shopify_order(
        self: Arc<Self>,
        ctx: ActivityContext,
        order: TagOrder,
    ) -> Result<(), ActivityError> {
        shopify::tag(&self, &ctx, order).await
    }

    #[activity(definition = definitions::PublishChangedOrders)]
    pub async fn publish_changed_orders(
        self: Arc<Self>,
        ctx: ActivityContext,
        question: ChangedOrders,
    ) -> Result<PollReport, ActivityError> {
        shopify::publish_changed(&self, &ctx, question).await
    }

    #[activity(definition = definitions::ReadPolicy)]
    pub async fn read_policy(
        self: Arc<Self>,
        _ctx: ActivityContext,
        question: PolicyQuestion,
    ) -> Result<Policy, ActivityError> {
        policy::slice(&self.config, &question)
    }

    #[activity(definition = definitions::LookUpSalesOrder)]
    pub async fn look_up_sales_order(
        self: Arc<Self>,
        ctx: ActivityContext,
        question: LookUp,
    ) -> Result<Found, ActivityError> {
        netsuite::look_up(&self, &ctx, question).await
    }

    #[activity(definition = definitions::EnsureCustomer)]
    pub async fn ensure_customer(
        self: Arc<Self>,
        ctx: ActivityContext,
        request: EnsureCustomer,
    ) -> Result<String, ActivityError> {
        netsuite::ensure_customer(&self, &ctx, request).await
    }

    #[activity(definition = definitions::CreateSalesOrder)]
    pub async fn create_sales_order(
        self: Arc<Self>,
        ctx: ActivityContext,
        request: CreateSalesOrder,
    ) -> Result<String, ActivityError> {
        netsuite::create_sales_order(&self, &ctx, request).await
    }

    #[activity(definition = definitions::GetSalesOrder)]
    pub async fn get_sales_order(
        self: Arc<Self>,
        ctx: ActivityContext,
        which: SalesOrderRef,
    ) -> Result<SalesOrder, ActivityError> {
        netsuite::get_sales_order(&self, &ctx, which).await
    }

    #[activity(definition = definitions::ReleaseSalesOrder)]
    pub async fn release_sales_order(
        self: Arc<Self>,
        ctx: ActivityContext,
        which: SalesOrderRef,
    ) -> Result<(), ActivityError> {
        netsuite::release(&self, &ctx, which).await
    }

    #[activity(definition = definitions::ReadWatermark)]
    pub async fn read_watermark(
        self: Arc<Self>,
        _ctx: ActivityContext,
        brand: String,
    ) -> Result<Option<Timestamp>, ActivityError> {
        runs::watermark(&self.client, &brand).await
    }

    #[activity(definition = definitions::AwaitRun)]
    pub async fn await_run(self: Arc<Self>, ctx: ActivityContext, run: AwaitRun) -> Result<Value, ActivityError> {
        runs::result(&self.client, &ctx, &run.workflow_id).await
    }
}
