//! Every history replays: today's against today's code, and those recorded from earlier builds against it too.
//!
//! `STATESET_RECORD_HISTORIES=1 cargo test -p tests --test it -- replay` records today's anew, one file per kind of run.

use std::path::PathBuf;

use serde_json::json;
use temporalio_client::{UntypedWorkflow, WorkflowHistory};
use temporalio_sdk::workflow_replayer::{WorkflowReplayer, WorkflowReplayerOptions};
use workflows::{polls::ShopifyOrdersPoll, shopify_to_netsuite::ShopifyToNetsuite};

use crate::world::{World, order, run_of};

fn recorded() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("histories")
}

async fn replay(name: &str, history: WorkflowHistory) {
    let options = WorkflowReplayerOptions::new()
        .register_workflow::<ShopifyToNetsuite>()
        .unwrap()
        .register_workflow::<ShopifyOrdersPoll>()
        .unwrap()
        .build();
    let replayed = WorkflowReplayer::new(options).unwrap().replay_workflow(history).await;
    replayed.unwrap_or_else(|error| panic!("{name} does not replay: {error:?}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn todays_histories_replay() {
    let world = World::start("replay").await;
    let booked = world.sandbox.shopify.place_order(order(1)).unwrap();
    let mut unknown = order(2);
    unknown["line_items"][0]["sku"] = json!("NOT-IN-NS-1");
    let parked = world.sandbox.shopify.place_order(unknown).unwrap();
    world.until(&run_of(booked), "done", |v| v.closed.is_some()).await;
    world.until_parked(&run_of(parked)).await;
    let before = world.view(&run_of(parked)).await.unwrap().history_length;
    world.resolve(&run_of(parked), json!({"action": "retry", "by": "a test"})).await.unwrap();
    world.until(&run_of(parked), "parked again", |v| v.history_length > before + 8 && !v.problem.is_null()).await;
    let poll = bus::RunRequest {
        workflow: "shopifyOrdersPoll".into(),
        brand: None,
        payload: json!({}),
        start_at: None,
        rerun: false,
    };
    let poll = world.bus().run(&poll).await.unwrap().workflow_id;
    world.result(&poll).await.unwrap();
    for (name, run) in [("booked", run_of(booked)), ("parked", run_of(parked)), ("poll", poll)] {
        let fetch = || world.client.get_workflow_handle::<UntypedWorkflow>(&run).fetch_history(Default::default());
        if std::env::var_os("STATESET_RECORD_HISTORIES").is_some() {
            let file = recorded().join(format!("{}-{name}.json", jiff::Zoned::now().strftime("%Y-%m-%d")));
            std::fs::write(file, fetch().to_json().await.unwrap()).unwrap();
        }
        replay(name, fetch()).await;
    }
}

#[tokio::test]
async fn recorded_histories_replay() {
    let mut replayed = 0;
    for file in std::fs::read_dir(recorded()).unwrap() {
        let file = file.unwrap().path();
        let history = WorkflowHistory::from_json(&std::fs::read(&file).unwrap()).unwrap();
        replay(&file.display().to_string(), history).await;
        replayed += 1;
    }
    assert!(replayed >= 3, "only {replayed} recorded histories");
}
