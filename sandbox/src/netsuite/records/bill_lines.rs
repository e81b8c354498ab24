//! Which of an order's lines a bill takes, how much of them, and for what amount.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde_json::Value;

use super::progress::{self, Progress};
use crate::netsuite::error::{ApiError, Result};
use crate::netsuite::value::{LARGEST, Object, amount, decimal, round, rows};

/// A line that is billed now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken<'a> {
    /// The order's line.
    pub(super) ordered: &'a Object,
    /// What the body says of it.
    pub(super) sent: Option<&'a Object>,
    /// None for a discount.
    pub(super) quantity: Option<Decimal>,
    pub(super) amount: Decimal,
    /// Nothing of the line is left.
    pub(super) completes: bool,
}

impl Taken<'_> {
    /// The part of something that belongs to the whole line: by quantity, a discount's by amount; the
    /// last billing takes what `done` has left, and none takes more.
    pub(super) fn share(&self, whole: Decimal, done: Decimal, digits: u32) -> Decimal {
        let left = whole - done;
        if self.completes {
            return left;
        }
        let progress = Progress::of(self.ordered);
        let part = match self.quantity {
            Some(quantity) => whole * quantity / progress.ordered,
            None if progress.amount.is_zero() => Decimal::ZERO,
            None => whole * self.amount / progress.amount,
        };
        within(round(part, digits), left)
    }
}

/// A value between nothing and what is left.
fn within(value: Decimal, left: Decimal) -> Decimal {
    value.clamp(left.min(Decimal::ZERO), left.max(Decimal::ZERO))
}

/// The lines of a bill. Those that the body does not list are taken in full.
pub(super) fn taken<'a>(order: &'a Object, fields: &'a Object, digits: u32) -> Result<Vec<Taken<'a>>> {
    let sent = rows(fields, "item");
    let named = progress::by_order_line(order, &sent)?;
    let mut lines = Vec::new();
    for ordered in rows(order, "item") {
        let given = ordered.get("line").and_then(Value::as_i64).and_then(|line| named.get(&line).copied());
        let progress = Progress::of(ordered);
        let line = if progress.counted {
            counted(ordered, &progress, given, digits)?
        } else {
            by_amount(ordered, &progress, given, digits)?
        };
        lines.extend(line);
    }
    if lines.is_empty() {
        return Err(ApiError::user("You must enter at least one line item for this transaction."));
    }
    Ok(lines)
}

fn counted<'a>(
    ordered: &'a Object,
    progress: &Progress,
    given: Option<(usize, &'a Object)>,
    digits: u32,
) -> Result<Option<Taken<'a>>> {
    let left = progress.to_bill();
    let sent = given.map(|(_, sent)| sent);
    let quantity = sent.and_then(|sent| sent.get("quantity")).and_then(decimal).unwrap_or(left);
    if quantity < Decimal::ZERO || quantity > left {
        let index = given.map_or(0, |(index, _)| index);
        return Err(ApiError::user(format!(
            "The quantity {quantity} of item.items[{index}] is more than the {left} that remain to be billed."
        )));
    }
    if quantity.is_zero() {
        return Ok(None);
    }
    let completes = progress.billed + quantity >= progress.ordered;
    let rate = sent.and_then(|sent| sent.get("rate")).and_then(decimal);
    let amount = match (sent.and_then(|sent| sent.get("amount")).and_then(decimal), rate) {
        (Some(amount), _) => round(amount, digits),
        (None, Some(rate)) => round(rate * quantity, digits),
        (None, None) if completes => progress.amount_left(),
        (None, None) => within(round(amount(ordered, "rate") * quantity, digits), progress.amount_left()),
    };
    if amount.abs() > LARGEST {
        let index = given.map_or(0, |(index, _)| index);
        return Err(ApiError::bad_value(&format!("item.items[{index}].amount")));
    }
    Ok(Some(Taken { ordered, sent, quantity: Some(quantity), amount, completes }))
}

/// A line without a quantity, such as a discount: all that is left of its amount, or a part.
fn by_amount<'a>(
    ordered: &'a Object,
    progress: &Progress,
    given: Option<(usize, &'a Object)>,
    digits: u32,
) -> Result<Option<Taken<'a>>> {
    let left = if progress.closed { Decimal::ZERO } else { progress.amount_left() };
    let number = |name: &str| given.and_then(|(_, sent)| sent.get(name)).and_then(decimal);
    let index = given.map_or(0, |(index, _)| index);
    match number("quantity") {
        Some(quantity) if quantity.is_zero() => return Ok(None),
        Some(_) => {
            return Err(ApiError::user(format!("The line item.items[{index}] has no quantity, give an amount.")));
        }
        None => {}
    }
    let amount = number("amount").map_or(left, |amount| round(amount, digits));
    if amount != within(amount, left) {
        return Err(ApiError::user(format!(
            "The amount {amount} of item.items[{index}] is more than the {left} that remain to be billed."
        )));
    }
    if amount.is_zero() {
        return Ok(None);
    }
    let sent = given.map(|(_, sent)| sent);
    Ok(Some(Taken { ordered, sent, quantity: None, amount, completes: amount == left }))
}

/// Whether nothing of the order is left once these lines are billed.
pub(super) fn completes_order(order: &Object, lines: &[Taken<'_>]) -> bool {
    let number = |line: &Object| line.get("line").and_then(Value::as_i64);
    let finishes = |line: &&Taken<'_>| {
        let progress = Progress::of(line.ordered);
        line.completes || (progress.closed && line.quantity == Some(progress.to_bill()))
    };
    let done: BTreeSet<_> = lines.iter().filter(finishes).map(|line| number(line.ordered)).collect();
    rows(order, "item").into_iter().all(|line| done.contains(&number(line)) || Progress::of(line).is_billed())
}

/// What is left of a header cost, by the order's own count of what was billed.
pub(super) fn header_left(order: &Object, name: &str, count: &str) -> Decimal {
    (amount(order, name) - amount(order, count)).max(Decimal::ZERO)
}

/// A bill's part of an amount that belongs to the whole order, by the lines' amounts.
pub(super) fn header_share(order: &Object, lines: &[Taken<'_>], whole: Decimal, left: Decimal, digits: u32) -> Decimal {
    let subtotal = amount(order, "subtotal");
    if subtotal.is_zero() || completes_order(order, lines) {
        return left;
    }
    let part: Decimal = lines.iter().map(|line| line.amount).sum();
    within(round(whole * part / subtotal, digits), left)
}
