//! Catalogues of any size, sales from them, and stock in NetSuite.

use std::sync::{Arc, PoisonError};

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::routing::post;
use axum::{Json, Router};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Number, json};

use super::{Answer, Control, Refused, Shared, read};
use crate::catalogue::{Catalogue, Plan};
use crate::generate::Store;
use crate::netsuite::Stock;
use crate::sales::{Pace, Sales};

pub(super) fn routes() -> Router<Arc<Control>> {
    Router::new()
        .route("/control/catalogue", post(load_catalogue))
        .route("/control/sales", post(sell).get(sales).delete(stop_sales))
        .route("/control/netsuite/stock", post(move_stock).get(stock))
}

async fn load_catalogue(State(control): Shared, body: Bytes) -> Answer {
    let plan: Plan = read(&body)?;
    let catalogue = Catalogue::generate(&plan).map_err(named)?;
    catalogue
        .load(&control.shopify, &control.netsuite, &control.dcl)
        .map_err(|error| Refused::bad("body", error.to_string()))?;
    let places = catalogue.places.iter();
    let places: Vec<_> =
        places.map(|place| json!({"netsuite": place.netsuite, "shopify": place.shopify, "name": place.name})).collect();
    Ok(Json(json!({"skus": catalogue.skus.len(), "locations": places})))
}

/// An error that starts with the field it is about.
fn named(error: String) -> Refused {
    match error.split_once(": ") {
        Some((field, error)) => Refused::bad(field, error),
        None => Refused::bad("body", error),
    }
}

#[derive(Deserialize)]
struct Selling {
    /// The plan of the catalogue that is sold from; without one it is the small one.
    catalogue: Option<Plan>,
    #[serde(flatten)]
    pace: Pace,
}

async fn sell(State(control): Shared, body: Bytes) -> Answer {
    let Selling { catalogue, pace } = read(&body)?;
    let mut store = Store::default();
    if let Some(plan) = catalogue {
        store.items = Catalogue::generate(&plan).map_err(named)?.items().into();
    }
    let mut running = control.sales.lock().unwrap_or_else(PoisonError::into_inner);
    if running.as_ref().is_some_and(|sales| !sales.is_over()) {
        return Err(Refused::bad("body", "sales are going on already: stop them first"));
    }
    *running = Some(Sales::start(control.shopify.clone(), store, pace).map_err(named)?);
    Ok(Json(json!({})))
}

async fn sales(State(control): Shared) -> Answer {
    let running = control.sales.lock().unwrap_or_else(PoisonError::into_inner);
    let placed = running.as_ref().map_or(0, Sales::placed);
    Ok(Json(json!({"placed": placed, "over": running.as_ref().is_none_or(Sales::is_over)})))
}

async fn stop_sales(State(control): Shared) -> Answer {
    if let Some(sales) = control.sales.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
        sales.stop();
    }
    Ok(Json(json!({})))
}

/// An item, by internal id or by its name, at a location.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Where {
    item: Option<i64>,
    sku: Option<String>,
    location: i64,
}

impl Where {
    fn item(&self, control: &Control) -> Result<i64, Refused> {
        match (self.item, &self.sku) {
            (Some(item), None) => Ok(item),
            (None, Some(sku)) => {
                let found = control.netsuite.item_id(sku);
                found.ok_or_else(|| Refused::bad("sku", format!("there is no item {sku}")))
            }
            _ => Err(Refused::bad("item", "name one item, by \"item\" or by \"sku\"")),
        }
    }
}

async fn stock(State(control): Shared, Query(place): Query<Where>) -> Answer {
    let item = place.item(&control)?;
    let stock = control.netsuite.stock(item, place.location);
    let stock =
        stock.ok_or_else(|| Refused::missing(format!("stock of item {item} at location {}", place.location)))?;
    Ok(Json(json!({"item": item, "location": place.location, "stock": stock.told()})))
}

/// How a figure moves: one of them.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Move {
    OnHand(Number),
    By(Number),
    OnOrderBy(Number),
    InTransitBy(Number),
}

#[derive(Deserialize)]
struct Moving {
    item: Option<i64>,
    sku: Option<String>,
    location: i64,
    #[serde(flatten)]
    how: Move,
}

async fn move_stock(State(control): Shared, body: Bytes) -> Answer {
    let Moving { item, sku, location, how } = read(&body)?;
    let item = Where { item, sku, location }.item(&control)?;
    let account = &control.netsuite;
    let moved = match how {
        Move::OnHand(quantity) => account.set_stock(item, location, pieces(&quantity)?).map(Some),
        Move::By(quantity) => account.adjust_stock(item, location, pieces(&quantity)?).map(Some),
        Move::OnOrderBy(quantity) => {
            let by = Stock { on_order: pieces(&quantity)?, ..Stock::default() };
            account.move_stock(item, location, &by).map(|()| None)
        }
        Move::InTransitBy(quantity) => {
            let by = Stock { in_transit: pieces(&quantity)?, ..Stock::default() };
            account.move_stock(item, location, &by).map(|()| None)
        }
    };
    let adjustment = moved.map_err(|error| Refused::bad("item", error))?;
    Ok(Json(json!({"adjustment": adjustment, "stock": account.stock(item, location).map(|stock| stock.told())})))
}

/// Fractions are exact, and not every number is one of the account's.
fn pieces(number: &Number) -> Result<Decimal, Refused> {
    number.to_string().parse().map_err(|_| Refused::bad("body", format!("{number} is no quantity")))
}
