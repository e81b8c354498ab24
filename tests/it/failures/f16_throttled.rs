//! F16: 429s in spite of a limiter. The vendor's own figures drive the wait, and nobody asks before it is over.

use std::time::Duration;

use sandbox::{
    faults::{Fault, Rule},
    ledger::Vendor,
    shopify::Limits,
};
use temporalio_common::protos::temporal::api::history::v1::history_event::Attributes;

use crate::world::{World, eventually, order, run_of};

/// How long the run of the order waited before it read the order again.
async fn waited(world: &World, id: u64) -> Duration {
    let history = world.history(&run_of(id)).await;
    let timers = history.into_iter().filter_map(|event| match event.attributes? {
        Attributes::TimerStartedEventAttributes(timer) => Duration::try_from(timer.start_to_fire_timeout?).ok(),
        _ => None,
    });
    timers.sum()
}

/// An order meets an empty bucket that fills at this rate. What it waited for, in points.
async fn waited_for(id: u64, rate: u32) -> f64 {
    let world = World::start("f16-wait").await;
    // A token beforehand: it is not what is throttled.
    world.sandbox.shopify.place_order(order(1600)).unwrap();
    eventually("a run", async || world.view(&run_of(1600)).await).await;
    world.result(&run_of(1600)).await.unwrap();
    let before = world.sandbox.shopify.requests()["order"];
    world.sandbox.shopify.set_limits(Limits { bucket: 1000, restore_rate: rate, max_query_cost: 1000 });
    world.sandbox.shopify.drain_bucket();
    world.sandbox.shopify.place_order(order(id)).unwrap();
    eventually("a run", async || world.view(&run_of(id)).await).await;
    world.result(&run_of(id)).await.unwrap();
    assert_eq!(world.sandbox.shopify.requests()["order"] - before, 2, "the first was refused, the second was not");
    assert_eq!(world.sales_orders(id).len(), 1);
    waited(&world, id).await.as_secs_f64() * f64::from(rate)
}

/// What the query asked for, less what was in the bucket, at the rate at which it fills: at half the rate twice as long.
#[tokio::test(flavor = "multi_thread")]
async fn the_wait_is_what_is_missing_at_the_rate_at_which_it_comes_back() {
    let (slow, fast) = tokio::join!(waited_for(1601, 12), waited_for(1602, 24));
    assert!(slow > 20.0 && fast > 20.0, "{slow} and {fast} points: the order's query asks for more");
    // Between draining and asking, the bucket has filled a little.
    assert!((slow - fast).abs() < 12.0, "{slow} and {fast} points: not the vendor's figures");
}

/// One order is refused. Ten more come before the vendor's time is over: they wait with it and do not even ask.
#[tokio::test(flavor = "multi_thread")]
async fn an_empty_bucket_is_not_hammered() {
    let world = World::start("f16-burst").await;
    world.sandbox.shopify.set_limits(Limits { bucket: 1000, restore_rate: 10, max_query_cost: 1000 });
    world.sandbox.shopify.drain_bucket();
    world.sandbox.shopify.place_order(order(1620)).unwrap();
    until_waiting(&world, 1620).await;
    let ids: Vec<u64> = (1621..1631).map(|id| world.sandbox.shopify.place_order(order(id)).unwrap()).collect();
    for id in &ids {
        until_waiting(&world, *id).await;
    }
    assert_eq!(world.sandbox.shopify.requests()["order"], 1, "somebody asked before the time was over");
    world.sandbox.shopify.set_limits(Limits::default());
    for id in ids {
        world.result(&run_of(id)).await.unwrap();
        assert_eq!(world.sales_orders(id).len(), 1);
    }
    world.result(&run_of(1620)).await.unwrap();
    assert_eq!(world.sandbox.shopify.requests()["order"], 12, "each was read once more, and no more");
    let verdict = world.verdict(&[]).await;
    assert!(verdict.is_clean(), "{verdict}");
}

/// Waits until the order's run waits for the vendor's time.
async fn until_waiting(world: &World, id: u64) {
    eventually("a run", async || world.view(&run_of(id)).await).await;
    eventually("a timer", async || (!waited(world, id).await.is_zero()).then_some(())).await;
}

/// NetSuite gives no figure; what it refuses is tried again at leisure, and never parks.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_without_a_figure_is_tried_again_at_leisure() {
    let world = World::start("f16-netsuite").await;
    let limit = |status| Rule::new(Vendor::Netsuite, "suiteql", Fault::ConcurrencyLimit { status }).times(1);
    world.faults(vec![limit(429), limit(400), Rule::new(Vendor::Netsuite, "PUT *", Fault::Throttle).times(1)]);
    let id = world.sandbox.shopify.place_order(order(1650)).unwrap();
    eventually("a run", async || world.view(&run_of(id)).await).await;
    world.result(&run_of(id)).await.unwrap();
    assert!(world.sandbox.netsuite.requests()["suiteql"] <= 4);
    let verdict = world.verdict(&[]).await;
    assert!(verdict.is_clean(), "{verdict}");
}
