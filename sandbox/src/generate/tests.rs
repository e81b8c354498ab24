use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::*;
use crate::money::Bag;
use crate::shopify::derive::{current_quantity, list, quantity};

const SEEDS: u64 = 2000;

fn stores() -> [Store; 3] {
    ["USD", "EUR", "JPY"].map(|currency| Store { currency: currency.to_owned(), ..Store::default() })
}

/// The orders that the laws are checked on: 2,000 seeds, and three shops' currencies.
static CORPUS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let seeds = (0..SEEDS).map(|seed| order(seed, u32::try_from(seed % 7).unwrap()));
    let stores = stores().into_iter();
    let stores = stores.flat_map(|store| (0..300).map(move |index| order_in(&store, 42, index)));
    seeds.chain(stores).collect()
});

fn each(check: impl Fn(&Value)) {
    CORPUS.iter().for_each(check);
}

/// Sums independently of the code that wrote the totals: plain loops over the finished JSON.
fn sum(order: &Value, lists: &[&str], of: impl Fn(&Value) -> Bag) -> Bag {
    let mut total = Bag::default();
    for list in lists {
        for element in order[*list].as_array().unwrap() {
            if element["is_removed"] != true {
                total = total + of(element);
            }
        }
    }
    total
}

fn times(bag: Bag, count: i64) -> Bag {
    bag.map(|amount| amount * Decimal::from(count))
}

fn part(bag: Bag, line: &Value, currencies: &Currencies) -> Bag {
    let share = Decimal::from(current_quantity(line)) / Decimal::from(quantity(line));
    currencies.round(bag.map(|amount| amount * share))
}

fn field_sum(object: &Value, name: &str, field: &str) -> Bag {
    list(object, name).iter().map(|one| Bag::field(one, field)).sum()
}

fn refunded_shipping(order: &Value, field: &str) -> Bag {
    list(order, "refunds").iter().map(|refund| field_sum(refund, "order_adjustments", field)).sum()
}

#[test]
fn the_same_seed_gives_the_same_order() {
    assert_eq!(order(7, 3), order(7, 3));
    assert_ne!(order(7, 3), order(8, 3));
    assert_ne!(order(7, 3)["line_items"], order(7, 4)["line_items"]);
}

/// Recorded runs and expectations name orders by seed and index: what a customer ordered must stay.
#[test]
fn a_seed_means_the_same_orders_for_ever() {
    use sha2::Digest;
    let mut hash = sha2::Sha256::new();
    for mut order in orders(7, 300) {
        order.as_object_mut().unwrap().remove("transactions");
        hash.update(order.to_string());
    }
    let hash: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hash, "fbcfca18ebad661a");
}

#[test]
fn totals_as_placed_are_the_sum_of_their_parts() {
    each(|order| {
        let name = &order["id"];
        let items = sum(order, &["line_items"], |line| times(Bag::field(line, "price"), quantity(line)));
        let discounts =
            sum(order, &["line_items", "shipping_lines"], |line| field_sum(line, "discount_allocations", "amount"));
        let shipping = sum(order, &["shipping_lines"], |line| Bag::field(line, "price"));
        let tax = sum(order, &["line_items", "shipping_lines"], |line| field_sum(line, "tax_lines", "price"));
        assert_eq!(items, Bag::field(order, "total_line_items_price"), "{name}");
        assert_eq!(discounts, Bag::field(order, "total_discounts"), "{name}");
        assert_eq!(tax, Bag::field(order, "total_tax"), "{name}");
        assert_eq!(tax, field_sum(order, "tax_lines", "price"), "{name}");
        let mut total = items - discounts
            + shipping
            + Bag::field(order, "total_tip_received")
            + Bag::read(&order["original_total_duties_set"])
            + Bag::read(&order["original_total_additional_fees_set"]);
        if order["taxes_included"] == false {
            total = total + tax;
        }
        assert_eq!(total, Bag::field(order, "total_price"), "{name}");
        assert!(total.shop >= Decimal::ZERO, "{name}");
    });
}

#[test]
fn current_totals_are_the_sum_of_what_is_left() {
    each(|order| {
        let name = &order["id"];
        let currencies = Currencies::of(order);
        let items = sum(order, &["line_items"], |line| times(Bag::field(line, "price"), current_quantity(line)));
        let line_discounts = sum(order, &["line_items"], |line| {
            part(field_sum(line, "discount_allocations", "amount"), line, &currencies)
        });
        let line_tax = sum(order, &["line_items"], |line| {
            list(line, "tax_lines").iter().map(|tax| part(Bag::field(tax, "price"), line, &currencies)).sum()
        });
        // Adjustments are negative.
        let shipping = sum(order, &["shipping_lines"], |line| Bag::field(line, "discounted_price"))
            + refunded_shipping(order, "amount");
        let tax = line_tax
            + sum(order, &["shipping_lines"], |line| field_sum(line, "tax_lines", "price"))
            + refunded_shipping(order, "tax_amount");

        let subtotal = items - line_discounts;
        assert_eq!(subtotal, Bag::field(order, "current_subtotal_price"), "{name}");
        assert_eq!(tax, Bag::field(order, "current_total_tax"), "{name}");
        let mut total = subtotal
            + shipping
            + Bag::field(order, "total_tip_received")
            + Bag::read(&order["current_total_duties_set"])
            + Bag::read(&order["current_total_additional_fees_set"]);
        if order["taxes_included"] == false {
            total = total + tax;
        }
        assert_eq!(total, Bag::field(order, "current_total_price"), "{name}");
        assert!(total.shop >= Decimal::ZERO, "{name}");
    });
}

#[test]
fn refunds_give_back_what_is_gone() {
    each(|order| {
        if list(order, "refunds").is_empty() {
            return;
        }
        let gone = Bag::field(order, "total_price") - Bag::field(order, "current_total_price");
        let given = crate::shopify::derive::refunded(order);
        assert_eq!(gone, given, "{}", order["id"]);
    });
}

/// Σ of the successful transactions of these kinds, by plain loops over the finished JSON.
fn paid_by(order: &Value, kinds: &[&str]) -> Bag {
    let all = order["transactions"].as_array().unwrap().iter();
    let done = all.filter(|one| one["status"] == "success" && kinds.contains(&one["kind"].as_str().unwrap()));
    done.map(|one| Bag::field(one, "amount")).sum()
}

#[test]
fn payments_cover_what_is_paid() {
    each(|order| {
        let (name, status) = (&order["id"], order["financial_status"].as_str().unwrap());
        let net = paid_by(order, &["sale", "capture"]) - paid_by(order, &["refund"]);
        let due = Bag::field(order, "current_total_price");
        match status {
            "paid" | "partially_refunded" | "refunded" => assert_eq!(net, due, "{name} {status}"),
            _ => assert!(net.is_zero(), "{name} {status}"),
        }
        let given: Bag = list(order, "refunds").iter().map(|refund| field_sum(refund, "transactions", "amount")).sum();
        assert_eq!(paid_by(order, &["refund"]), given, "{name}");
    });
}

#[test]
fn every_transaction_has_a_parent_that_covers_it() {
    each(|order| {
        let all = list(order, "transactions");
        let mut ids = BTreeSet::new();
        for one in all {
            assert!(ids.insert(one["id"].as_u64().unwrap()), "{}", order["id"]);
        }
        for parent in all {
            let children = all.iter().filter(|one| one["parent_id"] == parent["id"]);
            let sum: Bag = children.map(|one| Bag::field(one, "amount")).sum();
            assert!(sum.shop <= Bag::field(parent, "amount").shop, "{}", order["id"]);
        }
        for one in all {
            let child = matches!(one["kind"].as_str(), Some("capture" | "refund" | "void"));
            let parent = all.iter().any(|parent| parent["id"] == one["parent_id"]);
            assert_eq!(child, parent, "{}: {one}", order["id"]);
        }
    });
}

#[test]
fn the_shop_tells_of_generated_orders_what_their_transactions_say() {
    each(|order| {
        let mut loaded = order.clone();
        crate::shopify::payments::settle(&mut loaded, &mut crate::shopify::state::Ids::default());
        assert_eq!(loaded, *order, "nothing is missing");
        let stated = Bag::field(order, "total_outstanding").shop;
        assert_eq!(crate::shopify::payments::outstanding(order).shop, stated, "{}", order["id"]);
    });
}

#[test]
fn amounts_have_their_currency_s_digits() {
    each(|order| {
        let currencies = Currencies::of(order);
        let mut amounts = vec![Bag::field(order, "current_total_price")];
        for line in list(order, "line_items") {
            amounts.push(Bag::field(line, "price"));
            amounts.extend(list(line, "tax_lines").iter().map(|tax| Bag::field(tax, "price")));
        }
        for amount in amounts {
            assert_eq!(amount, currencies.round(amount), "{}", order["id"]);
        }
    });
}

#[test]
fn ids_are_unique_within_an_order() {
    each(|order| {
        let mut ids = BTreeSet::new();
        for line in list(order, "line_items").iter().chain(list(order, "shipping_lines")) {
            assert!(ids.insert(line["id"].as_u64().unwrap()), "{}", order["id"]);
        }
    });
}

fn kinds(order: &Value) -> Vec<&str> {
    list(order, "transactions").iter().map(|one| one["kind"].as_str().unwrap()).collect()
}

#[test]
fn every_variation_occurs() {
    type Variation = (&'static str, fn(&Value) -> bool);
    let any_line = |order: &Value, holds: fn(&Value) -> bool| list(order, "line_items").iter().any(holds);
    let variations: &[Variation] = &[
        ("one line", |o| list(o, "line_items").len() == 1),
        ("forty lines", |o| list(o, "line_items").len() >= 40),
        ("several taxes", |o| list(o, "tax_lines").len() >= 3),
        ("tax included", |o| o["taxes_included"] == true),
        ("no tax", |o| list(o, "tax_lines").is_empty()),
        ("unmapped tax", |o| list(o, "tax_lines").iter().any(|t| t["title"] == "Moon Tax")),
        ("two discounts", |o| list(o, "discount_applications").len() >= 2),
        ("free shipping by code", |o| list(o, "discount_applications").iter().any(|d| d["code"] == "FREESHIP")),
        ("removed shipping", |o| list(o, "shipping_lines").iter().any(|s| s["is_removed"] == true)),
        ("presentment in yen", |o| o["presentment_currency"] == "JPY"),
        ("tip", |o| o["total_tip_received"] != "0.00"),
        ("duties", |o| o["current_total_duties_set"].is_object()),
        ("fee", |o| o["current_total_additional_fees_set"].is_object()),
        ("zero total", |o| o["total_price"] == "0.00"),
        ("gift card redeemed", |o| list(o, "transactions").iter().any(|t| t["gateway"] == "gift_card")),
        ("captured at once", |o| kinds(o) == ["authorization", "capture"]),
        ("captured in parts", |o| kinds(o) == ["authorization", "capture", "capture"]),
        ("a declined card", |o| list(o, "transactions").iter().any(|t| t["status"] == "failure")),
        ("gift card and capture", |o| kinds(o) == ["sale", "authorization", "capture"]),
        ("voided authorization", |o| kinds(o) == ["authorization", "void"]),
        ("refunded capture", |o| kinds(o) == ["authorization", "capture", "refund"]),
        ("partly refunded", |o| o["financial_status"] == "partially_refunded"),
        ("refunded", |o| o["financial_status"] == "refunded"),
        ("edited", |o| o["edited"] == true),
        ("guest", |o| o["customer"].is_null() && o["email"].as_str().is_some_and(|e| !e.is_empty())),
        ("no e-mail", |o| o["customer"].is_null() && o["email"] == ""),
        ("customer without e-mail", |o| o["customer"].is_object() && o["email"].is_null()),
        ("point of sale", |o| o["source_name"] == "pos"),
        ("long address", |o| o["shipping_address"]["address1"].as_str().is_some_and(|a| a.len() > 60)),
        ("test order", |o| o["test"] == true),
        ("cancelled", |o| !o["cancelled_at"].is_null()),
        ("high risk", |o| o["risk"]["assessments"][0]["risk_level"] == "HIGH"),
        ("authorized", |o| o["financial_status"] == "authorized"),
    ];
    let orders = orders(1, 3000);
    for (name, holds) in variations {
        assert!(orders.iter().any(holds), "no order with: {name}");
    }
    let lines: [Variation; 3] = [
        ("gift card sold", |l| l["gift_card"] == true),
        ("digital line", |l| l["requires_shipping"] == false && l["gift_card"] == false),
        ("unmapped SKU", |l| l["sku"].as_str().is_some_and(|sku| sku.starts_with("NOT-IN-NS-"))),
    ];
    for (name, holds) in lines {
        assert!(orders.iter().any(|order| any_line(order, holds)), "no order with: {name}");
    }
}
