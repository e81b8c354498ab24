//! Sending an order and reading how it was paid.
#![cfg(test)]

use std::time::Duration;

use client_core::test_server::{Reply, Server};
use client_shopify::{
    Auth, Client, Error, FinancialStatus, Fulfillment, FulfillmentDraft, FulfillmentOrderLine, FulfillmentOrderStatus,
    OrderFulfillment, Settings, Tracking, TransactionKind, TransactionStatus,
};
use serde_json::{Value, json};

const ORDER: u64 = 450_789_469;
const THEN: &str = "2026-01-10T16:00:00Z";
const LATER: &str = "2026-01-10T16:00:01Z";

fn client(server: &Server) -> Client {
    let auth = Auth::AccessToken("s3cr3t".to_owned().into());
    let (base_url, api_version) = (server.url.clone(), "2026-10".to_owned());
    Client::new(Settings { base_url, api_version, auth, timeout: Duration::from_secs(10) }).unwrap()
}

fn ok(data: Value) -> Reply {
    Reply::json(200, &json!({ "data": data }).to_string()).with("X-Request-Id", "req-1")
}

fn sent(server: &Server, request: usize) -> Value {
    serde_json::from_str(&server.requests()[request].body).unwrap()
}

fn page(nodes: Value, cursor: Option<&str>) -> Value {
    json!({"nodes": nodes, "pageInfo": {"hasNextPage": cursor.is_some(), "endCursor": cursor}})
}

fn gid(kind: &str, id: u64) -> String {
    format!("gid://shopify/{kind}/{id}")
}

fn held_line(id: u64) -> Value {
    json!({"id": gid("FulfillmentOrderLineItem", id), "sku": "A", "totalQuantity": 3, "remainingQuantity": 2,
        "lineItem": {"id": gid("LineItem", id * 10)}})
}

fn held(id: u64, lines: Value) -> Value {
    json!({"id": gid("FulfillmentOrder", id), "status": "IN_PROGRESS", "fulfillAt": null, "fulfillmentHolds": [],
        "assignedLocation": {"location": {"id": gid("Location", 5)}}, "lineItems": lines})
}

fn sent_line(id: u64) -> Value {
    json!({"quantity": 1, "lineItem": {"id": gid("LineItem", id)}})
}

fn fulfillment(id: u64, lines: Value) -> Value {
    json!({"id": gid("Fulfillment", id), "name": "#1001.1", "status": "SUCCESS", "fulfillmentLineItems": lines,
        "trackingInfo": [{"number": "1Z1"}, {"number": null}]})
}

fn order(updated_at: &str, held: Value, sent: Value) -> Reply {
    ok(json!({"order": {"updatedAt": updated_at, "cancelledAt": null, "closed": false, "fulfillmentOrders": held,
        "fulfillments": sent}}))
}

async fn view(replies: impl IntoIterator<Item = Reply>) -> (Result<OrderFulfillment, Error>, Server) {
    let server = Server::start(replies).await.unwrap();
    let result = client(&server).fulfillment_view(ORDER).await;
    (result, server)
}

#[tokio::test]
async fn what_is_to_be_sent_is_read_in_one_request() {
    let mut waiting = held(2, page(json!([]), None));
    waiting["status"] = json!("ON_HOLD");
    waiting["fulfillmentHolds"] = json!([{"id": gid("FulfillmentHold", 1)}]);
    waiting["assignedLocation"] = json!({"location": null});
    let mut strange = held(3, page(json!([]), None));
    strange["status"] = json!("BRAND_NEW");
    strange["fulfillAt"] = json!(LATER);
    let all = page(json!([held(1, page(json!([held_line(7)]), None)), waiting, strange]), None);
    let (view, server) = view([order(THEN, all, json!([fulfillment(9, page(json!([sent_line(70)]), None))]))]).await;
    let view = view.unwrap();
    assert!(!view.cancelled && !view.closed);
    let first = &view.fulfillment_orders[0];
    assert_eq!((first.id, &first.status, first.location), (1, &FulfillmentOrderStatus::InProgress, Some(5)));
    assert!(!first.on_hold);
    let line = FulfillmentOrderLine { id: 7, line_item: 70, sku: Some("A".to_owned()), total: 3, remaining: 2 };
    assert_eq!(first.lines, [line]);
    assert!(view.fulfillment_orders[1].on_hold && view.fulfillment_orders[1].location.is_none());
    assert_eq!(view.fulfillment_orders[2].status, FulfillmentOrderStatus::Other("BRAND_NEW".to_owned()));
    assert_eq!(view.fulfillment_orders[2].fulfill_at, Some(LATER.parse().unwrap()));
    let expected = Fulfillment {
        id: 9,
        name: "#1001.1".to_owned(),
        status: "SUCCESS".to_owned(),
        tracking_numbers: vec!["1Z1".to_owned()],
        lines: vec![(70, 1)],
    };
    assert_eq!(view.fulfillments, [expected]);
    assert_eq!(server.requests().len(), 1);
    assert_eq!(sent(&server, 0)["variables"], json!({"id": gid("Order", ORDER), "after": null}));
}

#[tokio::test]
async fn everything_is_read_to_its_end() {
    let more_of = |kind: &str, lines: &str, nodes: Value, cursor: Option<&str>| {
        ok(json!({kind: {"order": {"updatedAt": THEN}, lines: page(nodes, cursor)}}))
    };
    let (view, server) = view([
        order(
            THEN,
            page(json!([held(1, page(json!([held_line(1)]), Some("l1")))]), Some("o1")),
            json!([fulfillment(9, page(json!([sent_line(1)]), Some("f1")))]),
        ),
        more_of("fulfillment", "fulfillmentLineItems", json!([sent_line(2)]), None),
        more_of("fulfillmentOrder", "lineItems", json!([held_line(2)]), Some("l2")),
        more_of("fulfillmentOrder", "lineItems", json!([held_line(3)]), None),
        order(THEN, page(json!([held(2, page(json!([held_line(4)]), None))]), None), json!([])),
    ])
    .await;
    let view = view.unwrap();
    let lines: Vec<Vec<u64>> =
        view.fulfillment_orders.iter().map(|one| one.lines.iter().map(|line| line.id).collect()).collect();
    assert_eq!(lines, [vec![1, 2, 3], vec![4]]);
    assert_eq!((view.fulfillments.len(), view.fulfillments[0].lines.as_slice()), (1, &[(1, 1), (2, 1)][..]));
    let asked: Vec<Value> = (0..5).map(|request| sent(&server, request)["variables"]["after"].clone()).collect();
    assert_eq!(asked, [json!(null), json!("f1"), json!("l1"), json!("l2"), json!("o1")]);
}

#[tokio::test]
async fn what_changes_under_way_or_may_be_cut_is_no_view() {
    let two = || page(json!([held(1, page(json!([]), None))]), Some("o1"));
    let (result, _) = view([order(THEN, two(), json!([])), order(LATER, page(json!([]), None), json!([]))]).await;
    assert!(matches!(result, Err(Error::Unavailable { .. })), "{result:?}");

    let long = || page(json!([held(1, page(json!([held_line(1)]), Some("l1")))]), None);
    for gone in [json!(null), json!({"order": {"updatedAt": LATER}, "lineItems": page(json!([]), None)})] {
        let (result, _) = view([order(THEN, long(), json!([])), ok(json!({ "fulfillmentOrder": gone }))]).await;
        assert!(matches!(result, Err(Error::Unavailable { .. })), "{result:?}");
    }

    let many: Vec<Value> = (0..250).map(|id| fulfillment(id, page(json!([]), None))).collect();
    let (result, _) = view([order(THEN, page(json!([]), None), json!(many))]).await;
    assert!(matches!(&result, Err(Error::Unreadable { path, .. }) if path == "order.fulfillments"), "{result:?}");

    let (result, _) = view([ok(json!({"order": null}))]).await;
    assert_eq!(result, Err(Error::NotFound { what: format!("order {ORDER}") }));
    let denied = json!({"data": {"order": null}, "errors": [{"message": "Access denied for fulfillmentOrders field.",
        "path": ["order", "fulfillmentOrders"], "extensions": {"code": "ACCESS_DENIED"}}]});
    let (result, _) = view([Reply::json(200, &denied.to_string())]).await;
    assert!(matches!(result, Err(Error::Unauthorized { .. })), "{result:?}");
}

fn draft() -> FulfillmentDraft {
    let tracking = Tracking { company: Some("UPS".to_owned()), numbers: vec!["1Z1".to_owned()], urls: Vec::new() };
    FulfillmentDraft { lines: vec![(1, vec![(7, 2)])], tracking: Some(tracking), notify_customer: true }
}

#[tokio::test]
async fn a_fulfillment_is_made_of_the_named_pieces() {
    let made = json!({"fulfillment": {"id": gid("Fulfillment", 9)}, "userErrors": []});
    let server = Server::start([ok(json!({ "fulfillmentCreate": made }))]).await.unwrap();
    assert_eq!(client(&server).create_fulfillment(&draft()).await, Ok(9));
    let line = json!({"id": gid("FulfillmentOrderLineItem", 7), "quantity": 2});
    assert_eq!(
        sent(&server, 0)["variables"]["fulfillment"],
        json!({
            "lineItemsByFulfillmentOrder":
                [{"fulfillmentOrderId": gid("FulfillmentOrder", 1), "fulfillmentOrderLineItems": [line]}],
            "notifyCustomer": true, "originAddress": null,
            "trackingInfo": {"company": "UPS", "number": null, "numbers": ["1Z1"], "url": null, "urls": []},
        })
    );
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused() {
    let refusal = |message: &str| {
        let error = json!({"field": ["fulfillment"], "message": message});
        ok(json!({"fulfillmentCreate": {"fulfillment": null, "userErrors": [error]}}))
    };
    let closed = "Fulfillment order 1 has an unfulfillable status= closed.";
    let replies = [
        refusal(closed),
        refusal("Fulfillment order does not exist."),
        ok(json!({"fulfillmentCreate": {"fulfillment": null, "userErrors": []}})),
        ok(json!({ "fulfillmentCreate": null })),
        Reply::Reset,
    ];
    let server = Server::start(replies).await.unwrap();
    let client = client(&server);
    let error = client.create_fulfillment(&draft()).await.unwrap_err();
    assert!(
        matches!(&error, Error::Rejected { message, field: Some(field), .. }
        if message == closed && field == "fulfillment"),
        "{error:?}"
    );
    let error = client.create_fulfillment(&draft()).await.unwrap_err();
    assert_eq!(error, Error::NotFound { what: "fulfillment order 1".to_owned() });
    for path in ["fulfillmentCreate.fulfillment", "fulfillmentCreate"] {
        let error = client.create_fulfillment(&draft()).await.unwrap_err();
        assert!(matches!(&error, Error::Unreadable { path: at, .. } if at == path), "{error:?}");
    }
    let error = client.create_fulfillment(&draft()).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable { sent: true, .. }), "{error:?}");

    let nothing = FulfillmentDraft { lines: vec![(1, Vec::new())], tracking: None, notify_customer: false };
    let error = client.create_fulfillment(&nothing).await.unwrap_err();
    assert!(matches!(&error, Error::Rejected { code, .. } if code == "NOTHING_TO_SEND"), "{error:?}");
    assert_eq!(server.requests().len(), 5, "a client repeats nothing and sends nothing unnamed");
}

#[tokio::test]
async fn tracking_is_replaced() {
    let answer = |payload: Value| ok(json!({ "fulfillmentTrackingInfoUpdate": payload }));
    let missing = json!({"field": ["fulfillmentId"], "message": "Fulfillment does not exist."});
    let wrong = json!({"field": ["trackingInfoInput", "urls"], "message": "Url is invalid"});
    let replies = [
        answer(json!({"fulfillment": {"id": gid("Fulfillment", 9)}, "userErrors": []})),
        answer(json!({"fulfillment": null, "userErrors": [missing]})),
        answer(json!({"fulfillment": null, "userErrors": [wrong]})),
    ];
    let server = Server::start(replies).await.unwrap();
    let client = client(&server);
    let tracking = Tracking { company: None, numbers: vec!["1Z1".to_owned()], urls: vec!["https://a/1".to_owned()] };
    assert_eq!(client.update_tracking(9, &tracking, false).await, Ok(()));
    let variables = &sent(&server, 0)["variables"];
    assert_eq!((&variables["id"], &variables["notify"]), (&json!(gid("Fulfillment", 9)), &json!(false)));
    assert_eq!(variables["tracking"]["urls"], json!(["https://a/1"]));
    let error = client.update_tracking(9, &tracking, false).await.unwrap_err();
    assert_eq!(error, Error::NotFound { what: "fulfillment 9".to_owned() });
    let error = client.update_tracking(9, &tracking, false).await.unwrap_err();
    assert!(matches!(&error, Error::Rejected { field: Some(field), .. } if field == "trackingInfoInput.urls"));
}

fn money(amount: &str) -> Value {
    let side = |currency| json!({"amount": amount, "currencyCode": currency});
    json!({"shopMoney": side("USD"), "presentmentMoney": side("EUR")})
}

fn transaction(id: u64, kind: &str, status: &str) -> Value {
    json!({"id": gid("OrderTransaction", id), "kind": kind, "status": status, "gateway": "shopify_payments",
        "createdAt": THEN, "processedAt": LATER, "test": false, "amountSet": money("12.5"), "parentTransaction": null})
}

fn payments(transactions: Value) -> Reply {
    ok(json!({"order": {"name": "#1001", "cancelledAt": null, "currencyCode": "USD", "presentmentCurrencyCode": "EUR",
        "displayFinancialStatus": "PARTIALLY_PAID", "totalPriceSet": money("40.0"),
        "currentTotalPriceSet": money("30.0"), "transactions": transactions}}))
}

#[tokio::test]
async fn payments_are_read_in_one_request() {
    let mut capture = transaction(2, "CAPTURE", "SUCCESS");
    capture["parentTransaction"] = json!({"id": gid("OrderTransaction", 1)});
    let mut strange = transaction(3, "BRAND_NEW", "MAYBE");
    strange["gateway"] = json!(null);
    strange["processedAt"] = json!(null);
    let replies = [
        payments(json!([transaction(1, "AUTHORIZATION", "SUCCESS"), capture, strange])),
        payments((0..250).map(|id| transaction(id, "SALE", "FAILURE")).collect()),
        ok(json!({ "order": null })),
    ];
    let server = Server::start(replies).await.unwrap();
    let client = client(&server);
    let read = client.payments(ORDER).await.unwrap();
    assert_eq!((read.name.as_str(), read.currency.as_str(), read.cancelled), ("#1001", "USD", false));
    assert_eq!(read.financial_status, Some(FinancialStatus::PartiallyPaid));
    assert_eq!(read.current_total.shop.amount, "30.00".parse().unwrap());
    let [authorization, capture, strange] = &read.transactions[..] else { panic!("{read:?}") };
    assert_eq!((&authorization.kind, authorization.parent), (&TransactionKind::Authorization, None));
    assert_eq!((&capture.kind, &capture.status), (&TransactionKind::Capture, &TransactionStatus::Success));
    assert_eq!((capture.parent, capture.processed_at), (Some(1), LATER.parse().unwrap()));
    assert_eq!(capture.amount.presentment.currency, "EUR");
    assert_eq!(strange.kind, TransactionKind::Other("BRAND_NEW".to_owned()));
    assert_eq!(strange.status, TransactionStatus::Other("MAYBE".to_owned()));
    assert_eq!((strange.gateway.as_str(), strange.processed_at), ("", THEN.parse().unwrap()));

    let long = client.payments(ORDER).await;
    assert!(matches!(&long, Err(Error::Unreadable { path, .. }) if path == "order.transactions"), "{long:?}");
    let missing = client.payments(ORDER).await;
    assert_eq!(missing, Err(Error::NotFound { what: format!("order {ORDER}") }));
}

#[test]
fn calls_can_run_in_activities() {
    fn is_send(_: impl Send) {}
    fn calls(client: &Client) {
        is_send(client.fulfillment_view(1));
        is_send(client.payments(1));
        is_send(client.create_fulfillment(&draft()));
    }
    let _ = calls;
}
