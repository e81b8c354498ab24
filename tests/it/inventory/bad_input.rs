//! What real catalogues are like: named, skipped, and the rest done.

use sandbox::catalogue::{Plan, Trouble};
use serde_json::json;
use workflows::ids;

use super::{Shelves, assert_adds_up, group, items};
use crate::world::raw;

#[tokio::test(flavor = "multi_thread")]
async fn every_trouble_is_named_and_the_rest_is_told() {
    let troubles = [
        Trouble::DuplicateSku,
        Trouble::NetsuiteOnly,
        Trouble::ShopifyOnly,
        Trouble::Untracked,
        Trouble::NegativeStock,
        Trouble::HugeStock,
    ];
    let shelves = Shelves::start("bad-stock", Plan { troubles: troubles.into(), ..items(30) }).await;
    let report = shelves.full().await;
    assert_adds_up(&report);
    assert_eq!(group(&report, "failedBecause", "duplicateSku").1, ["DUPLICATE-SKU"]);
    assert_eq!(group(&report, "failedBecause", "beyond32Bits").1, ["HUGE-STOCK"]);
    assert_eq!(group(&report, "skippedBecause", "notInNetsuite").1, ["SHOPIFY-ONLY"]);
    assert_eq!(group(&report, "skippedBecause", "untracked").1, ["UNTRACKED"]);
    assert_eq!(report["negative"], json!(["NEGATIVE-STOCK"]), "{report:#}");
    assert_eq!(shelves.shown(shelves.sku("NEGATIVE-STOCK"), 0), Some(0));
    shelves.assert_told(|_| 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_location_that_vanished_is_named_and_the_other_is_told() {
    let shelves = Shelves::start("bad-location", items(10)).await;
    let gone = shelves.catalogue.places[1].shopify;
    shelves.world.sandbox.shopify.activate_location(gone, false).unwrap();
    let report = shelves.full().await;
    assert_adds_up(&report);
    let (gone, _) = group(&report, "failedBecause", "locationGone");
    assert!(gone >= 10 && report["changed"].as_u64().unwrap() >= 10, "{report:#}");
    for n in 0..10 {
        let sku = shelves.item(n);
        assert_eq!(shelves.shown(sku, 0).map(Into::into), Some(shelves.available(sku.item_id.unwrap(), 0)));
    }
}

/// Nonsense ends the run at once, with the field's name, and wedges nothing.
#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_refused_by_name() {
    use temporalio_client::{UntypedWorkflow, WorkflowStartOptions};
    let shelves = Shelves::start("bad-input", items(3)).await;
    for (n, (workflow, input, field)) in [
        (ids::INVENTORY_SYNC, json!({"brand": "acme", "scope": "everything"}), "scope"),
        (ids::INVENTORY_SYNC, json!({"scope": "full"}), "brand"),
        (ids::INVENTORY_SYNC, json!({"brand": "nobody"}), "brand"),
        (ids::BUNDLES_SYNC, json!({"brand": "acme", "scope": ["A", 7]}), "scope[1]"),
        (ids::BUNDLES_SYNC, json!("nonsense"), "input"),
        (ids::STOCK_CHECK, json!({"brand": "acme", "tolerance": -1}), "tolerance"),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("nonsense-{n}");
        let options = WorkflowStartOptions::new(workflow, &id).build();
        let client = &shelves.world.client;
        client.start_workflow(UntypedWorkflow::new(workflow), raw(&input), options).await.unwrap();
        let failure = shelves.world.result(&id).await.unwrap_err();
        assert!(failure.contains(&format!("{field}:")), "{input}: {failure}");
        shelves.world.assert_never_wedged(&[id]).await;
    }
    assert!(shelves.writes().is_empty());
}
