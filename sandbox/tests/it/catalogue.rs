//! Catalogues, stock and sales through the control API.

use reqwest::Method;
use sandbox::catalogue::{Catalogue, Plan};
use sandbox::generate::Store;
use sandbox::sales::{Pace, Sales};
use sandbox::{Options, Sandbox};
use serde_json::{Value, json};

use crate::control::call;

#[tokio::test]
async fn a_catalogue_is_loaded_and_its_stock_moved() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let plan = json!({"seed": 7, "skus": 100, "locations": 4, "bundles": 10, "troubles": ["duplicateSku", "untracked", "nativeBundle"]});
    let (status, told) = call(&sandbox, Method::POST, "/control/catalogue", plan).await;
    assert_eq!((status, &told["skus"]), (200, &json!(104)), "{told}");
    assert_eq!(told["locations"][3]["netsuite"], 12);

    let plan = Plan { seed: 7, skus: 100, locations: 4, bundles: 10, ..Plan::default() };
    let first = Catalogue::generate(&plan).unwrap().skus[0].clone();
    let stock = async |method: Method, body: Value| {
        let query = [("sku", first.sku.as_str()), ("location", "12")];
        let mut url = sandbox.control_url.join("/control/netsuite/stock").unwrap();
        url.query_pairs_mut().extend_pairs(query);
        let path = if method == Method::GET { url.as_str() } else { "/control/netsuite/stock" };
        let (status, told) = call(&sandbox, method, path, body).await;
        assert_eq!(status, 200, "{told}");
        told["stock"].clone()
    };
    for level in &first.levels {
        let place = told["locations"][level.place]["shopify"].as_u64().unwrap();
        let shown = sandbox.shopify.stock_level(first.variants[0].inventory_item, place).unwrap();
        assert_eq!(shown.available, level.shown);
    }
    assert_eq!(sandbox.shopify.items_of_sku("DUPLICATE-SKU").len(), 2);
    // Shopify reckons: four parts in each.
    let native = sandbox.shopify.items_of_sku("NATIVE-BUNDLE")[0];
    assert_eq!(sandbox.shopify.stock_level(native, 655_441_491).unwrap().available, 0);
    sandbox.shopify.set_stock(sandbox.shopify.items_of_sku("NATIVE-PART")[0], 655_441_491, 41).unwrap();
    assert_eq!(sandbox.shopify.stock_level(native, 655_441_491).unwrap().available, 10);
    let found = stock(Method::GET, Value::Null).await;
    assert_eq!(found["onHand"], first.levels[3].on_hand.unwrap());
    for (how, quantity, figure, wanted) in [
        ("onHand", 40, "available", 40),
        ("by", -3, "onHand", 37),
        ("onOrderBy", 5, "onOrder", 5),
        ("inTransitBy", 2, "inTransit", 2),
    ] {
        let mut body = json!({"sku": first.sku, "location": 12});
        body[how] = json!(quantity);
        assert_eq!(stock(Method::POST, body).await[figure], wanted, "{how}");
    }
}

#[tokio::test]
async fn what_cannot_be_had_is_named() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    for (path, body, field) in [
        ("/control/catalogue", json!({"skus": 10, "bundles": 6}), "bundles"),
        ("/control/catalogue", json!({"skus": 10, "bundles": 1, "locations": 0}), "locations"),
        ("/control/catalogue", json!({"skus": 10, "size": 6}), "body"),
        ("/control/catalogue", json!({"skus": 10, "bundles": 1, "troubles": ["none"]}), "body"),
        ("/control/netsuite/stock", json!({"sku": "NO-SUCH", "location": 1, "by": 1}), "sku"),
        ("/control/netsuite/stock", json!({"location": 1, "by": 1}), "item"),
        ("/control/netsuite/stock", json!({"item": 1001, "location": 77, "by": 1}), "item"),
        ("/control/netsuite/stock", json!({"item": 1001, "location": 1}), "body"),
        ("/control/sales", json!({"seed": 1, "count": 1, "perSecond": 0}), "perSecond"),
        ("/control/sales", json!({"seed": 1, "count": 1, "perSecond": 5, "catalogue": {"locations": 0}}), "locations"),
    ] {
        let (status, told) = call(&sandbox, Method::POST, path, body).await;
        assert_eq!((status, told["field"].as_str()), (400, Some(field)), "{path}: {told}");
    }
    let none = "/control/netsuite/stock?item=902&location=1";
    assert_eq!(call(&sandbox, Method::GET, none, Value::Null).await.0, 404);
}

#[tokio::test]
async fn sales_go_on_until_all_orders_are_placed_or_they_are_stopped() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let catalogue = Catalogue::generate(&Plan { skus: 40, bundles: 4, ..Plan::default() }).unwrap();
    sandbox.load_catalogue(&catalogue).unwrap();
    let store = Store { items: catalogue.items().into(), ..Store::default() };
    let pace = Pace { seed: 9, first: 0, count: 20, per_second: 1000.0 };
    let sales = Sales::start(sandbox.shopify.clone(), store.clone(), pace).unwrap();
    sales.over().await;
    assert_eq!((sales.placed(), sandbox.shopify.orders().len()), (20, 20));
    let order = sandbox::generate::order_in(&store, 9, 3);
    let sku = order["line_items"][0]["sku"].as_str().unwrap();
    assert!(sku.starts_with("NOT-IN-NS") || catalogue.skus.iter().any(|own| own.sku == sku), "{sku}");

    // One at once, the next in more than a day.
    let body = json!({"seed": 10, "count": 5, "perSecond": 0.00001});
    assert_eq!(call(&sandbox, Method::POST, "/control/sales", body.clone()).await.0, 200);
    let (status, told) = call(&sandbox, Method::POST, "/control/sales", body).await;
    assert_eq!((status, told["field"].as_str()), (400, Some("body")));
    assert_eq!(call(&sandbox, Method::DELETE, "/control/sales", Value::Null).await.0, 200);
    loop {
        let (_, told) = call(&sandbox, Method::GET, "/control/sales", Value::Null).await;
        if told["over"] == true {
            assert!(told["placed"].as_u64().unwrap() <= 1, "{told}");
            break;
        }
    }
}
