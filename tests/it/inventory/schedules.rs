//! The schedules: every 15 minutes, bundles 10 seconds later; a changed interval is applied, a person's pause is left alone.

use std::time::Duration;

use temporalio_client::{Client, NamespacedClient, grpc::WorkflowService, tonic::IntoRequest};
use temporalio_common::protos::temporal::api::{
    schedule::v1::{Schedule, SchedulePatch},
    workflowservice::v1::{DescribeScheduleRequest, PatchScheduleRequest},
};
use workflows::ids;

use super::{Shelves, items};

async fn setup(shelves: &Shelves) -> String {
    let said = std::sync::Mutex::new(vec![]);
    let client = shelves.world.client.clone();
    worker::setup::run(&shelves.world.config, &client, |line| said.lock().unwrap().push(line.to_owned()))
        .await
        .unwrap();
    said.into_inner().unwrap().join("\n")
}

async fn schedule(client: &Client, workflow: &str) -> Schedule {
    let schedule_id = format!("{workflow}:acme");
    let request = DescribeScheduleRequest { namespace: client.namespace(), schedule_id };
    let answer = WorkflowService::describe_schedule(&mut client.clone(), request.into_request()).await.unwrap();
    answer.into_inner().schedule.unwrap()
}

fn times(schedule: &Schedule) -> (Duration, Duration) {
    let spec = &schedule.spec.as_ref().unwrap().interval[0];
    let [every, after] = [spec.interval, spec.phase].map(|time| time.map_or(0, |time| time.seconds.unsigned_abs()));
    (Duration::from_secs(every), Duration::from_secs(after))
}

#[tokio::test(flavor = "multi_thread")]
async fn bundles_are_told_ten_seconds_after_the_items() {
    let mut shelves = Shelves::asleep("schedules", items(3), |_| {}).await;
    let client = shelves.world.client.clone();
    setup(&shelves).await;
    let (quarter, ten) = (Duration::from_secs(900), Duration::from_secs(10));
    assert_eq!(times(&schedule(&client, ids::INVENTORY_SYNC).await), (quarter, Duration::ZERO));
    assert_eq!(times(&schedule(&client, ids::BUNDLES_SYNC).await), (quarter, ten));
    assert_eq!(times(&schedule(&client, ids::STOCK_CHECK).await).0, Duration::from_secs(86_400));
    assert!(!setup(&shelves).await.contains("now every"), "a second setup changes nothing");

    let pause = SchedulePatch { pause: "stocktaking".into(), ..SchedulePatch::default() };
    let request = PatchScheduleRequest {
        namespace: client.namespace(),
        schedule_id: format!("{}:acme", ids::BUNDLES_SYNC),
        patch: Some(pause),
        ..PatchScheduleRequest::default()
    };
    WorkflowService::patch_schedule(&mut client.clone(), request.into_request()).await.unwrap();
    shelves.world.reconfigure(|config| {
        let stock = config.brands.get_mut("acme").unwrap().stock.as_mut().unwrap();
        (stock.every, stock.bundles_after) = (Duration::from_secs(300), Duration::from_secs(20));
    });
    let said = setup(&shelves).await;
    assert!(said.contains("now every 300s, 20s after the full interval"), "{said}");
    let bundles = schedule(&client, ids::BUNDLES_SYNC).await;
    assert_eq!(times(&bundles), (Duration::from_secs(300), Duration::from_secs(20)));
    let state = bundles.state.unwrap();
    assert!(state.paused && state.notes == "stocktaking", "a person had paused it: {state:?}");
}

/// A tick as its schedule starts it: the schedule's own time is the tick.
#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_runs_the_sync() {
    let shelves = Shelves::with("schedules-run", items(5), |config| {
        let stock = config.brands.get_mut("acme").unwrap().stock.as_mut().unwrap();
        (stock.every, stock.bundles_after) = (Duration::from_secs(2), Duration::from_secs(1));
    })
    .await;
    setup(&shelves).await;
    let completed = |workflow: &str| format!("WorkflowType = '{workflow}' AND ExecutionStatus = 'Completed'");
    let client = &shelves.world.client;
    for workflow in ids::SYNCS {
        crate::world::eventually("a tick", async || {
            let count = client.count_workflows(completed(workflow), Default::default()).await.unwrap().count();
            (count >= 2).then_some(())
        })
        .await;
    }
    shelves.assert_told(|_| 0);
    let keys = shelves.writes();
    assert_eq!(keys.len(), 1, "the second tick had nothing to write");
}
