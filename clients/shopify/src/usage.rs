//! What a client has used of its shop's allowance.

use std::sync::atomic::{AtomicU64, Ordering};

/// Requests and points so far, since the client was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Requests sent, refused ones and files included, those for tokens not.
    pub requests: u64,
    /// Points of the rate limit that Shopify says they cost; a throttled request costs none.
    pub points: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Meter {
    requests: AtomicU64,
    points: AtomicU64,
}

impl Meter {
    pub(crate) fn request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn points(&self, points: u64) {
        self.points.fetch_add(points, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> Usage {
        Usage { requests: self.requests.load(Ordering::Relaxed), points: self.points.load(Ordering::Relaxed) }
    }
}
