//! The rules of the stand-in, each asked by a request through its router.

mod access;
mod bills;
mod concurrency;
mod customers;
mod deposits;
mod fulfillments;
mod inbound;
mod inventory;
mod inventory_numbers;
mod links;
mod orders;
mod payments;
mod queries;
mod reading;
mod receipts;
mod splits;
mod stock;
mod taxes;
mod transforms;

use axum::Router;
use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::{HeaderMap, Request, StatusCode};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::{Account, Options};
use crate::clock::Clock;
use crate::faults::Faults;
use crate::ledger::Ledger;

const HOST: &str = "127.0.0.1:4711";

/// An account, its surroundings, and a logged-in caller.
struct World {
    account: Account,
    router: Router,
    clock: Clock,
    ledger: Ledger,
    faults: Faults,
    token: String,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    fn code(&self) -> &str {
        self.body["o:errorDetails"][0]["o:errorCode"].as_str().unwrap_or_default()
    }

    fn detail(&self) -> &str {
        self.body["o:errorDetails"][0]["detail"].as_str().unwrap_or_default()
    }

    fn path(&self) -> &str {
        self.body["o:errorDetails"][0]["o:errorPath"].as_str().unwrap_or_default()
    }

    /// The internal id that a write's `Location` ends with.
    fn id(&self) -> String {
        assert_eq!(self.status, StatusCode::NO_CONTENT, "{}", self.body);
        let location = self.headers["location"].to_str().unwrap();
        location.rsplit('/').next().unwrap().to_owned()
    }

    fn refused(&self, code: &str, text: &str) {
        assert_eq!(self.status, StatusCode::BAD_REQUEST, "{}", self.body);
        assert_eq!(self.code(), code, "{}", self.body);
        assert!(self.detail().contains(text), "{}", self.body);
    }
}

impl World {
    async fn new(options: Options) -> World {
        let (clock, ledger, faults) = (Clock::default(), Ledger::default(), Faults::default());
        let account = Account::new(options, clock.clone(), ledger.clone(), faults.clone()).unwrap();
        let mut world = World { router: account.router(), account, clock, ledger, faults, token: String::new() };
        world.token = world.log_in().await;
        world
    }

    async fn usual() -> World {
        World::new(Options::default()).await
    }

    async fn log_in(&self) -> String {
        let answer = self.ask_for_token(&self.claims(), "ES256").await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        assert_eq!(answer.body["expires_in"], "3600");
        answer.body["access_token"].as_str().unwrap().to_owned()
    }

    fn claims(&self) -> Value {
        let now = self.clock.now().as_second();
        json!({
            "iss": self.account.credentials().client_id, "scope": "restlets,rest_webservices",
            "aud": format!("http://{HOST}{}", super::auth::TOKEN_PATH), "iat": now, "exp": now + 300,
        })
    }

    async fn ask_for_token(&self, claims: &Value, alg: &str) -> Answer {
        let head = json!({ "typ": "JWT", "alg": alg,
            "kid": self.account.credentials().certificate_id });
        let jwt = self.sign(&head, claims);
        self.send_assertion(&jwt).await
    }

    fn sign(&self, head: &Value, claims: &Value) -> String {
        let pem = self.account.credentials().private_key_pem;
        let der: String = pem.expose_secret().lines().filter(|line| !line.starts_with("-----")).collect();
        let random = SystemRandom::new();
        let der = STANDARD.decode(der).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der, &random).unwrap();
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(head), part(claims));
        let signature = key.sign(&random, signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }

    async fn send_assertion(&self, jwt: &str) -> Answer {
        let form = format!(
            "grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3A\
             client-assertion-type%3Ajwt-bearer&client_assertion={jwt}"
        );
        let request = Request::post(super::auth::TOKEN_PATH)
            .header("host", HOST)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form))
            .unwrap();
        self.send(request).await
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Answer { status, headers, body }
    }

    async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        self.call_with(method, path, &[("x-netsuite-propertynamevalidation", "Error")], body).await
    }

    async fn call_with(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Value) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/services/rest{path}"))
            .header("host", HOST)
            .header("authorization", format!("Bearer {}", self.token));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Value::Null => Body::empty(),
            body => Body::from(body.to_string()),
        };
        self.send(request.body(body).unwrap()).await
    }

    async fn put_order(&self, key: &str, body: Value) -> Answer {
        self.call("PUT", &format!("/record/v1/salesOrder/eid:{key}"), body).await
    }

    async fn get_order(&self, key: &str) -> Value {
        let path = format!("/record/v1/salesOrder/{key}?expandSubResources=true");
        let answer = self.call("GET", &path, Value::Null).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.body
    }

    async fn get(&self, record: &str, key: &str) -> Value {
        let path = format!("/record/v1/{record}/{key}?expandSubResources=true");
        let answer = self.call("GET", &path, Value::Null).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.body
    }

    /// An approved order of 2 + 1 pieces, shipping of 3.00 and a discount of 1.00: 27.55 in all.
    async fn released(&self, key: &str) -> String {
        self.put_order(key, released()).await.id()
    }

    async fn transform(&self, from: &str, id: &str, to: &str, body: Value) -> Answer {
        self.call("POST", &format!("/record/v1/{from}/{id}/!transform/{to}"), body).await
    }

    async fn fulfill(&self, id: &str, body: Value) -> Answer {
        self.transform("salesOrder", id, "itemFulfillment", body).await
    }

    async fn status(&self, id: &str) -> String {
        self.get_order(id).await["status"]["id"].as_str().unwrap().to_owned()
    }

    async fn query(&self, q: &str, params: &[Value]) -> Answer {
        let body = json!({ "q": q, "params": params });
        self.call_with("POST", "/query/v1/suiteql", &[("prefer", "transient")], body).await
    }

    async fn rows(&self, q: &str, params: &[Value]) -> Vec<Value> {
        let answer = self.query(q, params).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.body["items"].as_array().unwrap().clone()
    }
}

/// An order of two items and a discount: 2 × 10.00 + 5.55 - 1.00 = 24.55.
fn order() -> Value {
    json!({
        "entity": { "id": "500" },
        "item": { "items": [
            { "item": { "id": "1001" }, "quantity": 2, "rate": 10, "price": { "id": "-1" },
              "custcol_shopify_line_id": "11" },
            { "item": { "id": "1002" }, "quantity": 1, "amount": 5.55 },
            { "item": { "id": "901" }, "amount": -1 },
        ] },
    })
}

/// The same, approved, with a line for shipping.
fn released() -> Value {
    let mut order = order_with("orderStatus", json!({"id": "B"}));
    order["location"] = json!({"id": "1"});
    order["custbody_shopify_order_id"] = json!("450789469");
    order["custbody_o2c_brand"] = json!("acme");
    order["custbody_sent_to_3pl"] = json!(true);
    let lines = order["item"]["items"].as_array_mut().unwrap();
    lines.push(json!({"item": {"id": "902"}, "quantity": 1, "rate": 3}));
    order
}

/// A shipment of these (line, quantity), the others left out.
fn shipment(shipped: &[(i64, i64)]) -> Value {
    let lines: Vec<Value> = [1, 2]
        .into_iter()
        .map(|line| match shipped.iter().find(|(shipped, _)| *shipped == line) {
            Some((_, quantity)) => json!({"orderLine": line, "itemReceive": true, "quantity": quantity}),
            None => json!({"orderLine": line, "itemReceive": false}),
        })
        .collect();
    json!({"shipStatus": {"id": "C"}, "item": {"items": lines}})
}

/// The same with one field set.
fn order_with(name: &str, value: Value) -> Value {
    let mut order = order();
    order[name] = value;
    order
}
