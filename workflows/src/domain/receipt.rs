//! What the warehouse received becomes Item Receipts, one per receipt of the warehouse's, and of a transfer one per shipment.
//!
//! DCL names items and quantities but no lines, so that they are allocated in line order, first up to what was ordered, then
//! within the policy's tolerance. A receipt may grow, and where DCL gives it no number all of a day's are one: booked is what
//! exceeds what its Item Receipts hold already. What cannot be booked is left out, with its reason.

mod allocation;
mod report;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    inbound::{Booked, InboundOrder, InboundPolicy, Surplus},
    sales_order::Problem,
};
use crate::ids;
use allocation::Allocation;
pub use report::{Difference, Reconciled, close_short, reconcile};

/// Units of one item in one receipt, as the warehouse tells them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReceivedRow {
    /// The warehouse's number of the receipt, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<String>,
    /// Its day.
    pub date: Date,
    /// Our reference, where it is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// DCL's item number.
    pub item: String,
    /// Units; below 0 where an earlier row is corrected.
    pub quantity: Decimal,
    /// Units by lot or serial number.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub numbers: BTreeMap<String, Decimal>,
}

impl ReceivedRow {
    /// What its receipt is known by: its number, or its day.
    pub fn key(&self) -> String {
        ids::receipt_token(self.receipt.as_deref().unwrap_or(&self.date.strftime("%Y%m%d").to_string()))
    }
}

/// An Item Receipt that is to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptDraft {
    /// NetSuite `externalId`.
    pub external_id: String,
    /// Its day.
    pub date: Date,
    /// Internal id of the Item Fulfillment that it receives; none for a purchase.
    pub shipment: Option<String>,
    /// What came.
    pub lines: Vec<ReceiptLine>,
    /// Open lines of which nothing came: NetSuite receives what is not listed.
    pub not_received: Vec<u32>,
}

/// One line of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptLine {
    /// The order's line.
    pub line: u32,
    /// Units.
    pub quantity: Decimal,
    /// Internal id of the location; none: the transfer's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Units by lot or serial number.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub numbers: BTreeMap<String, Decimal>,
}

/// Why goods cannot be booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Why {
    /// More came than was ordered, beyond the tolerance.
    Over,
    /// It was never ordered.
    UnknownItem,
    /// Its lot or serial numbers are missing, or not those of the transfer.
    WrongLot,
    /// Its line, or the order, is closed.
    Closed,
}

/// Goods that are not booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LeftOut {
    /// The receipt.
    pub receipt: String,
    /// DCL's item number.
    pub item: String,
    /// Units.
    pub quantity: Decimal,
    /// Why.
    pub why: Why,
}

/// What is left out of an order for good, as the order itself keeps it: units by receipt and item.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ignored(BTreeMap<String, BTreeMap<String, Decimal>>);

impl Ignored {
    /// Reads `{"R000001":{"TEE-SLATE":"5"}}`. What a person wrote there instead counts as nothing.
    pub fn parse(text: Option<&str>) -> Self {
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    /// The same with more.
    pub fn with(mut self, more: &[LeftOut]) -> Self {
        for LeftOut { receipt, item, quantity, .. } in more {
            *self.0.entry(receipt.clone()).or_default().entry(item.clone()).or_default() += *quantity;
        }
        self
    }

    /// As NetSuite's text area takes it, which is of 4,000 characters.
    pub fn text(&self) -> Result<String, Problem> {
        let text = serde_json::to_string(self).unwrap_or_default();
        let too_long = || {
            let what = "custbody_o2c_left_out: more was left out than the field holds; book or correct it in NetSuite";
            Problem::record("leftOutTooLong", what)
        };
        (text.chars().count() <= 4000).then_some(text).ok_or_else(too_long)
    }

    fn units(&self, receipt: &str, item: &str) -> Decimal {
        self.0.get(receipt).and_then(|items| items.get(item)).copied().unwrap_or_default()
    }
}

/// What is to be done about an order's receipts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// What is booked, oldest receipt first.
    pub receipts: Vec<ReceiptDraft>,
    /// What is not.
    pub left_out: Vec<LeftOut>,
    /// More came than has left the other location so far: the transfer's next shipment is waited for.
    pub waits: bool,
}

/// Everything that a plan is made of.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// The brand.
    pub brand: &'a str,
    /// DCL's number of the order.
    pub dcl_po_number: &'a str,
    /// The order.
    pub order: &'a InboundOrder,
    /// What is booked of it.
    pub booked: &'a Booked,
    /// What came.
    pub rows: &'a [ReceivedRow],
    /// The policy.
    pub policy: &'a InboundPolicy,
}

/// One receipt of the warehouse's.
struct Group {
    date: Date,
    items: BTreeMap<String, Came>,
}

/// Units of one item in it.
#[derive(Default)]
struct Came {
    quantity: Decimal,
    numbers: BTreeMap<String, Decimal>,
}

impl Situation<'_> {
    /// What is to be booked and what is to be left out.
    pub fn plan(&self) -> Result<Plan, Problem> {
        let ignored = Ignored::parse(self.order.left_out.as_deref());
        let mut allocation = Allocation::new(self);
        let mut plan = Plan::default();
        let items = self.order.lines.iter().map(|l| (l.line, self.policy.item_number(&l.sku))).collect();
        for (receipt, group) in self.groups() {
            let (parts, booked) = self.booked_of(&receipt, &items);
            let mut new = BTreeMap::new();
            for (item, came) in group.items {
                let before = booked.get(&item).copied().unwrap_or_default() + ignored.units(&receipt, &item);
                if came.quantity < before {
                    let what = format!(
                        "DCL PO {}: receipt {receipt} of {item} is {} now and was {before}; correct it in NetSuite",
                        self.dcl_po_number, came.quantity
                    );
                    return Err(Problem::record("receiptLessened", what));
                }
                if came.quantity > before {
                    // Of a receipt that grew nobody knows which numbers are the new ones.
                    let numbers = if before.is_zero() { came.numbers } else { BTreeMap::new() };
                    new.insert(item, Came { quantity: came.quantity - before, numbers });
                }
            }
            let mut drafts = allocation.book(&receipt, group.date, new, &mut plan);
            for (draft, part) in drafts.iter_mut().zip(parts + 1..) {
                draft.external_id = ids::receipt_key(self.brand, self.dcl_po_number, &receipt, part);
            }
            plan.receipts.append(&mut drafts);
        }
        Ok(plan)
    }

    /// The last day on which something came.
    pub fn last_day(&self) -> Option<Date> {
        self.rows.iter().map(|row| row.date).max()
    }

    /// The warehouse's receipts, oldest first, each with its items: the rows' own order decides nothing.
    fn groups(&self) -> Vec<(String, Group)> {
        let mut groups = BTreeMap::<String, Group>::new();
        for row in self.rows {
            let group = groups.entry(row.key()).or_insert_with(|| Group { date: row.date, items: BTreeMap::new() });
            group.date = group.date.min(row.date);
            let came = group.items.entry(row.item.clone()).or_default();
            came.quantity += row.quantity;
            for (number, units) in &row.numbers {
                *came.numbers.entry(number.clone()).or_default() += *units;
            }
        }
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_by_key(|(_, group)| group.date);
        groups
    }

    /// How many Item Receipts a receipt has, and what they hold by item.
    fn booked_of(&self, receipt: &str, of_line: &BTreeMap<u32, &str>) -> (usize, BTreeMap<String, Decimal>) {
        let mut items = BTreeMap::new();
        let mut parts = 0;
        for booked in &self.booked.receipts {
            let key = booked.external_id.as_deref();
            let Some(part) = key.and_then(|key| ids::part_of_receipt(self.brand, self.dcl_po_number, receipt, key))
            else {
                continue;
            };
            parts = parts.max(part);
            for (line, quantity) in &booked.lines {
                if let Some(item) = of_line.get(line) {
                    *items.entry((*item).to_owned()).or_default() += *quantity;
                }
            }
        }
        (parts, items)
    }
}

/// Is all that came booked, or left out for good? `booked`: units by key of their Item Receipt and DCL's item number.
pub fn is_settled(
    brand: &str,
    dcl_po_number: &str,
    rows: &[ReceivedRow],
    booked: &BTreeMap<(String, String), Decimal>,
    ignored: &Ignored,
) -> bool {
    let mut came = BTreeMap::<(String, &str), Decimal>::new();
    for row in rows {
        *came.entry((row.key(), &row.item)).or_default() += row.quantity;
    }
    came.into_iter().all(|((receipt, item), units)| {
        let of = |key: &str| ids::part_of_receipt(brand, dcl_po_number, &receipt, key).is_some();
        let there: Decimal =
            booked.iter().filter(|((key, own), _)| own == item && of(key)).map(|(_, units)| units).sum();
        units == there + ignored.units(&receipt, item)
    })
}

/// The differences that a person has to look at, in words; none if the policy says what becomes of all of them.
pub fn question(number: &str, left_out: &[LeftOut], policy: &InboundPolicy) -> Option<Problem> {
    let asked = left_out.iter().filter(|left| match left.why {
        Why::Over => policy.over == Surplus::Park,
        Why::UnknownItem => policy.unknown_item == Surplus::Park,
        Why::WrongLot => policy.wrong_lot == Surplus::Park,
        Why::Closed => true,
    });
    let said: Vec<String> = asked
        .map(|LeftOut { receipt, item, quantity, why }| {
            let why = match why {
                Why::Over => "more than was ordered",
                Why::UnknownItem => "never ordered",
                Why::WrongLot => "without the right lot or serial numbers",
                Why::Closed => "its line is closed",
            };
            format!("receipt {receipt}: {quantity} × {item}: {why}")
        })
        .collect();
    let first: Vec<&str> = said.iter().take(20).map(String::as_str).collect();
    let more = said.len().saturating_sub(first.len());
    let rest = if more > 0 { format!("; and {more} more") } else { String::new() };
    (!said.is_empty()).then(|| {
        let what =
            format!("{number}: {}{rest}; correct it in NetSuite or at DCL, or retry to leave it out", first.join("; "));
        Problem::record("receiptDiffers", what)
    })
}
