//! The account-wide limit, its disguises, and the faults in front of the account.

use std::time::Duration;

use http::StatusCode;
use serde_json::Value;

use super::{World, order};
use crate::faults::{Fault, Rule};
use crate::ledger::Vendor;
use crate::netsuite::{Disguise, Options};

async fn busy(disguise: Disguise) -> World {
    World::new(Options {
        concurrency_limit: 1,
        concurrency_disguise: disguise,
        latency: Duration::from_millis(20),
        ..Options::default()
    })
    .await
}

#[tokio::test]
async fn over_the_limit_requests_are_blocked_in_disguise() {
    for (disguise, status, code) in [
        (Disguise::TooManyRequests, StatusCode::TOO_MANY_REQUESTS, "CONCURRENCY_LIMIT_EXCEEDED"),
        (Disguise::BadRequest, StatusCode::BAD_REQUEST, "CONCURRENCY_LIMIT_EXCEEDED"),
        (Disguise::InvalidLogin { millis: 5 }, StatusCode::UNAUTHORIZED, "INVALID_LOGIN"),
    ] {
        let world = busy(disguise).await;
        let path = "/record/v1/customer/500";
        let (first, second) = tokio::join!(world.call("GET", path, Value::Null), world.call("GET", path, Value::Null));
        assert_eq!(first.status, StatusCode::OK);
        assert_eq!((second.status, second.code()), (status, code));
        assert_eq!(world.account.observed_concurrency(), 2);
        assert_eq!(world.account.requests()["GET customer"], 2);

        world.account.set_concurrency_limit(2);
        world.account.set_latency(Duration::from_millis(1));
        let (first, second) = tokio::join!(world.call("GET", path, Value::Null), world.call("GET", path, Value::Null));
        assert_eq!((first.status, second.status), (StatusCode::OK, StatusCode::OK));
    }
}

#[tokio::test]
async fn a_request_that_its_client_gave_up_frees_its_place() {
    let world = busy(Disguise::TooManyRequests).await;
    world.account.set_latency(Duration::from_secs(600));
    let path = "/record/v1/customer/500";
    let given_up = world.call("GET", path, Value::Null);
    assert!(tokio::time::timeout(Duration::from_millis(1), given_up).await.is_err());
    world.account.set_latency(Duration::ZERO);
    assert_eq!(world.call("GET", path, Value::Null).await.status, StatusCode::OK);
}

#[tokio::test]
async fn faults_strike_by_operation_with_netsuites_own_answers() {
    let world = World::usual().await;
    for (fault, status, code) in [
        (Fault::Throttle, 429, "CONCURRENCY_LIMIT_EXCEEDED"),
        (Fault::ConcurrencyLimit { status: 400 }, 400, "CONCURRENCY_LIMIT_EXCEEDED"),
        (Fault::HangThenInvalidLogin { millis: 1 }, 401, "INVALID_LOGIN"),
        (Fault::Status { status: 503 }, 503, "UNEXPECTED_ERROR"),
    ] {
        let rule = Rule::new(Vendor::Netsuite, "PUT salesOrder", fault).times(1);
        world.faults.set(1, vec![rule]).unwrap();
        let get = world.call("GET", "/record/v1/customer/500", Value::Null).await;
        assert_eq!(get.status, StatusCode::OK);
        let struck = world.put_order("K", order()).await;
        assert_eq!((struck.status.as_u16(), struck.code()), (status, code));
    }
    assert!(world.account.records("salesOrder").is_empty());
    world.put_order("K", order()).await.id();
    let rule = Rule::new(Vendor::Netsuite, "PUT salesOrder", Fault::AnswerLost).times(1);
    world.faults.set(1, vec![rule]).unwrap();
    world.put_order("L", order()).await;
    let entries = world.ledger.entries();
    assert_eq!(entries.last().unwrap().result, "ok, answer lost");
}
