//! `stateset run`: starts one run, and waits for it if asked to.

use std::{io::Write, path::PathBuf, time::Duration};

use jiff::Timestamp;

use crate::{
    Failure,
    api::{CallError, Connector, RunRequest, RunView, StartStatus},
    at, bulk, payload, runs,
};

/// The arguments of `stateset run`.
#[derive(Clone, Debug, clap::Args)]
pub struct RunArgs {
    /// The workflow to run, for example shopifyToNetsuiteWorkflow
    #[arg(long, value_name = "WORKFLOW")]
    pub connector: String,
    /// Its input: JSON, @file, or - for standard input
    #[arg(long, value_name = "JSON", required_unless_present = "bulk", conflicts_with = "bulk")]
    pub payload: Option<String>,
    /// Its brand; may be left out where only one is configured
    #[arg(long)]
    pub brand: Option<String>,
    /// Start then: 2026-12-01T09:00:00Z, "2026-12-01 09:00" (local time) or "in 10m"
    #[arg(long, value_name = "TIME", value_parser = at::parse_here)]
    pub at: Option<Timestamp>,
    /// Start again although the record is done
    #[arg(long)]
    pub rerun: bool,
    /// Wait until the run has ended; exit code 1 if it failed
    #[arg(long, conflicts_with = "bulk")]
    pub wait: bool,
    /// A file with one payload a line; repeating it is harmless
    #[arg(long, value_name = "FILE")]
    pub bulk: Option<PathBuf>,
    /// How many lines of a bulk are under way at once
    #[arg(long, value_name = "N", default_value_t = 16, requires = "bulk", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub concurrency: u16,
}

/// How often a waiting command looks.
pub const POLL: Duration = Duration::from_secs(1);

/// Runs what `args` say. Ids go to `out`, everything else to `err`.
///
/// # Errors
/// See [`Failure`].
pub async fn run(
    args: &RunArgs,
    connector: &Connector,
    out: &mut impl Write,
    err: &mut impl Write,
) -> Result<(), Failure> {
    if let Some(file) = &args.bulk {
        return bulk::run(args, file, connector, out, err).await;
    }
    let payload = payload::read(args.payload.as_deref().unwrap_or_default())?;
    let request = RunRequest { brand: args.brand.clone(), payload, start_at: args.at, rerun: args.rerun };
    let started = connector.run(&args.connector, &request).await?;
    writeln!(out, "{}", started.workflow_id)?;
    out.flush()?;
    let note = match started.status {
        StartStatus::Started => "started",
        StartStatus::Running => "running already",
        StartStatus::AlreadyDone => "done already, --rerun starts it again",
    };
    writeln!(err, "{note}")?;
    if args.wait {
        return wait(connector, &started.workflow_id, POLL, err).await;
    }
    Ok(())
}

/// Waits until a run has ended and tells `err` whenever it has come to another state. A parked run is waited
/// for as well: it goes on when somebody resolves it.
///
/// # Errors
/// `Run` when it ended otherwise than completed; `Connector` when the connector was away five times in a row.
pub async fn wait(
    connector: &Connector,
    workflow_id: &str,
    every: Duration,
    err: &mut impl Write,
) -> Result<(), Failure> {
    let mut last = String::new();
    let mut failures = 0;
    loop {
        match connector.view(workflow_id).await {
            Ok(view) => {
                failures = 0;
                let state = runs::state(&view);
                if state != last {
                    writeln!(err, "{state}")?;
                    last = state;
                }
                if let Some(outcome) = outcome(&view) {
                    return outcome;
                }
            }
            Err(CallError::Unavailable { message, .. }) if failures < 4 => {
                failures += 1;
                writeln!(err, "{message}, trying again")?;
            }
            Err(error) => return Err(error.into()),
        }
        tokio::time::sleep(every).await;
    }
}

/// `None` while the run is open.
fn outcome(view: &RunView) -> Option<Result<(), Failure>> {
    match view.status.to_lowercase().as_str() {
        "running" | "continuedasnew" => None,
        "completed" => Some(Ok(())),
        _ => Some(Err(Failure::Run(format!("{} {}", view.workflow_id, runs::state(view))))),
    }
}
