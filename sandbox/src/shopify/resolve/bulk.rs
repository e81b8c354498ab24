//! `bulkOperation`, `bulkOperations`, and what starts and stops one.

use apollo_compiler::response::JsonMap;
use serde_json::{Value, json};

use super::connection::Item;
use super::mutation::{Done, user_error};
use super::{Answer, Context, Failure, Node, gid_of, text};
use crate::shopify::state::gid;
use crate::shopify::{bulk, schema};

pub(super) fn field(context: &Context<'_>, name: &str, arguments: &JsonMap) -> Result<Answer, Failure> {
    if name == "bulkOperation" {
        let id = gid_of("BulkOperation", text(arguments, "id").unwrap_or_default())?;
        return Ok(Answer::Shape(shape(context, id)));
    }
    let query = text(arguments, "query").unwrap_or_default();
    let wanted = query.split_whitespace().find_map(|term| term.strip_prefix("status:")).map(str::to_uppercase);
    let ids = context.shop.bulk().ids();
    let all = ids.into_iter().map(|id| (id, shape(context, id)));
    let found = all.filter(|(_, one)| wanted.as_deref().is_none_or(|wanted| one["status"] == wanted));
    Ok(Answer::Paged(found.map(|(id, one)| Item::by_id(id, Node::Shape("BulkOperation".to_owned(), one))).collect()))
}

pub(super) fn shape(context: &Context<'_>, id: u64) -> Value {
    context.shop.bulk().shape(id, context.now).unwrap_or(Value::Null)
}

pub(super) fn run_query(context: &Context<'_>, arguments: &JsonMap) -> Result<Done, Failure> {
    let refused = |code: &str, message: String| Done {
        record: None,
        payload: json!({
            "bulkOperation": null, "userErrors": [{"field": ["query"], "code": code, "message": message}]
        }),
    };
    let query = text(arguments, "query").unwrap_or_default();
    let Some(Ok(version)) = schema::version(context.api_version) else {
        return Err(Failure::new("INTERNAL_SERVER_ERROR", "the schema is broken"));
    };
    if let Err(message) = bulk::check(version, query) {
        return Ok(refused("INVALID", message));
    }
    let grouped = arguments.get("groupObjects").and_then(|flag| flag.as_bool()) == Some(true);
    let id = context.shop.state().next_id();
    let created = context.shop.bulk().create(id, query, version.name, grouped, context.now);
    if let Err(message) = created {
        return Ok(refused("LIMIT_REACHED", message));
    }
    bulk::start(context.shop.me.clone(), id);
    // Its thread may be done before this is told.
    let mut told = shape(context, id);
    told["status"] = json!("CREATED");
    for later in ["completedAt", "url", "fileSize"] {
        told[later] = Value::Null;
    }
    Ok(Done { record: Some(gid("BulkOperation", id)), payload: json!({"bulkOperation": told, "userErrors": []}) })
}

pub(super) fn cancel(context: &Context<'_>, arguments: &JsonMap) -> Result<Done, Failure> {
    let id = gid_of("BulkOperation", text(arguments, "id").unwrap_or_default())?;
    let cancelled = context.shop.bulk().cancel(id, context.now);
    let record = Some(gid("BulkOperation", id));
    let payload = match cancelled {
        Ok(()) => json!({"bulkOperation": shape(context, id), "userErrors": []}),
        Err(message) => json!({"bulkOperation": shape(context, id), "userErrors": user_error(&["id"], &message)}),
    };
    Ok(Done { record, payload })
}
