//! The three tax styles of an account: SuiteTax, legacy, and none.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::Context;
use crate::netsuite::TaxStyle;
use crate::netsuite::error::{ApiError, Result};
use crate::netsuite::totals;
use crate::netsuite::value::{Object, amount, decimal, flag, number, reference, round, rows, text};

const SUITE_TAX_HEADER: &[&str] = &["taxDetails", "taxDetailsOverride", "taxRegOverride"];
const SUITE_TAX_LINE: &[&str] = &["taxDetailsReference"];
const LEGACY_HEADER: &[&str] =
    &["taxItem", "taxRate", "shippingTaxCode", "handlingTaxCode", "shippingTax1Rate", "handlingTax1Rate"];
const LEGACY_LINE: &[&str] = &["taxCode", "taxRate1", "taxRate2", "tax1Amt"];

/// Refuses the fields of the tax engines that the account does not have.
pub(super) fn style_allows(style: TaxStyle, fields: &Object) -> Result<()> {
    let allows_legacy = style == TaxStyle::Legacy;
    let allows_suite_tax = style == TaxStyle::SuiteTax;
    let refuse = |object: &Object, names: &[&str], place: &str| {
        for name in names {
            if object.get(*name).is_some_and(|value| !value.is_null()) {
                return Err(ApiError::content(
                    format!("The field {name} is not available with this account's tax features."),
                    &format!("{place}{name}"),
                ));
            }
        }
        Ok(())
    };
    if !allows_legacy {
        refuse(fields, LEGACY_HEADER, "")?;
    }
    if !allows_suite_tax {
        refuse(fields, SUITE_TAX_HEADER, "")?;
    }
    for (index, line) in rows(fields, "item").into_iter().enumerate() {
        let place = format!("item.items[{index}].");
        if !allows_legacy {
            refuse(line, LEGACY_LINE, &place)?;
        }
        if !allows_suite_tax {
            refuse(line, SUITE_TAX_LINE, &place)?;
        }
    }
    Ok(())
}

/// Tax details belong to lines: when `?replace=item` drops a line, its details go with it.
pub(super) fn forget_replaced(order: &mut Object, fields: &Object, replace: &[String]) {
    let replaces = replace.iter().any(|name| name.eq_ignore_ascii_case("item"));
    if !replaces || !fields.contains_key("item") {
        return;
    }
    let kept: Vec<_> = rows(fields, "item").iter().filter_map(|line| line.get("line").cloned()).collect();
    let dropped: Vec<String> = rows(order, "item")
        .iter()
        .filter(|line| !line.get("line").is_some_and(|line| kept.contains(line)))
        .filter_map(|line| text(line, "taxDetailsReference").map(str::to_owned))
        .collect();
    let left: Vec<Value> = rows(order, "taxDetails")
        .into_iter()
        .filter(|detail| {
            !text(detail, "taxDetailsReference").is_some_and(|name| dropped.iter().any(|dropped| dropped == name))
        })
        .cloned()
        .map(Value::Object)
        .collect();
    if order.contains_key("taxDetails") {
        order.insert("taxDetails".to_owned(), json!({ "items": left }));
    }
}

/// All taxes of an order whose line amounts are set. Legacy taxes are noted on their lines.
pub(super) fn of_order(ctx: &Context<'_>, order: &mut Object, digits: u32) -> Result<Vec<Decimal>> {
    match ctx.options.tax_style {
        TaxStyle::None => Ok(Vec::new()),
        TaxStyle::SuiteTax => details(order, digits),
        TaxStyle::Legacy => legacy(ctx, order, digits),
    }
}

fn details(order: &mut Object, digits: u32) -> Result<Vec<Decimal>> {
    let overridden = flag(order, "taxDetailsOverride");
    let names: BTreeSet<String> =
        rows(order, "item").iter().filter_map(|line| text(line, "taxDetailsReference").map(str::to_owned)).collect();
    let Some(Value::Array(details)) = order.get_mut("taxDetails").and_then(|sublist| sublist.get_mut("items")) else {
        return Ok(Vec::new());
    };
    if !overridden && !details.is_empty() {
        return Err(ApiError::user("Tax details can be entered only if Tax Details Override is set."));
    }
    let mut taxes = Vec::with_capacity(details.len());
    for (index, detail) in details.iter_mut().enumerate() {
        let Some(detail) = detail.as_object_mut() else {
            continue;
        };
        let path = |field: &str| format!("taxDetails.items[{index}].{field}");
        let name = text(detail, "taxDetailsReference")
            .ok_or_else(|| ApiError::missing("Tax Details Reference", path("taxDetailsReference")))?;
        if !names.contains(name) {
            return Err(ApiError::bad_reference(&path("taxDetailsReference"), &json!(name)));
        }
        for (field, label) in [("taxType", "Tax Type"), ("taxCode", "Tax Code")] {
            if reference(detail, field).is_none() {
                return Err(ApiError::missing(label, path(field)));
            }
        }
        let tax = match detail.get("taxAmount").and_then(decimal) {
            Some(tax) => round(tax, digits),
            None => totals::tax_of(amount(detail, "taxBasis"), amount(detail, "taxRate"), digits),
        };
        detail.insert("taxAmount".to_owned(), number(tax));
        taxes.push(tax);
    }
    Ok(taxes)
}

fn legacy(ctx: &Context<'_>, order: &mut Object, digits: u32) -> Result<Vec<Decimal>> {
    let mut taxes = Vec::new();
    let shipping = amount(order, "shippingCost");
    if let Some(rate) = rate_of(ctx, order, "shippingTaxCode", "shippingTax1Rate")? {
        taxes.push(totals::tax_of(shipping, rate, digits));
    }
    if let Some(Value::Array(lines)) = order.get_mut("item").and_then(|sublist| sublist.get_mut("items")) {
        for line in lines.iter_mut().filter_map(Value::as_object_mut) {
            let exempt = line.get("isTaxable") == Some(&Value::Bool(false));
            let rate = rate_of(ctx, line, "taxCode", "taxRate1")?.filter(|_| !exempt);
            let tax = totals::tax_of(amount(line, "amount"), rate.unwrap_or_default(), digits);
            line.insert("tax1Amt".to_owned(), number(tax));
            taxes.push(tax);
        }
    }
    Ok(taxes)
}

/// The rate given on the line, else the rate of its code.
fn rate_of(ctx: &Context<'_>, line: &Object, code: &str, rate: &str) -> Result<Option<Decimal>> {
    if let Some(rate) = line.get(rate).and_then(decimal) {
        return Ok(Some(rate));
    }
    let Some(code) = reference(line, code) else {
        return Ok(None);
    };
    let code = ctx.store.get("salesTaxItem", code)?.unwrap_or_default();
    Ok(code.get("rate").and_then(decimal))
}
