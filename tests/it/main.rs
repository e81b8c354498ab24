//! End-to-end tests on a real Temporal server and the sandbox.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod bad_input;
mod canonical;
mod expected;
mod failures;
mod inbound;
mod inventory;
mod later;
mod liar;
mod operations;
mod order_to_cash;
mod parking;
mod replay;
mod spine;
mod verdict;
mod waiting;
mod world;
