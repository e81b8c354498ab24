//! A Shopify order becomes a NetSuite Sales Order, exactly once.

use serde_json::json;

use crate::world::{World, eventually, order, run_of};

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_becomes_a_released_sales_order_and_a_tag() {
    let world = World::start("spine").await;
    let id = world.sandbox.shopify.place_order(order(1001)).unwrap();
    let run = run_of(id);
    eventually("a run", async || world.view(&run).await).await;
    let booked = world.result(&run).await.unwrap();
    let sales_orders = world.sales_orders(id);
    assert_eq!(sales_orders.len(), 1);
    let so = &sales_orders[0];
    assert_eq!(so["externalId"], "SO-acme-1001");
    assert_eq!(booked["salesOrderNumber"], so["tranId"]);
    assert!(world.sandbox.shopify.order(id).unwrap()["tags"].as_str().unwrap().contains("SENT_TO_NS"));
    let view = world.view(&run).await.unwrap();
    assert_eq!(view.agent_status.as_deref(), Some("done"));
    assert!(view.documents.contains(&format!("netsuite:salesOrder:{}", so["tranId"].as_str().unwrap())));
    assert_eq!(view.lineage[0]["from"], json!("shopify:order:1001"));
    let verdict = world.verdict(&[]).await;
    assert!(verdict.is_clean(), "{verdict}");
    println!(
        "history {} events; {:?} {:?}",
        view.history_length,
        world.sandbox.shopify.requests(),
        world.sandbox.netsuite.requests()
    );
}
