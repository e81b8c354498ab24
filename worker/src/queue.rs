//! One SDK worker per task queue, renewed now and then.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use activities::Agents;
use temporalio_client::Client;
use temporalio_common::telemetry::{TelemetryOptions, metrics::CoreMeter};
use temporalio_sdk::{
    Runtime, Worker, WorkerOptions,
    interceptors::{ActivityInboundInterceptor, ExecuteActivityInput, ExecuteActivityOutput, Next},
    runtime::{
        PollerBehavior, RuntimeOptions,
        worker_tuner::{FixedSizeSlotSupplier, TunerHolder},
    },
};
use tokio_util::sync::CancellationToken;
use tracing::info;
use workflows::{
    dcl_po_notification::DclPoNotification,
    dcl_po_receipt::DclPoReceipt,
    dcl_tracking::DclTracking,
    ids,
    inventory_sync::{InventoryBundlesSync, InventorySync},
    netsuite_invoice::NetsuiteInvoice,
    netsuite_payment::NetsuitePayment,
    netsuite_to_dcl::NetsuiteToDcl,
    polls::{
        DclOrdersPoll, DclReceiptsPoll, NetsuiteOrdersPoll, NetsuitePurchasesPoll, ShopifyOrdersPoll,
        ShopifyPayoutsPoll,
    },
    shopify_to_netsuite::ShopifyToNetsuite,
    stock_check::StockCheck,
};

use crate::health::Health;

/// Running activities have so long to finish after a shutdown is asked for.
const GRACE: Duration = Duration::from_secs(20);
/// The renewal looks at its counter so often.
const LOOK: Duration = Duration::from_secs(1);

/// A task queue to poll.
pub(crate) struct Queue {
    /// Its name.
    pub(crate) name: &'static str,
    /// Does it carry workflows, or only activities?
    pub(crate) workflows: bool,
    /// Regular activities at once.
    pub(crate) slots: u32,
}

impl Queue {
    /// Polls until `stop`. SDK 1.1.1 keeps some 260 bytes of every activity for as long as a worker lives, so that a worker
    /// is replaced after a number of them; what runs goes on in the next one.
    pub(crate) async fn run(
        self,
        settings: &config::Worker,
        client: Client,
        agents: Agents,
        meter: Arc<dyn CoreMeter>,
        stop: CancellationToken,
        health: &Health,
    ) -> anyhow::Result<()> {
        let telemetry = TelemetryOptions::builder().metrics(meter).build();
        let options = RuntimeOptions::builder().telemetry_options(telemetry).build().map_err(anyhow::Error::msg)?;
        let runtime = Runtime::from_current_tokio(options)?;
        while !stop.is_cancelled() {
            let seen = Arc::new(AtomicU64::new(0));
            let options = self.options(settings, agents.clone(), seen.clone())?;
            let mut worker = Worker::new(&runtime, client.clone(), options)?;
            let shut_down = worker.shutdown_handle();
            let (stop, limit, name) = (stop.clone(), settings.renew_after_activities, self.name);
            let watch = tokio::spawn(async move {
                while seen.load(Ordering::Relaxed) < limit {
                    tokio::select! {
                        () = stop.cancelled() => break,
                        () = tokio::time::sleep(LOOK) => {}
                    }
                }
                info!(queue = name, "renewing or stopping the worker of {name}");
                shut_down();
            });
            health.started();
            let ended = worker.run().await;
            health.ended();
            // SDK 1.1.1 forgets to, and would keep the worker, and a thread of it, for as long as the connection lives.
            let forgotten = client.connection().workers().finalize_unregister(worker.worker_instance_key());
            drop((worker, forgotten.ok()));
            watch.abort();
            ended?;
        }
        Ok(())
    }

    fn options(
        &self,
        settings: &config::Worker,
        agents: Agents,
        seen: Arc<AtomicU64>,
    ) -> anyhow::Result<WorkerOptions> {
        let tuner = TunerHolder::builder()
            .workflow_task_slot_supplier(FixedSizeSlotSupplier::new(100))
            .activity_task_slot_supplier(FixedSizeSlotSupplier::new(self.slots.max(1) as usize))
            .local_activity_task_slot_supplier(FixedSizeSlotSupplier::new(100))
            .nexus_task_slot_supplier(FixedSizeSlotSupplier::new(1))
            .build();
        let by_the_clock =
            ids::POLLS.contains(&self.name) || ids::SYNCS.contains(&self.name) || self.name == ids::STOCK_CHECK;
        let pollers = match (self.workflows, by_the_clock) {
            (true, false) => 5,
            (_, _) => 2,
        };
        let mut options = WorkerOptions::new(self.name)
            .max_cached_workflows(settings.max_cached_workflows)
            .workflow_task_poller_behavior(PollerBehavior::SimpleMaximum(pollers))
            .activity_task_poller_behavior(PollerBehavior::SimpleMaximum(2))
            .graceful_shutdown_period(GRACE)
            .tuner(tuner)
            .build();
        options.activity_inbound_interceptor(Counting(seen));
        options.register_activities(agents);
        match self.name {
            ids::SHOPIFY_TO_NETSUITE => drop(options.register_workflow::<ShopifyToNetsuite>()?),
            ids::NETSUITE_TO_DCL => drop(options.register_workflow::<NetsuiteToDcl>()?),
            ids::DCL_TRACKING => drop(options.register_workflow::<DclTracking>()?),
            ids::PO_NOTIFICATION => drop(options.register_workflow::<DclPoNotification>()?),
            ids::PO_RECEIPT => drop(options.register_workflow::<DclPoReceipt>()?),
            ids::NETSUITE_INVOICE => drop(options.register_workflow::<NetsuiteInvoice>()?),
            ids::NETSUITE_PAYMENT => drop(options.register_workflow::<NetsuitePayment>()?),
            ids::SHOPIFY_ORDERS_POLL => drop(options.register_workflow::<ShopifyOrdersPoll>()?),
            ids::NETSUITE_ORDERS_POLL => drop(options.register_workflow::<NetsuiteOrdersPoll>()?),
            ids::DCL_ORDERS_POLL => drop(options.register_workflow::<DclOrdersPoll>()?),
            ids::SHOPIFY_PAYOUTS_POLL => drop(options.register_workflow::<ShopifyPayoutsPoll>()?),
            ids::INVENTORY_SYNC => drop(options.register_workflow::<InventorySync>()?),
            ids::BUNDLES_SYNC => drop(options.register_workflow::<InventoryBundlesSync>()?),
            ids::STOCK_CHECK => drop(options.register_workflow::<StockCheck>()?),
            ids::NETSUITE_PURCHASES_POLL => drop(options.register_workflow::<NetsuitePurchasesPoll>()?),
            ids::DCL_RECEIPTS_POLL => drop(options.register_workflow::<DclReceiptsPoll>()?),
            _ => {}
        }
        Ok(options)
    }
}

/// Counts activities, local ones too.
struct Counting(Arc<AtomicU64>);

impl ActivityInboundInterceptor for Counting {
    fn execute_activity<'a>(
        &'a self,
        input: ExecuteActivityInput,
        next: Next<'a, ExecuteActivityInput, ExecuteActivityOutput<'a>>,
    ) -> ExecuteActivityOutput<'a> {
        self.0.fetch_add(1, Ordering::Relaxed);
        next.run(input)
    }
}
