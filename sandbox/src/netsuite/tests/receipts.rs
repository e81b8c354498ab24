//! Item receipts of purchases and transfers.

use http::StatusCode;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::World;
use super::inbound::{purchase, transfer};
use crate::netsuite::RepeatedTransform;

impl World {
    async fn receive(&self, id: &str, body: Value) -> super::Answer {
        self.transform("purchaseOrder", id, "itemReceipt", body).await
    }

    /// A transfer that has shipped: its id and its fulfillment's.
    async fn under_way(&self) -> (String, String) {
        let id = self.made("transferOrder", transfer()).await;
        let body = json!({"shipStatus": "C", "tranDate": "2026-11-10"});
        let shipped = self.transform("transferOrder", &id, "itemFulfillment", body).await.id();
        (id, shipped)
    }
}

/// A receipt of these (line, quantity), the others left out.
fn receipt(received: &[(i64, i64)]) -> Value {
    let lines = [1, 2].map(|line| match received.iter().find(|(received, _)| *received == line) {
        Some((_, quantity)) => json!({"orderLine": line, "itemReceive": true, "quantity": quantity}),
        None => json!({"orderLine": line, "itemReceive": false}),
    });
    json!({"item": {"items": lines}})
}

#[tokio::test]
async fn a_purchase_comes_in_parts_and_its_status_follows() {
    let world = World::usual().await;
    let id = world.made("purchaseOrder", purchase()).await;
    let mut body = receipt(&[(1, 15)]);
    body["externalId"] = json!("IR-1");
    body["tranDate"] = json!("2026-11-20");
    let first = world.receive(&id, body).await;
    assert!(first.headers["location"].to_str().unwrap().contains("/record/v1/itemReceipt/"));
    let made = world.get("itemReceipt", "eid:IR-1").await;
    assert_eq!((&made["tranId"], &made["createdFrom"]["refName"]), (&json!("IR1001"), &json!("PO1001")));
    assert_eq!((&made["custbody_o2c_brand"], &made["entity"]["id"]), (&json!("acme"), &json!("551")));
    let line = &made["item"]["items"][0];
    assert_eq!((&line["orderLine"], &line["quantity"], &line["location"]["id"]), (&json!(1), &json!(15), &json!("1")));
    assert_eq!(world.standing("purchaseOrder", &id).await, "E");
    assert_eq!(world.account.received(1001, 1), Decimal::from(15));
    // What is not listed comes in full.
    world.receive(&id, json!({})).await.id();
    let order = world.get("purchaseOrder", &id).await;
    assert_eq!(order["status"], json!({"id": "F", "refName": "Pending Bill"}));
    assert_eq!(order["item"]["items"][0]["quantityReceived"], 40);
    world.receive(&id, json!({})).await.refused("USER_ERROR", "Pending Bill");
    let q = "SELECT r.type, n.linktype, n.previoustype, l.quantity FROM nexttransactionlinelink n \
             JOIN transaction r ON r.id = n.nextdoc JOIN transactionline l ON l.transaction = r.id AND l.id = n.nextline \
             WHERE n.previousdoc = ? AND n.previousline = 1 ORDER BY r.id";
    let rows = world.rows(q, &[json!(id)]).await;
    let row = |quantity: &str| json!({"links": [], "type": "ItemRcpt", "linktype": "ShipRcpt", "previoustype": "PurchOrd", "quantity": quantity});
    assert_eq!(rows, [row("15"), row("25")]);

    let path = format!("/record/v1/itemReceipt/{}", first.id());
    assert_eq!(world.call("DELETE", &path, Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.standing("purchaseOrder", &id).await, "E");
    assert_eq!(world.account.received(1001, 1), Decimal::from(25));
}

#[tokio::test]
async fn quantities_lines_places_and_days_are_checked() {
    let world = World::usual().await;
    let id = world.made("purchaseOrder", purchase()).await;
    let lines = |line: Value| json!({"item": {"items": [line]}});
    for (body, code, text) in [
        (lines(json!({"orderLine": 1, "quantity": 41})), "USER_ERROR", "more than the 40"),
        (lines(json!({"orderLine": 1, "quantity": -1})), "USER_ERROR", "remain"),
        (lines(json!({"orderLine": 9})), "INVALID_KEY_OR_REF", "9"),
        (lines(json!({"quantity": 1})), "USER_ERROR", "Order Line"),
        (lines(json!({"orderLine": 1, "location": {"id": "3"}})), "INVALID_KEY_OR_REF", "location"),
        (receipt(&[]), "USER_ERROR", "at least one line item"),
    ] {
        world.receive(&id, body).await.refused(code, text);
    }
    let mut homeless = purchase();
    homeless["location"] = Value::Null;
    let other = world.made("purchaseOrder", homeless).await;
    world.receive(&other, json!({})).await.refused("USER_ERROR", "Location");
    world.account.set_closed_before(Some("2026-11-01".parse().unwrap()));
    let mut early = receipt(&[(1, 1)]);
    early["tranDate"] = json!("2026-10-31");
    world.receive(&id, early).await.refused("USER_ERROR", "accounting period");
    let close = json!({"item": {"items": [{"line": 1, "isClosed": true}, {"line": 2, "isClosed": true}]}});
    world.call("PATCH", &format!("/record/v1/purchaseOrder/{id}"), close).await.id();
    world.receive(&id, receipt(&[(1, 1)])).await.refused("USER_ERROR", "Closed");
    assert!(world.account.records("itemReceipt").is_empty());
}

#[tokio::test]
async fn more_than_was_ordered_comes_only_where_the_account_allows_it() {
    let world = World::usual().await;
    let id = world.made("purchaseOrder", purchase()).await;
    world.account.set_receive_overage(true);
    world.receive(&id, receipt(&[(1, 42)])).await.id();
    assert_eq!(world.get("purchaseOrder", &id).await["item"]["items"][0]["quantityReceived"], 42);
    let fewer = json!({"item": {"items": [{"line": 1, "quantity": 41}]}});
    world.call("PATCH", &format!("/record/v1/purchaseOrder/{id}"), fewer).await.refused("USER_ERROR", "received");
}

#[tokio::test]
async fn a_repeated_key_is_taken_without_it_or_refused() {
    let world = World::usual().await;
    let id = world.made("purchaseOrder", purchase()).await;
    let mut body = receipt(&[(1, 1)]);
    body["externalId"] = json!("IR-1");
    world.receive(&id, body.clone()).await.id();
    let second = world.receive(&id, body.clone()).await.id();
    assert_eq!(world.get("itemReceipt", &second).await.get("externalId"), None);
    world.account.set_repeated_transform(RepeatedTransform::Refused);
    world.receive(&id, body).await.refused("USER_ERROR", "already exists");
}

#[tokio::test]
async fn a_transfers_receipt_keeps_to_its_shipment() {
    let world = World::usual().await;
    let (id, shipped) = world.under_way().await;
    let (_, other) = world.under_way().await;
    let body = |received: &[(i64, i64)], shipment: &str, day: &str| {
        let mut body = receipt(received);
        body["itemFulfillment"] = json!({"id": shipment});
        body["tranDate"] = json!(day);
        body
    };
    let ask = async |body| world.transform("transferOrder", &id, "itemReceipt", body).await;
    ask(receipt(&[(1, 1)])).await.refused("USER_ERROR", "Item Fulfillment");
    ask(body(&[(1, 1)], &other, "2026-11-12")).await.refused("INVALID_KEY_OR_REF", &other);
    ask(body(&[(1, 1)], &shipped, "2026-11-09")).await.refused("USER_ERROR", "dated before");
    ask(body(&[(1, 6)], &shipped, "2026-11-12")).await.refused("USER_ERROR", "more than the 5");
    let mut elsewhere = body(&[(1, 1)], &shipped, "2026-11-12");
    elsewhere["location"] = json!({"id": "1"});
    ask(elsewhere).await.refused("INVALID_KEY_OR_REF", "location");
    ask(body(&[(1, 3)], &shipped, "2026-11-10")).await.id();
    assert_eq!(world.standing("transferOrder", &id).await, "F");
    assert_eq!(world.account.received(1001, 2), Decimal::from(3));
    let path = format!("/record/v1/itemFulfillment/{shipped}");
    world.call("DELETE", &path, Value::Null).await.refused("USER_ERROR", "linked");
    ask(body(&[(1, 3)], &shipped, "2026-11-12")).await.refused("USER_ERROR", "more than the 2");
    ask(body(&[(1, 2), (2, 2)], &shipped, "2026-11-12")).await.id();
    assert_eq!(world.get("transferOrder", &id).await["status"], json!({"id": "G", "refName": "Received"}));
}

#[tokio::test]
async fn lots_come_new_with_a_purchase_and_known_with_a_transfer() {
    let world = World::usual().await;
    let account = &world.account;
    account.put_record("inventoryItem", json!({"id": "1001", "isLotItem": true})).unwrap();
    account.put_record("inventoryItem", json!({"id": "1002", "isSerialItem": true})).unwrap();
    let id = world.made("purchaseOrder", purchase()).await;
    let line = |line: i64, quantity: i64, lots: &[(&str, i64)]| {
        let lots: Vec<_> =
            lots.iter().map(|(lot, units)| json!({"receiptInventoryNumber": lot, "quantity": units})).collect();
        json!({"orderLine": line, "quantity": quantity, "inventoryDetail": {"inventoryAssignment": {"items": lots}}})
    };
    let out = |line: i64| json!({"orderLine": line, "itemReceive": false});
    let body = |lines: &[Value]| json!({"item": {"items": lines}});
    let missing = body(&[json!({"orderLine": 1, "quantity": 5}), out(2)]);
    world.receive(&id, missing).await.refused("USER_ERROR", "inventory detail");
    let few = body(&[line(1, 5, &[("L1", 4)]), out(2)]);
    world.receive(&id, few).await.refused("USER_ERROR", "must be 5");
    let made = world.receive(&id, body(&[line(1, 5, &[("L1", 3), ("L2", 2)]), line(2, 1, &[("S1", 1)])])).await.id();
    let made = world.get("itemReceipt", &made).await;
    let assigned = &made["item"]["items"][0]["inventoryDetail"]["inventoryAssignment"]["items"];
    assert_eq!(assigned[1]["issueInventoryNumber"]["refName"], "L2");
    assert_eq!(account.records("inventoryNumber").len(), 3);

    let moved = world.made("transferOrder", transfer()).await;
    let ship = json!({"shipStatus": "C", "item": {"items": [line(1, 2, &[("L1", 2)]), out(2)]}});
    let shipped = world.transform("transferOrder", &moved, "itemFulfillment", ship).await.id();
    let mut wrong = body(&[line(1, 2, &[("L2", 2)]), out(2)]);
    wrong["itemFulfillment"] = json!({"id": shipped});
    world.transform("transferOrder", &moved, "itemReceipt", wrong.clone()).await.refused("INVALID_KEY_OR_REF", "L2");
    wrong["item"]["items"][0] = line(1, 2, &[("L1", 2)]);
    world.transform("transferOrder", &moved, "itemReceipt", wrong).await.id();
}
