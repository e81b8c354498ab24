#![doc = include_str!("../README.md")]

mod judge;
mod kind;
mod netsuite;
mod shopify;
mod sign_in;
mod stages;
mod state;
mod verdict;
mod wire;

use std::collections::{BTreeMap, BTreeSet};

pub use judge::judge;
pub use kind::Kind;
pub use netsuite::Netsuite;
pub use shopify::{Shopify, ShopifyAuth};
pub use sign_in::NetsuiteAuth;
pub use stages::{
    Bill, Billing, Carton, Fulfillment, Later, Line, Paper, Payment, Progress, Stages, StoreFulfillment, StoreSide,
    Taken, Transaction, WarehouseOrder,
};
pub use state::{Booked, Customer, List, Money, Order, Rules, SalesOrder, State};
pub use verdict::{Documents, OrderVerdict, Outcome, Summary, Verdict, Violation};
pub use wire::{Patience, ReadError};

/// Reads both vendors and judges what they hold.
///
/// `query` narrows the orders (Shopify's search syntax), `reasons` says by order id why an order has no
/// finished Sales Order. The vendors must be at rest: an order placed during the reading counts as missing.
pub async fn check(
    shopify: &Shopify,
    netsuite: &Netsuite,
    rules: &Rules,
    query: Option<&str>,
    reasons: BTreeMap<u64, String>,
) -> Result<Verdict, ReadError> {
    let state = read(shopify, netsuite, rules, query, reasons).await?;
    Ok(judge(&state, rules))
}

/// Reads both vendors. An order that a Sales Order points to is read even if the query leaves it out.
pub async fn read(
    shopify: &Shopify,
    netsuite: &Netsuite,
    rules: &Rules,
    query: Option<&str>,
    reasons: BTreeMap<u64, String>,
) -> Result<State, ReadError> {
    let (sales_orders, sales_order_list) = netsuite.sales_orders(&rules.brand).await?;
    let (mut orders, order_list) = shopify.orders(query).await?;
    let mut known: BTreeSet<u64> = orders.iter().map(|order| order.id).collect();
    if query.is_some() {
        for id in sales_orders.iter().filter_map(|s| s.order.as_ref()?.parse().ok()) {
            if known.insert(id) {
                orders.extend(shopify.order(id).await?);
            }
        }
    }
    let customers = netsuite.customers(sales_orders.iter().map(|s| s.customer.clone()).collect()).await?;
    Ok(State {
        orders,
        sales_orders,
        customers,
        reasons,
        later: Later::default(),
        lists: vec![order_list, sales_order_list],
    })
}
