//! The money of an order.

use client_core::{Error, Result};
use jiff::Timestamp;
use serde::Deserialize;

use crate::client::Client;
use crate::convert::number;
use crate::documents::{Payments, payments as wire};
use crate::fulfillment::{MOST, too_long};
use crate::order::{FinancialStatus, Money, MoneySet};

/// How an order was paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderPayments {
    /// What people call the order, such as `#1001`.
    pub name: String,
    /// The shop's currency.
    pub currency: String,
    /// The customer's currency.
    pub presentment_currency: String,
    /// What the order came to when it was placed.
    pub total: MoneySet,
    /// What it comes to now.
    pub current_total: MoneySet,
    /// Whether it is cancelled.
    pub cancelled: bool,
    /// Its payment state; none where it has no transactions.
    pub financial_status: Option<FinancialStatus>,
    /// All its transactions, failed ones too, oldest first.
    pub transactions: Vec<Transaction>,
}

/// A movement of money, or an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// The number in its GID.
    pub id: u64,
    /// What it does.
    pub kind: TransactionKind,
    /// Whether it did it.
    pub status: TransactionStatus,
    /// The gateway's name, such as `shopify_payments` or `gift_card`; empty where Shopify names none.
    pub gateway: String,
    /// How much, never negative: a refund is one by its kind.
    pub amount: MoneySet,
    /// When it was processed; when it was made where Shopify does not say.
    pub processed_at: Timestamp,
    /// The authorization that it captures, or the payment that it gives back.
    pub parent: Option<u64>,
    /// Whether it went through a test gateway.
    pub test: bool,
}

/// What a transaction does.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TransactionKind {
    /// Reserves money.
    Authorization,
    /// Takes what was reserved.
    Capture,
    /// Gives change at a till.
    Change,
    /// Reserves money by a chip card.
    EmvAuthorization,
    /// Gives money back.
    Refund,
    /// Takes money at once.
    Sale,
    /// Proposes a refund; no money moves.
    SuggestedRefund,
    /// Gives a reservation back.
    Void,
    /// A kind that this version does not know.
    #[serde(untagged)]
    Other(String),
}

/// Whether a transaction did what it was to do.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TransactionStatus {
    /// The customer or gateway has yet to answer.
    AwaitingResponse,
    /// Something broke.
    Error,
    /// It was declined.
    Failure,
    /// It is under way.
    Pending,
    /// It did.
    Success,
    /// Nobody knows.
    Unknown,
    /// A state that this version does not know.
    #[serde(untagged)]
    Other(String),
}

impl Client {
    /// How an order was paid, in one request.
    pub async fn payments(&self, order_id: u64) -> Result<OrderPayments> {
        let variables = wire::Variables { id: format!("gid://shopify/Order/{order_id}") };
        let order = self.send::<Payments>(variables).await?.order;
        let order = order.ok_or_else(|| Error::NotFound { what: format!("order {order_id}") })?;
        if order.transactions.len() >= MOST {
            return Err(too_long(order_id, "order.transactions"));
        }
        Ok(OrderPayments {
            name: order.name,
            currency: order.currency_code,
            presentment_currency: order.presentment_currency_code,
            total: money(order.total_price_set),
            current_total: money(order.current_total_price_set),
            cancelled: order.cancelled_at.is_some(),
            financial_status: order.display_financial_status,
            transactions: order.transactions.into_iter().map(transaction).collect::<Result<_>>()?,
        })
    }
}

fn transaction(one: wire::PaymentsOrderTransactions) -> Result<Transaction> {
    let parent = one.parent_transaction.map(|parent| number(&parent.id, "order.transactions.parentTransaction.id"));
    Ok(Transaction {
        id: number(&one.id, "order.transactions.id")?,
        kind: one.kind,
        status: one.status,
        gateway: one.gateway.unwrap_or_default(),
        amount: money(one.amount_set),
        processed_at: one.processed_at.unwrap_or(one.created_at),
        parent: parent.transpose()?,
        test: one.test,
    })
}

fn money(set: wire::MoneySet) -> MoneySet {
    let side = |amount: wire::Amount| Money { amount: amount.amount, currency: amount.currency_code };
    MoneySet { shop: side(set.shop_money), presentment: side(set.presentment_money) }
}
