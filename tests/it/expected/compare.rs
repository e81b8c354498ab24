//! A Sales Order beside the one that was worked out by hand.

use std::collections::BTreeSet;

use config::{BookedCurrency, Brand};
use rust_decimal::Decimal;
use sandbox::Sandbox;
use serde_json::{Value, json};

use super::text;

/// The brand that the expectations were written for.
const BRAND: &str = "acme";
/// The brand's item for rounding differences.
const ROUNDING: &str = "905";

/// What differs from the expected Sales Order.
pub(super) struct Differences {
    brand: String,
    pub(super) all: Vec<String>,
}

impl Differences {
    /// Of a brand that stands for the expectations' own.
    pub(super) fn of(brand: &str) -> Self {
        Self { brand: brand.to_owned(), all: vec![] }
    }

    pub(super) fn header(&mut self, expected: &Value, body: &Value) {
        self.same("header", &expected["header"], body);
        for field in expected["absent"].as_array().unwrap().iter().map(text) {
            if body.get(field).is_some() {
                self.all.push(format!("{field} should be absent: {}", body[field]));
            }
        }
        let flags: BTreeSet<&str> = text(&body["custbody_o2c_flags"]).split("; ").filter(|f| !f.is_empty()).collect();
        let wanted: BTreeSet<&str> = expected["flags"].as_array().unwrap().iter().map(text).collect();
        self.equal("flags", &wanted, &flags);
    }

    pub(super) fn lines(&mut self, expected: &Value, body: &Value) {
        let (wanted, lines) = (expected["lines"].as_array().unwrap(), body["item"]["items"].as_array().unwrap());
        self.equal("number of lines", &wanted.len(), &lines.len());
        for (n, (wanted, line)) in wanted.iter().zip(lines).enumerate() {
            let line = json!({
                "kind": wanted["kind"],
                "item": line["item"]["id"],
                "quantity": line["quantity"],
                "rate": line["rate"],
                "amount": line["amount"],
                "lineId": line["custcol_shopify_line_id"],
                "description": line["description"],
                "taxCode": line["taxCode"]["id"],
                "taxRate1": line["taxRate1"],
            });
            self.same(&format!("line {}", n + 1), wanted, &line);
        }
        let of_rounding = lines.iter().filter(|l| l["item"]["id"] == ROUNDING);
        let rounding: Decimal = of_rounding.filter_map(|l| decimal(&l["amount"])).sum();
        self.equal("rounding", &decimal(&expected["rounding"]), &Some(rounding));
    }

    pub(super) fn tax(&mut self, expected: &Value, body: &Value) {
        let lines = body["item"]["items"].as_array().unwrap();
        let none = vec![];
        let details = body["taxDetails"]["items"].as_array().unwrap_or(&none);
        let wanted = expected["tax"].as_array().unwrap();
        self.equal("number of tax details", &wanted.len(), &details.len());
        for (n, (wanted, detail)) in wanted.iter().zip(details).enumerate() {
            let line = lines.iter().position(|l| l["taxDetailsReference"] == detail["taxDetailsReference"]);
            let detail = json!({
                "line": line.map(|n| n + 1),
                "title": wanted["title"],
                "taxType": detail["taxType"]["id"],
                "taxCode": detail["taxCode"]["id"],
                "taxRate": detail["taxRate"],
                "taxBasis": detail["taxBasis"],
                "taxAmount": detail["taxAmount"],
            });
            self.same(&format!("tax detail {}", n + 1), wanted, &detail);
        }
    }

    /// As NetSuite computed them.
    pub(super) fn totals(&mut self, brand: &Brand, expected: &Value, record: &Value) {
        self.equal("total", &decimal(&expected["total"]), &decimal(&record["total"]));
        let tax = decimal(&record["taxTotal"]).unwrap_or_default();
        self.equal("taxTotal", &decimal(&expected["taxTotal"]), &Some(tax));
        let currency = &brand.orders.currencies[text(&expected["currency"])];
        self.equal("currency", &currency.as_str(), &text(&record["currency"]["id"]));
        // What has nothing to ship waits for its bill at once.
        let mut lines = record["item"]["items"].as_array().into_iter().flatten();
        let ships = lines.any(|line| line["itemType"]["id"] == "InvtPart");
        self.equal("status", &if ships { "B" } else { "F" }, &text(&record["status"]["id"]));
        let presentment = brand.orders.currency == BookedCurrency::Presentment;
        if presentment && record.get("custbody_shopify_presentment_total").is_none() {
            self.all.push("custbody_shopify_presentment_total is missing".to_owned());
        }
    }

    pub(super) fn customer(&mut self, sandbox: &Sandbox, expected: &Value, record: &Value) {
        let Some(key) = expected["customerKey"].as_str() else { return };
        let id = text(&record["entity"]["id"]);
        let customer = sandbox.netsuite.record("customer", id).unwrap_or_default();
        self.equal("customer", &key.replace(BRAND, &self.brand).as_str(), &text(&customer["externalId"]));
    }

    /// Every field of `wanted`, numbers by value. The brand of the expectations stands for the case's own.
    fn same(&mut self, at: &str, wanted: &Value, got: &Value) {
        match wanted {
            Value::Object(fields) => {
                for (field, wanted) in fields {
                    self.same(&format!("{at}.{field}"), wanted, &got[field]);
                }
            }
            Value::String(words) if words == BRAND || words.starts_with("SO-acme-") => {
                self.equal(at, &words.replace(BRAND, &self.brand).as_str(), &text(got));
            }
            _ => {
                let by_value = decimal(wanted).filter(|wanted| Some(*wanted) == decimal(got));
                if by_value.is_none() && wanted != got {
                    self.all.push(format!("{at}: {wanted} expected, {got} found"));
                }
            }
        }
    }

    fn equal<T: PartialEq + std::fmt::Debug>(&mut self, at: &str, wanted: &T, got: &T) {
        if wanted != got {
            self.all.push(format!("{at}: {wanted:?} expected, {got:?} found"));
        }
    }
}

/// A number, or a text that is one.
fn decimal(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => number.to_string().parse().ok(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}
