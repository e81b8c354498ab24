//! Small readings of JSON values as the record API writes them.

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Value};

/// A JSON object: a record, a line or a request body.
pub(crate) type Object = Map<String, Value>;

/// Largest absolute number that the account takes; products of two stay far from overflow.
pub(crate) const LARGEST: Decimal = Decimal::from_parts(0xD4A5_1000, 0xE8, 0, false, 0);

/// A number, or a string that spells one, as a decimal.
pub(crate) fn decimal(value: &Value) -> Option<Decimal> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    let parsed = text.parse::<Decimal>().or_else(|_| Decimal::from_scientific(&text)).ok()?;
    (parsed.abs() <= LARGEST).then_some(parsed)
}

/// A decimal as the plain JSON number that NetSuite answers with: `12.1`, not `"12.10"`.
pub(crate) fn number(value: Decimal) -> Value {
    serde_json::from_str(&value.normalize().to_string()).unwrap_or(Value::Null)
}

/// Rounds half away from zero to a currency's digits.
pub(crate) fn round(value: Decimal, digits: u32) -> Decimal {
    value.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero)
}

/// The decimal under `name`, zero when absent.
pub(crate) fn amount(object: &Object, name: &str) -> Decimal {
    object.get(name).and_then(decimal).unwrap_or_default()
}

/// The internal id of the reference under `name`.
pub(crate) fn reference(object: &Object, name: &str) -> Option<i64> {
    object.get(name)?.get("id")?.as_str()?.parse().ok()
}

/// The id of the enumeration under `name`.
pub(crate) fn choice<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    object.get(name)?.get("id")?.as_str()
}

/// The text under `name`.
pub(crate) fn text<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    object.get(name)?.as_str()
}

/// The flag under `name`, false when absent.
pub(crate) fn flag(object: &Object, name: &str) -> bool {
    object.get(name).and_then(Value::as_bool).unwrap_or(false)
}

/// A flag as SuiteQL and the database spell it.
pub(crate) fn letter(flag: bool) -> &'static str {
    if flag { "T" } else { "F" }
}

/// The rows of the sublist under `name`.
pub(crate) fn rows<'a>(object: &'a Object, name: &str) -> Vec<&'a Object> {
    object
        .get(name)
        .and_then(|sublist| sublist.get("items"))
        .and_then(Value::as_array)
        .map(|items| items.iter().filter_map(Value::as_object).collect())
        .unwrap_or_default()
}

/// `{"id": "…"}`.
pub(crate) fn id_object(id: &str) -> Value {
    serde_json::json!({ "id": id })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_keep_their_digits_and_have_a_bound() {
        assert_eq!(decimal(&json!(12.10)), Some(Decimal::new(1210, 2)));
        assert_eq!(decimal(&json!("0.1")), Some(Decimal::new(1, 1)));
        assert_eq!(decimal(&json!(1e3)), Some(Decimal::from(1000)));
        assert_eq!(LARGEST, Decimal::from(1_000_000_000_000_u64));
        assert_eq!(decimal(&json!(1e13)), None);
        assert_eq!(decimal(&json!(true)), None);
        assert_eq!(number(Decimal::new(1210, 2)), json!(12.1));
        assert_eq!(number(Decimal::new(700, 2)), json!(7));
    }
}
