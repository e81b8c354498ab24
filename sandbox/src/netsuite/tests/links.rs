//! Fulfillments, bills and payments in SuiteQL.

use serde_json::{Value, json};

use super::{World, shipment};
use crate::netsuite::{Options, StatusForm};

/// An order that is shipped, billed and paid in part: (order, fulfillment, invoice, payment).
async fn story(world: &World) -> (String, String, String, String) {
    let order = world.released("K").await;
    let mut body = shipment(&[(1, 1)]);
    body["custbody_o2c_cartons"] = json!("C1,C2");
    body["custbody_o2c_tracking"] = json!("1Z");
    body["custbody_shopify_fulfillment_id"] = json!("77");
    let shipped = world.fulfill(&order, body).await.id();
    let bill = world.transform("salesOrder", &order, "invoice", json!({})).await.id();
    let body = json!({"payment": 5, "account": "701", "custbody_shopify_transaction_id": "9"});
    let paid = world.transform("invoice", &bill, "customerPayment", body).await.id();
    (order, shipped, bill, paid)
}

#[tokio::test]
async fn transactions_show_their_type_status_and_money() {
    let world = World::usual().await;
    let (order, shipped, bill, paid) = story(&world).await;
    let q = "SELECT id, type, recordtype, status, BUILTIN.DF(status) AS state, BUILTIN.DF(t.type) AS kind, \
             foreigntotal, foreignamountpaid, foreignamountunpaid, foreignpaymentamountused, \
             foreignpaymentamountunused, custbody_o2c_hold, custbody_shopify_order_id AS shop, entity \
             FROM transaction t ORDER BY id";
    let common = |id: &str, more: Value| {
        let mut row = json!({"links": [], "id": id, "custbody_o2c_hold": "F", "shop": "450789469", "entity": "500"});
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    let wanted = [
        common(
            &order,
            json!({"type": "SalesOrd", "recordtype": "salesorder", "status": "D", "foreigntotal": "27.55",
            "state": "Sales Order : Partially Fulfilled", "kind": "Sales Order"}),
        ),
        common(
            &shipped,
            json!({"type": "ItemShip", "recordtype": "itemfulfillment", "status": "C",
            "state": "Item Fulfillment : Shipped", "kind": "Item Fulfillment"}),
        ),
        common(
            &bill,
            json!({"type": "CustInvc", "recordtype": "invoice", "status": "A", "foreigntotal": "12",
            "foreignamountpaid": "5", "foreignamountunpaid": "7", "state": "Invoice : Open", "kind": "Invoice"}),
        ),
        common(
            &paid,
            json!({"type": "CustPymt", "recordtype": "customerpayment", "status": "C", "foreigntotal": "5",
            "foreignpaymentamountused": "5", "foreignpaymentamountunused": "0",
            "state": "Payment : Deposited", "kind": "Payment"}),
        ),
    ];
    assert_eq!(world.rows(q, &[]).await, wanted);
    for (column, value, id) in [
        ("custbody_shopify_fulfillment_id", "77", &shipped),
        ("custbody_o2c_tracking", "1Z", &shipped),
        ("custbody_o2c_cartons", "C1,C2", &shipped),
        ("custbody_shopify_transaction_id", "9", &paid),
    ] {
        let rows = world.rows(&format!("SELECT id FROM transaction WHERE {column} = ?"), &[json!(value)]).await;
        assert_eq!(rows, [json!({"links": [], "id": id})], "{column}");
    }
}

#[tokio::test]
async fn lines_are_negative_and_know_where_they_come_from() {
    let world = World::usual().await;
    let (order, shipped, bill, _) = story(&world).await;
    let q = "SELECT tl.id, tl.mainline, tl.item, tl.itemtype, tl.quantity, tl.foreignamount, tl.createdfrom, \
             BUILTIN.DF(tl.createdfrom) AS origin FROM transactionline tl WHERE tl.transaction = ? ORDER BY tl.id";
    let row = |id: &str, main: &str, more: Value| {
        let mut row = json!({"links": [], "id": id, "mainline": main, "createdfrom": order, "origin": "SO1001"});
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    let wanted = [
        row("0", "T", json!({"foreignamount": "0"})),
        row("1", "F", json!({"item": "1001", "itemtype": "InvtPart", "quantity": "-1", "foreignamount": "0"})),
    ];
    assert_eq!(world.rows(q, &[json!(shipped)]).await, wanted);
    let wanted = [
        row("0", "T", json!({"foreignamount": "12"})),
        row("1", "F", json!({"item": "1001", "itemtype": "InvtPart", "quantity": "-1", "foreignamount": "-10"})),
        row("2", "F", json!({"item": "901", "itemtype": "Discount", "foreignamount": "1"})),
        row("3", "F", json!({"item": "902", "itemtype": "OthCharge", "quantity": "-1", "foreignamount": "-3"})),
    ];
    assert_eq!(world.rows(q, &[json!(bill)]).await, wanted);
    let q = "SELECT id, quantity, quantityshiprecv, quantitybilled, quantitypicked, quantitypacked \
             FROM transactionline WHERE transaction = ? AND id = 1";
    let wanted = json!({"links": [], "id": "1", "quantity": "-2", "quantityshiprecv": "1", "quantitybilled": "1",
        "quantitypicked": "1", "quantitypacked": "1"});
    assert_eq!(world.rows(q, &[json!(order)]).await, [wanted]);
}

#[tokio::test]
async fn links_are_read_from_both_ends() {
    let world = World::usual().await;
    let (order, shipped, bill, paid) = story(&world).await;
    let columns = "previousdoc, previousline, previoustype, nextdoc, nextline, nexttype, linktype, foreignamount";
    let link = |from: (&str, &str, &str), to: (&str, &str, &str), kind: &str, amount: Option<&str>| {
        let mut row = json!({"links": [], "previousdoc": from.0, "previousline": from.1, "previoustype": from.2,
            "nextdoc": to.0, "nextline": to.1, "nexttype": to.2, "linktype": kind});
        if let Some(amount) = amount {
            row["foreignamount"] = json!(amount);
        }
        row
    };
    let q = format!("SELECT {columns} FROM NextTransactionLineLink WHERE previousdoc = ? ORDER BY nextdoc, nextline");
    let wanted = [
        link((&order, "1", "SalesOrd"), (&shipped, "1", "ItemShip"), "ShipRcpt", None),
        link((&order, "1", "SalesOrd"), (&bill, "1", "CustInvc"), "OrdBill", Some("10")),
        link((&order, "3", "SalesOrd"), (&bill, "2", "CustInvc"), "OrdBill", Some("-1")),
        link((&order, "4", "SalesOrd"), (&bill, "3", "CustInvc"), "OrdBill", Some("3")),
    ];
    assert_eq!(world.rows(&q, &[json!(order)]).await, wanted);
    let q = format!("SELECT {columns} FROM PreviousTransactionLineLink WHERE nextdoc = ?");
    let wanted = [link((&bill, "0", "CustInvc"), (&paid, "0", "CustPymt"), "Payment", Some("5"))];
    assert_eq!(world.rows(&q, &[json!(paid)]).await, wanted);

    world.call("DELETE", &format!("/record/v1/customerPayment/{paid}"), Value::Null).await;
    world.call("DELETE", &format!("/record/v1/invoice/{bill}"), Value::Null).await;
    let q = "SELECT nextdoc FROM nexttransactionlinelink";
    assert_eq!(world.rows(q, &[]).await, [json!({"links": [], "nextdoc": shipped})]);
    let q = "SELECT id FROM transactionline WHERE transaction = ?";
    assert!(world.rows(q, &[json!(bill)]).await.is_empty());
}

#[tokio::test]
async fn statuses_may_be_qualified_and_look_ups_use_an_index() {
    let world = World::new(Options { status_form: StatusForm::Qualified, ..Options::default() }).await;
    let (_, shipped, ..) = story(&world).await;
    let q = "SELECT status, BUILTIN.DF(status) AS state FROM transaction WHERE id = ?";
    let rows = world.rows(q, &[json!(shipped)]).await;
    assert_eq!(rows, [json!({"links": [], "status": "ItemShip:C", "state": "Item Fulfillment : Shipped"})]);
    let store = world.account.lock();
    for sql in [
        "SELECT id FROM \"transaction\" WHERE type = 'SalesOrd' AND status = 'F'",
        "SELECT id FROM \"transaction\" WHERE custbody_shopify_fulfillment_id = 'x'",
        "SELECT id FROM \"transaction\" WHERE custbody_shopify_transaction_id = 'x'",
        "SELECT id FROM \"transaction\" WHERE custbody_dcl_order_number = 'x'",
        "SELECT nextdoc FROM nexttransactionlinelink WHERE previousdoc = 1",
        "SELECT previousdoc FROM previoustransactionlinelink WHERE nextdoc = 1",
        "SELECT id FROM transactionline WHERE createdfrom = 1",
        "SELECT id FROM _document WHERE store = 'inventoryNumber' AND json_extract(body, '$.inventoryNumber') = 'x'",
    ] {
        let mut plan = store.db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let detail: String = plan.query_row([], |row| row.get("detail")).unwrap();
        assert!(detail.starts_with("SEARCH"), "{sql}: {detail}");
    }
}
