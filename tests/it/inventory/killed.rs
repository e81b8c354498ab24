//! The worker is killed in the middle of a sync. The next one goes on: the end is right, and only what was under way is sent twice.

use std::collections::BTreeMap;

use sandbox::{
    faults::{Fault, Rule},
    ledger::Vendor,
};
use serde_json::json;
use workflows::ids;

use super::{Shelves, assert_adds_up, items};
use crate::world::eventually;

async fn killed(name: &str, bulk_from: u32) {
    const ITEMS: u32 = 2_500;
    let mut shelves = Shelves::with(name, items(ITEMS), |config| {
        config.brands.get_mut("acme").unwrap().stock.as_mut().unwrap().bulk_from = bulk_from;
    })
    .await;
    // Slow enough that there is a middle.
    let slow = Fault::Latency { millis: 400 };
    shelves.world.faults(vec![Rule::new(Vendor::Shopify, "inventorySetQuantities", slow)]);
    let id = shelves.begin(ids::INVENTORY_SYNC, json!({ "scope": "full" })).await;
    // More than are sent at once have been answered.
    let width = shelves.world.config.brands["acme"].stock.as_ref().unwrap().part_of(20);
    eventually("a part is written", async || (shelves.writes().len() > 3).then_some(())).await;
    shelves.world.take_worker().kill();
    let before = shelves.writes().len();
    shelves.world.sandbox.faults.clear();
    shelves.world.start_worker();
    let report = shelves.world.result(&id).await.unwrap();
    assert_adds_up(&report);
    shelves.assert_told(|_| 0);
    let mut sent: BTreeMap<String, usize> = BTreeMap::new();
    for write in shelves.writes() {
        *sent.entry(write.key.unwrap_or_default()).or_default() += 1;
    }
    let twice = sent.values().filter(|times| **times > 1).count();
    assert!(twice <= width, "{twice} batches were sent twice, {width} can be under way; {before} before the kill");
    let batches = report["changed"].as_u64().unwrap().div_ceil(250) as usize;
    assert!(sent.len() <= batches + width, "{} batches for {batches}", sent.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_by_pages_goes_on_after_a_kill() {
    killed("killed-pages", 10_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_by_bulk_operation_goes_on_after_a_kill() {
    killed("killed-bulk", 100).await;
}
