//! Places the batch and watches its runs until nothing moves any more.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant, SystemTime},
};

use anyhow::Context;
use futures_util::TryStreamExt;
use serde_json::Value;
use temporalio_client::{Client, WorkflowExecution, WorkflowListOptions};
use temporalio_common::search_attributes::SearchAttributeKey;

use super::{
    batch::{self, Placed},
    house::House,
    screen::Screen,
    settings::{AGENTS, BRAND, TRACKING},
};
use crate::Failure;

const REFRESH: Duration = Duration::from_millis(300);
/// A busy shop, and not more webhooks at once than a store would send.
const BETWEEN_ORDERS: Duration = Duration::from_millis(5);
/// Longer than the polls need to find what is left to do.
const QUIET: Duration = Duration::from_secs(3);
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
    Sent,
    PartlyShipped,
    Shipped,
    Billed,
    Paid,
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
            Self::Sent => "sent",
            Self::PartlyShipped => "partly shipped",
            Self::Shipped => "shipped",
            Self::Billed => "billed",
            Self::Paid => "paid",
        }
    }
}

/// How a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Running,
    Waiting,
    Parked,
    Failed,
    Done,
}

impl State {
    /// From Temporal's status and the agent's.
    fn of(status: &str, agent_status: Option<&str>) -> Self {
        match (status, agent_status) {
            ("completed", _) => Self::Done,
            ("running", Some("waiting")) => Self::Waiting,
            ("running", Some("needsAttention")) => Self::Parked,
            ("running" | "continuedasnew", _) => Self::Running,
            _ => Self::Failed,
        }
    }

    /// Nothing happens any more, unless somebody does something; and it says why.
    pub(super) fn is_stop(self) -> bool {
        matches!(self, Self::Waiting | Self::Parked | Self::Failed)
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Parked => "parked",
            Self::Failed => "failed",
            Self::Done => "done",
        }
    }
}

/// What the list of runs tells of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Glance {
    pub(super) workflow_id: String,
    /// Its place in [`AGENTS`].
    pub(super) agent: usize,
    pub(super) state: State,
    /// Why it is parked or waits.
    pub(super) note: String,
    documents: Vec<String>,
    started: Option<SystemTime>,
}

impl Glance {
    fn of(run: &WorkflowExecution) -> Option<Self> {
        let agent = AGENTS.iter().position(|(_, workflow)| *workflow == run.workflow_type())?;
        let attributes = run.search_attributes();
        let status = format!("{:?}", run.status()).to_lowercase();
        let problem = run.memo().get::<Value>("problem").ok().flatten().unwrap_or_default();
        Some(Self {
            workflow_id: run.id().to_owned(),
            agent,
            state: State::of(&status, attributes.get(&AGENT_STATUS).as_deref()),
            note: problem["message"].as_str().unwrap_or_default().to_owned(),
            documents: attributes.get(&DOCUMENTS).unwrap_or_default(),
            started: run.start_time(),
        })
    }

    #[cfg(test)]
    pub(super) fn new(agent: usize, state: State, note: &str, documents: &[&str]) -> Self {
        let documents = documents.iter().map(|document| (*document).to_owned()).collect();
        let workflow_id = format!("{}:{BRAND}:1", AGENTS[agent].1);
        Self { workflow_id, agent, state, note: note.to_owned(), documents, started: None }
    }

    /// Is there anything new to see? A run that was executed again and came to the same end is as it was.
    fn looks_like(&self, other: &Self) -> bool {
        let reason = |glance: &Self| glance.note.split(", request ").next().unwrap_or_default().to_owned();
        self.state == other.state && self.documents == other.documents && reason(self) == reason(other)
    }
}

/// What the warehouse has of an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Goods {
    /// There is still something to send.
    open: bool,
    /// Shipments that have left.
    shipments: usize,
}

/// An order and its runs.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) order: Placed,
    /// One for each agent that has a run, in the agents' order.
    pub(super) runs: Vec<Glance>,
    pub(super) goods: Goods,
    /// The refresh that changed it last.
    pub(super) changed: u64,
}

impl Row {
    pub(super) fn new(order: Placed, changed: u64) -> Self {
        Self { order, runs: vec![], goods: Goods::default(), changed }
    }

    fn run(&self, agent: usize) -> Option<&Glance> {
        self.runs.iter().find(|run| run.agent == agent)
    }

    fn is_done(&self, agent: usize) -> bool {
        self.run(agent).is_some_and(|run| run.state == State::Done)
    }

    fn documents<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        let all = self.runs.iter().flat_map(|run| &run.documents);
        all.filter_map(move |document| document.strip_prefix(prefix))
    }

    /// Shipments that are booked.
    fn shipped(&self) -> usize {
        self.run(TRACKING).map_or(0, |run| {
            run.documents.iter().filter(|document| document.starts_with("netsuite:itemFulfillment:")).count()
        })
    }

    /// The number that people know.
    pub(super) fn sales_order(&self) -> Option<&str> {
        self.documents("netsuite:salesOrder:").find(|id| !id.bytes().all(|b| b.is_ascii_digit()))
    }

    /// Runs that stopped and say why.
    pub(super) fn stops(&self) -> impl Iterator<Item = &Glance> {
        self.runs.iter().filter(|run| run.state.is_stop())
    }

    pub(super) fn stage(&self) -> Stage {
        let any = |state| self.runs.iter().any(|run| run.state == state);
        let under_way = self.goods.open && self.shipped() > 0;
        match self.run(0).map(|run| run.state) {
            _ if any(State::Failed) => Stage::Failed,
            _ if any(State::Parked) => Stage::Parked,
            None => Stage::Placed,
            Some(State::Running) => Stage::Running,
            _ if under_way => Stage::PartlyShipped,
            _ if any(State::Waiting) => Stage::Waiting,
            _ if self.is_done(4) => Stage::Paid,
            _ if self.is_done(3) && self.documents("netsuite:invoice:").next().is_some() => Stage::Billed,
            _ if self.shipped() > 0 => Stage::Shipped,
            _ if self.is_done(1) => Stage::Sent,
            _ => Stage::Booked,
        }
    }

    /// Nothing happens any more, unless somebody does something. `tracked`: what the warehouse ships is booked.
    pub(super) fn is_settled(&self, tracked: bool) -> bool {
        let quiet = self.run(0).is_some() && self.runs.iter().all(|run| run.state != State::Running);
        let stopped = self.run(TRACKING).is_some_and(|run| run.state.is_stop());
        quiet && !(tracked && (self.goods.open || !stopped && self.shipped() < self.goods.shipments))
    }

    /// The Sales Order's number, and what the order waits for.
    pub(super) fn note(&self) -> String {
        let stops = self.stops().map(|stop| stop.note.as_str()).filter(|note| !note.is_empty());
        let notes: Vec<&str> = self.sales_order().into_iter().chain(stops).collect();
        notes.join("  ")
    }
}

/// The last execution of every run, by one list query.
pub(super) async fn look(client: &Client) -> anyhow::Result<Vec<Glance>> {
    let workflows: Vec<String> = AGENTS.iter().map(|(_, workflow)| format!("'{workflow}'")).collect();
    let query = format!("Brand = '{BRAND}' AND WorkflowType IN ({})", workflows.join(", "));
    let mut list = client.list_workflows(query, WorkflowListOptions::default());
    let mut runs: BTreeMap<String, Glance> = BTreeMap::new();
    while let Some(run) = list.try_next().await.context("the list of runs")? {
        let Some(glance) = Glance::of(&run) else { continue };
        match runs.get_mut(run.id()) {
            Some(latest) if glance.started > latest.started => *latest = glance,
            Some(_) => {}
            None => drop(runs.insert(run.id().to_owned(), glance)),
        }
    }
    Ok(runs.into_values().collect())
}

/// What the warehouse has, by the order's number.
pub(super) fn goods(house: &House) -> BTreeMap<String, Goods> {
    let mut goods = BTreeMap::new();
    for order in house.sandbox.dcl.orders() {
        let stage = order["order_stage"].as_i64().unwrap_or_default();
        let shipments = order["shipments"].as_array().map_or(0, Vec::len);
        let number = order["order_number"].as_str().unwrap_or_default().to_owned();
        goods.insert(number, Goods { open: stage != 2 && stage < 60, shipments });
    }
    goods
}

/// Places the orders and returns them once all are settled, or nothing has moved for a minute.
pub(super) async fn place_and_watch(house: &House, orders: Vec<Value>, screen: &Screen) -> Result<Vec<Row>, Failure> {
    let total = orders.len();
    let tracked = house.enables(AGENTS[TRACKING].1);
    let mut orders = orders.into_iter().peekable();
    let mut rows: Vec<Row> = Vec::with_capacity(total);
    let mut pace = tokio::time::interval(BETWEEN_ORDERS);
    let mut refresh = tokio::time::interval(REFRESH);
    refresh.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (mut looks, mut last_change, mut quiet_since) = (0, Instant::now(), None);
    loop {
        tokio::select! {
            _ = pace.tick(), if orders.peek().is_some() => {
                if let Some(order) = orders.next() {
                    rows.push(Row::new(batch::place(&house.sandbox, order).map_err(Failure::Demo)?, looks));
                }
            }
            _ = refresh.tick() => {
                looks += 1;
                let runs = look(&house.client).await.map_err(Failure::Demo)?;
                if update(&mut rows, runs, &goods(house), looks) {
                    (last_change, quiet_since) = (Instant::now(), None);
                }
                let settled = rows.iter().filter(|row| row.is_settled(tracked)).count();
                screen.progress(&rows, settled, total)?;
                // A webhook that is still on its way may wake a run again.
                if settled == total && deliveries_are_settled(house).await {
                    quiet_since.get_or_insert_with(Instant::now);
                } else {
                    quiet_since = None;
                }
                if quiet_since.is_some_and(|since: Instant| since.elapsed() > QUIET) || last_change.elapsed() > PATIENCE {
                    screen.clear();
                    return Ok(rows);
                }
            }
        }
    }
}

async fn deliveries_are_settled(house: &House) -> bool {
    tokio::time::timeout(Duration::ZERO, house.sandbox.shopify.deliveries_settled()).await.is_ok()
}

/// Gives every order its runs: by its own id, or by a document of a run that has it.
pub(super) fn update(rows: &mut [Row], runs: Vec<Glance>, goods: &BTreeMap<String, Goods>, looks: u64) -> bool {
    let mut row_of: BTreeMap<String, usize> =
        rows.iter().enumerate().map(|(n, row)| (format!("shopify:order:{}", row.order.id), n)).collect();
    for _ in 0..2 {
        for run in &runs {
            let Some(row) = run.documents.iter().find_map(|document| row_of.get(document).copied()) else { continue };
            for document in run.documents.iter().filter(|d| !d.starts_with("shopify:order:")) {
                row_of.insert(document.clone(), row);
            }
        }
    }
    let mut found: Vec<Vec<Glance>> = rows.iter().map(|_| vec![]).collect();
    for run in runs {
        if let Some(row) = run.documents.iter().find_map(|document| row_of.get(document)) {
            found[*row].push(run);
        }
    }
    let mut changed = false;
    for (row, mut runs) in rows.iter_mut().zip(found) {
        runs.sort_by_key(|run| run.agent);
        let goods = row.sales_order().and_then(|number| goods.get(number)).copied().unwrap_or(row.goods);
        let same = runs.len() == row.runs.len() && runs.iter().zip(&row.runs).all(|(new, old)| new.looks_like(old));
        if !same || goods != row.goods {
            (row.changed, changed) = (looks, true);
        }
        (row.runs, row.goods) = (runs, goods);
    }
    changed
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::demo) fn row(id: u64, runs: Vec<Glance>) -> Row {
        let order = Placed { id, name: format!("#{id}"), customer: "Ann".into(), total: "10.00 USD".into(), at: None };
        Row { runs, ..Row::new(order, 0) }
    }

    const BOOKED: [&str; 3] = ["shopify:order:1", "netsuite:salesOrder:12", "netsuite:salesOrder:SO1"];

    #[test]
    fn a_state_is_read_from_both_statuses() {
        assert_eq!(State::of("running", Some("running")), State::Running);
        assert_eq!(State::of("running", None), State::Running);
        assert_eq!(State::of("running", Some("waiting")), State::Waiting);
        assert_eq!(State::of("running", Some("needsAttention")), State::Parked);
        assert_eq!(State::of("completed", Some("done")), State::Done);
        for ended in ["failed", "terminated", "timedout", "canceled"] {
            assert_eq!(State::of(ended, Some("running")), State::Failed);
        }
    }

    #[test]
    fn a_stage_is_the_furthest_that_is_reached_or_what_stops() {
        let done = |agent, documents: &[&str]| Glance::new(agent, State::Done, "", documents);
        let shipped = ["netsuite:itemFulfillment:7"];
        let mut row = row(1, vec![]);
        assert_eq!((row.stage(), row.is_settled(true)), (Stage::Placed, false));
        row.runs.push(done(0, &BOOKED));
        assert_eq!((row.stage(), row.note().as_str()), (Stage::Booked, "SO1"));
        row.runs.push(done(1, &BOOKED));
        row.goods = Goods { open: true, shipments: 0 };
        assert_eq!((row.stage(), row.is_settled(true), row.is_settled(false)), (Stage::Sent, false, true));
        row.goods.shipments = 1;
        row.runs.push(done(2, &shipped));
        assert_eq!(row.stage(), Stage::PartlyShipped);
        row.goods = Goods { open: false, shipments: 2 };
        assert_eq!((row.stage(), row.is_settled(true)), (Stage::Shipped, false));
        row.goods.shipments = 1;
        assert!(row.is_settled(true));
        row.runs.push(done(3, &["netsuite:invoice:8"]));
        assert_eq!(row.stage(), Stage::Billed);
        row.runs.push(Glance::new(4, State::Waiting, "money", &[]));
        assert_eq!((row.stage(), row.note().as_str()), (Stage::Waiting, "SO1  money"));
        row.runs[4].state = State::Done;
        assert_eq!((row.stage(), row.is_settled(true)), (Stage::Paid, true));
        row.runs[1].state = State::Parked;
        assert_eq!(row.stage(), Stage::Parked);
    }

    #[test]
    fn runs_that_know_only_a_later_document_find_their_order_and_only_changes_are_movement() {
        let mut rows = vec![row(1, vec![]), row(2, vec![])];
        let runs = || {
            vec![
                Glance::new(2, State::Running, "", &["dcl:order:SO1"]),
                Glance::new(0, State::Done, "", &BOOKED),
                Glance::new(1, State::Done, "", &["netsuite:salesOrder:12", "dcl:order:SO1"]),
            ]
        };
        let goods = BTreeMap::from([("SO1".to_owned(), Goods { open: true, shipments: 1 })]);
        assert!(update(&mut rows, runs(), &BTreeMap::new(), 1));
        assert_eq!(rows[0].runs.iter().map(|run| run.agent).collect::<Vec<_>>(), [0, 1, 2]);
        assert!(rows[1].runs.is_empty());
        assert!(update(&mut rows, runs(), &goods, 2));
        assert!(!update(&mut rows, runs(), &goods, 3));
        assert_eq!((rows[0].changed, rows[1].changed), (2, 0));
    }
}
