//! The binary `agent`.

use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use anyhow::{Context, bail};
use clap::{Parser, Subcommand, ValueEnum};
use config::Config;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// A stop takes no longer: the activities' grace, and something for the hand-back.
const STOP_WITHIN: Duration = Duration::from_secs(25);

/// Runs the agents against a Temporal cluster.
#[derive(Parser)]
#[command(name = "agent", version)]
struct Arguments {
    /// The configuration file.
    #[arg(long, env = "STATESET_CONFIG", default_value = "stateset.toml", global = true)]
    config: PathBuf,
    /// How logs are written. What is logged is set by RUST_LOG; default: info.
    #[arg(long, value_enum, default_value_t = Logs::Pretty, global = true)]
    logs: Logs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs agents until SIGTERM or Ctrl-C.
    Run {
        /// Workflow types, such as shopifyToNetsuiteWorkflow.
        #[arg(required_unless_present = "all")]
        workflows: Vec<String>,
        /// Every agent that a brand has switched on.
        #[arg(long, conflicts_with = "workflows")]
        all: bool,
    },
    /// Creates what is missing: search attributes, schedules, webhook subscriptions.
    Setup,
    /// Checks the configuration against the real systems and says what to do.
    Doctor,
}

#[derive(Clone, Copy, ValueEnum)]
enum Logs {
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    log(arguments.logs);
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        bail!("another TLS provider is already installed");
    }
    let config = Arc::new(Config::load(&arguments.config)?);
    let compress = config.worker.grpc_compression;
    match arguments.command {
        Command::Run { workflows, all } => {
            let shutdown = on_signal()?;
            let client = tokio::select! {
                client = bus::connect_patiently(compress) => client?,
                () = shutdown.cancelled() => return Ok(ExitCode::SUCCESS),
            };
            let workflows = if all { worker::enabled(&config) } else { workflows.into_iter().collect() };
            let listen = config.worker.listen;
            let listener = TcpListener::bind(listen).await.with_context(|| format!("worker.listen: {listen}"))?;
            tracing::info!("running {workflows:?}; metrics at http://{listen}/metrics");
            let late = async {
                shutdown.cancelled().await;
                tokio::time::sleep(STOP_WITHIN).await;
            };
            let options = worker::Options { config, client, workflows, listener };
            tokio::select! {
                ended = worker::run(options, shutdown.clone()) => ended?,
                () = late => {
                    // Without Temporal an SDK worker does not come to its end, and its thread would hold the process.
                    tracing::error!("not stopped within {STOP_WITHIN:?}; the next process takes up what ran here");
                    std::process::exit(1);
                }
            }
        }
        Command::Setup => {
            let client = bus::connect(compress).await?;
            worker::setup::run(&config, &client, |done| println!("{done}")).await?;
        }
        Command::Doctor => {
            let client = bus::connect(compress).await?;
            let findings = worker::doctor::run(&config, &client).await;
            for finding in &findings {
                println!("{finding}");
            }
            let wrong = findings.iter().filter(|f| f.outcome.is_err()).count();
            if wrong > 0 {
                println!("{wrong} of {} checks failed", findings.len());
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn log(logs: Logs) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,temporalio_sdk_core=warn"));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match logs {
        Logs::Pretty => subscriber.init(),
        Logs::Json => subscriber.json().init(),
    }
}

fn on_signal() -> anyhow::Result<CancellationToken> {
    let token = CancellationToken::new();
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::spawn({
        let token = token.clone();
        async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::info!("stopping");
            token.cancel();
        }
    });
    Ok(token)
}
