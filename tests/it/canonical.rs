//! One run per record, whoever starts it, however, and when.

use std::{path::PathBuf, time::Duration};

use bus::{RunRequest, Status};
use jiff::Timestamp;
use sandbox::{
    faults::{Fault, Rule},
    ledger::Vendor,
};
use serde_json::{Value, json};
use temporal_server::Server;
use tokio::process::Command;

use crate::world::{World, eventually, order, run_of};

const WORKFLOW: &str = workflows::ids::SHOPIFY_TO_NETSUITE;
/// The run of `proto/examples/order_created.json`.
const AMAZON: &str = "shopifyToNetsuiteWorkflow:acme:amazon-112-4538920-7715402";

/// Somebody types the command of the README, without a workflow id. Returns the id that Temporal made up.
async fn temporal_workflow_start(world: &World, input: &str) -> String {
    let temporal: PathBuf = temporal_server::command_line().await.unwrap();
    let server = Server::shared().await.unwrap();
    let mut command = Command::new(temporal);
    command.args(["workflow", "start", "--type", WORKFLOW, "--task-queue", WORKFLOW, "--input", input]);
    command.args(["--address", server.address(), "--namespace", &world.client.options().namespace]);
    let output = command.args(["--output", "json"]).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let started: Value = serde_json::from_slice(&output.stdout).unwrap();
    started["workflowId"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_and_the_webhook_at_the_same_moment() {
    let world = World::start("canonical-cli").await;
    let place = async { world.sandbox.shopify.place_order(order(450789469)).unwrap() };
    let (typed, id) = tokio::join!(temporal_workflow_start(&world, r#"{"orderId":"450789469"}"#), place);
    assert_ne!(typed, run_of(id));
    eventually("a run", async || world.view(&run_of(id)).await).await;
    let canonical = world.result(&run_of(id)).await.unwrap();
    let other = world.result(&typed).await.unwrap();
    assert_eq!(world.sales_orders(id).len(), 1);
    assert_eq!(world.writes(Vendor::Netsuite, "PUT salesOrder").len(), 1);
    assert_eq!(canonical["salesOrderNumber"], world.sales_orders(id)[0]["tranId"]);
    assert_eq!(other["salesOrderNumber"], canonical["salesOrderNumber"]);
    let verdict = world.verdict(&[]).await;
    assert!(verdict.is_clean(), "{verdict}");
}

/// Typed before any webhook, in every form that people use; the brand may be left out.
#[tokio::test(flavor = "multi_thread")]
async fn every_form_of_the_order_id_means_the_same_order() {
    let world = World::start("canonical-forms").await;
    world.sandbox.shopify.load_order(order(1001)).unwrap();
    let mut numbers = vec![];
    for input in [
        r##"{"orderId":"#1001"}"##,
        r#"{"orderId":1001}"#,
        r#"{"orderId":"1001","brand":"acme"}"#,
        r#"{"orderId":"gid://shopify/Order/1001"}"#,
    ] {
        let typed = temporal_workflow_start(&world, input).await;
        let booked = world.result(&typed).await.unwrap_or_else(|e| panic!("{input}: {e}"));
        numbers.push(booked["salesOrderNumber"].as_str().unwrap().to_owned());
    }
    assert_eq!(world.sales_orders(1001).len(), 1);
    assert!(numbers.iter().all(|n| *n == world.sales_orders(1001)[0]["tranId"]), "{numbers:?}");
    assert_eq!(world.writes(Vendor::Netsuite, "PUT salesOrder").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canonical_run_that_fails_gives_its_reason_to_the_others() {
    let world = World::start("canonical-fails").await;
    let mut test = order(1011);
    test["test"] = json!(true);
    world.sandbox.shopify.load_order(test).unwrap();
    let typed = temporal_workflow_start(&world, r#"{"orderId":1011}"#).await;
    let why = world.result(&typed).await.unwrap_err();
    assert!(why.contains("a test order"), "{why}");
    assert!(world.result(&run_of(1011)).await.unwrap_err().contains("a test order"));

    // One that attached while the canonical run was waiting.
    let mut unpaid = order(1012);
    unpaid["financial_status"] = json!("pending");
    world.sandbox.shopify.place_order(unpaid).unwrap();
    world.until(&run_of(1012), "waiting", |v| v.agent_status.as_deref() == Some("waiting")).await;
    let typed = temporal_workflow_start(&world, r#"{"orderId":1012}"#).await;
    world.until(&typed, "attached", |v| v.pending.iter().any(|a| a.activity == "awaitRun")).await;
    world.sandbox.shopify.update_order(1012, json!({"cancelled_at": "2026-11-03T10:00:00Z"})).unwrap();
    let why = world.result(&typed).await.unwrap_err();
    assert!(why.contains("cancelled in the shop"), "{why}");
    assert!(world.sandbox.netsuite.records("salesOrder").is_empty());
}

fn at(order_id: u64, start_at: Timestamp) -> RunRequest {
    let payload = json!({ "orderId": order_id });
    RunRequest { workflow: WORKFLOW.into(), brand: None, payload, start_at: Some(start_at), rerun: false }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delayed_run_starts_at_its_time_or_with_the_first_event() {
    let world = World::start("canonical-delay").await;
    let (soon, later) = (Timestamp::now() + Duration::from_secs(2), Timestamp::now() + Duration::from_secs(3600));
    for id in [1021, 1022] {
        world.sandbox.shopify.load_order(order(id)).unwrap();
    }
    assert_eq!(world.bus().run(&at(1021, soon)).await.unwrap().status, Status::Started);
    assert_eq!(world.bus().run(&at(1022, later)).await.unwrap().status, Status::Started);
    world.result(&run_of(1021)).await.unwrap();
    assert!(Timestamp::now() >= soon, "before its time");
    assert_eq!(world.view(&run_of(1022)).await.unwrap().status, "running");
    assert!(world.sales_orders(1022).is_empty());

    world.sandbox.shopify.update_order(1022, json!({"note": "the event says that there is something to do"})).unwrap();
    world.result(&run_of(1022)).await.unwrap();
    assert_eq!(world.sales_orders(1022).len(), 1);
    let verdict = world.verdict(&[]).await;
    assert!(verdict.is_clean(), "{verdict}");
}

/// The documented example of an order from another channel, with this number of pink iPods.
fn amazon(quantity: u32) -> Value {
    let mut event: Value = serde_json::from_str(include_str!("../../proto/examples/order_created.json")).unwrap();
    if quantity != 2 {
        event["order"]["lines"][0]["quantity"] = json!(quantity);
        event["order"]["total"] = json!("635.17");
    }
    event
}

async fn of_another_channel(name: &str) -> World {
    World::with(name, sandbox::Options::default(), |config| {
        let mappings = &mut config.brands.get_mut("acme").unwrap().mappings;
        mappings.items.insert("GIFT-CARD-25".into(), "906".into());
    })
    .await
}

async fn publish(world: &World, event: &Value) {
    let (status, answer) = world.post("/v1/events", event).await;
    assert_eq!(status, 202, "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_of_another_channel_goes_the_same_way() {
    let world = of_another_channel("canonical-channel").await;
    publish(&world, &amazon(2)).await;
    let booked = world.result(AMAZON).await.unwrap();
    let all = world.sandbox.netsuite.records("salesOrder");
    assert_eq!((all.len(), &all[0]["externalId"]), (1, &json!("SO-acme-amazon-112-4538920-7715402")));
    assert_eq!((all[0]["total"].as_f64(), &all[0]["status"]["id"]), (Some(436.17), &json!("B")));
    assert_eq!(booked["salesOrderNumber"], all[0]["tranId"]);
    let view = world.view(AMAZON).await.unwrap();
    assert!(view.documents.contains(&"amazon:order:112-4538920-7715402".to_owned()), "{:?}", view.documents);
    assert!(world.sandbox.shopify.requests().is_empty(), "there is nothing to read or tag at Shopify");

    // Once more, the very same: nothing happens.
    publish(&world, &amazon(2)).await;
    let after = world.view(AMAZON).await.unwrap();
    assert_eq!((&after.run_id, after.history_length), (&view.run_id, view.history_length));

    // With other content: what is true now? A person looks at it. The Sales Order stays as it is.
    publish(&world, &amazon(3)).await;
    let problem = world.until_parked(AMAZON).await;
    assert!(problem.contains("112-4538920-7715402") && problem.contains("other content"), "{problem}");
    assert_eq!(world.view(AMAZON).await.unwrap().problem["kind"], "contentDiffers");
    world.resolve(AMAZON, json!({"action": "retry", "by": "ann"})).await.unwrap();
    let differs = world.until(AMAZON, "parked for its total", |v| v.problem["kind"] == "totalDiffers").await;
    let message = differs.problem["message"].as_str().unwrap();
    assert!(message.contains("436.17") && message.contains("635.17"), "{message}");
    assert_eq!(world.writes(Vendor::Netsuite, "PUT salesOrder").len(), 1);
    let corrected = json!({ "externalId": all[0]["externalId"], "item": { "items": [{ "line": 1, "quantity": 3, "amount": 597.0 }] } });
    world.sandbox.netsuite.put_record("salesOrder", corrected).unwrap();
    world.resolve(AMAZON, json!({"action": "retry", "by": "ann", "why": "corrected it"})).await.unwrap();
    assert_eq!(world.result(AMAZON).await.unwrap()["total"], "635.17 USD");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_content_while_the_first_is_still_on_its_way_parks() {
    let world = of_another_channel("canonical-differs").await;
    world.faults(vec![Rule::new(Vendor::Netsuite, "suiteql", Fault::Status { status: 503 })]);
    publish(&world, &amazon(2)).await;
    world.until(AMAZON, "a look-up that fails", |v| v.pending.iter().any(|a| a.activity == "lookUpSalesOrder")).await;
    publish(&world, &amazon(2)).await;
    publish(&world, &amazon(3)).await;
    world.sandbox.faults.clear();
    let problem = world.until_parked(AMAZON).await;
    assert!(problem.contains("other content"), "{problem}");
    world.resolve(AMAZON, json!({"action": "retry", "by": "ann", "why": "the first is right"})).await.unwrap();
    world.result(AMAZON).await.unwrap();
    let all = world.sandbox.netsuite.records("salesOrder");
    assert_eq!((all.len(), all[0]["total"].as_f64()), (1, Some(436.17)));
}
