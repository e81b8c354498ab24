//! Against a real server: the one that a session of tests shares, and one started for the test alone.

use temporal_server::{IndexedValueType, Options, Server, connect, create_namespace, obtain};
use temporalio_client::{UntypedWorkflow, WorkflowCountOptions, WorkflowStartOptions};
use temporalio_common::data_converters::RawValue;

#[tokio::test]
async fn the_shared_server_is_one_and_takes_namespaces() {
    let (server, again) = (Server::shared().await.unwrap(), Server::shared().await.unwrap());
    assert_eq!(server.address(), again.address());
    let attributes = [("Brand", IndexedValueType::Keyword), ("Documents", IndexedValueType::KeywordList)];
    let name = format!("created-{}", std::process::id());
    let client = create_namespace(server.address(), &name, &attributes).await.unwrap();
    let start = WorkflowStartOptions::new("nobody", "first").build();
    client.start_workflow(UntypedWorkflow::new("someWorkflow"), RawValue::new(vec![]), start).await.unwrap();
    // Repeating it is harmless, and adds what is missing.
    let more = [attributes[0], attributes[1], ("AgentStatus", IndexedValueType::Keyword)];
    let client = create_namespace(server.address(), &name, &more).await.unwrap();
    client.count_workflows("AgentStatus = 'running'", WorkflowCountOptions::default()).await.unwrap();
}

#[tokio::test]
async fn a_stopped_server_is_gone() {
    let options = Options {
        ui_port: Some(0),
        search_attributes: vec![("Brand".to_owned(), IndexedValueType::Keyword)],
        ..Options::default()
    };
    let server = obtain(&options, |_| {}).await.unwrap();
    if server.is_external() {
        return;
    }
    let client = connect(server.address(), "default").await.unwrap();
    client.count_workflows("Brand = 'acme'", WorkflowCountOptions::default()).await.unwrap();
    assert!(server.ui_url().is_some_and(|url| url.starts_with("http://127.0.0.1:")));
    let address = server.address().to_owned();
    server.stop().await.unwrap();
    assert!(std::net::TcpStream::connect(address).is_err());
}
