//! Writing Sales Orders.

use http::StatusCode;
use serde_json::{Value, json};

use super::{World, order, order_with};

#[tokio::test]
async fn put_creates_then_updates_and_totals_are_its_own() {
    let world = World::usual().await;
    let first = world.put_order("SO-a-1", order_with("total", json!(1))).await;
    let id = first.id();
    assert!(first.headers.contains_key("x-n-operationid"));
    assert_eq!(first.headers["x-netsuite-propertyvalidation"], "Error");
    let stored = world.get_order("eid:SO-a-1").await;
    assert_eq!(stored["id"], id.as_str());
    assert_eq!(stored["tranId"], "SO1001");
    assert_eq!(stored["total"], 24.55);
    assert_eq!(stored["subtotal"], 24.55);
    assert_eq!(stored["status"], json!({"id": "A", "refName": "Pending Approval"}));
    assert_eq!(stored["subsidiary"]["refName"], "Acme Inc");
    assert_eq!(stored["item"]["items"][0]["line"], 1);
    assert_eq!(stored["item"]["items"][1]["rate"], 5.55);

    let again = world.put_order("SO-a-1", json!({"memo": "two"})).await;
    assert_eq!(again.id(), id);
    let stored = world.get_order(&id).await;
    assert_eq!(stored["memo"], "two");
    assert_eq!(stored["total"], 24.55);
    assert_eq!(stored["tranId"], "SO1001");
}

#[tokio::test]
async fn a_repeated_put_appends_lines_and_replace_does_not() {
    let world = World::usual().await;
    let id = world.put_order("K", order()).await.id();
    world.put_order("K", order()).await.id();
    let doubled = world.get_order(&id).await;
    assert_eq!(doubled["item"]["totalResults"], 6);
    assert_eq!(doubled["total"], 49.1);

    world.put_order("K?replace=item", order()).await.id();
    let replaced = world.get_order(&id).await;
    assert_eq!(replaced["item"]["totalResults"], 3);
    assert_eq!(replaced["total"], 24.55);
    // Numbers are not used twice.
    assert_eq!(replaced["item"]["items"][0]["line"], 7);
    world.put_order("K?replace=memo", order()).await.refused("INVALID_PARAMETER", "replace");
}

#[tokio::test]
async fn lines_are_changed_by_their_number_and_kept_by_replace() {
    let world = World::usual().await;
    let id = world.put_order("K", order()).await.id();
    let path = format!("/record/v1/salesOrder/{id}");
    let change = json!({"item": {"items": [{"line": 1, "quantity": 3}]}});
    world.call("PATCH", &path, change).await.id();
    assert_eq!(world.get_order(&id).await["total"], 34.55);

    let keep = json!({"item": {"items": [{"line": 2}]}});
    world.call("PATCH", &format!("{path}?replace=item"), keep).await.id();
    let kept = world.get_order(&id).await;
    assert_eq!(kept["item"]["totalResults"], 1);
    assert_eq!(kept["total"], 5.55);

    let wrong = json!({"item": {"items": [{"line": 99, "quantity": 3}]}});
    let refused = world.call("PATCH", &path, wrong).await;
    refused.refused("INVALID_CONTENT", "99");
}

#[tokio::test]
async fn unknown_names_are_refused_only_when_asked_and_known() {
    let world = World::usual().await;
    for (name, path) in [("tranDat", "tranDat"), ("custbody_other", "custbody_other")] {
        let refused = world.put_order("K", order_with(name, json!("x"))).await;
        refused.refused("INVALID_CONTENT", name);
        assert_eq!(refused.path(), path);
    }
    let mut line = order();
    line["item"]["items"][0]["custcol_other"] = json!("x");
    let refused = world.put_order("K", line.clone()).await;
    refused.refused("INVALID_CONTENT", "custcol_other");
    assert_eq!(refused.path(), "item.items[0].custcol_other");

    // By default they are dropped without a word.
    line["tranDat"] = json!("x");
    let path = "/record/v1/salesorder/eid:K";
    let dropped = world.call_with("PUT", path, &[], line).await;
    assert_eq!(dropped.headers["x-netsuite-propertyvalidation"], "Warning");
    let stored = world.get_order(&dropped.id()).await;
    assert_eq!(stored.get("tranDat"), None);
    assert_eq!(stored["item"]["items"][0].get("custcol_other"), None);

    let known = json!({"custbody_sent_to_3pl": true, "CUSTBODY_O2C_FLAGS": "x", "TRANDATE": "2026-01-02"});
    world.put_order("K", known).await.id();
    let stored = world.get_order("eid:K").await;
    assert_eq!(stored["custbody_sent_to_3pl"], true);
    assert_eq!(stored["custbody_o2c_flags"], "x");
    assert_eq!(stored["tranDate"], "2026-01-02");
}

#[tokio::test]
async fn mandatory_fields_and_types_are_checked() {
    let world = World::usual().await;
    let no_lines = json!({"entity": {"id": "500"}, "item": {"items": []}});
    let no_item = json!({"entity": {"id": "500"}, "item": {"items": [{"quantity": 1}]}});
    for (body, text) in [
        (order_with("entity", Value::Null), "Please enter value(s) for: Customer."),
        (json!({"entity": {"id": "500"}}), "at least one line item"),
        (no_lines, "at least one line item"),
        (no_item, "Please enter value(s) for: Item."),
        (order_with("otherRefNum", json!("x".repeat(46))), "maximum number ( 45 )"),
    ] {
        world.put_order("K", body).await.refused("USER_ERROR", text);
    }
    for (name, value) in [
        ("tranDate", json!("1/2/2026")),
        ("tranDate", json!("2026-01-02T00:00:00Z")),
        ("shippingCost", json!("a lot")),
        ("shippingCost", json!(1e30)),
        ("taxDetailsOverride", json!("maybe")),
        ("orderStatus", json!({"id": "H"})),
        ("memo", json!(["x"])),
        ("item", json!([{"item": "1001"}])),
        ("shippingAddress", json!("Main St")),
    ] {
        let refused = world.put_order("K", order_with(name, value)).await;
        refused.refused("INVALID_CONTENT", "");
        assert_eq!(refused.path(), name);
    }
    let path = "/record/v1/salesOrder/eid:K";
    let array = world.call("PUT", path, json!([1])).await;
    array.refused("INVALID_CONTENT", "JSON object");
    assert!(world.account.records("salesOrder").is_empty());
}

#[tokio::test]
async fn references_must_exist_and_fit() {
    let world = World::usual().await;
    for (name, value) in [
        ("entity", json!({"id": "99"})),
        ("entity", json!({"externalId": "nobody"})),
        ("subsidiary", json!({"id": "2"})),
        ("currency", json!({"id": "9"})),
        ("customForm", json!({"id": "101"})),
        ("location", json!({"id": "3"})),
        ("shipMethod", json!({"id": "901"})),
        ("salesRep", json!({"id": "x"})),
        ("orderType", json!({"id": "1"})),
    ] {
        let refused = world.put_order("K", order_with(name, value)).await;
        let text = format!("for the following field: {}", name.to_lowercase());
        refused.refused("INVALID_KEY_OR_REF", &text);
        assert_eq!(refused.path(), name.to_lowercase());
    }
    let mut line = order();
    line["item"]["items"][2]["item"] = json!({"id": "4242"});
    let refused = world.put_order("K", line).await;
    refused.refused("INVALID_KEY_OR_REF", "Invalid Field Value 4242 for the following field: item");
    assert_eq!(refused.path(), "item.items[2].item");

    let fitting = json!({
        "entity": {"externalId": "POS-2"}, "subsidiary": "2", "currency": 2, "customForm": {"id": 101},
        "location": {"id": "3"}, "shipMethod": "202", "orderStatus": "B",
        "item": {"items": [{"item": 1003, "quantity": "2", "rate": "1.005"}]},
    });
    let id = world.put_order("K", fitting).await.id();
    let stored = world.get_order(&id).await;
    assert_eq!(stored["total"], 2.01);
    assert_eq!(stored["status"]["id"], "B");
    assert_eq!(stored["shipMethod"]["refName"], "Express");
}

#[tokio::test]
async fn amounts_have_the_currencys_digits() {
    let world = World::usual().await;
    let mut yen = order_with("currency", json!({"id": "5"}));
    yen["item"]["items"] = json!([{"item": {"id": "1001"}, "quantity": 3, "rate": 33.5}]);
    let id = world.put_order("K", yen).await.id();
    assert_eq!(world.get_order(&id).await["total"], 101);
}

#[tokio::test]
async fn external_ids_have_few_characters_and_are_unique_across_transactions() {
    let world = World::usual().await;
    for key in ["a%20b", "a.b", "%C3%A9", "a%2Fb"] {
        let refused = world.put_order(key, order()).await;
        refused.refused("INVALID_CONTENT", "external ID");
    }
    world.put_order("K", order()).await.id();
    let twice = world.call("POST", "/record/v1/salesOrder", order_with("externalId", json!("K"))).await;
    twice.refused("USER_ERROR", "This record already exists.");
    world.put_order("L", order_with("externalId", json!("K"))).await.refused("INVALID_CONTENT", "differs");

    let invoice = json!({"externalId": "INV-1", "tranId": "INV1"});
    world.account.put_record("invoice", invoice).unwrap();
    let other = world.put_order("INV-1", order()).await;
    other.refused("USER_ERROR", "Transaction type specified is incorrect.");
    let internal = world.call("PUT", "/record/v1/salesOrder/1201", order()).await;
    internal.refused("INVALID_CONTENT", "external ID");
}

#[tokio::test]
async fn approval_fulfilment_and_closing_decide_the_status() {
    let world = World::usual().await;
    let id = world.put_order("K", order()).await.id();
    let path = format!("/record/v1/salesOrder/{id}");
    let release = json!({"orderStatus": {"id": "B"}});
    world.call("PATCH", &path, release.clone()).await.id();
    assert_eq!(world.get_order(&id).await["status"]["id"], "B");

    let shipped = |first, second| {
        json!({"id": id, "item": {"items": [
            {"line": 1, "quantityFulfilled": first}, {"line": 2, "quantityFulfilled": second}]}})
    };
    for (first, second, letter) in [(1, 0, "E"), (2, 1, "F")] {
        world.account.put_record("salesOrder", shipped(first, second)).unwrap();
        assert_eq!(world.get_order(&id).await["status"]["id"], letter);
    }
    world.put_order("K?replace=item", order()).await.refused("USER_ERROR", "has been fulfilled");
    world.call("DELETE", &path, Value::Null).await.refused("USER_ERROR", "cannot be deleted");
    let fewer = json!({"item": {"items": [{"line": 1, "quantity": 1}]}});
    world.call("PATCH", &path, fewer).await.refused("USER_ERROR", "fulfilled");
    world.call("PATCH", &path, json!({"orderStatus": {"id": "A"}})).await.refused("USER_ERROR", "status");

    let other = world.put_order("L", order()).await.id();
    let closed = json!({"item": {"items": [
        {"line": 1, "isClosed": true}, {"line": 2, "isClosed": true}, {"line": 3, "isClosed": true}]}});
    let path = format!("/record/v1/salesOrder/{other}");
    world.call("PATCH", &path, closed).await.id();
    assert_eq!(world.get_order(&other).await["status"]["id"], "H");
    world.call("PATCH", &path, release).await.refused("USER_ERROR", "Closed");
    assert_eq!(world.call("DELETE", &path, Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.call("GET", &path, Value::Null).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_write_is_in_the_ledger_refused_ones_too() {
    let world = World::usual().await;
    let id = world.put_order("K", order()).await.id();
    world.put_order("L", json!({})).await;
    let path = format!("/record/v1/salesOrder/{id}");
    world.call("PATCH", &path, json!({"memo": "x"})).await.id();
    let entries = world.ledger.entries();
    let lines: Vec<_> = entries
        .iter()
        .map(|entry| {
            let key = entry.key.as_deref().unwrap_or_default();
            let record = entry.record.as_deref().unwrap_or_default();
            let result = entry.result.split(':').next().unwrap_or_default();
            format!("{} {key} {record} {result}", entry.operation)
        })
        .collect();
    let record = format!("salesOrder:{id}");
    assert_eq!(
        lines,
        [
            format!("PUT salesOrder K {record} ok"),
            "PUT salesOrder L  refused".to_owned(),
            format!("PATCH salesOrder K {record} ok"),
        ]
    );
    assert_eq!(entries[0].body, order());
}

#[tokio::test]
async fn asynchronous_writes_answer_with_a_job_and_know_their_key() {
    let world = World::usual().await;
    let key = "0b3f0a3c-95a5-5f0b-8bb1-2f1d6f3a9f10";
    let headers = [("prefer", "respond-async"), ("x-netsuite-idempotency-key", key)];
    let path = "/record/v1/salesOrder/eid:K";
    let first = world.call_with("PUT", path, &headers, order()).await;
    assert_eq!(first.status, StatusCode::ACCEPTED);
    assert_eq!(first.headers["preference-applied"], "respond-async");
    let job = first.headers["location"].to_str().unwrap().to_owned();

    let again = world.call_with("PUT", path, &headers, order()).await;
    again.refused("IDEMPOTENCY_ERROR", "same idempotency key");
    assert_eq!(again.headers["location"].to_str().unwrap(), job);
    assert_eq!(again.body["title"], "Conflict");
    assert_eq!(world.get_order("eid:K").await["item"]["totalResults"], 3);

    let path = job.split("/services/rest").nth(1).unwrap().to_owned();
    let state = world.call("GET", &path, Value::Null).await.body;
    assert_eq!(state["completed"], true);
    assert_eq!(state["progress"], "succeeded");
    let result = world.call("GET", &format!("{path}/task/1/result"), Value::Null).await;
    assert_eq!(result.id(), world.get_order("eid:K").await["id"].as_str().unwrap());

    // A synchronous call ignores the key; a key that is no UUID is refused.
    let sync = [("x-netsuite-idempotency-key", key)];
    let path = "/record/v1/salesOrder/eid:L";
    world.call_with("PUT", path, &sync, order()).await.id();
    let wrong = [("prefer", "respond-async"), ("x-netsuite-idempotency-key", "1")];
    let refused = world.call_with("PUT", path, &wrong, order()).await;
    refused.refused("INVALID_HEADER", "UUID");
}

#[tokio::test]
async fn absurd_numbers_are_refused_and_never_overflow() {
    let world = World::usual().await;
    let line = |line: Value| order_with("item", json!({"items": [line]}));
    let huge = line(json!({"item": "1001", "quantity": 1e12, "rate": 1e12}));
    world.put_order("K", huge).await.refused("INVALID_CONTENT", "amount");
    let negative = line(json!({"item": "1001", "quantity": -1}));
    world.put_order("K", negative).await.refused("USER_ERROR", "negative");
    let tiny = line(json!({"item": "1001", "quantity": "0.0000000000000000000000000001", "amount": 1e12}));
    let id = world.put_order("K", tiny).await.id();
    assert_eq!(world.get_order(&id).await["total"], 1_000_000_000_000_u64);
}
