//! Orders at the warehouse, and what became of them in NetSuite and Shopify.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{shipment::FulfillmentDraft, warehouse::WarehouseOrder};

/// An order for the warehouse.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubmitOrder {
    /// The brand.
    pub brand: String,
    /// The order.
    pub order: WarehouseOrder,
    /// Was the run reset?
    pub after_reset: bool,
}

/// The mark of a Sales Order that the warehouse has.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MarkSent {
    /// The brand.
    pub brand: String,
    /// Internal id.
    pub sales_order_id: String,
    /// The order's number at DCL.
    pub dcl_order_number: String,
}

/// An order at the warehouse.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DclOrderRef {
    /// The brand.
    pub brand: String,
    /// Its number.
    pub number: String,
}

/// An Item Fulfillment to be made.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateFulfillment {
    /// The brand.
    pub brand: String,
    /// Internal id of the Sales Order.
    pub sales_order_id: String,
    /// The fulfillment.
    pub draft: FulfillmentDraft,
    /// When NetSuite was last asked for the key and had nothing.
    pub looked_at: Timestamp,
    /// Was the run reset?
    pub after_reset: bool,
}

/// What an Item Fulfillment is to name.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkFulfillment {
    /// The brand.
    pub brand: String,
    /// Internal id of the Item Fulfillment.
    pub fulfillment_id: String,
    /// Shopify's fulfillments.
    pub shopify: Vec<u64>,
    /// Tracking numbers.
    pub tracking: Vec<String>,
}

/// How a parcel is followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tracking {
    /// The carrier, as Shopify knows it.
    pub company: Option<String>,
    /// Tracking numbers.
    pub numbers: Vec<String>,
    /// Addresses of their pages, in the same order.
    pub urls: Vec<String>,
}

/// A shipment that Shopify is to tell the customer of.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FulfillShopify {
    /// The brand.
    pub brand: String,
    /// Numeric id of the order.
    pub order_id: u64,
    /// Units by the shop's line id.
    pub lines: BTreeMap<String, u32>,
    /// How it is followed.
    pub tracking: Tracking,
    /// Shopify's fulfillments that tell of other shipments.
    #[serde(default)]
    pub others: Vec<u64>,
    /// Does Shopify write to the customer?
    pub notify: bool,
    /// Was the run reset?
    pub after_reset: bool,
}

/// Tracking numbers that changed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateTracking {
    /// The brand.
    pub brand: String,
    /// Shopify's fulfillments.
    pub fulfillments: Vec<u64>,
    /// How they are followed now.
    pub tracking: Tracking,
    /// Does Shopify write to the customer?
    pub notify: bool,
}
