//! The Sales Orders that were worked out by hand, against what the product writes.
//!
//! Every case is one order under one policy. Cases with the same policy share a brand with a store and an account of its own;
//! one worker serves them all, at once.

mod compare;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use bus::RunRequest;
use config::{Brand, Mappings, NetsuiteAccount, OrderPolicy, TaxCode, TaxStyle};
use futures_util::{StreamExt, stream};
use sandbox::{
    Sandbox,
    netsuite::{self, TaxStyle as Engine},
};
use serde_json::{Value, json};

use compare::Differences;

use crate::world::{World, config_for};

#[tokio::test(flavor = "multi_thread")]
async fn every_order_becomes_the_sales_order_that_was_worked_out_by_hand() {
    let cases = cases();
    assert_eq!(cases.len(), 146);
    let mut stores: BTreeMap<String, Store> = BTreeMap::new();
    for case in &cases {
        let brand = format!("p{:02}", stores.len());
        let store = match stores.entry(case.policy.to_string()) {
            std::collections::btree_map::Entry::Occupied(there) => there.into_mut(),
            std::collections::btree_map::Entry::Vacant(new) => new.insert(Store::open(brand, &case.policy).await),
        };
        store.sandbox.shopify.load_order(case.order.clone()).unwrap();
    }
    let mut world = World::asleep("expected", sandbox::Options::default(), |config| {
        config.brands.clear();
        config.netsuite.clear();
        for store in stores.values() {
            config.brands.insert(store.name.clone(), store.brand.clone());
            config.netsuite.insert(store.name.clone(), store.account.clone());
        }
    })
    .await;
    world.start_worker();
    let differences: Vec<String> = stream::iter(&cases)
        .map(async |case| {
            let found = book(&world, &stores[&case.policy.to_string()], case).await;
            found.into_iter().map(|what| format!("{}: {what}", case.name)).collect::<Vec<_>>()
        })
        .buffer_unordered(cases.len())
        .concat()
        .await;
    assert!(differences.is_empty(), "{} differences\n{}", differences.len(), differences.join("\n"));
}

/// One order under one policy.
struct Case {
    name: String,
    policy: Value,
    order: Value,
    expected: Value,
}

/// A brand with a store and an account of its own, under one policy.
struct Store {
    name: String,
    sandbox: Sandbox,
    brand: Brand,
    account: NetsuiteAccount,
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("expected");
    let files: BTreeSet<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let is_order = |path: &&PathBuf| path.extension().is_some_and(|e| e == "json") && !path.ends_with("brand.json");
    files
        .iter()
        .filter(is_order)
        .flat_map(|path| {
            let file = read(path);
            let order = read(&folder.join(text(&file["order"])));
            file["cases"].as_array().unwrap().clone().into_iter().map(move |case| Case {
                name: format!("{}, {}", text(&file["name"]), text(&case["name"])),
                policy: case["policy"].clone(),
                order: order.clone(),
                expected: case["expected"].clone(),
            })
        })
        .collect()
}

impl Store {
    async fn open(name: String, policy: &Value) -> Self {
        let style: TaxStyle = serde_json::from_value(policy["tax_style"].clone()).unwrap();
        let tax_style = match style {
            TaxStyle::SuiteTaxOverride => Engine::SuiteTax,
            TaxStyle::TaxCode => Engine::Legacy,
            TaxStyle::TaxLine | TaxStyle::None => Engine::None,
        };
        let options = sandbox::Options {
            netsuite: netsuite::Options { tax_style, ..netsuite::Options::default() },
            ..sandbox::Options::default()
        };
        let sandbox = Sandbox::start(options).await.unwrap();
        let mut config = config_for(&sandbox);
        let account = config.netsuite.remove("main").unwrap();
        let mut brand = config.brands.remove("acme").unwrap();
        brand.netsuite.clone_from(&name);
        brand.go_live = "2000-01-01T00:00:00Z".parse().unwrap();
        apply(&mut brand, policy);
        Self { name, sandbox, brand, account }
    }
}

/// `brand.json` with the case's own settings over it.
fn apply(brand: &mut Brand, policy: &Value) {
    let base = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("expected/brand.json"));
    let mut orders = base["orders"].clone();
    for (field, value) in policy.as_object().unwrap() {
        if !matches!(field.as_str(), "time_zone" | "mappings") {
            orders[field] = value.clone();
        }
    }
    brand.time_zone = text(policy.get("time_zone").unwrap_or(&base["time_zone"])).to_owned();
    let style = text(&orders["tax_style"]).to_owned();
    brand.orders = serde_json::from_value::<OrderPolicy>(orders).unwrap();
    brand.special_items = serde_json::from_value(base["special_items"].clone()).unwrap();
    let mut mappings: Mappings = serde_json::from_value(base["mappings"].clone()).unwrap();
    if let Some(items) = policy["mappings"].get("items") {
        mappings.items = serde_json::from_value(items.clone()).unwrap();
    }
    let taxes = &base["taxes"][style];
    let code = |name: &str| taxes.get(name).map(|t| serde_json::from_value::<TaxCode>(t.clone()).unwrap());
    mappings.taxes = taxes.get("taxes").map(|t| serde_json::from_value(t.clone()).unwrap()).unwrap_or_default();
    (mappings.catch_all_tax, mappings.exempt_tax) = (code("catch_all_tax"), code("exempt_tax"));
    brand.mappings = mappings;
}

/// Runs the case; every difference to what is expected.
async fn book(world: &World, store: &Store, case: &Case) -> Vec<String> {
    let order_id = case.order["id"].as_u64().unwrap();
    let request = RunRequest {
        workflow: workflows::ids::SHOPIFY_TO_NETSUITE.to_owned(),
        brand: Some(store.name.clone()),
        payload: json!({ "orderId": order_id }),
        start_at: None,
        rerun: false,
    };
    let run = world.bus().run(&request).await.unwrap().workflow_id;
    let expected = &case.expected;
    if expected.get("parks").is_some() || expected.get("fails").is_some() {
        let reason = match expected.get("parks") {
            Some(_) => Ok(world.until_parked(&run).await),
            None => world.result(&run).await.map_or_else(Ok, |result| Err(format!("it was booked: {result}"))),
        };
        return unbooked(store, case, &format!("eid:SO-{}-{order_id}", store.name), reason);
    }
    let view =
        world.until(&run, "booked", |v| v.closed.is_some() || v.agent_status.as_deref() == Some("needsAttention"));
    let view = view.await;
    if view.result.is_none() {
        return vec![format!("not booked: {:?} {}", view.failure, view.problem)];
    }
    let key = format!("SO-{}-{order_id}", store.name);
    let writes = store.sandbox.ledger.entries().into_iter().filter(|e| e.operation == "PUT salesOrder");
    let written: Vec<Value> = writes.filter(|e| e.key.as_deref() == Some(&key)).map(|e| e.body).collect();
    let Some(record) = store.sandbox.netsuite.record("salesOrder", &format!("eid:{key}")) else {
        return vec![format!("no Sales Order {key}")];
    };
    let [body] = written.as_slice() else { return vec![format!("{} writes of {key}", written.len())] };
    let mut found = Differences::of(&store.name);
    let mut body = body.clone();
    body["externalId"] = record["externalId"].clone();
    found.header(expected, &body);
    found.lines(expected, &body);
    found.tax(expected, &body);
    found.totals(&store.brand, expected, &record);
    found.customer(&store.sandbox, expected, &record);
    found.all
}

/// The reason holds every text of the case, and nothing is in NetSuite.
fn unbooked(store: &Store, case: &Case, key: &str, reason: Result<String, String>) -> Vec<String> {
    let mut found = vec![];
    match reason {
        Err(other) => found.push(other),
        Ok(reason) => {
            let names = case.expected["names"].as_array().unwrap().iter().map(text);
            found.extend(names.filter(|n| !reason.contains(n)).map(|n| format!("{n:?} is not in {reason:?}")));
        }
    }
    if store.sandbox.netsuite.record("salesOrder", key).is_some() {
        found.push("a Sales Order nevertheless".to_owned());
    }
    found
}

fn read(path: &Path) -> Value {
    let read = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&read).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
