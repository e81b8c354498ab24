//! What a person does in the shop's admin: sends, holds, moves, takes money.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::json;

use super::{Answer, Control, Refused, Shared, read, unwrapped};
use crate::shopify::{BadRecord, Tracking};

pub(super) fn routes() -> Router<Arc<Control>> {
    Router::new()
        .route("/control/shopify/locations", post(load_locations))
        .route("/control/shopify/orders/{id}/fulfillment_orders", get(fulfillment_orders))
        .route("/control/shopify/orders/{id}/fulfill", post(fulfill))
        .route("/control/shopify/orders/{id}/split", post(split))
        .route("/control/shopify/orders/{id}/{payment}", post(pay))
        .route("/control/shopify/payouts", post(schedule_payout))
        .route("/control/shopify/payouts/{id}/pay", post(pay_out))
        .route("/control/shopify/fulfillment_orders/{id}/hold", post(hold))
        .route("/control/shopify/fulfillment_orders/{id}/release_hold", post(release_hold))
        .route("/control/shopify/fulfillment_orders/{id}/move", post(relocate))
        .route("/control/shopify/fulfillment_orders/{id}/schedule", post(schedule))
}

fn made(id: Result<u64, BadRecord>) -> Answer {
    Ok(Json(json!({"id": id?})))
}

async fn load_locations(State(control): Shared, body: Bytes) -> Answer {
    let mut ids = Vec::new();
    for location in unwrapped(read(&body)?, "location", "locations")? {
        ids.push(control.shopify.load_location(location)?);
    }
    Ok(Json(json!({"ids": ids})))
}

async fn fulfillment_orders(State(control): Shared, Path(id): Path<u64>) -> Answer {
    if control.shopify.order(id).is_none() {
        return Err(Refused::missing(format!("order {id}")));
    }
    Ok(Json(json!(control.shopify.fulfillment_orders(id))))
}

/// Pieces of an order's line item.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Piece {
    id: u64,
    quantity: u32,
}

fn pairs(lines: Vec<Piece>) -> Vec<(u64, u32)> {
    lines.into_iter().map(|line| (line.id, line.quantity)).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fulfilling {
    #[serde(default)]
    lines: Vec<Piece>,
    #[serde(default)]
    tracking: Tracking,
}

async fn fulfill(State(control): Shared, Path(id): Path<u64>, body: Bytes) -> Answer {
    let Fulfilling { lines, tracking } = read(&body)?;
    made(control.shopify.fulfill_by_hand(id, &pairs(lines), &tracking))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Splitting {
    lines: Vec<Piece>,
    location: u64,
}

async fn split(State(control): Shared, Path(id): Path<u64>, body: Bytes) -> Answer {
    let Splitting { lines, location } = read(&body)?;
    made(control.shopify.split_fulfillment_order(id, &pairs(lines), location))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Paying {
    #[serde(with = "rust_decimal::serde::str")]
    amount: Decimal,
    #[serde(default = "card")]
    gateway: String,
}

fn card() -> String {
    "shopify_payments".to_owned()
}

async fn pay(State(control): Shared, Path((id, payment)): Path<(u64, String)>, body: Bytes) -> Answer {
    let Paying { amount, gateway } = read(&body)?;
    let shop = &control.shopify;
    match payment.as_str() {
        "authorize" => made(shop.authorize(id, amount)),
        "capture" => made(shop.capture(id, amount)),
        "pay" => made(shop.pay(id, amount, &gateway)),
        "refund" => made(shop.refund(id, amount)),
        _ => Err(Refused::missing(format!("way to {payment} an order"))),
    }
}

async fn schedule_payout(State(control): Shared) -> Answer {
    made(control.shopify.schedule_payout())
}

async fn pay_out(State(control): Shared, Path(id): Path<u64>) -> Answer {
    control.shopify.pay_out(id)?;
    Ok(Json(json!({})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Holding {
    reason: String,
}

async fn hold(State(control): Shared, Path(id): Path<u64>, body: Bytes) -> Answer {
    let Holding { reason } = read(&body)?;
    made(control.shopify.hold(id, &reason))
}

async fn release_hold(State(control): Shared, Path(id): Path<u64>) -> Answer {
    control.shopify.release_hold(id)?;
    Ok(Json(json!({})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Moving {
    location: u64,
}

async fn relocate(State(control): Shared, Path(id): Path<u64>, body: Bytes) -> Answer {
    let Moving { location } = read(&body)?;
    made(control.shopify.move_fulfillment_order(id, location))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scheduling {
    at: Timestamp,
}

async fn schedule(State(control): Shared, Path(id): Path<u64>, body: Bytes) -> Answer {
    let Scheduling { at } = read(&body)?;
    control.shopify.schedule(id, at)?;
    Ok(Json(json!({})))
}
