//! `Customer`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::connection::Item;
use super::order::mailing_address;
use super::{Answer, Context, Node};
use crate::money;
use crate::shopify::derive::list;
use crate::shopify::search::{order_sort, tags};

pub(super) fn field(context: &Context<'_>, customer: &Value, name: &str) -> Answer {
    let id = customer["id"].as_u64().unwrap_or(0);
    match name {
        "id" => Answer::Leaf(json!(crate::shopify::state::gid("Customer", id))),
        "legacyResourceId" => Answer::Leaf(json!(id.to_string())),
        "displayName" => Answer::Leaf(json!(display_name(customer))),
        "tags" => Answer::Shape(json!(tags(customer))),
        "state" => Answer::Shape(json!(customer["state"].as_str().unwrap_or("disabled"))),
        "productSubscriberStatus" => Answer::Leaf(json!("NEVER_SUBSCRIBED")),
        "locale" => Answer::Leaf(json!("en")),
        "createdAt" | "updatedAt" => {
            let date = &customer[super::snake(name)];
            let date = date.as_str().unwrap_or("1970-01-01T00:00:00Z");
            Answer::Shape(json!(date))
        }
        "numberOfOrders" => Answer::Shape(json!(orders(context, id).len())),
        "amountSpent" => Answer::Shape(json!({
            "amount": money::graphql(money::read(&customer["total_spent"])),
            "currencyCode": customer["currency"].as_str().unwrap_or(&context.shop.options.currency),
        })),
        "defaultEmailAddress" => match customer["email"].as_str() {
            None | Some("") => Answer::Leaf(Value::Null),
            Some(email) => Answer::Shape(json!({"emailAddress": email, "validFormat": true})),
        },
        "defaultPhoneNumber" => match customer["phone"].as_str() {
            None | Some("") => Answer::Leaf(Value::Null),
            Some(phone) => Answer::Shape(json!({"phoneNumber": phone})),
        },
        "defaultAddress" => match &customer["default_address"] {
            address @ Value::Object(_) => Answer::Shape(mailing_address(address, id)),
            _ => Answer::Leaf(Value::Null),
        },
        "addresses" => {
            Answer::Shape(list(customer, "addresses").iter().map(|address| mailing_address(address, id)).collect())
        }
        "addressesV2" => Answer::Paged(
            list(customer, "addresses")
                .iter()
                .enumerate()
                .map(|(index, address)| {
                    let shape = mailing_address(address, id);
                    Item::at(index, Node::Shape("MailingAddress".to_owned(), shape))
                })
                .collect(),
        ),
        "orders" => Answer::Paged(orders(context, id)),
        "lastOrder" => match orders(context, id).pop() {
            Some(item) => Answer::One(item.node),
            None => Answer::Leaf(Value::Null),
        },
        _ => Answer::Plain,
    }
}

fn display_name(customer: &Value) -> String {
    let parts = ["first_name", "last_name"];
    let names: Vec<&str> =
        parts.iter().filter_map(|part| customer[*part].as_str()).filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        return customer["email"].as_str().unwrap_or_default().to_owned();
    }
    names.join(" ")
}

fn orders(context: &Context<'_>, customer: u64) -> Vec<Item> {
    let state = context.shop.state();
    state
        .orders()
        .filter(|order| order["customer"]["id"].as_u64() == Some(customer))
        .map(|order| Item {
            sort: order_sort(order, "ID"),
            id: order["id"].as_u64().unwrap_or(0),
            node: Node::Order(Arc::clone(order)),
        })
        .collect()
}
