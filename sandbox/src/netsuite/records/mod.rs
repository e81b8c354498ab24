//! Reading and writing records by NetSuite's rules.

mod customer;
mod merge;
mod projection;
mod reference;
pub(crate) mod render;
mod sales_order;
mod tax;

pub(crate) use sales_order::status_name;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Options;
use super::error::{ApiError, Result};
use super::fields::{Catalogue, Kind};
use super::kinds::{self, RecordType};
use super::normalise::{Normaliser, Rules};
use super::store::Store;
use super::value::{Object, text};

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
        let mut fields = self.fields(kind, body, rules)?;
        if let Some(external) = external {
            fields.insert("externalId".to_owned(), json!(external));
        }
        let given = if rules.trusted { trusted_key(body)? } else { None };
        let id = match given {
            Some(Key::Internal(id)) => {
                self.store.reserve(kind.scope, id)?;
                id
            }
            _ => self.store.next(kind.scope)?,
        };
        let record = merge::created(self.store, kind, fields)?;
        self.finish(kind, id, record, None)?;
        Ok(id)
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
        if kind.name == "salesOrder" {
            if !rules.trusted {
                sales_order::may_change(&before, &fields, replace)?;
            }
            tax::forget_replaced(&mut base, &fields, replace);
        }
        let record = merge::changed(self.store, kind, base, fields, replace)?;
        self.finish(kind, id, record, Some(&before))
    }

    /// Removes a record that nothing depends on.
    pub(crate) fn delete(&self, kind: &RecordType, id: i64, trusted: bool) -> Result<()> {
        if !trusted {
            match kind.name {
                "salesOrder" => {
                    let order = self.store.get(kind.store, id)?.unwrap_or_default();
                    sales_order::may_go(&order)?;
                }
                "customer" => customer::may_go(self.store, id)?,
                _ => {}
            }
        }
        self.store.delete(kind, id)
    }

    fn fields(&self, kind: &RecordType, body: &Object, rules: Rules) -> Result<Object> {
        if !kind.writable() {
            return Ok(body.clone());
        }
        let normaliser = Normaliser { catalogue: self.catalogue, store: self.store, rules };
        let fields = normaliser.object(self.catalogue.schema(kind.name), body, "")?;
        if kind.name == "salesOrder" {
            tax::style_allows(self.options.tax_style, &fields)?;
        }
        Ok(fields)
    }

    fn finish(&self, kind: &RecordType, id: i64, mut record: Object, before: Option<&Object>) -> Result<()> {
        let old_key = before.and_then(|before| text(before, "externalId"));
        if let Some(external) = text(&record, "externalId")
            && old_key != Some(external)
        {
            self.may_use_key(kind, id, external)?;
        }
        // NetSuite's times have whole seconds.
        record.insert("id".to_owned(), json!(id.to_string()));
        let now = Timestamp::from_second(self.now.as_second()).unwrap_or(self.now);
        record.insert("lastModifiedDate".to_owned(), json!(now.to_string()));
        match kind.name {
            "salesOrder" => sales_order::finish(self, id, &mut record, before)?,
            "customer" => customer::finish(self, id, &mut record)?,
            _ => reference::finish(kind, &mut record),
        }
        self.store.put(kind, id, &record)?;
        match kind.name {
            "salesOrder" => projection::project(self, id, &record),
            "customer" => customer::project(self.store, id, &record),
            _ => reference::project(self.store, kind, id, &record),
        }
    }

    /// External ids have few characters and are unique, across all types of transaction.
    fn may_use_key(&self, kind: &RecordType, id: i64, external: &str) -> Result<()> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if external.is_empty() || external.len() > 255 || !external.chars().all(allowed) {
            return Err(ApiError::content(
                "Invalid external ID. Use letters, digits, underscores and hyphens only.",
                "externalId",
            ));
        }
        match self.store.find(kind.scope, external)? {
            Some((store, owner)) if (store.as_str(), owner) != (kind.store, id) => {
                Err(ApiError::user(match kind.name {
                    "customer" => "This entity already exists.",
                    _ => "This record already exists.",
                }))
            }
            _ => Ok(()),
        }
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
fn column(record: &Object, name: &str) -> Option<String> {
    match record.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(super::value::letter(*flag).to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
