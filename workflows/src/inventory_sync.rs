//! Agents 6 and 7: the store shows what may be sold.
//!
//! * **Trigger**: the Schedules `inventorySyncWorkflow:<brand>` and, some seconds after it, `inventoryBundlesSyncWorkflow:<brand>`;
//!   or a person. One run is one tick.
//! * **Preconditions**: the brand's `[stock]`; for bundles, that no items' sync is running: they go by its figures.
//! * **Steps**: where the last tick ended · everything, or what moved since · read, compare, write the differences and nothing
//!   else. There is nothing to undo: the next tick writes what is right then.
//! * **Post-conditions**: the report is the result, the watermark is in the memo. A tick that fails leaves none, so nothing is
//!   skipped.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use temporalio_common::{MemoValue, data_converters::RawValue, search_attributes::SearchAttributeKey};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{SyncWorkflowContext, WorkflowContext, WorkflowResult};

use crate::{
    agent, boundary,
    call::{Stop, call, failure, long},
    contracts::{
        WatermarkOf,
        stock::{self, AwaitItemSync, SyncStock},
    },
    domain::{
        stock::{StockReport, Whose},
        stock_input::{Scope, SyncInput},
    },
    ids, trail,
};

/// A tick that takes longer is given up; the next one goes on with what differs then.
const LONGEST: Duration = Duration::from_secs(6 * 3600);
/// When a Schedule meant to start a run. Read as the text that it is.
const SCHEDULED: SearchAttributeKey<String> = SearchAttributeKey::keyword("TemporalScheduledStartTime");

/// Items: NetSuite's availability to Shopify. It keeps no state.
#[workflow]
#[derive(Default)]
pub struct InventorySync;

/// Bundles: what their components allow to Shopify. It keeps no state.
#[workflow]
#[derive(Default)]
pub struct InventoryBundlesSync;

#[workflow_methods]
impl InventorySync {
    /// `{"brand":"acme"}`, with `"scope":"full"`, `"delta"` or a list of SKUs; returns [`StockReport`].
    #[run(name = "inventorySyncWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>, input: RawValue) -> WorkflowResult<Value> {
        tick(ctx, ids::INVENTORY_SYNC, Whose::Items, &input).await
    }

    /// How far it is, in words.
    #[signal(name = "progress")]
    pub fn progress(&mut self, ctx: &mut SyncWorkflowContext<Self>, words: RawValue) {
        ctx.set_current_details(spoken(&words));
    }
}

#[workflow_methods]
impl InventoryBundlesSync {
    /// `{"brand":"acme"}`, with `"scope":"full"`, `"delta"` or a list of SKUs; returns [`StockReport`].
    #[run(name = "inventoryBundlesSyncWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>, input: RawValue) -> WorkflowResult<Value> {
        tick(ctx, ids::BUNDLES_SYNC, Whose::Bundles, &input).await
    }

    /// How far it is, in words.
    #[signal(name = "progress")]
    pub fn progress(&mut self, ctx: &mut SyncWorkflowContext<Self>, words: RawValue) {
        ctx.set_current_details(spoken(&words));
    }
}

async fn tick<W>(ctx: &WorkflowContext<W>, workflow: &str, whose: Whose, input: &RawValue) -> WorkflowResult<Value> {
    let input = boundary::json(input).and_then(|input| SyncInput::parse(&input));
    let input = input.map_err(|error| failure("InvalidInput", error.to_string()))?;
    let brand = input.brand.clone();
    ctx.upsert_search_attributes([
        trail::BRAND.value_set(brand),
        trail::AGENT_STATUS.value_set(trail::Status::Running.as_str().to_owned()),
    ]);
    match sync(ctx, workflow, whose, input).await {
        Ok(report) => Ok(json!(report)),
        Err(Stop::Park(problem)) => Err(failure("SyncFailed", problem.message).into()),
        Err(other) => Err(agent::end(other)),
    }
}

/// The tick, step by step.
async fn sync<W>(
    ctx: &WorkflowContext<W>,
    workflow: &str,
    whose: Whose,
    input: SyncInput,
) -> Result<StockReport, Stop> {
    let (brand, tick) = (input.brand, tick_of(ctx)?);
    let of = WatermarkOf { brand: brand.clone(), workflow: workflow.to_owned() };
    let last = call(ctx, stock::read_last_stock_tick(), of, "where did the last tick end").await?;
    let scope = last.scope(input.asked, tick);
    if whose == Whose::Bundles {
        ctx.set_current_details("waiting for the items' sync");
        let items = AwaitItemSync { brand: brand.clone() };
        long(ctx, stock::await_item_sync(), items, "wait for the items' sync", LONGEST).await?;
    }
    let summary = format!("tell the store its stock: {}", scope.word());
    let full = scope == Scope::Full;
    let listed = matches!(scope, Scope::Skus(_));
    let work = SyncStock { brand: brand.clone(), whose, tick, scope };
    let report = long(ctx, stock::sync_stock(), work, summary, LONGEST).await?;
    // A run that looked at a few SKUs says nothing about the others.
    if !listed {
        let watermark = report.watermark.or(last.watermark);
        let full = if full { Some(tick) } else { last.full };
        ctx.upsert_memo([(trail::WATERMARK, watermark.map(MemoValue::new)), (trail::FULL, full.map(MemoValue::new))])?;
    }
    ctx.upsert_search_attributes([trail::AGENT_STATUS.value_set(trail::Status::Done.as_str().to_owned())]);
    ctx.set_current_details(report.line());
    Ok(report)
}

/// The time that a Schedule meant, or that of the run's start: the same for every attempt and every replay.
fn tick_of<W>(ctx: &WorkflowContext<W>) -> Result<Timestamp, Stop> {
    let scheduled = ctx.search_attributes().get(&SCHEDULED).and_then(|text| text.parse().ok());
    let tick = scheduled.or_else(|| trail::now(ctx));
    tick.ok_or_else(|| failure("NoClock", "the workflow's clock does not tell the time").into())
}

/// What a signal says; one that says nothing readable is passed over.
pub(crate) fn spoken(words: &RawValue) -> String {
    boundary::json(words).ok().and_then(|words| words.as_str().map(str::to_owned)).unwrap_or_default()
}
