use rust_decimal::Decimal;

use super::{Case, Court, say};
use crate::kind::Kind;

impl Court<'_> {
    /// Every live order of ours at the warehouse has one living Sales Order, and that one has it only once.
    pub(super) fn warehouse_list(&mut self) {
        let mut found = Vec::new();
        for (number, orders) in &self.index.warehouse {
            let Some(sales_order) = self.index.by_number.get(number) else {
                if orders.iter().any(|order| order.ours) && !self.is_foreign(number) {
                    let evidence = format!("warehouse order {number} has no sales order of that number");
                    found.push((Kind::WarehouseOrphan, None, evidence));
                }
                continue;
            };
            let order = self.order_of.get(sales_order.id.as_str()).copied();
            if orders.len() > 1 {
                let evidence = format!("{} has {} live orders at the warehouse", say(sales_order), orders.len());
                found.push((Kind::WarehouseDoubled, order, evidence));
            }
            if sales_order.status == "C" {
                let evidence = format!("{} is cancelled, and the warehouse's order is not", say(sales_order));
                found.push((Kind::WarehouseOrphan, order, evidence));
            }
        }
        self.find_all(found);
    }

    /// Live orders at the warehouse that other systems brought there.
    pub(super) fn other_warehouse_orders(&self) -> usize {
        let live = self.index.warehouse.iter().filter(|(number, _)| !self.index.by_number.contains_key(*number));
        live.flat_map(|(number, orders)| orders.iter().filter(|order| !order.ours || self.is_foreign(number))).count()
    }

    fn is_foreign(&self, number: &str) -> bool {
        self.state.later.foreign_numbers.contains(number)
    }

    /// The mark on the Sales Order and the order at the warehouse go together.
    pub(super) fn sent(&mut self, case: &Case<'_>) {
        let sales_order = case.sales_order;
        let there = self.index.warehouse(&sales_order.number);
        let Some(progress) = self.state.later.progress.get(&sales_order.id) else {
            return;
        };
        if case.excused {
            return;
        }
        if progress.sent && there.is_empty() {
            let cancelled =
                self.state.later.warehouse.iter().filter(|o| o.cancelled && o.number == sales_order.number).count();
            let evidence = format!(
                "{} is marked as sent; the warehouse has no live order of that number and {cancelled} cancelled",
                say(sales_order),
            );
            self.find(Kind::SentWithoutWarehouseOrder, case.id(), evidence);
        } else if !progress.sent && !there.is_empty() {
            let evidence = format!("{} is at the warehouse and has no mark custbody_sent_to_3pl", say(sales_order));
            self.find(Kind::WarehouseOrderWithoutMark, case.id(), evidence);
        } else if there.is_empty() && matches!(sales_order.status.as_str(), "B" | "D") {
            let taken = case.fulfilled();
            let due: Decimal = progress
                .lines
                .iter()
                .filter(|line| line.stocked && !line.closed)
                .map(|line| line.ordered - taken.get(line.id.as_str()).copied().unwrap_or_default())
                .filter(|rest| *rest > Decimal::ZERO)
                .sum();
            if due > Decimal::ZERO {
                let evidence = format!(
                    "{} has status {} and {due} units to ship, of which the warehouse has not been told",
                    say(sales_order),
                    sales_order.status,
                );
                self.find(Kind::NotSent, case.id(), evidence);
            }
        }
    }
}
