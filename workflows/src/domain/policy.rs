//! The slice of a brand's policy that one order needs. An activity reads it, so that a run's history shows what it ran under.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::order::{Order, Tax};

/// How tax reaches NetSuite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TaxStyle {
    /// SuiteTax with the shop's amounts as overrides.
    SuiteTaxOverride,
    /// One line of a tax item per tax.
    TaxLine,
    /// Legacy tax: a code and a rate on every line.
    TaxCode,
    /// No tax is booked.
    None,
}

/// Where a tax goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaxTarget {
    /// Internal id of the tax code.
    pub code: String,
    /// Internal id of the tax type, with SuiteTax.
    pub tax_type: Option<String>,
}

/// What the policy of a brand says about one order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// Orders before this moment are not ours.
    pub go_live: Timestamp,
    /// Internal id of the subsidiary.
    pub subsidiary: String,
    /// Internal id of the form.
    pub form: Option<String>,
    /// Internal id of the location.
    pub location: Option<String>,
    /// Internal id of the class.
    pub class: Option<String>,
    /// Internal id of the department.
    pub department: Option<String>,
    /// Internal id of the customer for orders with neither customer nor e-mail.
    pub default_customer: Option<String>,
    /// Internal id of the order's currency; none if the brand does not book it.
    pub currency: Option<String>,
    /// How tax is booked.
    pub tax_style: TaxStyle,
    /// Largest difference that a rounding line may close, in major units.
    pub rounding_limit: Decimal,
    /// Are test orders booked?
    pub allow_test_orders: bool,
    /// Financial states in which an order is booked.
    pub payment_states: BTreeSet<String>,
    /// Does a high risk wait for a decision?
    pub hold_high_risk: bool,
    /// Release the Sales Order once it is verified?
    pub release: bool,
    /// How long an order may wait.
    #[serde(with = "seconds")]
    pub wait_limit: Duration,
    /// The tag that says "sent".
    pub sent_tag: String,
    /// Items by mapping key, for this order's lines only.
    pub items: BTreeMap<String, String>,
    /// Tax targets by title, for this order's taxes only.
    pub taxes: BTreeMap<String, TaxTarget>,
    /// For every other tax.
    pub catch_all_tax: Option<TaxTarget>,
    /// For lines without tax.
    pub exempt_tax: Option<TaxTarget>,
    /// Internal id of the shipping item, for this order's shipping line.
    pub ship_method: Option<String>,
    /// Items for what is not merchandise.
    pub special: SpecialItems,
    /// Has the brand an agent that goes on from here?
    #[serde(default)]
    pub hands_over: bool,
    /// Is the agent that books money to be told of every Sales Order? It then takes deposits.
    #[serde(default)]
    pub deposits: bool,
}

/// Internal ids of the items for what is not merchandise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SpecialItems {
    /// Discounts.
    pub discount: Option<String>,
    /// Shipping.
    pub shipping: Option<String>,
    /// Tips.
    pub tip: Option<String>,
    /// Tax, with the style `taxLine`.
    pub tax: Option<String>,
    /// Rounding.
    pub rounding: Option<String>,
    /// Gift cards sold.
    pub gift_card: Option<String>,
    /// Duties and additional fees.
    pub duty: Option<String>,
}

/// What the policy is asked about: the order's own values, nothing else.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyQuestion {
    /// The brand.
    pub brand: String,
    /// ISO code of the order's currency.
    pub currency: String,
    /// Mapping keys of its lines.
    pub items: BTreeSet<String>,
    /// Titles of its taxes.
    pub taxes: BTreeSet<String>,
    /// Codes and titles of its shipping lines, in order.
    pub ship_methods: Vec<String>,
}

impl PolicyQuestion {
    /// What to ask for this order.
    pub fn about(brand: &str, order: &Order) -> Self {
        let titles = |taxes: &[Tax]| taxes.iter().map(|t| t.title.clone()).collect::<Vec<_>>();
        Self {
            brand: brand.to_owned(),
            currency: order.currency.clone(),
            items: order.lines.iter().flat_map(|l| l.mapping_keys()).collect(),
            taxes: order
                .lines
                .iter()
                .flat_map(|l| titles(&l.taxes))
                .chain(order.shipping_lines.iter().flat_map(|s| titles(&s.taxes)))
                .chain(titles(&order.taxes))
                .collect(),
            ship_methods: order
                .shipping_lines
                .iter()
                .flat_map(|s| s.code.iter().chain([&s.title]).cloned().collect::<Vec<_>>())
                .collect(),
        }
    }
}

impl Policy {
    /// Does the order bear the tag that says "sent"? Shopify's tags ignore case.
    pub fn is_sent(&self, tags: &[String]) -> bool {
        tags.iter().any(|tag| tag.eq_ignore_ascii_case(&self.sent_tag))
    }

    /// The target of a tax, and whether it is only the catch-all.
    pub fn tax_target(&self, title: &str) -> Option<(&TaxTarget, bool)> {
        match self.taxes.get(title) {
            Some(target) => Some((target, false)),
            None => self.catch_all_tax.as_ref().map(|target| (target, true)),
        }
    }
}

mod seconds {
    use super::*;
    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(duration.as_secs())
    }
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_secs)
    }
}
