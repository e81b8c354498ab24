//! Customer payments and what they are applied to.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Context, bill, customer, sales_order};
use crate::netsuite::error::{ApiError, Result};
use crate::netsuite::kinds;
use crate::netsuite::value::{Object, amount, decimal, flag, id_object, number, reference, round, rows, text};

/// A payment of an invoice: the transform fills in what the body leaves out.
pub(super) fn of_invoice(id: i64, invoice: &Object, fields: Object) -> Result<Object> {
    let due = amount(invoice, "amountRemaining");
    if due <= Decimal::ZERO {
        let number = text(invoice, "tranId").unwrap_or_default();
        return Err(ApiError::user(format!("The transaction cannot be made: Invoice {number} is Paid In Full.")));
    }
    let mut record = Object::new();
    for name in ["subsidiary", "currency", "location", "department", "class"] {
        if let Some(value) = invoice.get(name) {
            record.insert(name.to_owned(), value.clone());
        }
    }
    if let Some(entity) = invoice.get("entity") {
        record.insert("customer".to_owned(), entity.clone());
    }
    record.extend(fields);
    let mut applied: Vec<Value> = rows(&record, "apply").into_iter().cloned().map(Value::Object).collect();
    let listed = |row: &&Object| reference(row, "doc") == Some(id);
    if rows(&record, "apply").iter().any(listed) {
        return Ok(record);
    }
    let others: Decimal =
        rows(&record, "apply").into_iter().filter(|row| flag(row, "apply")).map(|row| amount(row, "amount")).sum();
    let part = match record.get("payment").and_then(decimal) {
        Some(payment) => due.min(payment - others),
        None => due,
    };
    record.entry("payment").or_insert_with(|| number(due + others));
    if part > Decimal::ZERO {
        applied.push(json!({ "doc": { "id": id.to_string() }, "apply": true, "amount": number(part) }));
    }
    record.insert("apply".to_owned(), json!({ "items": applied }));
    Ok(record)
}

/// Checks a payment, applies it to its invoices and fills in what NetSuite derives.
pub(super) fn finish(ctx: &Context<'_>, id: i64, record: &mut Object, before: Option<&Object>) -> Result<()> {
    let (digits, payment) = head(ctx, record)?;
    bill::take_in(record, false)?;

    let had = before.map(applications).unwrap_or_default();
    let mut invoices = BTreeMap::new();
    let applied = apply(ctx, record, payment, digits, &had, &mut invoices)?;
    settle_all(ctx, &had, &applied, invoices)?;
    let sum: Decimal = applied.values().sum();
    for (name, value) in [("payment", payment), ("total", payment), ("applied", sum), ("unapplied", payment - sum)] {
        record.insert(name.to_owned(), number(value));
    }
    record.entry("exchangeRate").or_insert(json!(1));
    let links: Vec<_> = applied.into_iter().map(|(doc, part)| (doc, "CustInvc", 0, 0, Some(part))).collect();
    super::links::replace(ctx.store, id, "CustPymt", "Payment", &links)
}

/// Who pays, in which currency and how much: the currency's digits, and the amount.
pub(super) fn head(ctx: &Context<'_>, record: &mut Object) -> Result<(u32, Decimal)> {
    let payer = reference(record, "customer").ok_or_else(|| ApiError::missing("Customer", "customer"))?;
    let payer_record = ctx.store.get("customer", payer)?.unwrap_or_default();
    if !record.contains_key("currency") {
        let usual = reference(&payer_record, "currency").unwrap_or(1);
        record.insert("currency".to_owned(), id_object(&usual.to_string()));
    }
    let currency = reference(record, "currency").unwrap_or_default();
    if !customer::trades_in(&payer_record, currency) {
        return Err(ApiError::bad_reference("currency", &json!(currency.to_string())));
    }
    if let Some(subsidiary) = payer_record.get("subsidiary") {
        record.entry("subsidiary").or_insert_with(|| subsidiary.clone());
    }
    let digits = sales_order::digits(ctx, Some(currency))?;
    let payment = record.get("payment").and_then(decimal).map(|payment| round(payment, digits));
    let payment = payment.filter(|payment| *payment > Decimal::ZERO);
    Ok((digits, payment.ok_or_else(|| ApiError::missing("Payment Amount", "payment"))?))
}

/// Pays the invoices what is applied to them now, and takes back what no longer is.
pub(super) fn settle_all(
    ctx: &Context<'_>,
    had: &BTreeMap<i64, Decimal>,
    applied: &BTreeMap<i64, Decimal>,
    invoices: BTreeMap<i64, Object>,
) -> Result<()> {
    for (doc, mut invoice) in invoices {
        let change = applied.get(&doc).copied().unwrap_or_default() - had.get(&doc).copied().unwrap_or_default();
        settle(ctx, doc, &mut invoice, change)?;
    }
    release(ctx, had.iter().filter(|(doc, _)| !applied.contains_key(doc)).map(|(doc, part)| (*doc, *part)))
}

/// The amounts that a payment applies, by invoice.
pub(super) fn applications(payment: &Object) -> BTreeMap<i64, Decimal> {
    let rows = rows(payment, "apply").into_iter().filter(|row| flag(row, "apply"));
    rows.filter_map(|row| Some((reference(row, "doc")?, amount(row, "amount")))).collect()
}

/// Decides the applications and notes them on the payment; `invoices` collects what they touch.
pub(super) fn apply(
    ctx: &Context<'_>,
    record: &mut Object,
    payment: Decimal,
    digits: u32,
    had: &BTreeMap<i64, Decimal>,
    invoices: &mut BTreeMap<i64, Object>,
) -> Result<BTreeMap<i64, Decimal>> {
    let mut wanted: Vec<(i64, Option<Decimal>)> = Vec::new();
    for (index, row) in rows(record, "apply").into_iter().enumerate() {
        let path = format!("apply.items[{index}].doc");
        let doc = reference(row, "doc").ok_or_else(|| ApiError::missing("Invoice", path.as_str()))?;
        if flag(row, "apply") {
            wanted.push((doc, row.get("amount").and_then(decimal).map(|amount| round(amount, digits))));
        }
    }
    let automatic = record.remove("autoApply") == Some(json!(true));
    if automatic {
        let listed: BTreeSet<i64> = wanted.iter().map(|(doc, _)| *doc).collect();
        let open = open_invoices(ctx, record)?;
        wanted.extend(open.into_iter().filter(|doc| !listed.contains(doc)).map(|doc| (doc, None)));
    }
    let mut applied = BTreeMap::new();
    let mut rows = Vec::new();
    let mut left = payment;
    for (index, (doc, part)) in wanted.into_iter().enumerate() {
        let path = format!("apply.items[{index}]");
        let wrong = || ApiError::bad_reference(&format!("{path}.doc"), &json!(doc.to_string()));
        let invoice = ctx.store.get("invoice", doc)?.ok_or_else(wrong)?;
        let fits = reference(&invoice, "entity") == reference(record, "customer")
            && reference(&invoice, "currency") == reference(record, "currency");
        if !fits {
            return Err(wrong());
        }
        let due = amount(&invoice, "amountRemaining") + had.get(&doc).copied().unwrap_or_default();
        let part = match part {
            Some(part) if part > Decimal::ZERO => part,
            Some(_) => return Err(ApiError::user(format!("The amount of {path} must be greater than zero."))),
            None => due.min(left).max(Decimal::ZERO),
        };
        if part > due {
            let text = format!("The amount {part} of {path} is more than the {due} that remain to be paid.");
            return Err(ApiError::user(text));
        }
        if part.is_zero() {
            continue;
        }
        left -= part;
        rows.push(json!({
            "doc": { "id": doc.to_string() }, "apply": true, "amount": number(part), "total": invoice.get("total"),
            "refNum": invoice.get("tranId"), "type": "Invoice",
        }));
        applied.insert(doc, part);
        invoices.insert(doc, invoice);
    }
    if left < Decimal::ZERO {
        return Err(ApiError::user("The amount applied is more than the amount of the payment."));
    }
    record.insert("apply".to_owned(), json!({ "items": rows }));
    Ok(applied)
}

/// The customer's invoices that are not paid, oldest first.
fn open_invoices(ctx: &Context<'_>, record: &Object) -> Result<Vec<i64>> {
    let mut select = ctx.store.db.prepare_cached(
        "SELECT id FROM \"transaction\" WHERE entity = ?1 AND type = 'CustInvc' AND currency = ?2
         AND foreignamountunpaid > 0 ORDER BY trandate, id",
    )?;
    let found = select.query_map([reference(record, "customer"), reference(record, "currency")], |row| row.get(0))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

fn settle(ctx: &Context<'_>, doc: i64, invoice: &mut Object, change: Decimal) -> Result<()> {
    if change.is_zero() {
        return Ok(());
    }
    super::progress::add(invoice, "amountPaid", change);
    let kind = kinds::find("invoice").ok_or_else(ApiError::other_transaction)?;
    bill::finish(kind, invoice)?;
    ctx.stamp(doc, invoice);
    ctx.save(kind, doc, invoice)
}

/// Gives invoices back what was applied to them.
fn release(ctx: &Context<'_>, applied: impl IntoIterator<Item = (i64, Decimal)>) -> Result<()> {
    for (doc, part) in applied {
        if let Some(mut invoice) = ctx.store.get("invoice", doc)? {
            settle(ctx, doc, &mut invoice, -part)?;
        }
    }
    Ok(())
}

/// Takes all of a payment's applications back, before it is deleted.
pub(super) fn withdraw(ctx: &Context<'_>, payment: &Object) -> Result<()> {
    release(ctx, applications(payment))
}
