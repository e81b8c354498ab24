//! The sandbox's clock: real time plus an offset that the control API moves.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Time as the vendors see it. Clones share one offset.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    offset: Arc<Mutex<SignedDuration>>,
}

impl Clock {
    /// The vendors' present moment. Out of jiff's range it stays at real time.
    pub fn now(&self) -> Timestamp {
        let real = Timestamp::now();
        let offset = *self.offset.lock().unwrap_or_else(PoisonError::into_inner);
        real.checked_add(offset).unwrap_or(real)
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::ZERO);
        let mut offset = self.offset.lock().unwrap_or_else(PoisonError::into_inner);
        *offset = offset.checked_add(by).unwrap_or(*offset);
    }

    /// Makes `at` the present moment; time goes on from there.
    pub fn set(&self, at: Timestamp) {
        let mut offset = self.offset.lock().unwrap_or_else(PoisonError::into_inner);
        *offset = at.duration_since(Timestamp::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_the_offset_and_time_goes_on() {
        let clock = Clock::default();
        let other = clock.clone();
        let before = other.now();
        clock.advance(Duration::from_secs(3600));
        assert!(other.now().duration_since(before) >= SignedDuration::from_hours(1));

        let at: Timestamp = "2026-10-05T12:00:00Z".parse().unwrap();
        clock.set(at);
        let passed = other.now().duration_since(at);
        assert!(passed >= SignedDuration::ZERO && passed < SignedDuration::from_secs(60));
    }
}
