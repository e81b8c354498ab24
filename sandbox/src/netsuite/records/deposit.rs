//! Customer deposits: money that came before there was an invoice, and its applications to invoices later.
//!
//! A deposit application is made by a transform of the deposit only, and pays invoices as a payment does. That a deposit's order
//! must be the customer's, of the same currency and not closed, and the letters of its status are inferred.

use std::collections::BTreeMap;

use rusqlite::params;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Context, bill, links, payment};
use crate::netsuite::error::{ApiError, Result};
use crate::netsuite::kinds;
use crate::netsuite::value::{Object, amount, choice, flag, id_object, number, reference, rows, text};

/// Status of a deposit of which nothing is left.
const FULLY_APPLIED: &str = "D";

/// Checks a deposit and fills in what NetSuite derives.
pub(super) fn finish(ctx: &Context<'_>, id: i64, record: &mut Object, before: Option<&Object>) -> Result<()> {
    let (_, payment) = payment::head(ctx, record)?;
    bill::take_in(record, false)?;
    let order = reference(record, "salesOrder");
    if let Some(order) = order.filter(|order| before.and_then(|b| reference(b, "salesOrder")) != Some(*order)) {
        belongs(ctx, record, order)?;
    }
    let used = used(ctx, id)?;
    if payment < used {
        return Err(ApiError::user(format!("The deposit cannot be less than the {used} of it that are applied.")));
    }
    if used == payment {
        record.insert("status".to_owned(), id_object(FULLY_APPLIED));
    }
    for (name, value) in [("payment", payment), ("total", payment), ("_applied", used), ("_unapplied", payment - used)]
    {
        record.insert(name.to_owned(), number(value));
    }
    record.entry("exchangeRate").or_insert(json!(1));
    Ok(())
}

fn belongs(ctx: &Context<'_>, record: &Object, order: i64) -> Result<()> {
    let wrong = || ApiError::bad_reference("salesOrder", &json!(order.to_string()));
    let found = ctx.store.get("salesOrder", order)?.ok_or_else(wrong)?;
    let fits = reference(&found, "entity") == reference(record, "customer")
        && reference(&found, "currency") == reference(record, "currency");
    if !fits {
        return Err(wrong());
    }
    match choice(&found, "status") {
        Some("C" | "H") => {
            let number = text(&found, "tranId").unwrap_or_default();
            Err(ApiError::user(format!("A deposit cannot be taken for {number}: it is closed or cancelled.")))
        }
        _ => Ok(()),
    }
}

/// What of a deposit is applied to invoices.
fn used(ctx: &Context<'_>, deposit: i64) -> Result<Decimal> {
    let mut select = ctx.store.db.prepare_cached(
        "SELECT CAST(foreignamount AS TEXT) FROM nexttransactionlinelink WHERE previousdoc = ?1 AND linktype = 'DepAppl'",
    )?;
    let amounts = select.query_map([deposit], |row| row.get::<_, Option<String>>(0))?;
    let mut sum = Decimal::ZERO;
    for amount in amounts {
        sum += amount?.and_then(|text| text.parse::<Decimal>().ok()).unwrap_or_default();
    }
    Ok(sum)
}

/// The transform of a deposit: what the body does not say follows from the deposit.
pub(super) fn application(id: i64, deposit: &Object, fields: Object) -> Result<Object> {
    if !rows(&fields, "apply").into_iter().any(|row| flag(row, "apply")) {
        return Err(ApiError::missing("Apply", "apply"));
    }
    let mut record = Object::new();
    for name in ["customer", "subsidiary", "currency", "location", "department", "class"] {
        if let Some(value) = deposit.get(name) {
            record.insert(name.to_owned(), value.clone());
        }
    }
    record.extend(fields);
    record.insert("deposit".to_owned(), id_object(&id.to_string()));
    record.insert("depositDate".to_owned(), deposit.get("tranDate").cloned().unwrap_or(Value::Null));
    Ok(record)
}

/// Checks an application, pays its invoices and notes it on its deposit.
pub(super) fn finish_application(
    ctx: &Context<'_>,
    id: i64,
    record: &mut Object,
    before: Option<&Object>,
) -> Result<()> {
    let deposit = reference(record, "deposit").ok_or_else(|| ApiError::missing("Deposit", "deposit"))?;
    let wrong = || ApiError::bad_reference("deposit", &json!(deposit.to_string()));
    let of = ctx.store.get("customerDeposit", deposit)?.ok_or_else(wrong)?;
    let digits = super::sales_order::digits(ctx, reference(record, "currency"))?;
    let had = before.map(payment::applications).unwrap_or_default();
    let free = amount(&of, "payment") - used(ctx, deposit)? + had.values().sum::<Decimal>();
    let mut invoices = BTreeMap::new();
    let applied = payment::apply(ctx, record, free, digits, &had, &mut invoices)?;
    if applied.is_empty() {
        return Err(ApiError::user("Nothing of the deposit is left, or nothing is to be applied."));
    }
    payment::settle_all(ctx, &had, &applied, invoices)?;
    let sum: Decimal = applied.values().sum();
    for name in ["total", "applied"] {
        record.insert(name.to_owned(), number(sum));
    }
    record.entry("exchangeRate").or_insert(json!(1));
    let paid: Vec<_> = applied.into_iter().map(|(doc, part)| (doc, "CustInvc", 0, 0, Some(part))).collect();
    links::replace(ctx.store, id, "DepAppl", "Payment", &paid)?;
    ctx.store
        .db
        .prepare_cached(
            "INSERT INTO nexttransactionlinelink VALUES (?1, 0, 'CustDep', ?2, 0, 'DepAppl', 'DepAppl', ?3)",
        )?
        .execute(params![deposit, id, sum.normalize().to_string()])?;
    refresh(ctx, deposit, of)
}

/// Takes an application back, before it is deleted.
pub(super) fn withdraw(ctx: &Context<'_>, id: i64, application: &Object) -> Result<()> {
    payment::withdraw(ctx, application)?;
    links::replace(ctx.store, id, "DepAppl", "Payment", &[])?;
    let Some(deposit) = reference(application, "deposit") else { return Ok(()) };
    match ctx.store.get("customerDeposit", deposit)? {
        Some(of) => refresh(ctx, deposit, of),
        None => Ok(()),
    }
}

/// A deposit of which something is applied stays.
pub(super) fn may_go(ctx: &Context<'_>, id: i64) -> Result<()> {
    match links::leads_on(ctx.store, id)? {
        false => Ok(()),
        true => Err(ApiError::user(
            "This transaction cannot be deleted because it is linked to by one or more transactions.",
        )),
    }
}

fn refresh(ctx: &Context<'_>, id: i64, mut deposit: Object) -> Result<()> {
    let kind = kinds::find("customerDeposit").ok_or_else(ApiError::other_transaction)?;
    // The undeposited funds follow from the account once more.
    deposit.remove("undepFunds");
    let before = deposit.clone();
    finish(ctx, id, &mut deposit, Some(&before))?;
    ctx.stamp(id, &mut deposit);
    ctx.save(kind, id, &deposit)
}
