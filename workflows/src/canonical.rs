//! One run per record, whoever starts it.
//!
//! The bus, the connector and the CLI derive a run's id from its record. People who type `temporal workflow start` need not:
//! a run with any other id starts the canonical one, or attaches to it, and returns its result.

use std::time::Duration;

use serde_json::Value;
use temporalio_common::{
    WorkflowDefinition,
    data_converters::RawValue,
    error::{ChildWorkflowStartError, StartChildWorkflowExecutionFailedCause},
    search_attributes::SearchAttributes,
};
use temporalio_sdk::{ChildWorkflowOptions, ParentClosePolicy, WorkflowContext, WorkflowIdReusePolicy};

use crate::{
    boundary,
    call::{self, Stop},
    contracts::{self, AwaitRun},
    trail,
};

/// Starts the canonical run of `workflow` with `input`, or attaches to the one that is there. Returns its result.
pub async fn result_of<W, D>(
    ctx: &WorkflowContext<W>,
    workflow: D,
    id: &str,
    input: Value,
    brand: &str,
    document: &str,
) -> Result<Value, Stop>
where
    D: WorkflowDefinition<Input = RawValue> + 'static,
    D::Output: serde::Serialize,
{
    ctx.set_current_details(format!("this order is the work of the run `{id}`; waiting for its result"));
    let options = ChildWorkflowOptions::builder()
        .workflow_id(id.to_owned())
        .parent_close_policy(ParentClosePolicy::Abandon)
        .id_reuse_policy(WorkflowIdReusePolicy::AllowDuplicateFailedOnly)
        .static_summary(document.to_owned())
        .search_attributes(SearchAttributes::new([
            trail::BRAND.value_set(brand.to_owned()),
            trail::AGENT_STATUS.value_set(trail::Status::Running.as_str().to_owned()),
            trail::DOCUMENTS.value_set(vec![document.to_owned()]),
        ]))
        .build();
    match ctx.start_child_workflow(workflow, boundary::raw(&input), options).await {
        Ok(child) => {
            let output = child.result().await?;
            serde_json::to_value(output).map_err(|e| call::fail("Unreadable", format!("result of {id}: {e}")))
        }
        Err(ChildWorkflowStartError::StartFailed {
            cause: StartChildWorkflowExecutionFailedCause::WorkflowAlreadyExists,
            ..
        }) => {
            let run = AwaitRun { workflow_id: id.to_owned() };
            let year = Duration::from_secs(365 * 86_400);
            call::long(ctx, contracts::await_run(), run, format!("wait for {id}"), year).await
        }
        Err(error) => Err(error.into()),
    }
}
