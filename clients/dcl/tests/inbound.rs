//! Notifications and receipts.
#![cfg(test)]

use std::time::Duration;

use client_core::test_server::{Reply, Request, Server};
use client_dcl::{Client, Error, NewNotification, NotificationLine, Notified, ReceiptRow, Receipts, Settings};
use futures_util::TryStreamExt;
use rust_decimal::Decimal;
use serde_json::{Value, json};

fn client(server: &Server) -> Client {
    let base_url = server.url.join("/api/v1/").unwrap();
    let timeout = Duration::from_secs(10);
    Client::new(Settings { base_url, username: "user".to_owned(), password: "s3cr3t".into(), timeout }).unwrap()
}

fn notification() -> NewNotification {
    let line = |line_number, expected: Option<&str>| NotificationLine {
        line_number,
        item_number: "TEE".to_owned(),
        quantity: 40,
        expected_delivery_date: expected.map(|day| day.parse().unwrap()),
    };
    NewNotification {
        account_number: "10501".to_owned(),
        location: "FR".to_owned(),
        reference_transaction_number: "acme-1203".to_owned(),
        reference_order_number: "PO1001".to_owned(),
        order_date: "2026-11-02".parse().unwrap(),
        expected_delivery_date: "2026-12-01".parse().unwrap(),
        lines: vec![line(1, Some("2026-11-30")), line(2, None)],
    }
}

fn verdict(status: u16, code: i64, message: &str) -> Reply {
    Reply::json(status, &json!({"error_code": code, "error_message": message}).to_string())
}

async fn announce(reply: Reply) -> (Result<Notified, Error>, Vec<Request>) {
    let server = Server::start([reply]).await.unwrap();
    let result = client(&server).create_po_notification(&notification()).await;
    (result, server.requests())
}

fn page(rows: &[Value]) -> Reply {
    Reply::json(200, &json!({"error_code": 0, "error_message": "", "po_receipts": rows}).to_string())
}

fn row(number: u64, item: &str) -> Value {
    json!({"dcl_po_number": number, "receipt_date": "2026-11-25T00:00:00", "item_number": item, "quantity": 1})
}

/// What was asked, one map of parameters a request.
fn asked(server: &Server) -> Vec<Vec<(String, String)>> {
    let line = |head: &str| server.url.join(head.split(' ').nth(1).unwrap()).unwrap();
    let requests = server.requests();
    requests.iter().map(|request| line(&request.head).query_pairs().into_owned().collect()).collect()
}

#[tokio::test]
async fn a_notification_is_sent_whole_and_its_number_read() {
    let taken = |number: Value| {
        Reply::json(201, &json!({"error_code": 0, "error_message": "", "dcl_po_number": number}).to_string())
    };
    let (result, requests) = announce(taken(json!(182_759))).await;
    assert_eq!(result, Ok(Notified::Taken(Some("182759".to_owned()))));
    assert!(requests[0].head.starts_with("POST /api/v1/po_notifications HTTP"), "{}", requests[0].head);
    let sent: Value = serde_json::from_str(&requests[0].body).unwrap();
    assert_eq!(
        sent,
        json!({
            "account_number": "10501", "location": "FR", "reference_transaction_number": "acme-1203",
            "reference_order_number": "PO1001", "order_date": "2026-11-02", "expected_delivery_date": "2026-12-01",
            "lines": [
                {"line_number": 1, "item_number": "TEE", "quantity": 40, "expected_delivery_date": "2026-11-30"},
                {"line_number": 2, "item_number": "TEE", "quantity": 40},
            ],
        })
    );
    // The older version of the page, and a number that is none.
    for reply in [verdict(201, 0, ""), taken(Value::Null)] {
        assert_eq!(announce(reply).await.0, Ok(Notified::Taken(None)));
    }
}

#[tokio::test]
async fn a_reference_that_is_there_already_is_no_error() {
    for (status, message) in [
        (400, "reference_transaction_number acme-1203 is not unique: it is there already"),
        (201, "Reference Transaction Number already exists."),
        (400, "Duplicate reference_transaction_number"),
    ] {
        let (result, requests) = announce(verdict(status, 14, message)).await;
        assert_eq!((result, requests.len()), (Ok(Notified::Repeated), 1), "{message}");
    }
    for message in ["item_number X is not unique", "reference_transaction_number is longer than 25 characters"] {
        let (result, _) = announce(verdict(400, 11, message)).await;
        assert!(matches!(result, Err(Error::Rejected { .. })), "{message}: {result:?}");
    }
}

#[tokio::test]
async fn each_kind_of_answer_says_what_to_do_next() {
    assert!(matches!(announce(verdict(401, 401, "denied")).await.0, Err(Error::Unauthorized { .. })));
    assert!(matches!(announce(verdict(429, 429, "slow down")).await.0, Err(Error::Throttled { .. })));
    assert!(matches!(announce(verdict(503, 503, "")).await.0, Err(Error::Unavailable { sent: true, .. })));
    assert!(matches!(announce(Reply::json(201, "<html>")).await.0, Err(Error::Unreadable { .. })));
    assert!(matches!(announce(verdict(400, 12, "location")).await.0, Err(Error::Rejected { .. })));
}

#[tokio::test]
async fn receipts_are_read_until_a_short_page() {
    let full: Vec<_> = (0..100).map(|_| row(182_759, "TEE")).collect();
    for (replies, count) in
        [(vec![page(&[])], 0), (vec![page(&full), page(&full[..1])], 101), (vec![page(&full), page(&[])], 100)]
    {
        let requests = replies.len();
        let server = Server::start(replies).await.unwrap();
        let since = Receipts::Since("2026-11-20".parse().unwrap());
        let rows: Vec<_> = client(&server).po_receipts(since).try_collect().await.unwrap();
        assert_eq!(rows.len(), count);
        let asked = asked(&server);
        assert_eq!(asked.len(), requests);
        for (page, query) in (1..).zip(asked) {
            let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
            let page = page.to_string();
            assert_eq!(query, [own("received_from", "2026-11-20"), own("page", &page), own("page_size", "100")]);
        }
    }
    let full_then_down = [page(&full), Reply::json(503, "")];
    let server = Server::start(full_then_down).await.unwrap();
    let result = client(&server).po_receipts(Receipts::Of("182759")).try_collect::<Vec<_>>().await;
    assert!(matches!(result, Err(Error::Unavailable { .. })), "{result:?}");
}

#[tokio::test]
async fn a_receipt_is_read_whatever_is_left_out() {
    let told = json!({
        "dcl_po_number": 182_759, "receipt_number": "R1", "receipt_date": "2026-11-25", "item_number": "TEE",
        "reference_transaction_number": "acme-1203", "customer_po_number": "PO1001", "quantity": "3.0",
        "lots": [{"lot_number": "L1", "quantity": 3}, null], "serial_numbers": null, "colour": "red",
    });
    let server = Server::start([page(&[told, row(7, "CAP")])]).await.unwrap();
    let rows: Vec<ReceiptRow> =
        client(&server).po_receipts(Receipts::Referring("acme-1203")).try_collect().await.unwrap();
    assert_eq!((rows[0].dcl_po_number.as_str(), rows[0].receipt_number.as_deref()), ("182759", Some("R1")));
    assert_eq!((rows[0].quantity, rows[0].lots[0].lot_number.as_str()), (Decimal::from(3), "L1"));
    assert_eq!(rows[0].reference_transaction_number.as_deref(), Some("acme-1203"));
    let bare = &rows[1];
    assert_eq!(bare.receipt_date, "2026-11-25".parse().unwrap());
    assert!(bare.receipt_number.is_none() && bare.lots.is_empty() && bare.serial_numbers.is_empty());
    assert_eq!(asked(&server)[0][0], ("reference_transaction_number".to_owned(), "acme-1203".to_owned()));
}

#[tokio::test]
async fn what_must_be_there_is_missed() {
    for (name, value) in [
        ("dcl_po_number", Value::Null),
        ("receipt_date", json!("ann")),
        ("receipt_date", Value::Null),
        ("item_number", json!("")),
        ("quantity", json!("ann")),
    ] {
        let mut wrong = row(182_759, "TEE");
        wrong[name] = value;
        let server = Server::start([page(&[row(1, "CAP"), wrong])]).await.unwrap();
        let error = client(&server).po_receipts(Receipts::Of("1")).try_collect::<Vec<_>>().await.unwrap_err();
        let path = format!("po_receipts[1].{name}");
        assert!(matches!(&error, Error::Unreadable { path: at, .. } if *at == path), "{name}: {error:?}");
        assert!(!error.to_string().contains("ann"), "{error}");
    }
}
