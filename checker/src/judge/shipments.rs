use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::index::{keyed, paper, papers};
use super::{Case, Court, say};
use crate::kind::Kind;
use crate::stages::Fulfillment;

impl Court<'_> {
    /// What left the warehouse, what NetSuite fulfilled: carton by carton, unit by unit.
    pub(super) fn shipped(&mut self, case: &Case<'_>) {
        let before = self.violations.len();
        self.cartons(case);
        let cartons_agree = self.violations.len() == before;
        let taken = case.fulfilled();
        for line in self.state.later.progress.get(&case.sales_order.id).into_iter().flat_map(|p| &p.lines) {
            let fulfilled = taken.get(line.id.as_str()).copied().unwrap_or_default();
            if fulfilled > line.ordered {
                let evidence = format!(
                    "{} line {}: {} ordered, {fulfilled} fulfilled by {}",
                    say(case.sales_order),
                    line.id,
                    line.ordered,
                    papers(case.fulfillments.iter().map(|f| &f.paper)),
                );
                self.find(Kind::OverFulfilled, case.id(), evidence);
            }
        }
        // A carton that is missing or doubled accounts for the units that differ.
        if cartons_agree {
            self.units(case);
        }
    }

    fn cartons(&mut self, case: &Case<'_>) {
        let number = case.sales_order.number.as_str();
        for order in self.index.warehouse(number) {
            for carton in &order.cartons {
                let on = self.index.carton_on.get(carton.id.as_str()).cloned().unwrap_or_default();
                match on.len() {
                    0 if !case.excused => {
                        let evidence = format!(
                            "carton {} of warehouse order {number} is on no item fulfillment of {}",
                            carton.id,
                            say(case.sales_order),
                        );
                        self.find(Kind::CartonMissing, case.id(), evidence);
                    }
                    0 | 1 => {}
                    _ => {
                        let on = papers(on.iter().map(|f| &f.paper));
                        let evidence = format!("carton {} of warehouse order {number} is on {on}", carton.id);
                        self.find(Kind::CartonDoubled, case.id(), evidence);
                    }
                }
            }
        }
        for fulfillment in &case.fulfillments {
            for carton in &fulfillment.cartons {
                let from = self.index.carton_from.get(carton.as_str()).cloned().unwrap_or_default();
                if !from.contains(number) {
                    let evidence = format!(
                        "{} of {} names carton {carton}, which left for {:?}",
                        paper(&fulfillment.paper),
                        say(case.sales_order),
                        Vec::from_iter(from),
                    );
                    self.find(Kind::CartonUnknown, case.id(), evidence);
                }
            }
        }
    }

    fn units(&mut self, case: &Case<'_>) {
        let orders = self.index.warehouse(&case.sales_order.number);
        let Some(shipped) = orders.iter().map(|order| order.units).sum::<Option<Decimal>>() else {
            return;
        };
        let ours: Vec<&Fulfillment> =
            case.fulfillments.iter().copied().filter(|f| is_ours(f, &self.rules.brand)).collect();
        let fulfilled: Decimal = ours.iter().map(|f| f.units()).sum();
        if fulfilled != shipped && !(case.excused && fulfilled < shipped) {
            let evidence = format!(
                "{}: the warehouse shipped {shipped} units, {fulfilled} are fulfilled by [{}]",
                say(case.sales_order),
                papers(ours.iter().map(|f| &f.paper)),
            );
            self.find(Kind::ShippedUnits, case.id(), evidence);
        }
    }

    /// The store was told of each shipment once, with its tracking numbers and its units.
    pub(super) fn told(&mut self, case: &Case<'_>) {
        let side = self.state.later.store.get(&case.order.id).cloned().unwrap_or_default();
        for fulfillment in case.fulfillments.iter().filter(|f| is_ours(f, &self.rules.brand)) {
            let what = format!("{} of {}", paper(&fulfillment.paper), say(case.sales_order));
            let numbers: BTreeSet<String> = fulfillment
                .cartons
                .iter()
                .filter_map(|carton| self.index.tracking.get(carton.as_str()))
                .map(|tracking| (*tracking).to_owned())
                .collect();
            let named = fulfillment.store_fulfillment.as_ref();
            let told: Vec<_> = side
                .fulfillments
                .iter()
                .filter(|f| f.live && (Some(&f.id) == named || !f.tracking.is_disjoint(&numbers)))
                .collect();
            let [one] = told.as_slice() else {
                if told.len() > 1 {
                    let ids: Vec<&str> = told.iter().map(|f| f.id.as_str()).collect();
                    let evidence = format!("{what}, tracking {numbers:?}, is told by Shopify fulfillments {ids:?}");
                    self.find(Kind::StoreShipmentDoubled, case.id(), evidence);
                } else if !case.excused {
                    let evidence = format!("{what}, tracking {numbers:?}, has no Shopify fulfillment");
                    self.find(Kind::StoreShipmentMissing, case.id(), evidence);
                }
                continue;
            };
            if !numbers.is_subset(&one.tracking) {
                let evidence =
                    format!("{what} has tracking {numbers:?}, Shopify fulfillment {} {:?}", one.id, one.tracking);
                self.find(Kind::StoreShipmentTracking, case.id(), evidence);
            }
            let units = fulfillment.units();
            if one.units != units {
                let evidence = format!("{what} has {units} units, Shopify fulfillment {} {}", one.id, one.units);
                self.find(Kind::StoreShipmentUnits, case.id(), evidence);
            }
            let not_yet = case.excused && named.is_none();
            if named != Some(&one.id) && !not_yet {
                let evidence =
                    format!("{what} names Shopify fulfillment {named:?}, the one with its tracking is {}", one.id);
                self.find(Kind::StoreShipmentMark, case.id(), evidence);
            }
        }
        self.told_twice(case);
    }

    /// A tracking number on two fulfillments of the store, of which no Item Fulfillment need know.
    fn told_twice(&mut self, case: &Case<'_>) {
        let named = |v: &crate::Violation| v.kind == Kind::StoreShipmentDoubled && v.order == case.id();
        if self.violations.iter().any(named) {
            return;
        }
        let Some(side) = self.state.later.store.get(&case.order.id) else {
            return;
        };
        let live: Vec<_> = side.fulfillments.iter().filter(|f| f.live).collect();
        for (at, first) in live.iter().enumerate() {
            for second in live.iter().skip(at + 1) {
                if let Some(number) = first.tracking.intersection(&second.tracking).next() {
                    let evidence = format!(
                        "{}: Shopify fulfillments {} and {} both have tracking {number}",
                        super::name(case.order),
                        first.id,
                        second.id,
                    );
                    self.find(Kind::StoreShipmentDoubled, case.id(), evidence);
                }
            }
        }
    }
}

/// Of the warehouse's shipments. One by hand, such as what a shop handed over, is not.
fn is_ours(fulfillment: &Fulfillment, brand: &str) -> bool {
    keyed(&fulfillment.paper, "IF", brand) || !fulfillment.cartons.is_empty()
}
