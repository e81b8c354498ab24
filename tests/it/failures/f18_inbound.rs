//! F18 once more: receipts have days and no times, the warehouse's days, and may be shown days late.

use jiff::{ToSpan, Zoned};
use sandbox::dcl::Arrival;
use serde_json::{Value, json};
use workflows::ids;

use crate::{
    inbound::{announced, booked, purchase, run, units, world},
    world::World,
};

/// The tick of this number. The next one finds it through visibility.
async fn tick(world: &World, number: usize) -> Value {
    let report = world.poll(ids::DCL_RECEIPTS_POLL).await;
    world.until_listed("WorkflowType = 'dclReceiptsPoll' AND ExecutionStatus = 'Completed'", number).await;
    report
}

/// One of today, one of the warehouse's tomorrow, one of six days ago that is shown after a tick: all are found, each once.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_received_on_any_day_near_the_watermark_is_found() {
    let world = world("f18-inbound", |_| {}).await;
    let id = purchase(&world, &[("TEE-SLATE", 10)]);
    let number = announced(&world, &id).await;
    let today = Zoned::now().date();
    let arrive = |days: i32, units: u64, shown_after_seconds: u64| {
        let date = Some(today.checked_add(days.days()).unwrap());
        let arrival = Arrival { date, shown_after_seconds, ..Arrival::of(&[("TEE-SLATE", units)]) };
        world.sandbox.dcl.receive(number, arrival).unwrap();
    };
    arrive(-6, 1, 60);
    arrive(0, 2, 0);
    let first = tick(&world, 1).await;
    assert_eq!((&first["seen"], &first["published"]), (&json!(1), &json!(1)), "{first}");
    world.result(&run(ids::PO_RECEIPT, number)).await.unwrap();
    arrive(1, 3, 0);
    world.sandbox.clock.advance(std::time::Duration::from_secs(61));
    let second = tick(&world, 2).await;
    assert_eq!((&second["seen"], &second["published"]), (&json!(3), &json!(1)), "{second}");
    let done = world.result(&run(ids::PO_RECEIPT, number)).await.unwrap();
    assert_eq!((&done["made"], &done["receipts"]), (&json!(2), &json!(3)));
    assert_eq!(booked(&world), units(&[("TEE-SLATE", 6)]));
    let third = tick(&world, 3).await;
    assert_eq!((&third["seen"], &third["settled"], &third["published"]), (&json!(3), &json!(1), &json!(0)), "{third}");
    // Each is booked on the warehouse's own day.
    let mut days: Vec<_> = world
        .sandbox
        .netsuite
        .records("itemReceipt")
        .iter()
        .map(|r| r["tranDate"].as_str().unwrap().to_owned())
        .collect();
    days.sort();
    let expected: Vec<_> = [-6, 0, 1].map(|days: i32| today.checked_add(days.days()).unwrap().to_string()).into();
    assert_eq!(days, expected);
}
