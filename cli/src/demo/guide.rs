//! Where to look and what to try while the demo stays.

use std::fmt::Write;

use sandbox::shopify::Shop;
use url::Url;

use super::{
    house::House,
    outcome::{Line, Outcome},
    settings::{BRAND, TOKEN, WORKFLOW},
    watch::Stage,
};

/// How the generator's SKUs begin that NetSuite does not have.
const UNKNOWN_SKU: &str = "NOT-IN-NS-";

/// Addresses, and commands for this batch's orders, ready to be copied.
pub(super) fn text(house: &House, lines: &[Line]) -> String {
    let control = bare(&house.sandbox.control_url);
    format!(
        "{}\n{}\n{}{}\n{}",
        look(house, &control),
        another(&control),
        paid(lines, &control),
        resolved(house, lines, &control),
        "further orders are told of here as they end; Ctrl-C stops everything"
    )
}

fn look(house: &House, control: &str) -> String {
    let (connector, agent) = (bare(&house.connector), bare(&house.agent));
    let list = |query: &str| match house.ui_url().and_then(|ui| list_url(ui, &house.namespace, query)) {
        Some(url) => url.to_string(),
        None => format!("namespace {} at {}: {query}", house.namespace, house.temporal_address()),
    };
    let runs = list(&format!("`WorkflowType`=\"{WORKFLOW}\""));
    let parked = list("`AgentStatus`=\"needsAttention\"");
    format!(
        "\
look
  runs         {runs}
  parked runs  {parked}
  connector    {connector}/openapi.json  {connector}/metrics
  agent        {agent}/metrics  {agent}/readyz
  vendors      {control}/control/ledger  {control}/control/stats
  one run      STATESET_ENDPOINT={connector} STATESET_TOKEN={TOKEN} stateset runs show {WORKFLOW}:{BRAND}:450789469
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
    match lines.iter().find(|line| is(line, Stage::Waiting)) {
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
    for Line { order, .. } in lines.iter().filter(|line| is(line, Stage::Parked)).take(2) {
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
            order.workflow_id()
        );
    }
    text
}

fn is(line: &Line, wanted: Stage) -> bool {
    matches!(&line.outcome, Outcome::Not { stage, .. } if *stage == wanted)
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
