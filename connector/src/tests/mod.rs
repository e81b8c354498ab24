//! The router as callers see it, in front of a Temporal that is played by a function.

mod grpc;
mod rest;
mod webhooks;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    Router,
    body::Body,
    http::{Request, Response, StatusCode, header},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use config::{Config, Secret};
use hmac::{Hmac, Mac as _};
use prost::Message as _;
use serde_json::Value;
use sha2::Sha256;
use temporalio_client::{
    Client, ClientOptions, ConnectionOptions, RetryOptions,
    callback_based::{CallbackBasedGrpcService, GrpcSuccessResponse},
};
use temporalio_common::protos::temporal::api::workflowservice::v1::{
    DescribeWorkflowExecutionRequest, DescribeWorkflowExecutionResponse, GetSystemInfoResponse,
    ListWorkflowExecutionsRequest, ListWorkflowExecutionsResponse, SignalWithStartWorkflowExecutionRequest,
    SignalWithStartWorkflowExecutionResponse,
};
use temporalio_common::protos::temporal::api::{
    common::v1::{Payload, SearchAttributes, WorkflowExecution, WorkflowType},
    enums::v1::WorkflowExecutionStatus,
    workflow::v1::WorkflowExecutionInfo,
};
use tower::ServiceExt as _;

use crate::{app::App, auth::Tokens, metrics::Metrics, server::router};

const SHOP: &str = "acme.myshopify.com";
const SECRET: &str = "hush";
const PREVIOUS_SECRET: &str = "whisper";
/// What the example configuration's limit is set to.
const MAX_BODY: usize = 64 << 10;
/// May do everything.
const ALL: &str = "open sesame";
/// May only look.
const READER: &str = "reader";

/// Two brands, so that a missing brand is an error; `beta` has no agent switched on.
fn config() -> Config {
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), "unused").unwrap();
    let reference = format!("{{ file = {:?} }}", secret.path());
    let text = include_str!("../../../config/example.toml")
        .replace("{ file = \"netsuite-key.pem\" }", &reference)
        .replace("{ env = \"DCL_PASSWORD\" }", &reference)
        .replace("{ env = \"SHOPIFY_CLIENT_SECRET\" }", &reference);
    let mut config = Config::parse(&text).unwrap();
    let acme = config.brands.get_mut("acme").unwrap();
    acme.agents.truncate(1);
    acme.shopify.webhook_secret = Secret::new(SECRET);
    acme.shopify.previous_webhook_secret = Some(Secret::new(PREVIOUS_SECRET));
    let mut beta = acme.clone();
    beta.agents.clear();
    config.brands.insert("beta".to_owned(), beta);
    let token = |name: &str, token: &str, scopes: Vec<config::Scope>| {
        use sha2::Digest as _;
        let sha256 = Sha256::digest(token).iter().map(|b| format!("{b:02x}")).collect();
        config::Token { name: name.to_owned(), sha256, scopes }
    };
    use config::Scope::{Events, Read, Run};
    config.connector.tokens = vec![token("ci", ALL, vec![Run, Events, Read]), token("reader", READER, vec![Read])];
    config.connector.max_body = MAX_BODY;
    config
}

/// Plays Temporal's frontend, which accepts every signal-with-start and remembers it.
#[derive(Clone, Default)]
struct Temporal {
    signalled: Arc<Mutex<Vec<SignalWithStartWorkflowExecutionRequest>>>,
}

impl Temporal {
    /// A bus to it. If it is not to stay `up`, it goes down as soon as the client is connected.
    async fn bus(&self, up: bool) -> bus::Bus {
        self.bus_for(up, config().brands.into_iter().map(|(name, brand)| (name, brand.agents)).collect()).await
    }

    /// The same with other agents by brand.
    async fn bus_for(&self, up: bool, agents: BTreeMap<String, Vec<String>>) -> bus::Bus {
        let signalled = Arc::clone(&self.signalled);
        let answers = Arc::new(AtomicBool::new(true));
        let still_answers = Arc::clone(&answers);
        let answer = move |rpc: &str, request: &[u8]| match rpc {
            _ if !still_answers.load(Ordering::Relaxed) => Err(tonic::Status::unavailable("connection refused")),
            "GetSystemInfo" => Ok(GetSystemInfoResponse::default().encode_to_vec()),
            "SignalWithStartWorkflowExecution" => {
                let request = SignalWithStartWorkflowExecutionRequest::decode(request).unwrap();
                signalled.lock().unwrap().push(request);
                let run_id = "run-1".to_owned();
                Ok(SignalWithStartWorkflowExecutionResponse { run_id, started: true, ..Default::default() }
                    .encode_to_vec())
            }
            "DescribeWorkflowExecution" if request_is_about(request, "known") => Ok(described().encode_to_vec()),
            "DescribeWorkflowExecution" => Err(tonic::Status::not_found("workflow not found")),
            "ListWorkflowExecutions" => Ok(listed(request).encode_to_vec()),
            _ => Ok(vec![]),
        };
        let service = CallbackBasedGrpcService {
            callback: Arc::new(move |request| {
                let answer = answer(&request.rpc, &request.proto);
                Box::pin(async { answer.map(|proto| GrpcSuccessResponse { headers: Default::default(), proto }) })
            }),
        };
        let target: url::Url = "http://temporal.test:7233".parse().unwrap();
        let connection = ConnectionOptions::new(target)
            .service_override(service)
            .dns_load_balancing(None)
            .retry_options(RetryOptions::no_retries())
            .build();
        let client = Client::connect(connection, ClientOptions::new("default").build()).await.unwrap();
        answers.store(up, Ordering::Relaxed);
        bus::Bus::new(client, agents)
    }

    fn workflow_ids(&self) -> Vec<String> {
        self.signalled.lock().unwrap().iter().map(|r| r.workflow_id.clone()).collect()
    }
}

fn request_is_about(request: &[u8], id: &str) -> bool {
    let request = DescribeWorkflowExecutionRequest::decode(request).unwrap();
    request.execution.is_some_and(|execution| execution.workflow_id == id)
}

/// The one run that the played Temporal knows: order #1001 waits for a person.
fn known() -> WorkflowExecutionInfo {
    let payload = |kind: &str, value: Value| Payload {
        metadata: [("encoding", "json/plain"), ("type", kind)]
            .map(|(k, v)| (k.to_owned(), v.as_bytes().to_vec()))
            .into(),
        data: value.to_string().into_bytes(),
        ..Payload::default()
    };
    let documents = serde_json::json!(["shopify:order:450789469", "shopify:order:#1001"]);
    let attributes = [
        ("Brand".to_owned(), payload("Keyword", "acme".into())),
        ("AgentStatus".to_owned(), payload("Keyword", "needsAttention".into())),
        ("Documents".to_owned(), payload("KeywordList", documents)),
    ];
    WorkflowExecutionInfo {
        execution: Some(WorkflowExecution { workflow_id: "known".into(), run_id: "run-1".into() }),
        r#type: Some(WorkflowType { name: "shopifyToNetsuiteWorkflow".into() }),
        status: WorkflowExecutionStatus::Running.into(),
        search_attributes: Some(SearchAttributes { indexed_fields: attributes.into() }),
        ..WorkflowExecutionInfo::default()
    }
}

fn described() -> DescribeWorkflowExecutionResponse {
    DescribeWorkflowExecutionResponse { workflow_execution_info: Some(known()), ..Default::default() }
}

fn listed(request: &[u8]) -> ListWorkflowExecutionsResponse {
    let query = ListWorkflowExecutionsRequest::decode(request).unwrap().query;
    let found = query == "Brand = 'acme' AND Documents IN ('shopify:order:#1001')";
    ListWorkflowExecutionsResponse { executions: found.then(known).into_iter().collect(), ..Default::default() }
}

async fn app(bus: bus::Bus) -> Arc<App> {
    let config = Arc::new(config());
    let tokens = Tokens::new(&config.connector.tokens).unwrap();
    Arc::new(App { config, bus, tokens, metrics: Metrics::new().unwrap() })
}

/// The router with Temporal up, and what Temporal was told.
async fn up() -> (Router, Temporal) {
    let temporal = Temporal::default();
    (router(app(temporal.bus(true).await).await).await.unwrap(), temporal)
}

/// The router with Temporal down.
async fn down() -> Router {
    router(app(Temporal::default().bus(false).await).await).await.unwrap()
}

fn sign(secret: &str, body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap().chain_update(body);
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

/// A delivery as Shopify makes it.
fn delivery(topic: &str, body: impl Into<Vec<u8>>) -> Request<Body> {
    let body = body.into();
    Request::post("/webhooks/shopify/acme")
        .header(header::CONTENT_TYPE, "application/json")
        .header("x-shopify-topic", topic)
        .header("x-shopify-hmac-sha256", sign(SECRET, &body))
        .header("x-shopify-shop-domain", SHOP)
        .header("x-shopify-webhook-id", "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043")
        .body(Body::from(body))
        .unwrap()
}

/// A call with a token and a JSON body.
fn call(method: &str, path: &str, token: &str, body: impl Into<Body>) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(body.into())
        .unwrap()
}

async fn send(router: &Router, request: Request<Body>) -> Response<Body> {
    router.clone().oneshot(request).await.unwrap()
}

async fn text(response: Response<Body>) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

async fn json(response: Response<Body>) -> Value {
    serde_json::from_str(&text(response).await).unwrap()
}

/// Status, code and field of a refusal, whose body must have the one shape.
async fn refusal(router: &Router, request: Request<Body>) -> (StatusCode, String, String) {
    let response = send(router, request).await;
    let status = response.status();
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
    let body = json(response).await;
    let error = &body["error"];
    assert!(!error["message"].as_str().unwrap().is_empty(), "{body}");
    let word = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
    (status, word("code"), word("field"))
}
