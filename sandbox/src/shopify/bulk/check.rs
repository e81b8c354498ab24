//! What a query must look like to be run in bulk.

use apollo_compiler::ExecutableDocument;
use apollo_compiler::executable::{Field, SelectionSet};

use crate::shopify::document_errors;
use crate::shopify::schema::Version;

const LONGEST: usize = 65_535;
const MOST_CONNECTIONS: usize = 5;
const DEEPEST: usize = 2;

/// What is wrong with a query, in words that follow Shopify's.
pub(crate) fn check(version: &Version, query: &str) -> Result<(), String> {
    if query.len() > LONGEST {
        return Err(format!("Query is too long (maximum is {LONGEST} bytes)"));
    }
    let document = version.document(query).map_err(|invalid| {
        let errors = document_errors::errors(&invalid);
        let first = errors.first().and_then(|error| error["message"].as_str());
        format!("Invalid bulk query: {}", first.unwrap_or("it cannot be parsed"))
    })?;
    let operation = document.operations.get(None).map_err(|_| "Bulk queries must contain one operation.".to_owned())?;
    if !operation.is_query() {
        return Err("Bulk queries cannot be mutations.".to_owned());
    }
    let mut check = Check { document: &document, connections: 0 };
    let roots: Vec<_> = operation.selection_set.root_fields(&document).collect();
    if roots.iter().any(|root| matches!(root.name.as_str(), "node" | "nodes")) {
        return Err("Bulk queries cannot contain the top-level `node` or `nodes` field.".to_owned());
    }
    check.fields(&operation.selection_set, 0)?;
    match (check.connections, &roots[..]) {
        (0, _) => Err("Bulk queries must contain at least one connection.".to_owned()),
        (1..=MOST_CONNECTIONS, [root]) if is_connection(root) => Ok(()),
        (1..=MOST_CONNECTIONS, _) => {
            // Shopify takes others too; nobody here asks for them.
            Err("The sandbox runs bulk queries of one top-level connection only.".to_owned())
        }
        _ => Err(format!("Bulk queries cannot contain more than {MOST_CONNECTIONS} connections.")),
    }
}

fn is_connection(field: &Field) -> bool {
    field.ty().inner_named_type().ends_with("Connection")
}

struct Check<'a> {
    document: &'a ExecutableDocument,
    connections: usize,
}

impl Check<'_> {
    /// Checks the fields below `depth` connections.
    fn fields(&mut self, set: &SelectionSet, depth: usize) -> Result<(), String> {
        for field in set.root_fields(self.document) {
            if is_connection(field) {
                self.connection(field, set, depth + 1)?;
            } else {
                self.fields(&field.selection_set, depth)?;
            }
        }
        Ok(())
    }

    fn connection(&mut self, field: &Field, holder: &SelectionSet, depth: usize) -> Result<(), String> {
        self.connections += 1;
        if depth > DEEPEST {
            return Err(format!(
                "Bulk queries cannot contain connections with a nesting depth greater than {DEEPEST}."
            ));
        }
        if depth > 1 && !holder.root_fields(self.document).any(|one| one.name == "id" && one.alias.is_none()) {
            return Err(format!(
                "The parent 'node' field for a nested connection must select the 'id' field without an alias. \
                 Connection fields without 'id': {}.",
                field.name
            ));
        }
        let mut nodes = 0;
        for part in field.selection_set.root_fields(self.document) {
            match part.name.as_str() {
                "nodes" => {
                    return Err(format!("Bulk queries must use `edges` and `node`, not `nodes`, in `{}`.", field.name));
                }
                "edges" => {
                    let nodes_of = part.selection_set.root_fields(self.document).filter(|edge| edge.name == "node");
                    for node in nodes_of {
                        nodes += 1;
                        self.fields(&node.selection_set, depth)?;
                    }
                }
                _ => {}
            }
        }
        if nodes == 0 {
            Err(format!("Bulk queries must select `edges {{ node }}` in `{}`.", field.name))
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shopify::schema;

    #[test]
    fn only_what_can_be_laid_down_in_lines_is_run() {
        let version = schema::version("2026-10").unwrap().unwrap();
        let levels = "inventoryLevels { edges { node { id location { id } } } }";
        let good = format!("query E {{ inventoryItems {{ edges {{ node {{ id sku {levels} }} }} }} }}");
        assert_eq!(check(version, &good), Ok(()));
        for (query, told) in [
            ("{ nothing }".to_owned(), "Field 'nothing' doesn't exist"),
            ("{ shop { name } }".to_owned(), "at least one connection"),
            ("{ inventoryItems { nodes { id } } }".to_owned(), "not `nodes`"),
            ("{ inventoryItems { pageInfo { hasNextPage } } }".to_owned(), "must select `edges { node }`"),
            (format!("{{ inventoryItems {{ edges {{ node {{ sku {levels} }} }} }} }}"), "must select the 'id' field"),
            ("{ nodes(ids: []) { id } }".to_owned(), "top-level `node`"),
            (
                "{ products { edges { node { id variants { edges { node { id product { id variants { edges { node { id } } } } } } } } } } }"
                    .to_owned(),
                "nesting depth greater than 2",
            ),
            ("mutation { tagsAdd(id: \"x\", tags: []) { node { id } } }".to_owned(), "cannot be mutations"),
            (format!("# {}\n{good}", "x".repeat(LONGEST)), "too long"),
        ] {
            let error = check(version, &query).unwrap_err();
            assert!(error.contains(told), "{query}: {error}");
        }
        let many = (0..6).map(|place| format!("a{place}: orders {{ edges {{ node {{ id }} }} }} ")).collect::<String>();
        assert!(check(version, &format!("{{ {many} }}")).unwrap_err().contains("more than 5 connections"));
    }
}
