mod stages;
mod tables;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::{Method, StatusCode};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use url::Url;

use self::tables::Rows;
use crate::sign_in::{NetsuiteAuth, SignIn};
use crate::state::{Customer, List, SalesOrder};
use crate::wire::{Patience, ReadError, client, decimal, patiently, send, text};

const PAGE: u64 = 1000;
/// The account's limit is shared with everything else that talks to it.
const AT_ONCE: usize = 2;
const SALES_ORDERS: &str = "SELECT id FROM transaction WHERE type = 'SalesOrd' \
     AND (custbody_o2c_brand = ? OR externalid LIKE ?) ORDER BY id";

/// Reads a brand's Sales Orders and their customers.
#[derive(Debug)]
pub struct Netsuite {
    http: reqwest::Client,
    base_url: Url,
    sign_in: SignIn,
    patience: Patience,
}

impl Netsuite {
    /// `base_url` such as `https://1234567.suitetalk.api.netsuite.com`.
    pub fn new(base_url: Url, auth: NetsuiteAuth, patience: Patience) -> Result<Self, ReadError> {
        let http = client()?;
        let sign_in = SignIn::new(auth, &base_url, http.clone());
        Ok(Self { http, base_url, sign_in, patience })
    }

    /// All Sales Orders that carry the brand or a key of the brand, and the list's count.
    pub async fn sales_orders(&self, brand: &str) -> Result<(Vec<SalesOrder>, List), ReadError> {
        let what = "NetSuite sales orders";
        let (rows, list) = self.suiteql(what, SALES_ORDERS, &[brand, &format!("SO-{brand}-%")]).await?;
        let mut ids = Vec::new();
        for row in &rows {
            ids.push(text(&row["id"]).ok_or_else(|| ReadError::unreadable(what, "id"))?);
        }
        let orders = stream::iter(ids)
            .map(|id| async move { self.sales_order(&id).await })
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        Ok((orders, list))
    }

    /// The customers with these internal ids that exist.
    pub async fn customers(&self, ids: BTreeSet<String>) -> Result<BTreeMap<String, Customer>, ReadError> {
        let found: Vec<Option<(String, Customer)>> = stream::iter(ids)
            .map(|id| async move { self.customer(&id).await.map(|found| found.map(|customer| (id, customer))) })
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn sales_order(&self, id: &str) -> Result<SalesOrder, ReadError> {
        let what = format!("NetSuite sales order {id}");
        let missing = |field: &str| ReadError::unreadable(&what, field);
        let path = format!("/services/rest/record/v1/salesOrder/{id}?expandSubResources=true");
        let record = self.ask(&what, Method::GET, &path, None).await?;
        let record = record.ok_or_else(|| ReadError::refused(&what, "listed, but not there"))?;
        let status = id_of(&record["status"]).or_else(|| id_of(&record["orderStatus"]));
        let status = status.ok_or_else(|| missing("status"))?;
        let sublist = &record["item"];
        let items = sublist["items"].as_array().ok_or_else(|| missing("item.items"))?;
        let cut = sublist["hasMore"] == true
            || sublist["totalResults"].as_u64().is_some_and(|total| total != items.len() as u64);
        if cut {
            return Err(missing("rest of item.items"));
        }
        let lines: Option<Vec<Decimal>> = items.iter().map(|line| decimal(&line["amount"])).collect();
        Ok(SalesOrder {
            id: id.to_owned(),
            number: text(&record["tranId"]).ok_or_else(|| missing("tranId"))?,
            external_id: text(&record["externalId"]),
            order: text(&record["custbody_shopify_order_id"]),
            brand: text(&record["custbody_o2c_brand"]),
            status: status.rsplit(':').next().unwrap_or_default().to_owned(),
            customer: id_of(&record["entity"]).ok_or_else(|| missing("entity"))?,
            subsidiary: id_of(&record["subsidiary"]).ok_or_else(|| missing("subsidiary"))?,
            currency: id_of(&record["currency"]).ok_or_else(|| missing("currency"))?,
            total: decimal(&record["total"]).ok_or_else(|| missing("total"))?,
            tax: tax(&record).ok_or_else(|| missing("taxTotal"))?,
            lines: lines.ok_or_else(|| missing("item.items[].amount"))?,
        })
    }

    async fn customer(&self, id: &str) -> Result<Option<Customer>, ReadError> {
        let what = format!("NetSuite customer {id}");
        let path = format!("/services/rest/record/v1/customer/{id}");
        let record = self.ask(&what, Method::GET, &path, None).await?;
        Ok(record.map(|record| Customer {
            external_id: text(&record["externalId"]),
            email: text(&record["email"]),
            subsidiary: id_of(&record["subsidiary"]),
        }))
    }

    /// All rows of a query, with the number that NetSuite says there are.
    async fn suiteql(&self, what: &str, query: &str, params: &[&str]) -> Result<(Vec<Value>, List), ReadError> {
        let mut rows: Vec<Value> = Vec::new();
        let counted = loop {
            let page = self.page(what, query, params, rows.len()).await?;
            let empty = page.rows.is_empty();
            rows.extend(page.rows);
            if !page.more || empty {
                break page.counted;
            }
        };
        let list = List { name: what.to_owned(), read: rows.len() as u64, counted, exact: true };
        Ok((rows, list))
    }

    async fn page(&self, what: &str, query: &str, params: &[&str], offset: usize) -> Result<Rows, ReadError> {
        let path = format!("/services/rest/query/v1/suiteql?limit={PAGE}&offset={offset}");
        let body = json!({"q": query, "params": params});
        let page = self.ask(what, Method::POST, &path, Some(&body)).await?;
        let mut page = page.ok_or_else(|| ReadError::refused(what, "no such resource"))?;
        let counted = page["totalResults"].as_u64().ok_or_else(|| ReadError::unreadable(what, "totalResults"))?;
        let more = page["hasMore"].as_bool().ok_or_else(|| ReadError::unreadable(what, "hasMore"))?;
        let Value::Array(rows) = page["items"].take() else {
            return Err(ReadError::unreadable(what, "items"));
        };
        Ok(Rows { rows, more, counted })
    }

    /// The answer, or none if the record does not exist.
    async fn ask(
        &self,
        what: &str,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Option<Value>, ReadError> {
        let url = self.base_url.join(path).map_err(|e| ReadError::Credentials(format!("netsuite URL: {e}")))?;
        patiently(self.patience, || async {
            let authorization = self.sign_in.authorization(&method, &url).await?;
            let mut request = self.http.request(method.clone(), url.clone()).header("Authorization", authorization);
            if let Some(body) = body {
                request = request.header("Prefer", "transient").json(body);
            }
            let (status, answer) = send(what, request).await?;
            match status {
                StatusCode::NOT_FOUND => Ok(None),
                // The token has run out, or the account is over its limit and hides it behind a failed login.
                StatusCode::UNAUTHORIZED => {
                    self.sign_in.forget().await;
                    Err(ReadError::unavailable(what, format!("{status}: {}", answer["o:errorDetails"])))
                }
                status if status.is_success() => Ok(Some(answer)),
                status => Err(ReadError::refused(what, format!("{status}: {}", answer["o:errorDetails"]))),
            }
        })
        .await
    }
}

/// The id of a reference or an enum value, whether bare or as `{"id": …}`.
fn id_of(value: &Value) -> Option<String> {
    text(if value.is_object() { &value["id"] } else { value })
}

/// The order's tax: its own total, else its tax details, else the lines' tax.
fn tax(record: &Value) -> Option<Decimal> {
    if let Some(total) = decimal(&record["taxTotal"]) {
        return Some(total);
    }
    let sum = |list: &Value, field: &str| -> Option<Decimal> {
        let amounts = list["items"].as_array().into_iter().flatten().map(|entry| &entry[field]);
        amounts.filter(|amount| !amount.is_null()).map(decimal).sum()
    };
    let details = sum(&record["taxDetails"], "taxAmount")?;
    if details.is_zero() { sum(&record["item"], "tax1Amt") } else { Some(details) }
}
