//! Reading what the shop holds in stock, and where.

use client_core::{Error, Result};
use futures_util::Stream;

use crate::answer::{more, owed};
use crate::client::Client;
use crate::convert::number;
use crate::documents::{
    InventoryItems, InventoryItemsById, InventoryLevels, Locations, inventory_items, inventory_items_by_id,
    inventory_levels, locations,
};

/// The most that Shopify takes in a list, and gives on a page.
pub(crate) const MOST_AT_ONCE: usize = 250;

/// What is stocked: the inventory side of a variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InventoryItem {
    /// The number in its GID.
    pub id: u64,
    /// The SKU. It need not be unique: two items of one SKU are two items here.
    pub sku: Option<String>,
    /// Whether Shopify counts it. Setting an untracked one succeeds and does nothing.
    pub tracked: bool,
    /// The number of its variant's GID; of the first, where several share it.
    pub variant: Option<u64>,
    /// Whether it is a bundle of Shopify's own, whose quantity follows from its components and cannot be set.
    pub requires_components: bool,
    /// Its levels at the locations where it is active.
    pub levels: Vec<InventoryLevel>,
}

/// Pieces of an item at a location. On hand is the sum of available, committed and what is set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InventoryLevel {
    /// The number of the location's GID.
    pub location: u64,
    /// What can be sold; negative where more was sold than there is.
    pub available: i64,
    /// What is there.
    pub on_hand: i64,
    /// What was sold and has not been sent.
    pub committed: i64,
    /// What is on its way here.
    pub incoming: i64,
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it.
    pub nodes: Vec<T>,
    /// Where the next one begins; none after the last.
    pub next: Option<String>,
}

/// Where stock is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The number in its GID.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Whether it is in use. Nothing can be set at one that is not.
    pub active: bool,
}

impl Client {
    /// Every inventory item with its levels, to the end: 250 items a request of 200 points. For a large shop
    /// [`Client::start_inventory_export`] costs less.
    pub fn inventory_items(&self) -> impl Stream<Item = Result<InventoryItem>> {
        self.inventory_items_found(None)
    }

    /// The items of up to 250 SKUs, compared letter by letter, with their levels. An SKU that several items have gives
    /// all of them, one that none has gives nothing.
    pub async fn inventory_levels_by_sku(&self, skus: &[&str]) -> Result<Vec<InventoryItem>> {
        at_most_250(skus.len(), "skus")?;
        let terms: Vec<_> = skus.iter().map(|sku| format!("sku:{}", quoted(sku))).collect();
        let mut items = Vec::with_capacity(skus.len());
        if terms.is_empty() {
            return Ok(items);
        }
        let mut found = std::pin::pin!(self.inventory_items_found(Some(terms.join(" OR "))));
        while let Some(item) = futures_util::StreamExt::next(&mut found).await {
            let item = item?;
            // The search knows no case and matches parts.
            if item.sku.as_deref().is_some_and(|sku| skus.contains(&sku)) {
                items.push(item);
            }
        }
        Ok(items)
    }

    /// Up to 250 items with their levels, in one request of 18 points. An item that is gone is left out.
    pub async fn inventory_levels_by_item(&self, items: &[u64]) -> Result<Vec<InventoryItem>> {
        at_most_250(items.len(), "items")?;
        if items.is_empty() {
            return Ok(Vec::new());
        }
        let ids = items.iter().map(|id| item_gid(*id)).collect();
        let nodes = self.send::<InventoryItemsById>(inventory_items_by_id::Variables { ids }).await?.nodes;
        let mut found = Vec::with_capacity(nodes.len());
        for node in nodes.into_iter().flatten() {
            if let inventory_items_by_id::InventoryItemsByIdNodes::InventoryItem(item) = node {
                found.push(self.whole(item.try_into()?).await?);
            }
        }
        Ok(found)
    }

    /// Every location, to the end; those that are not in use too, and those of other apps.
    pub fn locations(&self) -> impl Stream<Item = Result<Location>> {
        async_stream::try_stream! {
            let mut after = None;
            loop {
                let page = self.send::<Locations>(locations::Variables { after }).await?.locations;
                for one in page.nodes {
                    let id = number(&one.id, "locations.nodes.id")?;
                    yield Location { id, name: one.name, active: one.is_active };
                }
                if !more(page.page_info.has_next_page, page.page_info.end_cursor.as_ref(), "locations")? {
                    break;
                }
                after = page.page_info.end_cursor;
            }
        }
    }

    fn inventory_items_found(&self, query: Option<String>) -> impl Stream<Item = Result<InventoryItem>> {
        async_stream::try_stream! {
            let mut after = None;
            loop {
                let page = self.inventory_found(query.clone(), after).await?;
                for item in page.nodes {
                    yield item;
                }
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
    }

    /// One page of every inventory item with its levels, for whoever waits between pages: 200 points, and one request
    /// more for each item of more than 10 locations. `after` is the page before's `next`.
    pub async fn inventory_page(&self, after: Option<String>) -> Result<Page<InventoryItem>> {
        self.inventory_found(None, after).await
    }

    async fn inventory_found(&self, query: Option<String>, after: Option<String>) -> Result<Page<InventoryItem>> {
        let page = self.send::<InventoryItems>(inventory_items::Variables { query, after }).await?.inventory_items;
        let mut nodes = Vec::with_capacity(page.nodes.len());
        for item in page.nodes {
            nodes.push(self.whole(item.try_into()?).await?);
        }
        let info = page.page_info;
        let unread = more(info.has_next_page, info.end_cursor.as_ref(), "inventoryItems")?;
        Ok(Page { nodes, next: info.end_cursor.filter(|_| unread) })
    }

    /// Reads the levels that the first page left out.
    async fn whole(&self, read: Read) -> Result<InventoryItem> {
        const PATH: &str = "inventoryItem.inventoryLevels";
        let Read { mut item, mut next } = read;
        while next.is_some() {
            let variables = inventory_levels::Variables { item: item_gid(item.id), after: next };
            let page = self.send::<InventoryLevels>(variables).await?.inventory_item;
            let page = page.ok_or_else(|| Error::NotFound { what: format!("inventory item {}", item.id) })?;
            for one in page.inventory_levels.nodes {
                let quantities = one.quantities.into_iter().map(|one| (one.name, one.quantity));
                item.levels.push(level(&one.location.id, quantities)?);
            }
            let info = page.inventory_levels.page_info;
            next = if more(info.has_next_page, info.end_cursor.as_ref(), PATH)? { info.end_cursor } else { None };
        }
        Ok(item)
    }
}

/// An item as far as its first page tells, and where its levels go on.
struct Read {
    item: InventoryItem,
    next: Option<String>,
}

impl TryFrom<inventory_items::InventoryItemsInventoryItemsNodes> for Read {
    type Error = Error;

    fn try_from(read: inventory_items::InventoryItemsInventoryItemsNodes) -> Result<Self> {
        let variants = owed(read.variants, "inventoryItems.nodes.variants")?.nodes;
        let variant = variants.into_iter().next().map(|one| (one.id, one.requires_components));
        let mut item = item(&read.id, read.sku, read.tracked, variant)?;
        for one in read.inventory_levels.nodes {
            let quantities = one.quantities.into_iter().map(|one| (one.name, one.quantity));
            item.levels.push(level(&one.location.id, quantities)?);
        }
        let info = read.inventory_levels.page_info;
        let unread = more(info.has_next_page, info.end_cursor.as_ref(), "inventoryItems.nodes.inventoryLevels")?;
        Ok(Self { item, next: info.end_cursor.filter(|_| unread) })
    }
}

impl TryFrom<inventory_items_by_id::InventoryItemsByIdNodesOnInventoryItem> for Read {
    type Error = Error;

    fn try_from(read: inventory_items_by_id::InventoryItemsByIdNodesOnInventoryItem) -> Result<Self> {
        let variants = owed(read.variants, "nodes.variants")?.nodes;
        let variant = variants.into_iter().next().map(|one| (one.id, one.requires_components));
        let mut item = item(&read.id, read.sku, read.tracked, variant)?;
        for one in read.inventory_levels.nodes {
            let quantities = one.quantities.into_iter().map(|one| (one.name, one.quantity));
            item.levels.push(level(&one.location.id, quantities)?);
        }
        let info = read.inventory_levels.page_info;
        let unread = more(info.has_next_page, info.end_cursor.as_ref(), "nodes.inventoryLevels")?;
        Ok(Self { item, next: info.end_cursor.filter(|_| unread) })
    }
}

fn item(id: &str, sku: Option<String>, tracked: bool, variant: Option<(String, bool)>) -> Result<InventoryItem> {
    let path = || format!("variants of {id}");
    Ok(InventoryItem {
        id: number(id, "inventoryItem.id")?,
        sku,
        tracked,
        variant: variant.as_ref().map(|(variant, _)| number(variant, &path())).transpose()?,
        requires_components: variant.is_some_and(|(_, bundle)| bundle),
        levels: Vec::new(),
    })
}

/// A level of its named quantities; each that we ask for must be there.
pub(crate) fn level(location: &str, quantities: impl Iterator<Item = (String, i64)>) -> Result<InventoryLevel> {
    let (mut available, mut on_hand, mut committed, mut incoming) = (None, None, None, None);
    for (name, quantity) in quantities {
        match name.as_str() {
            "available" => available = Some(quantity),
            "on_hand" => on_hand = Some(quantity),
            "committed" => committed = Some(quantity),
            "incoming" => incoming = Some(quantity),
            _ => {}
        }
    }
    let there =
        |quantity: Option<i64>, name| owed(quantity, &format!("inventoryLevel.quantities at {location}: {name}"));
    Ok(InventoryLevel {
        location: number(location, "inventoryLevel.location.id")?,
        available: there(available, "available")?,
        on_hand: there(on_hand, "on_hand")?,
        committed: there(committed, "committed")?,
        incoming: there(incoming, "incoming")?,
    })
}

pub(crate) fn item_gid(id: u64) -> String {
    format!("gid://shopify/InventoryItem/{id}")
}

/// A value in Shopify's search syntax.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

fn at_most_250(length: usize, field: &str) -> Result<()> {
    if length <= MOST_AT_ONCE {
        return Ok(());
    }
    Err(Error::Rejected {
        code: "TOO_MANY".to_owned(),
        message: format!("{length} {field} at once: Shopify takes {MOST_AT_ONCE}"),
        field: Some(field.to_owned()),
        status: 0,
        request_id: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sku_is_one_search_term() {
        assert_eq!(quoted("A-1"), "'A-1'");
        assert_eq!(quoted(r"x' OR sku:'\y"), r"'x\' OR sku:\'\\y'");
    }

    #[test]
    fn a_level_without_a_figure_is_no_level() {
        let figures =
            |names: &[&str]| -> Vec<(String, i64)> { names.iter().map(|name| ((*name).to_owned(), 1)).collect() };
        let location = "gid://shopify/Location/5";
        let all = figures(&["available", "committed", "incoming", "on_hand", "reserved"]);
        assert_eq!(level(location, all.into_iter()).unwrap().location, 5);
        let error = level(location, figures(&["available", "incoming", "on_hand"]).into_iter()).unwrap_err();
        assert!(matches!(&error, Error::Unreadable { path, .. } if path.ends_with("committed")), "{error:?}");
    }
}
