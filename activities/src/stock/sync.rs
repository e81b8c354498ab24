//! One tick: read, compare, write the differences, read again what changed meanwhile, report.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::AtomicU32,
};

use jiff::Timestamp;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::{
    contracts::{NETSUITE, SHOPIFY, stock::SyncStock},
    domain::{
        stock::{Change, Compared, Entries, Reason, StockReport, Used, Whose},
        stock_input::Scope,
    },
    ids,
};

use super::{
    erp::{Erp, Size},
    figures::{Figures, Reach, Reader},
    lane::Lane,
    progress::{Key, Progress, while_telling},
    shop::Shop,
    terms::Terms,
    write::Writer,
};
use crate::Agents;

/// So many locations that are not mapped are named.
const LOCATIONS: usize = 100;
/// What changes at every look is left to the next tick.
const ROUNDS: u32 = 5;

/// The whole tick.
pub(crate) async fn sync(
    agents: &Agents,
    ctx: &ActivityContext,
    work: &SyncStock,
) -> Result<StockReport, ActivityError> {
    let terms = Terms::of(agents, &work.brand)?;
    let (store, account) = (agents.store_of(&work.brand)?, agents.account_of(&work.brand)?);
    let lanes = Lanes::new(agents, ctx, &terms, store, account);
    let progress = Progress::of(agents, ctx);
    let (shop, erp) = (Shop { lane: &lanes.shop, store }, Erp { lane: &lanes.erp, account });
    let reader = Reader { terms: &terms, shop: &shop, erp: &erp, whose: work.whose, progress: &progress };
    let points = store.client.usage().points;
    let requests = || (lanes.shop.requests(), lanes.erp.requests());
    let tick = Tick { work, reader: &reader, progress: &progress };
    let mut report = while_telling(&progress, agents, ctx, requests, tick.run()).await?;
    let trace = progress.trace();
    let (of_shop, of_erp) = progress.requests(requests());
    report.used = BTreeMap::from([
        // The client counts for the whole process: what orders used meanwhile is among it.
        (SHOPIFY.to_owned(), Used { requests: of_shop, points: store.client.usage().points - points }),
        (NETSUITE.to_owned(), Used { requests: of_erp, points: 0 }),
    ]);
    report.seconds = trace.began.map_or(0.0, |began| Timestamp::now().duration_since(began).as_secs_f64());
    tell(agents, work, &report);
    Ok(report)
}

/// The ways to both vendors.
pub(super) struct Lanes<'a> {
    pub(super) shop: Lane<'a>,
    pub(super) erp: Lane<'a>,
}

impl<'a> Lanes<'a> {
    /// As wide as the brand's share of the permits.
    pub(super) fn new(
        agents: &'a Agents,
        ctx: &'a ActivityContext,
        terms: &Terms<'_>,
        store: &'a crate::vendors::Store,
        account: &'a crate::vendors::Account,
    ) -> Self {
        let width = |pool: &crate::pool::Pool| terms.stock.part_of(pool.share());
        let left = rust_decimal::prelude::ToPrimitive::to_f64(&terms.stock.share).map_or(0.5, |share| 1.0 - share);
        Self {
            shop: Lane::new(agents, ctx, SHOPIFY, &store.pool, width(&store.pool)).with_points(&store.client, left),
            erp: Lane::new(agents, ctx, NETSUITE, &account.pool, width(&account.pool)),
        }
    }
}

struct Tick<'a> {
    work: &'a SyncStock,
    reader: &'a Reader<'a>,
    progress: &'a Progress<'a>,
}

impl Tick<'_> {
    async fn run(&self) -> Result<StockReport, ActivityError> {
        let Self { work, reader, progress } = self;
        progress.says("reading: what is to be compared");
        let size = reader.erp.size().await?;
        let (mut reach, watermark) = self.reach(size).await?;
        let mut report = StockReport { scope: work.scope.word().to_owned(), watermark, ..StockReport::default() };
        if matches!(&reach, Reach::Skus { skus, .. } if skus.is_empty()) {
            return Ok(report);
        }
        let writer = Writer {
            shop: reader.shop,
            terms: reader.terms,
            workflow: workflow(work.whose),
            tick: work.tick,
            progress,
            refused: AtomicU32::new(0),
        };
        let mut entries = Entries::default();
        // What is to be read again, and what a report calls it: it may be gone by then.
        let (mut stale, mut names) = (BTreeSet::new(), BTreeMap::new());
        for round in 0..=ROUNDS {
            let figures = reader.read(&reach, size).await?;
            let changes = match round {
                0 => {
                    let compared = figures.compare(reader.terms, work.whose);
                    progress.read_anew();
                    begin(&mut report, &figures, &compared);
                    entries.extend(&compared.entries);
                    compared.changes
                }
                _ => self.again(&figures, &stale, &names, &mut entries),
            };
            report.rounds = round;
            writer.write(changes, &figures, round).await?;
            stale = progress.end_of_round(round == 0);
            if stale.is_empty() {
                break;
            }
            for (item, _) in &stale {
                names.entry(*item).or_insert_with(|| figures.name_of(*item));
            }
            if round == ROUNDS {
                stale.iter().for_each(|(item, _)| entries.add(&Reason::KeepsChanging, &names[item], 1));
            }
            progress.says(format!("reading again: {} positions that changed meanwhile", stale.len()));
            reach = Reach::InventoryItems(stale.iter().map(|(item, _)| *item).collect());
        }
        let trace = progress.trace();
        entries.extend(&trace.refused);
        (report.changed, report.writes) = (trace.changed, trace.writes);
        (report.skipped, report.failed) = (entries.skipped.count(), entries.failed.count());
        report.unchanged = report.read.saturating_sub(report.changed + report.skipped + report.failed);
        (report.skipped_because, report.failed_because) = (entries.skipped.groups(), entries.failed.groups());
        Ok(report)
    }

    /// What of the positions that had changed is still to be written. One that is as it should be was written by an attempt
    /// whose answer was lost, or by somebody else.
    fn again(
        &self,
        figures: &Figures,
        stale: &BTreeSet<Key>,
        names: &BTreeMap<u64, String>,
        entries: &mut Entries,
    ) -> Vec<Change> {
        let (mut right, mut changes) = (0, vec![]);
        figures.compare_each(self.reader.terms, self.work.whose, |_, _, change| {
            match (stale.contains(&change.key()), change.from == change.to) {
                (true, true) => right += 1,
                (true, false) => changes.push(change),
                (false, _) => {}
            }
        });
        self.progress.right(right);
        let gone = figures.gone(stale.iter().map(|(item, _)| *item).collect());
        for (item, _) in stale.iter().filter(|(item, _)| gone.contains(item)) {
            entries.add(&Reason::Gone, names.get(item).map_or("", String::as_str), 1);
        }
        changes.sort_unstable();
        changes
    }

    /// What is looked at, and NetSuite's time from which the next delta starts. That time is read before anything else.
    async fn reach(&self, size: Size) -> Result<(Reach, Option<Timestamp>), ActivityError> {
        let Self { work, reader, .. } = self;
        let terms = reader.terms;
        match &work.scope {
            Scope::Skus(skus) => {
                let skus: BTreeSet<String> = skus.iter().cloned().collect();
                Ok((Reach::Skus { skus, items: BTreeSet::new() }, None))
            }
            Scope::Full => {
                // Where nothing has ever moved, the next delta looks at all that has.
                let watermark = reader.erp.last_move().await?.or(Some(Timestamp::UNIX_EPOCH));
                let reach = match work.whose {
                    Whose::Items => Reach::Everything,
                    Whose::Bundles => {
                        let of_components = terms.assemblies_of_components();
                        let bundles = reader.erp.bundles().await?;
                        let ids = bundles.iter().filter(|item| item.kind.is_bundle(of_components)).map(|item| item.id);
                        self.of_items(ids.collect(), size).await?
                    }
                };
                Ok((reach, watermark))
            }
            Scope::Delta(since) => {
                let (moved, last) = reader.erp.moved(*since - terms.stock.overlap).await?;
                let ids = match work.whose {
                    Whose::Items => moved,
                    Whose::Bundles => reader.all_bills().await?.parents_of(&moved),
                };
                Ok((self.of_items(ids, size).await?, last.max(Some(*since))))
            }
        }
    }

    /// The SKUs of NetSuite items. So many that the whole catalogue costs less are the whole catalogue, and so is an item that
    /// only a variant's id leads to.
    async fn of_items(&self, ids: BTreeSet<u64>, size: Size) -> Result<Reach, ActivityError> {
        let terms = self.reader.terms;
        let most = u64::from(terms.stock.bulk_from).max(size.count / 20);
        if ids.len() as u64 > most || terms.mapping.variants.values().any(|id| ids.contains(id)) {
            return Ok(Reach::Everything);
        }
        let items = self.reader.erp.some_items(&ids, &BTreeSet::new()).await?;
        let names = items.iter().filter(|item| ids.contains(&item.id)).map(|item| item.name.to_string());
        let mapped = terms.mapping.skus.iter().filter(|(_, id)| ids.contains(id)).map(|(sku, _)| sku.clone());
        Ok(Reach::Skus { skus: names.chain(mapped).filter(|sku| !sku.is_empty()).collect(), items: ids })
    }
}

fn begin(report: &mut StockReport, figures: &Figures, compared: &Compared) {
    let elsewhere = figures.shelf.elsewhere.iter().take(LOCATIONS);
    report.elsewhere = elsewhere.map(|(location, levels)| (location.to_string(), *levels)).collect();
    report.read = compared.read;
    (report.negatives, report.negative) = (compared.negatives, compared.negative.clone());
}

fn workflow(whose: Whose) -> &'static str {
    match whose {
        Whose::Items => ids::INVENTORY_SYNC,
        Whose::Bundles => ids::BUNDLES_SYNC,
    }
}

/// Metrics, and one line in the log; an alert where something should have been written and was not.
fn tell(agents: &Agents, work: &SyncStock, report: &StockReport) {
    let (brand, sync) = (work.brand.as_str(), workflow(work.whose));
    for (outcome, count) in [
        ("changed", report.changed),
        ("unchanged", report.unchanged),
        ("skipped", report.skipped),
        ("failed", report.failed),
    ] {
        agents.metrics.stock.with_label_values(&[brand, sync, outcome]).inc_by(count);
    }
    match report.failed {
        0 => tracing::info!(brand, "{sync}: {}", report.line()),
        _ => tracing::warn!(brand, "{sync}: {}", report.line()),
    }
}
