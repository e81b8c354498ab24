//! Invoices and cash sales: what an order bills, all of it or in parts.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::bill_lines::{self, Taken};
use super::progress;
use super::{Context, bill_tax, sales_order, status, tax};
use crate::netsuite::TaxStyle;
use crate::netsuite::error::{ApiError, Result};
use crate::netsuite::kinds::RecordType;
use crate::netsuite::totals;
use crate::netsuite::value::{Object, amount, choice, id_object, number, reference, round, rows, text};

/// What the order hands on.
const COPIED: &[&str] = &[
    "entity",
    "subsidiary",
    "currency",
    "exchangeRate",
    "location",
    "department",
    "class",
    "memo",
    "otherRefNum",
    "email",
    "terms",
    "shipDate",
    "shipMethod",
    "shippingAddress",
    "billingAddress",
    "discountItem",
    "shippingTaxCode",
    "shippingTax1Rate",
    "taxItem",
    "taxRate",
];

/// What an order's line hands on.
const COPIED_LINE: &[&str] = &[
    "item",
    "itemType",
    "description",
    "price",
    "rate",
    "units",
    "location",
    "department",
    "class",
    "isTaxable",
    "taxCode",
    "taxRate1",
    "taxDetailsReference",
];

/// What the order counts under names of its own: (its field, its count).
const COUNTED: &[(&str, &str)] =
    &[("shippingCost", "_shippingBilled"), ("handlingCost", "_handlingBilled"), ("discountRate", "_discountBilled")];

/// A bill's fields from the order and the body of the transform.
pub(super) fn of_order(ctx: &Context<'_>, kind: &RecordType, order: &Object, fields: Object) -> Result<Object> {
    progress::must_be(
        order,
        &[
            status::PENDING_FULFILLMENT,
            status::PARTIALLY_FULFILLED,
            status::PENDING_BILLING_PARTIALLY_FULFILLED,
            status::PENDING_BILLING,
        ],
    )?;
    form_allows(ctx, kind, order)?;
    let digits = sales_order::digits(ctx, reference(order, "currency"))?;
    let taken = bill_lines::taken(order, &fields, digits)?;
    let mut record = Object::new();
    for name in COPIED {
        if let Some(value) = order.get(*name) {
            record.insert((*name).to_owned(), value.clone());
        }
    }
    for name in ["shippingCost", "handlingCost"] {
        // All of it stands on the first bill.
        let count = if name == "shippingCost" { "_shippingBilled" } else { "_handlingBilled" };
        record.insert(name.to_owned(), number(bill_lines::header_left(order, name, count)));
    }
    if reference(order, "discountItem").is_some() {
        let whole = round(amount(order, "discountRate"), digits);
        let left = whole - amount(order, "_discountBilled");
        let part = bill_lines::header_share(order, &taken, whole, left, digits);
        record.insert("discountRate".to_owned(), number(part));
    }
    if ctx.options.tax_style == TaxStyle::SuiteTax && !fields.contains_key("taxDetails") {
        let details = bill_tax::shares(order, &taken, digits);
        if !details.is_empty() {
            record.insert("taxDetails".to_owned(), json!({ "items": details }));
            record.insert("taxDetailsOverride".to_owned(), json!(true));
        }
    }
    let lines = lines(ctx, &taken)?;
    record.extend(fields.into_iter().filter(|(name, _)| name != "item"));
    record.insert("item".to_owned(), json!({ "items": lines }));
    add_up(ctx, &mut record, digits)?;
    Ok(record)
}

/// The order's form may say which kind of bill its orders get.
fn form_allows(ctx: &Context<'_>, kind: &RecordType, order: &Object) -> Result<()> {
    let Some(form) = reference(order, "customForm") else {
        return Ok(());
    };
    let form = ctx.store.get("customForm", form)?.unwrap_or_default();
    match text(&form, "billing") {
        Some(only) if only != kind.name => Err(ApiError::user(format!(
            "The form {} of this sales order is not for a {}.",
            text(&form, "name").unwrap_or_default(),
            kind.name
        ))),
        _ => Ok(()),
    }
}

fn lines(ctx: &Context<'_>, taken: &[Taken<'_>]) -> Result<Vec<Value>> {
    let mut lines = Vec::with_capacity(taken.len());
    for part in taken {
        let mut line = Object::new();
        for (name, value) in part.ordered {
            if COPIED_LINE.contains(&name.as_str()) || name.starts_with("custcol") {
                line.insert(name.clone(), value.clone());
            }
        }
        for (name, value) in part.sent.into_iter().flatten() {
            if !matches!(name.as_str(), "item" | "itemType") && !value.is_null() {
                line.insert(name.clone(), value.clone());
            }
        }
        line.remove("quantity");
        if let Some(quantity) = part.quantity {
            line.insert("quantity".to_owned(), number(quantity));
        }
        line.insert("orderLine".to_owned(), part.ordered.get("line").cloned().unwrap_or_default());
        line.insert("amount".to_owned(), number(part.amount));
        line.insert("line".to_owned(), json!(lines.len() + 1));
        line.insert("lineUniqueKey".to_owned(), json!(ctx.store.next("line")?.to_string()));
        lines.push(Value::Object(line));
    }
    Ok(lines)
}

fn add_up(ctx: &Context<'_>, record: &mut Object, digits: u32) -> Result<()> {
    let taxes = tax::of_order(ctx, record, digits)?;
    let amounts: Vec<Decimal> = rows(record, "item").iter().map(|line| amount(line, "amount")).collect();
    let discount = match reference(record, "discountItem") {
        Some(_) => round(amount(record, "discountRate"), digits),
        None => Decimal::ZERO,
    };
    let shipping = round(amount(record, "shippingCost"), digits) + round(amount(record, "handlingCost"), digits);
    sales_order::set_totals(record, totals::sum(&amounts, discount, shipping, &taxes));
    Ok(())
}

/// Fills in what NetSuite derives.
pub(super) fn finish(kind: &RecordType, record: &mut Object) -> Result<()> {
    if kind.name == "invoice" {
        let (total, paid) = (amount(record, "total"), amount(record, "amountPaid"));
        record.insert("amountPaid".to_owned(), number(paid));
        record.insert("amountRemaining".to_owned(), number(total - paid));
        let letter = if total == paid { "B" } else { "A" };
        record.insert("status".to_owned(), id_object(letter));
        return Ok(());
    }
    take_in(record, true)
}

/// Where a cash sale's or a payment's money is: with the undeposited funds or on an account.
pub(super) fn take_in(record: &mut Object, strict: bool) -> Result<()> {
    let account = reference(record, "account").is_some();
    let undeposited = choice(record, "undepFunds") == Some("T");
    if account && undeposited {
        return Err(ApiError::user("Choose either an account or the undeposited funds."));
    }
    let method = ["paymentMethod", "paymentOption"].iter().any(|name| reference(record, name).is_some());
    if strict && !account && !undeposited && !method {
        return Err(ApiError::missing("Payment Method", "paymentMethod"));
    }
    // Inferred: without an account the money waits to be deposited.
    let (letter, undeposited) = if account { ("C", "F") } else { ("B", "T") };
    record.insert("undepFunds".to_owned(), id_object(undeposited));
    record.insert("status".to_owned(), id_object(letter));
    Ok(())
}

/// Counts a new bill on its order, or takes a deleted one back.
pub(super) fn book(ctx: &Context<'_>, bill: &Object, sign: Decimal) -> Result<()> {
    let Some(id) = reference(bill, "createdFrom") else {
        return Ok(());
    };
    let Some(mut order) = ctx.store.get("salesOrder", id)? else {
        return Ok(());
    };
    bill_tax::count(&mut order, bill, sign);
    for (name, count) in COUNTED {
        progress::add(&mut order, count, sign * amount(bill, name));
    }
    let by_line: BTreeMap<i64, &Object> =
        rows(bill, "item").into_iter().filter_map(|line| Some((line.get("orderLine")?.as_i64()?, line))).collect();
    for line in progress::lines_mut(&mut order, "item") {
        let number = line.get("line").and_then(Value::as_i64).unwrap_or_default();
        if let Some(billed) = by_line.get(&number) {
            progress::add(line, "quantityBilled", sign * amount(billed, "quantity"));
            progress::add(line, "_amountBilled", sign * amount(billed, "amount"));
        }
    }
    ctx.order_moved(super::sales_order_type()?, id, order)
}

/// A bill's money and lines stand once it is made (inferred, and kept simple here).
pub(super) fn may_change(before: &Object, fields: &Object) -> Result<()> {
    for name in
        ["item", "taxDetails", "shippingCost", "handlingCost", "discountRate", "entity", "currency", "createdFrom"]
    {
        if fields.get(name).is_some_and(|value| before.get(name) != Some(value)) {
            return Err(ApiError::user(format!(
                "The field {name} of {} cannot be changed, delete it and bill anew.",
                text(before, "tranId").unwrap_or_default()
            )));
        }
    }
    Ok(())
}

/// A bill with payments stays.
pub(super) fn may_go(bill: &Object) -> Result<()> {
    if amount(bill, "amountPaid").is_zero() {
        return Ok(());
    }
    Err(ApiError::user("This transaction cannot be deleted because it is linked to by one or more transactions."))
}
