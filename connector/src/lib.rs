#![doc = include_str!("../README.md")]

mod app;
mod auth;
mod body;
mod commands;
mod error;
mod grpc;
mod metrics;
mod openapi;
mod rest;
mod server;
mod shopify;

use std::sync::Arc;

use tokio::net::TcpListener;

pub use server::serve;

/// What the connector needs to serve.
pub struct Options {
    /// Brands, tokens, limits.
    pub config: Arc<config::Config>,
    /// The way to Temporal.
    pub bus: bus::Bus,
    /// Where it listens, for REST, webhooks and gRPC alike.
    pub listener: TcpListener,
}

#[cfg(test)]
mod tests;
