//! `Product`, `ProductVariant` and `Location`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::connection::Item;
use super::{Answer, Context, Node};
use crate::shopify::derive::list;
use crate::shopify::search::tags;
use crate::shopify::state::gid;
use crate::shopify::state::stock::{components, is_bundle};

fn id(record: &Value) -> u64 {
    record["id"].as_u64().unwrap_or(0)
}

/// A date that the schema demands, also from a record that was loaded without it.
pub(super) fn date(record: &Value, name: &str) -> Answer {
    let at = record[super::snake(name)].as_str();
    Answer::Shape(json!(at.unwrap_or("1970-01-01T00:00:00Z")))
}

pub(super) fn product(product: &Arc<Value>, name: &str) -> Answer {
    match name {
        "id" => Answer::Leaf(json!(gid("Product", id(product)))),
        "legacyResourceId" => Answer::Shape(product["id"].clone()),
        "tags" => Answer::Shape(json!(tags(product))),
        "status" => Answer::Shape(json!(product["status"].as_str().unwrap_or("active"))),
        "createdAt" | "updatedAt" => date(product, name),
        "descriptionHtml" => Answer::Shape(product["body_html"].clone()),
        "totalVariants" => Answer::Leaf(json!(list(product, "variants").len())),
        "isGiftCard" => Answer::Leaf(json!(product["product_type"] == "Gift card")),
        "hasOnlyDefaultVariant" => Answer::Leaf(json!(product["variants"][0]["title"] == "Default Title")),
        "options" => Answer::Shape(
            list(product, "options")
                .iter()
                .map(|option| {
                    json!({
                        "id": gid("ProductOption", id(option)),
                        "name": option["name"],
                        "position": option["position"],
                        "values": option["values"],
                    })
                })
                .collect(),
        ),
        "variants" => Answer::Paged(
            (0..list(product, "variants").len())
                .map(|index| Item::at(index, Node::Variant(product.clone(), index)))
                .collect(),
        ),
        _ => Answer::Plain,
    }
}

pub(super) fn variant(context: &Context<'_>, product: &Arc<Value>, index: usize, name: &str) -> Answer {
    let variant = &product["variants"][index];
    match name {
        "id" => Answer::Leaf(json!(gid("ProductVariant", id(variant)))),
        "legacyResourceId" => Answer::Shape(variant["id"].clone()),
        "product" => Answer::One(Node::Product(product.clone())),
        "createdAt" | "updatedAt" => date(variant, name),
        "inventoryPolicy" => {
            let policy = variant["inventory_policy"].as_str();
            Answer::Shape(json!(policy.unwrap_or("deny")))
        }
        "inventoryItem" => Answer::One(Node::Item(product.clone(), index)),
        "inventoryQuantity" | "sellableOnlineQuantity" => {
            let state = context.shop.state();
            let item = variant["inventory_item_id"].as_u64().unwrap_or(0);
            let in_use = |location: u64| state.location(location).is_some_and(|held| held["active"] != false);
            let levels = state.levels(item).into_iter().filter(|(location, _)| in_use(*location));
            Answer::Leaf(json!(levels.map(|(_, level)| level.available()).sum::<i64>()))
        }
        "requiresComponents" => Answer::Leaf(json!(is_bundle(variant))),
        "productVariantComponents" => {
            let parts = components(variant).into_iter();
            let parts = parts.map(|(part, quantity)| {
                let id = format!("{}?component={part}", gid("ProductVariantComponent", id(variant)));
                json!({"id": id, "quantity": quantity, "productVariant": {"__gid": gid("ProductVariant", part)}})
            });
            Answer::Shape(parts.collect())
        }
        "availableForSale" => Answer::Leaf(json!(true)),
        "position" => Answer::Leaf(json!(index + 1)),
        "displayName" => {
            let titles = [&product["title"], &variant["title"]];
            let titles: Vec<&str> = titles.into_iter().filter_map(Value::as_str).collect();
            Answer::Leaf(json!(titles.join(" - ")))
        }
        "selectedOptions" => {
            let options = list(product, "options").iter().enumerate();
            Answer::Shape(
                options
                    .map(|(place, option)| {
                        let value = &variant[format!("option{}", place + 1)];
                        json!({"name": option["name"], "value": value})
                    })
                    .collect(),
            )
        }
        _ => Answer::Plain,
    }
}

pub(super) fn location(location: &Arc<Value>, name: &str) -> Answer {
    match name {
        "id" => Answer::Leaf(json!(gid("Location", id(location)))),
        "legacyResourceId" => Answer::Shape(location["id"].clone()),
        "isActive" => Answer::Leaf(json!(location["active"] != false)),
        "isFulfillmentService" => Answer::Leaf(json!(location["legacy"] == true)),
        "createdAt" | "updatedAt" => date(location, name),
        "address" => Answer::Shape(json!({
            "address1": location["address1"],
            "address2": location["address2"],
            "city": location["city"],
            "zip": location["zip"],
            "province": location["province"],
            "provinceCode": location["province_code"],
            "country": location["country_name"],
            "countryCode": location["country_code"],
            "phone": location["phone"],
        })),
        _ => Answer::Plain,
    }
}
