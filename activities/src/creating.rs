//! A creating write: done once, however often it is attempted.
//!
//! The key is looked for immediately before every attempt; after an ambiguous answer an empty look-up is believed only once
//! the first request can no longer land. Attempts tell each other in their heartbeats what may still be on its way: the server
//! has the word of a request before the vendor has the request, so that an attempt that left none sent none. (A worker that
//! stops can lose a task that it has just taken; to wait a vendor's deadline for each of those would hold up good orders.)

use std::time::Duration;

use client_core::Error;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use temporalio_client::{ActivityIdentifier, Client, RpcOptions};
use temporalio_sdk::activities::{ActivityContext, ActivityError};

use crate::{Agents, failure};

/// A look-up this old still says what is there "immediately before".
const FRESH: Duration = Duration::from_secs(5);

/// What an attempt leaves for the next one, as heartbeat details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Trace {
    /// Since when a request may be on its way. None: nothing that was sent can still land.
    sent: Option<Timestamp>,
}

impl Trace {
    /// Leaves it with the server, and waits until it is there.
    async fn leave(self, client: &Client, ctx: &ActivityContext) -> Result<(), ActivityError> {
        let task = ActivityIdentifier::TaskToken(ctx.info().task_token.clone().into());
        let left = client.get_async_activity_handle(task).heartbeat(Some(self), RpcOptions::default()).await;
        left.map(drop).map_err(|e| failure::again("Unavailable", format!("temporal: {e}"), None))
    }
}

/// What is written, and what is known about it.
pub(crate) struct Write<'a> {
    /// The vendor, for messages.
    pub(crate) vendor: &'static str,
    /// Our key, for messages.
    pub(crate) key: &'a str,
    /// When the vendor was last asked for the key and had nothing.
    pub(crate) looked_at: Option<Timestamp>,
    /// A run that was reset does not know what the run before it did.
    pub(crate) after_reset: bool,
    /// How long a request whose answer was lost may still land.
    pub(crate) deadline: Duration,
}

/// What a creating write gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ensured<T> {
    /// It was there.
    Found(T),
    /// It was made.
    Made(T),
}

impl<T> Ensured<T> {
    /// The record, whoever made it.
    pub(crate) fn into_inner(self) -> T {
        match self {
            Self::Found(record) | Self::Made(record) => record,
        }
    }
}

/// Finds the record, or makes it. Both calls heartbeat with the trace that they are given.
pub(crate) async fn ensure<T, F, C>(
    agents: &Agents,
    ctx: &ActivityContext,
    write: Write<'_>,
    find: impl FnOnce(Trace) -> F,
    create: impl FnOnce(Trace) -> C,
) -> Result<Ensured<T>, ActivityError>
where
    F: Future<Output = Result<Option<T>, ActivityError>>,
    C: Future<Output = Result<client_core::Result<T>, ActivityError>>,
{
    let mut sent = sent_before(ctx, write.after_reset);
    let outcome = attempt(agents, ctx, &write, &mut sent, find, create).await;
    if outcome.is_err() {
        // The SDK holds heartbeats back for seconds, but a failure takes the last one along.
        ctx.record_heartbeat(Trace { sent }).await?;
    }
    outcome
}

async fn attempt<T, F, C>(
    agents: &Agents,
    ctx: &ActivityContext,
    write: &Write<'_>,
    sent: &mut Option<Timestamp>,
    find: impl FnOnce(Trace) -> F,
    create: impl FnOnce(Trace) -> C,
) -> Result<Ensured<T>, ActivityError>
where
    F: Future<Output = Result<Option<T>, ActivityError>>,
    C: Future<Output = Result<client_core::Result<T>, ActivityError>>,
{
    let looked = write.looked_at.is_some_and(|at| Timestamp::now().duration_since(at).unsigned_abs() < FRESH);
    if !(looked && sent.is_none() && ctx.info().attempt == 1) {
        if let Some(found) = find(Trace { sent: *sent }).await? {
            return Ok(Ensured::Found(found));
        }
        settled(*sent, write)?;
        *sent = None;
    }
    let trace = Trace { sent: Some(Timestamp::now()) };
    trace.leave(&agents.client, ctx).await?;
    let outcome = create(trace).await?;
    if !matches!(
        &outcome,
        Err(Error::Throttled { .. }
            | Error::Rejected { .. }
            | Error::Unauthorized { .. }
            | Error::Unavailable { sent: false, .. })
    ) {
        *sent = trace.sent;
    }
    outcome.map(Ensured::Made).map_err(|e| match e {
        // Not the record itself is missing, but something that it refers to.
        Error::NotFound { what } => failure::never("Rejected", format!("{}: not found: {what}", write.vendor)),
        other => failure::of(other, ctx, write.vendor, Duration::ZERO),
    })
}

/// Since when a request of an earlier attempt may be on its way. The run before a reset left its word elsewhere; and what
/// cannot be read may have been one.
fn sent_before(ctx: &ActivityContext, after_reset: bool) -> Option<Timestamp> {
    match ctx.heartbeat_details().deserialize::<Trace>() {
        Ok(Some(trace)) => trace.sent,
        Ok(None) => (after_reset && ctx.info().attempt == 1).then(Timestamp::now),
        Err(_) => Some(Timestamp::now()),
    }
}

/// May a look-up that found nothing be believed?
fn settled(sent: Option<Timestamp>, write: &Write<'_>) -> Result<(), ActivityError> {
    let Some(at) = sent else { return Ok(()) };
    // Another machine's clock may have written the time; one that lies ahead means a longer wait, never a shorter one.
    let left = Duration::try_from((at + write.deadline).duration_since(Timestamp::now())).unwrap_or_default();
    if left.is_zero() {
        return Ok(());
    }
    let Write { vendor, key, .. } = write;
    let message = format!("{vendor}: the answer to {key} was lost; it may still land for {} s", left.as_secs());
    Err(failure::again("Settling", message, Some(left.min(Duration::from_secs(10)))))
}
