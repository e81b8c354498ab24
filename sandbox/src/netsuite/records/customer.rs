//! Customers: who must be named how, and which names are taken.

use rusqlite::params;
use serde_json::json;

use super::{Context, column};
use crate::netsuite::dates;
use crate::netsuite::error::{ApiError, Result};
use crate::netsuite::store::Store;
use crate::netsuite::value::{Object, flag, id_object, letter, reference, rows, text};

/// Checks a customer and fills in what NetSuite derives.
pub(super) fn finish(ctx: &Context<'_>, id: i64, customer: &mut Object) -> Result<()> {
    let name = full_name(customer)?;
    let subsidiary =
        reference(customer, "subsidiary").ok_or_else(|| ApiError::missing("Primary Subsidiary", "subsidiary"))?;
    if let Some(email) = text(customer, "email") {
        let (local, domain) = email.split_once('@').unwrap_or_default();
        if local.is_empty() || domain.is_empty() || email.chars().any(char::is_whitespace) {
            return Err(ApiError::user(format!("Invalid email found: {email}.")));
        }
    }
    if customer.get("entityId").is_none() {
        customer.insert("entityId".to_owned(), json!(name));
    }
    let entity = text(customer, "entityId").unwrap_or_default();
    let taken = ctx
        .store
        .db
        .prepare_cached("SELECT 1 FROM customer WHERE LOWER(entityid) = LOWER(?1) AND id <> ?2")?
        .exists(params![entity, id])?;
    if taken {
        return Err(ApiError::user("This entity already exists."));
    }
    if reference(customer, "currency").is_none() {
        let home = ctx.store.get("subsidiary", subsidiary)?.unwrap_or_default();
        let currency = reference(&home, "currency").unwrap_or(1);
        customer.insert("currency".to_owned(), id_object(&currency.to_string()));
    }
    customer.insert("altName".to_owned(), json!(name));
    let is_person = flag(customer, "isPerson");
    customer.insert("isPerson".to_owned(), json!(is_person));
    let modified = customer.get("lastModifiedDate").cloned();
    customer.entry("dateCreated").or_insert(modified.unwrap_or_default());
    Ok(())
}

fn full_name(customer: &Object) -> Result<String> {
    if !flag(customer, "isPerson") {
        return text(customer, "companyName")
            .map(str::to_owned)
            .ok_or_else(|| ApiError::user("You must enter a value for Company Name."));
    }
    let first = text(customer, "firstName").ok_or_else(|| ApiError::user("You must enter a value for First Name."))?;
    let last = text(customer, "lastName").ok_or_else(|| ApiError::user("You must enter a value for Last Name."))?;
    Ok(format!("{first} {last}"))
}

/// Whether orders may be booked for this customer in this currency.
pub(super) fn trades_in(customer: &Object, currency: i64) -> bool {
    reference(customer, "currency") == Some(currency)
        || rows(customer, "currencyList").iter().any(|row| reference(row, "currency") == Some(currency))
}

/// A customer with transactions stays.
pub(super) fn may_go(store: &Store, id: i64) -> Result<()> {
    let used = store.db.prepare_cached("SELECT 1 FROM \"transaction\" WHERE entity = ?1")?.exists([id])?;
    if used {
        return Err(ApiError::user("This record cannot be deleted because it has dependent records."));
    }
    Ok(())
}

/// Writes what SuiteQL sees.
pub(super) fn project(store: &Store, id: i64, customer: &Object) -> Result<()> {
    let date = |name| text(customer, name).and_then(|at| dates::stored_text(at, &store.zone));
    store
        .db
        .prepare_cached(
            "REPLACE INTO customer VALUES
             (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        )?
        .execute(params![
            id,
            column(customer, "entityId"),
            column(customer, "externalId"),
            column(customer, "altName"),
            column(customer, "isPerson"),
            column(customer, "companyName"),
            column(customer, "firstName"),
            column(customer, "lastName"),
            column(customer, "email"),
            column(customer, "phone"),
            reference(customer, "subsidiary"),
            reference(customer, "currency"),
            letter(flag(customer, "isInactive")),
            date("dateCreated"),
            date("lastModifiedDate"),
        ])?;
    Ok(())
}
