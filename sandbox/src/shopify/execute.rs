//! One GraphQL request: check the document, the variables and the price, then execute.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use apollo_compiler::ExecutableDocument;
use apollo_compiler::executable::Operation;
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::resolvers::Execution;
use apollo_compiler::response::{GraphQLError, JsonMap, JsonValue};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::cost::Pricing;
use super::resolve::{CODE_END, Context, Node, Object, Walk};
use super::schema::Version;
use super::{Inner, document_errors, variables};

const RATE_LIMITS: &str = "https://shopify.dev/api/usage/rate-limits";

/// The body of a request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Request {
    pub query: String,
    #[serde(default)]
    pub variables: Option<serde_json::Map<String, Value>>,
    #[serde(default)]
    pub operation_name: Option<String>,
}

/// Answers a request; whatever is wrong with it is told under HTTP 200.
pub(crate) fn run(shop: &Inner, version: &'static Version, request: &Request) -> Value {
    let document = match version.document(&request.query) {
        Ok(document) => document,
        Err(invalid) => return json!({"errors": document_errors::errors(&invalid)}),
    };
    let operation_name = request.operation_name.as_deref();
    let Ok(operation) = document.operations.get(operation_name) else {
        let message = match operation_name {
            Some(name) => format!("No operation named \"{name}\""),
            None => "An operation name is required".to_owned(),
        };
        return json!({"errors": [{"message": message}]});
    };
    let values = json_map(request.variables.clone());
    if let Some(error) = variables::error(&version.schema, operation, &values) {
        return json!({"errors": [error]});
    }
    let coerced = match coerce_variable_values(&version.schema, operation, &values) {
        Ok(coerced) => coerced,
        Err(error) => {
            let message = error.message().to_string();
            return json!({"errors": [
                {"message": message, "extensions": {"code": "INVALID_VARIABLE"}}
            ]});
        }
    };

    let pricing = Pricing { document: &document, variables: &coerced };
    let requested = pricing.requested(operation);
    let now = shop.clock.now();
    let max = u64::from(shop.bucket().limits().max_query_cost);
    if requested > max {
        return too_dear(requested, max);
    }
    if !shop.bucket().take(requested, now) {
        return throttled(shop, requested);
    }

    let keys = keys(operation, &document, &coerced);
    let context = Context { shop, now, api_version: version.name, search: Mutex::default(), keys, walk: None };
    let root = Object { context: &context, node: if operation.is_mutation() { Node::Mutation } else { Node::Query } };
    let executed = Execution::new(&version.schema, &document)
        .operation(operation)
        .coerced_variable_values(&coerced)
        .enable_schema_introspection(true)
        .execute_sync(&root);
    let response = match executed {
        Ok(response) => response,
        Err(error) => return json!({"errors": [{"message": error.message().to_string()}]}),
    };

    let data = serde_json::to_value(&response.data).unwrap_or(Value::Null);
    let actual = pricing.actual(operation, &data).min(requested);
    shop.bucket().refund(requested - actual);
    let mut answer = json!({"data": data, "extensions": {"cost": {
        "requestedQueryCost": requested,
        "actualQueryCost": actual,
        "throttleStatus": shop.bucket().status(now),
    }}});
    if !response.errors.is_empty() {
        answer["errors"] = response.errors.iter().map(told).collect();
    }
    let search = context.search.into_inner().unwrap_or_else(PoisonError::into_inner);
    if !search.is_empty() {
        answer["extensions"]["search"] = Value::Array(search);
    }
    answer
}

/// The keys of `@idempotent` by the response key of the field that they stand at.
fn keys(operation: &Operation, document: &ExecutableDocument, variables: &JsonMap) -> BTreeMap<String, String> {
    let fields = operation.root_fields(document).filter_map(|field| {
        let key = field.directives.get("idempotent")?.specified_argument_by_name("key")?;
        let key = match key.as_variable() {
            Some(variable) => variables.get(variable.as_str())?.as_str()?,
            None => key.as_str()?,
        };
        Some((field.response_key().to_string(), key.to_owned()))
    });
    fields.collect()
}

/// Executes one page of a bulk operation's query, whose document is known to be good, and tells where the next one
/// begins. The error is a code of `BulkOperationErrorCode`.
pub(crate) fn walk(
    shop: &Inner,
    version: &'static Version,
    query: &str,
    walk: Walk,
) -> (Result<Value, &'static str>, Option<String>) {
    let failed = (Err("INTERNAL_SERVER_ERROR"), None);
    let Ok(document) = version.document(query) else {
        return failed;
    };
    let coerced = document.operations.get(None).ok().and_then(|operation| {
        coerce_variable_values(&version.schema, operation, &JsonMap::new()).ok().map(|values| (operation, values))
    });
    let Some((operation, values)) = coerced else {
        return failed;
    };
    let (now, walk) = (shop.clock.now(), Some(walk));
    let context =
        Context { shop, now, api_version: version.name, search: Mutex::default(), keys: BTreeMap::new(), walk };
    let root = Object { context: &context, node: Node::Query };
    let executed = Execution::new(&version.schema, &document)
        .operation(operation)
        .coerced_variable_values(&values)
        .execute_sync(&root);
    let Ok(response) = executed else {
        return failed;
    };
    if let Some(error) = response.errors.first() {
        let denied = error.message.contains("ACCESS_DENIED");
        return (Err(if denied { "ACCESS_DENIED" } else { "INTERNAL_SERVER_ERROR" }), None);
    }
    let data = serde_json::to_value(&response.data).unwrap_or(Value::Null);
    (Ok(data), context.walk.and_then(Walk::next))
}

fn json_map(variables: Option<serde_json::Map<String, Value>>) -> JsonMap {
    match JsonValue::from(Value::Object(variables.unwrap_or_default())) {
        JsonValue::Object(map) => map,
        _ => JsonMap::new(),
    }
}

/// A field's error with Shopify's code.
fn told(error: &GraphQLError) -> Value {
    let text = error.message.trim_start_matches("resolver error: ");
    let (code, message) = text.split_once(CODE_END).unwrap_or(("INTERNAL_SERVER_ERROR", text));
    let mut extensions = json!({"code": code});
    match code {
        "ACCESS_DENIED" => {
            extensions["documentation"] = json!("https://shopify.dev/api/usage/access-scopes");
            if let Some(access) = message.split("Required access: ").nth(1) {
                extensions["requiredAccess"] = json!(access);
            }
        }
        "INTERNAL_SERVER_ERROR" => extensions["requestId"] = json!(Uuid::new_v4().to_string()),
        _ => {}
    }
    let locations: Vec<Value> =
        error.locations.iter().map(|at| json!({"line": at.line, "column": at.column})).collect();
    json!({
        "message": message,
        "locations": locations,
        "path": serde_json::to_value(&error.path).unwrap_or(Value::Null),
        "extensions": extensions,
    })
}

fn too_dear(cost: u64, max: u64) -> Value {
    let message = format!("Query cost is {cost}, which exceeds the single query max cost limit ({max}).");
    json!({"errors": [{"message": message, "extensions": {
        "code": "MAX_COST_EXCEEDED", "cost": cost, "maxCost": max, "documentation": RATE_LIMITS
    }}]})
}

/// The answer when the bucket does not hold the price: HTTP 200, no data.
pub(crate) fn throttled(shop: &Inner, requested: u64) -> Value {
    let now = shop.clock.now();
    json!({
        "errors": [{
            "message": "Throttled",
            "extensions": {"code": "THROTTLED", "documentation": RATE_LIMITS}
        }],
        "extensions": {"cost": {
            "requestedQueryCost": requested,
            "actualQueryCost": null,
            "throttleStatus": shop.bucket().status(now),
        }}
    })
}
