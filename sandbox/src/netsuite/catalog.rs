//! The metadata catalog: the account describes its own records, custom fields included.

use serde_json::{Map, Value, json};

use super::error::{ApiError, Result};
use super::fields::{Catalogue, Kind, Schema};
use super::kinds::{self, RecordType};

/// Media type of an OpenAPI answer.
pub(crate) const SWAGGER: &str = "application/swagger+json";

/// The list of record types.
pub(crate) fn list(base: &str) -> Value {
    let items: Vec<Value> = kinds::TYPES
        .iter()
        .map(|kind| {
            let href = format!("{base}/metadata-catalog/{}", kind.name.to_lowercase());
            json!({ "name": kind.name, "links": [{ "rel": "canonical", "href": href }] })
        })
        .collect();
    json!({ "items": items })
}

/// OpenAPI of the selected records: `salesorder,customer`.
pub(crate) fn openapi(catalogue: &Catalogue, select: &str, base: &str) -> Result<Value> {
    let mut schemas = Map::new();
    let mut paths = Map::new();
    for name in select.split(',').map(str::trim) {
        let kind = kinds::find(name)
            .ok_or_else(|| ApiError::parameter("select", format!("Record type '{name}' does not exist.")))?;
        for (name, schema) in catalogue.of(kind.name) {
            schemas.insert(name.to_owned(), object(schema));
            if name.ends_with("Element") {
                let collection = name.trim_end_matches("Element");
                schemas.insert(format!("{collection}Collection"), collection_of(name));
            }
        }
        add_paths(&mut paths, kind);
    }
    Ok(json!({
        "openapi": "3.0.1",
        "info": { "title": "NetSuite REST Record API", "version": "v1" },
        "servers": [{ "url": base }],
        "paths": paths,
        "components": { "schemas": schemas },
    }))
}

fn add_paths(paths: &mut Map<String, Value>, kind: &RecordType) {
    let name = kind.name;
    let operation = |verb: &str| json!({ "tags": [name], "summary": format!("{verb} {name}") });
    let mut one = json!({ "get": operation("Get") });
    let mut all = json!({ "get": operation("List") });
    if kind.writable() {
        for (method, verb) in [("patch", "Update"), ("delete", "Remove")] {
            one[method] = operation(verb);
        }
    }
    if kind.creatable() {
        one["put"] = operation("Upsert");
        all["post"] = operation("Insert");
    }
    paths.insert(format!("/{name}"), all);
    paths.insert(format!("/{name}/{{id}}"), one);
}

fn object(schema: &Schema) -> Value {
    let mut properties = Map::new();
    for field in schema.fields() {
        let mut property = property(&field.kind);
        property["title"] = json!(field.name);
        property["nullable"] = json!(true);
        if field.custom {
            property["x-ns-custom-field"] = json!(true);
        }
        properties.insert(field.name.clone(), property);
    }
    json!({ "type": "object", "properties": properties })
}

fn collection_of(element: &str) -> Value {
    json!({
        "type": "object",
        "properties": {
            "items": { "type": "array", "items": { "$ref": schema(element) } },
            "count": { "type": "integer", "format": "int64", "readOnly": true },
            "hasMore": { "type": "boolean", "readOnly": true },
            "offset": { "type": "integer", "format": "int64", "readOnly": true },
            "totalResults": { "type": "integer", "format": "int64", "readOnly": true },
        },
    })
}

fn schema(name: &str) -> String {
    format!("#/components/schemas/{name}")
}

fn property(kind: &Kind) -> Value {
    let choice = |ids: &[String]| {
        json!({ "type": "object", "properties": {
            "id": { "type": "string", "enum": ids }, "refName": { "type": "string" } } })
    };
    match kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Date => json!({ "type": "string", "format": "date" }),
        Kind::DateTime => json!({ "type": "string", "format": "date-time" }),
        Kind::Integer => json!({ "type": "integer", "format": "int64" }),
        Kind::Number => json!({ "type": "number", "format": "double" }),
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::Reference(target) => json!({ "type": "object", "x-ns-reference": target, "properties": {
            "id": { "type": "string" }, "externalId": { "type": "string" },
            "refName": { "type": "string" } } }),
        Kind::Choice(Some(ids)) => choice(ids),
        Kind::Choice(None) => json!({ "type": "object", "properties": {
            "id": { "type": "string" }, "refName": { "type": "string" } } }),
        Kind::Sublist(name) => {
            json!({ "$ref": schema(&format!("{}Collection", name.trim_end_matches("Element"))) })
        }
        Kind::Subrecord(name) => json!({ "$ref": schema(name) }),
        Kind::Other => json!({ "type": "object" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_described_with_its_custom_fields() {
        let catalogue = Catalogue::load().unwrap();
        let api = openapi(&catalogue, "salesorder", "http://x").unwrap();
        let schemas = &api["components"]["schemas"];
        let order = &schemas["salesOrder"]["properties"];
        assert_eq!(order["custbody_sent_to_3pl"]["type"], "boolean");
        assert_eq!(order["custbody_sent_to_3pl"]["x-ns-custom-field"], true);
        assert_eq!(order["tranDate"]["format"], "date");
        let line = &schemas["salesOrder-itemElement"]["properties"];
        assert_eq!(line["custcol_shopify_line_id"]["type"], "string");
        assert!(schemas.get("customer").is_none());
        assert!(openapi(&catalogue, "salesorder,nonsense", "http://x").is_err());
    }
}
