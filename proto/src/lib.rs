#![doc = include_str!("../README.md")]

/// Messages, client and server of package `stateset.v1`; documented in the .proto files.
#[allow(missing_docs, unused_qualifications)]
pub mod v1 {
    tonic::include_proto!("stateset.v1");
}

/// The compiled .proto files with their comments, for gRPC reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

#[cfg(test)]
mod tests {
    use prost::Message as _;
    use serde_json::{Value, json};

    use super::v1::Event;

    fn example() -> Value {
        serde_json::from_str(include_str!("../examples/order_created.json")).unwrap()
    }

    #[test]
    fn the_example_survives_json_and_protobuf() {
        let event: Event = serde_json::from_value(example()).unwrap();
        let again = Event::decode(event.encode_to_vec().as_slice()).unwrap();
        assert_eq!(serde_json::to_value(&again).unwrap(), example());
    }

    #[test]
    fn defaults_are_left_out() {
        let event = Event { r#type: "OrderPaid".into(), ..Default::default() };
        assert_eq!(serde_json::to_value(&event).unwrap(), json!({"type": "OrderPaid"}));
    }

    #[test]
    fn wrong_types_and_unknown_names_are_found_with_their_path() {
        for (pointer, value, path) in [
            ("/order/lines/0/quantity", json!("two"), "order.lines[0].quantity"),
            ("/order/lines/0/quantity", json!(2.5), "order.lines[0].quantity"),
            ("/order/lines/0/quantity", json!(-1), "order.lines[0].quantity"),
            ("/order/lines/0/quantity", json!(1e300), "order.lines[0].quantity"),
            ("/order/total", json!(436.17), "order.total"),
            ("/order/lines", json!({}), "order.lines"),
        ] {
            let mut event = example();
            *event.pointer_mut(pointer).unwrap() = value;
            let error = serde_path_to_error::deserialize::<_, Event>(event).unwrap_err();
            assert_eq!(error.path().to_string(), path);
        }
        let mut event = example();
        event["order"]["totalPrice"] = json!("1.00");
        let error = serde_path_to_error::deserialize::<_, Event>(event).unwrap_err();
        assert_eq!(error.path().to_string(), "order.totalPrice");
    }
}
