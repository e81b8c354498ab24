//! From the start to the table.

use std::{collections::BTreeMap, path::Path};

use crate::{
    arguments::Sizes,
    binaries::Binaries,
    deployment::Deployment,
    life::{self, Lives},
    machine,
    measure::{AT_ONCE, Load, Measured, Meter, Pair},
    memory::{self, Memory},
    process,
    stats::{largest, mean, percentile},
    table::{
        Table,
        Target::{AtLeast, AtMost},
    },
};

/// Memory is flat when the last reading is at most this much above the early one.
const FLAT: f64 = 1.1;

/// Measures, and prints the table.
pub(crate) async fn run(sizes: &Sizes, binaries: Option<&Path>) -> anyhow::Result<()> {
    let binaries = Binaries::obtain(binaries)?;
    let machine = machine::description(&binaries.profile, "orders");
    let mut meter = Meter::new(Deployment::start(binaries.clone()).await?);
    let agent = meter.deployment.agent.pid;
    let (start, _) = process::memory(agent)?;
    let measured = meter.measure(sizes).await?;
    let (end, _) = process::memory(agent)?;
    let memory = match sizes.long {
        0 => None,
        orders => Some(memory::run(&mut meter, orders).await?),
    };
    let lives = match sizes.life {
        0 => None,
        orders => {
            drop(meter);
            Some(life::run(Deployment::start(binaries).await?, orders).await?)
        }
    };

    let mut table = Table::default();
    speed(&mut table, &measured);
    temporal(&mut table, &measured);
    vendors(&mut table, &measured);
    table.absolute("worker RSS at the start, MB", format!("{start:.1}"), start, Some(AtMost(60.0)));
    let orders = sizes.warm_up + sizes.alone + sizes.orders;
    table.absolute(&format!("worker RSS after {orders} orders, MB"), format!("{end:.1}"), end, Some(AtMost(60.0)));
    if let Some(memory) = &memory {
        growth(&mut table, memory);
    }
    if let Some(lives) = &lives {
        whole_life(&mut table, lives, &measured.bare.busy);
    }
    println!("\n{table}\n{machine}");
    println!("{}", requests(&measured));
    Ok(())
}

/// Orders per second, CPU, and how long an order takes.
fn speed(table: &mut Table, measured: &Measured) {
    let product = measured.new.busy.clone().and(measured.known.busy.clone());
    let (bare, alone) = (&measured.bare.busy, measured.new.alone.clone().and(measured.known.alone.clone()));
    let busy = format!("{AT_ONCE} in flight");
    table.ratio(&format!("orders/s, {busy}"), 1, product.rate(), bare.rate(), Some(AtLeast(1.0)));
    let cpu = |load: &Load, seconds| load.per_thousand(seconds);
    let server = (cpu(&product, product.cpu.server), cpu(bare, bare.cpu.server));
    table.ratio("Temporal server, CPU-s per 1,000", 1, server.0, server.1, Some(AtMost(0.8)));
    let worker = (cpu(&product, product.cpu.agent), cpu(bare, bare.cpu.bare));
    table.ratio("worker, CPU-s per 1,000", 2, worker.0, worker.1, Some(AtMost(1.5)));
    for (what, seconds) in [("connector", product.cpu.connector), ("sandbox", product.cpu.sandbox)] {
        let per_thousand = cpu(&product, seconds);
        table.absolute(&format!("{what}, CPU-s per 1,000"), format!("{per_thousand:.2}"), per_thousand, None);
    }
    for (name, share) in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)] {
        let target = (name == "p50").then_some(AtMost(1.5));
        let [ours, theirs] = [&alone.latencies, &measured.bare.alone.latencies].map(|l| percentile(l, share));
        table.ratio(&format!("{name}, one at a time, ms"), 1, ours, theirs, target);
    }
    for (name, share) in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)] {
        let [ours, theirs] = [&product.latencies, &bare.latencies].map(|l| percentile(l, share));
        table.ratio(&format!("{name}, {busy}, ms"), 0, ours, theirs, None);
    }
}

/// History events and actions.
fn temporal(table: &mut Table, measured: &Measured) {
    let bare = measured.bare.together();
    for (who, pair) in customers(measured) {
        for (how, load) in [("one at a time", &pair.alone), ("50 in flight", &pair.busy)] {
            let events = &load.histories.events;
            let text = format!("{:.1} (max {:.0})", mean(events), largest(events));
            let theirs = format!("{:.1}", mean(&bare.histories.events));
            let what = format!("history events per order, {who} customer, {how}");
            table.beside(&what, text, theirs, mean(events), Some(AtMost(28.0)));
        }
    }
    for (who, pair) in customers(measured) {
        let load = pair.together();
        let (ours, theirs) = (mean(&load.histories.actions), mean(&bare.histories.actions));
        let what = format!("Temporal actions per order, {who} customer");
        table.beside(&what, format!("{ours:.2}"), format!("{theirs:.2}"), ours, None);
    }
}

/// Requests, without the tokens, which are fetched once an hour.
fn vendors(table: &mut Table, measured: &Measured) {
    let per_order = |operations: &BTreeMap<String, u64>, runs: f64| {
        let count: u64 = operations.iter().filter(|(name, _)| *name != "token").map(|(_, n)| n).sum();
        count as f64 / runs
    };
    for ((who, pair), limit) in customers(measured).into_iter().zip([5.0, 4.0]) {
        let load = pair.together();
        let netsuite = per_order(&load.requests.netsuite, load.runs);
        let what = format!("NetSuite requests per order, {who} customer");
        table.absolute(&what, format!("{netsuite:.3}"), netsuite, Some(AtMost(limit)));
    }
    let load = measured.new.together().and(measured.known.together());
    let shopify = per_order(&load.requests.shopify, load.runs);
    table.absolute("Shopify requests per order", format!("{shopify:.3}"), shopify, Some(AtMost(2.0)));
}

/// An order from the shop to its money.
fn whole_life(table: &mut Table, lives: &Lives, bare: &Load) {
    let kinds = [("one shipment", &lives.single, true), ("two shipments", &lives.double, false)];
    for (kind, part, judged) in kinds {
        let row = |what: &str| format!("whole life, {kind}: {what}");
        let target = |limit| judged.then_some(AtMost(limit));
        let events = format!("{:.1} (max {:.0})", mean(&part.events), largest(&part.events));
        table.absolute(&row("history events per order"), events, mean(&part.events), target(130.0));
        let actions = mean(&part.actions);
        table.absolute(&row("Temporal actions per order"), format!("{actions:.1}"), actions, None);
        for (vendor, name, limit) in [("netsuite", "NetSuite", 18.0), ("shopify", "Shopify", 6.0), ("dcl", "DCL", 3.0)]
        {
            let (orders, polls) = part.requests[vendor];
            let each = orders / part.orders;
            table.absolute(&row(&format!("{name} requests per order")), format!("{each:.2}"), each, target(limit));
            let minute = polls / part.seconds * 60.0;
            table.absolute(&row(&format!("{name} requests of polls per minute")), format!("{minute:.0}"), minute, None);
        }
        let rate = part.orders / part.seconds;
        table.absolute(&row("orders/s, 50 in flight"), format!("{rate:.1}"), rate, None);
        let cpu = (part.cpu.agent / part.orders * 1e3, bare.per_thousand(bare.cpu.bare));
        table.ratio(&row("worker, CPU-s per 1,000"), 2, cpu.0, cpu.1, None);
        let cpu = (part.cpu.server / part.orders * 1e3, bare.per_thousand(bare.cpu.server));
        table.ratio(&row("Temporal server, CPU-s per 1,000"), 1, cpu.0, cpu.1, None);
    }
    for (name, share) in [("p50", 0.5), ("p95", 0.95)] {
        let seconds = percentile(&lives.told, share);
        let what = format!("whole life: shipped to told by Shopify, {name}, s");
        table.absolute(&what, format!("{seconds:.1}"), seconds, None);
    }
    for (orders, mb) in [lives.early, lives.end] {
        let what = format!("whole life: worker RSS after {orders} orders, MB");
        table.absolute(&what, format!("{mb:.1}"), mb, None);
    }
    let growth = lives.end.1 / lives.early.1;
    let what = format!("whole life: RSS after {} orders / after {}", lives.end.0, lives.early.0);
    table.absolute(&what, format!("{growth:.2}"), growth, Some(AtMost(FLAT)));
}

fn growth(table: &mut Table, memory: &Memory) {
    let Memory { start, early, end, peak } = memory;
    table.absolute("fresh worker, RSS at the start, MB", format!("{start:.1}"), *start, Some(AtMost(60.0)));
    for (orders, mb) in [early, end] {
        let what = format!("fresh worker, RSS after {orders} orders, MB");
        table.absolute(&what, format!("{mb:.1}"), *mb, Some(AtMost(60.0)));
    }
    table.absolute("fresh worker, highest RSS, MB", format!("{peak:.1}"), *peak, Some(AtMost(60.0)));
    let what = format!("RSS after {} orders / after {}", end.0, early.0);
    let growth = end.1 / early.1;
    table.absolute(&what, format!("{growth:.2}"), growth, Some(AtMost(FLAT)));
}

fn customers(measured: &Measured) -> [(&'static str, &Pair); 2] {
    [("new", &measured.new), ("known", &measured.known)]
}

/// Which requests they were.
fn requests(measured: &Measured) -> String {
    let mut text = String::new();
    for (who, pair) in customers(measured) {
        let load = pair.together();
        let vendors = [("Shopify", &load.requests.shopify), ("NetSuite", &load.requests.netsuite)];
        for (vendor, operations) in vendors {
            let all: Vec<String> = operations.iter().map(|(name, n)| format!("{name} {n}")).collect();
            text += &format!("* {vendor}, {} orders of {who} customers: {}\n", load.runs, all.join(", "));
        }
    }
    text
}
