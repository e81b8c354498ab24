//! A sync's way to one vendor: no more permits than its share, no more points than leave the orders theirs, and a wait where
//! there are none. It waits inside its activity: a list that has been read so far must not be read again.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use client_core::Error;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use tokio::sync::{Mutex, Semaphore};

use crate::{Agents, failure, pool::Pool, vendors::Call};

/// A vendor that does not answer is asked so often in a row before the attempt is given up; the next one goes on.
const TRIES: u32 = 6;
/// The first wait after no answer; it doubles.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// A throttling vendor that gives no figure is left alone for so long.
const THROTTLED: Duration = Duration::from_secs(1);
/// Nothing is waited for longer without another look.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// The way to one vendor.
pub(super) struct Lane<'a> {
    agents: &'a Agents,
    ctx: &'a ActivityContext,
    vendor: &'static str,
    pool: &'a Arc<Pool>,
    /// Requests at once.
    width: usize,
    gate: Semaphore,
    requests: AtomicU64,
    bucket: Option<Points<'a>>,
}

/// A store's points, of which a part is left to the orders.
struct Points<'a> {
    client: &'a client_shopify::Client,
    /// The part of the bucket that is left.
    left: f64,
    /// One at a time looks into the bucket; what it took since the last answer.
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    since: Option<Instant>,
    points: f64,
}

impl<'a> Lane<'a> {
    /// A way of `width` requests at once.
    pub(super) fn new(
        agents: &'a Agents,
        ctx: &'a ActivityContext,
        vendor: &'static str,
        pool: &'a Arc<Pool>,
        width: usize,
    ) -> Self {
        let gate = Semaphore::new(width);
        Self { agents, ctx, vendor, pool, width, gate, requests: AtomicU64::new(0), bucket: None }
    }

    /// The same with a store's points, of which `left` (0 to 1) of the bucket stay for others.
    pub(super) fn with_points(mut self, client: &'a client_shopify::Client, left: f64) -> Self {
        self.bucket = Some(Points { client, left, taken: Mutex::default() });
        self
    }

    /// Requests at once.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Requests so far.
    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Asks until there is an answer, and gives up only what waiting does not mend. `points`: what it costs at most, by the
    /// client's word.
    pub(super) async fn ask<T, F>(
        &self,
        operation: &'static str,
        points: u32,
        request: impl Fn() -> F,
    ) -> Result<T, ActivityError>
    where
        F: Future<Output = client_core::Result<T>>,
    {
        let answer = self.attempt(operation, points, request).await?;
        answer.map_err(|error| failure::of(error, self.ctx, self.vendor, Duration::ZERO))
    }

    /// The same, with the client's error for those who decide by it: refused, not found, unauthorized.
    pub(super) async fn attempt<T, F>(
        &self,
        operation: &'static str,
        points: u32,
        request: impl Fn() -> F,
    ) -> Result<client_core::Result<T>, ActivityError>
    where
        F: Future<Output = client_core::Result<T>>,
    {
        let _turn = self.gate.acquire().await.map_err(|_| ActivityError::cancelled())?;
        let call = Call { vendor: self.vendor, operation, pool: self.pool };
        let mut silent = 0;
        loop {
            self.stop_if_cancelled()?;
            if let Some(bucket) = &self.bucket {
                self.take(bucket, points.into()).await?;
            }
            let answer = match self.agents.attempt_quietly(&call, request()).await {
                Ok(answer) => answer,
                Err(busy) => {
                    self.wait(busy.0).await?;
                    continue;
                }
            };
            self.requests.fetch_add(1, Ordering::Relaxed);
            match answer {
                Err(Error::Throttled { retry_after, .. }) => self.wait(retry_after.unwrap_or(THROTTLED)).await?,
                Err(error @ (Error::Unavailable { .. } | Error::Unreadable { .. })) => {
                    silent += 1;
                    if silent == TRIES {
                        return Ok(Err(error));
                    }
                    self.wait(FIRST_WAIT * 2u32.pow(silent - 1)).await?;
                }
                answer => return Ok(answer),
            }
        }
    }

    /// A person who cancels stops it between two requests.
    pub(super) fn stop_if_cancelled(&self) -> Result<(), ActivityError> {
        if self.ctx.is_cancelled() { Err(ActivityError::cancelled()) } else { Ok(()) }
    }

    /// Waits, unless the activity is cancelled.
    pub(super) async fn wait(&self, time: Duration) -> Result<(), ActivityError> {
        tokio::select! {
            () = self.ctx.cancelled() => Err(ActivityError::cancelled()),
            () = tokio::time::sleep(time.min(LONGEST_WAIT)) => Ok(()),
        }
    }

    /// Waits until the bucket holds the points beside what is left to the orders. Before the first answer nothing is known,
    /// and the store's own word decides.
    async fn take(&self, points: &Points<'_>, needed: f64) -> Result<(), ActivityError> {
        let mut taken = points.taken.lock().await;
        loop {
            let Some(bucket) = points.client.bucket() else { return Ok(()) };
            if taken.since != Some(bucket.at) {
                *taken = Taken { since: Some(bucket.at), points: 0.0 };
            }
            // A bucket so small that it never holds both is waited for until it is full.
            let floor = (bucket.maximum * points.left + needed).min(bucket.maximum);
            let missing = floor - (bucket.now(Instant::now()) - taken.points);
            if missing <= 0.0 || bucket.restore_rate <= 0.0 {
                taken.points += needed;
                return Ok(());
            }
            self.wait(Duration::from_secs_f64(missing / bucket.restore_rate)).await?;
        }
    }
}
