//! What a sync tells at its end. Counts are exact; of each reason only the first SKUs are named.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

/// So many SKUs of each reason are named.
const NAMED: usize = 5;
/// So many reasons at most: a vendor's own words could be any number.
const GROUPS: usize = 100;

/// Why a position was not written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Shopify does not track the item.
    Untracked,
    /// A bundle that Shopify computes itself.
    NativeBundle,
    /// The configuration says so.
    Ignored,
    /// The variant has no SKU and no mapping.
    NoSku,
    /// NetSuite has no such item.
    NotInNetsuite,
    /// The item is inactive in NetSuite.
    Inactive,
    /// A service, a charge: nothing that has stock.
    WithoutStock,
    /// A kit or assembly: the bundles' sync computes it.
    Bundle,
    /// Shopify does not stock the item at this location.
    NotAtLocation,
    /// The warehouse has no such item.
    NotAtWarehouse,
    /// A location of the mapping that is no longer there.
    LocationGone,
    /// One SKU on several variants.
    DuplicateSku,
    /// Several NetSuite items with the name.
    AmbiguousItem,
    /// A quantity that Shopify cannot hold.
    Beyond32Bits,
    /// A bundle that contains itself.
    ContainsItself,
    /// A bundle without components.
    NoComponents,
    /// A bundle whose components or their numbers cannot be read.
    BadComponents,
    /// The variant or its inventory item is gone.
    Gone,
    /// It changed at every look; the next tick has it.
    KeepsChanging,
    /// Shopify's refusal of a single entry, by its code.
    Refused(String),
    /// More reasons than a report can hold.
    Other,
}

impl Reason {
    /// The word for programs.
    pub fn code(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Untracked => "untracked",
            Self::NativeBundle => "nativeBundle",
            Self::Ignored => "ignored",
            Self::NoSku => "noSku",
            Self::NotInNetsuite => "notInNetsuite",
            Self::Inactive => "inactive",
            Self::WithoutStock => "withoutStock",
            Self::Bundle => "bundle",
            Self::NotAtLocation => "notAtLocation",
            Self::NotAtWarehouse => "notAtWarehouse",
            Self::LocationGone => "locationGone",
            Self::DuplicateSku => "duplicateSku",
            Self::AmbiguousItem => "ambiguousItem",
            Self::Beyond32Bits => "beyond32Bits",
            Self::ContainsItself => "containsItself",
            Self::NoComponents => "noComponents",
            Self::BadComponents => "badComponents",
            Self::Gone => "gone",
            Self::KeepsChanging => "keepsChanging",
            Self::Refused(code) => return Cow::Owned(format!("refused: {code}")),
            Self::Other => "other",
        })
    }

    /// Should the position have been written? Otherwise it is left alone, rightly.
    pub fn is_fault(&self) -> bool {
        matches!(
            self,
            Self::LocationGone
                | Self::DuplicateSku
                | Self::AmbiguousItem
                | Self::Beyond32Bits
                | Self::ContainsItself
                | Self::NoComponents
                | Self::BadComponents
                | Self::Gone
                | Self::KeepsChanging
                | Self::Refused(_)
                | Self::Other
        )
    }

    /// What it means and what to do.
    fn meaning(&self) -> &'static str {
        match self {
            Self::Untracked => "Shopify does not track it; switch tracking on to have its stock told",
            Self::NativeBundle => "a bundle of Shopify's own, which counts its components itself: left alone",
            Self::Ignored => "left alone, as stock.skus says",
            Self::NoSku => "the variant has no SKU; give it one, or map it in mappings.items",
            Self::NotInNetsuite => "no active NetSuite item has this name; create it, or map it in mappings.items",
            Self::Inactive => "the NetSuite item is inactive",
            Self::WithoutStock => "the NetSuite item is of a type that has no stock",
            Self::Bundle => "a kit or assembly: told by inventoryBundlesSyncWorkflow",
            Self::NotAtLocation => "not stocked at the Shopify location; connect it there in the shop",
            Self::NotAtWarehouse => "the warehouse has no such item; map its number in warehouse.items",
            Self::LocationGone => "the location is no longer there or inactive; correct stock.locations",
            Self::DuplicateSku => {
                "several variants have this SKU; which one is meant? give each its own, or map variant:<id>"
            }
            Self::AmbiguousItem => "several NetSuite items have this name; map the right one in mappings.items",
            Self::Beyond32Bits => "more than Shopify can hold; correct it in NetSuite, or set a cap",
            Self::ContainsItself => "its components contain it again; correct them in NetSuite",
            Self::NoComponents => "it has no components today; add them in NetSuite",
            Self::BadComponents => "a component has no positive quantity; correct it in NetSuite",
            Self::Gone => "the variant was deleted while its stock was told",
            Self::KeepsChanging => "it changed at every look; the next tick tells it",
            Self::Refused(_) => "refused by Shopify",
            Self::Other => "further reasons",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code())
    }
}

/// Positions with one reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// The reason.
    pub reason: String,
    /// What it means and what to do.
    pub meaning: String,
    /// How many.
    pub count: u64,
    /// The first SKUs.
    pub skus: Vec<String>,
}

/// Positions by reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tally(BTreeMap<String, Group>);

impl Tally {
    /// Adds `count` positions of one SKU.
    pub fn add(&mut self, reason: &Reason, sku: &str, count: u64) {
        let code = reason.code();
        let reason = match self.0.len() >= GROUPS - 1 && !self.0.contains_key(code.as_ref()) {
            true => &Reason::Other,
            false => reason,
        };
        let group = self.0.entry(reason.code().into_owned()).or_insert_with(|| Group {
            reason: reason.code().into_owned(),
            meaning: reason.meaning().to_owned(),
            ..Group::default()
        });
        group.count += count;
        if group.skus.len() < NAMED && !group.skus.iter().any(|known| known == sku) {
            group.skus.push(sku.to_owned());
        }
    }

    /// Adds another tally.
    pub fn extend(&mut self, other: &Self) {
        for (code, group) in &other.0 {
            let full = self.0.len() >= GROUPS - 1 && !self.0.contains_key(code);
            let code = if full { Reason::Other.code().into_owned() } else { code.clone() };
            let meaning = if full { Reason::Other.meaning() } else { &group.meaning };
            let known = self.0.entry(code.clone()).or_insert_with(|| Group {
                reason: code,
                meaning: meaning.to_owned(),
                ..Group::default()
            });
            known.count += group.count;
            for sku in &group.skus {
                if known.skus.len() < NAMED && !known.skus.contains(sku) {
                    known.skus.push(sku.clone());
                }
            }
        }
    }

    /// How many positions there are.
    pub fn count(&self) -> u64 {
        self.0.values().map(|group| group.count).sum()
    }

    /// The groups, largest first.
    pub fn groups(&self) -> Vec<Group> {
        let mut groups: Vec<Group> = self.0.values().cloned().collect();
        groups.sort_by(|a, b| (b.count, &a.reason).cmp(&(a.count, &b.reason)));
        groups
    }
}

/// Positions that are not written, by whether they should have been.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Entries {
    /// Left alone.
    pub skipped: Tally,
    /// At fault.
    pub failed: Tally,
}

impl Entries {
    /// Adds `count` positions of one SKU.
    pub fn add(&mut self, reason: &Reason, sku: &str, count: u64) {
        let tally = if reason.is_fault() { &mut self.failed } else { &mut self.skipped };
        tally.add(reason, sku, count);
    }

    /// Adds other entries.
    pub fn extend(&mut self, other: &Self) {
        self.skipped.extend(&other.skipped);
        self.failed.extend(&other.failed);
    }

    /// How many positions there are.
    pub fn count(&self) -> u64 {
        self.skipped.count() + self.failed.count()
    }
}

/// Requests to one vendor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Used {
    /// Requests, refused ones too.
    pub requests: u64,
    /// Points of Shopify's rate limit, where the answers told them.
    pub points: u64,
}

/// The end of a sync.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StockReport {
    /// `full`, `delta` or `skus`.
    pub scope: String,
    /// Positions looked at: a variant at a mapped location is one.
    pub read: u64,
    /// Written.
    pub changed: u64,
    /// As they should be.
    pub unchanged: u64,
    /// Left alone.
    pub skipped: u64,
    /// Not written though they should be.
    pub failed: u64,
    /// Why they were left alone.
    pub skipped_because: Vec<Group>,
    /// Why they were not written.
    pub failed_because: Vec<Group>,
    /// Shown as none because NetSuite has less than none: SKUs.
    pub negative: Vec<String>,
    /// How many of these there are.
    pub negatives: u64,
    /// Levels at Shopify locations that are not mapped, by location: left alone, and not among `read`.
    pub elsewhere: BTreeMap<String, u64>,
    /// Calls of `inventorySetQuantities`.
    pub writes: u64,
    /// How often something had changed between reading and writing, and was read again.
    pub rounds: u32,
    /// From the first question to the last answer, attempts of a worker that died included.
    pub seconds: f64,
    /// Requests by vendor.
    pub used: BTreeMap<String, Used>,
    /// Time of NetSuite's last moved line; a delta starts there.
    pub watermark: Option<jiff::Timestamp>,
}

impl StockReport {
    /// One line for people.
    pub fn line(&self) -> String {
        let Self { scope, read, changed, unchanged, skipped, failed, seconds, .. } = self;
        let failures: Vec<String> = self
            .failed_because
            .iter()
            .take(3)
            .map(|g| format!("{} {} ({})", g.count, g.reason, g.skus.join(", ")))
            .collect();
        let failures = if failures.is_empty() { String::new() } else { format!(": {}", failures.join("; ")) };
        format!(
            "{scope}: {read} positions read, {changed} changed, {unchanged} unchanged, {skipped} skipped, {failed} failed \
             in {seconds:.1} s{failures}"
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn counts_are_exact_and_the_size_is_bounded(
            added in proptest::collection::vec((0u32..300, 0u32..50, 1u64..5), 0..600),
        ) {
            let mut tally = Tally::default();
            for (code, sku, count) in &added {
                tally.add(&Reason::Refused(code.to_string()), &format!("SKU-{sku}"), *count);
            }
            let sum: u64 = added.iter().map(|(.., count)| count).sum();
            prop_assert_eq!(tally.count(), sum);
            let groups = tally.groups();
            prop_assert_eq!(groups.iter().map(|g| g.count).sum::<u64>(), sum);
            prop_assert!(groups.len() <= GROUPS && groups.iter().all(|g| g.skus.len() <= NAMED));
            prop_assert!(groups.is_sorted_by(|a, b| a.count >= b.count));
            let mut twice = tally.clone();
            twice.extend(&tally);
            prop_assert_eq!(twice.count(), 2 * sum);
            prop_assert!(twice.groups().len() <= GROUPS);
        }
    }

    #[test]
    fn a_sku_is_named_once() {
        let mut tally = Tally::default();
        tally.add(&Reason::Untracked, "A", 2);
        tally.add(&Reason::Untracked, "A", 2);
        let groups = tally.groups();
        assert_eq!((groups[0].count, groups[0].skus.len(), groups[0].reason.as_str()), (4, 1, "untracked"));
        assert_eq!(Reason::Refused("INVALID".into()).to_string(), "refused: INVALID");
    }
}
