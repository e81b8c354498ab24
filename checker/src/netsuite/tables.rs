//! SuiteQL's tables of transactions, their lines, and what links one to the next.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, stream};
use rust_decimal::Decimal;
use serde_json::Value;

use super::{AT_ONCE, Netsuite};
use crate::stages::Paper;
use crate::state::List;
use crate::wire::{ReadError, decimal, last_part, text};

/// Oracle's database takes 1000 entries in an `IN`; the lines of 500 transactions stay far below the 100 000
/// rows that SuiteQL shows of one query.
const CHUNK: usize = 500;
const HEADERS: &str = "SELECT id, type, tranid, externalid, status, foreigntotal, foreignamountunpaid, currency, \
     custbody_shopify_order_id, custbody_o2c_brand, custbody_sent_to_3pl, custbody_o2c_invoiced, \
     custbody_o2c_cartons, custbody_shopify_fulfillment_id, custbody_shopify_transaction_id FROM transaction";
const TYPES: &str = "'SalesOrd', 'ItemShip', 'CustInvc', 'CashSale', 'CustPymt', 'CustDep', 'DepAppl'";
const PREFIXES: [&str; 7] = ["SO", "IF", "INV", "CS", "PAY", "DEP", "DA"];
const LINKS: &str =
    "SELECT previousdoc, previousline, nextdoc, nextline, linktype, foreignamount FROM nexttransactionlinelink";
const LINES: &str = "SELECT transaction, id, itemtype, quantity, isclosed, createdfrom FROM transactionline";

/// A row of `transaction`.
pub(super) struct Header {
    pub(super) kind: String,
    pub(super) paper: Paper,
    pub(super) voided: bool,
    pub(super) total: Option<Decimal>,
    pub(super) unpaid: Option<Decimal>,
    pub(super) currency: Option<String>,
    pub(super) order: Option<String>,
    pub(super) sent: bool,
    pub(super) invoiced: bool,
    pub(super) cartons: BTreeSet<String>,
    pub(super) store_fulfillment: Option<String>,
    pub(super) store_transaction: Option<String>,
}

/// A row of `nexttransactionlinelink`.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Link {
    pub(super) from: u64,
    pub(super) from_line: Option<String>,
    pub(super) to: u64,
    pub(super) to_line: Option<String>,
    pub(super) kind: String,
    pub(super) amount: Option<Decimal>,
}

/// A row of `transactionline`, an item's.
pub(super) struct LineRow {
    pub(super) transaction: u64,
    pub(super) id: String,
    pub(super) item_type: String,
    pub(super) quantity: Decimal,
    pub(super) closed: bool,
    pub(super) created_from: Option<u64>,
}

impl Netsuite {
    /// The transactions that carry the brand or a key of the brand, by internal id.
    pub(super) async fn headers(&self, brand: &str) -> Result<(BTreeMap<u64, Header>, List), ReadError> {
        let what = "NetSuite transactions";
        let keys: Vec<String> = PREFIXES.iter().map(|prefix| format!("{prefix}-{brand}-%")).collect();
        let params: Vec<&str> = [brand].into_iter().chain(keys.iter().map(String::as_str)).collect();
        let ours = format!("custbody_o2c_brand = ?{}", " OR externalid LIKE ?".repeat(keys.len()));
        let (mut headers, mut last, mut read, mut counted) = (BTreeMap::new(), 0, 0, 0);
        loop {
            let query = format!("{HEADERS} WHERE type IN ({TYPES}) AND ({ours}) AND id > {last} ORDER BY id");
            let page = self.page(what, &query, &params, 0).await?;
            // No query counts beyond 100 000, so that the rest may be counted only further on.
            counted = counted.max(read + page.counted);
            read += page.rows.len() as u64;
            let before = last;
            for row in &page.rows {
                let id = number(what, row, "id")?;
                last = last.max(id);
                headers.insert(id, header(what, row)?);
            }
            if !page.more || last == before {
                break;
            }
        }
        let list = List { name: what.to_owned(), read, counted, exact: true };
        Ok((headers, list))
    }

    /// The transactions with these internal ids.
    pub(super) async fn headers_of(&self, ids: &BTreeSet<u64>) -> Result<(BTreeMap<u64, Header>, List), ReadError> {
        let what = "NetSuite transactions without key";
        let (rows, list) = self.by_ids(what, HEADERS, "id", "", "id", ids).await?;
        let headers = rows.iter().map(|row| Ok((number(what, row, "id")?, header(what, row)?)));
        Ok((headers.collect::<Result<_, _>>()?, list))
    }

    /// What follows these transactions.
    pub(super) async fn links(&self, ids: &BTreeSet<u64>) -> Result<(BTreeSet<Link>, List), ReadError> {
        let what = "NetSuite transaction links";
        let order = "previousdoc, nextdoc, previousline, nextline, linktype";
        let (rows, list) = self.by_ids(what, LINKS, "previousdoc", "", order, ids).await?;
        let link = |row: &Value| {
            Ok(Link {
                from: number(what, row, "previousdoc")?,
                from_line: text(&row["previousline"]),
                to: number(what, row, "nextdoc")?,
                to_line: text(&row["nextline"]),
                kind: text(&row["linktype"]).ok_or_else(|| ReadError::unreadable(what, "linktype"))?,
                amount: decimal(&row["foreignamount"]),
            })
        };
        Ok((rows.iter().map(link).collect::<Result<_, ReadError>>()?, list))
    }

    /// The items' lines of these transactions.
    pub(super) async fn lines(&self, ids: &BTreeSet<u64>) -> Result<(Vec<LineRow>, List), ReadError> {
        let what = "NetSuite transaction lines";
        let items = " AND mainline = 'F' AND taxline = 'F'";
        let (rows, list) = self.by_ids(what, LINES, "transaction", items, "transaction, id", ids).await?;
        let line = |row: &Value| {
            Ok(LineRow {
                transaction: number(what, row, "transaction")?,
                id: text(&row["id"]).ok_or_else(|| ReadError::unreadable(what, "id"))?,
                item_type: text(&row["itemtype"]).unwrap_or_default(),
                // Of a sale it is negative; a line of shipping or discount may have none.
                quantity: decimal(&row["quantity"]).unwrap_or_default().abs(),
                closed: row["isclosed"] == "T",
                created_from: text(&row["createdfrom"]).and_then(|id| id.parse().ok()),
            })
        };
        Ok((rows.iter().map(line).collect::<Result<_, ReadError>>()?, list))
    }

    /// Which of these Sales Order numbers exist, whosever they are.
    pub async fn numbers(&self, numbers: &BTreeSet<&str>) -> Result<BTreeSet<String>, ReadError> {
        let what = "NetSuite sales order numbers";
        let all: Vec<&str> = numbers.iter().copied().collect();
        let mut found = BTreeSet::new();
        for chunk in all.chunks(CHUNK) {
            let marks = vec!["?"; chunk.len()].join(", ");
            let query = format!(
                "SELECT id, tranid FROM transaction WHERE type = 'SalesOrd' AND tranid IN ({marks}) ORDER BY id"
            );
            let (rows, _) = self.suiteql(what, &query, chunk).await?;
            found.extend(rows.iter().filter_map(|row| text(&row["tranid"])));
        }
        Ok(found)
    }

    /// The rows whose `key` is one of `ids`, some hundred ids a query; `order` must be unique.
    async fn by_ids(
        &self,
        what: &str,
        select: &str,
        key: &str,
        and: &str,
        order: &str,
        ids: &BTreeSet<u64>,
    ) -> Result<(Vec<Value>, List), ReadError> {
        let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
        let queries: Vec<String> = ids
            .chunks(CHUNK)
            .map(|chunk| format!("{select} WHERE {key} IN ({}){and} ORDER BY {order}", chunk.join(", ")))
            .collect();
        let parts: Vec<(Vec<Value>, List)> = stream::iter(queries)
            .map(|query| async move { self.suiteql(what, &query, &[]).await })
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        let mut whole = List { name: what.to_owned(), read: 0, counted: 0, exact: true };
        let mut all = Vec::new();
        for (rows, list) in parts {
            whole.read += list.read;
            whole.counted += list.counted;
            all.extend(rows);
        }
        Ok((all, whole))
    }
}

/// One page of a query's rows.
pub(super) struct Rows {
    pub(super) rows: Vec<Value>,
    pub(super) more: bool,
    pub(super) counted: u64,
}

fn number(what: &str, row: &Value, field: &str) -> Result<u64, ReadError> {
    text(&row[field]).and_then(|id| id.parse().ok()).ok_or_else(|| ReadError::unreadable(what, field))
}

fn header(what: &str, row: &Value) -> Result<Header, ReadError> {
    let missing = |field: &str| ReadError::unreadable(what, field);
    let id = text(&row["id"]).ok_or_else(|| missing("id"))?;
    // Plain in one account, `CustInvc:A` in another.
    let status = text(&row["status"]).unwrap_or_default();
    let flag = |field: &str| row[field] == "T";
    let amount = |field: &str| decimal(&row[field]).map(|amount| amount.abs());
    let last = |field: &str| text(&row[field]).map(|id| last_part(&id).to_owned());
    let cartons = text(&row["custbody_o2c_cartons"]).unwrap_or_default();
    Ok(Header {
        kind: text(&row["type"]).ok_or_else(|| missing("type"))?,
        paper: Paper {
            number: text(&row["tranid"]).unwrap_or_else(|| format!("(no number, id {id})")),
            external_id: text(&row["externalid"]),
            brand: text(&row["custbody_o2c_brand"]),
            id,
        },
        voided: status.rsplit(':').next() == Some("V"),
        total: amount("foreigntotal"),
        unpaid: amount("foreignamountunpaid"),
        currency: text(&row["currency"]),
        order: text(&row["custbody_shopify_order_id"]),
        sent: flag("custbody_sent_to_3pl"),
        invoiced: flag("custbody_o2c_invoiced"),
        cartons: cartons.split(',').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect(),
        store_fulfillment: last("custbody_shopify_fulfillment_id"),
        store_transaction: last("custbody_shopify_transaction_id"),
    })
}
