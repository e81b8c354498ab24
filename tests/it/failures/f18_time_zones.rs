//! F18: date-only cursors and time zones lost records for ever. Overlap, (modified, id) order, time-zone-safe queries.

use std::time::Duration;

use bus::RunRequest;
use futures_util::future::join_all;
use jiff::Timestamp;
use sandbox::ledger::Vendor;
use serde_json::{Value, json};

use crate::world::{World, order, run_of};

/// The brand is in New York: clocks go forward on 8 March and back on 1 November 2026.
const DAYS: [(&str, &str); 9] = [
    ("2026-03-08T04:59:59Z", "2026-03-07"),
    ("2026-03-08T05:00:00Z", "2026-03-08"),
    ("2026-03-08T07:00:00Z", "2026-03-08"),
    ("2026-03-09T03:59:59Z", "2026-03-08"),
    ("2026-03-09T04:00:00Z", "2026-03-09"),
    ("2026-11-01T05:30:00Z", "2026-11-01"),
    ("2026-11-02T04:59:59Z", "2026-11-01"),
    ("2026-11-02T05:00:00Z", "2026-11-02"),
    ("2026-07-01T01:30:00+02:00", "2026-06-30"),
];

#[tokio::test(flavor = "multi_thread")]
async fn an_order_around_midnight_is_booked_on_the_brands_day() {
    let world = World::start("f18-days").await;
    join_all(DAYS.iter().zip(1801..).map(async |((placed, day), id)| {
        let mut order = order(id);
        order["created_at"] = json!(placed);
        order["processed_at"] = json!(placed);
        world.sandbox.shopify.load_order(order.clone()).unwrap();
        assert_eq!(world.deliver("orders/create", &order.to_string()).await.0, 200);
        world.result(&run_of(id)).await.unwrap();
        assert_eq!(world.sales_orders(id)[0]["tranDate"], **day, "placed {placed}");
    }))
    .await;
    let verdict = world.verdict(&[]).await;
    assert!(verdict.is_clean(), "{verdict}");
}

/// A world without webhooks: only the poll finds an order. A tick looks five minutes before its watermark.
async fn polled(name: &str) -> World {
    let change = |config: &mut config::Config| {
        config.brands.get_mut("acme").unwrap().poll.overlap = Duration::from_secs(300);
    };
    let mut world = World::asleep(name, sandbox::Options::default(), change).await;
    world.start_worker();
    world
}

/// The tick of this number; what it reports. The next one finds it through visibility.
async fn tick(world: &World, number: usize) -> Value {
    let request = RunRequest {
        workflow: workflows::ids::SHOPIFY_ORDERS_POLL.into(),
        brand: Some("acme".into()),
        payload: json!({}),
        start_at: None,
        rerun: false,
    };
    let run = world.bus().run(&request).await.unwrap();
    let report = world.result(&run.workflow_id).await.unwrap();
    world.until_listed("WorkflowType = 'shopifyOrdersPoll' AND ExecutionStatus = 'Completed'", number).await;
    report
}

/// Puts an order into the shop that changed at this moment.
fn changed(world: &World, id: u64, at: Timestamp) {
    let mut order = order(id);
    order["updated_at"] = json!(at.to_string());
    world.sandbox.shopify.load_order(order).unwrap();
}

/// A minute ago, in whole seconds, as Shopify tells time.
fn a_minute_ago() -> Timestamp {
    Timestamp::from_second(Timestamp::now().as_second() - 60).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_in_the_watermarks_own_second_or_shows_up_late_is_found() {
    let world = polled("f18-overlap").await;
    let mark = a_minute_ago();
    changed(&world, 1811, mark - Duration::from_secs(10));
    changed(&world, 1812, mark);
    let report = tick(&world, 1).await;
    assert_eq!((&report["published"], &report["watermark"]), (&json!(2), &json!(mark.to_string())), "{report}");
    for id in [1811, 1812] {
        world.result(&run_of(id)).await.unwrap();
    }
    changed(&world, 1813, mark);
    changed(&world, 1810, mark);
    changed(&world, 1814, mark - Duration::from_secs(200));
    changed(&world, 1815, mark + Duration::from_secs(1));
    let report = tick(&world, 2).await;
    assert_eq!(report["published"], 4, "{report}");
    for id in [1810, 1813, 1814, 1815] {
        world.result(&run_of(id)).await.unwrap();
    }
    assert_eq!(world.writes(Vendor::Netsuite, "PUT salesOrder").len(), 6);
    let verdict = world.verdict(&[]).await;
    assert!(verdict.is_clean(), "{verdict}");
}

/// More orders than a page holds, all changed in one second: a cursor by time alone would lose some or never end.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_that_is_longer_than_a_page() {
    let world = polled("f18-second").await;
    let mark = a_minute_ago();
    for id in 18_000..18_260 {
        let mut order = order(id);
        order["updated_at"] = json!(mark.to_string());
        order["tags"] = json!("SENT_TO_NS");
        world.sandbox.shopify.load_order(order).unwrap();
    }
    changed(&world, 18_999, mark);
    let report = tick(&world, 1).await;
    assert_eq!(
        (&report["seen"], &report["sent"], &report["published"]),
        (&json!(261), &json!(260), &json!(1)),
        "{report}"
    );
    world.result(&run_of(18_999)).await.unwrap();
}
