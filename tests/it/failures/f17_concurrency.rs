//! F17: NetSuite's concurrency limit showed as a minute's hang and "invalid login".
//!
//! Two worker processes on one account: the requests at once that the account saw stay within its limit; and where somebody
//! else takes a part of it away, in whatever disguise the refusal comes, every order is booked and nobody is alarmed.

use std::time::Duration;

use futures_util::future::join_all;
use sandbox::netsuite::Disguise;
use temporalio_common::protos::temporal::api::history::v1::history_event::Attributes;

use crate::world::{Process, World, eventually, order, run_of};

const ORDERS: u64 = 60;
const LIMIT: u32 = 10;

/// Two workers with half of the account's limit each, and an account in which a request takes its time.
async fn two_workers(name: &str, first: u64) -> (World, Process, Vec<u64>) {
    let mut options = sandbox::Options::default();
    options.netsuite.concurrency_limit = LIMIT;
    options.netsuite.latency = Duration::from_millis(30);
    let world = World::with(name, options, |config| {
        let account = config.netsuite.get_mut("main").unwrap();
        account.permits = LIMIT / 2;
        account.concurrency_limit = Some(LIMIT);
        account.processes = 2;
    })
    .await;
    let second = world.another_worker();
    both_ready(&world, &second).await;
    let ids = (first..first + ORDERS).map(|id| world.sandbox.shopify.place_order(order(id)).unwrap()).collect();
    (world, second, ids)
}

/// Waits until both workers poll.
pub(super) async fn both_ready(world: &World, second: &Process) {
    for address in [world.worker_address(), second.address] {
        let ready = async || reqwest::get(format!("http://{address}/readyz")).await.ok()?.error_for_status().ok();
        eventually("a worker that is ready", ready).await;
    }
}

async fn all_booked(world: &World, ids: &[u64]) {
    join_all(ids.iter().map(async |id| {
        eventually("a run", async || world.view(&run_of(*id)).await).await;
        world.result(&run_of(*id)).await.unwrap();
    }))
    .await;
    world.sandbox.netsuite.set_concurrency_limit(LIMIT);
    let verdict = world.verdict(&[]).await;
    assert!(verdict.is_clean(), "{verdict}");
}

pub(super) async fn metrics(process: std::net::SocketAddr) -> String {
    reqwest::get(format!("http://{process}/metrics")).await.unwrap().text().await.unwrap()
}

/// Sum of our metric over the labels that contain `with`.
pub(super) fn sum(metrics: &str, name: &str, with: &str) -> u64 {
    let lines = metrics.lines().filter(|line| line.starts_with(name) && line.contains(with));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_stay_within_the_accounts_limit() {
    let (world, second, ids) = two_workers("f17-two", 17_000).await;
    all_booked(&world, &ids).await;
    let seen = world.sandbox.netsuite.observed_concurrency();
    assert!(seen <= LIMIT, "{seen} requests at once, the limit is {LIMIT}");
    assert!(seen > LIMIT / 2, "{seen} at once: one worker's share alone proves nothing");
    for process in [world.worker_address(), second.address] {
        let metrics = metrics(process).await;
        assert!(sum(&metrics, "stateset_vendor_calls_total", r#"vendor="netsuite""#) > 0, "both took part");
        assert_eq!(sum(&metrics, "stateset_vendor_calls_total", r#"outcome="throttled""#), 0);
    }
}

/// Somebody else's integration takes most of the account's limit while sixty orders are on their way.
async fn squeezed(name: &str, first: u64, disguise: Disguise) {
    let (world, second, ids) = two_workers(name, first).await;
    world.sandbox.netsuite.set_concurrency_disguise(disguise);
    let some = async || (world.sandbox.netsuite.records("salesOrder").len() > 5).then_some(());
    eventually("some Sales Orders", some).await;
    world.sandbox.netsuite.set_concurrency_limit(3);
    all_booked(&world, &ids).await;
    let both = metrics(world.worker_address()).await + &metrics(second.address).await;
    assert!(sum(&both, "stateset_vendor_calls_total", r#"outcome="throttled""#) > 0, "nothing was refused");
    assert_eq!(sum(&both, "stateset_vendor_calls_total", r#"outcome="unauthorized""#), 0, "good credentials blamed");
    assert_eq!(sum(&both, "stateset_vendor_calls_total", r#"outcome="rejected""#), 0, "a refusal that parks");
    for id in &ids {
        assert!(!was_parked(&world, &run_of(*id)).await, "order {id} was parked");
    }
}

/// Has the run ever waited for a person?
pub(super) async fn was_parked(world: &World, run: &str) -> bool {
    world.history(run).await.iter().any(|event| match &event.attributes {
        Some(Attributes::WorkflowPropertiesModifiedEventAttributes(changed)) => {
            changed.upserted_memo.as_ref().is_some_and(|memo| memo.fields.contains_key("problem"))
        }
        _ => false,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_smaller_limit_that_says_too_many_requests() {
    squeezed("f17-429", 17_100, Disguise::TooManyRequests).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_smaller_limit_that_says_bad_request() {
    squeezed("f17-400", 17_200, Disguise::BadRequest).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_smaller_limit_that_hangs_and_says_invalid_login() {
    squeezed("f17-login", 17_300, Disguise::InvalidLogin { millis: 400 }).await;
}
