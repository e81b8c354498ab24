#![doc = include_str!("../README.md")]

mod binary;
mod install;
mod namespace;
mod server;
mod watchdog;

pub use namespace::{connect, create_namespace};
pub use server::{Options, Server, obtain};
pub use temporalio_common::protos::temporal::api::enums::v1::IndexedValueType;

/// The `temporal` command line, found or installed as for a server.
///
/// # Errors
/// As for [`obtain`].
pub async fn command_line() -> anyhow::Result<std::path::PathBuf> {
    binary::obtain(&|_: &str| {}).await
}
