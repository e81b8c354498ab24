//! Writing the differences: 250 at a time, several batches under way, compare-and-set, each under its own key.

use std::{
    future::ready,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    time::Duration,
};

use client_core::Error;
use client_shopify::{KeyRefusal, SetOutcome, SetQuantity};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use temporalio_sdk::activities::ActivityError;
use workflows::{
    contracts::SHOPIFY,
    domain::stock::{BATCH, Change, Entries, Refusal, judge},
    ids,
};

use super::{
    figures::Figures,
    progress::{Key, Progress},
    shop::Shop,
    terms::Terms,
};
use crate::failure;

/// What the client says of a write, in points.
const POINTS: u32 = 10;
/// A request under the same key is still under way: it is looked at again after this.
const UNDER_WAY: Duration = Duration::from_millis(500);
/// So many whole calls refused, and nothing written: it is not the entries that are wrong.
const REFUSED: u32 = 64;

/// Writes one sync's differences.
pub(super) struct Writer<'a> {
    pub(super) shop: &'a Shop<'a>,
    pub(super) terms: &'a Terms<'a>,
    pub(super) workflow: &'static str,
    pub(super) tick: Timestamp,
    pub(super) progress: &'a Progress<'a>,
    /// Whole calls refused since the last success.
    pub(super) refused: AtomicU32,
}

impl Writer<'_> {
    /// Writes `changes`, in order. In the first round what an attempt before has had answered is passed over.
    pub(super) async fn write(&self, changes: Vec<Change>, figures: &Figures, round: u32) -> Result<(), ActivityError> {
        let first = round == 0;
        let trace = self.progress.trace();
        let open: Vec<Change> = changes.into_iter().filter(|change| !(first && trace.has(change))).collect();
        self.progress.plans(trace.changed + open.len() as u64);
        let mut after = trace.cursor;
        let mut batches = vec![];
        for batch in open.chunks(BATCH) {
            batches.push((after, batch.to_vec()));
            after = batch.last().map(Change::key);
        }
        // What is under way when one fails, or when a person cancels, is waited for: its answer counts.
        let stopped = AtomicBool::new(false);
        let going = stream::iter(batches).take_while(|_| ready(!stopped.load(Ordering::Relaxed)));
        let sent = going
            .map(|(after, batch)| self.tracked(after, batch, figures, round))
            .buffer_unordered(self.shop.lane.width());
        sent.fold(Ok(()), |outcome: Result<(), ActivityError>, answered| {
            stopped.fetch_or(answered.is_err(), Ordering::Relaxed);
            ready(outcome.and(answered))
        })
        .await
    }

    /// One batch. In the first round it is known to the next attempt once it is answered.
    async fn tracked(
        &self,
        after: Option<Key>,
        batch: Vec<Change>,
        figures: &Figures,
        round: u32,
    ) -> Result<(), ActivityError> {
        let end = batch.last().map(Change::key);
        self.batch(batch, figures, round).await?;
        if let (0, Some(end)) = (round, end) {
            self.progress.answered(after, end).await;
        }
        Ok(())
    }

    /// One batch, and what its answers leave of it.
    async fn batch(&self, batch: Vec<Change>, figures: &Figures, round: u32) -> Result<(), ActivityError> {
        // Each round begins with turns of its own.
        let mut open = vec![(batch, round * 1000)];
        while let Some((entries, turn)) = open.pop() {
            let refusals = self.send(&entries, figures, turn).await?;
            let judged = judge(&entries, &refusals);
            if judged.under_way {
                self.shop.lane.wait(UNDER_WAY).await?;
                open.push((entries, turn));
                continue;
            }
            self.count_whole(&refusals)?;
            let mut refused = Entries::default();
            for (change, reason) in &judged.refused {
                refused.add(reason, &figures.name_of(change.inventory_item), 1);
            }
            let stale = judged.stale.iter().map(Change::key);
            self.progress.judged(judged.written.len() as u64, stale, &refused);
            open.extend(judged.again.into_iter().map(|entries| (entries, turn + 1)));
        }
        Ok(())
    }

    /// Sends entries once, however often that has to be repeated: the key and the content are the same.
    async fn send(&self, entries: &[Change], figures: &Figures, turn: u32) -> Result<Vec<Refusal>, ActivityError> {
        let Self { terms, workflow, tick, .. } = self;
        let key = ids::stock_key(workflow, terms.name, *tick, turn, entries);
        let reference = format!("gid://stateset/{workflow}/{}-{}", terms.name, tick.strftime("%Y-%m-%dT%H-%M-%SZ"));
        let set: Vec<SetQuantity> = entries
            .iter()
            .map(|change| SetQuantity {
                inventory_item: change.inventory_item,
                location: terms.places[usize::from(change.place)],
                quantity: change.to.into(),
                change_from: Some(change.from.into()),
                sku: figures.name_of(change.inventory_item),
            })
            .collect();
        self.progress.wrote();
        let client = &self.shop.store.client;
        let answer = self.shop.lane.attempt("setQuantities", POINTS, || client.set_available(&key, &reference, &set));
        let whole = |code: &str| vec![Refusal { index: None, code: code.to_owned() }];
        match answer.await? {
            Ok(SetOutcome::Written) => Ok(vec![]),
            Ok(SetOutcome::Refused(entries)) => {
                Ok(entries.into_iter().map(|e| Refusal { index: Some(e.index), code: e.code }).collect())
            }
            Ok(SetOutcome::Key(refusal)) => Ok(whole(match refusal {
                KeyRefusal::ConcurrentRequest => "IDEMPOTENCY_CONCURRENT_REQUEST",
                KeyRefusal::ParameterMismatch => "IDEMPOTENCY_KEY_PARAMETER_MISMATCH",
                KeyRefusal::PreviousAttemptFailed => "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED",
            })),
            Err(Error::Rejected { code, .. }) => Ok(whole(&code)),
            Err(Error::NotFound { .. }) => Ok(whole("INVALID_INVENTORY_ITEM")),
            Err(Error::Unauthorized { detail, .. }) => {
                Err(failure::again("Unauthorized", format!("{SHOPIFY}: {detail}"), None))
            }
            Err(other) => Err(failure::again("Unavailable", format!("{SHOPIFY}: {other}"), None)),
        }
    }

    /// A call that is refused whole, again and again, is refused for what all have in common.
    fn count_whole(&self, refusals: &[Refusal]) -> Result<(), ActivityError> {
        let Some(refusal) = refusals.iter().find(|refusal| refusal.index.is_none()) else {
            self.refused.store(0, Ordering::Relaxed);
            return Ok(());
        };
        if self.refused.fetch_add(1, Ordering::Relaxed) + 1 < REFUSED {
            return Ok(());
        }
        let what = format!("{SHOPIFY}: inventorySetQuantities is refused as a whole: {}", refusal.code);
        Err(failure::never("Rejected", what))
    }
}
