//! The account-wide limit of simultaneous requests, and its disguises.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::StatusCode;

use super::Disguise;
use super::error::ApiError;

/// Counts requests in flight.
#[derive(Debug)]
pub(crate) struct Gate {
    limit: AtomicU32,
    current: AtomicU32,
    highest: AtomicU32,
    latency_millis: AtomicU64,
    disguise: Mutex<Disguise>,
}

/// A request in flight; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Permit(Arc<Gate>);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.current.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Gate {
    pub(crate) fn new(limit: u32, disguise: Disguise, latency: Duration) -> Gate {
        Gate {
            limit: AtomicU32::new(limit),
            current: AtomicU32::new(0),
            highest: AtomicU32::new(0),
            latency_millis: AtomicU64::new(millis(latency)),
            disguise: Mutex::new(disguise),
        }
    }

    /// Lets a request in, after the account's latency, or refuses it in the disguise of the day.
    pub(crate) async fn enter(self: &Arc<Self>) -> Result<Permit, ApiError> {
        let present = self.current.fetch_add(1, Ordering::SeqCst) + 1;
        self.highest.fetch_max(present, Ordering::SeqCst);
        let permit = Permit(Arc::clone(self));
        if present <= self.limit.load(Ordering::SeqCst) {
            let latency = self.latency_millis.load(Ordering::SeqCst);
            if latency > 0 {
                tokio::time::sleep(Duration::from_millis(latency)).await;
            }
            return Ok(permit);
        }
        // A blocked request holds no place: it is not being worked on.
        drop(permit);
        let disguise = *self.disguise.lock().unwrap_or_else(PoisonError::into_inner);
        Err(match disguise {
            Disguise::TooManyRequests => ApiError::concurrency(StatusCode::TOO_MANY_REQUESTS),
            Disguise::BadRequest => ApiError::concurrency(StatusCode::BAD_REQUEST),
            Disguise::InvalidLogin { millis } => {
                tokio::time::sleep(Duration::from_millis(millis)).await;
                ApiError::login()
            }
        })
    }

    pub(crate) fn highest(&self) -> u32 {
        self.highest.load(Ordering::SeqCst)
    }

    pub(crate) fn limit(&self) -> u32 {
        self.limit.load(Ordering::SeqCst)
    }

    pub(crate) fn set_limit(&self, limit: u32) {
        self.limit.store(limit, Ordering::SeqCst);
    }

    pub(crate) fn set_disguise(&self, disguise: Disguise) {
        *self.disguise.lock().unwrap_or_else(PoisonError::into_inner) = disguise;
    }

    pub(crate) fn set_latency(&self, latency: Duration) {
        self.latency_millis.store(millis(latency), Ordering::SeqCst);
    }
}

fn millis(latency: Duration) -> u64 {
    u64::try_from(latency.as_millis()).unwrap_or(u64::MAX)
}
