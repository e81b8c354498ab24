//! F06: one bad item failed the whole batch. It is split out and named, and the rest is written.

use sandbox::{
    faults::{Fault, Rule},
    ledger::Vendor,
};
use workflows::ids;

use super::{Shelves, assert_adds_up, group, items};
use crate::world::eventually;

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_shopify_refuses_does_not_keep_the_others() {
    let shelves = Shelves::start("f06", items(150)).await;
    // Between the reading of the levels and the writing there is time for somebody to take an item off its location.
    shelves.world.faults(vec![Rule::new(Vendor::Netsuite, "suiteql", Fault::Latency { millis: 150 })]);
    let id = shelves.begin(ids::INVENTORY_SYNC, serde_json::json!({ "scope": "full" })).await;
    let shop = &shelves.world.sandbox.shopify;
    eventually("levels were read", async || (shop.requests().contains_key("orders")).then_some(())).await;
    let bad = shelves.item(5);
    shop.delete_variant(bad.variants[0].variant).unwrap();
    let report = shelves.world.result(&id).await.unwrap();
    assert_adds_up(&report);
    assert_eq!(group(&report, "failedBecause", "gone"), (2, vec![bad.sku.clone()]));
    assert!(report["changed"].as_u64().unwrap() >= 298, "{report:#}");
    for n in (0..150).filter(|n| *n != 5) {
        let sku = shelves.item(n);
        assert_eq!(shelves.shown(sku, 0).map(Into::into), Some(shelves.available(sku.item_id.unwrap(), 0)));
    }
}
