//! Item fulfillments: what an order ships, all of it or in parts.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::progress::{self, Progress};
use super::{Context, Key, inventory_detail, sales_order, status};
use crate::netsuite::error::{ApiError, Result};
use crate::netsuite::kinds::{self, RecordType};
use crate::netsuite::value::{Object, amount, choice, decimal, flag, id_object, number, reference, rows, text};

/// What the order hands on.
const COPIED: &[&str] = &["entity", "subsidiary", "department", "class", "shipMethod", "shippingAddress"];

const LINKED: &str =
    "This transaction cannot be deleted or unshipped because it is linked to by one or more transactions.";

/// A fulfillment's fields from the order and the body of the transform.
pub(super) fn of_order(ctx: &Context<'_>, from: &RecordType, order: &Object, fields: Object) -> Result<Object> {
    progress::must_be_one(
        from,
        order,
        &[status::PENDING_FULFILLMENT, status::PARTIALLY_FULFILLED, status::PENDING_BILLING_PARTIALLY_FULFILLED],
    )?;
    let lines = lines(ctx, order, &fields)?;
    let mut record = Object::new();
    for name in COPIED {
        if let Some(value) = order.get(*name) {
            record.insert((*name).to_owned(), value.clone());
        }
    }
    record.extend(fields);
    record.insert("item".to_owned(), json!({ "items": lines }));
    // Inferred: with "Pick, Pack and Ship" a new fulfillment is picked unless it says otherwise.
    record.entry("shipStatus").or_insert_with(|| id_object("A"));
    Ok(record)
}

fn lines(ctx: &Context<'_>, order: &Object, fields: &Object) -> Result<Vec<Value>> {
    let sent = rows(fields, "item");
    let named = progress::by_order_line(order, &sent)?;
    let home = reference(order, "subsidiary").unwrap_or_default();
    let mut lines = Vec::new();
    for ordered in rows(order, "item") {
        let progress = Progress::of(ordered);
        let given = ordered.get("line").and_then(Value::as_i64).and_then(|line| named.get(&line).copied());
        if let Some((index, given)) = given
            && !progress.fulfillable
        {
            // The transform's sublist has only what can be shipped.
            let path = format!("item.items[{index}].orderLine");
            return Err(ApiError::bad_reference(&path, given.get("orderLine").unwrap_or(&Value::Null)));
        }
        let index = given.map_or(lines.len(), |(index, _)| index);
        let Some(quantity) = quantity(&progress, given)? else {
            continue;
        };
        let given = given.map(|(_, given)| given);
        let place = [given, Some(fields), Some(ordered), Some(order)]
            .into_iter()
            .flatten()
            .find_map(|object| object.get("location").filter(|location| !location.is_null()));
        let place = place.ok_or_else(|| ApiError::missing("Location", format!("item.items[{index}].location")))?;
        let mut line = given.cloned().unwrap_or_default();
        line.insert("location".to_owned(), place.clone());
        sales_order::location_fits(ctx, &line, home, &format!("item.items[{index}].location"))?;
        let item = reference(ordered, "item").unwrap_or_default();
        inventory_detail::check(ctx, &mut line, item, quantity, index)?;
        for name in ["item", "description", "units"] {
            if let Some(value) = ordered.get(name) {
                line.entry(name).or_insert_with(|| value.clone());
            }
        }
        line.insert("orderLine".to_owned(), ordered.get("line").cloned().unwrap_or_default());
        line.insert("itemType".to_owned(), json!(choice(ordered, "itemType")));
        line.insert("itemReceive".to_owned(), json!(true));
        line.insert("quantity".to_owned(), number(quantity));
        line.insert("line".to_owned(), json!(lines.len() + 1));
        line.insert("_uniqueKey".to_owned(), json!(ctx.store.next("line")?.to_string()));
        lines.push(Value::Object(line));
    }
    if lines.is_empty() {
        return Err(ApiError::user("You must enter at least one line item for this transaction."));
    }
    Ok(lines)
}

/// How much of a line ships now; none if it stays out. A line that is not listed ships in full.
fn quantity(progress: &Progress, given: Option<(usize, &Object)>) -> Result<Option<Decimal>> {
    let left = progress.to_fulfill();
    let Some((index, given)) = given else {
        return Ok((!left.is_zero()).then_some(left));
    };
    if given.contains_key("itemReceive") && !flag(given, "itemReceive") {
        return Ok(None);
    }
    let wanted = given.get("quantity").and_then(decimal).unwrap_or(left);
    if wanted < Decimal::ZERO || wanted > left {
        return Err(ApiError::user(format!(
            "The quantity {wanted} of item.items[{index}] is more than the {left} that remain to be fulfilled."
        )));
    }
    Ok((!wanted.is_zero()).then_some(wanted))
}

/// Fills in what NetSuite derives.
pub(super) fn finish(record: &mut Object) {
    if let Some(status) = choice(record, "shipStatus").map(str::to_owned) {
        if status == "C" && !record.contains_key("shippedDate") {
            let day = record.get("tranDate").cloned().unwrap_or_default();
            record.insert("shippedDate".to_owned(), day);
        }
        record.insert("status".to_owned(), id_object(&status));
    }
}

/// Moves the order and the stock on from what a fulfillment was to what it is; `None` where it is not.
pub(super) fn book(ctx: &Context<'_>, before: Option<&Object>, after: Option<&Object>, trusted: bool) -> Result<()> {
    let Some(id) = before.or(after).and_then(|record| reference(record, "createdFrom")) else {
        return Ok(());
    };
    let found = ctx.store.transaction(&Key::Internal(id))?;
    let Some(kind) = found.and_then(|(store, _)| kinds::find(store)) else {
        return Ok(());
    };
    let mut order = ctx.store.get(kind.store, id)?.unwrap_or_default();
    let mut changes = BTreeMap::<(i64, &str), Decimal>::new();
    let mut shipped = BTreeMap::<(i64, i64), Decimal>::new();
    for (record, sign) in [(before, Decimal::NEGATIVE_ONE), (after, Decimal::ONE)] {
        let Some(record) = record else { continue };
        let count = match choice(record, "shipStatus") {
            Some("C") => "quantityFulfilled",
            Some("B") => "_packed",
            _ => "_picked",
        };
        for line in rows(record, "item") {
            let key = (line.get("orderLine").and_then(Value::as_i64).unwrap_or_default(), count);
            let pieces = sign * amount(line, "quantity");
            *changes.entry(key).or_default() += pieces;
            if let (Some("C"), Some(item), Some(location)) =
                (choice(record, "shipStatus"), reference(line, "item"), reference(line, "location"))
            {
                *shipped.entry((item, location)).or_default() += pieces;
            }
        }
    }
    changes.retain(|_, change| !change.is_zero());
    shipped.retain(|_, pieces| !pieces.is_zero());
    if changes.is_empty() {
        return Ok(());
    }
    let is_received = |line: &&Object| !amount(line, "_received").is_zero();
    let received = before.is_some_and(|before| rows(before, "item").iter().any(is_received));
    if received && !trusted {
        return Err(ApiError::user(LINKED));
    }
    for line in progress::lines_mut(&mut order, "item") {
        let number = line.get("line").and_then(Value::as_i64).unwrap_or_default();
        let mut less = false;
        for count in ["quantityFulfilled", "_packed", "_picked"] {
            if let Some(change) = changes.get(&(number, count)) {
                progress::add(line, count, *change);
                less |= count == "quantityFulfilled" && *change < Decimal::ZERO;
            }
        }
        if less && !trusted && amount(line, "quantityBilled") > amount(line, "quantityFulfilled") {
            return Err(ApiError::user(LINKED));
        }
    }
    for ((item, location), pieces) in shipped {
        ctx.ship(item, location, pieces)?;
    }
    ctx.order_moved(kind, id, order)
}

/// What may not be changed once the fulfillment is made (inferred, and kept simple here).
pub(super) fn may_change(before: &Object, fields: &Object) -> Result<()> {
    for name in ["item", "entity", "subsidiary", "createdFrom"] {
        if fields.get(name).is_some_and(|value| before.get(name) != Some(value)) {
            return Err(ApiError::user(format!(
                "The field {name} of {} cannot be changed, delete the fulfillment instead.",
                text(before, "tranId").unwrap_or_default()
            )));
        }
    }
    Ok(())
}
