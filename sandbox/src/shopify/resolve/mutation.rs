//! `Mutation`: tags, webhook subscriptions, fulfillments, stock and bulk operations. Every one is noted in the ledger.

use apollo_compiler::response::{JsonMap, JsonValue};
use serde_json::{Value, json};
use url::Url;

use super::query::{self, denied, subscription};
use super::{Answer, Context, Failure, Node, bulk, gid_of, sending, split_gid, stock, text};
use crate::shopify::search::tags;
use crate::shopify::topics::{name_of, topic_of};

/// Does what is asked for. `key` is that of `@idempotent`.
pub(super) fn field(
    context: &Context<'_>,
    name: &str,
    key: Option<&str>,
    arguments: &JsonMap,
) -> Result<Answer, Failure> {
    let outcome = match name {
        "bulkOperationRunQuery" => bulk::run_query(context, arguments),
        "bulkOperationCancel" => bulk::cancel(context, arguments),
        "inventorySetQuantities" | "inventoryAdjustQuantities" | "inventoryActivate" => {
            stock::run(context, name, key, arguments)
        }
        "fulfillmentCreate" => sending::create(context, arguments),
        "fulfillmentTrackingInfoUpdate" => sending::update_tracking(context, arguments),
        "fulfillmentCancel" => sending::cancel(context, arguments),
        "tagsAdd" => change_tags(context, name, arguments, add),
        "tagsRemove" => change_tags(context, name, arguments, remove),
        "webhookSubscriptionCreate" => create(context, arguments),
        "webhookSubscriptionUpdate" => update(context, arguments),
        "webhookSubscriptionDelete" => delete(context, arguments),
        _ => return Ok(Answer::Plain),
    };
    let body = plain(arguments);
    match outcome {
        Ok(Done { record, payload }) => {
            let refused = payload["userErrors"][0]["message"].as_str();
            let result = match refused {
                Some(message) => format!("refused: {message}"),
                None if payload["__repeated"] == true => "ok, repeated".to_owned(),
                None => "ok".to_owned(),
            };
            context.shop.note(name, key, record.as_deref(), &result, &body);
            Ok(Answer::Shape(payload))
        }
        Err(failure) => {
            let result = format!("refused: {}", failure.message);
            context.shop.note(name, key, text(arguments, "id"), &result, &body);
            Err(failure)
        }
    }
}

/// What a mutation did.
pub(super) struct Done {
    pub record: Option<String>,
    pub payload: Value,
}

pub(super) fn plain(arguments: &JsonMap) -> Value {
    serde_json::to_value(arguments).unwrap_or(Value::Null)
}

pub(super) fn user_error(field: &[&str], message: &str) -> Value {
    json!([{"field": field, "message": message}])
}

type Change = fn(Vec<String>, Vec<String>) -> Vec<String>;

fn change_tags(context: &Context<'_>, name: &str, arguments: &JsonMap, change: Change) -> Result<Done, Failure> {
    let gid = text(arguments, "id").unwrap_or_default();
    let kind = match split_gid(gid) {
        Some((kind @ ("Order" | "Customer" | "Product"), _)) => kind,
        Some(_) => return Err(super::not_a_record(&format!("Invalid id: {gid}"))),
        None => return Err(super::not_a_record("invalid id")),
    };
    let scope = format!("write_{}s", kind.to_lowercase());
    if !context.shop.has_scope(&scope) {
        return Err(denied(name, &scope));
    }
    let id = gid_of(kind, gid)?;
    let held = match query::node(context, gid)? {
        Some(Node::Order(record) | Node::Customer(record) | Node::Product(record)) => record,
        _ => {
            let message = format!("{kind} does not exist");
            return Ok(Done {
                record: Some(gid.to_owned()),
                payload: json!({"node": null, "userErrors": user_error(&["id"], &message)}),
            });
        }
    };
    let before: Vec<String> = tags(&held).into_iter().map(str::to_owned).collect();
    let after = change(before.clone(), asked_tags(arguments));
    if after != before {
        let joined = after.join(", ");
        if kind == "Order" {
            let patch = json!({"tags": joined});
            let changed = context.shop.change_order(id, &patch);
            changed.map_err(|bad| Failure::new("INTERNAL_SERVER_ERROR", bad.to_string()))?;
        } else {
            context.shop.state().set_tags(kind, id, &joined, context.now);
        }
    }
    Ok(Done { record: Some(gid.to_owned()), payload: json!({"node": {"__gid": gid}, "userErrors": []}) })
}

/// The tags asked for; one with commas is several.
fn asked_tags(arguments: &JsonMap) -> Vec<String> {
    let asked = arguments.get("tags").and_then(JsonValue::as_array);
    let asked = asked.map_or(&[][..], Vec::as_slice).iter();
    asked
        .filter_map(JsonValue::as_str)
        .flat_map(|tag| tag.split(','))
        .map(|tag| tag.trim().to_owned())
        .filter(|tag| !tag.is_empty())
        .collect()
}

fn holds(tags: &[String], tag: &str) -> bool {
    tags.iter().any(|held| held.to_lowercase() == tag.to_lowercase())
}

fn add(mut tags: Vec<String>, asked: Vec<String>) -> Vec<String> {
    for tag in asked {
        if !holds(&tags, &tag) {
            tags.push(tag);
        }
    }
    tags
}

fn remove(mut tags: Vec<String>, asked: Vec<String>) -> Vec<String> {
    tags.retain(|tag| !holds(&asked, tag));
    tags
}

/// Shopify names this field though `uri` was sent.
const ADDRESS: [&str; 2] = ["webhookSubscription", "callbackUrl"];

/// The address asked for, or what Shopify says against it.
fn address(context: &Context<'_>, arguments: &JsonMap) -> Result<String, String> {
    let input = arguments.get("webhookSubscription");
    let asked = |name: &str| input.and_then(|input| input.get(name)?.as_str());
    let Some(address) = asked("uri").or(asked("callbackUrl")) else {
        return Err("Address can't be blank".to_owned());
    };
    if address.starts_with("arn:aws:events:") || address.starts_with("pubsub://") {
        return Ok(address.to_owned());
    }
    let Ok(url) = Url::parse(address) else {
        return Err("Address is invalid".to_owned());
    };
    match url.scheme() {
        "https" => Ok(address.to_owned()),
        "http" if context.shop.options.allow_http_webhooks => Ok(address.to_owned()),
        scheme => Err(format!("Address protocol {scheme}:// is not supported")),
    }
}

fn refused_address(message: &str) -> Done {
    Done {
        record: None,
        payload: json!({
            "webhookSubscription": null, "userErrors": user_error(&ADDRESS, message)
        }),
    }
}

fn create(context: &Context<'_>, arguments: &JsonMap) -> Result<Done, Failure> {
    let topic = topic_of(text(arguments, "topic").unwrap_or_default());
    let uri = match address(context, arguments) {
        Ok(uri) => uri,
        Err(message) => return Ok(refused_address(&message)),
    };
    let webhooks = &context.shop.webhooks;
    let all = webhooks.subscriptions();
    if all.iter().any(|one| one.topic == topic && one.uri == uri) {
        return Ok(refused_address("Address for this topic has already been taken"));
    }
    let id = webhooks.add(&topic, &uri, true, context.now);
    tracing::info!(topic = name_of(&topic), uri, "webhook subscription created");
    Ok(subscribed(context, id))
}

fn subscribed(context: &Context<'_>, id: u64) -> Done {
    let all = context.shop.webhooks.subscriptions();
    let shape = match all.iter().find(|one| one.id == id) {
        Some(one) => subscription(context, one),
        None => Value::Null,
    };
    Done {
        record: shape["id"].as_str().map(str::to_owned),
        payload: json!({"webhookSubscription": shape, "userErrors": []}),
    }
}

const NO_SUBSCRIPTION: &str = "Webhook subscription does not exist";

fn update(context: &Context<'_>, arguments: &JsonMap) -> Result<Done, Failure> {
    let gid = text(arguments, "id").unwrap_or_default();
    let id = gid_of("WebhookSubscription", gid)?;
    let webhooks = &context.shop.webhooks;
    if !webhooks.subscriptions().iter().any(|one| one.id == id) {
        return Ok(Done {
            record: Some(gid.to_owned()),
            payload: json!({
                "webhookSubscription": null, "userErrors": user_error(&["id"], NO_SUBSCRIPTION)
            }),
        });
    }
    match address(context, arguments) {
        Ok(uri) => webhooks.set_uri(id, &uri),
        Err(message) => return Ok(refused_address(&message)),
    }
    Ok(subscribed(context, id))
}

fn delete(context: &Context<'_>, arguments: &JsonMap) -> Result<Done, Failure> {
    let gid = text(arguments, "id").unwrap_or_default();
    let id = gid_of("WebhookSubscription", gid)?;
    let payload = if context.shop.webhooks.remove(id) {
        json!({"deletedWebhookSubscriptionId": gid, "userErrors": []})
    } else {
        json!({
            "deletedWebhookSubscriptionId": null,
            "userErrors": user_error(&["id"], NO_SUBSCRIPTION)
        })
    };
    Ok(Done { record: Some(gid.to_owned()), payload })
}
