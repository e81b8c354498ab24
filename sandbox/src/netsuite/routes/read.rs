//! `GET` of records, their parts and their lists.

use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Call;
use crate::netsuite::error::{ApiError, Result};
use crate::netsuite::filter::Filter;
use crate::netsuite::is_of;
use crate::netsuite::kinds::RecordType;
use crate::netsuite::records::Key;
use crate::netsuite::records::render::{Renderer, View};
use crate::netsuite::suiteql::{self, Page};
use crate::netsuite::value::text;

impl Call<'_> {
    pub(super) fn get(&self, kind: &'static RecordType, key: &Key) -> Result<Response> {
        let view = self.view()?;
        self.account.with(|ctx| {
            for name in &view.fields {
                let schema = ctx.catalogue.schema(kind.name);
                if schema.strict && schema.field(name).is_none() {
                    return Err(ApiError::parameter(
                        "fields",
                        format!("Invalid value '{name}' of the query parameter 'fields'."),
                    ));
                }
            }
            let found = match ctx.locate(kind, key)? {
                Some(id) => ctx.store.get(kind.store, id)?,
                None => None,
            };
            let found = found.ok_or_else(|| ApiError::no_record(self.parts.uri.path()))?;
            let shown = Renderer::new(&ctx, view).record(kind, &found)?;
            Ok(axum::Json(shown).into_response())
        })
    }

    pub(super) fn part(
        &self,
        kind: &'static RecordType,
        key: &str,
        part: &str,
        line: Option<&str>,
    ) -> Result<Response> {
        let missing = || ApiError::no_record(self.parts.uri.path());
        let key = Key::parse(key).ok_or_else(missing)?;
        let view = View { expand: line.is_some() || self.flag("expandSubResources")?, ..self.view()? };
        self.account.with(|ctx| {
            let id = ctx.locate(kind, &key)?.ok_or_else(missing)?;
            let found = ctx.store.get(kind.store, id)?.ok_or_else(missing)?;
            let shown = Renderer::new(&ctx, view).part(kind, &found, part)?;
            let shown = shown.ok_or_else(missing)?;
            let Some(line) = line else {
                return Ok(axum::Json(shown).into_response());
            };
            let named = |row: &&Value| {
                let number = row.get("line").or_else(|| row.get("id"));
                number.and_then(Value::as_i64) == line.parse().ok()
            };
            let rows = shown.get("items").and_then(Value::as_array);
            let row = rows.and_then(|rows| rows.iter().find(named));
            Ok(axum::Json(row.ok_or_else(missing)?).into_response())
        })
    }

    pub(super) fn list(&self, kind: &'static RecordType) -> Result<Response> {
        let page = Page::read(&self.query)?;
        let filter = match self.parameter("q") {
            Some(q) => Filter::parse(q)?,
            None => Filter::default(),
        };
        let base = self.base();
        self.account.with(|ctx| {
            let mut items = Vec::new();
            let mut total = 0;
            for found in ctx.store.all(kind.store)? {
                if !is_of(kind, &found) || !filter.accepts(&found) {
                    continue;
                }
                if total >= page.offset && items.len() < page.limit {
                    let id = text(&found, "id").unwrap_or_default();
                    let href = format!("{base}/{}/{id}", kind.name);
                    items.push(json!({ "links": [{ "rel": "self", "href": href }], "id": id }));
                }
                total += 1;
            }
            let url = format!("{base}/{}", kind.name);
            Ok(axum::Json(suiteql::answer(&items, total, page, &url)).into_response())
        })
    }

    fn view(&self) -> Result<View> {
        Ok(View {
            expand: self.flag("expandSubResources")?,
            simple_enums: self.flag("simpleEnumFormat")?,
            fields: self
                .parameter("fields")
                .unwrap_or_default()
                .split(',')
                .map(|name| name.trim().to_lowercase())
                .filter(|name| !name.is_empty())
                .collect(),
            base: Some(self.base()),
        })
    }
}
