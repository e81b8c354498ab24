//! Every document is valid against every schema that we can lay hands on.
#![cfg(test)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use flate2::read::GzDecoder;

const VERSIONS: [&str; 2] = ["2026-07", "2026-10"];

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn documents() -> BTreeMap<String, String> {
    let files = fs::read_dir(here().join("graphql")).unwrap().map(|entry| entry.unwrap().path());
    files
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap()))
        .collect()
}

fn unpacked(path: &Path) -> String {
    let mut text = String::new();
    GzDecoder::new(fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    text
}

/// The slices, and the full schemas where they lie beside the checkout.
fn schemas() -> Vec<(PathBuf, Valid<Schema>)> {
    let root = here().join("../..");
    let mut schemas = Vec::new();
    for version in VERSIONS {
        let slice = root.join(format!("schema/{version}.graphql"));
        let text = fs::read_to_string(&slice).unwrap();
        schemas.push((slice, text));
        let full = root.join(format!("../shared/shopify/admin_{version}.graphql.gz"));
        if full.exists() {
            let text = unpacked(&full);
            schemas.push((full, text));
        }
    }
    let parsed = schemas.into_iter().map(|(path, text)| {
        let schema = Schema::parse_and_validate(text, &path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        (path, schema)
    });
    parsed.collect()
}

fn complaints(schema: &Valid<Schema>, name: &str, document: &str) -> Option<String> {
    ExecutableDocument::parse_and_validate(schema, document, name).err().map(|invalid| invalid.errors.to_string())
}

#[test]
fn every_document_is_valid_and_holds_one_operation_of_its_name() {
    let schemas = schemas();
    assert!(documents().len() >= 27);
    for (name, document) in documents() {
        for (path, schema) in &schemas {
            if let Some(complaints) = complaints(schema, &name, &document) {
                panic!("{name} against {}:\n{complaints}", path.display());
            }
        }
        let parsed = ExecutableDocument::parse(&schemas[0].1, &document, &name).unwrap();
        let operations: Vec<_> = parsed.operations.iter().map(|one| one.name.as_deref().unwrap_or("")).collect();
        assert_eq!(operations, [name.as_str()]);
    }
}

#[test]
fn what_the_compiler_lets_pass_is_refused_here() {
    let documents = documents();
    for (name, right, wrong) in [
        ("OrdersUpdated", "first: 250", "frist: 250"),
        ("Order", "currentQuantity", "currentQuantitee"),
        ("TagsAdd", "message", "message code"),
        ("OrdersUpdated", "sortKey: UPDATED_AT", "sortKey: UPDATED"),
        ("Order", "linesAfter: String,", "linesAfter: Int,"),
        ("FulfillmentView", "remainingQuantity", "remaining"),
        ("FulfillmentCreate", "fulfillment: $fulfillment", "input: $fulfillment"),
        ("InventorySetQuantities", "@idempotent(key: $key)", "@idempotent"),
        ("InventoryExport", "requiresComponents", "requiresComponent"),
        ("BulkOperationRunQuery", "groupObjects: true", "groupObjects: 1"),
        ("Payments", "transactions(first: 250)", "transactions(first: 250, after: null)"),
    ] {
        let document = documents[name].replacen(right, wrong, 1);
        assert_ne!(document, documents[name], "{right} is not in {name}");
        for (path, schema) in schemas() {
            assert!(complaints(&schema, name, &document).is_some(), "{wrong} passes in {}", path.display());
        }
    }
}
