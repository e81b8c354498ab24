//! Connections, and namespaces made in milliseconds: a test has its own.

use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail};
use temporalio_client::{
    Client, ClientOptions, ConnectionOptions, GrpcCompression, Url, WorkflowCountOptions,
    grpc::{OperatorService, WorkflowService},
    tonic::{Code, IntoRequest},
};
use temporalio_common::protos::temporal::api::{
    operatorservice::v1::AddSearchAttributesRequest, workflowservice::v1::RegisterNamespaceRequest,
};

use crate::IndexedValueType;

const USABLE_WITHIN: Duration = Duration::from_secs(20);
const RETENTION: Duration = Duration::from_secs(24 * 60 * 60);

/// Connects to `address` (`host:port` or a URL). If it is the one of `TEMPORAL_ADDRESS`, TLS, API key and
/// headers come from Temporal's environment configuration; otherwise the connection is plain, as a dev
/// server wants it. No compression: on a local server it costs a third of the client's CPU.
///
/// # Errors
/// The address is not one, the environment configuration is unusable, or nothing answers within 5 seconds.
pub async fn connect(address: &str, namespace: &str) -> anyhow::Result<Client> {
    let mut options = if std::env::var("TEMPORAL_ADDRESS").is_ok_and(|configured| configured == address) {
        let loaded = ClientOptions::load_from_config(Default::default());
        loaded.map_err(|error| anyhow!("temporal's environment configuration: {error}"))?.0
    } else {
        let url = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
        ConnectionOptions::new(url.parse::<Url>().with_context(|| format!("{address} is not host:port or a url"))?)
            .build()
    };
    options.grpc_compression = GrpcCompression::None;
    options.connect_timeout = Some(Duration::from_secs(5));
    let client = Client::connect(options, ClientOptions::new(namespace).build()).await;
    client.with_context(|| format!("no temporal server answers at {address}"))
}

/// Registers the namespace `name` with these search attributes and waits until it can be used, usually less
/// than 100 ms. One that exists already is not an error: the missing search attributes are added.
/// Returns a client of the new namespace.
///
/// # Errors
/// The server cannot be reached, refuses, or does not know the namespace after 20 seconds.
pub async fn create_namespace(
    address: &str,
    name: &str,
    search_attributes: &[(&str, IndexedValueType)],
) -> anyhow::Result<Client> {
    let mut client = connect(address, name).await?;
    let request = RegisterNamespaceRequest {
        namespace: name.to_owned(),
        workflow_execution_retention_period: Some(RETENTION.try_into()?),
        ..Default::default()
    };
    match client.register_namespace(request.into_request()).await {
        Err(status) if status.code() != Code::AlreadyExists => {
            bail!("namespace {name} could not be registered: {status}")
        }
        _ => {}
    }
    for &(attribute, kind) in search_attributes {
        add_search_attribute(&mut client, name, attribute, kind).await?;
    }
    wait_until_usable(&client, name, search_attributes).await?;
    Ok(client)
}

/// One request per attribute: the server refuses a request whole when it knows one of several already.
async fn add_search_attribute(
    client: &mut Client,
    namespace: &str,
    attribute: &str,
    kind: IndexedValueType,
) -> anyhow::Result<()> {
    let request = AddSearchAttributesRequest {
        namespace: namespace.to_owned(),
        search_attributes: [(attribute.to_owned(), kind as i32)].into(),
    };
    let deadline = Instant::now() + USABLE_WITHIN;
    loop {
        match client.add_search_attributes(request.clone().into_request()).await {
            Ok(_) => return Ok(()),
            Err(status) if status.code() == Code::AlreadyExists || status.message().contains("already exist") => {
                return Ok(());
            }
            // The namespace has not reached every part of the server yet.
            Err(status) if Instant::now() < deadline && status.code() != Code::InvalidArgument => {
                tokio::time::sleep(Duration::from_millis(20)).await;
                drop(status);
            }
            Err(status) => bail!("search attribute {attribute} could not be added to {namespace}: {status}"),
        }
    }
}

/// Asking for an attribute goes through the caches that a start goes through: the namespace's and the attributes'.
async fn wait_until_usable(
    client: &Client,
    namespace: &str,
    search_attributes: &[(&str, IndexedValueType)],
) -> anyhow::Result<()> {
    let query: Vec<String> = search_attributes.iter().map(|(attribute, _)| format!("{attribute} IS NULL")).collect();
    let deadline = Instant::now() + USABLE_WITHIN;
    while let Err(error) = client.count_workflows(query.join(" AND "), WorkflowCountOptions::default()).await {
        if Instant::now() > deadline {
            return Err(error).with_context(|| format!("namespace {namespace} is registered but cannot be used"));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}
