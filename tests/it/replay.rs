//! Every history replays: today's against today's code, and those recorded from earlier builds against it too.
//!
//! `STATESET_RECORD_HISTORIES=1 cargo test --workspace --test it -- replay` records today's anew, one file per kind of run.

mod record;

use std::{collections::BTreeSet, path::PathBuf};

use futures_util::future::join_all;
use sandbox::{catalogue::Plan, dcl::Arrival};
use serde_json::json;
use temporalio_client::{UntypedWorkflow, WorkflowHistory};
use temporalio_sdk::workflow_replayer::{WorkflowReplayer, WorkflowReplayerOptions};
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

use crate::{
    inbound,
    inventory::Shelves,
    later::{basket, billed, paid, parked, retry, run, shipped, with_the_warehouse},
    world::{World, order, run_of},
};

fn recorded() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("histories")
}

/// Why a history does not replay.
async fn replay(name: &str, history: WorkflowHistory) -> Option<String> {
    let options = WorkflowReplayerOptions::new()
        .register_workflow::<ShopifyToNetsuite>()
        .unwrap()
        .register_workflow::<NetsuiteToDcl>()
        .unwrap()
        .register_workflow::<DclTracking>()
        .unwrap()
        .register_workflow::<NetsuiteInvoice>()
        .unwrap()
        .register_workflow::<NetsuitePayment>()
        .unwrap()
        .register_workflow::<ShopifyOrdersPoll>()
        .unwrap()
        .register_workflow::<NetsuiteOrdersPoll>()
        .unwrap()
        .register_workflow::<DclOrdersPoll>()
        .unwrap()
        .register_workflow::<ShopifyPayoutsPoll>()
        .unwrap()
        .register_workflow::<DclPoNotification>()
        .unwrap()
        .register_workflow::<DclPoReceipt>()
        .unwrap()
        .register_workflow::<NetsuitePurchasesPoll>()
        .unwrap()
        .register_workflow::<DclReceiptsPoll>()
        .unwrap()
        .register_workflow::<InventorySync>()
        .unwrap()
        .register_workflow::<InventoryBundlesSync>()
        .unwrap()
        .register_workflow::<StockCheck>()
        .unwrap()
        .build();
    let replayed = WorkflowReplayer::new(options).unwrap().replay_workflow(history).await;
    replayed.err().map(|error| format!("{name} does not replay: {error:?}"))
}

/// Replays what these runs have done so far, and records it where that is asked for.
async fn replay_all(world: &World, runs: &[(&str, String)]) {
    for (name, run) in runs {
        let fetch = || world.client.get_workflow_handle::<UntypedWorkflow>(run).fetch_history(Default::default());
        if std::env::var_os("STATESET_RECORD_HISTORIES").is_some() {
            let file = recorded().join(format!("{}-{name}.json", jiff::Zoned::now().strftime("%Y-%m-%d")));
            std::fs::write(file, record::clean(world, &fetch().to_json().await.unwrap())).unwrap();
        }
        assert_eq!(replay(name, fetch()).await, None);
    }
}

/// The run of a poll's tick that was started by hand.
fn tick_of(poll: &str) -> String {
    format!("{poll}:acme:now")
}

#[tokio::test(flavor = "multi_thread")]
async fn todays_histories_replay() {
    let world = World::start("replay").await;
    let booked = world.sandbox.shopify.place_order(order(1)).unwrap();
    let mut unknown = order(2);
    unknown["line_items"][0]["sku"] = json!("NOT-IN-NS-1");
    let parked = world.sandbox.shopify.place_order(unknown).unwrap();
    world.until(&run_of(booked), "done", |v| v.closed.is_some()).await;
    world.until_parked(&run_of(parked)).await;
    let before = world.view(&run_of(parked)).await.unwrap().history_length;
    world.resolve(&run_of(parked), json!({"action": "retry", "by": "a test"})).await.unwrap();
    world.until(&run_of(parked), "parked again", |v| v.history_length > before + 8 && !v.problem.is_null()).await;
    world.poll(ids::SHOPIFY_ORDERS_POLL).await;
    let poll = tick_of(ids::SHOPIFY_ORDERS_POLL);
    replay_all(&world, &[("booked", run_of(booked)), ("parked", run_of(parked)), ("poll", poll)]).await;
}

/// One order straight to its money.
#[tokio::test(flavor = "multi_thread")]
async fn todays_histories_replay_from_the_warehouse_to_the_money() {
    let world = World::order_to_cash("replay-plain", |_| {}).await;
    let (so, number) = with_the_warehouse(&world, basket(7901, &[("TEE-SLATE", 1, "29.00")])).await;
    world.sandbox.dcl.ship_all(&number).unwrap();
    shipped(&world, &number).await;
    billed(&world, &so).await;
    paid(&world, 7901).await;
    // A second tick starts where the first one ended.
    world.until_listed("WorkflowType = 'dclOrdersPoll' AND ExecutionStatus = 'Completed'", 1).await;
    join_all([ids::DCL_ORDERS_POLL, ids::NETSUITE_ORDERS_POLL].map(|poll| world.poll(poll))).await;
    let runs = [
        ("sent", run(ids::NETSUITE_TO_DCL, &so)),
        ("shipped", run(ids::DCL_TRACKING, &number)),
        ("billed", run(ids::NETSUITE_INVOICE, &so)),
        ("paid", run(ids::NETSUITE_PAYMENT, "7901")),
        ("dcl-poll", tick_of(ids::DCL_ORDERS_POLL)),
        ("netsuite-poll", tick_of(ids::NETSUITE_ORDERS_POLL)),
    ];
    replay_all(&world, &runs).await;
}

/// The same with something in the way of every agent: each parks and is told to go on, or waits and is woken.
#[tokio::test(flavor = "multi_thread")]
async fn todays_histories_replay_of_runs_that_stopped_on_the_way() {
    let world = World::order_to_cash("replay-stopped", |config| {
        let brand = config.brands.get_mut("acme").unwrap();
        brand.orders.payment_states.push("AUTHORIZED".into());
        brand.payments.settled = config::Settled::PaidOut;
    })
    .await;
    let mut order = basket(7902, &[("TEE-SLATE", 2, "29.00")]);
    (order["financial_status"], order["total_outstanding"]) = (json!("authorized"), json!("58.00"));
    order["payment_gateway_names"] = json!(["shopify_payments"]);
    order["shipping_address"]["city"] = json!(null);
    let (so, number) = crate::later::booked(&world, order).await;
    let sending = run(ids::NETSUITE_TO_DCL, &so);
    parked(&world, &sending).await;
    let whole = json!({ "id": so, "shippingAddress": {
        "addressee": "Ann Example", "addr1": "1 Main St", "city": "Fremont", "state": "CA", "zip": "94538",
        "country": { "id": "US" },
    } });
    world.sandbox.netsuite.put_record("salesOrder", whole).unwrap();
    retry(&world, &sending).await;
    world.result(&sending).await.unwrap();

    let shipping = run(ids::DCL_TRACKING, &number);
    world.sandbox.netsuite.set_closed_before(Some("2199-01-01".parse().unwrap()));
    world.sandbox.dcl.ship_all(&number).unwrap();
    world.poll(ids::DCL_ORDERS_POLL).await;
    parked(&world, &shipping).await;
    world.sandbox.netsuite.set_closed_before(None);
    retry(&world, &shipping).await;
    world.result(&shipping).await.unwrap();

    billed(&world, &so).await;
    let payment = run(ids::NETSUITE_PAYMENT, "7902");
    let waiting = |v: &bus::RunView| v.agent_status.as_deref() == Some("waiting");
    let before = world.until(&payment, "waiting", waiting).await.history_length;
    world.sandbox.shopify.capture(7902, "58.00".parse().unwrap()).unwrap();
    // It has seen the capture, and waits for the bank to have it.
    world.until(&payment, "waiting again", |v| v.history_length > before + 4 && waiting(v)).await;
    let payout = world.sandbox.shopify.schedule_payout().unwrap();
    world.sandbox.shopify.pay_out(payout).unwrap();
    let report = world.poll(ids::SHOPIFY_PAYOUTS_POLL).await;
    // A webhook of the capture may have told the run already.
    assert_eq!(report["seen"], 1, "{report}");
    paid(&world, 7902).await;
    let runs = [
        ("sent-late", sending),
        ("shipped-late", shipping),
        ("paid-late", payment),
        ("payouts-poll", tick_of(ids::SHOPIFY_PAYOUTS_POLL)),
    ];
    replay_all(&world, &runs).await;
}

/// A purchase that is announced and received.
#[tokio::test(flavor = "multi_thread")]
async fn todays_histories_replay_of_goods_on_their_way() {
    let world = inbound::world("replay-inbound", |_| {}).await;
    let id = inbound::purchase(&world, &[("TEE-SLATE", 40)]);
    let number = inbound::announced(&world, &id).await;
    world.sandbox.dcl.receive(number, Arrival::of(&[("TEE-SLATE", 40)])).unwrap();
    inbound::received(&world, number).await;
    let runs = [
        ("announced", inbound::run(ids::PO_NOTIFICATION, &id)),
        ("received", inbound::run(ids::PO_RECEIPT, number)),
        ("purchases-poll", tick_of(ids::NETSUITE_PURCHASES_POLL)),
        ("receipts-poll", tick_of(ids::DCL_RECEIPTS_POLL)),
    ];
    replay_all(&world, &runs).await;
}

/// Items, then bundles, then the check of three systems.
#[tokio::test(flavor = "multi_thread")]
async fn todays_histories_replay_of_the_stock() {
    let plan = Plan { skus: 40, locations: 2, bundles: 5, ..Plan::default() };
    let shelves = Shelves::start("replay-stock", plan).await;
    let mut runs = vec![];
    for (name, workflow) in
        [("items", ids::INVENTORY_SYNC), ("bundles", ids::BUNDLES_SYNC), ("check", ids::STOCK_CHECK)]
    {
        let scope = if workflow == ids::STOCK_CHECK { json!({}) } else { json!({ "scope": "full" }) };
        let run = shelves.begin(workflow, scope).await;
        shelves.world.result(&run).await.unwrap();
        runs.push((name, run));
    }
    replay_all(&shelves.world, &runs).await;
}

#[tokio::test]
async fn recorded_histories_replay() {
    let (mut replayed, mut broken) = (BTreeSet::new(), vec![]);
    for file in std::fs::read_dir(recorded()).unwrap() {
        let file = file.unwrap().path();
        let history = WorkflowHistory::from_json(&std::fs::read(&file).unwrap()).unwrap();
        let id = history.workflow_id().unwrap_or_default().to_owned();
        replayed.insert(id.split(':').next().unwrap_or_default().to_owned());
        broken.extend(replay(&file.file_name().unwrap().to_string_lossy(), history).await);
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    for workflow in ids::all() {
        assert!(replayed.contains(workflow), "no recorded history of {workflow}");
    }
}
