//! The sandbox as plain HTTP clients see it.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test, as tests do")]

mod bulk;
mod catalogue;
mod control;
mod faults;
mod graphql;
mod payouts;
mod receiver;
mod sending;
mod stock;
mod support;
mod webhooks;
