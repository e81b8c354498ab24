//! Purchase and transfer orders that wait in NetSuite, asked by state: no watermark can lose what is to be announced.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use bus::{Event, EventKind};
use client_core::Result;
use client_netsuite::rows;
use config::Brand;
use futures_util::{StreamExt, TryStreamExt, pin_mut};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::{
    contracts::{Changed, PollReport},
    domain::receipt::Ignored,
    ids,
};

use super::{
    call,
    chain::Row,
    inbound::announced_as,
    waiting::{moment, unavailable},
};
use crate::{Agents, vendors::Account};

/// Goods on their way to a warehouse of ours, not announced. `{s}` and `{l}`: subsidiaries and locations.
const TO_ANNOUNCE: &str = "SELECT 'announce' AS kind, TO_CHAR(t.id) AS id, '' AS number, \
     TO_CHAR(t.lastmodifieddate, 'YYYY-MM-DD HH24:MI:SS') AS modified \
     FROM transaction t JOIN transactionline m ON m.transaction = t.id AND m.mainline = 'T' \
     WHERE t.custbody_dcl_po_number IS NULL AND m.subsidiary IN ({s}) AND t.trandate >= TO_DATE(?, 'YYYY-MM-DD') AND \
     ((t.type = 'TrnfrOrd' AND t.status IN ('E', 'F', 'TrnfrOrd:E', 'TrnfrOrd:F') AND t.transferlocation IN ({l})) OR \
     (t.type = 'PurchOrd' AND t.status IN ('B', 'PurchOrd:B') AND EXISTS (SELECT 1 FROM transactionline l \
     JOIN item i ON i.id = l.item WHERE l.transaction = t.id AND l.mainline = 'F' AND l.isclosed = 'F' \
     AND l.location IN ({l}) AND (l.itemtype IN ('InvtPart', 'Assembly') OR i.isfulfillable = 'T'))))";
/// What was announced and has changed lately.
const TO_COMPARE: &str = "SELECT 'compare' AS kind, TO_CHAR(t.id) AS id, '' AS number, \
     TO_CHAR(t.lastmodifieddate, 'YYYY-MM-DD HH24:MI:SS') AS modified FROM transaction t \
     WHERE t.custbody_o2c_brand = ? AND t.type IN ('PurchOrd', 'TrnfrOrd') AND t.custbody_dcl_po_number IS NOT NULL \
     AND t.custbody_o2c_announced IS NOT NULL AND t.lastmodifieddate >= TO_DATE(?, 'YYYY-MM-DD HH24:MI:SS')";
/// Purchases that came in part, long ago.
const TO_CLOSE: &str = "SELECT 'close' AS kind, TO_CHAR(t.id) AS id, t.custbody_dcl_po_number AS number, \
     TO_CHAR(t.lastmodifieddate, 'YYYY-MM-DD HH24:MI:SS') AS modified FROM transaction t \
     WHERE t.custbody_o2c_brand = ? AND t.type = 'PurchOrd' AND t.status IN ('D', 'E', 'PurchOrd:D', 'PurchOrd:E') \
     AND t.custbody_dcl_po_number IS NOT NULL AND t.lastmodifieddate < TO_DATE(?, 'YYYY-MM-DD HH24:MI:SS')";
/// NetSuite compares its times in the zone of whoever asks; a day more is asked for.
const ZONES: Duration = Duration::from_secs(86_400);

#[derive(Deserialize)]
struct Waiting {
    kind: String,
    #[serde(deserialize_with = "rows::text")]
    id: String,
    #[serde(default, deserialize_with = "rows::optional_text")]
    number: Option<String>,
    #[serde(default, deserialize_with = "rows::optional_text")]
    modified: Option<String>,
}

/// One request that tells all three. What waits to be announced has a run; what changed since the last tick is looked at again.
pub(crate) async fn publish_waiting_purchases(
    agents: &Agents,
    ctx: &ActivityContext,
    question: Changed,
) -> std::result::Result<PollReport, ActivityError> {
    let account = agents.account_of(&question.brand)?;
    let statement = statement(agents.brand(&question.brand)?, &question, Timestamp::now());
    // One permit for the whole list: a tick that has begun is not sent back to its start.
    agents.call(ctx, call("waitingPurchases", account), publish(agents, account, &question, statement)).await
}

fn statement(brand: &Brand, question: &Changed, now: Timestamp) -> Option<(String, Vec<Value>)> {
    let (mut parts, mut params) = (vec![], vec![]);
    let written = |at: Timestamp| json!(at.strftime("%Y-%m-%d %H:%M:%S").to_string());
    if brand.enables(ids::PO_NOTIFICATION) {
        let (subsidiaries, locations) = (brand.inbound_subsidiaries(), &brand.inbound.locations);
        let marks = |count: usize| vec!["?"; count].join(", ");
        parts.push(TO_ANNOUNCE.replace("{s}", &marks(subsidiaries.len())).replace("{l}", &marks(locations.len())));
        params.extend(subsidiaries.iter().map(|id| json!(id)));
        params
            .push(json!(brand.zone().map(|zone| brand.go_live.to_zoned(zone).date().to_string()).unwrap_or_default()));
        params.extend(locations.keys().chain(locations.keys()).map(|id| json!(id)));
        parts.push(TO_COMPARE.to_owned());
        let since = question.since.map_or(brand.go_live, |mark| mark - brand.poll.overlap);
        params.extend([json!(question.brand), written(since - ZONES)]);
    }
    if brand.enables(ids::PO_RECEIPT) && brand.inbound.short != config::Short::Leave {
        parts.push(TO_CLOSE.to_owned());
        let days = Duration::from_secs(u64::from(brand.inbound.short_after_days) * 86_400);
        params.extend([json!(question.brand), written(now - days + ZONES)]);
    }
    (!parts.is_empty()).then(|| (parts.join(" UNION ALL ") + " ORDER BY 1, 2", params))
}

async fn publish(
    agents: &Agents,
    account: &Account,
    question: &Changed,
    statement: Option<(String, Vec<Value>)>,
) -> Result<PollReport> {
    let mut report = PollReport { watermark: question.since, ..PollReport::default() };
    let Some((statement, params)) = statement else { return Ok(report) };
    let brand = agents.config.brand(&question.brand).map_err(|e| unavailable(&e))?;
    let since = question.since.map(|mark| mark - brand.poll.overlap);
    let waiting = account.client.suiteql::<Waiting>(&statement, &params);
    pin_mut!(waiting);
    while let Some(row) = waiting.next().await.transpose()? {
        report.seen += 1;
        let modified = row.modified.as_deref().and_then(moment);
        report.watermark = report.watermark.max(modified);
        let told = since.zip(modified).is_some_and(|(since, modified)| modified < since);
        let name = &question.brand;
        let released = || Event::about_transaction(EventKind::PurchaseReleased, name, &row.id);
        let published = match row.kind.as_str() {
            // A run that is parked or waits is not woken: nothing has happened.
            "close" => match row.number.as_deref().filter(|number| number.bytes().all(|b| b.is_ascii_digit())) {
                Some(number) => {
                    agents.bus.ensure(&Event::about_dcl_po(EventKind::PurchaseReceived, name, number)).await
                }
                None => {
                    report.skipped += 1;
                    continue;
                }
            },
            "announce" if told => agents.bus.ensure(&released()).await,
            _ if told => {
                report.settled += 1;
                continue;
            }
            _ => agents.bus.publish(&released()).await,
        };
        published.map_err(|e| unavailable(&e))?;
        if told {
            report.settled += 1;
        } else {
            report.published += 1;
        }
    }
    Ok(report)
}

/// What NetSuite has of an order that was announced.
#[derive(Debug, Default)]
pub(crate) struct AnnouncedOrder {
    /// DCL's number, or our reference where DCL told no number.
    pub(crate) number: Option<String>,
    /// Our reference.
    pub(crate) reference: Option<String>,
    /// What is left out for good.
    pub(crate) ignored: Ignored,
    /// Units by key of their Item Receipt and SKU.
    pub(crate) booked: BTreeMap<(String, String), Decimal>,
}

const ANNOUNCED: [&str; 2] = [
    "SELECT 'order' AS kind, TO_CHAR(t.id) AS id, '' AS line, t.custbody_dcl_po_number AS a, \
     t.custbody_dcl_po_reference AS b, t.custbody_o2c_left_out AS c \
     FROM transaction t WHERE t.type IN ('PurchOrd', 'TrnfrOrd') AND {t}",
    "SELECT 'receipt' AS kind, TO_CHAR(t.id) AS id, '' AS line, r.externalid AS a, i.itemid AS b, \
     TO_CHAR(SUM(l.quantity)) AS c FROM transaction t JOIN nexttransactionlinelink n ON n.previousdoc = t.id \
     JOIN transaction r ON r.id = n.nextdoc JOIN transactionline l ON l.transaction = n.nextdoc AND l.id = n.nextline \
     JOIN item i ON i.id = l.item WHERE t.type IN ('PurchOrd', 'TrnfrOrd') AND r.type = 'ItemRcpt' \
     AND r.externalid IS NOT NULL AND {t} GROUP BY t.id, r.externalid, i.itemid",
];

/// Which orders were announced under these numbers or references of DCL's, and what of them is booked: the warehouse receives
/// for others, too.
pub(crate) async fn announced(
    agents: &Agents,
    ctx: &ActivityContext,
    brand: &str,
    numbers: &BTreeMap<String, BTreeSet<String>>,
) -> std::result::Result<Vec<AnnouncedOrder>, ActivityError> {
    let account = agents.account_of(brand)?;
    let mut found = vec![];
    let numbers: Vec<(&String, &BTreeSet<String>)> = numbers.iter().collect();
    for some in numbers.chunks(200) {
        let references: Vec<String> = some.iter().flat_map(|(_, references)| references.iter().cloned()).collect();
        let (condition, params) = announced_as(brand, some.iter().map(|(number, _)| *number), &references);
        let statement =
            ANNOUNCED.map(|part| part.replace("{t}", &condition)).join(" UNION ALL ") + " ORDER BY 1, 2, 4, 5";
        let params: Vec<Value> = ANNOUNCED.iter().flat_map(|_| params.clone()).collect();
        let rows = account.client.suiteql::<Row>(&statement, &params).try_collect::<Vec<_>>();
        let rows = agents.call(ctx, call("announced", account), rows).await?;
        let mut orders: BTreeMap<&str, AnnouncedOrder> = BTreeMap::new();
        for row in &rows {
            let order = orders.entry(row.id.as_str()).or_default();
            if row.kind == "order" {
                order.number = row.text("a");
                order.reference = row.text("b");
                order.ignored = Ignored::parse(row.text("c").as_deref());
            } else {
                let key = (row.text("a").unwrap_or_default(), row.text("b").unwrap_or_default());
                let units = row.amount("c").map_err(|e| crate::failure::of(e, ctx, "netsuite", Duration::ZERO))?;
                *order.booked.entry(key).or_default() += units.abs();
            }
        }
        found.extend(orders.into_values());
    }
    Ok(found)
}
