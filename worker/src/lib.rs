#![doc = include_str!("../README.md")]

pub mod doctor;
mod health;
mod queue;
mod resume;
pub mod setup;

use std::{collections::BTreeSet, net::SocketAddr, sync::Arc};

use activities::{Agents, Metrics, Vendors};
use anyhow::{Context, bail};
use bus::Bus;
use config::Config;
use temporalio_client::Client;
use temporalio_common::telemetry::{PrometheusExporterOptions, start_prometheus_metric_exporter};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;
use workflows::{
    contracts::{DCL, NETSUITE, SHOPIFY},
    ids,
};

use crate::{health::Health, queue::Queue};

/// What a worker process needs.
pub struct Options {
    /// The configuration.
    pub config: Arc<Config>,
    /// A connection to Temporal, in the namespace to work in.
    pub client: Client,
    /// Workflow types to run.
    pub workflows: BTreeSet<String>,
    /// Where `/metrics`, `/healthz` and `/readyz` are served.
    pub listener: TcpListener,
}

/// Every workflow type that a brand has switched on.
pub fn enabled(config: &Config) -> BTreeSet<String> {
    config.brands.values().flat_map(|brand| brand.agents.iter().cloned()).collect()
}

/// The bus for this configuration.
pub fn bus(config: &Config, client: &Client) -> Bus {
    let agents = config.brands.iter().map(|(name, brand)| (name.clone(), brand.agents.clone())).collect();
    Bus::new(client.clone(), agents)
}

/// Runs the agents until `shutdown`; then what runs is finished or handed back.
pub async fn run(options: Options, shutdown: CancellationToken) -> anyhow::Result<()> {
    let Options { config, client, workflows, listener } = options;
    for workflow in &workflows {
        if !ids::switchable().any(|known| known == workflow) {
            bail!("{workflow:?} is no agent; known: {}", ids::switchable().collect::<Vec<_>>().join(", "));
        }
    }
    let vendors = Arc::new(Vendors::new(&config)?);
    let metrics = Arc::new(Metrics::new()?);
    let bus = bus(&config, &client);
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    let sdk_metrics =
        start_prometheus_metric_exporter(PrometheusExporterOptions::builder().socket_addr(any_port).build())?;
    let queues = queues(&config, &workflows, &vendors);
    let health =
        Arc::new(Health::new(bus.clone(), metrics.clone(), vendors.clone(), sdk_metrics.bound_addr, queues.len()));
    tokio::spawn(health.clone().serve(listener, shutdown.clone()));

    let mut workers = JoinSet::new();
    let stop = shutdown.child_token();
    for queue in queues {
        let agents = Agents::new(config.clone(), vendors.clone(), bus.clone(), client.clone(), metrics.clone());
        let (client, meter, stop, health) = (client.clone(), sdk_metrics.meter.clone(), stop.clone(), health.clone());
        let (config, runtime) = (config.clone(), tokio::runtime::Handle::current());
        // A worker's future stays on one thread; each has a thread of its own, the activities run on the shared runtime.
        workers
            .spawn_blocking(move || runtime.block_on(queue.run(&config.worker, client, agents, meter, stop, &health)));
    }
    let resumed = tokio::spawn(resume::parked(client, shutdown.clone()));
    let mut outcome = Ok(());
    while let Some(ended) = workers.join_next().await {
        stop.cancel();
        let ended = ended.context("a worker thread panicked").flatten();
        outcome = outcome.and(ended);
    }
    resumed.abort();
    sdk_metrics.abort_handle.abort();
    outcome
}

/// Which queues these agents need: their own, their polls', and their vendors'.
fn queues(config: &Config, workflows: &BTreeSet<String>, vendors: &Vendors) -> Vec<Queue> {
    let mut queues = vec![
        Queue { name: SHOPIFY, workflows: false, slots: vendors.store_permits() },
        Queue { name: NETSUITE, workflows: false, slots: vendors.account_permits() },
    ];
    if vendors.login_permits() > 0 {
        queues.push(Queue { name: DCL, workflows: false, slots: vendors.login_permits() });
    }
    let own = ids::switchable().filter(|agent| workflows.contains(*agent));
    let paid_out = config.brands.values().any(|brand| setup::is_needed(ids::SHOPIFY_PAYOUTS_POLL, brand));
    let polls = ids::POLLS.into_iter().filter(|poll| setup::agents_of(poll).iter().any(|a| workflows.contains(*a)));
    let polls = polls.filter(|poll| *poll != ids::SHOPIFY_PAYOUTS_POLL || paid_out);
    // Whoever tells stock also checks it.
    let check = ids::SYNCS.iter().any(|sync| workflows.contains(*sync)).then_some(ids::STOCK_CHECK);
    queues.extend(own.chain(polls).chain(check).map(|name| Queue { name, workflows: true, slots: 100 }));
    queues
}
