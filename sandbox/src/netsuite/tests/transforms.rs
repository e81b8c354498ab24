//! What all transforms have in common.

use http::StatusCode;
use serde_json::{Value, json};

use super::{World, released, shipment};
use crate::faults::{Fault, Rule};
use crate::ledger::Vendor;
use crate::netsuite::{Options, RepeatedTransform};

fn keyed(mut body: Value, key: &str) -> Value {
    body["externalId"] = json!(key);
    body
}

#[tokio::test]
async fn addresses_are_internal_ids_of_the_right_type() {
    let world = World::usual().await;
    let id = world.released("K").await;
    world.fulfill("eid:K", json!({})).await.refused("INVALID_CONTENT", "internal ID");
    assert_eq!(world.fulfill("99", json!({})).await.status, StatusCode::NOT_FOUND);
    for (from, to) in [("salesOrder", "itemReceipt"), ("salesOrder", "customerPayment"), ("invoice", "cashSale")] {
        let answer = world.transform(from, &id, to, json!({})).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{from} {to}");
    }
    let other = world.transform("invoice", &id, "customerPayment", json!({})).await;
    other.refused("USER_ERROR", "Transaction type specified is incorrect.");
    let get = world.call("GET", &format!("/record/v1/salesOrder/{id}/!transform/invoice"), Value::Null).await;
    assert_eq!(get.status, StatusCode::METHOD_NOT_ALLOWED);
    for (method, path) in [("POST", "invoice"), ("PUT", "itemFulfillment/eid:X"), ("PUT", "cashSale/eid:X")] {
        let answer = world.call(method, &format!("/record/v1/{path}"), json!({})).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
    }
    // Oracle's own samples are in lower case.
    let path = format!("/record/v1/salesorder/{id}/!transform/itemfulfillment");
    world
        .call("POST", &path, json!({"shipstatus": "C", "item": {"items": [{"orderline": 1, "itemreceive": false}]}}))
        .await
        .id();
}

#[tokio::test]
async fn faults_counts_and_ledger_know_the_operation_by_one_name() {
    let world = World::usual().await;
    let id = world.released("K").await;
    let name = "POST salesOrder/!transform/itemFulfillment";
    let rule = Rule::new(Vendor::Netsuite, name, Fault::Status { status: 503 }).times(1);
    world.faults.set(1, vec![rule]).unwrap();
    assert_eq!(world.fulfill(&id, json!({})).await.status, StatusCode::SERVICE_UNAVAILABLE);
    world.fulfill(&id, keyed(shipment(&[]), "IF-0")).await.refused("USER_ERROR", "line item");
    let made = world.fulfill(&id, keyed(shipment(&[(1, 1)]), "IF-1")).await.id();
    assert_eq!(world.account.requests()[name], 3);
    let entries = world.ledger.entries();
    let [refused, done] = &entries[entries.len() - 2..] else { panic!() };
    assert_eq!((refused.operation.as_str(), refused.key.as_deref()), (name, Some("IF-0")));
    assert_eq!(refused.record, Some(format!("salesOrder:{id}")));
    assert_eq!((done.operation.as_str(), done.key.as_deref()), (name, Some("IF-1")));
    assert_eq!(done.record, Some(format!("itemFulfillment:{made}")));
    assert_eq!(done.result, "ok");
}

#[tokio::test]
async fn a_blind_repeat_books_twice_or_is_refused() {
    let world = World::usual().await;
    let id = world.released("K").await;
    let first = world.fulfill(&id, keyed(shipment(&[(1, 1)]), "IF-1")).await.id();
    let second = world.fulfill(&id, keyed(shipment(&[(1, 1)]), "IF-1")).await.id();
    assert_ne!(first, second);
    assert_eq!(world.get("itemFulfillment", "eid:IF-1").await["id"], first);
    assert_eq!(world.get("itemFulfillment", &second).await.get("externalId"), None);
    assert_eq!(world.get_order(&id).await["item"]["items"][0]["quantityFulfilled"], 2);
    // A key of another type of transaction is not to be had in any case.
    world.fulfill(&id, keyed(json!({}), "K")).await.refused("USER_ERROR", "already exists");

    world.account.set_repeated_transform(RepeatedTransform::Refused);
    world.fulfill(&id, keyed(json!({}), "IF-1")).await.refused("USER_ERROR", "This record already exists.");
    assert_eq!(world.account.records("itemFulfillment").len(), 2);
}

#[tokio::test]
async fn an_idempotency_key_makes_a_repeat_harmless() {
    let world = World::usual().await;
    let id = world.released("K").await;
    let key = "0b3f0a3c-95a5-5f0b-8bb1-2f1d6f3a9f10";
    let headers = [("prefer", "respond-async"), ("x-netsuite-idempotency-key", key)];
    let path = format!("/record/v1/salesOrder/{id}/!transform/itemFulfillment");
    let first = world.call_with("POST", &path, &headers, shipment(&[(1, 1)])).await;
    assert_eq!(first.status, StatusCode::ACCEPTED);
    let job = first.headers["location"].to_str().unwrap().to_owned();
    let again = world.call_with("POST", &path, &headers, shipment(&[(1, 1)])).await;
    again.refused("IDEMPOTENCY_ERROR", "same idempotency key");
    assert_eq!(again.headers["location"].to_str().unwrap(), job);
    let path = job.split("/services/rest").nth(1).unwrap();
    let made = world.call("GET", &format!("{path}/task/1/result"), Value::Null).await;
    assert!(made.headers["location"].to_str().unwrap().contains("/itemFulfillment/"));
    assert_eq!(world.account.records("itemFulfillment").len(), 1);
}

#[tokio::test]
async fn closed_periods_take_no_postings() {
    let closed = Some("2026-03-01".parse().unwrap());
    let world = World::new(Options { closed_before: closed, ..Options::default() }).await;
    let mut early = released();
    early["tranDate"] = json!("2026-02-01");
    // An order does not post.
    let id = world.put_order("K", early).await.id();
    let dated = |day: &str| {
        let mut body = shipment(&[(1, 2), (2, 1)]);
        body["tranDate"] = json!(day);
        body
    };
    let text = "not within the date range of your accounting period.";
    world.fulfill(&id, dated("2026-02-28")).await.refused("USER_ERROR", text);
    let made = world.fulfill(&id, dated("2026-03-01")).await.id();
    let path = format!("/record/v1/itemFulfillment/{made}");
    world.call("PATCH", &path, json!({"tranDate": "2026-02-28"})).await.refused("USER_ERROR", text);
    world.account.set_closed_before(Some("2026-04-01".parse().unwrap()));
    world.call("PATCH", &path, json!({"memo": "late"})).await.id();
    world.call("DELETE", &path, Value::Null).await.refused("USER_ERROR", text);
    let payment = json!({"customer": "500", "payment": 1, "tranDate": "2026-03-31"});
    world.call("POST", "/record/v1/customerPayment", payment).await.refused("USER_ERROR", text);
    world.account.set_closed_before(None);
    let invoice = world.transform("salesOrder", &id, "invoice", dated_only("2020-01-01")).await.id();
    assert_eq!(world.get("invoice", &invoice).await["tranDate"], "2020-01-01");
    assert_eq!(world.call("DELETE", &format!("/record/v1/invoice/{invoice}"), Value::Null).await.status, 204);
    let today = world.clock.now().strftime("%Y-%m-%d").to_string();
    let invoice = world.transform("salesOrder", &id, "invoice", json!({})).await.id();
    assert_eq!(world.get("invoice", &invoice).await["tranDate"], today);
}

fn dated_only(day: &str) -> Value {
    json!({"tranDate": day})
}

#[tokio::test]
async fn the_control_api_makes_and_removes_them_too() {
    let world = World::usual().await;
    let id = world.released("K").await;
    let mut body = shipment(&[(1, 2), (2, 1)]);
    body["createdFrom"] = json!({"id": id});
    let made = world.account.put_record("itemFulfillment", body).unwrap();
    assert_eq!(world.status(&id).await, "F");
    let invoice = world.account.put_record("invoice", json!({"createdFrom": {"id": id}})).unwrap();
    assert_eq!(world.status(&id).await, "G");
    world.account.delete_record("itemFulfillment", &made).unwrap();
    world.account.delete_record("invoice", &invoice).unwrap();
    assert_eq!(world.status(&id).await, "B");
    // Without an order it is what the load says.
    let loaded = json!({"tranId": "X", "entity": {"id": "500"}, "currency": {"id": "1"}, "total": 12});
    let loaded = world.account.put_record("invoice", loaded).unwrap();
    let loaded = world.get("invoice", &loaded).await;
    assert_eq!((&loaded["tranId"], &loaded["amountRemaining"]), (&json!("X"), &json!(12)));
    assert!(world.account.put_record("invoice", json!({"createdFrom": {"id": "9"}})).is_err());
}

#[tokio::test]
async fn the_account_describes_the_new_records() {
    let world = World::usual().await;
    let path = "/record/v1/metadata-catalog?select=salesorder,itemfulfillment,invoice,customerpayment";
    let swagger = [("accept", "application/swagger+json")];
    let api = world.call_with("GET", path, &swagger, Value::Null).await.body;
    let has = |record: &str, field: &str| {
        api["components"]["schemas"][record]["properties"][field]["x-ns-custom-field"] == true
    };
    for field in ["custbody_o2c_hold", "custbody_o2c_invoiced", "custbody_dcl_order_number"] {
        assert!(has("salesOrder", field) && has("invoice", field) && !has("itemFulfillment", field), "{field}");
    }
    for field in ["custbody_o2c_cartons", "custbody_o2c_tracking", "custbody_shopify_fulfillment_id"] {
        assert!(has("itemFulfillment", field) && !has("salesOrder", field), "{field}");
    }
    assert!(has("customerPayment", "custbody_shopify_transaction_id"));
    for record in ["itemFulfillment", "invoice", "customerPayment"] {
        assert!(has(record, "custbody_o2c_brand") && has(record, "custbody_shopify_order_id"), "{record}");
    }
    assert_eq!(api["paths"]["/itemFulfillment"].get("post"), None);
}
