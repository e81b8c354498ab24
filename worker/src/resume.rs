//! What parked because of the configuration goes on when a new one is loaded.

use futures_util::StreamExt;
use serde_json::{Value, json};
use temporalio_client::{Client, UntypedUpdate, UntypedWorkflow, WorkflowListOptions};
use temporalio_common::data_converters::{PayloadConverter, RawValue};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use workflows::trail;

/// Resolves every run that is parked for something that a configuration or a master record can mend.
pub(crate) async fn parked(client: Client, shutdown: CancellationToken) {
    tokio::select! {
        () = shutdown.cancelled() => {}
        outcome = resolve(&client) => match outcome {
            Ok(0) => {}
            Ok(runs) => info!("{runs} parked runs look again, with the configuration that was just loaded"),
            Err(error) => warn!("parked runs were not woken: {error}"),
        }
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
        match handle.execute_update(UntypedUpdate::new("resolve"), how, Default::default()).await {
            Ok(_) => resolved += 1,
            // It went on by itself in the meantime.
            Err(error) => info!(workflow.id = %run.id(), "not resolved: {error}"),
        }
    }
    Ok(resolved)
}
