//! `POST po_notifications`: goods that are on their way to the warehouse.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};

use super::error::{ApiError, Checked, MALFORMED, MISSING, Problem, REPEATED, UNKNOWN_ITEM, WRONG_ACCOUNT};
use super::fields::Fields;
use super::options::{Item, Options, RepeatedReference};
use super::submit::LOCATIONS;
use super::{Dcl, Refused};

const OPERATION: &str = "POST po_notifications";
/// Numbers of purchase orders start here.
const FIRST_NUMBER: u64 = 182_759;

/// What is announced. Its number is given by its position.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Notification {
    pub(super) reference: String,
    pub(super) order_number: String,
    pub(super) location: String,
    pub(super) lines: Vec<Announced>,
    body: Value,
}

/// One line of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Announced {
    pub(super) item: String,
    pub(super) quantity: u64,
    pub(super) received: u64,
}

impl Announced {
    pub(super) fn open(&self) -> u64 {
        self.quantity.saturating_sub(self.received)
    }
}

/// DCL's number of the notification at a position.
pub(super) fn number_of(at: usize) -> u64 {
    FIRST_NUMBER + at as u64
}

/// The position of the notification that has a number.
pub(super) fn position(number: u64) -> Option<usize> {
    number.checked_sub(FIRST_NUMBER)?.try_into().ok()
}

/// Against what a notification is checked.
struct Rules<'a> {
    options: &'a Options,
    items: &'a BTreeMap<String, Item>,
    /// Loaded by the warehouse's own people: any account, any item.
    trusted: bool,
}

impl Dcl {
    pub(super) fn announce(&self, body: &Bytes) -> Response {
        let parsed = serde_json::from_slice::<Value>(body);
        let parsed = parsed.map_err(|_| Problem::new(MALFORMED, "body", "is not JSON"));
        let sent = parsed.clone().unwrap_or(Value::Null);
        match parsed.and_then(|body| self.take_notification(&body, false)) {
            Ok(number) => {
                let mut answer = json!({"error_code": 0, "error_message": ""});
                if self.inner.options.po_number_told {
                    answer["dcl_po_number"] = json!(number);
                }
                (StatusCode::CREATED, axum::Json(answer)).into_response()
            }
            Err(problem) => {
                self.note(OPERATION, reference(&sent), None, &format!("refused: {}", problem.message), &sent);
                if !self.inner.options.refused_under_success {
                    return ApiError::from(problem).into_response();
                }
                let body = json!({"error_code": problem.code, "error_message": problem.message});
                (StatusCode::CREATED, axum::Json(body)).into_response()
            }
        }
    }

    fn take_notification(&self, body: &Value, trusted: bool) -> Checked<u64> {
        let options = &self.inner.options;
        let mut state = self.lock();
        let notification = Rules { options, items: &state.items, trusted }.notification(body)?;
        let reference = notification.reference.clone();
        let known = state.notifications.iter().any(|other| other.reference == reference);
        if known && options.repeated_reference == RepeatedReference::Refused {
            let message = format!("{reference} is not unique: it is there already");
            return Err(Problem::new(REPEATED, "reference_transaction_number", message));
        }
        let number = number_of(state.expect(notification));
        drop(state);
        self.inner.changed.notify_one();
        let operation = if trusted { "load po_notification" } else { OPERATION };
        self.note(operation, Some(&reference), Some(&format!("po_notification:{number}")), "ok", body);
        Ok(number)
    }

    /// Loads a notification that is not ours. The body is one of `POST po_notifications`, of which only
    /// `reference_transaction_number` and lines with `item_number` and `quantity` must be there. Answers DCL's number.
    pub fn put_notification(&self, notification: Value) -> Result<u64, Refused> {
        let Value::Object(given) = notification else {
            return Err(Refused::bad("po_notification", "must be an object"));
        };
        let mut body = json!({
            "account_number": self.inner.options.account_number, "location": "FR", "reference_order_number": "OTHER",
            "order_date": "2026-01-05", "expected_delivery_date": "2026-01-05",
        });
        for (name, value) in given {
            body[name] = value;
        }
        if let Some(lines) = body.get_mut("lines").and_then(Value::as_array_mut) {
            for (line, number) in lines.iter_mut().zip(1..) {
                if line.is_object() && line["line_number"].is_null() {
                    line["line_number"] = json!(number);
                }
            }
        }
        self.take_notification(&body, true).map_err(|problem| {
            let (field, message) = problem.message.split_once(' ').unwrap_or(("po_notification", &problem.message));
            Refused::bad(field, message)
        })
    }

    /// All notifications as they were sent, with their `dcl_po_number`; each line tells its `received_quantity` besides.
    pub fn notifications(&self) -> Vec<Value> {
        let state = self.lock();
        let shown = |(at, notification): (usize, &Notification)| {
            let mut shown = notification.body.clone();
            shown["dcl_po_number"] = json!(number_of(at));
            for (index, line) in notification.lines.iter().enumerate() {
                shown["lines"][index]["received_quantity"] = json!(line.received);
            }
            shown
        };
        state.notifications.iter().enumerate().map(shown).collect()
    }
}

fn reference(body: &Value) -> Option<&str> {
    body.get("reference_transaction_number")?.as_str()
}

impl Rules<'_> {
    fn notification(&self, body: &Value) -> Checked<Notification> {
        let fields = Fields::of(body, "body")?;
        let account = fields.required("account_number", 10)?;
        if account != self.options.account_number && !self.trusted {
            return Err(Problem::new(WRONG_ACCOUNT, "account_number", "is not an account of this login"));
        }
        let location = fields.required("location", 3)?;
        if !LOCATIONS.contains(&location) {
            return Err(Problem::value("location", format!("must be one of {}", LOCATIONS.join(", "))));
        }
        let reference = fields.required("reference_transaction_number", 25)?;
        let order_number = fields.required("reference_order_number", 25)?;
        for name in ["order_date", "expected_delivery_date"] {
            fields.required(name, usize::MAX)?;
            fields.date(name)?;
        }
        let list = fields.list("lines")?;
        if list.is_empty() {
            return Err(Problem::new(MISSING, "lines", "is required"));
        }
        let mut numbers = BTreeSet::new();
        let mut lines = Vec::with_capacity(list.len());
        for (index, line) in list.iter().enumerate() {
            let part = format!("lines[{index}]");
            let fields = Fields::of(line, &part)?;
            let (number, line) = self.line(fields).map_err(|problem| problem.within(&part))?;
            if !numbers.insert(number) {
                return Err(Problem::value("line_number", "is there twice").within(&part));
            }
            lines.push(line);
        }
        Ok(Notification {
            reference: reference.to_owned(),
            order_number: order_number.to_owned(),
            location: location.to_owned(),
            lines,
            body: body.clone(),
        })
    }

    fn line(&self, fields: Fields<'_>) -> Checked<(i64, Announced)> {
        let number = fields.integer("line_number")?;
        let number = number.ok_or_else(|| Problem::new(MISSING, "line_number", "is required"))?;
        let item = fields.required("item_number", 25)?;
        if !self.items.contains_key(item) && !self.trusted {
            return Err(Problem::new(UNKNOWN_ITEM, "item_number", format!("{item} is not an item of this account")));
        }
        if fields.get("quantity").is_none() {
            return Err(Problem::new(MISSING, "quantity", "is required"));
        }
        let quantity = fields.integer("quantity")?.and_then(|quantity| u64::try_from(quantity).ok());
        let quantity = quantity.filter(|quantity| *quantity > 0);
        let quantity = quantity.ok_or_else(|| Problem::value("quantity", "must be above 0"))?;
        fields.date("expected_delivery_date")?;
        Ok((number, Announced { item: item.to_owned(), quantity, received: 0 }))
    }
}
