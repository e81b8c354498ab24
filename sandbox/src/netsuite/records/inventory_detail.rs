//! Lot and serial numbers of a fulfillment's line.

use rusqlite::{OptionalExtension as _, params};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::Context;
use crate::netsuite::error::{ApiError, Result};
use crate::netsuite::value::{Object, amount, flag, id_object, reference, rows, text};

/// Checks a line's inventory detail against its item and quantity; numbers that are given as text
/// become references. The texts are inferred.
pub(super) fn check(ctx: &Context<'_>, line: &mut Object, item: i64, quantity: Decimal, index: usize) -> Result<()> {
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
        let number = number(ctx, assigned, item, &place)?;
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
    let found = ctx
        .store
        .db
        .prepare_cached(
            "SELECT id FROM _document WHERE store = 'inventoryNumber'
             AND json_extract(body, '$.inventoryNumber') = ?1 AND json_extract(body, '$.item.id') = ?2",
        )?
        .query_row(params![name, item.to_string()], |row| row.get(0))
        .optional()?;
    found.ok_or_else(|| ApiError::bad_reference(&format!("{path}.receiptInventoryNumber"), &json!(name)))
}
