use std::time::Duration;

use tokio::time::Instant;

use super::*;
use crate::dcl::{Arrival, Arrived, Refused, RepeatedReference, Warehouse};

fn notification(reference: &str, lines: &[(&str, u64)]) -> Value {
    let lines: Vec<_> = (1..)
        .zip(lines)
        .map(|(number, (item, quantity))| json!({"line_number": number, "item_number": item, "quantity": quantity}))
        .collect();
    json!({
        "account_number": "10501", "location": "FR", "reference_transaction_number": reference,
        "reference_order_number": "PO1001", "order_date": "2026-11-02", "expected_delivery_date": "2026-12-01",
        "lines": lines,
    })
}

impl World {
    async fn announce(&self, body: Value) -> Answer {
        self.ask("POST", "/api/v1/po_notifications", Some(&self.login()), body.to_string()).await
    }

    async fn announced(&self, reference: &str, lines: &[(&str, u64)]) -> u64 {
        let answer = self.announce(notification(reference, lines)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        answer.body["dcl_po_number"].as_u64().unwrap()
    }

    /// Item and quantity of the receipts that a query lists.
    async fn rows(&self, query: &str) -> Vec<(String, u64)> {
        let answer = self.get(&format!("po_receipts?{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let rows = answer.body["po_receipts"].as_array().unwrap();
        rows.iter().map(|r| (r["item_number"].as_str().unwrap().to_owned(), r["quantity"].as_u64().unwrap())).collect()
    }
}

#[tokio::test]
async fn every_field_has_its_rule() {
    let world = World::usual();
    let with = |name: &str, value: Value| {
        let mut body = notification("acme-1", &[(SKU, 4)]);
        body[name] = value;
        body
    };
    let line = |name: &str, value: Value| {
        let mut body = notification("acme-1", &[(SKU, 4), (OTHER, 1)]);
        body["lines"][1][name] = value;
        body
    };
    for name in [
        "account_number",
        "location",
        "reference_transaction_number",
        "reference_order_number",
        "order_date",
        "expected_delivery_date",
        "lines",
    ] {
        world.announce(with(name, Value::Null)).await.refused(name);
    }
    let long = "x".repeat(26);
    for (body, text) in [
        (with("account_number", json!("999")), "account_number"),
        (with("location", json!("ZZ")), "location"),
        (with("reference_transaction_number", json!(long)), "reference_transaction_number is longer than 25"),
        (with("reference_order_number", json!(long)), "reference_order_number is longer than 25"),
        (with("expected_delivery_date", json!("soon")), "expected_delivery_date"),
        (line("item_number", json!("NONE")), "lines[1].item_number"),
        (line("quantity", json!(0)), "lines[1].quantity"),
        (line("quantity", json!(1.5)), "lines[1].quantity"),
        (line("line_number", json!(1)), "lines[1].line_number is there twice"),
        (line("expected_delivery_date", json!("soon")), "lines[1].expected_delivery_date"),
    ] {
        world.announce(body).await.refused(text);
    }
    assert!(world.dcl.notifications().is_empty());
    assert!(world.results().iter().all(|(_, result)| result.starts_with("refused: ")));
}

#[tokio::test]
async fn a_reference_is_taken_once_unless_the_account_is_lax() {
    let world = World::usual();
    let number = world.announced("acme-1", &[(SKU, 4)]).await;
    world
        .announce(notification("acme-1", &[(SKU, 4)]))
        .await
        .refused("reference_transaction_number acme-1 is not unique");
    assert_eq!(world.dcl.notifications()[0]["dcl_po_number"], number);

    let lax = World::new(Options {
        repeated_reference: RepeatedReference::AcceptedTwice,
        po_number_told: false,
        ..Options::default()
    });
    for _ in 0..2 {
        let answer = lax.announce(notification("acme-1", &[(SKU, 4)])).await;
        assert_eq!((answer.status, answer.body.get("dcl_po_number")), (StatusCode::CREATED, None));
    }
    assert_eq!(lax.dcl.notifications().len(), 2);
}

#[tokio::test]
async fn goods_come_whole_short_over_and_unknown() {
    let world = World::usual();
    let number = world.announced("acme-1", &[(SKU, 4), (OTHER, 2), (SKU, 1)]).await;
    let open = async || world.get(&format!("items?item_numbers={SKU}")).await.body["items"][0]["open_po"].clone();
    assert_eq!(open().await, 5);
    world.dcl.receive(number, Arrival::of(&[(SKU, 3), ("SURPRISE", 7)])).unwrap();
    assert_eq!(open().await, 2);
    world.dcl.receive_all(number).unwrap();
    assert_eq!(open().await, 0);
    let told = world.get(&format!("items?item_numbers=SURPRISE,{SKU}")).await.body;
    assert_eq!([&told["items"][0]["on_hand"], &told["items"][1]["on_hand"]], [&json!(7), &json!(1005)]);
    world.dcl.receive(number, Arrival::of(&[(OTHER, 1)])).unwrap();
    let lines = world.dcl.notifications()[0]["lines"].clone();
    let received: Vec<_> = lines.as_array().unwrap().iter().map(|line| line["received_quantity"].clone()).collect();
    assert_eq!(received, [4, 3, 1]);
    let of = |name: &str, units: u64| (name.to_owned(), units);
    assert_eq!(
        world.rows("").await,
        [of(SKU, 3), of("SURPRISE", 7), of(SKU, 1), of(OTHER, 2), of(SKU, 1), of(OTHER, 1)]
    );
    assert_eq!(world.rows(&format!("item_numbers={OTHER}")).await, [of(OTHER, 2), of(OTHER, 1)]);
    assert!(matches!(world.dcl.receive(1, Arrival::of(&[(SKU, 1)])), Err(Refused::NoNotification(1))));
    assert!(world.dcl.receive(number, Arrival::default()).is_err());
}

#[tokio::test]
async fn receipts_are_found_by_number_reference_and_day() {
    let world = World::usual();
    let (first, second) = (world.announced("acme-1", &[(SKU, 9)]).await, world.announced("acme-2", &[(SKU, 9)]).await);
    for (number, day, units) in [(first, "2026-11-20", 1), (second, "2026-11-21", 2), (first, "2026-11-19", 3)] {
        let date = Some(day.parse().unwrap());
        world.dcl.receive(number, Arrival { date, ..Arrival::of(&[(SKU, units)]) }).unwrap();
    }
    let late =
        Arrival { shown_after_seconds: 3600, date: Some("2026-11-18".parse().unwrap()), ..Arrival::of(&[(SKU, 4)]) };
    world.dcl.receive(first, late).unwrap();
    for (query, units) in [
        (String::new(), vec![3, 1, 2]),
        (format!("dcl_po_number={second}"), vec![2]),
        ("reference_transaction_number=acme-1".to_owned(), vec![3, 1]),
        ("customer_po_number=PO1001&received_from=2026-11-20".to_owned(), vec![1, 2]),
        ("received_from=2026-11-20&received_to=2026-11-20".to_owned(), vec![1]),
        // A day counts as its beginning, there where the warehouse is.
        ("received_from=2026-11-20T10:00:00Z".to_owned(), vec![2]),
        ("receipt_type=RMA".to_owned(), vec![]),
        ("page=2&page_size=2".to_owned(), vec![2]),
    ] {
        let found: Vec<_> = world.rows(&query).await.into_iter().map(|(_, units)| units).collect();
        assert_eq!(found, units, "{query}");
    }
    world.clock.advance(Duration::from_secs(3601));
    assert_eq!(world.rows("").await.len(), 4);
    world.get("po_receipts?page_size=101").await.refused("page_size");
    world.get("po_receipts?dcl_po_number=x").await.refused("dcl_po_number");
    world.get("po_receipts?fields=colour").await.refused("fields");
}

#[tokio::test]
async fn a_receipt_tells_lots_and_serials_and_may_lack_a_number() {
    let world = World::usual();
    let number = world.announced("acme-1", &[(SKU, 9)]).await;
    let arrived =
        Arrived { lots: [("L1".to_owned(), 3)].into(), serial_numbers: vec!["S1".to_owned()], ..Arrived::of(SKU, 3) };
    let date = Some("2026-11-20".parse().unwrap());
    world.dcl.receive(number, Arrival { items: vec![arrived], date, ..Arrival::default() }).unwrap();
    let nameless = Arrival { receipt_number: Some(String::new()), date, ..Arrival::of(&[(SKU, 1)]) };
    world.dcl.receive(number, nameless).unwrap();
    let told = world.get("po_receipts").await.body;
    assert_eq!(
        told["po_receipts"][0],
        json!({
            "dcl_po_number": number, "receipt_number": "R000001", "receipt_date": "2026-11-20T00:00:00",
            "receipt_type": "PO", "reference_transaction_number": "acme-1", "customer_po_number": "PO1001",
            "supplier_reference": null, "location": "FR", "inventory_type": "ZFRC", "item_number": SKU, "quantity": 3,
            "lots": [{"lot_number": "L1", "quantity": 3}], "serial_numbers": ["S1"],
        })
    );
    assert_eq!(told["po_receipts"][1].get("receipt_number"), None);
}

#[tokio::test]
async fn the_automatic_warehouse_takes_in_what_was_announced() {
    let warehouse = Warehouse::Automatic { pace: Duration::from_secs(10), split_percent: 0, seed: 1 };
    let world = World::new(Options { warehouse, ..Options::default() });
    let first = world.announced("acme-1", &[(SKU, 4), (OTHER, 2)]).await;
    world.dcl.receive(first, Arrival::of(&[(SKU, 1)])).unwrap();
    assert!(world.dcl.work_until(Instant::now()).is_some());
    assert_eq!(world.rows("").await.len(), 1);
    assert_eq!(world.dcl.work_until(Instant::now() + Duration::from_secs(11)), None);
    let of = |name: &str, units: u64| (name.to_owned(), units);
    assert_eq!(world.rows("").await, [of(SKU, 1), of(SKU, 3), of(OTHER, 2)]);
}

#[tokio::test]
async fn others_may_announce_what_they_like() {
    let world = World::usual();
    let other = json!({"reference_transaction_number": "EDI-1", "lines": [{"item_number": "X", "quantity": 3}]});
    let number = world.dcl.put_notification(other).unwrap();
    world.dcl.receive_all(number).unwrap();
    assert_eq!(world.rows(&format!("dcl_po_number={number}")).await, [("X".to_owned(), 3)]);
    for (body, field) in [(json!(1), "po_notification"), (json!({"lines": []}), "reference_transaction_number")] {
        let Err(Refused::Bad { field: named, .. }) = world.dcl.put_notification(body) else { panic!("taken") };
        assert_eq!(named, field);
    }
}
