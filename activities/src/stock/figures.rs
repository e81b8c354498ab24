//! What is compared, read in the order that keeps stock from being given away twice: Shopify's levels, then its open orders,
//! then NetSuite's. What is sold after the levels were read changes them, and the write by compare-and-set is refused; what is
//! booked after the orders were read is taken off twice, for one tick, which sells too little and never too much.

use std::collections::BTreeSet;

use client_shopify::OpenOrder;
use futures_util::try_join;
use rust_decimal::Decimal;
use temporalio_sdk::activities::ActivityError;
use workflows::domain::{
    bundle::Bills,
    stock::{
        Availability, Change, Compared, Demand, ItemKind, Items, Mapping, Place, Variant, Whose, compare_each,
        demand::Sold, join, join::Named,
    },
};

use super::{
    bills,
    erp::{Erp, Figure, PendingLine, Size, Window, place_of},
    progress::Progress,
    shop::{Shelf, Shop},
    terms::Terms,
};

/// Of more items than this the whole table is read: it costs less than asking for each.
const MANY: usize = 10_000;

/// What is looked at.
#[derive(Debug, Clone)]
pub(super) enum Reach {
    /// The whole catalogue.
    Everything,
    /// These SKUs and NetSuite items.
    Skus {
        /// SKUs in the store.
        skus: BTreeSet<String>,
        /// Internal ids.
        items: BTreeSet<u64>,
    },
    /// These inventory items of the store.
    InventoryItems(BTreeSet<u64>),
}

/// Both systems' figures.
pub(super) struct Figures {
    pub(super) shelf: Shelf,
    pub(super) items: Items,
    pub(super) availability: Availability,
    pub(super) demand: Demand,
    bills: Bills,
    alive: Vec<bool>,
}

/// Who reads them.
pub(super) struct Reader<'a> {
    pub(super) terms: &'a Terms<'a>,
    pub(super) shop: &'a Shop<'a>,
    pub(super) erp: &'a Erp<'a>,
    pub(super) whose: Whose,
    pub(super) progress: &'a Progress<'a>,
}

impl Reader<'_> {
    /// Reads what `reach` says, of NetSuite's whole catalogue of this size.
    pub(super) async fn read(&self, reach: &Reach, size: Size) -> Result<Figures, ActivityError> {
        let windows = size.windows(self.erp.lane.width());
        let whole = matches!(reach, Reach::Everything);
        self.progress.says("reading: the store's levels");
        // An item's name and kind are no stock: they may be read whenever there is time.
        let (shelf, items, alive) = try_join!(self.shelf(reach, size), self.catalogue(whole, &windows), self.alive())?;
        self.progress.says("reading: open orders");
        let orders = self.shop.open_orders(self.terms).await?;
        self.progress.says("reading: Sales Orders that wait for approval");
        let ids: BTreeSet<u64> = orders.iter().map(|order| order.id).collect();
        let booked = self.erp.booked(&ids).await?;
        let pending = self.erp.pending(self.terms.name).await?;
        let lines = Lines { orders: orders.into_iter().filter(|order| !booked.contains(&order.id)).collect(), pending };
        let items = match items {
            Some(items) if self.whose == Whose::Items => items,
            known => self.partial(reach, &shelf, &lines, known).await?,
        };
        let sold = lines.sold(self.terms, &items);
        let bills = self.bills(&items, &sold).await?;
        let demand = Demand::new(sold, &bills);
        self.progress.says("reading: NetSuite's availability");
        let wanted = self.wanted(&items, &bills);
        let items = self.with_parts(items, &wanted).await?;
        let behind = &self.terms.behind;
        let availability = match whole && self.whose == Whose::Items || wanted.len() > MANY {
            true => self.erp.stock(Figure::Available, &windows, behind).await?,
            false => self.erp.some_stock(Figure::Available, &wanted, behind).await?,
        };
        Ok(Figures { shelf, items, availability, demand, bills, alive })
    }

    async fn shelf(&self, reach: &Reach, size: Size) -> Result<Shelf, ActivityError> {
        let terms = self.terms;
        match reach {
            Reach::Everything => {
                let large = size.count > u64::from(terms.stock.bulk_from);
                self.shop.everything(terms, large, self.progress).await
            }
            Reach::Skus { skus, .. } => self.shop.of_skus(terms, skus).await,
            Reach::InventoryItems(items) => self.shop.of_items(terms, items).await,
        }
    }

    /// The items of a whole catalogue: all of them, or all bundles.
    async fn catalogue(&self, whole: bool, windows: &[Window]) -> Result<Option<Items>, ActivityError> {
        match (whole, self.whose) {
            (false, _) => Ok(None),
            (true, Whose::Items) => self.erp.items(windows).await.map(Some),
            (true, Whose::Bundles) => self.erp.bundles().await.map(Some),
        }
    }

    /// The items that a part of the catalogue needs: those on the shelf, and those that are sold.
    async fn partial(
        &self,
        reach: &Reach,
        shelf: &Shelf,
        lines: &Lines,
        known: Option<Items>,
    ) -> Result<Items, ActivityError> {
        let mapping = &self.terms.mapping;
        let (mut ids, mut names) = (BTreeSet::new(), BTreeSet::new());
        let mut want = |variant: Option<u64>, sku: &str| match mapped(mapping, variant, sku) {
            Some(id) => drop(ids.insert(id)),
            None if sku.is_empty() => {}
            None => drop(names.insert(sku.to_owned())),
        };
        if known.is_none() {
            shelf.variants.iter().for_each(|variant| want(variant.variant, &variant.sku));
        }
        for line in lines.orders.iter().flat_map(|order| &order.lines) {
            want(line.variant, line.sku.as_deref().unwrap_or_default());
        }
        ids.extend(lines.pending.iter().map(|line| line.item));
        if let Reach::Skus { items, .. } = reach {
            ids.extend(items);
        }
        let some = self.erp.some_items(&ids, &names).await?;
        Ok(match known {
            None => some,
            Some(known) => Items::new(known.iter().chain(some.iter()).cloned().collect()),
        })
    }

    /// What bundles are made of, where it matters: for their own quantity, or because one of them is sold.
    async fn bills(&self, items: &Items, sold: &[Sold]) -> Result<Bills, ActivityError> {
        let of_components = self.terms.assemblies_of_components();
        let bundle = |id: u64| items.by_id(id).is_some_and(|item| item.kind.is_bundle(of_components));
        if self.whose == Whose::Items && !sold.iter().any(|line| bundle(line.item)) {
            return Ok(Bills::default());
        }
        self.all_bills().await
    }

    /// What every bundle is made of.
    pub(super) async fn all_bills(&self) -> Result<Bills, ActivityError> {
        self.progress.says("reading: what bundles are made of");
        bills::read(self.erp, self.terms.assemblies_of_components(), self.terms.today()?).await
    }

    /// Items whose stock is asked for.
    fn wanted(&self, items: &Items, bills: &Bills) -> BTreeSet<u64> {
        let of_components = self.terms.assemblies_of_components();
        match self.whose {
            Whose::Items => items.iter().filter(|item| item.kind != ItemKind::Other).map(|item| item.id).collect(),
            Whose::Bundles => {
                let bundles = items.iter().filter(|item| item.kind.is_bundle(of_components));
                let parts = bundles.filter_map(|item| bills.explode(item.id, 1.into()).ok());
                parts.flat_map(|parts| parts.into_keys().collect::<Vec<_>>()).collect()
            }
        }
    }

    /// The items with the components among them, whose SKUs may have buffers of their own.
    async fn with_parts(&self, items: Items, wanted: &BTreeSet<u64>) -> Result<Items, ActivityError> {
        let missing: BTreeSet<u64> = wanted.iter().copied().filter(|id| items.by_id(*id).is_none()).collect();
        if self.terms.rules.skus.is_empty() || missing.is_empty() {
            return Ok(items);
        }
        let parts = self.erp.some_items(&missing, &BTreeSet::new()).await?;
        Ok(Items::new(items.iter().chain(parts.iter()).cloned().collect()))
    }

    /// Of the places, those that both systems have.
    async fn alive(&self) -> Result<Vec<bool>, ActivityError> {
        let behind = &self.terms.behind;
        let (mut alive, there) = try_join!(self.shop.alive(self.terms), self.erp.locations(behind))?;
        for (location, place) in behind {
            if !there.contains(location) {
                alive[usize::from(*place)] = false;
            }
        }
        Ok(alive)
    }
}

/// What is sold and may not be committed.
struct Lines {
    orders: Vec<OpenOrder>,
    pending: Vec<PendingLine>,
}

impl Lines {
    /// By item. A line whose item is unknown or ambiguous is agent 1's to complain about.
    fn sold(&self, terms: &Terms<'_>, items: &Items) -> Vec<Sold> {
        let of_orders = self.orders.iter().flat_map(|order| &order.lines).filter_map(|line| {
            let sku = line.sku.as_deref().unwrap_or_default();
            let item = mapped(&terms.mapping, line.variant, sku).or_else(|| match items.named(sku) {
                Named::One(item) => Some(item.id),
                Named::Several | Named::None => None,
            })?;
            Some(Sold { item, place: terms.booked_at, quantity: line.unfulfilled.into() })
        });
        let of_pending = self.pending.iter().filter_map(|line| {
            let place = place_of(terms, line.location.as_deref())?;
            Some(Sold { item: line.item, place, quantity: line.quantity })
        });
        of_orders.chain(of_pending).collect()
    }
}

/// The item that the configuration says.
fn mapped(mapping: &Mapping, variant: Option<u64>, sku: &str) -> Option<u64> {
    variant.and_then(|id| mapping.variants.get(&id)).or_else(|| mapping.skus.get(sku)).copied()
}

impl Figures {
    /// Compares all positions.
    pub(super) fn compare(&self, terms: &Terms<'_>, whose: Whose) -> Compared {
        self.compare_each(terms, whose, |_, _, _| {})
    }

    /// The same; `seen` is told of each that can be compared: the variant, its item, what is shown and what should be.
    pub(super) fn compare_each(
        &self,
        terms: &Terms<'_>,
        whose: Whose,
        seen: impl FnMut(&Variant, u64, Change),
    ) -> Compared {
        let rules = terms.rules_of(whose);
        let of_components = terms.assemblies_of_components();
        let places = terms.places.len() as u64;
        let joined = join(&self.shelf.variants, &self.items, &terms.mapping, rules, whose, of_components, places);
        let free = |item, place| match whose {
            Whose::Items => Ok(self.free(item, place)),
            Whose::Bundles => self.bills.quantity(item, |component| {
                let buffer = self.items.by_id(component).map_or(terms.rules.general, |c| terms.rules.of(&c.name));
                self.free(component, place) - Decimal::from(buffer.buffer)
            }),
        };
        compare_each(&self.shelf.variants, joined, &self.shelf.levels, &self.alive, rules, free, seen)
    }

    /// What is available less what is sold.
    pub(super) fn free(&self, item: u64, place: Place) -> Decimal {
        self.availability.of(item, place) - self.demand.of(item, place)
    }

    /// What a report calls an inventory item.
    pub(super) fn name_of(&self, inventory_item: u64) -> String {
        let variants = &self.shelf.variants;
        let at = variants.binary_search_by_key(&inventory_item, |variant| variant.inventory_item);
        at.map_or_else(|_| format!("inventoryItem:{inventory_item}"), |n| variants[n].name())
    }

    /// Of these inventory items, those that the store no longer has.
    pub(super) fn gone(&self, mut wanted: BTreeSet<u64>) -> BTreeSet<u64> {
        for variant in &self.shelf.variants {
            wanted.remove(&variant.inventory_item);
        }
        wanted
    }
}
