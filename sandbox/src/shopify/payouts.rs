//! Shopify Payments: what moved on the shop's balance, and the payouts by which it leaves.
//!
//! Every successful sale, capture and refund through `shopify_payments` is a balance transaction. Fees are not played: they
//! are 0. Payouts are made by hand.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::derive::list;
use super::state::{BadRecord, State, gid};
use super::{Shop, money_of};
use crate::money::Bag;

/// The gateway whose money is on the balance.
const GATEWAY: &str = "shopify_payments";

/// Money on its way to the merchant's bank.
pub(crate) struct Payout {
    pub(crate) id: u64,
    issued_at: Timestamp,
    paid: bool,
    net: Decimal,
    moves: BTreeSet<u64>,
}

/// A record in the shape that a search looks at, and in GraphQL's.
pub(crate) struct Found {
    pub(crate) id: u64,
    pub(crate) searched: Value,
    pub(crate) shape: Value,
}

impl Payout {
    fn status(&self) -> &'static str {
        if self.paid { "PAID" } else { "SCHEDULED" }
    }
}

/// A transaction that moved the balance, with its order.
fn moved(order: &Value) -> impl Iterator<Item = &Value> {
    list(order, "transactions").iter().filter(|one| {
        let kind = one["kind"].as_str().unwrap_or_default();
        one["gateway"] == GATEWAY && one["status"] == "success" && matches!(kind, "sale" | "capture" | "refund")
    })
}

fn amount(transaction: &Value) -> Decimal {
    let amount = Bag::field(transaction, "amount").shop;
    if transaction["kind"] == "refund" { -amount } else { amount }
}

/// Everything that moved the balance.
pub(crate) fn balance(state: &State, currency: &str) -> Vec<Found> {
    let of = |order: &Value, one: &Value| {
        let id = one["id"].as_u64()?;
        let payout = state.payouts.iter().find(|payout| payout.moves.contains(&id));
        let (amount, refund) = (amount(one), one["kind"] == "refund");
        let shape = json!({
            "id": gid("ShopifyPaymentsBalanceTransaction", id),
            "amount": money_of(amount, currency),
            "fee": money_of(Decimal::ZERO, currency),
            "net": money_of(amount, currency),
            "type": if refund { "REFUND" } else { "CHARGE" },
            "sourceType": if refund { "REFUND" } else { "CHARGE" },
            "sourceId": id,
            "sourceOrderTransactionId": id,
            "test": one["test"] == true,
            "transactionDate": one["processed_at"],
            "associatedOrder": { "id": order["admin_graphql_api_id"], "name": order["name"] },
            "associatedPayout": {
                "id": payout.map(|payout| gid("ShopifyPaymentsPayout", payout.id)),
                "status": payout.map_or("PENDING", Payout::status),
            },
        });
        let searched = json!({
            "id": id,
            "processed_at": one["processed_at"],
            "payments_transfer_id": payout.map(|payout| payout.id.to_string()),
        });
        Some(Found { id, searched, shape })
    };
    state.orders().flat_map(|order| moved(order).filter_map(move |one| of(order, one))).collect()
}

/// Every payout.
pub(crate) fn payouts(state: &State, currency: &str) -> Vec<Found> {
    let shape = |payout: &Payout| Found {
        id: payout.id,
        searched: json!({ "id": payout.id, "issued_at": payout.issued_at.to_string() }),
        shape: json!({
            "id": gid("ShopifyPaymentsPayout", payout.id),
            "legacyResourceId": payout.id,
            "issuedAt": payout.issued_at.to_string(),
            "net": money_of(payout.net, currency),
            "status": payout.status(),
            "transactionType": "DEPOSIT",
        }),
    };
    state.payouts.iter().map(shape).collect()
}

impl Shop {
    /// Shopify puts all that is on the balance into a payout, which is scheduled: the bank does not have it yet. Returns the
    /// payout's id.
    pub fn schedule_payout(&self) -> Result<u64, BadRecord> {
        let now = self.inner.clock.now();
        let mut state = self.inner.state();
        let known: BTreeSet<u64> = state.payouts.iter().flat_map(|payout| payout.moves.iter().copied()).collect();
        let (mut moves, mut net) = (BTreeSet::new(), Decimal::ZERO);
        for order in state.orders() {
            for one in moved(order) {
                if let Some(id) = one["id"].as_u64().filter(|id| !known.contains(id)) {
                    moves.insert(id);
                    net += amount(one);
                }
            }
        }
        if moves.is_empty() {
            return Err(BadRecord::new("payout", "there is nothing on the balance"));
        }
        let id = state.next_id();
        state.payouts.push(Payout { id, issued_at: now, paid: false, net, moves });
        Ok(id)
    }

    /// A scheduled payout reaches the bank.
    pub fn pay_out(&self, payout: u64) -> Result<(), BadRecord> {
        let mut state = self.inner.state();
        let found = state.payouts.iter_mut().find(|one| one.id == payout);
        found.ok_or_else(|| BadRecord::new("payout", format!("there is no payout {payout}")))?.paid = true;
        Ok(())
    }
}
