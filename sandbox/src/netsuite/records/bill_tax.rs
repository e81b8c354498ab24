//! The taxes of a bill under SuiteTax: its own details, or the order's by share.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

use super::bill_lines::Taken;
use super::progress;
use crate::netsuite::value::{Object, amount, number, reference, rows, text};

/// The order's tax details for these lines. The order counts under `_billed` what bills took before.
pub(super) fn shares(order: &Object, lines: &[Taken<'_>], digits: u32) -> Vec<Value> {
    let mut of_line: BTreeMap<&str, Vec<&Object>> = BTreeMap::new();
    for detail in rows(order, "taxDetails") {
        if let Some(name) = text(detail, "taxDetailsReference") {
            of_line.entry(name).or_default().push(detail);
        }
    }
    let mut details = Vec::new();
    for line in lines {
        let name = text(line.ordered, "taxDetailsReference").unwrap_or_default();
        // Taken out: a second line of the same name has no details of its own.
        for detail in of_line.remove(name).unwrap_or_default() {
            let tax = line.share(amount(detail, "taxAmount"), amount(detail, "_billed"), digits);
            let mut part = detail.clone();
            part.remove("_billed");
            part.insert("taxBasis".to_owned(), number(line.amount));
            part.insert("taxAmount".to_owned(), number(tax));
            details.push(Value::Object(part));
        }
    }
    details
}

/// Counts a bill's taxes on the details of its order, or takes them back.
pub(super) fn count(order: &mut Object, bill: &Object, sign: Decimal) {
    // A bill's line may name its details otherwise than the order's line does.
    let names: BTreeMap<i64, String> = rows(order, "item")
        .into_iter()
        .filter_map(|line| Some((line.get("line")?.as_i64()?, text(line, "taxDetailsReference")?.to_owned())))
        .collect();
    let translated: BTreeMap<&str, &String> = rows(bill, "item")
        .into_iter()
        .filter_map(|line| {
            let own = text(line, "taxDetailsReference")?;
            Some((own, names.get(&line.get("orderLine")?.as_i64()?)?))
        })
        .collect();
    let mut taxes: BTreeMap<(String, Option<i64>), Decimal> = BTreeMap::new();
    for detail in rows(bill, "taxDetails") {
        let name = text(detail, "taxDetailsReference").and_then(|own| translated.get(own));
        let Some(name) = name else { continue };
        let key = ((*name).clone(), reference(detail, "taxCode"));
        *taxes.entry(key).or_default() += sign * amount(detail, "taxAmount");
    }
    for detail in progress::lines_mut(order, "taxDetails") {
        let name = text(detail, "taxDetailsReference").unwrap_or_default().to_owned();
        if let Some(tax) = taxes.remove(&(name, reference(detail, "taxCode"))) {
            progress::add(detail, "_billed", tax);
        }
    }
}
