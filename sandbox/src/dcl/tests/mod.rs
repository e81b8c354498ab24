//! The rules of the stand-in, each asked by a request through its router.

mod batches;
mod faults;
mod inbound;
mod orders;
mod stock;
mod warehouse;

use axum::Router;
use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Request, StatusCode};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::{Dcl, Options};
use crate::clock::Clock;
use crate::faults::Faults;
use crate::ledger::Ledger;

const SKU: &str = "TEE-SLATE";
const OTHER: &str = "TEE-MOSS";

/// The warehouse and its surroundings.
struct World {
    dcl: Dcl,
    router: Router,
    clock: Clock,
    ledger: Ledger,
    faults: Faults,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    fn refused(&self, text: &str) {
        assert_eq!(self.status, StatusCode::BAD_REQUEST, "{}", self.body);
        assert_ne!(self.body["error_code"], 0);
        assert!(self.body["error_message"].as_str().unwrap().starts_with(text), "{text}: {}", self.body);
    }

    /// The numbers of the orders that are listed.
    fn numbers(&self) -> Vec<&str> {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        assert_eq!(self.body["error_code"], 0);
        let orders = self.body["orders"].as_array().unwrap();
        orders.iter().map(|order| order["order_number"].as_str().unwrap()).collect()
    }
}

impl World {
    fn new(options: Options) -> World {
        let (clock, ledger, faults) = (Clock::default(), Ledger::default(), Faults::default());
        clock.set("2026-11-25T20:00:00Z".parse().unwrap());
        let dcl = Dcl::new(options, clock.clone(), ledger.clone(), faults.clone()).unwrap();
        World { router: dcl.router(), dcl, clock, ledger, faults }
    }

    fn usual() -> World {
        World::new(Options::default())
    }

    fn login(&self) -> String {
        let own = self.dcl.credentials();
        format!("Basic {}", STANDARD.encode(format!("{}:{}", own.username, own.password.expose_secret())))
    }

    async fn ask(&self, method: &str, path: &str, login: Option<&str>, body: String) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(login) = login {
            request = request.header("authorization", login);
        }
        let response = self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Answer { status: parts.status, headers: parts.headers, body }
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask("GET", &format!("/api/v1/{path}"), Some(&self.login()), String::new()).await
    }

    async fn submit(&self, batch: Value) -> Answer {
        self.ask("POST", "/api/v1/batches", Some(&self.login()), batch.to_string()).await
    }

    /// Submits an order that must be taken.
    async fn place(&self, number: &str, lines: &[(&str, u64)]) {
        let answer = self.submit(json!({"allow_partial": true, "orders": [order(number, lines)]})).await;
        assert_eq!(answer.body["order_statuses"][0]["error_code"], 0, "{}", answer.body);
    }

    fn results(&self) -> Vec<(Option<String>, String)> {
        self.ledger.entries().into_iter().map(|entry| (entry.key, entry.result)).collect()
    }

    fn order(&self, number: &str) -> Value {
        self.dcl.order(number).unwrap()
    }
}

fn order(number: &str, lines: &[(&str, u64)]) -> Value {
    let lines: Vec<_> = (1..)
        .zip(lines)
        .map(|(number, (item, quantity))| {
            json!({"line_number": number, "item_number": item, "quantity": quantity, "description": "a tee"})
        })
        .collect();
    json!({
        "order_number": number, "account_number": "10501", "freight_account": "00500",
        "shipping_carrier": "FEDEX", "shipping_service": "GROUND",
        "shipping_address": {
            "attention": "Walter P.", "address1": "48641 Milmont drive", "city": "Fremont",
            "state_province": "CA", "postal_code": "94538", "country_code": "US",
        },
        "lines": lines,
    })
}
