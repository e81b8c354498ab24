//! Reading the fields of what is sent, each by its rule.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::error::{Checked, MISSING, Problem, TOO_LONG};
use super::time;

/// The fields of one object. A null counts as left out.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a>(pub(super) &'a Map<String, Value>);

impl<'a> Fields<'a> {
    /// The fields of `value`, which must be an object.
    pub(super) fn of(value: &'a Value, name: &str) -> Checked<Fields<'a>> {
        value.as_object().map(Fields).ok_or_else(|| Problem::value(name, "must be an object"))
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A text of at most `limit` characters.
    pub(super) fn text(&self, name: &str, limit: usize) -> Checked<Option<&'a str>> {
        let text = self.any_text(name)?;
        if text.is_some_and(|text| text.chars().count() > limit) {
            return Err(Problem::new(TOO_LONG, name, format!("is longer than {limit} characters")));
        }
        Ok(text)
    }

    pub(super) fn any_text(&self, name: &str) -> Checked<Option<&'a str>> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Problem::value(name, "must be a string")),
        }
    }

    /// A text that must be there.
    pub(super) fn required(&self, name: &str, limit: usize) -> Checked<&'a str> {
        let text = self.text(name, limit)?.filter(|text| !text.trim().is_empty());
        text.ok_or_else(|| Problem::new(MISSING, name, "is required"))
    }

    pub(super) fn integer(&self, name: &str) -> Checked<Option<i64>> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => value.as_i64().map(Some).ok_or_else(|| Problem::value(name, "must be an integer")),
        }
    }

    pub(super) fn number(&self, name: &str) -> Checked<()> {
        match self.get(name) {
            Some(Value::Number(number)) if is_decimal(&number.to_string()) => Ok(()),
            None => Ok(()),
            Some(_) => Err(Problem::value(name, "must be a decimal number")),
        }
    }

    pub(super) fn date(&self, name: &str) -> Checked<()> {
        match self.any_text(name)? {
            Some(text) if time::moment(text).is_none() => Err(Problem::value(name, "must be a date, YYYY-MM-DD")),
            _ => Ok(()),
        }
    }

    /// A list; empty when left out.
    pub(super) fn list(&self, name: &str) -> Checked<&'a [Value]> {
        match self.get(name) {
            None => Ok(&[]),
            Some(Value::Array(list)) => Ok(list),
            Some(_) => Err(Problem::value(name, "must be a list")),
        }
    }
}

fn is_decimal(text: &str) -> bool {
    text.parse::<Decimal>().is_ok() || Decimal::from_scientific(text).is_ok()
}
