//! New orders.

use client_core::{Error, Result, encode, plain};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::wire;

/// An order for the warehouse. Lengths are in characters.
///
/// <https://api.dclcorp.com/Help/Api/POST-api-sandbox-batches>
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NewOrder {
    /// 0 on hold, 1 normal (default), 2 rush.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_status: Option<i64>,
    /// Our number for it: letters, digits, `-` and `#`, at most 25. DCL may take the same number twice.
    pub order_number: String,
    /// The account that owns it, at most 10.
    pub account_number: String,
    /// When it was ordered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ordered_date: Option<Date>,
    /// The customer's purchase order; DCL cuts it at 25 without a word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub po_number: Option<String>,
    /// The customer, at most 25.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_number: Option<String>,
    /// The account that freight is billed to, at most 10.
    pub freight_account: String,
    /// The third party that freight is billed to, at most 25.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consignee_number: Option<String>,
    /// The carrier as DCL calls it, at most 30.
    pub shipping_carrier: String,
    /// The carrier's service as DCL calls it, at most 30.
    pub shipping_service: String,
    /// `P` (default), or `B` for business to business: then `custom_field4` is the vendor number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_id: Option<String>,
    /// Where it goes.
    pub shipping_address: Address,
    /// Who pays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_address: Option<Address>,
    /// 0 within the country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub international_code: Option<i64>,
    /// What a parcel that leaves the country is worth, for its customs. Known from the data of DCL's own front end.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "wire::number")]
    pub international_declared_value: Option<Decimal>,
    /// Printed on the packing list. Known from the data of DCL's own front end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub packing_list_comments: Option<String>,
    /// The sum of its lines.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "wire::number")]
    pub order_subtotal: Option<Decimal>,
    /// Shipping and handling.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "wire::number")]
    pub shipping_handling: Option<Decimal>,
    /// Sales tax.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "wire::number")]
    pub sales_tax: Option<Decimal>,
    /// Handling abroad.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "wire::number")]
    pub international_handling: Option<Decimal>,
    /// The total.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "wire::number")]
    pub total_due: Option<Decimal>,
    /// What is paid of it.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "wire::number")]
    pub amount_paid: Option<Decimal>,
    /// What is due in the order's currency.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "wire::number")]
    pub net_due_currency: Option<Decimal>,
    /// The vendor number of an order with the `system_id` `B`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_field4: Option<String>,
    /// What is ordered.
    pub lines: Vec<NewLine>,
}

/// An address on its way in; on its way out it is told otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Address {
    /// The company.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// The person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attention: Option<String>,
    /// First line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address1: Option<String>,
    /// Second line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address2: Option<String>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// State or province.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_province: Option<String>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// ISO 3166, two letters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country_code: Option<String>,
    /// Telephone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// E-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// A line of a new order.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NewLine {
    /// Our number of the line, unique in the order.
    pub line_number: i64,
    /// The item as DCL calls it, at most 25.
    pub item_number: String,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Units, above 0.
    pub quantity: u64,
    /// The price of a unit.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "wire::number")]
    pub price: Option<Decimal>,
    /// The earliest day; not inside a bundle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub do_not_ship_before: Option<Date>,
    /// The latest day; not inside a bundle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ship_by: Option<Date>,
    /// At most 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comments: Option<String>,
    /// At most 20.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_field1: Option<String>,
    /// The third and the fourth are for DCL's use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_field2: Option<String>,
    /// As the second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_field5: Option<String>,
    /// What a "configured item" is made of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bundle_lines: Vec<NewLine>,
}

/// What DCL says of one order of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderStatus {
    /// Our number.
    pub order_number: String,
    /// 0 where the order was taken. There is no list of the others.
    pub error_code: i64,
    /// Why it was not taken, fit for logs.
    pub error_message: String,
}

#[derive(Serialize)]
struct Batch<'a> {
    allow_partial: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<&'a str>,
    orders: &'a [NewOrder],
}

#[derive(Deserialize)]
struct Submitted {
    order_statuses: Vec<Told>,
}

#[derive(Deserialize)]
struct Told {
    error_code: i64,
    error_message: Option<String>,
    #[serde(default, deserialize_with = "wire::text")]
    order_number: Option<String>,
}

impl Client {
    /// Submits 1 to 1000 orders to a warehouse (`FR`, `LA`, `LN`, `YK`, `EX`, `EU`, or the account's own) and
    /// returns what DCL says of each, in their sequence. Those with another code than 0 were not taken, the
    /// others were. A repeat may make each order twice.
    pub async fn submit(&self, orders: &[NewOrder], location: Option<&str>) -> Result<Vec<OrderStatus>> {
        let body = encode(&Batch { allow_partial: true, location, orders }, "POST batches")?;
        let Submitted { order_statuses } = self.post("batches", body).await?;
        if order_statuses.len() != orders.len() {
            let (told, sent) = (order_statuses.len(), orders.len());
            return Err(unreadable("order_statuses", format!("told {told} of {sent} orders")));
        }
        let pairs = (0..).zip(orders.iter().zip(order_statuses));
        pairs.map(|(index, (order, told))| status(index, order, told)).collect()
    }
}

/// DCL promises the orders' sequence; a number of another order would credit the wrong one.
fn status(index: usize, order: &NewOrder, told: Told) -> Result<OrderStatus> {
    if told.order_number.as_ref().is_some_and(|number| *number != order.order_number) {
        let path = format!("order_statuses[{index}].order_number");
        return Err(unreadable(&path, format!("expected {}", order.order_number)));
    }
    Ok(OrderStatus {
        order_number: order.order_number.clone(),
        error_code: told.error_code,
        error_message: plain(&told.error_message.unwrap_or_default()),
    })
}

fn unreadable(path: &str, detail: String) -> Error {
    Error::Unreadable { path: path.to_owned(), detail: format!("POST batches: {detail}") }
}
