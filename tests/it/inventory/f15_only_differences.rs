//! F15: a full catalogue sync took hours. Only what differs is written, in batches, and between full comparisons only what
//! moved is looked at.

use serde_json::json;
use workflows::ids;

use super::{Shelves, assert_adds_up, items};

#[tokio::test(flavor = "multi_thread")]
async fn what_differs_is_written_in_batches_and_nothing_twice() {
    let shelves = Shelves::start("f15-full", items(400)).await;
    let first = shelves.full().await;
    assert_adds_up(&first);
    let changed = first["changed"].as_u64().unwrap();
    assert!(changed >= 800, "{first:#}");
    let writes = shelves.writes().len();
    assert_eq!(writes as u64, changed.div_ceil(250), "{changed} differences");
    assert!(first["used"]["shopify"]["points"].as_u64().unwrap() > 0, "{first:#}");
    shelves.assert_told(|_| 0);

    let second = shelves.full().await;
    assert_eq!(second["changed"], 0, "{second:#}");
    assert!(second["unchanged"].as_u64().unwrap() >= 800, "{second:#}");
    assert_eq!(shelves.writes().len(), writes, "nothing had changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn between_full_comparisons_only_what_moved_is_looked_at() {
    let shelves = Shelves::start("f15-delta", items(300)).await;
    shelves.full().await;
    let quiet = shelves.sync(ids::INVENTORY_SYNC, json!("delta")).await;
    assert_eq!(quiet["scope"], "delta", "{quiet:#}");
    let (moved, writes) = (shelves.item(7), shelves.writes().len());
    shelves.count(moved, 1, 4321);
    let report = shelves.sync(ids::INVENTORY_SYNC, json!("delta")).await;
    assert_eq!(report["changed"], 1, "{report:#}");
    assert!(report["read"].as_u64().unwrap() < 100, "{report:#}");
    assert_eq!(shelves.writes().len(), writes + 1);
    assert_eq!(shelves.shown(moved, 1), Some(4321));
    shelves.assert_told(|_| 0);
}

/// Without a word on what to look at: everything where it is time for it, else what moved.
#[tokio::test(flavor = "multi_thread")]
async fn a_tick_knows_when_everything_is_due() {
    let shelves = Shelves::start("f15-due", items(20)).await;
    let scopes = [json!(null), json!(null)];
    let mut seen = vec![];
    for scope in scopes {
        seen.push(shelves.sync(ids::INVENTORY_SYNC, scope).await["scope"].clone());
        shelves.world.until_listed(&completed(), seen.len()).await;
    }
    assert_eq!(seen, [json!("full"), json!("delta")]);
    let some = shelves.sync(ids::INVENTORY_SYNC, json!([shelves.item(3).sku])).await;
    assert_eq!((some["scope"].as_str(), some["read"].as_u64()), (Some("skus"), Some(2)), "{some:#}");
}

fn completed() -> String {
    format!("WorkflowType = '{}' AND ExecutionStatus = 'Completed'", ids::INVENTORY_SYNC)
}
