//! Subscriptions and deliveries.

use axum::http::StatusCode;
use base64::Engine;
use hmac::{Hmac, Mac};
use sandbox::shopify::{DeliveryControl, Mischief};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::receiver::{Receiver, header};
use crate::support::{ask, sandbox, sandbox_with};

#[tokio::test]
async fn subscriptions_are_made_once_and_listed() {
    let sandbox = sandbox_with(|options| options.allow_http_webhooks = false).await;
    let create = "mutation($uri: String!) {
        webhookSubscriptionCreate(topic: ORDERS_CREATE, webhookSubscription: {uri: $uri}) {
            webhookSubscription { id topic uri } userErrors { field message }
        }
    }";
    let payload = async |uri: &str| {
        let body = ask(&sandbox, create, json!({"uri": uri})).await;
        body["data"]["webhookSubscriptionCreate"].clone()
    };
    let made = payload("https://example.com/hook").await;
    assert_eq!(made["webhookSubscription"]["topic"], "ORDERS_CREATE");
    let field = json!(["webhookSubscription", "callbackUrl"]);
    for (uri, message) in [
        ("https://example.com/hook", "Address for this topic has already been taken"),
        ("http://example.com/hook", "Address protocol http:// is not supported"),
        ("hook", "Address is invalid"),
    ] {
        let refused = payload(uri).await;
        assert_eq!(refused["userErrors"], json!([{"field": field, "message": message}]));
    }
    let list = "{ webhookSubscriptions(first: 10, topics: [ORDERS_CREATE]) { nodes { id uri } } }";
    let listed = ask(&sandbox, list, json!({})).await;
    let nodes = &listed["data"]["webhookSubscriptions"]["nodes"];
    assert_eq!(nodes[0]["uri"], "https://example.com/hook");

    let delete = "mutation($id: ID!) { webhookSubscriptionDelete(id: $id) {
        deletedWebhookSubscriptionId userErrors { message } } }";
    let deleted = ask(&sandbox, delete, json!({"id": nodes[0]["id"]})).await;
    let payload = &deleted["data"]["webhookSubscriptionDelete"];
    assert_eq!(payload["deletedWebhookSubscriptionId"], nodes[0]["id"]);
    assert!(sandbox.shopify.subscriptions().is_empty());
}

#[tokio::test]
async fn a_placed_order_is_delivered_signed() {
    let sandbox = sandbox().await;
    let receiver = Receiver::start(StatusCode::OK).await;
    for topic in ["orders/create", "orders/paid"] {
        sandbox.shopify.subscribe(topic, &receiver.url());
    }
    let mut order = sandbox::generate::order(1, 0);
    order["financial_status"] = json!("paid");
    let id = sandbox.shopify.place_order(order).unwrap();
    sandbox.shopify.deliveries_settled().await;

    let seen = receiver.seen();
    assert_eq!(seen.len(), 2);
    let secret = sandbox.shopify.credentials().client_secret;
    for (headers, body) in &seen {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(body);
        let expected = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
        assert_eq!(header(headers, "x-shopify-hmac-sha256"), expected);
        assert_eq!(header(headers, "x-shopify-shop-domain"), "sandbox.myshopify.com");
        assert_eq!(header(headers, "x-shopify-api-version"), "2026-10");
        let payload: Value = serde_json::from_slice(body).unwrap();
        assert_eq!(payload["id"].as_u64(), Some(id));
        assert_eq!(payload.get("transactions"), None);
    }
    let (first, second) = (&seen[0].0, &seen[1].0);
    assert_eq!(header(first, "x-shopify-event-id"), header(second, "x-shopify-event-id"));
    assert_ne!(header(first, "x-shopify-webhook-id"), header(second, "x-shopify-webhook-id"));
}

#[tokio::test]
async fn a_failed_delivery_is_repeated_until_it_is_taken() {
    let sandbox = sandbox().await;
    let receiver = Receiver::start(StatusCode::SERVICE_UNAVAILABLE).await;
    sandbox.shopify.subscribe("orders/create", &receiver.url());
    sandbox.shopify.place_order(sandbox::generate::order(1, 0)).unwrap();
    receiver.wait_for(3).await;
    *receiver.state.answer.lock().unwrap() = StatusCode::OK;
    sandbox.shopify.deliveries_settled().await;

    let attempts = sandbox.shopify.deliveries();
    assert!(attempts.len() >= 4 && attempts.len() <= 9);
    assert_eq!(attempts.last().unwrap().status, Some(200));
    assert!(attempts.iter().all(|one| one.webhook_id == attempts[0].webhook_id));
}

#[tokio::test]
async fn a_subscription_of_the_api_is_removed_after_eight_failures() {
    let sandbox = sandbox().await;
    let receiver = Receiver::start(StatusCode::NOT_FOUND).await;
    let create = "mutation($uri: String!) {
        webhookSubscriptionCreate(topic: ORDERS_CREATE, webhookSubscription: {uri: $uri}) {
            userErrors { message }
        }
    }";
    ask(&sandbox, create, json!({"uri": receiver.url()})).await;
    sandbox.shopify.subscribe("orders/paid", &receiver.url());
    let mut order = sandbox::generate::order(1, 0);
    order["financial_status"] = json!("paid");
    sandbox.shopify.place_order(order).unwrap();
    sandbox.shopify.deliveries_settled().await;
    let left = sandbox.shopify.subscriptions();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].0, "orders/paid", "the app's own configuration stays");
    assert_eq!(receiver.seen().len(), 8 + 9);
}

#[tokio::test]
async fn deliveries_can_be_dropped_doubled_and_swapped() {
    let sandbox = sandbox().await;
    let receiver = Receiver::start(StatusCode::OK).await;
    sandbox.shopify.subscribe("orders/create", &receiver.url());
    sandbox.shopify.subscribe("orders/updated", &receiver.url());
    let control = |topic: &str, mischief| DeliveryControl { topic: topic.to_owned(), mischief, times: Some(1) };
    let place = |index| sandbox.shopify.place_order(sandbox::generate::order(1, index)).unwrap();

    sandbox.shopify.control_deliveries(vec![
        control("orders/create", Mischief::Drop),
        control("orders/create", Mischief::Duplicate),
        control("orders/create", Mischief::Reorder),
    ]);
    place(0);
    sandbox.shopify.deliveries_settled().await;
    assert_eq!(receiver.seen().len(), 0);
    place(1);
    sandbox.shopify.deliveries_settled().await;
    let seen = receiver.seen();
    assert_eq!(seen.len(), 2);
    assert_eq!(header(&seen[0].0, "x-shopify-webhook-id"), header(&seen[1].0, "x-shopify-webhook-id"));
    let id = place(2);
    sandbox.shopify.update_order(id, json!({"note": "x"})).unwrap();
    sandbox.shopify.deliveries_settled().await;
    let topics: Vec<String> =
        receiver.seen()[2..].iter().map(|(headers, _)| header(headers, "x-shopify-topic").to_owned()).collect();
    assert_eq!(topics, ["orders/updated", "orders/create"]);
}
