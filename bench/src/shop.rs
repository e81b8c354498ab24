//! The buyers: place orders through the sandbox's control API and hear from its webhooks when an order is tagged.

use std::{
    collections::{BTreeMap, HashMap},
    net::Ipv4Addr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, bail};
use axum::{Json, Router, extract::State, routing::post};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::oneshot};
use url::Url;

use crate::order::{self, Template};

/// The tag that ends an order's way.
pub(crate) const TAG: &str = "SENT_TO_NS";
/// An order that takes longer is lost.
const PATIENCE: Duration = Duration::from_secs(120);

type Waiting = Arc<Mutex<HashMap<u64, oneshot::Sender<()>>>>;

/// The sandbox, seen from its control API.
pub(crate) struct Shop {
    http: reqwest::Client,
    control: Url,
    template: Template,
    waiting: Waiting,
}

/// An order, and when it was placed.
pub(crate) struct Placed {
    pub(crate) order: u64,
    pub(crate) at: Timestamp,
}

/// Requests that the vendors have answered, by operation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Requests {
    pub(crate) shopify: BTreeMap<String, u64>,
    pub(crate) netsuite: BTreeMap<String, u64>,
    pub(crate) dcl: BTreeMap<String, u64>,
}

/// One write in the sandbox's ledger.
#[derive(Deserialize)]
pub(crate) struct Entry {
    at: Timestamp,
    operation: String,
    key: Option<String>,
    record: Option<String>,
    result: String,
}

impl Shop {
    /// Listens for the tags.
    pub(crate) async fn open(http: reqwest::Client, control: Url) -> anyhow::Result<Self> {
        let waiting = Waiting::default();
        let router = Router::new().route("/tagged", post(updated)).with_state(waiting.clone());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}/tagged", listener.local_addr()?);
        tokio::spawn(async move { axum::serve(listener, router).await });
        let shop = Self { http, control, template: Template::new()?, waiting };
        shop.subscribe("orders/updated", &url).await?;
        Ok(shop)
    }

    /// Has a topic delivered.
    pub(crate) async fn subscribe(&self, topic: &str, url: &str) -> anyhow::Result<()> {
        self.post("webhooks", &json!({ "topic": topic, "url": url })).await
    }

    /// Places one order and waits for its tag. `customer` tells which buyer it is.
    pub(crate) async fn place(&self, number: u64, customer: u64) -> anyhow::Result<Placed> {
        let (tagged, wait) = oneshot::channel();
        let order = order::id(number);
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(order, tagged);
        let body = self.template.order(number, customer);
        let at = Timestamp::now();
        self.post("orders", &body).await?;
        match tokio::time::timeout(PATIENCE, wait).await {
            Ok(_) => Ok(Placed { order, at }),
            Err(_) => bail!("order {order} was not tagged within {PATIENCE:?}"),
        }
    }

    /// The same for many, so many `at_once`. Order n is of the customer n − `back`.
    pub(crate) async fn place_all(
        &self,
        numbers: std::ops::Range<u64>,
        back: u64,
        at_once: usize,
    ) -> anyhow::Result<Vec<Placed>> {
        stream::iter(numbers)
            .map(|number| self.place(number, number - back))
            .buffer_unordered(at_once)
            .try_collect()
            .await
    }

    /// Requests so far.
    pub(crate) async fn requests(&self) -> anyhow::Result<Requests> {
        let stats: Value = self.get("stats").await?;
        let of = |vendor: &str| serde_json::from_value(stats[vendor]["requests"].clone());
        Ok(Requests { shopify: of("shopify")?, netsuite: of("netsuite")?, dcl: of("dcl")? })
    }

    /// Every write so far.
    pub(crate) async fn ledger(&self) -> anyhow::Result<Vec<Entry>> {
        self.get("ledger").await
    }

    /// The same with what was sent.
    pub(crate) async fn ledger_values(&self) -> anyhow::Result<Vec<Value>> {
        self.get("ledger").await
    }

    /// Every order at the warehouse.
    pub(crate) async fn warehouse_orders(&self) -> anyhow::Result<Vec<Value>> {
        self.get("dcl/orders").await
    }

    /// Sets something of the sandbox's.
    pub(crate) async fn put(&self, path: &str, body: &Value) -> anyhow::Result<()> {
        let url = self.control.join(&format!("/control/{path}"))?;
        let answer = self.http.put(url).json(body).send().await.and_then(|a| a.error_for_status());
        answer.with_context(|| format!("/control/{path}")).map(drop)
    }

    /// Credentials for both vendors, and where they are.
    pub(crate) async fn credentials(&self) -> anyhow::Result<Value> {
        self.get("credentials").await
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        let url = self.control.join(&format!("/control/{path}"))?;
        let answer = self.http.get(url).send().await.and_then(|a| a.error_for_status());
        answer.context("the sandbox's control API")?.json().await.with_context(|| format!("/control/{path}"))
    }

    async fn post(&self, path: &str, body: &Value) -> anyhow::Result<()> {
        let url = self.control.join(&format!("/control/shopify/{path}"))?;
        let answer = self.http.post(url).json(body).send().await.context("the sandbox's control API")?;
        let status = answer.status();
        if !status.is_success() {
            bail!("the sandbox refuses {path} with {status}: {}", answer.text().await.unwrap_or_default());
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct Updated {
    id: u64,
    tags: String,
}

/// A delivery of orders/updated.
async fn updated(State(waiting): State<Waiting>, Json(order): Json<Updated>) {
    if !order.tags.contains(TAG) {
        return;
    }
    if let Some(tagged) = waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&order.id) {
        // Nobody listens any more when the run was given up.
        let _ = tagged.send(());
    }
}

impl Requests {
    /// Both together.
    pub(crate) fn and(mut self, other: Self) -> Self {
        for (name, n) in other.shopify {
            *self.shopify.entry(name).or_default() += n;
        }
        for (name, n) in other.netsuite {
            *self.netsuite.entry(name).or_default() += n;
        }
        for (name, n) in other.dcl {
            *self.dcl.entry(name).or_default() += n;
        }
        self
    }

    /// What came since `earlier`.
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        let less = |now: &BTreeMap<String, u64>, then: &BTreeMap<String, u64>| {
            let count = |(name, n): (&String, &u64)| (name.clone(), n - then.get(name).unwrap_or(&0));
            now.iter().map(count).filter(|(_, n)| *n > 0).collect()
        };
        Self {
            shopify: less(&self.shopify, &earlier.shopify),
            netsuite: less(&self.netsuite, &earlier.netsuite),
            dcl: less(&self.dcl, &earlier.dcl),
        }
    }
}

/// When each order was tagged, by the ledger. An order with no Sales Order, or with two, is an error: its figures would mean
/// nothing.
pub(crate) fn tag_times(ledger: &[Entry]) -> anyhow::Result<HashMap<u64, Timestamp>> {
    let (mut tagged, mut booked) = (HashMap::new(), HashMap::<u64, u32>::new());
    for entry in ledger.iter().filter(|entry| entry.result == "ok") {
        let id =
            |text: &Option<String>, separator| text.as_ref().and_then(|t| t.rsplit(separator).next()?.parse().ok());
        match entry.operation.as_str() {
            "tagsAdd" => drop(id(&entry.record, '/').map(|id: u64| tagged.entry(id).or_insert(entry.at))),
            "PUT salesOrder" => drop(id(&entry.key, '-').map(|id: u64| *booked.entry(id).or_default() += 1)),
            _ => {}
        }
    }
    for order in tagged.keys() {
        let writes = booked.get(order).copied().unwrap_or_default();
        if writes != 1 {
            bail!("order {order} was written to NetSuite {writes} times instead of once");
        }
    }
    Ok(tagged)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(bookings: usize) -> Vec<Entry> {
        let mut entries = vec![
            json!({"at": "2026-11-02T10:00:00Z", "operation": "PUT salesOrder", "key": "SO-acme-7", "record": "12", "result": "ok"});
            bookings
        ];
        entries.push(json!({"at": "2026-11-02T10:00:01Z", "operation": "tagsAdd", "key": null,
            "record": "gid://shopify/Order/7", "result": "ok"}));
        entries.into_iter().map(|entry| serde_json::from_value(entry).unwrap()).collect()
    }

    #[test]
    fn an_order_counts_when_it_was_booked_once() {
        assert_eq!(tag_times(&ledger(1)).unwrap()[&7], "2026-11-02T10:00:01Z".parse().unwrap());
        for bookings in [0, 2] {
            assert!(tag_times(&ledger(bookings)).unwrap_err().to_string().contains("order 7"));
        }
    }
}
