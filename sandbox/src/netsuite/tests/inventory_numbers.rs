//! Lots and serial numbers of what is shipped.

use serde_json::{Value, json};

use super::{World, released};

#[tokio::test]
async fn lots_and_serials_need_an_inventory_detail_that_adds_up() {
    let world = World::usual().await;
    let account = &world.account;
    account.put_record("inventoryItem", json!({"id": "1001", "isLotItem": true})).unwrap();
    account.put_record("inventoryItem", json!({"id": "1002", "isSerialItem": true})).unwrap();
    let number = |item: &str, name: &str| {
        account.put_record("inventoryNumber", json!({"inventoryNumber": name, "item": {"id": item}})).unwrap()
    };
    let (lot, serial) = (number("1001", "LOT-1"), number("1002", "SN-1"));
    number("1001", "LOT-2");
    let id = world.put_order("K", released()).await.id();
    let body = |first: Value, second: Value| {
        json!({"shipStatus": "C", "item": {"items": [
            {"orderLine": 1, "inventoryDetail": {"inventoryAssignment": {"items": first}}},
            {"orderLine": 2, "inventoryDetail": {"inventoryAssignment": {"items": second}}}]}})
    };
    let lots = json!([{"issueInventoryNumber": {"id": lot}, "quantity": 1},
        {"receiptInventoryNumber": "LOT-2", "quantity": 1}]);
    let serials = json!([{"issueInventoryNumber": {"id": serial}, "quantity": 1}]);
    world.fulfill(&id, json!({})).await.refused("USER_ERROR", "inventory detail");
    for (first, second, code, text) in [
        (json!([]), serials.clone(), "USER_ERROR", "inventory detail"),
        (json!([{"issueInventoryNumber": {"id": lot}, "quantity": 1}]), serials.clone(), "USER_ERROR", "must be 2"),
        (
            json!([{"issueInventoryNumber": {"id": serial}, "quantity": 2}]),
            serials.clone(),
            "INVALID_KEY_OR_REF",
            serial.as_str(),
        ),
        (json!([{"issueInventoryNumber": {"id": "99"}, "quantity": 2}]), serials.clone(), "INVALID_KEY_OR_REF", "99"),
        (json!([{"receiptInventoryNumber": "SN-1", "quantity": 2}]), serials.clone(), "INVALID_KEY_OR_REF", "SN-1"),
        (json!([{"quantity": 2}]), serials.clone(), "USER_ERROR", "Serial/Lot Number"),
        (
            lots.clone(),
            json!([{"receiptInventoryNumber": "SN-1", "quantity": 0.5},
            {"receiptInventoryNumber": "SN-1", "quantity": 0.5}]),
            "USER_ERROR",
            "not valid",
        ),
    ] {
        world.fulfill(&id, body(first, second)).await.refused(code, text);
    }
    let made = world.fulfill(&id, body(lots, serials)).await.id();
    let made = world.get("itemFulfillment", &made).await;
    let assigned = &made["item"]["items"][0]["inventoryDetail"]["inventoryAssignment"]["items"];
    assert_eq!(assigned[1]["issueInventoryNumber"]["refName"], "LOT-2");

    let q = "SELECT n.id, n.inventorynumber, i.itemid, i.islotitem, i.isserialitem, i.isfulfillable \
             FROM inventorynumber n JOIN item i ON i.id = n.item WHERE n.inventorynumber = ?";
    let rows = world.rows(q, &[json!("SN-1")]).await;
    assert_eq!(
        rows,
        [json!({"links": [], "id": serial, "inventorynumber": "SN-1", "itemid": "IPOD2008RED",
        "islotitem": "F", "isserialitem": "T", "isfulfillable": "T"})]
    );
    let q = "SELECT isfulfillable FROM item WHERE id = 901";
    assert_eq!(world.rows(q, &[]).await[0]["isfulfillable"], "F");
}
