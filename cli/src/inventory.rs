//! `stateset inventory`: where the systems' stock differs.

use std::{io::Write, time::Duration};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    Failure,
    api::{Connector, RunRequest, StartStatus},
    run,
    runs::printable,
};

/// The workflow that compares.
const CHECK: &str = "stockCheckWorkflow";

/// The arguments of `stateset inventory`.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum InventoryCommand {
    /// Compare NetSuite, warehouse and store, and show what a sync would change; nothing is written
    Diff {
        /// Its brand; may be left out where only one is configured
        #[arg(long)]
        brand: Option<String>,
        /// Only this SKU; may be given several times
        #[arg(long, value_name = "SKU")]
        sku: Vec<String>,
        /// So many units more or less are no difference; default: the brand's stock.tolerance
        #[arg(long, value_name = "UNITS")]
        tolerance: Option<u32>,
        /// Print the report as JSON
        #[arg(long)]
        json: bool,
    },
}

/// The report, as far as it is shown here.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Report {
    tolerance: u32,
    compared: u64,
    differing: u64,
    differences: Vec<Difference>,
    would_change: u64,
    skipped_because: Vec<Group>,
    failed_because: Vec<Group>,
    with_warehouse: bool,
    seconds: f64,
}

#[derive(Debug, Deserialize)]
struct Difference {
    sku: String,
    location: String,
    system: String,
    netsuite: String,
    expected: String,
    found: String,
}

#[derive(Debug, Deserialize)]
struct Group {
    reason: String,
    meaning: String,
    count: u64,
    skus: Vec<String>,
}

/// Runs what `command` says. The report goes to `out`, how far it is to `err`.
///
/// # Errors
/// See [`Failure`]; `Run` when the check itself fails. Differences are no failure.
pub async fn run(
    command: &InventoryCommand,
    connector: &Connector,
    every: Duration,
    out: &mut impl Write,
    err: &mut impl Write,
) -> Result<(), Failure> {
    let InventoryCommand::Diff { brand, sku, tolerance, json } = command;
    let mut payload = Map::new();
    if !sku.is_empty() {
        payload.insert("skus".to_owned(), json!(sku));
    }
    if let Some(units) = tolerance {
        payload.insert("tolerance".to_owned(), json!(units));
    }
    let request = RunRequest { brand: brand.clone(), payload, start_at: None, rerun: true };
    let started = connector.run(CHECK, &request).await?;
    let note = if started.status == StartStatus::Running { "running already: " } else { "" };
    writeln!(err, "{note}{}", started.workflow_id)?;
    run::wait(connector, &started.workflow_id, every, err).await?;
    let result = connector.view(&started.workflow_id).await?.result.unwrap_or_default();
    if *json {
        writeln!(out, "{result:#}")?;
        return Ok(());
    }
    let report = report(result)?;
    write!(out, "{}", text(&report))?;
    Ok(())
}

fn report(result: Value) -> Result<Report, Failure> {
    serde_json::from_value(result).map_err(|error| Failure::Connector(format!("the report cannot be read: {error}")))
}

/// The differences, then what was not compared, then the sums.
fn text(report: &Report) -> String {
    let mut text = String::new();
    if !report.differences.is_empty() {
        let mut table = Table::new();
        table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(["SKU", "SYSTEM", "LOCATION", "NETSUITE", "EXPECTED", "FOUND"]);
        for difference in &report.differences {
            let Difference { sku, location, system, netsuite, expected, found } = difference;
            table.add_row([sku, system, location, netsuite, expected, found].map(printable));
        }
        for column in table.column_iter_mut().skip(3) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        text += &format!("{table}\n");
        let more = report.differing.saturating_sub(report.differences.len() as u64);
        if more > 0 {
            text += &format!("and {more} smaller ones\n");
        }
        text.push('\n');
    }
    for (word, groups) in [("not compared", &report.skipped_because), ("to be corrected", &report.failed_because)] {
        for Group { reason, meaning, count, skus } in groups {
            text += &printable(format!("{word}: {count} {reason} ({meaning}): {}\n", skus.join(", ")));
        }
    }
    let systems = if report.with_warehouse { "NetSuite, warehouse and store" } else { "NetSuite and store" };
    let Report { compared, differing, tolerance, would_change, seconds, .. } = report;
    text += &format!(
        "{systems}: {compared} compared, {differing} differ by more than {tolerance}; a sync would write {would_change} \
         ({seconds:.1} s)\n"
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_a_table_and_the_rest_is_counted() {
        let shown = text(
            &report(json!({
                "tolerance": 1, "compared": 12, "differing": 3, "wouldChange": 4, "withWarehouse": true, "seconds": 0.5,
                "differences": [{"sku": "A\u{1b}", "location": "655", "system": "shopify",
                                 "netsuite": "7", "expected": "6", "found": "10"}],
                "skippedBecause": [{"reason": "untracked", "meaning": "not tracked", "count": 2, "skus": ["U"]}],
                "failedBecause": [], "compared2": 0,
            }))
            .unwrap(),
        );
        let lines: Vec<&str> = shown.lines().map(str::trim).collect();
        assert_eq!(
            lines,
            [
                "SKU  SYSTEM   LOCATION  NETSUITE  EXPECTED  FOUND",
                "A    shopify  655              7         6     10",
                "and 2 smaller ones",
                "",
                "not compared: 2 untracked (not tracked): U",
                "NetSuite, warehouse and store: 12 compared, 3 differ by more than 1; a sync would write 4 (0.5 s)",
            ]
        );
    }
}
