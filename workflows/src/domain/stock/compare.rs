//! What the store shows against what it should show.

use rust_decimal::Decimal;

use super::{
    Place, Rules,
    join::{Joined, Variant},
    report::{Entries, Reason},
    target,
};

/// What the store shows of an inventory item at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Level {
    /// Numeric id of the inventory item.
    pub inventory_item: u64,
    /// Where.
    pub place: Place,
    /// Shopify's `available`.
    pub available: i32,
}

/// A quantity to be written where the store still shows another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// Numeric id of the inventory item.
    pub inventory_item: u64,
    /// Where.
    pub place: Place,
    /// What the store shows.
    pub from: i32,
    /// What it should show.
    pub to: i32,
}

impl Change {
    /// Where it stands in the order in which changes are written.
    pub fn key(&self) -> (u64, Place) {
        (self.inventory_item, self.place)
    }
}

/// So many SKUs with negative stock are named.
const NAMED: usize = 5;

/// The outcome of a comparison. `read` is `changes + unchanged + entries`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compared {
    /// Positions looked at.
    pub read: u64,
    /// What differs, in order of (inventory item, place).
    pub changes: Vec<Change>,
    /// What does not.
    pub unchanged: u64,
    /// What is left alone or at fault.
    pub entries: Entries,
    /// Positions shown as none because NetSuite has less than none.
    pub negatives: u64,
    /// The first of their SKUs.
    pub negative: Vec<String>,
}

/// Compares every joined position. `levels` are in order of (inventory item, place); `alive` says of every place whether both
/// systems still have it; `free` is what may be sold of an item there, less what is sold already.
pub fn compare(
    variants: &[Variant],
    joined: Joined,
    levels: &[Level],
    alive: &[bool],
    rules: &Rules,
    free: impl Fn(u64, Place) -> Result<Decimal, Reason>,
) -> Compared {
    compare_each(variants, joined, levels, alive, rules, free, |_, _, _| {})
}

/// The same; `seen` is told of every position that can be compared: the variant, its item, what is shown and what should be.
pub fn compare_each(
    variants: &[Variant],
    joined: Joined,
    levels: &[Level],
    alive: &[bool],
    rules: &Rules,
    free: impl Fn(u64, Place) -> Result<Decimal, Reason>,
    mut seen: impl FnMut(&Variant, u64, Change),
) -> Compared {
    let mut compared = Compared { entries: joined.entries, ..Compared::default() };
    compared.read = compared.entries.count() + joined.pairs.len() as u64 * alive.len() as u64;
    let mut levels = levels;
    for pair in joined.pairs {
        let variant = &variants[pair.variant as usize];
        // Both are in order: what lies behind is not looked at again.
        levels = &levels[levels.partition_point(|level| level.inventory_item < variant.inventory_item)..];
        for (alive, place) in alive.iter().zip(0..) {
            let at = levels.iter().take_while(|level| level.inventory_item == variant.inventory_item);
            let found = at.into_iter().find(|level| level.place == place);
            let outcome = match (alive, found) {
                (false, _) => Err(Reason::LocationGone),
                (true, None) => Err(Reason::NotAtLocation),
                (true, Some(level)) => free(pair.item, place).and_then(|free| {
                    if free.is_sign_negative() && !free.is_zero() {
                        compared.negatives += 1;
                        if compared.negative.len() < NAMED && !compared.negative.contains(&variant.name()) {
                            compared.negative.push(variant.name());
                        }
                    }
                    let to = target(free, rules.of(&variant.sku)).map_err(|_| Reason::Beyond32Bits)?;
                    Ok(Change { inventory_item: variant.inventory_item, place, from: level.available, to })
                }),
            };
            if let Ok(change) = outcome {
                seen(variant, pair.item, change);
            }
            match outcome {
                Ok(change) if change.from == change.to => compared.unchanged += 1,
                Ok(change) => compared.changes.push(change),
                Err(reason) => compared.entries.add(&reason, &variant.name(), 1),
            }
        }
    }
    compared.changes.sort_unstable();
    compared
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::dec;

    use super::{super::*, *};

    fn variant(id: u64) -> Variant {
        Variant {
            inventory_item: id,
            variant: Some(id),
            sku: format!("SKU-{id}").into(),
            tracked: true,
            native_bundle: false,
        }
    }

    fn level(inventory_item: u64, place: Place, available: i32) -> Level {
        Level { inventory_item, place, available }
    }

    fn pairs(n: u32) -> Joined {
        Joined { pairs: (0..n).map(|n| Pair { variant: n, item: u64::from(n) + 1 }).collect(), ..Joined::default() }
    }

    #[test]
    fn only_what_differs_is_to_be_written_in_order() {
        let variants = [variant(1), variant(2), variant(3)];
        let levels = [level(1, 0, 5), level(1, 1, 7), level(2, 0, 5), level(3, 1, 5)];
        let free = |item: u64, place: Place| match (item, place) {
            (3, 1) => Ok(dec!(-2)),
            (2, 0) => Ok(dec!(3000000000)),
            _ => Ok(dec!(5)),
        };
        let compared = compare(&variants, pairs(3), &levels, &[true, true], &Rules::default(), free);
        let changes = [
            Change { inventory_item: 1, place: 1, from: 7, to: 5 },
            Change { inventory_item: 3, place: 1, from: 5, to: 0 },
        ];
        assert_eq!(compared.changes, changes);
        assert_eq!((compared.read, compared.unchanged, compared.negatives), (6, 1, 1));
        assert_eq!(compared.negative, ["SKU-3"]);
        let failed = compared.entries.failed.groups();
        assert_eq!((failed[0].reason.as_str(), failed[0].skus[0].as_str()), ("beyond32Bits", "SKU-2"));
        assert_eq!(compared.entries.skipped.groups()[0].reason, "notAtLocation");
        assert_eq!(compared.entries.skipped.count(), 2);
    }

    #[test]
    fn a_location_that_vanished_is_named_and_the_rest_done() {
        let levels = [level(1, 0, 5), level(1, 1, 7)];
        let compared = compare(&[variant(1)], pairs(1), &levels, &[false, true], &Rules::default(), |_, _| Ok(dec!(1)));
        assert_eq!(compared.changes, [Change { inventory_item: 1, place: 1, from: 7, to: 1 }]);
        assert_eq!(compared.entries.failed.groups()[0].reason, "locationGone");
    }

    proptest! {
        #[test]
        fn every_position_ends_once_and_a_second_look_finds_nothing(
            shown in proptest::collection::vec((0u64..20, 0u16..3, -5i32..50), 0..60), stock in proptest::collection::vec(-5i64..50, 60),
        ) {
            let mut levels: Vec<Level> = shown.iter().map(|(i, p, q)| level(*i, *p, *q)).collect();
            levels.sort_unstable();
            levels.dedup_by_key(|l| (l.inventory_item, l.place));
            let variants: Vec<Variant> = (0..20).map(variant).collect();
            let free = |item: u64, place: Place| Ok(Decimal::from(stock[(item as usize - 1) * 3 + place as usize]));
            let alive = [true, true, true];
            let first = compare(&variants, pairs(20), &levels, &alive, &Rules::default(), free);
            prop_assert_eq!(first.read, first.changes.len() as u64 + first.unchanged + first.entries.count());
            prop_assert_eq!(first.read, 60);
            prop_assert!(first.changes.windows(2).all(|two| two[0].key() < two[1].key()));
            for change in &first.changes {
                let at = levels.iter_mut().find(|l| (l.inventory_item, l.place) == change.key()).unwrap();
                prop_assert_eq!(at.available, change.from);
                at.available = change.to;
            }
            let second = compare(&variants, pairs(20), &levels, &alive, &Rules::default(), free);
            prop_assert!(second.changes.is_empty());
            prop_assert_eq!(second.unchanged, first.unchanged + first.changes.len() as u64);
        }
    }
}
