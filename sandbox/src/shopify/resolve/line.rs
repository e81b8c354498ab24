//! `LineItem` and `ShippingLine`.

use std::sync::Arc;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Answer, Context, Node};
use crate::money::{self, Bag, Currencies};
use crate::shopify::derive::{self, list};
use crate::shopify::state::gid;

pub(super) fn item(context: &Context<'_>, order: &Value, index: usize, name: &str) -> Answer {
    let line = &order["line_items"][index];
    let currencies = Currencies::of(order);
    let quantity = derive::quantity(line);
    let unit = Bag::field(line, "price");
    let total = unit.times(quantity);
    let set_or_plain = |bag: Bag| {
        let both = currencies.money_bag(currencies.round(bag));
        if name.ends_with("Set") { Answer::Shape(both) } else { Answer::Leaf(both["shopMoney"]["amount"].clone()) }
    };
    let each = |bag: Bag| match quantity {
        0 => Bag::default(),
        _ => bag.map(|amount| amount / Decimal::from(quantity)),
    };
    match name {
        "id" => Answer::Leaf(json!(gid("LineItem", line["id"].as_u64().unwrap_or(0)))),
        "quantity" => Answer::Leaf(json!(quantity)),
        "currentQuantity" => Answer::Leaf(json!(derive::current_quantity(line))),
        "refundableQuantity" => Answer::Leaf(json!(derive::current_quantity(line))),
        "unfulfilledQuantity" => Answer::Shape(line["fulfillable_quantity"].clone()),
        "nonFulfillableQuantity" => Answer::Leaf(json!(quantity.saturating_sub(derive::current_quantity(line)))),
        "isGiftCard" => Answer::Leaf(json!(line["gift_card"] == true)),
        "fulfillmentStatus" => match line["fulfillment_status"].as_str() {
            Some(status) => Answer::Leaf(json!(status)),
            None => Answer::Leaf(json!("unfulfilled")),
        },
        "customAttributes" => Answer::Shape(super::order::attributes(&line["properties"])),
        "originalUnitPriceSet" | "originalUnitPrice" => set_or_plain(unit),
        "originalTotalSet" | "originalTotal" => set_or_plain(total),
        "totalDiscountSet" | "totalDiscount" => set_or_plain(derive::allocated(line)),
        "discountedTotalSet" | "discountedTotal" => set_or_plain(total - derive::allocated(line)),
        "discountedUnitPriceSet" | "discountedUnitPrice" | "discountedUnitPriceAfterAllDiscountsSet" => {
            set_or_plain(each(total - derive::allocated(line)))
        }
        "taxLines" => Answer::Shape(taxes(line, &currencies)),
        "discountAllocations" => Answer::Shape(allocations(order, line, &currencies)),
        "duties" => Answer::Shape(
            list(line, "duties")
                .iter()
                .map(|duty| {
                    json!({
                        "id": gid("Duty", duty["id"].as_u64().unwrap_or(0)),
                        "price": currencies.money_bag(Bag::read(duty)),
                        "taxLines": taxes(duty, &currencies),
                        "harmonizedSystemCode": duty["harmonized_system_code"],
                        "countryCodeOfOrigin": duty["country_code_of_origin"],
                    })
                })
                .collect(),
        ),
        "variant" => variant(context, line),
        "product" => {
            let held = line["product_id"].as_u64();
            let held = held.and_then(|id| context.shop.state().product(id));
            held.map_or(Answer::Leaf(Value::Null), |product| Answer::One(Node::Product(product)))
        }
        _ => Answer::Plain,
    }
}

/// The variant, or null once its product is deleted.
///
/// A line that was loaded without its product, and that says that the product exists, still tells
/// the variant's id, SKU and title.
fn variant(context: &Context<'_>, line: &Value) -> Answer {
    let Some(id) = line["variant_id"].as_u64() else {
        return Answer::Leaf(Value::Null);
    };
    match context.shop.state().variant(id) {
        Some((product, index)) => Answer::One(Node::Variant(product, index)),
        None if line["product_exists"] == false => Answer::Leaf(Value::Null),
        None => {
            let title = line["variant_title"].as_str().unwrap_or("Default Title");
            let product = json!({
                "id": line["product_id"],
                "title": line["title"],
                "variants": [{
                    "id": id, "sku": line["sku"], "title": title, "price": line["price"],
                }],
            });
            Answer::One(Node::Variant(Arc::new(product), 0))
        }
    }
}

pub(super) fn shipping(order: &Value, index: usize, name: &str) -> Answer {
    let line = &order["shipping_lines"][index];
    let currencies = Currencies::of(order);
    let bag = |bag: Bag| Answer::Shape(currencies.money_bag(bag));
    let shop = |bag: Bag| Answer::Shape(currencies.money_bag(bag)["shopMoney"].clone());
    match name {
        "id" => Answer::Leaf(json!(gid("ShippingLine", line["id"].as_u64().unwrap_or(0)))),
        "originalPriceSet" => bag(Bag::field(line, "price")),
        "originalPrice" => shop(Bag::field(line, "price")),
        "discountedPriceSet" => bag(Bag::field(line, "discounted_price")),
        "discountedPrice" => shop(Bag::field(line, "discounted_price")),
        "currentDiscountedPriceSet" => {
            let current = derive::current_shipping(order);
            bag(current.get(index).copied().unwrap_or_default())
        }
        "isRemoved" => Answer::Leaf(json!(line["is_removed"] == true)),
        "custom" => Answer::Leaf(json!(line["source"].is_null())),
        "taxLines" => Answer::Shape(taxes(line, &currencies)),
        "discountAllocations" => Answer::Shape(allocations(order, line, &currencies)),
        _ => Answer::Plain,
    }
}

/// The `tax_lines` of a REST object as GraphQL's.
pub(super) fn taxes(object: &Value, currencies: &Currencies) -> Value {
    list(object, "tax_lines")
        .iter()
        .map(|tax| {
            json!({
                "title": tax["title"],
                "rate": tax["rate"],
                "ratePercentage": percentage(&tax["rate"]),
                "price": tax["price"],
                "priceSet": currencies.money_bag(Bag::field(tax, "price")),
                "channelLiable": tax["channel_liable"],
                "source": tax["source"],
            })
        })
        .collect()
}

/// 0.06 → 6.0, without the noise of binary fractions.
pub(super) fn percentage(rate: &Value) -> Value {
    if rate.is_null() {
        return Value::Null;
    }
    let percent = money::read(rate).saturating_mul(Decimal::ONE_HUNDRED);
    serde_json::from_str(&money::graphql(percent)).unwrap_or(Value::Null)
}

fn allocations(order: &Value, line: &Value, currencies: &Currencies) -> Value {
    list(line, "discount_allocations")
        .iter()
        .map(|allocation| {
            let index = allocation["discount_application_index"].as_u64().unwrap_or(0);
            let amount = currencies.money_bag(Bag::field(allocation, "amount"));
            json!({
                "allocatedAmount": amount["shopMoney"],
                "allocatedAmountSet": amount,
                "discountApplication": discount_application(order, index as usize),
            })
        })
        .collect()
}

/// The order's discount at `index`.
pub(super) fn discount_application(order: &Value, index: usize) -> Value {
    let application = &order["discount_applications"][index];
    let upper = |name: &str, otherwise: &str| application[name].as_str().unwrap_or(otherwise).to_uppercase();
    let title = application["title"].as_str().or(application["description"].as_str());
    let type_name = match application["type"].as_str() {
        Some("discount_code") => "DiscountCodeApplication",
        Some("automatic") => "AutomaticDiscountApplication",
        Some("script") => "ScriptDiscountApplication",
        _ => "ManualDiscountApplication",
    };
    let value = money::read(&application["value"]);
    let value = if application["value_type"] == "percentage" {
        let percentage: Value = serde_json::from_str(&money::graphql(value)).unwrap_or(Value::Null);
        json!({"__typename": "PricingPercentageValue", "percentage": percentage})
    } else {
        json!({
            "__typename": "MoneyV2",
            "amount": money::graphql(value),
            "currencyCode": Currencies::of(order).shop,
        })
    };
    json!({
        "__typename": type_name,
        "index": index,
        "code": application["code"],
        "title": title.unwrap_or_default(),
        "description": application["description"],
        "allocationMethod": upper("allocation_method", "across"),
        "targetSelection": upper("target_selection", "all"),
        "targetType": upper("target_type", "line_item"),
        "value": value,
    })
}
