//! F25: a list was cut silently at page 2. Items and levels of more than one page are read to the end.

use super::{Shelves, assert_adds_up, items};

/// Page by page, and by a bulk operation: more than 1,000 rows in NetSuite, more than 250 items in the store.
#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_read_however_it_is_read() {
    for (name, bulk_from) in [("f25-pages", 10_000), ("f25-bulk", 100)] {
        let shelves = Shelves::with(name, items(1_300), |config| {
            config.brands.get_mut("acme").unwrap().stock.as_mut().unwrap().bulk_from = bulk_from;
        })
        .await;
        let report = shelves.full().await;
        assert_adds_up(&report);
        let changed = report["changed"].as_u64().unwrap();
        assert!(changed >= 2_600, "{report:#}");
        assert_eq!(shelves.world.sandbox.shopify.bulk_operations().len(), usize::from(bulk_from == 100));
        assert_eq!(shelves.writes().len() as u64, changed.div_ceil(250));
        shelves.assert_told(|_| 0);
    }
}
