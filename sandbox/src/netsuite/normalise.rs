//! A request's body becomes a record's fields: names in NetSuite's case, references resolved, values
//! of the right type.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::error::{ApiError, Result};
use super::fields::{Catalogue, Field, Kind, Schema};
use super::kinds;
use super::records::Key;
use super::store::Store;
use super::value::{Object, decimal};

/// How strictly a request wants its names or values to be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Validation {
    Error,
    Warning,
    Ignore,
}

impl Validation {
    /// Reads the header's value, in any case.
    pub(crate) fn parse(text: &str) -> Option<Validation> {
        match text.to_ascii_lowercase().as_str() {
            "error" => Some(Validation::Error),
            "warning" => Some(Validation::Warning),
            "ignore" => Some(Validation::Ignore),
            _ => None,
        }
    }

    /// As the answer's header spells it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Validation::Error => "Error",
            Validation::Warning => "Warning",
            Validation::Ignore => "Ignore",
        }
    }
}

/// What a write may do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) names: Validation,
    pub(crate) values: Validation,
    /// The control API may also set what the account computes, such as fulfilled quantities.
    pub(crate) trusted: bool,
}

impl Rules {
    /// Those of the control API and of the seed data.
    pub(crate) fn trusted() -> Rules {
        Rules { names: Validation::Error, values: Validation::Error, trusted: true }
    }
}

/// Fields that the account makes itself. Sent, they are ignored: nothing is ever echoed.
const COMPUTED: &[&str] = &[
    "id",
    "links",
    "refname",
    "status",
    "total",
    "subtotal",
    "taxtotal",
    "tax2total",
    "discounttotal",
    "discountamount",
    "totalaftertaxes",
    "createddate",
    "datecreated",
    "lastmodifieddate",
    "tranid",
    "transactionnumber",
    "exchangerate",
    "line_uniquekey",
    "lineuniquekey",
    "itemtype",
    "itemsubtype",
    "quantityfulfilled",
    "quantityreceived",
    "quantitybilled",
    "quantitycommitted",
    "quantitybackordered",
    "quantitypicked",
    "quantitypacked",
    "amountpaid",
    "amountremaining",
    "applied",
    "unapplied",
    "grossamt",
    "balance",
    "altname",
    "searchstage",
    "estgrossprofit",
    "estgrossprofitpercent",
    "totalcostestimate",
];

/// The longest texts that the account takes, in characters.
const LENGTHS: &[(&str, usize)] = &[
    ("memo", 999),
    ("otherrefnum", 45),
    ("description", 4000),
    ("email", 254),
    ("entityid", 83),
    ("companyname", 83),
    ("firstname", 32),
    ("lastname", 32),
    ("addr1", 150),
    ("addr2", 150),
    ("addr3", 150),
    ("city", 50),
    ("zip", 36),
    ("attention", 83),
    ("addressee", 83),
];
const LONGEST_CUSTOM: usize = 4000;

/// Turns bodies of one request into fields.
pub(crate) struct Normaliser<'a> {
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) store: &'a Store,
    pub(crate) rules: Rules,
}

impl Normaliser<'_> {
    /// The fields of `body` by `schema`; `path` is where in the request it stands.
    pub(crate) fn object(&self, schema: &Schema, body: &Object, path: &str) -> Result<Object> {
        let mut fields = Object::new();
        for (name, value) in body {
            let place = match path {
                "" => name.clone(),
                _ => format!("{path}.{name}"),
            };
            let lower = name.to_lowercase();
            let Some(field) = schema.field(name) else {
                self.unknown(schema, &lower, &place)?;
                if !schema.strict && !is_custom(&lower) {
                    // The list is not complete: the name may be real, so the account keeps it.
                    fields.insert(name.clone(), value.clone());
                }
                continue;
            };
            if !self.rules.trusted && COMPUTED.contains(&lower.as_str()) {
                continue;
            }
            match self.value(field, value, &place) {
                Ok(value) => {
                    fields.insert(field.name.clone(), value);
                }
                Err(error) if self.rules.values == Validation::Error => return Err(error),
                Err(_) => {}
            }
        }
        Ok(fields)
    }

    fn unknown(&self, schema: &Schema, lower: &str, place: &str) -> Result<()> {
        let known_to_be_wrong = schema.strict || is_custom(lower);
        if known_to_be_wrong && self.rules.names == Validation::Error {
            let name = place.rsplit('.').next().unwrap_or(place);
            return Err(ApiError::content(
                format!("Invalid content in the request body. Unknown field '{name}'."),
                place,
            ));
        }
        Ok(())
    }

    fn value(&self, field: &Field, value: &Value, path: &str) -> Result<Value> {
        if value.is_null() {
            return Ok(Value::Null);
        }
        let bad = || ApiError::bad_value(path);
        match &field.kind {
            Kind::Text => self.text(field, value, path),
            Kind::Date => {
                let day: Date = value.as_str().and_then(|day| day.parse().ok()).ok_or_else(bad)?;
                // A time of day is refused: date fields have none, and no time zone.
                (Some(day.to_string().as_str()) == value.as_str()).then(|| value.clone()).ok_or_else(bad)
            }
            Kind::DateTime => {
                let at: Timestamp = value.as_str().and_then(|at| at.parse().ok()).ok_or_else(bad)?;
                Ok(json!(at.to_string()))
            }
            Kind::Integer => {
                let number = decimal(value).filter(|number| number.is_integer());
                Ok(super::value::number(number.ok_or_else(bad)?))
            }
            Kind::Number => Ok(super::value::number(decimal(value).ok_or_else(bad)?)),
            Kind::Boolean => match value {
                Value::Bool(flag) => Ok(json!(flag)),
                Value::String(text) => match text.as_str() {
                    "true" | "T" => Ok(json!(true)),
                    "false" | "F" => Ok(json!(false)),
                    _ => Err(bad()),
                },
                _ => Err(bad()),
            },
            Kind::Reference(target) => self.reference(target, value, path),
            Kind::Choice(list) => choice(list.as_deref(), value).ok_or_else(bad),
            Kind::Sublist(schema) => self.sublist(schema, value, path),
            Kind::Subrecord(schema) => {
                let body = value.as_object().ok_or_else(bad)?;
                let fields = self.object(self.catalogue.schema(schema), body, path)?;
                Ok(Value::Object(fields))
            }
            Kind::Other => Ok(value.clone()),
        }
    }

    fn text(&self, field: &Field, value: &Value, path: &str) -> Result<Value> {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            _ => return Err(ApiError::bad_value(path)),
        };
        let lower = field.name.to_lowercase();
        let listed = LENGTHS.iter().find(|(name, _)| *name == lower);
        let longest = listed.map_or(LONGEST_CUSTOM, |(_, longest)| *longest);
        if text.chars().count() > longest {
            return Err(ApiError::user(format!(
                "The field {lower} contained more than the maximum number ( {longest} ) of \
                 characters allowed."
            )));
        }
        // As in Oracle's database, an empty text is no value.
        Ok(if text.is_empty() { Value::Null } else { json!(text) })
    }

    fn reference(&self, target: &str, value: &Value, path: &str) -> Result<Value> {
        let bad = || ApiError::bad_reference(path, value);
        let (id, external) = match value {
            Value::Object(object) => (object.get("id"), object.get("externalId")),
            Value::String(_) | Value::Number(_) => (Some(value), None),
            _ => (None, None),
        };
        // A price level of -1 is "custom": the line's own rate.
        let custom_price = target == "priceLevel" && id.is_some_and(|id| plain(id) == "-1");
        if custom_price {
            return Ok(super::value::id_object("-1"));
        }
        if target == kinds::ANY_TRANSACTION {
            let key = match (id, external) {
                (Some(id), _) => plain(id).parse().ok().map(Key::Internal),
                (None, external) => external.map(|external| Key::External(plain(external))),
            };
            let found = self.store.transaction(&key.ok_or_else(bad)?)?;
            return Ok(super::value::id_object(&found.ok_or_else(bad)?.1.to_string()));
        }
        let kind = kinds::find(target).ok_or_else(bad)?;
        let found = match (id, external) {
            (Some(id), _) => plain(id).parse::<i64>().ok().map(|id| (kind.store.to_owned(), id)),
            (None, Some(external)) => self.store.find(kind.scope, &plain(external))?,
            (None, None) => None,
        };
        let (store, id) = found.ok_or_else(bad)?;
        if Some(store.as_str()) != kinds::store_of(target) || !self.store.exists(&store, id)? {
            return Err(bad());
        }
        Ok(super::value::id_object(&id.to_string()))
    }

    fn sublist(&self, schema: &str, value: &Value, path: &str) -> Result<Value> {
        let Some(items) = value.get("items").and_then(Value::as_array) else {
            return Err(ApiError::content(
                "Invalid content in the request body. A sublist is an object with 'items'.",
                path,
            ));
        };
        let schema = self.catalogue.schema(schema);
        let mut rows = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let place = format!("{path}.items[{index}]");
            let Some(item) = item.as_object() else {
                return Err(ApiError::bad_value(&place));
            };
            rows.push(Value::Object(self.object(schema, item, &place)?));
        }
        Ok(json!({ "items": rows }))
    }
}

fn is_custom(lower: &str) -> bool {
    ["custbody", "custcol", "custentity", "custitem", "custrecord"].iter().any(|prefix| lower.starts_with(prefix))
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn choice(list: Option<&[String]>, value: &Value) -> Option<Value> {
    let id = match value {
        Value::Object(object) => plain(object.get("id")?),
        Value::String(_) | Value::Number(_) => plain(value),
        // Check boxes are typed as open lists.
        Value::Bool(flag) if list.is_none() => super::value::letter(*flag).to_owned(),
        _ => return None,
    };
    let id = match list {
        Some(list) => list.iter().find(|known| known.eq_ignore_ascii_case(&id))?,
        None => &id,
    };
    Some(super::value::id_object(id))
}
