//! What the sandbox shop sells; the NetSuite account holds the same SKUs as items.
//!
//! The small catalogue of the crate is always there. [`Catalogue`] makes one of any size from a seed.

mod load;
mod names;
mod seeded;
#[cfg(test)]
mod tests;
mod troubles;

pub use seeded::{Catalogue, Component, Kind, Level, Place, Plan, Sku, Variant};
pub use troubles::Trouble;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

/// One SKU.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// Stock keeping unit, and the item's name in NetSuite.
    pub sku: String,
    /// Title on the order line.
    pub title: String,
    /// Price in the shop's currency.
    pub price: Decimal,
    /// Internal id in NetSuite.
    pub item_id: String,
    /// Something has to be sent.
    pub requires_shipping: bool,
    /// It is a gift card.
    pub gift_card: bool,
    /// Shopify's product and variant id, of an item that is not in the crate's catalogue.
    #[serde(skip)]
    pub variant: Option<(u64, u64)>,
}

/// All SKUs, in a fixed order.
pub fn items() -> Result<Vec<Item>, serde_json::Error> {
    serde_json::from_str(include_str!("../data/catalogue.json"))
}

/// Shopify's variants of the sample products.
const SAMPLE_VARIANTS: [(&str, u64, u64); 5] = [
    ("IPOD2008PINK", 632_910_392, 808_950_810),
    ("IPOD2008RED", 632_910_392, 49_148_385),
    ("IPOD2008GREEN", 632_910_392, 39_072_856),
    ("IPOD2008BLACK", 632_910_392, 457_924_702),
    ("IPOD2009BLACK", 921_728_736, 447_654_529),
];

impl Item {
    /// Shopify's product and variant id of the item at `index` of the catalogue.
    pub fn ids(&self, index: usize) -> (u64, u64) {
        if let Some(ids) = self.variant {
            return ids;
        }
        let sample = SAMPLE_VARIANTS.iter().find(|(sku, ..)| *sku == self.sku);
        match sample {
            Some((_, product, variant)) => (*product, *variant),
            None => (7_000_000_001 + index as u64, 42_000_000_001 + index as u64),
        }
    }

    /// The item as a Shopify product of one variant, in the REST shape.
    pub fn product(&self, index: usize) -> Value {
        let (product, variant) = self.ids(index);
        let created = "2026-01-05T09:00:00-05:00";
        json!({
            "id": product,
            "admin_graphql_api_id": format!("gid://shopify/Product/{product}"),
            "title": self.title,
            "body_html": "",
            "vendor": "Acme",
            "product_type": if self.gift_card { "Gift card" } else { "Goods" },
            "handle": format!("item-{}", self.item_id),
            "status": "active",
            "tags": "",
            "created_at": created,
            "updated_at": created,
            "published_at": created,
            "options": [{"id": product, "name": "Title", "position": 1, "values": ["Default Title"]}],
            "variants": [{
                "id": variant,
                "admin_graphql_api_id": format!("gid://shopify/ProductVariant/{variant}"),
                "product_id": product,
                "title": "Default Title",
                "sku": self.sku,
                "price": self.price.to_string(),
                "position": 1,
                "option1": "Default Title",
                "taxable": !self.gift_card,
                "requires_shipping": self.requires_shipping,
                "inventory_item_id": variant + 1_000_000_000,
                "inventory_quantity": 100,
                "created_at": created,
                "updated_at": created
            }]
        })
    }
}
