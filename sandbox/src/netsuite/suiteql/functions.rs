//! Oracle's functions that SQLite lacks or does otherwise.

use jiff::civil::DateTime;
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Error};
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive as _, ToPrimitive as _};

use crate::clock::Clock;
use crate::netsuite::Options;
use crate::netsuite::dates;
use crate::netsuite::records::{status_name, type_name};

/// Adds the functions to the account's database.
pub(crate) fn register(db: &Connection, clock: Clock, options: &Options) -> rusqlite::Result<()> {
    let pure = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    db.create_aggregate_function("sum", 1, pure, Sum)?;
    db.create_scalar_function("nvl", 2, pure, |call| {
        Ok(if is_null(call, 0) { value(call, 1) } else { value(call, 0) })
    })?;
    db.create_scalar_function("nvl2", 3, pure, |call| Ok(value(call, if is_null(call, 0) { 2 } else { 1 })))?;
    db.create_scalar_function("decode", -1, pure, |call| Ok(decode(call)))?;
    db.create_scalar_function("to_number", 1, pure, |call| {
        let Some(text) = text(call, 0) else {
            return Ok(Value::Null);
        };
        match text.trim().parse::<i64>() {
            Ok(number) => Ok(Value::Integer(number)),
            Err(_) => match text.trim().parse::<f64>() {
                Ok(number) => Ok(Value::Real(number)),
                Err(_) => Err(problem(format!("'{text}' is not a number"))),
            },
        }
    })?;
    db.create_scalar_function("mod", 2, pure, |call| {
        let (a, b) = (call.get::<f64>(0)?, call.get::<f64>(1)?);
        Ok(a % b)
    })?;
    let format = options.date_format.clone();
    db.create_scalar_function("to_char", -1, pure, move |call| to_char(call, &format))?;
    for name in ["to_date", "to_timestamp"] {
        db.create_scalar_function(name, 2, pure, |call| {
            let (Some(given), Some(format)) = (text(call, 0), text(call, 1)) else {
                return Ok(None);
            };
            dates::to_date(&given, &format)
                .map(|at| Some(dates::stored(at)))
                .ok_or_else(|| problem(format!("'{given}' is not a date of the format {format}")))
        })?;
    }
    db.create_scalar_function("trunc", 1, pure, |call| {
        Ok(match date(call, 0) {
            Some(at) => Value::Text(dates::stored(at.date().into())),
            None => match value(call, 0) {
                Value::Real(number) => Value::Real(number.trunc()),
                other => other,
            },
        })
    })?;
    let format = options.date_format.clone();
    db.create_scalar_function("account_date", 1, pure, move |call| {
        if is_null(call, 0) || date(call, 0).is_some() {
            return Ok(value(call, 0));
        }
        let given = text(call, 0).unwrap_or_default();
        dates::parse_shown(&given, &format)
            .map(|at| Value::Text(dates::stored(at)))
            .ok_or_else(|| problem(format!("'{given}' is not a date of the format {format}")))
    })?;
    let zone = options.time_zone.clone();
    db.create_scalar_function("account_now", 0, FunctionFlags::SQLITE_UTF8, move |_| {
        Ok(dates::stored(clock.now().to_zoned(zone.clone()).datetime()))
    })?;
    db.create_scalar_function("df_status", 2, pure, |call| {
        let (status, kind) = (text(call, 0), text(call, 1).unwrap_or_default());
        Ok(status.map(|status| {
            let letter = status.rsplit(':').next().unwrap_or_default();
            format!("{} : {}", type_name(&kind), status_name(&kind, letter))
        }))
    })?;
    db.create_scalar_function("df_type", 1, pure, |call| Ok(text(call, 0).map(|kind| type_name(&kind).to_owned())))?;
    Ok(())
}

/// `SUM` in decimals: SQLite's own adds floating-point noise to money.
struct Sum;

impl Aggregate<Option<Decimal>, Value> for Sum {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<Option<Decimal>> {
        Ok(None)
    }

    fn step(&self, call: &mut Context<'_>, sum: &mut Option<Decimal>) -> rusqlite::Result<()> {
        let number = match value(call, 0) {
            Value::Null | Value::Blob(_) => return Ok(()),
            Value::Integer(number) => Some(Decimal::from(number)),
            Value::Real(number) => Decimal::from_f64(number),
            Value::Text(text) => text.parse().ok(),
        };
        let number = number.ok_or_else(|| problem("SUM takes numbers only".to_owned()))?;
        let total = sum.unwrap_or_default().checked_add(number);
        *sum = Some(total.ok_or_else(|| problem("the sum is too large".to_owned()))?);
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, sum: Option<Option<Decimal>>) -> rusqlite::Result<Value> {
        Ok(match sum.flatten().map(|sum| sum.normalize()) {
            None => Value::Null,
            Some(sum) if sum.is_integer() => sum.to_i64().map_or(Value::Null, Value::Integer),
            Some(sum) => sum.to_f64().map_or(Value::Null, Value::Real),
        })
    }
}

fn problem(text: String) -> Error {
    Error::UserFunctionError(text.into())
}

fn is_null(call: &Context<'_>, index: usize) -> bool {
    matches!(call.get_raw(index), ValueRef::Null)
}

fn value(call: &Context<'_>, index: usize) -> Value {
    call.get_raw(index).into()
}

fn text(call: &Context<'_>, index: usize) -> Option<String> {
    match value(call, index) {
        Value::Null | Value::Blob(_) => None,
        Value::Text(text) => Some(text),
        Value::Integer(number) => Some(number.to_string()),
        Value::Real(number) => Some(super::plain_number(number)),
    }
}

fn date(call: &Context<'_>, index: usize) -> Option<DateTime> {
    dates::read(call.get_raw(index).as_str().ok()?)
}

fn to_char(call: &Context<'_>, account_format: &str) -> rusqlite::Result<Option<String>> {
    let Some(at) = date(call, 0) else {
        return Ok(text(call, 0));
    };
    match call.len() {
        1 => Ok(Some(dates::shown(at, account_format))),
        _ => {
            let format = text(call, 1).unwrap_or_default();
            dates::to_char(at, &format)
                .map(Some)
                .ok_or_else(|| problem(format!("the date format '{format}' is not recognised")))
        }
    }
}

/// `DECODE(value, search, result, …, default)`; two nulls are equal here.
fn decode(call: &Context<'_>) -> Value {
    let mut at = 1;
    while at + 1 < call.len() {
        if text(call, 0) == text(call, at) {
            return value(call, at + 1);
        }
        at += 2;
    }
    if at < call.len() {
        return value(call, at);
    }
    Value::Null
}
