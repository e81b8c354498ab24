//! `InventoryItem`, `InventoryLevel` and the fields that lead to them.

use std::sync::{Arc, PoisonError};

use apollo_compiler::response::JsonMap;
use serde_json::{Value, json};

use super::connection::{Item, Page};
use super::query::{counted, one_or_null};
use super::{Answer, Context, Failure, Node, catalogue, gid_of, text};
use crate::shopify::search::Search;
use crate::shopify::state::stock::{Level, is_tracked};
use crate::shopify::state::{State, gid};

/// The item's id in the query string of a level's GID, which names the location.
pub(super) fn level_gid(item: u64, location: u64) -> String {
    format!("{}?inventory_item_id={item}", gid("InventoryLevel", location))
}

/// Item and location of a level's GID.
pub(super) fn places(level: &str) -> Result<(u64, u64), Failure> {
    let location = gid_of("InventoryLevel", level)?;
    let item = level.split_once("?inventory_item_id=").and_then(|(_, item)| item.parse().ok());
    item.map(|item| (item, location)).ok_or_else(|| super::not_a_record(&format!("Invalid id: {level}")))
}

pub(super) fn item_node(state: &State, id: u64) -> Option<Node> {
    state.item(id).map(|(product, index)| Node::Item(product, index))
}

pub(super) fn level_node(state: &State, item: u64, location: u64, inactive: bool) -> Option<Node> {
    let level = state.level(item, location)?;
    let shown = inactive || state.location(location)?["active"] != false;
    shown.then_some(Node::Level(item, location, level))
}

fn asks_for_inactive(arguments: &JsonMap) -> bool {
    arguments.get("includeInactive").and_then(|flag| flag.as_bool()) == Some(true)
}

pub(super) fn item(context: &Context<'_>, variant: &Value, name: &str, arguments: &JsonMap) -> Result<Answer, Failure> {
    let id = variant["inventory_item_id"].as_u64().unwrap_or(0);
    Ok(match name {
        "id" => Answer::Leaf(json!(gid("InventoryItem", id))),
        "legacyResourceId" => Answer::Shape(json!(id)),
        "sku" => Answer::Shape(variant["sku"].clone()),
        "tracked" => Answer::Leaf(json!(is_tracked(variant))),
        "requiresShipping" => Answer::Leaf(json!(variant["requires_shipping"] != false)),
        "createdAt" | "updatedAt" => catalogue::date(variant, name),
        "duplicateSkuCount" => {
            let sku = variant["sku"].as_str().unwrap_or_default();
            let same = context.shop.state().variants_of_sku(sku).count();
            Answer::Leaf(json!(same.saturating_sub(1)))
        }
        "locationsCount" => counted(levels(&context.shop.state(), id, false).len() as u64, None),
        "inventoryLevel" => {
            let location = gid_of("Location", text(arguments, "locationId").unwrap_or_default())?;
            one_or_null(level_node(&context.shop.state(), id, location, asks_for_inactive(arguments)))
        }
        "inventoryLevels" => Answer::Paged(levels(&context.shop.state(), id, asks_for_inactive(arguments))),
        "variants" => {
            let held = context.shop.state().item(id);
            let held = held.map(|(product, index)| Item::at(0, Node::Variant(product, index)));
            Answer::Paged(held.into_iter().collect())
        }
        _ => Answer::Plain,
    })
}

fn levels(state: &State, item: u64, inactive: bool) -> Vec<Item> {
    let levels = state.levels(item).into_iter();
    let shown = levels.filter(|(location, _)| {
        inactive || state.location(*location).is_some_and(|location| location["active"] != false)
    });
    shown.map(|(location, level)| Item::by_id(location, Node::Level(item, location, level))).collect()
}

/// The fields of a location that tell of stock; none for the others.
pub(super) fn of_location(
    context: &Context<'_>,
    location: &Arc<Value>,
    name: &str,
    arguments: &JsonMap,
) -> Result<Option<Answer>, Failure> {
    let id = location["id"].as_u64().unwrap_or(0);
    let shown = location["active"] != false || asks_for_inactive(arguments);
    Ok(match name {
        "inventoryLevel" => {
            let item = gid_of("InventoryItem", text(arguments, "inventoryItemId").unwrap_or_default())?;
            Some(one_or_null(level_node(&context.shop.state(), item, id, shown)))
        }
        "inventoryLevels" => {
            let state = context.shop.state();
            let levels = state.levels_at(id).filter(|_| shown);
            Some(Answer::Paged(levels.map(|(item, level)| Item::by_id(item, Node::Level(item, id, level))).collect()))
        }
        "hasActiveInventory" => Some(Answer::Leaf(json!(context.shop.state().levels_at(id).next().is_some()))),
        _ => None,
    })
}

pub(super) fn level(
    context: &Context<'_>,
    (item, location): (u64, u64),
    level: &Level,
    name: &str,
    arguments: &JsonMap,
) -> Result<Answer, Failure> {
    Ok(match name {
        "id" => Answer::Leaf(json!(level_gid(item, location))),
        "createdAt" => Answer::Shape(json!(level.created_at.to_string())),
        "updatedAt" => Answer::Shape(json!(level.updated_at.to_string())),
        "isActive" => {
            let held = context.shop.state().location(location);
            Answer::Leaf(json!(held.is_some_and(|held| held["active"] != false)))
        }
        "item" => one_or_null(item_node(&context.shop.state(), item)),
        "location" => one_or_null(context.shop.state().location(location).map(Node::Location)),
        "quantities" => {
            let names = arguments.get("names").and_then(|names| names.as_array()).map_or(&[][..], Vec::as_slice);
            let mut quantities = Vec::with_capacity(names.len());
            let updated_at = level.updated_at.to_string();
            for name in names.iter().filter_map(|name| name.as_str()) {
                let unknown = || {
                    let message = format!("The quantity name '{name}' is invalid.");
                    Failure::new("INVALID_FIELD_ARGUMENTS", message)
                };
                let quantity = level.quantity(name).ok_or_else(unknown)?;
                quantities.push(json!({
                    "id": format!("{}?inventory_item_id={item}&name={name}", gid("InventoryQuantity", location)),
                    "name": name,
                    "quantity": quantity.clamp(i64::from(i32::MIN), i64::from(i32::MAX)),
                    "updatedAt": updated_at,
                }));
            }
            Answer::Shape(Value::Array(quantities))
        }
        _ => Answer::Plain,
    })
}

/// Whose ids a connection is made of.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Items,
    Variants,
}

/// `inventoryItems` and `productVariants`: by id, all of them or those that a search finds. A search for SKUs and ids
/// alone looks nothing else up.
pub(super) fn page(context: &Context<'_>, name: &str, kind: Kind, arguments: &JsonMap) -> Result<Answer, Failure> {
    let state = context.shop.state();
    let node = |id: u64| match kind {
        Kind::Items => item_node(&state, id),
        Kind::Variants => state.variant(id).map(|(product, index)| Node::Variant(product, index)),
    };
    let query = text(arguments, "query").unwrap_or_default();
    if query.trim().is_empty() {
        let page = match kind {
            Kind::Items => Page::by_id(arguments, |range| state.items_in(range), node)?,
            Kind::Variants => Page::by_id(arguments, |range| state.variants_in(range), node)?,
        };
        return Ok(Answer::Page(page));
    }
    let search = Search::parse(query);
    if let Some(warning) = search.warning(name, query) {
        context.search.lock().unwrap_or_else(PoisonError::into_inner).push(warning);
    }
    let of_variant = |variant: u64| match kind {
        Kind::Items => state.item_of(variant),
        Kind::Variants => Some(variant),
    };
    let mut ids: Vec<u64> = match search.lookups() {
        Some(lookups) => lookups
            .into_iter()
            .flat_map(|(field, value)| match field {
                "sku" => state.variants_of_sku(value).filter_map(of_variant).collect(),
                _ => value.parse().into_iter().collect::<Vec<u64>>(),
            })
            .collect(),
        None => match kind {
            Kind::Items => state.items_in(..).filter(|id| finds(&search, *id, state.item(*id))).collect(),
            Kind::Variants => state.variants_in(..).filter(|id| finds(&search, *id, state.variant(*id))).collect(),
        },
    };
    ids.sort_unstable();
    ids.dedup();
    Ok(Answer::Paged(ids.into_iter().filter_map(|id| Some(Item::by_id(id, node(id)?))).collect()))
}

fn finds(search: &Search, id: u64, held: Option<(Arc<Value>, usize)>) -> bool {
    let Some((product, index)) = held else {
        return false;
    };
    let variant = &product["variants"][index];
    search.finds(&json!({
        "id": id,
        "created_at": variant["created_at"],
        "updated_at": variant["updated_at"],
        "line_items": [{"sku": variant["sku"]}],
    }))
}
