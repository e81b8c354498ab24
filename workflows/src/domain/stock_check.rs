//! Three systems and their stock: where they differ, and by how much. Nothing is written.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::stock::Group;

/// So many differences are named, the largest.
const NAMED: usize = 100;

/// Which system is compared with NetSuite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum System {
    /// What the store may sell: availability less what is sold and not yet committed, buffers and caps applied.
    Shopify,
    /// What is on the warehouse's shelves.
    Dcl,
}

/// A SKU at a location whose figures differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// The SKU.
    pub sku: String,
    /// Shopify's location, or the warehouse's login.
    pub location: String,
    /// The other system.
    pub system: System,
    /// NetSuite's figure: available for Shopify, on hand for DCL.
    pub netsuite: Decimal,
    /// What the other system should have.
    pub expected: Decimal,
    /// What it has.
    pub found: Decimal,
}

impl Difference {
    /// By how much.
    pub fn size(&self) -> Decimal {
        (self.found - self.expected).abs()
    }
}

/// The end of a check.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CheckReport {
    /// So many units are no difference.
    pub tolerance: u32,
    /// SKUs compared, at every location and system once.
    pub compared: u64,
    /// Of these, beyond the tolerance.
    pub differing: u64,
    /// The largest differences beyond the tolerance.
    pub differences: Vec<Difference>,
    /// What a sync would write now.
    pub would_change: u64,
    /// What was not compared with the store, and why.
    pub skipped_because: Vec<Group>,
    /// What a person has to correct.
    pub failed_because: Vec<Group>,
    /// Was there a warehouse to compare with?
    pub with_warehouse: bool,
    /// From the first question to the last answer.
    pub seconds: f64,
}

impl CheckReport {
    /// A report that has nothing yet.
    pub fn new(tolerance: u32) -> Self {
        Self { tolerance, ..Self::default() }
    }

    /// Takes in one comparison.
    pub fn compare(&mut self, pair: Difference) {
        self.compared += 1;
        if pair.system == System::Shopify && pair.expected != pair.found {
            self.would_change += 1;
        }
        if pair.size() <= Decimal::from(self.tolerance) {
            return;
        }
        self.differing += 1;
        let key = |d: &Difference| (std::cmp::Reverse(d.size()), d.sku.clone(), d.location.clone(), d.system);
        let at = self.differences.partition_point(|known| key(known) < key(&pair));
        if at < NAMED {
            self.differences.insert(at, pair);
            self.differences.truncate(NAMED);
        }
    }

    /// One line for people.
    pub fn line(&self) -> String {
        let Self { compared, differing, tolerance, would_change, .. } = self;
        let first = self.differences.first().map(|d| {
            format!(
                "; the largest: {} at {} ({:?}): {} expected, {} found",
                d.sku, d.location, d.system, d.expected, d.found
            )
        });
        format!(
            "{compared} compared, {differing} differ by more than {tolerance}, a sync would write {would_change}{}",
            first.unwrap_or_default()
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pair(sku: &str, expected: i64, found: i64) -> Difference {
        Difference {
            sku: sku.to_owned(),
            location: "1".to_owned(),
            system: System::Shopify,
            netsuite: expected.into(),
            expected: expected.into(),
            found: found.into(),
        }
    }

    #[test]
    fn what_is_within_the_tolerance_is_no_difference_but_would_be_written() {
        let mut report = CheckReport::new(2);
        for (sku, found) in [("A", 10), ("B", 12), ("C", 13), ("D", 0)] {
            report.compare(pair(sku, 10, found));
        }
        assert_eq!((report.compared, report.differing, report.would_change), (4, 2, 3));
        assert_eq!(report.differences.iter().map(|d| d.sku.as_str()).collect::<Vec<_>>(), ["D", "C"]);
        assert!(report.line().contains("D at 1"), "{}", report.line());
    }

    proptest! {
        #[test]
        fn the_largest_are_named_and_all_are_counted(found in proptest::collection::vec(-500i64..500, 0..300)) {
            let mut report = CheckReport::new(0);
            for (n, found) in found.iter().enumerate() {
                report.compare(pair(&format!("SKU-{n:03}"), 0, *found));
            }
            let mut sizes: Vec<i64> = found.iter().map(|n| n.abs()).filter(|n| *n > 0).collect();
            prop_assert_eq!(report.differing, sizes.len() as u64);
            sizes.sort_unstable_by(|a, b| b.cmp(a));
            sizes.truncate(NAMED);
            let named: Vec<Decimal> = report.differences.iter().map(Difference::size).collect();
            prop_assert_eq!(named, sizes.into_iter().map(Decimal::from).collect::<Vec<_>>());
        }
    }
}
