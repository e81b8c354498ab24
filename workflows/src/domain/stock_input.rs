//! The input of the stock's workflows, and what a tick compares.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::input::{self, InvalidInput};

/// What a person asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Asked {
    /// Nothing: full where it is time for it, else what moved.
    #[default]
    Due,
    /// The whole catalogue.
    Full,
    /// What moved.
    Delta,
    /// These SKUs.
    Skus(Vec<String>),
}

/// What a tick compares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Scope {
    /// The whole catalogue.
    Full,
    /// Items on lines that moved since, by NetSuite's clock.
    Delta(Timestamp),
    /// These SKUs.
    Skus(Vec<String>),
}

impl Scope {
    /// The word for reports.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Delta(_) => "delta",
            Self::Skus(_) => "skus",
        }
    }
}

/// What completed ticks have left.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LastTick {
    /// Time of the last moved line that a tick has seen, by NetSuite's clock.
    pub watermark: Option<Timestamp>,
    /// Tick of the last full comparison.
    pub full: Option<Timestamp>,
    /// Seconds between two full comparisons.
    pub full_every: u64,
}

impl LastTick {
    /// What the tick compares. Without a watermark nothing is known to be right, so that everything is looked at.
    pub fn scope(&self, asked: Asked, tick: Timestamp) -> Scope {
        let every = Duration::from_secs(self.full_every);
        let due = self.full.is_none_or(|full| full.checked_add(every).is_ok_and(|next| next <= tick));
        match (asked, self.watermark) {
            (Asked::Skus(skus), _) => Scope::Skus(skus),
            (Asked::Full, _) | (_, None) => Scope::Full,
            (Asked::Due, Some(_)) if due => Scope::Full,
            (_, Some(watermark)) => Scope::Delta(watermark),
        }
    }
}

/// The input of a sync: `{"brand":"acme"}`, `{"brand":"acme","scope":"full"}`, `{"brand":"acme","scope":["SKU-1"]}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncInput {
    /// The brand.
    pub brand: String,
    /// What is compared.
    pub asked: Asked,
}

impl SyncInput {
    /// Reads it, naming the field that cannot be used.
    pub fn parse(input: &Value) -> Result<Self, InvalidInput> {
        let fields = input::object(input, r#"{"brand":"acme","scope":"full"}"#, &["brand", "scope"])?;
        let expected = || InvalidInput::new("scope", r#""full", "delta" or a list of SKUs expected"#);
        let asked = match fields.get("scope") {
            None | Some(Value::Null) => Asked::Due,
            Some(Value::String(word)) if word == "full" => Asked::Full,
            Some(Value::String(word)) if word == "delta" => Asked::Delta,
            Some(Value::Array(_)) => Asked::Skus(skus(fields, "scope")?.ok_or_else(expected)?),
            Some(_) => return Err(expected()),
        };
        Ok(Self { brand: brand(fields)?, asked })
    }
}

/// The input of a check: `{"brand":"acme"}`, `{"brand":"acme","skus":["SKU-1"],"tolerance":2}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckInput {
    /// The brand.
    pub brand: String,
    /// Only these.
    pub skus: Option<Vec<String>>,
    /// So many units are no difference.
    pub tolerance: Option<u32>,
}

impl CheckInput {
    /// Reads it, naming the field that cannot be used.
    pub fn parse(input: &Value) -> Result<Self, InvalidInput> {
        let fields = input::object(
            input,
            r#"{"brand":"acme","skus":["SKU-1"],"tolerance":0}"#,
            &["brand", "skus", "tolerance"],
        )?;
        let tolerance = match fields.get("tolerance") {
            None | Some(Value::Null) => None,
            Some(units) => {
                let units = units.as_u64().and_then(|n| u32::try_from(n).ok());
                Some(units.ok_or_else(|| InvalidInput::new("tolerance", "a whole number of units expected"))?)
            }
        };
        Ok(Self { brand: brand(fields)?, skus: skus(fields, "skus")?, tolerance })
    }
}

/// A longer list is a full comparison.
const MOST_SKUS: usize = 1_000;

fn skus(fields: &Map<String, Value>, field: &str) -> Result<Option<Vec<String>>, InvalidInput> {
    let Some(given) = fields.get(field).filter(|given| !given.is_null()) else { return Ok(None) };
    let list = given.as_array().ok_or_else(|| InvalidInput::new(field, "a list of SKUs expected"))?;
    if list.is_empty() || list.len() > MOST_SKUS {
        return Err(InvalidInput::new(field, format!("1 to {MOST_SKUS} SKUs expected")));
    }
    let mut skus = vec![];
    for (n, sku) in list.iter().enumerate() {
        let sku = sku.as_str().map(str::trim).filter(|sku| !sku.is_empty());
        let sku = sku.ok_or_else(|| InvalidInput::new(format!("{field}[{n}]"), "a SKU expected"))?;
        skus.push(sku.to_owned());
    }
    skus.sort_unstable();
    skus.dedup();
    Ok(Some(skus))
}

fn brand(fields: &Map<String, Value>) -> Result<String, InvalidInput> {
    input::brand(fields)?.ok_or_else(|| InvalidInput::new("brand", "missing"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_people_type() {
        let asked = |scope: Value| SyncInput::parse(&json!({"brand": "acme", "scope": scope})).map(|i| i.asked);
        assert_eq!(asked(Value::Null), Ok(Asked::Due));
        assert_eq!(asked(json!("full")), Ok(Asked::Full));
        assert_eq!(asked(json!("delta")), Ok(Asked::Delta));
        assert_eq!(asked(json!(["B", " A ", "B"])), Ok(Asked::Skus(vec!["A".into(), "B".into()])));
        for (wrong, field) in
            [(json!("all"), "scope"), (json!([]), "scope"), (json!(["A", 7]), "scope[1]"), (json!(7), "scope")]
        {
            assert_eq!(asked(wrong).unwrap_err().field, field);
        }
        assert_eq!(SyncInput::parse(&json!({})).unwrap_err().field, "brand");
        let check = |tolerance: Value| CheckInput::parse(&json!({"brand": "acme", "tolerance": tolerance}));
        assert_eq!(check(json!(2)).unwrap().tolerance, Some(2));
        assert_eq!(check(json!(-2)).unwrap_err().field, "tolerance");
        assert_eq!(CheckInput::parse(&json!({"brand": "acme", "skus": "A"})).unwrap_err().field, "skus");
    }

    #[test]
    fn everything_is_compared_now_and_then_and_whenever_nothing_is_known() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (six, noon, later) = (at("2026-10-05T06:00:00Z"), at("2026-10-05T12:00:00Z"), at("2026-10-05T11:45:00Z"));
        let last = LastTick { watermark: Some(six), full: Some(six), full_every: 6 * 3600 };
        assert_eq!(last.scope(Asked::Due, later), Scope::Delta(six));
        assert_eq!(last.scope(Asked::Due, noon), Scope::Full);
        assert_eq!(last.scope(Asked::Delta, noon), Scope::Delta(six));
        assert_eq!(last.scope(Asked::Full, later), Scope::Full);
        assert_eq!(LastTick { watermark: None, ..last.clone() }.scope(Asked::Delta, later), Scope::Full);
        assert_eq!(LastTick { full: None, ..last.clone() }.scope(Asked::Due, later), Scope::Full);
        assert_eq!(last.scope(Asked::Skus(vec!["A".into()]), noon), Scope::Skus(vec!["A".into()]));
    }
}
