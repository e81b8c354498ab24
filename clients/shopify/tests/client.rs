//! What becomes of each kind of answer.
#![cfg(test)]

use std::time::Duration;

use client_core::test_server::{Reply, Request, Server};
use client_shopify::{Auth, Client, Error, FinancialStatus, Order, OrderCount, RiskLevel, Settings};
use futures_util::TryStreamExt;
use serde_json::{Value, json};

const SECRET: &str = "s3cr3t";

fn client(server: &Server, auth: Auth) -> Client {
    let base_url = server.url.clone();
    Client::new(Settings { base_url, api_version: "2026-10".to_owned(), auth, timeout: Duration::from_secs(10) })
        .unwrap()
}

fn token() -> Auth {
    Auth::AccessToken(SECRET.to_owned().into())
}

fn credentials() -> Auth {
    Auth::ClientCredentials { client_id: "id".to_owned(), client_secret: SECRET.to_owned().into() }
}

fn granted(token: &str) -> Reply {
    Reply::json(200, &json!({"access_token": token, "scope": "read_orders", "expires_in": 86399}).to_string())
}

fn ok(data: Value) -> Reply {
    Reply::json(200, &json!({ "data": data }).to_string()).with("X-Request-Id", "req-1")
}

fn money(amount: &str) -> Value {
    let side = |currency| json!({"amount": amount, "currencyCode": currency});
    json!({"shopMoney": side("USD"), "presentmentMoney": side("EUR")})
}

fn line(id: u64) -> Value {
    json!({
        "id": format!("gid://shopify/LineItem/{id}"), "sku": "A", "title": "T", "variantTitle": null, "quantity": 2,
        "currentQuantity": 1, "requiresShipping": true, "isGiftCard": false, "taxable": true,
        "variant": {"id": "gid://shopify/ProductVariant/9"}, "originalUnitPriceSet": money("12.5"),
        "discountAllocations": [{"allocatedAmountSet": money("0.1")}],
        "taxLines": [{"title": "VAT", "rate": 0.2, "priceSet": money("2.5")}],
    })
}

fn page(nodes: Value, cursor: Option<&str>) -> Value {
    json!({"nodes": nodes, "pageInfo": {"hasNextPage": cursor.is_some(), "endCursor": cursor}})
}

fn order(units: u64, lines: Value) -> Value {
    let mut order = json!({
        "id": "gid://shopify/Order/450789469", "name": "#1001", "test": false, "confirmed": true, "tags": ["a"],
        "createdAt": "2026-01-10T16:00:00Z", "processedAt": "2026-01-10T16:00:00Z", "updatedAt": "2026-01-11T16:00:00Z",
        "cancelledAt": null, "note": null, "customAttributes": [{"key": "gift", "value": "For Ann"}, {"key": "x", "value": null}],
        "email": null, "phone": null, "poNumber": null, "sourceName": "web",
        "currencyCode": "USD", "presentmentCurrencyCode": "EUR", "taxesIncluded": false,
        "displayFinancialStatus": "PAID", "fullyPaid": true, "paymentGatewayNames": ["bogus"],
        "currentSubtotalLineItemsQuantity": units, "currentTotalDutiesSet": null, "currentTotalAdditionalFeesSet": null,
        "currentTaxLines": [], "customer": null, "shippingAddress": null, "billingAddress": null,
        "risk": {"recommendation": "ACCEPT", "assessments": [{"riskLevel": "LOW"}, {"riskLevel": "BRAND_NEW"}]},
        "lineItems": lines, "shippingLines": page(json!([]), None),
    });
    for field in [
        "currentTotalPriceSet",
        "currentSubtotalPriceSet",
        "currentTotalTaxSet",
        "currentTotalDiscountsSet",
        "currentShippingPriceSet",
        "totalPriceSet",
        "totalTipReceivedSet",
    ] {
        order[field] = money("12.5");
    }
    order
}

async fn read(replies: impl IntoIterator<Item = Reply>) -> (Result<Order, Error>, Vec<Request>) {
    let server = Server::start(replies).await.unwrap();
    let result = client(&server, token()).order(450_789_469).await;
    (result, server.requests())
}

async fn refused(reply: Reply) -> Error {
    let (result, requests) = read([reply]).await;
    assert_eq!(requests.len(), 1, "a client repeats nothing");
    let error = result.unwrap_err();
    assert!(!format!("{error:?} {error}").contains(SECRET));
    error
}

/// A top-level error with this code, beside the data `{"order": null}`.
fn complaint(code: &str, message: &str) -> Reply {
    let error = json!({"message": message, "path": ["order", "lineItems", 0], "extensions": {"code": code}});
    Reply::json(200, &json!({"errors": [error], "data": {"order": null}}).to_string()).with("X-Request-Id", "req-1")
}

#[tokio::test]
async fn an_order_is_read_in_one_request() {
    let (order, requests) = read([ok(json!({"order": order(1, page(json!([line(1)]), None))}))]).await;
    let order = order.unwrap();
    assert_eq!((order.id, order.name.as_str(), order.currency.as_str()), (450_789_469, "#1001", "USD"));
    assert_eq!(order.financial_status, Some(FinancialStatus::Paid));
    assert_eq!(order.risk_levels, [RiskLevel::Low, RiskLevel::Other("BRAND_NEW".to_owned())]);
    let attributes: Vec<_> = order.attributes.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(attributes, [("gift", "For Ann"), ("x", "")]);
    assert_eq!(order.lines[0].unit_price.presentment.currency, "EUR");
    assert_eq!(order.lines[0].unit_price.shop.amount, "12.50".parse().unwrap());
    assert_eq!(order.lines[0].tax_lines[0].rate, Some("0.2".parse().unwrap()));
    assert_eq!((order.lines[0].id, order.lines[0].variant_id), (1, Some(9)));

    assert!(requests[0].head.starts_with("POST /admin/api/2026-10/graphql.json "));
    assert_eq!(requests[0].header("x-shopify-access-token"), Some(SECRET));
    let sent: Value = serde_json::from_str(&requests[0].body).unwrap();
    assert_eq!(sent["operationName"], "Order");
    assert_eq!(sent["variables"]["id"], "gid://shopify/Order/450789469");
    assert_eq!(sent["variables"]["lines"], 50);
}

#[tokio::test]
async fn a_long_order_is_read_to_its_last_line() {
    let pages = [page(json!([line(1)]), Some("c1")), page(json!([line(2)]), Some("c2")), page(json!([line(3)]), None)];
    let (read, requests) = read(pages.map(|lines| ok(json!({"order": order(3, lines)})))).await;
    assert_eq!(read.unwrap().lines.iter().map(|line| line.id).collect::<Vec<_>>(), [1, 2, 3]);
    let asked =
        requests.iter().map(|request| serde_json::from_str::<Value>(&request.body).unwrap()["variables"].clone());
    let asked: Vec<_> = asked.map(|variables| (variables["lines"].clone(), variables["linesAfter"].clone())).collect();
    assert_eq!(asked, [(json!(50), json!(null)), (json!(250), json!("c1")), (json!(250), json!("c2"))]);
}

#[tokio::test]
async fn shipping_lines_are_read_to_the_last_and_lines_not_twice() {
    let shipping = |id: u64| {
        json!({"id": format!("gid://shopify/ShippingLine/{id}"), "title": "Ground", "code": null, "isRemoved": false,
               "originalPriceSet": money("5"), "currentDiscountedPriceSet": money("5"), "taxLines": []})
    };
    let mut first = order(1, page(json!([line(1)]), None));
    let mut second = first.clone();
    first["shippingLines"] = page(json!([shipping(1)]), Some("s1"));
    second["shippingLines"] = page(json!([shipping(2)]), None);
    let (order, _) = read([ok(json!({"order": first})), ok(json!({"order": second}))]).await;
    let order = order.unwrap();
    assert_eq!(order.lines.len(), 1);
    assert_eq!(order.shipping_lines.iter().map(|line| line.id).collect::<Vec<_>>(), [Some(1), Some(2)]);
}

#[tokio::test]
async fn a_list_cut_short_is_noticed() {
    let (short, _) = read([ok(json!({"order": order(2, page(json!([line(1)]), None))}))]).await;
    let Err(Error::Unreadable { path, detail }) = short else { panic!("{short:?}") };
    assert_eq!((path.as_str(), detail.as_str()), ("order.lineItems", "read 1 of the 2 units of order 450789469"));

    let mut cut = order(1, page(json!([line(1)]), None));
    cut["lineItems"]["pageInfo"]["hasNextPage"] = json!(true);
    assert!(
        matches!(refused(ok(json!({"order": cut}))).await, Error::Unreadable { path, .. } if path.ends_with("endCursor"))
    );
}

#[tokio::test]
async fn an_order_that_changes_under_way_is_read_again_by_the_caller() {
    let mut second = order(2, page(json!([line(2)]), None));
    second["updatedAt"] = json!("2026-01-11T16:00:01Z");
    let first = order(2, page(json!([line(1)]), Some("c1")));
    let (result, _) = read([ok(json!({"order": first})), ok(json!({"order": second}))]).await;
    assert!(matches!(result, Err(Error::Unavailable { .. })), "{result:?}");
}

#[tokio::test]
async fn no_order_is_not_found() {
    let what = "order gid://shopify/Order/450789469".to_owned();
    assert_eq!(refused(ok(json!({"order": null}))).await, Error::NotFound { what });
}

#[tokio::test]
async fn throttling_comes_with_200_and_tells_the_wait() {
    let body = json!({
        "errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}],
        "extensions": {"cost": {"requestedQueryCost": 752, "actualQueryCost": null, "throttleStatus":
            {"maximumAvailable": 2000.0, "currentlyAvailable": 552, "restoreRate": 100.0}}},
    });
    let error = refused(Reply::json(200, &body.to_string()).with("X-Request-Id", "req-1")).await;
    let detail = "Order: Throttled, request req-1".to_owned();
    assert_eq!(error, Error::Throttled { retry_after: Some(Duration::from_secs(2)), detail });

    let error = refused(Reply::json(429, "").with("Retry-After", "2.0")).await;
    assert!(matches!(error, Error::Throttled { retry_after: Some(wait), .. } if wait == Duration::from_secs(2)));
}

#[tokio::test]
async fn errors_beside_data_are_no_success() {
    let partial = json!({
        "data": {"order": order(1, page(json!([line(1)]), None))},
        "errors": [{"message": "Field is broken for ann@example.com", "path": ["order", "customer"], "extensions": {"code": "BROKEN"}}],
    });
    let error = refused(Reply::json(200, &partial.to_string()).with("X-Request-Id", "req-1")).await;
    assert_eq!(
        error,
        Error::Rejected {
            code: "BROKEN".to_owned(),
            message: "Field is broken for (e-mail)".to_owned(),
            field: Some("order.customer".to_owned()),
            status: 200,
            request_id: Some("req-1".to_owned()),
        }
    );
    assert_eq!(error.to_string(), "rejected: Field is broken for (e-mail) (BROKEN, request req-1)");
}

#[tokio::test]
async fn each_code_becomes_what_the_caller_does_next() {
    let error = refused(complaint("MAX_COST_EXCEEDED", "Query cost is 1200")).await;
    assert!(matches!(error, Error::Rejected { code, .. } if code == "MAX_COST_EXCEEDED"));
    let error = refused(complaint("undefinedField", "Field 'x' doesn't exist on type 'Order'")).await;
    assert!(matches!(error, Error::Rejected { field: Some(field), .. } if field == "order.lineItems.0"));
    assert!(matches!(refused(complaint("ACCESS_DENIED", "Access denied")).await, Error::Unauthorized { .. }));
    assert!(matches!(refused(complaint("INTERNAL_SERVER_ERROR", "Oops")).await, Error::Unavailable { sent: true, .. }));
    assert!(matches!(refused(complaint("RESOURCE_NOT_FOUND", "invalid id")).await, Error::NotFound { .. }));
}

#[tokio::test]
async fn each_status_becomes_what_the_caller_does_next() {
    for status in [401, 402, 403, 404, 423, 430] {
        assert!(matches!(refused(Reply::json(status, "{}")).await, Error::Unauthorized { .. }), "{status}");
    }
    for status in [408, 500, 502, 503, 504] {
        assert!(matches!(refused(Reply::json(status, "{}")).await, Error::Unavailable { sent: true, .. }), "{status}");
    }
    for status in [400, 413, 422] {
        assert!(matches!(refused(Reply::json(status, "{}")).await, Error::Rejected { .. }), "{status}");
    }
    assert!(matches!(refused(Reply::json(302, "")).await, Error::Unreadable { .. }));
}

#[tokio::test]
async fn a_body_that_is_no_answer_is_unreadable() {
    for (body, path) in
        [("<html>busy</html>", "."), ("", "."), ("{\"data\":{\"ord", "data"), ("{}", "data"), ("[]", ".")]
    {
        let error = refused(Reply::json(200, body)).await;
        assert!(matches!(&error, Error::Unreadable { path: at, .. } if at == path), "{body}: {error:?}");
    }
    let mut broken = order(1, page(json!([line(1)]), None));
    broken["lineItems"]["nodes"][0]["title"] = json!({"private": "ann"});
    let error = refused(ok(json!({"order": broken}))).await;
    assert!(matches!(&error, Error::Unreadable { path, .. } if path == "order.lineItems.nodes[0].title"), "{error:?}");
    assert!(error.to_string().contains("request req-1") && !error.to_string().contains("ann"), "{error}");
}

#[tokio::test]
async fn a_lost_answer_may_have_been_a_success() {
    assert!(matches!(refused(Reply::Reset).await, Error::Unavailable { sent: true, .. }));
    assert!(matches!(refused(Reply::CutShort).await, Error::Unavailable { sent: true, .. }));
}

#[tokio::test]
async fn a_token_is_fetched_once_and_replaced_once_when_refused() {
    let tagged =
        || ok(json!({"tagsAdd": {"node": {"__typename": "Order", "id": "gid://shopify/Order/1"}, "userErrors": []}}));
    let replies = [granted("t1"), tagged(), tagged(), Reply::json(401, "{}"), granted("t2"), tagged()];
    let server = Server::start(replies).await.unwrap();
    let client = client(&server, credentials());
    for _ in 0..3 {
        client.add_tags(1, &["SENT_TO_NS"]).await.unwrap();
    }
    let requests = server.requests();
    assert!(requests[0].head.starts_with("POST /admin/oauth/access_token "));
    assert_eq!(requests[0].body, "grant_type=client_credentials&client_id=id&client_secret=s3cr3t");
    let tokens: Vec<_> = requests.iter().map(|request| request.header("x-shopify-access-token")).collect();
    assert_eq!(tokens, [None, Some("t1"), Some("t1"), Some("t1"), None, Some("t2")]);
}

#[tokio::test]
async fn a_second_401_is_final() {
    let replies = [granted("t1"), Reply::json(401, "{}"), granted("t2"), Reply::json(401, "{}")];
    let server = Server::start(replies).await.unwrap();
    let result = client(&server, credentials()).shop().await;
    assert!(matches!(result, Err(Error::Unauthorized { .. })), "{result:?}");
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn a_write_whose_token_cannot_be_had_was_not_sent() {
    for (reply, expected) in [
        (Reply::Reset, "unavailable"),
        (Reply::json(503, ""), "unavailable"),
        (Reply::json(200, "<html>"), "unavailable"),
        (Reply::json(400, "{\"error\":\"invalid_client\"}"), "unauthorized"),
        (Reply::json(429, ""), "throttled"),
    ] {
        let server = Server::start([reply.clone()]).await.unwrap();
        let error = client(&server, credentials()).add_tags(1, &["x"]).await.unwrap_err();
        assert!(error.to_string().starts_with(expected), "{reply:?}: {error}");
        assert!(!matches!(error, Error::Unavailable { sent: true, .. }), "{reply:?}: {error:?}");
    }
}

#[tokio::test]
async fn user_errors_are_refusals() {
    let answer = |field: Value, message: &str| {
        ok(json!({"tagsRemove": {"node": null, "userErrors": [{"field": field, "message": message}]}}))
    };
    let replies = [
        answer(json!(["tags"]), "is too long"),
        answer(json!(["id"]), "Order does not exist"),
        ok(json!({"tagsRemove": {"node": null, "userErrors": []}})),
        ok(json!({"tagsRemove": null})),
    ];
    let server = Server::start(replies).await.unwrap();
    let client = client(&server, token());
    let refused = client.remove_tags(7, &["x"]).await.unwrap_err();
    assert!(
        matches!(refused, Error::Rejected { field: Some(field), message, .. } if field == "tags" && message == "is too long")
    );
    assert_eq!(client.remove_tags(7, &["x"]).await, Err(Error::NotFound { what: "order 7".to_owned() }));
    for path in ["tagsRemove.node", "tagsRemove"] {
        let error = client.remove_tags(7, &["x"]).await.unwrap_err();
        assert!(matches!(&error, Error::Unreadable { path: at, .. } if at == path), "{error:?}");
    }
}

#[tokio::test]
async fn changed_orders_are_listed_to_the_end() {
    let stub = |id: u64| {
        json!({"id": format!("gid://shopify/Order/{id}"), "name": format!("#{id}"), "createdAt": "2026-01-10T16:00:00Z",
               "updatedAt": "2026-01-10T16:00:00Z", "cancelledAt": null, "test": false, "tags": []})
    };
    let replies = [
        ok(json!({"orders": page(json!([stub(1), stub(2)]), Some("c1"))})),
        ok(json!({"orders": page(json!([stub(3)]), None)})),
        ok(json!({"ordersCount": {"count": 3, "precision": "EXACT"}})),
    ];
    let server = Server::start(replies).await.unwrap();
    let client = client(&server, token());
    let since = "2026-01-10T15:59:00Z".parse().unwrap();
    let orders: Vec<_> = client.orders_updated_since(since, Some("-tag:SENT_TO_NS")).try_collect().await.unwrap();
    assert_eq!(orders.iter().map(|order| order.id).collect::<Vec<_>>(), [1, 2, 3]);
    let count = client.orders_updated_count(since, None).await;
    assert_eq!(count, Ok(OrderCount { count: 3, exact: true }));
    let sent: Value = serde_json::from_str(&server.requests()[1].body).unwrap();
    let query = "updated_at:>='2026-01-10T15:59:00Z' -tag:SENT_TO_NS";
    assert_eq!(sent["variables"], json!({"query": query, "after": "c1"}));
}

#[tokio::test]
async fn a_name_is_matched_whole_and_must_be_unique() {
    let named = |names: &[&str]| {
        let nodes =
            names.iter().enumerate().map(|(id, name)| json!({"id": format!("gid://shopify/Order/{id}"), "name": name}));
        ok(json!({"orders": {"nodes": nodes.collect::<Vec<_>>()}}))
    };
    let replies = [named(&["#10012", "#1001"]), named(&["#10012"]), named(&["#1001", "#1001"])];
    let server = Server::start(replies).await.unwrap();
    let client = client(&server, token());
    assert_eq!(client.order_by_name("#1001").await, Ok(Some(1)));
    assert_eq!(client.order_by_name("#1001").await, Ok(None));
    assert!(matches!(client.order_by_name("#1001").await, Err(Error::Rejected { .. })));
}

#[tokio::test]
async fn what_the_doctor_asks() {
    let shop = json!({"name": "Acme", "myshopifyDomain": "acme.myshopify.com", "currencyCode": "USD",
        "enabledPresentmentCurrencies": ["USD", "EUR"], "ianaTimezone": "America/New_York", "taxesIncluded": false,
        "plan": {"publicDisplayName": "Plus"}});
    let hook = json!({"id": "gid://shopify/WebhookSubscription/1", "topic": "ORDERS_CREATE", "uri": "https://a/b"});
    let replies = [
        ok(json!({ "shop": shop })),
        ok(json!({"currentAppInstallation": {"accessScopes": [{"handle": "read_orders"}]}})),
        ok(json!({"webhookSubscriptions": page(json!([hook.clone()]), None)})),
        ok(json!({"webhookSubscriptionCreate": {"webhookSubscription": hook, "userErrors": []}})),
    ];
    let server = Server::start(replies).await.unwrap();
    let client = client(&server, token());
    assert_eq!(client.shop().await.unwrap().time_zone, "America/New_York");
    assert!(client.access_scopes().await.unwrap().contains("read_orders"));
    let listed: Vec<_> = client.webhook_subscriptions().try_collect().await.unwrap();
    let made = client.create_webhook_subscription("ORDERS_CREATE", "https://a/b").await.unwrap();
    assert_eq!(listed, [made]);
}

#[test]
fn calls_can_run_in_activities() {
    fn is_send(_: impl Send) {}
    fn calls(client: &Client) {
        is_send(client.order(1));
        is_send(client.orders_updated_since(jiff::Timestamp::UNIX_EPOCH, None));
    }
    let _ = calls;
}
