//! How far a sync is: what a person sees, and where the next attempt goes on if this worker dies.
//!
//! The heartbeat's details hold what has been written, so that only batches that were under way are sent again. The SDK holds
//! heartbeats back for seconds; that a batch was answered is told to the server directly, and before the next one is sent.

use std::{
    collections::BTreeSet,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use temporalio_client::{
    ActivityIdentifier, AsyncActivityHandle, Client, RpcOptions, UntypedSignal, UntypedWorkflow, WorkflowHandle,
};
use temporalio_common::data_converters::{PayloadConverter, RawValue};
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::domain::stock::{Change, Entries, Place};

use crate::Agents;

/// So often a sync says that it is alive, and how far it is where that has changed by a twentieth.
const ALIVE: Duration = Duration::from_millis(1_500);

/// Where a position stands in the order of writing.
pub(super) type Key = (u64, Place);

/// What an attempt leaves for the next one, as heartbeat details.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Trace {
    /// In words.
    pub(super) says: String,
    /// When the first attempt began.
    pub(super) began: Option<Timestamp>,
    /// The bulk operation whose figures are compared; its file's address is a permission and stays with Shopify.
    pub(super) bulk: Option<String>,
    /// Everything up to here has been answered.
    pub(super) cursor: Option<Key>,
    /// And everything after the first up to the second of these.
    pub(super) spans: Vec<(Option<Key>, Key)>,
    /// Positions that had changed meanwhile: to be read again, in the round that runs.
    pub(super) stale: Vec<Key>,
    /// And in the round after it.
    pub(super) again: Vec<Key>,
    /// Positions written.
    pub(super) changed: u64,
    /// Entries that Shopify refused.
    pub(super) refused: Entries,
    /// Calls that write.
    pub(super) writes: u64,
    /// Requests of the attempts before, by vendor: Shopify, NetSuite.
    pub(super) requests: (u64, u64),
}

impl Trace {
    /// Has this position been answered?
    pub(super) fn has(&self, change: &Change) -> bool {
        let key = Some(change.key());
        key <= self.cursor || self.spans.iter().any(|(after, to)| key > *after && key <= Some(*to))
    }

    /// A batch that ends at `to` is answered. `after` is where the batch before it ended.
    fn answered(&mut self, after: Option<Key>, to: Key) {
        match self.spans.iter_mut().find(|(_, end)| Some(*end) == after) {
            Some(span) => span.1 = to,
            None => self.spans.push((after, to)),
        }
        // What joins the beginning, or each other, is one.
        while let Some(n) = self.spans.iter().position(|(after, _)| *after == self.cursor) {
            self.cursor = Some(self.spans.swap_remove(n).1);
        }
        for n in (0..self.spans.len()).rev() {
            let (after, to) = self.spans[n];
            if let Some(before) = self.spans.iter_mut().find(|(_, end)| Some(*end) == after) {
                before.1 = to;
                self.spans.swap_remove(n);
            }
        }
    }
}

/// The progress of one attempt.
pub(super) struct Progress<'a> {
    trace: Mutex<Trace>,
    /// Positions to write in this attempt, for the percentage.
    planned: Mutex<u64>,
    /// Requests of the attempts before.
    before: (u64, u64),
    /// How often something happened that the next attempt must know.
    made: AtomicU64,
    /// How much of that the server knows. One at a time tells it.
    left: tokio::sync::Mutex<u64>,
    /// The way to the server.
    ctx: &'a ActivityContext,
    handle: AsyncActivityHandle<Client>,
}

impl<'a> Progress<'a> {
    /// Goes on where the attempt before had come to.
    pub(super) fn of(agents: &Agents, ctx: &'a ActivityContext) -> Self {
        let mut trace = match ctx.heartbeat_details().deserialize::<Trace>() {
            Ok(Some(trace)) => trace,
            Ok(None) => Trace::default(),
            Err(error) => {
                // Comparing everything again is right, too.
                tracing::warn!("what the attempt before left cannot be read: {error}");
                Trace::default()
            }
        };
        trace.began.get_or_insert_with(Timestamp::now);
        let task = ActivityIdentifier::TaskToken(ctx.info().task_token.clone().into());
        Self {
            before: trace.requests,
            trace: Mutex::new(trace),
            planned: Mutex::new(0),
            made: AtomicU64::new(0),
            left: tokio::sync::Mutex::new(0),
            ctx,
            handle: agents.client.get_async_activity_handle(task),
        }
    }

    /// Requests of all attempts, this one's being `now`.
    pub(super) fn requests(&self, now: (u64, u64)) -> (u64, u64) {
        (self.before.0 + now.0, self.before.1 + now.1)
    }

    /// Leaves with the server what was made so far, and waits until it is there. One telling serves all who wait for it.
    async fn leave(&self) {
        let made = self.made.fetch_add(1, Ordering::Relaxed) + 1;
        let mut left = self.left.lock().await;
        if *left >= made {
            return;
        }
        let until = self.made.load(Ordering::Relaxed);
        let trace = self.trace();
        // What the SDK holds back must not be older than what the server knows.
        if let Err(error) = self.ctx.record_heartbeat(trace.clone()).await {
            tracing::warn!("heartbeat not recorded: {error}");
        }
        match self.handle.heartbeat(Some(trace), RpcOptions::default()).await {
            Ok(_) => *left = until,
            // A batch may be sent twice then, which is harmless.
            Err(error) => tracing::warn!("progress not told: {error}"),
        }
    }

    /// What is known now.
    pub(super) fn trace(&self) -> Trace {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Trace> {
        self.trace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The bulk operation of this or the attempt before.
    pub(super) fn bulk(&self) -> Option<String> {
        self.lock().bulk.clone()
    }

    /// A bulk operation was started: another attempt need not start one.
    pub(super) async fn started(&self, bulk: &str) {
        self.lock().bulk = Some(bulk.to_owned());
        self.leave().await;
    }

    /// The figures that the cursor was made by are gone: everything is compared anew. What was written stays written.
    pub(super) fn forget(&self) {
        let mut trace = self.lock();
        (trace.bulk, trace.cursor) = (None, None);
        (trace.spans, trace.stale, trace.again) = (vec![], vec![], vec![]);
    }

    /// Without a bulk operation the levels were read anew: what differs now differs, whatever was written before.
    pub(super) fn read_anew(&self) {
        if self.bulk().is_none() {
            self.forget();
        }
    }

    /// What is being done.
    pub(super) fn says(&self, words: impl Into<String>) {
        self.lock().says = words.into();
    }

    /// So many positions are to be written.
    pub(super) fn plans(&self, positions: u64) {
        *self.planned.lock().unwrap_or_else(PoisonError::into_inner) = positions;
    }

    /// A call that writes was sent.
    pub(super) fn wrote(&self) {
        self.lock().writes += 1;
    }

    /// Entries have their answer: so many written, these stale, these refused.
    pub(super) fn judged(&self, written: u64, stale: impl IntoIterator<Item = Key>, refused: &Entries) {
        let mut trace = self.lock();
        trace.changed += written;
        trace.again.extend(stale);
        trace.refused.extend(refused);
        let (changed, planned) = (trace.changed, *self.planned.lock().unwrap_or_else(PoisonError::into_inner));
        trace.says = format!("writing: {changed} of {} differences written", planned.max(changed));
    }

    /// A whole batch has its answers. `after` is where the batch before it ended.
    pub(super) async fn answered(&self, after: Option<Key>, to: Key) {
        self.lock().answered(after, to);
        self.leave().await;
    }

    /// So many positions that were to be read again are right: an attempt whose answer was lost had written them.
    pub(super) fn right(&self, positions: u64) {
        self.lock().changed += positions;
    }

    /// The round is over: which positions are to be read again. Those of an attempt before wait until the first round,
    /// which passes them over, has ended.
    pub(super) fn end_of_round(&self, first: bool) -> BTreeSet<Key> {
        let mut trace = self.lock();
        let mut stale = std::mem::take(&mut trace.again);
        if first {
            stale.append(&mut trace.stale);
        }
        let stale: BTreeSet<Key> = stale.into_iter().collect();
        trace.stale = stale.iter().copied().collect();
        stale
    }

    /// Tells the server and the workflow, for as long as it is awaited. `requests` tells those of this attempt.
    pub(super) async fn tell(&self, agents: &Agents, ctx: &ActivityContext, requests: impl Fn() -> (u64, u64)) {
        let workflow = workflow(agents, ctx);
        let mut said = String::new();
        loop {
            tokio::time::sleep(ALIVE).await;
            self.lock().requests = self.requests(requests());
            let trace = self.trace();
            if let Err(error) = ctx.record_heartbeat(trace.clone()).await {
                tracing::warn!("heartbeat not recorded: {error}");
            }
            if step(&said) != step(&trace.says) {
                said = trace.says;
                speak(workflow.as_ref(), &said).await;
            }
        }
    }
}

/// Whether two words are far enough apart to be told: another phase, or another twentieth of the writing.
fn step(says: &str) -> (String, u64) {
    let numbers: Vec<u64> = says.split(' ').filter_map(|word| word.parse().ok()).collect();
    let phase = says.split(':').next().unwrap_or_default().to_owned();
    let part = numbers.first().zip(numbers.get(1)).map_or(0, |(done, all)| done * 20 / all.max(&1));
    (phase, part)
}

type Run = WorkflowHandle<Client, UntypedWorkflow>;

fn workflow(agents: &Agents, ctx: &ActivityContext) -> Option<Run> {
    let id = ctx.info().workflow_id.as_ref()?;
    Some(agents.client.get_workflow_handle::<UntypedWorkflow>(id))
}

/// The run's current details. That they are not told is no reason to stop.
async fn speak(workflow: Option<&Run>, words: &str) {
    let Some(run) = workflow else { return };
    let words = RawValue::from_value(&words.to_owned(), &PayloadConverter::default());
    if let Err(error) = run.signal(UntypedSignal::new("progress"), words, Default::default()).await {
        tracing::debug!("progress not shown: {error}");
    }
}

/// Says its progress while it works.
pub(super) async fn while_telling<T>(
    progress: &Progress<'_>,
    agents: &Agents,
    ctx: &ActivityContext,
    requests: impl Fn() -> (u64, u64),
    work: impl Future<Output = Result<T, ActivityError>>,
) -> Result<T, ActivityError> {
    let outcome = tokio::select! {
        outcome = work => outcome,
        () = progress.tell(agents, ctx, &requests) => Err(ActivityError::cancelled()),
    };
    if outcome.is_err() {
        // A failure takes the last heartbeat along.
        let trace = Trace { requests: progress.requests(requests()), ..progress.trace() };
        ctx.record_heartbeat(trace).await?;
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(inventory_item: u64) -> Change {
        Change { inventory_item, place: 0, from: 0, to: 1 }
    }

    #[test]
    fn what_was_answered_is_known_across_gaps() {
        let mut trace = Trace::default();
        trace.answered(Some((20, 0)), (30, 0));
        assert!(trace.has(&change(25)) && !trace.has(&change(20)) && !trace.has(&change(31)));
        trace.answered(None, (10, 0));
        assert_eq!(trace.cursor, Some((10, 0)));
        assert!(trace.has(&change(3)) && !trace.has(&change(11)) && trace.has(&change(30)));
        trace.answered(Some((30, 0)), (40, 0));
        assert_eq!(trace.spans, [(Some((20, 0)), (40, 0))]);
        trace.answered(Some((10, 0)), (20, 0));
        assert_eq!((trace.cursor, trace.spans.len()), (Some((40, 0)), 0));
    }

    /// In whatever order the answers come: in the end all is known, and never more gaps than batches under way.
    #[test]
    fn answers_in_any_order_join_up() {
        for seed in 0..50u64 {
            let mut open: Vec<u64> = (0..40).collect();
            let mut trace = Trace::default();
            while !open.is_empty() {
                let at = (seed * 7 + open.len() as u64 * 13) as usize % open.len().min(8);
                let n = open.remove(at);
                trace.answered((n > 0).then(|| (n * 10, 0)), ((n + 1) * 10, 0));
                assert!(trace.spans.len() <= 8, "{trace:?}");
            }
            assert_eq!((trace.cursor, trace.spans.len()), (Some((400, 0)), 0));
        }
    }

    #[test]
    fn every_twentieth_part_is_told() {
        let says = |done: u64| step(&format!("writing: {done} of 1000 differences written"));
        assert_eq!(says(10), says(49));
        assert_ne!(says(49), says(50));
        assert_ne!(says(50), step("reading: open orders"));
    }
}
