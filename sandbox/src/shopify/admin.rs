//! What people do in the shop's admin, beside the API: sending, holding, moving, taking money, counting stock.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;

use super::derive::list;
use super::fulfillment::{self, Tracking};
use super::state::stock::Level;
use super::state::{BadRecord, Changed, Ids};
use super::{BulkPace, Inner, RepeatedKey, Shop, payments};

impl Inner {
    /// Tells subscribers of a changed order and of what the change made, as one event.
    pub(crate) fn tell<T>(&self, changed: &Changed<T>, made: &[(&str, &Value)]) {
        self.publish(&topics(&changed.before, &changed.after), &changed.after, made);
    }

    /// Changes the order that a fulfillment order belongs to, and tells subscribers.
    fn change_fulfillment_order<T>(
        &self,
        id: u64,
        change: impl FnOnce(&mut Value, &mut Ids, Timestamp) -> Result<T, String>,
    ) -> Result<T, BadRecord> {
        let bad = |message: String| BadRecord::new("fulfillment_order", message);
        let now = self.clock.now();
        let mut state = self.state();
        let order = state.order_of_fulfillment_order(id).ok_or_else(|| bad(format!("there is no {id}")))?;
        let changed = state.change(order, now, |order, ids| change(order, ids, now)).map_err(bad)?;
        drop(state);
        self.tell(&changed, &[]);
        Ok(changed.made)
    }

    /// Changes an order's money, and tells subscribers.
    fn change_money(
        &self,
        order: u64,
        change: impl FnOnce(&mut Value, &mut Ids, Timestamp) -> Result<Value, String>,
    ) -> Result<u64, BadRecord> {
        let now = self.clock.now();
        let changed = self.state().change(order, now, |order, ids| change(order, ids, now));
        let changed = changed.map_err(|message| BadRecord::new("amount", message))?;
        self.tell(&changed, &[("order_transactions/create", &changed.made)]);
        Ok(changed.made["id"].as_u64().unwrap_or(0))
    }
}

fn no_operation(id: u64) -> BadRecord {
    BadRecord::new("id", format!("there is no bulk operation {id}"))
}

/// What happened to an order, as the topics of its webhooks.
pub(super) fn topics(before: &Value, after: &Value) -> Vec<&'static str> {
    let mut topics = vec!["orders/updated"];
    if before["financial_status"] != "paid" && after["financial_status"] == "paid" {
        topics.push("orders/paid");
    }
    if before["cancelled_at"].is_null() && !after["cancelled_at"].is_null() {
        topics.push("orders/cancelled");
    }
    let sent = list(after, "fulfillments").len() > list(before, "fulfillments").len();
    match after["fulfillment_status"].as_str() {
        Some("fulfilled") if sent => topics.push("orders/fulfilled"),
        Some("partial") if sent => topics.push("orders/partially_fulfilled"),
        _ => {}
    }
    topics
}

/// Pieces of an item at a location.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct StockLevel {
    /// What can be sold.
    pub available: i64,
    /// What was sold and has not been sent.
    pub committed: i64,
    /// What is there.
    pub on_hand: i64,
    /// What is on its way.
    pub incoming: i64,
}

impl From<Level> for StockLevel {
    fn from(level: Level) -> StockLevel {
        let of = |name| level.quantity(name).unwrap_or(0);
        StockLevel {
            available: of("available"),
            committed: of("committed"),
            on_hand: of("on_hand"),
            incoming: of("incoming"),
        }
    }
}

impl Shop {
    /// The inventory items of an SKU, whatever its case; several where it is not unique.
    pub fn items_of_sku(&self, sku: &str) -> Vec<u64> {
        let state = self.inner.state();
        state.variants_of_sku(sku).filter_map(|variant| state.item_of(variant)).collect()
    }

    /// What there is of an inventory item at a location; none where it is not stocked.
    pub fn stock_level(&self, item: u64, location: u64) -> Option<StockLevel> {
        self.inner.state().level(item, location).map(StockLevel::from)
    }

    /// What there is of an inventory item by location, those out of use included.
    pub fn stock_levels(&self, item: u64) -> Vec<(u64, StockLevel)> {
        let levels = self.inner.state().levels(item);
        levels.into_iter().map(|(location, level)| (location, level.into())).collect()
    }

    /// Somebody counts: so many pieces can be sold from now on. It stocks the item there.
    pub fn set_stock(&self, item: u64, location: u64, available: i64) -> Result<StockLevel, BadRecord> {
        let now = self.inner.clock.now();
        self.inner.state().set_available(item, location, available, now).map(StockLevel::from)
    }

    /// Somebody buys and takes along: so many pieces fewer are there and can be sold, below 0 if need be.
    pub fn sell(&self, item: u64, location: u64, pieces: u32) -> Result<StockLevel, BadRecord> {
        let now = self.inner.clock.now();
        self.inner.state().sell(item, location, i64::from(pieces), now).map(StockLevel::from)
    }

    /// Changes fields of a variant, such as its `sku`; its inventory item and levels stay.
    pub fn patch_variant(&self, id: u64, patch: &Value) -> Result<(), BadRecord> {
        self.inner.state().patch_variant(id, patch, self.inner.clock.now())
    }

    /// Deletes a variant with its inventory item; the last one takes its product along.
    pub fn delete_variant(&self, id: u64) -> Result<(), BadRecord> {
        self.inner.state().delete_variant(id, self.inner.clock.now())
    }

    /// Puts a location in or out of use; levels stay, and are not shown while it is out of use.
    pub fn activate_location(&self, id: u64, active: bool) -> Result<(), BadRecord> {
        self.inner.state().activate_location(id, active)
    }

    /// Deletes a location with all levels there.
    pub fn delete_location(&self, id: u64) -> Result<(), BadRecord> {
        self.inner.state().delete_location(id)
    }

    /// Says what a repeated request with a key that has succeeded is answered.
    pub fn set_repeated_key(&self, repeated: RepeatedKey) {
        self.inner.keys().repeated = repeated;
    }

    /// Makes a key look like that of a request under way, or not any more.
    pub fn occupy_key(&self, key: &str, occupied: bool) {
        self.inner.keys().occupy(key, occupied);
    }

    /// Says how long bulk operations take, those under way included.
    pub fn set_bulk_pace(&self, pace: BulkPace) {
        self.inner.bulk().pace = pace;
    }

    /// The ids of all bulk operations, oldest first.
    pub fn bulk_operations(&self) -> Vec<u64> {
        self.inner.bulk().ids()
    }

    /// Moves a bulk operation of the pace [`BulkPace::Stepwise`] on: to running, then to its end.
    pub fn step_bulk_operation(&self, id: u64) -> Result<(), BadRecord> {
        self.inner.bulk().step(id).ok_or_else(|| no_operation(id))
    }

    /// Lets a bulk operation fail; the first half of what it wrote can be read.
    pub fn fail_bulk_operation(&self, id: u64) -> Result<(), BadRecord> {
        let now = self.inner.clock.now();
        self.inner.bulk().fail(id, "INTERNAL_SERVER_ERROR", now).ok_or_else(|| no_operation(id))
    }

    /// Lets the file of a bulk operation be gone before its seven days are over.
    pub fn expire_bulk_operation(&self, id: u64) -> Result<(), BadRecord> {
        self.inner.bulk().expire(id).ok_or_else(|| no_operation(id))
    }

    /// Puts a location into the shop, in its REST shape; `legacy` marks one of a fulfillment service.
    /// Returns its id.
    pub fn load_location(&self, location: Value) -> Result<u64, BadRecord> {
        self.inner.state().load_location(location)
    }

    /// The order's fulfillment orders in their REST shape, oldest first.
    pub fn fulfillment_orders(&self, order: u64) -> Vec<Value> {
        let order = self.inner.state().order(order);
        order.map(|order| list(&order, "fulfillment_orders").to_vec()).unwrap_or_default()
    }

    /// Somebody fulfills by hand: pieces of the order's line items, or all that can be sent where no
    /// lines are named. Delivers `fulfillments/create`, `orders/updated` and `orders/fulfilled` or
    /// `orders/partially_fulfilled`. Returns the fulfillment's id.
    pub fn fulfill_by_hand(&self, order: u64, lines: &[(u64, u32)], tracking: &Tracking) -> Result<u64, BadRecord> {
        let now = self.inner.clock.now();
        let changed = self.inner.state().change(order, now, |order, ids| {
            let wanted = fulfillment::by_line_items(order, lines, now)?;
            fulfillment::fulfil(order, &wanted, tracking, ids, now)
        });
        let changed = changed.map_err(|message| BadRecord::new("lines", message))?;
        self.inner.tell(&changed, &[("fulfillments/create", &changed.made)]);
        Ok(changed.made["id"].as_u64().unwrap_or(0))
    }

    /// Takes pieces of line items into a fulfillment order of their own at a location. Returns its id.
    pub fn split_fulfillment_order(&self, order: u64, lines: &[(u64, u32)], location: u64) -> Result<u64, BadRecord> {
        self.known_location(location)?;
        let now = self.inner.clock.now();
        let changed =
            self.inner.state().change(order, now, |order, ids| fulfillment::split(order, lines, location, ids, now));
        let changed = changed.map_err(|message| BadRecord::new("lines", message))?;
        self.inner.tell(&changed, &[]);
        Ok(changed.made)
    }

    fn known_location(&self, location: u64) -> Result<(), BadRecord> {
        match self.inner.state().location(location) {
            Some(_) => Ok(()),
            None => Err(BadRecord::new("location", "Location not found.")),
        }
    }

    /// Puts a fulfillment order on hold for a reason such as `OTHER`. Returns the hold's id.
    pub fn hold(&self, fulfillment_order: u64, reason: &str) -> Result<u64, BadRecord> {
        let id = fulfillment_order;
        self.inner.change_fulfillment_order(id, |order, ids, now| fulfillment::hold(order, id, reason, ids, now))
    }

    /// Releases all holds of a fulfillment order.
    pub fn release_hold(&self, fulfillment_order: u64) -> Result<(), BadRecord> {
        let id = fulfillment_order;
        self.inner.change_fulfillment_order(id, |order, _, now| fulfillment::release(order, id, now))
    }

    /// Moves what is left of a fulfillment order to another location. Returns the id of the fulfillment
    /// order there: a new one where a part has been fulfilled already.
    pub fn move_fulfillment_order(&self, fulfillment_order: u64, location: u64) -> Result<u64, BadRecord> {
        self.known_location(location)?;
        let id = fulfillment_order;
        self.inner.change_fulfillment_order(id, |order, ids, now| fulfillment::relocate(order, id, location, ids, now))
    }

    /// Schedules a fulfillment order: it opens at that moment of the sandbox's clock.
    pub fn schedule(&self, fulfillment_order: u64, at: Timestamp) -> Result<(), BadRecord> {
        let id = fulfillment_order;
        self.inner.change_fulfillment_order(id, |order, _, now| fulfillment::schedule(order, id, at, now))
    }

    /// Authorizes an amount of the shop's currency. Returns the transaction's id; as the following ones
    /// it delivers `order_transactions/create`, `orders/updated` and, once paid, `orders/paid`.
    pub fn authorize(&self, order: u64, amount: Decimal) -> Result<u64, BadRecord> {
        self.inner.change_money(order, |order, ids, now| payments::authorize(order, amount, ids, now))
    }

    /// Captures an amount of the last authorization that lets it.
    pub fn capture(&self, order: u64, amount: Decimal) -> Result<u64, BadRecord> {
        self.inner.change_money(order, |order, ids, now| payments::capture(order, amount, ids, now))
    }

    /// Takes an amount at once through a gateway such as `shopify_payments` or `gift_card`.
    pub fn pay(&self, order: u64, amount: Decimal, gateway: &str) -> Result<u64, BadRecord> {
        self.inner.change_money(order, |order, ids, now| payments::pay(order, amount, gateway, ids, now))
    }

    /// Gives an amount back without taking pieces off the order, whose current total falls by it.
    /// Delivers `refunds/create` too. Returns the refund's id.
    pub fn refund(&self, order: u64, amount: Decimal) -> Result<u64, BadRecord> {
        let now = self.inner.clock.now();
        let changed = self.inner.state().change(order, now, |order, ids| payments::refund(order, amount, ids, now));
        let changed = changed.map_err(|message| BadRecord::new("amount", message))?;
        let (refund, transactions) = &changed.made;
        let mut made = vec![("refunds/create", refund)];
        made.extend(transactions.iter().map(|one| ("order_transactions/create", one)));
        self.inner.tell(&changed, &made);
        Ok(refund["id"].as_u64().unwrap_or(0))
    }
}
