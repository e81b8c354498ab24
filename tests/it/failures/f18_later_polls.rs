//! F18 once more: the warehouse tells its own local time, mostly without saying so.

use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use serde_json::{Value, json};
use workflows::ids;

use crate::{
    order_to_cash::{order, run, with_the_warehouse},
    world::World,
};

/// The tick of this number. The next one finds it through visibility.
async fn tick(world: &World, number: usize) -> Value {
    let report = world.poll(ids::DCL_ORDERS_POLL).await;
    world.until_listed("WorkflowType = 'dclOrdersPoll' AND ExecutionStatus = 'Completed'", number).await;
    report
}

/// Ships an order at a moment of the warehouse's clock.
fn ship(world: &World, number: &str, at: Timestamp) {
    world.sandbox.clock.set(at);
    world.sandbox.dcl.ship_all(number).unwrap();
    world.sandbox.clock.set(Timestamp::now());
}

/// One shipped in the second of the watermark, one that DCL shows minutes late, one that waits; told with an offset and
/// without. A tick looks five minutes before its watermark.
async fn found(offset: bool) {
    let mut options = sandbox::Options::default();
    options.dcl.modified_at_offset = offset;
    let world = World::order_to_cash_with("f18-dcl", options, |config| {
        config.brands.get_mut("acme").unwrap().poll.overlap = Duration::from_secs(300);
    })
    .await;
    let mut numbers = vec![];
    for id in 1821..1825 {
        numbers.push(with_the_warehouse(&world, order(id)).await.1);
    }
    let begun = Timestamp::now();
    world.sandbox.dcl.ship_all(&numbers[0]).unwrap();
    let report = tick(&world, 1).await;
    assert_eq!((&report["seen"], &report["published"]), (&json!(4), &json!(1)), "offset {offset}: {report}");
    let mark: Timestamp = report["watermark"].as_str().unwrap().parse().unwrap();
    assert!(begun.duration_since(mark).abs().as_secs() < 60, "offset {offset}: shipped at {begun}, read as {mark}");
    world.result(&run(ids::DCL_TRACKING, &numbers[0])).await.unwrap();
    ship(&world, &numbers[1], Timestamp::from_second(mark.as_second()).unwrap());
    ship(&world, &numbers[2], mark - Duration::from_secs(200));
    let report = tick(&world, 2).await;
    let counts = ["published", "settled", "sent"].map(|count| &report[count]);
    assert_eq!(counts, [&json!(2), &json!(1), &json!(1)], "offset {offset}: {report}");
    for number in &numbers[..3] {
        let shipped = world.result(&run(ids::DCL_TRACKING, number)).await.unwrap();
        assert_eq!(shipped["fulfillments"], 1, "offset {offset}: {number}");
    }
    assert!(world.view(&run(ids::DCL_TRACKING, &numbers[3])).await.is_none(), "nothing of it has shipped");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_shipped_in_the_watermarks_own_second_or_is_shown_late_is_found() {
    join_all([found(false), found(true)]).await;
}
