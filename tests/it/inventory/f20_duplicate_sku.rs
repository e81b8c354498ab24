//! F20: mapping by name doubled products. A SKU that two variants have is an error, never a guess; a variant that is mapped by
//! its own id is meant, whatever its SKU.

use sandbox::catalogue::{Plan, Trouble};

use super::{Shelves, assert_adds_up, group, items};

#[tokio::test(flavor = "multi_thread")]
async fn a_sku_of_two_variants_is_an_error_and_neither_is_touched() {
    let plan = Plan { troubles: [Trouble::DuplicateSku].into(), ..items(20) };
    let shelves = Shelves::start("f20-sku", plan).await;
    let twice = shelves.sku("DUPLICATE-SKU");
    let before: Vec<_> = (0..2).map(|place| shelves.shown(twice, place)).collect();
    let report = shelves.full().await;
    assert_adds_up(&report);
    assert_eq!(group(&report, "failedBecause", "duplicateSku"), (4, vec!["DUPLICATE-SKU".to_owned()]));
    assert_eq!((0..2).map(|place| shelves.shown(twice, place)).collect::<Vec<_>>(), before);
    shelves.assert_told(|_| 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variant_that_is_mapped_by_its_id_is_meant() {
    let plan = Plan { troubles: [Trouble::DuplicateSku].into(), ..items(5) };
    let mut shelves = Shelves::asleep("f20-id", plan, |_| {}).await;
    let twice = shelves.sku("DUPLICATE-SKU").clone();
    let item = twice.item_id.unwrap().to_string();
    shelves.world.reconfigure(|config| {
        let mappings = &mut config.brands.get_mut("acme").unwrap().mappings;
        mappings.items.insert(format!("variant:{}", twice.variants[0].variant), item);
    });
    shelves.world.start_worker();
    let report = shelves.full().await;
    assert_adds_up(&report);
    assert_eq!(report["failed"], 0, "the other variant alone has the SKU now: {report:#}");
    assert_eq!(shelves.shown(&twice, 0).map(Into::into), Some(shelves.available(twice.item_id.unwrap(), 0)));
}
