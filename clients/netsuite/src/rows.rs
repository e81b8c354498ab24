//! Reading the cells of SuiteQL rows, for `#[serde(deserialize_with = "…")]`.
//!
//! A NULL column is missing from its row: give the `optional_…` ones `#[serde(default)]` too.

use rust_decimal::Decimal;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// A cell as it may come: numbers also as strings.
#[derive(Deserialize)]
#[serde(untagged)]
enum Cell {
    Flag(bool),
    Number(serde_json::Number),
    Text(String),
}

/// Text, also of a number, such as an id.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(into_text(Cell::deserialize(deserializer)?))
}

/// Text, or nothing for NULL and for an empty cell.
pub fn optional_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let cell = Option::<Cell>::deserialize(deserializer)?;
    Ok(cell.map(into_text).filter(|text| !text.is_empty()))
}

/// A decimal number, such as an amount.
pub fn decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    into_decimal(&text(deserializer)?)
}

/// A decimal number, or nothing for NULL and for an empty cell.
pub fn optional_decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
    optional_text(deserializer)?.as_deref().map(into_decimal).transpose()
}

/// A whole number of 0 or more.
pub fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    text(deserializer)?.trim().parse().map_err(|_| D::Error::custom("cell, expected a whole number"))
}

/// A check box: `T` or `F`. NULL and an empty cell are not checked; give it `#[serde(default)]`.
pub fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match optional_text(deserializer)?.as_deref() {
        Some("T" | "true") => Ok(true),
        None | Some("F" | "false") => Ok(false),
        Some(_) => Err(D::Error::custom("cell, expected T or F")),
    }
}

fn into_text(cell: Cell) -> String {
    match cell {
        Cell::Flag(flag) => flag.to_string(),
        Cell::Number(number) => number.to_string(),
        Cell::Text(text) => text,
    }
}

/// A JSON number arrives as its shortest decimal form, which keeps the figures of every amount up to 15 digits.
fn into_decimal<E: Error>(text: &str) -> Result<Decimal, E> {
    let text = text.trim();
    let number = text.parse().or_else(|_| Decimal::from_scientific(text));
    number.map_err(|_| E::custom("cell, expected a number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Row {
        #[serde(deserialize_with = "text")]
        id: String,
        #[serde(deserialize_with = "decimal")]
        total: Decimal,
        #[serde(deserialize_with = "optional_decimal")]
        rate: Option<Decimal>,
        #[serde(deserialize_with = "optional_text")]
        memo: Option<String>,
        #[serde(deserialize_with = "count")]
        lines: u64,
        #[serde(deserialize_with = "flag")]
        sent: bool,
    }

    fn row(json: &str) -> Row {
        client_core::decode(json.as_bytes()).unwrap()
    }

    #[test]
    fn numbers_and_strings_read_alike() {
        let expected = Row {
            id: "1203".to_owned(),
            total: "409.94".parse().unwrap(),
            rate: Some("0.0000001".parse().unwrap()),
            memo: Some("5".to_owned()),
            lines: 3,
            sent: true,
        };
        assert_eq!(row(r#"{"id":"1203","total":"409.94","rate":"1E-7","memo":"5","lines":"3","sent":"T"}"#), expected);
        assert_eq!(row(r#"{"id":1203,"total":409.94,"rate":1e-7,"memo":5,"lines":3,"sent":true}"#), expected);
    }

    #[test]
    fn nothing_is_nothing() {
        assert_eq!(row("{}"), Row::default());
        assert_eq!(row(r#"{"rate":null,"memo":"","sent":null}"#), Row::default());
    }

    #[test]
    fn a_wrong_cell_is_named_but_not_shown() {
        for (json, detail) in [
            (r#"{"total":"ann"}"#, "expected a number"),
            (r#"{"lines":-1}"#, "expected a whole number"),
            (r#"{"sent":"ann"}"#, "expected T or F"),
        ] {
            let error = client_core::decode::<Row>(json.as_bytes()).unwrap_err().to_string();
            assert!(error.ends_with(detail) && !error.contains("ann"), "{error}");
        }
    }
}
