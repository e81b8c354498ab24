//! The connector's REST API, as far as this program uses it.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::{RequestBuilder, StatusCode, header::RETRY_AFTER};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use url::Url;

/// A connector at an endpoint. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Connector {
    http: reqwest::Client,
    endpoint: Url,
    token: Option<SecretString>,
}

/// Why a call brought no answer; the kinds differ in what to do next.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CallError {
    /// The request is wrong: repeating it changes nothing.
    #[error("{0}")]
    Refused(String),
    /// The token is missing, unknown, or lacks the scope.
    #[error("{0}")]
    Unauthorized(String),
    /// Nothing answers, or the connector cannot serve now: it is worth another try.
    #[error("{message}")]
    Unavailable {
        /// What happened.
        message: String,
        /// How long the connector asks to wait.
        retry_after: Option<Duration>,
    },
}

/// What to start, the body of `POST /v1/workflows/{workflow}/run`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunRequest {
    /// The brand; may be left out where the connector has only one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// The workflow's input.
    pub payload: Map<String, Value>,
    /// Not before this moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_at: Option<Timestamp>,
    /// Start again although the record is done.
    pub rerun: bool,
}

/// The run that there is now.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Started {
    /// `<workflow>:<brand>:<record>`.
    pub workflow_id: String,
    /// Whether this call started it.
    pub status: StartStatus,
}

/// What a start found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StartStatus {
    /// It was started.
    Started,
    /// It was running and has been told to look again.
    Running,
    /// The record is done; nothing was started.
    AlreadyDone,
}

/// Where a run stands, the answer of `GET /v1/runs/{workflow_id}` as far as it is shown here.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RunView {
    /// `<workflow>:<brand>:<record>`.
    pub workflow_id: String,
    /// Temporal's word: `running`, `completed`, `failed`, `canceled`, `terminated`, `timedOut`, `continuedAsNew`.
    pub status: String,
    /// The agent's word: `running`, `waiting`, `needsAttention`, `done`, `compensated`.
    pub agent_status: Option<String>,
    /// When it was started.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub closed: Option<Timestamp>,
    /// Why it is parked.
    pub problem: Option<Problem>,
    /// Why it failed.
    pub failure: Option<String>,
    /// What has not succeeded yet.
    pub pending: Vec<Pending>,
    /// The documents it touched, for example `netsuite:salesOrder:1203`.
    pub documents: Vec<String>,
    /// Which document led to which.
    pub lineage: Option<Vec<Link>>,
    /// What it returned.
    pub result: Option<Value>,
}

/// Why a run is parked.
#[derive(Clone, Debug, Deserialize)]
pub struct Problem {
    /// For people.
    pub message: String,
}

/// An activity under way.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pending {
    /// Its name.
    pub activity: String,
    /// The attempt, from 1.
    pub attempt: u32,
    /// Why the attempt before failed.
    pub last_failure: Option<String>,
    /// How far it is, where it says so.
    pub progress: Option<String>,
}

/// One step from a document to the next.
#[derive(Clone, Debug, Deserialize)]
pub struct Link {
    /// The document before.
    pub from: String,
    /// The document after.
    pub to: String,
    /// The action between them.
    pub by: String,
}

/// Everything that became of an order, the answer of `GET /v1/orders/{order}/timeline` as far as it is shown here.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Timeline {
    /// What people call it.
    pub order: String,
    /// Its brand.
    pub brand: String,
    /// What a person should look at.
    pub attention: Vec<Attention>,
    /// What it waits for.
    pub waits: Vec<Attention>,
    /// Its documents in all systems, by time.
    pub documents: Vec<Document>,
    /// Every execution of every run about it, by time.
    pub runs: Vec<RunView>,
}

/// Something that a person should look at, or that the order waits for.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attention {
    /// The run.
    pub workflow_id: String,
    /// `needsAttention`, `failed`, `retrying`, `waiting`.
    pub kind: String,
    /// Why.
    pub message: String,
}

/// A document in one of the systems.
#[derive(Clone, Debug, Deserialize)]
pub struct Document {
    /// `shopify`, `netsuite`, `dcl`, or a channel's name.
    pub system: String,
    /// Such as `salesOrder`.
    pub kind: String,
    /// Its id there.
    pub id: String,
    /// Its number, or the tracking numbers of a shipment.
    pub label: Option<String>,
    /// When a run first saw it.
    pub at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct ErrorBody {
    error: ErrorDetail,
}

#[derive(Deserialize)]
struct ErrorDetail {
    message: String,
    field: Option<String>,
}

impl Connector {
    /// A connector at `endpoint`, asked with `token`. Nothing is sent yet.
    ///
    /// # Errors
    /// `Unavailable` when the system's certificates cannot be used.
    pub fn new(endpoint: Url, token: Option<SecretString>) -> Result<Self, CallError> {
        // An error means that the process has chosen a provider already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(30))
            .user_agent(concat!("stateset/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| unavailable(format!("no http client: {}", innermost(&error))))?;
        Ok(Connector { http, endpoint, token })
    }

    /// Starts the one run of a record, or finds it. Repeating it is harmless.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn run(&self, workflow: &str, request: &RunRequest) -> Result<Started, CallError> {
        let url = self.url(&["v1", "workflows", workflow, "run"])?;
        self.send(self.http.post(url).json(request)).await
    }

    /// Where a run stands.
    ///
    /// # Errors
    /// See [`CallError`]; a run that does not exist is `Refused`.
    pub async fn view(&self, workflow_id: &str) -> Result<RunView, CallError> {
        let url = self.url(&["v1", "runs", workflow_id])?;
        self.send(self.http.get(url)).await
    }

    /// Everything that became of an order, as [`Timeline`] reads it.
    ///
    /// # Errors
    /// See [`CallError`]; an order that no run is about is `Refused`.
    pub async fn timeline(&self, order: &str, brand: Option<&str>) -> Result<Value, CallError> {
        let mut url = self.url(&["v1", "orders", order, "timeline"])?;
        if let Some(brand) = brand {
            url.query_pairs_mut().append_pair("brand", brand);
        }
        self.send(self.http.get(url)).await
    }

    /// Segments are encoded: an id may hold `#` and `/`.
    fn url(&self, segments: &[&str]) -> Result<Url, CallError> {
        let mut url = self.endpoint.clone();
        match url.path_segments_mut() {
            Ok(mut path) => path.pop_if_empty().extend(segments),
            Err(()) => return Err(CallError::Refused(format!("endpoint {} is not an http address", self.endpoint))),
        };
        Ok(url)
    }

    async fn send<T: DeserializeOwned>(&self, mut request: RequestBuilder) -> Result<T, CallError> {
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose_secret());
        }
        let answer = request.send().await.map_err(|error| self.unreachable(&error))?;
        let status = answer.status();
        let retry_after = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let body = answer.bytes().await.map_err(|error| self.unreachable(&error))?;
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|error| {
                unavailable(format!("{} does not answer as a connector does: {error}", self.endpoint))
            });
        }
        Err(refusal(status, &body, retry_after.map(Duration::from_secs)))
    }

    fn unreachable(&self, error: &reqwest::Error) -> CallError {
        unavailable(format!("no answer from the connector at {}: {}", self.endpoint, innermost(error)))
    }
}

fn refusal(status: StatusCode, body: &[u8], retry_after: Option<Duration>) -> CallError {
    let message = match serde_json::from_slice::<ErrorBody>(body) {
        Ok(ErrorBody { error: ErrorDetail { message, field: Some(field) } }) if !message.contains(&field) => {
            format!("{field}: {message}")
        }
        Ok(ErrorBody { error }) => error.message,
        Err(_) => format!("the connector answered {status}"),
    };
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            CallError::Unauthorized(format!("the connector does not accept STATESET_TOKEN: {message}"))
        }
        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => CallError::Unavailable { message, retry_after },
        status if status.is_client_error() => CallError::Refused(message),
        _ => CallError::Unavailable { message, retry_after },
    }
}

fn unavailable(message: String) -> CallError {
    CallError::Unavailable { message, retry_after: None }
}

/// "connection refused" lies three errors deep, and is what a person wants to read.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
