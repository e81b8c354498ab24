//! Taxes: US states with county and city, VAT in the price, none, and rarely one nobody has mapped.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::dice::Dice;
use super::people::Place;
use super::{Draft, basket, push};
use crate::money::{Bag, Currencies};
use crate::shopify::derive::{self, list};

/// Title and rate in ten-thousandths.
type Levy = (&'static str, i64);

/// Puts tax lines on the lines, on shipping and on the order.
pub(super) fn levy(draft: &mut Draft<'_>, dice: &mut Dice, place: &Place) {
    let levies = levies(dice, place);
    let included = matches!(place.country_code, "GB" | "DE" | "FR" | "JP");
    let on_shipping = included || dice.percent(50);
    draft.order["taxes_included"] = json!(included);
    draft.order["tax_exempt"] = json!(levies.is_empty());

    let currencies = draft.money.currencies.clone();
    for position in 0..list(&draft.order, "line_items").len() {
        let line = &draft.order["line_items"][position];
        if line["taxable"] != true {
            continue;
        }
        let base = basket::gross(line, derive::quantity(line)) - derive::allocated(line);
        let lines = tax_lines(&levies, base, included, &currencies);
        draft.order["line_items"][position]["tax_lines"] = lines;
    }
    if on_shipping {
        for position in 0..list(&draft.order, "shipping_lines").len() {
            let base = Bag::field(&draft.order["shipping_lines"][position], "discounted_price");
            let lines = tax_lines(&levies, base, included, &currencies);
            draft.order["shipping_lines"][position]["tax_lines"] = lines;
        }
    }
    sum_up(&mut draft.order, &levies, &currencies);
}

fn levies(dice: &mut Dice, place: &Place) -> Vec<Levy> {
    if dice.percent(6) {
        return Vec::new();
    }
    let mut levies = match place.country_code {
        "GB" | "FR" => vec![("VAT", 2000)],
        "DE" => vec![("VAT", 1900)],
        "JP" => vec![("JP CT", 1000)],
        "CA" => vec![("HST", 1300)],
        _ => match dice.below(3) {
            0 => vec![("State Tax", 600)],
            1 => vec![("State Tax", 600), ("County Tax", 125)],
            _ => vec![("State Tax", 600), ("County Tax", 125), ("City Tax", 75)],
        },
    };
    if place.country_code == "US" && dice.percent(2) {
        levies.push(("Moon Tax", 150));
    }
    levies
}

fn tax_lines(levies: &[Levy], base: Bag, included: bool, currencies: &Currencies) -> Value {
    let rate_of = |levy: &Levy| Decimal::new(levy.1, 4);
    let all: Decimal = levies.iter().map(rate_of).sum();
    let net = if included { base.map(|amount| amount / (Decimal::ONE + all)) } else { base };
    levies
        .iter()
        .map(|levy| {
            let amount = currencies.round(net.map(|amount| amount * rate_of(levy)));
            tax_line(levy, amount, currencies)
        })
        .collect()
}

fn tax_line(levy: &Levy, amount: Bag, currencies: &Currencies) -> Value {
    let (title, rate) = levy;
    let rate = Decimal::new(*rate, 4).normalize().to_string();
    // Written as text and read back, so that 0.06 stays 0.06.
    let rate: Value = serde_json::from_str(&rate).unwrap_or(Value::Null);
    json!({
        "title": title,
        "rate": rate,
        "price": crate::money::rest(amount.shop, &currencies.shop),
        "price_set": currencies.rest_set(amount),
        "channel_liable": false,
    })
}

fn sum_up(order: &mut Value, levies: &[Levy], currencies: &Currencies) {
    for levy in levies {
        let mut total = Bag::default();
        let lines = list(order, "line_items").iter();
        let shipping = list(order, "shipping_lines").iter();
        for line in lines.chain(shipping.filter(|line| line["is_removed"] != true)) {
            let taxes = list(line, "tax_lines").iter();
            total = total + taxes.filter(|tax| tax["title"] == levy.0).map(|tax| Bag::field(tax, "price")).sum();
        }
        if !total.is_zero() {
            push(order, "tax_lines", tax_line(levy, total, currencies));
        }
    }
}
