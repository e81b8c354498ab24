//! Lot and serial numbers of a fulfillment's or a receipt's line.

use rusqlite::{OptionalExtension as _, params};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::Context;
use crate::netsuite::error::{ApiError, Result};
use crate::netsuite::kinds;
use crate::netsuite::value::{Object, amount, flag, id_object, reference, rows, text};

/// Checks a line's inventory detail against its item and quantity; numbers that are given as text
/// become references. The texts are inferred.
pub(super) fn check(ctx: &Context<'_>, line: &mut Object, item: i64, quantity: Decimal, index: usize) -> Result<()> {
    each(ctx, line, item, quantity, index, |assigned, place| number(ctx, assigned, item, place))
}

/// The same of goods that come in. A number that a purchase brings may be new; a transfer brings what was `shipped`.
pub(super) fn receive(
    ctx: &Context<'_>,
    line: &mut Object,
    item: i64,
    quantity: Decimal,
    index: usize,
    shipped: Option<&Object>,
) -> Result<()> {
    each(ctx, line, item, quantity, index, |assigned, place| {
        let field = "receiptInventoryNumber";
        let name = text(assigned, field);
        let name = name.ok_or_else(|| ApiError::missing("Serial/Lot Number", format!("{place}.{field}")))?;
        let known = find(ctx, name, item)?;
        match (known, shipped) {
            (Some(id), None) => Ok(id),
            (None, None) => create(ctx, name, item),
            (Some(id), Some(shipped)) if ships(shipped, id) => Ok(id),
            (_, Some(_)) => Err(ApiError::bad_reference(&format!("{place}.{field}"), &json!(name))),
        }
    })
}

/// Whether a fulfillment's line has this number.
fn ships(shipped: &Object, id: i64) -> bool {
    let detail = shipped.get("inventoryDetail").and_then(Value::as_object);
    let assigned = detail.map(|detail| rows(detail, "inventoryAssignment")).unwrap_or_default();
    assigned.iter().any(|assigned| reference(assigned, "issueInventoryNumber") == Some(id))
}

fn create(ctx: &Context<'_>, name: &str, item: i64) -> Result<i64> {
    let kind = kinds::find("inventoryNumber").ok_or_else(ApiError::other_transaction)?;
    let id = ctx.store.next(kind.scope)?;
    let body = json!({ "id": id.to_string(), "inventoryNumber": name, "item": { "id": item.to_string() } });
    ctx.store.put(kind, id, body.as_object().unwrap_or(&Object::new()))?;
    Ok(id)
}

fn each(
    ctx: &Context<'_>,
    line: &mut Object,
    item: i64,
    quantity: Decimal,
    index: usize,
    number: impl Fn(&Object, &str) -> Result<i64>,
) -> Result<()> {
    let record = ctx.store.get("item", item)?.unwrap_or_default();
    let (lots, serials) = (flag(&record, "isLotItem"), flag(&record, "isSerialItem"));
    if !lots && !serials {
        return Ok(());
    }
    let path = format!("item.items[{index}].inventoryDetail");
    let name = text(&record, "itemId").unwrap_or_default().to_owned();
    let missing = || ApiError::user(format!("Please configure the inventory detail for this line: {name}."));
    let detail = line.get_mut("inventoryDetail").and_then(Value::as_object_mut).ok_or_else(missing)?;
    if rows(detail, "inventoryAssignment").is_empty() {
        return Err(missing());
    }
    let mut total = Decimal::ZERO;
    for (at, assigned) in super::progress::lines_mut(detail, "inventoryAssignment").enumerate() {
        let place = format!("{path}.inventoryAssignment.items[{at}]");
        let number = number(assigned, &place)?;
        let part = amount(assigned, "quantity");
        if part <= Decimal::ZERO || (serials && part != Decimal::ONE) {
            return Err(ApiError::user(format!("The quantity of inventory number {at} of {name} is not valid.")));
        }
        assigned.insert("issueInventoryNumber".to_owned(), id_object(&number.to_string()));
        total += part;
    }
    if total != quantity {
        return Err(ApiError::user(format!(
            "The total inventory detail quantity must be {quantity} for {name}, it is {total}."
        )));
    }
    Ok(())
}

/// The number that an assignment names, by reference or by its text.
fn number(ctx: &Context<'_>, assigned: &Object, item: i64, path: &str) -> Result<i64> {
    if let Some(id) = reference(assigned, "issueInventoryNumber") {
        let number = ctx.store.get("inventoryNumber", id)?.unwrap_or_default();
        let fits = reference(&number, "item") == Some(item);
        return fits
            .then_some(id)
            .ok_or_else(|| ApiError::bad_reference(&format!("{path}.issueInventoryNumber"), &json!(id.to_string())));
    }
    let Some(name) = text(assigned, "receiptInventoryNumber") else {
        return Err(ApiError::missing("Serial/Lot Number", format!("{path}.issueInventoryNumber")));
    };
    let found = find(ctx, name, item)?;
    found.ok_or_else(|| ApiError::bad_reference(&format!("{path}.receiptInventoryNumber"), &json!(name)))
}

/// An item's number by its text.
fn find(ctx: &Context<'_>, name: &str, item: i64) -> Result<Option<i64>> {
    Ok(ctx
        .store
        .db
        .prepare_cached(
            "SELECT id FROM _document WHERE store = 'inventoryNumber'
             AND json_extract(body, '$.inventoryNumber') = ?1 AND json_extract(body, '$.item.id') = ?2",
        )?
        .query_row(params![name, item.to_string()], |row| row.get(0))
        .optional()?)
}
