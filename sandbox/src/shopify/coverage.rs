//! Asks for every field of the schema slice that can be asked for without knowing more than an id.

use apollo_compiler::schema::{ExtendedType, FieldDefinition};
use apollo_compiler::validation::Valid;
use apollo_compiler::{Node, Schema};
use serde_json::{Value, json};

use super::execute::{self, Request};
use super::{Options, Shop, schema};
use crate::clock::Clock;
use crate::faults::Faults;
use crate::ledger::Ledger;

const DEPTH: usize = 4;

/// The selection of all fields of a type, three objects deep.
fn selection(schema: &Valid<Schema>, name: &str, depth: usize) -> Option<String> {
    let fields = match schema.types.get(name)? {
        ExtendedType::Object(object) => &object.fields,
        ExtendedType::Interface(interface) => &interface.fields,
        ExtendedType::Union(_) => return Some("{ __typename }".to_owned()),
        _ => return Some(String::new()),
    };
    if depth == 0 {
        return None;
    }
    let mut selected = vec!["__typename".to_owned()];
    for (field, definition) in fields {
        let Some(arguments) = arguments(definition) else {
            continue;
        };
        let inner = definition.ty.inner_named_type().as_str();
        if let Some(below) = selection(schema, inner, depth - 1) {
            selected.push(format!("{field}{arguments}{below}"));
        }
    }
    Some(format!("{{ {} }}", selected.join(" ")))
}

/// The arguments that a field needs, if we know them.
fn arguments(definition: &Node<FieldDefinition>) -> Option<&'static str> {
    if definition.arguments.iter().any(|argument| argument.is_required()) {
        return None;
    }
    let paged = definition.ty.inner_named_type().ends_with("Connection");
    Some(if paged { "(first: 2)" } else { "" })
}

fn shop() -> (Shop, Vec<u64>) {
    let options = Options { limits: None, ..Options::default() };
    let shop = Shop::new(options, Clock::default(), Ledger::default(), Faults::default()).unwrap();
    let mut orders = crate::generate::orders(11, 60);
    for file in [
        include_str!("../../data/shopify/order/1.json"),
        include_str!("../../data/shopify/order/4.json"),
        include_str!("../../data/shopify/order/13.json"),
        include_str!("../../data/shopify/order/20.json"),
    ] {
        let file: Value = serde_json::from_str(file).unwrap();
        let order = file.get("order").unwrap_or(&file["orders"][0]);
        orders.push(order.clone());
    }
    orders.push(json!({"id": 1}));
    let ids = orders.into_iter().map(|order| shop.load_order(order).unwrap()).collect();
    (shop, ids)
}

fn ask(shop: &Shop, query: String) -> Value {
    let mut bucket = shop.inner.bucket();
    bucket.lift_query_limit();
    drop(bucket);
    let version = schema::version(schema::NEWEST).unwrap().unwrap();
    let request = Request { query, variables: None, operation_name: None };
    execute::run(&shop.inner, version, &request)
}

#[test]
fn every_field_of_the_slice_is_answered() {
    let version = schema::version(schema::NEWEST).unwrap().unwrap();
    let (shop, orders) = shop();
    let of = |name: &str| selection(&version.schema, name, DEPTH).unwrap();
    let mut queries = vec![
        format!("{{ shop {} }}", of("Shop")),
        format!("{{ currentAppInstallation {} }}", of("AppInstallation")),
        format!("{{ customers(first: 50) {{ nodes {} }} }}", of("Customer")),
        format!("{{ products(first: 5) {{ nodes {} }} }}", of("Product")),
        format!("{{ productVariants(first: 5) {{ nodes {} }} }}", of("ProductVariant")),
        format!("{{ locations(first: 5) {{ nodes {} }} }}", of("Location")),
        format!("{{ inventoryItems(first: 5) {{ nodes {} }} }}", of("InventoryItem")),
        format!(
            "{{ inventoryItems(first: 5) {{ nodes {{ inventoryLevels(first: 2) {{ nodes {} }} }} }} }}",
            of("InventoryLevel")
        ),
    ];
    for id in &orders {
        // What has nothing left to be sent stays as it is.
        shop.fulfill_by_hand(*id, &[], &super::Tracking::default()).ok();
        for held in shop.fulfillment_orders(*id) {
            let gid = super::state::gid("FulfillmentOrder", held["id"].as_u64().unwrap());
            queries.push(format!("{{ fulfillmentOrder(id: \"{gid}\") {} }}", of("FulfillmentOrder")));
        }
        for sent in shop.order(*id).unwrap()["fulfillments"].as_array().unwrap_or(&Vec::new()) {
            let gid = super::state::gid("Fulfillment", sent["id"].as_u64().unwrap());
            queries.push(format!("{{ fulfillment(id: \"{gid}\") {} }}", of("Fulfillment")));
        }
        let refunds = of("Refund");
        queries.push(format!("{{ order(id: \"gid://shopify/Order/{id}\") {{ refunds(first: 5) {refunds} }} }}"));
    }
    for id in orders {
        queries.push(format!("{{ order(id: \"gid://shopify/Order/{id}\") {} }}", of("Order")));
    }
    let mut gaps = std::collections::BTreeSet::new();
    for query in queries {
        let answer = ask(&shop, query);
        assert!(answer["data"].as_object().is_some_and(|data| !data.values().any(Value::is_null)), "{answer}");
        for error in answer["errors"].as_array().unwrap_or(&Vec::new()) {
            gaps.insert(error["message"].to_string());
        }
    }
    assert!(gaps.is_empty(), "{gaps:#?}");
}

#[test]
fn absurd_orders_are_told_without_a_panic() {
    let version = schema::version(schema::NEWEST).unwrap().unwrap();
    let (shop, _) = shop();
    let huge = "79228162514264337593543950335";
    for order in [
        json!({"id": 2, "total_price": huge, "total_tip_received": huge, "line_items": [
            {"id": 3, "quantity": 2_000_000_000, "current_quantity": -5, "price": huge,
             "tax_lines": [{"title": "T", "rate": huge, "price": huge}],
             "discount_allocations": [{"amount": huge}, {"amount": huge}]}]}),
        json!({"id": 4, "line_items": [7, null, {"quantity": i64::MAX}, {"quantity": "x"}],
            "shipping_lines": ["x"], "refunds": [[]], "tags": 5, "customer": {"id": "x"}}),
        json!({"id": 5, "currency": 3, "current_total_price": "-12.50", "risk": []}),
    ] {
        let id = shop.load_order(order).unwrap();
        let all = selection(&version.schema, "Order", DEPTH).unwrap();
        let answer = ask(&shop, format!("{{ order(id: \"gid://shopify/Order/{id}\") {all} }}"));
        assert!(answer["extensions"]["cost"].is_object(), "{answer}");
    }
}
