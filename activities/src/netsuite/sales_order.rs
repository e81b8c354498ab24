//! The Sales Order: a creating write, its verification, its release.

use client_netsuite::Id;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::contracts::{CreateSalesOrder, SalesOrder, SalesOrderRef};

use super::{body, call, find_by_key, keyed};
use crate::{
    Agents,
    creating::{self, Ensured},
};

const RECORD: &str = "salesOrder";
/// The Sales Order under its key. Returns the internal id.
pub(crate) async fn create_sales_order(
    agents: &Agents,
    ctx: &ActivityContext,
    request: CreateSalesOrder,
) -> Result<String, ActivityError> {
    let (account, key) = (agents.account_of(&request.brand)?, &request.draft.external_id);
    let write = keyed(account, key, request.looked_at, request.after_reset);
    let body = body::sales_order(&request.draft, &request.customer);
    let ensured = creating::ensure(
        agents,
        ctx,
        write,
        |trace| find_by_key(agents, ctx, account, RECORD, key, trace),
        |trace| async move {
            let put = account.client.upsert(RECORD, key, &body, &["item"]);
            agents.attempt_leaving(ctx, &call("createSalesOrder", account), trace, put).await
        },
    );
    let (id, outcome) = match ensured.await? {
        Ensured::Found(id) => (id, "found"),
        Ensured::Made(id) => {
            let seconds = Timestamp::now().duration_since(request.placed_at).as_secs_f64();
            agents.metrics.order_to_sales_order.with_label_values(&[&request.brand]).observe(seconds.max(0.0));
            tracing::info!(sales_order.key = %key, sales_order.id = %id, "created Sales Order {key}");
            (id, "booked")
        }
    };
    agents.metrics.orders.with_label_values(&[&request.brand, outcome]).inc();
    Ok(id)
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
