//! F17 once more: all agents of many orders at once, on one account's permits.

use std::time::Duration;

use futures_util::future::join_all;
use sandbox::netsuite::Disguise;
use workflows::ids;

use super::f17_concurrency::{both_ready, metrics, sum, was_parked};
use crate::{
    order_to_cash::{order, paid, run, with_the_warehouse},
    world::{World, run_of},
};

const ORDERS: u64 = 30;
const LIMIT: u32 = 8;

/// Thirty orders from the shop to their money, by two workers with half of the account's limit each. `squeeze` happens when all
/// of them are with the warehouse. Returns what both workers say of their calls.
async fn whole_line(name: &str, first: u64, squeeze: impl FnOnce(&World)) -> (World, String) {
    let mut options = sandbox::Options::default();
    options.netsuite.concurrency_limit = LIMIT;
    options.netsuite.latency = Duration::from_millis(30);
    let world = World::order_to_cash_with(name, options, |config| {
        let account = config.netsuite.get_mut("main").unwrap();
        account.permits = LIMIT / 2;
        account.concurrency_limit = Some(LIMIT);
        account.processes = 2;
    })
    .await;
    let second = world.another_worker();
    both_ready(&world, &second).await;
    let orders = join_all((first..first + ORDERS).map(async |id| {
        let (so, number) = with_the_warehouse(&world, order(id)).await;
        (id, so, number)
    }))
    .await;
    squeeze(&world);
    for (_, _, number) in &orders {
        world.sandbox.dcl.ship_all(number).unwrap();
    }
    let report = world.poll(ids::DCL_ORDERS_POLL).await;
    assert_eq!(report["published"], ORDERS, "{report}");
    join_all(orders.iter().map(async |(id, so, number)| {
        paid(&world, so, *id).await;
        let runs = [
            run_of(*id),
            run(ids::NETSUITE_TO_DCL, so),
            run(ids::DCL_TRACKING, number),
            run(ids::NETSUITE_INVOICE, so),
            run(ids::NETSUITE_PAYMENT, &id.to_string()),
        ];
        for run in runs {
            world.result(&run).await.unwrap();
            assert!(!was_parked(&world, &run).await, "{run} was parked");
        }
    }))
    .await;
    let mut both = String::new();
    for process in [world.worker_address(), second.address] {
        let metrics = metrics(process).await;
        assert!(sum(&metrics, "stateset_vendor_calls_total", r#"vendor="netsuite""#) > 0, "both took part");
        both += &metrics;
    }
    assert_eq!(sum(&both, "stateset_vendor_calls_total", r#"outcome="unauthorized""#), 0, "good credentials blamed");
    assert_eq!(sum(&both, "stateset_vendor_calls_total", r#"outcome="rejected""#), 0, "a refusal that parks");
    world.sandbox.netsuite.set_concurrency_limit(LIMIT);
    let verdict = world.verdict(&[]).await;
    assert!(verdict.is_clean(), "{verdict}");
    (world, both)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_line_stays_within_the_accounts_limit() {
    let (world, metrics) = whole_line("f17-line", 17_500, |_| {}).await;
    let seen = world.sandbox.netsuite.observed_concurrency();
    assert!(seen <= LIMIT, "{seen} requests at once, the limit is {LIMIT}");
    assert!(seen > LIMIT / 2, "{seen} at once: one worker's share alone proves nothing");
    assert_eq!(sum(&metrics, "stateset_vendor_calls_total", r#"outcome="throttled""#), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_line_gets_through_a_smaller_limit() {
    let (_, metrics) = whole_line("f17-narrow", 17_600, |world| {
        world.sandbox.netsuite.set_concurrency_disguise(Disguise::InvalidLogin { millis: 400 });
        world.sandbox.netsuite.set_concurrency_limit(3);
    })
    .await;
    assert!(sum(&metrics, "stateset_vendor_calls_total", r#"outcome="throttled""#) > 0, "nothing was refused");
}
