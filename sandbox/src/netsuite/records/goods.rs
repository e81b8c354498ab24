//! Goods that came in, by item and location.

use rusqlite::{OptionalExtension as _, params};
use rust_decimal::Decimal;

use super::Context;
use crate::netsuite::error::Result;
use crate::netsuite::store::Store;

/// Puts goods on the shelf of a location; a negative quantity takes them back.
pub(super) fn receive(ctx: &Context<'_>, item: i64, location: i64, quantity: Decimal) -> Result<()> {
    let sum = received(ctx.store, item, location)? + quantity;
    ctx.store.db.prepare_cached("REPLACE INTO _goods VALUES (?1, ?2, ?3)")?.execute(params![
        item,
        location,
        sum.normalize().to_string()
    ])?;
    Ok(())
}

/// What receipts have brought of an item to a location.
pub(crate) fn received(store: &Store, item: i64, location: i64) -> Result<Decimal> {
    let sum: Option<String> = store
        .db
        .prepare_cached("SELECT received FROM _goods WHERE item = ?1 AND location = ?2")?
        .query_row(params![item, location], |row| row.get(0))
        .optional()?;
    Ok(sum.and_then(|sum| sum.parse().ok()).unwrap_or_default())
}
