//! The binary `stateset`.

use std::{
    io::{stderr, stdout},
    process::ExitCode,
};

use clap::{CommandFactory, Parser, Subcommand};
use cli::{
    Failure,
    api::Connector,
    run::{self, RunArgs},
    runs::{self, RunsCommand},
};
use url::Url;

const ABOUT_ENDINGS: &str = "\
STATESET_TOKEN holds the connector's bearer token. Nothing is stored locally.

Exit codes:
  0  everything asked for was done
  1  the run failed (--wait), or some lines of a bulk did
  2  bad usage or input, or no such run
  3  the connector could not be reached, is not available, or does not accept the token";

/// Starts and shows order-to-cash runs
#[derive(Parser)]
#[command(name = "stateset", version, after_help = ABOUT_ENDINGS)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start a run, now or later, or many of them; prints the workflow's id
    Run {
        #[command(flatten)]
        endpoint: Endpoint,
        #[command(flatten)]
        args: RunArgs,
    },
    /// Look at runs
    Runs {
        #[command(flatten)]
        endpoint: Endpoint,
        #[command(subcommand)]
        command: RunsCommand,
    },
    /// Print a script that completes this program's arguments in a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(clap::Args)]
struct Endpoint {
    /// The connector's address
    #[arg(long, env = "STATESET_ENDPOINT", value_name = "URL", default_value = "http://127.0.0.1:8080", global = true)]
    endpoint: Url,
}

impl Endpoint {
    fn connector(self) -> Result<Connector, Failure> {
        let token = std::env::var("STATESET_TOKEN").ok().filter(|token| !token.is_empty());
        Ok(Connector::new(self.endpoint, token.map(Into::into))?)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match execute(Cli::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("stateset: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

async fn execute(command: Command) -> Result<(), Failure> {
    match command {
        Command::Run { endpoint, args } => run::run(&args, &endpoint.connector()?, &mut stdout(), &mut stderr()).await,
        Command::Runs { endpoint, command } => runs::run(&command, &endpoint.connector()?, &mut stdout()).await,
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "stateset", &mut stdout());
            Ok(())
        }
    }
}
