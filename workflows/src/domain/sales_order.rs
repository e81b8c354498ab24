//! An order becomes the draft of a NetSuite Sales Order.
//!
//! The rules, in order: each line at its current quantity and gross price, its discount directly behind it; shipping, tip, duties;
//! tax in the brand's style; a rounding line for what is left, if that is no more than the policy allows.
//! The draft's total is the order's total, or there is no draft.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    money,
    order::{Address, Line, Order, ShippingLine},
    policy::{Policy, TaxStyle},
    tax::{self, TaxDetail},
};
use crate::ids;

/// A Sales Order as it is to be written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SalesOrderDraft {
    /// NetSuite `externalId`.
    pub external_id: String,
    /// Internal id of the subsidiary.
    pub subsidiary: String,
    /// Internal id of the currency.
    pub currency: String,
    /// Internal id of the form.
    pub form: Option<String>,
    /// Internal id of the location.
    pub location: Option<String>,
    /// Internal id of the class.
    pub class: Option<String>,
    /// Internal id of the department.
    pub department: Option<String>,
    /// Transaction date.
    pub date: Date,
    /// The order's name: NetSuite's `otherRefNum`.
    pub reference: String,
    /// E-mail.
    pub email: Option<String>,
    /// NetSuite's memo, which the warehouse prints: the gift message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memo: Option<String>,
    /// Internal id of the shipping item.
    pub ship_method: Option<String>,
    /// Where the goods go.
    pub shipping: Option<Address>,
    /// Where the bill goes.
    pub billing: Option<Address>,
    /// The lines.
    pub lines: Vec<DraftLine>,
    /// SuiteTax overrides; empty in the other styles.
    pub tax_details: Vec<TaxDetail>,
    /// Does tax come from `tax_details`?
    pub tax_override: bool,
    /// Custom body fields.
    pub custom: BTreeMap<String, String>,
    /// What NetSuite must come to.
    pub total: Decimal,
    /// ISO code of the currency.
    pub currency_code: String,
}

/// One line.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DraftLine {
    /// Internal id of the item.
    pub item: String,
    /// Units; none for discounts.
    pub quantity: Option<u32>,
    /// Price of a unit.
    pub rate: Option<Decimal>,
    /// The line's amount, before tax.
    pub amount: Decimal,
    /// The shop's line id.
    pub line_id: Option<String>,
    /// Description, where the item's own is not enough.
    pub description: Option<String>,
    /// Internal id of the tax code, with legacy tax.
    pub tax_code: Option<String>,
    /// Tax rate in percent, with legacy tax.
    pub tax_rate: Option<Decimal>,
    /// Name by which a tax override refers to the line.
    pub reference: Option<String>,
}

/// Why a run stops and waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Machine-readable: `unmappedItem`, `ambiguousItem`, `totalDiffers`, …
    pub kind: String,
    /// What is wrong, with its field or identifier, and what to do.
    pub message: String,
    /// Does a changed configuration or master record solve it?
    pub configuration: bool,
}

impl Problem {
    /// Something is missing in the configuration or in the vendor's master data.
    pub fn missing(kind: &str, message: impl Into<String>) -> Self {
        Self { kind: kind.to_owned(), message: message.into(), configuration: true }
    }
    /// Several candidates where there must be one.
    pub fn ambiguous(what: &str, message: impl Into<String>) -> Self {
        let kind = format!("ambiguous{}{}", what[..1].to_uppercase(), &what[1..]);
        Self { kind, message: message.into(), configuration: true }
    }
    /// The record itself cannot be booked as it is.
    pub fn record(kind: &str, message: impl Into<String>) -> Self {
        Self { kind: kind.to_owned(), message: message.into(), configuration: false }
    }
}

/// What the look-up in NetSuite said about item names: every id that carries the name.
pub type ItemsByName = BTreeMap<String, Vec<String>>;

/// Item names that the policy's mapping leaves to NetSuite.
pub fn unmapped_names(order: &Order, policy: &Policy) -> BTreeSet<String> {
    order
        .lines
        .iter()
        .filter(|l| !l.mapping_keys().iter().any(|k| policy.items.contains_key(k)))
        .filter(|l| !(l.gift_card && policy.special.gift_card.is_some()))
        .filter_map(|l| l.sku.clone().filter(|s| !s.trim().is_empty()))
        .collect()
}

/// The draft, or why there can be none.
pub fn draft(
    brand: &str,
    order: &Order,
    policy: &Policy,
    items: &ItemsByName,
    generation: u32,
) -> Result<SalesOrderDraft, Problem> {
    if order.total.is_sign_negative() {
        let total = money::show(order.total, &order.currency);
        return Err(Problem::record("negativeTotal", format!("order {}: its total is {total}", order.name)));
    }
    let Some(currency) = policy.currency.clone() else {
        let code = &order.currency;
        return Err(Problem::missing(
            "unmappedCurrency",
            format!("currency {code} is not mapped; add orders.currencies.{code}"),
        ));
    };
    let mut sheet =
        Sheet { order, policy, digits: money::digits(&order.currency), entries: vec![], flags: BTreeSet::new() };
    sheet.merchandise(items)?;
    sheet.charges()?;
    let tax = tax::book(&mut sheet)?;
    sheet.rounding(tax.added)?;
    let tax_override = policy.tax_style == TaxStyle::SuiteTaxOverride;
    for (n, entry) in sheet.entries.iter_mut().enumerate() {
        entry.line.reference = tax_override.then(|| tax::reference(n));
    }
    let custom = custom_fields(brand, order, &sheet.flags);
    Ok(SalesOrderDraft {
        external_id: ids::sales_order_key(brand, &order.key, generation),
        subsidiary: policy.subsidiary.clone(),
        currency,
        form: policy.form.clone(),
        location: policy.location.clone(),
        class: policy.class.clone(),
        department: policy.department.clone(),
        date: order.date,
        reference: order.name.clone(),
        email: order.buyer.email.clone(),
        memo: order.gift_message.clone(),
        ship_method: policy.ship_method.clone(),
        shipping: order.shipping.clone(),
        billing: order.billing.clone(),
        lines: sheet.entries.into_iter().map(|e| e.line).collect(),
        tax_details: tax.details,
        tax_override,
        custom,
        total: order.total,
        currency_code: order.currency.clone(),
    })
}

/// The lines while they are put together.
pub(super) struct Sheet<'a> {
    pub(super) order: &'a Order,
    pub(super) policy: &'a Policy,
    pub(super) digits: u32,
    pub(super) entries: Vec<Entry<'a>>,
    pub(super) flags: BTreeSet<String>,
}

/// A line of the draft with what it stands for.
pub(super) struct Entry<'a> {
    pub(super) line: DraftLine,
    pub(super) origin: Origin<'a>,
}

/// What a line of the draft stands for.
#[derive(Clone, Copy)]
pub(super) enum Origin<'a> {
    Merchandise(&'a Line),
    /// The discount on the merchandise directly before it.
    Discount,
    Shipping(&'a ShippingLine),
    Other,
}

impl<'a> Sheet<'a> {
    fn merchandise(&mut self, items: &ItemsByName) -> Result<(), Problem> {
        let missing: Vec<String> = self
            .order
            .lines
            .iter()
            .filter(|l| self.item(l, items).is_err_and(|p| p.kind == "unmappedItem"))
            .map(|l| l.label())
            .collect();
        if !missing.is_empty() {
            return Err(Problem::missing(
                "unmappedItem",
                format!(
                    "{} is no item in NetSuite; add it to the brand's mappings.items, or create the item",
                    missing.join(", ")
                ),
            ));
        }
        for line in &self.order.lines {
            let overflow = || {
                Problem::record(
                    "invalidOrder",
                    format!("{}: quantity {} × {} overflows", line.label(), line.quantity, line.unit_price),
                )
            };
            let gross = line.unit_price.checked_mul(line.quantity.into()).ok_or_else(overflow)?;
            let discount =
                money::share(line.discount, line.quantity, line.ordered, self.digits).ok_or_else(overflow)?;
            let included =
                if self.order.taxes_included { self.line_tax(line).ok_or_else(overflow)? } else { Decimal::ZERO };
            let amount = money::round(gross, self.digits) - included;
            let goods = DraftLine {
                item: self.item(line, items)?,
                quantity: Some(line.quantity),
                rate: included.is_zero().then_some(line.unit_price),
                amount,
                line_id: Some(line.id.clone()),
                ..DraftLine::default()
            };
            self.entries.push(Entry { line: goods, origin: Origin::Merchandise(line) });
            if !discount.is_zero() {
                let item = special(&self.policy.special.discount, "discount", "a discount")?;
                let line_id = Some(line.id.clone());
                let discount = DraftLine { item, amount: -discount, line_id, ..DraftLine::default() };
                self.entries.push(Entry { line: discount, origin: Origin::Discount });
            }
        }
        Ok(())
    }

    fn charges(&mut self) -> Result<(), Problem> {
        for shipping in self.order.shipping_lines.iter().filter(|s| !s.price.is_zero()) {
            let included: Decimal =
                if self.order.taxes_included { shipping.taxes.iter().map(|t| t.amount).sum() } else { Decimal::ZERO };
            let item = special(&self.policy.special.shipping, "shipping", "shipping")?;
            let line = DraftLine {
                line_id: Some(shipping.id.clone()),
                description: Some(shipping.title.clone()),
                ..one_unit(item, shipping.price - included)
            };
            self.entries.push(Entry { line, origin: Origin::Shipping(shipping) });
        }
        if !self.order.tip.is_zero() {
            self.charge(one_unit(special(&self.policy.special.tip, "tip", "a tip")?, self.order.tip));
        }
        if !self.order.duties.is_zero() {
            self.charge(one_unit(special(&self.policy.special.duty, "duty", "duties or fees")?, self.order.duties));
        }
        Ok(())
    }

    /// Appends a line that stands for none of the order's own.
    pub(super) fn charge(&mut self, line: DraftLine) {
        self.entries.push(Entry { line, origin: Origin::Other });
    }

    /// Closes the difference between the lines with their tax and the order's total.
    fn rounding(&mut self, tax: Decimal) -> Result<(), Problem> {
        let booked: Decimal = self.entries.iter().map(|e| e.line.amount).sum::<Decimal>() + tax;
        let difference = self.order.total - booked;
        if difference.is_zero() {
            return Ok(());
        }
        if difference.abs() > self.policy.rounding_limit {
            let show = |amount| money::show(amount, &self.order.currency);
            return Err(Problem::record(
                "totalDiffers",
                format!(
                    "order {}: its lines, charges and taxes come to {}, its total is {}: {} is more than the rounding limit of {}",
                    self.order.name,
                    show(booked),
                    show(self.order.total),
                    show(difference),
                    self.policy.rounding_limit
                ),
            ));
        }
        let mut line =
            one_unit(special(&self.policy.special.rounding, "rounding", "a rounding difference")?, difference);
        if self.policy.tax_style == TaxStyle::TaxCode {
            tax::exempt(self.policy, &mut line)?;
        }
        self.charge(line);
        Ok(())
    }

    /// For the accountant who looks at the Sales Order: this tax has no mapping of its own.
    pub(super) fn flag_catch_all(&mut self, title: &str) {
        self.flags.insert(format!("tax '{title}' booked by catch-all"));
    }

    /// The tax on a line at its current quantity.
    pub(super) fn line_tax(&self, line: &Line) -> Option<Decimal> {
        line.taxes.iter().map(|t| money::share(t.amount, line.quantity, line.ordered, self.digits)).sum()
    }

    fn item(&self, line: &Line, items: &ItemsByName) -> Result<String, Problem> {
        if let Some(item) = line.mapping_keys().iter().find_map(|k| self.policy.items.get(k)) {
            return Ok(item.clone());
        }
        if let (true, Some(item)) = (line.gift_card, &self.policy.special.gift_card) {
            return Ok(item.clone());
        }
        let found = line.sku.as_ref().and_then(|sku| items.get(sku)).map(Vec::as_slice).unwrap_or_default();
        match found {
            [only] => Ok(only.clone()),
            [] => Err(Problem::missing("unmappedItem", line.label())),
            several => Err(Problem::ambiguous(
                "item",
                format!(
                    "{} is the name of several items (ids {}); map it in mappings.items",
                    line.label(),
                    several.join(", ")
                ),
            )),
        }
    }
}

/// A line of one unit.
pub(super) fn one_unit(item: String, amount: Decimal) -> DraftLine {
    DraftLine { item, quantity: Some(1), rate: Some(amount), amount, ..DraftLine::default() }
}

/// The item for something that is not merchandise, or which setting is missing.
pub(super) fn special(item: &Option<String>, setting: &str, what: &str) -> Result<String, Problem> {
    item.clone().ok_or_else(|| {
        Problem::missing("unmappedItem", format!("the order has {what}, but special_items.{setting} is not configured"))
    })
}

fn custom_fields(brand: &str, order: &Order, flags: &BTreeSet<String>) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::from([
        ("custbody_shopify_order_id".to_owned(), order.key.clone()),
        ("custbody_shopify_order_name".to_owned(), order.name.clone()),
        ("custbody_o2c_brand".to_owned(), brand.to_owned()),
    ]);
    if let Some(presentment) = &order.presentment {
        fields.insert("custbody_shopify_presentment_total".to_owned(), presentment.amount.to_string());
        fields.insert("custbody_shopify_presentment_currency".to_owned(), presentment.currency.clone());
    }
    if !flags.is_empty() {
        fields.insert("custbody_o2c_flags".to_owned(), flags.iter().map(String::as_str).collect::<Vec<_>>().join("; "));
    }
    fields
}

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;
