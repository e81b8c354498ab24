//! What was done with an order's line: picked, shipped, billed, and what is left.
//!
//! The line itself keeps count: `quantityFulfilled` and `quantityBilled`, and under names that the
//! API does not show `_picked` and `_packed` (in fulfillments that have not shipped) and
//! `_amountBilled`.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Context, inbound, status};
use crate::netsuite::error::{ApiError, Result};
use crate::netsuite::kinds::RecordType;
use crate::netsuite::stock;
use crate::netsuite::value::{Object, amount, choice, flag, id_object, number, rows, text};

/// The state of one line.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Progress {
    /// Discounts have no quantity, they are billed by their amount.
    pub(super) counted: bool,
    pub(super) fulfillable: bool,
    pub(super) closed: bool,
    pub(super) ordered: Decimal,
    /// Shipped.
    pub(super) fulfilled: Decimal,
    /// In fulfillments that are picked or packed.
    pub(super) underway: Decimal,
    pub(super) billed: Decimal,
    pub(super) amount: Decimal,
    pub(super) amount_billed: Decimal,
}

impl Progress {
    pub(super) fn of(line: &Object) -> Progress {
        let ordered = amount(line, "quantity");
        Progress {
            counted: !ordered.is_zero(),
            fulfillable: flag(line, "_fulfillable"),
            closed: flag(line, "isClosed"),
            ordered,
            fulfilled: amount(line, "quantityFulfilled"),
            underway: amount(line, "_picked") + amount(line, "_packed"),
            billed: amount(line, "quantityBilled"),
            amount: amount(line, "amount"),
            amount_billed: amount(line, "_amountBilled"),
        }
    }

    /// The quantity that a fulfillment may still take.
    pub(super) fn to_fulfill(self) -> Decimal {
        if self.closed || !self.fulfillable {
            return Decimal::ZERO;
        }
        (self.ordered - self.fulfilled - self.underway).max(Decimal::ZERO)
    }

    /// The quantity that a bill may still take: what was shipped, or ordered of what never ships.
    pub(super) fn to_bill(self) -> Decimal {
        let due = match (self.fulfillable, self.closed) {
            (true, _) => self.fulfilled,
            (false, false) => self.ordered,
            (false, true) => Decimal::ZERO,
        };
        (due - self.billed).max(Decimal::ZERO)
    }

    /// The amount that was not billed yet.
    pub(super) fn amount_left(&self) -> Decimal {
        self.amount - self.amount_billed
    }

    pub(super) fn is_fulfilled(&self) -> bool {
        !self.fulfillable || self.closed || self.fulfilled >= self.ordered
    }

    pub(super) fn is_billed(&self) -> bool {
        match (self.counted, self.closed) {
            (false, closed) => closed || self.amount_left().is_zero(),
            (true, true) => !self.fulfillable || self.billed >= self.fulfilled,
            (true, false) => self.billed >= self.ordered,
        }
    }

    /// Something was done that the line must not undercut.
    pub(super) fn is_begun(&self) -> bool {
        self.taken() > Decimal::ZERO || !self.amount_billed.is_zero()
    }

    /// The quantity that fulfillments and bills hold.
    pub(super) fn taken(&self) -> Decimal {
        (self.fulfilled + self.underway).max(self.billed)
    }
}

/// Sets what the API shows of a line's progress.
pub(super) fn show(line: &mut Object) {
    let fulfilled = amount(line, "quantityFulfilled");
    let packed = fulfilled + amount(line, "_packed");
    for (name, quantity) in [
        ("quantityFulfilled", fulfilled),
        ("quantityPacked", packed),
        ("quantityPicked", packed + amount(line, "_picked")),
        ("quantityBilled", amount(line, "quantityBilled")),
    ] {
        line.insert(name.to_owned(), number(quantity));
    }
}

/// Adds to a number of a record or a line.
pub(super) fn add(object: &mut Object, name: &str, value: Decimal) {
    if !value.is_zero() || object.contains_key(name) {
        let sum = amount(object, name) + value;
        object.insert(name.to_owned(), number(sum));
    }
}

/// The lines of a record, to be changed.
pub(super) fn lines_mut<'a>(record: &'a mut Object, sublist: &str) -> impl Iterator<Item = &'a mut Object> {
    let rows = record.get_mut(sublist).and_then(|sublist| sublist.get_mut("items")).and_then(Value::as_array_mut);
    rows.into_iter().flatten().filter_map(Value::as_object_mut)
}

impl Context<'_> {
    /// Stores an order whose lines have moved on.
    /// Stores an order whose lines have moved on.
    pub(crate) fn order_moved(&self, kind: &RecordType, id: i64, mut order: Object) -> Result<()> {
        for line in lines_mut(&mut order, "item") {
            if kind.is_inbound() { inbound::show(kind, line) } else { show(line) }
        }
        order.insert("status".to_owned(), id_object(status::of(kind, &order)));
        self.stamp(id, &mut order);
        if !kind.is_inbound() {
            stock::settle(self, id, &mut order, None)?;
        }
        self.save(kind, id, &order)
    }
}

/// Whether an order in this state may be taken further. The text is inferred.
pub(super) fn must_be(order: &Object, allowed: &[&str]) -> Result<()> {
    must_be_one(super::sales_order_type()?, order, allowed)
}

/// The same of any kind of order.
pub(super) fn must_be_one(kind: &RecordType, order: &Object, allowed: &[&str]) -> Result<()> {
    let letter = choice(order, "status").unwrap_or_default();
    if allowed.contains(&letter) {
        return Ok(());
    }
    let number = text(order, "tranId").unwrap_or_default();
    let own_type = kind.transaction_type().unwrap_or_default();
    let (what, name) = (status::type_name(own_type), status::status_name(own_type, letter));
    Err(ApiError::user(format!("The transaction cannot be made: {what} {number} is {name}.")))
}

/// A sent line names its order line once, and one that exists. Answers which sent line is for which.
pub(super) fn by_order_line<'a>(order: &Object, sent: &[&'a Object]) -> Result<BTreeMap<i64, (usize, &'a Object)>> {
    let known: BTreeSet<i64> =
        rows(order, "item").iter().filter_map(|line| line.get("line").and_then(Value::as_i64)).collect();
    let mut named = BTreeMap::new();
    for (index, line) in sent.iter().enumerate() {
        let path = format!("item.items[{index}].orderLine");
        let number = line
            .get("orderLine")
            .and_then(Value::as_i64)
            .ok_or_else(|| ApiError::missing("Order Line", path.as_str()))?;
        if !known.contains(&number) || named.insert(number, (index, *line)).is_some() {
            return Err(ApiError::bad_reference(&path, &json!(number)));
        }
    }
    Ok(named)
}
