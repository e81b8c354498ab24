//! Products, their variants, and the inventory items behind these.

use std::ops::RangeBounds;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{BadRecord, State, fields, id};
use crate::shopify::derive::list;

impl State {
    /// Keeps a product in the place of the one with its id. A variant without `inventory_item_id` is given one.
    /// `inventory_levels` of a variant (`[{"location_id": 1, "available": 5}]`) say where it is stocked; else it is
    /// at the main location with its `inventory_quantity`. Levels that are there already stay.
    pub(crate) fn load_product(&mut self, mut product: Value, now: Timestamp) -> Result<u64, BadRecord> {
        let id = id(&product)?;
        let fields = fields(&mut product)?;
        let variants = fields.entry("variants").or_insert_with(|| json!([]));
        let variants = variants.as_array_mut().ok_or_else(|| BadRecord::new("variants", "must be a list"))?;
        let mut levels = Vec::new();
        for (index, variant) in variants.iter_mut().enumerate() {
            let bad = |field: &str, message: &str| BadRecord::new(&format!("variants[{index}].{field}"), message);
            let number = variant["id"].as_u64().ok_or_else(|| bad("id", "must be a positive integer"))?;
            if self.variants.get(&number).is_some_and(|(holder, _)| *holder != id) {
                return Err(bad("id", "belongs to another product"));
            }
            if variant["inventory_item_id"].as_u64().is_none() {
                variant["inventory_item_id"] = json!(self.ids.next());
            }
            let item = variant["inventory_item_id"].as_u64().unwrap_or(0);
            if self.items.get(&item).is_some_and(|holder| *holder != number) {
                return Err(bad("inventory_item_id", "belongs to another variant"));
            }
            let stated = variant.as_object_mut().and_then(|variant| variant.remove("inventory_levels"));
            for level in stated.as_ref().and_then(Value::as_array).into_iter().flatten() {
                let known = level["location_id"].as_u64().filter(|location| self.locations.contains_key(location));
                let location = known.ok_or_else(|| bad("inventory_levels", "name a location that there is"))?;
                levels.push((item, location, level["available"].as_i64().unwrap_or(0)));
            }
            let is_new = !self.items.contains_key(&item);
            if let (true, None, Some(location)) = (is_new, &stated, self.main_location()) {
                levels.push((item, location, variant["inventory_quantity"].as_i64().unwrap_or(0)));
            }
        }
        self.forget_product(id);
        for (index, variant) in list(&product, "variants").iter().enumerate() {
            let (Some(number), Some(item)) = (variant["id"].as_u64(), variant["inventory_item_id"].as_u64()) else {
                continue;
            };
            self.variants.insert(number, (id, index));
            self.items.insert(item, number);
            if let Some(sku) = variant["sku"].as_str() {
                self.skus.entry(sku.to_lowercase()).or_default().insert(number);
            }
        }
        self.products.insert(id, Arc::new(product));
        for (item, location, available) in levels {
            self.stock(item, location, available, now);
        }
        Ok(id)
    }

    /// Takes a product out of the indexes; the levels of its items stay.
    fn forget_product(&mut self, id: u64) {
        let Some(product) = self.products.remove(&id) else {
            return;
        };
        for variant in list(&product, "variants") {
            if let Some(number) = variant["id"].as_u64() {
                self.variants.remove(&number);
                let sku = variant["sku"].as_str().map(str::to_lowercase);
                if let Some(same) = sku.and_then(|sku| self.skus.get_mut(&sku)) {
                    same.remove(&number);
                }
            }
            if let Some(item) = variant["inventory_item_id"].as_u64() {
                self.items.remove(&item);
            }
        }
    }

    /// Changes one variant of a product; its levels stay.
    pub(crate) fn patch_variant(&mut self, id: u64, patch: &Value, now: Timestamp) -> Result<(), BadRecord> {
        let (product, index) = self.known_variant(id)?;
        let patch = patch.as_object().ok_or_else(|| BadRecord::new("patch", "must be an object"))?;
        if let Some(fixed) = ["id", "inventory_item_id"].into_iter().find(|name| patch.contains_key(*name)) {
            return Err(BadRecord::new(fixed, "cannot be changed"));
        }
        let mut product = (*product).clone();
        fields(&mut product["variants"][index])?.extend(patch.clone());
        self.load_product(product, now).map(|_| ())
    }

    /// Deletes a variant with its inventory item and levels; the last one of a product takes it along.
    pub(crate) fn delete_variant(&mut self, id: u64, now: Timestamp) -> Result<(), BadRecord> {
        let (product, index) = self.known_variant(id)?;
        let item = product["variants"][index]["inventory_item_id"].as_u64().unwrap_or(0);
        let mut left = (*product).clone();
        if let Some(variants) = left["variants"].as_array_mut() {
            variants.remove(index);
        }
        if list(&left, "variants").is_empty() {
            self.forget_product(product["id"].as_u64().unwrap_or(0));
        } else {
            self.load_product(left, now)?;
        }
        self.levels.retain(|(of, _), _| *of != item);
        Ok(())
    }

    fn known_variant(&self, id: u64) -> Result<(Arc<Value>, usize), BadRecord> {
        self.variant(id).ok_or_else(|| BadRecord::new("id", format!("there is no variant {id}")))
    }

    pub(crate) fn product(&self, id: u64) -> Option<Arc<Value>> {
        self.products.get(&id).cloned()
    }

    pub(crate) fn products_in(&self, ids: impl RangeBounds<u64>) -> impl DoubleEndedIterator<Item = &Arc<Value>> {
        self.products.range(ids).map(|(_, product)| product)
    }

    /// A variant as its product and its place there.
    pub(crate) fn variant(&self, id: u64) -> Option<(Arc<Value>, usize)> {
        let (product, index) = self.variants.get(&id)?;
        Some((self.product(*product)?, *index))
    }

    /// The ids of variants in a range of ids.
    pub(crate) fn variants_in(&self, ids: impl RangeBounds<u64>) -> impl DoubleEndedIterator<Item = u64> {
        self.variants.range(ids).map(|(id, _)| *id)
    }

    /// The variants of an SKU, whatever its case.
    pub(crate) fn variants_of_sku(&self, sku: &str) -> impl Iterator<Item = u64> {
        self.skus.get(&sku.to_lowercase()).into_iter().flatten().copied()
    }

    /// An inventory item as its variant's product and place there.
    pub(crate) fn item(&self, id: u64) -> Option<(Arc<Value>, usize)> {
        self.variant(*self.items.get(&id)?)
    }

    /// The ids of inventory items in a range of ids.
    pub(crate) fn items_in(&self, ids: impl RangeBounds<u64>) -> impl DoubleEndedIterator<Item = u64> {
        self.items.range(ids).map(|(id, _)| *id)
    }

    /// The inventory item of a variant.
    pub(crate) fn item_of(&self, variant: u64) -> Option<u64> {
        let (product, index) = self.variant(variant)?;
        product["variants"][index]["inventory_item_id"].as_u64()
    }
}
