//! The control API over HTTP.

use reqwest::Method;
use sandbox::{Options, Sandbox};
use serde_json::{Value, json};

pub async fn call(sandbox: &Sandbox, method: Method, path: &str, body: Value) -> (u16, Value) {
    rustls::crypto::ring::default_provider().install_default().ok();
    let url = sandbox.control_url.join(path).unwrap();
    let answer = reqwest::Client::new().request(method, url).json(&body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
}

#[tokio::test]
async fn orders_are_placed_changed_and_read() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let order = sandbox::generate::order(3, 0);
    let (status, placed) = call(&sandbox, Method::POST, "/control/shopify/orders", json!({"orders": [order]})).await;
    assert_eq!((status, &placed["ids"][0]), (200, &order["id"]));

    let path = format!("/control/shopify/orders/{}", order["id"]);
    let (_, changed) = call(&sandbox, Method::PATCH, &path, json!({"note": "gift"})).await;
    assert_eq!(changed["note"], "gift");
    let (_, read) = call(&sandbox, Method::GET, &path, Value::Null).await;
    assert_eq!(read["note"], "gift");

    let (_, placed) = call(&sandbox, Method::POST, "/control/generate", json!({"count": 3, "place": true})).await;
    assert_eq!(placed["ids"].as_array().unwrap().len(), 3);
    assert_eq!(sandbox.shopify.orders().len(), 4);
}

#[tokio::test]
async fn a_person_sends_holds_moves_and_takes_money() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let line = json!({"id": 71, "quantity": 3, "current_quantity": 3, "requires_shipping": true, "price": "10.00"});
    let order = json!({"id": 7, "total_price": "30.00", "current_total_price": "30.00", "financial_status": "pending",
        "line_items": [line]});
    sandbox.shopify.load_order(order).unwrap();
    let post = async |path: &str, body: Value| {
        let (status, told) = call(&sandbox, Method::POST, &format!("/control/shopify/{path}"), body).await;
        assert_eq!(status, 200, "{path}: {told}");
        told
    };
    post("locations", json!({"location": {"id": 5, "name": "DCL", "country_code": "US", "legacy": true}})).await;
    let split = post("orders/7/split", json!({"location": 5, "lines": [{"id": 71, "quantity": 1}]})).await;
    let (_, told) = call(&sandbox, Method::GET, "/control/shopify/orders/7/fulfillment_orders", Value::Null).await;
    assert_eq!((told[1]["id"].clone(), told[1]["assigned_location_id"].clone()), (split["id"].clone(), json!(5)));
    let path = |what: &str| format!("fulfillment_orders/{}/{what}", split["id"]);
    post(&path("hold"), json!({"reason": "INCORRECT_ADDRESS"})).await;
    post(&path("release_hold"), json!({})).await;
    post(&path("schedule"), json!({"at": "2000-01-01T00:00:00Z"})).await;
    post(&path("move"), json!({"location": 655_441_491})).await;
    post("orders/7/fulfill", json!({"lines": [{"id": 71, "quantity": 2}], "tracking": {"numbers": ["1Z"]}})).await;
    post("orders/7/pay", json!({"amount": "10.00", "gateway": "gift_card"})).await;
    post("orders/7/authorize", json!({"amount": "20.00"})).await;
    post("orders/7/capture", json!({"amount": "20.00"})).await;
    post("orders/7/refund", json!({"amount": "5.00"})).await;
    let order = sandbox.shopify.order(7).unwrap();
    assert_eq!(
        (&order["fulfillment_status"], &order["financial_status"]),
        (&json!("partial"), &json!("partially_refunded"))
    );
}

#[tokio::test]
async fn bad_input_is_a_400_that_names_the_field() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let fault = json!({"rules": [{"vendor": "shopify", "operation": "*", "probability": 2.0,
        "fault": {"kind": "reset"}}]});
    for (method, path, body, expected, field) in [
        (Method::POST, "/control/shopify/orders", json!({"order": {"id": "x"}}), 400, "id"),
        (Method::POST, "/control/shopify/orders", json!(7), 400, "body"),
        (Method::PATCH, "/control/shopify/orders/1", json!({}), 400, "id"),
        (Method::GET, "/control/shopify/orders/1", json!({}), 404, "id"),
        (Method::POST, "/control/shopify/orders/1/capture", json!({"amount": "1.00"}), 400, "amount"),
        (Method::POST, "/control/shopify/orders/1/capture", json!({"amount": "much"}), 400, "body"),
        (Method::POST, "/control/shopify/orders/1/steal", json!({"amount": "1.00"}), 404, "id"),
        (Method::POST, "/control/shopify/orders/1/fulfill", json!({}), 400, "lines"),
        (Method::POST, "/control/shopify/fulfillment_orders/1/move", json!({"location": 7}), 400, "location"),
        (Method::POST, "/control/shopify/fulfillment_orders/1/hold", json!({"reason": "x"}), 400, "fulfillment_order"),
        (Method::PUT, "/control/faults", fault, 400, "rules[0].probability"),
        (Method::PUT, "/control/faults", json!({"rules": 1}), 400, "body"),
        (Method::POST, "/control/clock", json!({"set": "noon"}), 400, "body"),
        (Method::POST, "/control/generate", json!({"count": 100_001}), 400, "count"),
        (Method::POST, "/control/shopify/webhooks", json!({"topic": "x", "url": "http://h"}), 400, "topic"),
    ] {
        let (status, told) = call(&sandbox, method, path, body).await;
        assert_eq!((status, told["field"].as_str()), (expected, Some(field)), "{path}: {told}");
    }
}

#[tokio::test]
async fn netsuite_records_are_kept_and_deleted() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let body = json!({"itemId": "NEW-SKU"});
    let (status, made) = call(&sandbox, Method::POST, "/control/netsuite/inventoryItem", body).await;
    assert_eq!(status, 200, "{made}");
    let path = format!("/control/netsuite/inventoryItem/{}", made["id"].as_str().unwrap());
    let (_, read) = call(&sandbox, Method::GET, &path, Value::Null).await;
    assert_eq!(read["itemId"], "NEW-SKU");
    assert_eq!(call(&sandbox, Method::DELETE, &path, Value::Null).await.0, 200);
    assert_eq!(call(&sandbox, Method::GET, &path, Value::Null).await.0, 404);
}

#[tokio::test]
async fn the_warehouse_is_worked_on() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let order = json!({"order_number": "EDI-1", "lines": [{"item_number": "X", "quantity": 5}]});
    assert_eq!(call(&sandbox, Method::POST, "/control/dcl/orders", order).await.0, 200);
    let item = json!({"item_number": "X", "on_hand": 5});
    assert_eq!(call(&sandbox, Method::POST, "/control/dcl/items", item).await.0, 200);
    let post = async |action: &str, body: Value| {
        call(&sandbox, Method::POST, &format!("/control/dcl/orders/EDI-1/{action}"), body).await
    };
    assert_eq!(post("advance", json!({})).await.1["order_stage"], 20);
    assert_eq!(post("back-order", json!({})).await.1["is_back_order"], true);
    let (status, told) = post("cancel", json!({})).await;
    assert_eq!((status, &told["field"]), (400, &json!("order_stage")));
    let part = json!({"cartons": [{"items": [{"item_number": "X", "quantity": 2}], "carton_id": "C1"}]});
    assert_eq!(post("ship", part).await.1["order_stage"], 50);
    let moved = post("tracking", json!({"carton_id": "C1", "tracking": "1Z8"})).await.1;
    assert_eq!(moved["shipments"][0]["packages"][0]["tracking_number"], "1Z8");
    assert_eq!(post("close-short", json!({})).await.1["order_stage"], 62);
    let (_, orders) = call(&sandbox, Method::GET, "/control/dcl/orders", Value::Null).await;
    assert_eq!(orders[0]["lines"][0]["ordered_quantity"], 5);

    let order = json!({"order_number": "EDI-2", "lines": [{"item_number": "X", "quantity": 1}]});
    call(&sandbox, Method::POST, "/control/dcl/orders", order).await;
    let cancelled = call(&sandbox, Method::POST, "/control/dcl/orders/EDI-2/cancel", json!({"force": true})).await;
    assert_eq!(cancelled.1["is_cancelled"], true);
    let order = json!({"order_number": "EDI-3", "lines": [{"item_number": "X", "quantity": 1}]});
    call(&sandbox, Method::POST, "/control/dcl/orders", order).await;
    let shipped = call(&sandbox, Method::POST, "/control/dcl/orders/EDI-3/ship", json!({})).await;
    assert_eq!(shipped.1["order_stage"], 60);

    let automatic = json!({"kind": "automatic", "paceMillis": 5, "splitPercent": 20});
    assert_eq!(call(&sandbox, Method::PUT, "/control/dcl/warehouse", automatic).await.0, 200);
    for (method, path, body, expected, field) in [
        (Method::GET, "/control/dcl/orders/NONE", Value::Null, 404, "number"),
        (Method::POST, "/control/dcl/orders/NONE/ship", json!({}), 404, "number"),
        (Method::POST, "/control/dcl/orders", json!({"order_number": "EDI-4"}), 400, "lines"),
        (Method::POST, "/control/dcl/items", json!({"on_hand": 1}), 400, "body"),
        (Method::PUT, "/control/dcl/warehouse", json!({"kind": "closed"}), 400, "body"),
    ] {
        let (status, told) = call(&sandbox, method, path, body).await;
        assert_eq!((status, told["field"].as_str()), (expected, Some(field)), "{path}: {told}");
    }
}

#[tokio::test]
async fn clock_credentials_ledger_and_stats_are_told() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let (_, told) = call(&sandbox, Method::POST, "/control/clock", json!({"set": "2026-10-05T12:00:00Z"})).await;
    assert!(told["now"].as_str().unwrap().starts_with("2026-10-05T12:00:"));
    let (_, told) = call(&sandbox, Method::GET, "/control/credentials", Value::Null).await;
    assert_eq!(told["shopify"]["credentials"]["shop"], "sandbox.myshopify.com");
    assert!(told["netsuite"]["credentials"]["privateKeyPem"].is_string());
    assert_eq!(told["dcl"]["baseUrl"], sandbox.dcl_url.as_str());
    assert!(told["dcl"]["credentials"]["password"].is_string());
    assert_eq!(call(&sandbox, Method::GET, "/control/ledger", Value::Null).await.1, json!([]));
    let (_, told) = call(&sandbox, Method::GET, "/control/stats", Value::Null).await;
    assert_eq!(told["netsuite"]["highestConcurrency"], 0);
    assert_eq!(told["dcl"]["requests"], json!({}));
}

#[tokio::test]
async fn the_rate_limit_and_deliveries_are_set() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let limits = json!({"bucket": 50, "restoreRate": 5});
    assert_eq!(call(&sandbox, Method::PUT, "/control/shopify/limits", limits).await.0, 200);
    let wrong = json!({"bucket": 0});
    assert_eq!(call(&sandbox, Method::PUT, "/control/shopify/limits", wrong).await.0, 400);
    let drop = json!([{"topic": "*", "mischief": {"kind": "drop"}}]);
    assert_eq!(call(&sandbox, Method::PUT, "/control/shopify/deliveries", drop).await.0, 200);
    let (_, made) = call(
        &sandbox,
        Method::POST,
        "/control/shopify/webhooks",
        json!({"topic": "orders/create", "url": sandbox.control_url}),
    )
    .await;
    assert!(made["id"].is_u64());
    sandbox.shopify.place_order(sandbox::generate::order(1, 0)).unwrap();
    sandbox.shopify.deliveries_settled().await;
    let (_, told) = call(&sandbox, Method::GET, "/control/shopify/deliveries", Value::Null).await;
    assert_eq!(told, json!([]));
}

#[tokio::test]
async fn after_stop_nothing_listens() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let url = sandbox.shopify_url.clone();
    sandbox.stop().await;
    rustls::crypto::ring::default_provider().install_default().ok();
    assert!(reqwest::get(url).await.is_err());
}
