//! Variables that do not fit their types, told as Shopify tells them.

use apollo_compiler::Schema;
use apollo_compiler::executable::Operation;
use apollo_compiler::response::{JsonMap, JsonValue};
use apollo_compiler::schema::{ExtendedType, Type};
use serde_json::{Value, json};

struct Problem {
    path: Vec<Value>,
    explanation: String,
}

/// The first variable that does not fit, as an entry of `errors`.
pub(crate) fn error(schema: &Schema, operation: &Operation, values: &JsonMap) -> Option<Value> {
    for definition in &operation.variables {
        let name = definition.name.as_str();
        let value = values.get(name);
        if value.is_none() && definition.default_value.is_some() {
            continue;
        }
        let value = value.unwrap_or(&JsonValue::Null);
        let Some(problem) = check(schema, &definition.ty, value, &mut Vec::new()) else {
            continue;
        };
        let place: Vec<String> = problem.path.iter().map(plain).collect();
        let place = if place.is_empty() {
            String::new()
        } else {
            format!(" for {} ({})", place.join("."), problem.explanation)
        };
        let ty = &definition.ty;
        return Some(json!({
            "message": format!("Variable ${name} of type {ty} was provided invalid value{place}"),
            "extensions": {
                "code": "INVALID_VARIABLE",
                "value": serde_json::to_value(value).unwrap_or(Value::Null),
                "problems": [{"path": problem.path, "explanation": problem.explanation}],
            },
        }));
    }
    None
}

fn plain(segment: &Value) -> String {
    match segment {
        Value::String(name) => name.clone(),
        other => other.to_string(),
    }
}

fn check(schema: &Schema, ty: &Type, value: &JsonValue, path: &mut Vec<Value>) -> Option<Problem> {
    let problem = |path: &[Value], explanation: String| Some(Problem { path: path.to_vec(), explanation });
    if value.is_null() {
        return match ty.is_non_null() {
            true => problem(path, "Expected value to not be null".to_owned()),
            false => None,
        };
    }
    if let Type::List(item) | Type::NonNullList(item) = ty {
        let Some(items) = value.as_array() else {
            return check(schema, item, value, path);
        };
        for (index, one) in items.iter().enumerate() {
            path.push(json!(index));
            let found = check(schema, item, one, path);
            path.pop();
            if found.is_some() {
                return found;
            }
        }
        return None;
    }
    let name = ty.inner_named_type();
    let not_coerced = || {
        let shown = serde_json::to_string(value).unwrap_or_default();
        format!("Could not coerce value {shown} to {name}")
    };
    match schema.types.get(name) {
        Some(ExtendedType::Enum(of)) => {
            let known = value.as_str().is_some_and(|text| of.values.keys().any(|known| known == text));
            if known {
                return None;
            }
            let shown = serde_json::to_string(value).unwrap_or_default();
            let known: Vec<&str> = of.values.keys().map(|known| known.as_str()).collect();
            problem(path, format!("Expected {shown} to be one of: {}", known.join(", ")))
        }
        Some(ExtendedType::InputObject(of)) => {
            let Some(object) = value.as_object() else {
                return problem(path, not_coerced());
            };
            for key in object.keys() {
                if !of.fields.contains_key(key.as_str()) {
                    path.push(json!(key.as_str()));
                    let found = problem(path, format!("Field is not defined on {name}"));
                    path.pop();
                    return found;
                }
            }
            let given = object.values().filter(|value| !value.is_null()).count();
            if of.directives.has("oneOf") && (object.len() != 1 || given != 1) {
                let explanation = format!("'{name}' requires exactly one argument, but {given} were provided.");
                return problem(path, explanation);
            }
            for (field, definition) in &of.fields {
                let given = object.get(field.as_str());
                if given.is_none() && definition.default_value.is_some() {
                    continue;
                }
                path.push(json!(field.as_str()));
                let found = check(schema, &definition.ty, given.unwrap_or(&JsonValue::Null), path);
                path.pop();
                if found.is_some() {
                    return found;
                }
            }
            None
        }
        _ => {
            let fits = match name.as_str() {
                "Int" => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
                "Float" => value.is_number(),
                "Boolean" => value.is_boolean(),
                "ID" => value.is_string() || value.is_i64(),
                "String" => value.is_string(),
                _ => true,
            };
            if fits { None } else { problem(path, not_coerced()) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shopify::schema;

    fn told(source: &str, values: Value) -> Option<Value> {
        let version = schema::version("2026-10").unwrap().unwrap();
        let document = version.document(source).ok().unwrap();
        let JsonValue::Object(values) = JsonValue::from(values) else {
            panic!("variables are an object");
        };
        let operation = document.operations.get(None).unwrap();
        error(&version.schema, operation, &values)
    }

    const TAGS: &str = "mutation($id: ID!, $tags: [String!]!) {
        tagsAdd(id: $id, tags: $tags) { userErrors { message } }
    }";

    #[test]
    fn problems_are_told_with_their_path() {
        assert_eq!(told(TAGS, json!({"id": "x", "tags": ["a"]})), None);

        let missing = told(TAGS, json!({"tags": ["a"]})).unwrap();
        assert_eq!(missing["message"], "Variable $id of type ID! was provided invalid value");
        assert_eq!(missing["extensions"]["code"], "INVALID_VARIABLE");

        let wrong = told(TAGS, json!({"id": "x", "tags": ["a", 1]})).unwrap();
        assert_eq!(wrong["extensions"]["problems"][0]["path"], json!([1]));
    }

    #[test]
    fn unknown_input_fields_are_refused() {
        let source = "mutation($topic: WebhookSubscriptionTopic!, $input: WebhookSubscriptionInput!) {
            webhookSubscriptionCreate(topic: $topic, webhookSubscription: $input) {
                userErrors { message }
            }
        }";
        let wrong = told(source, json!({"topic": "ORDERS_CREATE", "input": {"url": "x"}})).unwrap();
        assert_eq!(
            wrong["message"],
            "Variable $input of type WebhookSubscriptionInput! was provided invalid value for url \
             (Field is not defined on WebhookSubscriptionInput)"
        );
        let topic = told(source, json!({"topic": "ORDERS_LOST", "input": {}})).unwrap();
        let explanation = topic["extensions"]["problems"][0]["explanation"].as_str().unwrap();
        assert!(explanation.starts_with("Expected \"ORDERS_LOST\" to be one of: "));
    }
}
