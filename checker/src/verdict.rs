use std::fmt;

use rust_decimal::Decimal;

use crate::kind::Kind;
use crate::state::{List, Money};

/// What the orders became, and what is wrong.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// Every order of the store, by id.
    pub orders: Vec<OrderVerdict>,
    /// Everything that is wrong. Empty: the two vendors agree.
    pub violations: Vec<Violation>,
    /// The figures.
    pub summary: Summary,
}

/// What one order became.
#[derive(Debug, Clone)]
pub struct OrderVerdict {
    /// Shopify order id.
    pub order: u64,
    /// Such as `#1001`.
    pub name: String,
    /// What it became.
    pub outcome: Outcome,
    /// What came of it in NetSuite, right or wrong.
    pub documents: Documents,
}

/// The numbers of an order's transactions in NetSuite. Beyond the Sales Order only those of judged stages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Documents {
    /// Open Sales Orders; one if all is well.
    pub sales_orders: Vec<String>,
    /// Item Fulfillments.
    pub shipments: Vec<String>,
    /// Invoices and Cash Sales.
    pub bills: Vec<String>,
    /// Customer payments that pay the invoices.
    pub payments: Vec<String>,
    /// What the bills total, in the booked currency.
    pub billed: Decimal,
    /// What of it is paid.
    pub paid: Decimal,
}

/// What an order became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Exactly one Sales Order, right in every respect.
    Booked {
        /// Its number.
        sales_order: String,
        /// Its total.
        total: Money,
    },
    /// No finished Sales Order, or a later stage that is not finished, for this reason.
    Reason(String),
    /// Older than the brand's go-live; not ours.
    BeforeGoLive,
    /// At least one violation names it.
    Violated,
}

/// Something that must not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// What is wrong.
    pub kind: Kind,
    /// The Shopify order that it is about.
    pub order: Option<u64>,
    /// The records and figures that show it.
    pub evidence: String,
}

/// The figures of a verdict.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// The brand.
    pub brand: String,
    /// Orders read.
    pub orders: usize,
    /// Open Sales Orders read.
    pub sales_orders: usize,
    /// Orders with exactly one right Sales Order.
    pub booked: usize,
    /// Orders with a reason instead.
    pub with_reason: usize,
    /// Orders from before go-live.
    pub before_go_live: usize,
    /// Orders that a violation names.
    pub violated: usize,
    /// Sales Orders of other channels, which are not judged.
    pub other_channels: usize,
    /// Live orders of ours at the warehouse.
    pub warehouse_orders: usize,
    /// Live orders at the warehouse that other systems brought there, which are not judged.
    pub other_warehouse_orders: usize,
    /// Item Fulfillments read.
    pub fulfillments: usize,
    /// Invoices and Cash Sales read.
    pub bills: usize,
    /// Customer payments read.
    pub payments: usize,
    /// The lists that were read.
    pub lists: Vec<List>,
}

impl Verdict {
    /// Nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<24}{}", self.kind, self.evidence)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = &self.summary;
        writeln!(f, "{}: {} orders in Shopify, {} open sales orders in NetSuite", s.brand, s.orders, s.sales_orders)?;
        writeln!(f, "  {:>6} booked once, with an equal total", s.booked)?;
        writeln!(f, "  {:>6} with a reason instead", s.with_reason)?;
        writeln!(f, "  {:>6} from before go-live", s.before_go_live)?;
        writeln!(f, "  {:>6} violated", s.violated)?;
        if s.other_channels > 0 {
            writeln!(f, "  {:>6} sales orders of other channels, not judged", s.other_channels)?;
        }
        for (number, what) in [
            (s.warehouse_orders, "orders at the warehouse"),
            (s.other_warehouse_orders, "orders of other origin at the warehouse, not judged"),
            (s.fulfillments, "item fulfillments"),
            (s.bills, "invoices and cash sales"),
            (s.payments, "customer payments"),
        ] {
            if number > 0 {
                writeln!(f, "  {number:>6} {what}")?;
            }
        }
        for list in &s.lists {
            writeln!(f, "  {}: {} read, {} counted by the vendor", list.name, list.read, list.counted)?;
        }
        if s.with_reason > 0 {
            writeln!(f, "reasons")?;
        }
        for order in &self.orders {
            if let Outcome::Reason(reason) = &order.outcome {
                writeln!(f, "  {} ({}): {reason}", order.name, order.order)?;
            }
        }
        if self.is_clean() {
            return write!(f, "verdict: clean");
        }
        writeln!(f, "violations")?;
        for violation in &self.violations {
            writeln!(f, "  {violation}")?;
        }
        let number = self.violations.len();
        write!(f, "verdict: {number} {}", if number == 1 { "violation" } else { "violations" })
    }
}
