//! Reading records and what the account says about itself.

use http::StatusCode;
use serde_json::{Value, json};

use super::{World, order, order_with};

#[tokio::test]
async fn get_shows_links_or_everything_or_what_is_asked_for() {
    let world = World::usual().await;
    let address = json!({"addressee": "Ann Lee", "addr1": "1 Main St", "country": {"id": "US"}});
    let id = world.put_order("K", order_with("shippingAddress", address)).await.id();
    let path = format!("/record/v1/salesOrder/{id}");
    let get = |query: &'static str| {
        let (world, path) = (&world, format!("{path}{query}"));
        async move { world.call("GET", &path, Value::Null).await }
    };
    let plain = get("").await.body;
    let href = plain["item"]["links"][0]["href"].as_str().unwrap();
    assert!(href.ends_with(&format!("/services/rest{path}/item")), "{href}");
    assert_eq!(plain["item"].get("items"), None);
    assert_eq!(plain["shippingAddress"].get("addr1"), None);
    let full = get("?expandSubResources=true").await.body;
    assert_eq!(full["shippingAddress"]["addr1"], "1 Main St");
    assert_eq!(full["item"]["items"][0]["item"]["refName"], "IPOD2008PINK");
    let some = get("?fields=tranId,orderStatus&simpleEnumFormat=true").await.body;
    assert_eq!(some["orderStatus"], "A");
    assert_eq!(some.get("total"), None);
    assert_eq!(get("?fields=nonsense").await.code(), "INVALID_PARAMETER");
    assert_eq!(get("?expandSubResources=yes").await.code(), "INVALID_PARAMETER");

    let lines = get("/item").await.body;
    assert_eq!(lines["totalResults"], 3);
    assert_eq!(lines["items"][0].get("quantity"), None);
    assert_eq!(get("/item?expandSubResources=true").await.body["items"][0]["quantity"], 2);
    assert_eq!(get("/item/2").await.body["amount"], 5.55);
    assert_eq!(get("/item/9").await.status, StatusCode::NOT_FOUND);
    assert!(get("/shippingAddress").await.body["country"].is_object());
    assert_eq!(get("/nonsense").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let world = World::usual().await;
    for path in ["/record/v1/salesOrder/1", "/record/v1/salesOrder/eid:NO", "/record/v1/customer/x"] {
        let answer = world.call("GET", path, Value::Null).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.code(), "NONEXISTENT_ID");
        assert_eq!(answer.detail(), "The record instance does not exist. Provide a valid record instance ID.");
    }
    for path in ["/record/v1/nonsense/1", "/nowhere", "/record/v1/"] {
        let answer = world.call("GET", path, Value::Null).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    let id = world.put_order("K", order()).await.id();
    let other = world.call("GET", &format!("/record/v1/invoice/{id}"), Value::Null).await;
    other.refused("USER_ERROR", "Transaction type specified is incorrect.");
}

#[tokio::test]
async fn master_data_is_there() {
    let world = World::usual().await;
    for (path, field, value) in [
        ("subsidiary/2", "name", "Acme EU"),
        ("currency/5", "symbol", "JPY"),
        ("inventoryItem/1001", "itemId", "IPOD2008PINK"),
        ("discountItem/901", "itemId", "Discount"),
        ("otherChargeSaleItem/905", "itemId", "Rounding"),
        ("shipItem/202", "itemId", "Express"),
        ("location/3", "name", "EU Warehouse"),
        ("salesTaxItem/303", "itemId", "VAT 20"),
    ] {
        let answer = world.call("GET", &format!("/record/v1/{path}"), Value::Null).await;
        assert_eq!(answer.body[field], value, "{path}");
    }
    let wrong_type = world.call("GET", "/record/v1/inventoryItem/901", Value::Null).await;
    assert_eq!(wrong_type.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn lists_hold_ids_and_are_paged_and_filtered() {
    let world = World::usual().await;
    for key in ["A", "B", "C"] {
        world.put_order(key, order_with("memo", json!(key))).await.id();
    }
    let page = world.call("GET", "/record/v1/salesOrder?limit=2&offset=2", Value::Null).await.body;
    assert_eq!(page["totalResults"], 3);
    assert_eq!(page["count"], 1);
    assert_eq!(page["hasMore"], false);
    let filtered = "/record/v1/salesOrder?q=memo%20IS%20%22B%22";
    let found = world.call("GET", filtered, Value::Null).await.body;
    assert_eq!(found["totalResults"], 1);
    assert_eq!(found["items"][0]["id"], world.get_order("eid:B").await["id"]);
    let bad = world.call("GET", "/record/v1/salesOrder?q=memo", Value::Null).await;
    assert_eq!(bad.code(), "INVALID_PARAMETER");
}

#[tokio::test]
async fn the_account_describes_itself() {
    let world = World::usual().await;
    let path = "/record/v1/metadata-catalog?select=salesorder,customer";
    let swagger = [("accept", "application/swagger+json")];
    let api = world.call_with("GET", path, &swagger, Value::Null).await.body;
    let order = &api["components"]["schemas"]["salesOrder"]["properties"];
    assert_eq!(order["custbody_shopify_order_id"]["type"], "string");
    assert!(api["components"]["schemas"]["customer"].is_object());
    let wrong = world.call("GET", path, Value::Null).await;
    wrong.refused("INVALID_HEADER", "swagger");
    let limits = world.call("GET", "/system/v1/governanceLimits", Value::Null).await.body;
    assert_eq!(limits["accountConcurrencyLimit"], 15);
}

#[tokio::test]
async fn the_control_api_reads_loads_and_removes() {
    let world = World::usual().await;
    let account = &world.account;
    let id = account.put_record("inventoryItem", json!({"itemId": "NOT-IN-NS-1"})).unwrap();
    assert_eq!(account.record("inventoryItem", &id).unwrap()["itemId"], "NOT-IN-NS-1");
    let renamed = json!({"id": id, "itemId": "NEW"});
    assert_eq!(account.put_record("inventoryItem", renamed).unwrap(), id);
    let rows = world.rows("SELECT id FROM item WHERE itemid = 'NEW'", &[]).await;
    assert_eq!(rows[0]["id"], id.as_str());
    assert!(account.records("item").len() > account.records("inventoryItem").len());
    account.delete_record("inventoryItem", &id).unwrap();
    assert_eq!(account.record("inventoryItem", &id), None);
    assert!(account.delete_record("inventoryItem", &id).is_err());
    assert!(account.put_record("gremlin", json!({})).is_err());
    assert!(account.put_record("customer", json!([])).is_err());
    let wrong = account.put_record("salesOrder", json!({"entity": {"id": "77"}}));
    assert!(wrong.unwrap_err().contains("entity"));
}
