//! What a client has used of its shop's allowance.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Requests and points so far, since the client was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Requests sent, refused ones and files included, those for tokens not.
    pub requests: u64,
    /// Points of the rate limit that Shopify says they cost; a throttled request costs none.
    pub points: u64,
}

/// The shop's bucket of points, as the last answer told it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// What it holds when it is full.
    pub maximum: f64,
    /// What was in it then.
    pub available: f64,
    /// Points that come back in a second.
    pub restore_rate: f64,
    /// When the answer came.
    pub at: Instant,
}

impl Bucket {
    /// What should be in it now, if nobody has taken anything since.
    pub fn now(&self, now: Instant) -> f64 {
        let restored = now.saturating_duration_since(self.at).as_secs_f64() * self.restore_rate;
        (self.available + restored).min(self.maximum)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Meter {
    requests: AtomicU64,
    points: AtomicU64,
    bucket: Mutex<Option<Bucket>>,
}

impl Meter {
    pub(crate) fn request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn points(&self, points: u64) {
        self.points.fetch_add(points, Ordering::Relaxed);
    }

    pub(crate) fn told(&self, bucket: Bucket) {
        *self.bucket.lock().unwrap_or_else(PoisonError::into_inner) = Some(bucket);
    }

    pub(crate) fn bucket(&self) -> Option<Bucket> {
        *self.bucket.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn read(&self) -> Usage {
        Usage { requests: self.requests.load(Ordering::Relaxed), points: self.points.load(Ordering::Relaxed) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_bucket_fills_and_does_not_run_over() {
        let at = Instant::now();
        let bucket = Bucket { maximum: 2000.0, available: 100.0, restore_rate: 100.0, at };
        let after = |seconds| bucket.now(at + Duration::from_secs(seconds)) as u64;
        assert_eq!((after(0), after(3), after(60)), (100, 400, 2000));
    }
}
