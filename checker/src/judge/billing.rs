use rust_decimal::Decimal;

use super::index::{keyed, papers};
use super::{Case, Court, say};
use crate::kind::Kind;
use crate::stages::{Bill, Billing, Paper, Taken};
use crate::state::Order;

impl Court<'_> {
    /// A fulfillment or a bill of ours that belongs to no Sales Order that was read.
    pub(super) fn strays(&mut self) {
        let later = &self.state.later;
        let fulfillments = later.fulfillments.iter().map(|f| (&f.paper, "IF", &f.sales_order));
        let bills = later.bills.iter().map(|b| (&b.paper, if b.is_cash_sale { "CS" } else { "INV" }, &b.sales_order));
        let stray: Vec<&Paper> = fulfillments
            .chain(bills)
            .filter(|(paper, prefix, _)| keyed(paper, prefix, &self.rules.brand))
            .filter(|(_, _, of)| !of.as_deref().is_some_and(|id| self.index.sales_orders.contains_key(id)))
            .map(|(paper, _, _)| paper)
            .collect();
        for paper in stray {
            let evidence = format!("{} belongs to no sales order of the brand", super::index::paper(paper));
            self.find(Kind::DocumentOrphan, None, evidence);
        }
    }

    /// What shipped is billed, once, and all of it to the cent.
    pub(super) fn billed(&mut self, case: &Case<'_>, how: Billing) {
        let Some(progress) = self.state.later.progress.get(&case.sales_order.id) else {
            return;
        };
        let sales_order = case.sales_order;
        let names = papers(case.bills.iter().map(|b| &b.paper));
        let (fulfilled, billed) = (case.fulfilled(), case.billed());
        let none = Decimal::ZERO;
        let (mut over, mut under, mut shipped, mut short) = (Vec::new(), Vec::new(), true, false);
        for line in &progress.lines {
            let shipped_units = fulfilled.get(line.id.as_str()).copied().unwrap_or(none);
            let billed_units = billed.get(line.id.as_str()).copied().unwrap_or(none);
            let text = || format!("line {}: {shipped_units} fulfilled, {billed_units} billed", line.id);
            // What is not kept in stock is billed without having been shipped.
            if !line.stocked && shipped_units == none {
                continue;
            }
            if billed_units > shipped_units {
                over.push(text());
            } else if billed_units < shipped_units {
                under.push(text());
            }
            if shipped_units < line.ordered {
                shipped &= line.closed;
                short |= line.closed;
            }
        }
        let total: Decimal = case.bills.iter().map(|bill| bill.total).sum();
        if !over.is_empty() {
            let kind = if has_twins(&case.bills) { Kind::BillDoubled } else { Kind::OverBilled };
            self.find(kind, case.id(), format!("{}: {}; by {names}", say(sales_order), over.join("; ")));
        } else if total > sales_order.total {
            let evidence = format!("{} totals {}, {names} {total}", say(sales_order), sales_order.total);
            self.find(Kind::OverBilled, case.id(), evidence);
        }
        let nothing_to_ship = sales_order.is_released() && shipped && case.bills.is_empty();
        if (!under.is_empty() || nothing_to_ship) && !case.excused {
            let what = if under.is_empty() { "nothing left to ship and no bill".to_owned() } else { under.join("; ") };
            self.find(Kind::Unbilled, case.id(), format!("{}: {what}; bills [{names}]", say(sales_order)));
        }
        let lines_agree = over.is_empty() && under.is_empty() && !case.bills.is_empty();
        if lines_agree && shipped && !short && total < sales_order.total {
            let evidence = format!("{} totals {}, {names} {total}", say(sales_order), sales_order.total);
            self.find(Kind::BilledTotal, case.id(), evidence);
        }
        let in_full = lines_agree && shipped && (short || total == sales_order.total);
        self.invoiced_mark(case, how, progress.invoiced, in_full);
    }

    /// An order that is not even sold is not billed.
    pub(super) fn mark_without_sales_order(&mut self, order: &Order) {
        let tag = &self.rules.stages.invoiced_tag;
        if self.rules.stages.billing.is_some() && order.tags.contains(tag) {
            let evidence = format!("{} is tagged {tag} and has no open sales order", super::name(order));
            self.find(Kind::MarkWithoutBill, Some(order.id), evidence);
        }
    }

    /// Field and tag say `INVOICED` exactly when all is billed. A Cash Sale needs no mark.
    fn invoiced_mark(&mut self, case: &Case<'_>, how: Billing, field: bool, in_full: bool) {
        let tag = &self.rules.stages.invoiced_tag;
        let tagged = case.order.tags.contains(tag);
        let evidence = format!(
            "{}: custbody_o2c_invoiced is {field}, tag {tag} on {} is {tagged}, billed in full is {in_full}",
            say(case.sales_order),
            super::name(case.order),
        );
        if !in_full && (field || tagged) {
            // The bill is what is missing, and a reason excuses that; the mark it does not.
            self.find(Kind::MarkWithoutBill, case.id(), evidence);
        } else if in_full && !(field && tagged) && how == Billing::Invoice && !case.excused {
            self.find(Kind::BillWithoutMark, case.id(), evidence);
        }
    }
}

/// Two bills with the same lines and quantities.
fn has_twins(bills: &[&Bill]) -> bool {
    let sorted = |bill: &Bill| {
        let mut lines: Vec<Taken> = bill.lines.clone();
        lines.sort();
        lines
    };
    bills.iter().enumerate().any(|(at, one)| bills.iter().skip(at + 1).any(|two| sorted(one) == sorted(two)))
}
