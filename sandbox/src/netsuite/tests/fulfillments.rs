//! Item fulfillments.

use http::StatusCode;
use serde_json::{Value, json};

use super::{World, released, shipment};

#[tokio::test]
async fn an_order_ships_in_parts_and_its_status_follows() {
    let world = World::usual().await;
    let id = world.released("K").await;
    let mut body = shipment(&[(1, 1)]);
    body["externalId"] = json!("IF-1");
    body["tranDate"] = json!("2026-03-09");
    body["custbody_o2c_cartons"] = json!("C1");
    body["custbody_shopify_fulfillment_id"] = json!("77");
    body["package"] = json!({"items": [{"packageTrackingNumber": "1Z", "packageCartonNumber": "C1",
        "packageWeight": 1.5, "packageDescr": "box"}]});
    let first = world.fulfill(&id, body).await;
    let location = first.headers["location"].to_str().unwrap();
    assert!(location.contains("/record/v1/itemFulfillment/"), "{location}");
    let made = world.get("itemFulfillment", "eid:IF-1").await;
    assert_eq!(made["id"], first.id());
    assert_eq!(made["tranId"], "IF1001");
    assert_eq!(made["status"], json!({"id": "C", "refName": "Shipped"}));
    assert_eq!(made["createdFrom"]["refName"], "SO1001");
    assert_eq!(made["entity"]["id"], "500");
    assert_eq!(made["shippedDate"], "2026-03-09");
    assert_eq!(made["custbody_shopify_order_id"], "450789469");
    assert_eq!(made["custbody_o2c_brand"], "acme");
    // Not on the form of a fulfillment.
    assert_eq!(made.get("custbody_sent_to_3pl"), None);
    assert_eq!(made["package"]["items"][0]["packageTrackingNumber"], "1Z");
    assert_eq!(made["item"]["totalResults"], 1);
    let line = &made["item"]["items"][0];
    assert_eq!((&line["orderLine"], &line["quantity"], &line["location"]["id"]), (&json!(1), &json!(1), &json!("1")));
    assert_eq!(world.status(&id).await, "E");
    assert_eq!(world.get_order(&id).await["item"]["items"][0]["quantityFulfilled"], 1);

    // What is not listed ships in full.
    world.fulfill(&id, json!({"shipStatus": "C"})).await.id();
    assert_eq!(world.status(&id).await, "F");
    world.fulfill(&id, json!({})).await.refused("USER_ERROR", "Pending Billing");
}

#[tokio::test]
async fn quantities_lines_and_locations_are_checked() {
    let world = World::usual().await;
    let id = world.released("K").await;
    let lines = |line: Value| json!({"item": {"items": [line]}});
    for (body, code, text) in [
        (lines(json!({"orderLine": 1, "quantity": 3})), "USER_ERROR", "more than the 2"),
        (lines(json!({"orderLine": 1, "quantity": -1})), "USER_ERROR", "remain"),
        (lines(json!({"orderLine": 9})), "INVALID_KEY_OR_REF", "9"),
        // A discount and a charge are never shipped.
        (lines(json!({"orderLine": 3})), "INVALID_KEY_OR_REF", "orderline"),
        (lines(json!({"orderLine": 4, "itemReceive": false})), "INVALID_KEY_OR_REF", "orderline"),
        (lines(json!({"quantity": 1})), "USER_ERROR", "Order Line"),
        (lines(json!({"orderLine": 1, "quantty": 1})), "INVALID_CONTENT", "quantty"),
        (lines(json!({"orderLine": 1, "location": {"id": "3"}})), "INVALID_KEY_OR_REF", "location"),
        (json!({"item": {"items": [{"orderLine": 1}, {"orderLine": 1}]}}), "INVALID_KEY_OR_REF", "orderline"),
        (shipment(&[]), "USER_ERROR", "at least one line item"),
        (json!({"shipStatus": {"id": "D"}}), "INVALID_CONTENT", "shipStatus"),
        (json!({"custbody_o2c_hold": true}), "INVALID_CONTENT", "custbody_o2c_hold"),
    ] {
        world.fulfill(&id, body.clone()).await.refused(code, text);
    }
    let mut homeless = released();
    homeless["location"] = Value::Null;
    let other = world.put_order("L", homeless).await.id();
    world.fulfill(&other, json!({})).await.refused("USER_ERROR", "Location");
    world.fulfill(&other, json!({"location": {"id": "2"}})).await.id();
    assert_eq!(world.account.records("itemFulfillment").len(), 1);
    assert_eq!(world.status(&id).await, "B");
}

#[tokio::test]
async fn only_what_has_shipped_counts_as_fulfilled() {
    let world = World::usual().await;
    let id = world.released("K").await;
    // Picked, unless it says otherwise.
    let picked = world.fulfill(&id, json!({"item": {"items": [{"orderLine": 1, "quantity": 1}]}})).await.id();
    let order = world.get_order(&id).await;
    assert_eq!(order["status"]["id"], "B");
    let line = &order["item"]["items"][0];
    assert_eq!((&line["quantityPicked"], &line["quantityPacked"]), (&json!(1), &json!(0)));
    assert_eq!(line["quantityFulfilled"], 0);
    // It is taken all the same.
    let again = json!({"item": {"items": [{"orderLine": 1, "quantity": 2}, {"orderLine": 2, "itemReceive": false}]}});
    world.fulfill(&id, again).await.refused("USER_ERROR", "more than the 1");
    let path = format!("/record/v1/salesOrder/{id}");
    world.call("DELETE", &path, Value::Null).await.refused("USER_ERROR", "linked");
    let none = json!({"item": {"items": [{"line": 1, "quantity": 0.5}]}});
    world.call("PATCH", &path, none).await.refused("USER_ERROR", "fulfilled or billed");

    let path = format!("/record/v1/itemFulfillment/{picked}");
    world.call("PATCH", &path, json!({"shipStatus": {"id": "B"}})).await.id();
    assert_eq!(world.get_order(&id).await["item"]["items"][0]["quantityPacked"], 1);
    world.call("PATCH", &path, json!({"shipStatus": {"id": "C"}, "custbody_o2c_tracking": "1Z"})).await.id();
    assert_eq!(world.status(&id).await, "E");
    assert_eq!(world.get("itemFulfillment", &picked).await["custbody_o2c_tracking"], "1Z");
}

#[tokio::test]
async fn deleting_a_fulfillment_gives_its_quantities_back() {
    let world = World::usual().await;
    let id = world.released("K").await;
    let first = world.fulfill(&id, shipment(&[(1, 2), (2, 1)])).await.id();
    let path = format!("/record/v1/itemFulfillment/{first}");
    let invoice = world.transform("salesOrder", &id, "invoice", json!({})).await.id();
    world.call("DELETE", &path, Value::Null).await.refused("USER_ERROR", "linked");
    world.call("PATCH", &path, json!({"shipStatus": {"id": "A"}})).await.refused("USER_ERROR", "linked");
    let bill = format!("/record/v1/invoice/{invoice}");
    assert_eq!(world.call("DELETE", &bill, Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.status(&id).await, "F");
    assert_eq!(world.call("DELETE", &path, Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.status(&id).await, "B");
    assert_eq!(world.call("GET", &path, Value::Null).await.status, StatusCode::NOT_FOUND);
    let path = format!("/record/v1/salesOrder/{id}");
    assert_eq!(world.call("DELETE", &path, Value::Null).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn an_order_without_anything_to_ship_waits_for_its_bill() {
    let world = World::usual().await;
    let service = world.account.put_record("serviceSaleItem", json!({"itemId": "S"})).unwrap();
    let download = json!({"itemId": "D", "isFulfillable": false});
    let download = world.account.put_record("nonInventorySaleItem", download).unwrap();
    let parcel =
        world.account.put_record("nonInventorySaleItem", json!({"itemId": "P", "isFulfillable": true})).unwrap();
    let mut order = released();
    order["item"] = json!({"items": [
        {"item": {"id": service}, "rate": 5}, {"item": {"id": download}, "rate": 5}, {"item": {"id": "902"}, "rate": 1}]});
    let id = world.put_order("K", order.clone()).await.id();
    assert_eq!(world.status(&id).await, "F");
    world.transform("salesOrder", &id, "invoice", json!({})).await.id();
    assert_eq!(world.status(&id).await, "G");

    order["item"]["items"][1]["item"] = json!({"id": parcel});
    let id = world.put_order("L", order).await.id();
    assert_eq!(world.status(&id).await, "B");
    let made = world.fulfill(&id, json!({})).await.id();
    assert_eq!(world.get("itemFulfillment", &made).await["item"]["totalResults"], 1);
}

#[tokio::test]
async fn kits_ship_as_one_line_and_misconfigured_charges_too() {
    let world = World::usual().await;
    let kit = world.account.put_record("kitItem", json!({"itemId": "KIT"})).unwrap();
    let charge =
        world.account.put_record("otherChargeSaleItem", json!({"itemId": "C", "isFulfillable": true})).unwrap();
    let mut order = released();
    order["item"] =
        json!({"items": [{"item": {"id": kit}, "quantity": 2, "rate": 5}, {"item": {"id": charge}, "rate": 1}]});
    let id = world.put_order("K", order).await.id();
    let made = world.fulfill(&id, json!({"shipStatus": "C", "item": {"items": [{"orderLine": 1}]}})).await.id();
    let made = world.get("itemFulfillment", &made).await;
    assert_eq!(
        (&made["item"]["items"][0]["itemType"], &made["item"]["items"][0]["quantity"]),
        (&json!("Kit"), &json!(2))
    );
    // What its item says can be shipped is waited for.
    assert_eq!(made["item"]["totalResults"], 2);
    assert_eq!(world.status(&id).await, "F");
}

#[tokio::test]
async fn closed_lines_are_not_waited_for() {
    let world = World::usual().await;
    let id = world.released("K").await;
    world.fulfill(&id, shipment(&[(1, 1)])).await.id();
    let close = |lines: &[i64]| {
        let lines: Vec<_> = lines.iter().map(|line| json!({"line": line, "isClosed": true})).collect();
        json!({"item": {"items": lines}})
    };
    let path = format!("/record/v1/salesOrder/{id}");
    world.call("PATCH", &path, close(&[1, 2])).await.id();
    assert_eq!(world.status(&id).await, "F");
    world.fulfill(&id, json!({})).await.refused("USER_ERROR", "Pending Billing");
    let invoice = world.transform("salesOrder", &id, "invoice", json!({})).await.id();
    // One of two pieces, the discount and the shipping.
    assert_eq!(world.get("invoice", &invoice).await["total"], 12);
    assert_eq!(world.status(&id).await, "G");

    let all = world.released("L").await;
    world.fulfill(&all, shipment(&[(1, 1)])).await.id();
    world.call("PATCH", &format!("/record/v1/salesOrder/{all}"), close(&[1, 2, 3, 4])).await.id();
    assert_eq!(world.status(&all).await, "F");
    world.transform("salesOrder", &all, "invoice", json!({})).await.id();
    assert_eq!(world.status(&all).await, "H");
}
