//! NetSuite, warehouse and store, side by side. Nothing is written.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use config::Warehouse;
use futures_util::TryStreamExt;
use rust_decimal::Decimal;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::{
    contracts::{DCL, NETSUITE, SHOPIFY, stock::CheckStock},
    domain::{
        stock::{Entries, ItemKind, Place, Reason, Whose},
        stock_check::{CheckReport, Difference, System},
    },
};

use super::{
    erp::{Erp, Figure},
    figures::{Figures, Reach, Reader},
    lane::Lane,
    progress::{Progress, while_telling},
    shop::Shop,
    sync::Lanes,
    terms::Terms,
};
use crate::{Agents, vendors::Login};

/// So many items are asked for by number at the warehouse; of more, all are read.
const SOME: usize = 1_000;

/// Reads all three and compares them.
pub(crate) async fn check(
    agents: &Agents,
    ctx: &ActivityContext,
    work: &CheckStock,
) -> Result<CheckReport, ActivityError> {
    let begun = Instant::now();
    let terms = Terms::of(agents, &work.brand)?;
    let (store, account) = (agents.store_of(&work.brand)?, agents.account_of(&work.brand)?);
    let lanes = Lanes::new(agents, ctx, &terms, store, account);
    let warehouse = terms.brand.warehouse.as_ref();
    let warehouse = warehouse.and_then(|warehouse| Some((warehouse, agents.vendors.login(&warehouse.dcl)?)));
    let progress = Progress::of(agents, ctx);
    let (shop, erp) = (Shop { lane: &lanes.shop, store }, Erp { lane: &lanes.erp, account });
    let reader = |whose| Reader { terms: &terms, shop: &shop, erp: &erp, whose, progress: &progress };
    let requests = || (lanes.shop.requests(), lanes.erp.requests());
    let checked = async {
        let size = erp.size().await?;
        let reach = match &work.skus {
            None => Reach::Everything,
            Some(skus) => Reach::Skus { skus: skus.iter().cloned().collect(), items: BTreeSet::new() },
        };
        let mut report = CheckReport::new(work.tolerance.unwrap_or(terms.stock.tolerance));
        let mut entries = Entries::default();
        let figures = reader(Whose::Items).read(&reach, size).await?;
        with_store(&mut report, &mut entries, &figures, &terms, Whose::Items);
        if let Some((warehouse, login)) = warehouse {
            progress.says("reading: the warehouse's shelves");
            report.with_warehouse = true;
            let lane = Lane::new(agents, ctx, DCL, &login.pool, terms.stock.part_of(login.pool.share()));
            let warehouse = (warehouse, login, &lane);
            with_warehouse(&mut report, &mut entries, &figures, &terms, &erp, warehouse).await?;
        }
        let bundles = reader(Whose::Bundles).read(&reach, size).await?;
        with_store(&mut report, &mut entries, &bundles, &terms, Whose::Bundles);
        (report.skipped_because, report.failed_because) = (entries.skipped.groups(), entries.failed.groups());
        Ok(report)
    };
    let mut report = while_telling(&progress, agents, ctx, requests, checked).await?;
    report.seconds = begun.elapsed().as_secs_f64();
    let brand = work.brand.as_str();
    match report.differing {
        0 => tracing::info!(brand, "stock of {NETSUITE}, {DCL} and {SHOPIFY}: {}", report.line()),
        _ => tracing::warn!(brand, "stock of {NETSUITE}, {DCL} and {SHOPIFY}: {}", report.line()),
    }
    Ok(report)
}

/// What the store shows against what a sync would write.
fn with_store(report: &mut CheckReport, entries: &mut Entries, figures: &Figures, terms: &Terms<'_>, whose: Whose) {
    let compared = figures.compare_each(terms, whose, |variant, item, change| {
        let netsuite = match whose {
            Whose::Items => figures.availability.of(item, change.place),
            // A bundle has no stock of its own: what its components allow is the figure.
            Whose::Bundles => change.to.into(),
        };
        report.compare(Difference {
            sku: variant.name(),
            location: terms.places[usize::from(change.place)].to_string(),
            system: System::Shopify,
            netsuite,
            expected: change.to.into(),
            found: change.from.into(),
        });
    });
    match whose {
        Whose::Items => entries.extend(&compared.entries),
        // What else the bundles leave alone, the items have named.
        Whose::Bundles => entries.failed.extend(&compared.entries.failed),
    }
}

/// What is on the warehouse's shelves against NetSuite's, over all locations that the warehouse stands for.
async fn with_warehouse(
    report: &mut CheckReport,
    entries: &mut Entries,
    figures: &Figures,
    terms: &Terms<'_>,
    erp: &Erp<'_>,
    warehouse: (&Warehouse, &Login, &Lane<'_>),
) -> Result<(), ActivityError> {
    let (warehouse, login, lane) = warehouse;
    let locations: BTreeMap<u64, Place> = match warehouse.locations.is_empty() {
        true => terms.behind.keys().map(|id| (*id, 0)).collect(),
        false => warehouse.locations.iter().filter_map(|id| Some((id.parse().ok()?, 0))).collect(),
    };
    let stocked = figures.items.iter().filter(|item| item.kind == ItemKind::Stocked && !item.inactive);
    let numbers: BTreeMap<&str, u64> =
        stocked.map(|item| (warehouse.items.get(&*item.name).map_or(&*item.name, String::as_str), item.id)).collect();
    let on_hand = erp.some_stock(Figure::OnHand, &numbers.values().copied().collect(), &locations).await?;
    let asked: Vec<&str> = match numbers.len() <= SOME {
        true => numbers.keys().copied().collect(),
        false => vec![],
    };
    if numbers.is_empty() {
        return Ok(());
    }
    let rows = lane.ask("items", 0, || login.client.items(&asked).try_collect::<Vec<_>>()).await?;
    let mut found: BTreeMap<&str, Decimal> = BTreeMap::new();
    for row in &rows {
        *found.entry(&row.item_number).or_default() += row.on_hand;
    }
    for (number, item) in numbers {
        let netsuite = on_hand.of(item, 0);
        match found.get(number) {
            None if netsuite.is_zero() => {}
            None => entries.add(&Reason::NotAtWarehouse, number, 1),
            Some(found) => report.compare(Difference {
                sku: number.to_owned(),
                location: warehouse.dcl.clone(),
                system: System::Dcl,
                netsuite,
                expected: netsuite,
                found: *found,
            }),
        }
    }
    Ok(())
}
