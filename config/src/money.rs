//! How what was shipped is billed, and how settled money is booked.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;

/// How what was shipped is billed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Billing {
    /// One bill per fulfillment, or one when everything is shipped.
    pub when: BillingTime,
    /// Cash Sales instead of Invoices: where their money goes.
    pub cash_sale: Option<Tender>,
    /// The tag that says "billed".
    pub invoiced_tag: String,
}

impl Default for Billing {
    fn default() -> Self {
        Self { when: BillingTime::default(), cash_sale: None, invoiced_tag: "INVOICED".to_owned() }
    }
}

/// When an order is billed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BillingTime {
    /// One bill for each Item Fulfillment.
    #[default]
    PerFulfillment,
    /// One bill when everything is shipped.
    Complete,
}

/// How settled money is booked.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Payments {
    /// Shopify's gateway (`shopify_payments`, `gift_card`, …) to where its money goes.
    pub methods: BTreeMap<String, Tender>,
    /// For every other gateway.
    pub default_method: Option<Tender>,
    /// So much more or less than the order, in major units, is left as it is; more waits for a person.
    pub tolerance: Decimal,
    /// From when on a transaction counts.
    pub settled: Settled,
    /// What becomes of money that settles before there is an Invoice.
    pub ahead: Ahead,
}

/// What becomes of money that settles before there is an Invoice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Ahead {
    /// It waits for the Invoice, and becomes a customer payment of it.
    #[default]
    Wait,
    /// It becomes a customer deposit of the Sales Order at once, which is applied to the Invoices as they come. Not for brands
    /// on Cash Sales, which are paid by themselves.
    Deposit,
}

/// From when on a transaction counts as settled. A refund counts at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Settled {
    /// Once it is captured, or sold.
    #[default]
    Captured,
    /// Once Shopify Payments has paid it out to the bank; needs the scope `read_shopify_payments_payouts`. Money of every
    /// other gateway (`gift_card`, PayPal, manual methods, …) never passes through such a payout: it counts once captured.
    PaidOut,
}

impl Default for Payments {
    fn default() -> Self {
        Self {
            methods: BTreeMap::new(),
            default_method: None,
            tolerance: Decimal::new(5, 2),
            settled: Settled::default(),
            ahead: Ahead::default(),
        }
    }
}

/// Where money goes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tender {
    /// Internal id of the payment method.
    pub method: Option<String>,
    /// Internal id of the account; default: undeposited funds.
    pub account: Option<String>,
}
