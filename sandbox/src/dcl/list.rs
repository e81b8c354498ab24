//! `GET orders`: which, in what order, how much of each.

use std::collections::BTreeSet;

use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::error::{Checked, Problem};
use super::options::UnaskedStatus;
use super::order::{self, Order};
use super::{Dcl, stage, time};

const MOST_ORDERS: usize = 100;

/// The parameters of a request.
pub(super) struct Query(pub(super) Vec<(String, String)>);

impl Query {
    pub(super) fn of(query: Option<&str>) -> Query {
        Query(url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect())
    }

    /// A parameter; an empty one counts as left out.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
        found.filter(|value| !value.is_empty())
    }

    /// A list that is separated by commas.
    pub(super) fn list(&self, name: &str) -> Option<BTreeSet<&str>> {
        self.get(name).map(|list| list.split(',').map(str::trim).filter(|part| !part.is_empty()).collect())
    }

    pub(super) fn flag(&self, name: &str) -> Checked<bool> {
        match self.get(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Problem::value(name, "must be true or false")),
        }
    }

    /// Which of so many rows: from here, so many.
    pub(super) fn page(&self, most: usize) -> Checked<(usize, usize)> {
        let number = |name: &str, usual: usize| match self.get(name) {
            None => Ok(usual),
            Some(text) => {
                let number = text.parse().ok().filter(|number| *number > 0);
                number.ok_or_else(|| Problem::value(name, "must be an integer above 0"))
            }
        };
        let size = number("page_size", most)?;
        if size > most {
            return Err(Problem::value("page_size", format!("must be at most {most}")));
        }
        Ok(((number("page", 1)? - 1).saturating_mul(size), size))
    }

    /// The fields that are asked for, each of which must be known; `None` for all.
    pub(super) fn fields(&self, is_known: impl Fn(&str) -> bool) -> Checked<Option<BTreeSet<&str>>> {
        let fields = self.list("fields");
        let unknown = fields.iter().flatten().find(|name| !is_known(name));
        match unknown {
            Some(name) => Err(Problem::value("fields", format!("cannot hold {name}"))),
            None => Ok(fields),
        }
    }

    pub(super) fn moment(&self, name: &str) -> Checked<Option<Timestamp>> {
        let text = self.get(name);
        let wrong = || Problem::value(name, "must be a date and time in ISO 8601");
        text.map(|text| time::moment(text).ok_or_else(wrong)).transpose()
    }

    pub(super) fn end_of_day(&self, name: &str) -> Checked<Option<Timestamp>> {
        let text = self.get(name);
        let wrong = || Problem::value(name, "must be a date, YYYY-MM-DD");
        text.map(|text| time::end_of_day(text).ok_or_else(wrong)).transpose()
    }
}

/// Only the fields that are asked for.
pub(super) fn chosen(row: Map<String, Value>, fields: Option<&BTreeSet<&str>>) -> Value {
    match fields {
        None => Value::Object(row),
        Some(fields) => row.into_iter().filter(|(name, _)| fields.contains(name.as_str())).collect(),
    }
}

/// Which orders are asked for.
struct Wanted<'a> {
    status: Status,
    numbers: Option<BTreeSet<&'a str>>,
    received: (Option<Timestamp>, Option<Timestamp>),
    shipped: (Option<Timestamp>, Option<Timestamp>),
    modified: (Option<Timestamp>, Option<Timestamp>),
    conditions: Vec<Condition>,
}

/// The meaning of the numbers is a public client's; 0 is inferred.
#[derive(Clone, Copy)]
enum Status {
    Unasked(UnaskedStatus),
    Open,
    Cancelled,
    Shipped,
}

struct Condition {
    tag: Tag,
    operator: Operator,
    value: i64,
}

#[derive(Clone, Copy)]
enum Tag {
    Stage,
    Status,
}

#[derive(Clone, Copy)]
enum Operator {
    Eq,
    Neq,
    Gt,
    Ge,
    Lt,
    Le,
}

impl Dcl {
    pub(super) fn list(&self, query: &Query) -> Checked<Response> {
        let wanted = Wanted::read(query, self.inner.options.unasked_status)?;
        let (skip, size) = query.page(MOST_ORDERS)?;
        let fields = query.fields(order::has_field)?;
        let extended = query.flag("extended_date")?;
        let state = self.lock();
        let mut found: Vec<&Order> = match &wanted.numbers {
            Some(numbers) => numbers.iter().flat_map(|number| state.named(number)).collect(),
            None => state.orders.iter().collect(),
        };
        found.retain(|order| wanted.fits(order));
        found.sort_by(|a, b| (a.modified_at, &a.number, a.id).cmp(&(b.modified_at, &b.number, b.id)));
        let page = found.into_iter().skip(skip).take(size);
        let rows: Vec<_> =
            page.map(|order| chosen(order.told(&self.inner.options, extended), fields.as_ref())).collect();
        Ok(axum::Json(json!({"error_code": 0, "error_message": "", "orders": rows})).into_response())
    }
}

impl Wanted<'_> {
    fn read(query: &Query, unasked: UnaskedStatus) -> Checked<Wanted<'_>> {
        let status = match query.get("status") {
            None | Some("0") => Status::Unasked(unasked),
            Some("1") => Status::Open,
            Some("2") => Status::Cancelled,
            Some("3") => Status::Shipped,
            Some(_) => return Err(Problem::value("status", "must be 1 (open), 2 (cancelled) or 3 (shipped)")),
        };
        let filter = query.get("filter").unwrap_or_default();
        let filters = filter.split(',').filter(|part| !part.trim().is_empty());
        Ok(Wanted {
            status,
            numbers: query.list("order_numbers"),
            received: (query.moment("received_from")?, query.end_of_day("received_to")?),
            shipped: (query.moment("shipped_from")?, query.end_of_day("shipped_to")?),
            modified: (query.moment("modified_from")?, query.moment("modified_to")?),
            conditions: filters.map(condition).collect::<Checked<_>>()?,
        })
    }

    fn fits(&self, order: &Order) -> bool {
        let status = match self.status {
            Status::Unasked(UnaskedStatus::Any) => true,
            Status::Unasked(UnaskedStatus::AnyButCancelled) => !order.is_cancelled(),
            Status::Open => order.is_open(),
            Status::Cancelled => order.is_cancelled(),
            Status::Shipped => order.stage >= stage::SHIPPED,
        };
        let within = |at: Timestamp, (from, end): (Option<Timestamp>, Option<Timestamp>)| {
            from.is_none_or(|from| at >= from) && end.is_none_or(|end| at < end)
        };
        let shipped = match self.shipped {
            (None, None) => true,
            range => order.shipments.iter().any(|sent| within(sent.at, range)),
        };
        // To a moment, that moment included; to a day, all of that day.
        let modified = self.modified.0.is_none_or(|from| order.modified_at >= from)
            && self.modified.1.is_none_or(|to| order.modified_at <= to);
        status
            && shipped
            && modified
            && within(order.received_at, self.received)
            && self.conditions.iter().all(|condition| condition.fits(order))
    }
}

/// `order_stage ge 60`. That spaces separate its parts is inferred.
fn condition(text: &str) -> Checked<Condition> {
    let wrong = |message: &str| Problem::value("filter", message);
    let parts: Vec<_> = text.split_whitespace().collect();
    let [tag, operator, value] = parts.as_slice() else {
        return Err(wrong("must be like order_stage ge 60"));
    };
    let tag = match *tag {
        "order_stage" => Tag::Stage,
        "order_status" => Tag::Status,
        _ => return Err(wrong("knows order_stage and order_status")),
    };
    let operator = match *operator {
        "eq" => Operator::Eq,
        "neq" => Operator::Neq,
        "gt" => Operator::Gt,
        "ge" => Operator::Ge,
        "lt" => Operator::Lt,
        "le" => Operator::Le,
        _ => return Err(wrong("knows eq, neq, gt, ge, lt and le")),
    };
    let value = value.parse().map_err(|_| wrong("compares with an integer"))?;
    Ok(Condition { tag, operator, value })
}

impl Condition {
    fn fits(&self, order: &Order) -> bool {
        let own = match self.tag {
            Tag::Stage => order.stage,
            Tag::Status => order.header.get("order_status").and_then(Value::as_i64).unwrap_or(1),
        };
        match self.operator {
            Operator::Eq => own == self.value,
            Operator::Neq => own != self.value,
            Operator::Gt => own > self.value,
            Operator::Ge => own >= self.value,
            Operator::Lt => own < self.value,
            Operator::Le => own <= self.value,
        }
    }
}
