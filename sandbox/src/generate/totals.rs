//! The sums of an order, as placed and as it is now.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::basket::gross;
use crate::money::{Bag, Currencies, rest};
use crate::shopify::derive::{self, list};

/// The sums over an order's parts.
struct Sums {
    items: Bag,
    item_discounts: Bag,
    shipping: Bag,
    shipping_discounts: Bag,
    tax: Bag,
    extras: Bag,
}

impl Sums {
    fn subtotal(&self) -> Bag {
        self.items - self.item_discounts
    }

    fn total(&self, order: &Value) -> Bag {
        let tax = match order["taxes_included"].as_bool() {
            Some(true) => Bag::default(),
            _ => self.tax,
        };
        self.subtotal() + self.shipping + tax + self.extras
    }
}

fn extras(order: &Value, duties: &str, fees: &str) -> Bag {
    derive::tip(order) + Bag::read(&order[duties]) + Bag::read(&order[fees])
}

fn write(order: &mut Value, name: &str, bag: Bag) {
    let currencies = Currencies::of(order);
    order[name] = json!(rest(bag.shop, &currencies.shop));
    order[format!("{name}_set")] = currencies.rest_set(bag);
}

fn standing(order: &Value) -> impl Iterator<Item = &Value> {
    let lines = list(order, "shipping_lines").iter();
    lines.filter(|line| line["is_removed"] != true)
}

fn shipping_discounts(order: &Value) -> Bag {
    standing(order).map(|line| Bag::field(line, "price") - Bag::field(line, "discounted_price")).sum()
}

/// Writes the totals of the order as it was placed.
pub(super) fn original(order: &mut Value) {
    let lines = list(order, "line_items").iter();
    let sums = Sums {
        items: lines.clone().map(|line| gross(line, derive::quantity(line))).sum(),
        item_discounts: lines.map(derive::allocated).sum(),
        shipping: standing(order).map(|line| Bag::field(line, "discounted_price")).sum(),
        shipping_discounts: shipping_discounts(order),
        tax: list(order, "tax_lines").iter().map(|tax| Bag::field(tax, "price")).sum(),
        extras: extras(order, "original_total_duties_set", "original_total_additional_fees_set"),
    };
    write(order, "total_line_items_price", sums.items);
    write(order, "total_discounts", sums.item_discounts + sums.shipping_discounts);
    write(order, "subtotal_price", sums.subtotal());
    write(order, "total_shipping_price", sums.shipping);
    write(order, "total_tax", sums.tax);
    let total = sums.total(order);
    write(order, "total_price", total);
}

/// Writes the totals of what is left of the order.
pub(super) fn current(order: &mut Value) {
    let currencies = Currencies::of(order);
    let lines = list(order, "line_items").iter();
    let sums = Sums {
        items: lines.clone().map(|line| gross(line, derive::current_quantity(line))).sum(),
        item_discounts: lines.map(|line| derive::current_discount(line, &currencies)).sum(),
        shipping: derive::current_shipping(order).into_iter().sum(),
        shipping_discounts: shipping_discounts(order),
        tax: derive::current_taxes(order).into_iter().map(|tax| tax.amount).sum(),
        extras: extras(order, "current_total_duties_set", "current_total_additional_fees_set"),
    };
    write(order, "current_total_discounts", sums.item_discounts + sums.shipping_discounts);
    write(order, "current_subtotal_price", sums.subtotal());
    write(order, "current_total_tax", sums.tax);
    let total = sums.total(order);
    write(order, "current_total_price", total);
}

/// A decimal as a JSON number, as REST writes a few amounts.
pub(super) fn number(amount: Decimal) -> Value {
    serde_json::from_str(&amount.normalize().to_string()).unwrap_or(Value::Null)
}
