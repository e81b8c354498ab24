//! Requests at once, per account. NetSuite counts them over the whole account and answers an excess in several disguises;
//! a pool holds this process's share, halves it when the vendor complains and recovers slowly.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// A share is cut at most once in this time: a burst of complaints is one complaint.
const CUT_PAUSE: Duration = Duration::from_millis(500);
/// After a cut, one permit comes back for so many successes per permit.
const SUCCESSES_PER_PERMIT: u32 = 20;
/// No vendor is left alone for longer, whatever it says.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// A success so recent shows that the credentials are good.
const RECENT: Duration = Duration::from_secs(60);

/// One account's permits.
pub struct Pool {
    account: String,
    share: u32,
    state: Mutex<State>,
}

struct State {
    limit: u32,
    used: u32,
    successes: u32,
    last_success: Option<Instant>,
    last_cut: Option<Instant>,
    paused_until: Option<Instant>,
}

/// The right to one request; given back when dropped.
pub struct Permit {
    pool: Arc<Pool>,
}

/// No permit now: come back after this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy(pub Duration);

impl Pool {
    /// A pool of `share` permits.
    pub fn new(account: impl Into<String>, share: u32) -> Arc<Self> {
        let state =
            State { limit: share, used: 0, successes: 0, last_success: None, last_cut: None, paused_until: None };
        Arc::new(Self { account: account.into(), share, state: Mutex::new(state) })
    }

    /// Name of the account, for metrics and messages.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// A permit, or how long to stay away.
    pub fn acquire(self: &Arc<Self>, now: Instant) -> Result<Permit, Busy> {
        let mut state = self.lock();
        if let Some(left) =
            state.paused_until.and_then(|until| until.checked_duration_since(now)).filter(|d| !d.is_zero())
        {
            return Err(Busy(left));
        }
        if state.used >= state.limit {
            // Spread, so that those who wait do not all come back at once.
            return Err(Busy(Duration::from_millis(rand::random_range(50..250))));
        }
        state.used += 1;
        drop(state);
        Ok(Permit { pool: self.clone() })
    }

    /// A call went well.
    pub fn succeeded(&self, now: Instant) {
        let mut state = self.lock();
        state.last_success = Some(now);
        if state.limit < self.share {
            state.successes += 1;
            if state.successes >= SUCCESSES_PER_PERMIT * state.limit {
                state.limit += 1;
                state.successes = 0;
            }
        }
    }

    /// The vendor complained about too many requests at once.
    pub fn crowded(&self, now: Instant) {
        let mut state = self.lock();
        if state.last_cut.is_none_or(|cut| now.duration_since(cut) >= CUT_PAUSE) {
            state.limit = (state.limit / 2).max(1);
            state.last_cut = Some(now);
        }
        state.successes = 0;
    }

    /// The vendor said when to come back.
    pub fn pause(&self, now: Instant, wait: Duration) {
        let until = now + wait.min(LONGEST_PAUSE);
        let mut state = self.lock();
        state.paused_until = Some(state.paused_until.map_or(until, |before| before.max(until)));
    }

    /// Did a call go well a short time ago? Then a refused login is an excess of requests in disguise.
    pub fn was_well(&self, now: Instant) -> bool {
        self.lock().last_success.is_some_and(|at| now.duration_since(at) < RECENT)
    }

    /// What this process may use at most.
    pub fn share(&self) -> u32 {
        self.share
    }

    /// What is allowed and what is used now.
    pub fn figures(&self) -> (u32, u32) {
        let state = self.lock();
        (state.limit, state.used)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.pool.lock();
        state.used = state.used.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_the_share_at_once() {
        let (pool, now) = (Pool::new("a", 2), Instant::now());
        let first = pool.acquire(now).ok().unwrap();
        let _second = pool.acquire(now).ok().unwrap();
        assert!(pool.acquire(now).is_err());
        drop(first);
        assert!(pool.acquire(now).is_ok());
    }

    #[test]
    fn a_complaint_halves_and_successes_bring_it_back_slowly() {
        let (pool, now) = (Pool::new("a", 8), Instant::now());
        pool.crowded(now);
        pool.crowded(now);
        assert_eq!(pool.figures().0, 4);
        pool.crowded(now + CUT_PAUSE);
        assert_eq!(pool.figures().0, 2);
        for _ in 0..SUCCESSES_PER_PERMIT * 2 {
            pool.succeeded(now);
        }
        assert_eq!(pool.figures().0, 3);
        for _ in 0..10_000 {
            pool.succeeded(now);
        }
        assert_eq!(pool.figures().0, 8);
    }

    #[test]
    fn the_vendors_figure_is_kept() {
        let (pool, now) = (Pool::new("a", 2), Instant::now());
        pool.pause(now, Duration::from_secs(7));
        pool.pause(now, Duration::from_secs(3));
        assert_eq!(pool.acquire(now).err(), Some(Busy(Duration::from_secs(7))));
        assert!(pool.acquire(now + Duration::from_secs(7)).is_ok());
    }
}
