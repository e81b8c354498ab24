use std::collections::BTreeSet;

use super::*;

fn plan(skus: u32, bundles: u32) -> Plan {
    Plan { skus, bundles, locations: 4, ..Plan::default() }
}

#[test]
fn the_same_plan_gives_the_same_catalogue_and_its_names_are_unique() {
    let made = Catalogue::generate(&plan(5000, 300)).unwrap();
    assert_eq!(made, Catalogue::generate(&plan(5000, 300)).unwrap());
    assert_ne!(made, Catalogue::generate(&Plan { seed: 2, ..plan(5000, 300) }).unwrap());
    let skus: BTreeSet<_> = made.skus.iter().map(|sku| &sku.sku).collect();
    let items: BTreeSet<_> = made.skus.iter().filter_map(|sku| sku.item_id).collect();
    assert_eq!((skus.len(), items.len(), made.places.len()), (5000, 5000, 4));
    let places: BTreeSet<_> = made.places.iter().map(|place| (place.netsuite, place.shopify)).collect();
    assert_eq!(places.len(), 4);
    for hard in ['\'', '"', ' ', '茶', '/'] {
        assert!(skus.iter().any(|sku| sku.contains(hard)), "no SKU with {hard}");
    }
    assert!(skus.iter().any(|sku| sku.len() > 60));
}

#[test]
fn bundles_are_made_of_items_that_are_stocked_and_shared() {
    let made = Catalogue::generate(&plan(400, 100)).unwrap();
    let (bundles, items): (Vec<&Sku>, Vec<&Sku>) = made.skus.iter().partition(|sku| sku.kind != Kind::Item);
    assert_eq!((bundles.len(), items.len()), (100, 300));
    let ids: BTreeSet<_> = items.iter().filter_map(|sku| sku.item_id).collect();
    let parts: Vec<i64> = bundles.iter().flat_map(|sku| &sku.components).map(|part| part.item_id).collect();
    assert!(parts.iter().all(|part| ids.contains(part)));
    assert!(parts.iter().collect::<BTreeSet<_>>().len() < parts.len());
    assert!(items.iter().all(|sku| sku.levels.len() == 4 && sku.levels.iter().all(|level| level.on_hand.is_some())));
    assert!(bundles.iter().all(|sku| sku.levels.iter().all(|level| level.on_hand.is_none())));
}

#[test]
fn as_many_levels_differ_as_the_plan_says() {
    let differing = |percent: u32| {
        let made = Catalogue::generate(&Plan { differing_percent: percent, ..plan(1000, 0) }).unwrap();
        let levels: Vec<_> = made.skus.iter().flat_map(|sku| &sku.levels).copied().collect();
        assert_eq!(levels.len(), 4000);
        levels.iter().filter(|level| level.on_hand != Some(level.shown)).count()
    };
    assert_eq!((differing(0), differing(100)), (0, 4000));
    let one = differing(1);
    assert!((10..=90).contains(&one), "{one}");
}

#[test]
fn troubles_are_there_on_demand() {
    let troubles = [Trouble::DuplicateSku, Trouble::NetsuiteOnly, Trouble::ShopifyOnly, Trouble::HugeStock];
    let plain = Catalogue::generate(&plan(50, 5)).unwrap();
    let made = Catalogue::generate(&Plan { troubles: troubles.into(), ..plan(50, 5) }).unwrap();
    assert_eq!(made.skus[..50], plain.skus);
    let named = |name: &str| made.skus.iter().find(|sku| sku.sku == name).unwrap();
    assert_eq!(named("DUPLICATE-SKU").variants.len(), 2);
    assert!(named("NETSUITE-ONLY").variants.is_empty());
    assert_eq!(named("SHOPIFY-ONLY").item_id, None);
    assert!(named("HUGE-STOCK").levels[0].on_hand > Some(i64::from(u32::MAX)));
    let variants: BTreeSet<u64> =
        made.skus.iter().flat_map(|sku| &sku.variants).map(|variant| variant.variant).collect();
    assert_eq!(variants.len(), 54);
}

#[test]
fn a_plan_that_cannot_be_had_names_its_field() {
    for (field, plan) in [
        ("skus", plan(1_000_001, 0)),
        ("bundles", plan(10, 6)),
        ("locations", Plan { locations: 0, ..plan(10, 0) }),
        ("locations", Plan { locations: 51, ..plan(10, 0) }),
        ("differingPercent", Plan { differing_percent: 101, ..plan(10, 0) }),
    ] {
        let error = Catalogue::generate(&plan).unwrap_err();
        assert!(error.starts_with(&format!("{field}: ")), "{error}");
    }
}

#[test]
fn skus_and_item_ids_of_the_small_catalogue_are_unique() {
    let items = items().unwrap();
    let skus: BTreeSet<_> = items.iter().map(|item| &item.sku).collect();
    let ids: BTreeSet<_> = items.iter().map(|item| &item.item_id).collect();
    assert_eq!((skus.len(), ids.len()), (items.len(), items.len()));
    assert_eq!(items[0].item_id, "1001");
}
