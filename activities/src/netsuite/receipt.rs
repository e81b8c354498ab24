//! The Item Receipt: a transform of the purchase or transfer order, which has no upsert; and those that are there.

use std::collections::{BTreeMap, BTreeSet};

use client_core::Result;
use client_netsuite::{Client, Id, rows};
use futures_util::TryStreamExt;
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::{
    contracts::{CreateReceipt, InboundRef},
    domain::{
        inbound::{Booked, BookedReceipt, Kind, Shipment, ShippedLine},
        receipt::{ReceiptDraft, ReceiptLine},
    },
};

use super::{body::number, call, chain::Row, find_by_key, keyed};
use crate::{Agents, creating};

const RECORD: &str = "itemReceipt";
/// NetSuite's status of a fulfillment that has left.
const SHIPPED: &str = "C";
/// What was made of an order, with the units of each of its lines.
const DOCUMENTS: &str = "SELECT 'part' AS kind, TO_CHAR(n.nextdoc) AS id, TO_CHAR(n.previousline) AS line, d.type AS a, \
     d.externalid AS b, TO_CHAR(l.quantity) AS c FROM nexttransactionlinelink n JOIN transaction d ON d.id = n.nextdoc \
     JOIN transactionline l ON l.transaction = n.nextdoc AND l.id = n.nextline \
     WHERE n.previousdoc = ? AND d.type IN ('ItemRcpt', 'ItemShip') ORDER BY 2, 3";

/// The receipt under its key. Returns the internal id.
pub(crate) async fn create_receipt(
    agents: &Agents,
    ctx: &ActivityContext,
    request: CreateReceipt,
) -> std::result::Result<String, ActivityError> {
    let CreateReceipt { order, draft, looked_at, after_reset } = request;
    let (account, key) = (agents.account_of(&order.brand)?, draft.external_id.as_str());
    let body = body(&draft, &order.brand);
    let ensured = creating::ensure(
        agents,
        ctx,
        keyed(account, key, looked_at, after_reset),
        |trace| find_by_key(agents, ctx, account, RECORD, key, trace),
        |trace| async move {
            let transform = account.client.transform(order.kind.record(), &order.id, RECORD, &body);
            agents.attempt_leaving(ctx, &call("createItemReceipt", account), trace, transform).await
        },
    );
    let id = ensured.await?.into_inner();
    tracing::info!(receipt.key = %key, receipt.id = %id, "booked receipt {key}");
    Ok(id)
}

fn body(draft: &ReceiptDraft, brand: &str) -> Value {
    let received = draft.lines.iter().map(line);
    // NetSuite receives what is not listed.
    let others = draft.not_received.iter().map(|line| json!({ "orderLine": order_line(*line), "itemReceive": false }));
    let mut body = json!({
        "externalId": draft.external_id,
        "tranDate": draft.date.to_string(),
        "custbody_o2c_brand": brand,
        "item": { "items": received.chain(others).collect::<Vec<_>>() },
    });
    if let Some(shipment) = &draft.shipment {
        body["itemFulfillment"] = json!({ "id": shipment });
    }
    body
}

/// The order's line as a receipt names it. That a transfer's receipt counts as its order does is inferred.
fn order_line(line: u32) -> u32 {
    line
}

fn line(line: &ReceiptLine) -> Value {
    let mut body =
        json!({ "orderLine": order_line(line.line), "itemReceive": true, "quantity": number(line.quantity) });
    if let Some(location) = &line.location {
        body["location"] = json!({ "id": location });
    }
    if !line.numbers.is_empty() {
        let assigned = line
            .numbers
            .iter()
            .map(|(name, units)| json!({ "receiptInventoryNumber": name, "quantity": number(*units) }));
        body["inventoryDetail"] = json!({ "inventoryAssignment": { "items": assigned.collect::<Vec<_>>() } });
    }
    body
}

/// The Item Receipts of an order; of a transfer also what has left, since its receipts name it.
pub(crate) async fn read_item_receipts(
    agents: &Agents,
    ctx: &ActivityContext,
    of: InboundRef,
) -> std::result::Result<Booked, ActivityError> {
    let account = agents.account_of(&of.brand)?;
    let read = async {
        let params = [json!(of.id.parse::<u64>().unwrap_or_default())];
        let rows: Vec<Row> = account.client.suiteql(DOCUMENTS, &params).try_collect().await?;
        let mut booked = Booked { receipts: receipts(&rows)?, shipments: vec![], at: Timestamp::now() };
        if of.kind == Kind::TransferOrder {
            booked.shipments = shipments(&account.client, &rows).await?;
            for receipt in &mut booked.receipts {
                let get = account.client.get::<Named>(RECORD, Id::Internal(&receipt.id), false, &["itemFulfillment"]);
                receipt.shipment = get.await?.item_fulfillment.map(|of| of.id);
            }
        }
        Ok(booked)
    };
    agents.call(ctx, call("readItemReceipts", account), read).await
}

fn receipts(rows: &[Row]) -> Result<Vec<BookedReceipt>> {
    let mut receipts = BTreeMap::<u64, BookedReceipt>::new();
    for row in rows.iter().filter(|row| row.text("a").as_deref() == Some("ItemRcpt")) {
        let place = row.id.parse().map_err(|_| row.unreadable("id"))?;
        let receipt = receipts.entry(place).or_insert_with(|| BookedReceipt {
            id: row.id.clone(),
            external_id: row.text("b"),
            shipment: None,
            lines: BTreeMap::new(),
        });
        *receipt.lines.entry(row.line_number()?).or_default() += row.amount("c")?.abs();
    }
    Ok(receipts.into_values().collect())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    item_fulfillment: Option<Reference>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reference {
    id: String,
    ref_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fulfillment {
    tran_date: Option<Date>,
    ship_status: Option<Reference>,
    item: Sublist<ShippedItem>,
}

#[derive(Deserialize)]
struct Sublist<T> {
    items: Vec<T>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ShippedItem {
    order_line: u32,
    #[serde(deserialize_with = "rows::decimal")]
    quantity: Decimal,
    inventory_detail: Option<Detail>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    inventory_assignment: Sublist<Assigned>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Assigned {
    issue_inventory_number: Option<Reference>,
    #[serde(deserialize_with = "rows::decimal")]
    quantity: Decimal,
}

/// What has left, oldest first. The lots are in the records alone.
async fn shipments(client: &Client, rows: &[Row]) -> Result<Vec<Shipment>> {
    let left = rows.iter().filter(|row| row.text("a").as_deref() == Some("ItemShip"));
    let ids: BTreeSet<u64> = left.filter_map(|row| row.id.parse().ok()).collect();
    let mut shipments = vec![];
    for id in ids {
        let id = id.to_string();
        let fields = ["tranDate", "shipStatus", "item"];
        let record: Fulfillment = client.get("itemFulfillment", Id::Internal(&id), true, &fields).await?;
        if record.ship_status.is_some_and(|status| status.id == SHIPPED) {
            let lines = record.item.items.into_iter().map(|item| (item.order_line, shipped(item)));
            shipments.push(Shipment { id, date: record.tran_date, lines: lines.collect() });
        }
    }
    shipments.sort_by_key(|shipment| shipment.date);
    Ok(shipments)
}

fn shipped(item: ShippedItem) -> ShippedLine {
    let mut numbers = BTreeMap::new();
    for assigned in item.inventory_detail.into_iter().flat_map(|detail| detail.inventory_assignment.items) {
        if let Some(name) = assigned.issue_inventory_number.and_then(|number| number.ref_name) {
            *numbers.entry(name).or_default() += assigned.quantity;
        }
    }
    ShippedLine { quantity: item.quantity, numbers }
}
