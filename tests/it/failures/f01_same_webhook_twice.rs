//! F01: the same webhook delivered again, seconds apart or at the same moment, made two ERP orders.

use futures_util::future::join_all;
use sandbox::{
    ledger::Vendor,
    shopify::{DeliveryControl, Mischief},
};
use serde_json::Value;

use crate::world::{World, eventually, order, run_of};

/// The body of a webhook about the order.
fn body_of(order: &Value) -> String {
    order.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_deliveries_at_the_same_moment_are_one_sales_order() {
    let world = World::start("f01-at-once").await;
    let id = world.sandbox.shopify.load_order(order(1101)).unwrap();
    let body = body_of(&order(1101));
    let answers = join_all((0..10).map(|_| world.deliver("orders/create", &body))).await;
    assert!(answers.iter().all(|(status, _)| *status == 200), "{answers:?}");
    world.result(&run_of(id)).await.unwrap();
    assert_one_sales_order(&world, id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_after_the_run_is_done_starts_nothing() {
    let world = World::start("f01-again").await;
    let id = world.sandbox.shopify.load_order(order(1102)).unwrap();
    let body = body_of(&order(1102));
    assert_eq!(world.deliver("orders/create", &body).await.0, 200);
    world.result(&run_of(id)).await.unwrap();
    let done = world.view(&run_of(id)).await.unwrap();
    let reads = world.sandbox.shopify.requests()["order"];
    for topic in ["orders/create", "orders/paid", "orders/create"] {
        assert_eq!(world.deliver(topic, &body).await.0, 200, "{topic}");
    }
    let after = world.view(&run_of(id)).await.unwrap();
    assert_eq!((&after.run_id, after.history_length), (&done.run_id, done.history_length));
    assert_eq!(world.sandbox.shopify.requests()["order"], reads);
    assert_one_sales_order(&world, id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shop_itself_sends_every_webhook_twice() {
    let world = World::start("f01-twice").await;
    let twice = DeliveryControl { topic: "*".into(), mischief: Mischief::Duplicate, times: None };
    world.sandbox.shopify.control_deliveries(vec![twice]);
    let ids: Vec<u64> = (1110..1120).map(|id| world.sandbox.shopify.place_order(order(id)).unwrap()).collect();
    for id in &ids {
        eventually("a run", async || world.view(&run_of(*id)).await).await;
        world.result(&run_of(*id)).await.unwrap();
    }
    world.sandbox.shopify.deliveries_settled().await;
    let deliveries = world.sandbox.shopify.deliveries();
    assert!(deliveries.iter().all(|d| d.status == Some(200)), "{deliveries:?}");
    for id in ids {
        assert_eq!(deliveries.iter().filter(|d| d.topic == "orders/create").count(), 20);
        assert_one_sales_order(&world, id).await;
    }
}

async fn assert_one_sales_order(world: &World, id: u64) {
    assert_eq!(world.sales_orders(id).len(), 1);
    let key = format!("SO-acme-{id}");
    let writes = world.writes(Vendor::Netsuite, "PUT salesOrder");
    assert_eq!(writes.iter().filter(|w| w.key.as_deref() == Some(&key)).count(), 1, "{writes:?}");
    let verdict = world.verdict(&[]).await;
    assert!(verdict.is_clean(), "{verdict}");
}
