//! A purchase on its way is announced, once; what changes later is told to a person.

use serde_json::{Value, json};
use workflows::ids::{NETSUITE_PURCHASES_POLL, PO_NOTIFICATION};

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_is_announced_whole_and_marked() {
    let world = world("inbound-announce", |_| {}).await;
    let mut body = purchase_body(&world, &[("TEE-SLATE", 40), ("TEE-MOSS", 10)]);
    body["dueDate"] = json!("2026-12-01");
    body["item"]["items"][1]["expectedReceiptDate"] = json!("2026-12-05");
    let id = world.sandbox.netsuite.put_record("purchaseOrder", body).unwrap();
    let number = announced(&world, &id).await;
    let sent = &world.sandbox.dcl.notifications()[0];
    assert_eq!(
        sent,
        &json!({
            "dcl_po_number": number, "account_number": "10501", "location": "FR",
            "reference_transaction_number": format!("acme-{id}"), "reference_order_number": "PO1001",
            "order_date": "2026-11-02", "expected_delivery_date": "2026-12-01",
            "lines": [
                {"line_number": 1, "item_number": "TEE-SLATE", "quantity": 40, "received_quantity": 0},
                {"line_number": 2, "item_number": "TEE-MOSS", "quantity": 10, "received_quantity": 0,
                 "expected_delivery_date": "2026-12-05"},
            ],
        })
    );
    let order = record(&world, "purchaseOrder", &id);
    assert_eq!(order["custbody_dcl_po_number"], number.to_string());
    assert_eq!(order["custbody_dcl_po_reference"], format!("acme-{id}"));
    assert_eq!(order["custbody_o2c_brand"], "acme");
    let view = world.view(&run(PO_NOTIFICATION, &id)).await.unwrap();
    for document in [format!("netsuite:purchaseOrder:{id}"), format!("dcl:purchaseOrder:{number}")] {
        assert!(view.documents.contains(&document), "{document}: {:?}", view.documents);
    }
    // Announced again by hand, it is compared and left.
    let again = bus::Event::about_transaction(bus::EventKind::PurchaseReleased, "acme", &id);
    world.bus().publish(&again).await.unwrap();
    let result = world.result(&run(PO_NOTIFICATION, &id)).await.unwrap();
    assert_eq!(result, json!({"transactionNumber": "PO1001", "dclPoNumber": number.to_string(), "lines": null}));
    assert_eq!(world.sandbox.dcl.notifications().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_comes_to_our_warehouse_is_found() {
    let world = world("inbound-found", |config| inbound(config).subsidiaries = ["1".to_owned()].into()).await;
    let put = |change: &dyn Fn(&mut Value)| {
        let mut body = purchase_body(&world, &[("TEE-SLATE", 1)]);
        change(&mut body);
        world.sandbox.netsuite.put_record("purchaseOrder", body).unwrap()
    };
    let refused: Vec<(String, &str)> = vec![
        (put(&|b| b["location"] = json!({"id": "2"})), "inbound.locations"),
        (put(&|b| b["tranDate"] = json!("2025-12-30")), "go-live"),
        (put(&|b| (b["subsidiary"], b["location"]) = (json!({"id": "2"}), json!({"id": "3"}))), "inbound.subsidiaries"),
        (put(&|b| b["item"]["items"][0]["isClosed"] = json!(true)), "closed"),
    ];
    let pending = put(&|b| b["approvalStatus"] = json!({"id": "1"}));
    let report = world.poll(NETSUITE_PURCHASES_POLL).await;
    assert_eq!(report["seen"], 0, "{report}");
    for (id, why) in &refused {
        let event = bus::Event::about_transaction(bus::EventKind::PurchaseReleased, "acme", id);
        world.bus().publish(&event).await.unwrap();
        let failure = world.result(&run(PO_NOTIFICATION, id)).await.unwrap_err();
        assert!(failure.contains(why), "{why}: {failure}");
    }
    // One that is not approved yet is waited for.
    let event = bus::Event::about_transaction(bus::EventKind::PurchaseReleased, "acme", &pending);
    world.bus().publish(&event).await.unwrap();
    let waits = |v: &bus::RunView| v.agent_status.as_deref() == Some("waiting");
    let view = world.until(&run(PO_NOTIFICATION, &pending), "waiting", waits).await;
    assert!(view.problem.to_string().contains("approval"), "{}", view.problem);
    let approve = json!({"id": pending, "approvalStatus": {"id": "2"}});
    world.sandbox.netsuite.put_record("purchaseOrder", approve).unwrap();
    announced(&world, &pending).await;
    assert_eq!(world.sandbox.dcl.notifications().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_that_changes_after_it_was_announced_waits_for_a_person() {
    let world = world("inbound-changed", |_| {}).await;
    let id = purchase(&world, &[("TEE-SLATE", 40), ("TEE-MOSS", 10)]);
    let number = announced(&world, &id).await;
    let change = json!({"id": id, "item": {"items": [{"line": 1, "quantity": 45}, {"line": 2, "isClosed": true}]}});
    world.sandbox.netsuite.put_record("purchaseOrder", change).unwrap();
    world.poll(NETSUITE_PURCHASES_POLL).await;
    let why = world.until_parked(&run(PO_NOTIFICATION, &id)).await;
    let said = format!(
        "PO1001: changed after it was announced to DCL as {number}: line 1: 40 → 45 × TEE-SLATE; \
         line 2: 10 × TEE-MOSS no longer expected; tell DCL, then retry"
    );
    assert_eq!(why, said);
    retry(&world, &run(PO_NOTIFICATION, &id)).await;
    // What it is now counts as announced.
    world.poll(NETSUITE_PURCHASES_POLL).await;
    world.result(&run(PO_NOTIFICATION, &id)).await.unwrap();
    assert_eq!(world.sandbox.dcl.notifications().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_dcl_cannot_take_waits_for_its_mapping() {
    let mut world = world("inbound-unmapped", |_| {}).await;
    let long = "A-SKU-OF-MORE-THAN-25-CHARACTERS";
    world.sandbox.netsuite.put_record("inventoryItem", json!({"itemId": long})).unwrap();
    let id = purchase(&world, &[(long, 3)]);
    world.poll(NETSUITE_PURCHASES_POLL).await;
    let why = world.until_parked(&run(PO_NOTIFICATION, &id)).await;
    assert!(why.contains(long) && why.contains("warehouse.items"), "{why}");
    world.take_worker().stop().await;
    world.reconfigure(|config| {
        let warehouse = config.brands.get_mut("acme").unwrap().warehouse.as_mut().unwrap();
        warehouse.items = [(long.to_owned(), "TEE-SLATE".to_owned())].into();
    });
    world.start_worker();
    world.result(&run(PO_NOTIFICATION, &id)).await.unwrap();
    let number = number_of(&world, &id);
    // What came is booked under the SKU again.
    world.sandbox.dcl.receive_all(number).unwrap();
    received(&world, number).await;
    assert_eq!(booked(&world), units(&[(long, 3)]));
    quiet(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_type_is_read_or_named() {
    let world = world("inbound-typed", |_| {}).await;
    let id = purchase(&world, &[("TEE-SLATE", 1)]);
    let ask = async |workflow: &str, payload: Value| {
        let (workflow, brand) = (workflow.to_owned(), Some("acme".to_owned()));
        let request = bus::RunRequest { workflow, brand, payload, start_at: None, rerun: false };
        let started = world.bus().run(&request).await.map_err(|e| e.to_string())?;
        world.result(&started.workflow_id).await
    };
    let done = ask(PO_NOTIFICATION, json!({"transactionId": "PO1001"})).await.unwrap();
    assert_eq!((&done["transactionNumber"], &done["lines"]), (&json!("PO1001"), &json!(1)));
    assert_eq!(world.sandbox.dcl.notifications().len(), 1, "by its number and by its id {id} it has one run");
    for (workflow, payload, named) in [
        (PO_NOTIFICATION, json!({"transactionId": "PO9"}), "transactionId: "),
        (PO_NOTIFICATION, json!({"transactionId": 999_999}), "transactionId: "),
        (PO_NOTIFICATION, json!({"transactionId": {}}), "transactionId: "),
        (PO_NOTIFICATION, json!({"dclPoNumber": 1}), "dclPoNumber: "),
        (ids::PO_RECEIPT, json!({"dclPoNumber": "PO1001"}), "dclPoNumber: "),
        (ids::PO_RECEIPT, json!({"dclPoNumber": 7}), "dclPoNumber: "),
    ] {
        let failure = ask(workflow, payload.clone()).await.unwrap_err();
        assert!(failure.contains(named), "{payload}: {failure}");
    }
}
