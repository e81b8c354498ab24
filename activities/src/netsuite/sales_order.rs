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
/// A regular attempt says so often that it is alive.
const ALIVE: Duration = Duration::from_secs(3);

/// What an attempt leaves for the next one, as heartbeat details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Trace {
    /// The request may have gone out at this time.
    Sent(Timestamp),
    /// NetSuite has said that it did nothing.
    NotSent,
}

/// Looks for the key immediately before every attempt; after an ambiguous answer it believes an empty look-up only
/// once the first request can no longer land. Returns the internal id.
pub(crate) async fn create_sales_order(
    agents: &Agents,
    ctx: &ActivityContext,
    request: CreateSalesOrder,
) -> Result<String, ActivityError> {
    let (account, key) = (agents.account_of(&request.brand)?, &request.draft.external_id);
    let trace = trace(ctx);
    let looked = Timestamp::now().duration_since(request.looked_at).unsigned_abs() < FRESH;
    if !(looked && trace == Trace::NotSent && ctx.info().attempt == 1) {
        ctx.record_heartbeat(trace).await?;
        if let Some(id) = find(agents, ctx, account, key).await? {
            agents.metrics.orders.with_label_values(&[&request.brand, "found"]).inc();
            return Ok(id);
        }
        settled(trace, account.request_deadline, key)?;
    }
    let body = body::sales_order(&request.draft);
    ctx.record_heartbeat(Trace::Sent(Timestamp::now())).await?;
    let put = account.client.upsert(RECORD, key, &body, &["item"]);
    let outcome = match alive(ctx, agents.attempt(ctx, &call("createSalesOrder", account), put)).await {
        Ok(outcome) => outcome,
        Err(busy) => {
            ctx.record_heartbeat(Trace::NotSent).await?;
            return Err(busy);
        }
    };
    if let Err(
        Error::Throttled { .. }
        | Error::Rejected { .. }
        | Error::Unauthorized { .. }
        | Error::Unavailable { sent: false, .. },
    ) = &outcome
    {
        ctx.record_heartbeat(Trace::NotSent).await?;
    }
    let id = outcome.map_err(|e| failure::of(e, ctx, NETSUITE, Duration::ZERO))?;
    let seconds = Timestamp::now().duration_since(request.placed_at).as_secs_f64();
    agents.metrics.orders.with_label_values(&[&request.brand, "booked"]).inc();
    agents.metrics.order_to_sales_order.with_label_values(&[&request.brand]).observe(seconds.max(0.0));
    tracing::info!(sales_order.key = %key, sales_order.id = %id, "created Sales Order {key}");
    Ok(id)
}

/// What the attempt before left. One that left nothing may have sent its request just before it died.
fn trace(ctx: &ActivityContext) -> Trace {
    match ctx.heartbeat_details().deserialize::<Trace>() {
        Ok(Some(trace)) => trace,
        _ if ctx.info().attempt == 1 => Trace::NotSent,
        _ => Trace::Sent(Timestamp::now()),
    }
}

/// May a look-up that found nothing be believed?
fn settled(trace: Trace, deadline: Duration, key: &str) -> Result<(), ActivityError> {
    let Trace::Sent(at) = trace else { return Ok(()) };
    let passed = Timestamp::now().duration_since(at).unsigned_abs();
    let left = deadline.saturating_sub(passed);
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
    match agents.attempt(ctx, &call("findSalesOrder", account), get).await? {
        Ok(head) => Ok(Some(head.id)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(other) => Err(failure::of(other, ctx, NETSUITE, Duration::ZERO)),
    }
}

/// Runs a call while heartbeating what the attempt left last, so that a dead worker is noticed within seconds.
async fn alive<T>(ctx: &ActivityContext, call: impl Future<Output = T>) -> T {
    let sent = Trace::Sent(Timestamp::now());
    futures_util::pin_mut!(call);
    loop {
        tokio::select! {
            done = &mut call => return done,
            () = tokio::time::sleep(ALIVE) => {
                if let Err(error) = ctx.record_heartbeat(sent).await {
                    tracing::warn!("heartbeat not recorded: {error}");
                }
            }
        }
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
