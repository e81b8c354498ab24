//! The reconciling poll: finds Shopify orders whose webhook never came. One run is one tick of a Temporal Schedule.
//!
//! * **Trigger**: its Schedule, `<workflow type>:<brand>`.
//! * **Steps**: the watermark of the last completed tick · every order changed since, with an overlap, ordered by change and
//!   paged to the end, published to the bus, which starts or wakes the order's own run.
//! * **Post-conditions**: the watermark of this tick is in its memo. A tick that fails leaves none, so nothing is skipped.

use std::time::Duration;

use serde_json::{Value, json};
use temporalio_common::{MemoValue, data_converters::RawValue};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{WorkflowContext, WorkflowResult, WorkflowTermination};

use crate::{
    boundary,
    call::{Stop, call, failure, long},
    contracts::{self, ChangedOrders, PollReport},
    domain::input,
    trail,
};

/// One tick. It keeps no state.
#[workflow]
#[derive(Default)]
pub struct ShopifyOrdersPoll;

#[workflow_methods]
impl ShopifyOrdersPoll {
    /// `{"brand":"acme"}`; returns [`PollReport`].
    #[run(name = "shopifyOrdersPoll")]
    pub async fn run(ctx: &mut WorkflowContext<Self>, input: RawValue) -> WorkflowResult<Value> {
        let brand = brand(&boundary::json(&input).map_err(invalid)?)?;
        match tick(ctx, &brand).await {
            Ok(report) => Ok(json!(report)),
            Err(Stop::End(end)) => Err(end),
            Err(Stop::Park(problem)) => Err(failure("PollFailed", problem.message).into()),
        }
    }
}

async fn tick(ctx: &WorkflowContext<ShopifyOrdersPoll>, brand: &str) -> Result<PollReport, Stop> {
    let since = call(ctx, contracts::read_watermark(), brand.to_owned(), "where did the last tick end").await?;
    let question = ChangedOrders { brand: brand.to_owned(), since };
    let hour = Duration::from_secs(3600);
    let report = long(ctx, contracts::publish_changed_orders(), question, "publish changed orders", hour).await?;
    ctx.upsert_memo([(trail::WATERMARK, report.watermark.or(since).map(MemoValue::new))])?;
    ctx.set_current_details(format!(
        "{} changed: {} published, {} sent already, {} not ours",
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
