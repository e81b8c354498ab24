use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use workflows::{
    domain::input::{self, InvalidInput, OrderInput, Record, RecordInput},
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
    /// NetSuite's internal id of the Sales Order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sales_order_id: Option<Value>,
    /// The order's number at the warehouse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dcl_order_number: Option<Value>,
    /// Further documents by which the run shall be found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<String>,
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
    /// A Sales Order may go to the warehouse.
    SalesOrderReleased,
    /// The warehouse has shipped.
    ShipmentConfirmed,
    /// Something of a Sales Order may be billed.
    SalesOrderBillable,
    /// An order has an Invoice.
    InvoiceBooked,
}

impl EventKind {
    /// The agent whose record the event is about.
    pub fn agent(self) -> &'static str {
        match self {
            Self::SalesOrderReleased => ids::NETSUITE_TO_DCL,
            Self::ShipmentConfirmed => ids::DCL_TRACKING,
            Self::SalesOrderBillable => ids::NETSUITE_INVOICE,
            Self::InvoiceBooked => ids::NETSUITE_PAYMENT,
            _ => ids::SHOPIFY_TO_NETSUITE,
        }
    }
}

/// The record that an event or an input is about.
pub(crate) struct Subject {
    pub(crate) workflow: &'static str,
    pub(crate) brand: String,
    pub(crate) key: String,
    pub(crate) documents: Vec<String>,
    pub(crate) input: Value,
    pub(crate) content: Option<String>,
}

impl Event {
    /// An event about a Shopify order.
    pub fn about(kind: EventKind, brand: &str, order_id: u64) -> Self {
        Self { order_id: Some(order_id.to_string().into()), ..Self::of(kind, brand) }
    }

    /// An event about a Sales Order.
    pub fn about_sales_order(kind: EventKind, brand: &str, id: &str) -> Self {
        Self { sales_order_id: Some(id.into()), ..Self::of(kind, brand) }
    }

    /// An event about an order at the warehouse.
    pub fn about_dcl_order(kind: EventKind, brand: &str, number: &str) -> Self {
        Self { dcl_order_number: Some(number.into()), ..Self::of(kind, brand) }
    }

    fn of(kind: EventKind, brand: &str) -> Self {
        let brand = brand.to_owned();
        Self { kind, brand, order_id: None, order: None, sales_order_id: None, dcl_order_number: None, related: vec![] }
    }

    /// Can it be published? Tells before anything is sent.
    pub fn check(&self) -> Result<(), InvalidInput> {
        self.subject().map(drop)
    }

    pub(crate) fn subject(&self) -> Result<Subject, InvalidInput> {
        let mut fields = json!({ "brand": self.brand });
        for (name, id) in [
            ("orderId", &self.order_id),
            ("salesOrderId", &self.sales_order_id),
            ("dclOrderNumber", &self.dcl_order_number),
        ] {
            if let Some(id) = id {
                fields[name] = id.clone();
            }
        }
        let mut subject = self.subject_of(fields)?;
        subject.documents.extend(self.related.iter().cloned());
        Ok(subject)
    }

    fn subject_of(&self, mut fields: Value) -> Result<Subject, InvalidInput> {
        let workflow = self.kind.agent();
        if workflow != ids::SHOPIFY_TO_NETSUITE {
            let input = RecordInput::parse(&fields, &crate::run::fields_of(workflow)[..1])?;
            let expected = || InvalidInput::new(crate::run::fields_of(workflow)[0], "an event names its record by id");
            return Subject::of_record(workflow, &self.brand, input.record).ok_or_else(expected);
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
    /// The record of any agent but the first. None: a name or number that only the vendor can resolve.
    pub(crate) fn of_record(workflow: &'static str, brand: &str, record: Record) -> Option<Self> {
        let by_order = crate::run::fields_of(workflow)[0] == "orderId";
        let (field, key, document) = match record {
            Record::SalesOrder(id) if !by_order => {
                let document = format!("netsuite:salesOrder:{id}");
                ("salesOrderId", id, document)
            }
            Record::DclOrder(number) => {
                let document = format!("dcl:order:{number}");
                ("dclOrderNumber", number, document)
            }
            Record::Order(id) => ("orderId", id.to_string(), format!("shopify:order:{id}")),
            _ => return None,
        };
        let input = json!({ "brand": brand, field: key });
        Some(Self { workflow, brand: brand.to_owned(), key, documents: vec![document], input, content: None })
    }

    /// `<workflow type>:<brand>:<record key>`.
    pub(crate) fn workflow_id(&self) -> String {
        ids::workflow_id(self.workflow, &self.brand, &self.key)
    }

    /// None: an order's name, which only the shop can resolve.
    pub(crate) fn of(brand: &str, subject: input::Subject) -> Result<Option<Self>, InvalidInput> {
        let brand = brand.to_owned();
        Ok(match subject {
            input::Subject::Id(id) => Some(Self {
                workflow: ids::SHOPIFY_TO_NETSUITE,
                documents: vec![format!("shopify:order:{id}")],
                input: json!({ "brand": brand, "orderId": id.to_string() }),
                key: id.to_string(),
                brand,
                content: None,
            }),
            input::Subject::Given(order) => Some(Self {
                workflow: ids::SHOPIFY_TO_NETSUITE,
                documents: vec![format!("{}:order:{}", order.channel, order.order_id)],
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
        assert_eq!((subject.key.as_str(), subject.documents[0].as_str()), ("450789469", "shopify:order:450789469"));
        let shipped = Event::about_dcl_order(EventKind::ShipmentConfirmed, "acme", "SO1002").subject().unwrap();
        assert_eq!(shipped.workflow_id(), "dclTrackingUpdateWorkflow:acme:SO1002");
        assert_eq!(shipped.input, json!({"brand": "acme", "dclOrderNumber": "SO1002"}));

        for (event, field) in [
            (json!({"type": "OrderPaid", "brand": "acme"}), "orderId"),
            (json!({"type": "OrderPaid", "brand": "acme", "orderId": "#1001"}), "orderId"),
            (json!({"type": "OrderPaid", "brand": "A!", "orderId": 1}), "brand"),
            (json!({"type": "OrderPaid", "brand": "acme", "order": {}}), "order"),
            (json!({"type": "OrderCreated", "brand": "acme", "order": {"channel": 1}}), "order.channel"),
            (json!({"type": "SalesOrderReleased", "brand": "acme", "orderId": 1}), "orderId"),
            (json!({"type": "SalesOrderReleased", "brand": "acme", "salesOrderId": "SO1002"}), "salesOrderId"),
            (json!({"type": "ShipmentConfirmed", "brand": "acme", "dclOrderNumber": ""}), "dclOrderNumber"),
        ] {
            let event: Event = serde_json::from_value(event).unwrap();
            assert_eq!(event.subject().err().unwrap().field, field);
        }
        assert!(serde_json::from_value::<Event>(json!({"type": "Nonsense", "brand": "acme"})).is_err());
    }
}
