//! SKUs that something is wrong with, on demand. Their names say what.

use rust_decimal::Decimal;
use serde::Deserialize;

use super::seeded::{Component, Kind, Level, Plan, Sku, Variant, item_id, plain, unstocked};

/// What may be wrong with a SKU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Trouble {
    /// Two variants at Shopify carry `DUPLICATE-SKU`.
    DuplicateSku,
    /// `NETSUITE-ONLY` is not sold.
    NetsuiteOnly,
    /// `SHOPIFY-ONLY` is no item.
    ShopifyOnly,
    /// Shopify does not track `UNTRACKED`.
    Untracked,
    /// More of `NEGATIVE-STOCK` was shipped than booked in.
    NegativeStock,
    /// There is more of `HUGE-STOCK` than 32 bits hold.
    HugeStock,
    /// The kit `NESTED-OUTER` holds the assembly `NESTED-INNER`.
    NestedBundle,
    /// The assemblies `CIRCULAR-A` and `CIRCULAR-B` are made of each other, the kit `CIRCULAR-SELF` of itself.
    CircularBom,
    /// The kit `NATIVE-BUNDLE` is a bundle of Shopify's own as well.
    NativeBundle,
    /// The kit `NEVER-STOCKED` needs `NEVER-STOCKED-PART`, which no location ever had.
    NeverStocked,
}

/// Appends the SKUs of the plan's troubles.
pub(super) fn add(plan: &Plan, skus: &mut Vec<Sku>) {
    for trouble in &plan.troubles {
        let next = u32::try_from(skus.len()).unwrap_or(u32::MAX);
        skus.extend(made(plan, *trouble, next));
    }
}

fn made(plan: &Plan, trouble: Trouble, next: u32) -> Vec<Sku> {
    let new = |offset: u32, name: &str, kind| {
        let title = name.to_lowercase().replace('-', " ");
        plain(next + offset, name.to_owned(), title, Decimal::new(1990, 2), kind)
    };
    let stocked =
        |offset: u32, name: &str, on_hand: i64| Sku { levels: levels(plan, on_hand), ..new(offset, name, Kind::Item) };
    let bundle = |offset: u32, name: &str, kind, parts: &[(u32, u32)]| Sku {
        levels: unstocked(plan),
        components: parts.iter().map(|(part, quantity)| component(next + part, *quantity)).collect(),
        ..new(offset, name, kind)
    };
    match trouble {
        Trouble::DuplicateSku => {
            let mut sku = stocked(0, "DUPLICATE-SKU", 10);
            // Above every number of a plan, so that no other SKU has the second one's ids.
            sku.variants.push(Variant::numbered(1_000_000_000 + next));
            vec![sku]
        }
        Trouble::NetsuiteOnly => vec![Sku { variants: Vec::new(), ..stocked(0, "NETSUITE-ONLY", 10) }],
        Trouble::ShopifyOnly => vec![Sku { item_id: None, ..stocked(0, "SHOPIFY-ONLY", 10) }],
        Trouble::Untracked => vec![Sku { tracked: false, ..stocked(0, "UNTRACKED", 10) }],
        Trouble::NegativeStock => vec![stocked(0, "NEGATIVE-STOCK", -7)],
        Trouble::HugeStock => vec![stocked(0, "HUGE-STOCK", 5_000_000_000)],
        Trouble::NestedBundle => vec![
            stocked(0, "NESTED-PART", 40),
            bundle(1, "NESTED-INNER", Kind::Assembly, &[(0, 2)]),
            bundle(2, "NESTED-OUTER", Kind::Kit, &[(0, 1), (1, 2)]),
        ],
        Trouble::CircularBom => vec![
            bundle(0, "CIRCULAR-A", Kind::Assembly, &[(1, 1)]),
            bundle(1, "CIRCULAR-B", Kind::Assembly, &[(0, 1)]),
            bundle(2, "CIRCULAR-SELF", Kind::Kit, &[(2, 1)]),
        ],
        Trouble::NativeBundle => vec![
            stocked(0, "NATIVE-PART", 40),
            Sku { native: true, ..bundle(1, "NATIVE-BUNDLE", Kind::Kit, &[(0, 4)]) },
        ],
        Trouble::NeverStocked => vec![
            Sku { levels: unstocked(plan), ..new(0, "NEVER-STOCKED-PART", Kind::Item) },
            bundle(1, "NEVER-STOCKED", Kind::Kit, &[(0, 1)]),
        ],
    }
}

fn levels(plan: &Plan, on_hand: i64) -> Vec<Level> {
    (0..plan.locations as usize).map(|place| Level { place, on_hand: Some(on_hand), shown: 3 }).collect()
}

fn component(number: u32, quantity: u32) -> Component {
    Component { item_id: item_id(number), quantity, in_dozens: false }
}
