//! The shop's records, kept as Shopify's REST resources.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// A record that cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct BadRecord {
    /// The field that is wrong.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

impl BadRecord {
    fn new(field: &str, message: impl Into<String>) -> BadRecord {
        BadRecord { field: field.to_owned(), message: message.into() }
    }
}

/// Fields that we keep inside an order and that its REST resource does not have.
const PRIVATE: [&str; 4] = ["edited", "transactions", "risk", "total_tip_received_set"];

/// The order as a webhook carries it.
pub(crate) fn public(order: &Value) -> Value {
    let mut order = order.clone();
    if let Some(fields) = order.as_object_mut() {
        fields.retain(|name, _| !PRIVATE.contains(&name.as_str()));
    }
    order
}

/// A moment as REST writes it.
pub(crate) fn rest_time(at: Timestamp) -> Value {
    let seconds = Timestamp::from_second(at.as_second()).unwrap_or(at);
    Value::String(seconds.to_string())
}

/// `gid://shopify/<kind>/<id>`.
pub(crate) fn gid(kind: &str, id: u64) -> String {
    format!("gid://shopify/{kind}/{id}")
}

/// Everything in the shop.
#[derive(Default)]
pub(crate) struct State {
    orders: BTreeMap<u64, Arc<Value>>,
    customers: BTreeMap<u64, Arc<Value>>,
    products: BTreeMap<u64, Arc<Value>>,
    variants: BTreeMap<u64, (u64, usize)>,
    locations: BTreeMap<u64, Arc<Value>>,
}

impl State {
    /// The sample products, one product for each other SKU of the catalogue, and the locations.
    pub(crate) fn load_catalogue(&mut self) -> anyhow::Result<()> {
        let samples: Value = serde_json::from_str(include_str!("../../data/shopify/product/1.json"))?;
        for product in super::derive::list(&samples, "products") {
            self.load_product(product.clone())?;
        }
        let locations: Value = serde_json::from_str(include_str!("../../data/shopify/location/1.json"))?;
        for location in super::derive::list(&locations, "locations") {
            let id = id(location)?;
            self.locations.insert(id, Arc::new(location.clone()));
        }
        for (index, item) in crate::catalogue::items()?.into_iter().enumerate() {
            if !item.sku.starts_with("IPOD") {
                self.load_product(item.product(index))?;
            }
        }
        Ok(())
    }

    pub(crate) fn load_order(&mut self, mut order: Value, now: Timestamp) -> Result<(u64, Arc<Value>), BadRecord> {
        let id = id(&order)?;
        let fields = fields(&mut order)?;
        for list in ["line_items", "shipping_lines", "refunds", "tax_lines"] {
            let value = fields.entry(list).or_insert_with(|| json!([]));
            if !value.is_array() {
                return Err(BadRecord::new(list, "must be a list"));
            }
        }
        fields.entry("admin_graphql_api_id").or_insert_with(|| json!(gid("Order", id)));
        fields.entry("name").or_insert_with(|| json!(format!("#{id}")));
        fields.entry("currency").or_insert_with(|| json!("USD"));
        for date in ["created_at", "processed_at", "updated_at"] {
            let value = fields.entry(date).or_insert_with(|| rest_time(now));
            let readable = value.as_str().is_some_and(|at| at.parse::<Timestamp>().is_ok());
            if !readable {
                return Err(BadRecord::new(date, "must be a time such as 2026-10-05T12:00:00Z"));
            }
        }
        if let Some(customer) = fields.get("customer").filter(|customer| customer.is_object()) {
            let customer_id = customer["id"].as_u64();
            if customer_id.is_some_and(|id| !self.customers.contains_key(&id)) {
                self.load_customer(customer.clone())?;
            }
        }
        let order = Arc::new(order);
        self.orders.insert(id, order.clone());
        Ok((id, order))
    }

    /// Merges `patch` over the order's top-level fields; `updated_at` becomes `now`.
    pub(crate) fn patch_order(
        &mut self,
        id: u64,
        patch: &Value,
        now: Timestamp,
    ) -> Result<(Arc<Value>, Value), BadRecord> {
        let mut patch = patch.clone();
        fields(&mut patch)?.entry("updated_at").or_insert_with(|| rest_time(now));
        self.amend_order(id, &patch)
    }

    pub(crate) fn amend_order(&mut self, id: u64, patch: &Value) -> Result<(Arc<Value>, Value), BadRecord> {
        let patch = patch.as_object().ok_or_else(|| BadRecord::new("patch", "must be an object"))?;
        if patch.contains_key("id") {
            return Err(BadRecord::new("id", "cannot be changed"));
        }
        let before =
            self.orders.get(&id).cloned().ok_or_else(|| BadRecord::new("id", format!("there is no order {id}")))?;
        let mut after = (*before).clone();
        fields(&mut after)?.extend(patch.clone());
        let (_, after) = self.load_order(after, Timestamp::UNIX_EPOCH)?;
        Ok((before, (*after).clone()))
    }

    pub(crate) fn load_customer(&mut self, mut customer: Value) -> Result<u64, BadRecord> {
        let id = id(&customer)?;
        fields(&mut customer)?.entry("admin_graphql_api_id").or_insert_with(|| json!(gid("Customer", id)));
        self.customers.insert(id, Arc::new(customer));
        Ok(id)
    }

    pub(crate) fn load_product(&mut self, mut product: Value) -> Result<u64, BadRecord> {
        let id = id(&product)?;
        let fields = fields(&mut product)?;
        let variants = fields.entry("variants").or_insert_with(|| json!([]));
        let variants = variants.as_array().ok_or_else(|| BadRecord::new("variants", "must be a list"))?;
        for (index, variant) in variants.iter().enumerate() {
            let variant = variant["id"]
                .as_u64()
                .ok_or_else(|| BadRecord::new(&format!("variants[{index}].id"), "must be a positive integer"))?;
            self.variants.insert(variant, (id, index));
        }
        self.products.insert(id, Arc::new(product));
        Ok(id)
    }

    pub(crate) fn order(&self, id: u64) -> Option<Arc<Value>> {
        self.orders.get(&id).cloned()
    }

    pub(crate) fn orders(&self) -> impl Iterator<Item = &Arc<Value>> {
        self.orders.values()
    }

    pub(crate) fn customer(&self, id: u64) -> Option<Arc<Value>> {
        self.customers.get(&id).cloned()
    }

    pub(crate) fn customers(&self) -> impl Iterator<Item = &Arc<Value>> {
        self.customers.values()
    }

    /// Replaces the tags of a customer or product.
    pub(crate) fn set_tags(&mut self, kind: &str, id: u64, tags: &str, now: Timestamp) {
        let records = match kind {
            "Customer" => &mut self.customers,
            _ => &mut self.products,
        };
        if let Some(fields) = records.get_mut(&id).and_then(|record| Arc::make_mut(record).as_object_mut()) {
            fields.insert("tags".to_owned(), json!(tags));
            fields.insert("updated_at".to_owned(), rest_time(now));
        }
    }

    pub(crate) fn product(&self, id: u64) -> Option<Arc<Value>> {
        self.products.get(&id).cloned()
    }

    pub(crate) fn products(&self) -> impl Iterator<Item = &Arc<Value>> {
        self.products.values()
    }

    /// A variant as its product and its place there.
    pub(crate) fn variant(&self, id: u64) -> Option<(Arc<Value>, usize)> {
        let (product, index) = self.variants.get(&id)?;
        Some((self.product(*product)?, *index))
    }

    pub(crate) fn variants(&self) -> impl Iterator<Item = (u64, Arc<Value>, usize)> {
        self.variants.iter().filter_map(|(id, (product, index))| {
            let product = self.products.get(product)?;
            Some((*id, product.clone(), *index))
        })
    }

    pub(crate) fn location(&self, id: u64) -> Option<Arc<Value>> {
        self.locations.get(&id).cloned()
    }

    pub(crate) fn locations(&self) -> impl Iterator<Item = &Arc<Value>> {
        self.locations.values()
    }
}

fn id(record: &Value) -> Result<u64, BadRecord> {
    record["id"].as_u64().filter(|id| *id > 0).ok_or_else(|| BadRecord::new("id", "must be a positive integer"))
}

fn fields(record: &mut Value) -> Result<&mut Map<String, Value>, BadRecord> {
    record.as_object_mut().ok_or_else(|| BadRecord::new("record", "must be an object"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_records_name_their_field() {
        let mut state = State::default();
        let now = Timestamp::UNIX_EPOCH;
        for (order, field) in [
            (json!({}), "id"),
            (json!({"id": -1}), "id"),
            (json!({"id": 1, "line_items": {}}), "line_items"),
            (json!({"id": 1, "created_at": "yesterday"}), "created_at"),
        ] {
            assert_eq!(state.load_order(order, now).unwrap_err().field, field);
        }
        assert_eq!(state.amend_order(1, &json!({})).unwrap_err().field, "id");
    }

    #[test]
    fn a_webhook_carries_the_rest_resource_only() {
        let order = json!({"id": 1, "transactions": [], "risk": {}, "tags": ""});
        assert_eq!(public(&order), json!({"id": 1, "tags": ""}));
    }
}
