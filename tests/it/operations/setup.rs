//! `agent setup` creates what is missing, as often as it is run.

use std::{sync::Mutex, time::Duration};

use temporal_server::Server;
use temporalio_client::{Client, NamespacedClient, grpc::WorkflowService, tonic::IntoRequest};
use temporalio_common::protos::temporal::api::{
    schedule::v1::{Schedule, SchedulePatch},
    workflowservice::v1::{DescribeScheduleRequest, PatchScheduleRequest},
};

use crate::world::{World, eventually};

const SCHEDULE: &str = "shopifyOrdersPoll:acme";

/// Runs it; what it said.
async fn setup(world: &World, client: &Client) -> Vec<String> {
    let said = Mutex::new(vec![]);
    worker::setup::run(&world.config, client, |line| said.lock().unwrap().push(line.to_owned())).await.unwrap();
    said.into_inner().unwrap()
}

async fn schedule(client: &Client) -> Schedule {
    let request = DescribeScheduleRequest { namespace: client.namespace(), schedule_id: SCHEDULE.into() };
    let answer = WorkflowService::describe_schedule(&mut client.clone(), request.into_request()).await.unwrap();
    answer.into_inner().schedule.unwrap()
}

fn interval(schedule: &Schedule) -> Duration {
    schedule.spec.as_ref().unwrap().interval[0].interval.unwrap().try_into().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_created_once() {
    let world = World::asleep("setup", sandbox::Options::default(), |config| {
        config.connector.public_url = Some("https://hooks.example.com".parse().unwrap());
    })
    .await;
    // A namespace as an administrator makes it, without our search attributes.
    let namespace = format!("setup-{}", uuid::Uuid::new_v4().simple());
    let server = Server::shared().await.unwrap();
    let client = temporal_server::create_namespace(server.address(), &namespace, &[]).await.unwrap();
    assert_eq!(worker::setup::missing_search_attributes(&client).await.unwrap().len(), 3);

    let first = setup(&world, &client).await.join("\n");
    for part in
        ["added Brand, AgentStatus, Documents", "shopifyOrdersPoll:acme: created", "subscribed to ORDERS_CREATE"]
    {
        assert!(first.contains(part), "{part} in: {first}");
    }
    let none_missing = async || {
        let missing = worker::setup::missing_search_attributes(&client).await.unwrap();
        missing.is_empty().then_some(())
    };
    eventually("search attributes", none_missing).await;
    let subscriptions = world.sandbox.shopify.subscriptions();
    assert_eq!(subscriptions.len(), worker::setup::TOPICS.len());
    assert!(subscriptions.iter().all(|(_, uri)| uri == "https://hooks.example.com/webhooks/shopify/acme"));

    let second = setup(&world, &client).await.join("\n");
    assert!(second.contains("search attributes: all there") && second.contains("as configured"), "{second}");
    assert!(!second.contains("subscribed to"), "{second}");
    assert_eq!(world.sandbox.shopify.subscriptions(), subscriptions);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_interval_is_set_and_a_paused_schedule_stays_paused() {
    let mut world = World::asleep("setup-schedule", sandbox::Options::default(), |_| {}).await;
    let client = world.client.clone();
    setup(&world, &client).await;
    assert_eq!(interval(&schedule(&client).await), Duration::from_secs(60));

    let pause = SchedulePatch { pause: "maintenance".into(), ..SchedulePatch::default() };
    let request = PatchScheduleRequest {
        namespace: client.namespace(),
        schedule_id: SCHEDULE.into(),
        patch: Some(pause),
        ..PatchScheduleRequest::default()
    };
    WorkflowService::patch_schedule(&mut client.clone(), request.into_request()).await.unwrap();
    world.reconfigure(|config| config.brands.get_mut("acme").unwrap().poll.every = Duration::from_secs(900));
    let said = setup(&world, &client).await.join("\n");
    assert!(said.contains("now every 900s"), "{said}");
    let after = schedule(&client).await;
    assert_eq!(interval(&after), Duration::from_secs(900));
    let state = after.state.unwrap();
    assert!(state.paused, "a person had paused it");
    assert_eq!(state.notes, "maintenance");
    assert!(setup(&world, &client).await.join("\n").contains("as configured"));
}
