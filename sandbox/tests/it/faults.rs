//! Each fault as a client meets it.

use std::time::Duration;

use axum::http::StatusCode;
use sandbox::Sandbox;
use sandbox::faults::{Fault, Rule};
use sandbox::ledger::Vendor;
use serde_json::Value;

use crate::receiver::Receiver;
use crate::support::{add_tag, sandbox};

fn strike(sandbox: &Sandbox, fault: Fault) {
    let rule = Rule::new(Vendor::Shopify, "tagsAdd", fault).times(1);
    sandbox.faults.set(1, vec![rule]).unwrap();
}

fn tags(sandbox: &Sandbox) -> Value {
    sandbox.shopify.order(450789469).unwrap()["tags"].clone()
}

#[tokio::test]
async fn refusing_faults_do_nothing_and_answer() {
    let sandbox = sandbox().await;
    strike(&sandbox, Fault::Status { status: 503 });
    assert_eq!(add_tag(&sandbox, "a").await.unwrap().status(), 503);
    strike(&sandbox, Fault::Throttle);
    let body: Value = add_tag(&sandbox, "a").await.unwrap().json().await.unwrap();
    assert_eq!(body["errors"][0]["extensions"]["code"], "THROTTLED");
    strike(&sandbox, Fault::Garbage);
    let answer = add_tag(&sandbox, "a").await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.json::<Value>().await.is_err());
    assert_eq!(tags(&sandbox), "");
    assert!(sandbox.ledger.entries().is_empty());
}

#[tokio::test]
async fn latency_delays_and_does() {
    let sandbox = sandbox().await;
    strike(&sandbox, Fault::Latency { millis: 50 });
    let started = std::time::Instant::now();
    assert!(add_tag(&sandbox, "a").await.unwrap().status().is_success());
    assert!(started.elapsed() >= Duration::from_millis(50));
    assert_eq!(tags(&sandbox), "a");
}

#[tokio::test]
async fn a_reset_does_nothing_and_gives_no_answer() {
    let sandbox = sandbox().await;
    strike(&sandbox, Fault::Reset);
    let error = add_tag(&sandbox, "a").await.unwrap_err();
    assert!(error.is_request() && error.status().is_none(), "{error:?}");
    assert_eq!(tags(&sandbox), "");
}

#[tokio::test]
async fn a_lost_answer_leaves_the_write() {
    let sandbox = sandbox().await;
    strike(&sandbox, Fault::AnswerLost);
    assert!(add_tag(&sandbox, "a").await.is_err());
    assert_eq!(tags(&sandbox), "a");
    assert_eq!(sandbox.ledger.entries()[0].result, "ok, answer lost");
}

#[tokio::test]
async fn a_late_write_lands_after_the_client_has_gone() {
    let sandbox = sandbox().await;
    let receiver = Receiver::start(StatusCode::OK).await;
    sandbox.shopify.subscribe("orders/updated", &receiver.url());
    strike(&sandbox, Fault::LandsLater { millis: 100 });
    assert!(add_tag(&sandbox, "a").await.is_err());
    assert_eq!(tags(&sandbox), "");
    receiver.wait_for(1).await;
    assert_eq!(tags(&sandbox), "a");
    assert_eq!(sandbox.ledger.entries()[0].result, "ok, landed late");
}
