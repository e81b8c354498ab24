//! Orders and stock, page by page.
#![cfg(test)]

use std::time::Duration;

use client_core::test_server::{Reply, Server};
use client_dcl::{Client, Error, Settings};
use futures_util::TryStreamExt;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::{Value, json};

fn client(server: &Server) -> Client {
    let base_url = server.url.join("/api/sandbox/").unwrap();
    let timeout = Duration::from_secs(10);
    Client::new(Settings { base_url, username: "user".to_owned(), password: "pass".into(), timeout }).unwrap()
}

fn page(list: &str, rows: &[Value]) -> Reply {
    let mut body = json!({"error_code": 0, "error_message": ""});
    body[list] = json!(rows);
    Reply::json(200, &body.to_string())
}

fn order(number: &str) -> Value {
    json!({"order_number": number, "order_stage": 10, "modified_at": "2026-11-25T15:00:00"})
}

/// What was asked, one map of parameters a request.
fn asked(server: &Server) -> Vec<Vec<(String, String)>> {
    let line = |head: &str| server.url.join(head.split(' ').nth(1).unwrap()).unwrap();
    let requests = server.requests();
    requests.iter().map(|request| line(&request.head).query_pairs().into_owned().collect()).collect()
}

fn parameter<'a>(query: &'a [(String, String)], name: &str) -> Option<&'a str> {
    query.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
}

#[tokio::test]
async fn a_shipped_order_is_read_whatever_is_null() {
    let told = json!({
        "order_number": "SO-1", "order_stage": 60, "stage_description": "Fully Shipped", "is_cancelled": false,
        "is_back_order": null, "account_number": "10501", "order_type": "REST", "shipping_carrier": "FEDEX",
        "shipping_service": null, "order_subtotal": 12.5, "modified_at": "2026-11-25T15:00:00.25",
        "lines": [
            {"line_number": 7, "item_number": "TEE", "quantity": "2", "voided": false},
            {"line_number": 8, "item_number": "CAP", "quantity": null, "voided": true},
        ],
        "shipments": [
            {"ship_date": "2026-11-25T00:00:00", "shipping_address": {"city": "x"}, "shipped_lines": null, "packages": [
                {"carton_id": "C1", "tracking_number": "1Z1", "shipped_items": [
                    {"item_number": "TEE", "quantity": 1, "serial_numbers": ["S1", null]},
                    {"item_number": "TEE", "quantity": "1.0", "serial_numbers": null},
                ]},
                {"carton_id": 17, "tracking_number": "", "shipped_items": null},
                null,
            ]},
            {"ship_date": null, "shipping_carrier": "UPS", "shipping_service": "2ND DAY", "packages": null},
        ],
    });
    let server = Server::start([page("orders", &[told])]).await.unwrap();
    let orders = client(&server).orders_by_number(&["SO-1"]).await.unwrap();
    let order = &orders[0];
    assert_eq!((order.order_stage, order.is_cancelled, order.is_back_order), (60, false, false));
    assert_eq!((order.order_type.as_deref(), order.account_number.as_deref()), (Some("REST"), Some("10501")));
    assert_eq!(order.stage_description.as_deref(), Some("Fully Shipped"));
    assert_eq!((order.shipping_carrier.as_deref(), order.shipping_service.as_deref()), (Some("FEDEX"), None));
    assert_eq!(order.modified_at, "2026-11-25T23:00:00.25Z".parse().unwrap());
    let lines: Vec<_> = order.lines.iter().map(|line| (line.line_number, line.quantity, line.voided)).collect();
    assert_eq!(lines, [(7, Decimal::TWO, false), (8, Decimal::ZERO, true)]);
    let [first, second] = order.shipments.as_slice() else { panic!("{order:?}") };
    assert_eq!((first.ship_date, second.ship_date), (Some("2026-11-25".parse().unwrap()), None));
    assert_eq!((first.carrier.as_deref(), second.carrier.as_deref()), (None, Some("UPS")));
    assert_eq!(second.service.as_deref(), Some("2ND DAY"));
    let [carton, bare] = first.packages.as_slice() else { panic!("{first:?}") };
    assert_eq!((carton.carton_id.as_deref(), carton.tracking_number.as_deref()), (Some("C1"), Some("1Z1")));
    assert_eq!((bare.carton_id.as_deref(), bare.tracking_number.as_deref()), (Some("17"), None));
    assert_eq!(carton.items[0].serial_numbers, ["S1"]);
    assert_eq!(carton.items.iter().map(|item| item.quantity).sum::<Decimal>(), Decimal::TWO);
    assert!(bare.items.is_empty() && second.packages.is_empty());
}

#[tokio::test]
async fn what_must_be_there_is_missed() {
    let shipped = |item: Value| {
        let mut order = order("SO-1");
        order["shipments"] = json!([{"packages": [{"shipped_items": [item]}]}]);
        order
    };
    for (told, path) in [
        (json!({"order_number": "SO-1", "order_stage": "ann"}), "orders[0].order_stage"),
        (json!({"order_number": "SO-1", "order_stage": 10}), "orders[0]"),
        (
            shipped(json!({"item_number": "TEE", "quantity": null})),
            "orders[0].shipments[0].packages[0].shipped_items[0].quantity",
        ),
        (shipped(json!({"quantity": 1})), "orders[0].shipments[0].packages[0].shipped_items[0]"),
    ] {
        let server = Server::start([page("orders", &[told])]).await.unwrap();
        let error = client(&server).orders_by_number(&["SO-1"]).await.unwrap_err();
        assert!(matches!(&error, Error::Unreadable { path: at, .. } if at == path), "{error:?}");
        assert!(error.to_string().contains("GET orders") && !error.to_string().contains("ann"), "{error}");
    }
    // Taken for an empty list, null would have an order made twice.
    let server = Server::start([Reply::json(200, r#"{"error_code":0,"orders":null}"#)]).await.unwrap();
    assert!(matches!(client(&server).orders_by_number(&["SO-1"]).await, Err(Error::Unreadable { .. })));
}

#[tokio::test]
async fn a_missing_number_is_looked_for_among_the_cancelled() {
    let mut cancelled = order("SO#2");
    cancelled["is_cancelled"] = json!(true);
    // An order that was not asked for is no answer.
    let replies = [page("orders", &[order("SO-1"), order("SO-1"), order("SO-9")]), page("orders", &[cancelled])];
    let server = Server::start(replies).await.unwrap();
    let orders = client(&server).orders_by_number(&["SO-1", "SO#2", "SO-3"]).await.unwrap();
    let told: Vec<_> = orders.iter().map(|order| (order.order_number.as_str(), order.is_cancelled)).collect();
    assert_eq!(told, [("SO-1", false), ("SO-1", false), ("SO#2", true)]);
    let asked = asked(&server);
    assert_eq!(parameter(&asked[0], "order_numbers"), Some("SO-1,SO#2,SO-3"));
    assert_eq!(parameter(&asked[0], "status"), None);
    assert_eq!(parameter(&asked[1], "order_numbers"), Some("SO#2,SO-3"));
    assert_eq!(parameter(&asked[1], "status"), Some("2"));
    assert!(server.requests()[0].head.starts_with("GET /api/sandbox/orders?"));
}

#[tokio::test]
async fn numbers_that_cannot_be_asked_for_are_not_sent() {
    let server = Server::start([]).await.unwrap();
    // An empty list would mean all orders to DCL.
    assert_eq!(client(&server).orders_by_number(&[]).await, Ok(Vec::new()));
    for number in ["", "SO-1,SO-2"] {
        let error = client(&server).orders_by_number(&[number]).await.unwrap_err();
        assert!(matches!(error, Error::Rejected { status: 0, .. }), "{error:?}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn changes_are_read_until_a_short_page() {
    let full: Vec<_> = (0..100).map(|n| order(&format!("SO-{n}"))).collect();
    let since: Timestamp = "2026-11-25T20:00:00.7Z".parse().unwrap();
    for (replies, count) in [
        (vec![page("orders", &[])], 0),
        (vec![page("orders", &full[..99])], 99),
        (vec![page("orders", &full), page("orders", &full[..1])], 101),
        (vec![page("orders", &full), page("orders", &[])], 100),
    ] {
        let requests = replies.len();
        let server = Server::start(replies).await.unwrap();
        let orders: Vec<_> = client(&server).orders_modified_since(since).try_collect().await.unwrap();
        assert_eq!(orders.len(), count);
        let asked = asked(&server);
        assert_eq!(asked.len(), requests);
        for (page, query) in (1..).zip(&asked) {
            assert_eq!(parameter(query, "modified_from"), Some("2026-11-25T20:00:00Z"));
            assert_eq!(parameter(query, "page"), Some(page.to_string().as_str()));
            assert_eq!((parameter(query, "page_size"), parameter(query, "status")), (Some("100"), None));
            assert!(parameter(query, "fields").unwrap().contains(",shipments,"));
        }
    }
    let server = Server::start([page("orders", &[])]).await.unwrap();
    let cancelled: Vec<_> = client(&server).orders_cancelled_since(since).try_collect().await.unwrap();
    assert!(cancelled.is_empty());
    assert_eq!(parameter(&asked(&server)[0], "status"), Some("2"));
}

#[tokio::test]
async fn a_list_ends_with_its_error() {
    let full: Vec<_> = (0..100).map(|n| order(&format!("SO-{n}"))).collect();
    let server = Server::start([page("orders", &full), Reply::json(503, "")]).await.unwrap();
    let client = client(&server);
    let mut seen = 0;
    let result = client
        .orders_modified_since(Timestamp::UNIX_EPOCH)
        .try_for_each(|_| {
            seen += 1;
            std::future::ready(Ok(()))
        })
        .await;
    assert!(matches!(result, Err(Error::Unavailable { .. })), "{result:?}");
    assert_eq!(seen, 100);
}

#[tokio::test]
async fn stock_may_be_below_nothing() {
    let item = json!({"item_number": "TEE", "description": "tee", "open_rma": 562, "on_demand": 59, "on_hand": 0,
        "on_hold": 0, "committed": 0, "available": "0", "in_process": null, "net_available": -59,
        "inventory_type": "ZFRC", "lots": []});
    let full = vec![item.clone(); 500];
    let server = Server::start([page("items", &full), page("items", std::slice::from_ref(&item))]).await.unwrap();
    let items: Vec<_> = client(&server).items(&[]).try_collect().await.unwrap();
    assert_eq!((items.len(), items[0].net_available), (501, Decimal::from(-59)));
    assert_eq!((items[0].on_demand, items[0].in_process), (Decimal::from(59), Decimal::ZERO));
    assert_eq!(parameter(&asked(&server)[1], "page_size"), Some("500"));
    assert_eq!(parameter(&asked(&server)[1], "item_numbers"), None);

    let server = Server::start([page("items", &[item])]).await.unwrap();
    let items: Vec<_> = client(&server).items(&["TEE", "CAP/2"]).try_collect().await.unwrap();
    assert_eq!(items.len(), 1);
    assert_eq!(parameter(&asked(&server)[0], "item_numbers"), Some("TEE,CAP/2"));
    let error = client(&server).items(&["A,B"]).try_collect::<Vec<_>>().await.unwrap_err();
    assert!(matches!(error, Error::Rejected { status: 0, .. }), "{error:?}");
}
