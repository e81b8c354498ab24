//! Sandbox and agent as processes, with a catalogue in all vendors.

use std::path::Path;

use anyhow::{Context, bail};
use serde_json::{Value, json};
use temporal_server::Server;
use temporalio_client::{Client, NamespacedClient};
use url::Url;

use super::recorder::{Recorded, Recorder};
use crate::{
    binaries::Binaries,
    deployment::{UNLIMITED, configure, filled, free_port, start_agent, start_sandbox},
    process::{Clock, Process},
    shop::Requests,
};

/// Which limits the vendors keep.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Limits {
    /// They answer as fast as they can.
    None,
    /// Those of a standard Shopify plan and of five NetSuite slots.
    Real,
}

/// Points a second that a standard plan gives back, and those that its bucket holds.
pub(super) const STANDARD: (f64, f64) = (100.0, 2000.0);
const SLOTS: u32 = 5;
/// One SKU of so many is a bundle.
pub(super) const BUNDLES: u32 = 20;

/// What runs. Dropping it ends it.
pub(super) struct Site {
    pub(super) client: Client,
    pub(super) agent: Process,
    vendors: Vendors,
    clock: Clock,
    recorder: Option<Recorder>,
}

/// The sandbox with a catalogue in which every level differs.
pub(super) struct Vendors {
    http: reqwest::Client,
    control: Url,
    /// Its locations: `[{"netsuite": 1, "shopify": 2}]`.
    places: Vec<Value>,
    // Ended with the rest.
    _sandbox: Process,
}

/// Figures so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Figures {
    pub(super) requests: Requests,
    pub(super) points: f64,
    /// CPU seconds of the agent.
    pub(super) cpu: f64,
}

impl Site {
    /// Starts it and waits until it is ready.
    pub(super) async fn start(
        binaries: &Binaries,
        server: &Server,
        client: &Client,
        directory: &Path,
        catalogue: (u32, u32),
        limits: Limits,
    ) -> anyhow::Result<Self> {
        let vendors = Vendors::start(binaries, directory, catalogue, limits).await?;
        let told = vendors.credentials().await?;
        Self::with(binaries, server, client, directory, vendors, limits, (told, None)).await
    }

    /// The same with a recorder between agent and vendors.
    pub(super) async fn recorded(
        binaries: &Binaries,
        server: &Server,
        client: &Client,
        directory: &Path,
        catalogue: (u32, u32),
    ) -> anyhow::Result<Self> {
        let vendors = Vendors::start(binaries, directory, catalogue, Limits::None).await?;
        let mut told = vendors.credentials().await?;
        let recorder = Recorder::default();
        for vendor in ["shopify", "netsuite"] {
            let target = told[vendor]["baseUrl"].as_str().context("the sandbox does not tell a baseUrl")?.parse()?;
            told[vendor]["baseUrl"] = json!(recorder.before(vendor, target).await?);
        }
        Self::with(binaries, server, client, directory, vendors, Limits::None, (told, Some(recorder))).await
    }

    async fn with(
        binaries: &Binaries,
        server: &Server,
        client: &Client,
        directory: &Path,
        vendors: Vendors,
        limits: Limits,
        (told, recorder): (Value, Option<Recorder>),
    ) -> anyhow::Result<Self> {
        let port = free_port()?;
        configure(directory, &told, free_port()?, port)?;
        stock(directory, &vendors.places, limits)?;
        let agent = start_agent(binaries, server, &client.namespace(), directory, &vendors.http, port).await?;
        Ok(Self { client: client.clone(), agent, vendors, clock: Clock::new()?, recorder })
    }

    /// Requests and CPU time so far.
    pub(super) async fn figures(&self) -> anyhow::Result<Figures> {
        let stats = self.vendors.get("stats").await?;
        let of = |vendor: &str| serde_json::from_value(stats[vendor]["requests"].clone());
        let requests = Requests { shopify: of("shopify")?, netsuite: of("netsuite")?, dcl: of("dcl")? };
        let points = stats["shopify"]["pointsUsed"].as_f64().context("the sandbox does not tell pointsUsed")?;
        Ok(Figures { requests, points, cpu: self.clock.cpu_seconds(self.agent.pid)? })
    }

    /// One piece more of an item in NetSuite's main warehouse.
    pub(super) async fn receive(&self, item: i64) -> anyhow::Result<()> {
        self.vendors.post("netsuite/stock", &json!({"item": item, "location": 1, "by": 1})).await.map(drop)
    }

    /// What was recorded.
    pub(super) fn recording(&self) -> anyhow::Result<Vec<Recorded>> {
        self.recorder.as_ref().map(Recorder::take).context("nothing was recorded")
    }
}

impl Vendors {
    /// Starts it.
    pub(super) async fn start(
        binaries: &Binaries,
        directory: &Path,
        (skus, locations): (u32, u32),
        limits: Limits,
    ) -> anyhow::Result<Self> {
        let arguments = match limits {
            Limits::None => UNLIMITED.map(str::to_owned).to_vec(),
            Limits::Real => vec!["--netsuite-concurrency".to_owned(), SLOTS.to_string()],
        };
        let (sandbox, control) = start_sandbox(binaries, directory, &arguments).await?;
        let mut vendors = Self { http: reqwest::Client::new(), control, places: Vec::new(), _sandbox: sandbox };
        let plan = json!({"skus": skus, "locations": locations, "bundles": skus / BUNDLES});
        let loaded = vendors.post("catalogue", &plan).await?;
        vendors.places = loaded["locations"].as_array().cloned().context("the sandbox does not tell its locations")?;
        Ok(vendors)
    }

    /// How to log in, and where.
    pub(super) async fn credentials(&self) -> anyhow::Result<Value> {
        self.get("credentials").await
    }

    async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let url = self.control.join(&format!("/control/{path}"))?;
        let answer = self.http.get(url).send().await.and_then(|answer| answer.error_for_status());
        Ok(answer.context("the sandbox's control API")?.json().await?)
    }

    async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let url = self.control.join(&format!("/control/{path}"))?;
        let answer = self.http.post(url).json(body).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            bail!("the sandbox refuses {path} with {status}: {text}");
        }
        Ok(serde_json::from_str(&text)?)
    }
}

/// Adds the stock's settings, and the two agents in the order's agents' place.
fn stock(directory: &Path, places: &[Value], limits: Limits) -> anyhow::Result<()> {
    let file = directory.join("stateset.toml");
    let mut text = std::fs::read_to_string(&file)?;
    text = text.replace(
        "agents = [\"shopifyToNetsuiteWorkflow\"]",
        "agents = [\"inventorySyncWorkflow\", \"inventoryBundlesSyncWorkflow\"]",
    );
    if limits == Limits::Real {
        text = text.replace("permits = 50", &format!("permits = {SLOTS}"));
    }
    let place = |place: &Value| format!("\"{}\" = \"{}\"", place["netsuite"], place["shopify"]);
    let places: Vec<String> = places.iter().map(place).collect();
    std::fs::write(
        &file,
        filled(text + include_str!("../../data/inventory.toml"), [("LOCATIONS", places.join(", "))]),
    )?;
    Ok(())
}
