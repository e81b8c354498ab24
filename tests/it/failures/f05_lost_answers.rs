//! F05: a retry after a timeout created a second document, because the first had landed.
//!
//! Every write of the agent, in every way in which its answer can be lost: one customer, one Sales Order, written once,
//! released, with the right total, and one tag.

use std::time::Duration;

use bus::{RunRequest, Status};
use config::Config;
use futures_util::future::join_all;
use sandbox::{
    faults::{Fault, Rule},
    ledger::Vendor,
};
use serde_json::json;
use temporalio_client::{NamespacedClient, grpc::WorkflowService, tonic::IntoRequest};
use temporalio_common::protos::temporal::api::{
    common::v1::WorkflowExecution,
    enums::v1::EventType,
    workflowservice::v1::{GetWorkflowExecutionHistoryRequest, ResetWorkflowExecutionRequest},
};

use crate::world::{World, eventually, order, run_of};

/// A write of the agent.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Write {
    vendor: Vendor,
    operation: &'static str,
}

const CREATE: Write = Write { vendor: Vendor::Netsuite, operation: "PUT salesOrder" };
/// All of them, in their order.
const WRITES: [Write; 4] = [
    Write { vendor: Vendor::Netsuite, operation: "PUT customer" },
    CREATE,
    Write { vendor: Vendor::Netsuite, operation: "PATCH salesOrder" },
    Write { vendor: Vendor::Shopify, operation: "tagsAdd" },
];
const ORDER: u64 = 5001;

/// A world whose first such write goes wrong, with the order placed.
async fn placed(way: &str, write: Write, fault: Fault, change: impl FnOnce(&mut Config)) -> World {
    let world = World::with(&format!("f05-{way}"), sandbox::Options::default(), change).await;
    world.faults(vec![Rule::new(write.vendor, write.operation, fault).times(1)]);
    world.sandbox.shopify.place_order(order(ORDER)).unwrap();
    eventually("a run", async || world.view(&run_of(ORDER)).await).await;
    world
}

/// Requests of this kind that the vendor has got.
fn requests(world: &World, write: Write) -> u64 {
    let counts = match write.vendor {
        Vendor::Shopify => world.sandbox.shopify.requests(),
        Vendor::Netsuite => world.sandbox.netsuite.requests(),
        Vendor::Dcl => world.sandbox.dcl.requests(),
    };
    counts.get(write.operation).copied().unwrap_or_default()
}

/// Waits until the vendor has got the write.
async fn on_its_way(world: &World, write: Write) {
    eventually(write.operation, async || (requests(world, write) > 0).then_some(())).await;
}

/// Waits until the vendor has done all that it was asked to do, also for clients that have gone.
async fn landed(world: &World, write: Write) {
    let done = || world.writes(write.vendor, write.operation).len() as u64;
    eventually("every write landed", async || (done() == requests(world, write)).then_some(())).await;
}

/// One customer, one Sales Order, written once, released, with the right total, and one tag.
async fn exactly_once(world: &World, what: &str) {
    let id = run_of(ORDER);
    world.result(&id).await.unwrap_or_else(|e| panic!("{what}: {e}"));
    let sales_orders = world.sales_orders(ORDER);
    assert_eq!(sales_orders.len(), 1, "{what}");
    let so = &sales_orders[0];
    assert_eq!(so["externalId"], "SO-acme-5001", "{what}");
    assert_eq!(so["status"]["id"], "B", "{what}: released");
    assert_eq!(so["total"].as_f64(), Some(199.0), "{what}");
    assert_eq!(so["item"]["items"].as_array().unwrap().len(), 1, "{what}: lines");
    let written = world.writes(CREATE.vendor, CREATE.operation);
    assert_eq!(written.len(), 1, "{what}: the Sales Order was written again: {written:#?}");
    let customers = world.sandbox.netsuite.records("customer");
    let anns = customers.iter().filter(|c| c["email"] == "ann@example.com").count();
    assert_eq!(anns, 1, "{what}: customers");
    let tags = world.sandbox.shopify.order(ORDER).unwrap()["tags"].as_str().unwrap().to_owned();
    assert_eq!(tags.split(", ").filter(|t| *t == "SENT_TO_NS").count(), 1, "{what}: tags {tags:?}");
    world.until(&id, "done", |v| v.agent_status.as_deref() == Some("done")).await;
    let verdict = world.verdict(&[]).await;
    assert!(verdict.is_clean(), "{what}: {verdict}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_is_lost_after_the_write() {
    join_all(WRITES.map(async |write| {
        let world = placed("lost", write, Fault::AnswerLost, |_| {}).await;
        exactly_once(&world, write.operation).await;
        let lost = world.writes(write.vendor, write.operation);
        assert_eq!(lost[0].result, "ok, answer lost", "{}", write.operation);
    }))
    .await;
}

/// The look-up after the lost answer finds nothing; then the write lands. The harness gives a request 2 s to land.
#[tokio::test(flavor = "multi_thread")]
async fn the_write_lands_after_the_look_up() {
    join_all(WRITES.map(async |write| {
        let world = placed("late", write, Fault::LandsLater { millis: 1500 }, |_| {}).await;
        if write == CREATE {
            let settling = |w: &bus::RunView| {
                w.pending.iter().any(|a| a.last_failure.as_deref().is_some_and(|f| f.contains("may still land")))
            };
            world.until(&run_of(ORDER), "the empty look-up is not believed", settling).await;
            assert!(world.sales_orders(ORDER).is_empty(), "the look-up came before the landing");
        }
        world.result(&run_of(ORDER)).await.unwrap();
        landed(&world, write).await;
        let all = world.writes(write.vendor, write.operation);
        assert!(all.iter().any(|e| e.result == "ok, landed late"), "{}: {all:?}", write.operation);
        exactly_once(&world, write.operation).await;
    }))
    .await;
}

/// The worker dies while the vendor is at work. The vendor finishes; another worker goes on.
#[tokio::test(flavor = "multi_thread")]
async fn the_worker_is_killed_during_the_write() {
    join_all(WRITES.map(async |write| {
        let mut world = placed("killed", write, Fault::Latency { millis: 1500 }, |_| {}).await;
        on_its_way(&world, write).await;
        world.take_worker().kill();
        assert!(world.writes(write.vendor, write.operation).is_empty(), "{}: killed too late", write.operation);
        world.start_worker();
        world.result(&run_of(ORDER)).await.unwrap();
        landed(&world, write).await;
        exactly_once(&world, write.operation).await;
    }))
    .await;
}

/// The same, but the vendor is so slow that the next worker looks before the write has landed.
#[tokio::test(flavor = "multi_thread")]
async fn the_write_of_a_dead_worker_lands_after_the_look_up_of_the_next() {
    let deadline = |config: &mut Config| {
        let account = config.netsuite.get_mut("main").unwrap();
        account.request_deadline = Duration::from_secs(16);
    };
    // A first attempt that NetSuite refuses leaves "nothing is on its way"; the dead one must not be taken for it.
    let mut world = World::with("f05-dead", sandbox::Options::default(), deadline).await;
    let slow =
        Rule { skip: 1, ..Rule::new(CREATE.vendor, CREATE.operation, Fault::Latency { millis: 14_000 }).times(1) };
    let refused = Rule::new(CREATE.vendor, CREATE.operation, Fault::ConcurrencyLimit { status: 429 }).times(1);
    world.faults(vec![slow, refused]);
    world.sandbox.shopify.place_order(order(ORDER)).unwrap();
    eventually("the second attempt", async || (requests(&world, CREATE) > 1).then_some(())).await;
    world.take_worker().kill();
    world.start_worker();
    let settling = |w: &bus::RunView| {
        w.pending.iter().any(|a| a.last_failure.as_deref().is_some_and(|f| f.contains("may still land")))
    };
    world.until(&run_of(ORDER), "the empty look-up is not believed", settling).await;
    assert!(world.sales_orders(ORDER).is_empty(), "the look-up came before the landing");
    exactly_once(&world, "killed, landing late").await;
}

/// A person resets the run to its first workflow task while the vendor is at work for it.
#[tokio::test(flavor = "multi_thread")]
async fn the_run_is_reset_during_the_write() {
    join_all(WRITES.map(async |write| {
        let world = placed("reset", write, Fault::Latency { millis: 1000 }, |_| {}).await;
        on_its_way(&world, write).await;
        let before = world.view(&run_of(ORDER)).await.unwrap().run_id;
        reset(&world, &run_of(ORDER), &before).await;
        assert!(world.writes(write.vendor, write.operation).is_empty(), "{}: reset too late", write.operation);
        world.until(&run_of(ORDER), "another run", |v| v.run_id != before).await;
        world.result(&run_of(ORDER)).await.unwrap();
        landed(&world, write).await;
        exactly_once(&world, write.operation).await;
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_run_is_made_again_on_purpose() {
    join_all(WRITES.map(async |write| {
        let world = placed("rerun", write, Fault::AnswerLost, |_| {}).await;
        let first = world.result(&run_of(ORDER)).await.unwrap();
        let before = world.view(&run_of(ORDER)).await.unwrap().run_id;
        let request = |rerun| RunRequest {
            workflow: workflows::ids::SHOPIFY_TO_NETSUITE.into(),
            brand: None,
            payload: json!({ "orderId": ORDER }),
            start_at: None,
            rerun,
        };
        assert_eq!(world.bus().run(&request(false)).await.unwrap().status, Status::AlreadyDone);
        world.bus().run(&request(true)).await.unwrap();
        world.until(&run_of(ORDER), "another run", |v| v.run_id != before).await;
        assert_eq!(world.result(&run_of(ORDER)).await.unwrap(), first, "{}", write.operation);
        exactly_once(&world, write.operation).await;
    }))
    .await;
}

/// Resets a run to its first workflow task, as `temporal workflow reset` does.
pub(super) async fn reset(world: &World, workflow_id: &str, run_id: &str) {
    let mut client = world.client.clone();
    let execution = Some(WorkflowExecution { workflow_id: workflow_id.to_owned(), run_id: run_id.to_owned() });
    let namespace = client.namespace();
    let request = GetWorkflowExecutionHistoryRequest {
        namespace: namespace.clone(),
        execution: execution.clone(),
        ..Default::default()
    };
    let answer = WorkflowService::get_workflow_execution_history(&mut client, request.into_request()).await.unwrap();
    let events = answer.into_inner().history.unwrap().events;
    let first = events.iter().find(|e| e.event_type() == EventType::WorkflowTaskStarted).unwrap();
    let request = ResetWorkflowExecutionRequest {
        namespace,
        workflow_execution: execution,
        reason: "a test".to_owned(),
        workflow_task_finish_event_id: first.event_id,
        request_id: uuid::Uuid::new_v4().to_string(),
        ..Default::default()
    };
    WorkflowService::reset_workflow_execution(&mut client, request.into_request()).await.unwrap();
}
