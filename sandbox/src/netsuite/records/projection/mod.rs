//! Transactions as SuiteQL sees them: one row of `transaction`, some of `transactionline`.
//!
//! Signs follow NetSuite: the main line shows what the customer owes or pays, sold lines are
//! negative. A fulfillment's item lines are negative too, as public queries over them take it; its
//! postings are not shown.

mod line;

use rusqlite::params;
use serde_json::Value;

use super::{Context, Key, column, links};
use crate::netsuite::StatusForm;
use crate::netsuite::dates;
use crate::netsuite::error::Result;
use crate::netsuite::kinds::{self, RecordType};
use crate::netsuite::value::{Object, amount, choice, flag, letter, reference, rows, text};
use line::{Place, Row};

/// Rewrites a transaction's rows.
pub(super) fn project(ctx: &Context<'_>, kind: &RecordType, id: i64, record: &Object) -> Result<()> {
    let own_type = kind.transaction_type().unwrap_or_default();
    header(ctx, kind, own_type, id, record)?;
    lines(ctx, kind, id, record)?;
    let Some(order) = reference(record, "createdFrom") else {
        return Ok(());
    };
    let found = ctx.store.transaction(&Key::Internal(order))?;
    let origin = found.and_then(|(store, _)| kinds::find(store)?.transaction_type()).unwrap_or("SalesOrd");
    let link = |line: &Object| {
        let number = |name: &str| line.get(name).and_then(Value::as_i64);
        let billed = kind.is_bill().then(|| amount(line, "amount"));
        Some((order, origin, number("orderLine")?, number("line")?, billed))
    };
    let link_type = match kind.name {
        "itemFulfillment" | "itemReceipt" => "ShipRcpt",
        "invoice" | "cashSale" => "OrdBill",
        _ => return Ok(()),
    };
    let links: Vec<_> = rows(record, "item").into_iter().filter_map(link).collect();
    links::replace(ctx.store, id, own_type, link_type, &links)
}

fn lines(ctx: &Context<'_>, kind: &RecordType, id: i64, record: &Object) -> Result<()> {
    ctx.store.db.prepare_cached("DELETE FROM transactionline WHERE \"transaction\" = ?1")?.execute([id])?;
    let mut all = vec![Row { amount: amount(record, "total"), main: true, ..Row::default() }];
    for line in rows(record, "item") {
        all.push(Row::of_line(kind, line));
    }
    for line in rows(record, "inventory") {
        all.push(Row::of_adjustment(line));
    }
    let shipping = amount(record, "shippingCost") + amount(record, "handlingCost");
    if !shipping.is_zero() && kind.name != "itemFulfillment" {
        all.push(Row {
            item: reference(record, "shipMethod"),
            item_type: Some("ShipItem".to_owned()),
            amount: -shipping,
            ..Row::default()
        });
    }
    let tax = amount(record, "taxTotal");
    if !tax.is_zero() {
        all.push(Row { item_type: Some("TaxItem".to_owned()), amount: -tax, tax: true, ..Row::default() });
    }
    let last =
        rows(record, "item").iter().filter_map(|line| line.get("line").and_then(Value::as_i64)).max().unwrap_or(0);
    let modified = text(record, "lastModifiedDate").and_then(|at| dates::stored_text(at, &ctx.store.zone));
    let mut made = last;
    for (sequence, row) in all.iter().enumerate() {
        let key = match row.unique {
            Some(key) => key,
            None => ctx.store.next("line")?,
        };
        let line = match row.line {
            Some(line) => line,
            None if row.main => 0,
            None => {
                made += 1;
                made
            }
        };
        row.insert(ctx, record, &Place { id, key, line, sequence, modified: modified.as_deref() })?;
    }
    Ok(())
}

fn header(ctx: &Context<'_>, kind: &RecordType, own_type: &str, id: i64, record: &Object) -> Result<()> {
    let date = |name| text(record, name).and_then(|at| dates::stored_text(at, &ctx.store.zone));
    let status = choice(record, "status").map(|letter| match ctx.options.status_form {
        StatusForm::Letter => letter.to_owned(),
        StatusForm::Qualified => format!("{own_type}:{letter}"),
    });
    // A checkbox is never empty.
    let check = |name| letter(flag(record, name));
    ctx.store
        .db
        .prepare_cached(
            "REPLACE INTO \"transaction\" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,
             ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33,
             ?34, ?35, ?36, ?37, ?38, ?39, ?40, ?41)",
        )?
        .execute(params![
            id,
            own_type,
            kind.name.to_lowercase(),
            column(record, "tranId"),
            column(record, "externalId"),
            reference(record, "entity").or_else(|| reference(record, "customer")),
            date("tranDate"),
            status,
            reference(record, "currency"),
            column(record, "exchangeRate"),
            column(record, "total"),
            column(record, "memo"),
            column(record, "otherRefNum"),
            column(record, "email"),
            reference(record, "customForm"),
            date("createdDate"),
            date("lastModifiedDate"),
            column(record, "custbody_shopify_order_id"),
            column(record, "custbody_shopify_order_name"),
            column(record, "custbody_shopify_presentment_total"),
            column(record, "custbody_shopify_presentment_currency"),
            column(record, "custbody_o2c_brand"),
            column(record, "custbody_o2c_flags"),
            check("custbody_sent_to_3pl"),
            check("custbody_o2c_hold"),
            check("custbody_o2c_invoiced"),
            column(record, "custbody_dcl_order_number"),
            column(record, "custbody_o2c_cartons"),
            column(record, "custbody_o2c_tracking"),
            column(record, "custbody_shopify_fulfillment_id"),
            column(record, "custbody_shopify_transaction_id"),
            column(record, "amountPaid"),
            column(record, "amountRemaining"),
            // A deposit has no such fields of its own.
            column(record, "applied").or_else(|| column(record, "_applied")),
            column(record, "unapplied").or_else(|| column(record, "_unapplied")),
            date("dueDate"),
            reference(record, "transferLocation"),
            column(record, "custbody_dcl_po_number"),
            column(record, "custbody_dcl_po_reference"),
            column(record, "custbody_o2c_announced"),
            column(record, "custbody_o2c_left_out"),
        ])?;
    Ok(())
}
