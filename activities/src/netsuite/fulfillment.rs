//! The Item Fulfillment: a transform of the Sales Order, which has no upsert.

use std::collections::{BTreeMap, BTreeSet};

use client_core::Result;
use client_netsuite::{Client, rows};
use futures_util::TryStreamExt;
use serde::Deserialize;
use serde_json::{Value, json};
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::{
    contracts::CreateFulfillment,
    domain::shipment::{FulfillmentDraft, FulfillmentLine},
};

use super::{body::number, call, find_by_key, keyed};
use crate::{Agents, creating, failure};

const RECORD: &str = "itemFulfillment";
/// NetSuite's status "Shipped"; "Picked" and "Packed" book nothing yet.
const SHIPPED: &str = "C";

/// The fulfillment under its key. Returns the internal id.
pub(crate) async fn create_fulfillment(
    agents: &Agents,
    ctx: &ActivityContext,
    request: CreateFulfillment,
) -> std::result::Result<String, ActivityError> {
    let (account, key) = (agents.account_of(&request.brand)?, &request.draft.external_id);
    let wanted: BTreeSet<&String> = request.draft.lines.iter().flat_map(|l| l.numbers.keys()).collect();
    let numbers = match wanted.is_empty() {
        true => BTreeMap::new(),
        false => agents.call(ctx, call("inventoryNumbers", account), numbers_of(&account.client, &wanted)).await?,
    };
    let body = body(&request.draft, &numbers)?;
    let id = &request.sales_order_id;
    let ensured = creating::ensure(
        agents,
        ctx,
        keyed(account, key, request.looked_at, request.after_reset),
        |trace| find_by_key(agents, ctx, account, RECORD, key, trace),
        |trace| async move {
            let transform = account.client.transform("salesOrder", id, RECORD, &body);
            agents.attempt_leaving(ctx, &call("createItemFulfillment", account), trace, transform).await
        },
    );
    let id = ensured.await?.into_inner();
    tracing::info!(fulfillment.key = %key, fulfillment.id = %id, "booked shipment {key}");
    Ok(id)
}

/// Internal ids of lots and serials, by item and number.
async fn numbers_of(client: &Client, wanted: &BTreeSet<&String>) -> Result<BTreeMap<(String, String), String>> {
    #[derive(Deserialize)]
    struct Row {
        #[serde(deserialize_with = "rows::text")]
        id: String,
        #[serde(deserialize_with = "rows::text")]
        inventorynumber: String,
        #[serde(deserialize_with = "rows::text")]
        itemid: String,
    }
    let marks = vec!["?"; wanted.len()].join(", ");
    let query = format!(
        "SELECT TO_CHAR(n.id) AS id, n.inventorynumber AS inventorynumber, i.itemid AS itemid FROM inventorynumber n \
         JOIN item i ON i.id = n.item WHERE n.inventorynumber IN ({marks}) ORDER BY n.id"
    );
    let params: Vec<Value> = wanted.iter().map(|n| json!(n)).collect();
    let rows: Vec<Row> = client.suiteql(&query, &params).try_collect().await?;
    Ok(rows.into_iter().map(|row| ((row.itemid, row.inventorynumber), row.id)).collect())
}

fn body(
    draft: &FulfillmentDraft,
    numbers: &BTreeMap<(String, String), String>,
) -> std::result::Result<Value, ActivityError> {
    let shipped = draft.lines.iter().map(|l| line(l, numbers)).collect::<std::result::Result<Vec<_>, _>>()?;
    // NetSuite ships what is not listed.
    let left_out = draft.left_out.iter().map(|line| json!({ "orderLine": line, "itemReceive": false }));
    let packages = draft.packages.iter().map(|package| {
        let mut of =
            json!({ "packageCartonNumber": package.carton, "packageDescr": package.carton, "packageWeight": 1 });
        if let Some(tracking) = &package.tracking {
            of["packageTrackingNumber"] = json!(tracking);
        }
        of
    });
    let cartons: Vec<&str> = draft.packages.iter().map(|p| p.carton.as_str()).collect();
    let tracking: Vec<&str> = draft.packages.iter().filter_map(|p| p.tracking.as_deref()).collect();
    let mut body = json!({
        "externalId": draft.external_id,
        "shipStatus": { "id": SHIPPED },
        "custbody_o2c_cartons": cartons.join(","),
        "custbody_o2c_tracking": tracking.join(","),
        "item": { "items": shipped.into_iter().chain(left_out).collect::<Vec<_>>() },
        "package": { "items": packages.collect::<Vec<_>>() },
    });
    if let Some(date) = draft.date {
        body["tranDate"] = json!(date.to_string());
    }
    Ok(body)
}

fn line(
    line: &FulfillmentLine,
    numbers: &BTreeMap<(String, String), String>,
) -> std::result::Result<Value, ActivityError> {
    let mut body = json!({ "orderLine": line.line, "itemReceive": true, "quantity": number(line.quantity) });
    if let Some(location) = &line.location {
        body["location"] = json!({ "id": location });
    }
    if !line.numbers.is_empty() {
        let mut assignments = vec![];
        for (lot, quantity) in &line.numbers {
            let id = numbers.get(&(line.sku.clone(), lot.clone())).ok_or_else(|| {
                let what = format!(
                    "netsuite: SKU {:?} has no lot or serial number {lot:?}; create it, or correct it at DCL",
                    line.sku
                );
                failure::never("Rejected", what)
            })?;
            assignments.push(json!({ "issueInventoryNumber": { "id": id }, "quantity": number(*quantity) }));
        }
        body["inventoryDetail"] = json!({ "inventoryAssignment": { "items": assignments } });
    }
    Ok(body)
}
