//! F20: mapping by name duplicated products. An item is found by the mapping of its stable id, then by its SKU; ambiguity
//! is an error that names the candidates.

use sandbox::ledger::Vendor;
use serde_json::{Value, json};

use crate::world::{World, eventually, order, run_of};

/// An order for this SKU.
fn order_for(id: u64, sku: &str) -> Value {
    let mut order = order(id);
    order["line_items"][0]["sku"] = json!(sku);
    order
}

/// A further item of the same name.
fn namesake(world: &World, sku: &str) -> String {
    world.sandbox.netsuite.put_record("inventoryItem", json!({ "itemId": sku, "displayName": "a namesake" })).unwrap()
}

fn item_of(world: &World, id: u64) -> Value {
    world.sales_orders(id)[0]["item"]["items"][0]["item"]["id"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_items_of_one_name_park_the_order_until_a_mapping_says_which() {
    let mut world = World::start("f20-two").await;
    let (first, second) = (namesake(&world, "TWIN"), namesake(&world, "TWIN"));
    let id = world.sandbox.shopify.place_order(order_for(2001, "TWIN")).unwrap();
    eventually("a run", async || world.view(&run_of(id)).await).await;
    let problem = world.until_parked(&run_of(id)).await;
    for part in ["TWIN", first.as_str(), second.as_str(), "mappings.items"] {
        assert!(problem.contains(part), "{part} in: {problem}");
    }
    assert_eq!(world.view(&run_of(id)).await.unwrap().problem["kind"], "ambiguousItem");
    assert!(world.writes(Vendor::Netsuite, "PUT salesOrder").is_empty());

    world.take_worker().stop().await;
    world.reconfigure(|config| {
        config.brands.get_mut("acme").unwrap().mappings.items.insert("TWIN".into(), second.clone());
    });
    world.start_worker();
    world.result(&run_of(id)).await.unwrap();
    assert_eq!(item_of(&world, id), json!(second));
}

/// The variant's id outlives a renamed SKU, so its mapping is asked first where the SKU has none.
#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_comes_before_the_name_and_no_item_is_ever_made() {
    let mut world = World::asleep("f20-map", sandbox::Options::default(), |config| {
        let items = &mut config.brands.get_mut("acme").unwrap().mappings.items;
        items.insert("MAPPED".into(), "1001".into());
        items.insert("variant:447654529".into(), "1002".into());
    })
    .await;
    world.start_connector();
    world.start_worker();
    let before = world.sandbox.netsuite.records("item").len();
    for (id, sku, item) in [(2011, "MAPPED", "1001"), (2012, "RENAMED", "1002"), (2013, "IPOD2009BLACK", "1002")] {
        world.sandbox.shopify.place_order(order_for(id, sku)).unwrap();
        eventually("a run", async || world.view(&run_of(id)).await).await;
        world.result(&run_of(id)).await.unwrap();
        assert_eq!(item_of(&world, id), json!(item), "{sku}");
    }
    assert_eq!(world.sandbox.netsuite.records("item").len(), before);
}

/// Names are compared exactly: another spelling is another item.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_in_another_spelling_is_another_item() {
    let world = World::start("f20-spelling").await;
    let id = world.sandbox.shopify.place_order(order_for(2021, "LAMP-BRASS")).unwrap();
    eventually("a run", async || world.view(&run_of(id)).await).await;
    let problem = world.until_parked(&run_of(id)).await;
    assert!(problem.contains("LAMP-BRASS"), "{problem}");
}
