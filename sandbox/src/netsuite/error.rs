//! NetSuite's error answers: one shape, `o:errorDetails`, with the texts that clients look at.
//!
//! Texts and codes that no public source shows are marked *inferred* where they are made.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

const LOGIN: &str = "Invalid login attempt. For more details, see the Login Audit Trail in the \
    NetSuite UI at Setup > Users/Roles > User Management > View Login Audit Trail.";

/// What part of the request an error is about.
#[derive(Clone, Debug, PartialEq)]
enum About {
    Nothing,
    Path(String),
    Header(&'static str),
    Query(&'static str),
    Url(String),
}

/// A refused request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    pub(crate) detail: String,
    pub(crate) code: &'static str,
    about: About,
    location: Option<String>,
}

/// The result of everything that a request may be refused for.
pub(crate) type Result<T> = std::result::Result<T, ApiError>;

impl ApiError {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> ApiError {
        ApiError { status, detail: detail.into(), code, about: About::Nothing, location: None }
    }

    fn at(self, about: About) -> ApiError {
        ApiError { about, ..self }
    }

    /// A business rule said no: the text that a person would see in the user interface.
    pub(crate) fn user(text: impl AsRef<str>) -> ApiError {
        let detail = format!("Error while accessing a resource. {}", text.as_ref());
        ApiError::new(StatusCode::BAD_REQUEST, "USER_ERROR", detail)
    }

    /// A mandatory field has no value.
    pub(crate) fn missing(label: &str, path: impl Into<String>) -> ApiError {
        ApiError::user(format!("Please enter value(s) for: {label}.")).at(About::Path(path.into()))
    }

    /// A reference names no record, or one that may not be used here.
    pub(crate) fn bad_reference(path: &str, value: &Value) -> ApiError {
        let field = path.rsplit('.').next().unwrap_or(path).to_lowercase();
        let value = match value {
            Value::String(text) => text.clone(),
            Value::Object(object) => object
                .get("id")
                .or_else(|| object.get("externalId"))
                .map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned))
                .unwrap_or_default(),
            other => other.to_string(),
        };
        let detail = format!("Invalid Field Value {value} for the following field: {field}");
        ApiError::new(StatusCode::BAD_REQUEST, "INVALID_KEY_OR_REF", detail).at(About::Path(path.to_lowercase()))
    }

    /// A value of the wrong type or outside its list. The text is inferred.
    pub(crate) fn bad_value(path: &str) -> ApiError {
        let field = path.rsplit('.').next().unwrap_or(path);
        ApiError::content(
            format!(
                "Invalid value for the resource or sub-resource field '{field}'. \
                 Provide a valid value."
            ),
            path,
        )
    }

    /// The body cannot be taken as it is. The texts are inferred.
    pub(crate) fn content(detail: impl Into<String>, path: &str) -> ApiError {
        let error = ApiError::new(StatusCode::BAD_REQUEST, "INVALID_CONTENT", detail);
        if path.is_empty() {
            return error;
        }
        error.at(About::Path(path.to_owned()))
    }

    /// A header is missing or wrong. Code and text are inferred.
    pub(crate) fn header(name: &'static str, detail: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::BAD_REQUEST, "INVALID_HEADER", detail).at(About::Header(name))
    }

    /// A query parameter is wrong.
    pub(crate) fn parameter(name: &'static str, detail: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::BAD_REQUEST, "INVALID_PARAMETER", detail).at(About::Query(name))
    }

    /// A SuiteQL statement that cannot be run.
    pub(crate) fn query(reason: impl AsRef<str>) -> ApiError {
        ApiError::parameter(
            "q",
            format!("Invalid search query. Detailed unprocessed description follows. {}", reason.as_ref()),
        )
    }

    /// No record has this id.
    pub(crate) fn no_record(url: &str) -> ApiError {
        ApiError::new(
            StatusCode::NOT_FOUND,
            "NONEXISTENT_ID",
            "The record instance does not exist. Provide a valid record instance ID.",
        )
        .at(About::Url(url.to_owned()))
    }

    /// The id belongs to a transaction of another type.
    pub(crate) fn other_transaction() -> ApiError {
        ApiError::user("Transaction type specified is incorrect.")
    }

    /// Nothing lives at this address. Code and text are inferred.
    pub(crate) fn no_resource(url: &str) -> ApiError {
        ApiError::new(
            StatusCode::NOT_FOUND,
            "INVALID_URL",
            format!("The resource '{url}' does not exist. Check the record type and the address."),
        )
        .at(About::Url(url.to_owned()))
    }

    /// The address exists, but not for this method. Code and text are inferred.
    pub(crate) fn no_method(method: &str, record: &str) -> ApiError {
        ApiError::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "METHOD_NOT_ALLOWED",
            format!("The method {method} is not allowed for {record}."),
        )
    }

    /// Not logged in, for whatever reason: NetSuite never says which.
    pub(crate) fn login() -> ApiError {
        ApiError::new(StatusCode::UNAUTHORIZED, "INVALID_LOGIN", LOGIN)
    }

    /// Too many requests at once, under 429 or another status.
    pub(crate) fn concurrency(status: StatusCode) -> ApiError {
        ApiError::new(status, "CONCURRENCY_LIMIT_EXCEEDED", "Concurrent request limit exceeded. Request blocked.")
    }

    /// An idempotency key was used before; the first job is at `location`.
    pub(crate) fn same_key(location: String) -> ApiError {
        let error = ApiError::new(
            StatusCode::BAD_REQUEST,
            "IDEMPOTENCY_ERROR",
            "A request with the same idempotency key is already submitted. See the \"Location\" \
             header for the job that it started.",
        );
        ApiError { location: Some(location), ..error }
    }

    /// NetSuite's own failure.
    pub(crate) fn unexpected(status: StatusCode, detail: impl Into<String>) -> ApiError {
        ApiError::new(status, "UNEXPECTED_ERROR", detail)
    }

    /// The answer's body.
    pub(crate) fn body(&self) -> Value {
        let mut detail = json!({ "detail": self.detail, "o:errorCode": self.code });
        match &self.about {
            About::Nothing => {}
            About::Path(path) => detail["o:errorPath"] = json!(path),
            About::Header(name) => detail["o:errorHeader"] = json!(name),
            About::Query(name) => detail["o:errorQueryParam"] = json!(name),
            About::Url(url) => detail["o:errorUrl"] = json!(url),
        }
        let (class, first) = if self.status.is_server_error() { (5, 500) } else { (4, 400) };
        let section = self.status.as_u16().saturating_sub(first) + 1;
        let kind = "https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html";
        json!({
            "type": format!("{kind}#sec10.{class}.{section}"),
            "title": self.title(),
            "status": self.status.as_u16(),
            "o:errorDetails": [detail],
        })
    }

    fn title(&self) -> &'static str {
        if self.code == "IDEMPOTENCY_ERROR" {
            return "Conflict";
        }
        // The vendor's own sample of a 429 is titled so.
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            return "Bad Request";
        }
        self.status.canonical_reason().unwrap_or("Error")
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, axum::Json(self.body())).into_response();
        let headers = response.headers_mut();
        headers
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/vnd.oracle.resource+json; type=error"));
        if let Some(location) = self.location.and_then(|at| HeaderValue::from_str(&at).ok()) {
            headers.insert(header::LOCATION, location);
        }
        response
    }
}

impl From<rusqlite::Error> for ApiError {
    fn from(error: rusqlite::Error) -> ApiError {
        tracing::error!(%error, "the sandbox's own database failed");
        ApiError::unexpected(StatusCode::INTERNAL_SERVER_ERROR, format!("An unexpected error occurred. {error}"))
    }
}
