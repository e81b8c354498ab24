//! The parts of the product, started in the order in which they need each other.

use std::{collections::BTreeMap, net::Ipv4Addr, path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, bail};
use bus::Bus;
use config::Config;
use sandbox::{Sandbox, dcl::Warehouse, shopify::Limits};
use temporal_server::Server;
use temporalio_client::{Client, grpc::OperatorService, tonic::IntoRequest};
use temporalio_common::protos::temporal::api::operatorservice::v1::DeleteNamespaceRequest;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::settings;

/// Where Temporal's own dev server has its web UI.
const USUAL_UI_PORT: u16 = 8233;
/// Time from one stage of an order at the warehouse to the next; people there take hours.
const WAREHOUSE_PACE: Duration = Duration::from_millis(300);
/// About a fifth of all orders, as not every order has several units.
const SPLIT_PERCENT: u8 = 25;
const READY_WITHIN: Duration = Duration::from_secs(60);

/// Everything that runs.
pub(super) struct House {
    pub(super) sandbox: Sandbox,
    pub(super) config: Arc<Config>,
    pub(super) client: Client,
    pub(super) bus: Bus,
    pub(super) namespace: String,
    pub(super) connector: Url,
    pub(super) agent: Url,
    server: Server,
}

/// Connector and agent.
pub(super) struct Parts {
    running: JoinSet<anyhow::Result<()>>,
    stop: CancellationToken,
}

impl House {
    /// Starts everything; `say` is told what is being waited for. Dropping the future stops what has been started.
    pub(super) async fn open(seed: u64, agents: &[&str], say: impl Fn(&str)) -> anyhow::Result<(Self, Parts)> {
        // An error means that the process has chosen a provider already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let server = temporal(&say).await?;
        let (namespace, client) = namespace(&server).await?;
        say("starting sandbox, connector and agents");
        let sandbox = Sandbox::start(vendors(seed)).await.context("the sandbox")?;
        let (connector_listener, connector) = listen().await?;
        let (agent_listener, agent) = listen().await?;
        let config = Arc::new(settings::config(&sandbox, &connector, agents)?);
        let bus = worker::bus(&config, &client);
        worker::setup::run(&config, &client, |_| {}).await.context("agent setup")?;

        let mut parts = Parts { running: JoinSet::new(), stop: CancellationToken::new() };
        let options = connector::Options { config: config.clone(), bus: bus.clone(), listener: connector_listener };
        let stop = parts.stop.clone();
        parts.running.spawn(async move { connector::serve(options, stop).await.context("the connector") });
        let options = worker::Options {
            config: config.clone(),
            client: client.clone(),
            workflows: worker::enabled(&config),
            listener: agent_listener,
        };
        let stop = parts.stop.clone();
        parts.running.spawn(async move { worker::run(options, stop).await.context("the agent") });
        let house = Self { sandbox, config, client, bus, namespace, connector, agent, server };
        tokio::select! {
            ready = house.ready() => ready?,
            error = parts.failure() => return Err(error),
        }
        Ok((house, parts))
    }

    /// Waits until the agent polls all of its queues and the connector has Temporal.
    async fn ready(&self) -> anyhow::Result<()> {
        let http = reqwest::Client::new();
        let ready = async {
            for part in [&self.connector, &self.agent] {
                let url = part.join("readyz")?;
                while !http.get(url.clone()).send().await.is_ok_and(|answer| answer.status().is_success()) {
                    tokio::time::sleep(Duration::from_millis(25)).await;
                }
            }
            anyhow::Ok(())
        };
        let in_time = tokio::time::timeout(READY_WITHIN, ready).await;
        in_time.with_context(|| format!("connector and agent were not ready within {READY_WITHIN:?}"))?
    }

    /// Stops everything: first those that use others.
    pub(super) async fn close(self, mut parts: Parts) -> anyhow::Result<()> {
        let Self { sandbox, client, namespace, server, .. } = self;
        parts.stop.cancel();
        let mut outcome = Ok(());
        while let Some(ended) = parts.running.join_next().await {
            outcome = outcome.and(ended.context("a part panicked").flatten());
        }
        sandbox.stop().await;
        if server.is_external() {
            outcome = outcome.and(delete_namespace(&client, &namespace).await);
        }
        outcome.and(server.stop().await)
    }

    /// `host:port` of Temporal.
    pub(super) fn temporal_address(&self) -> &str {
        self.server.address()
    }

    /// Temporal's web UI; none for a server that was there before.
    pub(super) fn ui_url(&self) -> Option<&str> {
        self.server.ui_url()
    }

    /// The `temporal` command line that goes with the server.
    pub(super) fn temporal_cli(&self) -> PathBuf {
        self.server.cli().map_or_else(|| "temporal".into(), Into::into)
    }

    /// Is this agent at work?
    pub(super) fn enables(&self, workflow: &str) -> bool {
        self.config.brands.values().any(|brand| brand.enables(workflow))
    }

    /// Requests so far, by vendor and operation.
    pub(super) fn requests(&self) -> [(&'static str, BTreeMap<String, u64>); 3] {
        let Sandbox { shopify, netsuite, dcl, .. } = &self.sandbox;
        [("Shopify", shopify.requests()), ("NetSuite", netsuite.requests()), ("DCL", dcl.requests())]
    }
}

impl Parts {
    /// Waits until a part ends by itself, which none should.
    pub(super) async fn failure(&mut self) -> anyhow::Error {
        match self.running.join_next().await {
            Some(Ok(Err(error))) => error,
            Some(Err(panic)) => anyhow::Error::new(panic).context("a part panicked"),
            Some(Ok(Ok(()))) | None => anyhow::anyhow!("a part ended by itself"),
        }
    }
}

async fn temporal(say: &impl Fn(&str)) -> anyhow::Result<Server> {
    let usual = TcpListener::bind((Ipv4Addr::LOCALHOST, USUAL_UI_PORT)).await.is_ok();
    let attributes = worker::setup::SEARCH_ATTRIBUTES.map(|(name, kind)| (name.to_owned(), kind)).to_vec();
    let options = temporal_server::Options {
        ui_port: Some(if usual { USUAL_UI_PORT } else { 0 }),
        search_attributes: attributes,
        ..temporal_server::Options::default()
    };
    temporal_server::obtain(&options, say).await
}

/// A dev server of our own is used as people find it in the web UI; on anybody else's the demo keeps to itself.
async fn namespace(server: &Server) -> anyhow::Result<(String, Client)> {
    if !server.is_external() {
        return Ok(("default".to_owned(), temporal_server::connect(server.address(), "default").await?));
    }
    let name = format!("stateset-demo-{}", jiff::Timestamp::now().as_millisecond());
    let attributes = &worker::setup::SEARCH_ATTRIBUTES;
    let client = temporal_server::create_namespace(server.address(), &name, attributes).await?;
    Ok((name, client))
}

async fn delete_namespace(client: &Client, name: &str) -> anyhow::Result<()> {
    let request = DeleteNamespaceRequest { namespace: name.to_owned(), ..DeleteNamespaceRequest::default() };
    match client.clone().delete_namespace(request.into_request()).await {
        Ok(_) => Ok(()),
        Err(status) => bail!("namespace {name} could not be deleted, delete it by hand: {}", status.message()),
    }
}

/// A store on Shopify Plus, whose rate limit a busy merchant has, an account as they come, a warehouse in a hurry.
fn vendors(seed: u64) -> sandbox::Options {
    let mut options = sandbox::Options { seed, ..sandbox::Options::default() };
    options.shopify.limits = Some(Limits { bucket: 20_000, restore_rate: 1000, ..Limits::default() });
    options.shopify.webhook_retry_base = Duration::from_secs(1);
    options.dcl.warehouse = Warehouse::Automatic { pace: WAREHOUSE_PACE, split_percent: SPLIT_PERCENT, seed };
    options
}

async fn listen() -> anyhow::Result<(TcpListener, Url)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no free port")?;
    let url = format!("http://{}", listener.local_addr()?).parse()?;
    Ok((listener, url))
}
