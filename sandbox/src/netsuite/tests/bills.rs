//! Invoices and cash sales.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Answer, World, released, shipment};
use crate::netsuite::{Options, TaxStyle};

async fn bill(world: &World, id: &str, body: Value) -> Answer {
    world.transform("salesOrder", id, "invoice", body).await
}

fn lines(lines: Value) -> Value {
    json!({"item": {"items": lines}})
}

#[tokio::test]
async fn an_empty_body_bills_what_shipped_and_what_never_ships() {
    let world = World::usual().await;
    let id = world.released("K").await;
    world.fulfill(&id, shipment(&[(1, 1)])).await.id();
    let mut body = json!({"externalId": "INV-1", "total": 1, "memo": "first"});
    body["custbody_o2c_invoiced"] = json!(true);
    let first = bill(&world, &id, body).await.id();
    let invoice = world.get("invoice", "eid:INV-1").await;
    assert_eq!(invoice["id"], first);
    // 10.00, the discount of 1.00 and the shipping of 3.00.
    assert_eq!(invoice["total"], 12);
    assert_eq!((&invoice["amountPaid"], &invoice["amountRemaining"]), (&json!(0), &json!(12)));
    assert_eq!(invoice["status"], json!({"id": "A", "refName": "Open"}));
    assert_eq!(invoice["createdFrom"]["id"], id);
    assert_eq!(invoice["tranId"], "INV1001");
    assert_eq!(invoice["entity"]["id"], "500");
    assert_eq!((&invoice["memo"], &invoice["custbody_o2c_invoiced"]), (&json!("first"), &json!(true)));
    assert_eq!(invoice["custbody_shopify_order_id"], "450789469");
    assert_eq!(invoice["item"]["items"][0]["custcol_shopify_line_id"], "11");
    assert_eq!(invoice["item"]["items"][0]["orderLine"], 1);
    let order = world.get_order(&id).await;
    assert_eq!(order["status"]["id"], "D");
    assert_eq!(order["item"]["items"][0]["quantityBilled"], 1);
    assert_eq!(order["item"]["items"][0].get("_amountBilled"), None);
    bill(&world, &id, json!({})).await.refused("USER_ERROR", "at least one line item");

    world.fulfill(&id, json!({"shipStatus": "C"})).await.id();
    assert_eq!(world.status(&id).await, "F");
    let second = bill(&world, &id, json!({})).await.id();
    assert_eq!(world.get("invoice", &second).await["total"], 15.55);
    assert_eq!(world.status(&id).await, "G");
    bill(&world, &id, json!({})).await.refused("USER_ERROR", "Billed");
}

#[tokio::test]
async fn lines_are_billed_in_parts_and_left_out() {
    let world = World::usual().await;
    let id = world.released("K").await;
    let unapproved = world.put_order("L", super::order()).await.id();
    bill(&world, &unapproved, json!({})).await.refused("USER_ERROR", "Pending Approval");
    world.fulfill(&id, shipment(&[(1, 2)])).await.id();
    for (sent, code, text) in [
        (json!([{"orderLine": 1, "quantity": 3}]), "USER_ERROR", "more than the 2"),
        (json!([{"orderLine": 2, "quantity": 1}]), "USER_ERROR", "more than the 0"),
        (json!([{"orderLine": 4, "quantity": 1.5}]), "USER_ERROR", "more than the 1"),
        (json!([{"orderLine": 3, "amount": -1.01}]), "USER_ERROR", "more than the -1"),
        (json!([{"orderLine": 3, "amount": 1}]), "USER_ERROR", "remain to be billed"),
        (json!([{"orderLine": 3, "quantity": 1}]), "USER_ERROR", "give an amount"),
        (json!([{"orderLine": 8, "quantity": 1}]), "INVALID_KEY_OR_REF", "8"),
        (json!([{"quantity": 1}]), "USER_ERROR", "Order Line"),
        (
            json!([{"orderLine": 1, "quantity": 0}, {"orderLine": 3, "quantity": 0}, {"orderLine": 4, "quantity": 0}]),
            "USER_ERROR",
            "at least one line item",
        ),
    ] {
        bill(&world, &id, lines(sent)).await.refused(code, text);
    }
    let huge = lines(json!([{"orderLine": 1, "quantity": 2, "rate": 1e12}]));
    bill(&world, &id, huge).await.refused("INVALID_CONTENT", "amount");
    // A third of the shipping, a part of the discount, one piece at a price of its own.
    let part = json!([{"orderLine": 1, "quantity": 1, "amount": 9.5}, {"orderLine": 3, "amount": -0.4},
        {"orderLine": 4, "quantity": 0.3333}]);
    let first = bill(&world, &id, lines(part)).await.id();
    let invoice = world.get("invoice", &first).await;
    assert_eq!(invoice["total"], 10.1);
    assert_eq!(invoice["item"]["items"][2]["quantity"], 0.3333);
    world.fulfill(&id, json!({"shipStatus": "C"})).await.id();
    let second = bill(&world, &id, json!({})).await.id();
    // 10.50 + 5.55 - 0.60 + 2.00: the rest of every line.
    assert_eq!(world.get("invoice", &second).await["total"], 17.45);
    assert_eq!(world.status(&id).await, "G");
    let path = format!("/record/v1/salesOrder/{id}");
    let fewer = json!({"item": {"items": [{"line": 4, "quantity": 0.5}]}});
    world.call("PATCH", &path, fewer).await.refused("USER_ERROR", "billed");
    world.put_order("K?replace=item", released()).await.refused("USER_ERROR", "billed");
}

#[tokio::test]
async fn a_deleted_invoice_is_billed_anew() {
    let world = World::usual().await;
    let id = world.released("K").await;
    world.fulfill(&id, json!({"shipStatus": "C"})).await.id();
    let first = bill(&world, &id, json!({"externalId": "INV-1"})).await.id();
    let path = format!("/record/v1/invoice/{first}");
    world.call("PATCH", &path, lines(json!([{"line": 1, "quantity": 1}]))).await.refused("USER_ERROR", "item");
    world.call("PATCH", &path, json!({"memo": "x", "externalId": "INV-2"})).await.id();
    assert_eq!(world.get("invoice", "eid:INV-2").await["total"], 27.55);
    assert_eq!(world.call("DELETE", &path, Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.status(&id).await, "F");
    let again = bill(&world, &id, json!({})).await.id();
    assert_eq!(world.get("invoice", &again).await["total"], 27.55);
}

#[tokio::test]
async fn a_cash_sale_is_paid_at_once() {
    let world = World::usual().await;
    let id = world.released("K").await;
    world.fulfill(&id, json!({"shipStatus": "C"})).await.id();
    let sell = |body: Value| world.transform("salesOrder", &id, "cashSale", body);
    sell(json!({})).await.refused("USER_ERROR", "Payment Method");
    sell(json!({"paymentMethod": {"id": "699"}})).await.refused("INVALID_KEY_OR_REF", "paymentmethod");
    sell(json!({"account": "702", "undepFunds": "T"})).await.refused("USER_ERROR", "undeposited");
    let made = sell(json!({"externalId": "CS-1", "paymentMethod": {"id": "601"}})).await.id();
    let sale = world.get("cashSale", "eid:CS-1").await;
    assert_eq!((&sale["id"], &sale["total"], &sale["tranId"]), (&json!(made), &json!(27.55), &json!("CS1001")));
    assert_eq!(sale["status"], json!({"id": "B", "refName": "Not Deposited"}));
    assert_eq!(sale["paymentMethod"]["refName"], "Shopify Payments");
    assert_eq!(world.status(&id).await, "G");
    assert_eq!(world.call("DELETE", "/record/v1/cashSale/eid:CS-1", Value::Null).await.status, 204);
    let made = sell(json!({"account": {"id": "702"}})).await.id();
    assert_eq!(world.get("cashSale", &made).await["status"]["id"], "C");
}

#[tokio::test]
async fn the_orders_form_decides_which_bill_it_gets() {
    let world = World::usual().await;
    for (form, only, other) in [("110", "invoice", "cashSale"), ("111", "cashSale", "invoice")] {
        let record = json!({"id": form, "name": "F", "record": "salesOrder", "subsidiaries": ["1"], "billing": only});
        world.account.put_record("customForm", record).unwrap();
        let mut order = released();
        order["customForm"] = json!({"id": form});
        let id = world.put_order(form, order).await.id();
        world.fulfill(&id, json!({"shipStatus": "C"})).await.id();
        let body = json!({"externalId": format!("B-{form}")});
        world.transform("salesOrder", &id, other, body.clone()).await.refused("USER_ERROR", "form");
        let paid = json!({"account": "701"});
        world.transform("salesOrder", &id, only, if only == "invoice" { body } else { paid }).await.id();
    }
}

#[tokio::test]
async fn shipping_cost_and_header_discount_are_billed_once() {
    let world = World::usual().await;
    let mut order = released();
    order["shippingCost"] = json!(4);
    order["discountItem"] = json!({"id": "901"});
    order["discountRate"] = json!(-3);
    let id = world.put_order("K", order).await.id();
    assert_eq!(world.get_order(&id).await["total"], 28.55);
    world.fulfill(&id, shipment(&[(1, 1)])).await.id();
    let first = bill(&world, &id, json!({})).await.id();
    let first = world.get("invoice", &first).await;
    // 12.00 of 27.55 of the lines take 1.31 of the discount.
    assert_eq!((&first["shippingCost"], &first["discountTotal"]), (&json!(4), &json!(-1.31)));
    assert_eq!(first["total"], 14.69);
    world.fulfill(&id, json!({"shipStatus": "C"})).await.id();
    let second = bill(&world, &id, json!({})).await.id();
    assert_eq!(world.get("invoice", &second).await["total"], 13.86);
}

fn taxed(reference: bool) -> Value {
    let mut order = released();
    if reference {
        order["item"]["items"][0]["taxDetailsReference"] = json!("L1");
        order["taxDetailsOverride"] = json!(true);
        order["taxDetails"] = json!({"items": [{"taxDetailsReference": "L1", "taxType": "401", "taxCode": "403",
            "taxRate": 6, "taxBasis": 20, "taxAmount": 1.21}]});
    } else {
        order["item"]["items"][0]["taxCode"] = json!({"id": "302"});
    }
    order
}

#[tokio::test]
async fn suite_tax_is_shared_or_given() {
    let world = World::usual().await;
    let id = world.put_order("K", taxed(true)).await.id();
    world.fulfill(&id, shipment(&[(1, 2)])).await.id();
    let first = bill(&world, &id, lines(json!([{"orderLine": 1, "quantity": 1}]))).await.id();
    let first = world.get("invoice", &first).await;
    assert_eq!(first["taxTotal"], 0.61);
    assert_eq!(first["taxDetails"]["items"][0]["taxBasis"], 10);
    let mut given = lines(json!([{"orderLine": 1, "taxDetailsReference": "X"}]));
    given["taxDetails"] = json!({"items": [{"taxDetailsReference": "X", "taxType": "401", "taxCode": "403",
        "taxAmount": 0.5}]});
    bill(&world, &id, given.clone()).await.refused("USER_ERROR", "Tax Details Override");
    given["taxDetailsOverride"] = json!(true);
    let second = bill(&world, &id, given).await.id();
    assert_eq!(world.get("invoice", &second).await["taxTotal"], 0.5);
    let path = format!("/record/v1/invoice/{second}");
    assert_eq!(world.call("DELETE", &path, Value::Null).await.status, 204);
    let last = bill(&world, &id, json!({})).await.id();
    assert_eq!(world.get("invoice", &last).await["taxTotal"], 0.6);
    let mut legacy = lines(json!([{"orderLine": 2, "taxCode": "302"}]));
    legacy["memo"] = json!("x");
    bill(&world, &id, legacy).await.refused("INVALID_CONTENT", "taxCode");
}

#[tokio::test]
async fn legacy_tax_is_computed_anew() {
    let world = World::new(Options { tax_style: TaxStyle::Legacy, ..Options::default() }).await;
    let id = world.put_order("K", taxed(false)).await.id();
    world.fulfill(&id, shipment(&[(1, 2)])).await.id();
    let made = bill(&world, &id, lines(json!([{"orderLine": 1, "quantity": 1}]))).await.id();
    let made = world.get("invoice", &made).await;
    assert_eq!((&made["taxTotal"], &made["total"]), (&json!(0.6), &json!(12.6)));
    assert_eq!(made["item"]["items"][0]["tax1Amt"], 0.6);
}
