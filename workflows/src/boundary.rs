//! What comes from outside: any number of payloads in any encoding, until it is looked at.
//!
//! The SDK fails the workflow *task*, for ever, when an input, a signal or an update does not decode. So each of them is
//! taken as it is and decoded here.

use serde_json::Value;
use temporalio_common::data_converters::{PayloadConverter, RawValue};

use crate::domain::input::InvalidInput;

/// The one JSON value that was sent; `null` where nothing was.
pub fn json(raw: &RawValue) -> Result<Value, InvalidInput> {
    let problem = |what: &str| Err(InvalidInput::new("input", what));
    match raw.payloads.as_slice() {
        [] => Ok(Value::Null),
        [payload] => match payload.metadata.get("encoding").map(Vec::as_slice) {
            None | Some(b"binary/null") => Ok(Value::Null),
            Some(b"json/plain") => match serde_json::from_slice(&payload.data) {
                Ok(value) => Ok(value),
                Err(error) => problem(&format!("not JSON: {error}")),
            },
            Some(_) => problem("one JSON value expected, encoded as json/plain"),
        },
        several => problem(&format!("one JSON value expected, {} were given", several.len())),
    }
}

/// JSON as the boundary takes it.
pub fn raw(value: &Value) -> RawValue {
    RawValue::from_value(value, &PayloadConverter::default())
}

#[cfg(test)]
mod tests {
    use serde_json::json as value;

    use super::*;

    #[test]
    fn nothing_several_and_nonsense() {
        let sent = |value: &Value| raw(value).payloads.remove(0);
        assert_eq!(json(&RawValue::new(vec![])), Ok(Value::Null));
        assert_eq!(json(&raw(&value!({"orderId": 1}))), Ok(value!({"orderId": 1})));
        assert!(json(&RawValue::new(vec![sent(&value!(1)), sent(&value!(2))])).is_err());
        let mut broken = sent(&value!(1));
        broken.data = b"{".to_vec();
        assert!(json(&RawValue::new(vec![broken.clone()])).unwrap_err().problem.starts_with("not JSON"));
        broken.metadata.insert("encoding".into(), b"binary/protobuf".to_vec());
        assert!(json(&RawValue::new(vec![broken])).is_err());
    }
}
