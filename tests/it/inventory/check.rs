//! The three-way check: what differs, and that nothing is written.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use workflows::ids;

use super::{Shelves, items};
use crate::world::order_to_cash;

async fn diff(shelves: &Shelves, payload: Value) -> Value {
    let request = bus::RunRequest {
        workflow: ids::STOCK_CHECK.to_owned(),
        brand: Some("acme".into()),
        payload,
        start_at: None,
        rerun: false,
    };
    let id = shelves.world.bus().run(&request).await.unwrap().workflow_id;
    shelves.world.result(&id).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_three_are_compared_and_nothing_is_written() {
    let mut shelves = Shelves::asleep("check", items(20), |_| {}).await;
    let sandbox = &shelves.world.sandbox;
    let mut config = (*shelves.world.config).clone();
    let (agents, location) = (config.brands["acme"].agents.clone(), config.brands["acme"].orders.location.clone());
    order_to_cash(sandbox, &mut config);
    shelves.world.reconfigure(|c| {
        *c = config;
        let brand = c.brands.get_mut("acme").unwrap();
        (brand.agents, brand.orders.location) = (agents, location);
    });
    shelves.world.start_worker();
    shelves.full().await;
    let agreeing = diff(&shelves, json!({})).await;
    assert_eq!((agreeing["wouldChange"].as_u64(), agreeing["withWarehouse"].as_bool()), (Some(0), Some(true)));

    let (written, sku) = (shelves.writes().len(), shelves.item(2).clone());
    let (item, place) = (sku.variants[0].inventory_item, shelves.catalogue.places[1].shopify);
    shelves.world.sandbox.shopify.set_stock(item, place, 77_777).unwrap();
    let differing = diff(&shelves, json!({ "skus": [sku.sku], "tolerance": 3 })).await;
    assert_eq!((differing["wouldChange"].as_u64(), differing["tolerance"].as_u64()), (Some(1), Some(3)));
    let of_store = differing["differences"].as_array().unwrap().iter().find(|d| d["system"] == "shopify").unwrap();
    assert_eq!((of_store["sku"].as_str(), of_store["found"].as_str()), (Some(sku.sku.as_str()), Some("77777")));
    let expected: Decimal = of_store["expected"].as_str().unwrap().parse().unwrap();
    assert_eq!(expected, shelves.available(sku.item_id.unwrap(), 1));
    assert_eq!(shelves.writes().len(), written, "a check writes nothing");
    assert_eq!(shelves.shown(&sku, 1), Some(77_777));
}
