//! An order as every agent sees it, whatever channel it came from.
//!
//! All money is in the currency that the brand books. Quantities are the current ones: what was refunded or edited away is gone.

use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{money, sales_order::Problem};

/// An order. `key` is the last part of its workflow id: Shopify's numeric id, or channel and order number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// Shopify's numeric id, or `<channel>-<order id>`.
    pub key: String,
    /// What people call it: `#1001`.
    pub name: String,
    /// Where it came from.
    pub source: Source,
    /// When it was placed.
    pub created_at: Timestamp,
    /// The day it was placed, in the brand's time zone: NetSuite's transaction date.
    pub date: Date,
    /// Cancelled by customer or merchant.
    #[serde(default)]
    pub cancelled: bool,
    /// Placed with a test gateway.
    #[serde(default)]
    pub test: bool,
    /// Shopify's tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Shopify's `displayFinancialStatus`; none for orders without any transaction.
    pub payment_state: Option<String>,
    /// What the shop thinks of fraud.
    #[serde(default)]
    pub risk: Risk,
    /// ISO code of the booked currency.
    pub currency: String,
    /// The total in the buyer's currency, where that is another one than the store's.
    pub presentment: Option<Money>,
    /// Who bought.
    pub buyer: Buyer,
    /// Where the bill goes.
    pub billing: Option<Address>,
    /// Where the goods go.
    pub shipping: Option<Address>,
    /// Printed on the packing list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gift_message: Option<String>,
    /// Are the prices gross of tax?
    pub taxes_included: bool,
    /// What was bought.
    pub lines: Vec<Line>,
    /// What delivery costs.
    pub shipping_lines: Vec<ShippingLine>,
    /// Tip.
    #[serde(default)]
    pub tip: Decimal,
    /// Duties and additional fees.
    #[serde(default)]
    pub duties: Decimal,
    /// The order's taxes as they are now, by title.
    pub taxes: Vec<Tax>,
    /// Their sum, as the shop states it.
    pub total_tax: Decimal,
    /// What the order costs now. The Sales Order must equal this to the cent.
    pub total: Decimal,
}

/// What the shop thinks of fraud.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Risk {
    /// Nothing that should hold the order.
    #[default]
    None,
    /// Not assessed yet.
    Pending,
    /// HIGH, or the advice to cancel.
    High,
}

/// Where an order came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// The brand's Shopify store; it can be read again.
    Shopify,
    /// Another channel, by name; what was published is all there is.
    Channel(String),
}

/// An amount with its currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// Major units.
    pub amount: Decimal,
    /// ISO code.
    pub currency: String,
}

/// Who bought.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Buyer {
    /// The shop's customer id; none for guests.
    pub id: Option<String>,
    /// E-mail; none at a point of sale.
    pub email: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
}

/// A postal address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Address {
    /// Full name.
    pub name: Option<String>,
    /// Company.
    pub company: Option<String>,
    /// Street.
    pub address1: Option<String>,
    /// Second line.
    pub address2: Option<String>,
    /// City.
    pub city: Option<String>,
    /// State or province, as a code where there is one.
    pub state: Option<String>,
    /// Postal code.
    pub zip: Option<String>,
    /// ISO 3166 two-letter code.
    pub country: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
}

/// One line of merchandise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// The shop's line id.
    pub id: String,
    /// SKU, if it has one.
    pub sku: Option<String>,
    /// The shop's variant id, if it still exists.
    pub variant: Option<String>,
    /// What people call it.
    pub title: String,
    /// Units now.
    pub quantity: u32,
    /// Units when the order was placed; discounts and taxes below are for these.
    pub ordered: u32,
    /// Price of one unit before discounts.
    pub unit_price: Decimal,
    /// Every discount allocated to the line, for `ordered` units.
    #[serde(default)]
    pub discount: Decimal,
    /// Taxes for `ordered` units.
    #[serde(default)]
    pub taxes: Vec<Tax>,
    /// Does it need shipping?
    #[serde(default = "yes")]
    pub requires_shipping: bool,
    /// Is it a gift card that is sold?
    #[serde(default)]
    pub gift_card: bool,
}

fn yes() -> bool {
    true
}

/// One shipping line that is still charged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShippingLine {
    /// The shop's line id.
    pub id: String,
    /// What people call it: `Standard`.
    pub title: String,
    /// The carrier service's code.
    pub code: Option<String>,
    /// Price after discounts and refunds.
    pub price: Decimal,
    /// Its taxes.
    #[serde(default)]
    pub taxes: Vec<Tax>,
}

/// One tax.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tax {
    /// What the shop calls it: `State Tax`.
    pub title: String,
    /// As a fraction: 0.06.
    pub rate: Decimal,
    /// The amount.
    pub amount: Decimal,
}

/// More units of one thing are a slip of the pen.
pub const MAX_QUANTITY: u32 = 1_000_000;

impl Order {
    /// Can it be computed with? Names the figure that nobody could mean.
    pub fn check(&self) -> Result<(), Problem> {
        let wrong = |what: String| Problem::record("invalidOrder", format!("order {}: {what}", self.name));
        let amount = |what: &str, amount: Decimal| match money::is_sane(amount) {
            true => Ok(()),
            false => Err(wrong(format!("{what} is {amount}"))),
        };
        let taxes = |what: &str, taxes: &[Tax]| {
            taxes.iter().try_for_each(|tax| match money::is_sane_rate(tax.rate) {
                true => amount(&format!("{what}: tax {:?}", tax.title), tax.amount),
                false => Err(wrong(format!("{what}: the rate of tax {:?} is {}", tax.title, tax.rate))),
            })
        };
        for line in &self.lines {
            if line.ordered > MAX_QUANTITY || line.quantity > line.ordered {
                return Err(wrong(format!("{}: quantity {} of {}", line.label(), line.quantity, line.ordered)));
            }
            amount(&format!("{}: unit price", line.label()), line.unit_price)?;
            amount(&format!("{}: discount", line.label()), line.discount)?;
            taxes(&line.label(), &line.taxes)?;
        }
        for line in &self.shipping_lines {
            amount(&format!("shipping {:?}", line.title), line.price)?;
            taxes(&format!("shipping {:?}", line.title), &line.taxes)?;
        }
        taxes("order", &self.taxes)?;
        for (what, figure) in
            [("tip", self.tip), ("duties and fees", self.duties), ("tax", self.total_tax), ("total", self.total)]
        {
            amount(what, figure)?;
        }
        Ok(())
    }
}

impl Line {
    /// The names under which a mapping may know the line, the most specific first.
    pub fn mapping_keys(&self) -> Vec<String> {
        let sku = self.sku.clone().filter(|s| !s.trim().is_empty());
        let variant = self.variant.as_ref().map(|v| format!("variant:{v}"));
        sku.into_iter().chain(variant).chain([format!("title:{}", self.title)]).collect()
    }

    /// How a message names the line.
    pub fn label(&self) -> String {
        match &self.sku {
            Some(sku) if !sku.trim().is_empty() => format!("SKU {sku:?}"),
            _ => format!("line {} {:?}, which has no SKU", self.id, self.title),
        }
    }
}
