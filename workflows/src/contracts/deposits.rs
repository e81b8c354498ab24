//! What agent 9 does with money that comes before there is an Invoice.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::payment::{DepositApplication, PaymentDraft};

/// A customer deposit to be made.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateDeposit {
    /// The brand.
    pub brand: String,
    /// Shopify's numeric id of the order.
    pub order: String,
    /// Internal id of the Sales Order.
    pub sales_order_id: String,
    /// The deposit.
    pub draft: PaymentDraft,
    /// When NetSuite was last asked for the key and had nothing.
    pub looked_at: Timestamp,
    /// Was the run reset?
    pub after_reset: bool,
}

/// What a deposit is to pay.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApplyDeposit {
    /// The brand.
    pub brand: String,
    /// The part of it.
    pub application: DepositApplication,
    /// When NetSuite was last asked for the key and had nothing.
    pub looked_at: Timestamp,
    /// Was the run reset?
    pub after_reset: bool,
}
