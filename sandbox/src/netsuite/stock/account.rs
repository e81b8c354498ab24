//! Stock as somebody in the warehouse or a test sees and moves it.

use rusqlite::OptionalExtension as _;
use rust_decimal::Decimal;
use serde_json::json;

use super::Stock;
use crate::netsuite::error::{ApiError, Result};
use crate::netsuite::records::Context;
use crate::netsuite::{Account, kinds, normalise};

impl Account {
    /// The internal id of the item of this name (`itemId`), the lowest where several have it.
    pub fn item_id(&self, sku: &str) -> Option<i64> {
        self.with(|ctx| {
            let mut select = ctx.store.db.prepare_cached("SELECT MIN(id) FROM item WHERE itemid = ?1").ok()?;
            select.query_row([sku], |row| row.get(0)).optional().ok()?.flatten()
        })
    }

    /// The figures of an item at a location, by internal ids; none where it has no stock of its own.
    pub fn stock(&self, item: i64, location: i64) -> Option<Stock> {
        self.with(|ctx| {
            let mut row = ctx.store.db.prepare_cached("SELECT 1 FROM _stock WHERE item = ?1 AND location = ?2").ok()?;
            if row.exists([item, location]).ok()? { ctx.stock(item, location).ok() } else { None }
        })
    }

    /// Books an inventory adjustment of `by` pieces, whose lines a query for what changed finds, and answers
    /// its internal id. What comes in is committed to orders that wait. The error is NetSuite's text.
    pub fn adjust_stock(&self, item: i64, location: i64, by: Decimal) -> std::result::Result<i64, String> {
        let booked = self.write(|ctx| adjust(ctx, item, location, by));
        self.booked("adjust stock", item, location, by, booked)
    }

    /// Books the adjustment that makes the quantity on hand `on_hand`. The error is NetSuite's text.
    pub fn set_stock(&self, item: i64, location: i64, on_hand: Decimal) -> std::result::Result<i64, String> {
        let booked = self.write(|ctx| {
            let by = on_hand - ctx.stock(item, location)?.on_hand;
            adjust(ctx, item, location, by)
        });
        self.booked("set stock", item, location, on_hand, booked)
    }

    /// Adds differences to the figures of an item that is stocked, without a transaction of their own: what
    /// is on order or in transit. The error says that there is no such stock.
    pub fn move_stock(&self, item: i64, location: i64, by: &Stock) -> std::result::Result<(), String> {
        if self.stock(item, location).is_none() {
            return Err(format!("there is no stock of item {item} at location {location}"));
        }
        self.write(|ctx| ctx.move_stock(item, location, by)).map_err(|error| error.detail)
    }

    fn booked(
        &self,
        operation: &str,
        item: i64,
        location: i64,
        quantity: Decimal,
        booked: Result<i64>,
    ) -> std::result::Result<i64, String> {
        let body = json!({"item": item, "location": location, "quantity": quantity});
        let (record, outcome) = match &booked {
            Ok(id) => (Some(format!("inventoryAdjustment:{id}")), "ok".to_owned()),
            Err(error) => (None, format!("refused: {}", error.detail)),
        };
        self.note(operation, None, record.as_deref(), &outcome, &body);
        booked.map_err(|error| error.detail)
    }
}

fn adjust(ctx: &Context<'_>, item: i64, location: i64, by: Decimal) -> Result<i64> {
    let kind = kinds::find("inventoryAdjustment").ok_or_else(ApiError::other_transaction)?;
    let line = json!({
        "item": {"id": item.to_string()}, "location": {"id": location.to_string()},
        "adjustQtyBy": crate::netsuite::value::number(by),
    });
    let today = ctx.now.strftime("%Y-%m-%d").to_string();
    let body = json!({"tranDate": today, "inventory": {"items": [line]}});
    let body = body.as_object().cloned().unwrap_or_default();
    ctx.create(kind, &body, None, normalise::Rules::trusted())
}
