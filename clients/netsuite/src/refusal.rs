//! What NetSuite means by an answer that is not a success.

use client_core::{Answer, Error, Result, decode, plain};
use serde::Deserialize;

/// NetSuite's error object.
#[derive(Deserialize)]
struct Problem {
    #[serde(rename = "o:errorDetails")]
    details: Vec<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    #[serde(default)]
    detail: String,
    #[serde(default, rename = "o:errorCode")]
    code: String,
    #[serde(rename = "o:errorPath")]
    path: Option<String>,
}

/// Nothing for a success. `what` is the record that the request was about.
pub fn judge(answer: &Answer, operation: &str, what: &str) -> Result<()> {
    if (200..=299).contains(&answer.status) {
        return Ok(());
    }
    let request = request_id(answer).map(|id| format!(", request {id}")).unwrap_or_default();
    let details = decode::<Problem>(&answer.body).map(|problem| problem.details).unwrap_or_default();
    let codes: Vec<_> = details.iter().map(|detail| detail.code.to_ascii_uppercase()).collect();
    let messages: Vec<_> = details.iter().map(|detail| plain(&detail.detail)).collect();
    let said = if messages.is_empty() { answer.describe() } else { messages.join("; ") };
    let detail = format!("{operation}: {said}{request}");

    // The code before the status: the same excess comes with 400 and with 429.
    if codes.iter().any(|code| is_throttling(code)) {
        return Err(Error::Throttled { retry_after: answer.retry_after(), detail });
    }
    if codes.iter().any(|code| is_passing(code)) {
        return Err(Error::Unavailable { detail, sent: true });
    }
    if codes.iter().any(|code| is_login(code)) {
        return Err(Error::Unauthorized { detail, after: answer.took });
    }
    Err(match (answer.status, details.into_iter().next()) {
        (401 | 403, _) => Error::Unauthorized { detail, after: answer.took },
        (408 | 500.., _) => Error::Unavailable { detail, sent: true },
        (429, _) => Error::Throttled { retry_after: answer.retry_after(), detail },
        // An address that does not exist, such as that of an unknown record type, says nothing about the record.
        (404, Some(first)) if first.code != "INVALID_URL" => Error::NotFound { what: what.to_owned() },
        (400..=499, Some(first)) => Error::Rejected {
            code: first.code,
            message: said,
            field: first.path,
            status: answer.status,
            request_id: request_id(answer),
        },
        // Not NetSuite's own words: a proxy's or a maintenance page proves nothing, least of all a missing record.
        _ => Error::Unreadable { path: "o:errorDetails".to_owned(), detail },
    })
}

/// The id that NetSuite's support asks for.
pub fn request_id(answer: &Answer) -> Option<String> {
    answer.header("x-n-operationid").map(str::to_owned)
}

/// Too many requests at a time; the second comes from RESTlets, the others in SOAP's spelling.
fn is_throttling(code: &str) -> bool {
    matches!(
        code,
        "CONCURRENCY_LIMIT_EXCEEDED"
            | "SSS_REQUEST_LIMIT_EXCEEDED"
            | "WS_REQUEST_BLOCKED"
            | "WS_CONCUR_SESSION_DISALLWD"
    )
}

/// Failures of NetSuite's own, and a clash with a user event that has just saved the same record: load and repeat.
/// How REST labels the clash is not documented; the code is SuiteScript's.
fn is_passing(code: &str) -> bool {
    matches!(code, "UNEXPECTED_ERROR" | "RCRD_HAS_BEEN_CHANGED")
}

fn is_login(code: &str) -> bool {
    matches!(code, "INVALID_LOGIN" | "INVALID_LOGIN_ATTEMPT" | "INVALID_LOGIN_CREDENTIALS" | "INSUFFICIENT_PERMISSION")
}
