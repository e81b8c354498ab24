//! NetSuite's activities.

mod bill;
mod body;
mod chain;
mod customer;
mod delivery;
mod deposit;
mod fulfillment;
mod inbound;
mod look_up;
mod marks;
mod payment;
mod purchases;
mod receipt;
mod sales_order;
mod waiting;

use std::time::Duration;

use client_core::Error;
use client_netsuite::Id;
use jiff::Timestamp;
use serde::Deserialize;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::contracts::NETSUITE;

pub(crate) use bill::{create_bill, get_tax_rates};
pub(crate) use chain::{identify, read_chain};
pub(crate) use customer::ensure_customer;
pub(crate) use delivery::get_delivery;
pub(crate) use deposit::{apply_deposit, create_deposit};
pub(crate) use fulfillment::create_fulfillment;
pub(crate) use inbound::{close_inbound, mark_inbound, read_inbound_order};
pub(crate) use look_up::look_up;
pub(crate) use marks::{close, hold, link_fulfillment, mark_invoiced, mark_sent};
pub(crate) use payment::{apply_payment, create_payment};
pub(crate) use purchases::{AnnouncedOrder, announced, publish_waiting_purchases};
pub(crate) use receipt::{create_receipt, read_item_receipts};
pub(crate) use sales_order::{create_sales_order, get_sales_order, release};
pub(crate) use waiting::{Shipped, publish_waiting, shipped, with_open_invoices};

use crate::{
    Agents,
    creating::{Trace, Write},
    failure,
    vendors::{Account, Call},
};

fn call<'a>(operation: &'static str, account: &'a Account) -> Call<'a> {
    Call { vendor: NETSUITE, operation, pool: &account.pool }
}

/// A creating write under an `externalId`.
fn keyed<'a>(account: &Account, key: &'a str, looked_at: Timestamp, after_reset: bool) -> Write<'a> {
    let deadline = account.request_deadline;
    Write { vendor: NETSUITE, key, looked_at: Some(looked_at), after_reset, deadline }
}

/// Internal id of the record with this `externalId`.
async fn find_by_key(
    agents: &Agents,
    ctx: &ActivityContext,
    account: &Account,
    record: &str,
    key: &str,
    trace: Trace,
) -> Result<Option<String>, ActivityError> {
    #[derive(Deserialize)]
    struct Head {
        id: String,
    }
    let get = account.client.get::<Head>(record, Id::External(key), false, &["id"]);
    match agents.attempt_leaving(ctx, &call("findByKey", account), trace, get).await? {
        Ok(head) => Ok(Some(head.id)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(other) => Err(failure::of(other, ctx, NETSUITE, Duration::ZERO)),
    }
}
