//! `ShopifyPaymentsAccount`.

use std::sync::PoisonError;

use apollo_compiler::response::JsonMap;
use serde_json::json;

use super::connection::Item;
use super::{Answer, Context, Node, text};
use crate::shopify::payouts::{self, Found};
use crate::shopify::search::{Search, order_sort};
use crate::shopify::state::gid;

/// What balance transactions can be searched by, as far as it is played here.
const MOVES: [&str; 3] = ["id", "processed_at", "payments_transfer_id"];
/// The same for payouts.
const PAYOUTS: [&str; 2] = ["id", "issued_at"];

pub(super) fn field(context: &Context<'_>, name: &str, arguments: &JsonMap) -> Answer {
    let (state, currency) = (context.shop.state(), &context.shop.options.currency);
    match name {
        "id" => Answer::Leaf(json!(gid("ShopifyPaymentsAccount", 1))),
        "balanceTransactions" => {
            let all = payouts::balance(&state, currency);
            found(context, name, arguments, all, &MOVES, "ShopifyPaymentsBalanceTransaction")
        }
        "payouts" => {
            let all = payouts::payouts(&state, currency);
            found(context, name, arguments, all, &PAYOUTS, "ShopifyPaymentsPayout")
        }
        _ => Answer::Plain,
    }
}

fn found(
    context: &Context<'_>,
    field: &str,
    arguments: &JsonMap,
    all: Vec<Found>,
    fields: &[&str],
    kind: &str,
) -> Answer {
    let query = text(arguments, "query").unwrap_or_default();
    let search = Search::by(query, fields);
    if let Some(warning) = search.warning(field, query) {
        context.search.lock().unwrap_or_else(PoisonError::into_inner).push(warning);
    }
    let key = text(arguments, "sortKey").unwrap_or_default();
    let kept = all.into_iter().filter(|one| search.finds(&one.searched));
    let items = kept.map(|one| Item {
        sort: order_sort(&one.searched, key),
        id: one.id,
        node: Node::Shape(kind.to_owned(), one.shape),
    });
    Answer::Paged(items.collect())
}
