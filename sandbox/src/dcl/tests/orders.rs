use std::time::Duration;

use super::*;
use crate::dcl::{Shipment, UnaskedStatus};

/// Three orders, a minute apart: one open, one cancelled, one shipped.
async fn three(options: Options) -> World {
    let world = World::new(options);
    for number in ["A", "B", "C"] {
        world.place(number, &[(SKU, 1)]).await;
    }
    for (at, number) in [("2026-11-25T21:00:00Z", "A"), ("2026-11-25T22:00:00Z", "B"), ("2026-11-25T23:00:00Z", "C")] {
        world.clock.set(at.parse().unwrap());
        match number {
            "A" => world.dcl.advance(number).unwrap(),
            "B" => world.dcl.cancel(number).unwrap(),
            _ => world.dcl.ship_all(number).unwrap(),
        }
    }
    world
}

#[tokio::test]
async fn cancelled_orders_hide_unless_asked_for() {
    let world = three(Options::default()).await;
    for (query, numbers) in [
        ("orders", vec!["A", "C"]),
        ("orders?status=0", vec!["A", "C"]),
        ("orders?status=1", vec!["A"]),
        ("orders?status=2", vec!["B"]),
        ("orders?status=3", vec!["C"]),
        ("orders?order_numbers=B", vec![]),
        ("orders?order_numbers=B,%20A,Z&status=2", vec!["B"]),
        ("orders?order_numbers=C,A", vec!["A", "C"]),
    ] {
        assert_eq!(world.get(query).await.numbers(), numbers, "{query}");
    }
    let cancelled = world.order("B");
    assert_eq!((&cancelled["is_cancelled"], &cancelled["order_stage"]), (&json!(true), &json!(2)));
    let world = three(Options { unasked_status: UnaskedStatus::Any, ..Options::default() }).await;
    assert_eq!(world.get("orders").await.numbers(), ["A", "B", "C"]);
}

#[tokio::test]
async fn moments_without_an_offset_are_pacific() {
    let world = three(Options::default()).await;
    for (query, numbers) in [
        // 23:00 UTC is 15:00 in California in winter.
        ("modified_from=2026-11-25T15:00:00", vec!["C"]),
        ("modified_from=2026-11-25T15:00:01", vec![]),
        ("modified_from=2026-11-25T15:00:00Z", vec!["A", "C"]),
        ("modified_from=2026-11-26T00:00:00%2B01:00", vec!["C"]),
        ("modified_from=2026-11-25T13:00:00&modified_to=2026-11-25T14:59:59", vec!["A"]),
        ("modified_to=2026-11-25T23:59:59Z", vec!["A", "C"]),
        ("shipped_from=2026-11-25&shipped_to=2026-11-25", vec!["C"]),
        ("shipped_from=2026-11-26", vec![]),
        ("shipped_to=2026-11-24", vec![]),
        ("received_from=2026-11-25&received_to=2026-11-25", vec!["A", "C"]),
        ("received_from=2026-11-25T12:00:01", vec![]),
        ("filter=order_stage%20ge%2060", vec!["C"]),
        ("filter=order_stage%20lt%2060,order_status%20eq%201", vec!["A"]),
        ("filter=order_stage+neq+60", vec!["A"]),
    ] {
        assert_eq!(world.get(&format!("orders?{query}")).await.numbers(), numbers, "{query}");
    }
}

#[tokio::test]
async fn dates_go_out_local_and_short_unless_extended() {
    let world = three(Options::default()).await;
    let told = world.get("orders?order_numbers=C").await.body["orders"][0].clone();
    assert_eq!(told["received_date"], "2026-11-25");
    assert_eq!(told["shipments"][0]["ship_date"], "2026-11-25");
    assert!(told["modified_at"].as_str().unwrap().starts_with("2026-11-25T15:00:00"), "{told}");
    let told = world.get("orders?order_numbers=C&extended_date=true").await.body["orders"][0].clone();
    assert_eq!(told["received_date"], "2026-11-25T12:00:00");
    assert_eq!(told["shipments"][0]["ship_date"], "2026-11-25T15:00:00");
    assert!(told["shipments"][0].get("shipping_carrier").is_none());

    let world = three(Options { modified_at_offset: true, carrier_in_shipments: true, ..Options::default() }).await;
    let told = world.order("C");
    assert!(told["modified_at"].as_str().unwrap().ends_with("-08:00"), "{told}");
    assert_eq!(told["shipments"][0]["shipping_carrier"], "FEDEX");
}

#[tokio::test]
async fn pages_end_with_a_short_one() {
    let world = World::usual();
    for number in 0..205 {
        world.clock.advance(Duration::from_secs(1));
        world.place(&format!("SO{number:03}"), &[(SKU, 1)]).await;
    }
    let mut seen = Vec::new();
    for (page, size) in [(1, 100), (2, 100), (3, 5), (4, 0)] {
        let answer = world.get(&format!("orders?page={page}")).await;
        assert_eq!(answer.numbers().len(), size);
        seen.extend(answer.numbers().iter().map(|number| (*number).to_owned()));
    }
    assert!(seen.is_sorted() && seen.len() == 205);
    assert_eq!(world.get("orders?page=3&page_size=2").await.numbers(), ["SO004", "SO005"]);
    // A change moves an order to the end.
    world.clock.advance(Duration::from_secs(1));
    world.dcl.advance("SO000").unwrap();
    assert_eq!(world.get("orders?page=3").await.numbers().last(), Some(&"SO000"));
}

#[tokio::test]
async fn only_the_fields_that_are_asked_for_come() {
    let world = three(Options::default()).await;
    let told = world.get("orders?order_numbers=A&fields=order_number,order_stage").await;
    assert_eq!(told.body["orders"], json!([{"order_number": "A", "order_stage": 20}]));
}

#[tokio::test]
async fn a_wrong_parameter_is_named() {
    let world = World::usual();
    for (query, field) in [
        ("status=shipped", "status"),
        ("modified_from=2026-11-26T00:00:00+01:00", "modified_from"),
        ("modified_to=now", "modified_to"),
        ("received_to=2026-11-25T25:00", "received_to"),
        ("page=0", "page"),
        ("page_size=101", "page_size"),
        ("page_size=x", "page_size"),
        ("fields=order_number,nonsense", "fields"),
        ("extended_date=1", "extended_date"),
        ("filter=order_stage", "filter"),
        ("filter=city%20eq%201", "filter"),
        ("filter=order_stage%20like%201", "filter"),
        ("filter=order_stage%20eq%20x", "filter"),
    ] {
        world.get(&format!("orders?{query}")).await.refused(field);
    }
}

#[tokio::test]
async fn orders_of_others_are_told_too() {
    let world = World::usual();
    let edi = json!({"order_number": "EDI-1", "account_number": "999", "order_stage": 4,
        "lines": [{"item_number": "WHOLESALE", "quantity": 500}]});
    world.dcl.put_order(edi).unwrap();
    let told = world.order("EDI-1");
    assert_eq!((&told["order_type"], &told["account_number"]), (&json!("EDI"), &json!("999")));
    assert_eq!(told["stage_description"], "AV Required");
    world.dcl.advance("EDI-1").unwrap();
    world.dcl.ship("EDI-1", Shipment::of(&[("WHOLESALE", 500)])).unwrap();
    let refused = world.dcl.put_order(json!({"order_number": "EDI-2"})).unwrap_err();
    assert_eq!(refused.to_string(), "lines: is required");
}
