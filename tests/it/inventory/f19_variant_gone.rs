//! F19: a variant was deleted or renamed. It is reported with its SKU; the rest goes on.

use serde_json::json;
use workflows::ids;

use super::{Shelves, assert_adds_up, group, items};

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_variant_is_named_and_the_others_are_told() {
    let shelves = Shelves::start("f19-renamed", items(30)).await;
    let renamed = shelves.item(4);
    let shop = &shelves.world.sandbox.shopify;
    shop.patch_variant(renamed.variants[0].variant, &json!({ "sku": "RENAMED-BY-SOMEBODY" })).unwrap();
    let report = shelves.full().await;
    assert_adds_up(&report);
    assert_eq!(group(&report, "skippedBecause", "notInNetsuite"), (2, vec!["RENAMED-BY-SOMEBODY".to_owned()]));
    assert!(report["changed"].as_u64().unwrap() >= 58, "{report:#}");
}

/// The SKU now belongs to another product's variant: stock goes to whoever carries it.
#[tokio::test(flavor = "multi_thread")]
async fn a_sku_that_moved_is_found_where_it_is_now() {
    let shelves = Shelves::start("f19-moved", items(30)).await;
    shelves.full().await;
    let (from, to) = (shelves.item(4), shelves.item(5));
    let shop = &shelves.world.sandbox.shopify;
    shop.delete_variant(from.variants[0].variant).unwrap();
    shop.patch_variant(to.variants[0].variant, &json!({ "sku": from.sku })).unwrap();
    let report = shelves.sync(ids::INVENTORY_SYNC, json!("full")).await;
    assert_adds_up(&report);
    let wanted = shelves.available(from.item_id.unwrap(), 0);
    assert_eq!(shelves.shown(to, 0).map(Into::into), Some(wanted));
}
