use std::future::Future;
use std::time::Duration;

use reqwest::{RequestBuilder, StatusCode};
use rust_decimal::Decimal;
use serde_json::Value;

/// How long a reader puts up with a vendor that is busy, away, or refuses a token that has just run out.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Attempts in all.
    pub attempts: u32,
    /// Pause after the first attempt; the n-th is n times as long.
    pub pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { attempts: 8, pause: Duration::from_millis(500) }
    }
}

/// Why a vendor could not be read. There is no verdict then.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadError {
    /// Busy, throttled, away or unauthorized, in spite of patience.
    #[error("{what}: {detail}")]
    Unavailable {
        /// What was asked for.
        what: String,
        /// What came instead.
        detail: String,
    },
    /// The vendor refused.
    #[error("{what}: refused: {detail}")]
    Refused {
        /// What was asked for.
        what: String,
        /// The vendor's words.
        detail: String,
    },
    /// The answer lacks what is needed, or has it in another shape.
    #[error("{what}: {field} is missing or unreadable")]
    Unreadable {
        /// What was asked for.
        what: String,
        /// The field.
        field: String,
    },
    /// The credentials cannot be used.
    #[error("credentials: {0}")]
    Credentials(String),
}

impl ReadError {
    pub(crate) fn unavailable(what: &str, detail: impl ToString) -> Self {
        Self::Unavailable { what: what.to_owned(), detail: detail.to_string() }
    }

    pub(crate) fn refused(what: &str, detail: impl ToString) -> Self {
        Self::Refused { what: what.to_owned(), detail: detail.to_string() }
    }

    pub(crate) fn unreadable(what: &str, field: &str) -> Self {
        Self::Unreadable { what: what.to_owned(), field: field.to_owned() }
    }
}

pub(crate) fn client() -> Result<reqwest::Client, ReadError> {
    // A second installation is refused and changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .user_agent(concat!("checker/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(5))
        .timeout(Duration::from_secs(90))
        .build()
        .map_err(|e| ReadError::Credentials(format!("no TLS: {e}")))
}

/// Repeats a read until it is answered or patience ends.
pub(crate) async fn patiently<T, F, R>(patience: Patience, mut attempt: F) -> Result<T, ReadError>
where
    F: FnMut() -> R,
    R: Future<Output = Result<T, ReadError>>,
{
    let mut attempts = 1;
    loop {
        match attempt().await {
            Err(ReadError::Unavailable { .. }) if attempts < patience.attempts => {
                tokio::time::sleep(patience.pause * attempts).await;
                attempts += 1;
            }
            outcome => return outcome,
        }
    }
}

/// Sends once. An answer that will pass by waiting is `Unavailable`; what a 401 means is left to the caller.
pub(crate) async fn send(what: &str, request: RequestBuilder) -> Result<(StatusCode, Value), ReadError> {
    let response = request.send().await.map_err(|e| ReadError::unavailable(what, chain(&e)))?;
    let status = response.status();
    let text = response.text().await.map_err(|e| ReadError::unavailable(what, chain(&e)))?;
    let brief: String = text.chars().take(300).collect();
    let busy = status == StatusCode::TOO_MANY_REQUESTS || text.contains("CONCURRENCY_LIMIT_EXCEEDED");
    if busy || status.is_server_error() {
        return Err(ReadError::unavailable(what, format!("{status}: {brief}")));
    }
    match serde_json::from_str(&text) {
        Ok(body) => Ok((status, body)),
        Err(_) if status == StatusCode::UNAUTHORIZED => Ok((status, Value::Null)),
        Err(_) if status.is_client_error() => Err(ReadError::refused(what, format!("{status}: {brief}"))),
        // A proxy's page instead of the vendor's answer.
        Err(e) => Err(ReadError::unavailable(what, format!("{status}: {e}: {brief}"))),
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// A string or a number as text; null and the empty string are none.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(s) if !s.is_empty() => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        _ => None,
    }
}

/// A decimal, which Shopify sends as a string and NetSuite as a number.
pub(crate) fn decimal(value: &Value) -> Option<Decimal> {
    let text = text(value)?;
    text.parse().ok().or_else(|| Decimal::from_scientific(&text).ok())
}

/// What follows the last slash: the number of a global id, and of a number the number.
pub(crate) fn last_part(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}
