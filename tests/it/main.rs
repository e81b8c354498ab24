//! End-to-end tests on a real Temporal server and the sandbox.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod spine;
mod world;
