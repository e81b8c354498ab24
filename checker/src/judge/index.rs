use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use crate::stages::{Bill, Fulfillment, Paper, Payment, Transaction, WarehouseOrder};
use crate::state::{SalesOrder, State};

/// What was read of the later stages, by the keys under which the judge looks it up.
#[derive(Default)]
pub(super) struct Index<'a> {
    /// By internal id.
    pub(super) sales_orders: BTreeMap<&'a str, &'a SalesOrder>,
    pub(super) by_number: BTreeMap<&'a str, &'a SalesOrder>,
    /// Live warehouse orders of ours, by number.
    pub(super) warehouse: BTreeMap<&'a str, Vec<&'a WarehouseOrder>>,
    /// The warehouse orders, cancelled ones too, from which a carton left.
    pub(super) carton_from: BTreeMap<&'a str, BTreeSet<&'a str>>,
    pub(super) tracking: BTreeMap<&'a str, &'a str>,
    /// The Item Fulfillments that name a carton.
    pub(super) carton_on: BTreeMap<&'a str, Vec<&'a Fulfillment>>,
    /// By the Sales Order's internal id.
    pub(super) fulfillments: BTreeMap<&'a str, Vec<&'a Fulfillment>>,
    pub(super) bills: BTreeMap<&'a str, Vec<&'a Bill>>,
    /// By the bill's internal id.
    pub(super) bill: BTreeMap<&'a str, &'a Bill>,
    /// By the bill's internal id, with how much of the payment pays it.
    pub(super) paid_by: BTreeMap<&'a str, Vec<(&'a Payment, Decimal)>>,
    /// The store's transactions with the orders they belong to.
    pub(super) transactions: BTreeMap<&'a str, (u64, &'a Transaction)>,
    /// Payments of ours by Shopify transaction.
    pub(super) payments: BTreeMap<&'a str, Vec<&'a Payment>>,
}

impl<'a> Index<'a> {
    pub(super) fn new(state: &'a State, brand: &str) -> Self {
        let mut index = Self::default();
        let later = &state.later;
        for sales_order in &state.sales_orders {
            index.sales_orders.insert(&sales_order.id, sales_order);
            index.by_number.insert(&sales_order.number, sales_order);
        }
        for order in &later.warehouse {
            if !order.cancelled {
                index.warehouse.entry(&order.number).or_default().push(order);
            }
            for carton in &order.cartons {
                index.carton_from.entry(&carton.id).or_default().insert(&order.number);
                index.tracking.extend(carton.tracking.as_deref().map(|tracking| (carton.id.as_str(), tracking)));
            }
        }
        for fulfillment in &later.fulfillments {
            for carton in &fulfillment.cartons {
                index.carton_on.entry(carton).or_default().push(fulfillment);
            }
            if let Some(sales_order) = &fulfillment.sales_order {
                index.fulfillments.entry(sales_order).or_default().push(fulfillment);
            }
        }
        for bill in &later.bills {
            index.bill.insert(&bill.paper.id, bill);
            if let Some(sales_order) = &bill.sales_order {
                index.bills.entry(sales_order).or_default().push(bill);
            }
        }
        for (order, side) in &later.store {
            for transaction in &side.transactions {
                index.transactions.insert(&transaction.id, (*order, transaction));
            }
        }
        for payment in &later.payments {
            for (bill, amount) in &payment.applied {
                index.paid_by.entry(bill).or_default().push((payment, *amount));
            }
            if let Some(transaction) = transaction_of(payment, brand) {
                index.payments.entry(transaction).or_default().push(payment);
            }
        }
        index
    }

    pub(super) fn fulfillments(&self, sales_order: &SalesOrder) -> Vec<&'a Fulfillment> {
        self.fulfillments.get(sales_order.id.as_str()).cloned().unwrap_or_default()
    }

    pub(super) fn bills(&self, sales_order: &SalesOrder) -> Vec<&'a Bill> {
        self.bills.get(sales_order.id.as_str()).cloned().unwrap_or_default()
    }

    pub(super) fn warehouse(&self, number: &str) -> Vec<&'a WarehouseOrder> {
        self.warehouse.get(number).cloned().unwrap_or_default()
    }

    /// What was applied to a bill.
    pub(super) fn paid(&self, bill: &Bill) -> Decimal {
        self.paid_by.get(bill.paper.id.as_str()).into_iter().flatten().map(|(_, amount)| *amount).sum()
    }
}

/// Has this transaction a key of the brand? One that a person made by hand may carry the brand and has no key.
pub(super) fn keyed(paper: &Paper, prefix: &str, brand: &str) -> bool {
    key(paper, prefix, brand).is_some()
}

/// What follows the prefix and the brand in the external id.
fn key<'p>(paper: &'p Paper, prefix: &str, brand: &str) -> Option<&'p str> {
    // `PAY-acme-eu-7` begins like a key of the brand `acme` and is none.
    if paper.brand.as_ref().is_some_and(|own| own != brand) {
        return None;
    }
    let rest = paper.external_id.as_deref()?.strip_prefix(prefix)?.strip_prefix('-')?;
    rest.strip_prefix(brand)?.strip_prefix('-')
}

/// The Shopify transaction that a payment of the brand is for, by its key, else by its field.
pub(super) fn transaction_of<'p>(payment: &'p Payment, brand: &str) -> Option<&'p str> {
    if payment.paper.brand.as_ref().is_some_and(|own| own != brand) {
        return None;
    }
    let key = key(&payment.paper, "PAY", brand).or_else(|| key(&payment.paper, "DEP", brand));
    let by_key = key.map(|rest| rest.split_once("-g").map_or(rest, |(id, _)| id));
    by_key.or(payment.transaction.as_deref())
}

/// `INV12 (id 345, INV-acme-…)`.
pub(super) fn paper(paper: &Paper) -> String {
    format!("{} (id {}, {})", paper.number, paper.id, paper.external_id.as_deref().unwrap_or("no external id"))
}

/// The same for several.
pub(super) fn papers<'p>(list: impl IntoIterator<Item = &'p Paper>) -> String {
    list.into_iter().map(paper).collect::<Vec<_>>().join(", ")
}
