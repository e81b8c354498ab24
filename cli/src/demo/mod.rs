//! `stateset demo`: the whole product on this machine, on stand-ins of all vendors.
//!
//! A Temporal dev server with its web UI, the sandbox, the connector and the agent run in this process and one child,
//! each listening on 127.0.0.1, joined only by their network interfaces. A batch of orders arrives through webhooks and is
//! booked, shipped, billed and paid; at the end all vendors are read back and judged.

mod batch;
mod guide;
mod house;
mod outcome;
mod report;
mod screen;
mod settings;
mod signals;
mod stay;
mod verdict;
mod watch;

use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use crate::Failure;
use house::{House, Parts};
use outcome::Line;
use screen::Screen;

/// The arguments of `stateset demo`.
#[derive(Clone, Debug, clap::Args)]
pub struct DemoArgs {
    /// Place so many orders: Shopify's own four samples first, then generated ones
    #[arg(long, value_name = "N", default_value_t = 25, value_parser = clap::value_parser!(u32).range(1..=2000))]
    pub orders: u32,
    /// Which orders are generated; the same seed gives the same orders. The default has something of everything
    #[arg(long, value_name = "SEED", default_value_t = 276)]
    pub seed: u64,
    /// Switch on these agents only, by short name (orders, warehouse, tracking, invoice, payment) or workflow type
    #[arg(long, value_name = "AGENTS", value_delimiter = ',', value_parser = settings::agent)]
    pub agents: Vec<&'static str>,
    /// End after the verdict instead of staying until Ctrl-C; exit code 0 only if the verdict is clean
    #[arg(long)]
    pub once: bool,
}

/// Runs the demo. The first Ctrl-C (or SIGTERM) stops everything gracefully, a second one at once.
///
/// # Errors
/// `Demo`: a part could not start, or failed. `Run`: the verdict is not clean. `Interrupted`: stopped before there was
/// a verdict.
pub async fn run(args: &DemoArgs) -> Result<(), Failure> {
    logs();
    let agents = agents(args)?;
    let stop = signals::stop()?;
    let screen = Screen::new();
    let opened = tokio::select! {
        opened = House::open(args.seed, &agents, |line| screen.step(line)) => opened.map_err(Failure::Demo),
        () = stop.cancelled() => Err(Failure::Interrupted),
    };
    screen.clear();
    let (house, mut parts) = opened?;
    let shown = tokio::select! {
        shown = show(args, &house, &screen, &stop) => shown,
        error = parts.failure() => Err(Failure::Demo(error)),
    };
    screen.clear();
    close(house, parts, &screen).await?;
    shown
}

/// Those that are asked for, or all.
fn agents(args: &DemoArgs) -> Result<Vec<&'static str>, Failure> {
    let all = settings::AGENTS.map(|(_, workflow)| workflow);
    let wanted = |agent: &&str| args.agents.is_empty() || args.agents.contains(agent);
    let agents: Vec<&str> = all.into_iter().filter(wanted).collect();
    match agents.contains(&settings::WORKFLOW) {
        true => Ok(agents),
        false => Err(Failure::Usage("--agents: every order begins with the agent orders; name it, too".to_owned())),
    }
}

/// The batch, its verdict, and what there is to look at.
async fn show(args: &DemoArgs, house: &House, screen: &Screen, stop: &CancellationToken) -> Result<(), Failure> {
    let (lines, clean) = tokio::select! {
        judged = batch_and_verdict(args, house, screen) => judged?,
        () = stop.cancelled() => return Err(Failure::Interrupted),
    };
    if !args.once {
        screen.print(&guide::text(house, &lines))?;
        tokio::select! {
            ended = stay::tell_of_orders(house, screen) => ended?,
            () = stop.cancelled() => {}
        }
    }
    if clean { Ok(()) } else { Err(Failure::Run("the verdict is not clean; its violations are above".to_owned())) }
}

async fn batch_and_verdict(args: &DemoArgs, house: &House, screen: &Screen) -> Result<(Vec<Line>, bool), Failure> {
    let orders = batch::orders(args.seed, args.orders).map_err(Failure::Demo)?;
    let rows = watch::place_and_watch(house, orders, screen).await?;
    let lines = outcome::of_all(house, rows).await.map_err(Failure::Demo)?;
    // Before the verdict asks them, too.
    let requests = house.requests();
    let verdict = verdict::reach(house, &lines).await.map_err(Failure::Demo)?;
    screen.print(&report::text(&lines, &verdict, &requests, screen.width()))?;
    Ok((lines, verdict.is_clean()))
}

async fn close(house: House, parts: Parts, screen: &Screen) -> Result<(), Failure> {
    screen.step("stopping");
    let closed = house.close(parts).await;
    screen.clear();
    closed.map_err(Failure::Demo)
}

/// The parts' logs go nowhere, unless RUST_LOG asks for them.
fn logs() {
    if let Ok(filter) = EnvFilter::try_from_default_env() {
        // An error means that the process has a subscriber already.
        let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
    }
}
