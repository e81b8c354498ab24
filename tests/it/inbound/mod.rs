//! Goods on their way to the warehouse: announced, received, booked.

mod announcing;
mod differences;
mod receiving;
mod transfers;

use std::collections::BTreeMap;

use config::Config;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use workflows::ids;

use crate::world::{World, order_to_cash};

/// The agents of the inbound way on a sandbox, the main warehouse being DCL's.
pub async fn world(name: &str, change: impl FnOnce(&mut Config)) -> World {
    world_with(name, sandbox::Options::default(), change).await
}

/// The same with other options.
pub async fn world_with(name: &str, options: sandbox::Options, change: impl FnOnce(&mut Config)) -> World {
    let mut world = World::asleep(name, options, |_| {}).await;
    world.reconfigure_with_sandbox(|sandbox, config| {
        order_to_cash(sandbox, config);
        let brand = config.brands.get_mut("acme").unwrap();
        brand.agents = [ids::PO_NOTIFICATION, ids::PO_RECEIPT].map(str::to_owned).to_vec();
        brand.inbound.locations = [("1".to_owned(), "FR".to_owned())].into();
    });
    world.reconfigure(change);
    world.start_worker();
    world
}

/// A brand's settings of the inbound way.
pub fn inbound(config: &mut Config) -> &mut config::Inbound {
    &mut config.brands.get_mut("acme").unwrap().inbound
}

/// Internal id of an item by its SKU.
pub fn item(world: &World, sku: &str) -> String {
    let items = world.sandbox.netsuite.records("item");
    let found = items.iter().find(|item| item["itemId"] == sku);
    found.unwrap_or_else(|| panic!("no item {sku}"))["id"].as_str().unwrap().to_owned()
}

/// The lines of an order of these SKUs and units.
pub fn lines(world: &World, lines: &[(&str, u64)]) -> Value {
    let line =
        |(sku, quantity): &(&str, u64)| json!({ "item": { "id": item(world, sku) }, "quantity": quantity, "rate": 2 });
    json!({ "items": lines.iter().map(line).collect::<Vec<_>>() })
}

/// An approved purchase for the main warehouse.
pub fn purchase_body(world: &World, of: &[(&str, u64)]) -> Value {
    json!({
        "entity": { "id": "551" }, "subsidiary": { "id": "1" }, "location": { "id": "1" },
        "approvalStatus": { "id": "2" }, "tranDate": "2026-11-02", "item": lines(world, of),
    })
}

/// The same, in NetSuite; its internal id.
pub fn purchase(world: &World, of: &[(&str, u64)]) -> String {
    world.sandbox.netsuite.put_record("purchaseOrder", purchase_body(world, of)).unwrap()
}

/// The run of an agent.
pub fn run(workflow: &str, key: impl ToString) -> String {
    ids::workflow_id(workflow, "acme", &key.to_string())
}

/// A record as REST shows it.
pub fn record(world: &World, kind: &str, id: &str) -> Value {
    world.sandbox.netsuite.record(kind, id).unwrap_or_else(|| panic!("no {kind} {id}"))
}

/// The letter of an order's status.
pub fn status(world: &World, kind: &str, id: &str) -> String {
    record(world, kind, id)["status"]["id"].as_str().unwrap().to_owned()
}

/// The poll finds what is to be announced; DCL's number of this order.
pub async fn announced(world: &World, id: &str) -> u64 {
    world.poll(ids::NETSUITE_PURCHASES_POLL).await;
    world.result(&run(ids::PO_NOTIFICATION, id)).await.unwrap();
    number_of(world, id)
}

/// DCL's number of an order, by the reference of ours.
pub fn number_of(world: &World, id: &str) -> u64 {
    let all = world.sandbox.dcl.notifications();
    let of: Vec<_> = all.iter().filter(|n| n["reference_transaction_number"] == format!("acme-{id}")).collect();
    assert_eq!(of.len(), 1, "notifications of {id}: {of:#?}");
    of[0]["dcl_po_number"].as_u64().unwrap()
}

/// The poll finds what came, and it is booked; the run's result.
pub async fn received(world: &World, number: u64) -> Value {
    let report = world.poll(ids::DCL_RECEIPTS_POLL).await;
    assert_eq!(report["published"], 1, "{report}");
    world.result(&run(ids::PO_RECEIPT, number)).await.unwrap()
}

/// The poll finds what came, and its run waits for a person; what it says.
pub async fn parked(world: &World, number: u64) -> String {
    let report = world.poll(ids::DCL_RECEIPTS_POLL).await;
    assert_eq!(report["published"], 1, "{report}");
    world.until_parked(&run(ids::PO_RECEIPT, number)).await
}

/// A person lets a parked run go on; its result.
pub async fn retry(world: &World, run: &str) -> Value {
    world.resolve(run, json!({ "action": "retry", "by": "ann", "why": "looked at it" })).await.unwrap();
    world.result(run).await.unwrap()
}

/// Units that Item Receipts have booked, by SKU.
pub fn booked(world: &World) -> BTreeMap<String, Decimal> {
    let mut units = BTreeMap::new();
    for receipt in world.sandbox.netsuite.records("itemReceipt") {
        for line in receipt["item"]["items"].as_array().unwrap() {
            let sku = line["item"]["refName"].as_str().unwrap().to_owned();
            *units.entry(sku).or_default() += line["quantity"].to_string().parse::<Decimal>().unwrap();
        }
    }
    units
}

/// What `booked` is to be.
pub fn units(of: &[(&str, u64)]) -> BTreeMap<String, Decimal> {
    of.iter().map(|(sku, units)| ((*sku).to_owned(), Decimal::from(*units))).collect()
}

/// Nothing has happened since: the next tick of either poll starts nothing that books.
pub async fn quiet(world: &World) {
    let receipts = world.sandbox.netsuite.records("itemReceipt").len();
    let report = world.poll(ids::DCL_RECEIPTS_POLL).await;
    assert_eq!(report["published"], 0, "{report}");
    assert_eq!(world.sandbox.netsuite.records("itemReceipt").len(), receipts);
}
