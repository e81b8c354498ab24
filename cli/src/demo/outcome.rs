//! What each order became, told by its run.

use std::collections::BTreeMap;

use anyhow::Context;
use bus::{BusError, RunView};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use sandbox::ledger::{Entry, Vendor};
use serde_json::Value;
use temporalio_client::{Client, UntypedQuery, UntypedWorkflow, WorkflowQueryOptions};
use temporalio_common::data_converters::{PayloadConverter, RawValue};

use super::{batch::Placed, house::House, watch::Stage};

/// Runs looked at together.
const TOGETHER: usize = 16;

/// What an order became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It has its Sales Order.
    Booked { number: String },
    /// It has none, or none that is finished.
    Not { stage: Stage, why: String },
}

/// An order and what it became.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) order: Placed,
    pub(super) outcome: Outcome,
    /// Milliseconds from the webhook to the tag.
    pub(super) millis: Option<i64>,
}

impl Outcome {
    /// From the run, and what it is waiting for if it is.
    pub(super) fn of(view: &RunView, details: Option<String>) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        if let Some(result) = &view.result {
            return Self::Booked { number: text(&result["salesOrderNumber"]).unwrap_or_else(|| "?".to_owned()) };
        }
        let stage = Stage::of_view(view);
        let trying = view.pending.first().map(|pending| {
            let last = pending.last_failure.as_deref().unwrap_or("no answer yet");
            format!("{}, attempt {}: {last}", pending.activity, pending.attempt)
        });
        let why = match stage {
            Stage::Parked => text(&view.problem["message"]),
            Stage::Failed => view.failure.as_deref().map(cause).map(str::to_owned),
            Stage::Waiting => details,
            _ => trying,
        };
        Self::Not { stage, why: why.unwrap_or_else(|| format!("the run is {}", view.status)) }
    }

    /// The reason that the verdict is given.
    pub(super) fn reason(&self) -> Option<String> {
        match self {
            // A run that still works has no reason to show no Sales Order; the verdict finds it missing.
            Self::Not { stage, why } if stage.is_settled() => Some(format!("{}: {why}", stage.word())),
            Self::Booked { .. } | Self::Not { .. } => None,
        }
    }
}

/// The SDK says that an activity or workflow failed before it says why.
fn cause(failure: &str) -> &str {
    ["Workflow failed: ", "Workflow execution failed: "]
        .iter()
        .find_map(|prefix| failure.strip_prefix(prefix))
        .unwrap_or(failure)
}

/// Looks at the run of every order.
pub(super) async fn of_all(house: &House, orders: Vec<Placed>) -> anyhow::Result<Vec<Line>> {
    let tagged = tagged(&house.sandbox.ledger.entries());
    stream::iter(orders)
        .map(|order| {
            let tagged = tagged.get(&order.id).copied();
            async move {
                let outcome = of_one(house, &order).await?;
                let millis = millis(order.at, tagged);
                Ok(Line { order, outcome, millis })
            }
        })
        .buffered(TOGETHER)
        .try_collect()
        .await
}

/// Looks at the run of one order.
pub(super) async fn of_one(house: &House, order: &Placed) -> anyhow::Result<Outcome> {
    let id = order.workflow_id();
    match house.bus.inspect(&id).await {
        Ok(view) => {
            let details =
                if Stage::of_view(&view) == Stage::Waiting { current_details(&house.client, &id).await } else { None };
            Ok(Outcome::of(&view, details))
        }
        Err(BusError::NotFound(_)) => {
            Ok(Outcome::Not { stage: Stage::Placed, why: "its webhook has not arrived".to_owned() })
        }
        Err(error) => Err(error).context(id),
    }
}

/// What the web UI shows as current details: the only place where a waiting run says what for.
async fn current_details(client: &Client, workflow_id: &str) -> Option<String> {
    let handle = client.get_workflow_handle::<UntypedWorkflow>(workflow_id);
    let query = UntypedQuery::new("__temporal_workflow_metadata");
    let answer = handle.query(query, RawValue::empty(), WorkflowQueryOptions::default()).await.ok()?;
    let metadata: Value = answer.to_value(&PayloadConverter::default());
    metadata["currentDetails"].as_str().map(|details| details.trim_start_matches("waiting for ").to_owned())
}

/// When each order was first tagged, by the shop's own ledger.
fn tagged(ledger: &[Entry]) -> BTreeMap<u64, Timestamp> {
    let mut tagged = BTreeMap::new();
    let tags = ledger.iter().filter(|entry| entry.vendor == Vendor::Shopify && entry.operation == "tagsAdd");
    for entry in tags.filter(|entry| entry.result.starts_with("ok")) {
        let id = entry.record.as_deref().and_then(|gid| gid.rsplit('/').next()?.parse().ok());
        if let Some(id) = id {
            tagged.entry(id).or_insert(entry.at);
        }
    }
    tagged
}

fn millis(from: Option<Timestamp>, to: Option<Timestamp>) -> Option<i64> {
    Some(to?.as_millisecond() - from?.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn view(fields: Value) -> RunView {
        let mut view = json!({
            "workflowId": "w:acme:1", "runId": "r", "workflow": "w", "status": "running", "agentStatus": "running",
            "brand": "acme", "documents": [], "lineage": null, "problem": null, "started": null, "closed": null,
            "historyLength": 3, "pending": [], "result": null, "failure": null,
        });
        view.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        serde_json::from_value(view).unwrap()
    }

    #[test]
    fn a_booked_order_tells_its_number() {
        let result = json!({"salesOrderId": "12", "salesOrderNumber": "SO1001", "total": "10.00 USD"});
        let outcome = Outcome::of(&view(json!({"status": "completed", "agentStatus": "done", "result": result})), None);
        assert_eq!(outcome, Outcome::Booked { number: "SO1001".into() });
        assert_eq!(outcome.reason(), None);
    }

    #[test]
    fn whatever_has_no_sales_order_tells_why() {
        let parked = view(json!({"agentStatus": "needsAttention", "problem": {"message": "no item X"}}));
        assert_eq!(Outcome::of(&parked, None).reason().as_deref(), Some("parked: no item X"));
        let failed = view(json!({"status": "failed", "failure": "Workflow failed: order #1 is a test"}));
        assert_eq!(Outcome::of(&failed, None).reason().as_deref(), Some("failed: order #1 is a test"));
        let waiting = view(json!({"agentStatus": "waiting"}));
        assert_eq!(Outcome::of(&waiting, Some("payment".into())).reason().as_deref(), Some("waiting: payment"));
        assert_eq!(Outcome::of(&waiting, None).reason().as_deref(), Some("waiting: the run is running"));
    }

    #[test]
    fn work_in_progress_is_no_reason() {
        let pending = json!([{"activity": "lookUpSalesOrder", "attempt": 3, "lastFailure": "busy"}]);
        let outcome = Outcome::of(&view(json!({"pending": pending})), None);
        let why = "lookUpSalesOrder, attempt 3: busy".to_owned();
        assert_eq!(outcome, Outcome::Not { stage: Stage::Running, why });
        assert_eq!(outcome.reason(), None);
    }

    #[test]
    fn the_first_accepted_tag_counts() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let entry = |second: i64, operation: &str, result: &str| Entry {
            seq: 1,
            at: at(second),
            vendor: Vendor::Shopify,
            operation: operation.into(),
            key: None,
            record: Some("gid://shopify/Order/5".into()),
            result: result.into(),
            body: Value::Null,
        };
        let ledger = [
            entry(1, "tagsRemove", "ok"),
            entry(2, "tagsAdd", "refused: busy"),
            entry(3, "tagsAdd", "ok, answer lost"),
            entry(4, "tagsAdd", "ok"),
        ];
        assert_eq!(tagged(&ledger), BTreeMap::from([(5, at(3))]));
        assert_eq!(millis(Some(at(1)), Some(at(3))), Some(2000));
        assert_eq!(millis(None, Some(at(3))), None);
    }
}
