//! What is read in NetSuite, by SuiteQL.
//!
//! Long tables are read in windows of ids, several at once, each by its last key: a query gives 100,000 rows at most, and a
//! page by number would lose rows where others come and go.

use client_netsuite::{Client, Rows, rows};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use temporalio_sdk::activities::ActivityError;
use workflows::domain::stock::{Availability, Item, ItemKind, Items, Place};

use super::{lane::Lane, terms::Terms};
use crate::vendors::Account;

/// So many ids in one question.
const IDS: usize = 500;
/// Windows are cut for so many items each.
const WINDOW: u64 = 5_000;
/// No more windows than this, however sparse the ids are.
const WINDOWS: u64 = 256;
/// A window smaller than one page is a request for nothing.
const SMALLEST: u64 = Rows::MOST as u64;

/// The way to the brand's account.
pub(super) struct Erp<'a> {
    pub(super) lane: &'a Lane<'a>,
    pub(super) account: &'a Account,
}

/// Ids from `low` to `high`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    low: u64,
    high: u64,
}

/// How large the catalogue is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Size {
    #[serde(default, deserialize_with = "rows::count")]
    pub(super) count: u64,
    #[serde(default, deserialize_with = "rows::count")]
    low: u64,
    #[serde(default, deserialize_with = "rows::count")]
    high: u64,
}

impl Size {
    /// Windows over all ids, for so many questions at once.
    pub(super) fn windows(self, width: usize) -> Vec<Window> {
        let Self { count, low, high } = self;
        if count == 0 {
            return vec![];
        }
        let most = count.div_ceil(SMALLEST).min(WINDOWS);
        let number = count.div_ceil(WINDOW).max(width as u64).clamp(1, most.max(1));
        let step = (high - low + 1).div_ceil(number);
        let all = (0..number).map(|n| Window { low: low + n * step, high: (low + (n + 1) * step - 1).min(high) });
        all.filter(|window| window.low <= window.high).collect()
    }
}

#[derive(Deserialize)]
struct ItemRow {
    #[serde(deserialize_with = "rows::count")]
    id: u64,
    #[serde(default, deserialize_with = "rows::optional_text")]
    itemid: Option<String>,
    #[serde(default, deserialize_with = "rows::optional_text")]
    itemtype: Option<String>,
    #[serde(default, deserialize_with = "rows::flag")]
    isinactive: bool,
}

impl From<ItemRow> for Item {
    fn from(row: ItemRow) -> Self {
        Item {
            id: row.id,
            name: row.itemid.unwrap_or_default().into_boxed_str(),
            kind: ItemKind::of(row.itemtype.as_deref().unwrap_or_default()),
            inactive: row.isinactive,
        }
    }
}

const ITEM: &str =
    "SELECT i.id AS id, i.itemid AS itemid, i.itemtype AS itemtype, i.isinactive AS isinactive FROM item i";

#[derive(Deserialize)]
struct StockRow {
    #[serde(deserialize_with = "rows::count")]
    item: u64,
    #[serde(deserialize_with = "rows::count")]
    location: u64,
    #[serde(default, deserialize_with = "rows::optional_decimal")]
    units: Option<Decimal>,
}

/// Which of NetSuite's figures is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Figure {
    /// What may still be promised.
    Available,
    /// What is on the shelf.
    OnHand,
}

impl Figure {
    fn column(self) -> &'static str {
        match self {
            Self::Available => "quantityavailable",
            Self::OnHand => "quantityonhand",
        }
    }
}

/// Lines of Sales Orders that commit nothing yet.
#[derive(Debug, Deserialize)]
pub(super) struct PendingLine {
    #[serde(deserialize_with = "rows::count")]
    line: u64,
    #[serde(deserialize_with = "rows::count")]
    pub(super) item: u64,
    #[serde(default, deserialize_with = "rows::optional_text")]
    pub(super) location: Option<String>,
    #[serde(deserialize_with = "rows::decimal")]
    pub(super) quantity: Decimal,
}

impl Erp<'_> {
    fn client(&self) -> &Client {
        &self.account.client
    }

    /// Every row of a question, to the end, with the permits of one request.
    pub(super) async fn all<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        sql: &str,
        params: &[Value],
    ) -> Result<Vec<T>, ActivityError> {
        self.lane.ask(operation, 0, || self.client().suiteql::<T>(sql, params).try_collect()).await
    }

    /// Every row by its key, page after page. `sql` gives the question after a key; `key` tells a row's.
    async fn keyed<T: DeserializeOwned, K>(
        &self,
        operation: &'static str,
        question: impl Fn(Option<&K>) -> (String, Vec<Value>),
        key: impl Fn(&T) -> K,
        mut take: impl FnMut(T),
    ) -> Result<(), ActivityError> {
        let mut after: Option<K> = None;
        loop {
            let (sql, params) = question(after.as_ref());
            let page = self.lane.ask(operation, 0, || self.client().suiteql_rows::<T>(&sql, &params)).await?;
            after = page.rows.last().map(&key);
            page.rows.into_iter().for_each(&mut take);
            if !page.more || after.is_none() {
                return Ok(());
            }
        }
    }

    /// How many items there are, and between which ids.
    pub(super) async fn size(&self) -> Result<Size, ActivityError> {
        let sql = "SELECT COUNT(*) AS count, MIN(i.id) AS low, MAX(i.id) AS high FROM item i";
        Ok(self.all::<Size>("countItems", sql, &[]).await?.into_iter().next().unwrap_or_default())
    }

    /// Every item.
    pub(super) async fn items(&self, windows: &[Window]) -> Result<Items, ActivityError> {
        let question = |window: Window, after: Option<&u64>| {
            let low = after.map_or(window.low, |last| last + 1);
            (format!("{ITEM} WHERE i.id >= ? AND i.id <= ? ORDER BY i.id"), vec![json!(low), json!(window.high)])
        };
        let read = |window: Window| async move {
            let mut items = vec![];
            let take = |row: ItemRow| items.push(Item::from(row));
            self.keyed("items", |after| question(window, after), |row: &ItemRow| row.id, take).await?;
            Ok::<_, ActivityError>(items)
        };
        let parts = stream::iter(windows.iter().copied()).map(read).buffer_unordered(self.lane.width());
        Ok(Items::new(parts.try_concat().await?))
    }

    /// Every kit and assembly.
    pub(super) async fn bundles(&self) -> Result<Items, ActivityError> {
        let question = |after: Option<&u64>| {
            let sql = format!("{ITEM} WHERE i.itemtype IN ('Kit', 'Assembly') AND i.id > ? ORDER BY i.id");
            (sql, vec![json!(after.copied().unwrap_or_default())])
        };
        let mut items = vec![];
        self.keyed("bundles", question, |row: &ItemRow| row.id, |row| items.push(Item::from(row))).await?;
        Ok(Items::new(items))
    }

    /// Items by id or by name, several of one name among them.
    pub(super) async fn some_items(
        &self,
        ids: &BTreeSet<u64>,
        names: &BTreeSet<String>,
    ) -> Result<Items, ActivityError> {
        let mut items = vec![];
        let ids: Vec<Value> = ids.iter().map(|id| json!(id)).collect();
        let names: Vec<Value> = names.iter().map(|name| json!(name)).collect();
        for (column, wanted) in [("i.id", ids), ("i.itemid", names)] {
            for some in wanted.chunks(IDS) {
                let sql = format!("{ITEM} WHERE {column} IN ({}) ORDER BY i.id", marks(some.len()));
                items.extend(self.all::<ItemRow>("someItems", &sql, some).await?.into_iter().map(Item::from));
            }
        }
        Ok(Items::new(items))
    }

    /// A figure of every item at these locations.
    pub(super) async fn stock(
        &self,
        figure: Figure,
        windows: &[Window],
        behind: &BTreeMap<u64, Place>,
    ) -> Result<Availability, ActivityError> {
        let select = Self::stock_of(figure, behind);
        let question = |window: Window, after: Option<&(u64, u64)>| {
            let mut params: Vec<Value> = behind.keys().map(|id| json!(id)).collect();
            let (low, rest) = match after {
                None => (window.low, ""),
                Some((item, _)) => (*item, " AND (s.item > ? OR s.location > ?)"),
            };
            params.extend([json!(low), json!(window.high)]);
            params.extend(after.iter().flat_map(|(item, location)| [json!(item), json!(location)]));
            (format!("{select} AND s.item >= ? AND s.item <= ?{rest} ORDER BY s.item, s.location"), params)
        };
        let read = |window: Window| {
            let question = &question;
            async move {
                let mut stock = vec![];
                let take = |row: StockRow| stock.extend(known(&row, behind));
                let key = |row: &StockRow| (row.item, row.location);
                self.keyed("availability", |after| question(window, after), key, take).await?;
                Ok::<_, ActivityError>(stock)
            }
        };
        let parts = stream::iter(windows.iter().copied()).map(read).buffer_unordered(self.lane.width());
        Ok(Availability::new(parts.try_concat().await?))
    }

    /// A figure of some items at these locations.
    pub(super) async fn some_stock(
        &self,
        figure: Figure,
        items: &BTreeSet<u64>,
        behind: &BTreeMap<u64, Place>,
    ) -> Result<Availability, ActivityError> {
        let select = Self::stock_of(figure, behind);
        let items: Vec<Value> = items.iter().map(|id| json!(id)).collect();
        let read = |some: Vec<Value>| {
            let select = &select;
            async move {
                let sql = format!("{select} AND s.item IN ({}) ORDER BY s.item, s.location", marks(some.len()));
                let params: Vec<Value> = behind.keys().map(|id| json!(id)).chain(some).collect();
                let rows = self.all::<StockRow>("someAvailability", &sql, &params).await?;
                Ok::<_, ActivityError>(rows.iter().filter_map(|row| known(row, behind)).collect::<Vec<_>>())
            }
        };
        let chunks: Vec<Vec<Value>> = items.chunks(IDS).map(<[Value]>::to_vec).collect();
        let parts = stream::iter(chunks).map(read).buffer_unordered(self.lane.width());
        Ok(Availability::new(parts.try_concat().await?))
    }

    fn stock_of(figure: Figure, behind: &BTreeMap<u64, Place>) -> String {
        format!(
            "SELECT s.item AS item, s.location AS location, s.{} AS units FROM aggregateItemLocation s \
             WHERE s.location IN ({})",
            figure.column(),
            marks(behind.len())
        )
    }

    /// Of these locations, those that NetSuite has.
    pub(super) async fn locations(&self, wanted: &BTreeMap<u64, Place>) -> Result<BTreeSet<u64>, ActivityError> {
        #[derive(Deserialize)]
        struct Row {
            #[serde(deserialize_with = "rows::count")]
            id: u64,
        }
        let sql = format!("SELECT l.id AS id FROM location l WHERE l.id IN ({}) ORDER BY l.id", marks(wanted.len()));
        let params: Vec<Value> = wanted.keys().map(|id| json!(id)).collect();
        Ok(self.all::<Row>("locations", &sql, &params).await?.into_iter().map(|row| row.id).collect())
    }

    /// Of these Shopify orders, those that have a Sales Order, whatever became of it.
    pub(super) async fn booked(&self, orders: &BTreeSet<u64>) -> Result<BTreeSet<u64>, ActivityError> {
        #[derive(Deserialize)]
        struct Row {
            #[serde(deserialize_with = "rows::count")]
            shop: u64,
        }
        let mut booked = BTreeSet::new();
        let orders: Vec<Value> = orders.iter().map(|id| json!(id.to_string())).collect();
        for some in orders.chunks(IDS) {
            let sql = format!(
                "SELECT DISTINCT t.custbody_shopify_order_id AS shop FROM transaction t WHERE t.type = 'SalesOrd' \
                 AND t.custbody_shopify_order_id IN ({}) ORDER BY 1",
                marks(some.len())
            );
            booked.extend(self.all::<Row>("bookedOrders", &sql, some).await?.into_iter().map(|row| row.shop));
        }
        Ok(booked)
    }

    /// Lines of the brand's Sales Orders Pending Approval. NetSuite shows what is sold as negative, and a kit's members as
    /// lines of their own only where they are delivered.
    pub(super) async fn pending(&self, brand: &str) -> Result<Vec<PendingLine>, ActivityError> {
        let question = |after: Option<&u64>| {
            let sql = "SELECT l.uniquekey AS line, l.item AS item, l.location AS location, -l.quantity AS quantity \
                       FROM transaction t JOIN transactionline l ON l.transaction = t.id WHERE t.type = 'SalesOrd' \
                       AND t.status IN ('A', 'SalesOrd:A') AND t.custbody_o2c_brand = ? AND l.mainline = 'F' \
                       AND l.taxline = 'F' AND l.isclosed = 'F' AND l.item IS NOT NULL AND l.quantity < 0 \
                       AND l.uniquekey > ? ORDER BY l.uniquekey";
            (sql.to_owned(), vec![json!(brand), json!(after.copied().unwrap_or_default())])
        };
        let mut lines = vec![];
        self.keyed("pendingLines", question, |row: &PendingLine| row.line, |row| lines.push(row)).await?;
        Ok(lines)
    }

    /// Items on lines that moved since, and when the last of them did. NetSuite tells times without a zone, in the one of
    /// whoever asks: they are compared with each other only.
    pub(super) async fn moved(&self, since: Timestamp) -> Result<(BTreeSet<u64>, Option<Timestamp>), ActivityError> {
        #[derive(Deserialize)]
        struct Row {
            #[serde(deserialize_with = "rows::count")]
            item: u64,
            #[serde(default, deserialize_with = "rows::optional_text")]
            modified: Option<String>,
        }
        let since = since.strftime("%Y-%m-%d %H:%M:%S").to_string();
        let question = |after: Option<&u64>| {
            let sql = "SELECT l.item AS item, TO_CHAR(MAX(l.linelastmodifieddate), 'YYYY-MM-DD HH24:MI:SS') AS modified \
                       FROM transactionline l WHERE l.linelastmodifieddate >= TO_DATE(?, 'YYYY-MM-DD HH24:MI:SS') \
                       AND l.item > ? GROUP BY l.item ORDER BY l.item";
            (sql.to_owned(), vec![json!(since), json!(after.copied().unwrap_or_default())])
        };
        let (mut items, mut last) = (BTreeSet::new(), None);
        let take = |row: Row| {
            items.insert(row.item);
            last = last.max(row.modified.as_deref().and_then(moment));
        };
        self.keyed("movedItems", question, |row: &Row| row.item, take).await?;
        Ok((items, last))
    }

    /// When the last line moved, by NetSuite's clock.
    pub(super) async fn last_move(&self) -> Result<Option<Timestamp>, ActivityError> {
        #[derive(Deserialize)]
        struct Row {
            #[serde(default, deserialize_with = "rows::optional_text")]
            modified: Option<String>,
        }
        let sql =
            "SELECT TO_CHAR(MAX(l.linelastmodifieddate), 'YYYY-MM-DD HH24:MI:SS') AS modified FROM transactionline l";
        let rows = self.all::<Row>("lastMove", sql, &[]).await?;
        Ok(rows.first().and_then(|row| row.modified.as_deref()).and_then(moment))
    }
}

/// Where a row's units count; nothing where it was never stocked.
fn known(row: &StockRow, behind: &BTreeMap<u64, Place>) -> Option<(u64, Place, Decimal)> {
    Some((row.item, *behind.get(&row.location)?, row.units?))
}

/// Where a line that says a location is meant; the brand's own place otherwise, none where it is not sold from.
pub(super) fn place_of(terms: &Terms<'_>, location: Option<&str>) -> Option<Place> {
    match location {
        None => Some(terms.booked_at),
        Some(id) => terms.behind.get(&id.parse().ok()?).copied(),
    }
}

fn moment(text: &str) -> Option<Timestamp> {
    format!("{}Z", text.replace(' ', "T")).parse().ok()
}

pub(super) fn marks(number: usize) -> String {
    vec!["?"; number].join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_hold_every_id_once() {
        for (count, low, high, width) in [
            (1, 7, 7, 2),
            (1_000, 100_001, 101_000, 2),
            (100_000, 1, 400_000, 5),
            (3, 1, 9_000_000, 4),
            (2_000_000, 5, 2_000_004, 2),
        ] {
            let windows = Size { count, low, high }.windows(width);
            assert_eq!((windows[0].low, windows[windows.len() - 1].high), (low, high));
            assert!(windows.windows(2).all(|two| two[0].high + 1 == two[1].low), "{windows:?}");
            assert!(windows.len() as u64 <= WINDOWS && windows.len() as u64 <= count.div_ceil(SMALLEST));
        }
        assert!(Size::default().windows(2).is_empty());
        assert_eq!(Size { count: 100_000, low: 1, high: 100_000 }.windows(2).len(), 20);
    }

    #[test]
    fn netsuites_times_keep_their_order() {
        let at = moment("2026-10-05 12:30:01").unwrap();
        assert_eq!(at.strftime("%Y-%m-%d %H:%M:%S").to_string(), "2026-10-05 12:30:01");
        assert!(moment("2026-10-05 12:30:02").unwrap() > at);
    }
}
