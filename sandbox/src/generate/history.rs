//! What happens to an order beside its basket: tips, duties, fees, refunds, edits, payment.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::dice::Dice;
use super::people::Place;
use super::{Draft, basket, push, totals};
use crate::money::{Bag, rest, round};
use crate::shopify::derive::{self, list};

/// A tip, duties on what goes abroad, a fee.
pub(super) fn extras(draft: &mut Draft<'_>, dice: &mut Dice, place: &Place) {
    let shop = draft.money.currencies.shop.clone();
    let local = |dollars: Decimal| round(dollars * super::per_dollar(&shop), &shop);
    let tip = match dice.percent(4) {
        true => draft.money.both(local(Decimal::new(i64::from(dice.between(100, 1500)), 2))),
        false => Bag::default(),
    };
    draft.order["total_tip_received"] = json!(rest(tip.shop, &shop));
    draft.order["total_tip_received_set"] = draft.money.currencies.rest_set(tip);

    if place.country_code != "US" && dice.percent(20) {
        let duty = draft.money.both(local(Decimal::new(i64::from(dice.between(200, 4000)), 2)));
        let mut set = draft.money.currencies.rest_set(duty);
        draft.order["original_total_duties_set"] = set.clone();
        draft.order["current_total_duties_set"] = set.clone();
        set["id"] = json!(draft.id * 10 + 7);
        set["harmonized_system_code"] = json!("610910");
        set["country_code_of_origin"] = json!("US");
        set["tax_lines"] = json!([]);
        draft.order["line_items"][0]["duties"] = json!([set]);
    }
    if dice.percent(2) {
        let fee = draft.money.both(local(Decimal::new(125, 2)));
        let set = draft.money.currencies.rest_set(fee);
        draft.order["original_total_additional_fees_set"] = set.clone();
        draft.order["current_total_additional_fees_set"] = set;
    }
}

/// Some orders are refunded in part, a few in whole; some are edited.
pub(super) fn refund_or_edit(draft: &mut Draft<'_>, dice: &mut Dice) {
    match dice.below(100) {
        0..=8 => refund(draft, dice, false),
        9 => refund(draft, dice, true),
        10..=14 => edit(draft, dice),
        _ => {}
    }
}

/// How many pieces of each line go away.
fn pieces(draft: &Draft<'_>, dice: &mut Dice, all: bool) -> Vec<i64> {
    let lines = list(&draft.order, "line_items");
    let quantities: Vec<i64> = lines.iter().map(derive::quantity).collect();
    if all {
        return quantities;
    }
    let chosen = dice.below(u32::try_from(lines.len()).unwrap_or(1)) as usize;
    let mut taken = vec![0; lines.len()];
    if let (Some(taken), Some(quantity)) = (taken.get_mut(chosen), quantities.get(chosen)) {
        *taken = i64::from(dice.between(1, u32::try_from(*quantity).unwrap_or(1)));
    }
    taken
}

fn take(line: &mut Value, pieces: i64) {
    let left = derive::current_quantity(line) - pieces;
    line["current_quantity"] = json!(left);
    let fulfillable = line["fulfillable_quantity"].as_i64().unwrap_or(0);
    line["fulfillable_quantity"] = json!(fulfillable.min(left));
}

fn refund(draft: &mut Draft<'_>, dice: &mut Dice, all: bool) {
    let currencies = draft.money.currencies.clone();
    let mut total = Bag::default();
    let mut refunded = Vec::new();
    for (position, pieces) in pieces(draft, dice, all).into_iter().enumerate() {
        if pieces == 0 {
            continue;
        }
        let line = &mut draft.order["line_items"][position];
        let before = standing(line, &currencies);
        take(line, pieces);
        let after = standing(line, &currencies);
        let (subtotal, tax) = (before.0 - after.0, before.1 - after.1);
        total = total + subtotal;
        if draft.order["taxes_included"] != true {
            total = total + tax;
        }
        let line = &draft.order["line_items"][position];
        refunded.push(json!({
            "id": draft.id * 1000 + position as u64,
            "line_item_id": line["id"],
            "location_id": null,
            "quantity": pieces,
            "restock_type": "cancel",
            "subtotal": totals::number(subtotal.shop),
            "subtotal_set": currencies.rest_set(subtotal),
            "total_tax": totals::number(tax.shop),
            "total_tax_set": currencies.rest_set(tax),
            "line_item": line,
        }));
    }
    let adjustments = match all || dice.percent(15) {
        true => shipping_refund(draft, &mut total),
        false => json!([]),
    };
    let created = draft.order["created_at"].clone();
    draft.order["refunds"] = json!([{
        "id": draft.id * 10 + 1,
        "admin_graphql_api_id": format!("gid://shopify/Refund/{}", draft.id * 10 + 1),
        "order_id": draft.id,
        "created_at": created,
        "processed_at": created,
        "note": null,
        "restock": true,
        "refund_line_items": refunded,
        "order_adjustments": adjustments,
        "transactions": [{
            "id": draft.id * 10 + 2,
            "order_id": draft.id,
            "kind": "refund",
            "status": "success",
            "gateway": "shopify_payments",
            "amount": rest(total.shop, &currencies.shop),
            "amount_set": currencies.rest_set(total),
            "currency": currencies.shop,
            "created_at": created,
            "processed_at": created,
        }],
    }]);
    draft.order["financial_status"] = match all {
        true => json!("refunded"),
        false => json!("partially_refunded"),
    };
}

/// What is left of a line without its tax, and the tax.
fn standing(line: &Value, currencies: &crate::money::Currencies) -> (Bag, Bag) {
    let quantity = derive::current_quantity(line);
    let net = basket::gross(line, quantity) - derive::current_discount(line, currencies);
    let tax = list(line, "tax_lines")
        .iter()
        .map(|tax| currencies.share(Bag::field(tax, "price"), quantity, derive::quantity(line)))
        .sum();
    (net, tax)
}

/// Shipping is given back whole.
fn shipping_refund(draft: &Draft<'_>, total: &mut Bag) -> Value {
    let currencies = &draft.money.currencies;
    let lines = list(&draft.order, "shipping_lines").iter();
    let lines = lines.filter(|line| line["is_removed"] != true);
    let price: Bag = lines.clone().map(|line| Bag::field(line, "discounted_price")).sum();
    let tax: Bag = lines.flat_map(|line| list(line, "tax_lines")).map(|tax| Bag::field(tax, "price")).sum();
    if price.is_zero() {
        return json!([]);
    }
    *total = *total + price;
    if draft.order["taxes_included"] != true {
        *total = *total + tax;
    }
    let (price, tax) = (price.map(|amount| -amount), tax.map(|amount| -amount));
    json!([{
        "id": draft.id * 10 + 3,
        "order_id": draft.id,
        "kind": "shipping_refund",
        "reason": "Shipping refund",
        "amount": rest(price.shop, &currencies.shop),
        "amount_set": currencies.rest_set(price),
        "tax_amount": rest(tax.shop, &currencies.shop),
        "tax_amount_set": currencies.rest_set(tax),
    }])
}

/// The merchant takes pieces off the order before it is paid.
fn edit(draft: &mut Draft<'_>, dice: &mut Dice) {
    for (position, pieces) in pieces(draft, dice, false).into_iter().enumerate() {
        take(&mut draft.order["line_items"][position], pieces);
    }
    draft.order["edited"] = json!(true);
}

/// Payment state and transactions; some pay in part with a gift card.
pub(super) fn pay(draft: &mut Draft<'_>, dice: &mut Dice) {
    let refunded = draft.order["financial_status"].is_string();
    if !refunded {
        let status = match dice.below(100) {
            0..=87 => "paid",
            88..=94 => "authorized",
            _ => "pending",
        };
        draft.order["financial_status"] = json!(status);
    }
    let zero = Bag::field(&draft.order, "total_price").shop.is_zero();
    if zero && !refunded {
        draft.order["financial_status"] = json!("paid");
    }
    if !refunded && dice.percent(1) {
        draft.order["cancelled_at"] = draft.order["created_at"].clone();
        draft.order["cancel_reason"] = json!("customer");
        draft.order["financial_status"] = json!("voided");
    }
    let currencies = draft.money.currencies.clone();
    let due = match draft.order["edited"].as_bool() {
        Some(true) => Bag::field(&draft.order, "current_total_price"),
        _ => Bag::field(&draft.order, "total_price"),
    };
    let status = draft.order["financial_status"].as_str().unwrap_or_default().to_owned();
    let unpaid = status == "pending" || status == "authorized";
    let outstanding = if unpaid { due } else { Bag::default() };
    draft.order["total_outstanding"] = json!(rest(outstanding.shop, &currencies.shop));

    draft.order["transactions"] = json!([]);
    draft.order["payment_gateway_names"] = json!([]);
    if status == "pending" || due.is_zero() {
        return;
    }
    let by_card = match status == "paid" && dice.percent(7) {
        true => currencies.round(due.map(|amount| amount * Decimal::new(4, 1))),
        false => Bag::default(),
    };
    let kind = if status == "authorized" || status == "voided" { "authorization" } else { "sale" };
    if !by_card.is_zero() {
        transaction(draft, 4, "sale", "gift_card", by_card);
    }
    transaction(draft, 5, kind, "shopify_payments", due - by_card);
}

fn transaction(draft: &mut Draft<'_>, number: u64, kind: &str, gateway: &str, amount: Bag) {
    let transaction = record(draft, number, kind, gateway, amount);
    push(&mut draft.order, "transactions", transaction);
    push(&mut draft.order, "payment_gateway_names", json!(gateway));
}

/// A successful transaction of the order, in its REST shape.
pub(super) fn record(draft: &Draft<'_>, number: u64, kind: &str, gateway: &str, amount: Bag) -> Value {
    let currencies = &draft.money.currencies;
    let id = draft.id * 10 + number;
    let created = draft.order["created_at"].clone();
    json!({
        "id": id,
        "admin_graphql_api_id": format!("gid://shopify/OrderTransaction/{id}"),
        "order_id": draft.id,
        "kind": kind,
        "gateway": gateway,
        "status": "success",
        "amount": rest(amount.shop, &currencies.shop),
        "amount_set": currencies.rest_set(amount),
        "currency": currencies.shop,
        "test": draft.order["test"],
        "parent_id": null,
        "payment_id": format!("#{}.{number}", draft.number),
        "manual_payment_gateway": false,
        "created_at": created,
        "processed_at": created,
    })
}
