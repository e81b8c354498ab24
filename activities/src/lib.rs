#![doc = include_str!("../README.md")]
// The SDK's macros make public items that cannot carry docs.
#![allow(missing_docs)]

mod creating;
mod dcl;
mod failure;
mod metrics;
mod netsuite;
mod policy;
mod pool;
mod runs;
mod shopify;
mod stock;
mod vendors;

use std::{collections::BTreeMap, sync::Arc};

use bus::Bus;
use config::Config;
use rust_decimal::Decimal;
use serde_json::Value;
use temporalio_client::Client;
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::{
    contracts::{
        Announce, ApplyDeposit, ApplyPayment, AwaitRun, BillingQuestion, ChainQuestion, Changed, CloseInbound,
        CreateBill, CreateDeposit, CreateFulfillment, CreatePayment, CreateReceipt, CreateSalesOrder, DclOrderRef,
        DclPoRef, EnsureCustomer, Found, FulfillShopify, Identified, IdentifiedSalesOrder, Identify,
        IdentifySalesOrder, InboundOrderQuestion, InboundRef, LinkFulfillment, LookUp, MarkInbound, MarkSent, Marks,
        PollReport, Publication, SalesOrder, SalesOrderLines, SalesOrderRef, ShopifyOrderRef, SubmitOrder, TagOrder,
        UpdateTracking, WatermarkOf, definitions,
        stock::{AwaitItemSync, CheckStock, SyncStock, definitions as stock_definitions},
    },
    domain::{
        billing::BillingPolicy,
        chain::Chain,
        inbound::{Booked, InboundOrder, InboundPolicy, InboundQuestion},
        order::Order,
        payment::{PaymentPolicy, PaymentQuestion, Received},
        policy::{Policy, PolicyQuestion},
        receipt::ReceivedRow,
        shipment::{DclOrder, ShippingPolicy, ShippingQuestion},
        stock::StockReport,
        stock_check::CheckReport,
        stock_input::LastTick,
        warehouse::{Delivery, WarehousePolicy, WarehouseQuestion},
    },
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
        question: Changed,
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

    #[activity(definition = definitions::IdentifySalesOrder)]
    pub async fn identify_sales_order(
        self: Arc<Self>,
        ctx: ActivityContext,
        question: IdentifySalesOrder,
    ) -> Result<IdentifiedSalesOrder, ActivityError> {
        netsuite::identify(&self, &ctx, question).await
    }

    #[activity(definition = definitions::ReadChain)]
    pub async fn read_chain(
        self: Arc<Self>,
        ctx: ActivityContext,
        question: ChainQuestion,
    ) -> Result<Option<Chain>, ActivityError> {
        netsuite::read_chain(&self, &ctx, question).await
    }

    #[activity(definition = definitions::GetDelivery)]
    pub async fn get_delivery(
        self: Arc<Self>,
        ctx: ActivityContext,
        which: SalesOrderRef,
    ) -> Result<Delivery, ActivityError> {
        netsuite::get_delivery(&self, &ctx, which).await
    }

    #[activity(definition = definitions::ReadWarehousePolicy)]
    pub async fn read_warehouse_policy(
        self: Arc<Self>,
        _ctx: ActivityContext,
        question: WarehouseQuestion,
    ) -> Result<WarehousePolicy, ActivityError> {
        policy::warehouse(&self.config, &question)
    }

    #[activity(definition = definitions::SubmitWarehouseOrder)]
    pub async fn submit_warehouse_order(
        self: Arc<Self>,
        ctx: ActivityContext,
        request: SubmitOrder,
    ) -> Result<(), ActivityError> {
        dcl::submit(&self, &ctx, request).await
    }

    #[activity(definition = definitions::MarkSent)]
    pub async fn mark_sent(self: Arc<Self>, ctx: ActivityContext, mark: MarkSent) -> Result<(), ActivityError> {
        netsuite::mark_sent(&self, &ctx, mark).await
    }

    #[activity(definition = definitions::HoldSalesOrder)]
    pub async fn hold_sales_order(
        self: Arc<Self>,
        ctx: ActivityContext,
        which: SalesOrderRef,
    ) -> Result<(), ActivityError> {
        netsuite::hold(&self, &ctx, which).await
    }

    #[activity(definition = definitions::CloseSalesOrder)]
    pub async fn close_sales_order(
        self: Arc<Self>,
        ctx: ActivityContext,
        lines: SalesOrderLines,
    ) -> Result<(), ActivityError> {
        netsuite::close(&self, &ctx, lines).await
    }

    #[activity(definition = definitions::GetDclOrder)]
    pub async fn get_dcl_order(
        self: Arc<Self>,
        ctx: ActivityContext,
        which: DclOrderRef,
    ) -> Result<Option<DclOrder>, ActivityError> {
        dcl::order(&self, &ctx, which).await
    }

    #[activity(definition = definitions::ReadShippingPolicy)]
    pub async fn read_shipping_policy(
        self: Arc<Self>,
        _ctx: ActivityContext,
        question: ShippingQuestion,
    ) -> Result<ShippingPolicy, ActivityError> {
        policy::shipping(&self.config, &question)
    }

    #[activity(definition = definitions::CreateFulfillment)]
    pub async fn create_fulfillment(
        self: Arc<Self>,
        ctx: ActivityContext,
        request: CreateFulfillment,
    ) -> Result<String, ActivityError> {
        netsuite::create_fulfillment(&self, &ctx, request).await
    }

    #[activity(definition = definitions::LinkFulfillment)]
    pub async fn link_fulfillment(
        self: Arc<Self>,
        ctx: ActivityContext,
        link: LinkFulfillment,
    ) -> Result<(), ActivityError> {
        netsuite::link_fulfillment(&self, &ctx, link).await
    }

    #[activity(definition = definitions::FulfillShopify)]
    pub async fn fulfill_shopify(
        self: Arc<Self>,
        ctx: ActivityContext,
        request: FulfillShopify,
    ) -> Result<Vec<u64>, ActivityError> {
        shopify::fulfill(&self, &ctx, request).await
    }

    #[activity(definition = definitions::UpdateTracking)]
    pub async fn update_tracking(
        self: Arc<Self>,
        ctx: ActivityContext,
        request: UpdateTracking,
    ) -> Result<(), ActivityError> {
        shopify::update_tracking(&self, &ctx, request).await
    }

    #[activity(definition = definitions::ReadBillingPolicy)]
    pub async fn read_billing_policy(
        self: Arc<Self>,
        _ctx: ActivityContext,
        question: BillingQuestion,
    ) -> Result<BillingPolicy, ActivityError> {
        policy::billing(&self.config, &question)
    }

    #[activity(definition = definitions::GetTaxRates)]
    pub async fn get_tax_rates(
        self: Arc<Self>,
        ctx: ActivityContext,
        which: SalesOrderRef,
    ) -> Result<BTreeMap<u32, Decimal>, ActivityError> {
        netsuite::get_tax_rates(&self, &ctx, which).await
    }

    #[activity(definition = definitions::CreateBill)]
    pub async fn create_bill(
        self: Arc<Self>,
        ctx: ActivityContext,
        request: CreateBill,
    ) -> Result<String, ActivityError> {
        netsuite::create_bill(&self, &ctx, request).await
    }

    #[activity(definition = definitions::MarkInvoiced)]
    pub async fn mark_invoiced(
        self: Arc<Self>,
        ctx: ActivityContext,
        which: SalesOrderRef,
    ) -> Result<(), ActivityError> {
        netsuite::mark_invoiced(&self, &ctx, which).await
    }

    #[activity(definition = definitions::GetReceived)]
    pub async fn get_received(
        self: Arc<Self>,
        ctx: ActivityContext,
        which: ShopifyOrderRef,
    ) -> Result<Received, ActivityError> {
        shopify::received(&self, &ctx, which).await
    }

    #[activity(definition = definitions::ReadPaymentPolicy)]
    pub async fn read_payment_policy(
        self: Arc<Self>,
        _ctx: ActivityContext,
        question: PaymentQuestion,
    ) -> Result<PaymentPolicy, ActivityError> {
        policy::payment(&self.config, &question)
    }

    #[activity(definition = definitions::CreatePayment)]
    pub async fn create_payment(
        self: Arc<Self>,
        ctx: ActivityContext,
        request: CreatePayment,
    ) -> Result<String, ActivityError> {
        netsuite::create_payment(&self, &ctx, request).await
    }

    #[activity(definition = definitions::ApplyPayment)]
    pub async fn apply_payment(
        self: Arc<Self>,
        ctx: ActivityContext,
        request: ApplyPayment,
    ) -> Result<(), ActivityError> {
        netsuite::apply_payment(&self, &ctx, request).await
    }

    #[activity(definition = definitions::CreateDeposit)]
    pub async fn create_deposit(
        self: Arc<Self>,
        ctx: ActivityContext,
        request: CreateDeposit,
    ) -> Result<String, ActivityError> {
        netsuite::create_deposit(&self, &ctx, request).await
    }

    #[activity(definition = definitions::ApplyDeposit)]
    pub async fn apply_deposit(
        self: Arc<Self>,
        ctx: ActivityContext,
        request: ApplyDeposit,
    ) -> Result<String, ActivityError> {
        netsuite::apply_deposit(&self, &ctx, request).await
    }

    #[activity(definition = definitions::Publish)]
    pub async fn publish(
        self: Arc<Self>,
        _ctx: ActivityContext,
        publication: Publication,
    ) -> Result<String, ActivityError> {
        runs::publish(&self.bus, publication).await
    }

    #[activity(definition = definitions::PublishWaitingSalesOrders)]
    pub async fn publish_waiting_sales_orders(
        self: Arc<Self>,
        ctx: ActivityContext,
        question: Changed,
    ) -> Result<PollReport, ActivityError> {
        netsuite::publish_waiting(&self, &ctx, question).await
    }

    #[activity(definition = definitions::PublishChangedDclOrders)]
    pub async fn publish_changed_dcl_orders(
        self: Arc<Self>,
        ctx: ActivityContext,
        question: Changed,
    ) -> Result<PollReport, ActivityError> {
        dcl::publish_changed(&self, &ctx, question).await
    }

    #[activity(definition = definitions::PublishPaidOut)]
    pub async fn publish_paid_out(
        self: Arc<Self>,
        ctx: ActivityContext,
        question: Changed,
    ) -> Result<PollReport, ActivityError> {
        shopify::publish_paid_out(&self, &ctx, question).await
    }

    #[activity(definition = definitions::ReadInboundOrder)]
    pub async fn read_inbound_order(
        self: Arc<Self>,
        ctx: ActivityContext,
        question: InboundOrderQuestion,
    ) -> Result<Option<InboundOrder>, ActivityError> {
        netsuite::read_inbound_order(&self, &ctx, question).await
    }

    #[activity(definition = definitions::ReadInboundPolicy)]
    pub async fn read_inbound_policy(
        self: Arc<Self>,
        _ctx: ActivityContext,
        question: InboundQuestion,
    ) -> Result<InboundPolicy, ActivityError> {
        policy::inbound(&self.config, &question)
    }

    #[activity(definition = definitions::AnnounceGoods)]
    pub async fn announce_goods(
        self: Arc<Self>,
        ctx: ActivityContext,
        request: Announce,
    ) -> Result<Option<String>, ActivityError> {
        dcl::announce(&self, &ctx, request).await
    }

    #[activity(definition = definitions::MarkInbound)]
    pub async fn mark_inbound(self: Arc<Self>, ctx: ActivityContext, mark: MarkInbound) -> Result<(), ActivityError> {
        netsuite::mark_inbound(&self, &ctx, mark).await
    }

    #[activity(definition = definitions::GetDclReceipts)]
    pub async fn get_dcl_receipts(
        self: Arc<Self>,
        ctx: ActivityContext,
        which: DclPoRef,
    ) -> Result<Vec<ReceivedRow>, ActivityError> {
        dcl::receipts(&self, &ctx, which).await
    }

    #[activity(definition = definitions::ReadItemReceipts)]
    pub async fn read_item_receipts(
        self: Arc<Self>,
        ctx: ActivityContext,
        of: InboundRef,
    ) -> Result<Booked, ActivityError> {
        netsuite::read_item_receipts(&self, &ctx, of).await
    }

    #[activity(definition = definitions::CreateReceipt)]
    pub async fn create_receipt(
        self: Arc<Self>,
        ctx: ActivityContext,
        request: CreateReceipt,
    ) -> Result<String, ActivityError> {
        netsuite::create_receipt(&self, &ctx, request).await
    }

    #[activity(definition = definitions::CloseInbound)]
    pub async fn close_inbound(
        self: Arc<Self>,
        ctx: ActivityContext,
        lines: CloseInbound,
    ) -> Result<(), ActivityError> {
        netsuite::close_inbound(&self, &ctx, lines).await
    }

    #[activity(definition = definitions::PublishWaitingPurchases)]
    pub async fn publish_waiting_purchases(
        self: Arc<Self>,
        ctx: ActivityContext,
        question: Changed,
    ) -> Result<PollReport, ActivityError> {
        netsuite::publish_waiting_purchases(&self, &ctx, question).await
    }

    #[activity(definition = definitions::PublishDclReceipts)]
    pub async fn publish_dcl_receipts(
        self: Arc<Self>,
        ctx: ActivityContext,
        question: Changed,
    ) -> Result<PollReport, ActivityError> {
        dcl::publish_receipts(&self, &ctx, question).await
    }

    #[activity(definition = definitions::ReadWatermark)]
    pub async fn read_watermark(
        self: Arc<Self>,
        _ctx: ActivityContext,
        of: WatermarkOf,
    ) -> Result<Marks, ActivityError> {
        runs::marks(&self.client, &of).await
    }

    #[activity(definition = definitions::AwaitRun)]
    pub async fn await_run(self: Arc<Self>, ctx: ActivityContext, run: AwaitRun) -> Result<Value, ActivityError> {
        runs::result(&self.client, &ctx, &run.workflow_id).await
    }

    #[activity(definition = stock_definitions::ReadLastStockTick)]
    pub async fn read_last_stock_tick(
        self: Arc<Self>,
        _ctx: ActivityContext,
        of: WatermarkOf,
    ) -> Result<LastTick, ActivityError> {
        stock::last_tick(&self, &of).await
    }

    #[activity(definition = stock_definitions::AwaitItemSync)]
    pub async fn await_item_sync(
        self: Arc<Self>,
        ctx: ActivityContext,
        of: AwaitItemSync,
    ) -> Result<(), ActivityError> {
        stock::await_items(&self, &ctx, &of).await
    }

    #[activity(definition = stock_definitions::SyncStock)]
    pub async fn sync_stock(
        self: Arc<Self>,
        ctx: ActivityContext,
        work: SyncStock,
    ) -> Result<StockReport, ActivityError> {
        stock::sync(&self, &ctx, &work).await
    }

    #[activity(definition = stock_definitions::CheckStock)]
    pub async fn check_stock(
        self: Arc<Self>,
        ctx: ActivityContext,
        work: CheckStock,
    ) -> Result<CheckReport, ActivityError> {
        stock::check(&self, &ctx, &work).await
    }
}
