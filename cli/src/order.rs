//! `stateset order`: what became of an order, in all systems.

use std::{collections::BTreeMap, io::Write};

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::{
    Failure,
    api::{Connector, Document, RunView, Timeline},
    runs::{pending, printable},
};

/// The arguments of `stateset order`.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum OrderCommand {
    /// Show an order's whole chain: what needs attention, its documents in all systems, its runs and what they wait for
    Show {
        /// Its name ('#1001'), number or GID in the shop, its number in NetSuite (SO1002), or any document of it
        /// (netsuite:invoice:1290)
        order: String,
        /// Its brand; may be left out where only one is configured
        #[arg(long)]
        brand: Option<String>,
        /// Print the connector's answer as JSON
        #[arg(long)]
        json: bool,
    },
}

/// Runs what `command` says and writes to `out`; times are the system's.
///
/// # Errors
/// See [`Failure`]; an order that no run is about is `Usage`.
pub async fn run(command: &OrderCommand, connector: &Connector, out: &mut impl Write) -> Result<(), Failure> {
    let OrderCommand::Show { order, brand, json } = command;
    let answer = connector.timeline(order, brand.as_deref()).await?;
    if *json {
        writeln!(out, "{answer:#}")?;
        return Ok(());
    }
    let timeline = serde_json::from_value(answer)
        .map_err(|error| Failure::Connector(format!("the connector's answer cannot be read: {error}")))?;
    write!(out, "{}", text(&timeline, &TimeZone::system(), Timestamp::now()))?;
    Ok(())
}

/// What needs attention, the documents, the runs.
fn text(timeline: &Timeline, zone: &TimeZone, now: Timestamp) -> String {
    let mut text = format!("order {} of {}\n", printable(&timeline.order), printable(&timeline.brand));
    if !timeline.attention.is_empty() {
        text += "\nneeds attention\n";
    }
    for attention in &timeline.attention {
        let is = match attention.kind.as_str() {
            "needsAttention" => "is parked",
            "retrying" => "keeps trying",
            other => other,
        };
        text += &printable(format!("  {} {is}: {}\n", attention.workflow_id, attention.message));
    }
    if !timeline.waits.is_empty() {
        text += "\nwaits for\n";
    }
    for waits in &timeline.waits {
        text += &printable(format!("  {} ({})\n", waits.message, waits.workflow_id));
    }
    let mut clock = Clock { zone, day: None };
    text += &format!("\n{}\n", drawing(&timeline.documents, &mut clock));
    text + &runs(&timeline.runs, &mut clock, now)
}

/// Moments as a person reads them; a new day stands on a line of its own.
struct Clock<'a> {
    zone: &'a TimeZone,
    day: Option<Date>,
}

impl Clock<'_> {
    /// `10:31:02.4`, after the day's line if it is another one.
    fn tell(&mut self, at: Option<Timestamp>) -> (Option<String>, String) {
        let Some(at) = at else { return (None, String::new()) };
        let at = at.to_zoned(self.zone.clone());
        let new = self.day != Some(at.date());
        self.day = Some(at.date());
        (new.then(|| at.strftime("%Y-%m-%d %Z").to_string()), at.strftime("%H:%M:%S%.1f").to_string())
    }
}

const TIME: usize = 10;

/// A column for each system, a line for each document.
fn drawing(documents: &[Document], clock: &mut Clock<'_>) -> String {
    let columns = columns(documents);
    let column_of = |system: &str| columns.iter().position(|(name, _)| *name == system).unwrap_or_default();
    let heads: Vec<String> = columns.iter().map(|(system, _)| heading(system)).collect();
    let mut rows: Vec<(Option<Timestamp>, Vec<String>)> = vec![];
    for (n, document) in documents.iter().enumerate() {
        let own = column_of(&document.system);
        let mut cells = vec![String::new(); columns.len()];
        for (column, (_, last)) in columns.iter().enumerate() {
            let begun = documents[..n].iter().any(|before| column_of(&before.system) == column);
            if begun && n < *last {
                cells[column] = "│".to_owned();
            }
        }
        cells[own] = format!("● {}", name(document));
        // A shipment is booked in NetSuite, and has left the warehouse.
        let warehouse = columns.iter().position(|(system, _)| *system == "dcl");
        if let Some((warehouse, tracking)) = warehouse.zip(shipped(document)) {
            cells[warehouse] = format!("│ {tracking}");
        }
        rows.push((document.at, cells));
    }
    let width = |column: usize| {
        let cells = rows.iter().map(|(_, cells)| cells[column].chars().count());
        cells.chain([heads[column].chars().count()]).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let line = |time: &str, cells: &[String]| {
        let cells: Vec<String> = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        format!("{time:<TIME$}  {}", cells.join("  ")).trim_end().to_owned() + "\n"
    };
    let mut text = line("", &heads);
    for (at, cells) in rows {
        let (day, time) = clock.tell(at);
        text += &day.map(|day| day + "\n").unwrap_or_default();
        text += &line(&time, &cells);
    }
    text
}

/// The systems from shop to warehouse, each with the line of its last document.
fn columns(documents: &[Document]) -> Vec<(&str, usize)> {
    let mut last: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    for (n, document) in documents.iter().enumerate() {
        let system = document.system.as_str();
        let place = match system {
            "netsuite" => 1,
            "dcl" => 2,
            _ => 0,
        };
        last.insert((place, system), n);
        if let (Some(_), Some(dcl)) = (shipped(document), last.get_mut(&(2, "dcl"))) {
            *dcl = n;
        }
    }
    last.into_iter().map(|((_, system), last)| (system, last)).collect()
}

fn heading(system: &str) -> String {
    match system {
        "shopify" => "Shopify".to_owned(),
        "netsuite" => "NetSuite".to_owned(),
        "dcl" => "DCL".to_owned(),
        other => printable(other),
    }
}

/// The tracking numbers of an Item Fulfillment.
fn shipped(document: &Document) -> Option<String> {
    document.label.as_ref().filter(|_| document.kind == "itemFulfillment").map(printable)
}

/// `Invoice INV1001`.
fn name(document: &Document) -> String {
    let called = document.label.as_ref().unwrap_or(&document.id);
    printable(match document.kind.as_str() {
        "salesOrder" => format!("Sales Order {called}"),
        "itemFulfillment" => format!("Item Fulfillment {}", document.id),
        "fulfillment" => format!("fulfillment {}", document.id),
        "invoice" => format!("Invoice {called}"),
        "cashSale" => format!("Cash Sale {called}"),
        "customerPayment" => format!("payment {called}"),
        "customerDeposit" => format!("deposit {called}"),
        "depositApplication" => format!("application {called}"),
        kind => format!("{kind} {called}"),
    })
}

/// A line for each run; one that was executed again shows its last execution.
fn runs(runs: &[RunView], clock: &mut Clock<'_>, now: Timestamp) -> String {
    let mut order: Vec<&str> = vec![];
    let mut executions: BTreeMap<&str, Vec<&RunView>> = BTreeMap::new();
    for run in runs {
        if !order.contains(&run.workflow_id.as_str()) {
            order.push(&run.workflow_id);
        }
        executions.entry(&run.workflow_id).or_default().push(run);
    }
    let mut lasts: Vec<(&RunView, usize)> =
        order.iter().filter_map(|id| executions.get(id).and_then(|all| Some((*all.last()?, all.len())))).collect();
    lasts.sort_by_key(|(run, _)| run.started);
    let width = lasts.iter().map(|(run, _)| run.workflow_id.chars().count()).max().unwrap_or_default();
    let mut text = "runs\n".to_owned();
    for (run, times) in lasts {
        let (day, time) = clock.tell(run.started);
        text += &day.map(|day| day + "\n").unwrap_or_default();
        let id = printable(&run.workflow_id);
        text += &format!("{time:<TIME$}  {id:<width$}  {}\n", state(run, times, now));
        for activity in &run.pending {
            text += &format!("{:TIME$}  {:width$}  tries {}\n", "", "", printable(pending(activity)));
        }
    }
    text
}

/// `done in 0.4 s`, `waits, since 12 s, for payment: the order is AUTHORIZED`.
fn state(run: &RunView, times: usize, now: Timestamp) -> String {
    let until = run.closed.unwrap_or(now);
    let took = run.started.map_or("?".to_owned(), |started| short(until.duration_since(started).as_millis().max(0)));
    let took = if times > 1 { format!("{took}, execution {times}") } else { took };
    let problem = run.problem.as_ref().map(|problem| problem.message.as_str()).unwrap_or_default();
    printable(match (run.status.as_str(), run.agent_status.as_deref()) {
        ("completed", _) => format!("done in {took}"),
        ("running", Some("waiting")) => format!("waits since {took}, for {problem}"),
        ("running", Some("needsAttention")) => format!("is parked since {took}: {problem}"),
        ("running", _) => format!("at work since {took}"),
        (ended, _) => match &run.failure {
            Some(why) => format!("{ended} after {took}: {}", why.strip_prefix("Workflow failed: ").unwrap_or(why)),
            None => format!("{ended} after {took}"),
        },
    })
}

/// `40 ms`, `4.2 s`, `12 s`, `5 min`, `3 h`, `2 d`.
fn short(millis: i128) -> String {
    match millis {
        0..1000 => format!("{millis} ms"),
        1000..10_000 => format!("{}.{} s", millis / 1000, millis % 1000 / 100),
        10_000..120_000 => format!("{} s", millis / 1000),
        120_000..7_200_000 => format!("{} min", millis / 60_000),
        7_200_000..172_800_000 => format!("{} h", millis / 3_600_000),
        _ => format!("{} d", millis / 86_400_000),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(timeline: serde_json::Value, now: &str) -> String {
        let timeline: Timeline = serde_json::from_value(timeline).unwrap();
        text(&timeline, &TimeZone::UTC, now.parse().unwrap())
    }

    #[test]
    fn an_order_is_drawn_from_shop_to_warehouse() {
        let document = |document: &str, label: Option<&str>, at: &str| {
            let mut parts = document.split(':');
            let mut part = || parts.next().unwrap();
            json!({"document": document, "system": part(), "kind": part(), "id": part(), "label": label, "at": at})
        };
        let run = |id: &str, started: &str, closed: &str| json!({"workflowId": id, "status": "completed", "agentStatus": "done", "started": started, "closed": closed});
        let text = shown(
            json!({
                "order": "#1001", "brand": "acme", "attention": [],
                "waits": [{"workflowId": "pay:acme:7", "kind": "waiting", "message": "10.00 USD more"}],
                "documents": [
                    document("shopify:order:7", Some("#1001"), "2026-12-01T08:00:00Z"),
                    document("netsuite:salesOrder:12", Some("SO1"), "2026-12-01T08:00:00.4Z"),
                    document("dcl:order:SO1", Some("SO1"), "2026-12-01T08:00:01Z"),
                    document("netsuite:itemFulfillment:13", Some("1Z9"), "2026-12-02T09:00:00Z"),
                    document("shopify:fulfillment:8", Some("1Z9"), "2026-12-02T09:00:00.2Z"),
                    document("netsuite:invoice:14", Some("INV1"), "2026-12-02T09:00:01Z"),
                ],
                "runs": [
                    run("book:acme:7", "2026-12-01T08:00:00Z", "2026-12-01T08:00:00.5Z"),
                    run("ship:acme:SO1", "2026-12-02T08:00:00Z", "2026-12-02T08:00:00.5Z"),
                    run("ship:acme:SO1", "2026-12-02T09:00:00Z", "2026-12-02T09:00:30Z"),
                    {"workflowId": "pay:acme:7", "status": "running", "agentStatus": "waiting",
                     "started": "2026-12-02T09:00:00Z", "problem": {"message": "10.00 USD more"},
                     "pending": [{"activity": "getReceived", "attempt": 3, "lastFailure": "busy"}]},
                ],
            }),
            "2026-12-02T09:10:00Z",
        );
        let expected = "\
order #1001 of acme

waits for
  10.00 USD more (pay:acme:7)

            Shopify          NetSuite               DCL
2026-12-01 UTC
08:00:00.0  ● order #1001
08:00:00.4  │                ● Sales Order SO1
08:00:01.0  │                │                      ● order SO1
2026-12-02 UTC
09:00:00.0  │                ● Item Fulfillment 13  │ 1Z9
09:00:00.2  ● fulfillment 8  │
09:00:01.0                   ● Invoice INV1

runs
2026-12-01 UTC
08:00:00.0  book:acme:7    done in 500 ms
2026-12-02 UTC
09:00:00.0  ship:acme:SO1  done in 30 s, execution 2
09:00:00.0  pay:acme:7     waits since 10 min, for 10.00 USD more
                           tries getReceived, attempt 3: busy
";
        assert_eq!(text, expected);
    }

    #[test]
    fn what_needs_attention_stands_first() {
        let text = shown(
            json!({
                "order": "#1001", "brand": "acme", "documents": [],
                "attention": [{"workflowId": "send:acme:12", "kind": "needsAttention", "message": "no \u{1b}[31maddress"}],
                "runs": [{"workflowId": "send:acme:12", "status": "failed", "failure": "Workflow failed: why"}],
            }),
            "2026-12-02T09:10:00Z",
        );
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[2..4], ["needs attention", "  send:acme:12 is parked: no  [31maddress"]);
        assert!(text.ends_with("send:acme:12  failed after ?: why\n"), "{text}");
    }
}
