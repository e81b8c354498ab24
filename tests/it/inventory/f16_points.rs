//! F16: 429s in spite of a limiter. A sync goes by the bucket that every answer tells, and leaves the orders their part.

use sandbox::shopify::Limits;

use super::{Shelves, items};

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_waits_for_points_and_is_never_refused() {
    let shelves = Shelves::start("f16-sync", items(600)).await;
    // A page of items costs up to 200 points: five of them empty the bucket twice.
    shelves.world.sandbox.shopify.set_limits(Limits { bucket: 600, restore_rate: 300, max_query_cost: 1000 });
    let report = shelves.full().await;
    assert!(report["changed"].as_u64().unwrap() >= 1200, "{report:#}");
    shelves.assert_told(|_| 0);
    let address = format!("http://{}/metrics", shelves.world.worker_address());
    let metrics = reqwest::get(address).await.unwrap().text().await.unwrap();
    assert!(metrics.contains("stateset_vendor_calls_total"), "{metrics}");
    let throttled = |line: &&str| line.contains("throttled") && line.contains("shopify");
    assert_eq!(metrics.lines().find(throttled), None, "the bucket's own word was not heeded");
}
