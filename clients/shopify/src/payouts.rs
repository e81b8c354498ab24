//! The balance of Shopify Payments and its payouts. Needs the scope `read_shopify_payments_payouts`.
//!
//! An order's transaction does not tell whether it was paid out; the balance does, but cannot be asked by order. It can be
//! asked by time, and by payout: <https://shopify.dev/docs/api/admin-graphql/latest/objects/ShopifyPaymentsAccount>.

use client_core::{Error, Result};
use futures_util::Stream;
use jiff::Timestamp;

use crate::answer::more;
use crate::client::Client;
use crate::convert::number;
use crate::documents::{self, BalanceTransactions, Payouts};

/// Shopify's word for money that has reached the bank.
const PAID: &str = "PAID";
/// Shopify's word for a customer's payment.
const CHARGE: &str = "CHARGE";

/// A customer's payment on the balance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// The order's transaction, the number in its GID; none where Shopify names none.
    pub transaction: Option<u64>,
    /// The order, the number in its GID.
    pub order: Option<u64>,
    /// Has the payout that it is in reached the bank?
    pub paid_out: bool,
}

/// Money that leaves the balance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payout {
    /// The number in its GID.
    pub id: u64,
    /// Has it reached the bank?
    pub paid: bool,
}

impl Client {
    /// Customers' payments from `since` on, oldest first, to the end.
    pub fn charges_since(&self, since: Timestamp) -> impl Stream<Item = Result<Charge>> {
        self.charges(format!("processed_at:>='{since}'"))
    }

    /// Customers' payments in a payout, to the end.
    pub fn charges_of_payout(&self, payout: u64) -> impl Stream<Item = Result<Charge>> {
        self.charges(format!("payments_transfer_id:{payout}"))
    }

    fn charges(&self, query: String) -> impl Stream<Item = Result<Charge>> {
        async_stream::try_stream! {
            let mut after = None;
            loop {
                let variables = documents::balance_transactions::Variables { query: query.clone(), after };
                let account = self.send::<BalanceTransactions>(variables).await?.shopify_payments_account;
                let page = account.ok_or_else(no_account)?.balance_transactions;
                for one in page.nodes.into_iter().filter(|one| one.type_ == CHARGE) {
                    let order = one.associated_order.map(|order| number(&order.id, "associatedOrder.id"));
                    let transaction = one.source_order_transaction_id.map(|id| plain_number(&id));
                    yield Charge {
                        transaction: transaction.transpose()?,
                        order: order.transpose()?,
                        paid_out: one.associated_payout.status.as_deref() == Some(PAID),
                    };
                }
                let info = page.page_info;
                if !more(info.has_next_page, info.end_cursor.as_ref(), "balanceTransactions")? {
                    break;
                }
                after = info.end_cursor;
            }
        }
    }

    /// Payouts issued from `since` on, oldest first, to the end. One that was issued may reach the bank days later.
    pub fn payouts_since(&self, since: Timestamp) -> impl Stream<Item = Result<Payout>> {
        let query = format!("issued_at:>='{since}'");
        async_stream::try_stream! {
            let mut after = None;
            loop {
                let variables = documents::payouts::Variables { query: query.clone(), after };
                let account = self.send::<Payouts>(variables).await?.shopify_payments_account;
                let page = account.ok_or_else(no_account)?.payouts;
                for one in page.nodes {
                    yield Payout { id: number(&one.id, "payouts.nodes.id")?, paid: one.status == PAID };
                }
                if !more(page.page_info.has_next_page, page.page_info.end_cursor.as_ref(), "payouts")? {
                    break;
                }
                after = page.page_info.end_cursor;
            }
        }
    }
}

fn plain_number(text: &str) -> Result<u64> {
    text.parse().map_err(|_| Error::Unreadable {
        path: "balanceTransactions.nodes.sourceOrderTransactionId".to_owned(),
        detail: format!("{text:?} is no id"),
    })
}

fn no_account() -> Error {
    Error::Rejected {
        code: "NO_ACCOUNT".to_owned(),
        message: "the store has no account at Shopify Payments: nothing of it is ever paid out".to_owned(),
        field: Some("shopifyPaymentsAccount".to_owned()),
        status: 200,
        request_id: None,
    }
}
