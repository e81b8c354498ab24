//! The API versions that the sandbox speaks, each with its slice of Shopify's schema.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use apollo_compiler::validation::{Valid, WithErrors};
use apollo_compiler::{ExecutableDocument, Schema};

/// Distinct documents that are kept checked; a client has a handful.
const KEPT_DOCUMENTS: usize = 256;

/// One API version.
pub(crate) struct Version {
    pub name: &'static str,
    pub schema: Valid<Schema>,
    checked: Mutex<HashMap<String, Arc<Valid<ExecutableDocument>>>>,
}

static V2026_07: OnceLock<Result<Version, String>> = OnceLock::new();
static V2026_10: OnceLock<Result<Version, String>> = OnceLock::new();

/// The newest version, under which webhooks are delivered.
pub(crate) const NEWEST: &str = "2026-10";

/// The version of that name: `None` where Shopify would answer 404.
pub(crate) fn version(name: &str) -> Option<Result<&'static Version, String>> {
    let (cell, name, source) = match name {
        "2026-07" => (&V2026_07, "2026-07", include_str!("../../../schema/2026-07.graphql")),
        "2026-10" => (&V2026_10, "2026-10", include_str!("../../../schema/2026-10.graphql")),
        _ => return None,
    };
    let version = cell.get_or_init(|| Version::parse(name, source));
    Some(version.as_ref().map_err(Clone::clone))
}

impl Version {
    fn parse(name: &'static str, source: &str) -> Result<Version, String> {
        let schema = Schema::parse_and_validate(source, format!("{name}.graphql"))
            .map_err(|invalid| format!("schema {name} is invalid: {}", invalid.errors))?;
        Ok(Version { name, schema, checked: Mutex::new(HashMap::new()) })
    }

    /// Parses and validates a document; a good one is remembered.
    pub(crate) fn document(
        &self,
        source: &str,
    ) -> Result<Arc<Valid<ExecutableDocument>>, Box<WithErrors<ExecutableDocument>>> {
        let mut checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(document) = checked.get(source) {
            return Ok(document.clone());
        }
        let document = ExecutableDocument::parse_and_validate(&self.schema, source, "query").map_err(Box::new)?;
        let document = Arc::new(document);
        if checked.len() >= KEPT_DOCUMENTS {
            checked.clear();
        }
        checked.insert(source.to_owned(), document.clone());
        Ok(document)
    }
}

/// The root fields of a document joined by commas, as fault rules name an operation.
pub(crate) fn operation_name(source: &str, wanted: Option<&str>) -> String {
    use apollo_compiler::ast::{Definition, Document, Selection};
    let document = match Document::parse(source, "query") {
        Ok(document) => document,
        Err(broken) => broken.partial,
    };
    let mut names = Vec::new();
    for definition in &document.definitions {
        let Definition::OperationDefinition(operation) = definition else {
            continue;
        };
        if wanted.is_some() && operation.name.as_ref().map(|name| name.as_str()) != wanted {
            continue;
        }
        for selection in &operation.selection_set {
            if let Selection::Field(field) = selection {
                names.push(field.name.to_string());
            }
        }
    }
    names.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_are_valid_schemas() {
        for name in ["2026-07", "2026-10"] {
            if let Err(error) = version(name).unwrap() {
                panic!("{error}");
            }
        }
        assert!(version("2019-04").is_none());
    }

    #[test]
    fn operations_are_named_by_their_root_fields() {
        let name = operation_name("query A { order(id: 1) { id } shop { name } }", None);
        assert_eq!(name, "order,shop");
    }
}
