//! A purchase or transfer order with its lines, in one SuiteQL, and what the agents keep on it.

use client_core::Result;
use futures_util::TryStreamExt;
use jiff::civil::Date;
use serde_json::{Map, Value, json};
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::{
    contracts::{CloseInbound, InboundBy, InboundOrderQuestion, MarkInbound},
    domain::inbound::{InboundLine, InboundOrder, Kind},
};

use super::{call, chain::Row, marks::set};
use crate::{Agents, failure};

/// Each part has the same columns, so that both are one statement. `{t}` is the condition on the order. What a transfer's line
/// sends is negative; NetSuite may show what it brings as a second line, which is left out.
const PARTS: [&str; 2] = [
    "SELECT 'order' AS kind, TO_CHAR(t.id) AS id, '' AS line, t.type AS a, t.tranid AS b, t.status AS c, \
     TO_CHAR(m.subsidiary) AS d, TO_CHAR(m.location) AS e, TO_CHAR(t.transferlocation) AS f, \
     TO_CHAR(t.trandate, 'YYYY-MM-DD') AS g, TO_CHAR(t.duedate, 'YYYY-MM-DD') AS h, t.custbody_dcl_po_number AS i, \
     t.custbody_dcl_po_reference AS j, t.custbody_o2c_announced AS k, t.custbody_o2c_left_out AS l \
     FROM transaction t JOIN transactionline m ON m.transaction = t.id AND m.mainline = 'T' \
     WHERE t.type IN ('PurchOrd', 'TrnfrOrd') AND {t}",
    "SELECT 'line' AS kind, TO_CHAR(t.id) AS id, TO_CHAR(l.id) AS line, TO_CHAR(l.item) AS a, i.itemid AS b, \
     l.itemtype AS c, i.islotitem AS d, i.isserialitem AS e, TO_CHAR(l.quantity) AS f, TO_CHAR(l.quantityshiprecv) AS g, \
     l.isclosed AS h, TO_CHAR(l.location) AS i, TO_CHAR(l.expectedreceiptdate, 'YYYY-MM-DD') AS j, \
     i.isfulfillable AS k, '' AS l \
     FROM transaction t JOIN transactionline l ON l.transaction = t.id JOIN item i ON i.id = l.item \
     WHERE t.type IN ('PurchOrd', 'TrnfrOrd') AND l.mainline = 'F' AND l.taxline = 'F' \
     AND (t.type = 'PurchOrd' OR l.quantity < 0) AND {t}",
];

/// One request, however the order is named.
pub(crate) async fn read_inbound_order(
    agents: &Agents,
    ctx: &ActivityContext,
    question: InboundOrderQuestion,
) -> std::result::Result<Option<InboundOrder>, ActivityError> {
    let account = agents.account_of(&question.brand)?;
    let (condition, params): (String, Vec<Value>) = match &question.by {
        InboundBy::Id(id) => ("t.id = ?".to_owned(), vec![json!(id.parse::<u64>().unwrap_or_default())]),
        InboundBy::Number(number) => ("t.tranid = ?".to_owned(), vec![json!(number)]),
        InboundBy::Announced { number, references } => announced_as(&question.brand, [number], references),
    };
    let statement = PARTS.map(|part| part.replace("{t}", &condition)).join(" UNION ALL ") + " ORDER BY 1, 2, 3";
    let params: Vec<Value> = PARTS.iter().flat_map(|_| params.clone()).collect();
    let rows = account.client.suiteql::<Row>(&statement, &params).try_collect::<Vec<_>>();
    let rows = agents.call(ctx, call("readInboundOrder", account), rows).await?;
    let orders: Vec<&Row> = rows.iter().filter(|row| row.kind == "order").collect();
    let head = match orders.as_slice() {
        [] => return Ok(None),
        [only] => only,
        several => {
            let ids: Vec<&str> = several.iter().map(|row| row.id.as_str()).collect();
            let what = format!("netsuite: {} is several: {}; correct all but one", question.by, ids.join(", "));
            return Err(failure::never("Rejected", what));
        }
    };
    let read = assemble(head, &rows);
    read.map(Some).map_err(|e| failure::of(e, ctx, "netsuite", agents.config.worker.not_found_patience))
}

/// The condition for orders that were announced under any of these numbers or references.
pub(super) fn announced_as<'a>(
    brand: &str,
    numbers: impl IntoIterator<Item = &'a String>,
    references: &[String],
) -> (String, Vec<Value>) {
    let numbers: Vec<Value> = numbers.into_iter().map(|number| json!(number)).collect();
    let marks = |count: usize| vec!["?"; count].join(", ");
    let mut condition = format!("t.custbody_dcl_po_number IN ({})", marks(numbers.len()));
    if !references.is_empty() {
        condition += &format!(" OR t.custbody_dcl_po_reference IN ({})", marks(references.len()));
    }
    let params = [json!(brand)].into_iter().chain(numbers).chain(references.iter().map(|r| json!(r)));
    (format!("t.custbody_o2c_brand = ? AND ({condition})"), params.collect())
}

fn assemble(head: &Row, rows: &[Row]) -> Result<InboundOrder> {
    let kind = kind_of(&head.owed("a")?);
    let mut lines = rows.iter().filter(|row| row.kind == "line").map(line).collect::<Result<Vec<_>>>()?;
    lines.sort_by_key(|line| line.line);
    Ok(InboundOrder {
        kind,
        id: head.id.clone(),
        number: head.owed("b")?,
        status: head.status("c"),
        subsidiary: head.owed("d")?,
        location: match kind {
            Kind::PurchaseOrder => head.text("e"),
            Kind::TransferOrder => head.text("f"),
        },
        date: day(head, "g")?,
        expected: day(head, "h")?,
        dcl_po_number: head.text("i"),
        reference: head.text("j"),
        announced: head.text("k"),
        left_out: head.text("l"),
        lines,
    })
}

pub(super) fn kind_of(transaction_type: &str) -> Kind {
    if transaction_type == "TrnfrOrd" { Kind::TransferOrder } else { Kind::PurchaseOrder }
}

fn line(row: &Row) -> Result<InboundLine> {
    let item_type = row.text("c").unwrap_or_default();
    let shelved = matches!(item_type.as_str(), "InvtPart" | "Assembly" | "Kit");
    Ok(InboundLine {
        line: row.line_number()?,
        item: row.owed("a")?,
        sku: row.owed("b")?,
        service: !shelved && !row.flag("k"),
        numbered: row.flag("d") || row.flag("e"),
        quantity: row.amount("f")?.abs(),
        moved: row.amount("g")?.abs(),
        closed: row.flag("h"),
        location: row.text("i"),
        expected: day(row, "j")?,
    })
}

pub(super) fn day(row: &Row, column: &str) -> Result<Option<Date>> {
    row.text(column).map(|text| text.parse().map_err(|_| row.unreadable(column))).transpose()
}

/// The fields that are given; an empty text empties its field.
pub(crate) async fn mark_inbound(
    agents: &Agents,
    ctx: &ActivityContext,
    mark: MarkInbound,
) -> std::result::Result<(), ActivityError> {
    let mut body = Map::new();
    for (field, value) in [
        ("custbody_dcl_po_number", mark.dcl_po_number),
        ("custbody_dcl_po_reference", mark.reference),
        ("custbody_o2c_announced", mark.announced),
        ("custbody_o2c_left_out", mark.left_out),
    ] {
        if let Some(value) = value {
            body.insert(field.to_owned(), json!(value));
        }
    }
    // By it the agents find their own orders.
    body.insert("custbody_o2c_brand".to_owned(), json!(mark.order.brand));
    let order = &mark.order;
    let of = ("markInbound", order.kind.record(), order.id.as_str());
    set(agents, ctx, &order.brand, of, Value::Object(body)).await
}

/// Nothing more will come of these lines.
pub(crate) async fn close_inbound(
    agents: &Agents,
    ctx: &ActivityContext,
    lines: CloseInbound,
) -> std::result::Result<(), ActivityError> {
    let closed = lines.lines.iter().map(|line| json!({ "line": line, "isClosed": true }));
    let body = json!({ "item": { "items": closed.collect::<Vec<_>>() } });
    let order = &lines.order;
    set(agents, ctx, &order.brand, ("closeInbound", order.kind.record(), &order.id), body).await
}
