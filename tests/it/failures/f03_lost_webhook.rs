//! F03: orders were silently missing and found at month-end. The reconciling poll finds them within its interval.

use std::time::Duration;

use bus::RunRequest;
use jiff::Timestamp;
use sandbox::{
    faults::{Fault, Rule},
    ledger::Vendor,
    shopify::{DeliveryControl, Mischief},
};
use serde_json::{Value, json};
use temporalio_client::UntypedWorkflow;

use crate::world::{World, eventually, order, run_of};

const POLL: &str = "shopifyOrdersPoll:acme:now";
const TICKS: &str = "WorkflowType = 'shopifyOrdersPoll' AND ExecutionStatus = 'Completed'";

/// A store whose webhooks never arrive, and a poll that looks hardly further back than its watermark.
async fn deaf(name: &str) -> World {
    let world = World::with(name, sandbox::Options::default(), |config| {
        let poll = &mut config.brands.get_mut("acme").unwrap().poll;
        (poll.every, poll.overlap) = (Duration::from_secs(1), Duration::from_secs(2));
    })
    .await;
    let drop = DeliveryControl { topic: "*".into(), mischief: Mischief::Drop, times: None };
    world.sandbox.shopify.control_deliveries(vec![drop]);
    world
}

/// Starts a tick by hand.
async fn start_tick(world: &World) {
    let request = RunRequest {
        workflow: workflows::ids::SHOPIFY_ORDERS_POLL.to_owned(),
        brand: Some("acme".to_owned()),
        payload: json!({}),
        start_at: None,
        rerun: false,
    };
    assert_eq!(world.bus().run(&request).await.unwrap().workflow_id, POLL);
}

/// A tick by hand, and its report.
async fn tick(world: &World) -> Value {
    start_tick(world).await;
    world.result(POLL).await.unwrap()
}

/// The watermark that the last tick left.
async fn watermark(world: &World) -> Option<Timestamp> {
    let tick = world.client.get_workflow_handle::<UntypedWorkflow>(POLL);
    tick.describe(Default::default()).await.unwrap().memo().get("watermark").unwrap()
}

/// An order that the poll passes over, changed at this time.
fn cancelled(id: u64, changed: &str) -> Value {
    let mut order = order(id);
    order["cancelled_at"] = json!("2026-11-02T15:30:00Z");
    order["updated_at"] = json!(changed);
    order
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schedule_repairs_it_within_one_interval() {
    let world = deaf("f03-schedule").await;
    worker::setup::run(&world.config, &world.client, |_| {}).await.unwrap();
    let id = world.sandbox.shopify.place_order(order(1501)).unwrap();
    let placed = std::time::Instant::now();
    eventually("a run", async || world.view(&run_of(id)).await).await;
    // One second to the tick, and what a busy machine takes.
    assert!(placed.elapsed() < Duration::from_secs(15), "{:?}", placed.elapsed());
    world.result(&run_of(id)).await.unwrap();
    assert_eq!(world.sales_orders(id).len(), 1);
    assert!(world.sandbox.shopify.deliveries().is_empty());
    let verdict = world.verdict(&[]).await;
    assert!(verdict.is_clean(), "{verdict}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_tick_starts_where_the_last_one_ended() {
    let world = deaf("f03-watermark").await;
    let shop = &world.sandbox.shopify;
    let (earlier, later) = (Timestamp::now() - Duration::from_secs(600), Timestamp::now() - Duration::from_secs(60));
    shop.load_order(cancelled(1511, &earlier.to_string())).unwrap();
    shop.load_order(cancelled(1512, &later.to_string())).unwrap();
    assert_eq!(tick(&world).await["seen"], 2);
    let first = watermark(&world).await.unwrap();
    assert_eq!(first.as_second(), later.as_second());

    world.until_listed(TICKS, 1).await;
    let id = shop.place_order(order(1513)).unwrap();
    let report = tick(&world).await;
    // The last one that it saw, once more, and the new one; not the first.
    assert_eq!((&report["seen"], &report["published"]), (&json!(2), &json!(1)), "{report}");
    assert!(watermark(&world).await.unwrap() > first);
    world.result(&run_of(id)).await.unwrap();
    assert_eq!(world.sales_orders(id).len(), 1);

    // A tick that sees nothing new keeps the watermark.
    world.until_listed(TICKS, 2).await;
    let report = tick(&world).await;
    assert_eq!(report["published"], 0, "{report}");
    assert!(watermark(&world).await.unwrap() > first);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_while_nothing_polled_is_found_after_the_restart() {
    let mut world = deaf("f03-restart").await;
    let before = Timestamp::now() - Duration::from_secs(60);
    world.sandbox.shopify.load_order(cancelled(1521, &before.to_string())).unwrap();
    tick(&world).await;
    world.until_listed(TICKS, 1).await;
    world.take_worker().stop().await;

    let id = world.sandbox.shopify.load_order(order(1522)).unwrap();
    world.sandbox.shopify.update_order(id, json!({"note": "changed in the night"})).unwrap();
    world.start_worker();
    assert_eq!(tick(&world).await["published"], 1);
    world.result(&run_of(id)).await.unwrap();
    assert_eq!(world.sales_orders(id).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_tick_leaves_no_watermark() {
    let world = deaf("f03-failed").await;
    let id = world.sandbox.shopify.load_order(order(1531)).unwrap();
    world.sandbox.shopify.update_order(id, json!({"note": "unseen"})).unwrap();
    world.faults(vec![Rule::new(Vendor::Shopify, "orders", Fault::Status { status: 400 })]);
    start_tick(&world).await;
    let failure = world.result(POLL).await.unwrap_err();
    assert!(failure.contains("400"), "{failure}");
    assert_eq!(watermark(&world).await, None);
    assert!(world.view(&run_of(id)).await.is_none());

    world.sandbox.faults.clear();
    assert_eq!(tick(&world).await["published"], 1);
    world.result(&run_of(id)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_waits_is_woken_by_the_poll_and_a_booked_one_is_left_alone() {
    let world = deaf("f03-waiting").await;
    let mut unpaid = order(1541);
    unpaid["financial_status"] = json!("pending");
    let id = world.sandbox.shopify.place_order(unpaid).unwrap();
    assert_eq!(tick(&world).await["published"], 1);
    world.until(&run_of(id), "waiting", |v| v.agent_status.as_deref() == Some("waiting")).await;
    world.sandbox.shopify.update_order(id, json!({"financial_status": "paid"})).unwrap();
    let report = tick(&world).await;
    assert_eq!(report["published"], 1, "{report}");
    world.result(&run_of(id)).await.unwrap();
    let done = world.view(&run_of(id)).await.unwrap();
    let report = tick(&world).await;
    assert_eq!((&report["sent"], &report["published"]), (&json!(1), &json!(0)), "{report}");
    assert_eq!(world.view(&run_of(id)).await.unwrap().run_id, done.run_id);
    assert_eq!(world.sales_orders(id).len(), 1);
}
