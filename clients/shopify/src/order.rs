use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Deserialize;

/// An amount of one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Money {
    /// In major units.
    pub amount: Decimal,
    /// The ISO 4217 code.
    pub currency: String,
}

/// The same amount in the shop's currency and in the one that the customer saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoneySet {
    /// In the shop's currency.
    pub shop: Money,
    /// In the customer's currency.
    pub presentment: Money,
}

/// An order as it is now, after edits and refunds, with all its lines.
/// Totals named `current…` are after refunds and removals; `total…` are as first placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The number in its GID.
    pub id: u64,
    /// What people call it, such as `#1001`.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was placed; in the past for imported orders.
    pub processed_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was cancelled, if it was.
    pub cancelled_at: Option<Timestamp>,
    /// Whether it was placed with a test gateway.
    pub test: bool,
    /// Whether its stock is reserved.
    pub confirmed: bool,
    /// Its tags.
    pub tags: Vec<String>,
    /// The note on it.
    pub note: Option<String>,
    /// What the theme or an app has asked the customer for, by name; REST calls them note attributes.
    pub attributes: Vec<(String, String)>,
    /// The customer's e-mail address for this order.
    pub email: Option<String>,
    /// The customer's phone number for this order.
    pub phone: Option<String>,
    /// The customer's purchase order number.
    pub po_number: Option<String>,
    /// Where it came from, such as `web` or `pos`.
    pub source_name: Option<String>,
    /// The shop's currency.
    pub currency: String,
    /// The customer's currency.
    pub presentment_currency: String,
    /// Whether its prices include tax.
    pub taxes_included: bool,
    /// Its payment state; none where it has no transactions.
    pub financial_status: Option<FinancialStatus>,
    /// Whether nothing is left to pay.
    pub fully_paid: bool,
    /// The gateways that it was paid through.
    pub payment_gateways: Vec<String>,
    /// What it comes to now: what is booked.
    pub current_total: MoneySet,
    /// Its lines after discounts, now.
    pub current_subtotal: MoneySet,
    /// Its tax, now.
    pub current_tax: MoneySet,
    /// Its discounts, now.
    pub current_discounts: MoneySet,
    /// Its shipping, now.
    pub current_shipping: MoneySet,
    /// Its duties now, if it has any.
    pub current_duties: Option<MoneySet>,
    /// Its fees now, if it has any.
    pub current_additional_fees: Option<MoneySet>,
    /// What it came to when it was placed.
    pub total: MoneySet,
    /// The tips given.
    pub tip: MoneySet,
    /// Its tax by title and rate, now.
    pub current_tax_lines: Vec<TaxLine>,
    /// What Shopify advises.
    pub risk_recommendation: RiskRecommendation,
    /// The levels that the assessments found, one each.
    pub risk_levels: Vec<RiskLevel>,
    /// Who ordered; none for a guest of the till.
    pub customer: Option<Customer>,
    /// Where it goes.
    pub shipping_address: Option<Address>,
    /// Who pays.
    pub billing_address: Option<Address>,
    /// All its lines, removed ones too (`current_quantity` 0).
    pub lines: Vec<LineItem>,
    /// Its shipping lines.
    pub shipping_lines: Vec<ShippingLine>,
}

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineItem {
    /// The number in its GID.
    pub id: u64,
    /// The SKU, if it has one.
    pub sku: Option<String>,
    /// The product's title.
    pub title: String,
    /// The variant's title.
    pub variant_title: Option<String>,
    /// How many were ordered.
    pub quantity: u32,
    /// How many remain after refunds and removals.
    pub current_quantity: u32,
    /// Whether it has to be shipped.
    pub requires_shipping: bool,
    /// Whether it sells a gift card.
    pub is_gift_card: bool,
    /// Whether it is taxed.
    pub taxable: bool,
    /// The variant's number; none for custom lines and where it was deleted since.
    pub variant_id: Option<u64>,
    /// The price of one before discounts.
    pub unit_price: MoneySet,
    /// Its shares in discounts, for the whole `quantity`.
    pub discount_allocations: Vec<MoneySet>,
    /// Its taxes, for the whole `quantity`.
    pub tax_lines: Vec<TaxLine>,
}

/// A shipping line of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShippingLine {
    /// The number in its GID, if it has one.
    pub id: Option<u64>,
    /// What the customer saw.
    pub title: String,
    /// The rate's code.
    pub code: Option<String>,
    /// Whether it was taken off the order.
    pub is_removed: bool,
    /// Before discounts.
    pub original_price: MoneySet,
    /// After discounts and refunds.
    pub current_discounted_price: MoneySet,
    /// Its taxes.
    pub tax_lines: Vec<TaxLine>,
}

/// A tax on an order, a line or its shipping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxLine {
    /// Its title, such as `State Tax`.
    pub title: String,
    /// Its rate as a share: 0.06 is six per cent.
    pub rate: Option<Decimal>,
    /// The tax itself.
    pub price: MoneySet,
}

/// The customer of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// The number in the GID.
    pub id: u64,
    /// The first name.
    pub first_name: Option<String>,
    /// The last name.
    pub last_name: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The phone number.
    pub phone: Option<String>,
}

/// A postal address as the customer typed it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// The first name.
    pub first_name: Option<String>,
    /// The last name.
    pub last_name: Option<String>,
    /// First and last name.
    pub name: Option<String>,
    /// The company.
    pub company: Option<String>,
    /// Street and number.
    pub address1: Option<String>,
    /// Flat, floor, building.
    pub address2: Option<String>,
    /// The city.
    pub city: Option<String>,
    /// The province or state by name.
    pub province: Option<String>,
    /// The province or state by code, such as `NY`.
    pub province_code: Option<String>,
    /// The postal code.
    pub zip: Option<String>,
    /// The country's ISO 3166 code.
    pub country_code: Option<String>,
    /// The phone number.
    pub phone: Option<String>,
}

/// The payment state of an order.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FinancialStatus {
    /// Authorised, not captured.
    Authorized,
    /// The authorisation ran out.
    Expired,
    /// Paid.
    Paid,
    /// Paid in part.
    PartiallyPaid,
    /// Refunded in part.
    PartiallyRefunded,
    /// To be paid later, or by other means.
    Pending,
    /// Refunded.
    Refunded,
    /// The authorisation was given back.
    Voided,
    /// A state that this version does not know.
    #[serde(untagged)]
    Other(String),
}

/// What Shopify advises to do about fraud.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RiskRecommendation {
    /// Fulfil it.
    Accept,
    /// Cancel it.
    Cancel,
    /// Look at it.
    Investigate,
    /// Nothing.
    None,
    /// Advice that this version does not know.
    #[serde(untagged)]
    Other(String),
}

/// How likely fraud is, by one assessment.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RiskLevel {
    /// Likely.
    High,
    /// Possible.
    Medium,
    /// Unlikely.
    Low,
    /// Not assessed.
    None,
    /// Not assessed yet.
    Pending,
    /// A level that this version does not know.
    #[serde(untagged)]
    Other(String),
}
