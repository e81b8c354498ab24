//! What DCL answers when it refuses: `{"error_code": …, "error_message": …}`.
//!
//! The vendor publishes neither codes nor texts: both are made up here. A text begins with the field.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

/// The body cannot be read.
pub(super) const MALFORMED: i64 = 1;
/// A required field has no value.
pub(super) const MISSING: i64 = 10;
/// A value is longer than its field.
pub(super) const TOO_LONG: i64 = 11;
/// A value is of the wrong kind or not one of those allowed.
pub(super) const BAD_VALUE: i64 = 12;
/// The item is not one of DCL's.
pub(super) const UNKNOWN_ITEM: i64 = 13;
/// The order number is there already.
pub(super) const REPEATED: i64 = 14;
/// The account is another's.
pub(super) const WRONG_ACCOUNT: i64 = 15;

/// Why an order, or a whole request, is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) code: i64,
    pub(super) message: String,
}

pub(super) type Checked<T> = Result<T, Problem>;

impl Problem {
    pub(super) fn new(code: i64, field: &str, message: impl AsRef<str>) -> Problem {
        Problem { code, message: format!("{field} {}", message.as_ref()) }
    }

    pub(super) fn value(field: &str, message: impl AsRef<str>) -> Problem {
        Problem::new(BAD_VALUE, field, message)
    }

    /// The same problem, of a part of something: `lines[1].` before the field.
    pub(super) fn within(self, part: &str) -> Problem {
        Problem { message: format!("{part}.{}", self.message), ..self }
    }
}

/// A refusal with its HTTP status.
pub(super) struct ApiError {
    status: StatusCode,
    problem: Problem,
}

impl ApiError {
    pub(super) fn new(status: StatusCode, code: i64, message: &str) -> ApiError {
        ApiError { status, problem: Problem { code, message: message.to_owned() } }
    }

    pub(super) fn login() -> ApiError {
        ApiError::new(StatusCode::UNAUTHORIZED, 401, "Authorization has been denied for this request.")
    }

    pub(super) fn throttled() -> ApiError {
        ApiError::new(StatusCode::TOO_MANY_REQUESTS, 429, "Too many requests. Please try again later.")
    }

    pub(super) fn no_address(path: &str) -> ApiError {
        ApiError::new(StatusCode::NOT_FOUND, 404, &format!("No HTTP resource was found at {path}."))
    }
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> ApiError {
        ApiError { status: StatusCode::BAD_REQUEST, problem }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let ApiError { status, problem: Problem { code, message } } = self;
        let body = axum::Json(json!({"error_code": code, "error_message": message}));
        let mut response = (status, body).into_response();
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Basic realm=\"eFactory\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
