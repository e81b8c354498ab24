//! What the warehouse received is booked, receipt by receipt.

use sandbox::dcl::{Arrival, Arrived};
use serde_json::json;
use workflows::ids::{DCL_RECEIPTS_POLL, NETSUITE_PURCHASES_POLL, PO_NOTIFICATION, PO_RECEIPT};

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_purchase_is_received_and_booked() {
    let world = world("inbound-whole", |_| {}).await;
    let id = purchase(&world, &[("TEE-SLATE", 40), ("TEE-MOSS", 10)]);
    let number = announced(&world, &id).await;
    let date = Some("2026-11-20".parse().unwrap());
    world.sandbox.dcl.receive(number, Arrival { date, ..Arrival::of(&[("TEE-SLATE", 15)]) }).unwrap();
    let first = received(&world, number).await;
    assert_eq!((&first["made"], &first["complete"]), (&json!(1), &json!(false)));
    assert_eq!(
        first["short"],
        json!([
            {"line": 1, "sku": "TEE-SLATE", "ordered": "40", "announced": "40", "received": "15"},
            {"line": 2, "sku": "TEE-MOSS", "ordered": "10", "announced": "10", "received": "0"},
        ])
    );
    assert_eq!(status(&world, "purchaseOrder", &id), "E");
    let receipt = &world.sandbox.netsuite.records("itemReceipt")[0];
    assert_eq!(receipt["externalId"], format!("IR-acme-{number}-R000001"));
    assert_eq!((&receipt["tranDate"], &receipt["custbody_o2c_brand"]), (&json!("2026-11-20"), &json!("acme")));
    quiet(&world).await;

    world.sandbox.dcl.receive_all(number).unwrap();
    let second = received(&world, number).await;
    assert_eq!(
        (&second["made"], &second["receipts"], &second["complete"], &second["short"]),
        (&json!(1), &json!(2), &json!(true), &json!([]))
    );
    assert_eq!(status(&world, "purchaseOrder", &id), "F");
    assert_eq!(booked(&world), units(&[("TEE-SLATE", 40), ("TEE-MOSS", 10)]));
    assert_eq!(world.sandbox.netsuite.received(item(&world, "TEE-SLATE").parse().unwrap(), 1), 40.into());
    quiet(&world).await;
    // What its receipts did to the order is no change of what was announced.
    world.poll(NETSUITE_PURCHASES_POLL).await;
    world.result(&run(PO_NOTIFICATION, &id)).await.unwrap();
    let view = world.view(&run(PO_RECEIPT, number)).await.unwrap();
    assert!(view.documents.contains(&format!("netsuite:purchaseOrder:{id}")), "{:?}", view.documents);
    world.assert_never_wedged(&[run(PO_NOTIFICATION, &id), run(PO_RECEIPT, number)]).await;
}

/// The older version of DCL's page tells no number of its own: the first receipt brings it.
#[tokio::test(flavor = "multi_thread")]
async fn the_number_is_learnt_from_the_first_receipt() {
    let mut options = sandbox::Options::default();
    options.dcl.po_number_told = false;
    options.dcl.receipt_number_told = false;
    let world = world_with("inbound-numberless", options, |_| {}).await;
    let id = purchase(&world, &[("TEE-SLATE", 5)]);
    let number = announced(&world, &id).await;
    let mark = || record(&world, "purchaseOrder", &id)["custbody_dcl_po_number"].clone();
    assert_eq!(mark(), format!("acme-{id}"));
    // Without numbers a day's receipts are one: it grows.
    let arrive = |units| {
        let date = Some("2026-11-20".parse().unwrap());
        world.sandbox.dcl.receive(number, Arrival { date, ..Arrival::of(&[("TEE-SLATE", units)]) }).unwrap();
    };
    arrive(2);
    received(&world, number).await;
    assert_eq!(mark(), number.to_string());
    quiet(&world).await;
    arrive(3);
    let grown = received(&world, number).await;
    assert_eq!((&grown["made"], &grown["complete"]), (&json!(1), &json!(true)));
    let keys: Vec<_> = world.sandbox.netsuite.records("itemReceipt").iter().map(|r| r["externalId"].clone()).collect();
    assert_eq!(keys, [format!("IR-acme-{number}-20261120"), format!("IR-acme-{number}-20261120-2")]);
    quiet(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_warehouse_receives_for_others_is_counted() {
    let world = world("inbound-others", |_| {}).await;
    let other = json!({"reference_transaction_number": "EDI-1", "lines": [{"item_number": "X", "quantity": 3}]});
    let other = world.sandbox.dcl.put_notification(other).unwrap();
    world.sandbox.dcl.receive_all(other).unwrap();
    let report = world.poll(DCL_RECEIPTS_POLL).await;
    assert_eq!((&report["seen"], &report["skipped"], &report["published"]), (&json!(1), &json!(1), &json!(0)));
    let event = bus::Event::about_dcl_po(bus::EventKind::PurchaseReceived, "acme", &other.to_string());
    world.bus().publish(&event).await.unwrap();
    let failure = world.result(&run(PO_RECEIPT, other)).await.unwrap_err();
    assert!(failure.contains("dclPoNumber") && failure.contains("not ours"), "{failure}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lots_and_serials_are_booked_with_their_units() {
    let world = world("inbound-lots", |_| {}).await;
    for (sku, field) in [("TEE-SLATE", "isLotItem"), ("TEE-MOSS", "isSerialItem")] {
        let body = json!({"id": item(&world, sku), field: true});
        world.sandbox.netsuite.put_record("inventoryItem", body).unwrap();
    }
    let id = purchase(&world, &[("TEE-SLATE", 4), ("TEE-MOSS", 2)]);
    let number = announced(&world, &id).await;
    let lots = Arrived { lots: [("L1".into(), 3), ("L2".into(), 1)].into(), ..Arrived::of("TEE-SLATE", 4) };
    let serials = Arrived { serial_numbers: vec!["S1".into(), "S2".into()], ..Arrived::of("TEE-MOSS", 2) };
    world.sandbox.dcl.receive(number, Arrival { items: vec![lots, serials], ..Arrival::default() }).unwrap();
    assert_eq!(received(&world, number).await["complete"], true);
    let receipt = &world.sandbox.netsuite.records("itemReceipt")[0];
    let assigned = |line: usize| {
        let all = &receipt["item"]["items"][line]["inventoryDetail"]["inventoryAssignment"]["items"];
        let all = all.as_array().unwrap().iter();
        all.map(|a| (a["issueInventoryNumber"]["refName"].clone(), a["quantity"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(assigned(0), [(json!("L1"), json!(3)), (json!("L2"), json!(1))]);
    assert_eq!(assigned(1), [(json!("S1"), json!(1)), (json!("S2"), json!(1))]);
    quiet(&world).await;
}

/// 5,000 lines in one order: announced whole, received whole, and again one by one where they differ.
#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_with_five_thousand_lines() {
    const LINES: usize = 5000;
    let world = world("inbound-5000", |_| {}).await;
    let skus: Vec<String> = sandbox::catalogue::items()
        .unwrap()
        .into_iter()
        .filter(|item| item.requires_shipping && item.sku.len() <= 25)
        .map(|item| item.sku)
        .collect();
    let of: Vec<(&str, u64)> = (0..LINES).map(|n| (skus[n % skus.len()].as_str(), 2)).collect();
    let ids: BTreeMap<&str, String> = skus.iter().map(|sku| (sku.as_str(), item(&world, sku))).collect();
    let line = |(sku, units): &(&str, u64)| json!({"item": {"id": ids[sku]}, "quantity": units});
    let mut body = purchase_body(&world, &[]);
    body["item"] = json!({"items": of.iter().map(line).collect::<Vec<_>>()});
    let id = world.sandbox.netsuite.put_record("purchaseOrder", body).unwrap();
    let number = announced(&world, &id).await;
    assert_eq!(world.sandbox.dcl.notifications()[0]["lines"].as_array().unwrap().len(), LINES);

    world.sandbox.dcl.receive(number, Arrival::of(&of[..LINES - 1])).unwrap();
    let first = received(&world, number).await;
    let last = of[LINES - 1].0;
    assert_eq!(
        (&first["made"], first["short"].as_array().unwrap().len()),
        (&json!(1), 1),
        "{:.500}",
        first.to_string()
    );
    assert_eq!((&first["short"][0]["line"], &first["short"][0]["sku"]), (&json!(LINES), &json!(last)));
    world.sandbox.dcl.receive_all(number).unwrap();
    assert_eq!(received(&world, number).await["complete"], true);
    assert_eq!(status(&world, "purchaseOrder", &id), "F");
    assert_eq!(booked(&world).values().sum::<Decimal>(), Decimal::from(2 * LINES as u64));
    quiet(&world).await;
    world.assert_never_wedged(&[run(PO_NOTIFICATION, &id), run(PO_RECEIPT, number)]).await;
}
