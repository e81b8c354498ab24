//! What the agents ask Temporal itself.

use std::{collections::BTreeSet, time::Duration};

use bus::{Bus, BusError};
use futures_util::StreamExt;
use jiff::Timestamp;
use serde_json::Value;
use temporalio_client::{
    Client, UntypedWorkflow, WorkflowGetResultOptions, WorkflowListOptions, errors::WorkflowGetResultError,
};
use temporalio_common::data_converters::PayloadConverter;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::{
    contracts::{CancelledMark, Marks, Publication, WatermarkOf},
    trail,
};

use crate::failure;

/// The marks of the brand's last completed tick that has any; newest runs are listed first.
pub(crate) async fn marks(client: &Client, of: &WatermarkOf) -> Result<Marks, ActivityError> {
    let WatermarkOf { brand, workflow } = of;
    let query = format!("WorkflowType = '{workflow}' AND ExecutionStatus = 'Completed' AND Brand = '{brand}'");
    let mut ticks = client.list_workflows(query, WorkflowListOptions::builder().limit(20).build());
    while let Some(tick) = ticks.next().await {
        let tick = tick.map_err(|e| failure::again("Unavailable", format!("temporal: {e}"), None))?;
        let watermark = tick.memo().get::<Timestamp>(trail::WATERMARK).ok().flatten();
        let cancelled = tick.memo().get::<CancelledMark>(trail::CANCELLED).ok().flatten();
        let payouts = tick.memo().get::<BTreeSet<u64>>(trail::PAYOUTS).ok().flatten().unwrap_or_default();
        if watermark.is_some() || cancelled.is_some() || !payouts.is_empty() {
            let looked = tick.start_time().and_then(|t| Timestamp::try_from(t).ok());
            return Ok(Marks { watermark, looked, cancelled, payouts });
        }
    }
    Ok(Marks::default())
}

/// The mark up to which a poll has told everything, so that it need not be told at every tick for ever. A vendor may show a
/// change late, by the overlap at most: only what an earlier look came upon twice that time after the mark counts.
pub(crate) fn told(mark: Option<Timestamp>, looked: Option<Timestamp>, overlap: Duration) -> Option<Timestamp> {
    mark.filter(|mark| looked.is_some_and(|looked| *mark + overlap * 2 < looked))
}

/// Starts or wakes the run that an event is about.
pub(crate) async fn publish(bus: &Bus, publication: Publication) -> Result<String, ActivityError> {
    match bus.publish(&publication.event).await {
        Ok(published) => Ok(format!("{}: {:?}", published.workflow_id, published.status)),
        Err(BusError::Unavailable(why)) => Err(failure::again("Unavailable", format!("temporal: {why}"), None)),
        Err(other) => Err(failure::never("InvalidInput", other.to_string())),
    }
}

/// Waits for another run's result, saying every few seconds that it still waits.
pub(crate) async fn result(client: &Client, ctx: &ActivityContext, id: &str) -> Result<Value, ActivityError> {
    let run = client.get_workflow_handle::<UntypedWorkflow>(id);
    let result = run.get_result(WorkflowGetResultOptions::default());
    futures_util::pin_mut!(result);
    loop {
        tokio::select! {
            outcome = &mut result => return match outcome {
                Ok(raw) => Ok(raw.to_value(&PayloadConverter::default())),
                Err(WorkflowGetResultError::Rpc(status)) => Err(failure::again("Unavailable", format!("temporal: {status}"), None)),
                Err(other) => Err(failure::never("CanonicalRunFailed", format!("{id}: {other}"))),
            },
            () = ctx.cancelled() => return Err(ActivityError::cancelled()),
            () = tokio::time::sleep(Duration::from_secs(2)) => ctx.record_heartbeat(()).await?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_shown_late_before_an_outage_is_not_taken_for_told() {
        let mark: Timestamp = "2026-11-25T08:00:00Z".parse().unwrap();
        let overlap = Duration::from_secs(300);
        // The tick that left the mark was the last one: what it could not see yet has not been told.
        assert_eq!(told(Some(mark), Some(mark), overlap), None);
        assert_eq!(told(Some(mark), Some(mark + overlap * 2), overlap), None);
        assert_eq!(told(Some(mark), Some(mark + overlap * 2 + Duration::from_secs(1)), overlap), Some(mark));
        assert_eq!((told(None, Some(mark), overlap), told(Some(mark), None, overlap)), (None, None));
    }
}
