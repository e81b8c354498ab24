//! F18 once more: the warehouse tells its own local time, mostly without saying so.

use std::time::Duration;

use bus::RunRequest;
use futures_util::future::join_all;
use jiff::Timestamp;
use sandbox::{
    faults::{Fault, Rule},
    ledger::Vendor,
};
use serde_json::{Value, json};
use temporalio_client::UntypedWorkflow;
use workflows::ids;

use crate::{
    order_to_cash::{order, run, with_the_warehouse},
    world::{World, eventually},
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

/// Questions that DCL has been asked.
fn asked(world: &World) -> u64 {
    world.sandbox.dcl.requests()["GET orders"]
}

/// A tick, its report, and what it cost.
async fn counted(world: &World, number: usize) -> (Value, u64) {
    let before = asked(world);
    let report = tick(world, number).await;
    (report, asked(world) - before)
}

/// DCL keeps cancelled orders to itself unless it is asked for them, which happens at an interval of its own. Cancelled in the
/// second of that question, shown minutes late, and cancelled between two of them: all are found by the next one, although
/// the watermark has moved on, and although a tick was ended between question and answer.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_cancelled_is_found_at_its_interval_and_a_quiet_tick_costs_one_request() {
    let mut world = World::order_to_cash("f18-cancelled", |config| {
        let poll = &mut config.brands.get_mut("acme").unwrap().poll;
        (poll.overlap, poll.cancelled_every) = (Duration::from_secs(300), Duration::from_secs(3600));
    })
    .await;
    let mut numbers = vec![];
    for id in 1831..1835 {
        numbers.push(with_the_warehouse(&world, order(id)).await.1);
    }
    let (report, cost) = counted(&world, 1).await;
    assert_eq!((&report["seen"], &report["published"], cost), (&json!(4), &json!(0), 2), "{report}");
    let mark: Timestamp = report["cancelled"]["seen"].as_str().unwrap().parse().unwrap();
    let (report, cost) = counted(&world, 2).await;
    assert_eq!((&report["published"], &report["cancelled"], cost), (&json!(0), &Value::Null, 1), "{report}");

    let cancel = |number: &str, at: Timestamp| {
        world.sandbox.clock.set(at);
        world.sandbox.dcl.cancel(number).unwrap();
    };
    cancel(&numbers[0], Timestamp::from_second(mark.as_second()).unwrap());
    cancel(&numbers[1], mark - Duration::from_secs(200));
    cancel(&numbers[2], Timestamp::now());
    world.sandbox.clock.advance(Duration::from_secs(1200));
    world.sandbox.dcl.advance(&numbers[3]).unwrap();
    world.sandbox.clock.set(Timestamp::now());
    let (report, cost) = counted(&world, 3).await;
    assert_eq!((&report["published"], cost), (&json!(0), 1), "{report}");
    let watermark: Timestamp = report["watermark"].as_str().unwrap().parse().unwrap();
    assert!(watermark > mark + Duration::from_secs(900), "the watermark has passed what was cancelled: {report}");

    let shorter = |config: &mut config::Config| {
        config.brands.get_mut("acme").unwrap().poll.cancelled_every = Duration::from_millis(1);
    };
    world.restart(shorter).await;
    let slow = Rule::new(Vendor::Dcl, "GET orders", Fault::Latency { millis: 4000 }).times(1);
    world.faults(vec![Rule { skip: 1, ..slow }]);
    let (before, workflow) = (asked(&world), ids::DCL_ORDERS_POLL.to_owned());
    let request = RunRequest { workflow, brand: Some("acme".into()), payload: json!({}), start_at: None, rerun: false };
    let ended = world.bus().run(&request).await.unwrap().workflow_id;
    eventually("the question", async || (asked(&world) == before + 2).then_some(())).await;
    world.client.get_workflow_handle::<UntypedWorkflow>(&ended).terminate(Default::default()).await.unwrap();

    let (report, _) = counted(&world, 4).await;
    assert_eq!((&report["published"], &report["sent"]), (&json!(3), &json!(1)), "{report}");
    for number in &numbers[..3] {
        let why = world.until_parked(&run(ids::DCL_TRACKING, number)).await;
        assert!(why.contains("was cancelled at DCL"), "{why}");
    }
    assert!(world.view(&run(ids::DCL_TRACKING, &numbers[3])).await.is_none(), "nothing of it has shipped");
}
