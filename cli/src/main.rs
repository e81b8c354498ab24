//! The binary `stateset`.

use std::{
    ffi::OsString,
    io::{stderr, stdout},
    process::ExitCode,
    time::Duration,
};

use clap::{CommandFactory, Parser, Subcommand};
use cli::{
    Failure,
    api::Connector,
    demo::{self, DemoArgs},
    inventory::{self, InventoryCommand},
    order::{self, OrderCommand},
    run::{self, RunArgs},
    runs::{self, RunsCommand},
};
use tokio::runtime::Runtime;
use url::Url;

const ABOUT_ENDINGS: &str = "\
STATESET_TOKEN holds the connector's bearer token. Nothing is stored locally.

Exit codes:
  0  everything asked for was done
  1  the run failed (--wait), some lines of a bulk did, or the demo's verdict is not clean
  2  bad usage or input, or no such run or order
  3  the connector could not be reached, is not available, or does not accept the token
  130  the demo was stopped before its verdict";

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
    /// Look at orders
    Order {
        #[command(flatten)]
        endpoint: Endpoint,
        #[command(subcommand)]
        command: OrderCommand,
    },
    /// Compare the systems' stock
    Inventory {
        #[command(flatten)]
        endpoint: Endpoint,
        #[command(subcommand)]
        command: InventoryCommand,
    },
    /// Show the whole product at work on this machine: sample orders are booked, shipped, billed and paid
    Demo(DemoArgs),
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

/// `cargo demo -- --once` reaches us as `demo -- --once`: cargo hands on the `--` behind an alias.
fn arguments(given: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut given: Vec<OsString> = given.collect();
    if given.get(1).is_some_and(|command| command == "demo") && given.get(2).is_some_and(|dashes| dashes == "--") {
        given.remove(2);
    }
    given
}

fn main() -> ExitCode {
    let command = Cli::parse_from(arguments(std::env::args_os())).command;
    let outcome = match Runtime::new() {
        Ok(runtime) => {
            let outcome = runtime.block_on(execute(command));
            // What a stopped demo was waiting for, such as another process's lock, must not hold this one.
            runtime.shutdown_timeout(Duration::from_secs(1));
            outcome
        }
        Err(error) => Err(error.into()),
    };
    match outcome {
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
        Command::Order { endpoint, command } => order::run(&command, &endpoint.connector()?, &mut stdout()).await,
        Command::Inventory { endpoint, command } => {
            let connector = endpoint.connector()?;
            inventory::run(&command, &connector, run::POLL, &mut stdout(), &mut stderr()).await
        }
        Command::Demo(args) => demo::run(&args).await,
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "stateset", &mut stdout());
            Ok(())
        }
    }
}
