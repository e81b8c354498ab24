//! The control API: loads state, moves the clock, reads the ledger, sets faults. Documented with
//! examples in the crate's README. What it is asked wrongly it answers with 400 `{error, field}`.

mod admin;
mod catalogue;
mod dcl;
mod stock;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post, put};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;

use crate::clock::Clock;
use crate::faults::{Faults, Rule};
use crate::ledger::Ledger;
use crate::sales::Sales;
use crate::shopify::{BadRecord, DeliveryControl, Limits, Shop};
use crate::{generate, netsuite};

/// Largest body, in bytes: a batch of orders.
const BODY_LIMIT: usize = 256 * 1024 * 1024;
/// Most orders that one request generates.
const MOST_GENERATED: u32 = 100_000;

/// What the control API reaches.
pub(crate) struct Control {
    pub seed: u64,
    pub shopify: Shop,
    pub netsuite: netsuite::Account,
    pub dcl: crate::dcl::Dcl,
    pub ledger: Ledger,
    pub faults: Faults,
    pub clock: Clock,
    pub sales: Mutex<Option<Sales>>,
    pub shopify_url: Url,
    pub netsuite_url: Url,
    pub dcl_url: Url,
}

pub(crate) fn router(control: Control) -> Router {
    stock::routes(dcl::routes(Router::new()))
        .route("/control/shopify/orders", post(load_orders))
        .route("/control/shopify/orders/{id}", patch(update_order).get(read_order))
        .route("/control/shopify/customers", post(load_customers))
        .route("/control/shopify/products", post(load_products))
        .route("/control/shopify/webhooks", post(subscribe))
        .route("/control/shopify/deliveries", put(control_deliveries).get(deliveries))
        .route("/control/shopify/limits", put(set_limits))
        .route("/control/netsuite/{record}", post(put_record).get(records))
        .route("/control/netsuite/{record}/{id}", get(record).delete(delete_record))
        .route("/control/generate", post(generated))
        .route("/control/ledger", get(ledger))
        .route("/control/faults", put(set_faults).delete(clear_faults))
        .route("/control/clock", post(move_clock).get(read_clock))
        .route("/control/credentials", get(credentials))
        .route("/control/stats", get(stats))
        .merge(admin::routes())
        .merge(catalogue::routes())
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(Arc::new(control))
}

type Shared = State<Arc<Control>>;
type Answer = Result<Json<Value>, Refused>;

/// A request that cannot be done, and the field that is why.
struct Refused {
    status: StatusCode,
    field: String,
    error: String,
}

impl Refused {
    fn bad(field: &str, error: impl Into<String>) -> Refused {
        Refused { status: StatusCode::BAD_REQUEST, field: field.to_owned(), error: error.into() }
    }

    fn missing(what: String) -> Refused {
        Refused { status: StatusCode::NOT_FOUND, field: "id".to_owned(), error: format!("there is no {what}") }
    }
}

impl From<BadRecord> for Refused {
    fn from(bad: BadRecord) -> Refused {
        Refused::bad(&bad.field, bad.message)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = json!({"error": self.error, "field": self.field});
        (self.status, Json(body)).into_response()
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refused> {
    serde_json::from_slice(body).map_err(|error| Refused::bad("body", error.to_string()))
}

/// One record, `{"<one>": record}`, `{"<many>": [record, …]}` or a list.
fn unwrapped(mut body: Value, one: &str, many: &str) -> Result<Vec<Value>, Refused> {
    let inner = if !body[many].is_null() {
        body[many].take()
    } else if !body[one].is_null() {
        body[one].take()
    } else {
        body
    };
    match inner {
        Value::Array(records) => Ok(records),
        record @ Value::Object(_) => Ok(vec![record]),
        _ => Err(Refused::bad("body", format!("must be a {one} or a list of {many}"))),
    }
}

#[derive(Deserialize)]
struct Loading {
    #[serde(default = "yes")]
    webhooks: bool,
}

fn yes() -> bool {
    true
}

async fn load_orders(State(control): Shared, Query(loading): Query<Loading>, body: Bytes) -> Answer {
    let orders = unwrapped(read(&body)?, "order", "orders")?;
    let mut ids = Vec::with_capacity(orders.len());
    for order in orders {
        ids.push(put_order(&control, order, loading.webhooks)?);
    }
    Ok(Json(json!({"ids": ids})))
}

fn put_order(control: &Control, order: Value, webhooks: bool) -> Result<u64, BadRecord> {
    if webhooks { control.shopify.place_order(order) } else { control.shopify.load_order(order) }
}

async fn read_order(State(control): Shared, Path(id): Path<u64>) -> Answer {
    let order = control.shopify.order(id);
    order.map(Json).ok_or_else(|| Refused::missing(format!("order {id}")))
}

async fn update_order(State(control): Shared, Path(id): Path<u64>, body: Bytes) -> Answer {
    Ok(Json(control.shopify.update_order(id, read(&body)?)?))
}

async fn load_customers(State(control): Shared, body: Bytes) -> Answer {
    let mut ids = Vec::new();
    for customer in unwrapped(read(&body)?, "customer", "customers")? {
        ids.push(control.shopify.load_customer(customer)?);
    }
    Ok(Json(json!({"ids": ids})))
}

async fn load_products(State(control): Shared, body: Bytes) -> Answer {
    let mut ids = Vec::new();
    for product in unwrapped(read(&body)?, "product", "products")? {
        ids.push(control.shopify.load_product(product)?);
    }
    Ok(Json(json!({"ids": ids})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Subscribing {
    topic: String,
    url: Url,
}

async fn subscribe(State(control): Shared, body: Bytes) -> Answer {
    let Subscribing { topic, url } = read(&body)?;
    if !topic.contains('/') {
        return Err(Refused::bad("topic", "must be like orders/create"));
    }
    Ok(Json(json!({"id": control.shopify.subscribe(&topic, &url)})))
}

async fn control_deliveries(State(control): Shared, body: Bytes) -> Answer {
    let controls: Vec<DeliveryControl> = read(&body)?;
    control.shopify.control_deliveries(controls);
    Ok(Json(json!({})))
}

async fn deliveries(State(control): Shared) -> Answer {
    Ok(Json(json!(control.shopify.deliveries())))
}

async fn set_limits(State(control): Shared, body: Bytes) -> Answer {
    let limits: Limits = read(&body)?;
    if limits.bucket == 0 || limits.restore_rate == 0 {
        return Err(Refused::bad("bucket", "bucket and restoreRate must be above 0"));
    }
    control.shopify.set_limits(limits);
    Ok(Json(json!({})))
}

async fn put_record(State(control): Shared, Path(record): Path<String>, body: Bytes) -> Answer {
    let id = control.netsuite.put_record(&record, read(&body)?);
    let id = id.map_err(|error| Refused::bad("body", error))?;
    Ok(Json(json!({"id": id})))
}

async fn records(State(control): Shared, Path(record): Path<String>) -> Answer {
    Ok(Json(json!(control.netsuite.records(&record))))
}

async fn record(State(control): Shared, Path((record, id)): Path<(String, String)>) -> Answer {
    let found = control.netsuite.record(&record, &id);
    found.map(Json).ok_or_else(|| Refused::missing(format!("{record} {id}")))
}

async fn delete_record(State(control): Shared, Path((record, id)): Path<(String, String)>) -> Answer {
    let deleted = control.netsuite.delete_record(&record, &id);
    deleted.map_err(|error| Refused::bad("id", error))?;
    Ok(Json(json!({})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Generating {
    seed: Option<u64>,
    count: u32,
    #[serde(default)]
    place: bool,
}

async fn generated(State(control): Shared, body: Bytes) -> Answer {
    let Generating { seed, count, place } = read(&body)?;
    if count > MOST_GENERATED {
        return Err(Refused::bad("count", format!("must be at most {MOST_GENERATED}")));
    }
    let orders = generate::orders(seed.unwrap_or(control.seed), count);
    if !place {
        return Ok(Json(json!({"orders": orders})));
    }
    let mut ids = Vec::with_capacity(orders.len());
    for order in orders {
        ids.push(put_order(&control, order, true)?);
    }
    Ok(Json(json!({"ids": ids})))
}

async fn ledger(State(control): Shared) -> Answer {
    Ok(Json(json!(control.ledger.entries())))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Faulting {
    seed: Option<u64>,
    rules: Vec<Rule>,
}

async fn set_faults(State(control): Shared, body: Bytes) -> Answer {
    let Faulting { seed, rules } = read(&body)?;
    let set = control.faults.set(seed.unwrap_or(control.seed), rules);
    set.map_err(|error| match error.split_once(": ") {
        Some((field, error)) => Refused::bad(field, error),
        None => Refused::bad("rules", error),
    })?;
    Ok(Json(json!({})))
}

async fn clear_faults(State(control): Shared) -> Answer {
    control.faults.clear();
    Ok(Json(json!({})))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
enum ClockMove {
    AdvanceSeconds(u64),
    Set(Timestamp),
}

async fn move_clock(State(control): Shared, body: Bytes) -> Answer {
    match read(&body)? {
        ClockMove::AdvanceSeconds(seconds) => control.clock.advance(Duration::from_secs(seconds)),
        ClockMove::Set(at) => control.clock.set(at),
    }
    read_clock(State(control)).await
}

async fn read_clock(State(control): Shared) -> Answer {
    Ok(Json(json!({"now": control.clock.now()})))
}

async fn credentials(State(control): Shared) -> Answer {
    let netsuite = control.netsuite.credentials();
    Ok(Json(json!({
        "shopify": {
            "baseUrl": control.shopify_url,
            "credentials": control.shopify.credentials(),
        },
        "netsuite": {
            "baseUrl": control.netsuite_url,
            "credentials": {
                "account": netsuite.account,
                "clientId": netsuite.client_id,
                "certificateId": netsuite.certificate_id,
                "privateKeyPem": netsuite.private_key_pem.expose_secret(),
                "consumerKey": netsuite.consumer_key,
                "consumerSecret": netsuite.consumer_secret.expose_secret(),
                "tokenId": netsuite.token_id,
                "tokenSecret": netsuite.token_secret.expose_secret(),
                "accessToken": control.netsuite.access_token(),
            },
        },
        "dcl": {
            "baseUrl": control.dcl_url,
            "credentials": control.dcl.credentials(),
        },
    })))
}

async fn stats(State(control): Shared) -> Answer {
    Ok(Json(json!({
        "shopify": {
            "requests": control.shopify.requests(),
            "pointsUsed": control.shopify.points_used(),
        },
        "netsuite": {
            "requests": control.netsuite.requests(),
            "highestConcurrency": control.netsuite.observed_concurrency(),
        },
        "dcl": {
            "requests": control.dcl.requests(),
        },
    })))
}
