//! A Sales Order as SuiteQL sees it: one row of `transaction`, many of `transactionline`.
//!
//! Signs follow NetSuite: the main line shows what the customer owes, sold lines are negative.

use rusqlite::params;
use rust_decimal::Decimal;
use serde_json::Value;

use super::{Context, column};
use crate::netsuite::StatusForm;
use crate::netsuite::dates;
use crate::netsuite::error::Result;
use crate::netsuite::value::{Object, amount, choice, flag, letter, reference, rows, text};

/// Rewrites an order's rows.
pub(super) fn project(ctx: &Context<'_>, id: i64, order: &Object) -> Result<()> {
    header(ctx, id, order)?;
    let db = &ctx.store.db;
    db.prepare_cached("DELETE FROM transactionline WHERE \"transaction\" = ?1")?.execute([id])?;
    let mut rows_of_order = vec![Row { amount: amount(order, "total"), main: true, ..Row::default() }];
    for line in rows(order, "item") {
        rows_of_order.push(Row::of_line(line));
    }
    let shipping = amount(order, "shippingCost") + amount(order, "handlingCost");
    if !shipping.is_zero() {
        rows_of_order.push(Row {
            item: reference(order, "shipMethod"),
            item_type: Some("ShipItem".to_owned()),
            amount: -shipping,
            ..Row::default()
        });
    }
    let tax = amount(order, "taxTotal");
    if !tax.is_zero() {
        rows_of_order.push(Row { item_type: Some("TaxItem".to_owned()), amount: -tax, tax: true, ..Row::default() });
    }
    let last =
        rows(order, "item").iter().filter_map(|line| line.get("line").and_then(Value::as_i64)).max().unwrap_or(0);
    let mut made = last;
    for (sequence, row) in rows_of_order.iter().enumerate() {
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
        row.insert(ctx, id, order, key, line, sequence)?;
    }
    Ok(())
}

fn header(ctx: &Context<'_>, id: i64, order: &Object) -> Result<()> {
    let date = |name| text(order, name).and_then(dates::stored_text);
    ctx.store
        .db
        .prepare_cached(
            "REPLACE INTO \"transaction\" VALUES (?1, 'SalesOrd', 'salesorder', ?2, ?3, ?4, ?5, ?6, ?7,
             ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)",
        )?
        .execute(params![
            id,
            column(order, "tranId"),
            column(order, "externalId"),
            reference(order, "entity"),
            date("tranDate"),
            choice(order, "status").map(|letter| match ctx.options.status_form {
                StatusForm::Letter => letter.to_owned(),
                StatusForm::Qualified => format!("SalesOrd:{letter}"),
            }),
            reference(order, "currency"),
            column(order, "exchangeRate"),
            column(order, "total"),
            column(order, "memo"),
            column(order, "otherRefNum"),
            column(order, "email"),
            reference(order, "customForm"),
            date("createdDate"),
            date("lastModifiedDate"),
            column(order, "custbody_shopify_order_id"),
            column(order, "custbody_shopify_order_name"),
            column(order, "custbody_shopify_presentment_total"),
            column(order, "custbody_shopify_presentment_currency"),
            column(order, "custbody_o2c_brand"),
            column(order, "custbody_o2c_flags"),
            // A checkbox is never empty.
            letter(flag(order, "custbody_sent_to_3pl")),
        ])?;
    Ok(())
}

#[derive(Default)]
struct Row {
    unique: Option<i64>,
    line: Option<i64>,
    main: bool,
    tax: bool,
    item: Option<i64>,
    item_type: Option<String>,
    quantity: Option<Decimal>,
    rate: Option<Decimal>,
    amount: Decimal,
    memo: Option<String>,
    closed: bool,
    fulfilled: Decimal,
    billed: Decimal,
    location: Option<i64>,
    department: Option<i64>,
    class: Option<i64>,
    shopify_line: Option<String>,
}

impl Row {
    fn of_line(line: &Object) -> Row {
        Row {
            unique: text(line, "lineUniqueKey").and_then(|key| key.parse().ok()),
            line: line.get("line").and_then(Value::as_i64),
            item: reference(line, "item"),
            item_type: choice(line, "itemType").map(str::to_owned),
            quantity: line.contains_key("quantity").then(|| -amount(line, "quantity")),
            rate: Some(amount(line, "rate")),
            amount: -amount(line, "amount"),
            memo: column(line, "description"),
            closed: flag(line, "isClosed"),
            fulfilled: amount(line, "quantityFulfilled"),
            billed: amount(line, "quantityBilled"),
            location: reference(line, "location"),
            department: reference(line, "department"),
            class: reference(line, "class"),
            shopify_line: column(line, "custcol_shopify_line_id"),
            ..Row::default()
        }
    }

    fn insert(&self, ctx: &Context<'_>, id: i64, order: &Object, key: i64, line: i64, sequence: usize) -> Result<()> {
        let plain = |number: Decimal| number.normalize().to_string();
        ctx.store
            .db
            .prepare_cached(
                "INSERT INTO transactionline VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11, ?12,
                 ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
            )?
            .execute(params![
                key,
                id,
                line,
                i64::try_from(sequence).unwrap_or(i64::MAX),
                letter(self.main),
                letter(self.tax),
                self.item,
                self.item_type,
                self.quantity.map(plain),
                self.rate.map(plain),
                plain(self.amount),
                self.memo,
                letter(self.closed),
                plain(self.fulfilled),
                plain(self.billed),
                reference(order, "subsidiary"),
                self.location.or_else(|| reference(order, "location")),
                self.department.or_else(|| reference(order, "department")),
                self.class.or_else(|| reference(order, "class")),
                self.shopify_line,
            ])?;
        Ok(())
    }
}
