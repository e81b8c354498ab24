//! F02: `orders/paid` arrived before `orders/create`. Any event only says "look": the order is read, once.

use sandbox::{
    ledger::Vendor,
    shopify::{DeliveryControl, Mischief},
};
use serde_json::json;

use crate::world::{World, eventually, order, run_of};

#[tokio::test(flavor = "multi_thread")]
async fn paid_overtakes_created() {
    let world = World::start("f02-paid").await;
    let hold = DeliveryControl { topic: "orders/create".into(), mischief: Mischief::Reorder, times: Some(1) };
    world.sandbox.shopify.control_deliveries(vec![hold]);
    let id = world.sandbox.shopify.place_order(order(1201)).unwrap();
    eventually("a run", async || world.view(&run_of(id)).await).await;
    world.result(&run_of(id)).await.unwrap();
    world.sandbox.shopify.deliveries_settled().await;
    let deliveries = world.sandbox.shopify.deliveries();
    let topics: Vec<_> = deliveries.iter().take(2).map(|d| (d.topic.as_str(), d.status)).collect();
    assert_eq!(topics, [("orders/paid", Some(200)), ("orders/create", Some(200))]);
    assert_booked_once(&world, id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn updated_comes_first_and_created_never() {
    let world = World::start("f02-updated").await;
    let id = world.sandbox.shopify.load_order(order(1202)).unwrap();
    world.sandbox.shopify.update_order(id, json!({"note": "ring twice"})).unwrap();
    eventually("a run", async || world.view(&run_of(id)).await).await;
    world.result(&run_of(id)).await.unwrap();
    assert_booked_once(&world, id).await;
    // Hours later, what was held up somewhere.
    assert_eq!(world.deliver("orders/create", &order(1202).to_string()).await.0, 200);
    assert_booked_once(&world, id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_webhook_says_is_not_believed() {
    let world = World::start("f02-read").await;
    let id = world.sandbox.shopify.load_order(order(1203)).unwrap();
    let mut stale = order(1203);
    stale["financial_status"] = json!("pending");
    stale["line_items"] = json!([]);
    assert_eq!(world.deliver("orders/create", &stale.to_string()).await.0, 200);
    world.result(&run_of(id)).await.unwrap();
    assert_booked_once(&world, id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_webhook_is_faster_than_the_shops_own_api() {
    let world = World::start("f02-early").await;
    let run = run_of(1204);
    assert_eq!(world.deliver("orders/paid", &order(1204).to_string()).await.0, 200);
    let asked = async || world.sandbox.shopify.requests().get("order").copied();
    eventually("the order is asked for", asked).await;
    world.sandbox.shopify.load_order(order(1204)).unwrap();
    world.result(&run).await.unwrap();
    assert_eq!(world.sales_orders(1204).len(), 1);
}

/// One Sales Order, and one look at the order.
async fn assert_booked_once(world: &World, id: u64) {
    assert_eq!(world.sales_orders(id).len(), 1);
    assert_eq!(world.writes(Vendor::Netsuite, "PUT salesOrder").len(), 1);
    assert_eq!(world.sandbox.shopify.requests()["order"], 1);
    let verdict = world.verdict(&[]).await;
    assert!(verdict.is_clean(), "{verdict}");
}
