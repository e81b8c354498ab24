//! Amounts that GraphQL tells and REST does not: what is left of an order after refunds and edits.
//!
//! A line's part of a discount or tax is its share by `current_quantity / quantity`, rounded half up.
//! What the order's own `current_…_set` says wins: a residue goes to the largest part.

use rust_decimal::Decimal;
use serde_json::Value;

use crate::money::{Bag, Currencies};

/// One current tax of the order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tax {
    pub title: String,
    pub rate: Value,
    pub channel_liable: Value,
    pub amount: Bag,
}

/// The elements of a REST list; nothing for a missing one.
pub(crate) fn list<'a>(object: &'a Value, name: &str) -> &'a [Value] {
    object[name].as_array().map_or(&[], Vec::as_slice)
}

pub(crate) fn quantity(line: &Value) -> i64 {
    line["quantity"].as_i64().unwrap_or(0)
}

pub(crate) fn current_quantity(line: &Value) -> i64 {
    line["current_quantity"].as_i64().unwrap_or_else(|| quantity(line))
}

/// What the line is discounted by now.
pub(crate) fn current_discount(line: &Value, currencies: &Currencies) -> Bag {
    let whole = allocated(line);
    currencies.share(whole, current_quantity(line), quantity(line))
}

/// What the line was discounted by when it was ordered.
pub(crate) fn allocated(line: &Value) -> Bag {
    list(line, "discount_allocations").iter().map(|allocation| Bag::field(allocation, "amount")).sum()
}

/// What has been refunded of shipping, without its tax and with it apart.
pub(crate) fn refunded_shipping(order: &Value) -> (Bag, Bag) {
    let mut amount = Bag::default();
    let mut tax = Bag::default();
    for refund in list(order, "refunds") {
        for adjustment in list(refund, "order_adjustments") {
            if adjustment["kind"] == "shipping_refund" {
                amount = amount - Bag::field(adjustment, "amount");
                tax = tax - Bag::field(adjustment, "tax_amount");
            }
        }
    }
    (amount, tax)
}

/// What each shipping line costs now, in order. Refunds take from the first lines first.
pub(crate) fn current_shipping(order: &Value) -> Vec<Bag> {
    let (mut refunded, _) = refunded_shipping(order);
    list(order, "shipping_lines")
        .iter()
        .map(|line| {
            if line["is_removed"] == true {
                return Bag::default();
            }
            let price = Bag::field(line, "discounted_price");
            let taken =
                Bag { shop: refunded.shop.min(price.shop), presentment: refunded.presentment.min(price.presentment) };
            refunded = refunded - taken;
            price - taken
        })
        .collect()
}

/// The order's taxes as they are now, in the order of their first appearance.
pub(crate) fn current_taxes(order: &Value) -> Vec<Tax> {
    let currencies = Currencies::of(order);
    let mut taxes: Vec<Tax> = Vec::new();
    for line in list(order, "line_items") {
        let (part, whole) = (current_quantity(line), quantity(line));
        for tax in list(line, "tax_lines") {
            let amount = currencies.share(Bag::field(tax, "price"), part, whole);
            add(&mut taxes, tax, amount);
        }
    }
    let (_, mut refunded) = refunded_shipping(order);
    for line in list(order, "shipping_lines") {
        if line["is_removed"] == true {
            continue;
        }
        for tax in list(line, "tax_lines") {
            let amount = Bag::field(tax, "price");
            let taken =
                Bag { shop: refunded.shop.min(amount.shop), presentment: refunded.presentment.min(amount.presentment) };
            refunded = refunded - taken;
            add(&mut taxes, tax, amount - taken);
        }
    }
    if taxes.is_empty() {
        for tax in list(order, "tax_lines") {
            add(&mut taxes, tax, Bag::field(tax, "price"));
        }
    }
    settle(&mut taxes, order);
    taxes.retain(|tax| !tax.amount.is_zero());
    taxes
}

fn add(taxes: &mut Vec<Tax>, line: &Value, amount: Bag) {
    let title = line["title"].as_str().unwrap_or_default();
    let known = taxes.iter_mut().find(|tax| tax.title == title && tax.rate == line["rate"]);
    match known {
        Some(tax) => tax.amount = tax.amount + amount,
        None => taxes.push(Tax {
            title: title.to_owned(),
            rate: line["rate"].clone(),
            channel_liable: line["channel_liable"].clone(),
            amount,
        }),
    }
}

/// Makes the taxes sum to what the order says.
fn settle(taxes: &mut [Tax], order: &Value) {
    if !order["current_total_tax_set"].is_object() && !order["current_total_tax"].is_string() {
        return;
    }
    let total = Bag::field(order, "current_total_tax");
    let residue = total - taxes.iter().map(|tax| tax.amount).sum();
    if residue.is_zero() {
        return;
    }
    if let Some(largest) = taxes.iter_mut().max_by_key(|tax| tax.amount.shop) {
        largest.amount = largest.amount + residue;
    }
}

/// Σ of what has been refunded in money, by the refunds' successful transactions.
pub(crate) fn refunded(order: &Value) -> Bag {
    let mut total = Bag::default();
    for refund in list(order, "refunds") {
        for transaction in list(refund, "transactions") {
            if transaction["status"] == "success" {
                total = total + Bag::field(transaction, "amount");
            }
        }
    }
    total
}

/// `total_tip_received`, which REST tells in the shop's currency only unless its set is there.
pub(crate) fn tip(order: &Value) -> Bag {
    if order["total_tip_received_set"].is_object() {
        return Bag::read(&order["total_tip_received_set"]);
    }
    let currencies = Currencies::of(order);
    let shop = crate::money::read(&order["total_tip_received"]);
    let total = Bag::field(order, "total_price");
    let rate = total.presentment.checked_div(total.shop).unwrap_or(Decimal::ONE);
    currencies.round(Bag { shop, presentment: shop.saturating_mul(rate) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Value {
        let file: Value = serde_json::from_str(include_str!("../../data/shopify/order/1.json")).unwrap();
        file["orders"][0].clone()
    }

    #[test]
    fn what_is_left_of_the_partly_refunded_sample() {
        let order = sample();
        let taxes = current_taxes(&order);
        assert_eq!(taxes.len(), 1);
        assert_eq!(taxes[0].title, "State Tax");
        assert_eq!(taxes[0].amount.shop, "3.98".parse().unwrap());

        let currencies = Currencies::of(&order);
        let discounts: Bag = list(&order, "line_items").iter().map(|line| current_discount(line, &currencies)).sum();
        assert_eq!(discounts.shop, "3.33".parse().unwrap());
    }

    #[test]
    fn a_residue_goes_to_the_largest_tax() {
        let order = serde_json::json!({
            "currency": "EUR", "current_total_tax": "3.01",
            "line_items": [{"quantity": 1, "current_quantity": 1, "tax_lines": [
                {"title": "A", "rate": 0.1, "price": "1.00"},
                {"title": "B", "rate": 0.2, "price": "2.00"},
            ]}]
        });
        let amounts: Vec<_> = current_taxes(&order).iter().map(|tax| tax.amount.shop.to_string()).collect();
        assert_eq!(amounts, ["1.00", "2.01"]);
    }
}
