//! What a request costs, and the leaky bucket that it is paid from.
//!
//! Shopify publishes no exact table. The rules here fit recorded costs of API 2026-04: scalars,
//! enums, `userErrors` and `pageInfo` cost 0; an object 1 (a plain list counts once); money and
//! address objects 0; a connection 2 + max(1, ⌊2·ln n⌋) times one node; an interface or union its
//! dearest member; a mutation 10, its payload itself 0; a `…Count` 10; at least 1 in all.

use apollo_compiler::executable::{Field, Operation, Selection, SelectionSet};
use apollo_compiler::response::JsonMap;
use apollo_compiler::{ExecutableDocument, ast};
use serde::Deserialize;
use serde_json::Value;

/// Objects that are free.
const FREE: [&str; 6] = ["MoneyBag", "MoneyV2", "LocationAddress", "ShopAddress", "ApiVersion", "PageInfo"];

fn is_free(name: &str) -> bool {
    FREE.contains(&name) || name.ends_with("UserError")
}

/// Adds up costs over one operation.
pub(crate) struct Pricing<'a> {
    pub document: &'a ExecutableDocument,
    pub variables: &'a JsonMap,
}

impl Pricing<'_> {
    /// The cost that is asked for before anything is read.
    pub(crate) fn requested(&self, operation: &Operation) -> u64 {
        self.operation(operation, None)
    }

    /// The cost of what was really returned.
    pub(crate) fn actual(&self, operation: &Operation, data: &Value) -> u64 {
        self.operation(operation, Some(data))
    }

    fn operation(&self, operation: &Operation, data: Option<&Value>) -> u64 {
        let mut total = 0;
        for field in operation.root_fields(self.document) {
            let part = data.map(|data| &data[field.response_key().as_str()]);
            total += if operation.is_mutation() { 10 + self.payload(field, part) } else { self.field(field, part) };
        }
        total.max(1)
    }

    /// The objects directly in a mutation's payload are free; what is below them is not.
    fn payload(&self, mutation: &Field, data: Option<&Value>) -> u64 {
        let fields = mutation.selection_set.root_fields(self.document);
        fields
            .map(|field| {
                let part = data.map(|data| &data[field.response_key().as_str()]);
                let inner = field.ty().inner_named_type().as_str();
                let own = !field.selection_set.is_empty() && !is_free(inner);
                self.field(field, part).saturating_sub(u64::from(own))
            })
            .sum()
    }

    fn selections(&self, set: &SelectionSet, data: Option<&Value>) -> u64 {
        let mut plain = 0;
        let mut dearest = 0;
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => {
                    let part = data.map(|data| &data[field.response_key().as_str()]);
                    plain += self.field(field, part);
                }
                Selection::InlineFragment(inline) => {
                    let cost = self.selections(&inline.selection_set, data);
                    match &inline.type_condition {
                        Some(condition) if *condition != set.ty => dearest = dearest.max(cost),
                        _ => plain += cost,
                    }
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = spread.fragment_def(self.document) {
                        let cost = self.selections(&fragment.selection_set, data);
                        if *fragment.type_condition() == set.ty {
                            plain += cost;
                        } else {
                            dearest = dearest.max(cost);
                        }
                    }
                }
            }
        }
        plain + dearest
    }

    fn field(&self, field: &Field, data: Option<&Value>) -> u64 {
        let inner = field.ty().inner_named_type().as_str();
        if inner == "Count" {
            return 10;
        }
        if field.selection_set.is_empty() || data.is_some_and(Value::is_null) {
            return 0;
        }
        if inner.ends_with("Connection") {
            return self.connection(field, data);
        }
        // A list counts once, so its first element stands for all.
        let data = match data {
            Some(Value::Array(items)) => match items.first() {
                Some(first) => Some(first),
                None => return 0,
            },
            other => other,
        };
        let own = u64::from(!is_free(inner));
        own + self.selections(&field.selection_set, data)
    }

    fn connection(&self, field: &Field, data: Option<&Value>) -> u64 {
        let asked = self.page_size(field);
        let mut size = asked;
        let mut node = 0;
        let mut other = 0;
        for part in field.selection_set.root_fields(self.document) {
            let name = part.name.as_str();
            let part_data = data.map(|data| &data[part.response_key().as_str()]);
            match name {
                "nodes" | "edges" => {
                    let first = match part_data {
                        Some(Value::Array(items)) => {
                            size = items.len() as u64;
                            items.first()
                        }
                        _ => None,
                    };
                    if data.is_some() && first.is_none() {
                        continue;
                    }
                    node += if name == "nodes" {
                        self.one(part, first)
                    } else {
                        part.selection_set
                            .root_fields(self.document)
                            .filter(|edge| edge.name == "node")
                            .map(|edge| self.one(edge, first.map(|first| &first["node"])))
                            .sum()
                    };
                }
                _ => other += self.field(part, part_data),
            }
        }
        2 + weight(size) * node.max(1) + other
    }

    fn one(&self, node: &Field, data: Option<&Value>) -> u64 {
        let inner = node.ty().inner_named_type().as_str();
        u64::from(!is_free(inner)) + self.selections(&node.selection_set, data)
    }

    fn page_size(&self, field: &Field) -> u64 {
        ["first", "last"].iter().find_map(|name| self.argument(field, name)).unwrap_or(0)
    }

    fn argument(&self, field: &Field, name: &str) -> Option<u64> {
        match field.specified_argument_by_name(name)?.as_ref() {
            ast::Value::Int(number) => number.try_to_i32().ok()?.try_into().ok(),
            ast::Value::Variable(variable) => self.variables.get(variable.as_str())?.as_u64(),
            _ => None,
        }
    }
}

/// How often one node counts on a page of `size`: `max(1, ⌊2·ln size⌋)`.
fn weight(size: u64) -> u64 {
    // ⌊2·ln n⌋ steps up at the smallest n with n² ≥ eᵏ; integers keep it exact.
    const STEPS: [u64; 11] = [2, 3, 5, 8, 13, 21, 34, 55, 91, 149, 245];
    STEPS.iter().filter(|step| size >= **step).count().max(1) as u64
}

/// Shopify's rate limit of one app on one shop.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Limits {
    /// Points that the bucket holds.
    pub bucket: u32,
    /// Points that come back per second.
    pub restore_rate: u32,
    /// Points that one request may ask for.
    pub max_query_cost: u32,
}

impl Default for Limits {
    /// A store on the standard plan.
    fn default() -> Limits {
        Limits { bucket: 2000, restore_rate: 100, max_query_cost: 1000 }
    }
}

/// Points left, in thousandths so that a refill loses nothing.
#[derive(Debug)]
pub(crate) struct Bucket {
    limits: Limits,
    millipoints: u64,
    filled_at: jiff::Timestamp,
    spent: u64,
}

impl Bucket {
    pub(crate) fn full(limits: Limits, now: jiff::Timestamp) -> Bucket {
        Bucket { limits, millipoints: u64::from(limits.bucket) * 1000, filled_at: now, spent: 0 }
    }

    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    /// Points paid so far, refunds taken off.
    pub(crate) fn spent(&self) -> u64 {
        self.spent
    }

    fn refill(&mut self, now: jiff::Timestamp) {
        let passed = now.duration_since(self.filled_at).as_millis();
        let passed = u64::try_from(passed).unwrap_or(0);
        let more = passed.saturating_mul(u64::from(self.limits.restore_rate));
        let full = u64::from(self.limits.bucket) * 1000;
        self.millipoints = self.millipoints.saturating_add(more).min(full);
        self.filled_at = now;
    }

    /// Takes the requested cost, or nothing when it is not there.
    pub(crate) fn take(&mut self, cost: u64, now: jiff::Timestamp) -> bool {
        self.refill(now);
        let enough = self.millipoints >= cost * 1000;
        if enough {
            self.millipoints -= cost * 1000;
            self.spent += cost;
        }
        enough
    }

    /// Gives back what was asked for and not used.
    pub(crate) fn refund(&mut self, cost: u64) {
        let full = u64::from(self.limits.bucket) * 1000;
        self.millipoints = (self.millipoints + cost * 1000).min(full);
        self.spent -= cost.min(self.spent);
    }

    #[cfg(test)]
    pub(crate) fn lift_query_limit(&mut self) {
        self.limits.max_query_cost = u32::MAX;
    }

    /// Empties the bucket.
    pub(crate) fn drain(&mut self) {
        self.millipoints = 0;
    }

    /// The `throttleStatus` object.
    pub(crate) fn status(&mut self, now: jiff::Timestamp) -> Value {
        self.refill(now);
        serde_json::json!({
            "maximumAvailable": self.limits.bucket,
            "currentlyAvailable": self.millipoints / 1000,
            "restoreRate": self.limits.restore_rate,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(source: &str) -> u64 {
        let version = crate::shopify::schema::version("2026-10").unwrap().unwrap();
        let document = match version.document(source) {
            Ok(document) => document,
            Err(invalid) => panic!("{}", invalid.errors),
        };
        let pricing = Pricing { document: &document, variables: &JsonMap::new() };
        pricing.requested(document.operations.get(None).unwrap())
    }

    #[test]
    fn a_page_weighs_twice_the_logarithm() {
        for (size, expected) in [(1, 1), (3, 2), (5, 3), (10, 4), (20, 5), (50, 7), (100, 9), (250, 11)] {
            assert_eq!(weight(size), expected, "{size}");
        }
    }

    #[test]
    fn costs_by_the_derived_rules() {
        assert_eq!(cost("{ shop { name } }"), 1);
        assert_eq!(cost(r#"{ order(id: "x") { id totalPriceSet { shopMoney { amount } } } }"#), 1);
        assert_eq!(cost("{ orders(first: 10) { nodes { id } } }"), 2 + 4);
        // A plain list counts once, however long; a payload's own object not at all.
        assert_eq!(cost(r#"{ order(id: "x") { transactions(first: 250) { id parentTransaction { id } } } }"#), 3);
        let sent = "fulfillments(first: 250) { id trackingInfo { number } }";
        assert_eq!(cost(&format!(r#"{{ order(id: "x") {{ {sent} }} }}"#)), 3);
        let left = "lineItems(first: 20) { nodes { id lineItem { id } } }";
        let held = format!("fulfillmentOrders(first: 5) {{ nodes {{ id {left} }} }}");
        assert_eq!(cost(&format!(r#"{{ order(id: "x") {{ {held} }} }}"#)), 1 + 2 + 3 * (1 + 2 + 5 * 2));
        let made = "mutation($f: FulfillmentInput!) { fulfillmentCreate(fulfillment: $f) { fulfillment { id } userErrors { message } } }";
        assert_eq!(cost(made), 10);
        assert_eq!(cost("{ orders(first: 10) { edges { node { id customer { id } } } } }"), 2 + 4 * 2);
        assert_eq!(cost(r#"mutation { tagsAdd(id: "x", tags: []) { node { id } userErrors { field } } }"#), 10);
    }

    #[test]
    fn the_bucket_leaks_at_its_rate() {
        let start = jiff::Timestamp::UNIX_EPOCH;
        let limits = Limits { bucket: 100, restore_rate: 10, max_query_cost: 1000 };
        let mut bucket = Bucket::full(limits, start);
        assert!(bucket.take(80, start));
        assert!(!bucket.take(30, start));
        let later = start + jiff::SignedDuration::from_secs(1);
        assert!(bucket.take(30, later));
        bucket.refund(15);
        assert_eq!(bucket.spent(), 95);
        assert_eq!(bucket.status(later)["currentlyAvailable"], 15);
    }
}
