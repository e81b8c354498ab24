//! Health, metrics, stopping and renewing while orders are on their way.

use std::{net::SocketAddr, time::Duration};

use futures_util::future::join_all;
use sandbox::ledger::Vendor;
use temporal_server::{IndexedValueType, Server};
use temporalio_client::Client;

use crate::world::{Process, World, eventually, order, run_of};

async fn get(address: SocketAddr, path: &str) -> Option<(u16, String)> {
    let answer = reqwest::get(format!("http://{address}{path}")).await.ok()?;
    Some((answer.status().as_u16(), answer.text().await.ok()?))
}

async fn until_status(address: SocketAddr, path: &str, status: u16) -> String {
    let there = async || get(address, path).await.filter(|(got, _)| *got == status).map(|(_, text)| text);
    eventually(&format!("{status} of {path}"), there).await
}

/// Waits for every order and asks both vendors what became of them. Each Sales Order was written once.
async fn all_booked_once(world: &World, ids: &[u64]) {
    join_all(ids.iter().map(async |id| {
        eventually("a run", async || world.view(&run_of(*id)).await).await;
        world.result(&run_of(*id)).await.unwrap();
    }))
    .await;
    assert_eq!(world.writes(Vendor::Netsuite, "PUT salesOrder").len(), ids.len());
    let verdict = world.verdict(&[]).await;
    assert!(verdict.is_clean(), "{verdict}");
}

fn place(world: &World, first: u64, count: u64) -> Vec<u64> {
    (first..first + count).map(|id| world.sandbox.shopify.place_order(order(id)).unwrap()).collect()
}

async fn until_booked(world: &World, count: usize) {
    let some = async || (world.sandbox.netsuite.records("salesOrder").len() >= count).then_some(());
    eventually("some Sales Orders", some).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_the_sdks_and_ours() {
    let world = World::start("running-metrics").await;
    let ids = place(&world, 4001, 3);
    all_booked_once(&world, &ids).await;
    until_status(world.worker_address(), "/readyz", 200).await;
    assert_eq!(get(world.worker_address(), "/healthz").await.unwrap().0, 200);
    let metrics = until_status(world.worker_address(), "/metrics", 200).await;
    for line in [
        r#"stateset_orders_total{brand="acme",outcome="booked"} 3"#,
        r#"stateset_vendor_calls_total{operation="createSalesOrder",outcome="ok",vendor="netsuite"} 3"#,
        r#"stateset_permits{account="netsuite:TSTDRV1234567",kind="limit"} 10"#,
        r#"stateset_permits{account="netsuite:TSTDRV1234567",kind="used"} 0"#,
        r#"stateset_order_to_sales_order_seconds_count{brand="acme"} 3"#,
        "temporal_workflow_completed",
        "temporal_activity_execution_latency",
        "temporal_worker_task_slots_available",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    for private in ["ann@example.com", "4001", "SO-acme"] {
        assert!(!metrics.contains(private), "{private} has no place in a metric");
    }
}

/// Not ready while Temporal is away; alive all the same.
#[tokio::test(flavor = "multi_thread")]
async fn readiness_follows_temporal() {
    let server: Server = temporal_server::obtain(&Default::default(), |_| {}).await.unwrap();
    if server.is_external() {
        return;
    }
    let world = World::asleep("running-ready", sandbox::Options::default(), |_| {}).await;
    let attributes: &[(&str, IndexedValueType)] = &worker::setup::SEARCH_ATTRIBUTES;
    let client: Client = temporal_server::create_namespace(server.address(), "ready", attributes).await.unwrap();
    let config = world.config.clone();
    // On a runtime of its own: without Temporal its workers cannot be shut down.
    let running = Process::start(move |listener, stop| {
        worker::run(worker::Options { workflows: worker::enabled(&config), config, client, listener }, stop)
    });
    let address = running.address;
    assert_eq!(until_status(address, "/readyz", 200).await, "ready\n");
    server.stop().await.unwrap();
    let why = until_status(address, "/readyz", 503).await;
    assert!(why.contains("temporal"), "{why}");
    assert_eq!(get(address, "/healthz").await.unwrap().0, 200);
    running.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_graceful_stop_in_the_middle_of_many_orders_loses_nothing() {
    let mut options = sandbox::Options::default();
    options.netsuite.latency = Duration::from_millis(40);
    let mut world = World::with("running-stop", options, |_| {}).await;
    let ids = place(&world, 4100, 40);
    until_booked(&world, 5).await;
    world.take_worker().stop().await;
    let (booked, asked) = (world.sandbox.netsuite.records("salesOrder").len(), world.sandbox.netsuite.requests());
    assert!(booked < ids.len(), "it stopped too late to show anything");
    // Who sends orders does not notice.
    let more = place(&world, 4150, 5);
    world.sandbox.shopify.deliveries_settled().await;
    assert_eq!(world.sandbox.netsuite.requests(), asked, "a stopped worker works");
    world.start_worker();
    all_booked_once(&world, &[ids, more].concat()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn renewing_the_worker_in_the_middle_of_many_orders_loses_nothing() {
    let mut options = sandbox::Options::default();
    options.netsuite.latency = Duration::from_millis(40);
    let world = World::with("running-renew", options, |config| config.worker.renew_after_activities = 20).await;
    let mut ids = place(&world, 4200, 20);
    until_booked(&world, 10).await;
    ids.extend(place(&world, 4300, 20));
    all_booked_once(&world, &ids).await;
    // Every start of an SDK worker counts; without a renewal there is one per queue.
    let metrics = until_status(world.worker_address(), "/metrics", 200).await;
    let starts: f64 = metrics
        .lines()
        .filter(|line| line.starts_with("temporal_worker_start"))
        .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
        .sum();
    assert!(starts > 4.0, "{starts} starts: nothing was renewed");
    until_status(world.worker_address(), "/readyz", 200).await;
}
