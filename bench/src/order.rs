//! The order that is placed again and again: two lines, one of them discounted, tax, shipping, a customer with an e-mail.

use anyhow::Context;
use jiff::Timestamp;
use serde_json::{Value, json};

/// Ids of orders and customers count from here; nothing in the sandbox's own data is near.
const FIRST_ORDER: u64 = 7_000_000_000;
const FIRST_CUSTOMER: u64 = 8_000_000_000;

/// Shopify's id of the order with this number.
pub(crate) fn id(number: u64) -> u64 {
    FIRST_ORDER + number
}

/// Makes orders in Shopify's REST shape.
pub(crate) struct Template(Value);

impl Template {
    pub(crate) fn new() -> anyhow::Result<Self> {
        serde_json::from_str(include_str!("../data/order.json")).map(Self).context("data/order.json")
    }

    /// Order `number` of customer `customer`, placed now. Customers differ in id, name and e-mail.
    pub(crate) fn order(&self, number: u64, customer: u64) -> Value {
        let mut order = self.0.clone();
        let (id, now) = (id(number), Timestamp::now().to_string());
        order["id"] = json!(id);
        order["admin_graphql_api_id"] = json!(format!("gid://shopify/Order/{id}"));
        order["name"] = json!(format!("#{number}"));
        for date in ["created_at", "processed_at", "updated_at"] {
            order[date] = json!(now);
        }
        let (customer_id, email) = (FIRST_CUSTOMER + customer, json!(format!("buyer-{customer}@example.com")));
        let person = &mut order["customer"];
        person["id"] = json!(customer_id);
        person["admin_graphql_api_id"] = json!(format!("gid://shopify/Customer/{customer_id}"));
        person["last_name"] = json!(format!("Byron-{customer}"));
        person["email"] = email.clone();
        order["email"] = email.clone();
        order["contact_email"] = email;
        order
    }
}
