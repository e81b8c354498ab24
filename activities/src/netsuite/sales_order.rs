//! The Sales Order: a creating write, its verification, its release.

use std::time::Duration;

use client_core::Error;
use client_netsuite::Id;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::contracts::{CreateSalesOrder, NETSUITE, SalesOrder, SalesOrderRef};

use super::{body, call};
use crate::{Agents, failure, vendors::Account};

const RECORD: &str = "salesOrder";
/// A look-up this old still says what is there "immediately before".
const FRESH: Duration = Duration::from_secs(5);

/// What an attempt leaves for the next one, as heartbeat details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Trace {
    /// The attempt that left it.
    attempt: u32,
    /// Since when a request may be on its way. None: nothing that was sent can still land.
    sent: Option<Timestamp>,
}

impl Trace {
    fn of(ctx: &ActivityContext, sent: Option<Timestamp>) -> Self {
        Self { attempt: ctx.info().attempt, sent }
    }

    /// What this attempt leaves if it dies on its way to the answer.
    fn on_its_way(ctx: &ActivityContext) -> Self {
        Self::of(ctx, Some(Timestamp::now()))
    }
}

/// Looks for the key immediately before every attempt; after an ambiguous answer it believes an empty look-up only
/// once the first request can no longer land. Returns the internal id.
pub(crate) async fn create_sales_order(
    agents: &Agents,
    ctx: &ActivityContext,
    request: CreateSalesOrder,
) -> Result<String, ActivityError> {
    let mut sent = sent_before(ctx, request.after_reset);
    let outcome = ensure(agents, ctx, &request, &mut sent).await;
    if outcome.is_err() {
        // The SDK holds heartbeats back for seconds, but a failure takes the last one along.
        ctx.record_heartbeat(Trace::of(ctx, sent)).await?;
    }
    outcome
}

/// Since when a request of an earlier attempt may be on its way. An attempt that left nothing may have died just after it
/// had sent its own; a run that was reset does not know what the run before it did.
fn sent_before(ctx: &ActivityContext, after_reset: bool) -> Option<Timestamp> {
    let attempt = ctx.info().attempt;
    if attempt == 1 {
        return after_reset.then(Timestamp::now);
    }
    match ctx.heartbeat_details().deserialize::<Trace>() {
        Ok(Some(trace)) if trace.attempt + 1 == attempt => trace.sent,
        _ => Some(Timestamp::now()),
    }
}

async fn ensure(
    agents: &Agents,
    ctx: &ActivityContext,
    request: &CreateSalesOrder,
    sent: &mut Option<Timestamp>,
) -> Result<String, ActivityError> {
    let (account, key) = (agents.account_of(&request.brand)?, &request.draft.external_id);
    let looked = Timestamp::now().duration_since(request.looked_at).unsigned_abs() < FRESH;
    if !(looked && sent.is_none() && ctx.info().attempt == 1) {
        if let Some(id) = find(agents, ctx, account, key).await? {
            agents.metrics.orders.with_label_values(&[&request.brand, "found"]).inc();
            return Ok(id);
        }
        settled(*sent, account.request_deadline, key)?;
        *sent = None;
    }
    let body = body::sales_order(&request.draft, &request.customer);
    let put = account.client.upsert(RECORD, key, &body, &["item"]);
    let trace = Trace::on_its_way(ctx);
    // The first heartbeat of an attempt is the one that leaves at once.
    ctx.record_heartbeat(trace).await?;
    let outcome = agents.attempt_leaving(ctx, &call("createSalesOrder", account), trace, put).await?;
    if !matches!(
        &outcome,
        Err(Error::Throttled { .. }
            | Error::Rejected { .. }
            | Error::Unauthorized { .. }
            | Error::Unavailable { sent: false, .. })
    ) {
        *sent = trace.sent;
    }
    let id = outcome.map_err(|e| match e {
        // Not the Sales Order is missing, but something that it refers to.
        Error::NotFound { what } => failure::never("Rejected", format!("netsuite: not found: {what}")),
        other => failure::of(other, ctx, NETSUITE, Duration::ZERO),
    })?;
    let seconds = Timestamp::now().duration_since(request.placed_at).as_secs_f64();
    agents.metrics.orders.with_label_values(&[&request.brand, "booked"]).inc();
    agents.metrics.order_to_sales_order.with_label_values(&[&request.brand]).observe(seconds.max(0.0));
    tracing::info!(sales_order.key = %key, sales_order.id = %id, "created Sales Order {key}");
    Ok(id)
}

/// May a look-up that found nothing be believed?
fn settled(sent: Option<Timestamp>, deadline: Duration, key: &str) -> Result<(), ActivityError> {
    let Some(at) = sent else { return Ok(()) };
    // Another machine's clock may have written the time; one that lies ahead means a longer wait, never a shorter one.
    let left = Duration::try_from((at + deadline).duration_since(Timestamp::now())).unwrap_or_default();
    if left.is_zero() {
        return Ok(());
    }
    let message = format!("netsuite: the answer to {key} was lost; it may still land for {} s", left.as_secs());
    Err(failure::again("Settling", message, Some(left.min(Duration::from_secs(10)))))
}

async fn find(
    agents: &Agents,
    ctx: &ActivityContext,
    account: &Account,
    key: &str,
) -> Result<Option<String>, ActivityError> {
    #[derive(Deserialize)]
    struct Head {
        id: String,
    }
    let get = account.client.get::<Head>(RECORD, Id::External(key), false, &["id"]);
    // If it dies here, the next attempt cannot tell whether it got further.
    let trace = Trace::on_its_way(ctx);
    match agents.attempt_leaving(ctx, &call("findSalesOrder", account), trace, get).await? {
        Ok(head) => Ok(Some(head.id)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(other) => Err(failure::of(other, ctx, NETSUITE, Duration::ZERO)),
    }
}

/// The Sales Order as NetSuite computed it.
pub(crate) async fn get_sales_order(
    agents: &Agents,
    ctx: &ActivityContext,
    which: SalesOrderRef,
) -> Result<SalesOrder, ActivityError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Head {
        id: String,
        tran_id: String,
        #[serde(deserialize_with = "client_netsuite::rows::decimal")]
        total: Decimal,
        entity: Value,
        #[serde(default)]
        order_status: Value,
        #[serde(default)]
        status: Value,
    }
    let account = agents.account_of(&which.brand)?;
    let fields = ["id", "tranId", "total", "entity", "orderStatus", "status"];
    let get = account.client.get::<Head>(RECORD, Id::Internal(&which.sales_order_id), false, &fields);
    let head = agents.call(ctx, call("getSalesOrder", account), get).await?;
    let letter = |status: &Value| status["id"].as_str().or(status.as_str()).map(str::to_owned);
    Ok(SalesOrder {
        id: head.id,
        number: head.tran_id,
        total: head.total,
        status: letter(&head.status).or_else(|| letter(&head.order_status)).unwrap_or_default(),
        customer: head.entity["id"].as_str().unwrap_or_default().to_owned(),
    })
}

/// Pending Approval to Pending Fulfillment.
pub(crate) async fn release(agents: &Agents, ctx: &ActivityContext, which: SalesOrderRef) -> Result<(), ActivityError> {
    let account = agents.account_of(&which.brand)?;
    let body = json!({ "orderStatus": { "id": "B" } });
    let patch = account.client.update(RECORD, Id::Internal(&which.sales_order_id), &body);
    agents.call(ctx, call("releaseSalesOrder", account), patch).await
}
