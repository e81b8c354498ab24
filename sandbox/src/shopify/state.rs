//! The shop's records, kept as Shopify's REST resources.

mod goods;
pub(crate) mod stock;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::derive::list;
use super::{fulfillment, payments};
use stock::Level;

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
    pub(crate) fn new(field: &str, message: impl Into<String>) -> BadRecord {
        BadRecord { field: field.to_owned(), message: message.into() }
    }
}

/// Fields that we keep inside an order and that its REST resource does not have.
const PRIVATE: [&str; 6] =
    ["edited", "fulfillment_orders", "restock", "risk", "total_tip_received_set", "transactions"];

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

/// Where new ids begin: above those of Shopify's samples.
const FIRST_ID: u64 = 2_000_000_000;
/// Ids beyond belong to whoever loaded them and cannot be met by ours.
const LAST_ID: u64 = 100_000_000_000;
/// The location that orders are sent from in Shopify's sample shop.
const MAIN_LOCATION: u64 = 655_441_491;

/// Gives ids to what the shop makes itself.
pub(crate) struct Ids(u64);

impl Default for Ids {
    fn default() -> Ids {
        Ids(FIRST_ID)
    }
}

impl Ids {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }

    /// An id that a loaded record has already.
    pub(crate) fn seen(&mut self, id: u64) {
        if id > self.0 && id < LAST_ID {
            self.0 = id;
        }
    }
}

/// An order that was changed.
pub(crate) struct Changed<T> {
    pub before: Arc<Value>,
    pub after: Arc<Value>,
    /// What the change made.
    pub made: T,
}

/// Everything in the shop.
#[derive(Default)]
pub(crate) struct State {
    ids: Ids,
    fulfillment_orders: BTreeMap<u64, u64>,
    fulfillments: BTreeMap<u64, u64>,
    orders: BTreeMap<u64, Arc<Value>>,
    customers: BTreeMap<u64, Arc<Value>>,
    products: BTreeMap<u64, Arc<Value>>,
    variants: BTreeMap<u64, (u64, usize)>,
    /// The variant of each inventory item.
    items: BTreeMap<u64, u64>,
    /// The variants of each SKU in lower case.
    skus: HashMap<String, BTreeSet<u64>>,
    /// By item and location.
    levels: BTreeMap<(u64, u64), Level>,
    locations: BTreeMap<u64, Arc<Value>>,
}

impl State {
    /// The locations, the sample products, and one product for each other SKU of the catalogue.
    pub(crate) fn load_catalogue(&mut self, now: Timestamp) -> anyhow::Result<()> {
        let locations: Value = serde_json::from_str(include_str!("../../data/shopify/location/1.json"))?;
        for location in list(&locations, "locations") {
            self.load_location(location.clone())?;
        }
        let samples: Value = serde_json::from_str(include_str!("../../data/shopify/product/1.json"))?;
        for product in list(&samples, "products") {
            self.load_product(product.clone(), now)?;
        }
        for (index, item) in crate::catalogue::items()?.into_iter().enumerate() {
            if !item.sku.starts_with("IPOD") {
                self.load_product(item.product(index), now)?;
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
        for list in ["fulfillments", "fulfillment_orders", "transactions"] {
            if fields.get(list).is_some_and(|value| !value.is_array() && !value.is_null()) {
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
        fulfillment::settle(&mut order, self.main_location(), &mut self.ids, now);
        payments::settle(&mut order, &mut self.ids);
        for (held, index) in
            [("fulfillment_orders", &mut self.fulfillment_orders), ("fulfillments", &mut self.fulfillments)]
        {
            index.extend(list(&order, held).iter().filter_map(|one| one["id"].as_u64()).map(|held| (held, id)));
        }
        let before = self.orders.get(&id).cloned();
        self.follow(before.as_deref(), &order, now);
        let order = Arc::new(order);
        self.orders.insert(id, order.clone());
        Ok((id, order))
    }

    /// Changes an order as `change` does; its refusal leaves the order alone.
    pub(crate) fn change<T>(
        &mut self,
        id: u64,
        now: Timestamp,
        change: impl FnOnce(&mut Value, &mut Ids) -> Result<T, String>,
    ) -> Result<Changed<T>, String> {
        let before = self.orders.get(&id).cloned().ok_or_else(|| format!("there is no order {id}"))?;
        let mut after = (*before).clone();
        let made = change(&mut after, &mut self.ids)?;
        after["updated_at"] = rest_time(now);
        let (_, after) = self.load_order(after, now).map_err(|bad| bad.to_string())?;
        Ok(Changed { before, after, made })
    }

    /// An id for something new.
    pub(crate) fn next_id(&mut self) -> u64 {
        self.ids.next()
    }

    /// The order that a fulfillment order belongs to.
    pub(crate) fn order_of_fulfillment_order(&self, id: u64) -> Option<u64> {
        self.fulfillment_orders.get(&id).copied()
    }

    /// The order that a fulfillment belongs to.
    pub(crate) fn order_of_fulfillment(&self, id: u64) -> Option<u64> {
        self.fulfillments.get(&id).copied()
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
        self.amend_order(id, &patch, now)
    }

    pub(crate) fn amend_order(
        &mut self,
        id: u64,
        patch: &Value,
        now: Timestamp,
    ) -> Result<(Arc<Value>, Value), BadRecord> {
        let patch = patch.as_object().ok_or_else(|| BadRecord::new("patch", "must be an object"))?;
        if patch.contains_key("id") {
            return Err(BadRecord::new("id", "cannot be changed"));
        }
        let before =
            self.orders.get(&id).cloned().ok_or_else(|| BadRecord::new("id", format!("there is no order {id}")))?;
        let mut after = (*before).clone();
        let paid = patch.get("financial_status").is_some_and(|status| status == "paid");
        if paid && before["financial_status"] != "paid" {
            let currency = before["currency"].as_str().unwrap_or("USD");
            after["total_outstanding"] = json!(crate::money::rest(rust_decimal::Decimal::ZERO, currency));
        }
        fields(&mut after)?.extend(patch.clone());
        let (_, after) = self.load_order(after, now)?;
        Ok((before, (*after).clone()))
    }

    pub(crate) fn load_customer(&mut self, mut customer: Value) -> Result<u64, BadRecord> {
        let id = id(&customer)?;
        fields(&mut customer)?.entry("admin_graphql_api_id").or_insert_with(|| json!(gid("Customer", id)));
        self.customers.insert(id, Arc::new(customer));
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

    pub(crate) fn load_location(&mut self, location: Value) -> Result<u64, BadRecord> {
        let id = id(&location)?;
        self.locations.insert(id, Arc::new(location));
        Ok(id)
    }

    /// Puts a location in or out of use.
    pub(crate) fn activate_location(&mut self, id: u64, active: bool) -> Result<(), BadRecord> {
        let location = self.locations.get_mut(&id).ok_or_else(|| no_location(id))?;
        fields(Arc::make_mut(location))?.insert("active".to_owned(), json!(active));
        Ok(())
    }

    /// Deletes a location with all levels there.
    pub(crate) fn delete_location(&mut self, id: u64) -> Result<(), BadRecord> {
        self.locations.remove(&id).ok_or_else(|| no_location(id))?;
        self.levels.retain(|(_, location), _| *location != id);
        Ok(())
    }

    /// The location that orders are sent from unless somebody says otherwise.
    pub(crate) fn main_location(&self) -> Option<u64> {
        if self.locations.contains_key(&MAIN_LOCATION) {
            return Some(MAIN_LOCATION);
        }
        let mut own = self.locations.iter().filter(|(_, held)| held["active"] != false && held["legacy"] != true);
        own.next().map(|(id, _)| *id)
    }

    pub(crate) fn location(&self, id: u64) -> Option<Arc<Value>> {
        self.locations.get(&id).cloned()
    }

    pub(crate) fn locations(&self) -> impl Iterator<Item = &Arc<Value>> {
        self.locations.values()
    }
}

fn no_location(id: u64) -> BadRecord {
    BadRecord::new("id", format!("there is no location {id}"))
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
        assert_eq!(state.amend_order(1, &json!({}), now).unwrap_err().field, "id");
    }

    #[test]
    fn a_webhook_carries_the_rest_resource_only() {
        let order = json!({"id": 1, "transactions": [], "fulfillment_orders": [], "risk": {}, "tags": ""});
        assert_eq!(public(&order), json!({"id": 1, "tags": ""}));
    }
}
