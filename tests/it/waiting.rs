//! An order that waits for its payment.

use serde_json::json;

use crate::world::{World, eventually, order, run_of};

/// A waiting run that is woken looks once, and then waits again.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_wakes_a_waiting_run_once() {
    let world = World::start("waiting").await;
    let mut unpaid = order(1001);
    unpaid["financial_status"] = json!("pending");
    let id = world.sandbox.shopify.place_order(unpaid).unwrap();
    let run = run_of(id);
    world.until(&run, "waiting", |view| view.agent_status.as_deref() == Some("waiting")).await;

    let reads = || world.sandbox.shopify.requests().get("order").copied().unwrap_or_default();
    let before = reads();
    world.sandbox.shopify.update_order(id, json!({"note": "please hurry"})).unwrap();
    eventually("a second look", async || (reads() > before).then_some(())).await;

    // Another order takes its whole way meanwhile: time enough to look dozens of times.
    let other = world.sandbox.shopify.place_order(order(1002)).unwrap();
    eventually("the other order's run", async || world.view(&run_of(other)).await).await;
    world.result(&run_of(other)).await.unwrap();
    assert!(reads() <= before + 4, "{} reads", reads() - before);

    world.sandbox.shopify.update_order(id, json!({"financial_status": "paid"})).unwrap();
    world.result(&run).await.unwrap();
    assert_eq!(world.sales_orders(id).len(), 1);
}
