//! What callers can do. REST and gRPC come here with the same values.

use bus::{Event as BusEvent, RunRequest, RunView, Status, Timeline};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use proto::v1::Event;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tracing::info;
use utoipa::ToSchema;

use crate::{app::App, error::ApiError};

/// Events in one request.
pub const MAX_EVENTS: usize = 1_000;
/// Publishes of one request that are under way at once.
const AT_ONCE: usize = 16;
/// Temporal refuses payloads of more than 2 MB; half of that leaves room for what the run adds.
const MAX_INPUT: usize = 1 << 20;
/// More documents than this do not fit the search attribute.
const MAX_RELATED: usize = 50;
const FURTHEST_START: SignedDuration = SignedDuration::from_hours(366 * 24);

/// Body of `POST /v1/workflows/{workflow}/run`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct RunBody {
    /// The brand; may be left out where only one is configured.
    pub brand: Option<String>,
    /// The workflow's input, for example `{"orderId":"450789469"}`.
    #[schema(value_type = Object)]
    pub payload: Map<String, Value>,
    /// Not before this moment, RFC 3339. Default: now. An event about the record ends the wait.
    #[schema(format = DateTime)]
    pub start_at: Option<String>,
    /// Start again although the record is done.
    pub rerun: bool,
}

/// The run that there is now.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Started {
    /// Its id, made of workflow type, brand and record.
    pub workflow_id: String,
    /// Temporal's id of this execution, where Temporal told it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// `started`, `running` or `alreadyDone`.
    pub status: &'static str,
}

/// What became of an event.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Published {
    /// The run that the event concerns.
    pub workflow_id: String,
    /// `running` when the run has the event, `alreadyDone` when the agent is done with the record, `disabled` when the
    /// brand has not switched the agent on.
    pub status: &'static str,
}

/// Starts the one run of a record, or finds it.
pub async fn run(app: &App, caller: &str, workflow: &str, body: RunBody) -> Result<Started, ApiError> {
    let start_at = body.start_at.as_deref().map(start_at).transpose()?;
    let payload = Value::Object(body.payload);
    must_fit("payload", &payload)?;
    let request = RunRequest { workflow: workflow.to_owned(), brand: body.brand, payload, start_at, rerun: body.rerun };
    let started = app.ask("run", app.bus.run(&request)).await?;
    let status = word(started.status);
    info!(caller, workflow.id = started.workflow_id, "run requested: {status}");
    Ok(Started { workflow_id: started.workflow_id, run_id: started.run_id, status })
}

fn start_at(text: &str) -> Result<Timestamp, ApiError> {
    let at: Timestamp = text
        .parse()
        .map_err(|e| ApiError::invalid("startAt", format!("an RFC 3339 time with an offset expected: {e}")))?;
    if at.duration_since(Timestamp::now()) > FURTHEST_START {
        return Err(ApiError::invalid("startAt", "more than a year ahead"));
    }
    Ok(at)
}

/// Publishes the events of one request. Their answers have the request's order.
pub async fn publish(app: &App, caller: &str, events: Vec<Event>) -> Result<Vec<Published>, ApiError> {
    if events.is_empty() || events.len() > MAX_EVENTS {
        return Err(ApiError::invalid("events", format!("1 to {MAX_EVENTS} events expected, found {}", events.len())));
    }
    let only = events.len() == 1;
    let at = |n: usize, e: ApiError| if only || !e.is_callers() { e } else { e.under(&format!("[{n}]")) };
    let mut checked = Vec::with_capacity(events.len());
    for (n, event) in events.into_iter().enumerate() {
        checked.push(for_the_bus(app, event).map_err(|e| at(n, e))?);
    }
    let mut publishes = Vec::with_capacity(checked.len());
    for (n, event) in checked.iter().enumerate() {
        publishes.push(async move { publish_one(app, event).await.map_err(|e| at(n, e)) });
    }
    let published: Vec<Published> = stream::iter(publishes).buffered(AT_ONCE).try_collect().await?;
    info!(caller, "{} events published", published.len());
    Ok(published)
}

/// Publishes one event.
pub async fn publish_one(app: &App, event: &BusEvent) -> Result<Published, ApiError> {
    let published = app.ask("publish", app.bus.publish(event)).await?;
    Ok(Published { workflow_id: published.workflow_id, status: word(published.status) })
}

/// Shows where a run stands.
pub async fn inspect(app: &App, workflow_id: &str) -> Result<RunView, ApiError> {
    if workflow_id.is_empty() || workflow_id.len() > 1_000 || workflow_id.chars().any(char::is_control) {
        return Err(ApiError::invalid("workflowId", "1 to 1000 printable characters expected"));
    }
    app.ask("inspect", app.bus.inspect(workflow_id)).await
}

/// Shows everything that became of an order.
pub async fn timeline(app: &App, brand: Option<&str>, order: &str) -> Result<Timeline, ApiError> {
    app.ask("timeline", app.bus.timeline(brand, order)).await
}

/// The bus knows the same event by the same JSON; whether it makes sense is its business.
fn for_the_bus(app: &App, mut event: Event) -> Result<BusEvent, ApiError> {
    if event.brand.is_empty() {
        event.brand = app.sole_brand()?.to_owned();
    }
    must_name_documents(&event.related)?;
    let value = serde_json::to_value(&event).map_err(|e| ApiError::invalid("event", e.to_string()))?;
    must_fit("order", &value)?;
    let event: BusEvent = serde_path_to_error::deserialize(value).map_err(|e| {
        let path = e.path().to_string();
        ApiError::invalid(if path == "." { "type" } else { &path }, e.into_inner().to_string())
    })?;
    bus::check(&event).map_err(|e| ApiError::invalid(&e.field, e.problem))?;
    Ok(event)
}

/// Temporal lists them with the run.
fn must_name_documents(related: &[String]) -> Result<(), ApiError> {
    if related.len() > MAX_RELATED {
        return Err(ApiError::invalid(
            "related",
            format!("up to {MAX_RELATED} documents expected, found {}", related.len()),
        ));
    }
    let is_document = |text: &str| text.len() <= 200 && text.split(':').filter(|part| !part.is_empty()).count() == 3;
    match related.iter().position(|text| !is_document(text)) {
        Some(n) => Err(ApiError::invalid(
            format!("related[{n}]"),
            "a document expected, for example netsuite:salesOrder:1203, of up to 200 bytes",
        )),
        None => Ok(()),
    }
}

fn must_fit(field: &str, value: &Value) -> Result<(), ApiError> {
    if value.to_string().len() > MAX_INPUT {
        return Err(ApiError::invalid(field, format!("larger than {MAX_INPUT} bytes as JSON")));
    }
    Ok(())
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Started => "started",
        Status::Running => "running",
        Status::AlreadyDone => "alreadyDone",
        Status::Disabled => "disabled",
    }
}
