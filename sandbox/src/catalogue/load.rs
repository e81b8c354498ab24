//! A generated catalogue into all three vendors.

use serde_json::{Value, json};

use super::{Catalogue, Component, Kind, Level, Place, Sku, Variant};
use crate::dcl::{self, Dcl};
use crate::netsuite::Account;
use crate::shopify::Shop;

impl Catalogue {
    /// Loads it into the account, the shop and the warehouse, each its own side. DCL is the first place.
    ///
    /// Fails where the account has such items already, and then changes nothing.
    pub fn load(&self, shop: &Shop, account: &Account, dcl: &Dcl) -> anyhow::Result<()> {
        account.load_catalogue(self)?;
        for place in &self.places {
            shop.load_location(json!({
                "id": place.shopify, "name": place.name, "country_code": "US", "active": true, "legacy": false,
            }))?;
        }
        for sku in &self.skus {
            for variant in &sku.variants {
                shop.load_product(sku.product(*variant, &self.places))?;
            }
            if let (Kind::Item, Some(_), Some(level)) = (sku.kind, sku.item_id, sku.levels.first()) {
                dcl.put_item(dcl::Item::new(&sku.sku, &sku.title, level.on_hand.unwrap_or_default()));
            }
        }
        Ok(())
    }
}

impl Sku {
    /// A variant as a Shopify product of its own, in the REST shape, with its levels at the places.
    pub fn product(&self, ids: Variant, places: &[Place]) -> Value {
        let Variant { product, variant, inventory_item } = ids;
        let level = |level: &Level| {
            let place = places.get(level.place)?;
            Some(json!({"location_id": place.shopify, "available": level.shown}))
        };
        let levels: Vec<Value> = if self.native { Vec::new() } else { self.levels.iter().filter_map(level).collect() };
        let part = |part: &Component| json!({"variant_id": part.variant(), "quantity": part.quantity});
        let parts: Vec<Value> = if self.native { self.components.iter().map(part).collect() } else { Vec::new() };
        let created = "2026-01-05T09:00:00-05:00";
        json!({
            "id": product,
            "admin_graphql_api_id": format!("gid://shopify/Product/{product}"),
            "title": self.title,
            "body_html": "",
            "vendor": "Acme",
            "product_type": "Goods",
            "handle": format!("product-{product}"),
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
                "taxable": true,
                "requires_shipping": true,
                "inventory_item_id": inventory_item,
                "inventory_management": if self.tracked { json!("shopify") } else { Value::Null },
                "inventory_levels": levels,
                "requires_components": self.native,
                "components": parts,
                "created_at": created,
                "updated_at": created
            }]
        })
    }
}
