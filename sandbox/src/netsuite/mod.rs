//! NetSuite's stand-in: SuiteTalk REST record v1 and SuiteQL on SQLite.
//!
//! [`Account`] is one NetSuite account with its state. It is served by [`Account::router`], behind
//! the faults that it was given, and looked at directly by tests and by the control API.
//!
//! | address under `/services/rest` | |
//! |---|---|
//! | `auth/oauth2/v1/token` | client assertion (ES256) for a bearer token of an hour |
//! | `record/v1/{salesOrder,purchaseOrder,transferOrder,customer,customerPayment,customerDeposit}` | POST, list with `q`, `limit`, `offset` |
//! | the same with `/{id or eid:key}` | GET, PUT (`eid:` only), PATCH, DELETE |
//! | `record/v1/{itemFulfillment,itemReceipt,invoice,cashSale,depositApplication}/{id or eid:key}` | GET, PATCH, DELETE |
//! | `record/v1/salesOrder/{id}/!transform/{itemFulfillment,cashSale,invoice}` | POST |
//! | `record/v1/purchaseOrder/{id}/!transform/itemReceipt` | POST |
//! | `record/v1/transferOrder/{id}/!transform/{itemFulfillment,itemReceipt}` | POST |
//! | `record/v1/invoice/{id}/!transform/customerPayment` | POST |
//! | `record/v1/customerDeposit/{id}/!transform/depositApplication` | POST |
//! | `record/v1/salesOrder/{id}/item[/{line}]` | GET of a sublist or subrecord |
//! | `record/v1/{subsidiary, inventoryItem, …}[/{id}]` | GET of master data |
//! | `record/v1/metadata-catalog[?select=…]` | the account's record types, or their OpenAPI |
//! | `query/v1/suiteql` | POST of a SELECT, with `Prefer: transient` |
//! | `system/v1/governanceLimits` | the concurrency limit |
//! | `async/v1/job/{id}[/task[/1[/result]]]` | what became of a `Prefer: respond-async` |
//!
//! Where the vendor documents neither text nor code of an error, ours is made up in `error.rs` and
//! marked there as inferred.

mod auth;
mod catalog;
mod dates;
mod error;
mod fields;
mod filter;
mod gate;
mod inventory;
mod jobs;
mod kinds;
mod load;
mod normalise;
mod options;
mod records;
mod routes;
mod seed;
mod stock;
mod store;
mod suiteql;
mod tba;
#[cfg(test)]
mod tests;
mod totals;
mod value;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Value, json};

pub use auth::Credentials;
pub use options::{Disguise, Options, RepeatedTransform, StatusForm, TaxStyle};
pub use routes::{answer, operation};
pub use stock::Stock;

use crate::clock::Clock;
use crate::faults::Faults;
use crate::ledger::{Ledger, Vendor};
use auth::Auth;
use error::{ApiError, Result};
use fields::Catalogue;
use gate::Gate;
use jobs::Jobs;
use kinds::RecordType;
use normalise::Rules;
use records::render::{Renderer, View};
use records::{Context, Key};
use store::Store;
use value::Object;

/// What may be switched while the account runs.
#[derive(Clone, Copy)]
pub(crate) struct Switches {
    repeated_transform: RepeatedTransform,
    receive_overage: bool,
    closed_before: Option<Date>,
}

/// One NetSuite account. Clones share its state.
#[derive(Clone)]
pub struct Account {
    inner: Arc<Inner>,
}

struct Inner {
    options: Options,
    clock: Clock,
    ledger: Ledger,
    faults: Faults,
    auth: Auth,
    gate: Arc<Gate>,
    jobs: Jobs,
    catalogue: Catalogue,
    store: Mutex<Store>,
    switches: Mutex<Switches>,
    requests: Mutex<BTreeMap<String, u64>>,
}

impl Account {
    /// A new account with its own keys and, unless switched off, master data.
    pub fn new(options: Options, clock: Clock, ledger: Ledger, faults: Faults) -> anyhow::Result<Account> {
        let store = Store::open(options.time_zone.clone())?;
        suiteql::functions::register(&store.db, clock.clone(), &options)?;
        let gate = Gate::new(options.concurrency_limit, options.concurrency_disguise, options.latency);
        let seeded = options.seed_data;
        let account = Account {
            inner: Arc::new(Inner {
                auth: Auth::new(&options.account)?,
                gate: Arc::new(gate),
                jobs: Jobs::default(),
                catalogue: Catalogue::load()?,
                store: Mutex::new(store),
                switches: Mutex::new(Switches {
                    repeated_transform: options.repeated_transform,
                    receive_overage: options.receive_overage,
                    closed_before: options.closed_before,
                }),
                requests: Mutex::default(),
                options,
                clock,
                ledger,
                faults,
            }),
        };
        if seeded {
            seed::load(&account)?;
        }
        Ok(account)
    }

    /// The account's HTTP interface under `/services/rest`, already behind its faults.
    pub fn router(&self) -> axum::Router {
        routes::router(self)
    }

    /// How to log in.
    pub fn credentials(&self) -> Credentials {
        self.inner.auth.credentials().clone()
    }

    /// A bearer token of an hour, for a client that does not log in.
    pub fn access_token(&self) -> String {
        self.inner.auth.issue(self.inner.clock.now())
    }

    /// Writes a record as an administrator would: by `id` or `externalId` in the body, else a new
    /// one; a sublist replaces the one before, unless its lines name existing ones by `line`. Also sets what the API computes itself, such as a
    /// line's `quantityFulfilled`. Answers the internal id; the error is NetSuite's text.
    pub fn put_record(&self, record: &str, body: Value) -> std::result::Result<String, String> {
        let written = self.write_trusted(record, body.clone());
        let kind = kinds::find(record).map_or(record, |kind| kind.name);
        let key = body.get("externalId").and_then(Value::as_str);
        let operation = format!("load {kind}");
        let (name, outcome) = match &written {
            Ok(id) => (Some(format!("{kind}:{id}")), "ok".to_owned()),
            Err(error) => (None, format!("refused: {}", error.detail)),
        };
        self.note(&operation, key, name.as_deref(), &outcome, &body);
        written.map(|id| id.to_string()).map_err(|error| error.detail)
    }

    /// A record as `GET …?expandSubResources=true` shows it, without links. `key` is an internal id
    /// or `eid:<external id>`.
    pub fn record(&self, record: &str, key: &str) -> Option<Value> {
        let kind = kinds::find(record)?;
        self.with(|ctx| {
            let id = ctx.locate(kind, &Key::parse(key)?).ok()??;
            let found = ctx.store.get(kind.store, id).ok()??;
            Renderer::new(&ctx, expanded()).record(kind, &found).ok()
        })
    }

    /// All records of a type by internal id; `item` is every kind of item.
    pub fn records(&self, record: &str) -> Vec<Value> {
        let any_item = record.eq_ignore_ascii_case("item");
        let name = if any_item { "inventoryItem" } else { record };
        let Some(kind) = kinds::find(name) else {
            return Vec::new();
        };
        self.with(|ctx| {
            let renderer = Renderer::new(&ctx, expanded());
            let all = ctx.store.all(kind.store).unwrap_or_default();
            all.iter()
                .filter(|found| any_item || is_of(kind, found))
                .filter_map(|found| renderer.record(kind, found).ok())
                .collect()
        })
    }

    /// Removes a record, whatever depends on it. The error says that there is none.
    pub fn delete_record(&self, record: &str, key: &str) -> std::result::Result<(), String> {
        let kind = kinds::find(record).ok_or_else(|| format!("record: there is no record type {record}"))?;
        let missing = || format!("there is no {} {key}", kind.name);
        let key = Key::parse(key).ok_or_else(missing)?;
        let id = self
            .with(|ctx| match ctx.locate(kind, &key)? {
                Some(id) => ctx.delete(kind, id, true).map(|()| Some(id)),
                None => Ok(None),
            })
            .map_err(|error| error.detail)?
            .ok_or_else(missing)?;
        let name = format!("{}:{id}", kind.name);
        let operation = format!("unload {}", kind.name);
        self.note(&operation, None, Some(&name), "ok", &Value::Null);
        Ok(())
    }

    /// Requests by operation, refused ones included.
    pub fn requests(&self) -> BTreeMap<String, u64> {
        let requests = self.inner.requests.lock();
        requests.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The highest number of simultaneous requests so far, those over the limit included.
    pub fn observed_concurrency(&self) -> u32 {
        self.inner.gate.highest()
    }

    /// Changes the account's concurrency limit.
    pub fn set_concurrency_limit(&self, limit: u32) {
        self.inner.gate.set_limit(limit);
    }

    /// Changes what happens above the concurrency limit.
    pub fn set_concurrency_disguise(&self, disguise: Disguise) {
        self.inner.gate.set_disguise(disguise);
    }

    /// Changes the time that every request takes at least.
    pub fn set_latency(&self, latency: Duration) {
        self.inner.gate.set_latency(latency);
    }

    /// Changes what a transform does whose external id is taken.
    pub fn set_repeated_transform(&self, repeated: RepeatedTransform) {
        self.switches().repeated_transform = repeated;
    }

    /// Changes whether a purchase may bring more than was ordered.
    pub fn set_receive_overage(&self, allowed: bool) {
        self.switches().receive_overage = allowed;
    }

    /// What receipts have brought of an item (by internal id) to a location.
    pub fn received(&self, item: i64, location: i64) -> Decimal {
        self.with(|ctx| ctx.received(item, location)).unwrap_or_default()
    }

    /// Closes the accounting periods before this day, or opens all.
    pub fn set_closed_before(&self, day: Option<Date>) {
        self.switches().closed_before = day;
    }

    /// Makes all bearer tokens invalid, as an administrator who revokes them.
    pub fn revoke_tokens(&self) {
        self.inner.auth.revoke();
    }

    fn switches(&self) -> MutexGuard<'_, Switches> {
        self.inner.switches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Store> {
        let store = self.inner.store.lock();
        store.unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs with the account's state. Nothing else happens in the account meanwhile.
    fn with<T>(&self, work: impl FnOnce(Context<'_>) -> T) -> T {
        let store = self.lock();
        work(Context {
            store: &store,
            catalogue: &self.inner.catalogue,
            options: &self.inner.options,
            switches: *self.switches(),
            now: self.inner.clock.now(),
        })
    }

    /// The same, with all changes undone on an error.
    fn write<T>(&self, work: impl FnOnce(&Context<'_>) -> Result<T>) -> Result<T> {
        self.with(|ctx| {
            let transaction = ctx.store.db.unchecked_transaction()?;
            let done = work(&ctx)?;
            transaction.commit()?;
            Ok(done)
        })
    }

    fn write_trusted(&self, record: &str, body: Value) -> Result<i64> {
        let kind = kinds::find(record).ok_or_else(|| ApiError::no_resource(&format!("record type {record}")))?;
        let Value::Object(body) = body else {
            return Err(ApiError::content("A record must be a JSON object.", ""));
        };
        let rules = Rules::trusted();
        self.write(|ctx| {
            let key = records::trusted_key(&body)?;
            let found = match &key {
                Some(key) => ctx.locate(kind, key)?,
                None => None,
            };
            let Some(id) = found else {
                return ctx.create(kind, &body, None, rules);
            };
            // Lines that are named by their numbers are changed; others replace the sublist.
            let replace: Vec<String> = body
                .keys()
                .filter(|name| !value::rows(&body, name).iter().all(|row| row.contains_key("line")))
                .cloned()
                .collect();
            ctx.update(kind, id, &body, &replace, rules)?;
            Ok(id)
        })
    }

    fn note(&self, operation: &str, key: Option<&str>, record: Option<&str>, result: &str, body: &Value) {
        let now = self.inner.clock.now();
        self.inner.ledger.append(now, Vendor::Netsuite, operation, key, record, result, body);
    }
}

fn expanded() -> View {
    View { expand: true, ..View::default() }
}

fn is_of(kind: &RecordType, record: &Object) -> bool {
    kind.item_type.is_none() || record.get("recordType") == Some(&json!(kind.name))
}
