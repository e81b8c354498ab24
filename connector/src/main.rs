//! The connector's process: logs, signals, the connection to Temporal.

use std::{path::PathBuf, sync::Arc};

use anyhow::Context as _;
use bus::Bus;
use clap::{Parser, ValueEnum};
use config::Config;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;
use tracing::info;
use tracing_subscriber::EnvFilter;

/// Takes webhooks, REST and gRPC, and puts them on the bus.
#[derive(Parser)]
#[command(name = "connector", version)]
struct Arguments {
    /// The configuration file.
    #[arg(long, env = "STATESET_CONFIG", default_value = "stateset.toml")]
    config: PathBuf,
    /// How logs are written. What is logged is set by RUST_LOG; default: info.
    #[arg(long, value_enum, default_value_t = Logs::Pretty)]
    logs: Logs,
}

#[derive(Clone, Copy, ValueEnum)]
enum Logs {
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    log(arguments.logs);
    rustls::crypto::ring::default_provider()
        .install_default()
        .map_err(|_| anyhow::anyhow!("another TLS provider is already installed"))?;
    let config = Arc::new(Config::load(&arguments.config)?);
    let shutdown = shutdown_on_signal()?;
    let client = tokio::select! {
        client = bus::connect_patiently(config.worker.grpc_compression) => client?,
        () = shutdown.cancelled() => return Ok(()),
    };
    let listen = config.connector.listen;
    let listener = TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;
    let agents = config.brands.iter().map(|(name, brand)| (name.clone(), brand.agents.clone())).collect();
    connector::serve(connector::Options { config, bus: Bus::new(client, agents), listener }, shutdown).await
}

fn log(logs: Logs) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match logs {
        Logs::Pretty => subscriber.init(),
        Logs::Json => subscriber.json().init(),
    }
}

fn shutdown_on_signal() -> anyhow::Result<CancellationToken> {
    let token = CancellationToken::new();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn({
        let token = token.clone();
        async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            info!("stopping");
            token.cancel();
        }
    });
    Ok(token)
}
