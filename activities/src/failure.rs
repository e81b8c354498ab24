//! The only place that turns a client's error into a Temporal failure. Its type says what happens next:
//!
//! | type | next |
//! |---|---|
//! | `Busy`, `Throttled` | retried, at the vendor's own time |
//! | `Unavailable`, `Unreadable` | retried for as long as it takes |
//! | `Unauthorized` | the account is down: retried slowly |
//! | `NotFound` | retried for minutes, then the run fails |
//! | `Rejected`, `Configuration` | not retried: the run parks |
//! | `InvalidInput` | not retried: the run fails |

use std::time::Duration;

use client_core::Error;
use jiff::Timestamp;
use temporalio_common::error::ApplicationFailure;
use temporalio_sdk::activities::{ActivityContext, ActivityError};

/// A down account is tried so often.
const ACCOUNT_DOWN: Duration = Duration::from_secs(60);
/// A throttling vendor that gives no figure is left alone for so long.
const THROTTLED: Duration = Duration::from_secs(2);
/// A record that should be there is looked for so often.
const NOT_THERE_YET: Duration = Duration::from_secs(10);

/// A failure that is retried.
pub(crate) fn again(kind: &str, message: impl Into<String>, after: Option<Duration>) -> ActivityError {
    let failure = ApplicationFailure::builder(message.into()).type_name(kind.to_owned());
    match after {
        Some(wait) => failure.next_retry_delay(wait).build().into(),
        None => failure.build().into(),
    }
}

/// A failure that is not.
pub(crate) fn never(kind: &str, message: impl Into<String>) -> ActivityError {
    ApplicationFailure::builder(message.into()).type_name(kind.to_owned()).non_retryable(true).build().into()
}

/// What a client's error becomes. `patience`: how long the run's own subject may be missing.
pub(crate) fn of(error: Error, ctx: &ActivityContext, vendor: &str, patience: Duration) -> ActivityError {
    let message = format!("{vendor}: {error}");
    match error {
        Error::Throttled { retry_after, .. } => again("Throttled", message, Some(retry_after.unwrap_or(THROTTLED))),
        Error::Unavailable { .. } => again("Unavailable", message, None),
        Error::Unreadable { .. } => again("Unreadable", message, None),
        // A local attempt hands over at once; the slow retry is the regular activity's.
        Error::Unauthorized { .. } => again("Unauthorized", message, (!ctx.info().is_local).then_some(ACCOUNT_DOWN)),
        Error::Rejected { .. } => never("Rejected", message),
        Error::NotFound { .. } if waited(ctx) >= patience => never("NotFound", message),
        Error::NotFound { .. } => {
            let left = patience.saturating_sub(waited(ctx));
            again("NotFound", message, (!ctx.info().is_local).then_some(NOT_THERE_YET.min(left)))
        }
    }
}

/// Time since the activity was first scheduled.
fn waited(ctx: &ActivityContext) -> Duration {
    let scheduled = ctx.info().scheduled_time.and_then(|t| Timestamp::try_from(t).ok());
    scheduled.and_then(|t| Timestamp::now().duration_since(t).try_into().ok()).unwrap_or_default()
}
