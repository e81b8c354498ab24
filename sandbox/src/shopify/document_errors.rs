//! What is wrong with a document, in the words of graphql-ruby, which Shopify runs.

use apollo_compiler::ExecutableDocument;
use apollo_compiler::validation::{DiagnosticList, WithErrors};
use serde_json::{Value, json};

/// The `errors` of a document that does not parse or is not valid.
pub(crate) fn errors(invalid: &WithErrors<ExecutableDocument>) -> Vec<Value> {
    let list: &DiagnosticList = &invalid.errors;
    let names: Vec<Option<&str>> = list.iter().map(|diagnostic| diagnostic.error.unstable_error_name()).collect();
    // What does not parse is not validated, and a selection of unknown fields only is not empty.
    let any_syntax = names.contains(&None);
    let any_unknown = names.contains(&Some("UndefinedField"));
    let is_echo =
        |name: Option<&str>| (any_syntax && name.is_some()) || (any_unknown && name == Some("MissingSubselection"));
    list.iter()
        .filter(|diagnostic| !is_echo(diagnostic.error.unstable_error_name()))
        .map(|diagnostic| {
            let told = diagnostic.unstable_to_json_compat();
            let name = diagnostic.error.unstable_error_name();
            let said = diagnostic.error.to_string();
            let Explained { message, extensions } = explain(name, &said, &told.message);
            let locations: Vec<Value> =
                told.locations.iter().map(|at| json!({"line": at.line, "column": at.column})).collect();
            json!({"message": message, "locations": locations, "extensions": extensions})
        })
        .collect()
}

struct Explained {
    message: String,
    extensions: Value,
}

/// Turns the validator's finding into graphql-ruby's.
///
/// `said` is the validator's own text, whose names stand in back quotes; `compatible` is the same in
/// graphql-js's words, used where graphql-ruby's are not known.
fn explain(name: Option<&str>, said: &str, compatible: &str) -> Explained {
    let names = quoted(said);
    let at = |index: usize| names.get(index).copied().unwrap_or_default();
    let explained = |message: String, extensions: Value| Explained { message, extensions };
    match name {
        None => explained(format!("syntax error: {said}"), json!({"code": "PARSE_ERROR"})),
        Some("UndefinedField") => {
            let (type_name, field) = (at(0), at(1));
            explained(
                format!("Field '{field}' doesn't exist on type '{type_name}'"),
                json!({"code": "undefinedField", "typeName": type_name, "fieldName": field}),
            )
        }
        Some("UndefinedArgument") => {
            let (argument, owner) = (at(0), coordinate(at(1)));
            explained(
                format!("{} '{}' doesn't accept argument '{argument}'", owner.kind, owner.name),
                json!({
                    "code": "argumentNotAccepted", "name": owner.name,
                    "typeName": owner.kind, "argumentName": argument
                }),
            )
        }
        Some("RequiredArgument") => {
            let owner = coordinate(at(0));
            let argument = argument_of(at(0));
            explained(
                format!("{} '{}' is missing required arguments: {argument}", owner.kind, owner.name),
                json!({
                    "code": "missingRequiredArguments", "className": owner.kind,
                    "name": owner.name, "arguments": argument
                }),
            )
        }
        Some("RequiredField") => {
            let (input, field) = at(0).split_once('.').unwrap_or((at(0), ""));
            explained(
                format!("Argument '{field}' on InputObject '{input}' is required."),
                json!({
                    "code": "missingRequiredInputObjectAttribute", "argumentName": field,
                    "inputObjectType": input
                }),
            )
        }
        Some("UndefinedInputValue") => {
            let (field, input) = (at(0), at(1));
            explained(
                format!("InputObject '{input}' doesn't accept argument '{field}'"),
                json!({
                    "code": "argumentNotAccepted", "name": input,
                    "typeName": "InputObject", "argumentName": field
                }),
            )
        }
        Some("MissingSubselection") => {
            explained("Field must have selections".to_owned(), json!({"code": "selectionMismatch"}))
        }
        Some("SubselectionOnScalarType" | "SubselectionOnEnumType") => {
            let type_name = at(0);
            explained(
                format!("Selections can't be made on scalars (field returns {type_name})"),
                json!({"code": "selectionMismatch", "typeName": type_name}),
            )
        }
        Some("UnusedVariable") => {
            let variable = at(0).trim_start_matches('$');
            explained(
                format!("Variable ${variable} is declared but not used"),
                json!({"code": "variableNotUsed", "variableName": variable}),
            )
        }
        Some("UndefinedVariable") => {
            let variable = at(0).trim_start_matches('$');
            explained(
                format!("Variable ${variable} is used but not declared"),
                json!({"code": "variableNotDefined", "variableName": variable}),
            )
        }
        Some("UndefinedDirective") => {
            let directive = at(0).trim_start_matches('@');
            explained(
                format!("Directive @{directive} is not defined"),
                json!({"code": "undefinedDirective", "directiveName": directive}),
            )
        }
        Some(
            "UndefinedDefinition"
            | "UndefinedTypeInNamedFragmentTypeCondition"
            | "UndefinedTypeInInlineFragmentTypeCondition",
        ) => {
            let type_name = at(0);
            explained(
                format!("No such type {type_name}, so it can't be used"),
                json!({"code": "undefinedType", "typeName": type_name}),
            )
        }
        Some(
            "UnsupportedValueType"
            | "UndefinedEnumValue"
            | "IntCoercionError"
            | "FloatCoercionError"
            | "DisallowedVariableUsage",
        ) => {
            let code = if name == Some("DisallowedVariableUsage") {
                "variableMismatch"
            } else {
                "argumentLiteralsIncompatible"
            };
            explained(compatible.to_owned(), json!({"code": code}))
        }
        Some(other) => explained(compatible.to_owned(), json!({"code": camel(other)})),
    }
}

/// The words in back quotes.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

struct Owner {
    kind: &'static str,
    name: String,
}

/// What owns an argument: `Order.lineItems(first:)`, `QueryRoot.order` or `@include(if:)`.
fn coordinate(text: &str) -> Owner {
    let path = text.split('(').next().unwrap_or_default();
    match path.strip_prefix('@') {
        Some(directive) => Owner { kind: "Directive", name: directive.to_owned() },
        None => Owner { kind: "Field", name: path.rsplit('.').next().unwrap_or_default().to_owned() },
    }
}

/// `first` of `Order.lineItems(first:)`.
fn argument_of(text: &str) -> &str {
    let inside = text.split('(').nth(1).unwrap_or_default();
    inside.trim_end_matches(')').trim_end_matches(':')
}

/// `UniqueVariable` → `uniqueVariable`.
fn camel(name: &str) -> String {
    let mut letters = name.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shopify::schema;

    fn first_error(source: &str) -> Value {
        let version = schema::version("2026-10").unwrap().unwrap();
        match version.document(source) {
            Ok(_) => panic!("valid: {source}"),
            Err(invalid) => errors(&invalid).remove(0),
        }
    }

    #[test]
    fn the_wording_is_graphql_ruby_s() {
        for (source, message, code) in [
            (r#"{ order(id: "x") { x } }"#, "Field 'x' doesn't exist on type 'Order'", "undefinedField"),
            (
                r#"{ order(id: "x", bogus: 1) { id } }"#,
                "Field 'order' doesn't accept argument 'bogus'",
                "argumentNotAccepted",
            ),
            ("{ order { id } }", "Field 'order' is missing required arguments: id", "missingRequiredArguments"),
            (r#"{ order(id: "x") }"#, "Field must have selections", "selectionMismatch"),
            (
                r#"query Q($id: ID!) { order(id: "x") { id } }"#,
                "Variable $id is declared but not used",
                "variableNotUsed",
            ),
            (r#"{ order(id: "x") @loud { id } }"#, "Directive @loud is not defined", "undefinedDirective"),
            (
                r#"mutation { tagsAdd(id: "x", tags: []) { userErrors { code } } }"#,
                "Field 'code' doesn't exist on type 'UserError'",
                "undefinedField",
            ),
        ] {
            let error = first_error(source);
            assert_eq!(error["message"], message, "{source}");
            assert_eq!(error["extensions"]["code"], code, "{source}");
        }
    }

    #[test]
    fn what_does_not_parse_is_a_parse_error() {
        let error = first_error("query { order(");
        assert_eq!(error["extensions"]["code"], "PARSE_ERROR");
    }

    #[test]
    fn literals_of_the_wrong_type_are_refused() {
        let error = first_error(r#"{ orders(first: "ten") { nodes { id } } }"#);
        assert_eq!(error["extensions"]["code"], "argumentLiteralsIncompatible");
    }
}
