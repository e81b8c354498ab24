//! Ticks follow each other, and each is told what is right then.

use std::collections::BTreeSet;

use serde_json::json;
use workflows::ids;

use super::{Shelves, items};

/// Stock goes 10 → 5 → 10 → 5 over four ticks: each is a write of its own, and the store shows 5.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_stock_again_is_written_again() {
    let shelves = Shelves::start("ticks-again", items(3)).await;
    // The shop remembers its keys: one that came again would do nothing.
    shelves.world.sandbox.shopify.set_repeated_key(sandbox::shopify::RepeatedKey::FirstResult);
    let sku = shelves.item(1).clone();
    for (tick, stock) in [10, 5, 10, 5].into_iter().enumerate() {
        shelves.count(&sku, 0, stock);
        let scope = if tick == 0 { json!("full") } else { json!("delta") };
        let report = shelves.sync(ids::INVENTORY_SYNC, scope).await;
        assert_eq!(shelves.shown(&sku, 0), Some(stock), "tick {tick}: {report:#}");
    }
    let keys: BTreeSet<_> = shelves.writes().into_iter().filter_map(|write| write.key).collect();
    assert_eq!(keys.len(), 4, "{keys:?}");
}

/// How far a sync is can be seen while it runs; how it ended afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn progress_is_seen_and_the_history_stays_small() {
    let shelves = Shelves::start("ticks-progress", items(900)).await;
    let slow = sandbox::faults::Fault::Latency { millis: 700 };
    shelves.world.faults(vec![sandbox::faults::Rule::new(sandbox::ledger::Vendor::Shopify, "*", slow)]);
    let id = shelves.begin(ids::INVENTORY_SYNC, json!({ "scope": "full" })).await;
    let view = shelves.world.until(&id, "writing", |view| {
        view.pending.iter().any(|activity| activity.progress.as_deref().is_some_and(|says| says.starts_with("writing")))
    });
    assert_eq!(view.await.pending[0].activity, "syncStock");
    let report = shelves.world.result(&id).await.unwrap();
    assert!(report["changed"].as_u64().unwrap() >= 1_800, "{report:#}");
    assert!(shelves.world.history(&id).await.len() < 200);
    shelves.world.assert_never_wedged(&[id]).await;
}
