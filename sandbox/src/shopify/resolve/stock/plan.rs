//! What an inventory mutation comes to: each entry is planned or refused before anything is written.

use std::collections::BTreeSet;

use apollo_compiler::response::{JsonMap, JsonValue};
use serde_json::{Value, json};
use url::Url;

use super::{Planned, Wrong, apply, entries, input, number, string, wrong};
use crate::shopify::resolve::{Context, gid_of, inventory, text};
use crate::shopify::state::State;
use crate::shopify::state::stock::{is_bundle, is_tracked};

/// Why a quantity may be changed; the list that live shops accept.
const REASONS: [&str; 17] = [
    "correction",
    "cycle_count_available",
    "damaged",
    "movement_canceled",
    "movement_created",
    "movement_received",
    "movement_updated",
    "other",
    "promotion",
    "quality_control",
    "received",
    "reservation_created",
    "reservation_deleted",
    "reservation_updated",
    "restock",
    "safety_stock",
    "shrinkage",
];
/// No quantity may go beyond, in either direction.
const MOST: i64 = 1_000_000_000;

fn check_call(arguments: &JsonMap) -> Vec<Wrong> {
    let mut errors = Vec::new();
    if !input(arguments, "reason").is_some_and(|reason| REASONS.contains(&reason)) {
        errors.push(wrong(&["input", "reason"], "INVALID_REASON", "The specified reason is invalid."));
    }
    if input(arguments, "referenceDocumentUri").is_some_and(|uri| Url::parse(uri).is_err()) {
        let field = ["input", "referenceDocumentUri"];
        errors.push(wrong(&field, "INVALID_REFERENCE_DOCUMENT", "The specified reference document is invalid."));
    }
    errors
}

/// The item and location of an entry, and whether the item is tracked.
fn place(context: &Context<'_>, state: &State, entry: &JsonValue, path: &[&str]) -> Result<(u64, u64, bool), Wrong> {
    let at = |name: &'static str| [path, &[name]].concat();
    let item = gid_of("InventoryItem", string(entry, "inventoryItemId")).unwrap_or(0);
    let location = gid_of("Location", string(entry, "locationId")).unwrap_or(0);
    let Some((product, index)) = state.item(item) else {
        let message = "The specified inventory item could not be found.";
        return Err(wrong(&at("inventoryItemId"), "INVALID_INVENTORY_ITEM", message));
    };
    let variant = &product["variants"][index];
    if state.location(location).is_none_or(|held| held["active"] == false) {
        let message = "The specified location could not be found.";
        return Err(wrong(&at("locationId"), "INVALID_LOCATION", message));
    }
    if is_bundle(variant) {
        let message = "The specified inventory item is not allowed to be adjusted via API.";
        return Err(wrong(&at("inventoryItemId"), "NON_MUTABLE_INVENTORY_ITEM", message));
    }
    // The code has left the enum with 2026-10. Inferred: an item is stocked at the location by being set there.
    if context.api_version < "2026-10" && state.level(item, location).is_none() {
        let message = "The specified inventory item is not stocked at the location.";
        return Err(wrong(&at("locationId"), "ITEM_NOT_STOCKED_AT_LOCATION", message));
    }
    Ok((item, location, is_tracked(variant)))
}

fn in_range(quantity: i64, field: &[&str]) -> Result<(), Wrong> {
    if quantity > MOST {
        let message = "The total quantity can't be higher than 1,000,000,000.";
        return Err(wrong(field, "INVALID_QUANTITY_TOO_HIGH", message));
    }
    if quantity < -MOST {
        let message = "The total quantity can't be lower than -1,000,000,000.";
        return Err(wrong(field, "INVALID_QUANTITY_TOO_LOW", message));
    }
    Ok(())
}

fn stale(path: &[&str]) -> Wrong {
    let message = "The changeFromQuantity value does not match persisted value.";
    wrong(&[path, &["changeFromQuantity"]].concat(), "CHANGE_FROM_QUANTITY_STALE", message)
}

pub(super) fn set(context: &Context<'_>, state: &mut State, arguments: &JsonMap) -> Result<Value, Vec<Wrong>> {
    let mut errors = check_call(arguments);
    let name = match input(arguments, "name") {
        Some("on_hand") => "on_hand",
        Some("available") => "available",
        _ => {
            let message = "The quantity name must be either 'available' or 'on_hand'.";
            errors.push(wrong(&["input", "name"], "INVALID_NAME", message));
            "available"
        }
    };
    let mut seen = BTreeSet::new();
    let mut planned = Vec::new();
    for (index, entry) in entries(arguments, "quantities").iter().enumerate() {
        let index = index.to_string();
        let path = ["input", "quantities", index.as_str()];
        match plan_set(context, state, entry, name, &path, &mut seen) {
            Ok(one) => planned.extend(one),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(apply(context, state, &planned, arguments)) } else { Err(errors) }
}

fn plan_set(
    context: &Context<'_>,
    state: &State,
    entry: &JsonValue,
    name: &'static str,
    path: &[&str],
    seen: &mut BTreeSet<(u64, u64)>,
) -> Result<Option<Planned>, Wrong> {
    let (item, location, tracked) = place(context, state, entry, path)?;
    if !seen.insert((item, location)) {
        let message = "The combination of inventoryItemId and locationId must be unique.";
        return Err(wrong(path, "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR", message));
    }
    let quantity = number(entry, "quantity").unwrap_or(0);
    let field = [path, &["quantity"]].concat();
    if quantity < 0 {
        return Err(wrong(&field, "INVALID_QUANTITY_NEGATIVE", "The quantity can't be negative."));
    }
    in_range(quantity, &field)?;
    if !tracked {
        return Ok(None);
    }
    let held = state.level(item, location).and_then(|level| level.quantity(name)).unwrap_or(0);
    if number(entry, "changeFromQuantity").is_some_and(|from| from != held) {
        return Err(stale(path));
    }
    Ok(Some(Planned { item, location, name, delta: quantity - held }))
}

/// The quantities that can be adjusted, besides `available`.
const UNAVAILABLE: [&str; 5] = ["damaged", "incoming", "quality_control", "reserved", "safety_stock"];

pub(super) fn adjust(context: &Context<'_>, state: &mut State, arguments: &JsonMap) -> Result<Value, Vec<Wrong>> {
    let mut errors = check_call(arguments);
    let asked = input(arguments, "name").unwrap_or_default();
    let known = ["available"].into_iter().chain(UNAVAILABLE).find(|name| *name == asked);
    let Some(name) = known else {
        errors.push(wrong(&["input", "name"], "INVALID_QUANTITY_NAME", "The specified quantity name is invalid."));
        return Err(errors);
    };
    let mut planned: Vec<Planned> = Vec::new();
    for (index, entry) in entries(arguments, "changes").iter().enumerate() {
        let index = index.to_string();
        let path = ["input", "changes", index.as_str()];
        match plan_adjust(context, state, entry, name, &path, &planned) {
            Ok(one) => planned.extend(one),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(apply(context, state, &planned, arguments)) } else { Err(errors) }
}

fn plan_adjust(
    context: &Context<'_>,
    state: &State,
    entry: &JsonValue,
    name: &'static str,
    path: &[&str],
    planned: &[Planned],
) -> Result<Option<Planned>, Wrong> {
    let (item, location, tracked) = place(context, state, entry, path)?;
    let document = [path, &["ledgerDocumentUri"]].concat();
    match (name, string(entry, "ledgerDocumentUri")) {
        ("available", uri) if !uri.is_empty() => {
            let message = "A ledger document URI is not allowed when adjusting available.";
            return Err(wrong(&document, "INVALID_AVAILABLE_DOCUMENT", message));
        }
        ("available", _) => {}
        (_, uri) if Url::parse(uri).is_err() => {
            let message = "A ledger document URI is required except when adjusting available.";
            return Err(wrong(&document, "INVALID_QUANTITY_DOCUMENT", message));
        }
        _ => {}
    }
    if !tracked {
        return Ok(None);
    }
    let before = planned.iter().filter(|one| (one.item, one.location) == (item, location));
    let before: i64 = before.map(|one| one.delta).sum();
    let held = state.level(item, location).and_then(|level| level.quantity(name)).unwrap_or(0).saturating_add(before);
    if number(entry, "changeFromQuantity").is_some_and(|from| from != held) {
        return Err(stale(path));
    }
    let delta = number(entry, "delta").unwrap_or(0);
    in_range(held.saturating_add(delta), &[path, &["delta"]].concat())?;
    Ok(Some(Planned { item, location, name, delta }))
}

pub(super) fn activate(context: &Context<'_>, state: &mut State, arguments: &JsonMap) -> Result<Value, Vec<Wrong>> {
    let item = gid_of("InventoryItem", text(arguments, "inventoryItemId").unwrap_or_default()).unwrap_or(0);
    let location = gid_of("Location", text(arguments, "locationId").unwrap_or_default()).unwrap_or(0);
    let given = |name: &str| arguments.get(name).and_then(|value| value.as_i64());
    let refused = |field: &str, message: &str| Err(vec![wrong(&[field], "INVALID", message)]);
    let Some((product, index)) = state.item(item) else {
        return refused("inventoryItemId", "The product couldn't be stocked because it wasn't found.");
    };
    if state.location(location).is_none_or(|held| held["active"] == false) {
        return refused("locationId", "The location couldn't be found or is deactivated.");
    }
    let quantity = match (given("available"), given("onHand")) {
        (Some(_), Some(_)) => return refused("available", "Not allowed to set both available and on hand."),
        (available, on_hand) => available.or(on_hand),
    };
    if quantity.is_some() && state.level(item, location).is_some() {
        let message = "Not allowed to set a quantity when the item is already active at the location.";
        return refused("available", message);
    }
    let counted = is_tracked(&product["variants"][index]);
    let quantity = quantity.filter(|_| counted).unwrap_or(0);
    if in_range(quantity, &["available"]).is_err() {
        return refused("available", "The quantity is out of range.");
    }
    state.stock(item, location, quantity, context.now);
    Ok(json!({"__gid": inventory::level_gid(item, location)}))
}
