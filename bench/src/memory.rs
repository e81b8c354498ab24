//! Does the worker's memory grow with the orders that it has seen?

use crate::{
    measure::{AT_ONCE, Meter},
    process,
};

/// Resident memory of a fresh worker, in MB.
pub(crate) struct Memory {
    /// When it was ready.
    pub(crate) start: f64,
    /// Orders after a tenth of the run, and the memory then.
    pub(crate) early: (u64, f64),
    /// Orders at the end, and the memory then.
    pub(crate) end: (u64, f64),
    /// The most that it ever was.
    pub(crate) peak: f64,
}

/// Sends so many orders of new customers through a worker process that has seen none.
pub(crate) async fn run(meter: &mut Meter, orders: u64) -> anyhow::Result<Memory> {
    meter.deployment.restart_agent().await?;
    let pid = meter.deployment.agent.pid;
    let (start, _) = process::memory(pid)?;
    let tenth = orders.div_ceil(10);
    let mut readings = vec![];
    for part in [tenth, orders - tenth] {
        eprintln!("memory: {part} orders");
        meter.place(part, 0, AT_ONCE).await?;
        meter.deployment.settled().await?;
        readings.push(process::memory(pid)?);
    }
    let [early, end] = [readings[0], readings[1]];
    Ok(Memory { start, early: (tenth, early.0), end: (orders, end.0), peak: end.1 })
}
