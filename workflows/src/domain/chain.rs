//! A Sales Order with everything that NetSuite has made of it: fulfillments, invoices or cash sales, payments.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::sales_order::Problem;

/// The whole chain, read in one query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Chain {
    /// The Sales Order.
    pub sales_order: Head,
    /// Its lines, in their order.
    pub lines: Vec<Line>,
    /// What was fulfilled, oldest first.
    pub fulfillments: Vec<Fulfillment>,
    /// Invoices and cash sales, oldest first.
    pub bills: Vec<Bill>,
    /// Customer payments and deposits that were applied to the invoices, or that are ours, oldest first.
    pub payments: Vec<Payment>,
    /// When the answer came: a creating write believes it for a few seconds only.
    pub at: Timestamp,
}

/// The Sales Order itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Head {
    /// Internal id.
    pub id: String,
    /// Document number: `SO1002`.
    pub number: String,
    /// Letter of the status: A Pending Approval, B Pending Fulfillment, … H Closed.
    pub status: String,
    /// Its brand, where it is one of ours.
    pub brand: Option<String>,
    /// Shopify's numeric id, or `<channel>-<order id>`.
    pub order: Option<String>,
    /// What people call the order: `#1001`.
    pub order_name: Option<String>,
    /// Internal id of the customer.
    pub customer: String,
    /// Internal id of the currency.
    pub currency: String,
    /// Total, computed by NetSuite.
    pub total: Decimal,
    /// The warehouse has it.
    pub sent: bool,
    /// A person keeps it back.
    pub held: bool,
    /// Marked as billed in full.
    pub invoiced: bool,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// The number by which a transform refers to it: `orderLine`.
    pub line: u32,
    /// Internal id of the item.
    pub item: String,
    /// The item's name: the SKU.
    pub sku: String,
    /// NetSuite's `itemtype`: `InvtPart`, `Kit`, `Discount`, `OthCharge`, …
    pub item_type: String,
    /// Can it be fulfilled, that is, shipped?
    pub fulfillable: bool,
    /// Units ordered; none for discounts.
    pub quantity: Decimal,
    /// Units fulfilled.
    pub fulfilled: Decimal,
    /// Units billed.
    pub billed: Decimal,
    /// Amount before tax; negative for discounts.
    pub amount: Decimal,
    /// Nothing more will come of it.
    pub closed: bool,
    /// Internal id of its location, or of the order's.
    pub location: Option<String>,
    /// The shop's line id.
    pub shopify_line: Option<String>,
}

/// Units of one Sales Order line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    /// The line's number.
    pub line: u32,
    /// Units.
    pub quantity: Decimal,
    /// Amount; zero where none is known.
    #[serde(default)]
    pub amount: Decimal,
}

/// An Item Fulfillment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fulfillment {
    /// Internal id.
    pub id: String,
    /// Our key, where it is ours.
    pub external_id: Option<String>,
    /// Is it shipped, not only picked or packed?
    pub shipped: bool,
    /// The cartons that it books.
    pub cartons: Vec<String>,
    /// Their tracking numbers.
    pub tracking: Vec<String>,
    /// Shopify's fulfillments that tell the customer about it.
    pub shopify: Vec<u64>,
    /// What it fulfills.
    pub parts: Vec<Part>,
}

/// An Invoice or a Cash Sale.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bill {
    /// Internal id.
    pub id: String,
    /// Document number.
    pub number: String,
    /// Is it a Cash Sale, paid by itself?
    pub cash_sale: bool,
    /// Our key, where it is ours.
    pub external_id: Option<String>,
    /// Total, computed by NetSuite.
    pub total: Decimal,
    /// What is still to be paid.
    pub unpaid: Decimal,
    /// What it bills.
    pub parts: Vec<Part>,
}

/// A customer payment, or a customer deposit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Payment {
    /// Internal id.
    pub id: String,
    /// Document number.
    pub number: String,
    /// Our key, where it is ours.
    pub external_id: Option<String>,
    /// Amount.
    pub total: Decimal,
    /// What is not applied to any invoice.
    pub unapplied: Decimal,
    /// Is it a deposit, taken before there was an invoice?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deposit: bool,
    /// What of a deposit pays invoices: internal id and number of each deposit application.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub applications: Vec<(String, String)>,
}

impl Line {
    /// Units that may still be fulfilled.
    pub fn open(&self) -> Decimal {
        if self.closed || !self.fulfillable {
            Decimal::ZERO
        } else {
            (self.quantity - self.fulfilled).max(Decimal::ZERO)
        }
    }
}

impl Chain {
    /// A Sales Order that is not the brand's is nobody's business here.
    pub fn must_be_of(&self, brand: &str) -> Result<(), String> {
        match self.sales_order.brand.as_deref() {
            Some(own) if own == brand => Ok(()),
            Some(other) => Err(format!("{} belongs to brand {other}, not to {brand}", self.sales_order.number)),
            None => Err(format!("{} is not an order of ours", self.sales_order.number)),
        }
    }

    /// The line of this number.
    pub fn line(&self, line: u32) -> Option<&Line> {
        self.lines.iter().find(|l| l.line == line)
    }

    /// Shopify's numeric order id, where the order came from the shop.
    pub fn shopify_order(&self) -> Option<u64> {
        self.sales_order.order.as_ref()?.parse().ok()
    }

    /// Is there anything to ship, now or in the past?
    pub fn ships(&self) -> bool {
        self.lines.iter().any(|l| l.fulfillable && (l.fulfilled > Decimal::ZERO || !l.closed))
    }

    /// Has all that can be shipped been shipped?
    pub fn all_shipped(&self) -> bool {
        self.lines.iter().all(|l| l.open().is_zero())
    }

    /// Has more been shipped than was billed?
    pub fn unbilled(&self) -> bool {
        self.lines.iter().any(|l| l.fulfillable && l.fulfilled > l.billed)
    }

    /// Ends a look at an order with status `C` or `H`, or one that nobody has released yet.
    pub fn closed(&self) -> bool {
        matches!(self.sales_order.status.as_str(), "C" | "H")
    }

    /// What the shop has been billed for so far.
    pub fn billed(&self) -> Decimal {
        self.bills.iter().map(|b| b.total).sum()
    }

    /// What people call the order, and its number in NetSuite.
    pub fn label(&self) -> String {
        match &self.sales_order.order_name {
            Some(name) => format!("{} (order {name})", self.sales_order.number),
            None => self.sales_order.number.clone(),
        }
    }

    /// Documents by which its runs are found: order and Sales Order, each by its id and by what people call it.
    pub fn documents(&self) -> Vec<String> {
        let head = &self.sales_order;
        let (kind, id) = match (self.shopify_order(), head.order.as_ref().map(|key| (key, key.split_once('-')))) {
            (Some(id), _) => ("shopify:order".to_owned(), Some(id.to_string())),
            (None, Some((_, Some((channel, id))))) => (format!("{channel}:order"), Some(id.to_owned())),
            (None, Some((key, None))) => ("order".to_owned(), Some(key.clone())),
            (None, None) => (String::new(), None),
        };
        let name = head.order_name.as_ref().filter(|name| id.as_ref().is_some_and(|id| id != *name));
        id.iter()
            .chain(name)
            .map(|id| format!("{kind}:{id}"))
            .chain([format!("netsuite:salesOrder:{}", head.id), format!("netsuite:salesOrder:{}", head.number)])
            .collect()
    }
}

/// A number of units that DCL and Shopify can take: whole and positive.
pub fn units(quantity: Decimal, what: &str) -> Result<u32, Problem> {
    let whole = quantity.is_integer().then(|| u32::try_from(quantity).ok()).flatten();
    whole.ok_or_else(|| Problem::record("invalidQuantity", format!("{what}: {quantity} is no whole number of units")))
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_order_is_found_by_what_people_call_it_too() {
        let mut chain = super::fixture::chain(1);
        let sales_order = ["netsuite:salesOrder:1202", "netsuite:salesOrder:SO1002"];
        assert_eq!(chain.documents()[..2], ["shopify:order:450789469", "shopify:order:#1001"]);
        assert_eq!(chain.documents()[2..], sales_order);
        chain.sales_order.order = Some("amazon-112-7".into());
        assert_eq!(chain.documents()[..2], ["amazon:order:112-7", "amazon:order:#1001"]);
        chain.sales_order.order_name = Some("112-7".into());
        assert_eq!(chain.documents().len(), 3);
        chain.sales_order.order = None;
        assert_eq!(chain.documents(), sales_order);
    }
}

#[cfg(test)]
pub(crate) mod fixture {
    use super::*;

    /// `SO1002` of brand `acme`: `quantity` units of `A` and one of `B` at 10.00, shipping 5.00, tax 1.00.
    pub(crate) fn chain(quantity: u32) -> Chain {
        let line = |line, sku: &str, kind: &str, fulfillable, quantity: u32, amount: i64| Line {
            line,
            item: format!("i{sku}"),
            sku: sku.to_owned(),
            item_type: kind.to_owned(),
            fulfillable,
            quantity: quantity.into(),
            fulfilled: Decimal::ZERO,
            billed: Decimal::ZERO,
            amount: Decimal::new(amount, 2),
            closed: false,
            location: Some("1".into()),
            shopify_line: Some(format!("{line}00")),
        };
        let amount = i64::from(quantity) * 1000;
        Chain {
            sales_order: Head {
                id: "1202".into(),
                number: "SO1002".into(),
                status: "B".into(),
                brand: Some("acme".into()),
                order: Some("450789469".into()),
                order_name: Some("#1001".into()),
                customer: "601".into(),
                currency: "1".into(),
                total: Decimal::new(amount + 1000 + 500 + 100, 2),
                sent: false,
                held: false,
                invoiced: false,
            },
            lines: vec![
                line(1, "A", "InvtPart", true, quantity, amount),
                line(2, "B", "InvtPart", true, 1, 1000),
                line(3, "shipping", "OthCharge", false, 1, 500),
                line(4, "tax", "OthCharge", false, 1, 100),
            ],
            fulfillments: vec![],
            bills: vec![],
            payments: vec![],
            at: Timestamp::UNIX_EPOCH,
        }
    }
}
