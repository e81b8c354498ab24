//! What is billed and paid.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{
    billing::BillDraft,
    payment::{Application, PaymentDraft},
};

/// What the policy is asked about.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BillingQuestion {
    /// The brand.
    pub brand: String,
    /// Internal id of the order's currency.
    pub currency: String,
}

/// An Invoice or Cash Sale to be made.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateBill {
    /// The brand.
    pub brand: String,
    /// Internal id of the Sales Order.
    pub sales_order_id: String,
    /// The bill.
    pub draft: BillDraft,
    /// When NetSuite was last asked for the key and had nothing.
    pub looked_at: Timestamp,
    /// Was the run reset?
    pub after_reset: bool,
}

/// A customer payment to be made.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreatePayment {
    /// The brand.
    pub brand: String,
    /// Shopify's numeric id of the order.
    pub order: String,
    /// The payment.
    pub draft: PaymentDraft,
    /// When NetSuite was last asked for the key and had nothing.
    pub looked_at: Timestamp,
    /// Was the run reset?
    pub after_reset: bool,
}

/// What a payment is to pay besides.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApplyPayment {
    /// The brand.
    pub brand: String,
    /// Internal id of the payment.
    pub payment_id: String,
    /// What it pays.
    pub apply: Vec<Application>,
}
