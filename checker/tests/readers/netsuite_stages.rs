use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{Asked, netsuite, vendor};

/// The three tables, answered as far as the reader's own queries go.
#[derive(Default, Clone)]
pub struct Tables {
    pub transactions: Vec<Value>,
    pub links: Vec<Value>,
    pub lines: Vec<Value>,
}

impl Tables {
    /// The rows that a query selects: those of the brand after an id, or those with a key in a list.
    fn select(&self, q: &str, params: &[Value]) -> Vec<Value> {
        let listed: Option<BTreeSet<&str>> =
            q.rsplit_once("IN (").map(|(_, rest)| rest.split(')').next().unwrap().split(", ").collect());
        let of = |rows: &[Value], key: &str| -> Vec<Value> {
            let listed = listed.as_ref().unwrap();
            rows.iter().filter(|row| listed.contains(row[key].as_str().unwrap())).cloned().collect()
        };
        if q.contains("FROM nexttransactionlinelink WHERE previousdoc IN") {
            return of(&self.links, "previousdoc");
        }
        if q.contains("FROM transactionline WHERE transaction IN") {
            return of(&self.lines, "transaction");
        }
        if q.contains("FROM transaction WHERE id IN") {
            return of(&self.transactions, "id");
        }
        if q.contains("tranid IN (?") {
            return self.transactions.iter().filter(|row| params.contains(&row["tranid"])).cloned().collect();
        }
        assert!(q.contains("FROM transaction WHERE type IN (") || q.starts_with("SELECT id FROM transaction"), "{q}");
        let after = q.split_once("AND id > ").map_or(0, |(_, rest)| rest.split(' ').next().unwrap().parse().unwrap());
        let ours = |row: &&Value| {
            let id: u64 = row["id"].as_str().unwrap().parse().unwrap();
            let keyed = row["externalid"].as_str().is_some_and(|key| key.contains("-acme-"));
            id > after && (row["custbody_o2c_brand"] == "acme" || keyed)
        };
        let sales_orders = q.contains("WHERE type = 'SalesOrd'");
        let kind = |row: &&Value| !sales_orders || row["type"] == "SalesOrd";
        self.transactions.iter().filter(ours).filter(kind).cloned().collect()
    }

    pub fn answer(&self, asked: &Asked) -> (u16, Value) {
        let body = asked.json();
        let params = body["params"].as_array().unwrap();
        let rows = self.select(body["q"].as_str().unwrap(), params);
        let offset: usize = asked.query.strip_prefix("limit=1000&offset=").unwrap().parse().unwrap();
        let items: Vec<&Value> = rows.iter().skip(offset).take(1000).collect();
        let more = offset + items.len() < rows.len();
        (200, json!({"items": items, "hasMore": more, "totalResults": rows.len(), "offset": offset}))
    }
}

fn transaction(id: u64, kind: &str, key: Option<&str>, fields: Value) -> Value {
    let mut row = json!({
        "id": id.to_string(), "type": kind, "tranid": format!("{kind}{id}"), "externalid": key, "status": "A",
        "custbody_o2c_brand": key.map(|_| "acme"), "currency": "1", "foreigntotal": "-12.5",
    });
    row.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    row
}

fn link(from: (u64, u64), to: (u64, u64), kind: &str, amount: Value) -> Value {
    json!({
        "previousdoc": from.0.to_string(), "previousline": from.1.to_string(), "nextdoc": to.0.to_string(),
        "nextline": to.1.to_string(), "linktype": kind, "foreignamount": amount,
    })
}

fn line(transaction: u64, id: u64, item_type: &str, quantity: Value, from: Value) -> Value {
    json!({
        "transaction": transaction.to_string(), "id": id.to_string(), "itemtype": item_type, "quantity": quantity,
        "isclosed": "F", "createdfrom": from,
    })
}

/// A Sales Order of three units, shipped in one carton, billed by one invoice, paid by one payment.
pub fn shipped_billed_and_paid() -> Tables {
    let sold = json!({
        "tranid": "SO1", "custbody_shopify_order_id": "1", "custbody_sent_to_3pl": "T", "custbody_o2c_invoiced": "T",
        "status": "SalesOrd:G",
    });
    let shipped =
        json!({"custbody_o2c_cartons": "C1, ", "custbody_shopify_fulfillment_id": "gid://shopify/Fulfillment/901"});
    let paid =
        json!({"custbody_shopify_order_id": "1", "custbody_shopify_transaction_id": "801", "foreigntotal": "12.5"});
    Tables {
        transactions: vec![
            transaction(1, "SalesOrd", Some("SO-acme-1"), sold),
            transaction(30, "ItemShip", Some("IF-acme-1"), shipped),
            transaction(40, "CustInvc", Some("INV-acme-1"), json!({"foreignamountunpaid": "0"})),
            transaction(50, "CustPymt", Some("PAY-acme-801"), paid),
        ],
        links: vec![
            link((1, 1), (30, 1), "ShipRcpt", json!("-10")),
            link((1, 1), (40, 1), "OrdBill", json!("-10")),
            link((1, 2), (40, 2), "OrdBill", json!("-2.5")),
            link((1, 1), (60, 1), "SaleRet", Value::Null),
            link((40, 0), (50, 0), "Payment", json!("12.5")),
        ],
        lines: vec![
            line(1, 1, "InvtPart", json!("-3"), Value::Null),
            line(1, 2, "ShipItem", Value::Null, Value::Null),
            line(30, 1, "InvtPart", json!("-3"), json!("1")),
            line(40, 1, "InvtPart", json!("-3"), json!("1")),
            line(40, 2, "ShipItem", Value::Null, json!("1")),
        ],
    }
}

fn ids(ids: &[&str]) -> BTreeSet<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

#[tokio::test]
async fn netsuite_s_tables_become_papers() {
    let (url, _) = vendor(|asked, _| shipped_billed_and_paid().answer(asked)).await;
    let (later, lists) = netsuite(url).later("acme", &ids(&["1"])).await.unwrap();
    assert!(lists.iter().all(checker::List::is_whole), "{lists:?}");
    let progress = &later.progress["1"];
    assert!(progress.sent && progress.invoiced);
    let lines: Vec<_> = progress.lines.iter().map(|l| (l.id.as_str(), l.stocked, l.ordered.to_string())).collect();
    assert_eq!(lines, [("1", true, "3".to_owned()), ("2", false, "0".to_owned())]);
    let shipment = &later.fulfillments[0];
    assert_eq!((shipment.sales_order.as_deref(), shipment.units()), (Some("1"), 3.into()));
    assert_eq!((shipment.cartons.clone(), shipment.store_fulfillment.as_deref()), (ids(&["C1"]), Some("901")));
    let bill = &later.bills[0];
    assert_eq!(
        (bill.sales_order.as_deref(), bill.total.to_string().as_str(), bill.lines.len()),
        (Some("1"), "12.5", 1)
    );
    let payment = &later.payments[0];
    assert_eq!((payment.transaction.as_deref(), payment.applied["40"].to_string().as_str()), (Some("801"), "12.5"));
}

#[tokio::test]
async fn what_was_made_by_hand_is_found_by_its_link_and_voided_papers_are_none() {
    let mut tables = shipped_billed_and_paid();
    tables.transactions.extend([
        transaction(31, "ItemShip", None, json!({})),
        transaction(41, "CustInvc", None, json!({"foreignamountunpaid": 12.5, "status": "CustInvc:V"})),
        transaction(51, "CustPymt", None, json!({})),
        transaction(99, "CustInvc", None, json!({"foreignamountunpaid": 1})),
    ]);
    tables.links.extend([
        link((1, 1), (31, 7), "ShipRcpt", Value::Null),
        link((1, 1), (41, 1), "OrdBill", Value::Null),
        link((40, 0), (51, 0), "Payment", json!(1)),
    ]);
    tables.lines.push(line(31, 7, "InvtPart", json!(1), json!("1")));
    let (url, _) = vendor(move |asked, _| tables.answer(asked)).await;
    let (later, _) = netsuite(url).later("acme", &ids(&["1"])).await.unwrap();
    let numbers: Vec<&str> = later.fulfillments.iter().map(|f| f.paper.number.as_str()).collect();
    assert_eq!(numbers, ["ItemShip30", "ItemShip31"]);
    assert_eq!((later.fulfillments[1].units(), later.bills.len(), later.payments.len()), (1.into(), 1, 2));
}

#[tokio::test]
async fn ten_thousand_orders_take_some_hundred_queries() {
    const ORDERS: u64 = 10_000;
    let mut tables = Tables::default();
    for order in 1..=ORDERS {
        let key = format!("SO-acme-{order}");
        tables.transactions.push(transaction(order, "SalesOrd", Some(&key), json!({})));
        for item in 1..=3 {
            tables.lines.push(line(order, item, "InvtPart", json!(-1), Value::Null));
        }
    }
    let (url, log) = vendor(move |asked, _| tables.answer(asked)).await;
    let sales_orders = (1..=ORDERS).map(|id| id.to_string()).collect();
    let (later, lists) = netsuite(url).later("acme", &sales_orders).await.unwrap();
    assert_eq!((later.progress.len(), later.progress["10000"].lines.len()), (10_000, 3));
    assert!(lists.iter().all(checker::List::is_whole), "{lists:?}");
    // 10 pages of transactions, 20 of links, 40 of lines.
    assert_eq!(log.lock().unwrap().len(), 70);
}

#[tokio::test]
async fn a_table_that_is_cut_shows_in_its_count() {
    let (url, _) = vendor(|asked, _| {
        let (status, mut body) = shipped_billed_and_paid().answer(asked);
        if asked.body.contains("FROM transaction WHERE type IN") {
            body["totalResults"] = json!(5);
        }
        (status, body)
    })
    .await;
    let (_, lists) = netsuite(url.clone()).later("acme", &ids(&["1"])).await.unwrap();
    assert_eq!(lists.iter().filter(|list| !list.is_whole()).count(), 1, "{lists:?}");
    let error = netsuite(url).later("acme", &ids(&["1", "2"])).await.unwrap_err();
    assert!(error.to_string().contains("sales order 2 is listed, but not there"), "{error}");
}
