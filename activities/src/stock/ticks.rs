//! What a tick asks Temporal itself: where the last one ended, and whether the items' sync still runs.

use std::time::Duration;

use futures_util::StreamExt;
use jiff::Timestamp;
use temporalio_client::WorkflowListOptions;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::{
    contracts::{WatermarkOf, stock::AwaitItemSync},
    domain::stock_input::LastTick,
    ids, trail,
};

use super::terms::Terms;
use crate::{Agents, failure};

/// So often the items' sync is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// The listing shows a run a little after it has begun.
const SHOWN: u32 = 2;
/// So many completed runs are looked through: those for a few SKUs leave no watermark.
const RUNS: usize = 50;

/// What the brand's last completed tick left; newest runs are listed first. Refused where the agent is not enabled: a tick that
/// completed would leave a watermark.
pub(crate) async fn last_tick(agents: &Agents, of: &WatermarkOf) -> Result<LastTick, ActivityError> {
    let WatermarkOf { brand, workflow } = of;
    let terms = Terms::of(agents, brand)?;
    if !terms.brand.enables(workflow) {
        return Err(failure::never("Configuration", format!("{workflow} is not enabled for {brand}")));
    }
    let mut last = LastTick { full_every: terms.stock.full_every.as_secs(), ..LastTick::default() };
    let query = format!("WorkflowType = '{workflow}' AND ExecutionStatus = 'Completed' AND Brand = '{brand}'");
    let mut ticks = agents.client.list_workflows(query, WorkflowListOptions::builder().limit(RUNS).build());
    while let Some(tick) = ticks.next().await {
        let tick = tick.map_err(|e| failure::again("Unavailable", format!("temporal: {e}"), None))?;
        let memo = |key: &str| tick.memo().get::<Timestamp>(key).ok().flatten();
        if let Some(full) = memo(trail::FULL) {
            (last.watermark, last.full) = (memo(trail::WATERMARK), Some(full));
            break;
        }
    }
    Ok(last)
}

/// Waits until no items' sync of the brand is running.
pub(crate) async fn await_items(
    agents: &Agents,
    ctx: &ActivityContext,
    of: &AwaitItemSync,
) -> Result<(), ActivityError> {
    let query =
        format!("WorkflowType = '{}' AND ExecutionStatus = 'Running' AND Brand = '{}'", ids::INVENTORY_SYNC, of.brand);
    let mut quiet = 0;
    while quiet < SHOWN {
        let running = agents.client.count_workflows(query.clone(), Default::default()).await;
        let running = running.map_err(|e| failure::again("Unavailable", format!("temporal: {e}"), None))?;
        quiet = if running.count() == 0 { quiet + 1 } else { 0 };
        tokio::select! {
            () = ctx.cancelled() => return Err(ActivityError::cancelled()),
            () = tokio::time::sleep(LOOK) => ctx.record_heartbeat(()).await?,
        }
    }
    Ok(())
}
