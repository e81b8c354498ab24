//! The polls: each finds records whose event never came, and publishes them. One run is one tick of a Temporal Schedule.
//!
//! * **Trigger**: its Schedule, `<workflow type>:<brand>`.
//! * **Steps**: the watermark of the last completed tick · every record that changed since, with an overlap, paged to the end,
//!   published to the bus, which starts or wakes the record's own run. NetSuite is asked by state besides: what waits there is
//!   found however long ago it changed.
//!   DCL may leave cancelled orders out unless it is asked for them: they are asked for at an interval of their own.
//! * **Post-conditions**: the watermark of this tick is in its memo, beside it where the next question for cancelled orders
//!   starts. A tick that fails leaves neither, so nothing is skipped.

use std::time::Duration;

use serde_json::{Value, json};
use temporalio_common::{ActivityDefinition, MemoValue, data_converters::RawValue};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{WorkflowContext, WorkflowResult, WorkflowTermination};

use crate::{
    agent, boundary,
    call::{Stop, call, failure, long},
    contracts::{self, Changed, Contract, Marks, PollReport, WatermarkOf},
    domain::input,
    ids, trail,
};

/// Finds orders in Shopify for agent 1. It keeps no state.
#[workflow]
#[derive(Default)]
pub struct ShopifyOrdersPoll;

/// Finds Sales Orders to send, to bill and to settle, for agents 2, 8 and 9. It keeps no state.
#[workflow]
#[derive(Default)]
pub struct NetsuiteOrdersPoll;

/// Finds goods on their way, for agent 4, and those that no longer come, for agent 5. It keeps no state.
#[workflow]
#[derive(Default)]
pub struct NetsuitePurchasesPoll;

/// Finds what the warehouse received, for agent 5. It keeps no state.
#[workflow]
#[derive(Default)]
pub struct DclReceiptsPoll;

/// Finds what the warehouse shipped, for agent 3. It keeps no state.
#[workflow]
#[derive(Default)]
pub struct DclOrdersPoll;

/// Finds whose money Shopify Payments has paid out, for agent 9. It keeps no state.
#[workflow]
#[derive(Default)]
pub struct ShopifyPayoutsPoll;

#[workflow_methods]
impl ShopifyOrdersPoll {
    /// `{"brand":"acme"}`; returns [`PollReport`].
    #[run(name = "shopifyOrdersPoll")]
    pub async fn run(ctx: &mut WorkflowContext<Self>, input: RawValue) -> WorkflowResult<Value> {
        tick(ctx, ids::SHOPIFY_ORDERS_POLL, &input, contracts::publish_changed_orders()).await
    }
}

#[workflow_methods]
impl NetsuiteOrdersPoll {
    /// `{"brand":"acme"}`; returns [`PollReport`].
    #[run(name = "netsuiteOrdersPoll")]
    pub async fn run(ctx: &mut WorkflowContext<Self>, input: RawValue) -> WorkflowResult<Value> {
        tick(ctx, ids::NETSUITE_ORDERS_POLL, &input, contracts::publish_waiting_sales_orders()).await
    }
}

#[workflow_methods]
impl DclOrdersPoll {
    /// `{"brand":"acme"}`; returns [`PollReport`].
    #[run(name = "dclOrdersPoll")]
    pub async fn run(ctx: &mut WorkflowContext<Self>, input: RawValue) -> WorkflowResult<Value> {
        tick(ctx, ids::DCL_ORDERS_POLL, &input, contracts::publish_changed_dcl_orders()).await
    }
}

#[workflow_methods]
impl ShopifyPayoutsPoll {
    /// `{"brand":"acme"}`; returns [`PollReport`].
    #[run(name = "shopifyPayoutsPoll")]
    pub async fn run(ctx: &mut WorkflowContext<Self>, input: RawValue) -> WorkflowResult<Value> {
        tick(ctx, ids::SHOPIFY_PAYOUTS_POLL, &input, contracts::publish_paid_out()).await
    }
}

#[workflow_methods]
impl NetsuitePurchasesPoll {
    /// `{"brand":"acme"}`; returns [`PollReport`].
    #[run(name = "netsuitePurchasesPoll")]
    pub async fn run(ctx: &mut WorkflowContext<Self>, input: RawValue) -> WorkflowResult<Value> {
        tick(ctx, ids::NETSUITE_PURCHASES_POLL, &input, contracts::publish_waiting_purchases()).await
    }
}

#[workflow_methods]
impl DclReceiptsPoll {
    /// `{"brand":"acme"}`; returns [`PollReport`].
    #[run(name = "dclReceiptsPoll")]
    pub async fn run(ctx: &mut WorkflowContext<Self>, input: RawValue) -> WorkflowResult<Value> {
        tick(ctx, ids::DCL_RECEIPTS_POLL, &input, contracts::publish_dcl_receipts()).await
    }
}

async fn tick<W, A>(
    ctx: &WorkflowContext<W>,
    workflow: &str,
    input: &RawValue,
    publish: Contract<A>,
) -> WorkflowResult<Value>
where
    A: ActivityDefinition<Input = Changed, Output = PollReport>,
{
    let brand = brand(&boundary::json(input).map_err(invalid)?)?;
    match look(ctx, workflow, &brand, publish).await {
        Ok(report) => Ok(json!(report)),
        Err(Stop::Park(problem)) => Err(failure("PollFailed", problem.message).into()),
        Err(other) => Err(agent::end(other)),
    }
}

async fn look<W, A>(
    ctx: &WorkflowContext<W>,
    workflow: &str,
    brand: &str,
    publish: Contract<A>,
) -> Result<PollReport, Stop>
where
    A: ActivityDefinition<Input = Changed, Output = PollReport>,
{
    let mark = WatermarkOf { brand: brand.to_owned(), workflow: workflow.to_owned() };
    let last = call(ctx, contracts::read_watermark(), mark, "where did the last tick end").await?;
    let Marks { watermark, looked, cancelled, payouts } = last;
    let question = Changed { brand: brand.to_owned(), since: watermark, looked, cancelled, payouts };
    let report = long(ctx, publish, question, "publish what changed", Duration::from_secs(3600)).await?;
    let mut memo = vec![(trail::WATERMARK, report.watermark.or(watermark).map(MemoValue::new))];
    if let Some(mark) = report.cancelled.or(cancelled) {
        memo.push((trail::CANCELLED, Some(MemoValue::new(mark))));
    }
    if !report.payouts.is_empty() {
        memo.push((trail::PAYOUTS, Some(MemoValue::new(report.payouts.clone()))));
    }
    ctx.upsert_memo(memo)?;
    ctx.set_current_details(format!(
        "{} seen: {} published, {} done already, {} not ours",
        report.seen, report.published, report.sent, report.skipped
    ));
    Ok(report)
}

fn brand(input: &Value) -> Result<String, WorkflowTermination> {
    let fields = input::object(input, r#"{"brand":"acme"}"#, &["brand"]).map_err(invalid)?;
    let missing = || input::InvalidInput::new("brand", "missing");
    input::brand(fields).map_err(invalid)?.ok_or_else(missing).map_err(invalid)
}

fn invalid(error: input::InvalidInput) -> WorkflowTermination {
    failure("InvalidInput", error.to_string()).into()
}
