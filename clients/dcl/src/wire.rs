//! How DCL writes values, for `#[serde(deserialize_with = "…")]` and `serialize_with`.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value as it may come: numbers also as strings.
#[derive(Deserialize)]
#[serde(untagged)]
enum Cell {
    Number(serde_json::Number),
    Text(String),
}

/// A list without its nulls; null is an empty one.
pub fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let list = Option::<Vec<Option<T>>>::deserialize(deserializer)?;
    Ok(list.unwrap_or_default().into_iter().flatten().collect())
}

/// A flag; null is false.
pub fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Text, also of a number; nothing for null and for blanks.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = Option::<Cell>::deserialize(deserializer)?.map(|cell| match cell {
        Cell::Number(number) => number.to_string(),
        Cell::Text(text) => text.trim().to_owned(),
    });
    Ok(text.filter(|text| !text.is_empty()))
}

/// The same, where there must be some.
pub fn owed_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    text(deserializer)?.ok_or_else(|| D::Error::custom("value, expected a text"))
}

/// A quantity or an amount.
pub fn decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    let text = text(deserializer)?.ok_or_else(|| D::Error::custom("value, expected a number"))?;
    into_decimal(&text).ok_or_else(|| D::Error::custom("value, expected a number"))
}

/// The same; null is 0.
pub fn decimal_or_zero<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    let Some(text) = text(deserializer)? else { return Ok(Decimal::ZERO) };
    into_decimal(&text).ok_or_else(|| D::Error::custom("value, expected a number"))
}

/// A moment: with its offset, or the warehouse's time without one.
pub fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(deserializer)?;
    let local = || text.parse::<DateTime>().ok()?.to_zoned(warehouse_zone()).ok();
    let moment = text.parse().ok().or_else(|| Some(local()?.timestamp()));
    moment.ok_or_else(|| D::Error::custom("value, expected a date and time"))
}

/// A day of the warehouse's, whatever time of day comes with it.
pub fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    let Some(text) = text(deserializer)? else { return Ok(None) };
    let moment = || Some(text.parse::<Timestamp>().ok()?.to_zoned(warehouse_zone()).date());
    let date = moment().or_else(|| Some(text.parse::<DateTime>().ok()?.date()));
    date.map(Some).ok_or_else(|| D::Error::custom("value, expected a date"))
}

/// The same, where there must be one.
pub fn owed_date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    date(deserializer)?.ok_or_else(|| D::Error::custom("value, expected a date"))
}

/// A JSON number with the decimal's own digits. One that JSON's readers would round is refused.
pub fn number<S: Serializer>(value: &Option<Decimal>, serializer: S) -> Result<S::Ok, S::Error> {
    let Some(value) = value else { return serializer.serialize_none() };
    let number = value.to_string().parse::<serde_json::Number>().map_err(S::Error::custom)?;
    if into_decimal(&number.to_string()) != Some(*value) {
        return Err(S::Error::custom("an amount has too many digits"));
    }
    number.serialize(serializer)
}

/// DCL is in California. Without the system's zone files, which a container may lack: the rule since 2007.
fn warehouse_zone() -> TimeZone {
    TimeZone::posix("PST8PDT,M3.2.0,M11.1.0").unwrap_or(TimeZone::UTC)
}

fn into_decimal(text: &str) -> Option<Decimal> {
    text.parse().or_else(|_| Decimal::from_scientific(text)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Row {
        #[serde(default, deserialize_with = "text")]
        id: Option<String>,
        #[serde(deserialize_with = "decimal")]
        quantity: Decimal,
        #[serde(deserialize_with = "moment")]
        at: Timestamp,
        #[serde(default, deserialize_with = "date")]
        day: Option<Date>,
    }

    fn row(json: &str) -> client_core::Result<Row> {
        client_core::decode(json.as_bytes())
    }

    #[test]
    fn numbers_strings_and_times_read_alike() {
        let expected = Row {
            id: Some("17".to_owned()),
            quantity: Decimal::from(2),
            at: "2026-11-25T23:00:00Z".parse().unwrap(),
            day: Some("2026-11-25".parse().unwrap()),
        };
        for json in [
            r#"{"id":17,"quantity":2,"at":"2026-11-25T15:00:00","day":"2026-11-25"}"#,
            r#"{"id":" 17 ","quantity":"2.0","at":"2026-11-25T23:00:00Z","day":"2026-11-25T00:00:00"}"#,
            r#"{"id":"17","quantity":2.00,"at":"2026-11-25T15:00:00-08:00","day":"2026-11-26T05:00:00Z"}"#,
        ] {
            assert_eq!(row(json).unwrap(), expected, "{json}");
        }
        let summer = row(r#"{"quantity":1,"at":"2026-07-25T15:00:00.5","day":"","id":null}"#).unwrap();
        assert_eq!((summer.at, summer.day, summer.id), ("2026-07-25T22:00:00.5Z".parse().unwrap(), None, None));
    }

    #[test]
    fn a_wrong_value_is_named_but_not_shown() {
        for (json, detail) in [
            (r#"{"quantity":"ann","at":"2026-07-25"}"#, "quantity: expected a number"),
            (r#"{"quantity":null,"at":"2026-07-25"}"#, "quantity: expected a number"),
            (r#"{"quantity":1,"at":"ann"}"#, "at: expected a date and time"),
            (r#"{"quantity":1,"at":"2026-07-25","day":"ann"}"#, "day: expected a date"),
        ] {
            let error = row(json).unwrap_err().to_string();
            assert!(error.ends_with(detail) && !error.contains("ann"), "{error}");
        }
    }

    #[test]
    fn amounts_keep_their_digits_or_are_refused() {
        #[derive(Serialize)]
        struct Amount(#[serde(serialize_with = "number")] Option<Decimal>);
        let written = |text: &str| serde_json::to_string(&Amount(Some(text.parse().unwrap())));
        for (amount, json) in [("409.94", "409.94"), ("0.10", "0.1"), ("7", "7"), ("-3.5", "-3.5")] {
            assert_eq!(written(amount).unwrap(), json);
        }
        assert!(written("1234567890.123456789012").is_err());
    }
}
