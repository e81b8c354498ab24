use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::stages::{Later, Stages};

/// What both vendors hold, and why orders have no Sales Order: all that is judged.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// The store's orders.
    pub orders: Vec<Order>,
    /// The brand's Sales Orders.
    pub sales_orders: Vec<SalesOrder>,
    /// The customers that the Sales Orders name and NetSuite knows, by internal id.
    pub customers: BTreeMap<String, Customer>,
    /// What came after the Sales Orders; empty where no later stage is judged.
    pub later: Later,
    /// Shopify order id to the reason why there is no (finished) Sales Order, or why a later stage is not
    /// finished: failed, parked or waiting runs.
    pub reasons: BTreeMap<u64, String>,
    /// The lists that were read, with the vendors' own counts.
    pub lists: Vec<List>,
}

/// A Shopify order.
#[derive(Debug, Clone)]
pub struct Order {
    /// Numeric id.
    pub id: u64,
    /// Such as `#1001`.
    pub name: String,
    /// When it was placed.
    pub created_at: Timestamp,
    /// Its tags.
    pub tags: Vec<String>,
    /// `currentTotalPriceSet.shopMoney`.
    pub shop_total: Money,
    /// `currentTotalPriceSet.presentmentMoney`.
    pub presentment_total: Money,
    /// Numeric id of the customer.
    pub customer: Option<u64>,
    /// The e-mail addresses of the order and its customer, as they are spelt.
    pub emails: Vec<String>,
}

/// An amount in a currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Money {
    /// In major units.
    pub amount: Decimal,
    /// ISO code.
    pub currency: String,
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}

/// A NetSuite Sales Order.
#[derive(Debug, Clone)]
pub struct SalesOrder {
    /// Internal id.
    pub id: String,
    /// `tranId`, such as `SO1001`.
    pub number: String,
    /// `externalId`.
    pub external_id: Option<String>,
    /// `custbody_shopify_order_id`.
    pub order: Option<String>,
    /// `custbody_o2c_brand`.
    pub brand: Option<String>,
    /// Status letter, `A` (Pending Approval) to `H` (Closed).
    pub status: String,
    /// Internal id of the customer.
    pub customer: String,
    /// Internal id of the subsidiary.
    pub subsidiary: String,
    /// Internal id of the currency.
    pub currency: String,
    /// `total`.
    pub total: Decimal,
    /// `taxTotal`.
    pub tax: Decimal,
    /// The amount of each line.
    pub lines: Vec<Decimal>,
}

impl SalesOrder {
    /// Neither cancelled (`C`) nor closed (`H`).
    pub fn is_open(&self) -> bool {
        !matches!(self.status.as_str(), "C" | "H")
    }

    /// Pending Fulfillment or further on.
    pub fn is_released(&self) -> bool {
        matches!(self.status.as_str(), "B" | "D" | "E" | "F" | "G")
    }
}

/// A NetSuite customer.
#[derive(Debug, Clone, Default)]
pub struct Customer {
    /// `externalId`.
    pub external_id: Option<String>,
    /// `email`.
    pub email: Option<String>,
    /// Internal id of the subsidiary.
    pub subsidiary: Option<String>,
}

/// A list that was read to its end.
#[derive(Debug, Clone)]
pub struct List {
    /// Such as `Shopify orders`.
    pub name: String,
    /// How many entries were read.
    pub read: u64,
    /// How many there are in the vendor's own words.
    pub counted: u64,
    /// False where the vendor only says "at least".
    pub exact: bool,
}

impl List {
    /// Does what was read agree with the vendor's count?
    pub fn is_whole(&self) -> bool {
        if self.exact { self.read == self.counted } else { self.read >= self.counted }
    }
}

/// What the brand's Sales Orders are held to.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The brand, as in `SO-<brand>-<order id>`.
    pub brand: String,
    /// Internal id of its subsidiary.
    pub subsidiary: String,
    /// Which of an order's two totals is booked.
    pub booked: Booked,
    /// ISO code to internal id of the currency.
    pub currencies: BTreeMap<String, String>,
    /// Customer for orders with neither customer nor e-mail.
    pub default_customer: Option<String>,
    /// The tag of an order that has its Sales Order.
    pub tag: String,
    /// Must a Sales Order be released, or may it wait for a person's approval?
    pub released: bool,
    /// Orders before this moment must have no Sales Order of the brand.
    pub go_live: Option<Timestamp>,
    /// External ids of Sales Orders whose orders came from another channel than Shopify.
    pub other_channels: BTreeSet<String>,
    /// Which stages after the Sales Order are judged; by default none.
    pub stages: Stages,
}

/// Which of an order's two currencies is booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Booked {
    /// The store's.
    Shop,
    /// The buyer's.
    Presentment,
}
