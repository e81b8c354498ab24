//! Customer deposits and their applications.

use serde_json::{Value, json};

use super::World;

const DEPOSITS: &str = "/record/v1/customerDeposit";

fn deposit(amount: f64, order: &str) -> Value {
    json!({
        "customer": {"id": "500"}, "payment": amount, "salesOrder": {"id": order}, "undepFunds": true,
        "custbody_shopify_order_id": "450789469", "custbody_o2c_brand": "acme",
    })
}

fn apply(doc: &str, amount: f64) -> Value {
    json!({"apply": {"items": [{"doc": {"id": doc}, "apply": true, "amount": amount}]}})
}

/// An order's invoice over 27.55: (order, invoice).
async fn invoice(world: &World, key: &str) -> (String, String) {
    let order = world.released(key).await;
    world.fulfill(&order, json!({"shipStatus": "C"})).await.id();
    let bill = world.transform("salesOrder", &order, "invoice", json!({})).await.id();
    (order, bill)
}

async fn money(world: &World, id: &str) -> Value {
    let q = "SELECT status, foreigntotal AS total, foreignpaymentamountused AS used, \
             foreignpaymentamountunused AS unused FROM transaction WHERE id = ?";
    let mut row = world.rows(q, &[json!(id)]).await.remove(0);
    row.as_object_mut().unwrap().remove("links");
    row
}

#[tokio::test]
async fn a_deposit_pays_invoices_by_its_applications() {
    let world = World::usual().await;
    let (order, bill) = invoice(&world, "K").await;
    let (_, other) = invoice(&world, "L").await;
    let made = world.call("PUT", &format!("{DEPOSITS}/eid:DEP-1"), deposit(40.0, &order)).await.id();
    assert_eq!(money(&world, &made).await, json!({"status": "B", "total": "40", "used": "0", "unused": "40"}));
    assert_eq!(world.get("customerDeposit", "eid:DEP-1").await["tranId"], "CD1001");

    let mut body = apply(&bill, 27.55);
    body["externalId"] = json!("DA-1");
    let first = world.transform("customerDeposit", &made, "depositApplication", body).await.id();
    let shown = world.get("depositApplication", "eid:DA-1").await;
    assert_eq!(
        (&shown["total"], &shown["deposit"]["id"], &shown["tranId"]),
        (&json!(27.55), &json!(made), &json!("DA1001"))
    );
    assert_eq!(world.get("invoice", &bill).await["status"]["refName"], "Paid In Full");
    assert_eq!(money(&world, &made).await, json!({"status": "B", "total": "40", "used": "27.55", "unused": "12.45"}));

    // Beyond the deposit, beyond the invoice, nothing at all.
    let draw = |body: Value| world.transform("customerDeposit", &made, "depositApplication", body);
    draw(apply(&other, 12.46)).await.refused("USER_ERROR", "more than the amount");
    draw(apply(&bill, 1.0)).await.refused("USER_ERROR", "more than the 0");
    draw(json!({})).await.refused("USER_ERROR", "Apply");
    draw(apply(&other, 12.45)).await.id();
    assert_eq!(money(&world, &made).await["status"], "D");
    draw(apply(&other, 1.0)).await.refused("USER_ERROR", "more than the amount");
    world.call("DELETE", &format!("{DEPOSITS}/{made}"), Value::Null).await.refused("USER_ERROR", "linked");

    let q = "SELECT linktype, previoustype, foreignamount FROM nexttransactionlinelink WHERE nextdoc = ? ORDER BY 1";
    let links = world.rows(q, &[json!(first)]).await;
    let kinds: Vec<_> = links.iter().map(|row| (&row["linktype"], &row["previoustype"])).collect();
    assert_eq!(kinds, [(&json!("DepAppl"), &json!("CustDep")), (&json!("Payment"), &json!("CustInvc"))]);

    // Taken back, the money is there again.
    assert_eq!(world.call("DELETE", &format!("/record/v1/depositApplication/{first}"), Value::Null).await.status, 204);
    assert_eq!(world.get("invoice", &bill).await["amountRemaining"], 27.55);
    assert_eq!(money(&world, &made).await["unused"], "27.55");
}

#[tokio::test]
async fn orders_customers_and_amounts_are_checked() {
    let world = World::usual().await;
    let (order, _) = invoice(&world, "K").await;
    let post = |body: Value| world.call("POST", DEPOSITS, body);
    for (field, value, code, text) in [
        ("salesOrder", json!({"id": "99"}), "INVALID_KEY_OR_REF", "field: sales"),
        ("customer", json!({"id": "501"}), "INVALID_KEY_OR_REF", "field: sales"),
        ("customer", Value::Null, "USER_ERROR", "Customer"),
        ("payment", json!(0), "USER_ERROR", "Payment Amount"),
        ("account", json!({"id": "701"}), "USER_ERROR", "undeposited"),
        ("salesOrdr", json!("1"), "INVALID_CONTENT", "salesOrdr"),
    ] {
        let mut body = deposit(20.0, &order);
        body[field] = value;
        post(body).await.refused(code, text);
    }
    assert!(world.account.records("customerDeposit").is_empty());
    // An application is made from its deposit only.
    assert_eq!(world.call("POST", "/record/v1/depositApplication", json!({})).await.status, 405);
}
