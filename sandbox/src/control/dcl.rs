//! The warehouse under `/control/dcl`.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, Control, Refused, Shared, read, unwrapped};
use crate::dcl::{self, Shipment, Warehouse};

pub(super) fn routes(router: Router<Arc<Control>>) -> Router<Arc<Control>> {
    router
        .route("/control/dcl/orders", get(orders).post(put_orders))
        .route("/control/dcl/orders/{number}", get(order))
        .route("/control/dcl/orders/{number}/advance", post(advance))
        .route("/control/dcl/orders/{number}/ship", post(ship))
        .route("/control/dcl/orders/{number}/close-short", post(close_short))
        .route("/control/dcl/orders/{number}/back-order", post(back_order))
        .route("/control/dcl/orders/{number}/cancel", post(cancel))
        .route("/control/dcl/orders/{number}/tracking", post(tracking))
        .route("/control/dcl/po_notifications", get(notifications).post(put_notification))
        .route("/control/dcl/po_notifications/{number}/receive", post(receive))
        .route("/control/dcl/warehouse", put(set_warehouse))
        .route("/control/dcl/items", post(put_item))
}

impl From<dcl::Refused> for Refused {
    fn from(refused: dcl::Refused) -> Refused {
        match refused {
            dcl::Refused::NoOrder(number) => {
                Refused { field: "number".to_owned(), ..Refused::missing(format!("order {number}")) }
            }
            dcl::Refused::NoNotification(number) => {
                Refused { field: "number".to_owned(), ..Refused::missing(format!("purchase order {number}")) }
            }
            dcl::Refused::Bad { field, message } => Refused::bad(&field, message),
        }
    }
}

async fn orders(State(control): Shared) -> Answer {
    Ok(Json(json!(control.dcl.orders())))
}

async fn put_orders(State(control): Shared, body: Bytes) -> Answer {
    for order in unwrapped(read(&body)?, "order", "orders")? {
        control.dcl.put_order(order)?;
    }
    Ok(Json(json!({})))
}

async fn notifications(State(control): Shared) -> Answer {
    Ok(Json(json!(control.dcl.notifications())))
}

async fn put_notification(State(control): Shared, body: Bytes) -> Answer {
    let number = control.dcl.put_notification(read(&body)?)?;
    Ok(Json(json!({"dcl_po_number": number})))
}

/// An empty body receives everything.
async fn receive(State(control): Shared, Path(number): Path<u64>, body: Bytes) -> Answer {
    let body: Value = if body.is_empty() { json!({}) } else { read(&body)? };
    if body == json!({}) {
        control.dcl.receive_all(number)?;
    } else {
        control.dcl.receive(number, read(body.to_string().as_bytes())?)?;
    }
    Ok(Json(json!({})))
}

async fn order(State(control): Shared, Path(number): Path<String>) -> Answer {
    shown(&control, number)
}

fn shown(control: &Control, number: String) -> Answer {
    let order = control.dcl.order(&number);
    Ok(Json(order.ok_or(dcl::Refused::NoOrder(number))?))
}

async fn advance(State(control): Shared, Path(number): Path<String>) -> Answer {
    control.dcl.advance(&number)?;
    shown(&control, number)
}

/// An empty body ships everything.
async fn ship(State(control): Shared, Path(number): Path<String>, body: Bytes) -> Answer {
    let body: Value = if body.is_empty() { json!({}) } else { read(&body)? };
    if body == json!({}) {
        control.dcl.ship_all(&number)?;
    } else {
        let shipment: Shipment = read(body.to_string().as_bytes())?;
        control.dcl.ship(&number, shipment)?;
    }
    shown(&control, number)
}

async fn close_short(State(control): Shared, Path(number): Path<String>) -> Answer {
    control.dcl.close_short(&number)?;
    shown(&control, number)
}

async fn back_order(State(control): Shared, Path(number): Path<String>) -> Answer {
    control.dcl.back_order(&number)?;
    shown(&control, number)
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cancelling {
    #[serde(default)]
    force: bool,
}

async fn cancel(State(control): Shared, Path(number): Path<String>, body: Bytes) -> Answer {
    let Cancelling { force } = if body.is_empty() { Cancelling::default() } else { read(&body)? };
    if force {
        control.dcl.force_cancel(&number)?;
    } else {
        control.dcl.cancel(&number)?;
    }
    shown(&control, number)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tracking {
    carton_id: String,
    tracking: String,
}

async fn tracking(State(control): Shared, Path(number): Path<String>, body: Bytes) -> Answer {
    let Tracking { carton_id, tracking } = read(&body)?;
    control.dcl.change_tracking(&number, &carton_id, &tracking)?;
    shown(&control, number)
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", deny_unknown_fields)]
enum InCharge {
    Manual,
    #[serde(rename_all = "camelCase")]
    Automatic {
        pace_millis: u64,
        #[serde(default)]
        split_percent: u8,
        seed: Option<u64>,
    },
}

async fn set_warehouse(State(control): Shared, body: Bytes) -> Answer {
    let warehouse = match read(&body)? {
        InCharge::Manual => Warehouse::Manual,
        InCharge::Automatic { split_percent, .. } if split_percent > 100 => {
            return Err(Refused::bad("splitPercent", "must be at most 100"));
        }
        InCharge::Automatic { pace_millis, split_percent, seed } => Warehouse::Automatic {
            pace: Duration::from_millis(pace_millis),
            split_percent,
            seed: seed.unwrap_or(control.seed),
        },
    };
    control.dcl.set_warehouse(warehouse);
    Ok(Json(json!({})))
}

async fn put_item(State(control): Shared, body: Bytes) -> Answer {
    control.dcl.put_item(read(&body)?);
    Ok(Json(json!({})))
}
