//! The rows of the table.

use std::collections::BTreeMap;

use super::{Measured, floor, runs::Run, site::STANDARD};
use crate::table::{
    Table,
    Target::{AtLeast, AtMost},
};

/// The largest size carries the targets of time and memory.
const LARGE: u32 = 100_000;
/// Levels that one call sets.
const BATCH: u64 = 250;

/// What one size gave.
pub(super) fn size(table: &mut Table, measured: &Measured) {
    let Measured { skus, locations, runs, floor, peak } = measured;
    let row = |what: &str| format!("{skus} SKUs × {locations}: {what}");
    let large = *skus >= LARGE;
    let bare = format!("all differ, s (bare: {} requests, {} at once)", floor.requests, floor::AT_ONCE);
    table.ratio(&row(&bare), 2, runs.all.seconds, floor.seconds, large.then_some(AtMost(1.5)));
    for (name, run) in [
        ("nothing changed", &runs.nothing),
        ("1 % moved", &runs.some),
        ("delta", &runs.delta),
        ("bundles", &runs.bundles),
    ] {
        table.absolute(&row(&format!("{name}, s")), format!("{:.2}", run.seconds), run.seconds, None);
    }
    let levels = u64::from(*skus) * u64::from(*locations);
    let most = levels.div_ceil(BATCH);
    for (name, run, limit) in [
        ("all differ", &runs.all, Some(most)),
        ("nothing changed", &runs.nothing, Some(0)),
        ("1 % moved", &runs.some, None),
        ("delta", &runs.delta, None),
        ("bundles", &runs.bundles, None),
    ] {
        let target = limit.map(|limit| AtMost(limit as f64));
        let writes = run.writes();
        let text = format!("{writes} for {} levels", run.told("changed"));
        table.absolute(&row(&format!("{name}, writes")), text, writes as f64, target);
        let count = |operations: &BTreeMap<String, u64>| operations.values().sum::<u64>();
        let (shopify, netsuite) = (count(&run.requests.shopify), count(&run.requests.netsuite));
        let text = format!("{shopify} / {netsuite} / {:.0}", run.points);
        let what = row(&format!("{name}, requests to Shopify / NetSuite / points"));
        table.absolute(&what, text, (shopify + netsuite) as f64, None);
        table.absolute(&row(&format!("{name}, worker CPU-s")), format!("{:.2}", run.cpu), run.cpu, None);
        let what = row(&format!("{name}, history events"));
        table.absolute(&what, format!("{:.0}", run.events), run.events, Some(AtMost(2000.0)));
    }
    table.absolute(&row("worker, peak RSS, MB"), format!("{peak:.1}"), *peak, large.then_some(AtMost(200.0)));
}

/// How time grows where the catalogue is ten times as large.
pub(super) fn growth(table: &mut Table, measured: &[Measured]) {
    for (small, large) in measured.iter().zip(measured.iter().skip(1)) {
        let grown = large.runs.all.seconds / small.runs.all.seconds;
        let what = format!("all differ, {} SKUs / {} SKUs, time", large.skus, small.skus);
        let target = (large.skus == 10 * small.skus && large.skus >= LARGE).then_some(AtMost(11.0));
        table.absolute(&what, format!("{grown:.1}"), grown, target);
    }
}

/// A run under the vendors' limits: they should be what it waits for.
pub(super) fn limited(table: &mut Table, skus: u32, run: &Run) {
    let row = |what: &str| format!("{skus} SKUs under the vendors' limits: {what}");
    table.absolute(&row("all differ, s"), format!("{:.1}", run.seconds), run.seconds, None);
    let (rate, bucket) = STANDARD;
    let allowed = run.seconds * rate + bucket;
    let used = run.points / allowed * 100.0;
    let text = format!("{:.0} of {allowed:.0} ({used:.0} %)", run.points);
    // A smaller catalogue is told before the bucket is empty.
    let target = (skus >= LARGE).then_some(AtLeast(90.0));
    table.absolute(&row("Shopify points used of those allowed, %"), text, used, target);
}

/// Which requests they were.
pub(super) fn requests(measured: &Measured) -> String {
    let mut text = String::new();
    let runs = &measured.runs;
    for (name, run) in [
        ("all differ", &runs.all),
        ("nothing changed", &runs.nothing),
        ("1 % moved", &runs.some),
        ("delta", &runs.delta),
        ("bundles", &runs.bundles),
    ] {
        for (vendor, operations) in [("Shopify", &run.requests.shopify), ("NetSuite", &run.requests.netsuite)] {
            let all: Vec<String> = operations.iter().map(|(name, n)| format!("{name} {n}")).collect();
            text += &format!("* {} SKUs, {name}, {vendor}: {}\n", measured.skus, all.join(", "));
        }
    }
    text
}
