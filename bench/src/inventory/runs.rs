//! Syncs, one after the other, and what each took.

use std::time::Instant;

use anyhow::{Context, bail};
use serde_json::{Value, json};
use temporalio_client::{UntypedWorkflow, WorkflowGetResultOptions, WorkflowStartOptions};
use temporalio_common::data_converters::{PayloadConverter, RawValue};

use super::site::{self, Figures, Site};
use crate::{history, shop::Requests};

/// The first item of a generated catalogue, in NetSuite.
const FIRST_ITEM: i64 = 100_001;
const ITEM_SYNC: &str = "inventorySyncWorkflow";
const BUNDLE_SYNC: &str = "inventoryBundlesSyncWorkflow";
/// The operation that sets quantities.
const WRITE: &str = "inventorySetQuantities";

/// What a run took, and what it said.
pub(super) struct Run {
    pub(super) seconds: f64,
    pub(super) requests: Requests,
    pub(super) points: f64,
    pub(super) cpu: f64,
    pub(super) events: f64,
    /// Its own report.
    pub(super) report: Value,
}

/// The runs of one size.
pub(super) struct Runs {
    /// Every level differs.
    pub(super) all: Run,
    pub(super) nothing: Run,
    /// One SKU in a hundred has moved at one location.
    pub(super) some: Run,
    /// The same of other SKUs, asked for what moved.
    pub(super) delta: Run,
    /// All bundles, after the items.
    pub(super) bundles: Run,
}

impl Run {
    /// Calls that set quantities.
    pub(super) fn writes(&self) -> u64 {
        self.requests.shopify.iter().filter(|(name, _)| name.contains(WRITE)).map(|(_, n)| n).sum()
    }

    /// A figure of its report.
    pub(super) fn told(&self, figure: &str) -> u64 {
        self.report[figure].as_u64().unwrap_or_default()
    }
}

/// One full run of the items' sync.
pub(super) async fn full(site: &Site) -> anyhow::Result<Run> {
    sync(site, ITEM_SYNC, "full").await
}

/// All of them. A sync that does not do what it should gives no figures.
pub(super) async fn all(site: &Site, skus: u32) -> anyhow::Result<Runs> {
    let say = |what: &str| eprintln!("{skus} SKUs: {what}");
    say("everything differs");
    let all = full(site).await?;
    if all.told("changed") == 0 || all.told("failed") > 0 {
        bail!("the first sync has not told the stock: {}", all.report);
    }
    say("nothing has changed");
    let nothing = full(site).await?;
    say("one in a hundred has moved");
    let moved = move_some(site, skus, 0).await?;
    let some = full(site).await?;
    must_tell(&some, moved)?;
    say("what moved since");
    let moved = move_some(site, skus, 50).await?;
    let delta = sync(site, ITEM_SYNC, "delta").await?;
    must_tell(&delta, moved)?;
    say("bundles");
    let bundles = sync(site, BUNDLE_SYNC, "full").await?;
    Ok(Runs { all, nothing, some, delta, bundles })
}

/// One piece more of every hundredth plain item, from an offset on. How many.
async fn move_some(site: &Site, skus: u32, offset: u32) -> anyhow::Result<u64> {
    // The last ones of a catalogue are its bundles.
    let items = skus - skus / site::BUNDLES;
    let mut moved = 0;
    for number in (offset..items).step_by(100) {
        site.receive(FIRST_ITEM + i64::from(number)).await?;
        moved += 1;
    }
    Ok(moved)
}

fn must_tell(run: &Run, moved: u64) -> anyhow::Result<()> {
    let changed = run.told("changed");
    if changed != moved {
        bail!("{moved} levels have moved, and the sync told {changed}: {}", run.report);
    }
    Ok(())
}

async fn sync(site: &Site, workflow: &str, scope: &str) -> anyhow::Result<Run> {
    let before = site.figures().await?;
    let id = format!("{workflow}:acme:bench-{}", before.requests.shopify.values().sum::<u64>());
    let options = WorkflowStartOptions::new(workflow, &id).build();
    let input = RawValue::from_value(&json!({"brand": "acme", "scope": scope}), &PayloadConverter::default());
    let begun = Instant::now();
    let handle = site.client.start_workflow(UntypedWorkflow::new(workflow), input, options).await?;
    let result = handle.get_result(WorkflowGetResultOptions::default()).await;
    let result = result.with_context(|| format!("{id}:\n{}", site.agent.last_words()))?;
    let seconds = begun.elapsed().as_secs_f64();
    let Figures { requests, points, cpu } = site.figures().await?;
    let histories = history::read_each(&site.client, vec![(id, None)]).await?;
    let payload = result.payloads.first().context("a sync ends without a report")?;
    Ok(Run {
        seconds,
        requests: requests.since(&before.requests),
        points: points - before.points,
        cpu: cpu - before.cpu,
        events: histories.first().map(|(events, _)| *events).unwrap_or_default(),
        report: serde_json::from_slice(&payload.data).context("a sync's report")?,
    })
}
