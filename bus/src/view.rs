use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use temporalio_client::{
    UntypedWorkflow, WorkflowExecutionDescription, WorkflowGetResultOptions,
    errors::{WorkflowGetResultError, WorkflowInteractionError},
};
use temporalio_common::{data_converters::PayloadConverter, protos::temporal::api::workflow::v1::PendingActivityInfo};
use workflows::trail;

use crate::{Bus, BusError, unavailable};

/// A run as people and programs look at it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunView {
    /// Its id.
    pub workflow_id: String,
    /// Id of this execution.
    pub run_id: String,
    /// Workflow type.
    pub workflow: String,
    /// `running`, `completed`, `failed`, `canceled`, `terminated`, `timedOut`, `continuedAsNew`.
    pub status: String,
    /// `running`, `waiting`, `needsAttention`, `done`.
    pub agent_status: Option<String>,
    /// The brand.
    pub brand: Option<String>,
    /// Every document that it touched.
    pub documents: Vec<String>,
    /// Which document led to which.
    pub lineage: Value,
    /// Why it is parked, or what it waits for (`kind` is then `waiting`).
    pub problem: Value,
    /// When it was started.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub closed: Option<Timestamp>,
    /// Events in its history.
    pub history_length: usize,
    /// What is being tried right now.
    pub pending: Vec<PendingActivity>,
    /// What a completed run returned.
    pub result: Option<Value>,
    /// Why a failed run failed.
    pub failure: Option<String>,
}

/// An activity that has not succeeded yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingActivity {
    /// Its type.
    pub activity: String,
    /// The attempt, from 1.
    pub attempt: i32,
    /// Why the last attempt failed.
    pub last_failure: Option<String>,
    /// How far it is, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<String>,
}

impl Bus {
    /// Looks at a run.
    pub async fn inspect(&self, workflow_id: &str) -> Result<RunView, BusError> {
        let run = self.describe(workflow_id).await?;
        let (result, failure) =
            if run.close_time().is_some() { self.outcome(workflow_id, run.run_id()).await? } else { (None, None) };
        let attributes = run.search_attributes();
        let memo = |key: &str| run.memo().get::<Value>(key).ok().flatten().unwrap_or_default();
        let time = |t: Option<std::time::SystemTime>| t.and_then(|t| Timestamp::try_from(t).ok());
        Ok(RunView {
            workflow_id: run.id().to_owned(),
            run_id: run.run_id().to_owned(),
            workflow: run.workflow_type().to_owned(),
            status: camel(&format!("{:?}", run.status())),
            agent_status: attributes.get(&trail::AGENT_STATUS),
            brand: attributes.get(&trail::BRAND),
            documents: attributes.get(&trail::DOCUMENTS).unwrap_or_default(),
            lineage: memo(trail::LINEAGE),
            problem: memo(trail::PROBLEM),
            started: time(run.start_time()),
            closed: time(run.close_time()),
            history_length: run.history_length(),
            pending: pending(&run),
            result,
            failure,
        })
    }

    /// How many runs of every brand wait for a person.
    pub async fn parked(&self) -> Result<Vec<(&str, usize)>, BusError> {
        let mut parked = vec![];
        for brand in self.agents.keys() {
            let query = format!("ExecutionStatus = 'Running' AND AgentStatus = 'needsAttention' AND Brand = '{brand}'");
            let count = self.client.count_workflows(query, Default::default()).await.map_err(unavailable)?;
            parked.push((brand.as_str(), count.count()));
        }
        Ok(parked)
    }

    pub(crate) async fn describe(&self, workflow_id: &str) -> Result<WorkflowExecutionDescription, BusError> {
        let handle = self.client.get_workflow_handle::<UntypedWorkflow>(workflow_id);
        handle.describe(Default::default()).await.map_err(|e| match e {
            WorkflowInteractionError::NotFound(_) => BusError::NotFound(workflow_id.to_owned()),
            other => unavailable(other),
        })
    }

    async fn outcome(&self, workflow_id: &str, run_id: &str) -> Result<(Option<Value>, Option<String>), BusError> {
        let mut info = self.client.get_workflow_handle::<UntypedWorkflow>(workflow_id).info().clone();
        info.run_id = Some(run_id.to_owned());
        match info.bind_untyped(self.client.clone()).get_result(WorkflowGetResultOptions::default()).await {
            Ok(raw) => Ok((Some(raw.to_value(&PayloadConverter::default())), None)),
            Err(WorkflowGetResultError::Rpc(status)) => Err(unavailable(status)),
            Err(WorkflowGetResultError::Failed(failure)) => Ok((None, Some(failure.to_string()))),
            Err(other) => Ok((None, Some(other.to_string()))),
        }
    }
}

fn pending(run: &WorkflowExecutionDescription) -> Vec<PendingActivity> {
    run.raw()
        .pending_activities
        .iter()
        .map(|a| PendingActivity {
            activity: a.activity_type.as_ref().map(|t| t.name.clone()).unwrap_or_default(),
            attempt: a.attempt,
            last_failure: a.last_failure.as_ref().map(|f| f.message.clone()),
            progress: progress(a),
        })
        .collect()
}

/// What a long activity says in its heartbeats.
fn progress(activity: &PendingActivityInfo) -> Option<String> {
    let payload = activity.heartbeat_details.as_ref()?.payloads.first()?;
    let details: Value = serde_json::from_slice(&payload.data).ok()?;
    details["says"].as_str().filter(|says| !says.is_empty()).map(str::to_owned)
}

/// `TimedOut` to `timedOut`.
pub(crate) fn camel(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
