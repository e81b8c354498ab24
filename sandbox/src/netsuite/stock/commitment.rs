//! What an approved order holds: its open lines take what is available at their location, the rest is
//! back-ordered.
//!
//! A line remembers its part under `_holds`, which the API does not show; of that follow
//! `quantityCommitted` and `quantityBackOrdered`. An order is settled each time it is stored. Stock that
//! another order lets go waits, as in the account, until the next receipt or until an order is saved.

use std::collections::BTreeMap;

use rusqlite::params;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::Stock;
use crate::netsuite::error::Result;
use crate::netsuite::records::{self, Context};
use crate::netsuite::value::{Object, amount, choice, decimal, flag, number, reference, rows};

/// What a line has of one item at one location.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Hold {
    item: i64,
    location: i64,
    committed: Decimal,
    back_ordered: Decimal,
}

impl Hold {
    fn is_of(&self, other: &Hold) -> bool {
        (self.item, self.location) == (other.item, other.location)
    }

    fn wanted(&self) -> Decimal {
        self.committed + self.back_ordered
    }
}

/// Gives an order's lines what they are due; `before` is the order as it was stored, where lines may
/// have gone since.
pub(crate) fn settle(ctx: &Context<'_>, id: i64, order: &mut Object, before: Option<&Object>) -> Result<()> {
    let mut waits = false;
    if let Some(before) = before {
        let stays = |line: &Object| rows(order, "item").iter().any(|kept| kept.get("line") == line.get("line"));
        for line in rows(before, "item").into_iter().filter(|line| !stays(line)) {
            for hold in holds(line) {
                waits |= !hold.back_ordered.is_zero();
                change(ctx, Some(&hold), None)?;
            }
        }
    }
    // Pending Approval and Cancelled: nothing is promised.
    let promised = !matches!(choice(order, "status"), Some("A" | "C"));
    let place = reference(order, "location");
    let mut still_waiting = Vec::new();
    for line in order
        .get_mut("item")
        .and_then(|sublist| sublist.get_mut("items"))
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
    {
        let old = holds(line);
        let open = if promised { open(line) } else { Decimal::ZERO };
        if open.is_zero() && old.is_empty() {
            continue;
        }
        let wanted = match reference(line, "location").or(place) {
            Some(location) => wanted(ctx, line, location, open)?,
            None => Vec::new(),
        };
        if old == wanted {
            continue;
        }
        waits |= old.iter().any(|hold| !hold.back_ordered.is_zero());
        let complete_only = choice(line, "commitInventory") == Some("2");
        let new = take(ctx, &old, wanted, complete_only)?;
        still_waiting.extend(new.iter().filter(|hold| !hold.back_ordered.is_zero()).copied());
        show(line, &new, open);
    }
    note_waiting(ctx, id, waits, &still_waiting)
}

/// Takes back all that an order holds.
pub(crate) fn release(ctx: &Context<'_>, id: i64, order: &Object) -> Result<()> {
    for line in rows(order, "item") {
        for hold in holds(line) {
            change(ctx, Some(&hold), None)?;
        }
    }
    note_waiting(ctx, id, true, &[])
}

/// Settles the orders that wait for an item at a location while any of it is available.
pub(super) fn reallocate(ctx: &Context<'_>, item: i64, location: i64) -> Result<()> {
    if ctx.stock(item, location)?.back_ordered.is_zero() {
        return Ok(());
    }
    let mut select = ctx
        .store
        .db
        .prepare_cached("SELECT \"order\" FROM _backorder WHERE item = ?1 AND location = ?2 ORDER BY \"order\"")?;
    let orders: Vec<i64> = select.query_map([item, location], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let sales_order = records::sales_order_type()?;
    for id in orders {
        if ctx.stock(item, location)?.available() <= Decimal::ZERO {
            break;
        }
        if let Some(order) = ctx.store.get("salesOrder", id)? {
            ctx.order_moved(sales_order, id, order)?;
        }
    }
    Ok(())
}

/// What of a line is still to be shipped.
fn open(line: &Object) -> Decimal {
    if flag(line, "isClosed") || !flag(line, "_fulfillable") || choice(line, "commitInventory") == Some("3") {
        return Decimal::ZERO;
    }
    (amount(line, "quantity") - amount(line, "quantityFulfilled")).max(Decimal::ZERO)
}

/// The holds of a line that gets all that it wants.
fn wanted(ctx: &Context<'_>, line: &Object, location: i64, open: Decimal) -> Result<Vec<Hold>> {
    let item = reference(line, "item").unwrap_or_default();
    if open.is_zero() {
        return Ok(Vec::new());
    }
    let parts = match choice(line, "itemType") {
        Some("Kit") => ctx.stocked(item, open)?,
        Some("InvtPart" | "Assembly") => BTreeMap::from([(item, open)]),
        _ => BTreeMap::new(),
    };
    let hold = |(item, committed)| Hold { item, location, committed, back_ordered: Decimal::ZERO };
    Ok(parts.into_iter().map(hold).collect())
}

/// Gives back the old holds and takes as much of the wanted ones as is available.
fn take(ctx: &Context<'_>, old: &[Hold], wanted: Vec<Hold>, complete_only: bool) -> Result<Vec<Hold>> {
    for gone in old.iter().filter(|gone| !wanted.iter().any(|hold| hold.is_of(gone))) {
        change(ctx, Some(gone), None)?;
    }
    let mut new = wanted;
    for hold in &mut new {
        let before = old.iter().find(|before| before.is_of(hold));
        let own = before.map_or(Decimal::ZERO, |before| before.committed);
        let available = ctx.stock(hold.item, hold.location)?.available() + own;
        let all = hold.wanted();
        hold.committed = match available.max(Decimal::ZERO) {
            enough if enough >= all => all,
            _ if complete_only => Decimal::ZERO,
            some => some,
        };
        hold.back_ordered = all - hold.committed;
        change(ctx, before, Some(hold))?;
    }
    Ok(new)
}

fn change(ctx: &Context<'_>, before: Option<&Hold>, after: Option<&Hold>) -> Result<()> {
    let Some(at) = after.or(before) else {
        return Ok(());
    };
    let part =
        |hold: Option<&Hold>| hold.map_or((Decimal::ZERO, Decimal::ZERO), |hold| (hold.committed, hold.back_ordered));
    let (old, new) = (part(before), part(after));
    let by = Stock { committed: new.0 - old.0, back_ordered: new.1 - old.1, ..Stock::default() };
    ctx.move_stock(at.item, at.location, &by)
}

/// Remembers which orders a receipt has to look at.
fn note_waiting(ctx: &Context<'_>, id: i64, waited: bool, waiting: &[Hold]) -> Result<()> {
    if waited {
        ctx.store.db.prepare_cached("DELETE FROM _backorder WHERE \"order\" = ?1")?.execute([id])?;
    }
    for hold in waiting {
        ctx.store.db.prepare_cached("INSERT OR IGNORE INTO _backorder VALUES (?1, ?2, ?3)")?.execute(params![
            hold.item,
            hold.location,
            id
        ])?;
    }
    Ok(())
}

fn holds(line: &Object) -> Vec<Hold> {
    let rows = line.get("_holds").and_then(Value::as_array);
    let read = |row: &Value| {
        Some(Hold {
            item: row.get(0)?.as_i64()?,
            location: row.get(1)?.as_i64()?,
            committed: decimal(row.get(2)?)?,
            back_ordered: decimal(row.get(3)?)?,
        })
    };
    rows.into_iter().flatten().filter_map(read).collect()
}

/// Writes a line's holds and what the API shows of them. A kit is committed as far as its scarcest
/// member is.
fn show(line: &mut Object, holds: &[Hold], open: Decimal) {
    let share = |hold: &Hold| match hold.wanted() {
        wanted if wanted.is_zero() => open,
        wanted => (hold.committed * open / wanted).floor(),
    };
    let committed = match holds {
        [] => Decimal::ZERO,
        [own] if own.wanted() == open => own.committed,
        members => members.iter().map(share).min().unwrap_or_default(),
    };
    let back_ordered = if holds.is_empty() { Decimal::ZERO } else { open - committed };
    line.insert("quantityCommitted".to_owned(), number(committed));
    line.insert("quantityBackOrdered".to_owned(), number(back_ordered));
    let row = |hold: &Hold| json!([hold.item, hold.location, number(hold.committed), number(hold.back_ordered)]);
    line.insert("_holds".to_owned(), holds.iter().map(row).collect());
}
