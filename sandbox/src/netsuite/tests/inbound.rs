//! Purchase orders and transfer orders.

use http::StatusCode;
use serde_json::{Value, json};

use super::World;

/// A purchase of 40 + 10 pieces for the main warehouse, approved.
pub(super) fn purchase() -> Value {
    json!({
        "entity": {"id": "551"}, "location": {"id": "1"}, "approvalStatus": {"id": "2"}, "tranDate": "2026-11-02",
        "dueDate": "2026-12-01", "custbody_o2c_brand": "acme",
        "item": {"items": [
            {"item": {"id": "1001"}, "quantity": 40, "rate": 3, "expectedReceiptDate": "2026-11-30"},
            {"item": {"id": "1002"}, "quantity": 10, "rate": 2.5},
        ]},
    })
}

/// A transfer of 5 + 2 pieces from the main to the west warehouse, approved.
pub(super) fn transfer() -> Value {
    json!({
        "subsidiary": {"id": "1"}, "location": {"id": "1"}, "transferLocation": {"id": "2"}, "orderStatus": {"id": "B"},
        "item": {"items": [{"item": {"id": "1001"}, "quantity": 5}, {"item": {"id": "1002"}, "quantity": 2}]},
    })
}

impl World {
    pub(super) async fn made(&self, record: &str, body: Value) -> String {
        self.call("POST", &format!("/record/v1/{record}"), body).await.id()
    }

    pub(super) async fn standing(&self, record: &str, id: &str) -> String {
        self.get(record, id).await["status"]["id"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn a_purchase_waits_for_its_approval_and_adds_up() {
    let world = World::usual().await;
    let mut body = purchase();
    body["approvalStatus"] = Value::Null;
    let id = world.made("purchaseOrder", body).await;
    let order = world.get("purchaseOrder", &id).await;
    assert_eq!((&order["tranId"], &order["total"]), (&json!("PO1001"), &json!(145)));
    assert_eq!(order["status"], json!({"id": "A", "refName": "Pending Supervisor Approval"}));
    assert_eq!((&order["entity"]["refName"], &order["subsidiary"]["id"]), (&json!("Example Supply"), &json!("1")));
    let line = &order["item"]["items"][1];
    assert_eq!((&line["line"], &line["quantityReceived"], &line["amount"]), (&json!(2), &json!(0), &json!(25)));
    let path = format!("/record/v1/purchaseOrder/{id}");
    let status = json!({"approvalStatus": {"id": "2"}, "custbody_dcl_po_number": "182759"});
    world.call("PATCH", &path, status).await.id();
    assert_eq!(world.standing("purchaseOrder", &id).await, "B");
    // What the account counts itself is not taken from a request.
    let received = json!({"item": {"items": [{"line": 1, "quantityReceived": 40}]}});
    world.call("PATCH", &path, received).await.id();
    assert_eq!(world.standing("purchaseOrder", &id).await, "B");
    let close = json!({"item": {"items": [{"line": 1, "isClosed": true}, {"line": 2, "isClosed": true}]}});
    world.call("PATCH", &path, close).await.id();
    assert_eq!(world.standing("purchaseOrder", &id).await, "H");
    assert_eq!(world.call("DELETE", &path, Value::Null).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn what_a_purchase_must_have_is_named() {
    let world = World::usual().await;
    let kit = world.account.put_record("kitItem", json!({"itemId": "KIT"})).unwrap();
    let with = |name: &str, value: Value| {
        let mut body = purchase();
        body[name] = value;
        body
    };
    let line = |line: Value| with("item", json!({"items": [line]}));
    for (body, code, text) in [
        (with("entity", Value::Null), "USER_ERROR", "Vendor"),
        (with("entity", json!({"id": "500"})), "INVALID_KEY_OR_REF", "500"),
        (with("location", json!({"id": "3"})), "INVALID_KEY_OR_REF", "location"),
        (with("item", json!({"items": []})), "USER_ERROR", "line item"),
        (with("dueDate", json!("soon")), "INVALID_CONTENT", "dueDate"),
        (with("custbody_unknown", json!("x")), "INVALID_CONTENT", "custbody_unknown"),
        (line(json!({"item": {"id": kit}, "quantity": 1})), "INVALID_KEY_OR_REF", "item"),
        (line(json!({"item": {"id": "1001"}, "quantity": 0})), "USER_ERROR", "above 0"),
        (line(json!({"item": {"id": "1001"}, "quantty": 1})), "INVALID_CONTENT", "quantty"),
        (line(json!({"quantity": 1})), "USER_ERROR", "Item"),
    ] {
        world.call("POST", "/record/v1/purchaseOrder", body).await.refused(code, text);
    }
}

#[tokio::test]
async fn a_transfer_leaves_one_location_for_another_of_the_subsidiary() {
    let world = World::usual().await;
    for (name, value, code, text) in [
        ("location", Value::Null, "USER_ERROR", "From Location"),
        ("transferLocation", Value::Null, "USER_ERROR", "To Location"),
        ("transferLocation", json!({"id": "1"}), "INVALID_KEY_OR_REF", "transferlocation"),
        ("transferLocation", json!({"id": "3"}), "INVALID_KEY_OR_REF", "transferlocation"),
    ] {
        let mut body = transfer();
        body[name] = value;
        world.call("POST", "/record/v1/transferOrder", body).await.refused(code, text);
    }
    let mut body = transfer();
    body["orderStatus"] = Value::Null;
    let id = world.made("transferOrder", body).await;
    assert_eq!(world.standing("transferOrder", &id).await, "A");
    world.transform("transferOrder", &id, "itemFulfillment", json!({})).await.refused("USER_ERROR", "Pending Approval");
    let path = format!("/record/v1/transferOrder/{id}");
    world.call("PATCH", &path, json!({"orderStatus": {"id": "B"}})).await.id();
    assert_eq!(world.standing("transferOrder", &id).await, "B");
    let part = json!({"shipStatus": "C", "item": {"items": [
        {"orderLine": 1, "quantity": 2}, {"orderLine": 2, "itemReceive": false}]}});
    world.transform("transferOrder", &id, "itemFulfillment", part).await.id();
    let order = world.get("transferOrder", &id).await;
    assert_eq!(order["status"], json!({"id": "E", "refName": "Pending Receipt/Partially Fulfilled"}));
    assert_eq!(order["item"]["items"][0]["quantityFulfilled"], 2);
    world.transform("transferOrder", &id, "itemFulfillment", json!({"shipStatus": "C"})).await.id();
    assert_eq!(world.standing("transferOrder", &id).await, "F");
    world.call("DELETE", &path, Value::Null).await.refused("USER_ERROR", "linked");
}

#[tokio::test]
async fn suiteql_shows_what_is_bought_as_positive() {
    let world = World::usual().await;
    let id = world.made("purchaseOrder", purchase()).await;
    world.made("transferOrder", transfer()).await;
    let q = "SELECT t.type, t.tranid, t.status, TO_CHAR(t.duedate, 'YYYY-MM-DD') AS duedate, t.transferlocation \
             FROM transaction t WHERE t.type IN ('PurchOrd', 'TrnfrOrd') ORDER BY t.type";
    let rows = world.rows(q, &[]).await;
    assert_eq!(rows[0]["duedate"], "2026-12-01");
    assert_eq!((&rows[1]["tranid"], &rows[1]["transferlocation"]), (&json!("TO1001"), &json!("2")));
    let q = "SELECT id, quantity, quantityshiprecv, isclosed, location, \
             TO_CHAR(expectedreceiptdate, 'YYYY-MM-DD') AS day FROM transactionline \
             WHERE transaction = ? AND mainline = 'F' ORDER BY id";
    let rows = world.rows(q, &[json!(id)]).await;
    assert_eq!(
        rows,
        [
            json!({"links": [], "id": "1", "quantity": "40", "quantityshiprecv": "0", "isclosed": "F", "location": "1",
                "day": "2026-11-30"}),
            json!({"links": [], "id": "2", "quantity": "10", "quantityshiprecv": "0", "isclosed": "F", "location": "1"}),
        ]
    );
}
