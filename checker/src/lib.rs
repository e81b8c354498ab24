#![doc = include_str!("../README.md")]

mod dcl;
mod judge;
mod kind;
mod netsuite;
mod shopify;
mod sign_in;
mod stages;
mod state;
mod table;
mod vendors;
mod verdict;
mod wire;

use std::collections::BTreeMap;

pub use dcl::Dcl;
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
pub use table::Table;
pub use vendors::Vendors;
pub use verdict::{Documents, OrderVerdict, Outcome, Summary, Verdict, Violation};
pub use wire::{Patience, ReadError};

/// Reads Shopify and NetSuite and judges what they hold; [`Vendors`] has the warehouse, too.
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
    Vendors { shopify, netsuite, dcl: None }.check(rules, query, reasons).await
}

/// Reads Shopify and NetSuite. An order that a Sales Order points to is read even if the query leaves it out.
pub async fn read(
    shopify: &Shopify,
    netsuite: &Netsuite,
    rules: &Rules,
    query: Option<&str>,
    reasons: BTreeMap<u64, String>,
) -> Result<State, ReadError> {
    Vendors { shopify, netsuite, dcl: None }.read(rules, query, reasons).await
}
