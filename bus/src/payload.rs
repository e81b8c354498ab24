//! JSON to and from Temporal's payloads, by the default converter.

use serde_json::Value;
use temporalio_common::{
    data_converters::{PayloadConverter, RawValue},
    protos::temporal::api::common::v1::Payload,
};

pub(crate) fn raw(value: &Value) -> RawValue {
    RawValue::from_value(value, &PayloadConverter::default())
}

/// For requests that bypass the SDK's own encoding.
pub(crate) fn json(value: &Value) -> Payload {
    Payload {
        metadata: [("encoding".to_owned(), b"json/plain".to_vec())].into(),
        data: value.to_string().into_bytes(),
        ..Payload::default()
    }
}
