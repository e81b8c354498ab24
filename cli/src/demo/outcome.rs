//! What each order became, told by its runs.

use std::collections::BTreeMap;

use anyhow::Context;
use jiff::Timestamp;
use sandbox::ledger::{Entry, Vendor};

use super::{
    batch::Placed,
    house::House,
    settings::AGENTS,
    watch::{Row, Stage, State},
};

/// An order and what it became.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) order: Placed,
    pub(super) stage: Stage,
    pub(super) sales_order: Option<String>,
    /// Runs that ended before their work was done, or wait.
    pub(super) stops: Vec<Stop>,
    /// Milliseconds from the webhook to the tag.
    pub(super) millis: Option<i64>,
}

/// A run that does not go on by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stop {
    pub(super) workflow_id: String,
    pub(super) agent: usize,
    pub(super) state: State,
    pub(super) why: String,
}

impl Line {
    /// What the verdict is given; an order that only has not come to its end has no reason.
    pub(super) fn reason(&self) -> Option<String> {
        let stops: Vec<String> = self.stops.iter().map(Stop::text).collect();
        (!stops.is_empty()).then(|| stops.join("; "))
    }
}

impl Stop {
    fn text(&self) -> String {
        let Self { agent, state, why, .. } = self;
        format!("{} {}: {why}", AGENTS[*agent].0, state.word())
    }
}

/// The SDK says that an activity or workflow failed before it says why.
fn cause(failure: &str) -> &str {
    ["Workflow failed: ", "Workflow execution failed: "]
        .iter()
        .find_map(|prefix| failure.strip_prefix(prefix))
        .unwrap_or(failure)
}

/// Looks at the runs of every order.
pub(super) async fn of_all(house: &House, rows: Vec<Row>) -> anyhow::Result<Vec<Line>> {
    let tagged = tagged(&house.sandbox.ledger.entries());
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        let millis = millis(row.order.at, tagged.get(&row.order.id).copied());
        lines.push(Line { millis, ..of_one(house, row).await? });
    }
    Ok(lines)
}

/// Looks at the runs of one order. Why one failed is in no list.
pub(super) async fn of_one(house: &House, row: Row) -> anyhow::Result<Line> {
    let mut stops = vec![];
    for run in row.stops() {
        let why = match run.state {
            State::Failed => {
                let view = house.bus.inspect(&run.workflow_id).await.with_context(|| run.workflow_id.clone())?;
                view.failure.as_deref().map(cause).map_or(view.status, str::to_owned)
            }
            _ => run.note.clone(),
        };
        stops.push(Stop { workflow_id: run.workflow_id.clone(), agent: run.agent, state: run.state, why });
    }
    let (stage, sales_order) = (row.stage(), row.sales_order().map(str::to_owned));
    Ok(Line { stage, sales_order, stops, millis: None, order: row.order })
}

/// When each order was first tagged, by the shop's own ledger.
fn tagged(ledger: &[Entry]) -> BTreeMap<u64, Timestamp> {
    let mut tagged = BTreeMap::new();
    let tags = ledger.iter().filter(|entry| entry.vendor == Vendor::Shopify && entry.operation == "tagsAdd");
    for entry in tags.filter(|entry| entry.result.starts_with("ok")) {
        let id = entry.record.as_deref().and_then(|gid| gid.rsplit('/').next()?.parse().ok());
        if let Some(id) = id {
            tagged.entry(id).or_insert(entry.at);
        }
    }
    tagged
}

fn millis(from: Option<Timestamp>, to: Option<Timestamp>) -> Option<i64> {
    Some(to?.as_millisecond() - from?.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn every_stop_is_a_reason() {
        let order = Placed { id: 1, name: "#1".into(), customer: "Ann".into(), total: "1 USD".into(), at: None };
        let stop = |agent, state, why: &str| Stop { workflow_id: "w".into(), agent, state, why: why.into() };
        let mut line = Line { order, stage: Stage::Parked, sales_order: None, stops: vec![], millis: None };
        assert_eq!(line.reason(), None);
        line.stops = vec![stop(1, State::Parked, "no address"), stop(4, State::Waiting, "an invoice")];
        assert_eq!(line.reason().as_deref(), Some("warehouse parked: no address; payment waiting: an invoice"));
        assert_eq!(cause("Workflow failed: order #1 is a test"), "order #1 is a test");
    }

    #[test]
    fn the_first_accepted_tag_counts() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let entry = |second: i64, operation: &str, result: &str| Entry {
            seq: 1,
            at: at(second),
            vendor: Vendor::Shopify,
            operation: operation.into(),
            key: None,
            record: Some("gid://shopify/Order/5".into()),
            result: result.into(),
            body: Value::Null,
        };
        let ledger = [
            entry(1, "tagsRemove", "ok"),
            entry(2, "tagsAdd", "refused: busy"),
            entry(3, "tagsAdd", "ok, answer lost"),
            entry(4, "tagsAdd", "ok"),
        ];
        assert_eq!(tagged(&ledger), BTreeMap::from([(5, at(3))]));
        assert_eq!(millis(Some(at(1)), Some(at(3))), Some(2000));
        assert_eq!(millis(None, Some(at(3))), None);
    }
}
