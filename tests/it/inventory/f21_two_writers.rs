//! F21: two writers raced and oversold. What is sold and not yet committed in NetSuite is taken off; a write meets what was
//! read or is refused, and then everything is read again.

use sandbox::{
    catalogue::{Kind, Plan},
    faults::{Fault, Rule},
    ledger::Vendor,
};
use serde_json::json;
use workflows::ids;

use super::{Shelves, assert_adds_up, items};
use crate::world::eventually;

/// An order that NetSuite does not have yet; then it has it, Pending Approval; then it is approved: one of ten is sold, all the
/// time.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_sold_is_taken_off_until_netsuite_commits_it() {
    let mut shelves = Shelves::with("f21-sold", items(12), |config| {
        let brand = config.brands.get_mut("acme").unwrap();
        brand.agents.push(ids::SHOPIFY_TO_NETSUITE.to_owned());
        // A person approves.
        brand.orders.release = false;
    })
    .await;
    let sku = shelves.item(3).clone();
    shelves.count(&sku, 0, 10);
    shelves.sell(9001, &sku, 1);
    let told = async |shelves: &Shelves, when: &str| {
        let report = shelves.full().await;
        assert_adds_up(&report);
        assert_eq!(shelves.shown(&sku, 0), Some(9), "{when}: {report:#}");
    };
    told(&shelves, "not in NetSuite").await;
    assert_eq!(shelves.available(sku.item_id.unwrap(), 0), 10.into());

    shelves.world.start_order(9001).await;
    shelves.world.result("shopifyToNetsuiteWorkflow:acme:9001").await.unwrap();
    assert_eq!(shelves.available(sku.item_id.unwrap(), 0), 10.into(), "nothing is committed before the approval");
    told(&shelves, "Pending Approval").await;

    let so = shelves.world.sales_orders(9001).remove(0);
    let approved = json!({ "id": so["id"], "orderStatus": { "id": "B" } });
    shelves.world.sandbox.netsuite.put_record("salesOrder", approved).unwrap();
    assert_eq!(shelves.available(sku.item_id.unwrap(), 0), 9.into());
    told(&shelves, "committed").await;
    shelves.world.take_worker().stop().await;
}

/// A unit is sold while the sync is between reading and writing: its write is refused, and what is right now is written.
#[tokio::test(flavor = "multi_thread")]
async fn a_sale_between_reading_and_writing_is_not_overwritten() {
    let shelves = Shelves::start("f21-race", items(40)).await;
    shelves.full().await;
    let sku = shelves.item(3).clone();
    shelves.count(&sku, 0, 50);
    shelves.world.faults(vec![Rule::new(Vendor::Netsuite, "suiteql", Fault::Latency { millis: 200 })]);
    let shop = &shelves.world.sandbox.shopify;
    let looked = shop.requests().get("orders").copied().unwrap_or_default();
    let id = shelves.begin(ids::INVENTORY_SYNC, json!({ "scope": "full" })).await;
    let asked = async || (shop.requests().get("orders").copied().unwrap_or_default() > looked).then_some(());
    eventually("open orders were read", asked).await;
    shelves.sell(9002, &sku, 4);
    let report = shelves.world.result(&id).await.unwrap();
    assert_adds_up(&report);
    assert_eq!(report["rounds"], 1, "the stale write was not read again: {report:#}");
    assert_eq!(shelves.shown(&sku, 0), Some(46), "the units that were sold meanwhile were given away again");
}

/// A kit that is sold and not booked takes of its components.
#[tokio::test(flavor = "multi_thread")]
async fn a_sold_bundle_is_taken_off_its_components() {
    let plan = Plan { skus: 40, bundles: 6, ..Plan::default() };
    let shelves = Shelves::start("f21-bundle", plan).await;
    let kit = shelves.catalogue.skus.iter().find(|sku| sku.kind == Kind::Kit).unwrap();
    for part in &kit.components {
        let sku = shelves.catalogue.skus.iter().find(|sku| sku.item_id == Some(part.item_id)).unwrap();
        shelves.count(sku, 0, 1000);
    }
    shelves.sell(9003, kit, 2);
    let report = shelves.full().await;
    assert_adds_up(&report);
    for part in &kit.components {
        let sku = shelves.catalogue.skus.iter().find(|sku| sku.item_id == Some(part.item_id)).unwrap();
        let wanted = 1000 - 2 * i64::from(part.quantity);
        assert_eq!(shelves.shown(sku, 0), Some(wanted), "{}", sku.sku);
    }
}
