//! What a Shopify topic means, and where its body names the order.

use std::num::NonZeroU64;

use bus::EventKind;
use serde::Deserialize;

use crate::{body, error::ApiError};

/// What a delivery says about an order.
#[derive(Debug, PartialEq, Eq)]
pub struct Fact {
    /// The event's type.
    pub kind: EventKind,
    /// Shopify's numeric order id.
    pub order: u64,
    /// The order's tags, of the topics that may be an echo of our own write.
    pub tags: String,
}

/// Where a topic's body holds the order's id.
#[derive(Debug, Clone, Copy)]
enum At {
    /// The body is the order.
    Id,
    /// The body is something of the order.
    OrderId,
    /// The body is an edit.
    OrderEdit,
}

const TOPICS: [(&str, EventKind, At); 8] = [
    ("orders/create", EventKind::OrderCreated, At::Id),
    ("orders/paid", EventKind::OrderPaid, At::Id),
    ("orders/updated", EventKind::OrderUpdated, At::Id),
    ("orders/cancelled", EventKind::OrderCancelled, At::Id),
    ("orders/edited", EventKind::OrderEdited, At::OrderEdit),
    ("orders/risk_assessment_changed", EventKind::OrderRiskAssessed, At::OrderId),
    ("order_transactions/create", EventKind::OrderTransactionCreated, At::OrderId),
    ("refunds/create", EventKind::OrderRefunded, At::OrderId),
];

/// The topic as one of a fixed number of words, for labels.
pub fn label(topic: &str) -> &'static str {
    TOPICS.iter().find(|(name, ..)| *name == topic).map_or("other", |(name, ..)| name)
}

/// Reads what the delivery says; `None` for a topic that no agent wants.
pub fn fact(topic: &str, body: &[u8]) -> Result<Option<Fact>, ApiError> {
    let Some((_, kind, at)) = TOPICS.iter().find(|(name, ..)| *name == topic) else { return Ok(None) };
    let (field, order, tags) = match at {
        At::Id => {
            let order: OrderBody = body::object(body)?;
            ("id", order.id, order.tags.unwrap_or_default())
        }
        At::OrderId => ("order_id", body::object::<PartBody>(body)?.order_id, String::new()),
        At::OrderEdit => {
            let edit = body::object::<EditBody>(body)?.order_edit;
            ("order_edit.order_id", edit.and_then(|e| e.order_id), String::new())
        }
    };
    let order = order.ok_or_else(|| ApiError::invalid(field, "is required: the order's numeric id"))?;
    Ok(Some(Fact { kind: *kind, order: order.get(), tags }))
}

/// True for the `orders/updated` that our own tag caused: to publish it would wake a finished order for nothing.
pub fn is_echo(fact: &Fact, sent_tag: &str) -> bool {
    fact.kind == EventKind::OrderUpdated && fact.tags.split(',').any(|tag| tag.trim().eq_ignore_ascii_case(sent_tag))
}

#[derive(Deserialize)]
struct OrderBody {
    id: Option<NonZeroU64>,
    tags: Option<String>,
}

#[derive(Deserialize)]
struct PartBody {
    order_id: Option<NonZeroU64>,
}

#[derive(Deserialize)]
struct EditBody {
    order_edit: Option<PartBody>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    #[test]
    fn every_topic_names_its_order() {
        let order = r#"{"id":450789469,"tags":"vip, b2b","note":"\u0000"}"#;
        let part = r#"{"id":1068278462,"order_id":450789469}"#;
        let edit = r#"{"order_edit":{"id":78912328793,"order_id":450789469,"line_items":{"additions":[]}}}"#;
        for (topic, body, kind) in [
            ("orders/create", order, EventKind::OrderCreated),
            ("orders/paid", order, EventKind::OrderPaid),
            ("orders/updated", order, EventKind::OrderUpdated),
            ("orders/cancelled", order, EventKind::OrderCancelled),
            ("orders/edited", edit, EventKind::OrderEdited),
            ("orders/risk_assessment_changed", part, EventKind::OrderRiskAssessed),
            ("order_transactions/create", part, EventKind::OrderTransactionCreated),
            ("refunds/create", part, EventKind::OrderRefunded),
        ] {
            let fact = fact(topic, body.as_bytes()).unwrap().unwrap();
            assert_eq!((fact.kind, fact.order), (kind, 450_789_469), "{topic}");
        }
    }

    #[test]
    fn an_id_beyond_2_to_the_53_keeps_its_digits() {
        let fact = fact("orders/create", br#"{"id":820982911946154508}"#).unwrap().unwrap();
        assert_eq!(fact.order, 820_982_911_946_154_508);
    }

    #[test]
    fn other_topics_are_nobodys_business() {
        assert_eq!(fact("products/update", b"not even JSON").unwrap(), None);
        assert_eq!(label("products/update"), "other");
        assert_eq!(label("orders/paid"), "orders/paid");
    }

    #[test]
    fn malformed_ids_are_named() {
        for (topic, body, field) in [
            ("orders/create", "{}", "id"),
            ("orders/create", r#"{"id":null}"#, "id"),
            ("orders/create", r#"{"id":"450789469"}"#, "id"),
            ("orders/create", r#"{"id":-1}"#, "id"),
            ("orders/create", r#"{"id":0}"#, "id"),
            ("orders/create", r#"{"id":1.5}"#, "id"),
            ("orders/create", r#"{"id":99999999999999999999999}"#, "id"),
            ("orders/updated", r#"{"id":1,"tags":["a"]}"#, "tags"),
            ("refunds/create", r#"{"id":1}"#, "order_id"),
            ("orders/edited", r#"{"order_edit":{}}"#, "order_edit.order_id"),
            ("orders/edited", r#"{"order_id":1}"#, "order_edit.order_id"),
            ("orders/edited", r#"{"order_edit":{"order_id":[]}}"#, "order_edit.order_id"),
        ] {
            let error = fact(topic, body.as_bytes()).unwrap_err();
            assert_eq!((error.code, error.field.as_deref()), (Code::InvalidArgument, Some(field)), "{body}");
        }
        assert!(fact("orders/create", b"[1,2,3").is_err());
        assert!(fact("orders/create", "[".repeat(1 << 20).as_bytes()).is_err());
    }

    #[test]
    fn our_own_tag_is_recognised() {
        let updated = |tags: &str| Fact { kind: EventKind::OrderUpdated, order: 1, tags: tags.to_owned() };
        assert!(is_echo(&updated("a, SENT_TO_NS"), "SENT_TO_NS"));
        assert!(is_echo(&updated("sent_to_ns"), "SENT_TO_NS"));
        assert!(!is_echo(&updated("NOT_SENT_TO_NS, SENT_TO"), "SENT_TO_NS"));
        assert!(!is_echo(&updated(""), "SENT_TO_NS"));
        assert!(!is_echo(&Fact { kind: EventKind::OrderPaid, ..updated("SENT_TO_NS") }, "SENT_TO_NS"));
    }
}
