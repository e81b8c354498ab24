//! `PUT`, `POST`, `PATCH` and `DELETE` of records.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, StatusCode};
use serde_json::Value;

use super::{Call, Target};
use crate::netsuite::error::{ApiError, Result};
use crate::netsuite::jobs::{self, Outcome};
use crate::netsuite::kinds::RecordType;
use crate::netsuite::normalise::{Rules, Validation};
use crate::netsuite::records::{Context, Key};
use crate::netsuite::value::{Object, text};

/// A write that was done.
struct Written {
    id: i64,
    external: Option<String>,
}

fn refused(error: &ApiError) -> String {
    format!("refused: {}", error.detail)
}

/// The body may repeat the external id of the address, not change it.
fn same_external_id(body: &Object, key: &str) -> Result<()> {
    match body.get("externalId") {
        None | Some(Value::Null) => Ok(()),
        Some(own) if own.as_str() == Some(key) => Ok(()),
        Some(_) => {
            Err(ApiError::content("The external ID in the body differs from the one in the address.", "externalId"))
        }
    }
}

impl Call<'_> {
    /// A write, at once or as a job, noted in the ledger whether accepted or refused.
    pub(super) fn write(&self, kind: &'static RecordType, target: &Target) -> Result<Response> {
        let asynchronous = jobs::wanted(&self.parts.headers)?;
        if let Some(idempotency) = asynchronous {
            self.account.inner.jobs.check(idempotency, &self.origin)?;
        }
        let body = match self.parts.method {
            Method::DELETE => Ok(Object::new()),
            _ => serde_json::from_slice::<Object>(self.body)
                .map_err(|_| ApiError::content("Invalid content in the request body. Expected a JSON object.", "")),
        };
        let sent = body.clone().map_or(Value::Null, Value::Object);
        let written = body.and_then(|body| match target {
            Target::New => self.execute(kind, None, &body),
            Target::Record(key) => self.execute(kind, Some(key), &body),
            Target::Transform(from, id) => self.make(from, *id, kind, &body),
        });
        let external = match (&written, target) {
            (Ok(written), _) => written.external.clone(),
            (Err(_), Target::Record(Key::External(external))) => Some(external.clone()),
            (Err(_), _) => sent.get("externalId").and_then(Value::as_str).map(str::to_owned),
        };
        let (record, result) = match (&written, target) {
            (Ok(written), _) => (Some((kind, written.id)), "ok".to_owned()),
            (Err(error), Target::Record(Key::Internal(id))) => (Some((kind, *id)), refused(error)),
            (Err(error), Target::Transform(from, id)) => (Some((*from, *id)), refused(error)),
            (Err(error), _) => (None, refused(error)),
        };
        let record = record.map(|(kind, id)| format!("{}:{id}", kind.name));
        self.account.note(self.operation, external.as_deref(), record.as_deref(), &result, &sent);
        let outcome = match written {
            Ok(written) => Outcome {
                status: StatusCode::NO_CONTENT,
                location: Some(format!("{}/{}/{}", self.base(), kind.name, written.id))
                    .filter(|_| self.parts.method != Method::DELETE),
                body: None,
            },
            Err(error) if asynchronous.is_none() => return Err(error),
            Err(error) => Outcome { status: error.status, location: None, body: Some(error.body()) },
        };
        let Some(idempotency) = asynchronous else {
            let mut response = outcome.into_response();
            let names = HeaderValue::from_static(self.rules()?.names.name());
            response.headers_mut().insert("x-netsuite-propertyvalidation", names);
            return Ok(response);
        };
        let jobs = &self.account.inner.jobs;
        Ok(jobs.accept(idempotency, outcome, &self.origin))
    }

    fn make(&self, from: &'static RecordType, id: i64, to: &'static RecordType, body: &Object) -> Result<Written> {
        let rules = self.rules()?;
        let made = self.account.write(|ctx| {
            let id = ctx.locate(from, &Key::Internal(id))?.ok_or_else(|| ApiError::no_record(self.parts.uri.path()))?;
            ctx.may_replace(to, &self.replaced())?;
            ctx.transform((from, id), to, body, rules, None)
        })?;
        Ok(Written { id: made, external: body.get("externalId").and_then(Value::as_str).map(str::to_owned) })
    }

    /// The sublists that `?replace=` names.
    fn replaced(&self) -> Vec<String> {
        let names = self.parameter("replace").unwrap_or_default().split(',');
        names.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
    }

    fn execute(&self, kind: &'static RecordType, key: Option<&Key>, body: &Object) -> Result<Written> {
        let rules = self.rules()?;
        let replace = self.replaced();
        self.account.write(|ctx| {
            ctx.may_replace(kind, &replace)?;
            let upsert = match key {
                Some(Key::External(key)) if self.parts.method == Method::PUT => Some(key.as_str()),
                _ => None,
            };
            if let Some(key) = upsert {
                same_external_id(body, key)?;
            }
            let found = match key {
                Some(key) => ctx.locate(kind, key)?,
                None => None,
            };
            let sent = body.get("externalId").and_then(Value::as_str);
            match (found, key, upsert) {
                (Some(id), _, _) => self.change(ctx, kind, id, body, &replace, rules),
                (None, Some(_), None) => Err(ApiError::no_record(self.parts.uri.path())),
                (None, _, upsert) => Ok(Written {
                    id: ctx.create(kind, body, upsert, rules)?,
                    external: upsert.or(sent).map(str::to_owned),
                }),
            }
        })
    }

    fn change(
        &self,
        ctx: &Context<'_>,
        kind: &'static RecordType,
        id: i64,
        body: &Object,
        replace: &[String],
        rules: Rules,
    ) -> Result<Written> {
        let before = ctx.store.get(kind.store, id)?.unwrap_or_default();
        if self.parts.method == Method::DELETE {
            ctx.delete(kind, id, false)?;
        } else {
            ctx.update(kind, id, body, replace, rules)?;
        }
        let sent = body.get("externalId").and_then(Value::as_str);
        Ok(Written { id, external: sent.or_else(|| text(&before, "externalId")).map(str::to_owned) })
    }

    fn rules(&self) -> Result<Rules> {
        let read = |name: &'static str, default: Validation| match self.header(name) {
            None => Ok(default),
            Some(given) => Validation::parse(given)
                .ok_or_else(|| ApiError::header(name, format!("Invalid value '{given}' of the header '{name}'."))),
        };
        Ok(Rules {
            names: read("X-NetSuite-PropertyNameValidation", Validation::Warning)?,
            values: read("X-NetSuite-PropertyValueValidation", Validation::Error)?,
            trusted: false,
        })
    }
}
