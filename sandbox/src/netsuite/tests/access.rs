//! Logging in.

use std::time::Duration;

use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{Request, StatusCode};
use ring::hmac;
use serde_json::{Value, json};

use super::{HOST, World};
use crate::netsuite::tba::encode;

#[tokio::test]
async fn a_token_may_be_had_without_logging_in() {
    let mut world = World::usual().await;
    world.token = world.account.access_token();
    assert_eq!(world.call("GET", "/record/v1/subsidiary/1", Value::Null).await.status, StatusCode::OK);
    world.account.revoke_tokens();
    assert_eq!(world.call("GET", "/record/v1/subsidiary/1", Value::Null).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_wrong_assertion_is_refused_with_its_oauth_error() {
    let world = World::usual().await;
    let now = world.clock.now().as_second();
    let cases = [
        ("iss", json!("someone"), StatusCode::UNAUTHORIZED, "invalid_client"),
        ("aud", json!("https://elsewhere/token"), StatusCode::BAD_REQUEST, "invalid_grant"),
        ("exp", json!(now - 1), StatusCode::BAD_REQUEST, "invalid_grant"),
        ("exp", json!(now + 3601), StatusCode::BAD_REQUEST, "invalid_grant"),
        ("iat", json!(now + 600), StatusCode::BAD_REQUEST, "invalid_grant"),
        ("exp", json!("soon"), StatusCode::BAD_REQUEST, "invalid_grant"),
        ("scope", json!("restlets"), StatusCode::BAD_REQUEST, "invalid_scope"),
    ];
    for (claim, value, status, error) in cases {
        let mut claims = world.claims();
        claims[claim] = value.clone();
        let answer = world.ask_for_token(&claims, "ES256").await;
        assert_eq!(answer.status, status, "{claim} {value}");
        assert_eq!(answer.body["error"], error, "{claim} {value}");
    }
}

#[tokio::test]
async fn the_signature_its_algorithm_and_its_key_are_checked() {
    let world = World::usual().await;
    for alg in ["none", "HS256", "RS256", "PS256", "ES384"] {
        let answer = world.ask_for_token(&world.claims(), alg).await;
        assert_eq!(answer.body["error"], "invalid_client", "{alg}");
    }
    let other = World::usual().await;
    let head = json!({ "alg": "ES256", "kid": world.account.credentials().certificate_id });
    let forged = other.sign(&head, &world.claims());
    assert_eq!(world.send_assertion(&forged).await.status, StatusCode::UNAUTHORIZED);
    let head = json!({ "alg": "ES256", "kid": "other" });
    let unknown = world.sign(&head, &world.claims());
    assert_eq!(world.send_assertion(&unknown).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(world.send_assertion("no.jwt").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn tokens_expire_and_are_revoked() {
    let mut world = World::usual().await;
    let path = "/record/v1/customer/500";
    assert_eq!(world.call("GET", path, Value::Null).await.status, StatusCode::OK);
    world.clock.advance(Duration::from_secs(3601));
    let answer = world.call("GET", path, Value::Null).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.code(), "INVALID_LOGIN");
    assert!(answer.detail().starts_with("Invalid login attempt."));

    world.token = world.log_in().await;
    assert_eq!(world.call("GET", path, Value::Null).await.status, StatusCode::OK);
    world.account.revoke_tokens();
    assert_eq!(world.call("GET", path, Value::Null).await.status, StatusCode::UNAUTHORIZED);
    world.token = "made-up".to_owned();
    assert_eq!(world.call("GET", path, Value::Null).await.status, StatusCode::UNAUTHORIZED);
}

/// Signs as RFC 5849 says, apart from the code under test but for its percent-encoding.
fn signed(world: &World, nonce: &str, at: i64, change: impl Fn(&mut Vec<(String, String)>)) -> String {
    let credentials = world.account.credentials();
    let mut oauth: Vec<(String, String)> = [
        ("oauth_consumer_key", credentials.consumer_key.as_str()),
        ("oauth_nonce", nonce),
        ("oauth_signature_method", "HMAC-SHA256"),
        ("oauth_timestamp", &at.to_string()),
        ("oauth_token", &credentials.token_id),
        ("oauth_version", "1.0"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec();
    let mut pairs = oauth.clone();
    pairs.push(("fields".into(), "entityId,email".into()));
    pairs.push(("expandSubResources".into(), "false".into()));
    pairs.sort();
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    let url = format!("http://{HOST}/services/rest/record/v1/customer/500");
    let base = format!("GET&{}&{}", encode(&url), encode(&pairs.join("&")));
    let key = hmac::Key::new(hmac::HMAC_SHA256, credentials.signing_key().as_bytes());
    let signature = STANDARD.encode(hmac::sign(&key, base.as_bytes()));
    oauth.push(("oauth_signature".into(), signature));
    oauth.push(("realm".into(), credentials.account));
    change(&mut oauth);
    let list: Vec<String> = oauth.iter().map(|(name, value)| format!("{name}=\"{}\"", encode(value))).collect();
    format!("OAuth {}", list.join(", "))
}

async fn with_tba(world: &World, authorization: &str) -> StatusCode {
    let url = "/services/rest/record/v1/customer/500?expandSubResources=false&fields=entityId%2Cemail";
    let request =
        Request::get(url).header("host", HOST).header("authorization", authorization).body(Body::empty()).unwrap();
    world.send(request).await.status
}

#[tokio::test]
async fn tba_signatures_are_checked() {
    let world = World::usual().await;
    let now = world.clock.now().as_second();
    let good = signed(&world, "n1", now, |_| {});
    assert_eq!(with_tba(&world, &good).await, StatusCode::OK);
    // The same nonce again.
    assert_eq!(with_tba(&world, &good).await, StatusCode::UNAUTHORIZED);
    for at in [now - 301, now + 301, i64::MIN] {
        let late = signed(&world, "n2", at, |_| {});
        assert_eq!(with_tba(&world, &late).await, StatusCode::UNAUTHORIZED);
    }
    for (name, value) in [
        ("realm", "tstdrv1234567"),
        ("oauth_token", "other"),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_signature", "AAAA"),
        ("oauth_timestamp", "1"),
    ] {
        let wrong = signed(&world, "n3", now, |oauth| {
            for pair in oauth.iter_mut().filter(|pair| pair.0 == name) {
                value.clone_into(&mut pair.1);
            }
        });
        assert_eq!(with_tba(&world, &wrong).await, StatusCode::UNAUTHORIZED, "{name}");
    }
}
