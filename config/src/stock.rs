//! How a brand's stock is told to its store.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use rust_decimal::Decimal;
use serde::Deserialize;

use crate::{ConfigError, brand::Brand};

/// Stock: NetSuite's availability per location, Shopify's levels, and what lies between them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stock {
    /// Internal id of a NetSuite location to the numeric id of the Shopify location that sells its stock. Several NetSuite
    /// locations may stand behind one Shopify location: their stock adds up. Stock elsewhere is not sold.
    pub locations: BTreeMap<String, String>,
    /// Time between two runs of `inventorySyncWorkflow`, and of `inventoryBundlesSyncWorkflow`.
    #[serde(default = "quarter", with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub every: Duration,
    /// How long after the items' tick the bundles' tick comes.
    #[serde(default = "offset", with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub bundles_after: Duration,
    /// Time between two comparisons of the whole catalogue; the runs between them look at what moved.
    #[serde(default = "six_hours", with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub full_every: Duration,
    /// How far before its watermark a run looks again for lines that moved. NetSuite tells their time without a zone: at
    /// least the hour that a clock is set back.
    #[serde(default = "overlap", with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub overlap: Duration,
    /// Time between two comparisons of NetSuite, warehouse and store that write nothing.
    #[serde(default = "day", with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub check_every: Duration,
    /// In such a comparison: so many units more or less are no difference.
    #[serde(default)]
    pub tolerance: u32,
    /// Units that are never sold, per SKU and location.
    #[serde(default)]
    pub buffer: u32,
    /// More is never shown, per SKU and location.
    #[serde(default)]
    pub cap: Option<u32>,
    /// What differs for a SKU.
    #[serde(default)]
    pub skus: BTreeMap<String, SkuPolicy>,
    /// Where the stock of an assembly comes from.
    #[serde(default)]
    pub assemblies: Assemblies,
    /// The part of a store's, an account's or a login's permits that a sync may hold; the rest is for orders.
    #[serde(default = "half")]
    pub share: Decimal,
    /// A catalogue of more items is read by a bulk operation of Shopify's, a smaller one page by page.
    #[serde(default = "bulk_from")]
    pub bulk_from: u32,
}

/// What differs for a SKU.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SkuPolicy {
    /// Leave its stock alone.
    pub ignore: bool,
    /// Units that are never sold, in place of the brand's.
    pub buffer: Option<u32>,
    /// More is never shown, in place of the brand's.
    pub cap: Option<u32>,
}

/// Where the stock of an assembly comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Assemblies {
    /// What its components allow to be built: `inventoryBundlesSyncWorkflow`.
    #[default]
    Components,
    /// What is built and on the shelf: `inventorySyncWorkflow`.
    Built,
}

fn quarter() -> Duration {
    Duration::from_secs(15 * 60)
}
fn offset() -> Duration {
    Duration::from_secs(10)
}
fn six_hours() -> Duration {
    Duration::from_secs(6 * 3600)
}
fn overlap() -> Duration {
    Duration::from_secs(75 * 60)
}
fn day() -> Duration {
    Duration::from_secs(86_400)
}
fn half() -> Decimal {
    Decimal::new(5, 1)
}
fn bulk_from() -> u32 {
    2_500
}

impl Stock {
    /// A brand's stock with every other value as it is by default.
    pub fn new(locations: BTreeMap<String, String>) -> Self {
        Self {
            locations,
            every: quarter(),
            bundles_after: offset(),
            full_every: six_hours(),
            overlap: overlap(),
            check_every: day(),
            tolerance: 0,
            buffer: 0,
            cap: None,
            skus: BTreeMap::new(),
            assemblies: Assemblies::default(),
            share: half(),
            bulk_from: bulk_from(),
        }
    }

    /// How many of so many permits a sync may hold: at least one.
    pub fn part_of(&self, permits: u32) -> usize {
        let part = (Decimal::from(permits) * self.share).floor();
        usize::try_from(part).unwrap_or(1).max(1)
    }

    /// The Shopify locations, each once.
    pub fn shop_locations(&self) -> BTreeSet<&str> {
        self.locations.values().map(String::as_str).collect()
    }
}

/// The agents that tell stock.
const AGENTS: [&str; 2] = ["inventorySyncWorkflow", "inventoryBundlesSyncWorkflow"];

/// What the agents of the stock need, and what can be judged without a network.
pub(crate) fn check(brand: &Brand, field: &dyn Fn(&str) -> String) -> Result<(), ConfigError> {
    let Some(stock) = &brand.stock else {
        return match AGENTS.iter().find(|agent| brand.enables(agent)) {
            Some(agent) => Err(ConfigError::invalid(field("stock"), format!("missing; {agent} needs it"))),
            None => Ok(()),
        };
    };
    let wrong = |name: &str, problem: String| Err(ConfigError::invalid(field(&format!("stock.{name}")), problem));
    if stock.locations.is_empty() {
        return wrong("locations", "none mapped; add for example \"1\" = \"71234567890\"".to_owned());
    }
    for (netsuite, shopify) in &stock.locations {
        for id in [netsuite, shopify] {
            if id.parse::<u64>().is_err() {
                return wrong("locations", format!("{id:?} is no id: NetSuite's and Shopify's are numbers"));
            }
        }
    }
    match &brand.orders.location {
        Some(location) if !stock.locations.contains_key(location) => {
            let problem = format!(
                "has no {location:?}, where orders.location books: what is sold could not be taken off its stock"
            );
            return wrong("locations", problem);
        }
        None if stock.locations.len() > 1 => {
            let problem = "several are mapped: set orders.location, where what is sold is taken off";
            return wrong("locations", problem.to_owned());
        }
        _ => {}
    }
    for (name, length) in [("every", stock.every), ("full_every", stock.full_every), ("check_every", stock.check_every)]
    {
        if length < Duration::from_secs(1) {
            return wrong(name, "must be at least 1s".to_owned());
        }
    }
    if stock.bundles_after >= stock.every {
        return wrong("bundles_after", "must be shorter than every".to_owned());
    }
    if stock.share <= Decimal::ZERO || stock.share > Decimal::ONE {
        return wrong("share", "more than 0 and at most 1 expected".to_owned());
    }
    Ok(())
}
