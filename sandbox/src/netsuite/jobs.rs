//! Asynchronous requests: `Prefer: respond-async` answers with a job that holds the real answer.
//!
//! The sandbox does the work at once; only the answer's shape is asynchronous.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use uuid::Uuid;

use super::error::{ApiError, Result};

pub(crate) const JOB_PATH: &str = "/services/rest/async/v1/job";

/// The answer that a synchronous call would have had.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) status: StatusCode,
    pub(crate) location: Option<String>,
    pub(crate) body: Option<Value>,
}

impl IntoResponse for Outcome {
    fn into_response(self) -> Response {
        let mut response = match self.body {
            Some(body) => (self.status, axum::Json(body)).into_response(),
            None => self.status.into_response(),
        };
        if let Some(location) = self.location.and_then(|at| HeaderValue::from_str(&at).ok()) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }
}

#[derive(Debug, Default)]
pub(crate) struct Jobs {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    outcomes: Vec<Outcome>,
    keys: HashMap<Uuid, usize>,
}

/// Whether a request wants an asynchronous answer, and under which idempotency key.
pub(crate) fn wanted(headers: &HeaderMap) -> Result<Option<Option<Uuid>>> {
    let asynchronous = headers
        .get_all("prefer")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|preference| preference.trim().eq_ignore_ascii_case("respond-async"));
    if !asynchronous {
        // NetSuite ignores the key of a synchronous call.
        return Ok(None);
    }
    let Some(key) = headers.get("x-netsuite-idempotency-key") else {
        return Ok(Some(None));
    };
    let key = key.to_str().ok().and_then(|key| Uuid::parse_str(key).ok());
    let key = key.ok_or_else(|| {
        ApiError::header("X-NetSuite-Idempotency-Key", "The idempotency key must be a UUID as in RFC 4122.")
    })?;
    Ok(Some(Some(key)))
}

impl Jobs {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The job that the key started before, if any; `origin` is `http://host`.
    pub(crate) fn check(&self, key: Option<Uuid>, origin: &str) -> Result<()> {
        let state = self.state();
        match key.and_then(|key| state.keys.get(&key)) {
            Some(job) => Err(ApiError::same_key(format!("{origin}{JOB_PATH}/{}", job + 1))),
            None => Ok(()),
        }
    }

    /// Keeps an outcome as a job and answers 202 with its address.
    pub(crate) fn accept(&self, key: Option<Uuid>, outcome: Outcome, origin: &str) -> Response {
        let mut state = self.state();
        let index = state.outcomes.len();
        state.outcomes.push(outcome);
        if let Some(key) = key {
            state.keys.insert(key, index);
        }
        let id = (index + 1).to_string();
        let mut response = StatusCode::ACCEPTED.into_response();
        let headers = response.headers_mut();
        headers.insert("preference-applied", HeaderValue::from_static("respond-async"));
        if let Ok(location) = HeaderValue::from_str(&format!("{origin}{JOB_PATH}/{id}")) {
            headers.insert(header::LOCATION, location);
        }
        if let Ok(id) = HeaderValue::from_str(&id) {
            headers.insert("x-netsuite-jobid", id);
        }
        response
    }

    /// `GET …/job/{id}`, `…/task`, `…/task/1`, `…/task/1/result`.
    pub(crate) fn read(&self, rest: &[&str], origin: &str, url: &str) -> Result<Response> {
        let missing = || ApiError::no_record(url);
        let number: usize = rest.first().and_then(|id| id.parse().ok()).ok_or_else(missing)?;
        let state = self.state();
        let outcome = number.checked_sub(1).and_then(|index| state.outcomes.get(index)).ok_or_else(missing)?;
        let job = format!("{origin}{JOB_PATH}/{number}");
        let progress = if outcome.status.is_success() { "succeeded" } else { "failed" };
        let link = |href: String| json!([{ "rel": "self", "href": href }]);
        let body = match rest.get(1..).unwrap_or_default() {
            [] => json!({
                "links": link(job.clone()), "completed": true, "id": number.to_string(),
                "progress": progress, "task": { "links": link(format!("{job}/task")) },
            }),
            ["task"] => json!({ "items": [{ "links": link(format!("{job}/task/1")) }] }),
            ["task", "1"] => json!({
                "links": link(format!("{job}/task/1")), "completed": true, "id": "1",
                "progress": progress, "result": { "links": link(format!("{job}/task/1/result")) },
            }),
            ["task", "1", "result"] => return Ok(outcome.clone().into_response()),
            _ => return Err(missing()),
        };
        Ok(axum::Json(body).into_response())
    }
}
