#![doc = include_str!("../README.md")]

mod arguments;
mod bare;
mod binaries;
mod deployment;
mod history;
pub mod inventory;
mod life;
mod machine;
mod measure;
mod memory;
mod order;
mod process;
mod report;
mod shop;
mod stats;
mod table;

use anyhow::bail;
use clap::Parser;

use arguments::{Arguments, Command};

/// The whole program. Started by `cargo bench`, and by itself as the worker of the bare workflow.
///
/// # Errors
/// A binary cannot be built or started, an order does not arrive, or something that is measured cannot be read.
pub fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        bail!("another TLS provider is already installed");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if let Some(Command::BareWorker { address, namespace }) = &arguments.command {
        return runtime.block_on(bare::work(address, namespace));
    }
    if !arguments.bench {
        // `cargo test --all-targets` starts benchmarks without this flag, to see whether they compile.
        println!("nothing is measured; run cargo bench -p bench --bench orders");
        return Ok(());
    }
    let sizes = arguments.sizes();
    runtime.block_on(async {
        tokio::select! {
            done = report::run(&sizes, arguments.binaries.as_deref()) => done,
            _ = tokio::signal::ctrl_c() => bail!("interrupted"),
        }
    })
}
