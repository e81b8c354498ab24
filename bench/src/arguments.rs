use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Orders of `--quick`.
const QUICK: u64 = 200;
/// Runs before anything is counted, of either kind.
const WARM_UP: u64 = 50;

/// Measures what an order costs, beside a bare workflow of five empty activities.
#[derive(Parser)]
#[command(name = "orders")]
pub(crate) struct Arguments {
    /// Orders that are measured with 50 in flight; a fifth of them is measured one at a time
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(10..=100_000))]
    orders: u64,
    /// Orders of the memory run; 0 leaves it out
    #[arg(long, default_value_t = 10_000)]
    long: u64,
    /// Orders that travel to their end, with every agent on; 0 leaves it out
    #[arg(long, default_value_t = 1000)]
    life: u64,
    /// 200 orders, as many to their end, and no memory run
    #[arg(long, conflicts_with_all = ["orders", "long", "life"])]
    quick: bool,
    /// A directory with the binaries connector, agent and sandbox, taken as they are
    #[arg(long, env = "BENCH_BINARIES")]
    pub(crate) binaries: Option<PathBuf>,
    /// Passed by cargo
    #[arg(long, hide = true)]
    pub(crate) bench: bool,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// The worker of the bare workflow, a process of its own
    #[command(hide = true)]
    BareWorker {
        /// `host:port` of Temporal
        address: String,
        /// Its namespace
        namespace: String,
    },
}

/// How much is measured.
pub(crate) struct Sizes {
    /// Orders with 50 in flight.
    pub(crate) orders: u64,
    /// Orders one at a time.
    pub(crate) alone: u64,
    /// Orders of the memory run.
    pub(crate) long: u64,
    /// Orders that travel to their end.
    pub(crate) life: u64,
    /// Runs that are not counted.
    pub(crate) warm_up: u64,
}

impl Arguments {
    pub(crate) fn sizes(&self) -> Sizes {
        let (orders, long, life) = if self.quick { (QUICK, 0, QUICK) } else { (self.orders, self.long, self.life) };
        // Two rounds of equal size: half of the orders are of new customers, half of known ones.
        let orders = orders.next_multiple_of(2);
        Sizes { orders, alone: (orders / 5).max(10).next_multiple_of(2), long, life, warm_up: WARM_UP.min(orders) }
    }
}
