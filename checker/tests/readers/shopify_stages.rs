use serde_json::{Value, json};

use crate::{Asked, node, shopify, vendor};

/// A store that has these orders on one page, and shows them one by one, too.
pub fn one_page(orders: Vec<Value>) -> impl Fn(&Asked, usize) -> (u16, Value) + Send + Sync + 'static {
    move |asked, _| {
        let asked = asked.json();
        let query = asked["query"].as_str().unwrap();
        if query.contains("ordersCount") {
            return (200, json!({"data": {"ordersCount": {"count": orders.len(), "precision": "EXACT"}}}));
        }
        assert!(query.contains("fulfillmentLineItems") && query.contains("transactions"), "{query}");
        if let Some(id) = asked["variables"]["id"].as_str() {
            let found =
                orders.iter().find(|order| id.ends_with(&format!("/{}", order["legacyResourceId"].as_str().unwrap())));
            return (200, json!({"data": {"order": found}}));
        }
        (200, json!({"data": {"orders": {"nodes": orders, "pageInfo": {"hasNextPage": false, "endCursor": null}}}}))
    }
}

pub fn money(amount: &str) -> Value {
    let side = json!({"amount": amount, "currencyCode": "USD"});
    json!({"shopMoney": side, "presentmentMoney": side})
}

pub fn to_cash(id: u64) -> Value {
    let mut order = node(id);
    order["displayFinancialStatus"] = json!("PAID");
    order["fulfillments"] = json!([
        {
            "id": "gid://shopify/Fulfillment/901", "status": "SUCCESS", "trackingInfo": [{"number": "T-C1"}, {"number": null}],
            "fulfillmentLineItems": {"nodes": [{"quantity": 2}, {"quantity": 1}], "pageInfo": {"hasNextPage": false}},
        },
        {
            "id": "gid://shopify/Fulfillment/900", "status": "CANCELLED", "trackingInfo": [],
            "fulfillmentLineItems": {"nodes": [], "pageInfo": {"hasNextPage": false}},
        },
    ]);
    order["transactions"] = json!([{
        "id": "gid://shopify/OrderTransaction/801", "kind": "SALE", "status": "SUCCESS", "gateway": "bogus",
        "amountSet": money("12.5"),
    }]);
    order
}

#[tokio::test]
async fn shopify_s_fulfillments_and_transactions_come_with_the_orders() {
    let (url, log) = vendor(one_page(vec![to_cash(1), to_cash(2)])).await;
    let shopify = shopify(url);
    let (orders, store, list) = shopify.orders_to_cash(None).await.unwrap();
    assert_eq!((orders.len(), list.is_whole(), log.lock().unwrap().len()), (2, true, 2));
    let side = &store[&2];
    assert_eq!(side.financial_status.as_deref(), Some("PAID"));
    let first = &side.fulfillments[0];
    assert_eq!((first.id.as_str(), first.live, first.units), ("901", true, 3.into()));
    assert_eq!(first.tracking.iter().collect::<Vec<_>>(), ["T-C1"]);
    assert!(!side.fulfillments[1].live);
    let transaction = &side.transactions[0];
    assert!(transaction.is_settled() && !transaction.is_refund());
    assert_eq!((transaction.id.as_str(), transaction.shop.to_string().as_str()), ("801", "12.5 USD"));

    let (order, side) = shopify.order_to_cash(1).await.unwrap().unwrap();
    assert_eq!((order.id, side.fulfillments.len()), (1, 2));
    assert!(shopify.order_to_cash(3).await.unwrap().is_none());
}

#[tokio::test]
async fn what_shopify_may_have_cut_is_unreadable() {
    let mut more = to_cash(1);
    more["fulfillments"][0]["fulfillmentLineItems"]["pageInfo"]["hasNextPage"] = json!(true);
    let mut full = to_cash(2);
    full["transactions"] = vec![full["transactions"][0].clone(); 100].into();
    for (order, field) in [(more, "rest of fulfillmentLineItems"), (full, "rest of transactions")] {
        let (url, _) = vendor(one_page(vec![order])).await;
        let error = shopify(url).orders_to_cash(None).await.unwrap_err();
        assert!(error.to_string().contains(field), "{error}");
    }
}
