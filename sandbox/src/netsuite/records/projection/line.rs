//! One row of `transactionline`.

use rusqlite::params;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::netsuite::dates;
use crate::netsuite::error::Result;
use crate::netsuite::kinds::RecordType;
use crate::netsuite::records::{Context, column};
use crate::netsuite::value::{Object, amount, choice, flag, letter, reference, text};

/// Where a row stands, and since when it is as it is.
pub(super) struct Place<'a> {
    /// Internal id of the transaction.
    pub(super) id: i64,
    pub(super) key: i64,
    pub(super) line: i64,
    pub(super) sequence: usize,
    pub(super) modified: Option<&'a str>,
}

/// A row before it is numbered.
#[derive(Default)]
pub(super) struct Row {
    pub(super) unique: Option<i64>,
    pub(super) line: Option<i64>,
    pub(super) main: bool,
    pub(super) tax: bool,
    pub(super) item: Option<i64>,
    pub(super) item_type: Option<String>,
    pub(super) quantity: Option<Decimal>,
    pub(super) rate: Option<Decimal>,
    pub(super) amount: Decimal,
    pub(super) memo: Option<String>,
    pub(super) closed: bool,
    pub(super) fulfilled: Decimal,
    pub(super) billed: Decimal,
    pub(super) picked: Decimal,
    pub(super) packed: Decimal,
    pub(super) committed: Decimal,
    pub(super) back_ordered: Decimal,
    pub(super) location: Option<i64>,
    pub(super) department: Option<i64>,
    pub(super) class: Option<i64>,
    pub(super) shopify_line: Option<String>,
    pub(super) expected: Option<String>,
}

impl Row {
    /// The row of an item line. What is bought or received is positive, what is sold or sent negative.
    pub(super) fn of_line(kind: &RecordType, line: &Object) -> Row {
        let comes = matches!(kind.name, "purchaseOrder" | "itemReceipt");
        let sign = if comes { Decimal::ONE } else { Decimal::NEGATIVE_ONE };
        let moved = if comes { "quantityReceived" } else { "quantityFulfilled" };
        Row {
            unique: text(line, "lineUniqueKey").or(text(line, "_uniqueKey")).and_then(|key| key.parse().ok()),
            line: line.get("line").and_then(Value::as_i64),
            item: reference(line, "item"),
            item_type: choice(line, "itemType").or(text(line, "itemType")).map(str::to_owned),
            quantity: line.contains_key("quantity").then(|| sign * amount(line, "quantity")),
            rate: Some(amount(line, "rate")),
            amount: sign * amount(line, "amount"),
            memo: column(line, "description"),
            closed: flag(line, "isClosed"),
            fulfilled: amount(line, moved),
            billed: amount(line, "quantityBilled"),
            picked: amount(line, "quantityPicked"),
            packed: amount(line, "quantityPacked"),
            committed: amount(line, "quantityCommitted"),
            back_ordered: amount(line, "quantityBackOrdered"),
            location: reference(line, "location"),
            department: reference(line, "department"),
            class: reference(line, "class"),
            shopify_line: column(line, "custcol_shopify_line_id"),
            expected: text(line, "expectedReceiptDate").and_then(dates::stored_day),
            ..Row::default()
        }
    }

    /// The row of a counted line: what came in is positive.
    pub(super) fn of_adjustment(line: &Object) -> Row {
        Row {
            item: reference(line, "item"),
            item_type: Some("InvtPart".to_owned()),
            quantity: Some(amount(line, "adjustQtyBy")),
            memo: column(line, "memo"),
            location: reference(line, "location"),
            ..Row::default()
        }
    }

    pub(super) fn insert(&self, ctx: &Context<'_>, record: &Object, place: &Place<'_>) -> Result<()> {
        let plain = |number: Decimal| number.normalize().to_string();
        ctx.store
            .db
            .prepare_cached(
                "INSERT INTO transactionline VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11, ?12,
                 ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27)",
            )?
            .execute(params![
                place.key,
                place.id,
                place.line,
                i64::try_from(place.sequence).unwrap_or(i64::MAX),
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
                reference(record, "subsidiary"),
                self.location.or_else(|| reference(record, "location")),
                self.department.or_else(|| reference(record, "department")),
                self.class.or_else(|| reference(record, "class")),
                self.shopify_line,
                reference(record, "createdFrom"),
                plain(self.picked),
                plain(self.packed),
                plain(self.committed),
                plain(self.back_ordered),
                place.modified,
                self.expected,
            ])?;
        Ok(())
    }
}
