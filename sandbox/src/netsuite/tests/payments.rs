//! Customer payments.

use serde_json::{Value, json};

use super::World;

/// An open invoice of 27.55.
async fn invoice(world: &World, key: &str) -> String {
    let id = world.released(key).await;
    world.fulfill(&id, json!({"shipStatus": "C"})).await.id();
    world.transform("salesOrder", &id, "invoice", json!({})).await.id()
}

fn payment(amount: f64, apply: &[(&str, f64)]) -> Value {
    let rows: Vec<_> =
        apply.iter().map(|(doc, amount)| json!({"doc": {"id": doc}, "apply": true, "amount": amount})).collect();
    json!({"customer": {"id": "500"}, "currency": {"id": "1"}, "payment": amount, "paymentMethod": {"id": "601"},
        "account": {"id": "701"}, "apply": {"items": rows}})
}

async fn open(world: &World, invoice: &str) -> (Value, String) {
    let invoice = world.get("invoice", invoice).await;
    (invoice["amountRemaining"].clone(), invoice["status"]["id"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_repeated_upsert_changes_nothing() {
    let world = World::usual().await;
    let bill = invoice(&world, "K").await;
    let path = "/record/v1/customerPayment/eid:PAY-1";
    let mut body = payment(20.0, &[(&bill, 15.5)]);
    body["custbody_shopify_transaction_id"] = json!("389404469");
    for _ in 0..2 {
        world.call("PUT", path, body.clone()).await.id();
        assert_eq!(open(&world, &bill).await, (json!(12.05), "A".to_owned()));
    }
    let made = world.get("customerPayment", "eid:PAY-1").await;
    assert_eq!((&made["total"], &made["applied"], &made["unapplied"]), (&json!(20), &json!(15.5), &json!(4.5)));
    assert_eq!(made["status"], json!({"id": "C", "refName": "Deposited"}));
    assert_eq!(made["account"]["refName"], "Undeposited Funds");
    assert_eq!(made["tranId"], "PYMT1001");
    assert_eq!(made["apply"]["totalResults"], 1);
    assert_eq!(made["apply"]["items"][0]["doc"]["refName"], "INV1001");
    assert_eq!(made["custbody_shopify_transaction_id"], "389404469");
    world.call("PUT", path, payment(20.0, &[(&bill, 20.0)])).await.id();
    assert_eq!(open(&world, &bill).await.0, 7.55);
    assert_eq!(world.account.records("customerPayment").len(), 1);
}

#[tokio::test]
async fn applications_come_later_and_pay_in_full() {
    let world = World::usual().await;
    let (first, second) = (invoice(&world, "K").await, invoice(&world, "L").await);
    let made = world.call("POST", "/record/v1/customerPayment", payment(30.0, &[])).await.id();
    let path = format!("/record/v1/customerPayment/{made}");
    let apply =
        |doc: &str, amount: Value| json!({"apply": {"items": [{"doc": {"id": doc}, "apply": true, "amount": amount}]}});
    world.call("PATCH", &path, apply(&first, json!(27.55))).await.id();
    assert_eq!(open(&world, &first).await, (json!(0), "B".to_owned()));
    assert_eq!(world.get("invoice", &first).await["status"]["refName"], "Paid In Full");
    // Without an amount it is what is due or what is left.
    world.call("PATCH", &path, apply(&second, Value::Null)).await.id();
    assert_eq!(open(&world, &second).await, (json!(25.1), "A".to_owned()));
    assert_eq!(world.get("customerPayment", &made).await["unapplied"], 0);
    assert_eq!(world.get("customerPayment", &made).await["apply"]["totalResults"], 2);

    let paid = format!("/record/v1/invoice/{first}");
    world.call("DELETE", &paid, Value::Null).await.refused("USER_ERROR", "linked");
    let off = json!({"apply": {"items": [{"doc": {"id": second}, "apply": false}]}});
    world.call("PATCH", &path, off).await.id();
    assert_eq!(open(&world, &second).await.0, 27.55);
    // With `replace` the list is the list.
    world.call("PATCH", &format!("{path}?replace=apply"), apply(&second, json!(1))).await.id();
    assert_eq!((open(&world, &first).await.0, open(&world, &second).await.0), (json!(27.55), json!(26.55)));
    assert_eq!(world.call("DELETE", &path, Value::Null).await.status, 204);
    assert_eq!(open(&world, &second).await.0, 27.55);
    assert_eq!(world.call("DELETE", &paid, Value::Null).await.status, 204);
}

#[tokio::test]
async fn amounts_customers_and_currencies_are_checked() {
    let world = World::usual().await;
    let bill = invoice(&world, "K").await;
    let post = |body: Value| world.call("POST", "/record/v1/customerPayment", body);
    post(payment(50.0, &[(&bill, 27.56)])).await.refused("USER_ERROR", "more than the 27.55");
    post(payment(20.0, &[(&bill, 20.01)])).await.refused("USER_ERROR", "more than the amount of the payment");
    post(payment(20.0, &[(&bill, 0.0)])).await.refused("USER_ERROR", "greater than zero");
    post(payment(20.0, &[("99", 1.0)])).await.refused("INVALID_KEY_OR_REF", "doc");
    let so = world.get_order("eid:K").await["id"].as_str().unwrap().to_owned();
    post(payment(20.0, &[(&so, 1.0)])).await.refused("INVALID_KEY_OR_REF", "doc");
    for (field, value, code, text) in [
        ("customer", json!({"id": "501"}), "INVALID_KEY_OR_REF", "doc"),
        ("customer", Value::Null, "USER_ERROR", "Customer"),
        ("currency", json!({"id": "2"}), "INVALID_KEY_OR_REF", "doc"),
        ("currency", json!({"id": "9"}), "INVALID_KEY_OR_REF", "currency"),
        ("payment", json!(0), "USER_ERROR", "Payment Amount"),
        ("payment", Value::Null, "USER_ERROR", "Payment Amount"),
        ("undepFunds", json!(true), "USER_ERROR", "undeposited"),
        ("paymentMthod", json!("601"), "INVALID_CONTENT", "paymentMthod"),
    ] {
        let mut body = payment(20.0, &[(&bill, 1.0)]);
        body[field] = value;
        post(body).await.refused(code, text);
    }
    assert!(world.account.records("customerPayment").is_empty());
    assert_eq!(open(&world, &bill).await.0, 27.55);
    let mut funds = payment(1.0, &[]);
    funds["account"] = Value::Null;
    let made = post(funds).await.id();
    assert_eq!(world.get("customerPayment", &made).await["status"]["refName"], "Not Deposited");
}

#[tokio::test]
async fn an_invoice_is_transformed_into_its_payment() {
    let world = World::usual().await;
    let bill = invoice(&world, "K").await;
    let pay = |body: Value| world.transform("invoice", &bill, "customerPayment", body);
    let first = pay(json!({"externalId": "PAY-1", "payment": 7.55, "paymentMethod": "602", "account": "702"})).await;
    assert!(first.headers["location"].to_str().unwrap().contains("/customerPayment/"));
    let made = world.get("customerPayment", "eid:PAY-1").await;
    assert_eq!((&made["applied"], &made["customer"]["id"]), (&json!(7.55), &json!("500")));
    assert_eq!(made["custbody_shopify_order_id"], "450789469");
    let whole = pay(json!({})).await.id();
    assert_eq!(world.get("customerPayment", &whole).await["payment"], 20);
    assert_eq!(open(&world, &bill).await, (json!(0), "B".to_owned()));
    pay(json!({})).await.refused("USER_ERROR", "Paid In Full");
    assert!(world.account.requests()["POST invoice/!transform/customerPayment"] == 3);
}

#[tokio::test]
async fn automatic_application_takes_the_oldest_first() {
    let world = World::usual().await;
    let (first, second) = (invoice(&world, "K").await, invoice(&world, "L").await);
    let mut body = payment(30.0, &[]);
    body["autoApply"] = json!(true);
    let made = world.call("POST", "/record/v1/customerPayment", body).await.id();
    assert_eq!((open(&world, &first).await.1, open(&world, &second).await.0), ("B".to_owned(), json!(25.1)));
    assert_eq!(world.get("customerPayment", &made).await.get("autoApply"), None);
}
