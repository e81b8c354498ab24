//! One error for REST and gRPC, with one shape.

use std::any::Any;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

/// What kind of refusal; callers branch on this, not on the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// A field is missing, malformed or out of range.
    InvalidArgument,
    /// No valid bearer token, or no valid signature.
    Unauthenticated,
    /// The token lacks the scope.
    PermissionDenied,
    /// No such path, brand, workflow or run.
    NotFound,
    /// The path exists, but not with this method.
    MethodNotAllowed,
    /// The body did not arrive in time.
    RequestTimeout,
    /// The body is too large.
    PayloadTooLarge,
    /// The body is not JSON.
    UnsupportedMediaType,
    /// Temporal does not answer. Nothing is lost: repeat the call.
    Unavailable,
    /// A defect of the connector.
    Internal,
}

/// A refused request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, ToSchema)]
#[error("{message}")]
pub struct ApiError {
    /// The kind of refusal.
    pub code: Code,
    /// What is wrong and what to do.
    pub message: String,
    /// Path of the field or name of the header that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// The body of every refused request.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    /// The error.
    pub error: ApiError,
}

impl ApiError {
    /// An error that concerns no single field.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: None }
    }

    /// A field that the caller has to correct.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: Code::InvalidArgument, message: message.into(), field: Some(field.into()) }
    }

    /// The same error seen from the enclosing object: `lines[0].sku` becomes `order.lines[0].sku`.
    pub fn under(mut self, parent: &str) -> Self {
        self.field = match self.field {
            Some(field) if field.starts_with('[') => Some(format!("{parent}{field}")),
            Some(field) => Some(format!("{parent}.{field}")),
            None => Some(parent.to_owned()),
        };
        self
    }

    /// True if the caller has to change something; false if trying again is right.
    pub fn is_callers(&self) -> bool {
        self.status().is_client_error()
    }

    fn status(&self) -> StatusCode {
        match self.code {
            Code::InvalidArgument => StatusCode::BAD_REQUEST,
            Code::Unauthenticated => StatusCode::UNAUTHORIZED,
            Code::PermissionDenied => StatusCode::FORBIDDEN,
            Code::NotFound => StatusCode::NOT_FOUND,
            Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Code::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Code::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Code::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, code) = (self.status(), self.code);
        let mut response = (status, Json(ErrorBody { error: self })).into_response();
        let headers = response.headers_mut();
        match code {
            Code::Unavailable => headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5")),
            Code::Unauthenticated => headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
            _ => None,
        };
        response
    }
}

impl From<ApiError> for tonic::Status {
    fn from(error: ApiError) -> Self {
        let code = match error.code {
            Code::InvalidArgument | Code::UnsupportedMediaType => tonic::Code::InvalidArgument,
            Code::Unauthenticated => tonic::Code::Unauthenticated,
            Code::PermissionDenied => tonic::Code::PermissionDenied,
            Code::NotFound => tonic::Code::NotFound,
            Code::MethodNotAllowed => tonic::Code::Unimplemented,
            Code::RequestTimeout => tonic::Code::DeadlineExceeded,
            Code::PayloadTooLarge => tonic::Code::OutOfRange,
            Code::Unavailable => tonic::Code::Unavailable,
            Code::Internal => tonic::Code::Internal,
        };
        let message = match error.field {
            Some(field) => format!("{field}: {}", error.message),
            None => error.message,
        };
        Self::new(code, message)
    }
}

/// A panic is a defect of ours, so its text goes to the log and not to the caller.
fn defect(panic: &(dyn Any + Send)) -> ApiError {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = text.unwrap_or("unknown"), "a request handler panicked");
    ApiError::new(Code::Internal, "the connector failed; the log has the details")
}

/// Turns a panic behind a REST route into the error shape.
pub fn rest_panic(panic: Box<dyn Any + Send>) -> Response {
    defect(&*panic).into_response()
}

/// Turns a panic behind a gRPC method into a status.
pub fn grpc_panic(panic: Box<dyn Any + Send>) -> axum::http::Response<tonic::body::Body> {
    tonic::Status::from(defect(&*panic)).into_http()
}
