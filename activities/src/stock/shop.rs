//! What is read in Shopify: variants, their levels, and what is sold and not booked yet.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use client_core::Error;
use client_shopify::{BulkOperation, BulkOperationStatus, InventoryItem, OpenOrder};
use futures_util::{StreamExt, TryStreamExt, pin_mut, stream};
use temporalio_sdk::activities::ActivityError;
use workflows::{
    contracts::SHOPIFY,
    domain::stock::{Level, Place, Variant},
};

use super::{lane::Lane, progress::Progress, terms::Terms};
use crate::{failure, vendors::Store};

/// What the client says of its requests, in points.
const PAGE: u32 = 200;
const BY_ITEM: u32 = 19;
const ORDERS: u32 = 266;
const SMALL: u32 = 12;
/// The most that one request takes or gives.
const MOST: usize = 250;
/// A bulk operation is looked at so soon after its start; then ever less often.
const FIRST_LOOK: Duration = Duration::from_millis(250);
const LATEST_LOOK: Duration = Duration::from_secs(5);

/// The way to the brand's store.
pub(super) struct Shop<'a> {
    pub(super) lane: &'a Lane<'a>,
    pub(super) store: &'a Store,
}

/// Variants and levels, each in order.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    pub(super) variants: Vec<Variant>,
    pub(super) levels: Vec<Level>,
    /// Levels at locations that are not mapped, by location.
    pub(super) elsewhere: BTreeMap<u64, u64>,
}

impl Shelf {
    fn put(&mut self, places: &[u64], item: InventoryItem) {
        for level in &item.levels {
            let place = places.binary_search(&level.location).ok().and_then(|n| Place::try_from(n).ok());
            // Shopify's own figure is an `Int`: 32 bits hold it.
            let available = i32::try_from(level.available.clamp(i32::MIN.into(), i32::MAX.into()));
            match (place, available) {
                (Some(place), Ok(available)) => {
                    self.levels.push(Level { inventory_item: item.id, place, available });
                }
                _ => *self.elsewhere.entry(level.location).or_default() += 1,
            }
        }
        self.variants.push(Variant {
            inventory_item: item.id,
            variant: item.variant,
            sku: item.sku.unwrap_or_default().into_boxed_str(),
            tracked: item.tracked,
            native_bundle: item.requires_components,
        });
    }

    fn in_order(mut self) -> Self {
        self.variants.sort_unstable_by_key(|variant| variant.inventory_item);
        self.variants.dedup_by_key(|variant| variant.inventory_item);
        self.levels.sort_unstable();
        self.levels.dedup_by_key(|level| (level.inventory_item, level.place));
        self.variants.shrink_to_fit();
        self.levels.shrink_to_fit();
        self
    }
}

impl Shop<'_> {
    /// Every variant. `large`: is the catalogue known to be so large that a bulk operation costs less?
    pub(super) async fn everything(
        &self,
        terms: &Terms<'_>,
        large: bool,
        progress: &Progress<'_>,
    ) -> Result<Shelf, ActivityError> {
        if !large && progress.bulk().is_none() {
            let mut shelf = Shelf::default();
            let mut after = None;
            loop {
                let client = &self.store.client;
                let page = self.lane.ask("inventoryPage", PAGE, || client.inventory_page(after.clone())).await?;
                page.nodes.into_iter().for_each(|item| shelf.put(&terms.places, item));
                after = page.next;
                if after.is_none() {
                    return Ok(shelf.in_order());
                }
                if shelf.variants.len() >= terms.stock.bulk_from as usize {
                    break;
                }
            }
        }
        self.by_bulk_operation(terms, progress).await
    }

    /// By a bulk operation: the one that an attempt before has begun, or a new one.
    async fn by_bulk_operation(&self, terms: &Terms<'_>, progress: &Progress<'_>) -> Result<Shelf, ActivityError> {
        if let Some(begun) = progress.bulk() {
            match self.file_of(&begun, terms).await? {
                Some(shelf) => return Ok(shelf),
                // It came to nothing, or its file is gone: what was written by its figures is compared again.
                None => progress.forget(),
            }
        }
        let client = &self.store.client;
        let id = self.lane.ask("startInventoryExport", SMALL, || client.start_inventory_export()).await?;
        progress.started(&id).await;
        let shelf = self.file_of(&id, terms).await?;
        shelf
            .ok_or_else(|| failure::again("Unavailable", format!("shopify: bulk operation {id} came to nothing"), None))
    }

    /// Waits for a bulk operation and reads its file; none where there is nothing to read.
    async fn file_of(&self, id: &str, terms: &Terms<'_>) -> Result<Option<Shelf>, ActivityError> {
        let mut look = FIRST_LOOK;
        let client = &self.store.client;
        let operation = loop {
            match self.lane.attempt("bulkOperation", SMALL, || client.bulk_operation(id)).await? {
                Ok(operation) if operation.status.is_under_way() => self.lane.wait(look).await?,
                Ok(operation) => break operation,
                Err(Error::NotFound { .. }) => return Ok(None),
                Err(error) => return Err(failure::again("Unavailable", format!("{SHOPIFY}: {error}"), None)),
            }
            look = (look * 2).min(LATEST_LOOK);
        };
        if operation.status != BulkOperationStatus::Completed {
            let code = operation.error_code.as_deref().unwrap_or("no code");
            tracing::warn!("bulk operation {id} ended as {:?}: {code}", operation.status);
            return Ok(None);
        }
        match self.lane.attempt("inventoryExport", 0, || self.download(&operation, terms)).await? {
            Ok(shelf) => Ok(Some(shelf.in_order())),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failure::again("Unreadable", format!("{SHOPIFY}: {error}"), None)),
        }
    }

    async fn download(&self, operation: &BulkOperation, terms: &Terms<'_>) -> client_core::Result<Shelf> {
        let mut shelf = Shelf::default();
        let items = self.store.client.inventory_export(operation);
        pin_mut!(items);
        while let Some(item) = items.next().await.transpose()? {
            shelf.put(&terms.places, item);
        }
        Ok(shelf)
    }

    /// The variants of these SKUs.
    pub(super) async fn of_skus(&self, terms: &Terms<'_>, skus: &BTreeSet<String>) -> Result<Shelf, ActivityError> {
        let skus: Vec<String> = skus.iter().cloned().collect();
        let chunks: Vec<Vec<String>> = skus.chunks(MOST).map(<[String]>::to_vec).collect();
        let parts = stream::iter(chunks).map(|some| self.by_sku(some)).buffer_unordered(self.lane.width());
        self.shelf(terms, parts).await
    }

    async fn by_sku(&self, skus: Vec<String>) -> Result<Vec<InventoryItem>, ActivityError> {
        let client = &self.store.client;
        let skus: Vec<&str> = skus.iter().map(String::as_str).collect();
        self.lane.ask("inventoryBySku", PAGE, || client.inventory_levels_by_sku(&skus)).await
    }

    /// These inventory items; one that is gone is left out.
    pub(super) async fn of_items(&self, terms: &Terms<'_>, items: &BTreeSet<u64>) -> Result<Shelf, ActivityError> {
        let items: Vec<u64> = items.iter().copied().collect();
        let chunks: Vec<Vec<u64>> = items.chunks(MOST).map(<[u64]>::to_vec).collect();
        let parts = stream::iter(chunks).map(|some| self.by_item(some)).buffer_unordered(self.lane.width());
        self.shelf(terms, parts).await
    }

    async fn by_item(&self, items: Vec<u64>) -> Result<Vec<InventoryItem>, ActivityError> {
        let client = &self.store.client;
        self.lane.ask("inventoryByItem", BY_ITEM, || client.inventory_levels_by_item(&items)).await
    }

    async fn shelf(
        &self,
        terms: &Terms<'_>,
        parts: impl futures_util::Stream<Item = Result<Vec<InventoryItem>, ActivityError>>,
    ) -> Result<Shelf, ActivityError> {
        let mut shelf = Shelf::default();
        pin_mut!(parts);
        while let Some(items) = parts.try_next().await? {
            items.into_iter().for_each(|item| shelf.put(&terms.places, item));
        }
        Ok(shelf.in_order())
    }

    /// Open orders since the go-live that do not carry our tag: what they take may not be in NetSuite yet.
    pub(super) async fn open_orders(&self, terms: &Terms<'_>) -> Result<Vec<OpenOrder>, ActivityError> {
        let (tag, since) = (&terms.brand.orders.sent_tag, terms.brand.go_live);
        let client = &self.store.client;
        let (mut orders, mut after) = (vec![], None);
        loop {
            let page =
                self.lane.ask("openOrders", ORDERS, || client.open_orders_page(tag, since, after.clone())).await?;
            orders.extend(page.nodes);
            after = page.next;
            if after.is_none() {
                return Ok(orders);
            }
        }
    }

    /// Of the places, those whose location the store has and uses.
    pub(super) async fn alive(&self, terms: &Terms<'_>) -> Result<Vec<bool>, ActivityError> {
        let client = &self.store.client;
        let there = self.lane.ask("locations", SMALL, || client.locations().try_collect::<Vec<_>>()).await?;
        let lives = |id: &u64| there.iter().any(|location| location.id == *id && location.active);
        Ok(terms.places.iter().map(lives).collect())
    }
}
