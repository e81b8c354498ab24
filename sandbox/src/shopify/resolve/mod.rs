//! Answers GraphQL fields from REST-shaped records.
//!
//! An [`Object`] is one GraphQL object: a type and the record behind it. Where a field's name and
//! meaning agree with REST but for the spelling, the schema's type alone decides how it is written;
//! the modules beside this one hold only what differs.

mod bulk;
mod catalogue;
mod connection;
mod customer;
mod events;
mod field;
mod gid;
mod inventory;
mod line;
mod mutation;
mod order;
mod query;
mod scalar;
mod sending;
mod stock;
mod walk;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use apollo_compiler::resolvers::{FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::response::{JsonMap, JsonValue};
use jiff::Timestamp;
use serde_json::Value;

use super::Inner;
use super::state::stock::Level;
use crate::money::Currencies;
use connection::{Item, Page};
use field::Field;
use gid::{gid_of, not_a_record, split_gid};
pub(crate) use walk::Walk;

/// What all objects of one request share.
pub(crate) struct Context<'a> {
    pub shop: &'a Inner,
    pub now: Timestamp,
    pub api_version: &'static str,
    /// Entries for `extensions.search`.
    pub search: Mutex<Vec<Value>>,
    /// The keys of `@idempotent` by the response key of their mutation.
    pub keys: BTreeMap<String, String>,
    /// Set while a bulk operation reads page by page.
    pub walk: Option<Walk>,
}

/// The record behind an object.
#[derive(Clone)]
pub(crate) enum Node {
    Query,
    Mutation,
    Order(Arc<Value>),
    /// The order, and the line's place in it.
    Line(Arc<Value>, usize),
    ShippingLine(Arc<Value>, usize),
    Customer(Arc<Value>),
    Product(Arc<Value>),
    /// The product, and the variant's place in it.
    Variant(Arc<Value>, usize),
    Location(Arc<Value>),
    /// An inventory item, as its variant's product and place there.
    Item(Arc<Value>, usize),
    /// The inventory item, the location, and what is there.
    Level(u64, u64, Level),
    /// JSON that has GraphQL's shape already; an abstract type needs `__typename`.
    Shape(String, Value),
    Connection(String, Arc<Page>),
    /// The connection, and the edge's place in it.
    Edge(String, Arc<Page>, usize),
}

/// What a field is answered with.
pub(crate) enum Answer {
    Leaf(Value),
    /// JSON of GraphQL's shape, turned into objects where the schema has them.
    Shape(Value),
    One(Node),
    Many(Vec<Node>),
    /// A list with gaps.
    Some(Vec<Option<Node>>),
    /// All nodes of a connection, to be paged by the field's arguments.
    Paged(Vec<Item>),
    /// A connection's page, already cut.
    Page(Page),
    /// Nothing special: look into the record.
    Plain,
}

/// A field that fails, with Shopify's code.
pub(crate) struct Failure {
    pub code: &'static str,
    pub message: String,
}

/// Separates a code from its message on the way through apollo's errors, which carry text only.
pub(crate) const CODE_END: char = '\u{1f}';

impl Failure {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Failure {
        Failure { code, message: message.into() }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Failure {
        Failure::new("BAD_REQUEST", message)
    }
}

impl From<Failure> for FieldError {
    fn from(failure: Failure) -> FieldError {
        FieldError { message: format!("{}{CODE_END}{}", failure.code, failure.message) }
    }
}

/// A node in its request.
pub(crate) struct Object<'a> {
    pub context: &'a Context<'a>,
    pub node: Node,
}

impl ObjectValue for Object<'_> {
    fn type_name(&self) -> &str {
        match &self.node {
            Node::Query => "QueryRoot",
            Node::Mutation => "Mutation",
            Node::Order(_) => "Order",
            Node::Line(..) => "LineItem",
            Node::ShippingLine(..) => "ShippingLine",
            Node::Customer(_) => "Customer",
            Node::Product(_) => "Product",
            Node::Variant(..) => "ProductVariant",
            Node::Location(_) => "Location",
            Node::Item(..) => "InventoryItem",
            Node::Level(..) => "InventoryLevel",
            Node::Shape(name, _) | Node::Connection(name, _) | Node::Edge(name, ..) => name,
        }
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Result<ResolvedValue<'a>, FieldError> {
        let answer = self.answer(info)?;
        let field = Field { object: self, info, ty: &info.field_definition().ty };
        Ok(field.resolve(answer)?)
    }
}

impl Object<'_> {
    fn answer(&self, info: &ResolveInfo<'_>) -> Result<Answer, Failure> {
        let (name, arguments) = (info.field_name(), info.arguments());
        for (name, value) in arguments {
            refuse_long_lists(name.as_str(), value)?;
        }
        match &self.node {
            Node::Query => match &self.context.walk {
                Some(walk) => query::field(self.context, name, &walk.arguments(arguments)),
                None => query::field(self.context, name, arguments),
            },
            Node::Mutation => {
                let key = info.field_selections().first().and_then(|field| {
                    let key = self.context.keys.get(field.response_key().as_str())?;
                    Some(key.as_str())
                });
                mutation::field(self.context, name, key, arguments)
            }
            Node::Order(order) => order::field(self.context, order, name, arguments),
            Node::Line(order, index) => Ok(line::item(self.context, order, *index, name)),
            Node::ShippingLine(order, index) => Ok(line::shipping(order, *index, name)),
            Node::Customer(customer) => Ok(customer::field(self.context, customer, name)),
            Node::Product(product) => Ok(catalogue::product(product, name)),
            Node::Variant(product, index) => Ok(catalogue::variant(self.context, product, *index, name)),
            Node::Location(location) => match inventory::of_location(self.context, location, name, arguments)? {
                Some(answer) => Ok(answer),
                None => Ok(catalogue::location(location, name)),
            },
            Node::Item(product, index) => inventory::item(self.context, &product["variants"][*index], name, arguments),
            Node::Level(item, location, level) => {
                inventory::level(self.context, (*item, *location), level, name, arguments)
            }
            Node::Shape(..) => Ok(Answer::Plain),
            Node::Connection(_, page) => Ok(page.field(name)),
            Node::Edge(_, page, index) => Ok(page.edge_field(*index, name)),
        }
    }

    /// The record that plain fields are read from, and the currencies of its money.
    fn record(&self) -> Option<(&Value, Option<Currencies>)> {
        let of = |order: &Value| Some(Currencies::of(order));
        match &self.node {
            Node::Order(order) => Some((order, of(order))),
            Node::Line(order, index) => Some((&order["line_items"][*index], of(order))),
            Node::ShippingLine(order, index) => Some((&order["shipping_lines"][*index], of(order))),
            Node::Customer(record) | Node::Product(record) | Node::Location(record) => Some((record, None)),
            Node::Variant(product, index) | Node::Item(product, index) => Some((&product["variants"][*index], None)),
            _ => None,
        }
    }
}

/// `currentTotalPriceSet` → `current_total_price_set`; `address1` stays.
fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 8);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// Longest list that an argument may hold, in any API.
const LONGEST_LIST: usize = 250;
/// The one exception here.
const LONGEST_FULFILLMENT: usize = 512;

fn refuse_long_lists(name: &str, value: &JsonValue) -> Result<(), Failure> {
    let longest = if name == "fulfillmentOrderLineItems" { LONGEST_FULFILLMENT } else { LONGEST_LIST };
    match value {
        JsonValue::Array(items) if items.len() > longest => {
            let size = items.len();
            let message = format!("The input array size of {size} is greater than the maximum allowed of {longest}.");
            Err(Failure::new("MAX_INPUT_SIZE_EXCEEDED", message))
        }
        JsonValue::Array(items) => items.iter().try_for_each(|item| refuse_long_lists("", item)),
        JsonValue::Object(fields) => {
            fields.iter().try_for_each(|(name, field)| refuse_long_lists(name.as_str(), field))
        }
        _ => Ok(()),
    }
}

/// A string argument.
fn text<'a>(arguments: &'a JsonMap, name: &str) -> Option<&'a str> {
    arguments.get(name)?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_rest_s_spelling() {
        assert_eq!(snake("currentTotalPriceSet"), "current_total_price_set");
        assert_eq!(snake("address1"), "address1");
    }
}
