//! The whole system as processes: Temporal, sandbox, connector, agent, and the worker of the bare workflow.

use std::{
    net::{Ipv4Addr, TcpListener},
    path::Path,
    time::Duration,
};

use anyhow::{Context, bail};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tempfile::TempDir;
use temporal_server::Server;
use temporalio_client::{Client, WorkflowCountOptions};
use url::Url;

use crate::{
    binaries::Binaries,
    process::{self, Clock, Process},
    shop::{Shop, TAG},
};

const NAMESPACE: &str = "bench";
/// What a store sends to the connector.
const TOPICS: [&str; 5] = ["orders/create", "orders/paid", "orders/updated", "orders/edited", "orders/cancelled"];
/// Runs end within milliseconds of their last step.
const SETTLED_WITHIN: Duration = Duration::from_secs(60);

/// Everything that runs. Dropping it ends everything.
pub(crate) struct Deployment {
    pub(crate) shop: Shop,
    pub(crate) client: Client,
    pub(crate) agent: Process,
    connector: Process,
    sandbox: Process,
    bare: Process,
    server: Server,
    server_pid: u32,
    clock: Clock,
    agent_port: u16,
    connector_port: u16,
    http: reqwest::Client,
    binaries: Binaries,
    directory: TempDir,
}

/// CPU seconds of every process.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cpu {
    pub(crate) server: f64,
    pub(crate) agent: f64,
    pub(crate) connector: f64,
    pub(crate) sandbox: f64,
    pub(crate) bare: f64,
}

impl Deployment {
    /// Starts all of it and waits until it is ready.
    pub(crate) async fn start(binaries: Binaries) -> anyhow::Result<Self> {
        if std::env::var("TEMPORAL_ADDRESS").is_ok_and(|address| !address.is_empty()) {
            bail!("unset TEMPORAL_ADDRESS: the CPU time of a dev server of this benchmark's own is measured");
        }
        let directory = tempfile::tempdir()?;
        let http = reqwest::Client::builder().timeout(Duration::from_secs(60)).build()?;
        let server = temporal_server::obtain(&Default::default(), |line| eprintln!("{line}")).await?;
        let server_pid = process::dev_server(server.address())?;
        let client =
            temporal_server::create_namespace(server.address(), NAMESPACE, &worker::setup::SEARCH_ATTRIBUTES).await?;

        let (sandbox, control) = start_sandbox(&binaries, directory.path(), &UNLIMITED.map(str::to_owned)).await?;
        let shop = Shop::open(http.clone(), control).await?;
        let (connector_port, agent_port) = (free_port()?, free_port()?);
        configure(directory.path(), &shop.credentials().await?, connector_port, agent_port)?;
        let mut connector = Process::start(
            "connector",
            &binaries.path("connector"),
            &[],
            &temporal(&server, NAMESPACE, directory.path()),
            directory.path(),
        )?;
        connector.ready(&http, &format!("http://127.0.0.1:{connector_port}/readyz")).await?;
        for topic in TOPICS {
            shop.subscribe(topic, &format!("http://127.0.0.1:{connector_port}/webhooks/shopify/acme")).await?;
        }
        let agent = start_agent(&binaries, &server, NAMESPACE, directory.path(), &http, agent_port).await?;
        let bare = ["bare-worker", server.address(), NAMESPACE].map(str::to_owned);
        let bare = Process::start("bare-worker", &std::env::current_exe()?, &bare, &[], directory.path())?;
        let clock = Clock::new()?;
        Ok(Self {
            shop,
            client,
            agent,
            connector,
            sandbox,
            bare,
            server,
            server_pid,
            clock,
            agent_port,
            connector_port,
            http,
            binaries,
            directory,
        })
    }

    /// Replaces the agent's process by a new one.
    pub(crate) async fn restart_agent(&mut self) -> anyhow::Result<()> {
        self.agent.stop().await?;
        let directory = self.directory.path();
        self.agent =
            start_agent(&self.binaries, &self.server, NAMESPACE, directory, &self.http, self.agent_port).await?;
        Ok(())
    }

    /// Switches on every agent and every poll, in new processes of agent and connector.
    pub(crate) async fn enable_everything(&mut self) -> anyhow::Result<()> {
        let directory = self.directory.path();
        let file = directory.join("stateset.toml");
        let vendors = self.shop.credentials().await?;
        let text = std::fs::read_to_string(&file)?;
        std::fs::write(directory.join("dcl-password"), pointed(&vendors, "/dcl/credentials/password")?)?;
        let values = [
            ("DCL_URL", pointed(&vendors, "/dcl/baseUrl")?),
            ("DCL_USER", pointed(&vendors, "/dcl/credentials/username")?),
            ("DCL_PASSWORD", directory.join("dcl-password").display().to_string()),
            ("DCL_ACCOUNT", pointed(&vendors, "/dcl/credentials/accountNumber")?),
        ];
        let all = format!("agents = {:?}", workflows_of_all_agents());
        let text = text.replace("agents = [\"shopifyToNetsuiteWorkflow\"]", &all);
        std::fs::write(&file, filled(text + include_str!("../data/life.toml"), values))?;
        let variables = temporal(&self.server, NAMESPACE, directory);
        let setup = self.binaries.path("agent");
        let done = tokio::process::Command::new(setup).arg("setup").envs(variables.clone()).output().await?;
        if !done.status.success() {
            bail!("agent setup: {}", String::from_utf8_lossy(&done.stderr));
        }
        self.agent.stop().await?;
        self.agent =
            start_agent(&self.binaries, &self.server, NAMESPACE, directory, &self.http, self.agent_port).await?;
        self.connector.stop().await?;
        let connector = self.binaries.path("connector");
        self.connector = Process::start("connector", &connector, &[], &variables, directory)?;
        self.connector.ready(&self.http, &format!("http://127.0.0.1:{}/readyz", self.connector_port)).await
    }

    /// The agent's own figures.
    pub(crate) async fn metrics(&self) -> anyhow::Result<String> {
        let url = format!("http://127.0.0.1:{}/metrics", self.agent_port);
        Ok(self.http.get(url).send().await?.error_for_status()?.text().await?)
    }

    /// Waits until every run has ended, so that no work of one measurement is counted in the next.
    pub(crate) async fn settled(&mut self) -> anyhow::Result<()> {
        let running = async {
            while self
                .client
                .count_workflows("ExecutionStatus = 'Running'", WorkflowCountOptions::default())
                .await?
                .count()
                > 0
            {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            anyhow::Ok(())
        };
        tokio::time::timeout(SETTLED_WITHIN, running).await.context("some runs do not end")??;
        for process in [&mut self.agent, &mut self.connector, &mut self.sandbox, &mut self.bare] {
            process.alive()?;
        }
        Ok(())
    }

    /// CPU time so far.
    pub(crate) fn cpu(&self) -> anyhow::Result<Cpu> {
        let of = |pid| self.clock.cpu_seconds(pid);
        Ok(Cpu {
            server: of(self.server_pid)?,
            agent: of(self.agent.pid)?,
            connector: of(self.connector.pid)?,
            sandbox: of(self.sandbox.pid)?,
            bare: of(self.bare.pid)?,
        })
    }

    /// What the processes said last, for the message of a failed run.
    pub(crate) fn last_words(&self) -> String {
        format!("agent:\n{}\nconnector:\n{}", self.agent.last_words(), self.connector.last_words())
    }
}

impl Cpu {
    /// What was used since `earlier`.
    pub(crate) fn since(self, earlier: Self) -> Self {
        self.combine(earlier, |now, then| now - then)
    }

    /// Both together.
    pub(crate) fn plus(self, other: Self) -> Self {
        self.combine(other, |a, b| a + b)
    }

    fn combine(self, other: Self, f: impl Fn(f64, f64) -> f64) -> Self {
        Self {
            server: f(self.server, other.server),
            agent: f(self.agent, other.agent),
            connector: f(self.connector, other.connector),
            sandbox: f(self.sandbox, other.sandbox),
            bare: f(self.bare, other.bare),
        }
    }
}

/// Arguments of vendors that answer as fast as they can, without a rate limit.
pub(crate) const UNLIMITED: [&str; 4] = ["--shopify-rate", "0", "--netsuite-concurrency", "65"];

/// Vendors, and the address of their control API.
pub(crate) async fn start_sandbox(
    binaries: &Binaries,
    directory: &Path,
    arguments: &[String],
) -> anyhow::Result<(Process, Url)> {
    let variables = [("RUST_LOG", "warn".to_owned())];
    let mut sandbox = Process::start("sandbox", &binaries.path("sandbox"), arguments, &variables, directory)?;
    let control = sandbox.says("control ").await?;
    Ok((sandbox, control.parse()?))
}

pub(crate) async fn start_agent(
    binaries: &Binaries,
    server: &Server,
    namespace: &str,
    directory: &Path,
    http: &reqwest::Client,
    port: u16,
) -> anyhow::Result<Process> {
    let arguments = ["run", "--all"].map(str::to_owned);
    let mut agent = Process::start(
        "agent",
        &binaries.path("agent"),
        &arguments,
        &temporal(server, namespace, directory),
        directory,
    )?;
    agent.ready(http, &format!("http://127.0.0.1:{port}/readyz")).await?;
    Ok(agent)
}

/// Where Temporal and the configuration are.
fn temporal(server: &Server, namespace: &str, directory: &Path) -> [(&'static str, String); 3] {
    [
        ("TEMPORAL_ADDRESS", server.address().to_owned()),
        ("TEMPORAL_NAMESPACE", namespace.to_owned()),
        ("STATESET_CONFIG", directory.join("stateset.toml").display().to_string()),
    ]
}

pub(crate) fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?.local_addr()?.port())
}

/// Writes `stateset.toml` and the files of its secrets.
pub(crate) fn configure(directory: &Path, vendors: &Value, connector_port: u16, agent_port: u16) -> anyhow::Result<()> {
    let text = |pointer| pointed(vendors, pointer);
    let (secret, key) = (directory.join("shopify-secret"), directory.join("netsuite-key.pem"));
    std::fs::write(&secret, text("/shopify/credentials/clientSecret")?)?;
    std::fs::write(&key, text("/netsuite/credentials/privateKeyPem")?)?;
    let go_live = Timestamp::now() - SignedDuration::from_hours(1);
    let values = [
        ("CONNECTOR_PORT", connector_port.to_string()),
        ("AGENT_PORT", agent_port.to_string()),
        ("NETSUITE_ACCOUNT", text("/netsuite/credentials/account")?),
        ("NETSUITE_URL", text("/netsuite/baseUrl")?),
        ("NETSUITE_CLIENT", text("/netsuite/credentials/clientId")?),
        ("NETSUITE_CERTIFICATE", text("/netsuite/credentials/certificateId")?),
        ("NETSUITE_KEY", key.display().to_string()),
        ("GO_LIVE", go_live.to_string()),
        ("SHOP", text("/shopify/credentials/shop")?),
        ("SHOPIFY_URL", text("/shopify/baseUrl")?),
        ("SHOPIFY_CLIENT", text("/shopify/credentials/clientId")?),
        ("SHOPIFY_SECRET", secret.display().to_string()),
        ("SENT_TAG", TAG.to_owned()),
    ];
    std::fs::write(directory.join("stateset.toml"), filled(include_str!("../data/stateset.toml").to_owned(), values))?;
    Ok(())
}

/// What the sandbox tells of itself.
fn pointed(vendors: &Value, pointer: &str) -> anyhow::Result<String> {
    let value = vendors.pointer(pointer).and_then(Value::as_str);
    value.map(str::to_owned).with_context(|| format!("the sandbox does not tell {pointer}"))
}

/// A text with its `@NAMES@` filled in.
pub(crate) fn filled(mut text: String, values: impl IntoIterator<Item = (&'static str, String)>) -> String {
    for (name, value) in values {
        text = text.replace(&format!("@{name}@"), &value);
    }
    text
}

fn workflows_of_all_agents() -> [&'static str; 5] {
    [
        "shopifyToNetsuiteWorkflow",
        "netsuiteToDCLWorkflow",
        "dclTrackingUpdateWorkflow",
        "netsuiteInvoiceFlow",
        "netsuitePaymentFlow",
    ]
}
