//! What Shopify Payments has paid out. The only place that knows how an order's transaction is found on the balance.

use std::collections::BTreeSet;

use bus::{Event, EventKind};
use client_core::Result;
use client_shopify::Transaction;
use config::Settled;
use futures_util::{StreamExt, pin_mut};
use jiff::{SignedDuration, Timestamp};
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::contracts::{Changed, PollReport};

use super::call;
use crate::{Agents, netsuite, vendors::Store};

/// The gateway whose money is paid out.
pub(super) const GATEWAY: &str = "shopify_payments";
/// A charge may stand on the balance a little earlier than its transaction says.
const SLACK: SignedDuration = SignedDuration::from_mins(5);
/// A payout that has not reached the bank after so long will not be looked for any more; Shopify takes days.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Which of these transactions were paid out. The balance is read from the oldest of them on until all are found, mostly one
/// page. That a charge names the sale or capture itself is inferred from Shopify's words for `sourceOrderTransactionId`.
pub(super) async fn paid_out(store: &Store, transactions: &[&Transaction]) -> Result<BTreeSet<u64>> {
    let mut sought: BTreeSet<u64> = transactions.iter().map(|t| t.id).collect();
    let mut paid = BTreeSet::new();
    let Some(oldest) = transactions.iter().map(|t| t.processed_at).min() else { return Ok(paid) };
    let charges = store.client.charges_since(oldest - SLACK);
    pin_mut!(charges);
    while !sought.is_empty()
        && let Some(charge) = charges.next().await.transpose()?
    {
        if let Some(id) = charge.transaction.filter(|id| sought.remove(id))
            && charge.paid_out
        {
            paid.insert(id);
        }
    }
    Ok(paid)
}

/// Publishes every order with an open Invoice that is in a payout which has reached the bank since the last tick. A payout is
/// issued first and paid days later, and cannot be asked for by that day: those that were told are remembered.
pub(crate) async fn publish_paid_out(
    agents: &Agents,
    ctx: &ActivityContext,
    question: Changed,
) -> std::result::Result<PollReport, ActivityError> {
    let (brand, store) = (agents.brand(&question.brand)?, agents.store_of(&question.brand)?);
    let mut report = PollReport::default();
    if brand.payments.settled != Settled::PaidOut {
        return Ok(report);
    }
    let since = (Timestamp::now() - LOOK_BACK).max(brand.go_live);
    let (told, orders) = agents.call(ctx, call("payouts", store), news(store, since, &question.payouts)).await?;
    report.payouts = told;
    report.seen = orders.len() as u64;
    let open = netsuite::with_open_invoices(agents, ctx, &question.brand, &orders).await?;
    report.skipped = report.seen - open.len() as u64;
    for order in open {
        let event = Event::about(EventKind::InvoiceBooked, &question.brand, order);
        let published = agents.bus.publish(&event).await;
        published.map_err(|e| crate::failure::again("Unavailable", format!("temporal: {e}"), None))?;
        report.published += 1;
    }
    Ok(report)
}

/// The payouts that have reached the bank, and the orders of those that are not known yet.
async fn news(store: &Store, since: Timestamp, known: &BTreeSet<u64>) -> Result<(BTreeSet<u64>, BTreeSet<u64>)> {
    let (mut paid, mut orders) = (BTreeSet::new(), BTreeSet::new());
    let payouts = store.client.payouts_since(since);
    pin_mut!(payouts);
    while let Some(payout) = payouts.next().await.transpose()? {
        if !payout.paid {
            continue;
        }
        paid.insert(payout.id);
        if known.contains(&payout.id) {
            continue;
        }
        let charges = store.client.charges_of_payout(payout.id);
        pin_mut!(charges);
        while let Some(charge) = charges.next().await.transpose()? {
            orders.extend(charge.order);
        }
    }
    Ok((paid, orders))
}
