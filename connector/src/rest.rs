//! The REST routes. Each handler extracts, authorises, does and replies.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use bus::{RunView, Timeline};
use config::Scope;
use proto::v1::Event;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    body::{Raw, Segment, json, must_be_json, object},
    commands::{self, Published, RunBody, Started},
    error::{ApiError, Code, ErrorBody},
};

/// One event, or up to 1,000 of them.
#[derive(ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "only the schema is used: reading by hand keeps the path of a wrong field")]
pub enum Events {
    /// One event.
    One(Box<Event>),
    /// Several.
    Many(Vec<Event>),
}

/// What became of the events, in the order of the request.
#[derive(Serialize, ToSchema)]
pub struct PublishedBody {
    published: Vec<Published>,
}

fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    headers.get(header::AUTHORIZATION).map(|v| v.as_bytes())
}

/// Starts the one run of a record, or finds it.
#[utoipa::path(
    post,
    path = "/v1/workflows/{workflow}/run",
    tag = "runs",
    params(("workflow" = String, Path, description = "the workflow type, for example shopifyToNetsuiteWorkflow")),
    request_body = RunBody,
    responses(
        (status = 202, description = "the run that there is now", body = Started),
        (status = "4XX", description = "refused", body = ErrorBody),
        (status = 503, description = "Temporal does not answer; repeat", body = ErrorBody),
    ),
    security(("bearer" = ["run"]))
)]
pub async fn run(
    State(app): State<Arc<App>>,
    Segment(workflow): Segment,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<(StatusCode, Json<Started>), ApiError> {
    let caller = app.authorise(bearer(&headers), Scope::Run)?;
    must_be_json(&headers)?;
    let started = commands::run(&app, caller, &workflow, object::<RunBody>(&body)?).await?;
    Ok((StatusCode::ACCEPTED, Json(started)))
}

/// Publishes one event or up to 1,000.
#[utoipa::path(
    post,
    path = "/v1/events",
    tag = "events",
    request_body = Events,
    responses(
        (status = 202, description = "all are on the bus", body = PublishedBody),
        (status = "4XX", description = "refused; correct it and send all again", body = ErrorBody),
        (status = 503, description = "Temporal does not answer; send all again", body = ErrorBody),
    ),
    security(("bearer" = ["events"]))
)]
pub async fn publish(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<(StatusCode, Json<PublishedBody>), ApiError> {
    let caller = app.authorise(bearer(&headers), Scope::Events)?;
    must_be_json(&headers)?;
    let published = commands::publish(&app, caller, events(&body)?).await?;
    Ok((StatusCode::ACCEPTED, Json(PublishedBody { published })))
}

fn events(body: &[u8]) -> Result<Vec<Event>, ApiError> {
    match body.trim_ascii_start().first() {
        Some(b'[') => json(body),
        _ => Ok(vec![object(body)?]),
    }
}

/// Shows where a run stands.
#[utoipa::path(
    get,
    path = "/v1/runs/{workflow_id}",
    tag = "runs",
    params(("workflow_id" = String, Path, description = "as returned when it was started")),
    responses(
        (status = 200, description = "the run", body = Object),
        (status = "4XX", description = "refused", body = ErrorBody),
        (status = 503, description = "Temporal does not answer; repeat", body = ErrorBody),
    ),
    security(("bearer" = ["read"]))
)]
pub async fn inspect(
    State(app): State<Arc<App>>,
    Segment(workflow_id): Segment,
    headers: HeaderMap,
) -> Result<Json<RunView>, ApiError> {
    app.authorise(bearer(&headers), Scope::Read)?;
    Ok(Json(commands::inspect(&app, &workflow_id).await?))
}

/// Whose order is meant.
#[derive(Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OfBrand {
    /// The brand; may be left out where only one is configured.
    brand: Option<String>,
}

/// Shows everything that became of an order, in all systems: what needs attention, its documents and its runs.
#[utoipa::path(
    get,
    path = "/v1/orders/{order}/timeline",
    tag = "runs",
    params(
        ("order" = String, Path, description = "any document of the order (netsuite:invoice:1290), its Shopify number, \
            GID or name (#1001, encoded as %231001), or its number in NetSuite and at the warehouse (SO1002)"),
        OfBrand
    ),
    responses(
        (status = 200, description = "the order", body = Object),
        (status = "4XX", description = "refused", body = ErrorBody),
        (status = 503, description = "Temporal does not answer; repeat", body = ErrorBody),
    ),
    security(("bearer" = ["read"]))
)]
pub async fn timeline(
    State(app): State<Arc<App>>,
    Segment(order): Segment,
    query: Result<Query<OfBrand>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Json<Timeline>, ApiError> {
    app.authorise(bearer(&headers), Scope::Read)?;
    let Query(of) = query.map_err(|e| ApiError::invalid("query", e.body_text()))?;
    Ok(Json(commands::timeline(&app, of.brand.as_deref(), &order).await?))
}

/// The process lives.
#[utoipa::path(get, path = "/healthz", tag = "operations", responses((status = 200, description = "alive")))]
pub async fn alive() -> StatusCode {
    StatusCode::OK
}

/// Temporal answers.
#[utoipa::path(get, path = "/readyz", tag = "operations", responses(
    (status = 200, description = "ready"),
    (status = 503, description = "Temporal does not answer", body = ErrorBody),
))]
pub async fn ready(State(app): State<Arc<App>>) -> Result<StatusCode, ApiError> {
    app.ask("ping", app.bus.ping()).await?;
    Ok(StatusCode::OK)
}

/// Prometheus' text format.
#[utoipa::path(get, path = "/metrics", tag = "operations", responses((status = 200, description = "metrics")))]
pub async fn metrics(State(app): State<Arc<App>>) -> Result<Response, ApiError> {
    let text = app.metrics.text().map_err(|e| ApiError::new(Code::Internal, e.to_string()))?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}
