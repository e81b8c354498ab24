//! The shop's two endpoints: tokens and GraphQL.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Request as HttpRequest, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::request::Parts;
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::{Inner, execute, schema};
use crate::faults::Fault;

/// Seconds that a token of the client-credentials grant lives.
const TOKEN_LIFE: i64 = 86_399;
/// A cost to name where a fault throttles a request that nobody priced.
const UNPRICED: u64 = 100;

pub(super) fn router(shop: Arc<Inner>) -> Router {
    Router::new()
        .route("/admin/oauth/access_token", post(token))
        .route("/admin/api/{version}/graphql.json", post(graphql))
        .route("/bulk/{id}/{name}", get(bulk_file))
        .fallback(not_found)
        .layer(middleware::from_fn(with_request_id))
        .with_state(shop)
}

async fn with_request_id(request: HttpRequest, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Ok(id) = HeaderValue::from_str(&Uuid::new_v4().to_string()) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

/// The operation's name for faults and counts.
pub(super) fn operation(parts: &Parts, body: &Bytes) -> String {
    if parts.uri.path().ends_with("/oauth/access_token") {
        return "token".to_owned();
    }
    if parts.uri.path().starts_with("/bulk/") {
        return "bulkFile".to_owned();
    }
    match serde_json::from_slice::<execute::Request>(body) {
        Ok(request) => schema::operation_name(&request.query, request.operation_name.as_deref()),
        Err(_) => String::new(),
    }
}

/// Shopify's own answer to a request that a fault refuses.
pub(super) fn refusal(shop: &Inner, fault: &Fault) -> Response {
    match fault {
        Fault::Status { status } => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::BAD_GATEWAY);
            match status {
                StatusCode::UNAUTHORIZED => unauthorized(),
                _ => (status, errors(status.canonical_reason().unwrap_or("Error"))).into_response(),
            }
        }
        Fault::HangThenInvalidLogin { .. } => unauthorized(),
        _ => {
            let mut body = execute::throttled(shop, UNPRICED);
            body["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] = json!(0);
            Json(body).into_response()
        }
    }
}

fn errors(message: &str) -> Json<Value> {
    Json(json!({"errors": message}))
}

fn unauthorized() -> Response {
    let message = "[API] Invalid API key or access token (unrecognized login or wrong password)";
    (StatusCode::UNAUTHORIZED, errors(message)).into_response()
}

async fn not_found() -> Response {
    (StatusCode::NOT_FOUND, errors("Not Found")).into_response()
}

#[derive(Deserialize)]
struct Grant {
    #[serde(default)]
    grant_type: String,
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    client_secret: String,
}

async fn token(State(shop): State<Arc<Inner>>, headers: HeaderMap, body: Bytes) -> Response {
    let refused = |code: &str, message: &str| {
        let body = json!({"error": code, "error_description": message});
        (StatusCode::BAD_REQUEST, Json(body)).into_response()
    };
    let is_json = headers
        .get("content-type")
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/json"));
    let grant: Option<Grant> = if is_json { serde_json::from_slice(&body).ok() } else { form(&body) };
    let Some(grant) = grant else {
        return refused("invalid_request", "The request body could not be read");
    };
    if grant.grant_type != "client_credentials" {
        return refused("unsupported_grant_type", "The grant type is not supported");
    }
    let known = &shop.credentials;
    let id = grant.client_id.as_bytes().ct_eq(known.client_id.as_bytes());
    let secret = grant.client_secret.as_bytes().ct_eq(known.client_secret.as_bytes());
    if !bool::from(id & secret) {
        return refused("invalid_client", "Client authentication failed");
    }
    let token = format!("shpat_{}", Uuid::new_v4().simple());
    let expires = shop.clock.now() + SignedDuration::from_secs(TOKEN_LIFE);
    shop.tokens().insert(token.clone(), expires);
    Json(json!({
        "access_token": token,
        "scope": shop.options.scopes.join(","),
        "expires_in": TOKEN_LIFE,
    }))
    .into_response()
}

fn form(body: &[u8]) -> Option<Grant> {
    let mut grant = Grant { grant_type: String::new(), client_id: String::new(), client_secret: String::new() };
    for (name, value) in url::form_urlencoded::parse(body) {
        match name.as_ref() {
            "grant_type" => grant.grant_type = value.into_owned(),
            "client_id" => grant.client_id = value.into_owned(),
            "client_secret" => grant.client_secret = value.into_owned(),
            _ => {}
        }
    }
    Some(grant)
}

/// The file of a bulk operation. Its address is signed, so that it asks for no token; it is the store's, not the
/// API's, and answers as such.
async fn bulk_file(State(shop): State<Arc<Inner>>, Path((id, name)): Path<(u64, String)>) -> Response {
    let file = shop.bulk().file(id, &name, shop.clock.now());
    match file {
        Some(file) => ([("content-type", "application/jsonl")], file).into_response(),
        None => {
            let body = "<?xml version='1.0' encoding='UTF-8'?><Error><Code>AccessDenied</Code></Error>";
            (StatusCode::FORBIDDEN, [("content-type", "application/xml")], body).into_response()
        }
    }
}

fn is_allowed(shop: &Inner, headers: &HeaderMap) -> bool {
    let Some(token) = headers.get("x-shopify-access-token") else {
        return false;
    };
    let permanent = shop.credentials.access_token.as_bytes();
    if bool::from(token.as_bytes().ct_eq(permanent)) {
        return true;
    }
    let now = shop.clock.now();
    let tokens = shop.tokens();
    let granted = token.to_str().ok().and_then(|token| tokens.get(token));
    granted.is_some_and(|expires| now < *expires)
}

async fn graphql(
    State(shop): State<Arc<Inner>>,
    Path(version): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let version = match schema::version(&version) {
        Some(Ok(version)) => version,
        Some(Err(error)) => {
            tracing::error!(%error, "schema is broken");
            return (StatusCode::INTERNAL_SERVER_ERROR, errors("Internal Server Error")).into_response();
        }
        None => return not_found().await,
    };
    if !is_allowed(&shop, &headers) {
        return unauthorized();
    }
    let Ok(request) = serde_json::from_slice::<execute::Request>(&body) else {
        let body = json!({"errors": {"query": "Required parameter missing or invalid"}});
        return (StatusCode::BAD_REQUEST, Json(body)).into_response();
    };
    let mut response = Json(execute::run(&shop, version, &request)).into_response();
    let name = HeaderValue::from_static(version.name);
    response.headers_mut().insert("x-shopify-api-version", name);
    response
}
