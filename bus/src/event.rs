use serde_json::{Value, json};
use workflows::{
    domain::input::{self, InvalidInput, OrderInput, Record, RecordInput},
    event::{Event, EventKind},
    ids,
};

use crate::run::fields_of;

/// The record that an event or an input is about.
pub(crate) struct Subject {
    pub(crate) workflow: &'static str,
    pub(crate) brand: String,
    pub(crate) key: String,
    pub(crate) documents: Vec<String>,
    pub(crate) input: Value,
    pub(crate) content: Option<String>,
}

/// Can it be published? Tells before anything is sent.
pub fn check(event: &Event) -> Result<(), InvalidInput> {
    Subject::of_event(event).map(drop)
}

impl Subject {
    /// The record that an event is about.
    pub(crate) fn of_event(event: &Event) -> Result<Self, InvalidInput> {
        let mut fields = json!({ "brand": event.brand });
        for (name, id) in [
            ("orderId", &event.order_id),
            ("salesOrderId", &event.sales_order_id),
            ("dclOrderNumber", &event.dcl_order_number),
            ("transactionId", &event.transaction_id),
            ("dclPoNumber", &event.dcl_po_number),
        ] {
            if let Some(id) = id {
                fields[name] = id.clone();
            }
        }
        let workflow = event.kind.agent();
        let mut subject = match workflow == ids::SHOPIFY_TO_NETSUITE {
            true => Self::of_order_event(event, fields)?,
            false => {
                let record = RecordInput::parse(&fields, &fields_of(workflow)[..1])?.record;
                let expected = || InvalidInput::new(fields_of(workflow)[0], "an event names its record by id");
                Self::of_record(workflow, &event.brand, record).ok_or_else(expected)?
            }
        };
        subject.documents.extend(event.related.iter().cloned());
        Ok(subject)
    }

    fn of_order_event(event: &Event, mut fields: Value) -> Result<Self, InvalidInput> {
        if let Some(order) = &event.order {
            if event.kind != EventKind::OrderCreated {
                return Err(InvalidInput::new("order", "only an OrderCreated carries the order itself"));
            }
            fields["order"] = order.clone();
        }
        Self::of(&event.brand, OrderInput::parse(&fields)?.subject)?
            .ok_or_else(|| InvalidInput::new("orderId", "an event names its order by number or GID, not by its name"))
    }

    /// The record of any agent but the first. None: a name or number that only the vendor can resolve.
    pub(crate) fn of_record(workflow: &'static str, brand: &str, record: Record) -> Option<Self> {
        let by_order = fields_of(workflow)[0] == "orderId";
        let (field, key, document) = match record {
            Record::SalesOrder(id) if !by_order => {
                let document = format!("netsuite:salesOrder:{id}");
                ("salesOrderId", id, document)
            }
            Record::DclOrder(number) => {
                let document = format!("dcl:order:{number}");
                ("dclOrderNumber", number, document)
            }
            Record::Transaction(id) => {
                let document = format!("netsuite:transaction:{id}");
                ("transactionId", id, document)
            }
            Record::DclPo(number) => {
                let document = format!("dcl:purchaseOrder:{number}");
                ("dclPoNumber", number, document)
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
        let subject = Subject::of_event(&event).unwrap();
        assert_eq!((subject.key.as_str(), subject.documents[0].as_str()), ("450789469", "shopify:order:450789469"));
        let shipped =
            Subject::of_event(&Event::about_dcl_order(EventKind::ShipmentConfirmed, "acme", "SO1002")).unwrap();
        assert_eq!(shipped.workflow_id(), "dclTrackingUpdateWorkflow:acme:SO1002");
        let received = Event::about_dcl_po(EventKind::PurchaseReceived, "acme", "182759");
        assert_eq!(Subject::of_event(&received).unwrap().workflow_id(), "dclPoReceiptWorkflow:acme:182759");
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
            (json!({"type": "PurchaseReleased", "brand": "acme", "transactionId": "PO1001"}), "transactionId"),
            (json!({"type": "PurchaseReceived", "brand": "acme", "dclPoNumber": "PO1"}), "dclPoNumber"),
        ] {
            let event: Event = serde_json::from_value(event).unwrap();
            assert_eq!(Subject::of_event(&event).err().unwrap().field, field);
        }
        assert!(serde_json::from_value::<Event>(json!({"type": "Nonsense", "brand": "acme"})).is_err());
    }
}
