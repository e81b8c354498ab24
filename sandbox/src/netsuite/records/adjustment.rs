//! Inventory adjustments: somebody counted. Made through the control API.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::Context;
use super::status::is_stocked;
use crate::netsuite::error::{ApiError, Result};
use crate::netsuite::kinds;
use crate::netsuite::value::{Object, amount, reference, rows, text};

/// Moves stock from what an adjustment was to what it is; `None` where it is not. Every line names an item that is stocked and a
/// location.
pub(super) fn book(ctx: &Context<'_>, before: Option<&Object>, after: Option<&Object>) -> Result<()> {
    let mut changes = BTreeMap::<(i64, i64), Decimal>::new();
    for (record, sign) in [(before, Decimal::NEGATIVE_ONE), (after, Decimal::ONE)] {
        let Some(record) = record else { continue };
        for (index, line) in rows(record, "inventory").into_iter().enumerate() {
            let path = |name: &str| format!("inventory.items[{index}].{name}");
            let item = reference(line, "item").ok_or_else(|| ApiError::missing("Item", path("item")))?;
            let place = reference(line, "location").ok_or_else(|| ApiError::missing("Location", path("location")))?;
            known(ctx, item, place, &path)?;
            *changes.entry((item, place)).or_default() += sign * amount(line, "adjustQtyBy");
        }
    }
    for ((item, location), quantity) in changes {
        ctx.receive(item, location, quantity)?;
    }
    Ok(())
}

fn known(ctx: &Context<'_>, item: i64, location: i64, path: &dyn Fn(&str) -> String) -> Result<()> {
    let record = ctx.store.get("item", item)?.unwrap_or_default();
    let kind = text(&record, "recordType").and_then(kinds::find).and_then(|kind| kind.item_type);
    if !kind.is_some_and(is_stocked) {
        return Err(ApiError::bad_reference(&path("item"), &item.to_string().into()));
    }
    if !ctx.store.exists("location", location)? {
        return Err(ApiError::bad_reference(&path("location"), &location.to_string().into()));
    }
    Ok(())
}
