//! Stock: what NetSuite has, less what is sold and not yet committed there, is what the store may sell.
//!
//! One *position* is one variant at one mapped location. Every position that is looked at ends as changed, unchanged, skipped
//! for a reason or failed for one.

pub mod answer;
pub mod compare;
pub mod demand;
pub mod join;
pub mod report;

use std::collections::BTreeMap;

use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::{Deserialize, Serialize};

pub use answer::{Judged, Refusal, judge};
pub use compare::{Change, Compared, Level, compare, compare_each};
pub use demand::Demand;
pub use join::{Item, ItemKind, Items, Joined, Mapping, Pair, Variant, Whose, join};
pub use report::{Entries, Group, Reason, StockReport, Tally, Used};

/// The most quantities that one write takes.
pub const BATCH: usize = 250;

/// A mapped Shopify location, by its place in the configuration's order.
pub type Place = u16;

/// What is sold of an item.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SkuRule {
    /// Its stock is left alone.
    pub ignore: bool,
    /// Units that are never sold.
    pub buffer: u32,
    /// More is never shown.
    pub cap: Option<u32>,
}

/// A brand's rules, and those of single SKUs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// For every SKU.
    pub general: SkuRule,
    /// For these.
    pub skus: BTreeMap<String, SkuRule>,
}

impl Rules {
    /// The rule of one SKU.
    pub fn of(&self, sku: &str) -> SkuRule {
        self.skus.get(sku).copied().unwrap_or(self.general)
    }
}

/// Why there is no quantity to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beyond32Bits;

/// What the store may show: whole units, never below nothing.
///
/// `free` is what is available less what is sold and not yet committed; it may be negative.
pub fn target(free: Decimal, rule: SkuRule) -> Result<i32, Beyond32Bits> {
    let sellable = (free - Decimal::from(rule.buffer)).floor().max(Decimal::ZERO);
    let shown = rule.cap.map_or(sellable, |cap| sellable.min(cap.into()));
    shown.to_i32().ok_or(Beyond32Bits)
}

/// Availability by (item, place), sorted. A hundred thousand items at two places take 6 MB.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Availability {
    rows: Vec<(u64, Place, Decimal)>,
}

impl Availability {
    /// Adds up what stands at the same place: several NetSuite locations may be behind one of the store's.
    pub fn new(mut rows: Vec<(u64, Place, Decimal)>) -> Self {
        rows.sort_unstable_by_key(|(item, place, _)| (*item, *place));
        rows.dedup_by(|next, kept| {
            let same = (next.0, next.1) == (kept.0, kept.1);
            if same {
                kept.2 += next.2;
            }
            same
        });
        rows.shrink_to_fit();
        Self { rows }
    }

    /// What is available; an item without a row was never there.
    pub fn of(&self, item: u64, place: Place) -> Decimal {
        let found = self.rows.binary_search_by_key(&(item, place), |(item, place, _)| (*item, *place));
        found.map_or(Decimal::ZERO, |n| self.rows[n].2)
    }

    /// Has NetSuite a row of the item anywhere?
    pub fn knows(&self, item: u64) -> bool {
        let at = self.rows.partition_point(|(other, ..)| *other < item);
        self.rows.get(at).is_some_and(|(other, ..)| *other == item)
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::dec;

    use super::*;

    const PLAIN: SkuRule = SkuRule { ignore: false, buffer: 0, cap: None };

    #[test]
    fn a_buffer_stays_a_cap_holds_and_nothing_is_below_nothing() {
        assert_eq!(target(dec!(10), PLAIN), Ok(10));
        assert_eq!(target(dec!(10.9), SkuRule { buffer: 3, ..PLAIN }), Ok(7));
        assert_eq!(target(dec!(2), SkuRule { buffer: 3, ..PLAIN }), Ok(0));
        assert_eq!(target(dec!(-5), PLAIN), Ok(0));
        assert_eq!(target(dec!(500), SkuRule { cap: Some(100), ..PLAIN }), Ok(100));
        assert_eq!(target(dec!(2147483647), PLAIN), Ok(i32::MAX));
        assert_eq!(target(dec!(2147483648), PLAIN), Err(Beyond32Bits));
        assert_eq!(target(dec!(2147483648), SkuRule { cap: Some(9), ..PLAIN }), Ok(9));
    }

    #[test]
    fn locations_behind_one_place_add_up() {
        let stock = Availability::new(vec![(7, 1, dec!(2)), (5, 0, dec!(1)), (7, 1, dec!(3)), (7, 0, dec!(4))]);
        assert_eq!(
            (stock.of(7, 1), stock.of(7, 0), stock.of(5, 0), stock.of(5, 1)),
            (dec!(5), dec!(4), dec!(1), dec!(0))
        );
        assert!(stock.knows(5) && stock.knows(7) && !stock.knows(6));
        assert_eq!(stock.len(), 3);
    }

    proptest! {
        #[test]
        fn more_stock_never_shows_less_and_never_more_than_there_is(
            free in -10_000i64..10_000, more in 0i64..10_000, buffer in 0u32..100, cap in proptest::option::of(0u32..5_000),
        ) {
            let rule = SkuRule { ignore: false, buffer, cap };
            let shown = target(free.into(), rule).unwrap();
            prop_assert!(shown >= 0 && i64::from(shown) <= free.max(0));
            prop_assert!(target((free + more).into(), rule).unwrap() >= shown);
        }

        #[test]
        fn nothing_is_lost_in_adding_up(rows in proptest::collection::vec((0u64..5, 0u16..3, -50i64..50), 0..40)) {
            let stock = Availability::new(rows.iter().map(|(i, p, q)| (*i, *p, Decimal::from(*q))).collect());
            for item in 0..5 {
                for place in 0..3 {
                    let sum: i64 = rows.iter().filter(|r| (r.0, r.1) == (item, place)).map(|r| r.2).sum();
                    prop_assert_eq!(stock.of(item, place), Decimal::from(sum));
                }
            }
        }
    }
}
