//! The customer deposit, an upsert under its key, and its application: a transform, the only way in which NetSuite makes one.

use serde_json::json;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::contracts::{ApplyDeposit, CreateDeposit};

use super::{
    call, find_by_key, keyed,
    payment::{applications, money},
};
use crate::{Agents, creating};

const DEPOSIT: &str = "customerDeposit";
const APPLICATION: &str = "depositApplication";

/// The deposit under its key, of its Sales Order. Returns the internal id.
pub(crate) async fn create_deposit(
    agents: &Agents,
    ctx: &ActivityContext,
    request: CreateDeposit,
) -> Result<String, ActivityError> {
    let (account, key) = (agents.account_of(&request.brand)?, &request.draft.external_id);
    let mut body = money(&request.draft, &request.brand, &request.order);
    body["salesOrder"] = json!({ "id": request.sales_order_id });
    let ensured = creating::ensure(
        agents,
        ctx,
        keyed(account, key, request.looked_at, request.after_reset),
        |trace| find_by_key(agents, ctx, account, DEPOSIT, key, trace),
        |trace| async move {
            let put = account.client.upsert(DEPOSIT, key, &body, &[]);
            agents.attempt_leaving(ctx, &call("createCustomerDeposit", account), trace, put).await
        },
    );
    let id = ensured.await?.into_inner();
    tracing::info!(deposit.key = %key, deposit.id = %id, "took deposit {key}");
    Ok(id)
}

/// The application under its key. Returns the internal id.
pub(crate) async fn apply_deposit(
    agents: &Agents,
    ctx: &ActivityContext,
    request: ApplyDeposit,
) -> Result<String, ActivityError> {
    let application = &request.application;
    let (account, key) = (agents.account_of(&request.brand)?, &application.external_id);
    let body = json!({ "externalId": key, "apply": applications(std::slice::from_ref(&application.pays)) });
    let ensured = creating::ensure(
        agents,
        ctx,
        keyed(account, key, request.looked_at, request.after_reset),
        |trace| find_by_key(agents, ctx, account, APPLICATION, key, trace),
        |trace| async move {
            let transform = account.client.transform(DEPOSIT, &application.deposit, APPLICATION, &body);
            agents.attempt_leaving(ctx, &call("applyCustomerDeposit", account), trace, transform).await
        },
    );
    let id = ensured.await?.into_inner();
    tracing::info!(application.key = %key, application.id = %id, "applied deposit with {key}");
    Ok(id)
}
