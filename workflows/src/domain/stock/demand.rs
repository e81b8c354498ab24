//! What is sold and not yet committed in NetSuite: orders that are not there yet, and Sales Orders Pending Approval.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::Place;
use crate::domain::bundle::Bills;

/// A line of an open order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sold {
    /// Internal id of the item.
    pub item: u64,
    /// Where it will be booked.
    pub place: Place,
    /// Units.
    pub quantity: Decimal,
}

/// Units by (item, place); of a bundle also its components'.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Demand(BTreeMap<(u64, Place), Decimal>);

impl Demand {
    /// Adds up what is sold. `bills` says what a bundle takes of its components; one that contains itself takes of none.
    pub fn new(sold: impl IntoIterator<Item = Sold>, bills: &Bills) -> Self {
        let mut demand = Self::default();
        for Sold { item, place, quantity } in sold {
            demand.add(item, place, quantity);
            for (component, units) in bills.explode(item, quantity).unwrap_or_default() {
                demand.add(component, place, units);
            }
        }
        demand
    }

    fn add(&mut self, item: u64, place: Place, quantity: Decimal) {
        *self.0.entry((item, place)).or_default() += quantity;
    }

    /// Units of an item at a place.
    pub fn of(&self, item: u64, place: Place) -> Decimal {
        self.0.get(&(item, place)).copied().unwrap_or_default()
    }

    /// The items that anything is sold of.
    pub fn items(&self) -> BTreeSet<u64> {
        self.0.keys().map(|(item, _)| *item).collect()
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::dec;

    use super::*;
    use crate::domain::bundle::Component;

    #[test]
    fn a_bundle_takes_of_its_components_too() {
        let bills = Bills::new([
            (1, Component { item: 2, per: dec!(2) }),
            (1, Component { item: 3, per: dec!(1) }),
            (3, Component { item: 2, per: dec!(0.5) }),
        ]);
        let sold = |item, quantity| Sold { item, place: 0, quantity };
        let demand = Demand::new([sold(1, dec!(4)), sold(2, dec!(1))], &bills);
        assert_eq!((demand.of(1, 0), demand.of(3, 0), demand.of(2, 0)), (dec!(4), dec!(4), dec!(11)));
        assert_eq!(demand.of(2, 1), dec!(0));
        assert_eq!(demand.items(), [1, 2, 3].into());
    }
}
