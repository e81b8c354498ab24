//! Items and the small lists that orders refer to: seed data, read by the API, loaded from outside.

use rusqlite::params;
use serde_json::json;

use super::column;
use super::status::{is_fulfillable, is_stocked};
use crate::netsuite::dates;
use crate::netsuite::error::Result;
use crate::netsuite::kinds::RecordType;
use crate::netsuite::store::Store;
use crate::netsuite::value::{Object, flag, letter, reference, text};
use crate::netsuite::{inventory, stock};

/// Notes the record type, which items share a collection without.
pub(super) fn finish(kind: &RecordType, record: &mut Object) {
    if kind.item_type.is_some() {
        record.insert("recordType".to_owned(), json!(kind.name));
    }
}

/// Writes what SuiteQL sees. The small lists are views over their documents.
pub(super) fn project(store: &Store, kind: &RecordType, id: i64, record: &Object) -> Result<()> {
    let Some(item_type) = kind.item_type else {
        return match kind.scope {
            "transaction" => project_transaction(store, kind, id, record),
            "location" => stock::add_location(store, id),
            _ => inventory::project(store, kind, id, record),
        };
    };
    let modified = text(record, "lastModifiedDate").and_then(|at| dates::stored_text(at, &store.zone));
    store
        .db
        .prepare_cached(
            "REPLACE INTO item VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,
             ?14, ?15, ?16)",
        )?
        .execute(params![
            id,
            column(record, "itemId"),
            column(record, "externalId"),
            item_type,
            column(record, "displayName"),
            column(record, "itemId"),
            column(record, "salesDescription"),
            column(record, "upcCode"),
            letter(flag(record, "isInactive")),
            modified,
            letter(is_fulfillable(item_type, record)),
            letter(flag(record, "isLotItem")),
            letter(flag(record, "isSerialItem")),
            reference(record, "unitsType"),
            column(record, "stockUnit"),
            column(record, "saleUnit"),
        ])?;
    if is_stocked(item_type) {
        stock::add_item(store, id)?;
    }
    inventory::project(store, kind, id, record)
}

/// Other transactions are only known by their ids.
fn project_transaction(store: &Store, kind: &RecordType, id: i64, record: &Object) -> Result<()> {
    let modified = text(record, "lastModifiedDate").and_then(|at| dates::stored_text(at, &store.zone));
    store
        .db
        .prepare_cached(
            "REPLACE INTO \"transaction\"(id, recordtype, tranid, externalid, lastmodifieddate)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            id,
            kind.name.to_lowercase(),
            column(record, "tranId"),
            column(record, "externalId"),
            modified,
        ])?;
    Ok(())
}
