//! Records as `GET` answers them: names beside references, links, sublists on demand.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Context, Key, status_name};
use crate::netsuite::error::Result;
use crate::netsuite::fields::{Kind, Schema};
use crate::netsuite::kinds::{self, RecordType};
use crate::netsuite::value::{Object, text};

/// What of a record is wanted, and how.
#[derive(Clone, Debug, Default)]
pub(crate) struct View {
    /// Sublists and subrecords in full, not as links.
    pub(crate) expand: bool,
    /// Enumerations as plain ids.
    pub(crate) simple_enums: bool,
    /// Lower-case names of the wanted fields; empty for all.
    pub(crate) fields: Vec<String>,
    /// `http://host/services/rest/record/v1`; none leaves links out.
    pub(crate) base: Option<String>,
}

/// Renders records of one request.
pub(crate) struct Renderer<'a> {
    ctx: &'a Context<'a>,
    view: View,
    names: RefCell<BTreeMap<(&'static str, String), Option<String>>>,
}

impl<'a> Renderer<'a> {
    /// A renderer for one request.
    pub(crate) fn new(ctx: &'a Context<'a>, view: View) -> Renderer<'a> {
        Renderer { ctx, view, names: RefCell::default() }
    }

    /// `links` with one entry, `self`.
    pub(crate) fn links(&self, path: &str) -> Value {
        match &self.view.base {
            Some(base) => json!([{ "rel": "self", "href": format!("{base}/{path}") }]),
            None => json!([]),
        }
    }

    /// A whole record.
    pub(crate) fn record(&self, kind: &RecordType, record: &Object) -> Result<Value> {
        let path = format!("{}/{}", kind.name, text(record, "id").unwrap_or_default());
        let schema = self.ctx.catalogue.schema(kind.name);
        let mut shown = self.object(kind, schema, record, &path, &self.view.fields)?;
        shown.remove("recordType");
        Ok(Value::Object(shown))
    }

    /// One sublist or subrecord of a record; none if the record has no such field.
    pub(crate) fn part(&self, kind: &RecordType, record: &Object, name: &str) -> Result<Option<Value>> {
        let Some(field) = self.ctx.catalogue.schema(kind.name).field(name) else {
            return Ok(None);
        };
        let id = text(record, "id").unwrap_or_default();
        let path = format!("{}/{id}/{}", kind.name, field.name);
        let value = record.get(&field.name);
        match &field.kind {
            Kind::Sublist(schema) => Ok(Some(self.sublist(kind, schema, value, &path)?)),
            Kind::Subrecord(schema) => match value.and_then(Value::as_object) {
                Some(part) => {
                    let schema = self.ctx.catalogue.schema(schema);
                    Ok(Some(Value::Object(self.object(kind, schema, part, &path, &[])?)))
                }
                None => Ok(None),
            },
            _ => Ok(None),
        }
    }

    fn object(
        &self,
        of: &RecordType,
        schema: &Schema,
        object: &Object,
        path: &str,
        wanted: &[String],
    ) -> Result<Object> {
        let mut shown = Object::new();
        if self.view.base.is_some() {
            shown.insert("links".to_owned(), self.links(path));
        }
        for (name, value) in object {
            let lower = name.to_lowercase();
            let internal = name.starts_with('_');
            let unwanted = !wanted.is_empty() && lower != "id" && !wanted.contains(&lower);
            if internal || unwanted {
                continue;
            }
            let kind = schema.field(name).map(|field| &field.kind);
            let value = match kind {
                Some(Kind::Reference(target)) => self.reference(target, value)?,
                Some(Kind::Choice(_)) => self.choice(of, name, value),
                Some(Kind::Sublist(_) | Kind::Subrecord(_)) if !self.view.expand => {
                    json!({ "links": self.links(&format!("{path}/{name}")) })
                }
                Some(Kind::Sublist(schema)) => self.sublist(of, schema, Some(value), &format!("{path}/{name}"))?,
                Some(Kind::Subrecord(schema)) => match value.as_object() {
                    Some(part) => {
                        let schema = self.ctx.catalogue.schema(schema);
                        Value::Object(self.object(of, schema, part, &format!("{path}/{name}"), &[])?)
                    }
                    None => value.clone(),
                },
                _ => value.clone(),
            };
            shown.insert(name.clone(), value);
        }
        Ok(shown)
    }

    fn sublist(&self, of: &RecordType, schema: &str, value: Option<&Value>, path: &str) -> Result<Value> {
        let schema = self.ctx.catalogue.schema(schema);
        let rows = value
            .and_then(|sublist| sublist.get("items"))
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let mut items = Vec::with_capacity(rows.len());
        for (index, row) in rows.iter().enumerate() {
            let number = row.get("line").or_else(|| row.get("id"));
            let number = number.and_then(Value::as_u64).unwrap_or(index as u64 + 1);
            let path = format!("{path}/{number}");
            match row.as_object() {
                Some(row) if self.view.expand => {
                    items.push(Value::Object(self.object(of, schema, row, &path, &[])?));
                }
                _ => items.push(json!({ "links": self.links(&path) })),
            }
        }
        let count = items.len();
        Ok(json!({
            "links": self.links(path), "items": items,
            "count": count, "offset": 0, "hasMore": false, "totalResults": count,
        }))
    }

    fn choice(&self, of: &RecordType, name: &str, value: &Value) -> Value {
        let Some(id) = value.get("id").and_then(Value::as_str) else {
            return value.clone();
        };
        if self.view.simple_enums {
            return json!(id);
        }
        let label = match name {
            "status" | "orderStatus" | "shipStatus" => status_name(of.transaction_type().unwrap_or_default(), id),
            _ => id,
        };
        json!({ "id": id, "refName": label })
    }

    fn reference(&self, target: &str, value: &Value) -> Result<Value> {
        let Some(id) = value.get("id").and_then(Value::as_str) else {
            return Ok(value.clone());
        };
        let kind = match (target, id.parse()) {
            (kinds::ANY_TRANSACTION, Ok(number)) => {
                let found = self.ctx.store.transaction(&Key::Internal(number))?;
                found.and_then(|(store, _)| kinds::find(store))
            }
            _ => kinds::find(target),
        };
        let Some(kind) = kind else {
            return Ok(value.clone());
        };
        let mut shown = json!({ "id": id });
        if self.view.base.is_some() {
            shown["links"] = self.links(&format!("{}/{id}", kind.name));
        }
        if let Some(name) = self.name(kind, id)? {
            shown["refName"] = json!(name);
        }
        Ok(shown)
    }

    fn name(&self, kind: &'static RecordType, id: &str) -> Result<Option<String>> {
        let key = (kind.store, id.to_owned());
        if let Some(name) = self.names.borrow().get(&key) {
            return Ok(name.clone());
        }
        let record = match id.parse() {
            Ok(id) => self.ctx.store.get(kind.store, id)?,
            Err(_) => None,
        };
        let name = record.and_then(|record| {
            ["entityId", "itemId", "name", "tranId", "acctName", "inventoryNumber"]
                .iter()
                .find_map(|field| text(&record, field).map(str::to_owned))
        });
        self.names.borrow_mut().insert(key, name.clone());
        Ok(name)
    }
}
