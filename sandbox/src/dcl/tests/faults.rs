use super::*;
use crate::faults::{Fault, Rule};
use crate::ledger::Vendor;

#[tokio::test]
async fn a_login_is_demanded() {
    let world = World::usual();
    let wrong = format!("Basic {}", STANDARD.encode("sandbox:guess"));
    for login in [None, Some(wrong.as_str()), Some("Bearer x"), Some("Basic ???")] {
        for path in ["/api/v1/orders", "/api/sandbox/items", "/api/v1/nothing"] {
            let answer = world.ask("GET", path, login, String::new()).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
            assert_eq!(answer.headers["www-authenticate"], "Basic realm=\"eFactory\"");
            assert_ne!(answer.body["error_code"], 0);
        }
    }
}

#[tokio::test]
async fn both_addresses_lead_to_one_state_and_others_nowhere() {
    let world = World::usual();
    world.place("SO1", &[(SKU, 1)]).await;
    let login = world.login();
    let answer = world.ask("GET", "/api/sandbox/orders", Some(&login), String::new()).await;
    assert_eq!(answer.numbers(), ["SO1"]);
    for (method, path) in [("GET", "/api/v1/rmas"), ("PUT", "/api/v1/orders"), ("GET", "/api/v3/orders")] {
        let answer = world.ask(method, path, Some(&login), String::new()).await;
        assert_eq!((answer.status, &answer.body["error_code"]), (StatusCode::NOT_FOUND, &json!(404)));
    }
}

#[tokio::test]
async fn faults_answer_as_the_vendor_does() {
    let world = World::usual();
    for (fault, status) in [
        (Fault::Throttle, 429),
        (Fault::Status { status: 429 }, 429),
        (Fault::ConcurrencyLimit { status: 400 }, 429),
        (Fault::Status { status: 401 }, 401),
        (Fault::HangThenInvalidLogin { millis: 1 }, 401),
        (Fault::Status { status: 503 }, 503),
    ] {
        world.faults.set(1, vec![Rule::new(Vendor::Dcl, "GET orders", fault.clone())]).unwrap();
        let answer = world.get("orders").await;
        assert_eq!(answer.status.as_u16(), status, "{fault:?}");
        assert_ne!(answer.body["error_code"], 0);
        assert_eq!(answer.status == 401, answer.headers.contains_key("www-authenticate"));
        assert_eq!(world.get("items").await.status, StatusCode::OK);
    }
    assert_eq!(world.dcl.requests()["GET orders"], 6);
}

#[tokio::test]
async fn a_lost_answer_leaves_the_order() {
    let world = World::usual();
    let lost = Rule::new(Vendor::Dcl, "POST batches", Fault::AnswerLost).times(1);
    world.faults.set(1, vec![lost]).unwrap();
    let answer = world.submit(json!({"allow_partial": true, "orders": [order("SO1", &[(SKU, 1)])]})).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(world.results(), [(Some("SO1".to_owned()), "ok, answer lost".to_owned())]);
    assert_eq!(world.get("orders?order_numbers=SO1").await.numbers(), ["SO1"]);
}
