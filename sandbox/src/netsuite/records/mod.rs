//! Reading and writing records by NetSuite's rules.

mod adjustment;
mod bill;
mod bill_lines;
mod bill_tax;
mod customer;
mod deposit;
mod finish;
mod fulfillment;
mod inbound;
mod inventory_detail;
mod links;
mod merge;
mod payment;
mod progress;
mod projection;
mod receipt;
mod reference;
pub(crate) mod render;
mod sales_order;
mod status;
mod tax;
pub(crate) mod transform;

pub(crate) use status::{status_name, type_name};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::error::{ApiError, Result};
use super::fields::{Catalogue, Kind};
use super::kinds::{self, RecordType};
use super::normalise::{Normaliser, Rules};
use super::stock;
use super::store::Store;
use super::value::{Object, text};
use super::{Options, Switches};

/// How a request names a record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Key {
    /// By internal id.
    Internal(i64),
    /// By external id, `eid:…`.
    External(String),
}

impl Key {
    /// Reads a decoded path segment.
    pub(crate) fn parse(segment: &str) -> Option<Key> {
        match segment.strip_prefix("eid:") {
            Some("") => None,
            Some(external) => Some(Key::External(external.to_owned())),
            None => segment.parse().ok().map(Key::Internal),
        }
    }
}

/// What every rule needs to know.
pub(crate) struct Context<'a> {
    pub(crate) store: &'a Store,
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) options: &'a Options,
    pub(crate) switches: Switches,
    pub(crate) now: Timestamp,
}

impl Context<'_> {
    /// The internal id behind a key. A transaction of another type is an error, as in NetSuite.
    pub(crate) fn locate(&self, kind: &RecordType, key: &Key) -> Result<Option<i64>> {
        let found = match key {
            Key::Internal(id) => self.store_of_id(kind, *id)?.map(|store| (store, *id)),
            Key::External(external) => self.store.find(kind.scope, external)?,
        };
        let Some((store, id)) = found else {
            return Ok(None);
        };
        if store != kind.store {
            return match kind.scope {
                "transaction" => Err(ApiError::other_transaction()),
                _ => Ok(None),
            };
        }
        if kind.item_type.is_some() {
            let item = self.store.get(kind.store, id)?.unwrap_or_default();
            return Ok((text(&item, "recordType") == Some(kind.name)).then_some(id));
        }
        Ok(Some(id))
    }

    fn store_of_id(&self, kind: &RecordType, id: i64) -> Result<Option<String>> {
        if self.store.exists(kind.store, id)? {
            return Ok(Some(kind.store.to_owned()));
        }
        for other in kinds::TYPES.iter().filter(|other| other.scope == kind.scope) {
            if other.store != kind.store && self.store.exists(other.store, id)? {
                return Ok(Some(other.store.to_owned()));
            }
        }
        Ok(None)
    }

    /// Creates a record and answers its internal id.
    pub(crate) fn create(&self, kind: &RecordType, body: &Object, external: Option<&str>, rules: Rules) -> Result<i64> {
        let given = match trusted_key(body)? {
            Some(Key::Internal(id)) if rules.trusted => Some(id),
            _ => None,
        };
        if kind.made_from_orders() && body.contains_key("createdFrom") {
            let order = self.fields(kind, body, rules)?;
            let order = super::value::reference(&order, "createdFrom").unwrap_or_default();
            let found = self.store.transaction(&Key::Internal(order))?;
            let origin = found.and_then(|(store, _)| kinds::find(store));
            let origin = origin.filter(|origin| transform::exists(origin, kind));
            let origin = origin.ok_or_else(|| ApiError::bad_reference("createdFrom", &json!(order.to_string())))?;
            return self.transform((origin, order), kind, body, rules, given);
        }
        let mut fields = self.fields(kind, body, rules)?;
        if let Some(external) = external {
            fields.insert("externalId".to_owned(), json!(external));
        }
        if kind.is_money() {
            self.dated(&mut fields, rules)?;
        }
        let id = self.new_id(kind, given)?;
        let record = merge::created(self.store, kind, fields)?;
        self.finish(kind, id, record, None)?;
        Ok(id)
    }

    fn new_id(&self, kind: &RecordType, given: Option<i64>) -> Result<i64> {
        match given {
            Some(id) => self.store.reserve(kind.scope, id).map(|()| id),
            None => self.store.next(kind.scope),
        }
    }

    /// Changes a record: fields are set, lines appended unless they name one or `replace` lists
    /// their sublist.
    pub(crate) fn update(
        &self,
        kind: &RecordType,
        id: i64,
        body: &Object,
        replace: &[String],
        rules: Rules,
    ) -> Result<()> {
        let fields = self.fields(kind, body, rules)?;
        let before = self.store.get(kind.store, id)?.unwrap_or_default();
        let mut base = before.clone();
        if !rules.trusted {
            self.may_change(kind, &before, &fields)?;
        }
        if kind.name == "salesOrder" {
            if !rules.trusted {
                sales_order::may_change(&before, &fields, replace)?;
            }
            tax::forget_replaced(&mut base, &fields, replace);
        }
        if kind.is_inbound() && !rules.trusted {
            inbound::may_change(&before, &fields, replace)?;
        }
        let record = merge::changed(self.store, kind, base, fields, replace)?;
        self.finish(kind, id, record, Some(&before))
    }

    /// Removes a record that nothing depends on.
    pub(crate) fn delete(&self, kind: &RecordType, id: i64, trusted: bool) -> Result<()> {
        let record = self.store.get(kind.store, id)?.unwrap_or_default();
        match kind.name {
            "salesOrder" => {
                if !trusted {
                    sales_order::may_go(self, id, &record)?;
                }
                stock::release(self, id, &record)?;
            }
            "purchaseOrder" | "transferOrder" if !trusted => inbound::may_go(self, id, &record)?,
            "customer" if !trusted => customer::may_go(self.store, id)?,
            _ => self.undo(kind, id, &record, trusted)?,
        }
        self.store.delete(kind, id)
    }

    fn fields(&self, kind: &RecordType, body: &Object, rules: Rules) -> Result<Object> {
        if !kind.writable() {
            return Ok(body.clone());
        }
        let normaliser = Normaliser { catalogue: self.catalogue, store: self.store, rules };
        let fields = normaliser.object(self.catalogue.schema(kind.name), body, "")?;
        if kind.name == "salesOrder" || kind.is_bill() {
            tax::style_allows(self.options.tax_style, &fields)?;
        }
        Ok(fields)
    }

    /// Checks that `?replace=` names sublists of the record.
    pub(crate) fn may_replace(&self, kind: &RecordType, replace: &[String]) -> Result<()> {
        let schema = self.catalogue.schema(kind.name);
        for name in replace {
            let field = schema.field(name);
            if !field.is_some_and(|field| matches!(field.kind, Kind::Sublist(_))) {
                return Err(ApiError::parameter(
                    "replace",
                    format!("Invalid value '{name}' of the query parameter 'replace'."),
                ));
            }
        }
        Ok(())
    }
}

pub(crate) fn sales_order_type() -> Result<&'static RecordType> {
    kinds::find("salesOrder").ok_or_else(ApiError::other_transaction)
}

/// How a body of the control API names its record.
pub(crate) fn trusted_key(body: &Object) -> Result<Option<Key>> {
    match (body.get("id"), text(body, "externalId")) {
        (Some(id), _) => {
            let id = match id {
                Value::String(text) => text.parse().ok(),
                other => other.as_i64(),
            };
            let id = id.filter(|id| *id > 0);
            let id = id.ok_or_else(|| ApiError::content("An id is a positive number.", "id"))?;
            Ok(Some(Key::Internal(id)))
        }
        (None, Some(external)) => Ok(Some(Key::External(external.to_owned()))),
        (None, None) => Ok(None),
    }
}

/// A value as text, for a column of the database.
pub(crate) fn column(record: &Object, name: &str) -> Option<String> {
    match record.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(super::value::letter(*flag).to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
