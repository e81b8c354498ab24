//! What waits in NetSuite, asked by state: no watermark can lose it.

use std::collections::{BTreeMap, BTreeSet};

use bus::{Event, EventKind};
use client_core::{Error, Result};
use client_netsuite::rows;
use futures_util::{StreamExt, TryStreamExt, pin_mut};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::{
    contracts::{Changed, PollReport},
    ids,
};

use super::call;
use crate::{Agents, vendors::Account};

/// Sales Orders for the warehouse: Pending Fulfillment, not sent, not held.
const TO_SEND: &str = "SELECT 'send' AS kind, TO_CHAR(t.id) AS id, \
     TO_CHAR(t.lastmodifieddate, 'YYYY-MM-DD HH24:MI:SS') AS modified \
     FROM transaction t WHERE t.type = 'SalesOrd' AND t.status IN ('B', 'SalesOrd:B') AND t.custbody_o2c_brand = ? \
     AND (t.custbody_sent_to_3pl IS NULL OR t.custbody_sent_to_3pl = 'F') \
     AND (t.custbody_o2c_hold IS NULL OR t.custbody_o2c_hold = 'F')";
/// Sales Orders to bill: Pending Billing, whole or in part.
const TO_BILL: &str = "SELECT 'bill' AS kind, TO_CHAR(t.id) AS id, \
     TO_CHAR(t.lastmodifieddate, 'YYYY-MM-DD HH24:MI:SS') AS modified \
     FROM transaction t WHERE t.type = 'SalesOrd' AND t.custbody_o2c_brand = ? AND t.status IN";
/// Orders with an open Invoice.
const TO_SETTLE: &str = "SELECT DISTINCT 'settle' AS kind, t.custbody_shopify_order_id AS id, \
     TO_CHAR(t.lastmodifieddate, 'YYYY-MM-DD HH24:MI:SS') AS modified \
     FROM transaction t WHERE t.type = 'CustInvc' AND t.status IN ('A', 'CustInvc:A') AND t.custbody_o2c_brand = ? \
     AND t.custbody_shopify_order_id IS NOT NULL";

/// Sales Orders of the shop of whose money nothing is booked yet, for a brand that takes deposits.
const TO_DEPOSIT: &str = "SELECT 'deposit' AS kind, t.custbody_shopify_order_id AS id, \
     TO_CHAR(t.lastmodifieddate, 'YYYY-MM-DD HH24:MI:SS') AS modified \
     FROM transaction t WHERE t.type = 'SalesOrd' AND t.status IN ('B', 'D', 'SalesOrd:B', 'SalesOrd:D') \
     AND t.custbody_o2c_brand = ? AND t.custbody_shopify_order_id IS NOT NULL AND NOT EXISTS ( \
     SELECT d.id FROM transaction d WHERE d.type IN ('CustDep', 'CustPymt') \
     AND d.custbody_shopify_order_id = t.custbody_shopify_order_id AND d.custbody_o2c_brand = t.custbody_o2c_brand)";

#[derive(Deserialize)]
struct Row {
    kind: String,
    #[serde(default, deserialize_with = "rows::optional_text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "rows::optional_text")]
    modified: Option<String>,
}

/// One request that tells all three. What changed since the last tick wakes its run; what has waited longer only has one.
pub(crate) async fn publish_waiting(
    agents: &Agents,
    ctx: &ActivityContext,
    question: Changed,
) -> std::result::Result<PollReport, ActivityError> {
    let account = agents.account_of(&question.brand)?;
    // One permit for the whole list: a tick that has begun is not sent back to its start.
    agents.call(ctx, call("waiting", account), publish(agents, account, &question)).await
}

async fn publish(agents: &Agents, account: &Account, question: &Changed) -> Result<PollReport> {
    let brand = agents.config.brand(&question.brand).map_err(|e| unavailable(&e))?;
    let mut parts: Vec<String> = vec![];
    if brand.enables(ids::NETSUITE_TO_DCL) {
        parts.push(TO_SEND.to_owned());
    }
    if brand.enables(ids::NETSUITE_INVOICE) {
        let states = match brand.billing.when {
            config::BillingTime::PerFulfillment => "('E', 'F', 'SalesOrd:E', 'SalesOrd:F')",
            config::BillingTime::Complete => "('F', 'SalesOrd:F')",
        };
        parts.push(format!("{TO_BILL} {states}"));
    }
    if brand.enables(ids::NETSUITE_PAYMENT) {
        parts.push(TO_SETTLE.to_owned());
        if brand.payments.ahead == config::Ahead::Deposit && brand.billing.cash_sale.is_none() {
            parts.push(TO_DEPOSIT.to_owned());
        }
    }
    let mut report = PollReport::default();
    if parts.is_empty() {
        return Ok(report);
    }
    let params: Vec<Value> = parts.iter().map(|_| json!(question.brand)).collect();
    let statement = parts.join(" UNION ALL ") + " ORDER BY 1, 2, 3";
    let since = question.since.map(|mark| mark - brand.poll.overlap);
    let waiting = account.client.suiteql::<Row>(&statement, &params);
    pin_mut!(waiting);
    while let Some(row) = waiting.next().await.transpose()? {
        report.seen += 1;
        let Some(event) = event(&row, &question.brand) else {
            report.skipped += 1;
            continue;
        };
        let modified = row.modified.as_deref().and_then(moment);
        report.watermark = report.watermark.max(modified);
        // What has waited since before the last tick has been told; it only must not lack a run.
        let told = since.zip(modified).is_some_and(|(since, modified)| modified < since);
        let published = if told { agents.bus.ensure(&event).await } else { agents.bus.publish(&event).await };
        published.map_err(|e| unavailable(&e))?;
        if told {
            report.settled += 1;
        } else {
            report.published += 1;
        }
    }
    report.watermark = report.watermark.max(question.since);
    Ok(report)
}

fn event(row: &Row, brand: &str) -> Option<Event> {
    let id = row.id.as_deref()?;
    match row.kind.as_str() {
        "send" => Some(Event::about_sales_order(EventKind::SalesOrderReleased, brand, id)),
        "bill" => Some(Event::about_sales_order(EventKind::SalesOrderBillable, brand, id)),
        "deposit" => Some(Event::about(EventKind::SalesOrderBooked, brand, id.parse().ok()?)),
        // An order of another channel has no money that we can see.
        _ => Some(Event::about(EventKind::InvoiceBooked, brand, id.parse().ok()?)),
    }
}

/// NetSuite shows its times without a zone, in the one of whoever asks. They are compared with each other only, to spare runs
/// that have been told already; that every record has a run does not depend on them.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    format!("{}Z", text.replace(' ', "T")).parse().ok()
}

pub(super) fn unavailable(error: &impl ToString) -> Error {
    Error::Unavailable { detail: error.to_string(), sent: false }
}

/// Which of these orders of the shop have an open Invoice.
pub(crate) async fn with_open_invoices(
    agents: &Agents,
    ctx: &ActivityContext,
    brand: &str,
    orders: &BTreeSet<u64>,
) -> std::result::Result<BTreeSet<u64>, ActivityError> {
    #[derive(Deserialize)]
    struct Row {
        #[serde(deserialize_with = "rows::text")]
        id: String,
    }
    let account = agents.account_of(brand)?;
    let orders: Vec<&u64> = orders.iter().collect();
    let mut open = BTreeSet::new();
    for some in orders.chunks(500) {
        let marks = vec!["?"; some.len()].join(", ");
        let query = format!(
            "SELECT DISTINCT t.custbody_shopify_order_id AS id FROM transaction t WHERE t.type = 'CustInvc' \
             AND t.status IN ('A', 'CustInvc:A') AND t.custbody_o2c_brand = ? \
             AND t.custbody_shopify_order_id IN ({marks}) ORDER BY 1"
        );
        let params: Vec<Value> =
            [json!(brand)].into_iter().chain(some.iter().map(|id| json!(id.to_string()))).collect();
        let rows = account.client.suiteql::<Row>(&query, &params).try_collect::<Vec<_>>();
        let rows = agents.call(ctx, call("openInvoices", account), rows).await?;
        open.extend(rows.iter().filter_map(|row| row.id.parse::<u64>().ok()));
    }
    Ok(open)
}

/// What NetSuite has booked of an order at the warehouse.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Shipped {
    /// Cartons that an Item Fulfillment names.
    pub(crate) cartons: BTreeSet<String>,
    /// Tracking numbers that were told.
    pub(crate) tracking: BTreeSet<String>,
    /// Is there an Item Fulfillment that no Shopify fulfillment tells of?
    pub(crate) untold: bool,
}

/// Which of these numbers are Sales Orders of the brand, and what of them is booked: the warehouse ships for others, too.
pub(crate) async fn shipped(
    agents: &Agents,
    ctx: &ActivityContext,
    brand: &str,
    numbers: &BTreeSet<String>,
) -> std::result::Result<BTreeMap<String, Shipped>, ActivityError> {
    #[derive(Deserialize)]
    struct Row {
        #[serde(deserialize_with = "rows::text")]
        number: String,
        #[serde(default, deserialize_with = "rows::optional_text")]
        id: Option<String>,
        #[serde(default, deserialize_with = "rows::optional_text")]
        cartons: Option<String>,
        #[serde(default, deserialize_with = "rows::optional_text")]
        tracking: Option<String>,
        #[serde(default, deserialize_with = "rows::optional_text")]
        told: Option<String>,
        #[serde(default, deserialize_with = "rows::optional_text")]
        shop: Option<String>,
    }
    let account = agents.account_of(brand)?;
    let mut booked: BTreeMap<String, Shipped> = BTreeMap::new();
    let numbers: Vec<&String> = numbers.iter().collect();
    for some in numbers.chunks(500) {
        let marks = vec!["?"; some.len()].join(", ");
        let ours = format!("so.type = 'SalesOrd' AND so.custbody_o2c_brand = ? AND so.tranid IN ({marks})");
        let query = format!(
            "SELECT so.tranid AS number, '' AS id, '' AS cartons, '' AS tracking, '' AS told, '' AS shop \
             FROM transaction so WHERE {ours} \
             UNION ALL SELECT DISTINCT so.tranid AS number, TO_CHAR(f.id) AS id, f.custbody_o2c_cartons AS cartons, \
             f.custbody_o2c_tracking AS tracking, f.custbody_shopify_fulfillment_id AS told, \
             so.custbody_shopify_order_id AS shop FROM transaction so JOIN nexttransactionlinelink n ON n.previousdoc = so.id \
             JOIN transaction f ON f.id = n.nextdoc WHERE f.type = 'ItemShip' AND {ours} ORDER BY 1, 2"
        );
        let once = [json!(brand)].into_iter().chain(some.iter().map(|n| json!(n)));
        let params: Vec<Value> = once.clone().chain(once).collect();
        let rows = account.client.suiteql::<Row>(&query, &params).try_collect::<Vec<_>>();
        for row in agents.call(ctx, call("shipped", account), rows).await? {
            let of_order = booked.entry(row.number).or_default();
            let list = |text: Option<String>| {
                let text = text.unwrap_or_default();
                text.split(',').map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()).collect::<Vec<_>>()
            };
            // An order of another channel has nobody to tell.
            let of_shop = row.shop.is_some_and(|id| id.parse::<u64>().is_ok());
            of_order.untold |= of_shop && row.id.is_some_and(|id| !id.is_empty()) && list(row.told).is_empty();
            of_order.cartons.extend(list(row.cartons));
            of_order.tracking.extend(list(row.tracking));
        }
    }
    Ok(booked)
}
