//! Shopify: the Admin GraphQL API over a shop's state, its tokens, rate limit and webhooks.

mod admin;
mod bulk;
mod cost;
#[cfg(test)]
mod coverage;
pub(crate) mod derive;
mod document_errors;
mod execute;
mod fulfillment;
mod http;
mod idempotency;
pub(crate) mod payments;
mod resolve;
mod schema;
mod search;
pub(crate) mod state;
mod topics;
mod variables;
mod webhooks;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use url::Url;

use crate::clock::Clock;
use crate::faults::Faults;
use crate::ledger::{Ledger, Vendor};
use crate::serve;
pub use admin::StockLevel;
pub use bulk::BulkPace;
use bulk::Operations;
use cost::Bucket;
pub use cost::Limits;
pub use fulfillment::Tracking;
use idempotency::Keys;
pub use idempotency::RepeatedKey;
pub use state::BadRecord;
use state::State;
pub use webhooks::{Delivered, DeliveryControl, Mischief};
use webhooks::{Subscription, Webhooks};

/// How the shop behaves. The default is a store on the standard plan with the catalogue loaded.
#[derive(Clone, Debug)]
pub struct Options {
    /// The shop's permanent domain.
    pub domain: String,
    /// The shop's currency, ISO 4217.
    pub currency: String,
    /// The rate limit; `None` switches throttling off, costs are still told.
    pub limits: Option<Limits>,
    /// Access scopes that the app was granted.
    pub scopes: Vec<String>,
    /// Accept `http://` webhook addresses, which Shopify refuses. A sandbox talks to localhost.
    pub allow_http_webhooks: bool,
    /// Wait before the first retry of a failed delivery; each further one doubles it. Shopify's
    /// eight retries spread over four hours, about 56 s to begin with.
    pub webhook_retry_base: Duration,
    /// Time that a receiver has to answer a delivery. Shopify: 5 s.
    pub webhook_timeout: Duration,
    /// Load the catalogue as products, and the sample locations.
    pub catalogue: bool,
    /// What a repeated request with a key that has succeeded is answered.
    pub repeated_key: RepeatedKey,
    /// How long bulk operations take.
    pub bulk_pace: BulkPace,
}

impl Default for Options {
    fn default() -> Options {
        let scopes = [
            "read_all_orders",
            "read_customers",
            "read_inventory",
            "read_locations",
            "read_merchant_managed_fulfillment_orders",
            "read_orders",
            "read_products",
            "read_third_party_fulfillment_orders",
            "write_fulfillments",
            "write_inventory",
            "write_merchant_managed_fulfillment_orders",
            "write_orders",
            "write_third_party_fulfillment_orders",
        ];
        Options {
            domain: "sandbox.myshopify.com".to_owned(),
            currency: "USD".to_owned(),
            limits: Some(Limits::default()),
            scopes: scopes.map(str::to_owned).to_vec(),
            allow_http_webhooks: true,
            webhook_retry_base: Duration::from_secs(56),
            webhook_timeout: Duration::from_secs(5),
            catalogue: true,
            repeated_key: RepeatedKey::default(),
            bulk_pace: BulkPace::default(),
        }
    }
}

/// What an app needs to talk to the shop.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    /// The shop's domain.
    pub shop: String,
    /// The app's client id.
    pub client_id: String,
    /// The app's client secret, which also signs webhooks.
    pub client_secret: String,
    /// A token that does not expire.
    pub access_token: String,
}

/// The shop. Clones share one state.
#[derive(Clone)]
pub struct Shop {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) options: Options,
    pub(crate) clock: Clock,
    pub(crate) ledger: Ledger,
    pub(crate) faults: Faults,
    pub(crate) credentials: Credentials,
    pub(crate) webhooks: Webhooks,
    state: Mutex<State>,
    bucket: Mutex<Bucket>,
    tokens: Mutex<BTreeMap<String, Timestamp>>,
    requests: Mutex<BTreeMap<String, u64>>,
    keys: Mutex<Keys>,
    bulk: Mutex<Operations>,
    /// The shop itself, for what goes on beside the requests.
    pub(crate) me: Weak<Inner>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Inner {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.state)
    }

    pub(crate) fn keys(&self) -> MutexGuard<'_, Keys> {
        locked(&self.keys)
    }

    pub(crate) fn bulk(&self) -> MutexGuard<'_, Operations> {
        locked(&self.bulk)
    }

    pub(crate) fn bucket(&self) -> MutexGuard<'_, Bucket> {
        locked(&self.bucket)
    }

    pub(crate) fn tokens(&self) -> MutexGuard<'_, BTreeMap<String, Timestamp>> {
        locked(&self.tokens)
    }

    pub(crate) fn has_scope(&self, scope: &str) -> bool {
        let wider = scope.strip_prefix("read_").map(|what| format!("write_{what}"));
        self.options.scopes.iter().any(|granted| granted == scope || Some(granted) == wider.as_ref())
    }

    /// Notes a write in the ledger.
    pub(crate) fn note(&self, operation: &str, key: Option<&str>, record: Option<&str>, result: &str, body: &Value) {
        self.ledger.append(self.clock.now(), Vendor::Shopify, operation, key, record, result, body);
    }

    /// Changes an order and tells subscribers.
    pub(crate) fn change_order(&self, id: u64, patch: &Value) -> Result<Value, BadRecord> {
        let (before, after) = self.state().patch_order(id, patch, self.clock.now())?;
        self.publish(&admin::topics(&before, &after), &after, &[]);
        Ok(after)
    }

    /// Delivers an order to its topics, and what came with it to theirs, as one event.
    fn publish(&self, topics: &[&str], order: &Value, made: &[(&str, &Value)]) {
        let order = state::public(order);
        let orders = topics.iter().map(|topic| (*topic, &order));
        let payloads: Vec<_> = orders.chain(made.iter().copied()).collect();
        self.webhooks.publish(&payloads, self.clock.now());
    }
}

impl Shop {
    /// Opens a shop.
    ///
    /// Fails when the schema slices or the data that the crate carries are broken, or no HTTP client
    /// can be made.
    pub fn new(options: Options, clock: Clock, ledger: Ledger, faults: Faults) -> anyhow::Result<Shop> {
        for name in ["2026-07", schema::NEWEST] {
            if let Some(Err(error)) = schema::version(name) {
                anyhow::bail!(error);
            }
        }
        let credentials = Credentials {
            shop: options.domain.clone(),
            client_id: "0123456789abcdef0123456789abcdef".to_owned(),
            client_secret: "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".to_owned(),
            access_token: "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".to_owned(),
        };
        let unlimited = Limits { bucket: 1_000_000_000, restore_rate: 1_000_000, ..Limits::default() };
        let limits = options.limits.unwrap_or(unlimited);
        let mut state = State::default();
        if options.catalogue {
            state.load_catalogue(clock.now())?;
        }
        let base_url = format!("https://{}", options.domain);
        let webhooks = Webhooks::new(&options, &credentials)?;
        let inner = |me: &Weak<Inner>| Inner {
            webhooks,
            state: Mutex::new(state),
            bucket: Mutex::new(Bucket::full(limits, clock.now())),
            tokens: Mutex::default(),
            requests: Mutex::default(),
            keys: Mutex::new(Keys::new(options.repeated_key)),
            bulk: Mutex::new(Operations::new(options.bulk_pace, base_url)),
            me: me.clone(),
            options,
            clock,
            ledger,
            faults,
            credentials,
        };
        Ok(Shop { inner: Arc::new_cyclic(inner) })
    }

    /// The shop's HTTP API, its faults included.
    pub fn router(&self) -> axum::Router {
        let named = self.inner.clone();
        let answering = self.inner.clone();
        let gate = serve::Gate {
            vendor: Vendor::Shopify,
            faults: self.inner.faults.clone(),
            name: Arc::new(move |parts, body| {
                let name = http::operation(parts, body);
                *locked(&named.requests).entry(name.clone()).or_default() += 1;
                name
            }),
            answer: Arc::new(move |fault, _, _| http::refusal(&answering, fault)),
        };
        serve::apply(http::router(self.inner.clone()), gate)
    }

    /// Says where the shop is served; the files of bulk operations are at addresses below it.
    pub fn set_base_url(&self, url: &Url) {
        self.inner.bulk().base_url = url.as_str().trim_end_matches('/').to_owned();
    }

    /// What an app needs to talk to the shop.
    pub fn credentials(&self) -> Credentials {
        self.inner.credentials.clone()
    }

    /// Puts an order into the shop as it is, dates included, without telling anybody.
    /// Returns its id.
    pub fn load_order(&self, order: Value) -> Result<u64, BadRecord> {
        let now = self.inner.clock.now();
        self.inner.state().load_order(order, now).map(|(id, _)| id)
    }

    /// A customer checks out: the order is loaded, `updated_at` becomes now, and `orders/create`
    /// (with `orders/paid` for a paid one, and `order_transactions/create` for each payment) is
    /// delivered. Returns its id.
    pub fn place_order(&self, mut order: Value) -> Result<u64, BadRecord> {
        let now = self.inner.clock.now();
        if let Some(fields) = order.as_object_mut() {
            fields.insert("updated_at".to_owned(), state::rest_time(now));
        }
        let (id, order) = self.inner.state().load_order(order, now)?;
        let mut topics = vec!["orders/create"];
        if order["financial_status"] == "paid" {
            topics.push("orders/paid");
        }
        let payments = derive::list(&order, "transactions").iter();
        let payments: Vec<_> = payments.map(|one| ("order_transactions/create", one)).collect();
        self.inner.publish(&topics, &order, &payments);
        Ok(id)
    }

    /// Changes the named top-level fields of an order, sets `updated_at` unless it is among them, and
    /// delivers `orders/updated` (with `orders/paid`, `orders/cancelled` where it became so). One that
    /// becomes paid by it gets the transaction that is missing.
    pub fn update_order(&self, id: u64, patch: Value) -> Result<Value, BadRecord> {
        self.inner.change_order(id, &patch)
    }

    /// The order in its REST shape.
    pub fn order(&self, id: u64) -> Option<Value> {
        self.inner.state().order(id).map(|order| (*order).clone())
    }

    /// All orders in their REST shape, by id.
    pub fn orders(&self) -> Vec<Value> {
        let state = self.inner.state();
        state.orders().map(|order| (**order).clone()).collect()
    }

    /// Puts a customer into the shop. Returns its id.
    pub fn load_customer(&self, customer: Value) -> Result<u64, BadRecord> {
        self.inner.state().load_customer(customer)
    }

    /// Puts a product with its variants into the shop. Returns its id.
    pub fn load_product(&self, product: Value) -> Result<u64, BadRecord> {
        self.inner.state().load_product(product, self.inner.clock.now())
    }

    /// Puts an order's transactions into the shop, in their REST shape.
    pub fn load_transactions(&self, order: u64, transactions: Vec<Value>) -> Result<(), BadRecord> {
        let patch = json!({"transactions": transactions});
        let now = self.inner.clock.now();
        let mut state = self.inner.state();
        state.amend_order(order, &patch, now).map(|_| ())
    }

    /// Subscribes as the app's own configuration does: never removed for failures. `topic` as in
    /// `orders/create`. Returns the subscription's id.
    pub fn subscribe(&self, topic: &str, url: &Url) -> u64 {
        let now = self.inner.clock.now();
        self.inner.webhooks.add(topic, url.as_str(), false, now)
    }

    /// Topics and addresses of all subscriptions.
    pub fn subscriptions(&self) -> Vec<(String, String)> {
        self.inner.webhooks.subscriptions().into_iter().map(|Subscription { topic, uri, .. }| (topic, uri)).collect()
    }

    /// Takes a subscription away, as happens to merchants (id as in its GID).
    pub fn unsubscribe(&self, id: u64) -> bool {
        self.inner.webhooks.remove(id)
    }

    /// Says what goes wrong with the next deliveries; replaces what was said before.
    pub fn control_deliveries(&self, controls: Vec<DeliveryControl>) {
        self.inner.webhooks.control(controls);
    }

    /// Every attempt to deliver a webhook so far, oldest first.
    pub fn deliveries(&self) -> Vec<Delivered> {
        self.inner.webhooks.delivered()
    }

    /// Waits until no delivery or retry is outstanding.
    pub async fn deliveries_settled(&self) {
        self.inner.webhooks.settled().await;
    }

    /// Requests so far by operation: root fields joined by commas, or `token`.
    pub fn requests(&self) -> BTreeMap<String, u64> {
        locked(&self.inner.requests).clone()
    }

    /// Points of the rate limit spent so far.
    pub fn points_used(&self) -> u64 {
        self.inner.bucket().spent()
    }

    /// Replaces the rate limit by a full bucket of the new size.
    pub fn set_limits(&self, limits: Limits) {
        *self.inner.bucket() = Bucket::full(limits, self.inner.clock.now());
    }

    /// Empties the bucket: requests are throttled until it has refilled.
    pub fn drain_bucket(&self) {
        self.inner.bucket().drain();
    }

    /// Makes all tokens of the client-credentials grant invalid.
    pub fn expire_tokens(&self) {
        self.inner.tokens().clear();
    }
}
