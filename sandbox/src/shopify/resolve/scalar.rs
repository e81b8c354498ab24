//! How GraphQL writes what REST holds.

use apollo_compiler::Name;
use jiff::Timestamp;
use serde_json::Value;

use crate::money;

/// Writes a value, or each of a list, as the named scalar or enum.
pub(super) fn write(value: Value, name: &Name, is_enum: bool) -> Value {
    if let Value::Array(items) = value {
        let items = items.into_iter().map(|item| write(item, name, is_enum));
        return items.collect();
    }
    if is_enum {
        return match value.as_str() {
            Some(text) => Value::from(text.to_uppercase()),
            None => value,
        };
    }
    match name.as_str() {
        "DateTime" => match value.as_str().and_then(|at| at.parse::<Timestamp>().ok()) {
            Some(at) => Value::from(at.to_string()),
            None => Value::Null,
        },
        "Money" | "Decimal" => Value::from(money::graphql(money::read(&value))),
        "ID" | "String" | "BigInt" | "UnsignedInt64" | "URL" | "HTML" => match value {
            Value::Number(number) => Value::from(number.to_string()),
            Value::Bool(flag) => Value::from(flag.to_string()),
            other => other,
        },
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_take_graphql_s_spelling() {
        let named = |name| Name::new(name).unwrap();
        let written = |value, name| write(value, &named(name), false);
        assert_eq!(written(json!("2008-01-10T11:00:00-05:00"), "DateTime"), "2008-01-10T16:00:00Z");
        assert_eq!(written(json!("12.50"), "Money"), "12.5");
        assert_eq!(written(json!(450789469), "UnsignedInt64"), "450789469");
        assert_eq!(write(json!("partially_refunded"), &named("Any"), true), "PARTIALLY_REFUNDED");
    }
}
