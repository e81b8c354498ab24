//! Places the batch and watches its runs until nothing moves any more.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant, SystemTime},
};

use anyhow::Context;
use bus::RunView;
use futures_util::TryStreamExt;
use serde_json::Value;
use temporalio_client::{Client, WorkflowExecution, WorkflowListOptions};
use temporalio_common::search_attributes::SearchAttributeKey;

use super::{
    batch::{self, Placed},
    house::House,
    screen::Screen,
    settings::WORKFLOW,
};
use crate::Failure;

const REFRESH: Duration = Duration::from_millis(300);
/// A busy shop, and not more webhooks at once than a store would send.
const BETWEEN_ORDERS: Duration = Duration::from_millis(5);
/// When nothing has changed for so long, the tables tell what is stuck.
const PATIENCE: Duration = Duration::from_secs(60);

const AGENT_STATUS: SearchAttributeKey<String> = SearchAttributeKey::keyword("AgentStatus");
const DOCUMENTS: SearchAttributeKey<Vec<String>> = SearchAttributeKey::keyword_list("Documents");

/// How far an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// The webhook is on its way.
    Placed,
    Running,
    Waiting,
    Parked,
    Failed,
    Booked,
}

/// What the list of runs tells of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Glance {
    pub(super) stage: Stage,
    /// The Sales Order's number, or why there is none, as far as the list tells.
    pub(super) note: String,
    started: Option<SystemTime>,
}

/// An order and its run.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) order: Placed,
    pub(super) glance: Glance,
    /// The refresh that changed it last.
    pub(super) changed: u64,
}

impl Stage {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Placed => "placed",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Parked => "parked",
            Self::Failed => "failed",
            Self::Booked => "booked",
        }
    }

    /// Nothing happens any more, unless somebody does something.
    pub(super) fn is_settled(self) -> bool {
        !matches!(self, Self::Placed | Self::Running)
    }

    /// From Temporal's status and the agent's.
    pub(super) fn of(status: &str, agent_status: Option<&str>) -> Self {
        match (status, agent_status) {
            ("completed", _) => Self::Booked,
            ("running", Some("waiting")) => Self::Waiting,
            ("running", Some("needsAttention")) => Self::Parked,
            ("running" | "continuedAsNew", _) => Self::Running,
            _ => Self::Failed,
        }
    }

    /// The stage of a run that was looked at.
    pub(super) fn of_view(view: &RunView) -> Self {
        Self::of(&view.status, view.agent_status.as_deref())
    }
}

impl Glance {
    fn nothing() -> Self {
        Self { stage: Stage::Placed, note: String::new(), started: None }
    }

    #[cfg(test)]
    pub(super) fn new(stage: Stage, note: &str) -> Self {
        Self { stage, note: note.to_owned(), started: None }
    }

    fn of(run: &WorkflowExecution) -> Self {
        let attributes = run.search_attributes();
        let status = format!("{:?}", run.status()).to_lowercase();
        let stage = Stage::of(&status, attributes.get(&AGENT_STATUS).as_deref());
        let note = match stage {
            Stage::Booked => attributes.get(&DOCUMENTS).and_then(|documents| sales_order_number(&documents)),
            Stage::Parked => {
                let problem = run.memo().get::<Value>("problem").ok().flatten().unwrap_or_default();
                problem["message"].as_str().map(str::to_owned)
            }
            _ => None,
        };
        Self { stage, note: note.unwrap_or_default(), started: run.start_time() }
    }
}

/// The agent leaves the internal id first and the number people know last.
fn sales_order_number(documents: &[String]) -> Option<String> {
    documents.iter().rev().find_map(|document| document.strip_prefix("netsuite:salesOrder:")).map(str::to_owned)
}

/// All runs by workflow id, by one list query; of several executions the last.
pub(super) async fn look(client: &Client) -> anyhow::Result<BTreeMap<String, Glance>> {
    let mut runs = BTreeMap::new();
    let mut list = client.list_workflows(format!("WorkflowType = '{WORKFLOW}'"), WorkflowListOptions::default());
    while let Some(run) = list.try_next().await.context("the list of runs")? {
        let glance = Glance::of(&run);
        let latest = runs.entry(run.id().to_owned()).or_insert_with(|| glance.clone());
        if glance.started > latest.started {
            *latest = glance;
        }
    }
    Ok(runs)
}

/// Places the orders and returns them once all are settled, or nothing has moved for a minute.
pub(super) async fn place_and_watch(
    house: &House,
    orders: Vec<Value>,
    screen: &Screen,
) -> Result<Vec<Placed>, Failure> {
    let total = orders.len();
    let mut orders = orders.into_iter().peekable();
    let mut rows: Vec<Row> = Vec::with_capacity(total);
    let mut pace = tokio::time::interval(BETWEEN_ORDERS);
    let mut refresh = tokio::time::interval(REFRESH);
    refresh.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (mut looks, mut quiet_looks, mut last_change) = (0, 0, Instant::now());
    loop {
        tokio::select! {
            _ = pace.tick(), if orders.peek().is_some() => {
                if let Some(order) = orders.next() {
                    let order = batch::place(&house.sandbox, order).map_err(Failure::Demo)?;
                    rows.push(Row { order, glance: Glance::nothing(), changed: looks });
                }
            }
            _ = refresh.tick() => {
                looks += 1;
                if update(&mut rows, look(&house.client).await.map_err(Failure::Demo)?, looks) {
                    last_change = Instant::now();
                }
                screen.progress(&rows, total)?;
                let settled = rows.len() == total && rows.iter().all(|row| row.glance.stage.is_settled());
                // A webhook that is still on its way may wake a run again.
                quiet_looks = if settled && deliveries_are_settled(house).await { quiet_looks + 1 } else { 0 };
                if quiet_looks == 2 || last_change.elapsed() > PATIENCE {
                    screen.clear();
                    return Ok(rows.into_iter().map(|row| row.order).collect());
                }
            }
        }
    }
}

async fn deliveries_are_settled(house: &House) -> bool {
    tokio::time::timeout(Duration::ZERO, house.sandbox.shopify.deliveries_settled()).await.is_ok()
}

fn update(rows: &mut [Row], runs: BTreeMap<String, Glance>, looks: u64) -> bool {
    let mut changed = false;
    for row in rows {
        if let Some(glance) = runs.get(&row.order.workflow_id()).filter(|glance| **glance != row.glance) {
            row.glance = glance.clone();
            row.changed = looks;
            changed = true;
        }
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_read_from_both_statuses() {
        assert_eq!(Stage::of("running", Some("running")), Stage::Running);
        assert_eq!(Stage::of("running", None), Stage::Running);
        assert_eq!(Stage::of("running", Some("waiting")), Stage::Waiting);
        assert_eq!(Stage::of("running", Some("needsAttention")), Stage::Parked);
        assert_eq!(Stage::of("completed", Some("done")), Stage::Booked);
        for ended in ["failed", "terminated", "timedOut", "canceled"] {
            assert_eq!(Stage::of(ended, Some("running")), Stage::Failed);
        }
    }

    #[test]
    fn the_number_is_the_one_that_people_know() {
        let documents = ["shopify:order:1", "netsuite:salesOrder:12", "netsuite:salesOrder:SO1001"].map(str::to_owned);
        assert_eq!(sales_order_number(&documents).as_deref(), Some("SO1001"));
        assert_eq!(sales_order_number(&documents[..1]), None);
    }

    #[test]
    fn only_a_changed_run_counts_as_movement() {
        let order = Placed { id: 1, name: "#1".into(), customer: "a".into(), total: "1 USD".into(), at: None };
        let id = order.workflow_id();
        let mut rows = vec![Row { order, glance: Glance::nothing(), changed: 0 }];
        let running = Glance { stage: Stage::Running, ..Glance::nothing() };
        assert!(update(&mut rows, [(id.clone(), running.clone())].into(), 1));
        assert!(!update(&mut rows, [(id, running)].into(), 2));
        assert_eq!((rows[0].glance.stage, rows[0].changed), (Stage::Running, 1));
    }
}
