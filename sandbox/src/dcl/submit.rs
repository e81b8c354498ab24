//! `POST batches`: new orders, one or all at a time.

use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};

use super::check::Rules;
use super::error::{Checked, MALFORMED, MISSING, Problem, REPEATED};
use super::fields::Fields;
use super::options::RepeatedOrderNumber;
use super::order::Draft;
use super::state::State;
use super::{Dcl, error::ApiError};

const OPERATION: &str = "POST batches";
const MOST_ORDERS: usize = 1000;
pub(super) const LOCATIONS: &[&str] = &["FR", "LA", "LN", "YK", "EX", "EU"];
/// Where orders go that name no warehouse.
const USUAL_LOCATION: &str = "FR";

/// A batch whose envelope is in order.
struct Batch<'a> {
    allow_partial: bool,
    location: &'a str,
    orders: &'a [Value],
}

impl Dcl {
    pub(super) fn submit(&self, body: &Bytes) -> Response {
        let parsed = serde_json::from_slice::<Value>(body);
        let parsed = parsed.map_err(|_| Problem::new(MALFORMED, "body", "is not JSON"));
        let batch = parsed.as_ref().map_err(Problem::clone).and_then(batch);
        match batch {
            Ok(batch) => self.take(&batch),
            Err(problem) => {
                let sent = parsed.unwrap_or(Value::Null);
                self.note(OPERATION, None, None, &format!("refused: {}", problem.message), &sent);
                self.refuse(&problem, &[])
            }
        }
    }

    fn take(&self, batch: &Batch<'_>) -> Response {
        let mut state = self.lock();
        let mut checked = Vec::with_capacity(batch.orders.len());
        let mut numbers = Vec::new();
        for order in batch.orders {
            let result = self.check(&state, &numbers, order);
            if let Ok(draft) = &result {
                numbers.push(draft.number.clone());
            }
            let refused = result.is_err();
            checked.push((order, result));
            if refused && !batch.allow_partial {
                break;
            }
        }
        let statuses: Vec<_> = checked.iter().map(|(order, result)| status(order, result.as_ref().err())).collect();
        let first = checked.iter().find_map(|(_, result)| result.as_ref().err()).cloned();
        if let (Some(problem), false) = (first, batch.allow_partial) {
            for (index, order) in batch.orders.iter().enumerate() {
                let own = checked.get(index).and_then(|(_, result)| result.as_ref().err());
                let why = own.map_or("another order of the batch is refused", |problem| &problem.message);
                self.note(OPERATION, key(order), None, &format!("refused: {why}"), order);
            }
            return self.refuse(&problem, &statuses);
        }
        for (order, result) in checked {
            match result {
                Ok(mut draft) => {
                    draft.header.insert("location".to_owned(), json!(batch.location));
                    let id = self.accept(&mut state, draft);
                    self.note(OPERATION, key(order), Some(&format!("order:{id}")), "ok", order);
                }
                Err(problem) => {
                    self.note(OPERATION, key(order), None, &format!("refused: {}", problem.message), order);
                }
            }
        }
        let body = json!({"error_code": 0, "error_message": "", "order_statuses": statuses});
        (StatusCode::CREATED, axum::Json(body)).into_response()
    }

    /// `earlier` are the numbers that the same batch has used.
    fn check(&self, state: &State, earlier: &[String], order: &Value) -> Checked<Draft> {
        let options = &self.inner.options;
        let draft = Rules { options, items: &state.items, trusted: false }.order(order)?;
        let repeated = state.has(&draft.number) || earlier.contains(&draft.number);
        if repeated && options.repeated_order_number == RepeatedOrderNumber::Refused {
            return Err(Problem::new(REPEATED, "order_number", format!("{} is there already", draft.number)));
        }
        Ok(draft)
    }

    /// The first problem, mirrored to the envelope.
    fn refuse(&self, problem: &Problem, statuses: &[Value]) -> Response {
        if statuses.is_empty() && !self.inner.options.refused_under_success {
            return ApiError::from(problem.clone()).into_response();
        }
        let status = match self.inner.options.refused_under_success {
            true => StatusCode::CREATED,
            false => StatusCode::BAD_REQUEST,
        };
        let body = json!({"error_code": problem.code, "error_message": problem.message, "order_statuses": statuses});
        (status, axum::Json(body)).into_response()
    }
}

fn batch(body: &Value) -> Checked<Batch<'_>> {
    let fields = Fields::of(body, "body")?;
    let allow_partial = match fields.get("allow_partial") {
        Some(Value::Bool(allow)) => *allow,
        Some(_) => return Err(Problem::value("allow_partial", "must be true or false")),
        None => return Err(Problem::new(MISSING, "allow_partial", "is required")),
    };
    let location = fields.any_text("location")?.unwrap_or(USUAL_LOCATION);
    if !LOCATIONS.contains(&location) {
        return Err(Problem::value("location", format!("must be one of {}", LOCATIONS.join(", "))));
    }
    let orders = fields.list("orders")?;
    match orders.len() {
        0 => Err(Problem::new(MISSING, "orders", "must hold at least one order")),
        1..=MOST_ORDERS => Ok(Batch { allow_partial, location, orders }),
        _ => Err(Problem::value("orders", format!("may hold at most {MOST_ORDERS} orders"))),
    }
}

fn key(order: &Value) -> Option<&str> {
    order.get("order_number")?.as_str()
}

fn status(order: &Value, problem: Option<&Problem>) -> Value {
    let (code, message) = problem.map_or((0, ""), |problem| (problem.code, problem.message.as_str()));
    json!({"error_code": code, "error_message": message, "order_number": key(order)})
}
