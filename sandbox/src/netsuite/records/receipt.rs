//! Item receipts: what came of a purchase order or of a transfer order's shipment, all of it or in parts.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::sales_order::location_fits;
use super::{Context, Key, inventory_detail, progress};
use crate::netsuite::error::{ApiError, Result};
use crate::netsuite::kinds::{self, RecordType};
use crate::netsuite::value::{Object, amount, choice, decimal, flag, number, reference, rows, text};

/// What the order hands on.
const COPIED: &[&str] = &["entity", "subsidiary", "currency", "exchangeRate", "department", "class"];

/// What a line may still take, and what it was shipped as.
struct Due<'a> {
    left: Decimal,
    shipped: Option<&'a Object>,
}

/// A receipt's fields from the order and the body of the transform.
pub(super) fn of_order(
    ctx: &Context<'_>,
    from: &RecordType,
    (id, order): (i64, &Object),
    fields: Object,
) -> Result<Object> {
    let shipment = match from.name {
        "purchaseOrder" => {
            progress::must_be_one(from, order, &["B", "D", "E"])?;
            None
        }
        _ => {
            progress::must_be_one(from, order, &["E", "F"])?;
            Some(shipment(ctx, id, &fields)?)
        }
    };
    let lines = lines(ctx, from, order, shipment.as_ref(), &fields)?;
    let mut record = Object::new();
    for name in COPIED {
        if let Some(value) = order.get(*name) {
            record.insert((*name).to_owned(), value.clone());
        }
    }
    record.extend(fields);
    record.insert("item".to_owned(), json!({ "items": lines }));
    Ok(record)
}

/// The fulfillment that a transfer's receipt names: one of this order that has shipped, and not later. The texts are
/// inferred.
fn shipment(ctx: &Context<'_>, order: i64, fields: &Object) -> Result<Object> {
    let id = reference(fields, "itemFulfillment");
    let id = id.ok_or_else(|| ApiError::missing("Item Fulfillment", "itemFulfillment"))?;
    let found = ctx.store.get("itemFulfillment", id)?.unwrap_or_default();
    if reference(&found, "createdFrom") != Some(order) || choice(&found, "shipStatus") != Some("C") {
        return Err(ApiError::bad_reference("itemFulfillment", &json!(id.to_string())));
    }
    let day = |of: &Object| text(of, "tranDate").map(str::to_owned);
    if day(fields) < day(&found) {
        return Err(ApiError::user(format!(
            "The receipt cannot be dated before {}, which ships it on {}.",
            text(&found, "tranId").unwrap_or_default(),
            day(&found).unwrap_or_default()
        )));
    }
    Ok(found)
}

fn lines(
    ctx: &Context<'_>,
    from: &RecordType,
    order: &Object,
    shipment: Option<&Object>,
    fields: &Object,
) -> Result<Vec<Value>> {
    let sent = rows(fields, "item");
    let named = progress::by_order_line(order, &sent)?;
    let home = reference(order, "subsidiary").unwrap_or_default();
    let shipped: BTreeMap<i64, &Object> = shipment.map(|of| by_line(of)).unwrap_or_default();
    let mut lines = Vec::new();
    for ordered in rows(order, "item") {
        let line_number = ordered.get("line").and_then(Value::as_i64).unwrap_or_default();
        let given = named.get(&line_number).copied();
        let index = given.map_or(lines.len(), |(index, _)| index);
        let due = due(ordered, shipment.is_some(), shipped.get(&line_number).copied());
        let Some(quantity) = quantity(ctx, from, &due, given)? else {
            continue;
        };
        let mut line = given.map(|(_, given)| given.clone()).unwrap_or_default();
        let path = format!("item.items[{index}].location");
        place(ctx, &mut line, [fields, ordered, order], from, home, &path)?;
        let item = reference(ordered, "item").unwrap_or_default();
        inventory_detail::receive(ctx, &mut line, item, quantity, index, due.shipped)?;
        for name in ["item", "description", "units"] {
            if let Some(value) = ordered.get(name) {
                line.entry(name).or_insert_with(|| value.clone());
            }
        }
        line.insert("orderLine".to_owned(), json!(line_number));
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

/// A document's lines by the order's line.
fn by_line(of: &Object) -> BTreeMap<i64, &Object> {
    rows(of, "item").into_iter().filter_map(|line| Some((line.get("orderLine")?.as_i64()?, line))).collect()
}

fn due<'a>(ordered: &Object, transfer: bool, shipped: Option<&'a Object>) -> Due<'a> {
    let left = match (transfer, shipped) {
        (true, Some(shipped)) => amount(shipped, "quantity") - amount(shipped, "_received"),
        (true, None) => Decimal::ZERO,
        (false, _) if flag(ordered, "isClosed") => Decimal::ZERO,
        (false, _) => amount(ordered, "quantity") - amount(ordered, "quantityReceived"),
    };
    Due { left: left.max(Decimal::ZERO), shipped }
}

/// How much of a line comes now; none if it stays out. A line that is not listed comes in full.
fn quantity(
    ctx: &Context<'_>,
    from: &RecordType,
    due: &Due<'_>,
    given: Option<(usize, &Object)>,
) -> Result<Option<Decimal>> {
    let Some((index, given)) = given else {
        return Ok((!due.left.is_zero()).then_some(due.left));
    };
    if given.contains_key("itemReceive") && !flag(given, "itemReceive") {
        return Ok(None);
    }
    let wanted = given.get("quantity").and_then(decimal).unwrap_or(due.left);
    let over = wanted > due.left && !(ctx.switches.receive_overage && from.name == "purchaseOrder");
    if wanted < Decimal::ZERO || over {
        return Err(ApiError::user(format!(
            "The quantity {wanted} of item.items[{index}] is more than the {} that remain to be received.",
            due.left
        )));
    }
    Ok((!wanted.is_zero()).then_some(wanted))
}

/// Where a line's goods go: a transfer's to its own destination, a purchase's where the line, the receipt or the order
/// says.
fn place(
    ctx: &Context<'_>,
    line: &mut Object,
    sources: [&Object; 3],
    from: &RecordType,
    home: i64,
    path: &str,
) -> Result<()> {
    let [fields, ordered, order] = sources;
    if from.name == "transferOrder" {
        let there = order.get("transferLocation").cloned().unwrap_or_default();
        let elsewhere = [&*line, fields].into_iter().find_map(|of| of.get("location").filter(|at| **at != there));
        if let Some(elsewhere) = elsewhere.filter(|at| !at.is_null()) {
            return Err(ApiError::bad_reference(path, elsewhere));
        }
        line.insert("location".to_owned(), there);
        return Ok(());
    }
    let place = [&*line, fields, ordered, order]
        .into_iter()
        .find_map(|object| object.get("location").filter(|location| !location.is_null()));
    let place = place.cloned().ok_or_else(|| ApiError::missing("Location", path))?;
    line.insert("location".to_owned(), place);
    location_fits(ctx, line, home, path)
}

/// Counts a new receipt on its order and its shipment, or takes a deleted one back.
pub(super) fn book(ctx: &Context<'_>, receipt: &Object, sign: Decimal) -> Result<()> {
    let Some(id) = reference(receipt, "createdFrom") else {
        return Ok(());
    };
    let by_line = by_line(receipt);
    for line in by_line.values() {
        if let (Some(item), Some(location)) = (reference(line, "item"), reference(line, "location")) {
            ctx.receive(item, location, sign * amount(line, "quantity"))?;
        }
    }
    let found = ctx.store.transaction(&Key::Internal(id))?;
    let Some(kind) = found.and_then(|(store, _)| kinds::find(store)) else {
        return Ok(());
    };
    let mut order = ctx.store.get(kind.store, id)?.unwrap_or_default();
    count(&mut order, "line", "quantityReceived", &by_line, sign);
    ctx.order_moved(kind, id, order)?;
    let Some(shipment) = reference(receipt, "itemFulfillment") else {
        return Ok(());
    };
    let mut shipped = ctx.store.get("itemFulfillment", shipment)?.unwrap_or_default();
    count(&mut shipped, "orderLine", "_received", &by_line, sign);
    ctx.store.put(kinds::find("itemFulfillment").ok_or_else(ApiError::other_transaction)?, shipment, &shipped)
}

/// Adds what a receipt holds to the lines of a document that it names by `key`.
fn count(document: &mut Object, key: &str, counter: &str, received: &BTreeMap<i64, &Object>, sign: Decimal) {
    for line in progress::lines_mut(document, "item") {
        let line_number = line.get(key).and_then(Value::as_i64).unwrap_or_default();
        if let Some(receipt) = received.get(&line_number) {
            progress::add(line, counter, sign * amount(receipt, "quantity"));
        }
    }
}

/// What may not be changed once the receipt is made (inferred, and kept simple here).
pub(super) fn may_change(before: &Object, fields: &Object) -> Result<()> {
    for name in ["item", "entity", "subsidiary", "createdFrom", "itemFulfillment"] {
        if fields.get(name).is_some_and(|value| before.get(name) != Some(value)) {
            return Err(ApiError::user(format!(
                "The field {name} of {} cannot be changed, delete the receipt instead.",
                text(before, "tranId").unwrap_or_default()
            )));
        }
    }
    Ok(())
}
