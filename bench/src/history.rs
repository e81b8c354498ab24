//! What Temporal keeps and bills of a run.

use futures_util::{StreamExt, TryStreamExt, stream};
use temporalio_client::{Client, UntypedWorkflow, WorkflowFetchHistoryOptions};
use temporalio_common::protos::temporal::api::{
    enums::v1::EventType,
    history::v1::{HistoryEvent, history_event::Attributes},
};

/// Histories that are read at once.
const AT_ONCE: usize = 10;

/// The events and actions of each of some runs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Histories {
    /// Events in the history.
    pub(crate) events: Vec<f64>,
    /// Actions, as Temporal Cloud bills them, as far as a history shows them.
    pub(crate) actions: Vec<f64>,
}

/// Reads the runs' histories.
pub(crate) async fn read(client: &Client, ids: impl Iterator<Item = String>) -> anyhow::Result<Histories> {
    let (events, actions) = read_each(client, ids.map(|id| (id, None)).collect()).await?.into_iter().unzip();
    Ok(Histories { events, actions })
}

/// Events and actions of each run, in the order of the ids; with a run's own id, of that execution.
pub(crate) async fn read_each(client: &Client, ids: Vec<(String, Option<String>)>) -> anyhow::Result<Vec<(f64, f64)>> {
    let read = async |(id, run): (String, Option<String>)| {
        let mut info = client.get_workflow_handle::<UntypedWorkflow>(id).info().clone();
        info.run_id = run;
        let handle = info.bind_untyped(client.clone());
        let events = handle.fetch_history(WorkflowFetchHistoryOptions::default()).into_events().await?;
        anyhow::Ok((events.len() as f64, actions(&events)))
    };
    stream::iter(ids).map(read).buffered(AT_ONCE).try_collect().await
}

/// <https://docs.temporal.io/cloud/actions>: a start, a signal, an activity and each retry of it, a timer, an update of search
/// attributes, and all local activities of one workflow task together.
fn actions(events: &[HistoryEvent]) -> f64 {
    let mut actions = 0;
    let mut tasks_with_markers = std::collections::BTreeSet::new();
    for event in events {
        actions += match (event.event_type(), &event.attributes) {
            (
                EventType::WorkflowExecutionStarted
                | EventType::WorkflowExecutionSignaled
                | EventType::TimerStarted
                | EventType::WorkflowExecutionUpdateAccepted
                | EventType::UpsertWorkflowSearchAttributes,
                _,
            ) => 1,
            // Attempt 1 is the activity, every further one is a retry.
            (_, Some(Attributes::ActivityTaskStartedEventAttributes(started))) => started.attempt,
            (_, Some(Attributes::MarkerRecordedEventAttributes(marker))) => {
                i32::from(tasks_with_markers.insert(marker.workflow_task_completed_event_id))
            }
            _ => 0,
        };
    }
    f64::from(actions)
}
