use super::*;

const ORDER: &str = r##"{"id":450789469,"name":"#1001","tags":"vip","note":"Straße 🍏"}"##;

#[tokio::test]
async fn an_order_reaches_its_run_and_a_duplicate_the_same() {
    let (router, temporal) = up().await;
    for topic in ["orders/create", "orders/create", "orders/paid"] {
        assert_eq!(send(&router, delivery(topic, ORDER)).await.status(), StatusCode::OK);
    }
    assert_eq!(temporal.workflow_ids(), ["shopifyToNetsuiteWorkflow:acme:450789469"; 3]);
}

#[tokio::test]
async fn the_previous_secret_still_signs() {
    let (router, temporal) = up().await;
    let mut request = delivery("orders/create", ORDER);
    let signature = sign(PREVIOUS_SECRET, ORDER.as_bytes());
    request.headers_mut().insert("x-shopify-hmac-sha256", signature.parse().unwrap());
    assert_eq!(send(&router, request).await.status(), StatusCode::OK);
    assert_eq!(temporal.workflow_ids().len(), 1);
}

#[tokio::test]
async fn what_nobody_wants_is_answered_and_not_published() {
    let (router, temporal) = up().await;
    let echo = r#"{"id":450789469,"tags":"vip, SENT_TO_NS"}"#;
    for (topic, body) in [("products/update", r#"{"id":1}"#), ("app/uninstalled", "{}"), ("orders/updated", echo)] {
        assert_eq!(send(&router, delivery(topic, body)).await.status(), StatusCode::OK, "{topic}");
    }
    let mut request = delivery("orders/create", ORDER);
    *request.uri_mut() = "/webhooks/shopify/beta".parse().unwrap();
    assert_eq!(send(&router, request).await.status(), StatusCode::OK);
    assert!(temporal.workflow_ids().is_empty());

    let metrics = text(send(&router, call("GET", "/metrics", "", "")).await).await;
    for line in [
        r#"connector_webhooks_total{brand="acme",outcome="ignored",topic="other"} 2"#,
        r#"connector_webhooks_total{brand="acme",outcome="echo",topic="orders/updated"} 1"#,
        r#"connector_webhooks_total{brand="beta",outcome="disabled",topic="orders/create"} 1"#,
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
}

#[tokio::test]
async fn temporal_down_asks_shopify_to_repeat() {
    let response = send(&down().await, delivery("orders/create", ORDER)).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(response.headers().contains_key(header::RETRY_AFTER));
    assert_eq!(json(response).await["error"]["code"], "unavailable");
}

#[tokio::test]
async fn a_forged_or_misrouted_delivery_is_refused() {
    let (router, temporal) = up().await;
    let with = |name: &'static str, value: &str| {
        let mut request = delivery("orders/create", ORDER);
        request.headers_mut().insert(name, value.parse().unwrap());
        request
    };
    let without = |name: &str| {
        let mut request = delivery("orders/create", ORDER);
        request.headers_mut().remove(name);
        request
    };
    let at = |path: &str| {
        let mut request = delivery("orders/create", ORDER);
        *request.uri_mut() = path.parse().unwrap();
        request
    };
    let hmac = "x-shopify-hmac-sha256";
    for (request, status, field) in [
        (with(hmac, &sign("other", ORDER.as_bytes())), 401, hmac),
        (with(hmac, "%%%"), 401, hmac),
        (without(hmac), 401, hmac),
        (with("x-shopify-shop-domain", "evil.myshopify.com"), 400, "x-shopify-shop-domain"),
        (without("x-shopify-shop-domain"), 400, "x-shopify-shop-domain"),
        (without("x-shopify-topic"), 400, "x-shopify-topic"),
        (at("/webhooks/shopify/nobody"), 404, "brand"),
        (at("/webhooks/shopify/%00"), 404, "brand"),
        (at("/webhooks/shopify/%ff"), 400, "path"),
    ] {
        let (got, _, named) = refusal(&router, request).await;
        assert_eq!((got.as_u16(), named.as_str()), (status, field));
    }
    assert!(temporal.workflow_ids().is_empty());
}

#[tokio::test]
async fn one_changed_byte_breaks_the_signature() {
    let (router, _) = up().await;
    let (mut parts, _) = delivery("orders/create", ORDER).into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let tampered = ORDER.replace("450789469", "450789468");
    let (status, ..) = refusal(&router, Request::from_parts(parts, Body::from(tampered))).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_malformed_body_is_the_senders_mistake() {
    let (router, _) = up().await;
    let deep = "[".repeat(50_000);
    for (topic, body, field) in [
        ("orders/create", "", ""),
        ("orders/create", "{", ""),
        ("orders/create", deep.as_str(), ""),
        ("orders/create", r#"{"id":"x"}"#, "id"),
        ("orders/create", r#"{"id":1e300}"#, "id"),
        ("orders/create", r#"{"id":-5}"#, "id"),
        ("orders/updated", r#"{"id":1,"tags":{}}"#, "tags"),
        ("refunds/create", r#"{"id":509562969}"#, "order_id"),
        ("orders/edited", r#"{"order_edit":[]}"#, "order_edit"),
    ] {
        let (status, code, named) = refusal(&router, delivery(topic, body)).await;
        assert_eq!((status.as_u16(), code.as_str()), (400, "invalid_argument"), "{body:.40}");
        assert_eq!(named, field, "{body:.40}");
    }
}

#[tokio::test]
async fn the_size_limit_is_exact() {
    let (router, _) = up().await;
    let sized = |size: usize| {
        let frame = r#"{"id":1,"note":""}"#.len();
        format!(r#"{{"id":1,"note":"{}"}}"#, "x".repeat(size - frame))
    };
    assert_eq!(send(&router, delivery("orders/create", sized(MAX_BODY))).await.status(), StatusCode::OK);
    let (status, code, _) = refusal(&router, delivery("orders/create", sized(MAX_BODY + 1))).await;
    assert_eq!((status, code.as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large"));
}
