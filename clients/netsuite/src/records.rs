//! Records by internal or external id.

use std::fmt;

use client_core::{Answer, Error, Result, decode, encode};
use reqwest::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use crate::client::{Call, Client};
use crate::refusal::request_id;

/// What a record is found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Id<'a> {
    /// NetSuite's own id.
    Internal(&'a str),
    /// The id that we gave it.
    External(&'a str),
}

impl fmt::Display for Id<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Internal(id) => formatter.write_str(id),
            Self::External(id) => write!(formatter, "eid:{id}"),
        }
    }
}

impl Client {
    /// Creates or updates the record with this external id and returns its internal id.
    ///
    /// Lines of a non-keyed sublist are appended to those that are there, unless the sublist is named in
    /// `replace`: then the given lines become all of it.
    pub async fn upsert(
        &self,
        record: &str,
        external_id: &str,
        body: &impl Serialize,
        replace: &[&str],
    ) -> Result<String> {
        let id = Id::External(external_id);
        let operation = format!("PUT {record}");
        let mut url = self.record_url(record, id)?;
        if !replace.is_empty() {
            url.query_pairs_mut().append_pair("replace", &replace.join(","));
        }
        let body = Some(encode(body, &operation)?);
        let what = format!("{record} {id}");
        let answer = self.send(Call { operation, what, method: Method::PUT, url, header: None, body }).await?;
        internal_id(&answer, record)
    }

    /// Reads a record: all of its fields, or those named; its sublists and subrecords in full with `expand`.
    pub async fn get<T: DeserializeOwned>(&self, record: &str, id: Id<'_>, expand: bool, fields: &[&str]) -> Result<T> {
        let mut url = self.record_url(record, id)?;
        if expand {
            url.query_pairs_mut().append_pair("expandSubResources", "true");
        }
        if !fields.is_empty() {
            url.query_pairs_mut().append_pair("fields", &fields.join(","));
        }
        let call = Call {
            operation: format!("GET {record}"),
            what: format!("{record} {id}"),
            method: Method::GET,
            url,
            header: None,
            body: None,
        };
        let operation = call.operation.clone();
        let answer = self.send(call).await?;
        read(&answer, &operation)
    }

    /// Sets the given fields of a record.
    pub async fn update(&self, record: &str, id: Id<'_>, body: &impl Serialize) -> Result<()> {
        let operation = format!("PATCH {record}");
        let body = Some(encode(body, &operation)?);
        let (what, url) = (format!("{record} {id}"), self.record_url(record, id)?);
        let call = Call { operation: operation.clone(), what, method: Method::PATCH, url, header: None, body };
        let answer = self.send(call).await?;
        match answer.status {
            204 => Ok(()),
            // Such as the page of a proxy or of a maintenance: nothing says that the fields were set.
            _ => Err(Error::Unreadable {
                path: "status".to_owned(),
                detail: format!("{operation}: expected 204 without a body, {}", answer.describe()),
            }),
        }
    }

    /// Makes a record of another one, such as an Item Fulfillment of a Sales Order, and returns its internal id.
    /// There is no upsert: the key in the body finds what landed, but does not keep a repeat from making a second one.
    pub async fn transform(&self, from: &str, id: &str, to: &str, body: &impl Serialize) -> Result<String> {
        let operation = format!("transform {from} to {to}");
        let url = self.url("record/v1", &[from, id, "!transform", to])?;
        let body = Some(encode(body, &operation)?);
        let what = format!("{from} {id}");
        let answer = self.send(Call { operation, what, method: Method::POST, url, header: None, body }).await?;
        internal_id(&answer, to)
    }

    fn record_url(&self, record: &str, id: Id<'_>) -> Result<Url> {
        self.url("record/v1", &[record, &id.to_string()])
    }
}

/// A success's body, with the operation and NetSuite's request id where it is not what it should be.
pub(crate) fn read<T: DeserializeOwned>(answer: &Answer, operation: &str) -> Result<T> {
    decode(&answer.body).map_err(|error| match error {
        Error::Unreadable { path, detail } => {
            let request = request_id(answer).map(|id| format!(", request {id}")).unwrap_or_default();
            Error::Unreadable { path, detail: format!("{operation}: {detail}, {}{request}", answer.describe()) }
        }
        other => other,
    })
}

/// The internal id is the last step of the `Location`; there is no body.
fn internal_id(answer: &Answer, record: &str) -> Result<String> {
    let location = answer.header("location").unwrap_or_default();
    let last = location.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let id = last.split('?').next().unwrap_or_default();
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::Unreadable {
            path: "Location".to_owned(),
            detail: format!("{record}: expected the new record's address, {}", answer.describe()),
        });
    }
    Ok(id.to_owned())
}
