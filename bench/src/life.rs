//! The whole life of an order: warehouse, shipment, invoice, payment, with every agent on and every poll at one second.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, bail};
use futures_util::TryStreamExt;
use jiff::{Timestamp, civil::DateTime};
use serde_json::{Value, json};
use temporalio_client::{Client, WorkflowListOptions};
use temporalio_common::search_attributes::SearchAttributeKey;

use crate::{
    deployment::{Cpu, Deployment},
    history,
    measure::{AT_ONCE, Meter},
    process,
    shop::Requests,
};

const DOCUMENTS: SearchAttributeKey<Vec<String>> = SearchAttributeKey::keyword_list("Documents");
/// One stage of the warehouse: a parcel takes some seconds instead of days.
const PACE_MILLIS: u64 = 200;
/// DCL's own zone.
const WAREHOUSE_ZONE: &str = "America/Los_Angeles";
/// The last order's money is booked within this time.
const PATIENCE: Duration = Duration::from_secs(1800);
/// Operations of the agent's own count that belong to polls, by vendor.
const POLLS: [(&str, &[&str]); 3] =
    [("shopify", &["orders"]), ("netsuite", &["waiting", "shipped"]), ("dcl", &["changedOrders"])];

/// What the lives of some orders came to.
pub(crate) struct Lives {
    /// Orders that were shipped at once.
    pub(crate) single: Part,
    /// Orders that were shipped in two parts.
    pub(crate) double: Part,
    /// Seconds from "shipped" at the warehouse to the fulfillment in Shopify.
    pub(crate) told: Vec<f64>,
    /// Orders of the warming up, and the worker's resident memory in MB then.
    pub(crate) early: (u64, f64),
    /// Orders at the end, and the memory then.
    pub(crate) end: (u64, f64),
}

/// Orders of one kind.
pub(crate) struct Part {
    pub(crate) orders: f64,
    pub(crate) seconds: f64,
    pub(crate) cpu: Cpu,
    /// History events of each order, over all its runs.
    pub(crate) events: Vec<f64>,
    /// Temporal actions of each order, over all its runs.
    pub(crate) actions: Vec<f64>,
    /// Requests of the orders and of the polls, by vendor.
    pub(crate) requests: BTreeMap<&'static str, (f64, f64)>,
}

/// Sends so many orders to their end: a tenth to warm up, then four fifths in one shipment each, then a fifth in two.
/// The deployment is a fresh one: agents that were off would find every earlier order.
pub(crate) async fn run(deployment: Deployment, orders: u64) -> anyhow::Result<Lives> {
    let meter = &mut Meter::new(deployment);
    meter.deployment.enable_everything().await?;
    let pid = meter.deployment.agent.pid;
    let tenth = orders.div_ceil(10);
    part(meter, tenth, 0).await?;
    let early = (tenth, process::memory(pid)?.0);
    let in_two = orders / 5;
    let single = part(meter, orders - in_two, 0).await?;
    let double = part(meter, in_two, 100).await?;
    let end = (tenth + orders, process::memory(pid)?.0);
    Ok(Lives { told: told(meter).await?, early, end, single, double })
}

async fn warehouse(meter: &Meter, split_percent: u64) -> anyhow::Result<()> {
    let how = json!({ "kind": "automatic", "paceMillis": PACE_MILLIS, "splitPercent": split_percent, "seed": 1 });
    meter.deployment.shop.put("dcl/warehouse", &how).await
}

async fn part(meter: &mut Meter, orders: u64, split_percent: u64) -> anyhow::Result<Part> {
    eprintln!("whole life: {orders} orders, {split_percent} % of them in two shipments");
    warehouse(meter, split_percent).await?;
    let before = (meter.deployment.shop.requests().await?, polls(meter).await?, meter.deployment.cpu()?);
    let begun = std::time::Instant::now();
    let placed = meter.place(orders, 0, AT_ONCE).await?;
    paid(meter, &before.0, orders).await?;
    let seconds = begun.elapsed().as_secs_f64();
    meter.deployment.settled().await?;
    let cpu = meter.deployment.cpu()?.since(before.2);
    let requests = meter.deployment.shop.requests().await?.since(&before.0);
    let polled = polls(meter).await?;
    let of_polls = |vendor: &str| polled[vendor] - before.1[vendor];
    let counted = [
        ("shopify", count(&requests.shopify) - of_polls("shopify")),
        ("netsuite", count(&requests.netsuite) - of_polls("netsuite")),
        ("dcl", count(&requests.dcl) - of_polls("dcl")),
    ];
    let wanted: BTreeMap<String, usize> =
        placed.iter().enumerate().map(|(n, order)| (format!("shopify:order:{}", order.order), n)).collect();
    let (events, actions) = histories(&meter.deployment.client, &wanted).await?;
    Ok(Part {
        orders: orders as f64,
        seconds,
        cpu,
        events,
        actions,
        requests: counted.map(|(vendor, n)| (vendor, (n, of_polls(vendor)))).into(),
    })
}

/// All requests but those for tokens.
fn count(operations: &BTreeMap<String, u64>) -> f64 {
    operations.iter().filter(|(name, _)| *name != "token").map(|(_, n)| *n as f64).sum()
}

/// Waits until every order is paid, however many invoices it has.
async fn paid(meter: &Meter, before: &Requests, orders: u64) -> anyhow::Result<()> {
    let all = async {
        loop {
            let now = meter.deployment.shop.requests().await?.since(before);
            let payments = now.netsuite.get("PUT customerPayment").copied().unwrap_or_default();
            let marked = now.shopify.get("tagsAdd").copied().unwrap_or_default();
            // Two tags each: sent, and invoiced in full.
            if payments >= orders && marked >= 2 * orders {
                return anyhow::Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    match tokio::time::timeout(PATIENCE, all).await {
        Ok(done) => done,
        Err(_) => bail!("not every order was paid within {PATIENCE:?}: {}", meter.deployment.last_words()),
    }
}

/// The polls' requests so far, by the agent's own count.
async fn polls(meter: &Meter) -> anyhow::Result<BTreeMap<&'static str, f64>> {
    let text = meter.deployment.metrics().await?;
    let of = |vendor: &str, operations: &[&str]| -> f64 {
        let is = |line: &&str| {
            line.starts_with("stateset_vendor_calls_total{")
                && line.contains(&format!("vendor=\"{vendor}\""))
                && operations.iter().any(|o| line.contains(&format!("operation=\"{o}\"")))
                && !line.contains("outcome=\"busy\"")
        };
        text.lines().filter(is).filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    };
    Ok(POLLS.map(|(vendor, operations)| (vendor, of(vendor, operations))).into())
}

/// Events and actions of every order, over all runs that name it.
async fn histories(client: &Client, wanted: &BTreeMap<String, usize>) -> anyhow::Result<(Vec<f64>, Vec<f64>)> {
    let mut of_run = vec![];
    let mut runs = client.list_workflows("ExecutionStatus = 'Completed'", WorkflowListOptions::default());
    let mut seen = std::collections::BTreeSet::new();
    while let Some(run) = runs.try_next().await? {
        let documents = run.search_attributes().get(&DOCUMENTS).unwrap_or_default();
        if let Some(order) = documents.iter().find_map(|d| wanted.get(d)) {
            if !seen.insert((run.id().to_owned(), run.run_id().to_owned())) {
                bail!("{} is listed twice", run.id());
            }
            of_run.push((*order, (run.id().to_owned(), Some(run.run_id().to_owned()))));
        }
    }
    let (orders, ids): (Vec<usize>, Vec<_>) = of_run.into_iter().unzip();
    let all = history::read_each(client, ids).await?;
    let (mut events, mut actions) = (vec![0.0; wanted.len()], vec![0.0; wanted.len()]);
    for (order, (of_events, of_actions)) in orders.into_iter().zip(all) {
        events[order] += of_events;
        actions[order] += of_actions;
    }
    Ok((events, actions))
}

/// From the moment at which the warehouse shipped to Shopify's fulfillment with the parcel's number.
async fn told(meter: &Meter) -> anyhow::Result<Vec<f64>> {
    let mut told = BTreeMap::new();
    for entry in meter.deployment.shop.ledger_values().await? {
        if entry["operation"] == "fulfillmentCreate" && entry["result"] == "ok" {
            let at: Timestamp = serde_json::from_value(entry["at"].clone())?;
            for number in numbers(&entry["body"]) {
                told.insert(number, at);
            }
        }
    }
    let mut seconds = vec![];
    for order in meter.deployment.shop.warehouse_orders().await? {
        for shipment in order["shipments"].as_array().into_iter().flatten() {
            // The warehouse's clock shows its own zone, in whole seconds.
            let shown: DateTime = serde_json::from_value(shipment["ship_date"].clone()).context("ship_date")?;
            let at = shown.in_tz(WAREHOUSE_ZONE)?.timestamp();
            let number = shipment["packages"][0]["tracking_number"].as_str().unwrap_or_default();
            if let Some(then) = told.get(number) {
                seconds.push(then.duration_since(at).as_secs_f64());
            }
        }
    }
    Ok(seconds)
}

/// Every tracking number in a body, wherever it stands.
fn numbers(body: &Value) -> Vec<String> {
    match body {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| match (name.as_str(), value) {
                ("numbers", Value::Array(all)) => all.iter().filter_map(|n| n.as_str().map(str::to_owned)).collect(),
                (_, value) => numbers(value),
            })
            .collect(),
        Value::Array(all) => all.iter().flat_map(numbers).collect(),
        _ => vec![],
    }
}
