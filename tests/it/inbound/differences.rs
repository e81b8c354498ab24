//! Short, over, unknown, wrong: what a receipt may get wrong, by policy.

use config::{Short, Surplus};
use sandbox::dcl::{Arrival, Arrived};
use serde_json::json;
use workflows::ids::{NETSUITE_PURCHASES_POLL, PO_RECEIPT};

use super::*;

/// A purchase of 10 + 5 pieces that was announced: its id and DCL's number.
async fn expected(world: &World) -> (String, u64) {
    let id = purchase(world, &[("TEE-SLATE", 10), ("TEE-MOSS", 5)]);
    let number = announced(world, &id).await;
    (id, number)
}

#[tokio::test(flavor = "multi_thread")]
async fn too_much_waits_for_a_person_who_leaves_it_out() {
    let world = world("inbound-over", |_| {}).await;
    let (id, number) = expected(&world).await;
    world.sandbox.dcl.receive(number, Arrival::of(&[("TEE-SLATE", 13), ("TEE-MOSS", 5)])).unwrap();
    let why = parked(&world, number).await;
    assert!(why.contains("PO1001: receipt R000001: 3 × TEE-SLATE: more than was ordered"), "{why}");
    // What was ordered is on its shelf and booked.
    assert_eq!(booked(&world), units(&[("TEE-SLATE", 10), ("TEE-MOSS", 5)]));
    let done = retry(&world, &run(PO_RECEIPT, number)).await;
    let left = json!([{"receipt": "R000001", "item": "TEE-SLATE", "quantity": "3", "why": "over"}]);
    assert_eq!((&done["leftOut"], &done["complete"], &done["receipts"]), (&left, &json!(true), &json!(1)));
    let noted = &record(&world, "purchaseOrder", &id)["custbody_o2c_left_out"];
    assert_eq!(noted, r#"{"R000001":{"TEE-SLATE":"3"}}"#);
    quiet(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_much_within_the_tolerance_is_booked() {
    let mut options = sandbox::Options::default();
    options.netsuite.receive_overage = true;
    let world = world_with("inbound-tolerance", options, |config| {
        inbound(config).over_percent = 20.into();
        inbound(config).over = Surplus::LeaveOut;
    })
    .await;
    let (_, number) = expected(&world).await;
    world.sandbox.dcl.receive(number, Arrival::of(&[("TEE-SLATE", 13), ("TEE-MOSS", 5)])).unwrap();
    let done = received(&world, number).await;
    assert_eq!(booked(&world), units(&[("TEE-SLATE", 12), ("TEE-MOSS", 5)]));
    assert_eq!(
        done["over"],
        json!([{"line": 1, "sku": "TEE-SLATE", "ordered": "10", "announced": "10", "received": "12"}])
    );
    assert_eq!(done["leftOut"][0]["quantity"], "1");
    quiet(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_was_never_ordered_is_left_out_and_told() {
    let world = world("inbound-unknown", |config| inbound(config).unknown_item = Surplus::LeaveOut).await;
    let (_, number) = expected(&world).await;
    world.sandbox.dcl.receive(number, Arrival::of(&[("TEE-SLATE", 10), ("SURPRISE", 7)])).unwrap();
    let done = received(&world, number).await;
    let left = json!([{"receipt": "R000001", "item": "SURPRISE", "quantity": "7", "why": "unknownItem"}]);
    assert_eq!((&done["leftOut"], &done["made"]), (&left, &json!(1)));
    assert_eq!(booked(&world), units(&[("TEE-SLATE", 10)]));
    quiet(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn goods_without_the_lot_that_they_need_wait_for_a_person() {
    let world = world("inbound-wrong-lot", |_| {}).await;
    let lots = json!({"id": item(&world, "TEE-SLATE"), "isLotItem": true});
    world.sandbox.netsuite.put_record("inventoryItem", lots).unwrap();
    let (_, number) = expected(&world).await;
    let few = Arrived { lots: [("L1".into(), 3)].into(), ..Arrived::of("TEE-SLATE", 10) };
    let items = vec![few, Arrived::of("TEE-MOSS", 5)];
    world.sandbox.dcl.receive(number, Arrival { items, ..Arrival::default() }).unwrap();
    let why = parked(&world, number).await;
    assert!(why.contains("10 × TEE-SLATE: without the right lot"), "{why}");
    assert_eq!(booked(&world), units(&[("TEE-MOSS", 5)]));
    let done = retry(&world, &run(PO_RECEIPT, number)).await;
    assert_eq!((&done["complete"], &done["leftOut"][0]["why"]), (&json!(false), &json!("wrongLot")));
    quiet(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_for_a_closed_purchase_waits_for_a_person() {
    let world = world("inbound-closed", |_| {}).await;
    let (id, number) = expected(&world).await;
    let close = json!({"id": id, "item": {"items": [{"line": 1, "isClosed": true}, {"line": 2, "isClosed": true}]}});
    world.sandbox.netsuite.put_record("purchaseOrder", close).unwrap();
    world.sandbox.dcl.receive_all(number).unwrap();
    let why = parked(&world, number).await;
    assert!(why.contains("its line is closed"), "{why}");
    // Opened again, it is booked.
    let open = json!({"id": id, "item": {"items": [{"line": 1, "isClosed": false}, {"line": 2, "isClosed": false}]}});
    world.sandbox.netsuite.put_record("purchaseOrder", open).unwrap();
    let done = retry(&world, &run(PO_RECEIPT, number)).await;
    assert_eq!((&done["complete"], &done["made"], &done["leftOut"]), (&json!(true), &json!(1), &json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_in_a_closed_period_waits_until_it_is_open() {
    let world = world("inbound-period", |_| {}).await;
    let (_, number) = expected(&world).await;
    world.sandbox.netsuite.set_closed_before(Some("2026-11-01".parse().unwrap()));
    let date = Some("2026-10-31".parse().unwrap());
    world.sandbox.dcl.receive(number, Arrival { date, ..Arrival::of(&[("TEE-SLATE", 10)]) }).unwrap();
    let why = parked(&world, number).await;
    assert!(why.contains("accounting period"), "{why}");
    world.sandbox.netsuite.set_closed_before(None);
    assert_eq!(retry(&world, &run(PO_RECEIPT, number)).await["made"], 1);
}

/// The rest of a purchase whose last receipt is of long ago.
async fn short(world: &World) -> (String, u64) {
    let (id, number) = expected(world).await;
    let date = Some("2026-01-10".parse().unwrap());
    world.sandbox.dcl.receive(number, Arrival { date, ..Arrival::of(&[("TEE-SLATE", 4)]) }).unwrap();
    (id, number)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_that_stays_short_is_left_open_closed_or_asked_about() {
    let left = world("inbound-short-left", |_| {}).await;
    let (id, number) = short(&left).await;
    let done = received(&left, number).await;
    assert_eq!((&done["complete"], &done["closed"]), (&json!(false), &json!(false)));
    assert_eq!(status(&left, "purchaseOrder", &id), "E");

    let closed = world("inbound-short-closed", |config| inbound(config).short = Short::Close).await;
    let (id, number) = short(&closed).await;
    let done = received(&closed, number).await;
    assert_eq!((&done["closed"], done["short"].as_array().unwrap().len()), (&json!(true), 2));
    assert_eq!(status(&closed, "purchaseOrder", &id), "F");
    quiet(&closed).await;
    // That the agent has closed it is no change of what was announced.
    closed.poll(NETSUITE_PURCHASES_POLL).await;
    closed.result(&run(ids::PO_NOTIFICATION, &id)).await.unwrap();

    let asked = world("inbound-short-asked", |config| inbound(config).short = Short::Park).await;
    let (id, number) = short(&asked).await;
    let why = parked(&asked, number).await;
    assert!(why.contains("2 lines are short, the first: line 1: 4 of 10 × TEE-SLATE; line 2: 0 of 5"), "{why}");
    let done = retry(&asked, &run(PO_RECEIPT, number)).await;
    assert_eq!(done["closed"], true);
    assert_eq!(status(&asked, "purchaseOrder", &id), "F");
}

/// Nothing happens any more at the warehouse: the poll of purchases finds what lacks something for too long.
#[tokio::test(flavor = "multi_thread")]
async fn the_poll_of_purchases_finds_what_no_longer_comes() {
    let world = world("inbound-short-later", |config| {
        inbound(config).short = Short::Close;
        inbound(config).short_after_days = 0;
    })
    .await;
    let (id, number) = expected(&world).await;
    // The warehouse's day may be one ahead of ours or behind.
    let date = Some(jiff::Zoned::now().date().tomorrow().unwrap());
    world.sandbox.dcl.receive(number, Arrival { date, ..Arrival::of(&[("TEE-SLATE", 4)]) }).unwrap();
    assert_eq!(received(&world, number).await["closed"], false);
    assert_eq!(status(&world, "purchaseOrder", &id), "E");
    let report = world.poll(NETSUITE_PURCHASES_POLL).await;
    assert!(report["seen"].as_u64().unwrap() >= 2, "to be compared, and to be closed: {report}");
    let again = |v: &bus::RunView| v.status == "completed" && v.result.as_ref().is_some_and(|r| r["made"] == 0);
    world.until(&run(PO_RECEIPT, number), "looked at again", again).await;
}
