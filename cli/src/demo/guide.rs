//! Where to look and what to try while the demo stays.

use std::fmt::Write;

use sandbox::shopify::Shop;
use url::Url;

use super::{
    batch::Placed,
    house::House,
    outcome::{Line, Stop},
    settings::{BRAND, TOKEN},
    watch::{Stage, State},
};

/// How the generator's SKUs begin that NetSuite does not have.
const UNKNOWN_SKU: &str = "NOT-IN-NS-";

/// Addresses, and commands for this batch's orders, ready to be copied.
pub(super) fn text(house: &House, lines: &[Line]) -> String {
    let control = bare(&house.sandbox.control_url);
    format!(
        "{}\n{}\n{}{}\n{}",
        look(house, lines, &control),
        another(&control),
        paid(lines, &control),
        resolved(house, lines, &control),
        "further orders are told of here as they end; Ctrl-C stops everything"
    )
}

fn look(house: &House, lines: &[Line], control: &str) -> String {
    let (connector, agent) = (bare(&house.connector), bare(&house.agent));
    let list = |query: &str| match house.ui_url().and_then(|ui| list_url(ui, &house.namespace, query)) {
        Some(url) => url.to_string(),
        None => format!("namespace {} at {}: {query}", house.namespace, house.temporal_address()),
    };
    let runs = list(&format!("`Brand`=\"{BRAND}\""));
    let shown = lines.iter().find(|line| line.stage == Stage::Paid).or(lines.first());
    let shown = shown.map_or("'#1001'".to_owned(), |line| line.order.id.to_string());
    let parked = list("`AgentStatus`=\"needsAttention\"");
    format!(
        "\
look
  runs         {runs}
  parked runs  {parked}
  connector    {connector}/openapi.json  {connector}/metrics
  agent        {agent}/metrics  {agent}/readyz
  vendors      {control}/control/ledger  {control}/control/stats
  one order    STATESET_ENDPOINT={connector} STATESET_TOKEN={TOKEN} stateset order show {shown}
"
    )
}

fn another(control: &str) -> String {
    format!(
        "\
place another order
  curl -sd '{{\"seed\":'$RANDOM',\"count\":1,\"place\":true}}' {control}/control/generate
let the next answer of NetSuite to a write be lost, place another, and nothing is booked twice
  curl -sX PUT -d '{{\"rules\":[{{\"vendor\":\"netsuite\",\"operation\":\"PUT *\",\"fault\":{{\"kind\":\"answerLost\"}},\"times\":1}}]}}' {control}/control/faults
"
    )
}

/// For the first order that waits for its payment.
fn paid(lines: &[Line], control: &str) -> String {
    let waits = |line: &&Line| line.stops.iter().any(|stop| stop.agent == 0 && stop.state == State::Waiting);
    match lines.iter().find(waits) {
        Some(Line { order, .. }) => format!(
            "\
let order {} be paid
  curl -sX PATCH -d '{{\"financial_status\":\"paid\"}}' {control}/control/shopify/orders/{}
",
            order.name, order.id
        ),
        None => String::new(),
    }
}

/// For each order that is parked: what mends it, and the decision to look again.
fn resolved(house: &House, lines: &[Line], control: &str) -> String {
    let (cli, address, namespace) = (house.temporal_cli(), house.temporal_address(), &house.namespace);
    let mut text = String::new();
    for (order, stop) in parked(lines).take(2) {
        let skus = unknown_skus(&house.sandbox.shopify, order.id);
        // Writing to a string cannot fail.
        let _ = match skus.is_empty() {
            true => writeln!(text, "decide that parked order {} goes on", order.name),
            false => writeln!(text, "add what order {} lacks, then let it go on", order.name),
        };
        for sku in skus {
            let _ = writeln!(text, "  curl -sd '{{\"itemId\":\"{sku}\"}}' {control}/control/netsuite/inventoryItem");
        }
        let _ = writeln!(
            text,
            "  {} workflow update execute --address {address} --namespace {namespace} --workflow-id {} --name resolve \
             --input '{{\"action\":\"retry\",\"by\":\"me\"}}'",
            cli.display(),
            stop.workflow_id
        );
    }
    text
}

/// Parked runs, the first agent's first: these can be mended here.
fn parked(lines: &[Line]) -> impl Iterator<Item = (&Placed, &Stop)> {
    let all = lines.iter().flat_map(|line| line.stops.iter().map(move |stop| (&line.order, stop)));
    let parked = all.filter(|(_, stop)| stop.state == State::Parked);
    let (first, later): (Vec<_>, Vec<_>) = parked.partition(|(_, stop)| stop.agent == 0);
    first.into_iter().chain(later)
}

fn unknown_skus(shop: &Shop, order: u64) -> Vec<String> {
    let order = shop.order(order).unwrap_or_default();
    let lines = order["line_items"].as_array().into_iter().flatten();
    let skus = lines.filter_map(|line| line["sku"].as_str());
    skus.filter(|sku| sku.starts_with(UNKNOWN_SKU)).map(str::to_owned).collect()
}

/// Without the slash that a URL ends with.
fn bare(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

/// The web UI's list of the runs that a query finds.
fn list_url(ui: &str, namespace: &str, query: &str) -> Option<Url> {
    let mut url: Url = ui.parse().ok()?;
    url.path_segments_mut().ok()?.extend(["namespaces", namespace, "workflows"]);
    url.query_pairs_mut().append_pair("query", query);
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_carries_its_query() {
        let url = list_url("http://127.0.0.1:8233", "default", "`AgentStatus`=\"waiting\"").unwrap();
        assert_eq!(
            url.as_str(),
            "http://127.0.0.1:8233/namespaces/default/workflows?query=%60AgentStatus%60%3D%22waiting%22"
        );
    }
}
