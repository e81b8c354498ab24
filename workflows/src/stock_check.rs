//! The stock's check: NetSuite, warehouse and store, compared per SKU and location.
//!
//! * **Trigger**: the Schedule `stockCheckWorkflow:<brand>`, or `stateset inventory diff`.
//! * **Steps**: read all three, compare. Nothing is written anywhere.
//! * **Post-conditions**: the report is the result; differences beyond the tolerance are in the log.

use std::time::Duration;

use serde_json::{Value, json};
use temporalio_common::data_converters::RawValue;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{SyncWorkflowContext, WorkflowContext, WorkflowResult};

use crate::{
    agent, boundary,
    call::{Stop, failure, long},
    contracts::stock::{self, CheckStock},
    domain::{stock_check::CheckReport, stock_input::CheckInput},
    inventory_sync::spoken,
    trail,
};

/// A check that takes longer is given up.
const LONGEST: Duration = Duration::from_secs(3 * 3600);

/// Compares and writes nothing. It keeps no state.
#[workflow]
#[derive(Default)]
pub struct StockCheck;

#[workflow_methods]
impl StockCheck {
    /// `{"brand":"acme"}`, with `"skus"` and `"tolerance"`; returns [`CheckReport`].
    #[run(name = "stockCheckWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>, input: RawValue) -> WorkflowResult<Value> {
        let input = boundary::json(&input).and_then(|input| CheckInput::parse(&input));
        let input = input.map_err(|error| failure("InvalidInput", error.to_string()))?;
        match check(ctx, input).await {
            Ok(report) => Ok(json!(report)),
            Err(Stop::Park(problem)) => Err(failure("CheckFailed", problem.message).into()),
            Err(other) => Err(agent::end(other)),
        }
    }

    /// How far it is, in words.
    #[signal(name = "progress")]
    pub fn progress(&mut self, ctx: &mut SyncWorkflowContext<Self>, words: RawValue) {
        ctx.set_current_details(spoken(&words));
    }
}

async fn check(ctx: &WorkflowContext<StockCheck>, input: CheckInput) -> Result<CheckReport, Stop> {
    ctx.upsert_search_attributes([trail::BRAND.value_set(input.brand.clone())]);
    let work = CheckStock { brand: input.brand, skus: input.skus, tolerance: input.tolerance };
    let report = long(ctx, stock::check_stock(), work, "compare NetSuite, warehouse and store", LONGEST).await?;
    ctx.set_current_details(report.line());
    Ok(report)
}
