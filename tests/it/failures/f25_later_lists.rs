//! F25 once more: the warehouse's list, NetSuite's list, and an order with more lines than a page on its way to its money.

use std::time::Duration;

use sandbox::{
    faults::{Fault, Rule},
    ledger::Vendor,
};
use serde_json::json;
use workflows::ids;

use crate::{
    order_to_cash::{order, paid, run, total, with_the_warehouse},
    world::{World, eventually, price},
};

/// The warehouse ships for others, too: ours is the last of three pages.
#[tokio::test(flavor = "multi_thread")]
async fn a_poll_of_the_warehouse_with_three_pages() {
    const OTHERS: u64 = 230;
    let world = World::order_to_cash("f25-dcl", |_| {}).await;
    let (_, number) = with_the_warehouse(&world, order(2531)).await;
    for n in 0..OTHERS {
        let other = json!({
            "order_number": format!("EDI-{n}"), "order_type": "EDI", "order_stage": 60,
            "lines": [{ "item_number": "X", "quantity": 1 }],
        });
        world.sandbox.dcl.put_order(other).unwrap();
    }
    world.sandbox.dcl.ship_all(&number).unwrap();
    let before = world.sandbox.dcl.requests()["GET orders"];
    let report = world.poll(ids::DCL_ORDERS_POLL).await;
    assert_eq!(
        (&report["seen"], &report["skipped"], &report["published"]),
        (&json!(OTHERS + 1), &json!(OTHERS), &json!(1)),
        "{report}"
    );
    let shipped = world.result(&run(ids::DCL_TRACKING, &number)).await.unwrap();
    assert_eq!(shipped["made"], 1);
    let pages = world.sandbox.dcl.requests()["GET orders"] - before;
    assert_eq!(pages, 9, "three pages and the cancelled ones, the same again to be sure, and the order itself");
}

/// While the second page is on its way an order of the first changes and moves to the end: the first of the second page, ours,
/// is then the last of the first.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_moves_to_a_page_that_was_read() {
    let world = World::order_to_cash("f25-moves", |_| {}).await;
    let (_, number) = with_the_warehouse(&world, order(2534)).await;
    let other = |name: String| {
        let line = json!({ "item_number": "X", "quantity": 1 });
        let other = json!({ "order_number": name, "order_type": "EDI", "order_stage": 20, "lines": [line] });
        world.sandbox.dcl.put_order(other).unwrap();
    };
    // DCL's times have milliseconds; ours has one of its own.
    let a_moment_later = || world.sandbox.clock.advance(Duration::from_millis(10));
    (0..100).for_each(|n| other(format!("EDI-{n}")));
    a_moment_later();
    world.sandbox.dcl.ship_all(&number).unwrap();
    a_moment_later();
    (100..130).for_each(|n| other(format!("EDI-{n}")));
    let asked = || world.sandbox.dcl.requests()["GET orders"];
    let before = asked();
    let slow = Rule::new(Vendor::Dcl, "GET orders", Fault::Latency { millis: 4000 }).times(1);
    world.faults(vec![Rule { skip: 1, ..slow }]);
    let moved = async {
        eventually("the second page", async || (asked() == before + 2).then_some(())).await;
        world.sandbox.dcl.advance("EDI-0").unwrap();
    };
    let (report, ()) = tokio::join!(world.poll(ids::DCL_ORDERS_POLL), moved);
    assert_eq!(report["published"], 1, "{report}");
    let shipped = world.result(&run(ids::DCL_TRACKING, &number)).await.unwrap();
    assert_eq!(shipped["made"], 1);
}

/// 120 lines, each with an item of its own, are sent, shipped, told, billed and paid whole.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_with_more_lines_than_a_page_is_shipped_and_billed_whole() {
    const LINES: u64 = 120;
    let world = World::order_to_cash("f25-whole", |_| {}).await;
    let mut long = order(2532);
    let line = long["line_items"][0].clone();
    let lines = (0..LINES).map(|n| {
        let (mut line, sku) = (line.clone(), format!("LINE-{n}"));
        let item = json!({ "itemId": sku, "displayName": sku });
        world.sandbox.netsuite.put_record("inventoryItem", item).unwrap();
        world.sandbox.dcl.put_item(sandbox::dcl::Item::new(&sku, &sku, 10));
        line["id"] = json!(9_100_000 + n);
        line["admin_graphql_api_id"] = json!(format!("gid://shopify/LineItem/{}", 9_100_000 + n));
        line["sku"] = json!(sku);
        price(&mut line, "price", "2.00");
        line
    });
    long["line_items"] = lines.collect();
    total(&mut long, "240.00");
    let (so, number) = with_the_warehouse(&world, long).await;
    assert_eq!(world.sandbox.dcl.order(&number).unwrap()["lines"].as_array().unwrap().len() as u64, LINES);
    world.sandbox.dcl.ship_all(&number).unwrap();
    world.poll(ids::DCL_ORDERS_POLL).await;
    paid(&world, &so, 2532).await;
    for record in ["itemFulfillment", "invoice"] {
        let all = world.sandbox.netsuite.records(record);
        let lines: Vec<_> = all.iter().map(|r| r["item"]["items"].as_array().unwrap().len() as u64).collect();
        assert_eq!(lines, [LINES], "{record}");
    }
    assert_eq!(world.sandbox.netsuite.records("invoice")[0]["total"].as_f64(), Some(240.0));
    let told = &world.sandbox.shopify.order(2532).unwrap()["fulfillments"];
    assert_eq!(told.as_array().unwrap().len(), 1);
    assert_eq!(told[0]["line_items"].as_array().unwrap().len() as u64, LINES);
    let verdict = world.verdict(&[]).await;
    assert!(verdict.is_clean(), "{verdict}");
}

/// More open Invoices than NetSuite tells in one answer; ours is the last.
#[tokio::test(flavor = "multi_thread")]
async fn a_poll_of_netsuite_with_more_than_a_thousand() {
    const OTHERS: u64 = 1100;
    let world = World::order_to_cash("f25-waiting", |_| {}).await;
    let customer = json!({
        "companyName": "Others", "subsidiary": { "id": "1" }, "currency": { "id": "1" },
    });
    let customer = world.sandbox.netsuite.put_record("customer", customer).unwrap();
    let item = world.sandbox.netsuite.put_record("inventoryItem", json!({ "itemId": "OTHER" })).unwrap();
    // An order of another channel has no money that we can see: it is counted.
    let open = |order: String| {
        let invoice = json!({
            "entity": { "id": customer }, "subsidiary": { "id": "1" }, "currency": { "id": "1" },
            "custbody_o2c_brand": "acme", "custbody_shopify_order_id": order,
            "total": 2, "item": { "items": [{ "item": { "id": item }, "quantity": 1, "rate": 2 }] },
        });
        world.sandbox.netsuite.put_record("invoice", invoice).unwrap();
    };
    for n in 0..OTHERS {
        open(format!("0-{n}"));
    }
    open("2533".to_owned());
    let before = world.sandbox.netsuite.requests().get("suiteql").copied().unwrap_or_default();
    let report = world.poll(ids::NETSUITE_ORDERS_POLL).await;
    assert_eq!(
        (&report["seen"], &report["skipped"], &report["published"]),
        (&json!(OTHERS + 1), &json!(OTHERS), &json!(1)),
        "{report}"
    );
    assert!(world.sandbox.netsuite.requests()["suiteql"] - before >= 2, "one page cannot hold it");
    world.until(&run(ids::NETSUITE_PAYMENT, "2533"), "begun", |_| true).await;
}

/// DCL does not list what was cancelled unless it is asked for: the order waits for a person, who sees why.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_the_warehouse_has_cancelled() {
    let world = World::order_to_cash("f25-cancelled", |_| {}).await;
    let (_, number) = with_the_warehouse(&world, order(2535)).await;
    world.sandbox.dcl.cancel(&number).unwrap();
    let report = world.poll(ids::DCL_ORDERS_POLL).await;
    assert_eq!(report["published"], 1, "{report}");
    let why = world.until_parked(&run(ids::DCL_TRACKING, &number)).await;
    assert!(why.contains("was cancelled at DCL"), "{why}");
}
