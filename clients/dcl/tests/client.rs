//! What becomes of each kind of answer.
#![cfg(test)]

use std::time::Duration;

use client_core::test_server::{Reply, Request, Server};
use client_dcl::{Address, Client, Error, NewLine, NewOrder, OrderStatus, Settings};
use futures_util::TryStreamExt;
use serde_json::{Value, json};

const SECRET: &str = "s3cr3t";

fn settings(server: &Server) -> Settings {
    let base_url = server.url.join("/api/v1").unwrap();
    Settings { base_url, username: "user".to_owned(), password: SECRET.into(), timeout: Duration::from_secs(10) }
}

fn client(server: &Server) -> Client {
    Client::new(settings(server)).unwrap()
}

fn order(number: &str) -> NewOrder {
    NewOrder {
        order_number: number.to_owned(),
        account_number: "10501".to_owned(),
        ordered_date: Some("2026-11-25".parse().unwrap()),
        freight_account: "00500".to_owned(),
        shipping_carrier: "FEDEX".to_owned(),
        shipping_service: "GROUND".to_owned(),
        shipping_address: Address { address1: Some("1 Main St".to_owned()), ..Address::default() },
        total_due: Some("409.94".parse().unwrap()),
        lines: vec![NewLine {
            line_number: 7,
            item_number: "TEE".to_owned(),
            quantity: 2,
            price: Some("29.00".parse().unwrap()),
            ..NewLine::default()
        }],
        ..NewOrder::default()
    }
}

fn verdict(status: u16, code: i64, message: &str) -> Reply {
    Reply::json(status, &json!({"error_code": code, "error_message": message}).to_string())
}

fn taken(statuses: &Value) -> Reply {
    let body = json!({"error_code": 0, "error_message": "", "order_statuses": statuses});
    Reply::json(201, &body.to_string())
}

async fn submit(reply: Reply) -> (Result<Vec<OrderStatus>, Error>, Vec<Request>) {
    let server = Server::start([reply]).await.unwrap();
    let result = client(&server).submit(&[order("SO-1"), order("SO-2")], Some("LA")).await;
    (result, server.requests())
}

async fn refused(reply: Reply) -> Error {
    let (result, requests) = submit(reply).await;
    assert_eq!(requests.len(), 1, "a client repeats nothing");
    let error = result.unwrap_err();
    assert!(!format!("{error:?} {error}").contains(SECRET));
    error
}

#[tokio::test]
async fn a_batch_is_submitted_in_part_and_told_in_sequence() {
    let statuses = json!([{"error_code": 0, "error_message": "", "order_number": "SO-1"},
        {"error_code": 13, "error_message": "no mail to ann@example.com", "order_number": "SO-2"}]);
    let (result, requests) = submit(taken(&statuses)).await;
    let status = |number: &str, error_code, message: &str| OrderStatus {
        order_number: number.to_owned(),
        error_code,
        error_message: message.to_owned(),
    };
    assert_eq!(result.unwrap(), [status("SO-1", 0, ""), status("SO-2", 13, "no mail to (e-mail)")]);
    let request = &requests[0];
    assert!(request.head.starts_with("POST /api/v1/batches HTTP"), "{}", request.head);
    assert_eq!(request.header("authorization"), Some("Basic dXNlcjpzM2NyM3Q="));
    assert_eq!(request.header("content-type"), Some("application/json"));
    let body: Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!((&body["allow_partial"], &body["location"]), (&json!(true), &json!("LA")));
    let sent = json!({
        "order_number": "SO-1", "account_number": "10501", "ordered_date": "2026-11-25", "freight_account": "00500",
        "shipping_carrier": "FEDEX", "shipping_service": "GROUND", "shipping_address": {"address1": "1 Main St"},
        "total_due": 409.94, "lines": [{"line_number": 7, "item_number": "TEE", "quantity": 2, "price": 29.0}],
    });
    assert_eq!(body["orders"][0], sent);
    assert!(request.body.contains(r#""total_due":409.94"#));
}

#[tokio::test]
async fn statuses_that_do_not_fit_are_unreadable() {
    let good = json!({"error_code": 0, "error_message": null, "order_number": "SO-1"});
    for (statuses, path) in [
        (json!([]), "order_statuses"),
        (json!([good]), "order_statuses"),
        (json!([good, good]), "order_statuses[1].order_number"),
        (json!(null), "order_statuses"),
        (json!([good, {"error_code": "ann"}]), "order_statuses[1].error_code"),
    ] {
        let error = refused(taken(&statuses)).await;
        assert!(matches!(&error, Error::Unreadable { path: at, .. } if at == path), "{error:?}");
        assert!(error.to_string().contains("POST batches") && !error.to_string().contains("ann"), "{error}");
    }
    assert!(matches!(refused(verdict(201, 0, "")).await, Error::Unreadable { .. }));
    // Without numbers the sequence counts.
    let bare = json!({"error_code": 0, "error_message": null});
    assert_eq!(submit(taken(&json!([bare, bare]))).await.0.unwrap()[1].order_number, "SO-2");
}

#[tokio::test]
async fn a_refusal_is_in_the_body_whatever_the_status() {
    for status in [200, 201, 400, 404, 409] {
        let expected = Error::Rejected {
            code: "11".to_owned(),
            message: "po_number of (e-mail) is too long".to_owned(),
            field: None,
            status,
            request_id: None,
        };
        assert_eq!(refused(verdict(status, 11, "po_number of ann@example.com is too long")).await, expected);
    }
}

#[tokio::test]
async fn what_dcl_has_not_said_is_unreadable() {
    for reply in [
        Reply::json(200, "<html>back soon</html>"),
        Reply::json(201, ""),
        Reply::json(200, "[]"),
        Reply::json(404, "<html>not here</html>"),
        Reply::json(400, r#"{"Message":"The request is invalid."}"#),
        Reply::json(302, ""),
        verdict(400, 0, ""),
    ] {
        let error = refused(reply.clone()).await;
        assert!(matches!(&error, Error::Unreadable { path, .. } if path == "error_code"), "{reply:?}: {error:?}");
    }
}

#[tokio::test]
async fn throttled_and_unauthorized() {
    let error = refused(verdict(429, 429, "Slow down").with("Retry-After", "3")).await;
    let detail = "POST batches: Slow down".to_owned();
    assert_eq!(error, Error::Throttled { retry_after: Some(Duration::from_secs(3)), detail });
    let error = refused(Reply::json(429, "<html>")).await;
    assert!(matches!(error, Error::Throttled { retry_after: None, .. }), "{error:?}");
    for reply in [verdict(401, 401, "Denied").with("WWW-Authenticate", "Basic"), Reply::json(403, "")] {
        assert!(matches!(refused(reply).await, Error::Unauthorized { .. }));
    }
}

#[tokio::test]
async fn failures_may_have_taken_the_orders() {
    let replies =
        [verdict(500, 500, "An error"), Reply::json(503, "<html>"), verdict(408, 1, ""), Reply::Reset, Reply::CutShort];
    for reply in replies {
        let error = refused(reply.clone()).await;
        assert!(matches!(error, Error::Unavailable { sent: true, .. }), "{reply:?}: {error:?}");
    }
    let server = Server::start([Reply::Silence]).await.unwrap();
    let client = Client::new(Settings { timeout: Duration::from_millis(50), ..settings(&server) }).unwrap();
    let detail = "POST batches: no answer within 50ms".to_owned();
    assert_eq!(client.submit(&[order("SO-1")], None).await, Err(Error::Unavailable { detail, sent: true }));
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let base_url = format!("http://{}", free.local_addr().unwrap()).parse().unwrap();
    drop(free);
    let settings =
        Settings { base_url, username: "user".to_owned(), password: SECRET.into(), timeout: Duration::from_secs(10) };
    let error = Client::new(settings).unwrap().submit(&[order("SO-1")], None).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable { sent: false, .. }), "{error:?}");
}

#[tokio::test]
async fn an_amount_that_json_would_round_is_not_sent() {
    let server = Server::start([]).await.unwrap();
    let order = NewOrder { sales_tax: Some("1234567890.123456789012".parse().unwrap()), ..order("SO-1") };
    let error = client(&server).submit(&[order], None).await.unwrap_err();
    assert!(matches!(error, Error::Rejected { status: 0, .. }), "{error:?}");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn settings_that_cannot_work_are_named() {
    let server = Server::start([]).await.unwrap();
    let wrong = Settings { base_url: "ftp://api.dclcorp.com/".parse().unwrap(), ..settings(&server) };
    assert_eq!(Client::new(wrong).unwrap_err().field, "base_url");
    for username in ["", "us:er"] {
        let wrong = Settings { username: username.to_owned(), ..settings(&server) };
        assert_eq!(Client::new(wrong).unwrap_err().field, "username");
    }
    assert!(!format!("{:?} {:?}", settings(&server), client(&server)).contains(SECRET));
}

#[test]
fn calls_can_run_in_activities() {
    fn is_send(_: impl Send) {}
    fn calls(client: &Client) {
        is_send(client.submit(&[], None));
        is_send(client.orders_by_number(&[]));
        is_send(client.orders_modified_since(jiff::Timestamp::UNIX_EPOCH).try_collect::<Vec<_>>());
        is_send(client.items(&[]).try_collect::<Vec<_>>());
    }
    let _ = calls;
}
