//! The money of an order, in the booked currency.

use std::collections::{BTreeMap, BTreeSet};

use client_shopify::{MoneySet, OrderPayments, Transaction, TransactionKind, TransactionStatus};
use config::{BookedCurrency, Settled};
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::{contracts::ShopifyOrderRef, domain::payment};

use super::{
    call,
    order::pick,
    payouts::{GATEWAY, paid_out},
};
use crate::{Agents, failure};

/// What came in and was given back.
pub(crate) async fn received(
    agents: &Agents,
    ctx: &ActivityContext,
    which: ShopifyOrderRef,
) -> Result<payment::Received, ActivityError> {
    let (brand, store) = (agents.brand(&which.brand)?, agents.store_of(&which.brand)?);
    let payments = agents.call(ctx, call("payments", store), store.client.payments(which.order_id)).await?;
    let zone = brand.zone().map_err(|e| failure::never("Configuration", e.to_string()))?;
    let tests = brand.orders.allow_test_orders;
    let paid_out = match brand.payments.settled {
        Settled::Captured => None,
        Settled::PaidOut => {
            let counts = |t: &&Transaction| (tests || !t.test) && t.status == TransactionStatus::Success && came_in(t);
            let own: Vec<_> = payments.transactions.iter().filter(counts).filter(|t| t.gateway == GATEWAY).collect();
            Some(agents.call(ctx, call("balance", store), paid_out(store, &own)).await?)
        }
    };
    Ok(translate(payments, brand.orders.currency, zone, tests, paid_out.as_ref()))
}

fn came_in(transaction: &Transaction) -> bool {
    matches!(transaction.kind, TransactionKind::Sale | TransactionKind::Capture)
}

/// `paid_out`: the transactions of Shopify Payments that count; none: all do.
fn translate(
    from: OrderPayments,
    booked: BookedCurrency,
    zone: TimeZone,
    tests: bool,
    paid_out: Option<&BTreeSet<u64>>,
) -> payment::Received {
    let amount = |set: &MoneySet| pick(set, booked);
    let counts = |t: &&Transaction| tests || !t.test;
    let done = |t: &&Transaction| t.status == TransactionStatus::Success;
    let mut refunded: BTreeMap<u64, Decimal> = BTreeMap::new();
    for refund in from.transactions.iter().filter(counts).filter(done).filter(|t| t.kind == TransactionKind::Refund) {
        *refunded.entry(refund.parent.unwrap_or_default()).or_default() += amount(&refund.amount);
    }
    let mut settled: Vec<payment::Transaction> = from
        .transactions
        .iter()
        .filter(counts)
        .filter(done)
        .filter(|t| came_in(t))
        .map(|t| payment::Transaction {
            id: t.id,
            gateway: t.gateway.clone(),
            amount: amount(&t.amount),
            refunded: refunded.remove(&t.id).unwrap_or_default(),
            date: t.processed_at.to_zoned(zone.clone()).date(),
        })
        .collect();
    // A refund of an authorization, or of nothing that is named, comes off what came in last.
    let mut astray: Decimal = refunded.into_values().sum();
    for transaction in settled.iter_mut().rev() {
        let part = astray.min(transaction.amount - transaction.refunded).max(Decimal::ZERO);
        transaction.refunded += part;
        astray -= part;
    }
    let counts_already = |t: &payment::Transaction| match paid_out {
        Some(paid) => t.gateway != GATEWAY || paid.contains(&t.id),
        None => true,
    };
    let (settled, captured): (Vec<_>, Vec<_>) = settled.into_iter().partition(counts_already);
    let unpaid: Decimal = captured.iter().map(|t| t.amount - t.refunded).sum();
    let pending = |t: &&Transaction| {
        came_in(t) && matches!(t.status, TransactionStatus::Pending | TransactionStatus::AwaitingResponse)
    };
    payment::Received {
        name: from.name,
        currency: match booked {
            BookedCurrency::Shop => from.currency,
            BookedCurrency::Presentment => from.presentment_currency,
        },
        total: amount(&from.current_total),
        cancelled: from.cancelled,
        pending: unpaid
            + from.transactions.iter().filter(counts).filter(pending).map(|t| amount(&t.amount)).sum::<Decimal>(),
        settled,
    }
}
