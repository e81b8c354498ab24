//! Stock per item and location: the one place where a figure moves.
//!
//! A figure is moved by what differs: [`Context::move_stock`] adds a [`Stock`] of differences. What is
//! built on it keeps the account's rules: [`Context::receive`] hands what came in to the orders that
//! wait for it, [`Context::ship`] knows kits and the switch for negative stock, and `commitment`
//! decides what an order holds.
//!
//! Kits have no stock of their own, their members move instead. Every inventory and assembly item has a
//! row at every location; where it was never stocked, its figures are empty (inferred).

mod account;
mod commitment;

pub(crate) use commitment::{release, settle};

use std::collections::BTreeMap;

use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension as _, params};
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive as _;
use serde_json::{Value, json};

use super::error::{ApiError, Result};
use super::records::Context;
use super::store::Store;
use super::value::number;

pub(crate) const TABLES: &str = r#"
CREATE TABLE _stock(item INTEGER NOT NULL, location INTEGER NOT NULL, onhand NUMERIC, committed NUMERIC,
    onorder NUMERIC, intransit NUMERIC, backordered NUMERIC, PRIMARY KEY(item, location)) WITHOUT ROWID;
CREATE TABLE _backorder(item INTEGER NOT NULL, location INTEGER NOT NULL, "order" INTEGER NOT NULL,
    PRIMARY KEY(item, location, "order")) WITHOUT ROWID;
CREATE INDEX _backorder_order ON _backorder("order");
CREATE VIEW aggregateitemlocation AS SELECT item, location, onhand AS quantityonhand,
    onhand - committed AS quantityavailable, committed AS quantitycommitted, onorder AS quantityonorder,
    backordered AS quantitybackordered, intransit AS quantityintransit, NULL AS preferredstocklevel
    FROM _stock;
CREATE VIEW inventoryitemlocations AS SELECT s.item AS item, s.location AS location,
    s.onhand AS quantityonhand, s.onhand - s.committed AS quantityavailable,
    s.committed AS quantitycommitted, s.onorder AS quantityonorder, s.backordered AS quantitybackordered,
    s.intransit AS quantityintransit, NULL AS preferredstocklevel
    FROM _stock s JOIN item i ON i.id = s.item
    WHERE i.itemtype = 'InvtPart' AND i.islotitem = 'F' AND i.isserialitem = 'F';
CREATE VIEW inventorybalance AS SELECT item, location, NULL AS binnumber, NULL AS inventorynumber,
    1 AS inventorystatus, onhand AS quantityonhand, onhand - committed AS quantityavailable
    FROM _stock WHERE onhand IS NOT NULL;
"#;

/// What the account has of an item at a location, or by how much that changes. In the item's stock unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stock {
    /// In the warehouse; negative where more was shipped than was booked in.
    pub on_hand: Decimal,
    /// Of it, promised to approved orders.
    pub committed: Decimal,
    /// On approved purchase and transfer orders, not received.
    pub on_order: Decimal,
    /// Shipped by another location, not received.
    pub in_transit: Decimal,
    /// Ordered by customers beyond what was available.
    pub back_ordered: Decimal,
}

impl Stock {
    /// What may still be promised.
    pub fn available(&self) -> Decimal {
        self.on_hand - self.committed
    }

    /// As the control API tells it: numbers by name.
    pub fn told(&self) -> Value {
        json!({
            "onHand": number(self.on_hand), "available": number(self.available()), "committed": number(self.committed),
            "onOrder": number(self.on_order), "inTransit": number(self.in_transit),
            "backOrdered": number(self.back_ordered),
        })
    }
}

impl Context<'_> {
    /// The figures of an item at a location, all zero where it was never stocked.
    pub(crate) fn stock(&self, item: i64, location: i64) -> Result<Stock> {
        let found = self
            .store
            .db
            .prepare_cached(
                "SELECT onhand, committed, onorder, intransit, backordered FROM _stock
                 WHERE item = ?1 AND location = ?2",
            )?
            .query_row([item, location], |row| {
                let figure = |index| row.get_ref(index).map(figure);
                Ok(Stock {
                    on_hand: figure(0)?,
                    committed: figure(1)?,
                    on_order: figure(2)?,
                    in_transit: figure(3)?,
                    back_ordered: figure(4)?,
                })
            })
            .optional()?;
        Ok(found.unwrap_or_default())
    }

    /// Adds these differences to an item's figures at a location.
    pub(crate) fn move_stock(&self, item: i64, location: i64, by: &Stock) -> Result<()> {
        if *by == Stock::default() {
            return Ok(());
        }
        add(self.store, item, location, by)
    }

    /// Takes a quantity on hand (a negative one away) and commits what is available then to the orders
    /// that wait for it, the oldest first.
    pub(crate) fn receive(&self, item: i64, location: i64, quantity: Decimal) -> Result<()> {
        self.move_stock(item, location, &Stock { on_hand: quantity, ..Stock::default() })?;
        if quantity > Decimal::ZERO {
            commitment::reallocate(self, item, location)?;
        }
        Ok(())
    }

    /// What Item Receipts have brought of an item to a location, in all.
    pub(crate) fn received(&self, item: i64, location: i64) -> Result<Decimal> {
        let sum: Option<f64> = self
            .store
            .db
            .prepare_cached(
                "SELECT SUM(l.quantity) FROM transactionline l JOIN \"transaction\" t ON t.id = l.\"transaction\"
                 WHERE t.type = 'ItemRcpt' AND l.item = ?1 AND l.location = ?2",
            )?
            .query_row([item, location], |row| row.get(0))?;
        Ok(sum.and_then(Decimal::from_f64).unwrap_or_default())
    }

    /// Takes what is shipped of an item from a location, a kit's members in its place; a negative
    /// quantity is put back. Refused where the account allows no negative stock and less is on hand.
    pub(crate) fn ship(&self, item: i64, location: i64, quantity: Decimal) -> Result<()> {
        for (part, pieces) in self.stocked(item, quantity)? {
            if !self.options.negative_stock {
                self.must_have(part, location, pieces)?;
            }
            self.move_stock(part, location, &Stock { on_hand: -pieces, ..Stock::default() })?;
        }
        Ok(())
    }

    /// The text is inferred.
    fn must_have(&self, item: i64, location: i64, pieces: Decimal) -> Result<()> {
        let on_hand = self.stock(item, location)?.on_hand;
        if pieces <= Decimal::ZERO || on_hand >= pieces {
            return Ok(());
        }
        Err(ApiError::user(format!(
            "You cannot ship {pieces} of item {item} from location {location}: the quantity on hand is {on_hand}."
        )))
    }

    /// What a quantity of an item takes from stock: itself, a kit's members, or nothing.
    fn stocked(&self, item: i64, quantity: Decimal) -> Result<BTreeMap<i64, Decimal>> {
        let mut parts = BTreeMap::new();
        self.add_parts(item, quantity, &mut Vec::new(), &mut parts)?;
        Ok(parts)
    }

    fn add_parts(
        &self,
        item: i64,
        quantity: Decimal,
        within: &mut Vec<i64>,
        parts: &mut BTreeMap<i64, Decimal>,
    ) -> Result<()> {
        let kind: Option<String> = self
            .store
            .db
            .prepare_cached("SELECT itemtype FROM item WHERE id = ?1")?
            .query_row([item], |row| row.get(0))
            .optional()?;
        match kind.as_deref() {
            Some("InvtPart" | "Assembly") => *parts.entry(item).or_default() += quantity,
            // A kit within itself has no end; the account would not let it be saved.
            Some("Kit") if !within.contains(&item) => {
                within.push(item);
                for (member, each) in self.kit_members(item)? {
                    self.add_parts(member, each * quantity, within, parts)?;
                }
                within.pop();
            }
            _ => {}
        }
        Ok(())
    }

    fn kit_members(&self, kit: i64) -> Result<Vec<(i64, Decimal)>> {
        let mut select = self
            .store
            .db
            .prepare_cached("SELECT item, quantity FROM kititemmember WHERE parentitem = ?1 ORDER BY linenumber")?;
        let members = select.query_map([kit], |row| Ok((row.get(0)?, figure(row.get_ref(1)?))))?;
        Ok(members.collect::<rusqlite::Result<_>>()?)
    }
}

/// Adds differences to a row; an empty figure counts as zero.
pub(crate) fn add(store: &Store, item: i64, location: i64, by: &Stock) -> Result<()> {
    let plain = |figure: Decimal| figure.normalize().to_string();
    store
        .db
        .prepare_cached(
            "INSERT INTO _stock VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT(item, location) DO UPDATE SET onhand = IFNULL(onhand, 0) + excluded.onhand,
             committed = IFNULL(committed, 0) + excluded.committed,
             onorder = IFNULL(onorder, 0) + excluded.onorder,
             intransit = IFNULL(intransit, 0) + excluded.intransit,
             backordered = IFNULL(backordered, 0) + excluded.backordered",
        )?
        .execute(params![
            item,
            location,
            plain(by.on_hand),
            plain(by.committed),
            plain(by.on_order),
            plain(by.in_transit),
            plain(by.back_ordered),
        ])?;
    Ok(())
}

/// Gives an item its empty rows, one for each location.
pub(crate) fn add_item(store: &Store, item: i64) -> Result<()> {
    store
        .db
        .prepare_cached(
            "INSERT OR IGNORE INTO _stock(item, location)
             SELECT ?1, id FROM _document WHERE store = 'location'",
        )?
        .execute([item])?;
    Ok(())
}

/// Gives a location its empty rows, one for each item that is stocked.
pub(crate) fn add_location(store: &Store, location: i64) -> Result<()> {
    store
        .db
        .prepare_cached(
            "INSERT OR IGNORE INTO _stock(item, location)
             SELECT id, ?1 FROM item WHERE itemtype IN ('InvtPart', 'Assembly')",
        )?
        .execute([location])?;
    Ok(())
}

/// A column of the database as a decimal, zero where it is empty.
fn figure(value: ValueRef<'_>) -> Decimal {
    match value {
        ValueRef::Integer(number) => Decimal::from(number),
        ValueRef::Real(number) => Decimal::from_f64(number).unwrap_or_default(),
        _ => Decimal::ZERO,
    }
}
