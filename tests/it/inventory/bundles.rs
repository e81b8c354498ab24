//! Bundles: `MIN(⌊available / per bundle⌋)` per location, after the items and on their figures.

use std::collections::BTreeMap;

use rust_decimal::{Decimal, prelude::ToPrimitive};
use sandbox::{
    catalogue::{Kind, Plan, Sku, Trouble},
    faults::{Fault, Rule},
    ledger::Vendor,
};
use serde_json::json;
use workflows::ids;

use super::{Shelves, assert_adds_up, group};

/// What one bundle takes of every part, however deep it lies.
fn parts(shelves: &Shelves, sku: &Sku, times: i64, parts_of: &mut BTreeMap<i64, i64>) {
    for component in &sku.components {
        let pieces = times * i64::from(component.quantity);
        let part = shelves.catalogue.skus.iter().find(|s| s.item_id == Some(component.item_id)).unwrap();
        if part.components.is_empty() {
            *parts_of.entry(component.item_id).or_default() += pieces;
        } else {
            parts(shelves, part, pieces, parts_of);
        }
    }
}

fn allowed(shelves: &Shelves, sku: &Sku, place: usize) -> i64 {
    let mut needed = BTreeMap::new();
    parts(shelves, sku, 1, &mut needed);
    let each = needed.into_iter().map(|(item, per)| (shelves.available(item, place) / Decimal::from(per)).floor());
    each.min().unwrap().max(Decimal::ZERO).to_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_scarcest_component_decides_at_every_location() {
    let plan = Plan {
        skus: 120,
        bundles: 30,
        troubles: [Trouble::NestedBundle, Trouble::NeverStocked, Trouble::CircularBom].into(),
        ..Plan::default()
    };
    let shelves = Shelves::start("bundles", plan).await;
    let report = shelves.sync(ids::BUNDLES_SYNC, json!("full")).await;
    assert_adds_up(&report);
    let circular = |sku: &Sku| sku.sku.starts_with("CIRCULAR");
    for sku in shelves.catalogue.skus.iter().filter(|sku| !sku.components.is_empty() && !circular(sku)) {
        for place in 0..2 {
            assert_eq!(shelves.shown(sku, place), Some(allowed(&shelves, sku, place)), "{} at {place}", sku.sku);
        }
    }
    let (count, skus) = group(&report, "failedBecause", "containsItself");
    assert_eq!(count, skus.len() as u64 * 2);
    assert!(skus.iter().all(|sku| sku.starts_with("CIRCULAR")), "{skus:?}");
    assert_eq!(shelves.shown(shelves.sku("NEVER-STOCKED"), 0), Some(0));
}

/// A component moves: the next tick looks at the bundles that need it, and writes what became of them.
#[tokio::test(flavor = "multi_thread")]
async fn a_component_that_moved_moves_its_bundles() {
    let plan = Plan { skus: 80, bundles: 20, ..Plan::default() };
    let shelves = Shelves::start("bundles-delta", plan).await;
    shelves.sync(ids::BUNDLES_SYNC, json!("full")).await;
    let bundle = shelves.catalogue.skus.iter().find(|sku| sku.kind == Kind::Assembly).unwrap();
    let part = bundle.components[0].item_id;
    let part = shelves.catalogue.skus.iter().find(|sku| sku.item_id == Some(part)).unwrap();
    shelves.count(part, 0, 0);
    let report = shelves.sync(ids::BUNDLES_SYNC, json!("delta")).await;
    assert_eq!(report["scope"], "delta", "{report:#}");
    assert_eq!(shelves.shown(bundle, 0), Some(0), "{report:#}");
    for sku in shelves.catalogue.skus.iter().filter(|sku| !sku.components.is_empty()) {
        assert_eq!(shelves.shown(sku, 0), Some(allowed(&shelves, sku, 0)), "{}", sku.sku);
    }
}

/// The bundles wait until the items are told.
#[tokio::test(flavor = "multi_thread")]
async fn bundles_come_after_the_items() {
    let plan = Plan { skus: 60, bundles: 10, ..Plan::default() };
    let shelves = Shelves::start("bundles-after", plan).await;
    shelves.world.faults(vec![Rule::new(Vendor::Netsuite, "suiteql", Fault::Latency { millis: 150 })]);
    let items = shelves.begin(ids::INVENTORY_SYNC, json!({ "scope": "full" })).await;
    let running = format!("WorkflowType = '{}' AND ExecutionStatus = 'Running'", ids::INVENTORY_SYNC);
    shelves.world.until_listed(&running, 1).await;
    let bundles = shelves.begin(ids::BUNDLES_SYNC, json!({ "scope": "full" })).await;
    shelves.world.result(&bundles).await.unwrap();
    let ended = shelves.world.view(&items).await.unwrap().closed.expect("the items' sync has ended");
    let writes = shelves.writes();
    let first_of = |workflow: &str| {
        let of = writes.iter().filter(|w| w.body.to_string().contains(workflow));
        of.map(|w| w.at).min().unwrap()
    };
    assert!(first_of(ids::BUNDLES_SYNC) > ended, "a bundle was written before the items were done");
}
