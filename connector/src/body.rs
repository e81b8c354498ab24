//! Reading requests: bounded, in time, and with the wrong field named.

use std::time::Duration;

use axum::{
    extract::{FromRequest, FromRequestParts, Path, Request, rejection::BytesRejection},
    http::{HeaderMap, header, request::Parts},
};
use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::error::{ApiError, Code};

const ARRIVES_WITHIN: Duration = Duration::from_secs(10);

/// The exact bytes of the body, up to the configured limit.
pub struct Raw(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for Raw {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        match tokio::time::timeout(ARRIVES_WITHIN, Bytes::from_request(request, state)).await {
            Ok(Ok(bytes)) => Ok(Self(bytes)),
            Ok(Err(rejection)) => Err(unreadable(&rejection)),
            Err(_) => Err(ApiError::new(
                Code::RequestTimeout,
                format!("the body did not arrive within {} s", ARRIVES_WITHIN.as_secs()),
            )),
        }
    }
}

fn unreadable(rejection: &BytesRejection) -> ApiError {
    match rejection.status() {
        axum::http::StatusCode::PAYLOAD_TOO_LARGE => {
            ApiError::new(Code::PayloadTooLarge, "the body is larger than the configured connector.max_body")
        }
        _ => ApiError::new(Code::InvalidArgument, "the body could not be read to its end"),
    }
}

/// The variable segment of a path.
pub struct Segment(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(segment)) => Ok(Self(segment)),
            Err(rejection) => Err(ApiError::invalid("path", rejection.body_text())),
        }
    }
}

/// Refuses a body that does not say that it is JSON.
pub fn must_be_json(headers: &HeaderMap) -> Result<(), ApiError> {
    let value = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let mime = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if mime == "application/json" || (mime.starts_with("application/") && mime.ends_with("+json")) {
        return Ok(());
    }
    Err(ApiError {
        code: Code::UnsupportedMediaType,
        message: "content-type: application/json expected".to_owned(),
        field: Some("content-type".to_owned()),
    })
}

/// Reads a JSON object. The error names the path of the field that is wrong.
pub fn object<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    // Serde would take a list, too, as the fields in their order.
    match bytes.trim_ascii_start().first() {
        Some(b'{') => json(bytes),
        _ => Err(ApiError::new(Code::InvalidArgument, "a JSON object expected")),
    }
}

/// Reads any JSON. The error names the path of the field that is wrong.
pub fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|e| {
        let path = e.path().to_string();
        let message = e.into_inner().to_string();
        match path.as_str() {
            "." | "?" => ApiError::new(Code::InvalidArgument, message),
            _ => ApiError::invalid(path, message),
        }
    })?;
    deserializer.end().map_err(|e| ApiError::new(Code::InvalidArgument, e.to_string()))?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Outer {
        #[serde(rename = "inner")]
        _inner: Vec<u32>,
    }

    #[test]
    fn the_wrong_field_is_named() {
        let error = json::<Outer>(br#"{"inner":[1,"two"]}"#).unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (Code::InvalidArgument, Some("inner[1]")));
    }

    #[test]
    fn absurd_json_is_refused() {
        let deep = "[".repeat(100_000);
        for text in ["", "{", "nul", "[1,2] x", "1e999", &deep, "\u{feff}{}", "[[1]]"] {
            let error = object::<Outer>(text.as_bytes()).unwrap_err();
            assert_eq!((error.code, error.field), (Code::InvalidArgument, None), "{text:.20}");
        }
        let deep = format!("{{\"a\":{deep}");
        assert_eq!(json::<serde_json::Value>(deep.as_bytes()).unwrap_err().code, Code::InvalidArgument);
    }

    #[test]
    fn only_json_is_json() {
        let with = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, value.parse().unwrap());
            must_be_json(&headers)
        };
        assert!(with("application/json; charset=utf-8").is_ok());
        assert!(with("application/cloudevents+json").is_ok());
        assert!(with("text/plain").is_err());
        assert!(must_be_json(&HeaderMap::new()).is_err());
    }
}
