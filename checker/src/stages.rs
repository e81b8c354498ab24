//! What the vendors hold of an order after its Sales Order.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use crate::state::Money;

/// Which stages after the Sales Order are judged. By default none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stages {
    /// The warehouse's orders, NetSuite's Item Fulfillments and the store's fulfillments.
    pub warehouse: bool,
    /// Invoices or Cash Sales.
    pub billing: Option<Billing>,
    /// Customer payments, and the tenders of the store's orders.
    pub payment: bool,
    /// The tag of an order that is billed in full.
    pub invoiced_tag: String,
}

impl Default for Stages {
    fn default() -> Self {
        Self { warehouse: false, billing: None, payment: false, invoiced_tag: "INVOICED".to_owned() }
    }
}

impl Stages {
    /// Is any of them judged?
    pub fn any(&self) -> bool {
        self.warehouse || self.billing.is_some() || self.payment
    }
}

/// How a brand bills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Billing {
    /// Invoices, paid by customer payments. A Sales Order that is billed in full carries the mark.
    Invoice,
    /// Cash Sales, which need neither payment nor mark.
    CashSale,
}

/// Everything after the Sales Orders. Empty where no stage is judged.
#[derive(Debug, Clone, Default)]
pub struct Later {
    /// All orders of the warehouse's account.
    pub warehouse: Vec<WarehouseOrder>,
    /// Numbers of Sales Orders that are not the brand's and that the warehouse's orders name.
    pub foreign_numbers: BTreeSet<String>,
    /// The store's fulfillments and transactions, by order id.
    pub store: BTreeMap<u64, StoreSide>,
    /// How far each Sales Order is, by its internal id.
    pub progress: BTreeMap<String, Progress>,
    /// Item Fulfillments.
    pub fulfillments: Vec<Fulfillment>,
    /// Invoices and Cash Sales.
    pub bills: Vec<Bill>,
    /// Customer payments.
    pub payments: Vec<Payment>,
}

/// An order at the warehouse.
#[derive(Debug, Clone)]
pub struct WarehouseOrder {
    /// `order_number`, the Sales Order's number if it is ours.
    pub number: String,
    /// Cancelled orders count as none.
    pub cancelled: bool,
    /// Came by the interface that we use, to the account that is ours; else it is only counted.
    pub ours: bool,
    /// Units shipped; none where the warehouse does not say.
    pub units: Option<Decimal>,
    /// What was shipped.
    pub cartons: Vec<Carton>,
}

/// A carton that left the warehouse.
#[derive(Debug, Clone)]
pub struct Carton {
    /// `carton_id`.
    pub id: String,
    /// `tracking_number`.
    pub tracking: Option<String>,
}

/// What Shopify holds of an order's shipping and money.
#[derive(Debug, Clone, Default)]
pub struct StoreSide {
    /// `displayFinancialStatus`, such as `PAID`.
    pub financial_status: Option<String>,
    /// Fulfillments.
    pub fulfillments: Vec<StoreFulfillment>,
    /// Transactions.
    pub transactions: Vec<Transaction>,
}

/// A Shopify fulfillment.
#[derive(Debug, Clone)]
pub struct StoreFulfillment {
    /// Numeric id.
    pub id: String,
    /// Neither cancelled nor failed.
    pub live: bool,
    /// Tracking numbers.
    pub tracking: BTreeSet<String>,
    /// Units of all its lines.
    pub units: Decimal,
}

/// A Shopify transaction.
#[derive(Debug, Clone)]
pub struct Transaction {
    /// Numeric id.
    pub id: String,
    /// Such as `CAPTURE`.
    pub kind: String,
    /// Such as `SUCCESS`.
    pub status: String,
    /// Such as `gift_card`.
    pub gateway: Option<String>,
    /// Numeric id of the transaction that a refund gives back.
    pub parent: Option<String>,
    /// In the store's currency.
    pub shop: Money,
    /// In the buyer's.
    pub presentment: Money,
}

impl Transaction {
    /// Money that came in.
    pub fn is_settled(&self) -> bool {
        self.status == "SUCCESS" && matches!(self.kind.as_str(), "SALE" | "CAPTURE")
    }

    /// Money that went back.
    pub fn is_refund(&self) -> bool {
        self.status == "SUCCESS" && self.kind == "REFUND"
    }
}

/// How far a Sales Order is, in its own words.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    /// `custbody_sent_to_3pl`.
    pub sent: bool,
    /// `custbody_o2c_invoiced`.
    pub invoiced: bool,
    /// Its item lines.
    pub lines: Vec<Line>,
}

/// A line of a Sales Order.
#[derive(Debug, Clone)]
pub struct Line {
    /// Line id.
    pub id: String,
    /// An item that is kept in stock and shipped: inventory item, assembly or kit.
    pub stocked: bool,
    /// Units ordered.
    pub ordered: Decimal,
    /// Nothing more will be shipped or billed.
    pub closed: bool,
}

/// Units of a Sales Order's line that another transaction took.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Taken {
    /// Line id of the Sales Order.
    pub line: String,
    /// Units.
    pub quantity: Decimal,
}

/// What all transactions have.
#[derive(Debug, Clone, Default)]
pub struct Paper {
    /// Internal id.
    pub id: String,
    /// `tranId`.
    pub number: String,
    /// `externalId`.
    pub external_id: Option<String>,
    /// `custbody_o2c_brand`.
    pub brand: Option<String>,
}

/// An Item Fulfillment.
#[derive(Debug, Clone, Default)]
pub struct Fulfillment {
    /// What it is.
    pub paper: Paper,
    /// Internal id of its Sales Order.
    pub sales_order: Option<String>,
    /// `custbody_o2c_cartons`.
    pub cartons: BTreeSet<String>,
    /// `custbody_shopify_fulfillment_id`, as a number.
    pub store_fulfillment: Option<String>,
    /// What it took of the Sales Order.
    pub lines: Vec<Taken>,
}

impl Fulfillment {
    /// Units of all its lines.
    pub fn units(&self) -> Decimal {
        self.lines.iter().map(|line| line.quantity).sum()
    }
}

/// An invoice or a Cash Sale that is not voided.
#[derive(Debug, Clone, Default)]
pub struct Bill {
    /// What it is.
    pub paper: Paper,
    /// A Cash Sale is paid by itself.
    pub is_cash_sale: bool,
    /// Internal id of its Sales Order.
    pub sales_order: Option<String>,
    /// `foreigntotal`.
    pub total: Decimal,
    /// `foreignamountunpaid`; zero on a Cash Sale.
    pub unpaid: Decimal,
    /// What it took of the Sales Order.
    pub lines: Vec<Taken>,
}

/// A customer payment that is not voided.
#[derive(Debug, Clone, Default)]
pub struct Payment {
    /// What it is.
    pub paper: Paper,
    /// `custbody_shopify_order_id`.
    pub order: Option<String>,
    /// `custbody_shopify_transaction_id`, as a number.
    pub transaction: Option<String>,
    /// Internal id of the currency.
    pub currency: String,
    /// `foreigntotal`.
    pub total: Decimal,
    /// Internal ids of the bills that it pays, and how much of each.
    pub applied: BTreeMap<String, Decimal>,
}
