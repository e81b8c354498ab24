//! Bundles: how many of a kit or assembly the stock of its components allows.
//!
//! `MIN(⌊free / per bundle⌋)` at each place. A component that is a bundle itself counts with what it is made of, so that shared
//! and nested components come out right: a bundle that needs two of a part on two ways needs both.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::stock::Reason;

/// What one bundle takes of a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Component {
    /// Internal id of the item.
    pub item: u64,
    /// Units per bundle, in the component's base unit.
    pub per: Decimal,
}

/// The components of every bundle, as they are today.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bills(BTreeMap<u64, Vec<Component>>);

/// A bundle that contains itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContainsItself;

impl Bills {
    /// From rows of (bundle, component).
    pub fn new(rows: impl IntoIterator<Item = (u64, Component)>) -> Self {
        let mut bills = Self::default();
        for (bundle, component) in rows {
            bills.0.entry(bundle).or_default().push(component);
        }
        bills
    }

    /// Has the item components?
    pub fn has(&self, item: u64) -> bool {
        self.0.contains_key(&item)
    }

    /// Every bundle that one of these items is part of, on whatever way, and those of the items that are bundles.
    pub fn parents_of(&self, items: &BTreeSet<u64>) -> BTreeSet<u64> {
        let mut reached = items.clone();
        loop {
            let before = reached.len();
            for (bundle, components) in &self.0 {
                if components.iter().any(|c| reached.contains(&c.item)) {
                    reached.insert(*bundle);
                }
            }
            if reached.len() == before {
                break;
            }
        }
        reached.retain(|item| self.has(*item));
        reached
    }

    /// What `quantity` of an item takes of the components below it, each named once, bundles among them too. Nothing where the
    /// item is no bundle.
    pub fn explode(&self, item: u64, quantity: Decimal) -> Result<BTreeMap<u64, Decimal>, ContainsItself> {
        let mut units = BTreeMap::new();
        self.down(item, quantity, &mut vec![], &mut units)?;
        Ok(units)
    }

    fn down(
        &self,
        item: u64,
        quantity: Decimal,
        above: &mut Vec<u64>,
        units: &mut BTreeMap<u64, Decimal>,
    ) -> Result<(), ContainsItself> {
        if above.contains(&item) {
            return Err(ContainsItself);
        }
        above.push(item);
        for component in self.0.get(&item).into_iter().flatten() {
            let needed = quantity * component.per;
            *units.entry(component.item).or_default() += needed;
            self.down(component.item, needed, above, units)?;
        }
        above.pop();
        Ok(())
    }

    /// What one bundle takes of everything that has stock of its own. Errors name what a person has to correct.
    fn parts(&self, bundle: u64) -> Result<BTreeMap<u64, Decimal>, Reason> {
        let all = self.explode(bundle, Decimal::ONE).map_err(|_| Reason::ContainsItself)?;
        let parts: BTreeMap<u64, Decimal> = all.into_iter().filter(|(item, _)| !self.has(*item)).collect();
        match parts.values().all(|per| *per > Decimal::ZERO) {
            _ if parts.is_empty() => Err(Reason::NoComponents),
            true => Ok(parts),
            false => Err(Reason::BadComponents),
        }
    }

    /// How many bundles can be had where `free` is what may be sold of a component: less its buffer and what is sold. A
    /// component that was never stocked allows none. Negative where less than nothing is free.
    pub fn quantity(&self, bundle: u64, free: impl Fn(u64) -> Decimal) -> Result<Decimal, Reason> {
        let each = self.parts(bundle)?.into_iter().map(|(item, per)| (free(item) / per).floor());
        each.min().ok_or(Reason::NoComponents)
    }
}

/// A revision of an assembly's bill of materials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Internal id.
    pub id: u64,
    /// From this day; none: always.
    pub from: Option<Date>,
    /// Until and with this day; none: for ever.
    pub until: Option<Date>,
}

/// The revision in force on a day; of several the one that began last, then the newest.
pub fn in_force(revisions: &[Revision], today: Date) -> Option<&Revision> {
    let holds = |r: &&Revision| r.from.is_none_or(|from| from <= today) && r.until.is_none_or(|until| today <= until);
    revisions.iter().filter(holds).max_by_key(|r| (r.from, r.id))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;
    use rust_decimal::dec;

    use super::*;

    fn bills(rows: &[(u64, u64, Decimal)]) -> Bills {
        Bills::new(rows.iter().map(|(bundle, item, per)| (*bundle, Component { item: *item, per: *per })))
    }

    #[test]
    fn the_scarcest_component_decides() {
        let bills = bills(&[(1, 10, dec!(2)), (1, 11, dec!(1)), (1, 12, dec!(0.25))]);
        let stock = |item| match item {
            10 => dec!(9),
            11 => dec!(7),
            _ => dec!(1.1),
        };
        assert_eq!(bills.quantity(1, stock), Ok(dec!(4)));
        assert_eq!(bills.quantity(1, |item| if item == 12 { dec!(0) } else { stock(item) }), Ok(dec!(0)));
        assert_eq!(bills.quantity(1, |item| if item == 12 { dec!(-0.1) } else { stock(item) }), Ok(dec!(-1)));
    }

    #[test]
    fn nested_and_shared_components_count_on_every_way() {
        // 1 = 2 × (2) + 1 × 10; 2 = 3 × 10 + 1 × 11.
        let bills = bills(&[(1, 2, dec!(2)), (1, 10, dec!(1)), (2, 10, dec!(3)), (2, 11, dec!(1))]);
        let stock = |item| if item == 10 { dec!(20) } else { dec!(100) };
        assert_eq!(bills.quantity(1, stock), Ok(dec!(2)));
        assert_eq!(bills.parents_of(&[11].into()), [1, 2].into());
        assert_eq!(bills.parents_of(&[12].into()), [].into());
        assert_eq!(bills.parents_of(&[1].into()), [1].into());
    }

    #[test]
    fn what_cannot_be_computed_is_named() {
        let bills = bills(&[(1, 2, dec!(1)), (2, 3, dec!(1)), (3, 1, dec!(1)), (4, 10, dec!(0)), (5, 5, dec!(1))]);
        assert_eq!(bills.quantity(1, |_| dec!(9)), Err(Reason::ContainsItself));
        assert_eq!(bills.quantity(5, |_| dec!(9)), Err(Reason::ContainsItself));
        assert_eq!(bills.quantity(4, |_| dec!(9)), Err(Reason::BadComponents));
        assert_eq!(bills.quantity(9, |_| dec!(9)), Err(Reason::NoComponents));
        assert_eq!(bills.explode(1, dec!(1)), Err(ContainsItself));
    }

    #[test]
    fn revisions_change_over_on_their_day() {
        let revision = |id, from, until| Revision { id, from, until };
        let all = [
            revision(1, None, Some(date(2026, 5, 31))),
            revision(2, Some(date(2026, 6, 1)), None),
            revision(3, Some(date(2026, 9, 1)), Some(date(2026, 9, 30))),
        ];
        let on = |y, m, d| in_force(&all, date(y, m, d)).map(|r| r.id);
        assert_eq!(on(2026, 5, 31), Some(1));
        assert_eq!(on(2026, 6, 1), Some(2));
        assert_eq!(on(2026, 9, 15), Some(3));
        assert_eq!(on(2026, 10, 1), Some(2));
        assert_eq!(in_force(&all[2..], date(2026, 1, 1)), None);
    }

    proptest! {
        /// So many can be built, one more cannot.
        #[test]
        fn the_minimum_is_exact(per in proptest::collection::vec(1u32..400, 1..6), stock in proptest::collection::vec(0u32..5_000, 6)) {
            let per: Vec<Decimal> = per.into_iter().map(|n| Decimal::new(n.into(), 2)).collect();
            let bills = Bills::new(per.iter().zip(10..).map(|(per, item)| (1, Component { item, per: *per })));
            let stock = |item: u64| Decimal::from(stock[item as usize - 10]);
            let can = bills.quantity(1, stock).unwrap();
            let allows = |n: Decimal| per.iter().zip(10..).all(|(per, item)| n * per <= stock(item));
            prop_assert!(allows(can) && !allows(can + Decimal::ONE));
        }

        /// A nested bundle gives what the flat one gives, and more stock never gives less.
        #[test]
        fn nesting_changes_nothing(a in 1u32..9, b in 1u32..9, c in 1u32..9, x in 0u32..900, y in 0u32..900, more in 0u32..90) {
            let [a, b, c, x, y] = [a, b, c, x, y].map(Decimal::from);
            let nested = bills(&[(1, 2, a), (1, 10, b), (2, 10, c), (2, 11, dec!(1))]);
            let flat = bills(&[(1, 10, a * c + b), (1, 11, a)]);
            let stock = |item| if item == 10 { x } else { y };
            prop_assert_eq!(nested.quantity(1, stock), flat.quantity(1, stock));
            let richer = |item| stock(item) + Decimal::from(more);
            prop_assert!(flat.quantity(1, richer).unwrap() >= flat.quantity(1, stock).unwrap());
        }

        /// What is taken for so many bundles is what their parts add up to.
        #[test]
        fn exploding_is_linear(n in 1u32..50, m in 1u32..50) {
            let bills = bills(&[(1, 2, dec!(2)), (1, 3, dec!(0.5)), (2, 3, dec!(4))]);
            let of = |n: u32| bills.explode(1, n.into()).unwrap();
            for (item, units) in of(n + m) {
                prop_assert_eq!(units, of(n)[&item] + of(m)[&item]);
            }
        }
    }
}
