//! A transfer from another location: announced when it leaves, received shipment by shipment.

use sandbox::dcl::Arrival;
use serde_json::{Value, json};
use workflows::ids::{DCL_RECEIPTS_POLL, NETSUITE_PURCHASES_POLL, PO_NOTIFICATION, PO_RECEIPT};

use super::*;

/// A transfer of 8 + 4 pieces from the west to the main warehouse; its internal id.
fn transfer(world: &World) -> String {
    let body = json!({
        "subsidiary": {"id": "1"}, "location": {"id": "2"}, "transferLocation": {"id": "1"}, "orderStatus": {"id": "B"},
        "tranDate": "2026-11-02", "item": lines(world, &[("TEE-SLATE", 8), ("TEE-MOSS", 4)]),
    });
    world.sandbox.netsuite.put_record("transferOrder", body).unwrap()
}

/// What of it leaves on a day, by line; the fulfillment's internal id.
fn leave(world: &World, id: &str, day: &str, of: &[(u64, u64)]) -> String {
    let line = |line: u64| match of.iter().find(|(n, _)| *n == line) {
        Some((_, units)) => json!({"orderLine": line, "quantity": units}),
        None => json!({"orderLine": line, "itemReceive": false}),
    };
    let body = json!({
        "createdFrom": {"id": id}, "shipStatus": {"id": "C"}, "tranDate": day, "item": {"items": [line(1), line(2)]},
    });
    world.sandbox.netsuite.put_record("itemFulfillment", body).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_is_received_against_the_right_shipment() {
    let world = world("inbound-transfer", |_| {}).await;
    let id = transfer(&world);
    let report = world.poll(NETSUITE_PURCHASES_POLL).await;
    assert_eq!(report["seen"], 0, "nothing has left: {report}");
    let first = leave(&world, &id, "2026-11-10", &[(1, 5)]);
    let number = announced(&world, &id).await;
    // The whole of it is announced: DCL takes no change later.
    let sent = &world.sandbox.dcl.notifications()[0]["lines"];
    assert_eq!((&sent[0]["quantity"], &sent[1]["quantity"]), (&json!(8), &json!(4)));
    let second = leave(&world, &id, "2026-11-12", &[(1, 3), (2, 4)]);
    let date = Some("2026-11-11".parse().unwrap());
    world.sandbox.dcl.receive(number, Arrival { date, ..Arrival::of(&[("TEE-SLATE", 7), ("TEE-MOSS", 4)]) }).unwrap();
    let done = received(&world, number).await;
    assert_eq!((&done["made"], &done["complete"]), (&json!(2), &json!(false)));
    let receipts = world.sandbox.netsuite.records("itemReceipt");
    let of: Vec<_> = receipts.iter().map(|r| (r["itemFulfillment"]["id"].clone(), r["tranDate"].clone())).collect();
    // Not before the day on which it left, wherever the warehouse's day began.
    assert_eq!(of, [(json!(first), json!("2026-11-11")), (json!(second), json!("2026-11-12"))]);
    let key = &receipts[1]["externalId"];
    assert_eq!(key, &Value::from(format!("IR-acme-{number}-R000001-2")));
    world.sandbox.dcl.receive_all(number).unwrap();
    assert_eq!(received(&world, number).await["complete"], true);
    assert_eq!(status(&world, "transferOrder", &id), "G");
    assert_eq!(booked(&world), units(&[("TEE-SLATE", 8), ("TEE-MOSS", 4)]));
    quiet(&world).await;
    world.poll(NETSUITE_PURCHASES_POLL).await;
    world.result(&run(PO_NOTIFICATION, &id)).await.unwrap();
}

/// The warehouse is faster than the books of the other location: what has not left yet is waited for.
#[tokio::test(flavor = "multi_thread")]
async fn what_comes_before_it_has_left_is_waited_for() {
    let world = world("inbound-transfer-early", |_| {}).await;
    let id = transfer(&world);
    leave(&world, &id, "2026-11-10", &[(1, 5)]);
    let number = announced(&world, &id).await;
    world.sandbox.dcl.receive(number, Arrival::of(&[("TEE-SLATE", 8), ("TEE-MOSS", 4)])).unwrap();
    world.poll(DCL_RECEIPTS_POLL).await;
    let waits = |v: &bus::RunView| v.agent_status.as_deref() == Some("waiting");
    let view = world.until(&run(PO_RECEIPT, number), "waiting", waits).await;
    assert!(view.problem.to_string().contains("the rest of TO1001 to leave"), "{}", view.problem);
    assert_eq!(booked(&world), units(&[("TEE-SLATE", 5)]));
    leave(&world, &id, "2026-11-10", &[(1, 3), (2, 4)]);
    assert_eq!(received(&world, number).await["complete"], true);
    assert_eq!(booked(&world), units(&[("TEE-SLATE", 8), ("TEE-MOSS", 4)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_has_left_waits_for_a_person() {
    let world = world("inbound-transfer-over", |_| {}).await;
    let id = transfer(&world);
    leave(&world, &id, "2026-11-10", &[(1, 8), (2, 4)]);
    let number = announced(&world, &id).await;
    world.sandbox.dcl.receive(number, Arrival::of(&[("TEE-SLATE", 9), ("TEE-MOSS", 3)])).unwrap();
    let why = parked(&world, number).await;
    assert!(why.contains("TO1001: receipt R000001: 1 × TEE-SLATE: more than was ordered"), "{why}");
    let done = retry(&world, &run(PO_RECEIPT, number)).await;
    assert_eq!((&done["complete"], &done["receipts"]), (&json!(false), &json!(1)));
    assert_eq!(done["short"][0]["sku"], "TEE-MOSS");
    assert_eq!(booked(&world), units(&[("TEE-SLATE", 8), ("TEE-MOSS", 3)]));
    quiet(&world).await;
}
