//! What a sync of the stock costs: time beside a bare HTTP client's, requests, points, CPU, memory, history.

mod floor;
mod recorder;
mod report;
mod runs;
mod site;

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Parser;
use temporal_server::Server;
use temporalio_client::Client;

use crate::{binaries::Binaries, machine, process, table::Table};
use floor::Floor;
use runs::Runs;
use site::{Limits, Site};

const NAMESPACE: &str = "inventory";

/// Measures what a sync of the stock costs, beside the same requests from a bare HTTP client.
#[derive(Parser)]
#[command(name = "inventory")]
struct Arguments {
    /// Sizes of the catalogue
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000, 100_000])]
    skus: Vec<u32>,
    /// Locations at which every SKU is stocked
    #[arg(long, default_value_t = 2)]
    locations: u32,
    /// Leave out the run under the vendors' own rate limits, with the largest catalogue
    #[arg(long)]
    without_limits: bool,
    /// A directory with the binaries connector, agent and sandbox, taken as they are
    #[arg(long, env = "BENCH_BINARIES")]
    binaries: Option<PathBuf>,
    /// Passed by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

/// What one size gave.
struct Measured {
    skus: u32,
    locations: u32,
    runs: Runs,
    floor: Floor,
    /// Most resident memory of the agent, in MB.
    peak: f64,
}

/// The whole program.
///
/// # Errors
/// A binary cannot be built or started, a sync fails, or something that is measured cannot be read.
pub fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        bail!("another TLS provider is already installed");
    }
    if !arguments.bench {
        // `cargo test --all-targets` starts benchmarks without this flag, to see whether they compile.
        println!("nothing is measured; run cargo bench -p bench --bench inventory");
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        tokio::select! {
            done = run(&arguments) => done,
            _ = tokio::signal::ctrl_c() => bail!("interrupted"),
        }
    })
}

async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let binaries = Binaries::obtain(arguments.binaries.as_deref())?;
    let machine = machine::description(&binaries.profile, "inventory");
    let directory = tempfile::tempdir()?;
    let server = temporal_server::obtain(&Default::default(), |line| eprintln!("{line}")).await?;
    let mut measured = Vec::new();
    for skus in &arguments.skus {
        measured.push(size(&binaries, &server, directory.path(), *skus, arguments.locations).await?);
    }
    let mut table = Table::default();
    for one in &measured {
        report::size(&mut table, one);
    }
    report::growth(&mut table, &measured);
    if let (Some(skus), false) = (arguments.skus.iter().max(), arguments.without_limits) {
        let client = namespace(&server, &format!("{NAMESPACE}-limits")).await?;
        let under = Limits::Real;
        let site =
            Site::start(&binaries, &server, &client, directory.path(), (*skus, arguments.locations), under).await?;
        eprintln!("{skus} SKUs under the vendors' limits: everything differs");
        report::limited(&mut table, *skus, &runs::full(&site).await?);
    }
    println!("\n{table}\n{machine}");
    for one in &measured {
        println!("{}", report::requests(one));
    }
    Ok(())
}

/// Three fresh deployments: one that is measured, one whose requests are recorded, one that gets them again.
async fn size(
    binaries: &Binaries,
    server: &Server,
    directory: &Path,
    skus: u32,
    locations: u32,
) -> anyhow::Result<Measured> {
    let catalogue = (skus, locations);
    let client = namespace(server, &format!("{NAMESPACE}-{skus}")).await?;
    let site = Site::start(binaries, server, &client, directory, catalogue, Limits::None).await?;
    let runs = runs::all(&site, skus).await?;
    let (_, peak) = process::memory(site.agent.pid)?;
    drop(site);

    eprintln!("{skus} SKUs: recording a sync's requests");
    let client = namespace(server, &format!("{NAMESPACE}-{skus}-recorded")).await?;
    let site = Site::recorded(binaries, server, &client, directory, catalogue).await?;
    runs::full(&site).await?;
    let recorded = site.recording()?;
    drop(site);

    eprintln!("{skus} SKUs: {} requests from a bare client", recorded.len());
    let floor = floor::measure(binaries, directory, catalogue, recorded).await?;
    Ok(Measured { skus, locations, runs, floor, peak })
}

async fn namespace(server: &Server, name: &str) -> anyhow::Result<Client> {
    temporal_server::create_namespace(server.address(), name, &worker::setup::SEARCH_ATTRIBUTES).await
}
