use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use workflows::{
    domain::input::{self, InvalidInput, OrderInput},
    ids,
};

/// A normalised fact from outside. JSON: `{"type":"OrderPaid","brand":"acme","orderId":"450789469"}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Event {
    /// What happened.
    #[serde(rename = "type")]
    pub kind: EventKind,
    /// Whose store.
    pub brand: String,
    /// The Shopify order, as a number or GID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<Value>,
    /// The order itself, where its channel cannot be read again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Value>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum EventKind {
    OrderCreated,
    OrderPaid,
    OrderUpdated,
    OrderEdited,
    OrderCancelled,
    OrderRefunded,
    OrderRiskAssessed,
    OrderTransactionCreated,
}

/// The record that an event or an input is about.
pub(crate) struct Subject {
    pub(crate) brand: String,
    pub(crate) key: String,
    pub(crate) document: String,
    pub(crate) input: Value,
    pub(crate) content: Option<String>,
}

impl Event {
    /// An event about a Shopify order.
    pub fn about(kind: EventKind, brand: &str, order_id: u64) -> Self {
        Self { kind, brand: brand.to_owned(), order_id: Some(order_id.to_string().into()), order: None }
    }

    /// Can it be published? Tells before anything is sent.
    pub fn check(&self) -> Result<(), InvalidInput> {
        self.subject().map(drop)
    }

    pub(crate) fn subject(&self) -> Result<Subject, InvalidInput> {
        let mut fields = json!({ "brand": self.brand });
        if let Some(id) = &self.order_id {
            fields["orderId"] = id.clone();
        }
        if let Some(order) = &self.order {
            if self.kind != EventKind::OrderCreated {
                return Err(InvalidInput::new("order", "only an OrderCreated carries the order itself"));
            }
            fields["order"] = order.clone();
        }
        Subject::of(&self.brand, OrderInput::parse(&fields)?.subject)?
            .ok_or_else(|| InvalidInput::new("orderId", "an event names its order by number or GID, not by its name"))
    }
}

impl Subject {
    /// None: an order's name, which only the shop can resolve.
    pub(crate) fn of(brand: &str, subject: input::Subject) -> Result<Option<Self>, InvalidInput> {
        let brand = brand.to_owned();
        Ok(match subject {
            input::Subject::Id(id) => Some(Self {
                document: format!("shopify:order:{id}"),
                input: json!({ "brand": brand, "orderId": id.to_string() }),
                key: id.to_string(),
                brand,
                content: None,
            }),
            input::Subject::Given(order) => Some(Self {
                document: format!("{}:order:{}", order.channel, order.order_id),
                key: order.key(),
                content: Some(ids::content_hash(&order)),
                input: json!({ "brand": brand, "order": order }),
                brand,
            }),
            input::Subject::Name(_) => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_form_and_its_errors() {
        let event: Event =
            serde_json::from_value(json!({"type": "OrderPaid", "brand": "acme", "orderId": 450789469})).unwrap();
        let subject = event.subject().unwrap();
        assert_eq!((subject.key.as_str(), subject.document.as_str()), ("450789469", "shopify:order:450789469"));

        for (event, field) in [
            (json!({"type": "OrderPaid", "brand": "acme"}), "orderId"),
            (json!({"type": "OrderPaid", "brand": "acme", "orderId": "#1001"}), "orderId"),
            (json!({"type": "OrderPaid", "brand": "A!", "orderId": 1}), "brand"),
            (json!({"type": "OrderPaid", "brand": "acme", "order": {}}), "order"),
            (json!({"type": "OrderCreated", "brand": "acme", "order": {"channel": 1}}), "order.channel"),
        ] {
            let event: Event = serde_json::from_value(event).unwrap();
            assert_eq!(event.subject().err().unwrap().field, field);
        }
        assert!(serde_json::from_value::<Event>(json!({"type": "Nonsense", "brand": "acme"})).is_err());
    }
}
