//! The shop's stock: what people count, sell, rename and delete, and how bulk operations go.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::routing::{delete, get, patch, post, put};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, Control, Refused, Shared, read};
use crate::shopify::{BulkPace, RepeatedKey};

pub(super) fn routes(router: Router<Arc<Control>>) -> Router<Arc<Control>> {
    router
        .route("/control/shopify/stock", put(count))
        .route("/control/shopify/stock/sell", post(sell))
        .route("/control/shopify/stock/{sku}", get(levels))
        .route("/control/shopify/variants/{id}", patch(change_variant).delete(delete_variant))
        .route("/control/shopify/locations/{id}", delete(delete_location))
        .route("/control/shopify/locations/{id}/{state}", post(use_location))
        .route("/control/shopify/keys", put(repeated_key))
        .route("/control/shopify/keys/{key}", put(occupy_key).delete(release_key))
        .route("/control/shopify/bulk_operations", put(bulk_pace).get(bulk_operations))
        .route("/control/shopify/bulk_operations/{id}/{step}", post(move_bulk_operation))
}

/// An item at a location, by its SKU or by its id.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct At {
    sku: Option<String>,
    item: Option<u64>,
    location: u64,
    available: Option<i64>,
    pieces: Option<u32>,
}

impl At {
    fn item(&self, control: &Control) -> Result<u64, Refused> {
        let Some(sku) = &self.sku else {
            return self.item.ok_or_else(|| Refused::bad("sku", "name an item by `sku` or by `item`"));
        };
        match control.shopify.items_of_sku(sku)[..] {
            [item] => Ok(item),
            [] => Err(Refused::missing(format!("SKU {sku}"))),
            _ => Err(Refused::bad("sku", format!("several items have the SKU {sku}: name one by `item`"))),
        }
    }
}

async fn count(State(control): Shared, body: Bytes) -> Answer {
    let at: At = read(&body)?;
    let available = at.available.ok_or_else(|| Refused::bad("available", "is missing"))?;
    Ok(Json(json!(control.shopify.set_stock(at.item(&control)?, at.location, available)?)))
}

async fn sell(State(control): Shared, body: Bytes) -> Answer {
    let at: At = read(&body)?;
    let pieces = at.pieces.unwrap_or(1);
    Ok(Json(json!(control.shopify.sell(at.item(&control)?, at.location, pieces)?)))
}

async fn levels(State(control): Shared, Path(sku): Path<String>) -> Answer {
    let items = control.shopify.items_of_sku(&sku);
    if items.is_empty() {
        return Err(Refused::missing(format!("SKU {sku}")));
    }
    let items: Vec<Value> = items
        .into_iter()
        .map(|item| {
            let levels = control.shopify.stock_levels(item).into_iter();
            let levels: Vec<Value> =
                levels.map(|(location, level)| json!({"location": location, "level": level})).collect();
            json!({"item": item, "levels": levels})
        })
        .collect();
    Ok(Json(json!(items)))
}

async fn change_variant(State(control): Shared, Path(id): Path<u64>, body: Bytes) -> Answer {
    control.shopify.patch_variant(id, &read(&body)?)?;
    Ok(Json(json!({})))
}

async fn delete_variant(State(control): Shared, Path(id): Path<u64>) -> Answer {
    control.shopify.delete_variant(id)?;
    Ok(Json(json!({})))
}

async fn delete_location(State(control): Shared, Path(id): Path<u64>) -> Answer {
    control.shopify.delete_location(id)?;
    Ok(Json(json!({})))
}

async fn use_location(State(control): Shared, Path((id, state)): Path<(u64, String)>) -> Answer {
    match state.as_str() {
        "activate" => control.shopify.activate_location(id, true)?,
        "deactivate" => control.shopify.activate_location(id, false)?,
        _ => return Err(Refused::missing(format!("way to {state} a location"))),
    }
    Ok(Json(json!({})))
}

async fn repeated_key(State(control): Shared, body: Bytes) -> Answer {
    let repeated: RepeatedKey = read(&body)?;
    control.shopify.set_repeated_key(repeated);
    Ok(Json(json!({})))
}

async fn occupy_key(State(control): Shared, Path(key): Path<String>) -> Answer {
    control.shopify.occupy_key(&key, true);
    Ok(Json(json!({})))
}

async fn release_key(State(control): Shared, Path(key): Path<String>) -> Answer {
    control.shopify.occupy_key(&key, false);
    Ok(Json(json!({})))
}

async fn bulk_pace(State(control): Shared, body: Bytes) -> Answer {
    let pace: BulkPace = read(&body)?;
    control.shopify.set_bulk_pace(pace);
    Ok(Json(json!({})))
}

async fn bulk_operations(State(control): Shared) -> Answer {
    Ok(Json(json!(control.shopify.bulk_operations())))
}

async fn move_bulk_operation(State(control): Shared, Path((id, step)): Path<(u64, String)>) -> Answer {
    match step.as_str() {
        "step" => control.shopify.step_bulk_operation(id)?,
        "fail" => control.shopify.fail_bulk_operation(id)?,
        "expire" => control.shopify.expire_bulk_operation(id)?,
        _ => return Err(Refused::missing(format!("way to {step} a bulk operation"))),
    }
    Ok(Json(json!({})))
}
