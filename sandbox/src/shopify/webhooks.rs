//! Webhooks: subscriptions, signed deliveries with retries, and what can go wrong on the way.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::Sha256;
use tokio::sync::watch;
use uuid::Uuid;

use super::{Credentials, Options, schema};

/// Retries of a failed delivery.
const RETRIES: u32 = 8;
/// Failures in a row after which a subscription of the Admin API is removed.
const FAILURES_TO_REMOVAL: u32 = 8;

/// What happens to deliveries on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", deny_unknown_fields)]
pub enum Mischief {
    /// Never sent.
    Drop,
    /// Sent twice under one webhook id.
    Duplicate,
    /// Sent later, in real milliseconds.
    Delay {
        /// Milliseconds.
        millis: u64,
    },
    /// Held back until the next delivery of any topic has been answered.
    Reorder,
}

/// Which deliveries something happens to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeliveryControl {
    /// `orders/create`, or `*` for all.
    pub topic: String,
    /// What happens.
    pub mischief: Mischief,
    /// To how many deliveries; all when left out.
    #[serde(default)]
    pub times: Option<u32>,
}

/// One attempt to deliver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivered {
    /// `orders/create`.
    pub topic: String,
    /// The address.
    pub uri: String,
    /// `X-Shopify-Webhook-Id`: the same for all attempts and duplicates.
    pub webhook_id: String,
    /// `X-Shopify-Event-Id`: the same for all deliveries of one action.
    pub event_id: String,
    /// From 1.
    pub attempt: u32,
    /// The receiver's HTTP status; `None` when it did not answer in time.
    pub status: Option<u16>,
}

/// A subscription as the Admin API knows it.
#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    pub id: u64,
    pub topic: String,
    pub uri: String,
    pub removable: bool,
    pub failures: u32,
    pub created_at: Timestamp,
}

#[derive(Clone)]
struct Delivery {
    subscription: u64,
    uri: String,
    topic: String,
    webhook_id: String,
    event_id: String,
    triggered_at: String,
    body: Bytes,
    signature: String,
}

#[derive(Default)]
struct Inner {
    subscriptions: BTreeMap<u64, Subscription>,
    controls: Vec<DeliveryControl>,
    delivered: Vec<Delivered>,
    held: Vec<Delivery>,
    last_id: u64,
}

/// Shared by the shop's clones and the deliveries under way.
#[derive(Clone)]
pub(crate) struct Webhooks {
    inner: Arc<Mutex<Inner>>,
    outstanding: watch::Sender<usize>,
    client: reqwest::Client,
    shop: String,
    secret: String,
    retry_base: Duration,
}

impl Webhooks {
    pub(crate) fn new(options: &Options, credentials: &Credentials) -> anyhow::Result<Webhooks> {
        // An error means that the process has a provider already.
        rustls::crypto::ring::default_provider().install_default().ok();
        let client = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(1))
            .timeout(options.webhook_timeout)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent("Shopify-Captain-Hook")
            .build()?;
        Ok(Webhooks {
            inner: Arc::default(),
            outstanding: watch::Sender::new(0),
            client,
            shop: credentials.shop.clone(),
            secret: credentials.client_secret.clone(),
            retry_base: options.webhook_retry_base,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, topic: &str, uri: &str, removable: bool, now: Timestamp) -> u64 {
        let mut inner = self.lock();
        inner.last_id += 1;
        let id = 1_000_000_000 + inner.last_id;
        let subscription =
            Subscription { id, topic: topic.to_owned(), uri: uri.to_owned(), removable, failures: 0, created_at: now };
        inner.subscriptions.insert(id, subscription);
        id
    }

    pub(crate) fn subscriptions(&self) -> Vec<Subscription> {
        self.lock().subscriptions.values().cloned().collect()
    }

    pub(crate) fn set_uri(&self, id: u64, uri: &str) {
        if let Some(subscription) = self.lock().subscriptions.get_mut(&id) {
            subscription.uri = uri.to_owned();
        }
    }

    pub(crate) fn remove(&self, id: u64) -> bool {
        self.lock().subscriptions.remove(&id).is_some()
    }

    pub(crate) fn control(&self, controls: Vec<DeliveryControl>) {
        self.lock().controls = controls;
    }

    pub(crate) fn delivered(&self) -> Vec<Delivered> {
        self.lock().delivered.clone()
    }

    pub(crate) async fn settled(&self) {
        let mut outstanding = self.outstanding.subscribe();
        // The sender lives in self, so waiting cannot fail.
        outstanding.wait_for(|count| *count == 0).await.ok();
    }

    /// Sends each payload to all subscribers of its topic, as one event.
    pub(crate) fn publish(&self, payloads: &[(&str, &Value)], now: Timestamp) {
        let event_id = Uuid::new_v4().to_string();
        for (topic, payload) in payloads {
            let subscribed = self.subscriptions().into_iter();
            let mut subscribed = subscribed.filter(|one| one.topic == *topic && one.uri.starts_with("http")).peekable();
            if subscribed.peek().is_none() {
                continue;
            }
            let body = Bytes::from(payload.to_string());
            for subscription in subscribed {
                self.dispatch(Delivery {
                    subscription: subscription.id,
                    uri: subscription.uri,
                    topic: subscription.topic,
                    webhook_id: Uuid::new_v4().to_string(),
                    event_id: event_id.clone(),
                    triggered_at: now.to_string(),
                    signature: sign(&self.secret, &body),
                    body: body.clone(),
                });
            }
        }
    }

    fn mischief(&self, topic: &str) -> Option<Mischief> {
        let mut inner = self.lock();
        for control in &mut inner.controls {
            let matches = control.topic == "*" || control.topic == topic;
            if !matches || control.times == Some(0) {
                continue;
            }
            if let Some(times) = &mut control.times {
                *times -= 1;
            }
            return Some(control.mischief);
        }
        None
    }

    fn dispatch(&self, delivery: Delivery) {
        match self.mischief(&delivery.topic) {
            None => self.start(delivery, Duration::ZERO),
            Some(Mischief::Drop) => {}
            Some(Mischief::Duplicate) => {
                self.start(delivery.clone(), Duration::ZERO);
                self.start(delivery, Duration::ZERO);
            }
            Some(Mischief::Delay { millis }) => {
                self.start(delivery, Duration::from_millis(millis));
            }
            Some(Mischief::Reorder) => self.lock().held.push(delivery),
        }
    }

    fn start(&self, delivery: Delivery, delay: Duration) {
        self.outstanding.send_modify(|count| *count += 1);
        let webhooks = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            webhooks.deliver(&delivery).await;
            let held = std::mem::take(&mut webhooks.lock().held);
            for delivery in held {
                webhooks.start(delivery, Duration::ZERO);
            }
            webhooks.outstanding.send_modify(|count| *count -= 1);
        });
    }

    async fn deliver(&self, delivery: &Delivery) {
        let mut wait = self.retry_base;
        for attempt in 1..=RETRIES + 1 {
            if self.attempt(delivery, attempt).await || attempt > RETRIES {
                return;
            }
            if !self.lock().subscriptions.contains_key(&delivery.subscription) {
                return;
            }
            tokio::time::sleep(wait).await;
            wait *= 2;
        }
    }

    async fn attempt(&self, delivery: &Delivery, attempt: u32) -> bool {
        let sent = self
            .client
            .post(&delivery.uri)
            .header("Content-Type", "application/json")
            .header("X-Shopify-Topic", &delivery.topic)
            .header("X-Shopify-Hmac-Sha256", &delivery.signature)
            .header("X-Shopify-Shop-Domain", &self.shop)
            .header("X-Shopify-API-Version", schema::NEWEST)
            .header("X-Shopify-Webhook-Id", &delivery.webhook_id)
            .header("X-Shopify-Event-Id", &delivery.event_id)
            .header("X-Shopify-Triggered-At", &delivery.triggered_at)
            .body(delivery.body.clone())
            .send()
            .await;
        let status = sent.ok().map(|response| response.status().as_u16());
        let accepted = status.is_some_and(|status| (200..300).contains(&status));
        let mut inner = self.lock();
        inner.delivered.push(Delivered {
            topic: delivery.topic.clone(),
            uri: delivery.uri.clone(),
            webhook_id: delivery.webhook_id.clone(),
            event_id: delivery.event_id.clone(),
            attempt,
            status,
        });
        if let Some(subscription) = inner.subscriptions.get_mut(&delivery.subscription) {
            subscription.failures = if accepted { 0 } else { subscription.failures + 1 };
            if subscription.removable && subscription.failures >= FAILURES_TO_REMOVAL {
                inner.subscriptions.remove(&delivery.subscription);
            }
        }
        accepted
    }
}

/// base64(HMAC-SHA256(body, secret)).
fn sign(secret: &str, body: &[u8]) -> String {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(body);
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_documented_one() {
        // RFC 4231, test case 2.
        assert_eq!(sign("Jefe", b"what do ya want for nothing?"), "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=");
    }
}
