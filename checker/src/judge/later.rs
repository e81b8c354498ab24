use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::Court;
use crate::stages::{Bill, Fulfillment, Taken};
use crate::state::{Order, SalesOrder};
use crate::verdict::Documents;

/// An order's one Sales Order, with what came of it.
pub(super) struct Case<'a> {
    pub(super) order: &'a Order,
    pub(super) sales_order: &'a SalesOrder,
    /// There is a reason for what is missing.
    pub(super) excused: bool,
    pub(super) fulfillments: Vec<&'a Fulfillment>,
    pub(super) bills: Vec<&'a Bill>,
}

impl<'a> Case<'a> {
    pub(super) fn id(&self) -> Option<u64> {
        Some(self.order.id)
    }

    /// Units fulfilled, by the Sales Order's lines.
    pub(super) fn fulfilled(&self) -> BTreeMap<&'a str, Decimal> {
        by_line(self.fulfillments.iter().flat_map(|f| &f.lines))
    }

    /// Units billed, by the Sales Order's lines.
    pub(super) fn billed(&self) -> BTreeMap<&'a str, Decimal> {
        by_line(self.bills.iter().flat_map(|b| &b.lines))
    }
}

fn by_line<'a>(taken: impl Iterator<Item = &'a Taken>) -> BTreeMap<&'a str, Decimal> {
    let mut sums: BTreeMap<&str, Decimal> = BTreeMap::new();
    for Taken { line, quantity } in taken {
        *sums.entry(line).or_default() += *quantity;
    }
    sums
}

impl<'a> Court<'a> {
    /// What the lists of the later stages show, whichever order it is about.
    pub(super) fn later_lists(&mut self) {
        let stages = &self.rules.stages;
        if stages.any() {
            self.strays();
        }
        if stages.warehouse {
            self.warehouse_list();
        }
        if stages.payment {
            self.payment_list();
        }
    }

    /// The stages of one Sales Order.
    pub(super) fn later(&mut self, order: &'a Order, sales_order: &'a SalesOrder, excused: bool) {
        let stages = &self.rules.stages;
        let (fulfillments, bills) = (self.index.fulfillments(sales_order), self.index.bills(sales_order));
        let case = Case { order, sales_order, excused, fulfillments, bills };
        if stages.warehouse {
            self.sent(&case);
            self.shipped(&case);
            self.told(&case);
        }
        if let Some(how) = stages.billing {
            self.billed(&case, how);
        }
        if stages.payment {
            self.paid(&case);
        }
    }

    /// What came of an order, for people to read.
    pub(super) fn documents_of(&self, sales_orders: &[&SalesOrder]) -> Documents {
        let mut documents = Documents::default();
        let mut payments = BTreeSet::new();
        for sales_order in sales_orders.iter().filter(|s| s.is_open()) {
            documents.sales_orders.push(sales_order.number.clone());
            documents.shipments.extend(self.index.fulfillments(sales_order).iter().map(|f| f.paper.number.clone()));
            for bill in self.index.bills(sales_order) {
                documents.bills.push(bill.paper.number.clone());
                documents.billed += bill.total;
                documents.paid += if bill.is_cash_sale { bill.total } else { self.index.paid(bill) };
                let by = self.index.paid_by.get(bill.paper.id.as_str()).into_iter().flatten();
                payments.extend(by.map(|(payment, _)| payment.paper.number.clone()));
            }
        }
        documents.payments = payments.into_iter().collect();
        documents
    }
}
