//! The `q` parameter of record lists: `email IS "a@b.example" AND firstName START_WITH Ann`.

use serde_json::Value;

use super::error::{ApiError, Result};
use super::value::Object;

#[derive(Debug, PartialEq)]
enum Operator {
    Is,
    IsNot,
    Contain,
    StartWith,
    EndWith,
    Empty,
    NotEmpty,
}

#[derive(Debug, PartialEq)]
struct Condition {
    field: String,
    operator: Operator,
    value: String,
}

/// A parsed `q`: all conditions must hold.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Filter(Vec<Condition>);

impl Filter {
    /// Reads a filter; what is not understood is refused, never ignored.
    pub(crate) fn parse(q: &str) -> Result<Filter> {
        let bad = || ApiError::parameter("q", format!("Invalid search query '{q}'."));
        let mut words = words(q).ok_or_else(bad)?.into_iter();
        let mut conditions = Vec::new();
        loop {
            let field = words.next().ok_or_else(bad)?;
            let operator = words.next().ok_or_else(bad)?;
            let operator = match operator.to_ascii_uppercase().as_str() {
                "IS" | "EQUAL" => Operator::Is,
                "IS_NOT" | "EQUAL_NOT" => Operator::IsNot,
                "CONTAIN" => Operator::Contain,
                "START_WITH" => Operator::StartWith,
                "END_WITH" => Operator::EndWith,
                "EMPTY" => Operator::Empty,
                "EMPTY_NOT" => Operator::NotEmpty,
                _ => return Err(bad()),
            };
            let value = match operator {
                Operator::Empty | Operator::NotEmpty => String::new(),
                _ => words.next().ok_or_else(bad)?,
            };
            conditions.push(Condition { field: field.to_lowercase(), operator, value });
            match words.next() {
                None => return Ok(Filter(conditions)),
                Some(and) if and.eq_ignore_ascii_case("and") => {}
                Some(_) => return Err(bad()),
            }
        }
    }

    /// Whether a record meets all conditions. Texts compare in any case, as NetSuite's searches do.
    pub(crate) fn accepts(&self, record: &Object) -> bool {
        self.0.iter().all(|condition| condition.holds(record))
    }
}

impl Condition {
    fn holds(&self, record: &Object) -> bool {
        let value = record
            .iter()
            .find(|(name, _)| name.to_lowercase() == self.field)
            .map(|(_, value)| plain(value))
            .unwrap_or_default()
            .to_lowercase();
        let wanted = self.value.to_lowercase();
        match self.operator {
            Operator::Is => value == wanted,
            Operator::IsNot => value != wanted,
            Operator::Contain => value.contains(&wanted),
            Operator::StartWith => value.starts_with(&wanted),
            Operator::EndWith => value.ends_with(&wanted),
            Operator::Empty => value.is_empty(),
            Operator::NotEmpty => !value.is_empty(),
        }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(object) => object.get("id").map(plain).unwrap_or_default(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Words, with quoted ones whole; `None` for an open quote.
fn words(q: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut rest = q.trim_start();
    while !rest.is_empty() {
        let (word, tail) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        words.push(word.to_owned());
        rest = tail.trim_start();
    }
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn conditions_are_joined_and_nonsense_is_refused() {
        let record = json!({"email": "Ann@b.example", "subsidiary": {"id": "1"}});
        let record = record.as_object().unwrap();
        let accepts = |q| Filter::parse(q).unwrap().accepts(record);
        assert!(accepts("email IS \"ann@b.example\""));
        assert!(accepts("EMAIL START_WITH ann AND subsidiary EQUAL 1"));
        assert!(!accepts("email CONTAIN ann AND phone EMPTY_NOT"));
        for q in ["", "email", "email IS", "email LIKES x", "email IS a OR b IS c", "email IS \"a"] {
            assert!(Filter::parse(q).is_err(), "{q}");
        }
    }
}
