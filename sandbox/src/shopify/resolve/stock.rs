//! `inventorySetQuantities`, `inventoryAdjustQuantities` and `inventoryActivate`. Each is done as a whole or not at all.

mod plan;

use apollo_compiler::response::{JsonMap, JsonValue};
use serde_json::{Value, json};

use super::mutation::{Done, plain};
use super::query::denied;
use super::{Context, Failure, gid_of, text};
use crate::shopify::idempotency::{Begun, Refusal};
use crate::shopify::state::{State, gid};

/// A user error with its code: where, which, and in what words.
struct Wrong {
    field: Vec<String>,
    code: &'static str,
    message: String,
}

fn wrong(field: &[&str], code: &'static str, message: impl Into<String>) -> Wrong {
    Wrong { field: field.iter().map(|&step| step.to_owned()).collect(), code, message: message.into() }
}

/// A quantity that is to be written.
struct Planned {
    item: u64,
    location: u64,
    name: &'static str,
    delta: i64,
}

/// What an inventory mutation makes of its arguments under the state's lock.
type Act = fn(&Context<'_>, &mut State, &JsonMap) -> Result<Value, Vec<Wrong>>;

/// Runs an inventory mutation under its key, which it must have.
pub(super) fn run(context: &Context<'_>, name: &str, key: Option<&str>, arguments: &JsonMap) -> Result<Done, Failure> {
    const SCOPE: &str = "write_inventory";
    if !context.shop.has_scope(SCOPE) {
        return Err(denied(name, SCOPE));
    }
    let Some(key) = key else {
        return Err(Failure::bad_request(
            "The @idempotent directive is required for this mutation but was not provided.",
        ));
    };
    let (act, result): (Act, _) = match name {
        "inventorySetQuantities" => (plan::set, "inventoryAdjustmentGroup"),
        "inventoryAdjustQuantities" => (plan::adjust, "inventoryAdjustmentGroup"),
        _ => (plan::activate, "inventoryLevel"),
    };
    check_shape(name, arguments)?;
    let coded = name != "inventoryActivate";
    let refused = |errors: Vec<Value>| Done { record: None, payload: json!({result: null, "userErrors": errors}) };
    let told = |Wrong { field, code, message }: Wrong| match coded {
        true => json!({"field": field, "code": code, "message": message}),
        false => json!({"field": field, "message": message}),
    };
    match context.shop.keys().begin(key, name, &plain(arguments)) {
        Begun::Go => {}
        Begun::Repeated(mut payload) => {
            payload["__repeated"] = json!(true);
            return Ok(Done { record: None, payload });
        }
        Begun::Refused(Refusal { code, message }) => {
            return Ok(refused(vec![told(wrong(&[], code, message))]));
        }
    }
    let acted = act(context, &mut context.shop.state(), arguments);
    match acted {
        Ok(made) => {
            let payload = json!({result: made, "userErrors": []});
            context.shop.keys().end(key, Some(&payload));
            Ok(Done { record: None, payload })
        }
        Err(errors) => {
            context.shop.keys().end(key, None);
            Ok(refused(errors.into_iter().map(told).collect()))
        }
    }
}

/// What the schema cannot say: that a nullable argument must be there, and that ids must be ids.
fn check_shape(name: &str, arguments: &JsonMap) -> Result<(), Failure> {
    let (list, input) = match name {
        "inventorySetQuantities" => ("quantities", "InventoryQuantityInput"),
        "inventoryAdjustQuantities" => ("changes", "InventoryChangeInput"),
        _ => {
            gid_of("InventoryItem", text(arguments, "inventoryItemId").unwrap_or_default())?;
            gid_of("Location", text(arguments, "locationId").unwrap_or_default())?;
            return Ok(());
        }
    };
    for entry in entries(arguments, list) {
        if entry.get("changeFromQuantity").is_none() {
            let message = format!("{input} must include the following argument: changeFromQuantity.");
            return Err(Failure::new("INVALID_FIELD_ARGUMENTS", message));
        }
        gid_of("InventoryItem", string(entry, "inventoryItemId"))?;
        gid_of("Location", string(entry, "locationId"))?;
    }
    Ok(())
}

fn entries<'a>(arguments: &'a JsonMap, list: &str) -> &'a [JsonValue] {
    let entries = arguments.get("input").and_then(|input| input.get(list)?.as_array());
    entries.map_or(&[], Vec::as_slice)
}

fn input<'a>(arguments: &'a JsonMap, name: &str) -> Option<&'a str> {
    arguments.get("input")?.get(name)?.as_str()
}

fn string<'a>(entry: &'a JsonValue, name: &str) -> &'a str {
    entry.get(name).and_then(|value| value.as_str()).unwrap_or_default()
}

fn number(entry: &JsonValue, name: &str) -> Option<i64> {
    entry.get(name)?.as_i64()
}

/// Writes what is planned and tells the changes; nothing where nothing changed.
fn apply(context: &Context<'_>, state: &mut State, planned: &[Planned], arguments: &JsonMap) -> Value {
    let mut changes = Vec::new();
    for Planned { item, location, name, delta } in planned {
        state.stock(*item, *location, 0, context.now);
        let Some(level) = state.level_mut(*item, *location).filter(|_| *delta != 0) else { continue };
        level.add(name, *delta, context.now);
        let written = if *name == "on_hand" { "available" } else { name };
        let also = if written == "incoming" { None } else { Some("on_hand") };
        for name in [Some(written), also].into_iter().flatten() {
            changes.push(json!({
                "name": name,
                "delta": delta,
                "quantityAfterChange": level.quantity(name),
                "item": {"__gid": gid("InventoryItem", *item)},
                "location": {"__gid": gid("Location", *location)},
            }));
        }
    }
    if changes.is_empty() {
        return Value::Null;
    }
    json!({
        "id": gid("InventoryAdjustmentGroup", state.next_id()),
        "createdAt": context.now.to_string(),
        "reason": input(arguments, "reason"),
        "referenceDocumentUri": input(arguments, "referenceDocumentUri"),
        "changes": changes,
    })
}
