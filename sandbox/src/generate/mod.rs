//! Realistic orders from a seed, in Shopify's REST shape.
//!
//! The same seed and index give the same order on every machine. Every order is consistent to the
//! cent in both of its currencies; what varies is what varies in real shops: see the crate's README.

mod basket;
pub(crate) mod dice;
mod history;
mod payments;
mod people;
mod taxes;
mod totals;

use std::sync::{Arc, LazyLock};

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::catalogue::{self, Item};
use crate::money::Currencies;
use dice::Dice;

/// The shop that the orders are placed in.
#[derive(Clone, Debug)]
pub struct Store {
    /// The shop's currency, ISO 4217.
    pub currency: String,
    /// What it sells.
    pub items: Arc<[Item]>,
}

impl Default for Store {
    fn default() -> Store {
        Store { currency: "USD".to_owned(), items: CATALOGUE.clone() }
    }
}

/// The order at `index` of the sequence that `seed` stands for, in a US dollar shop.
pub fn order(seed: u64, index: u32) -> Value {
    order_in(&Store::default(), seed, index)
}

/// The first `count` orders of `seed`.
pub fn orders(seed: u64, count: u32) -> Vec<Value> {
    (0..count).map(|index| order(seed, index)).collect()
}

/// As [`order`], in a shop of another currency.
pub fn order_in(store: &Store, seed: u64, index: u32) -> Value {
    let mut dice = Dice::new(seed, index);
    let id = 5_500_000_000_000 + (seed % 100_000) * 1_000_000 + u64::from(index);
    let money = exchange(&mut dice, &store.currency);
    let mut draft = Draft { id, number: 2001 + u64::from(index), money, items: &store.items, order: json!({}) };
    let place = people::place(&mut dice, &draft.money.currencies);
    draft.order = header(&draft, &mut dice, index);
    people::buyer(&mut draft, &mut dice, &place);
    basket::fill(&mut draft, &mut dice);
    basket::discount(&mut draft, &mut dice);
    basket::ship(&mut draft, &mut dice);
    taxes::levy(&mut draft, &mut dice, &place);
    history::extras(&mut draft, &mut dice, &place);
    totals::original(&mut draft.order);
    history::refund_or_edit(&mut draft, &mut dice);
    totals::current(&mut draft.order);
    history::pay(&mut draft, &mut dice);
    payments::tell(&mut draft, &mut Dice::payments(seed, index));
    draft.order
}

/// The catalogue is part of the crate and read by a test, so it is never empty.
static CATALOGUE: LazyLock<Arc<[Item]>> = LazyLock::new(|| catalogue::items().unwrap_or_default().into());

/// An order being made.
struct Draft<'a> {
    id: u64,
    number: u64,
    money: Exchange,
    items: &'a [Item],
    order: Value,
}

/// The order's currencies and the rate between them.
struct Exchange {
    currencies: Currencies,
    rate: Decimal,
}

impl Exchange {
    /// An amount of the shop's currency in both, each rounded on its own.
    fn both(&self, shop: Decimal) -> crate::money::Bag {
        self.currencies.round(crate::money::Bag { shop, presentment: shop * self.rate })
    }
}

/// Units of a currency for one US dollar.
fn per_dollar(currency: &str) -> Decimal {
    let (digits, scale) = match currency {
        "EUR" => (9213, 4),
        "GBP" => (7894, 4),
        "CAD" => (13712, 4),
        "JPY" => (14963, 2),
        _ => (1, 0),
    };
    Decimal::new(digits, scale)
}

/// One order in eight is shown to its buyer in another currency than the shop's.
fn exchange(dice: &mut Dice, shop: &str) -> Exchange {
    let others = ["EUR", "GBP", "CAD", "JPY", "USD"];
    let presentment = if dice.percent(12) { dice.pick(&others) } else { shop };
    Exchange {
        rate: (per_dollar(presentment) / per_dollar(shop)).round_dp(6),
        currencies: Currencies { shop: shop.to_owned(), presentment: presentment.to_owned() },
    }
}

fn header(draft: &Draft<'_>, dice: &mut Dice, index: u32) -> Value {
    let start: jiff::Timestamp = jiff::Timestamp::from_second(1_793_606_400).unwrap_or_default();
    let created = start + jiff::SignedDuration::from_secs(97 * i64::from(index));
    let created = created.to_string();
    json!({
        "id": draft.id,
        "admin_graphql_api_id": format!("gid://shopify/Order/{}", draft.id),
        "name": format!("#{}", draft.number),
        "number": draft.number - 1000,
        "order_number": draft.number,
        "confirmed": true,
        "confirmation_number": format!("C{:08}", draft.id % 100_000_000),
        "test": dice.percent(1),
        "created_at": created,
        "processed_at": created,
        "updated_at": created,
        "cancelled_at": null,
        "cancel_reason": null,
        "closed_at": null,
        "currency": draft.money.currencies.shop,
        "presentment_currency": draft.money.currencies.presentment,
        "estimated_taxes": false,
        "duties_included": false,
        "fulfillment_status": null,
        "fulfillments": [],
        "refunds": [],
        "note": if dice.percent(10) { json!("Bitte klingeln – danke! 🙏") } else { Value::Null },
        "note_attributes": [],
        "po_number": if dice.percent(3) { json!(format!("PO-{}", draft.number)) } else { Value::Null },
        "source_name": "web",
        "tags": if dice.percent(15) { "newsletter, vip" } else { "" },
        "tax_exempt": false,
        "taxes_included": false,
        "line_items": [],
        "shipping_lines": [],
        "tax_lines": [],
        "discount_codes": [],
        "discount_applications": [],
        "total_tip_received": "0.00",
        "current_total_duties_set": null,
        "original_total_duties_set": null,
        "current_total_additional_fees_set": null,
        "original_total_additional_fees_set": null,
        "risk": risk(dice),
    })
}

fn risk(dice: &mut Dice) -> Value {
    let (recommendation, level) = match dice.below(100) {
        0..=69 => ("NONE", "NONE"),
        70..=95 => ("ACCEPT", "LOW"),
        96..=98 => ("INVESTIGATE", "MEDIUM"),
        _ => ("CANCEL", "HIGH"),
    };
    json!({"recommendation": recommendation, "assessments": [{"risk_level": level}]})
}

/// Appends to a list of the order.
fn push(order: &mut Value, list: &str, value: Value) {
    if let Some(list) = order[list].as_array_mut() {
        list.push(value);
    }
}

#[cfg(test)]
mod tests;
