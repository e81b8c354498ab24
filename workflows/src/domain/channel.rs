//! `OrderCreated`: an order of a channel that cannot be read again. What was published is all there is.
//!
//! The shape is documented in `proto/`; this is its JSON form, validated field by field.

use std::collections::BTreeSet;

use jiff::{Timestamp, tz::TimeZone};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    money,
    order::{Address, Buyer, Line, MAX_QUANTITY, Order, Risk, ShippingLine, Source, Tax},
};
use crate::ids;

/// The canonical order of any channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChannelOrder {
    /// `amazon`, `ebay`, `edi`, …
    pub channel: String,
    /// The channel's own number of the order.
    pub order_id: String,
    /// What people call it; default: the order id.
    pub name: Option<String>,
    /// When it was placed.
    pub created_at: Timestamp,
    /// The day it was placed where the merchant books; default: the day in UTC.
    pub date: Option<jiff::civil::Date>,
    /// ISO code of every amount below.
    pub currency: String,
    /// Are the prices gross of tax?
    #[serde(default)]
    pub taxes_included: bool,
    /// Who bought.
    #[serde(default)]
    pub customer: Buyer,
    /// Where the bill goes.
    pub billing_address: Option<Address>,
    /// Where the goods go.
    pub shipping_address: Option<Address>,
    /// What was bought; at least one.
    pub lines: Vec<ChannelLine>,
    /// What delivery costs.
    #[serde(default)]
    pub shipping_lines: Vec<ShippingLine>,
    /// Tip.
    #[serde(default)]
    pub tip: Decimal,
    /// Duties and additional fees.
    #[serde(default)]
    pub duties: Decimal,
    /// What the order costs, tax included.
    pub total: Decimal,
}

/// One line of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChannelLine {
    /// The channel's line number.
    pub id: String,
    /// SKU.
    pub sku: String,
    /// What people call it.
    #[serde(default)]
    pub title: String,
    /// Units.
    pub quantity: u32,
    /// Price of one unit before discounts.
    pub unit_price: Decimal,
    /// Every discount on the line.
    #[serde(default)]
    pub discount: Decimal,
    /// Its taxes.
    #[serde(default)]
    pub taxes: Vec<Tax>,
    /// Does it need shipping? Default: yes.
    #[serde(default = "yes")]
    pub requires_shipping: bool,
    /// Is it a gift card that is sold?
    #[serde(default)]
    pub gift_card: bool,
}

const AMOUNT: &str = "0 to 1,000,000,000,000 with at most 6 decimal places expected";
const TAX: &str = "a rate of 0 to 10 (0.06 is 6 %) and an amount of 0 or more expected";

fn is_sane_tax(tax: &Tax) -> bool {
    money::is_sane_rate(tax.rate) && money::is_sane(tax.amount) && !tax.amount.is_sign_negative()
}

fn yes() -> bool {
    true
}

impl ChannelOrder {
    /// The last part of its workflow id.
    pub fn key(&self) -> String {
        ids::channel_order_key(&self.channel, &self.order_id)
    }

    /// What is wrong with it, as `(field, problem)`.
    pub fn check(&self) -> Result<(), (String, String)> {
        let wrong = |field: &str, problem: &str| Err((field.to_owned(), problem.to_owned()));
        // No `-`: it separates channel and order id in the workflow's id.
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        if !(1..=32).contains(&self.channel.len()) || !self.channel.chars().all(plain) || self.channel == "shopify" {
            return wrong(
                "order.channel",
                "1 to 32 lower-case letters and digits expected; a Shopify order is published by its orderId",
            );
        }
        if self.order_id.trim().is_empty() || self.order_id.len() > 100 {
            return wrong("order.orderId", "1 to 100 characters expected");
        }
        if self.currency.len() != 3 || !self.currency.bytes().all(|b| b.is_ascii_uppercase()) {
            return wrong("order.currency", "an ISO 4217 code such as USD expected");
        }
        if self.total.is_sign_negative() {
            return wrong("order.total", "must not be negative");
        }
        for (field, amount) in [("order.total", self.total), ("order.tip", self.tip), ("order.duties", self.duties)] {
            if !money::is_sane(amount) || amount.is_sign_negative() {
                return wrong(field, AMOUNT);
            }
        }
        for (n, line) in self.shipping_lines.iter().enumerate() {
            if !money::is_sane(line.price) || line.price.is_sign_negative() {
                return wrong(&format!("order.shippingLines[{n}].price"), AMOUNT);
            }
            if !line.taxes.iter().all(is_sane_tax) {
                return wrong(&format!("order.shippingLines[{n}].taxes"), TAX);
            }
        }
        if self.lines.is_empty() || self.lines.len() > 1000 {
            return wrong("order.lines", "1 to 1,000 lines expected");
        }
        let mut ids = BTreeSet::new();
        for (n, line) in self.lines.iter().enumerate() {
            let field = |f: &str| format!("order.lines[{n}].{f}");
            if !(1..=100).contains(&line.id.len()) || !ids.insert(&line.id) {
                return wrong(&field("id"), "1 to 100 characters expected, unlike any other line's");
            }
            if !(1..=MAX_QUANTITY).contains(&line.quantity) {
                return wrong(&field("quantity"), "1 to 1,000,000 expected");
            }
            if line.sku.len() > 200 || line.title.len() > 1000 {
                return wrong(&field("sku"), "at most 200 characters expected, and a title of at most 1,000");
            }
            if !line.taxes.iter().all(is_sane_tax) {
                return wrong(&field("taxes"), TAX);
            }
            if !money::is_sane(line.unit_price) {
                return wrong(&field("unitPrice"), AMOUNT);
            }
            if !money::is_sane(line.discount) {
                return wrong(&field("discount"), AMOUNT);
            }
            if line.unit_price.is_sign_negative() {
                return wrong(&field("unitPrice"), "must not be negative");
            }
            if line.discount.is_sign_negative() {
                return wrong(&field("discount"), "must not be negative; a discount is given as what it takes off");
            }
        }
        Ok(())
    }

    /// The order as every agent sees it.
    pub fn order(&self) -> Order {
        let lines: Vec<Line> = self.lines.iter().map(ChannelLine::line).collect();
        let all = lines.iter().flat_map(|l| &l.taxes).chain(self.shipping_lines.iter().flat_map(|s| &s.taxes));
        let mut taxes: Vec<Tax> = vec![];
        for tax in all {
            match taxes.iter_mut().find(|t| t.title == tax.title && t.rate == tax.rate) {
                Some(same) => same.amount += tax.amount,
                None => taxes.push(tax.clone()),
            }
        }
        Order {
            key: self.key(),
            name: self.name.clone().unwrap_or_else(|| self.order_id.clone()),
            source: Source::Channel(self.channel.clone()),
            created_at: self.created_at,
            date: self.date.unwrap_or_else(|| self.created_at.to_zoned(TimeZone::UTC).date()),
            cancelled: false,
            test: false,
            tags: vec![],
            payment_state: None,
            risk: Risk::None,
            currency: self.currency.clone(),
            presentment: None,
            buyer: self.customer.clone(),
            billing: self.billing_address.clone(),
            shipping: self.shipping_address.clone(),
            gift_message: None,
            taxes_included: self.taxes_included,
            lines,
            shipping_lines: self.shipping_lines.clone(),
            tip: self.tip,
            duties: self.duties,
            total_tax: taxes.iter().map(|t| t.amount).sum(),
            taxes,
            total: self.total,
        }
    }
}

impl ChannelLine {
    fn line(&self) -> Line {
        Line {
            id: self.id.clone(),
            sku: Some(self.sku.clone()),
            variant: None,
            title: self.title.clone(),
            quantity: self.quantity,
            ordered: self.quantity,
            unit_price: self.unit_price,
            discount: self.discount,
            taxes: self.taxes.clone(),
            requires_shipping: self.requires_shipping,
            gift_card: self.gift_card,
        }
    }
}
