//! Queries in SuiteQL.

use client_core::{Error, Result, encode};
use futures_util::Stream;
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::client::{Call, Client};
use crate::records::read;

/// The most that NetSuite gives at a time.
const PAGE: usize = 1000;

#[derive(Serialize)]
struct Query<'a> {
    q: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    params: &'a [serde_json::Value],
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page<T> {
    has_more: bool,
    total_results: usize,
    items: Vec<T>,
}

/// The first rows of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Whether the query has others.
    pub more: bool,
}

impl Rows<()> {
    /// The most that NetSuite gives at a time.
    pub const MOST: usize = PAGE;
}

impl Client {
    /// The rows of a query, to the end. `params` stand for its `?`s. A query that may give more than one page
    /// needs a unique ORDER BY; NetSuite gives 100,000 rows at most.
    ///
    /// The last item is an error where the rows that came are not as many as NetSuite counts: then the result
    /// changed while it was read.
    pub fn suiteql<T: DeserializeOwned>(&self, q: &str, params: &[serde_json::Value]) -> impl Stream<Item = Result<T>> {
        async_stream::try_stream! {
            let body = encode(&Query { q, params }, "suiteql")?;
            let mut seen = 0;
            loop {
                let page: Page<T> = self.page(body.clone(), seen).await?;
                let rows = page.items.len();
                for row in page.items {
                    yield row;
                }
                seen += rows;
                if page.has_more && rows > 0 {
                    continue;
                }
                if page.has_more || seen != page.total_results {
                    Err(Error::Unreadable {
                        path: "totalResults".to_owned(),
                        detail: format!("suiteql: read {seen} of {} rows", page.total_results),
                    })?;
                }
                break;
            }
        }
    }

    /// The first rows of a query, [`Rows::MOST`] at most: for whoever pages by the last row's key, beyond the
    /// 100,000 rows that one query gives.
    pub async fn suiteql_rows<T: DeserializeOwned>(&self, q: &str, params: &[serde_json::Value]) -> Result<Rows<T>> {
        let page: Page<T> = self.page(encode(&Query { q, params }, "suiteql")?, 0).await?;
        let (rows, total) = (page.items, page.total_results);
        if page.has_more != (rows.len() < total) {
            return Err(Error::Unreadable {
                path: "hasMore".to_owned(),
                detail: format!("suiteql: {} of {total} rows and has more: {}", rows.len(), page.has_more),
            });
        }
        Ok(Rows { rows, more: page.has_more })
    }

    async fn page<T: DeserializeOwned>(&self, body: Vec<u8>, offset: usize) -> Result<Page<T>> {
        let mut url = self.url("query/v1/suiteql", &[])?;
        url.query_pairs_mut().append_pair("limit", &PAGE.to_string()).append_pair("offset", &offset.to_string());
        let call = Call {
            operation: "suiteql".to_owned(),
            what: "suiteql".to_owned(),
            method: Method::POST,
            url,
            header: Some(("prefer", "transient")),
            body: Some(body),
        };
        let answer = self.send(call).await?;
        read(&answer, "suiteql")
    }
}
