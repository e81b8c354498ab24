//! Webhooks, events and run requests over HTTP.

use serde_json::{Value, json};

use crate::world::{TOKEN, World, order, run_of};

const RUN: &str = "/v1/workflows/shopifyToNetsuiteWorkflow/run";

/// Status, code and field of a refusal; the message is there.
fn refusal((status, body): (u16, Value)) -> (u16, String, String) {
    let error = &body["error"];
    assert!(error["message"].as_str().is_some_and(|m| !m.is_empty()), "{status} {body}");
    let text = |field: &str| error[field].as_str().unwrap_or_default().to_owned();
    (status, text("code"), text("field"))
}

/// Nothing came through, and the connector is well.
async fn assert_nothing_started(world: &World) {
    let ready = reqwest::get(format!("{}/readyz", world.connector)).await.unwrap();
    assert_eq!(ready.status().as_u16(), 200);
    assert!(world.sandbox.ledger.entries().is_empty());
    // And it still does its work; the list of runs is a little behind, but whatever came before this one is in it.
    let id = world.sandbox.shopify.place_order(order(1801)).unwrap();
    crate::world::eventually("a run", async || world.view(&run_of(id)).await).await;
    world.result(&run_of(id)).await.unwrap();
    world.until_listed("ExecutionStatus = 'Completed'", 1).await;
    world.until_listed("", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signed_nonsense_from_the_shop_is_refused_with_its_field() {
    let world = World::start("bad-webhooks").await;
    let deep = "[".repeat(200_000);
    let nested = format!(r#"{{"id":{}1{}}}"#, "[".repeat(5_000), "]".repeat(5_000));
    for (topic, body, field) in [
        ("orders/create", "", ""),
        ("orders/create", "null", ""),
        ("orders/create", "\u{0}\u{1}\u{2}", ""),
        ("orders/create", r#"["id", 1]"#, ""),
        ("orders/create", r#"{"id":1} trailing"#, ""),
        ("orders/create", &deep, ""),
        ("orders/create", &nested, "id"),
        ("orders/create", "{}", "id"),
        ("orders/create", r#"{"id":0}"#, "id"),
        ("orders/create", r#"{"id":-1801}"#, "id"),
        ("orders/create", r#"{"id":1801.0}"#, "id"),
        ("orders/create", r#"{"id":"1801"}"#, "id"),
        ("orders/create", r#"{"id":99999999999999999999}"#, "id"),
        ("orders/create", r#"{"id":{"$gt":0}}"#, "id"),
        ("orders/updated", r#"{"id":1801,"tags":["a"]}"#, "tags"),
        ("refunds/create", r#"{"id":1801}"#, "order_id"),
        ("orders/edited", r#"{"order_edit":{"order_id":null}}"#, "order_edit.order_id"),
        ("", r#"{"id":1801}"#, "x-shopify-topic"),
    ] {
        let refused = refusal(world.deliver(topic, body).await);
        assert_eq!(refused, (400, "invalid_argument".into(), field.into()), "{topic} {body:.60}");
    }
    let huge = format!(r#"{{"id":1801,"note":"{}"}}"#, "x".repeat(10 << 20));
    let (status, code, _) = refusal(world.deliver("orders/create", &huge).await);
    assert_eq!((status, code.as_str()), (413, "payload_too_large"));
    // Topics that nobody wants are taken, whatever is in them: Shopify would repeat them for hours.
    for (topic, body) in [("products/update", "no JSON"), ("orders/create/../../etc", "{}"), ("ORDERS/CREATE", "{}")] {
        assert_eq!(world.deliver(topic, body).await.0, 200, "{topic}");
    }
    assert_nothing_started(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsigned_or_misrouted_delivery_is_refused() {
    let world = World::start("bad-signatures").await;
    let body = order(1801).to_string();
    let shop = world.sandbox.shopify.credentials();
    let right = crate::world::signature(&shop.client_secret, &body);
    let wrong = crate::world::signature("guessed", &body);
    for (brand, domain, signature, refused) in [
        ("acme", shop.shop.as_str(), wrong.as_str(), (401, "unauthenticated", "x-shopify-hmac-sha256")),
        ("acme", &shop.shop, "", (401, "unauthenticated", "x-shopify-hmac-sha256")),
        ("acme", &shop.shop, "%%%", (401, "unauthenticated", "x-shopify-hmac-sha256")),
        ("acme", "evil.myshopify.com", &right, (400, "invalid_argument", "x-shopify-shop-domain")),
        ("nobody", &shop.shop, &right, (404, "not_found", "brand")),
        ("ACME", &shop.shop, &right, (404, "not_found", "brand")),
        ("%2e%2e%2facme", &shop.shop, &right, (404, "not_found", "brand")),
    ] {
        let request = reqwest::Client::new()
            .post(format!("{}/webhooks/shopify/{brand}", world.connector))
            .header("x-shopify-topic", "orders/create")
            .header("x-shopify-shop-domain", domain)
            .header("x-shopify-hmac-sha256", signature)
            .body(body.clone());
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let (status, code, field) = refusal((status, answer.json().await.unwrap()));
        assert_eq!((status, code.as_str(), field.as_str()), refused, "{brand} {domain} {signature}");
    }
    assert_nothing_started(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_events_and_run_requests_name_their_field() {
    let world = World::start("bad-requests").await;
    let channel = |pointer: &str, value: Value| {
        let mut event: Value =
            serde_json::from_str(include_str!("../../../proto/examples/order_created.json")).unwrap();
        *event.pointer_mut(pointer).unwrap() = value;
        event
    };
    let paid = |id: Value| json!({"type": "OrderPaid", "brand": "acme", "orderId": id});
    let too_many = json!(vec![paid(json!("1")); 1_001]);
    for (path, body, field) in [
        ("/v1/events", json!([]), "events"),
        ("/v1/events", too_many, "events"),
        ("/v1/events", json!("x"), ""),
        ("/v1/events", json!({"type": "Exploded", "brand": "acme", "orderId": "1"}), "type"),
        ("/v1/events", json!({"type": "OrderPaid", "brand": "nobody", "orderId": "1"}), "brand"),
        ("/v1/events", paid(json!("#1001")), "orderId"),
        ("/v1/events", paid(json!("1; DROP TABLE orders")), "orderId"),
        ("/v1/events", paid(json!("-1")), "orderId"),
        ("/v1/events", json!([paid(json!("1")), paid(json!(""))]), "[1].orderId"),
        ("/v1/events", channel("/order/total", json!("-1.00")), "order.total"),
        ("/v1/events", channel("/order/total", json!("1e99")), "order.total"),
        ("/v1/events", channel("/order/lines/0/quantity", json!(-3)), "order.lines[0].quantity"),
        ("/v1/events", channel("/order/lines/0/quantity", json!(4_000_000_000_u64)), "order.lines[0].quantity"),
        ("/v1/events", channel("/order/lines/0/unitPrice", json!("NaN")), "order.lines[0].unitPrice"),
        ("/v1/events", channel("/order/lines/0/unitPrice", json!("7e28")), "order.lines[0].unitPrice"),
        ("/v1/events", channel("/order/lines", json!([])), "order"),
        ("/v1/events", channel("/order/currency", json!("dollars")), "order.currency"),
        ("/v1/events", channel("/order/channel", json!("../amazon")), "order.channel"),
        ("/v1/events", channel("/order/createdAt", json!("yesterday")), "order.createdAt"),
        (RUN, json!([]), ""),
        (RUN, json!({}), "orderId"),
        (RUN, json!({"payload": []}), "payload"),
        (RUN, json!({"payload": {"orderId": [1]}}), "orderId"),
        (RUN, json!({"payload": {"orderId": 1e300}}), "orderId"),
        (RUN, json!({"payload": {"orderId": "1", "extra": 1}}), "extra"),
        (RUN, json!({"payload": {"orderId": "x".repeat(2 << 20)}}), "payload"),
        (RUN, json!({"brand": "nobody", "payload": {"orderId": "1"}}), "brand"),
        (RUN, json!({"payload": {"orderId": "1"}, "startAt": "soon"}), "startAt"),
        (RUN, json!({"payload": {"orderId": "1"}, "startAt": "9999-01-01T00:00:00Z"}), "startAt"),
    ] {
        let refused = refusal(world.post(path, &body).await);
        let shown: String = body.to_string().chars().take(100).collect();
        assert_eq!(refused, (400, "invalid_argument".into(), field.into()), "{path} {shown}");
    }
    let (status, code, field) = refusal(world.post("/v1/workflows/noSuchWorkflow/run", &json!({})).await);
    assert_eq!((status, code.as_str(), field.as_str()), (404, "not_found", "workflow"));
    for id in ["nothing", "shopifyToNetsuiteWorkflow:acme:1", "%00", "..%2f..%2fetc"] {
        let request = reqwest::Client::new().get(format!("{}/v1/runs/{id}", world.connector)).bearer_auth(TOKEN);
        let status = request.send().await.unwrap().status().as_u16();
        assert!(matches!(status, 400 | 404), "{id}: {status}");
    }
    assert_nothing_started(&world).await;
}
