//! What the agents ask Temporal itself.

use std::time::Duration;

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
    contracts::{Publication, WatermarkOf},
    trail,
};

use crate::failure;

/// The watermark of the brand's last completed tick; newest runs are listed first.
pub(crate) async fn watermark(client: &Client, of: &WatermarkOf) -> Result<Option<Timestamp>, ActivityError> {
    let WatermarkOf { brand, workflow } = of;
    let query = format!("WorkflowType = '{workflow}' AND ExecutionStatus = 'Completed' AND Brand = '{brand}'");
    let mut ticks = client.list_workflows(query, WorkflowListOptions::builder().limit(20).build());
    while let Some(tick) = ticks.next().await {
        let tick = tick.map_err(|e| failure::again("Unavailable", format!("temporal: {e}"), None))?;
        if let Some(mark) = tick.memo().get::<Timestamp>(trail::WATERMARK).ok().flatten() {
            return Ok(Some(mark));
        }
    }
    Ok(None)
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
