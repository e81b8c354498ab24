//! SuiteQL.

use http::StatusCode;
use serde_json::{Value, json};

use super::{World, order, order_with};
use crate::netsuite::{Options, StatusForm};

#[tokio::test]
async fn one_query_finds_customer_items_and_order() {
    let world = World::usual().await;
    let id = world.put_order("K", order()).await.id();
    let q = "SELECT 'so' AS Kind, TO_CHAR(t.id) AS Id, t.tranid AS Name, t.status AS State \
             FROM transaction t WHERE t.type = 'SalesOrd' AND t.externalid = ? \
             UNION ALL SELECT 'item', TO_CHAR(i.id), i.itemid, i.itemtype FROM item i \
             WHERE i.itemid IN (?, ?) \
             UNION ALL SELECT 'customer', TO_CHAR(c.id), c.entityid, NULL FROM customer c \
             WHERE c.externalid = ?";
    let params = [json!("K"), json!("IPOD2008PINK"), json!("お茶-50"), json!("POS-1")];
    let rows = world.rows(q, &params).await;
    assert_eq!(rows.len(), 4);
    let order = json!({"links": [], "kind": "so", "id": id, "name": "SO1001", "state": "A"});
    assert_eq!(rows[0], order);
    // A column without a value is left out.
    assert_eq!(rows[3], json!({"links": [], "kind": "customer", "id": "500", "name": "POS"}));
}

#[tokio::test]
async fn values_are_texts_in_the_accounts_format() {
    let world = World::new(Options {
        date_format: "DD/MM/YYYY".into(),
        status_form: StatusForm::Qualified,
        ..Options::default()
    })
    .await;
    let mut order = order_with("tranDate", json!("2026-03-09"));
    order["otherRefNum"] = json!("#1001");
    world.put_order("K", order).await.id();
    let q = "SELECT t.trandate, t.foreigntotal AS \"Total\", t.status, BUILTIN.DF(t.status) AS state, \
             BUILTIN.DF(t.entity) customer, t.memo, t.custbody_sent_to_3pl, COUNT(*) OVER () \
             FROM transaction t WHERE t.trandate = '09/03/2026' AND t.trandate >= ? \
             AND t.trandate <= TO_DATE('2026-03-09', 'YYYY-MM-DD')";
    let rows = world.rows(q, &[json!("01/03/2026")]).await;
    assert_eq!(
        rows,
        [json!({
            "links": [], "trandate": "09/03/2026", "total": "24.55", "status": "SalesOrd:A",
            "state": "Sales Order : Pending Approval", "customer": "Point of Sale",
            "custbody_sent_to_3pl": "F", "expr8": "1",
        })]
    );
    let q = "SELECT TO_CHAR(lastmodifieddate, 'YYYY-MM-DD\"T\"HH24:MI:SS') AS at FROM transaction";
    let at = world.rows(q, &[]).await[0]["at"].as_str().unwrap().to_owned();
    let modified = world.get_order("eid:K").await["lastModifiedDate"].clone();
    assert_eq!(modified, format!("{at}Z"));
    let wrong = world.query("SELECT id FROM transaction WHERE trandate >= ?", &[json!("2026-03-01")]).await;
    wrong.refused("INVALID_PARAMETER", "not a date");
}

#[tokio::test]
async fn order_lines_have_netsuites_signs() {
    let world = World::usual().await;
    let id = world.put_order("K", order_with("shippingCost", json!(4))).await.id();
    let q = "SELECT tl.item, tl.quantity, tl.foreignamount, tl.custcol_shopify_line_id AS line \
             FROM transactionline tl WHERE tl.transaction = ? AND tl.mainline = 'F' \
             AND tl.taxline = 'F' AND tl.itemtype <> 'ShipItem' ORDER BY tl.linesequencenumber";
    let rows = world.rows(q, &[json!(id)]).await;
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0], json!({"links": [], "item": "1001", "quantity": "-2", "foreignamount": "-20", "line": "11"}));
    assert_eq!(rows[2], json!({"links": [], "item": "901", "foreignamount": "1"}));
    let q = "SELECT SUM(foreignamount) AS sum FROM transactionline WHERE transaction = ?";
    assert_eq!(world.rows(q, &[json!(id)]).await[0]["sum"], "0");
}

#[tokio::test]
async fn results_come_in_pages_with_their_count() {
    let world = World::usual().await;
    let body = json!({"q": "SELECT id FROM item ORDER BY id"});
    let transient = [("prefer", "transient")];
    let page = |query: &'static str| {
        let path = format!("/query/v1/suiteql{query}");
        let body = body.clone();
        let world = &world;
        async move { world.call_with("POST", &path, &transient, body).await }
    };
    let first = page("?limit=50&offset=0").await.body;
    let total = world.account.records("item").len();
    assert_eq!(first["count"], 50);
    assert_eq!(first["hasMore"], true);
    assert_eq!(first["totalResults"], total);
    let next = first["links"].as_array().unwrap().iter().find(|link| link["rel"] == "next");
    assert!(next.unwrap()["href"].as_str().unwrap().ends_with("limit=50&offset=50"));
    let second = page("?limit=50&offset=50").await.body;
    assert_eq!(second["count"], total - 50);
    assert_eq!(second["hasMore"], false);
    for query in ["?limit=1001", "?limit=0", "?limit=x", "?limit=50&offset=7", "?offset=-1"] {
        assert_eq!(page(query).await.code(), "INVALID_PARAMETER", "{query}");
    }
    let none = world.query("SELECT id FROM item WHERE id = 0", &[]).await.body;
    assert_eq!((&none["count"], &none["items"]), (&json!(0), &json!([])));
}

#[tokio::test]
async fn requests_that_cannot_be_run_are_refused() {
    let world = World::usual().await;
    let q = json!({"q": "SELECT id FROM item"});
    let no_header = world.call_with("POST", "/query/v1/suiteql", &[], q).await;
    no_header.refused("INVALID_HEADER", "transient");
    for (q, text) in [
        ("DELETE FROM customer", "Only SELECT"),
        ("SELECT nonsense FROM item", "Unknown identifier 'nonsense'"),
        ("SELECT \"nonsense\" FROM item", "Unknown identifier"),
        ("SELECT id FROM nonsense", "Record 'nonsense' was not found"),
        ("SELECT id FROM item WHERE", "unsupported search"),
        ("SELECT id FROM item WHERE id = ?", "parameters"),
        ("SELECT id FROM item LIMIT 1", "LIMIT"),
        ("SELECT body FROM _document", "Unknown identifier"),
        ("SELECT id FROM item; SELECT 1 FROM item", "unexpected character"),
    ] {
        world.query(q, &[]).await.refused("INVALID_PARAMETER", text);
    }
    for body in [json!({}), json!({"q": 1}), json!({"q": "x", "params": 1}), json!([]), Value::Null] {
        let transient = [("prefer", "transient")];
        let answer = world.call_with("POST", "/query/v1/suiteql", &transient, body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn names_compare_as_written_and_lower_knows_unicode() {
    let world = World::usual().await;
    let count = |q: &'static str, param: &'static str| {
        let world = &world;
        async move { world.rows(q, &[json!(param)]).await.len() }
    };
    assert_eq!(count("SELECT id FROM item WHERE itemid = ?", "ipod2008pink").await, 0);
    assert_eq!(count("SELECT id FROM item WHERE LOWER(itemid) = ?", "thé").await, 0);
    let q = "SELECT id FROM item WHERE LOWER(itemid) = LOWER(?)";
    assert_eq!(count(q, "Té-Vert-100").await, 1);
    let q = "SELECT NVL(externalid, ?) AS e FROM customer WHERE id = 500 FETCH FIRST 1 ROWS ONLY";
    assert_eq!(count(q, "none").await, 1);
    let q = "SELECT s.entity FROM CustomerSubsidiaryRelationship s WHERE s.subsidiary = ?";
    assert_eq!(count(q, "2").await, 1);
    let q = "SELECT id FROM location WHERE subsidiary = ?";
    assert_eq!(count(q, "1").await, 2);
}

#[tokio::test]
async fn look_ups_use_an_index() {
    let world = World::usual().await;
    let store = world.account.lock();
    for sql in [
        "SELECT id FROM customer WHERE externalid = 'x'",
        "SELECT id FROM customer WHERE email = 'x'",
        "SELECT id FROM customer WHERE LOWER(email) = LOWER('x')",
        "SELECT id FROM item WHERE itemid IN ('a', 'b')",
        "SELECT id FROM item WHERE LOWER(itemid) = 'x'",
        "SELECT id FROM \"transaction\" WHERE externalid = 'x'",
    ] {
        let mut plan = store.db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let detail: String = plan.query_row([], |row| row.get("detail")).unwrap();
        assert!(detail.starts_with("SEARCH"), "{sql}: {detail}");
    }
}
