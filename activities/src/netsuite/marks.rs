//! The marks that say that an agent is done: flags and names, which a repeat sets again.

use client_netsuite::Id;
use serde_json::{Value, json};
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::contracts::{LinkFulfillment, MarkSent, SalesOrderLines, SalesOrderRef};

use super::call;
use crate::Agents;

/// The warehouse has the order.
pub(crate) async fn mark_sent(agents: &Agents, ctx: &ActivityContext, mark: MarkSent) -> Result<(), ActivityError> {
    let body = json!({ "custbody_sent_to_3pl": true, "custbody_dcl_order_number": mark.dcl_order_number });
    set(agents, ctx, &mark.brand, ("markSent", "salesOrder", &mark.sales_order_id), body).await
}

/// The order is billed in full.
pub(crate) async fn mark_invoiced(
    agents: &Agents,
    ctx: &ActivityContext,
    which: SalesOrderRef,
) -> Result<(), ActivityError> {
    let body = json!({ "custbody_o2c_invoiced": true });
    set(agents, ctx, &which.brand, ("markInvoiced", "salesOrder", &which.sales_order_id), body).await
}

/// The order is kept from the warehouse.
pub(crate) async fn hold(agents: &Agents, ctx: &ActivityContext, which: SalesOrderRef) -> Result<(), ActivityError> {
    let body = json!({ "custbody_o2c_hold": true });
    set(agents, ctx, &which.brand, ("holdSalesOrder", "salesOrder", &which.sales_order_id), body).await
}

/// Nothing more will come of these lines.
pub(crate) async fn close(agents: &Agents, ctx: &ActivityContext, lines: SalesOrderLines) -> Result<(), ActivityError> {
    let closed = lines.lines.iter().map(|line| json!({ "line": line, "isClosed": true }));
    let body = json!({ "item": { "items": closed.collect::<Vec<_>>() } });
    set(agents, ctx, &lines.brand, ("closeSalesOrder", "salesOrder", &lines.sales_order_id), body).await
}

/// The Item Fulfillment names its Shopify fulfillments and its tracking numbers.
pub(crate) async fn link_fulfillment(
    agents: &Agents,
    ctx: &ActivityContext,
    link: LinkFulfillment,
) -> Result<(), ActivityError> {
    let shopify: Vec<String> = link.shopify.iter().map(u64::to_string).collect();
    let body = json!({
        "custbody_shopify_fulfillment_id": shopify.join(","),
        "custbody_o2c_tracking": link.tracking.join(","),
    });
    set(agents, ctx, &link.brand, ("linkFulfillment", "itemFulfillment", &link.fulfillment_id), body).await
}

pub(super) async fn set(
    agents: &Agents,
    ctx: &ActivityContext,
    brand: &str,
    (operation, record, id): (&'static str, &str, &str),
    body: Value,
) -> Result<(), ActivityError> {
    let account = agents.account_of(brand)?;
    agents.call(ctx, call(operation, account), account.client.update(record, Id::Internal(id), &body)).await
}
