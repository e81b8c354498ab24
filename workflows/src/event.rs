//! Facts that the bus carries: from outside, and from one agent to the next.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids;

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
    /// NetSuite's internal id of the purchase or transfer order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<Value>,
    /// DCL's number of the purchase or transfer order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dcl_po_number: Option<Value>,
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
    /// The order of a Sales Order was cancelled in the shop.
    SalesOrderCancelled,
    /// The warehouse has shipped.
    ShipmentConfirmed,
    /// Something of a Sales Order may be billed.
    SalesOrderBillable,
    /// An order has an Invoice.
    InvoiceBooked,
    /// An order has a Sales Order: money that came first can be booked.
    SalesOrderBooked,
    /// Goods are on their way, or what was announced of them has changed.
    PurchaseReleased,
    /// The warehouse has received something, or nothing for too long.
    PurchaseReceived,
}

impl EventKind {
    /// Does it concern an agent that is done with the record, too?
    pub fn reopens(self) -> bool {
        matches!(self, Self::OrderCancelled | Self::SalesOrderCancelled)
    }

    /// The agent whose record the event is about.
    pub fn agent(self) -> &'static str {
        match self {
            Self::SalesOrderReleased | Self::SalesOrderCancelled => ids::NETSUITE_TO_DCL,
            Self::ShipmentConfirmed => ids::DCL_TRACKING,
            Self::SalesOrderBillable => ids::NETSUITE_INVOICE,
            Self::InvoiceBooked | Self::SalesOrderBooked => ids::NETSUITE_PAYMENT,
            Self::PurchaseReleased => ids::PO_NOTIFICATION,
            Self::PurchaseReceived => ids::PO_RECEIPT,
            _ => ids::SHOPIFY_TO_NETSUITE,
        }
    }
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

    /// An event about a purchase or transfer order.
    pub fn about_transaction(kind: EventKind, brand: &str, id: &str) -> Self {
        Self { transaction_id: Some(id.into()), ..Self::of(kind, brand) }
    }

    /// An event about the same order, by DCL's number.
    pub fn about_dcl_po(kind: EventKind, brand: &str, number: &str) -> Self {
        Self { dcl_po_number: Some(number.into()), ..Self::of(kind, brand) }
    }

    fn of(kind: EventKind, brand: &str) -> Self {
        Self {
            kind,
            brand: brand.to_owned(),
            order_id: None,
            order: None,
            sales_order_id: None,
            dcl_order_number: None,
            transaction_id: None,
            dcl_po_number: None,
            related: vec![],
        }
    }
}
