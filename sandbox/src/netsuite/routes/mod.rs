//! From HTTP to the account and back.

mod read;
mod write;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::json;
use uuid::Uuid;

use super::auth::{TOKEN_PATH, host};
use super::error::{ApiError, Result};
use super::kinds::{self, RecordType};
use super::records::{Key, transform};
use super::suiteql::{Page, Query};
use super::{Account, catalog, tba};
use crate::faults::Fault;
use crate::ledger::Vendor;
use crate::serve;

const ROOT: &str = "/services/rest/";
const TRANSFORM: &str = "!transform";
const RECORDS: &str = "/services/rest/record/v1";
const SUITEQL: &str = "/services/rest/query/v1/suiteql";
/// NetSuite's own limit of a request's body, in bytes.
const BODY_LIMIT: usize = 104 * 1024 * 1024;

/// The account behind its faults.
pub(crate) fn router(account: &Account) -> Router {
    let counting = account.clone();
    let gate = serve::Gate {
        vendor: Vendor::Netsuite,
        faults: account.inner.faults.clone(),
        // Counted when it comes, whatever a fault does to it.
        name: Arc::new(move |parts, body| {
            let operation = operation(parts, body);
            counting.count(&operation);
            operation
        }),
        answer: Arc::new(answer),
    };
    let router = Router::new().fallback(handle).with_state(account.clone());
    serve::apply(router, gate)
}

/// The name of the operation that a request asks for: `token`, `suiteql`, `PUT salesOrder`,
/// `POST salesOrder/!transform/invoice`, …
pub fn operation(parts: &Parts, _body: &Bytes) -> String {
    let path = parts.uri.path();
    if path == TOKEN_PATH {
        return "token".to_owned();
    }
    if path == SUITEQL {
        return "suiteql".to_owned();
    }
    let segments: Vec<&str> = path.strip_prefix(ROOT).unwrap_or_default().split('/').collect();
    if let ["record", _, record, _, step, target] = segments.as_slice()
        && tba::decode(step).as_deref() == Some(TRANSFORM)
    {
        let name = |record: &str| kinds::find(record).map_or("unknown", |kind| kind.name);
        return format!("{} {}/{TRANSFORM}/{}", parts.method, name(record), name(target));
    }
    let (area, name) = match segments.as_slice() {
        [area, _, name, ..] => (*area, *name),
        _ => ("", ""),
    };
    let name = match (area, name) {
        ("record", "metadata-catalog") | ("async", "job") | ("system", "governanceLimits") => name,
        ("record", name) => kinds::find(name).map_or("unknown", |kind| kind.name),
        _ => "unknown",
    };
    format!("{} {name}", parts.method)
}

/// NetSuite's own answer to a request that a fault refuses.
pub fn answer(fault: &Fault, _parts: &Parts, _body: &Bytes) -> Response {
    let error = match fault {
        Fault::Throttle => ApiError::concurrency(StatusCode::TOO_MANY_REQUESTS),
        Fault::ConcurrencyLimit { status } | Fault::Status { status: status @ 429 } => {
            ApiError::concurrency(StatusCode::from_u16(*status).unwrap_or(StatusCode::TOO_MANY_REQUESTS))
        }
        Fault::HangThenInvalidLogin { .. } | Fault::Status { status: 401 } => ApiError::login(),
        Fault::Status { status } => ApiError::unexpected(
            StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            "An unexpected error occurred. Error ID: sandbox-fault",
        ),
        _ => ApiError::unexpected(StatusCode::INTERNAL_SERVER_ERROR, "An unexpected error occurred."),
    };
    error.into_response()
}

async fn handle(State(account): State<Account>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let operation = operation(&parts, &body);
    let mut response = if operation == "token" {
        let now = account.inner.clock.now();
        account.inner.auth.token(&parts, &body, now)
    } else {
        guarded(&account, &operation, &parts, &body).await
    };
    let id = Uuid::new_v4().to_string();
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-n-operationid", id);
    }
    response
}

async fn guarded(account: &Account, operation: &str, parts: &Parts, body: &Bytes) -> Response {
    let _permit = match account.inner.gate.enter().await {
        Ok(permit) => permit,
        Err(error) => return error.into_response(),
    };
    if !account.inner.auth.allows(parts, account.inner.clock.now()) {
        let mut response = ApiError::login().into_response();
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer error=\"invalid_token\""));
        return response;
    }
    let call = Call {
        account,
        operation,
        parts,
        body,
        origin: format!("http://{}", host(parts)),
        query: parts
            .uri
            .query()
            .map_or_else(Vec::new, |query| url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()),
    };
    call.run().unwrap_or_else(IntoResponse::into_response)
}

/// What a write is about.
enum Target {
    /// A new record.
    New,
    Record(Key),
    /// A new transaction from the one of this type and internal id.
    Transform(&'static RecordType, i64),
}

/// One request, logged in.
struct Call<'a> {
    account: &'a Account,
    operation: &'a str,
    parts: &'a Parts,
    body: &'a Bytes,
    origin: String,
    query: Vec<(String, String)>,
}

impl Call<'_> {
    fn run(&self) -> Result<Response> {
        let path = self.parts.uri.path();
        let missing = || ApiError::no_resource(path);
        let segments: Vec<String> = path
            .strip_prefix(ROOT)
            .ok_or_else(missing)?
            .split('/')
            .map(tba::decode)
            .collect::<Option<_>>()
            .ok_or_else(missing)?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let method = &self.parts.method;
        match (method, segments.as_slice()) {
            (&Method::POST, ["query", "v1", "suiteql"]) => self.suiteql(),
            (&Method::GET, ["system", "v1", "governanceLimits"]) => Ok(self.limits()),
            (&Method::GET, ["async", "v1", "job", rest @ ..]) => self.account.inner.jobs.read(rest, &self.origin, path),
            (&Method::GET, ["record", "v1", "metadata-catalog"]) => self.catalog(),
            (_, ["record", "v1", record]) => self.collection(kind(record, path)?),
            (_, ["record", "v1", record, key]) => self.single(kind(record, path)?, key),
            (_, ["record", "v1", record, key, TRANSFORM, target]) => {
                self.transform(kind(record, path)?, key, kind(target, path)?)
            }
            (&Method::GET, ["record", "v1", record, key, part]) => self.part(kind(record, path)?, key, part, None),
            (&Method::GET, ["record", "v1", record, key, part, line]) => {
                self.part(kind(record, path)?, key, part, Some(line))
            }
            _ => Err(missing()),
        }
    }

    fn suiteql(&self) -> Result<Response> {
        let page = Page::read(&self.query)?;
        let query = Query::read(&self.parts.headers, self.body)?;
        let url = format!("{}{SUITEQL}", self.origin);
        let format = &self.account.inner.options.date_format;
        let store = self.account.lock();
        Ok(axum::Json(query.run(&store.db, page, format, &url)?).into_response())
    }

    fn limits(&self) -> Response {
        let limit = self.account.inner.gate.limit();
        axum::Json(json!({
            "links": [], "accountConcurrencyLimit": limit,
            "accountUnallocatedConcurrencyLimit": limit, "accountLimitType": "ACCOUNT",
        }))
        .into_response()
    }

    fn catalog(&self) -> Result<Response> {
        let base = self.base();
        let Some(select) = self.parameter("select") else {
            return Ok(axum::Json(catalog::list(&base)).into_response());
        };
        let accept = self.header("accept").unwrap_or_default();
        if !accept.contains(catalog::SWAGGER) {
            return Err(ApiError::header("Accept", format!("Set the header 'Accept' to '{}'.", catalog::SWAGGER)));
        }
        let body = catalog::openapi(&self.account.inner.catalogue, select, &base)?;
        let kind = [(header::CONTENT_TYPE, catalog::SWAGGER)];
        Ok((kind, body.to_string()).into_response())
    }

    fn collection(&self, kind: &'static RecordType) -> Result<Response> {
        match self.parts.method {
            Method::GET => self.list(kind),
            Method::POST if kind.creatable() => self.write(kind, &Target::New),
            _ => Err(self.wrong_method(kind)),
        }
    }

    fn single(&self, kind: &'static RecordType, key: &str) -> Result<Response> {
        let missing = || ApiError::no_record(self.parts.uri.path());
        let key = Key::parse(key).ok_or_else(missing)?;
        match (&self.parts.method, &key) {
            (&Method::GET, _) => self.get(kind, &key),
            (&Method::PUT, Key::Internal(_)) if kind.creatable() => {
                Err(ApiError::content("Upsert needs an external ID in the address: eid:<external id>.", ""))
            }
            (&Method::PUT, _) if kind.creatable() => self.write(kind, &Target::Record(key)),
            (&Method::PATCH | &Method::DELETE, _) if kind.writable() => self.write(kind, &Target::Record(key)),
            _ => Err(self.wrong_method(kind)),
        }
    }

    /// `POST …/{id}/!transform/{target}`. The address takes an internal id only.
    fn transform(&self, from: &'static RecordType, key: &str, to: &'static RecordType) -> Result<Response> {
        let path = self.parts.uri.path();
        if !transform::exists(from, to) {
            return Err(ApiError::no_resource(path));
        }
        if self.parts.method != Method::POST {
            return Err(self.wrong_method(from));
        }
        match Key::parse(key).ok_or_else(|| ApiError::no_record(path))? {
            Key::Internal(id) => self.write(to, &Target::Transform(from, id)),
            // Inferred: the published address has an integer here.
            Key::External(_) => Err(ApiError::content("A transform needs the internal ID in the address.", "")),
        }
    }

    fn base(&self) -> String {
        format!("{}{RECORDS}", self.origin)
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    fn flag(&self, name: &'static str) -> Result<bool> {
        match self.parameter(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => {
                Err(ApiError::parameter(name, format!("Invalid value '{other}' of the query parameter '{name}'.")))
            }
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers().get(name).and_then(|value| value.to_str().ok())
    }

    fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    fn wrong_method(&self, kind: &RecordType) -> ApiError {
        ApiError::no_method(self.parts.method.as_str(), kind.name)
    }
}

fn kind(record: &str, path: &str) -> Result<&'static RecordType> {
    kinds::find(record).ok_or_else(|| ApiError::no_resource(path))
}

impl Account {
    fn count(&self, operation: &str) {
        let mut requests = self.inner.requests.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match requests.get_mut(operation) {
            Some(count) => *count += 1,
            None => {
                requests.insert(operation.to_owned(), 1);
            }
        }
    }
}
