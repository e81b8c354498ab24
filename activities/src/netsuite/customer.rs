//! A customer under our key. Never one that exists already under another.

use client_core::Error;
use serde_json::{Value, json};
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::{
    contracts::EnsureCustomer,
    domain::customer::{CustomerDraft, choose},
};

use super::{call, look_up};
use crate::{Agents, failure};

/// Creates the customer. NetSuite's "already exists" may mean a namesake: it is adopted only if key or e-mail say so.
pub(crate) async fn ensure_customer(
    agents: &Agents,
    ctx: &ActivityContext,
    request: EnsureCustomer,
) -> Result<String, ActivityError> {
    let (account, draft) = (agents.account_of(&request.brand)?, &request.customer);
    let create = |body: Value| async move { account.client.upsert("customer", &draft.external_id, &body, &[]).await };
    let refusal = match agents.attempt(ctx, &call("createCustomer", account), create(body(draft, false))).await? {
        Err(Error::Rejected { message, .. }) if message.contains("already exists") => message,
        other => return other.map_err(|e| failure::of(e, ctx, "netsuite", agents.config.worker.not_found_patience)),
    };
    let found = agents.call(ctx, call("lookUpCustomer", account), look_up::customers(&account.client, draft)).await?;
    match choose(draft, &found) {
        Ok(Some(id)) => Ok(id),
        Ok(None) => agents.call(ctx, call("createCustomer", account), create(body(draft, true))).await,
        Err(problem) => Err(failure::never("Rejected", format!("{refusal}; {}", problem.message))),
    }
}

/// No address: sublists append, and a repeat would double it. The Sales Order carries the addresses.
fn body(draft: &CustomerDraft, unique_name: bool) -> Value {
    let person = !draft.first_name.is_empty();
    let mut body = json!({
        "isPerson": person,
        "subsidiary": { "id": draft.subsidiary },
        "currency": { "id": draft.currency },
    });
    if person {
        body["firstName"] = json!(draft.first_name);
        body["lastName"] = json!(draft.last_name);
    } else {
        body["companyName"] = json!(draft.last_name);
    }
    if let Some(email) = &draft.email {
        body["email"] = json!(email);
    }
    if let Some(phone) = &draft.phone {
        body["phone"] = json!(phone);
    }
    if unique_name {
        body["entityId"] = json!(draft.unique_name);
    }
    body
}
