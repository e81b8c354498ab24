use proto::v1::{
    Event, GetOrderRequest, GetRunRequest, PublishEventsRequest, RunWorkflowRequest, connector_client::ConnectorClient,
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tonic::{Code, transport::Channel};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

use super::*;

struct Running {
    channel: Channel,
    stop: CancellationToken,
    server: JoinHandle<anyhow::Result<()>>,
}

async fn running(bus: bus::Bus) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let stop = CancellationToken::new();
    let options = crate::Options { config: Arc::new(config()), bus, listener };
    let server = tokio::spawn(crate::serve(options, stop.clone()));
    let channel = Channel::from_shared(url).unwrap().connect().await.unwrap();
    Running { channel, stop, server }
}

fn with<T>(token: &str, message: T) -> tonic::Request<T> {
    let mut request = tonic::Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    request
}

fn paid(order: &str) -> Event {
    Event { r#type: "OrderPaid".into(), brand: "acme".into(), order_id: order.into(), order: None }
}

#[tokio::test]
async fn the_same_as_over_rest() {
    let temporal = Temporal::default();
    let running = running(temporal.bus(true).await).await;
    let mut client = ConnectorClient::new(running.channel.clone());

    let events = vec![paid("450789469")];
    let answer = client.publish_events(with(ALL, PublishEventsRequest { events })).await.unwrap().into_inner();
    assert_eq!(answer.published[0].workflow_id, "shopifyToNetsuiteWorkflow:acme:450789469");

    let order = GetOrderRequest { order: "#1001".into(), brand: "acme".into() };
    let order = client.get_order(with(READER, order)).await.unwrap().into_inner();
    assert_eq!((order.order.as_str(), order.attention.len(), order.runs.len()), ("#1001", 1, 1));
    assert_eq!(order.documents[0].label, "#1001");

    // The same order over both ways gives Temporal the same bytes.
    let text = include_str!("../../../proto/examples/order_created.json");
    let event: Event = serde_json::from_str(text).unwrap();
    client.publish_events(with(ALL, PublishEventsRequest { events: vec![event] })).await.unwrap();
    let rest = router(app(temporal.bus(true).await).await).await.unwrap();
    send(&rest, call("POST", "/v1/events", ALL, text)).await;
    let told = temporal.signalled.lock().unwrap().clone();
    assert_eq!(told[1].workflow_id, told[2].workflow_id);
    assert_eq!(told[1].input, told[2].input);
}

#[tokio::test]
async fn refusals_have_grpcs_codes_and_name_the_field() {
    let running = running(Temporal::default().bus(true).await).await;
    let mut client = ConnectorClient::new(running.channel.clone());

    let run = RunWorkflowRequest { workflow: "shopifyToNetsuiteWorkflow".into(), ..Default::default() };
    let status = client.run_workflow(run.clone()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    let status = client.run_workflow(with(READER, run.clone())).await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
    for (payload_json, field) in
        [("{", "payloadJson: "), ("[]", "payloadJson: "), (r#"{"orderId":"1"}"#, "brand: "), ("", "orderId: ")]
    {
        let run = RunWorkflowRequest { payload_json: payload_json.into(), ..run.clone() };
        let status = client.run_workflow(with(ALL, run)).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert!(status.message().starts_with(field), "{payload_json}: {}", status.message());
    }
    let events = vec![paid("1"), paid("never")];
    let status = client.publish_events(with(ALL, PublishEventsRequest { events })).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert!(status.message().starts_with("[1].orderId: "), "{}", status.message());

    let events = vec![paid(&"9".repeat(MAX_BODY))];
    let status = client.publish_events(with(ALL, PublishEventsRequest { events })).await.unwrap_err();
    assert_eq!(status.code(), Code::OutOfRange);
}

#[tokio::test]
async fn temporal_down_is_unavailable() {
    let running = running(Temporal::default().bus(false).await).await;
    let mut client = ConnectorClient::new(running.channel.clone());
    let events = vec![paid("450789469")];
    let status = client.publish_events(with(ALL, PublishEventsRequest { events })).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    let run = GetRunRequest { workflow_id: "shopifyToNetsuiteWorkflow:acme:1".into() };
    assert_eq!(client.get_run(with(ALL, run)).await.unwrap_err().code(), Code::Unavailable);
}

#[tokio::test]
async fn reflection_lists_the_service() {
    let running = running(Temporal::default().bus(true).await).await;
    let mut reflection = ServerReflectionClient::new(running.channel.clone());
    let list = ServerReflectionRequest {
        message_request: Some(MessageRequest::ListServices(String::new())),
        ..Default::default()
    };
    let mut answers = reflection.server_reflection_info(futures_util::stream::iter([list])).await.unwrap().into_inner();
    let answer = answers.message().await.unwrap().unwrap().message_response;
    let Some(MessageResponse::ListServicesResponse(services)) = answer else { panic!("{answer:?}") };
    let names: Vec<_> = services.service.into_iter().map(|s| s.name).collect();
    assert!(names.contains(&"stateset.v1.Connector".to_owned()), "{names:?}");
}

#[tokio::test]
async fn health_and_an_unknown_service_answer_and_the_server_stops_when_told() {
    let running = running(Temporal::default().bus(true).await).await;
    let mut health = HealthClient::new(running.channel.clone());
    for service in ["", "stateset.v1.Connector"] {
        let answer = health.check(HealthCheckRequest { service: service.into() }).await.unwrap();
        assert_eq!(answer.into_inner().status(), ServingStatus::Serving);
    }
    let mut nobody = tonic::client::Grpc::new(running.channel.clone());
    nobody.ready().await.unwrap();
    let codec = tonic_prost::ProstCodec::<HealthCheckRequest, HealthCheckRequest>::default();
    let path = "/no.such.Service/Do".parse().unwrap();
    let request = tonic::Request::new(HealthCheckRequest::default());
    let status = nobody.unary::<HealthCheckRequest, HealthCheckRequest, _>(request, path, codec).await.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);

    drop((health, nobody, running.channel));
    running.stop.cancel();
    running.server.await.unwrap().unwrap();
}
