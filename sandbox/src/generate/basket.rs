//! Lines, discounts and shipping.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::dice::Dice;
use super::{Draft, push};
use crate::catalogue::Item;
use crate::money::Bag;
use crate::shopify::derive::{self, list};

/// 1 to 50 lines; most orders are small.
pub(super) fn fill(draft: &mut Draft<'_>, dice: &mut Dice) {
    let count = match dice.below(100) {
        0..=44 => 1,
        45..=84 => dice.between(2, 4),
        85..=96 => dice.between(5, 12),
        _ => dice.between(13, 50),
    };
    let digital_only = dice.percent(4);
    let unknown_sku = dice.percent(2);
    for position in 0..count {
        let index = choose(draft.items, dice, digital_only);
        let Some(item) = draft.items.get(index).cloned() else {
            continue;
        };
        let mut line = line(draft, dice, &item, index, position);
        if unknown_sku && position == 0 {
            let sku = format!("NOT-IN-NS-{}", dice.between(1, 20));
            line["sku"] = json!(sku);
            line["variant_id"] = Value::Null;
            line["product_exists"] = json!(false);
        }
        push(&mut draft.order, "line_items", line);
    }
}

fn choose(items: &[Item], dice: &mut Dice, digital_only: bool) -> usize {
    let wanted = |item: &Item| {
        if digital_only { !item.requires_shipping && !item.gift_card } else { true }
    };
    let fitting: Vec<usize> = (0..items.len()).filter(|index| wanted(&items[*index])).collect();
    dice.pick(&fitting)
}

fn line(draft: &Draft<'_>, dice: &mut Dice, item: &Item, index: usize, position: u32) -> Value {
    let quantity = match dice.below(100) {
        0..=69 => 1,
        70..=94 => dice.between(2, 5),
        95..=98 => dice.between(6, 24),
        _ => dice.between(25, 144),
    };
    let currencies = &draft.money.currencies;
    let dollars = item.price * super::per_dollar(&currencies.shop);
    let unit = draft.money.both(crate::money::round(dollars, &currencies.shop));
    let id = draft.id * 100 + u64::from(position);
    let (product_id, variant_id) = item.ids(index);
    json!({
        "id": id,
        "admin_graphql_api_id": format!("gid://shopify/LineItem/{id}"),
        "sku": item.sku,
        "title": item.title,
        "name": item.title,
        "variant_title": null,
        "vendor": "Acme",
        "variant_id": variant_id,
        "product_id": product_id,
        "product_exists": true,
        "quantity": quantity,
        "current_quantity": quantity,
        "fulfillable_quantity": if item.requires_shipping { quantity } else { 0 },
        "fulfillment_status": null,
        "fulfillment_service": if item.gift_card { "gift_card" } else { "manual" },
        "grams": if item.requires_shipping { 250 } else { 0 },
        "gift_card": item.gift_card,
        "requires_shipping": item.requires_shipping,
        "taxable": !item.gift_card,
        "price": crate::money::rest(unit.shop, &currencies.shop),
        "price_set": currencies.rest_set(unit),
        "properties": if dice.percent(5) {
            json!([{"name": "Engraving", "value": "Für immer ❤"}])
        } else {
            json!([])
        },
        "total_discount": crate::money::rest(Decimal::ZERO, &currencies.shop),
        "tax_lines": [],
        "duties": [],
        "discount_allocations": [],
    })
}

/// What all pieces of the line cost before discounts.
pub(super) fn gross(line: &Value, quantity: i64) -> Bag {
    Bag::field(line, "price").times(quantity)
}

/// A code over the whole order, an automatic discount on one line, both, or none.
pub(super) fn discount(draft: &mut Draft<'_>, dice: &mut Dice) {
    match dice.below(100) {
        0..=57 => {}
        58..=71 => {
            let percent = dice.pick(&[5, 10, 15, 20, 33]);
            code_in_percent(draft, percent);
        }
        72..=83 => {
            let amount = dice.pick(&[5, 10, 25]);
            code_in_money(draft, Decimal::from(amount));
        }
        84..=91 => automatic(draft, dice),
        92..=97 => {
            automatic(draft, dice);
            code_in_percent(draft, 10);
        }
        _ => code_in_percent(draft, 100),
    }
}

fn apply(draft: &mut Draft<'_>, application: Value) -> usize {
    let index = list(&draft.order, "discount_applications").len();
    push(&mut draft.order, "discount_applications", application);
    index
}

fn allocate(draft: &mut Draft<'_>, position: usize, application: usize, amount: Bag) {
    if amount.is_zero() {
        return;
    }
    let currencies = &draft.money.currencies;
    let allocation = json!({
        "amount": crate::money::rest(amount.shop, &currencies.shop),
        "amount_set": currencies.rest_set(amount),
        "discount_application_index": application,
    });
    push(&mut draft.order["line_items"][position], "discount_allocations", allocation);
}

/// What is left of each line to be discounted; gift cards are not.
fn discountable(draft: &Draft<'_>) -> Vec<Bag> {
    list(&draft.order, "line_items")
        .iter()
        .map(|line| {
            if line["gift_card"] == true {
                return Bag::default();
            }
            gross(line, derive::quantity(line)) - derive::allocated(line)
        })
        .collect()
}

fn code_in_percent(draft: &mut Draft<'_>, percent: u32) {
    let code = format!("SAVE{percent}");
    let application = apply(
        draft,
        json!({
            "type": "discount_code", "target_type": "line_item", "target_selection": "all",
            "allocation_method": "across", "value_type": "percentage",
            "value": format!("{percent}.0"), "code": code,
        }),
    );
    let rate = Decimal::from(percent) / Decimal::ONE_HUNDRED;
    let mut total = Bag::default();
    for (position, left) in discountable(draft).into_iter().enumerate() {
        let amount = draft.money.currencies.round(left.map(|amount| amount * rate));
        total = total + amount;
        allocate(draft, position, application, amount);
    }
    told_code(draft, &code, total, "percentage");
}

fn code_in_money(draft: &mut Draft<'_>, dollars: Decimal) {
    let left = discountable(draft);
    let sum: Bag = left.iter().copied().sum();
    let shop = draft.money.currencies.shop.clone();
    let wanted = crate::money::round(dollars * super::per_dollar(&shop), &shop);
    let wanted = draft.money.both(wanted);
    let total = Bag { shop: wanted.shop.min(sum.shop), presentment: wanted.presentment.min(sum.presentment) };
    if total.shop.is_zero() || total.presentment.is_zero() {
        return;
    }
    let code = format!("LESS{dollars}");
    let application = apply(
        draft,
        json!({
            "type": "discount_code", "target_type": "line_item", "target_selection": "all",
            "allocation_method": "across", "value_type": "fixed_amount",
            "value": crate::money::rest(total.shop, &shop), "code": code,
        }),
    );
    // Each line's part is the difference of two rounded running sums, so the parts sum exactly and
    // none exceeds its line by more than the rounding.
    let mut before = Bag::default();
    let mut spent = Bag::default();
    for (position, amount) in left.into_iter().enumerate() {
        before = before + amount;
        let upto = draft.money.currencies.round(Bag {
            shop: total.shop * before.shop / sum.shop,
            presentment: total.presentment * before.presentment / sum.presentment,
        });
        let part = upto - spent;
        let part = Bag { shop: part.shop.min(amount.shop), presentment: part.presentment.min(amount.presentment) };
        spent = spent + part;
        allocate(draft, position, application, part);
    }
    told_code(draft, &code, spent, "fixed_amount");
}

fn told_code(draft: &mut Draft<'_>, code: &str, total: Bag, kind: &str) {
    let amount = crate::money::rest(total.shop, &draft.money.currencies.shop);
    let told = json!({"code": code, "amount": amount, "type": kind});
    push(&mut draft.order, "discount_codes", told);
}

fn automatic(draft: &mut Draft<'_>, dice: &mut Dice) {
    let left = discountable(draft);
    let position = dice.below(u32::try_from(left.len()).unwrap_or(1)) as usize;
    let amount = left.get(position).copied().unwrap_or_default();
    if amount.shop.is_zero() {
        return;
    }
    let application = apply(
        draft,
        json!({
            "type": "automatic", "target_type": "line_item", "target_selection": "entitled",
            "allocation_method": "each", "value_type": "percentage", "value": "25.0",
            "title": "Autumn sale",
        }),
    );
    let quarter = Decimal::new(25, 2);
    let amount = draft.money.currencies.round(amount.map(|amount| amount * quarter));
    allocate(draft, position, application, amount);
}

/// A shipping line where something has to be sent; sometimes free by a code, rarely replaced by an
/// edit.
pub(super) fn ship(draft: &mut Draft<'_>, dice: &mut Dice) {
    let lines = list(&draft.order, "line_items");
    let needed = lines.iter().any(|line| line["requires_shipping"] == true);
    if !needed || draft.order["source_name"] == "pos" {
        return;
    }
    let (title, cents) = dice.pick(&[("Ground", 595), ("Ground", 595), ("Express", 1490), ("Free", 0)]);
    let free_by_code = cents > 0 && dice.percent(8);
    if dice.percent(2) {
        let mut removed = shipping_line(draft, 2, "Express", 1490);
        removed["is_removed"] = json!(true);
        push(&mut draft.order, "shipping_lines", removed);
    }
    let mut line = shipping_line(draft, 1, title, cents);
    if free_by_code {
        let application = apply(
            draft,
            json!({
                "type": "discount_code", "target_type": "shipping_line",
                "target_selection": "all", "allocation_method": "each",
                "value_type": "percentage", "value": "100.0", "code": "FREESHIP",
            }),
        );
        let currencies = &draft.money.currencies;
        line["discount_allocations"] = json!([{
            "amount": line["price"],
            "amount_set": line["price_set"],
            "discount_application_index": application,
        }]);
        line["discounted_price"] = json!(crate::money::rest(Decimal::ZERO, &currencies.shop));
        line["discounted_price_set"] = currencies.rest_set(Bag::default());
    }
    push(&mut draft.order, "shipping_lines", line);
}

fn shipping_line(draft: &Draft<'_>, number: u64, title: &str, cents: i64) -> Value {
    let currencies = &draft.money.currencies;
    let dollars = Decimal::new(cents, 2) * super::per_dollar(&currencies.shop);
    let price = draft.money.both(crate::money::round(dollars, &currencies.shop));
    let plain = crate::money::rest(price.shop, &currencies.shop);
    let set = currencies.rest_set(price);
    json!({
        "id": draft.id * 100 + 90 + number,
        "title": title,
        "code": title,
        "source": "shopify",
        "carrier_identifier": null,
        "price": plain,
        "price_set": set,
        "discounted_price": plain,
        "discounted_price_set": set,
        "is_removed": false,
        "tax_lines": [],
        "discount_allocations": [],
    })
}
