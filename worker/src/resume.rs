//! What parked because of the configuration goes on when a new one is loaded.

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Value, json};
use temporalio_client::{Client, UntypedUpdate, UntypedWorkflow, WorkflowListOptions};
use temporalio_common::data_converters::{PayloadConverter, RawValue};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use workflows::trail;

/// A second pass, for runs that a process with the old configuration took once more before it was replaced.
const SECOND_PASS: Duration = Duration::from_secs(60);
/// A run that nobody polls must not keep the others waiting.
const PER_RUN: Duration = Duration::from_secs(10);

/// Resolves every run that is parked for something that a configuration or a master record can mend.
pub(crate) async fn parked(client: Client, shutdown: CancellationToken) {
    let passes = async {
        pass(&client).await;
        tokio::time::sleep(SECOND_PASS).await;
        pass(&client).await;
    };
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = passes => {}
    }
}

async fn pass(client: &Client) {
    match resolve(client).await {
        Ok(0) => {}
        Ok(runs) => info!("{runs} parked runs look again, with the configuration that was loaded"),
        Err(error) => warn!("parked runs were not woken: {error}"),
    }
}

async fn resolve(client: &Client) -> anyhow::Result<u64> {
    let query = "ExecutionStatus = 'Running' AND AgentStatus = 'needsAttention'";
    let mut parked = client.list_workflows(query, WorkflowListOptions::builder().build());
    let mut resolved = 0;
    while let Some(run) = parked.next().await {
        let run = run?;
        let problem: Value = run.memo().get(trail::PROBLEM)?.unwrap_or_default();
        if problem["configuration"] != true {
            continue;
        }
        let how = json!({ "action": "retry", "by": "agent run", "why": "a configuration was loaded" });
        let handle = client.get_workflow_handle::<UntypedWorkflow>(run.id());
        let how = RawValue::from_value(&how, &PayloadConverter::default());
        let update = handle.execute_update(UntypedUpdate::new("resolve"), how, Default::default());
        match tokio::time::timeout(PER_RUN, update).await {
            Ok(Ok(_)) => resolved += 1,
            // It went on by itself in the meantime.
            Ok(Err(error)) => info!(workflow.id = %run.id(), "not resolved: {error}"),
            Err(_) => warn!(workflow.id = %run.id(), "not resolved within {PER_RUN:?}; does anybody poll its queue?"),
        }
    }
    Ok(resolved)
}
