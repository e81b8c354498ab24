//! DCL Logistics' stand-in: the eFactory REST API over a warehouse that works.
//!
//! [`Dcl`] is one account at the warehouse with its state. It is served by [`Dcl::router`], behind the faults
//! that it was given, and worked on directly by tests and by the control API.
//!
//! | address under `/api/v1` or `/api/sandbox` | |
//! |---|---|
//! | `POST batches` | 1 to 1000 new orders; with `allow_partial` each stands alone, without it one bad order refuses all |
//! | `GET orders` | by status, numbers, received, shipped and modified dates, stage; `fields`, `page`, `page_size` |
//! | `POST po_notifications` | goods on their way |
//! | `GET po_receipts` | what came in, by number, references, items and days |
//! | `GET items` | stock |
//!
//! Everything asks for HTTP Basic. A read that is asked wrongly is a 400 that names the parameter.
//!
//! What the vendor does not document is a choice of [`Options`], the hardest for a client by default (a repeated
//! order number makes a second order, cancelled orders hide, `modified_at` has no offset), or is marked as
//! inferred where it is decided: error codes and texts, the required fields of an address, `filter`'s spaces.

mod automatic;
mod check;
mod error;
mod fields;
mod items;
mod list;
mod notifications;
mod options;
mod order;
mod receipts;
mod routes;
mod stage;
mod state;
mod submit;
#[cfg(test)]
mod tests;
mod time;
mod warehouse;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use tokio::sync::Notify;
use uuid::Uuid;

pub use options::{
    Arrival, Arrived, Carton, Item, Options, Packed, RepeatedOrderNumber, RepeatedReference, Shipment, UnaskedStatus,
    Warehouse,
};

use crate::catalogue;
use crate::clock::Clock;
use crate::faults::Faults;
use crate::ledger::{Ledger, Vendor};
use check::Rules;
use order::{Draft, Order};
use state::State;

/// How to log in. Made anew at each start. Serialized it shows its secret: the control API hands it out.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    /// The eFactory user.
    pub username: String,
    /// Its password.
    #[serde(serialize_with = "exposed")]
    pub password: SecretString,
    /// The account that the login owns.
    pub account_number: String,
}

fn exposed<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

/// What cannot be done in the warehouse.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No order has this number.
    #[error("there is no order {0}")]
    NoOrder(String),
    /// No purchase order has this number.
    #[error("there is no purchase order {0}")]
    NoNotification(u64),
    /// It is not possible, or not well said.
    #[error("{field}: {message}")]
    Bad {
        /// The field that is why.
        field: String,
        /// What is wrong with it.
        message: String,
    },
}

impl Refused {
    fn bad(field: &str, message: impl Into<String>) -> Refused {
        Refused::Bad { field: field.to_owned(), message: message.into() }
    }
}

/// One account at the warehouse. Clones share its state.
#[derive(Clone)]
pub struct Dcl {
    inner: Arc<Inner>,
}

struct Inner {
    options: Options,
    clock: Clock,
    ledger: Ledger,
    faults: Faults,
    credentials: Credentials,
    state: Mutex<State>,
    requests: Mutex<BTreeMap<String, u64>>,
    /// Wakes the automatic warehouse.
    changed: Notify,
}

impl Dcl {
    /// A new account, with the catalogue's goods unless switched off.
    ///
    /// Fails when the catalogue that the crate carries is broken.
    pub fn new(options: Options, clock: Clock, ledger: Ledger, faults: Faults) -> anyhow::Result<Dcl> {
        let mut state = State { warehouse: options.warehouse, ..State::default() };
        if options.catalogue {
            for item in catalogue::items()?.into_iter().filter(|item| item.requires_shipping) {
                state.items.insert(item.sku.clone(), Item::new(item.sku, item.title, options.stock));
            }
        }
        let credentials = Credentials {
            username: "sandbox".to_owned(),
            password: Uuid::new_v4().to_string().into(),
            account_number: options.account_number.clone(),
        };
        let inner = Inner {
            options,
            clock,
            ledger,
            faults,
            credentials,
            state: Mutex::new(state),
            requests: Mutex::default(),
            changed: Notify::new(),
        };
        Ok(Dcl { inner: Arc::new(inner) })
    }

    /// The HTTP interface under `/api/v1` and `/api/sandbox`, already behind its faults.
    pub fn router(&self) -> axum::Router {
        routes::router(self)
    }

    /// How to log in.
    pub fn credentials(&self) -> Credentials {
        self.inner.credentials.clone()
    }

    /// Requests by operation, refused ones included.
    pub fn requests(&self) -> BTreeMap<String, u64> {
        self.inner.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All orders in the order in which they came, as `GET orders?extended_date=true` tells them; each line
    /// tells its `ordered_quantity` besides.
    pub fn orders(&self) -> Vec<Value> {
        self.lock().orders.iter().map(|order| self.shown(order)).collect()
    }

    /// The order of this number, in the same shape. Where it came twice, the oldest that is open, else the
    /// oldest.
    pub fn order(&self, number: &str) -> Option<Value> {
        let state = self.lock();
        state.orders.get(state.position(number)?).map(|order| self.shown(order))
    }

    /// Loads an order that is not ours, such as one that came by EDI. The body is one of `POST batches`, of which
    /// only `order_number` and lines with `item_number` and `quantity` must be there; `order_type` (EDI) and
    /// `order_stage` (10) may be. Any account and any item will do.
    pub fn put_order(&self, order: Value) -> Result<(), Refused> {
        let wrong = |problem: error::Problem| {
            let (field, message) = problem.message.split_once(' ').unwrap_or(("order", &problem.message));
            Refused::bad(field, message)
        };
        let order = check::completed(order, &self.inner.options.account_number).map_err(wrong)?;
        let stage = order.get("order_stage").and_then(Value::as_i64).unwrap_or(stage::RECEIVED);
        if stage::description(stage).is_none() {
            return Err(Refused::bad("order_stage", format!("{stage} is no stage of DCL's")));
        }
        let mut state = self.lock();
        let options = &self.inner.options;
        let draft = Rules { options, items: &state.items, trusted: true }.order(&order).map_err(wrong)?;
        let number = draft.number.clone();
        let id = self.accept(&mut state, draft);
        if let Some(order) = state.orders.last_mut() {
            order.stage = stage;
        }
        drop(state);
        self.note("load order", Some(&number), Some(&format!("order:{id}")), "ok", &order);
        Ok(())
    }

    /// Adds an item, or replaces it with its stock.
    pub fn put_item(&self, item: Item) {
        self.lock().items.insert(item.item_number.clone(), item);
    }

    fn shown(&self, order: &Order) -> Value {
        let mut shown = Value::Object(order.told(&self.inner.options, true));
        for (index, line) in order.lines.iter().enumerate() {
            shown["lines"][index]["ordered_quantity"] = json!(line.ordered);
        }
        shown
    }

    fn accept(&self, state: &mut State, draft: Draft) -> usize {
        let now = time::told(self.inner.clock.now());
        let id = state.orders.len() + 1;
        let Draft { number, header, lines } = draft;
        state.add(Order {
            id: id as u64,
            number,
            stage: stage::RECEIVED,
            header,
            lines,
            shipments: Vec::new(),
            received_at: now,
            modified_at: now,
        });
        self.inner.changed.notify_one();
        id
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, operation: &str, key: Option<&str>, record: Option<&str>, result: &str, body: &Value) {
        let now = self.inner.clock.now();
        self.inner.ledger.append(now, Vendor::Dcl, operation, key, record, result, body);
    }
}
