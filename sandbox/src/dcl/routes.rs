//! From HTTP to the warehouse and back.

use std::sync::{Arc, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::request::Parts;
use http::{Method, StatusCode, header};
use secrecy::ExposeSecret as _;

use super::Dcl;
use super::error::ApiError;
use super::list::Query;
use crate::faults::Fault;
use crate::ledger::Vendor;
use crate::serve;

/// Production and the vendor's own sandbox: one state here.
const ROOTS: [&str; 2] = ["/api/v1/", "/api/sandbox/"];
/// Above a batch of 1000 orders.
const BODY_LIMIT: usize = 64 * 1024 * 1024;

/// The warehouse behind its faults.
pub(super) fn router(dcl: &Dcl) -> Router {
    let counting = dcl.clone();
    let gate = serve::Gate {
        vendor: Vendor::Dcl,
        faults: dcl.inner.faults.clone(),
        // Counted when it comes, whatever a fault does to it.
        name: Arc::new(move |parts, _| {
            let operation = operation(parts);
            counting.count(&operation);
            operation
        }),
        answer: Arc::new(answer),
    };
    serve::apply(Router::new().fallback(handle).with_state(dcl.clone()), gate)
}

/// The name of the operation that a request asks for: `POST batches`, `GET orders`, …
fn operation(parts: &Parts) -> String {
    format!("{} {}", parts.method, resource(parts).unwrap_or("unknown"))
}

fn resource(parts: &Parts) -> Option<&str> {
    let path = parts.uri.path();
    let rest = ROOTS.iter().find_map(|root| path.strip_prefix(root))?;
    Some(rest.trim_end_matches('/'))
}

/// DCL's own answer to a request that a fault refuses.
fn answer(fault: &Fault, _parts: &Parts, _body: &Bytes) -> Response {
    let error = match fault {
        Fault::Throttle | Fault::ConcurrencyLimit { .. } | Fault::Status { status: 429 } => ApiError::throttled(),
        Fault::HangThenInvalidLogin { .. } | Fault::Status { status: 401 } => ApiError::login(),
        Fault::Status { status } => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            ApiError::new(status, i64::from(status.as_u16()), "An error has occurred.")
        }
        _ => ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, 500, "An error has occurred."),
    };
    error.into_response()
}

async fn handle(State(dcl): State<Dcl>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    if !dcl.allows(&parts) {
        return ApiError::login().into_response();
    }
    let query = Query::of(parts.uri.query());
    let listed = match (&parts.method, resource(&parts)) {
        (&Method::POST, Some("batches")) => return dcl.submit(&body),
        (&Method::POST, Some("po_notifications")) => return dcl.announce(&body),
        (&Method::GET, Some("orders")) => dcl.list(&query),
        (&Method::GET, Some("po_receipts")) => dcl.list_receipts(&query),
        (&Method::GET, Some("items")) => dcl.list_items(&query),
        _ => return ApiError::no_address(parts.uri.path()).into_response(),
    };
    listed.unwrap_or_else(|problem| ApiError::from(problem).into_response())
}

impl Dcl {
    fn allows(&self, parts: &Parts) -> bool {
        let sent = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let login = sent
            .and_then(|sent| sent.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
            .and_then(|(_, login)| STANDARD.decode(login.trim()).ok());
        let own = &self.inner.credentials;
        let own = format!("{}:{}", own.username, own.password.expose_secret());
        login.is_some_and(|login| login == own.as_bytes())
    }

    fn count(&self, operation: &str) {
        let mut requests = self.inner.requests.lock().unwrap_or_else(PoisonError::into_inner);
        *requests.entry(operation.to_owned()).or_default() += 1;
    }
}
