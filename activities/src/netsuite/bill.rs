//! The Invoice or Cash Sale: a transform of the Sales Order, which has no upsert.

use std::collections::BTreeMap;

use client_netsuite::{Id, rows};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::{
    contracts::{CreateBill, SalesOrderRef},
    domain::billing::BillDraft,
};

use super::{body::number, call, find_by_key, keyed};
use crate::{Agents, creating};

/// The bill under its key. Returns the internal id.
pub(crate) async fn create_bill(
    agents: &Agents,
    ctx: &ActivityContext,
    request: CreateBill,
) -> Result<String, ActivityError> {
    let (account, key) = (agents.account_of(&request.brand)?, &request.draft.external_id);
    let record = if request.draft.cash_sale.is_some() { "cashSale" } else { "invoice" };
    let (body, id) = (body(&request.draft), &request.sales_order_id);
    let ensured = creating::ensure(
        agents,
        ctx,
        keyed(account, key, request.looked_at, request.after_reset),
        |trace| find_by_key(agents, ctx, account, record, key, trace),
        |trace| async move {
            let transform = account.client.transform("salesOrder", id, record, &body);
            agents.attempt_leaving(ctx, &call("createBill", account), trace, transform).await
        },
    );
    let id = ensured.await?.into_inner();
    tracing::info!(bill.key = %key, bill.id = %id, "billed {key}");
    Ok(id)
}

/// What legacy tax takes of each line of the order, in percent.
pub(crate) async fn get_tax_rates(
    agents: &Agents,
    ctx: &ActivityContext,
    which: SalesOrderRef,
) -> Result<BTreeMap<u32, Decimal>, ActivityError> {
    #[derive(Deserialize)]
    struct Order {
        item: Lines,
    }
    #[derive(Deserialize)]
    struct Lines {
        items: Vec<Line>,
    }
    #[derive(Deserialize)]
    struct Line {
        line: u32,
        #[serde(rename = "taxRate1", default, deserialize_with = "rows::optional_decimal")]
        rate: Option<Decimal>,
    }
    let account = agents.account_of(&which.brand)?;
    let get = account.client.get::<Order>("salesOrder", Id::Internal(&which.sales_order_id), true, &["item"]);
    let order = agents.call(ctx, call("getTaxRates", account), get).await?;
    Ok(order.item.items.into_iter().filter_map(|line| Some((line.line, line.rate?))).collect())
}

fn body(draft: &BillDraft) -> Value {
    let billed = draft.lines.iter().map(|line| {
        let mut body = json!({ "orderLine": line.line, "amount": number(line.amount) });
        if let Some(quantity) = line.quantity {
            body["quantity"] = number(quantity);
        }
        if let Some(rate) = line.tax_rate {
            body["taxRate1"] = number(rate);
        }
        body
    });
    // NetSuite bills what is not listed.
    let left_out = draft.left_out.iter().map(|line| json!({ "orderLine": line, "quantity": 0 }));
    let mut body = json!({
        "externalId": draft.external_id,
        "item": { "items": billed.chain(left_out).collect::<Vec<_>>() },
    });
    if let Some(tender) = &draft.cash_sale {
        if let Some(method) = &tender.method {
            body["paymentOption"] = json!({ "id": method });
        }
        match &tender.account {
            Some(account) => body["account"] = json!({ "id": account }),
            None => body["undepFunds"] = json!(true),
        }
    }
    body
}
