//! The customer payment: an upsert under its key, applied to Invoices by their ids.

use client_netsuite::Id;
use serde_json::{Value, json};
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::{
    contracts::{ApplyPayment, CreatePayment},
    domain::payment::{Application, PaymentDraft},
};

use super::{body::number, call, find_by_key, keyed};
use crate::{Agents, creating};

const RECORD: &str = "customerPayment";

/// The payment under its key. Returns the internal id.
pub(crate) async fn create_payment(
    agents: &Agents,
    ctx: &ActivityContext,
    request: CreatePayment,
) -> Result<String, ActivityError> {
    let (account, key) = (agents.account_of(&request.brand)?, &request.draft.external_id);
    let body = body(&request);
    let ensured = creating::ensure(
        agents,
        ctx,
        keyed(account, key, request.looked_at, request.after_reset),
        |trace| find_by_key(agents, ctx, account, RECORD, key, trace),
        |trace| async move {
            let put = account.client.upsert(RECORD, key, &body, &[]);
            agents.attempt_leaving(ctx, &call("createCustomerPayment", account), trace, put).await
        },
    );
    let id = ensured.await?.into_inner();
    tracing::info!(payment.key = %key, payment.id = %id, "booked payment {key}");
    Ok(id)
}

/// Applies a payment to further Invoices. `apply` is keyed by Invoice: a repeat changes nothing.
pub(crate) async fn apply_payment(
    agents: &Agents,
    ctx: &ActivityContext,
    request: ApplyPayment,
) -> Result<(), ActivityError> {
    let account = agents.account_of(&request.brand)?;
    let body = json!({ "apply": applications(&request.apply) });
    let patch = account.client.update(RECORD, Id::Internal(&request.payment_id), &body);
    agents.call(ctx, call("applyCustomerPayment", account), patch).await
}

fn body(request: &CreatePayment) -> Value {
    let mut body = money(&request.draft, &request.brand, &request.order);
    body["autoApply"] = json!(false);
    body["apply"] = applications(&request.draft.apply);
    body
}

/// What a payment and a deposit have in common.
pub(super) fn money(draft: &PaymentDraft, brand: &str, order: &str) -> Value {
    let mut body = json!({
        "customer": { "id": draft.customer },
        "currency": { "id": draft.currency },
        "payment": number(draft.amount),
        "tranDate": draft.date.to_string(),
        "custbody_shopify_transaction_id": draft.transaction.to_string(),
        "custbody_shopify_order_id": order,
        "custbody_o2c_brand": brand,
    });
    if let Some(method) = &draft.tender.method {
        body["paymentOption"] = json!({ "id": method });
    }
    match &draft.tender.account {
        Some(account) => body["account"] = json!({ "id": account }),
        None => body["undepFunds"] = json!(true),
    }
    body
}

pub(super) fn applications(apply: &[Application]) -> Value {
    let items = apply.iter().map(|a| json!({ "doc": { "id": a.invoice }, "apply": true, "amount": number(a.amount) }));
    json!({ "items": items.collect::<Vec<_>>() })
}
