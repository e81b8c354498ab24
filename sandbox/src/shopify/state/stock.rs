//! Pieces of items at locations, and what orders hold of them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::{BadRecord, State};
use crate::shopify::derive::list;

/// What Shopify counts of an item at a location; `on_hand` is the sum of all but what is incoming.
const NAMES: [&str; 7] =
    ["available", "committed", "damaged", "incoming", "quality_control", "reserved", "safety_stock"];
const INCOMING: usize = 3;

/// An item at a location.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Level {
    piles: [i64; NAMES.len()],
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Level {
    pub(crate) fn new(available: i64, now: Timestamp) -> Level {
        let mut level = Level { piles: [0; NAMES.len()], created_at: now, updated_at: now };
        level.piles[0] = available;
        level
    }

    /// The pieces of a name such as `on_hand`; none for a name that Shopify does not have.
    pub(crate) fn quantity(&self, name: &str) -> Option<i64> {
        if name == "on_hand" {
            return Some(self.piles.iter().sum::<i64>() - self.piles[INCOMING]);
        }
        NAMES.iter().position(|one| *one == name).map(|place| self.piles[place])
    }

    pub(crate) fn available(&self) -> i64 {
        self.piles[0]
    }

    /// Adds pieces to a name; to `on_hand` means to what is available.
    pub(crate) fn add(&mut self, name: &str, pieces: i64, now: Timestamp) {
        let name = if name == "on_hand" { "available" } else { name };
        if let Some(place) = NAMES.iter().position(|one| *one == name) {
            self.piles[place] = self.piles[place].saturating_add(pieces);
            self.updated_at = now;
        }
    }
}

/// Pieces of an order: still to be sent, and sent.
#[derive(Clone, Copy, Default)]
struct Held {
    claimed: i64,
    sent: i64,
}

/// By item and location.
type Holdings = BTreeMap<(u64, u64), Held>;

impl State {
    /// An item's level at a location; a bundle's follows from its components.
    pub(crate) fn level(&self, item: u64, location: u64) -> Option<Level> {
        let (product, index) = self.item(item)?;
        let components = components(&product["variants"][index]);
        if components.is_empty() {
            return self.levels.get(&(item, location)).copied();
        }
        let mut fewest: Option<Level> = None;
        for (variant, per_bundle) in components {
            let part = self.levels.get(&(self.item_of(variant)?, location))?;
            let whole = part.available().div_euclid(per_bundle);
            if fewest.is_none_or(|level| whole < level.available()) {
                fewest = Some(Level { created_at: part.created_at, ..Level::new(whole, part.updated_at) });
            }
        }
        fewest
    }

    /// An item's levels by location, those at locations that are not in use too.
    pub(crate) fn levels(&self, item: u64) -> Vec<(u64, Level)> {
        let Some((product, index)) = self.item(item) else {
            return Vec::new();
        };
        let first = components(&product["variants"][index]).first().and_then(|(variant, _)| self.item_of(*variant));
        let stocked = first.unwrap_or(item);
        let places = self.levels.range((stocked, 0)..=(stocked, u64::MAX)).map(|((_, location), _)| *location);
        places.filter_map(|location| Some((location, self.level(item, location)?))).collect()
    }

    /// The items at a location, with their own levels.
    pub(crate) fn levels_at(&self, location: u64) -> impl Iterator<Item = (u64, Level)> {
        self.levels.iter().filter(move |((_, at), _)| *at == location).map(|((item, _), level)| (*item, *level))
    }

    /// An item's level to be changed.
    pub(crate) fn level_mut(&mut self, item: u64, location: u64) -> Option<&mut Level> {
        self.levels.get_mut(&(item, location))
    }

    /// Stocks an item at a location where it is not.
    pub(crate) fn stock(&mut self, item: u64, location: u64, available: i64, now: Timestamp) -> Level {
        *self.levels.entry((item, location)).or_insert_with(|| Level::new(available, now))
    }

    /// Makes `available` what can be sold of an item at a location, which stocks it there.
    pub(crate) fn set_available(
        &mut self,
        item: u64,
        location: u64,
        available: i64,
        now: Timestamp,
    ) -> Result<Level, BadRecord> {
        self.stockable(item, location)?;
        let level = self.levels.entry((item, location)).or_insert_with(|| Level::new(available, now));
        let by = available.saturating_sub(level.available());
        level.add("available", by, now);
        Ok(*level)
    }

    /// Somebody buys and takes along: pieces leave what is available.
    pub(crate) fn sell(&mut self, item: u64, location: u64, pieces: i64, now: Timestamp) -> Result<Level, BadRecord> {
        self.stockable(item, location)?;
        let missing = || BadRecord::new("location", format!("item {item} is not stocked at {location}"));
        let level = self.levels.get_mut(&(item, location)).ok_or_else(missing)?;
        level.add("available", pieces.saturating_neg(), now);
        Ok(*level)
    }

    fn stockable(&self, item: u64, location: u64) -> Result<(), BadRecord> {
        let Some((product, index)) = self.item(item) else {
            return Err(BadRecord::new("item", format!("there is no inventory item {item}")));
        };
        if self.location(location).is_none() {
            return Err(BadRecord::new("location", format!("there is no location {location}")));
        }
        if is_bundle(&product["variants"][index]) {
            return Err(BadRecord::new("item", format!("item {item} is a bundle: its components are stocked")));
        }
        Ok(())
    }

    /// Moves stock as an order has changed: what is to be sent is committed, what was sent is gone, what is neither any
    /// more can be sold again. Of an order that arrives with fulfillments those are history.
    pub(super) fn follow(&mut self, before: Option<&Value>, after: &Value, now: Timestamp) {
        let new = self.holdings(after);
        let mut old = match before {
            Some(before) => self.holdings(before),
            None => new.iter().map(|(place, held)| (*place, Held { claimed: 0, ..*held })).collect(),
        };
        let restock = after["cancelled_at"].is_null() || after["restock"] != false;
        for place in new.keys() {
            old.entry(*place).or_default();
        }
        for (place, old) in old {
            let new = new.get(&place).copied().unwrap_or_default();
            let Some(level) = self.levels.get_mut(&place) else { continue };
            let claimed = new.claimed - old.claimed;
            let back = -(claimed + new.sent - old.sent);
            if claimed != 0 {
                level.add("committed", claimed, now);
            }
            if back < 0 || (back > 0 && restock) {
                level.add("available", back, now);
            }
        }
    }

    fn holdings(&self, order: &Value) -> Holdings {
        let sold: BTreeMap<u64, u64> = list(order, "line_items")
            .iter()
            .filter_map(|line| Some((line["id"].as_u64()?, line["variant_id"].as_u64()?)))
            .collect();
        let mut holdings = Holdings::new();
        let standing = list(order, "fulfillment_orders").iter();
        for one in standing.filter(|one| !matches!(one["status"].as_str(), Some("closed" | "cancelled"))) {
            for line in list(one, "line_items") {
                let variant = line["line_item_id"].as_u64().and_then(|id| sold.get(&id));
                let claimed = line["fulfillable_quantity"].as_i64().unwrap_or(0);
                self.hold(&mut holdings, variant, &one["assigned_location_id"], Held { claimed, sent: 0 });
            }
        }
        for one in list(order, "fulfillments").iter().filter(|one| one["status"] == "success") {
            for line in list(one, "line_items") {
                let variant = line["id"].as_u64().and_then(|id| sold.get(&id));
                let sent = line["quantity"].as_i64().unwrap_or(0);
                self.hold(&mut holdings, variant, &one["location_id"], Held { claimed: 0, sent });
            }
        }
        holdings
    }

    /// Adds what is held of a variant, or of a bundle's components. What is not tracked is not counted.
    fn hold(&self, holdings: &mut Holdings, variant: Option<&u64>, location: &Value, held: Held) {
        let (Some(variant), Some(location)) = (variant, location.as_u64()) else {
            return;
        };
        let Some((product, index)) = self.variant(*variant) else {
            return;
        };
        let parts = components(&product["variants"][index]);
        let parts = if parts.is_empty() { vec![(*variant, 1)] } else { parts };
        for (variant, each) in parts {
            let Some((product, index)) = self.variant(variant) else { continue };
            let record = &product["variants"][index];
            let Some(item) = record["inventory_item_id"].as_u64().filter(|_| is_tracked(record)) else { continue };
            let sum = holdings.entry((item, location)).or_default();
            sum.claimed = sum.claimed.saturating_add(held.claimed.saturating_mul(each));
            sum.sent = sum.sent.saturating_add(held.sent.saturating_mul(each));
        }
    }
}

/// Whether Shopify counts a variant: REST says `"inventory_management": null` where it does not.
pub(crate) fn is_tracked(variant: &Value) -> bool {
    variant.get("inventory_management").is_none_or(|by| !by.is_null())
}

/// Whether a variant is a bundle of Shopify's own.
pub(crate) fn is_bundle(variant: &Value) -> bool {
    variant["requires_components"] == true
}

/// A bundle's variants with the pieces of each in one bundle.
pub(crate) fn components(variant: &Value) -> Vec<(u64, i64)> {
    if !is_bundle(variant) {
        return Vec::new();
    }
    let parts = list(variant, "components").iter();
    parts.filter_map(|one| Some((one["variant_id"].as_u64()?, one["quantity"].as_i64()?.max(1)))).collect()
}
