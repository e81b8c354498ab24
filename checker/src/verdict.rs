use std::fmt;

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
    /// No finished Sales Order, for this reason.
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

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An order has neither Sales Order nor reason.
    Missing,
    /// An order has two or more open Sales Orders.
    Doubled,
    /// A Sales Order's order does not exist.
    Orphan,
    /// `externalId` and `custbody_shopify_order_id` do not both point to the order.
    Reference,
    /// The Sales Order's total is not the order's.
    Total,
    /// The Sales Order's lines and tax do not make its total.
    Lines,
    /// The Sales Order is in another currency than the one to be booked.
    Currency,
    /// The Sales Order is not released.
    Unreleased,
    /// The customer does not exist, is another one's, or belongs to another subsidiary.
    Customer,
    /// The Sales Order belongs to another subsidiary.
    Subsidiary,
    /// The order is tagged as sent and has no Sales Order.
    TagWithoutSalesOrder,
    /// The order has its Sales Order and no tag.
    SalesOrderWithoutTag,
    /// An order from before go-live has a Sales Order of ours.
    BeforeGoLive,
    /// A vendor gave fewer or more entries than it counts.
    ListCut,
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
    /// The lists that were read.
    pub lists: Vec<List>,
}

impl Verdict {
    /// Nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Missing => "missing",
            Self::Doubled => "doubled",
            Self::Orphan => "orphan",
            Self::Reference => "reference",
            Self::Total => "total",
            Self::Lines => "lines",
            Self::Currency => "currency",
            Self::Unreleased => "unreleased",
            Self::Customer => "customer",
            Self::Subsidiary => "subsidiary",
            Self::TagWithoutSalesOrder => "tag without sales order",
            Self::SalesOrderWithoutTag => "sales order without tag",
            Self::BeforeGoLive => "before go-live",
            Self::ListCut => "list cut",
        })
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
