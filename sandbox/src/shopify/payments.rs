//! The money of an order: its transactions, in REST's shape, and what follows from them.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::derive::list;
use super::state::{Ids, gid, rest_time};
use crate::money::{Bag, Currencies, rest};

/// Where an order does not say how it was paid.
const GATEWAY: &str = "bogus";

fn is_kind(transaction: &Value, kinds: &[&str]) -> bool {
    transaction["status"] == "success" && transaction["kind"].as_str().is_some_and(|kind| kinds.contains(&kind))
}

fn sum(order: &Value, kinds: &[&str]) -> Bag {
    let all = list(order, "transactions").iter();
    all.filter(|one| is_kind(one, kinds)).map(|one| Bag::field(one, "amount")).sum()
}

/// Σ of successful sales and captures.
pub(crate) fn received(order: &Value) -> Bag {
    sum(order, &["sale", "capture"])
}

/// Σ of successful refunds.
pub(crate) fn refunded(order: &Value) -> Bag {
    sum(order, &["refund"])
}

/// What was received and not given back.
pub(crate) fn net(order: &Value) -> Bag {
    received(order) - refunded(order)
}

/// What the order comes to now.
fn due(order: &Value) -> Bag {
    let current = order["current_total_price_set"].is_object() || !order["current_total_price"].is_null();
    Bag::field(order, if current { "current_total_price" } else { "total_price" })
}

fn positive(bag: Bag) -> Bag {
    bag.map(|amount| amount.max(Decimal::ZERO))
}

/// What is still to be paid. Where the order states an amount that its transactions do not explain,
/// the statement wins.
pub(crate) fn outstanding(order: &Value) -> Bag {
    let open = match order["financial_status"].as_str() {
        Some("voided" | "expired") => Bag::default(),
        _ if !order["cancelled_at"].is_null() => Bag::default(),
        _ => positive(due(order) - net(order)),
    };
    let stated = Bag::field(order, "total_outstanding");
    if order["total_outstanding"].is_string() && stated.shop != open.shop { stated } else { open }
}

/// What an authorization still lets capture; nothing for any other transaction.
pub(crate) fn capturable(order: &Value, authorization: &Value) -> Bag {
    if !is_kind(authorization, &["authorization"]) {
        return Bag::default();
    }
    let children = || {
        let all = list(order, "transactions").iter();
        all.filter(|one| one["parent_id"] == authorization["id"] && !one["parent_id"].is_null())
    };
    if children().any(|one| is_kind(one, &["void"])) {
        return Bag::default();
    }
    let taken: Bag = children().filter(|one| is_kind(one, &["capture"])).map(|one| Bag::field(one, "amount")).sum();
    positive(Bag::field(authorization, "amount") - taken)
}

/// What can still be captured of all authorizations.
pub(crate) fn total_capturable(order: &Value) -> Bag {
    list(order, "transactions").iter().map(|one| capturable(order, one)).sum()
}

/// What a payment still lets refund.
fn refundable(order: &Value, payment: &Value) -> Bag {
    if !is_kind(payment, &["sale", "capture"]) {
        return Bag::default();
    }
    let given = list(order, "transactions").iter().filter(|one| is_kind(one, &["refund"]));
    let given: Bag = given.filter(|one| one["parent_id"] == payment["id"]).map(|one| Bag::field(one, "amount")).sum();
    positive(Bag::field(payment, "amount") - given)
}

/// A transaction to be made.
struct New<'a> {
    id: u64,
    kind: &'a str,
    gateway: &'a str,
    amount: Bag,
    parent: Option<u64>,
}

/// Adds a successful transaction and returns it.
fn add(order: &mut Value, new: &New<'_>, at: &Value) -> Value {
    let currencies = Currencies::of(order);
    let name = order["name"].as_str().unwrap_or_default();
    let transaction = json!({
        "id": new.id,
        "admin_graphql_api_id": gid("OrderTransaction", new.id),
        "order_id": order["id"],
        "kind": new.kind,
        "gateway": new.gateway,
        "status": "success",
        "amount": rest(new.amount.shop, &currencies.shop),
        "amount_set": currencies.rest_set(new.amount),
        "currency": currencies.shop,
        "test": order["test"] == true,
        "parent_id": new.parent,
        "payment_id": format!("{name}.{}", list(order, "transactions").len() + 1),
        "manual_payment_gateway": false,
        "created_at": at,
        "processed_at": at,
    });
    push(order, "transactions", transaction.clone());
    transaction
}

fn push(order: &mut Value, name: &str, value: Value) {
    match order.get_mut(name).and_then(Value::as_array_mut) {
        Some(list) => list.push(value),
        None => order[name] = json!([value]),
    }
}

fn gateway(order: &Value) -> String {
    let named = list(order, "payment_gateway_names").iter().filter_map(Value::as_str).find(|name| !name.is_empty());
    named.unwrap_or(GATEWAY).to_owned()
}

/// Gives an order the transactions that its state tells of: all of them where it has none stored,
/// else those of refunds and of a payment that is noted in its state only.
pub(crate) fn settle(order: &mut Value, ids: &mut Ids) {
    for transaction in list(order, "transactions") {
        ids.seen(transaction["id"].as_u64().unwrap_or(0));
    }
    let at = order["processed_at"].clone();
    if !order["transactions"].is_array() {
        order["transactions"] = json!([]);
        derive(order, ids, &at);
    }
    add_refunds(order);
    let missing = due(order) - received(order) - outstanding(order);
    if order["financial_status"] == "paid" && missing.shop > Decimal::ZERO {
        pay_now(order, missing, ids, &at);
    }
}

fn derive(order: &mut Value, ids: &mut Ids, at: &Value) {
    let total = Bag::field(order, "total_price");
    let stated = Bag::field(order, "total_outstanding");
    let (kind, amount) = match order["financial_status"].as_str() {
        Some("authorized") => ("authorization", due(order)),
        Some("expired" | "voided") => ("authorization", total),
        Some("paid" | "partially_paid") => ("sale", positive(due(order) - stated)),
        Some("partially_refunded" | "refunded") => ("sale", total),
        _ => return,
    };
    if amount.is_zero() {
        return;
    }
    // A refund that names the payment that it gives back names it rightly.
    let mut refunds = list(order, "refunds").iter().flat_map(|refund| list(refund, "transactions"));
    let known = refunds.find_map(|refund| refund["parent_id"].as_u64());
    let id = known.unwrap_or_else(|| ids.next());
    let gateway = gateway(order);
    add(order, &New { id, kind, gateway: &gateway, amount, parent: None }, at);
    if order["financial_status"] == "voided" {
        add(order, &New { id: ids.next(), kind: "void", gateway: &gateway, amount, parent: Some(id) }, at);
    }
}

/// Adds the transactions of the order's refunds that are not among its own, each with the payment
/// that it gives back.
pub(crate) fn add_refunds(order: &mut Value) {
    let refunds: Vec<Value> =
        list(order, "refunds").iter().flat_map(|refund| list(refund, "transactions")).cloned().collect();
    for mut refund in refunds {
        let known = list(order, "transactions").iter().any(|one| one["id"] == refund["id"]);
        let amount = Bag::field(&refund, "amount");
        if known || !refund["id"].is_u64() || amount.is_zero() {
            continue;
        }
        if !refund["parent_id"].is_u64() {
            let payments = list(order, "transactions").iter().rev();
            let parent = payments.clone().find(|payment| refundable(order, payment).shop >= amount.shop);
            refund["parent_id"] = parent.map_or(Value::Null, |payment| payment["id"].clone());
        }
        let number = list(order, "transactions").len() + 1;
        let name = order["name"].as_str().unwrap_or_default();
        for (field, value) in [
            ("payment_id", json!(format!("{name}.{number}"))),
            ("test", json!(order["test"] == true)),
            ("manual_payment_gateway", json!(false)),
        ] {
            if refund[field].is_null() {
                refund[field] = value;
            }
        }
        push(order, "transactions", refund);
    }
}

/// The transactions behind a refund, with what the order's own list knows of them.
pub(crate) fn of_refund<'a>(order: &'a Value, refund: &'a Value) -> Vec<&'a Value> {
    let own = list(order, "transactions");
    let named = list(refund, "transactions").iter();
    named.map(|one| own.iter().find(|held| held["id"] == one["id"]).unwrap_or(one)).collect()
}

/// Captures what is authorized, or else takes a sale.
fn pay_now(order: &mut Value, amount: Bag, ids: &mut Ids, at: &Value) {
    let authorization = authorization_for(order, amount.shop);
    let (kind, parent) = match authorization {
        Some((id, _)) => ("capture", Some(id)),
        None => ("sale", None),
    };
    let gateway = gateway(order);
    add(order, &New { id: ids.next(), kind, gateway: &gateway, amount, parent }, at);
}

/// An authorization that lets capture so much, with its gateway.
fn authorization_for(order: &Value, amount: Decimal) -> Option<(u64, String)> {
    let all = list(order, "transactions").iter();
    let mut fitting = all.filter(|one| amount > Decimal::ZERO && capturable(order, one).shop >= amount);
    let last = fitting.next_back()?;
    Some((last["id"].as_u64()?, last["gateway"].as_str().unwrap_or(GATEWAY).to_owned()))
}

/// An amount of the shop's currency in both; `whole` exactly where it is all of it.
fn both(order: &Value, amount: Decimal, whole: Bag) -> Result<Bag, String> {
    let currencies = Currencies::of(order);
    if amount <= Decimal::ZERO || amount != crate::money::round(amount, &currencies.shop) {
        return Err(format!("{amount} is no amount of {}", currencies.shop));
    }
    if amount == whole.shop {
        return Ok(whole);
    }
    let total = Bag::field(order, "total_price");
    let rate = total.presentment.checked_div(total.shop).unwrap_or(Decimal::ONE);
    Ok(currencies.round(Bag { shop: amount, presentment: amount.saturating_mul(rate) }))
}

/// Authorizes an amount.
pub(crate) fn authorize(order: &mut Value, amount: Decimal, ids: &mut Ids, now: Timestamp) -> Result<Value, String> {
    let amount = both(order, amount, outstanding(order))?;
    let gateway = gateway(order);
    let new = New { id: ids.next(), kind: "authorization", gateway: &gateway, amount, parent: None };
    let made = add(order, &new, &rest_time(now));
    restate(order);
    Ok(made)
}

/// Captures an amount of an authorization.
pub(crate) fn capture(order: &mut Value, amount: Decimal, ids: &mut Ids, now: Timestamp) -> Result<Value, String> {
    let found = authorization_for(order, amount);
    let (parent, gateway) = found.ok_or_else(|| format!("no authorization lets capture {amount}"))?;
    let amount = both(order, amount, outstanding(order))?;
    let new = New { id: ids.next(), kind: "capture", gateway: &gateway, amount, parent: Some(parent) };
    let made = add(order, &new, &rest_time(now));
    restate(order);
    Ok(made)
}

/// Takes an amount at once, through a gateway such as `shopify_payments` or `gift_card`.
pub(crate) fn pay(
    order: &mut Value,
    amount: Decimal,
    gateway: &str,
    ids: &mut Ids,
    now: Timestamp,
) -> Result<Value, String> {
    let amount = both(order, amount, outstanding(order))?;
    let made = add(order, &New { id: ids.next(), kind: "sale", gateway, amount, parent: None }, &rest_time(now));
    let known = list(order, "payment_gateway_names").iter().any(|name| name == gateway);
    if !known {
        push(order, "payment_gateway_names", json!(gateway));
    }
    restate(order);
    Ok(made)
}

/// Gives an amount back without taking pieces off: the last payments first. Returns the refund and
/// its transactions.
pub(crate) fn refund(
    order: &mut Value,
    amount: Decimal,
    ids: &mut Ids,
    now: Timestamp,
) -> Result<(Value, Vec<Value>), String> {
    let all = net(order);
    let mut left = both(order, amount, all)?;
    if left.shop > all.shop {
        return Err(format!("{amount} is more than the {} that was paid", all.shop));
    }
    let given = left;
    let payments: Vec<Value> = list(order, "transactions").iter().rev().cloned().collect();
    let mut transactions = Vec::new();
    for payment in payments {
        let free = refundable(order, &payment);
        let part = Bag { shop: left.shop.min(free.shop), presentment: left.presentment.min(free.presentment) };
        if part.shop.is_zero() {
            continue;
        }
        let gateway = payment["gateway"].as_str().unwrap_or(GATEWAY);
        let new = New { id: ids.next(), kind: "refund", gateway, amount: part, parent: payment["id"].as_u64() };
        transactions.push(add(order, &new, &rest_time(now)));
        left = left - part;
    }
    let currencies = Currencies::of(order);
    let (id, less) = (ids.next(), given.map(|amount| -amount));
    let refund = json!({
        "id": id,
        "admin_graphql_api_id": gid("Refund", id),
        "order_id": order["id"],
        "created_at": rest_time(now),
        "processed_at": rest_time(now),
        "note": null,
        "restock": false,
        "refund_line_items": [],
        "order_adjustments": [{
            "id": ids.next(),
            "order_id": order["id"],
            "refund_id": id,
            "kind": "refund_discrepancy",
            "reason": "Refund discrepancy",
            "amount": rest(less.shop, &currencies.shop),
            "amount_set": currencies.rest_set(less),
            "tax_amount": rest(Decimal::ZERO, &currencies.shop),
            "tax_amount_set": currencies.rest_set(Bag::default()),
        }],
        "transactions": transactions,
    });
    push(order, "refunds", refund.clone());
    let total = positive(due(order) - given);
    order["current_total_price"] = json!(rest(total.shop, &currencies.shop));
    order["current_total_price_set"] = currencies.rest_set(total);
    restate(order);
    Ok((refund, transactions))
}

/// Writes the state that follows from the transactions.
fn restate(order: &mut Value) {
    let (due, received, net) = (due(order), received(order), net(order));
    let status = if !refunded(order).is_zero() {
        if net.shop <= Decimal::ZERO { "refunded" } else { "partially_refunded" }
    } else if net.shop >= due.shop {
        "paid"
    } else if !received.is_zero() {
        "partially_paid"
    } else if !total_capturable(order).is_zero() {
        "authorized"
    } else {
        "pending"
    };
    order["financial_status"] = json!(status);
    let shop = Currencies::of(order).shop;
    order["total_outstanding"] = json!(rest(positive(due - net).shop, &shop));
}
