//! Purchase orders and transfer orders: what they must have, what they derive, and what their state forbids.

use rust_decimal::Decimal;
use serde_json::json;

use super::progress;
use super::sales_order::{digits, location_fits};
use super::{Context, links, status};
use crate::netsuite::error::{ApiError, Result};
use crate::netsuite::kinds::{self, RecordType};
use crate::netsuite::totals;
use crate::netsuite::value::{
    LARGEST, Object, amount, choice, decimal, flag, id_object, number, reference, rows, text,
};

/// What was received or shipped of a line, whichever is more.
fn taken(line: &Object) -> Decimal {
    let shipped = amount(line, "quantityFulfilled") + amount(line, "_picked") + amount(line, "_packed");
    amount(line, "quantityReceived").max(shipped).max(amount(line, "quantityBilled"))
}

/// Checks what the order's state forbids, before a change. The texts are inferred.
pub(super) fn may_change(before: &Object, fields: &Object, replace: &[String]) -> Result<()> {
    let begun = rows(before, "item").into_iter().any(|line| !taken(line).is_zero());
    let replaces = replace.iter().any(|name| name.eq_ignore_ascii_case("item"));
    if begun && replaces && fields.contains_key("item") {
        return Err(ApiError::user("You cannot delete a line of this order because it has been received or shipped."));
    }
    for name in ["approvalStatus", "orderStatus", "transferLocation", "entity", "subsidiary"] {
        if begun && fields.get(name).is_some_and(|value| before.get(name) != Some(value)) {
            return Err(ApiError::user(format!(
                "The field {name} of {} cannot be changed: goods of it are on their way or received.",
                text(before, "tranId").unwrap_or_default()
            )));
        }
    }
    for (index, line) in rows(fields, "item").into_iter().enumerate() {
        let same = |old: &&Object| line.contains_key("line") && old.get("line") == line.get("line");
        let Some(old) = rows(before, "item").into_iter().find(same) else {
            continue;
        };
        let too_few = line.contains_key("quantity") && amount(line, "quantity") < taken(old);
        let other_item = line.contains_key("item") && line.get("item") != old.get("item");
        if !taken(old).is_zero() && (too_few || other_item) {
            return Err(ApiError::user(format!(
                "Line {index} of the request changes what has been received or shipped already."
            )));
        }
    }
    Ok(())
}

/// An order of which goods came or left stays.
pub(super) fn may_go(ctx: &Context<'_>, id: i64, order: &Object) -> Result<()> {
    let begun = rows(order, "item").into_iter().any(|line| !taken(line).is_zero());
    if begun || links::leads_on(ctx.store, id)? {
        return Err(ApiError::user(
            "This transaction cannot be deleted because it is linked to by one or more transactions.",
        ));
    }
    Ok(())
}

/// Checks an order and fills in what NetSuite derives: defaults, amounts, status.
pub(super) fn finish(ctx: &Context<'_>, kind: &RecordType, order: &mut Object) -> Result<()> {
    let home = match kind.name {
        "purchaseOrder" => home_of_purchase(ctx, order)?,
        _ => home_of_transfer(ctx, order)?,
    };
    order.insert("subsidiary".to_owned(), id_object(&home.to_string()));
    location_fits(ctx, order, home, "location")?;
    if rows(order, "item").is_empty() {
        return Err(ApiError::user("You must enter at least one line item for this transaction."));
    }
    let today = ctx.now.strftime("%Y-%m-%d").to_string();
    // Inferred: both wait for an approval unless they are created with one.
    let (approval, pending) = match kind.name {
        "purchaseOrder" => ("approvalStatus", id_object("1")),
        _ => ("orderStatus", id_object(status::PENDING_APPROVAL)),
    };
    for (name, value) in
        [("tranDate", json!(today)), ("currency", id_object("1")), ("exchangeRate", json!(1)), (approval, pending)]
    {
        order.entry(name).or_insert(value);
    }
    let digits = digits(ctx, reference(order, "currency"))?;
    let mut total = Decimal::ZERO;
    for (index, line) in progress::lines_mut(order, "item").enumerate() {
        total += finish_line(ctx, kind, line, home, digits, index)?;
    }
    order.insert("total".to_owned(), number(total));
    order.insert("status".to_owned(), id_object(status::of(kind, order)));
    Ok(())
}

fn home_of_purchase(ctx: &Context<'_>, order: &Object) -> Result<i64> {
    let entity = reference(order, "entity").ok_or_else(|| ApiError::missing("Vendor", "entity"))?;
    let vendor = ctx.store.get("vendor", entity)?.unwrap_or_default();
    if flag(&vendor, "isInactive") {
        return Err(ApiError::bad_reference("entity", &json!(entity.to_string())));
    }
    // A vendor may be shared between subsidiaries; the order says for which one it is.
    Ok(reference(order, "subsidiary").or_else(|| reference(&vendor, "subsidiary")).unwrap_or(1))
}

fn home_of_transfer(ctx: &Context<'_>, order: &Object) -> Result<i64> {
    let from = reference(order, "location").ok_or_else(|| ApiError::missing("From Location", "location"))?;
    let to = reference(order, "transferLocation");
    let to = to.ok_or_else(|| ApiError::missing("To Location", "transferLocation"))?;
    let of = |location: i64| -> Result<Option<i64>> {
        Ok(reference(&ctx.store.get("location", location)?.unwrap_or_default(), "subsidiary"))
    };
    let home = reference(order, "subsidiary").or(of(from)?);
    // Between subsidiaries it would be an intercompany transfer order, another record.
    match home {
        Some(home) if to != from && of(to)? == Some(home) => Ok(home),
        _ => Err(ApiError::bad_reference("transferLocation", &json!(to.to_string()))),
    }
}

fn finish_line(
    ctx: &Context<'_>,
    kind: &RecordType,
    line: &mut Object,
    home: i64,
    digits: u32,
    index: usize,
) -> Result<Decimal> {
    let path = format!("item.items[{index}].item");
    let item = reference(line, "item").ok_or_else(|| ApiError::missing("Item", path.as_str()))?;
    let record = ctx.store.get("item", item)?.unwrap_or_default();
    let item_type = text(&record, "recordType").and_then(kinds::find).and_then(|kind| kind.item_type);
    // A kit exists only where it is sold.
    if flag(&record, "isInactive") || item_type == Some("Kit") {
        return Err(ApiError::bad_reference(&path, &json!(item.to_string())));
    }
    if kind.name == "purchaseOrder" {
        location_fits(ctx, line, home, &format!("item.items[{index}].location"))?;
    }
    let quantity = line.get("quantity").and_then(decimal).unwrap_or(Decimal::ONE);
    if quantity <= Decimal::ZERO {
        return Err(ApiError::user(format!("The quantity of line {index} must be above 0.")));
    }
    let rate = line.get("rate").and_then(decimal).unwrap_or_default();
    let total = totals::line_amount(quantity, rate, line.get("amount").and_then(decimal), digits);
    if total.abs() > LARGEST {
        return Err(ApiError::bad_value(&format!("item.items[{index}].amount")));
    }
    for (name, value) in [
        ("itemType", id_object(item_type.unwrap_or_default())),
        ("quantity", number(quantity)),
        ("rate", number(rate)),
        ("amount", number(total)),
        ("isClosed", json!(flag(line, "isClosed"))),
        // Whatever is transferred leaves one location for another.
        ("_fulfillable", json!(kind.name == "transferOrder")),
    ] {
        line.insert(name.to_owned(), value);
    }
    show(kind, line);
    Ok(total)
}

/// Sets what the API shows of a line's progress.
pub(super) fn show(kind: &RecordType, line: &mut Object) {
    if kind.name == "transferOrder" {
        progress::show(line);
    }
    for name in ["quantityReceived", "quantityBilled"] {
        let quantity = amount(line, name);
        line.insert(name.to_owned(), number(quantity));
    }
}

/// Whether the order was approved.
pub(super) fn is_approved(kind: &RecordType, order: &Object) -> bool {
    match kind.name {
        "purchaseOrder" => choice(order, "approvalStatus") == Some("2"),
        _ => choice(order, "orderStatus") == Some("B"),
    }
}
