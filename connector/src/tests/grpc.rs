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
    Event { r#type: "OrderPaid".into(), brand: "acme".into(), order_id: order.into(), ..Event::default() }
}

/// Events of other records than the shop's orders: the same over both ways.
#[tokio::test]
async fn every_record_of_an_event_is_told_alike_over_both_ways() {
    let agents = ["netsuiteToDCLWorkflow", "dclTrackingUpdateWorkflow"].map(str::to_owned).to_vec();
    let agents = BTreeMap::from([("acme".to_owned(), agents)]);
    let temporal = Temporal::default();
    let running = running(temporal.bus_for(true, agents.clone()).await).await;
    let mut client = ConnectorClient::new(running.channel.clone());
    let texts = [
        r#"{"type":"SalesOrderReleased","brand":"acme","salesOrderId":"1203","related":["shopify:order:450789469"]}"#,
        r#"{"type":"ShipmentConfirmed","brand":"acme","dclOrderNumber":"SO1002"}"#,
    ];
    let told = ["netsuiteToDCLWorkflow:acme:1203", "dclTrackingUpdateWorkflow:acme:SO1002"];
    let released = Event {
        r#type: "SalesOrderReleased".into(),
        brand: "acme".into(),
        sales_order_id: "1203".into(),
        related: vec!["shopify:order:450789469".into()],
        ..Event::default()
    };
    let shipped = Event {
        r#type: "ShipmentConfirmed".into(),
        brand: "acme".into(),
        dcl_order_number: "SO1002".into(),
        ..Event::default()
    };
    let events = vec![released.clone(), shipped];
    client.publish_events(with(ALL, PublishEventsRequest { events })).await.unwrap();
    let rest = router(app(temporal.bus_for(true, agents).await).await).await.unwrap();
    for text in texts {
        send(&rest, call("POST", "/v1/events", ALL, text)).await;
    }
    let requests = temporal.signalled.lock().unwrap().clone();
    let ids: Vec<_> = requests.iter().map(|r| r.workflow_id.as_str()).collect();
    assert_eq!(ids.len(), 4, "{ids:?}");
    for id in told {
        let both: Vec<_> = requests.iter().filter(|r| r.workflow_id == id).collect();
        assert_eq!(both.len(), 2, "{ids:?}");
        assert_eq!((&both[0].input, &both[0].search_attributes), (&both[1].input, &both[1].search_attributes));
    }
    let documents = requests.iter().find(|r| r.workflow_id == told[0]).and_then(|r| r.search_attributes.clone());
    let documents = String::from_utf8(documents.unwrap().indexed_fields["Documents"].data.clone()).unwrap();
    assert!(documents.contains("shopify:order:450789469"), "{documents}");

    for (event, field) in [
        (Event { related: vec!["450789469".into()], ..released.clone() }, "related[0]: "),
        (Event { related: vec!["a:b:c".into(); 51], ..released.clone() }, "related: "),
        (Event { order_id: "1".into(), ..released }, "orderId: "),
    ] {
        let status = client.publish_events(with(ALL, PublishEventsRequest { events: vec![event] })).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert!(status.message().starts_with(field), "{field}: {}", status.message());
    }
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
