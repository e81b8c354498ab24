//! SuiteQL: one SELECT over the account's tables, a page at a time.

pub(crate) mod functions;
mod rewrite;
mod tokens;

use http::HeaderMap;
use rusqlite::types::{Value as Cell, ValueRef};
use rusqlite::{Connection, Statement};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::dates;
use super::error::{ApiError, Result};
use super::value::Object;

/// Largest page.
const PAGE: usize = 1000;
/// No query sees more rows than this.
const MOST_RESULTS: usize = 100_000;

/// Which page of a result is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page {
    pub(crate) limit: usize,
    pub(crate) offset: usize,
}

impl Page {
    /// Reads `limit` and `offset`, by default 1000 and 0.
    pub(crate) fn read(parameters: &[(String, String)]) -> Result<Page> {
        let number = |name: &'static str, default: usize| {
            let Some((_, given)) = parameters.iter().find(|(own, _)| own == name) else {
                return Ok(default);
            };
            given.parse::<usize>().map_err(|_| {
                ApiError::parameter(name, format!("Invalid value '{given}' of the query parameter '{name}'."))
            })
        };
        let page = Page { limit: number("limit", PAGE)?, offset: number("offset", 0)? };
        if page.limit == 0 || page.limit > PAGE {
            return Err(ApiError::parameter("limit", format!("The parameter 'limit' must be between 1 and {PAGE}.")));
        }
        // The vendor tells the limit, not how it answers beyond it: the text is inferred.
        if page.offset >= MOST_RESULTS {
            return Err(ApiError::parameter(
                "offset",
                format!("The parameter 'offset' must be less than {MOST_RESULTS}: a query has no more results."),
            ));
        }
        if !page.offset.is_multiple_of(page.limit) {
            return Err(ApiError::parameter("offset", "The parameter 'offset' must be a multiple of 'limit'."));
        }
        Ok(page)
    }
}

/// A request's statement and its parameters.
pub(crate) struct Query {
    sql: String,
    parameters: Vec<Cell>,
}

impl Query {
    /// Reads headers and body of a query request.
    pub(crate) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Query> {
        let transient = headers
            .get_all("prefer")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|preference| preference.trim().eq_ignore_ascii_case("transient"));
        if !transient {
            return Err(ApiError::header(
                "Prefer",
                "The required request header 'Prefer' is missing or invalid. Set it to 'transient'.",
            ));
        }
        let body: Object = serde_json::from_slice(body).map_err(|_| {
            ApiError::content("Invalid content in the request body. Expected a JSON object with 'q'.", "")
        })?;
        if let Some(other) = body.keys().find(|name| *name != "q" && *name != "params") {
            return Err(ApiError::content(
                format!("Invalid content in the request body. Unknown field '{other}'."),
                other,
            ));
        }
        let Some(sql) = body.get("q").and_then(Value::as_str) else {
            return Err(ApiError::content("Invalid content in the request body. 'q' must be a text.", "q"));
        };
        let parameters = match body.get("params") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(list)) => list.iter().map(cell).collect::<Result<_>>()?,
            Some(_) => {
                return Err(ApiError::content(
                    "Invalid content in the request body. 'params' must be a list.",
                    "params",
                ));
            }
        };
        Ok(Query { sql: sql.to_owned(), parameters })
    }

    /// Runs the query; `url` is its own address, for the links.
    pub(crate) fn run(&self, db: &Connection, page: Page, date_format: &str, url: &str) -> Result<Value> {
        let sql = rewrite::rewrite(&self.sql)
            .map_err(|reason| ApiError::query(format!("{}.", reason.trim_end_matches('.'))))?;
        let mut statement = db.prepare_cached(&sql).map_err(refused)?;
        if !statement.readonly() {
            return Err(ApiError::query("Only SELECT statements are supported."));
        }
        if statement.parameter_count() != self.parameters.len() {
            return Err(ApiError::query(format!(
                "Search error occurred: the query has {} parameters, {} were given.",
                statement.parameter_count(),
                self.parameters.len()
            )));
        }
        let names = column_names(&statement);
        let parameters = rusqlite::params_from_iter(&self.parameters);
        let mut rows = statement.query(parameters).map_err(refused)?;
        let mut total = 0;
        let mut items = Vec::new();
        while let Some(row) = rows.next().map_err(refused)? {
            if total >= page.offset && items.len() < page.limit {
                let mut item = Object::new();
                item.insert("links".to_owned(), json!([]));
                for (index, name) in names.iter().enumerate() {
                    // A column without a value is left out.
                    if let Some(text) = shown(row.get_ref(index)?, date_format) {
                        item.insert(name.clone(), json!(text));
                    }
                }
                items.push(Value::Object(item));
            }
            total += 1;
            if total == MOST_RESULTS {
                break;
            }
        }
        Ok(answer(&items, total, page, url))
    }
}

/// A page of a collection, with links to its neighbours.
pub(crate) fn answer(items: &[Value], total: usize, page: Page, url: &str) -> Value {
    let Page { limit, offset } = page;
    let link = |rel: &str, offset: usize| json!({ "rel": rel, "href": format!("{url}?limit={limit}&offset={offset}") });
    let has_more = offset + items.len() < total;
    let mut links = vec![link("self", offset)];
    if offset > 0 {
        links.push(link("first", 0));
        links.push(link("previous", offset.saturating_sub(limit)));
    }
    if has_more {
        links.push(link("next", offset + limit));
        links.push(link("last", (total - 1) / limit * limit));
    }
    json!({
        "links": links, "count": items.len(), "hasMore": has_more, "items": items,
        "offset": offset, "totalResults": total,
    })
}

/// A number as NetSuite spells it: without an exponent, without noise in the last digits.
pub(super) fn plain_number(number: f64) -> String {
    match Decimal::from_f64_retain(number) {
        Some(decimal) => {
            let digits = decimal.round_sf(15).unwrap_or(decimal).round_dp(10);
            digits.normalize().to_string()
        }
        None => number.to_string(),
    }
}

fn column_names(statement: &Statement<'_>) -> Vec<String> {
    let mut names = Vec::new();
    for (index, name) in statement.column_names().into_iter().enumerate() {
        let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$' || c == ' ');
        let named = plain && name.chars().next().is_some_and(char::is_alphabetic);
        names.push(if named { name.trim().to_lowercase() } else { format!("expr{}", index + 1) });
    }
    names
}

fn shown(value: ValueRef<'_>, date_format: &str) -> Option<String> {
    match value {
        ValueRef::Null | ValueRef::Blob(_) => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(plain_number(number)),
        ValueRef::Text(bytes) => {
            let text = String::from_utf8_lossy(bytes);
            match dates::read(&text) {
                Some(at) => Some(dates::shown(at, date_format)),
                // As in Oracle's database, an empty text is no value.
                None => (!text.is_empty()).then(|| text.into_owned()),
            }
        }
    }
}

fn cell(value: &Value) -> Result<Cell> {
    match value {
        Value::Null => Ok(Cell::Null),
        Value::Bool(flag) => Ok(Cell::Text(super::value::letter(*flag).to_owned())),
        Value::String(text) => Ok(Cell::Text(text.clone())),
        Value::Number(number) => Ok(match number.as_i64() {
            Some(integer) => Cell::Integer(integer),
            None => Cell::Real(number.as_f64().unwrap_or_default()),
        }),
        Value::Array(_) | Value::Object(_) => Err(ApiError::content(
            "Invalid content in the request body. A parameter must be a text or a number.",
            "params",
        )),
    }
}

fn refused(error: rusqlite::Error) -> ApiError {
    let text = match error {
        rusqlite::Error::SqlInputError { msg, .. } => msg,
        rusqlite::Error::SqliteFailure(_, Some(text)) => text,
        rusqlite::Error::UserFunctionError(text) => text.to_string(),
        other => other.to_string(),
    };
    if let Some(name) = text.strip_prefix("no such column: ") {
        let name = name.rsplit('.').next().unwrap_or(name);
        return ApiError::query(format!("Search error occurred: Unknown identifier '{name}'."));
    }
    if let Some(name) = text.strip_prefix("no such table: ") {
        return ApiError::query(format!("Search error occurred: Record '{name}' was not found."));
    }
    ApiError::query(format!("Search error occurred: Invalid or unsupported search: {text}."))
}
