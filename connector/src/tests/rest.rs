use super::*;

const RUN: &str = "/v1/workflows/shopifyToNetsuiteWorkflow/run";
const PAID: &str = r#"{"type":"OrderPaid","brand":"acme","orderId":"450789469"}"#;

fn order_created() -> Value {
    serde_json::from_str(include_str!("../../../proto/examples/order_created.json")).unwrap()
}

#[tokio::test]
async fn events_reach_their_runs_in_the_order_of_the_request() {
    let (router, temporal) = up().await;
    let response = send(&router, call("POST", "/v1/events", ALL, PAID)).await;
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    let body = json(response).await;
    assert_eq!(body["published"][0]["workflowId"], "shopifyToNetsuiteWorkflow:acme:450789469");

    let many: Vec<Value> =
        (1..=50).map(|n| serde_json::json!({"type":"OrderPaid","brand":"acme","orderId":n.to_string()})).collect();
    let body = json(send(&router, call("POST", "/v1/events", ALL, Value::from(many).to_string())).await).await;
    for n in 1..=50 {
        assert_eq!(body["published"][n - 1]["workflowId"], format!("shopifyToNetsuiteWorkflow:acme:{n}"));
    }
    assert_eq!(temporal.workflow_ids().len(), 51);
}

#[tokio::test]
async fn an_order_of_another_channel_is_published_whole() {
    let (router, temporal) = up().await;
    let response = send(&router, call("POST", "/v1/events", ALL, order_created().to_string())).await;
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    assert_eq!(temporal.workflow_ids().len(), 1);
}

#[tokio::test]
async fn an_agent_that_is_off_gets_no_event() {
    let (router, temporal) = up().await;
    let body = r#"{"type":"OrderPaid","brand":"beta","orderId":"1"}"#;
    let response = send(&router, call("POST", "/v1/events", ALL, body)).await;
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    assert_eq!(json(response).await["published"][0]["status"], "disabled");
    assert!(temporal.workflow_ids().is_empty());
}

#[tokio::test]
async fn bad_events_name_their_field() {
    let (router, _) = up().await;
    let broken = |pointer: &str, value: Value| {
        let mut event = order_created();
        *event.pointer_mut(pointer).unwrap() = value;
        event.to_string()
    };
    let too_many = format!("[{}]", vec!["{}"; 1_001].join(","));
    for (body, field) in [
        ("", ""),
        ("[]", "events"),
        (too_many.as_str(), "events"),
        ("null", ""),
        (r#"{"type":7}"#, "type"),
        (r#"{"type":"OrderPaid","orderId":"1"}"#, "brand"),
        (r#"{"type":"OrderPaid","brand":"nobody","orderId":"1"}"#, "brand"),
        (r#"{"type":"OrderPaid","brand":"a\u0000","orderId":"1"}"#, "brand"),
        (r#"{"type":"Exploded","brand":"acme","orderId":"1"}"#, "type"),
        (r#"{"type":"OrderPaid","brand":"acme","orderId":450789469}"#, "orderId"),
        (r#"{"type":"OrderPaid","brand":"acme","orderId":"never"}"#, "orderId"),
        (r#"{"type":"OrderPaid","brand":"acme"}"#, "orderId"),
        (&format!("[{PAID},{}]", r#"{"type":"OrderPaid","brand":"acme","orderId":""}"#), "[1].orderId"),
        (&format!("[{PAID},{}]", r#"{"type":"OrderPaid","brand":7}"#), "[1].brand"),
        (&broken("/order/lines/0/quantity", Value::from(-3)), "order.lines[0].quantity"),
        (&broken("/order/lines/0/quantity", Value::from(u64::MAX)), "order.lines[0].quantity"),
        (&broken("/order/total", Value::from(-1)), "order.total"),
        (&broken("/order/lines/0/quantity", Value::from(0)), "order.lines[0].quantity"),
        (&broken("/order/total", Value::from("-1.00")), "order.total"),
    ] {
        let (status, code, named) = refusal(&router, call("POST", "/v1/events", ALL, body.to_owned())).await;
        assert_eq!((status.as_u16(), code.as_str()), (400, "invalid_argument"), "{body:.80}");
        assert_eq!(named, field, "{body:.80}");
    }
}

#[tokio::test]
async fn bad_runs_name_their_field() {
    let (router, _) = up().await;
    for (body, field) in [
        ("[]", ""),
        ("{}", "orderId"),
        (r#"{"payload":{"orderId":"1"}}"#, "brand"),
        (r#"{"brand":"nobody","payload":{"orderId":"1"}}"#, "brand"),
        (r#"{"brand":"beta","payload":{"orderId":"1"}}"#, "workflow"),
        (r#"{"brand":7}"#, "brand"),
        (r#"{"brand":"acme","payload":[]}"#, "payload"),
        (r#"{"brand":"acme","payload":{"brand":"beta","orderId":"1"}}"#, "brand"),
        (r#"{"brand":"acme","payload":{"brand":[],"orderId":"1"}}"#, "brand"),
        (r#"{"brand":"acme","payload":{"orderId":"\u0000"}}"#, "orderId"),
        (r#"{"brand":"acme","payload":{"orderId":1e300}}"#, "orderId"),
        (r#"{"brand":"acme","payload":{"orderId":"x"},"startAt":"tomorrow"}"#, "startAt"),
        (r#"{"brand":"acme","payload":{"orderId":"1"},"startAt":"9999-12-31T00:00:00Z"}"#, "startAt"),
        (r#"{"brand":"acme","rerun":"yes"}"#, "rerun"),
        (r#"{"brand":"acme","paylod":{}}"#, "paylod"),
    ] {
        let (status, code, named) = refusal(&router, call("POST", RUN, ALL, body)).await;
        assert_eq!((status.as_u16(), code.as_str()), (400, "invalid_argument"), "{body}");
        assert_eq!(named, field, "{body}");
    }
    let unknown = call("POST", "/v1/workflows/noSuchWorkflow/run", ALL, r#"{"brand":"acme"}"#);
    let (status, _, named) = refusal(&router, unknown).await;
    assert_eq!((status.as_u16(), named.as_str()), (404, "workflow"));
}

#[tokio::test]
async fn a_run_is_started_once_and_an_unknown_one_is_not_found() {
    let (router, temporal) = up().await;
    let body = r#"{"brand":"acme","payload":{"orderId":"gid://shopify/Order/450789469"}}"#;
    let response = send(&router, call("POST", RUN, ALL, body)).await;
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    let id = "shopifyToNetsuiteWorkflow:acme:450789469";
    assert_eq!(json(response).await, serde_json::json!({"workflowId": id, "status": "running"}));
    assert_eq!(temporal.workflow_ids(), [id]);
    let (status, code, _) = refusal(&router, call("GET", &format!("/v1/runs/{id}"), READER, "")).await;
    assert_eq!((status.as_u16(), code.as_str()), (404, "not_found"));
}

#[tokio::test]
async fn an_order_is_found_by_its_name_and_what_needs_attention_stands_first() {
    let (router, _) = up().await;
    let order = json(send(&router, call("GET", "/v1/orders/%231001/timeline?brand=acme", READER, "")).await).await;
    assert_eq!((&order["order"], &order["brand"]), (&Value::from("#1001"), &Value::from("acme")));
    assert_eq!(order["attention"][0]["kind"], "needsAttention");
    assert_eq!(order["documents"][0]["document"], "shopify:order:450789469");
    assert_eq!(order["documents"][0]["label"], "#1001");
    assert_eq!(order["runs"][0]["workflowId"], "known");
    for (path, status, field) in [
        ("/v1/orders/%231002/timeline?brand=acme", 404, ""),
        ("/v1/orders/%231001/timeline", 400, "brand"),
        ("/v1/orders/%231001/timeline?brand=nobody", 400, "brand"),
        ("/v1/orders/%231001/timeline?brnd=acme", 400, "query"),
        ("/v1/orders/a'b/timeline?brand=acme", 400, "order"),
        ("/v1/orders/gid:%2F%2Fshopify%2FOrder%2Fx/timeline?brand=acme", 400, "order"),
    ] {
        let (got, _, named) = refusal(&router, call("GET", path, READER, "")).await;
        assert_eq!((got.as_u16(), named.as_str()), (status, field), "{path}");
    }
}

#[tokio::test]
async fn every_route_wants_its_scope() {
    let (router, _) = up().await;
    for (method, path) in
        [("POST", RUN), ("POST", "/v1/events"), ("GET", "/v1/runs/x"), ("GET", "/v1/orders/1/timeline")]
    {
        let (status, code, _) = refusal(&router, call(method, path, "wrong", "{}")).await;
        assert_eq!((status.as_u16(), code.as_str()), (401, "unauthenticated"));
        let bare = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        assert_eq!(refusal(&router, bare).await.0, StatusCode::UNAUTHORIZED);
    }
    for path in [RUN, "/v1/events"] {
        let (status, code, _) = refusal(&router, call("POST", path, READER, "{}")).await;
        assert_eq!((status.as_u16(), code.as_str()), (403, "permission_denied"));
    }
}

#[tokio::test]
async fn every_refusal_has_the_one_shape() {
    let (router, _) = up().await;
    let mut plain = call("POST", RUN, ALL, "{}");
    plain.headers_mut().insert(header::CONTENT_TYPE, "text/plain".parse().unwrap());
    for (request, status, code) in [
        (call("GET", "/nowhere", ALL, ""), 404, "not_found"),
        (call("DELETE", RUN, ALL, ""), 405, "method_not_allowed"),
        (call("GET", "/webhooks/shopify/acme", ALL, ""), 405, "method_not_allowed"),
        (plain, 415, "unsupported_media_type"),
        (call("POST", RUN, ALL, vec![b' '; MAX_BODY + 1]), 413, "payload_too_large"),
        (call("POST", RUN, ALL, vec![b'['; MAX_BODY]), 400, "invalid_argument"),
        (call("POST", RUN, ALL, vec![0xff; 100]), 400, "invalid_argument"),
    ] {
        let path = request.uri().to_string();
        let (got, named, _) = refusal(&router, request).await;
        assert_eq!((got.as_u16(), named.as_str()), (status, code), "{path}");
    }
}

#[tokio::test]
async fn temporal_down_is_503_everywhere_and_not_ready() {
    let router = down().await;
    for request in [
        call("POST", RUN, ALL, r#"{"brand":"acme","payload":{"orderId":"450789469"}}"#),
        call("POST", "/v1/events", ALL, PAID),
        call("GET", "/v1/runs/shopifyToNetsuiteWorkflow:acme:1", ALL, ""),
        call("GET", "/v1/orders/1/timeline?brand=acme", ALL, ""),
        call("GET", "/readyz", "", ""),
    ] {
        let path = request.uri().to_string();
        let (status, code, _) = refusal(&router, request).await;
        assert_eq!((status.as_u16(), code.as_str()), (503, "unavailable"), "{path}");
    }
    assert_eq!(send(&router, call("GET", "/healthz", "", "")).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn operators_need_no_token() {
    let (router, _) = up().await;
    for path in ["/healthz", "/readyz", "/metrics", "/openapi.json"] {
        let bare = Request::get(path).body(Body::empty()).unwrap();
        assert_eq!(send(&router, bare).await.status(), StatusCode::OK, "{path}");
    }
    let metrics = text(send(&router, Request::get("/metrics").body(Body::empty()).unwrap()).await).await;
    assert!(metrics.contains(r#"connector_requests_total{method="GET",route="/healthz",status="200"} 1"#), "{metrics}");
    assert!(metrics.contains(r#"connector_bus_seconds_count{operation="ping",outcome="ok"} 1"#), "{metrics}");
}

#[tokio::test]
async fn the_description_holds_every_route() {
    let (router, _) = up().await;
    let document = json(send(&router, Request::get("/openapi.json").body(Body::empty()).unwrap()).await).await;
    for path in [
        "/webhooks/shopify/{brand}",
        "/v1/workflows/{workflow}/run",
        "/v1/events",
        "/v1/runs/{workflow_id}",
        "/v1/orders/{order}/timeline",
    ] {
        assert!(document["paths"][path].is_object(), "{path}");
    }
    assert!(document["components"]["schemas"]["OrderCreated"]["properties"]["orderId"].is_object());
}

#[tokio::test]
async fn a_panic_is_a_500_in_the_one_shape_and_tells_nothing() {
    use axum::routing::get;
    use tower_http::catch_panic::CatchPanicLayer;

    async fn defect() -> StatusCode {
        panic!("the secret is hush")
    }
    let router = Router::new().route("/", get(defect)).layer(CatchPanicLayer::custom(crate::error::rest_panic));
    let response = send(&router, Request::get("/").body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let body = json(response).await;
    assert_eq!(body["error"]["code"], "internal");
    assert!(!body.to_string().contains("hush"));

    let router = Router::new().route("/", get(defect)).layer(CatchPanicLayer::custom(crate::error::grpc_panic));
    let response = send(&router, Request::get("/").body(Body::empty()).unwrap()).await;
    assert_eq!(response.headers()["grpc-status"], "13");
}
