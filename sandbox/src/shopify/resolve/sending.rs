//! What is sent: `FulfillmentOrder`, `Fulfillment`, and the mutations that make and change fulfillments.

use std::collections::BTreeSet;

use apollo_compiler::response::{JsonMap, JsonValue};
use serde_json::{Value, json};

use super::mutation::{Done, user_error};
use super::{Answer, Context, Failure, gid_of, text};
use crate::money::{Bag, Currencies};
use crate::shopify::derive::{self, list};
use crate::shopify::fulfillment::{self, Tracking, Wanted};
use crate::shopify::state::gid;

const NO_FULFILLMENT_ORDER: &str = "Fulfillment order does not exist.";
const NO_FULFILLMENT: &str = "Fulfillment does not exist.";

/// Whose fulfillment orders an app sees and works on, by the location that they are assigned to.
fn may(context: &Context<'_>, verb: &str, fulfillment_order: &Value) -> bool {
    let location = fulfillment_order["assigned_location_id"].as_u64();
    let location = location.and_then(|id| context.shop.state().location(id));
    let service = location.is_some_and(|location| location["legacy"] == true);
    let owner = if service { "third_party" } else { "merchant_managed" };
    context.shop.has_scope(&format!("{verb}_{owner}_fulfillment_orders"))
}

fn may_any(context: &Context<'_>, verb: &str) -> bool {
    let owners = ["assigned", "merchant_managed", "third_party"];
    owners.iter().any(|owner| context.shop.has_scope(&format!("{verb}_{owner}_fulfillment_orders")))
}

/// The order's fulfillment orders that the app may see.
pub(super) fn fulfillment_orders<'a>(
    context: &Context<'_>,
    order: &'a Value,
) -> Result<impl Iterator<Item = &'a Value>, Failure> {
    if !may_any(context, "read") {
        return Err(Failure::new("ACCESS_DENIED", "Access denied for fulfillmentOrders field."));
    }
    let shown: Vec<_> = list(order, "fulfillment_orders").iter().filter(|held| may(context, "read", held)).collect();
    Ok(shown.into_iter())
}

/// Query `fulfillmentOrder`.
pub(super) fn one_fulfillment_order(context: &Context<'_>, arguments: &JsonMap) -> Result<Answer, Failure> {
    let id = gid_of("FulfillmentOrder", text(arguments, "id").unwrap_or_default())?;
    if !may_any(context, "read") {
        return Err(Failure::new("ACCESS_DENIED", "Access denied for fulfillmentOrder field."));
    }
    let order = context.shop.state().order_of_fulfillment_order(id);
    let order = order.and_then(|order| super::query::visible_order(context, order));
    let Some(order) = order else {
        return Ok(Answer::Leaf(Value::Null));
    };
    let held = list(&order, "fulfillment_orders").iter().find(|held| held["id"] == id);
    let held = held.filter(|held| may(context, "read", held));
    Ok(Answer::Shape(held.map_or(Value::Null, |held| fulfillment_order(context, held, &order))))
}

/// Query `fulfillment`.
pub(super) fn one_fulfillment(context: &Context<'_>, arguments: &JsonMap) -> Result<Answer, Failure> {
    let id = gid_of("Fulfillment", text(arguments, "id").unwrap_or_default())?;
    let order = context.shop.state().order_of_fulfillment(id);
    let order = order.and_then(|order| super::query::visible_order(context, order));
    let Some(order) = order else {
        return Ok(Answer::Leaf(Value::Null));
    };
    let held = list(&order, "fulfillments").iter().find(|held| held["id"] == id);
    Ok(Answer::Shape(held.map_or(Value::Null, |held| fulfillment(held, &order))))
}

/// The line item of an order, to be read from the order itself.
fn line_item(order: &Value, id: &Value) -> Option<(Value, Value)> {
    let lines = list(order, "line_items");
    let place = lines.iter().position(|line| line["id"] == *id)?;
    Some((json!({"__gid": order["admin_graphql_api_id"], "__line": place}), lines[place].clone()))
}

/// `FulfillmentOrder`.
pub(super) fn fulfillment_order(context: &Context<'_>, held: &Value, order: &Value) -> Value {
    let lines = list(held, "line_items").iter().filter_map(|line| {
        let (line_item, sold) = line_item(order, &line["line_item_id"])?;
        Some(json!({
            "id": gid("FulfillmentOrderLineItem", line["id"].as_u64().unwrap_or(0)),
            "inventoryItemId": sold["variant_id"]
                .as_u64()
                .and_then(|variant| context.shop.state().item_of(variant))
                .map(|id| gid("InventoryItem", id)),
            "lineItem": line_item,
            "productTitle": sold["title"].as_str().unwrap_or_default(),
            "remainingQuantity": line["fulfillable_quantity"],
            "requiresShipping": sold["requires_shipping"] == true,
            "sku": sold["sku"],
            "totalQuantity": line["quantity"],
            "variantTitle": sold["variant_title"],
            "vendor": sold["vendor"],
        }))
    });
    let holds = list(held, "fulfillment_holds").iter().map(|hold| {
        let reason = hold["reason"].as_str().unwrap_or("other");
        json!({
            "id": gid("FulfillmentHold", hold["id"].as_u64().unwrap_or(0)),
            "reason": reason,
            "reasonNotes": hold["reason_notes"],
            "displayReason": reason.replace('_', " "),
            "heldByRequestingApp": false,
        })
    });
    let actions = fulfillment::actions(held, context.now).iter().map(|action| json!({"action": action}));
    json!({
        "id": gid("FulfillmentOrder", held["id"].as_u64().unwrap_or(0)),
        "status": fulfillment::status(held, context.now),
        "requestStatus": held["request_status"].as_str().unwrap_or("unsubmitted"),
        "fulfillAt": held["fulfill_at"],
        "fulfillBy": held["fulfill_by"],
        "createdAt": held["created_at"].as_str().or(order["created_at"].as_str()),
        "updatedAt": held["updated_at"].as_str().or(order["updated_at"].as_str()),
        "order": {"__gid": order["admin_graphql_api_id"]},
        "orderId": order["admin_graphql_api_id"],
        "orderName": order["name"],
        "orderProcessedAt": order["processed_at"],
        "assignedLocation": assigned_location(context, held),
        "fulfillmentHolds": holds.collect::<Value>(),
        "supportedActions": actions.collect::<Value>(),
        "lineItems": lines.collect::<Value>(),
    })
}

fn assigned_location(context: &Context<'_>, held: &Value) -> Value {
    let id = held["assigned_location_id"].as_u64();
    let Some(location) = id.and_then(|id| context.shop.state().location(id)) else {
        return json!({"name": "", "countryCode": "US"});
    };
    json!({
        "name": location["name"],
        "address1": location["address1"],
        "address2": location["address2"],
        "city": location["city"],
        "countryCode": location["country_code"].as_str().unwrap_or("US"),
        "phone": location["phone"],
        "province": location["province"],
        "zip": location["zip"],
        "location": {"__gid": id.map(|id| gid("Location", id))},
    })
}

/// `Fulfillment`.
pub(super) fn fulfillment(fulfillment: &Value, order: &Value) -> Value {
    let currencies = Currencies::of(order);
    let tracking: Vec<Value> = list(fulfillment, "tracking_numbers")
        .iter()
        .enumerate()
        .map(|(index, number)| {
            json!({
                "company": fulfillment["tracking_company"],
                "number": number,
                "url": fulfillment["tracking_urls"][index],
            })
        })
        .collect();
    let lines = list(fulfillment, "line_items").iter();
    let told = lines.clone().filter_map(|line| {
        let (line_item, sold) = line_item(order, &line["id"])?;
        let quantity = derive::quantity(line);
        let total = Bag::field(&sold, "price").times(quantity);
        let discount = currencies.share(derive::allocated(&sold), quantity, derive::quantity(&sold));
        let id = line["fulfillment_line_item_id"].as_u64().or(line["id"].as_u64()).unwrap_or(0);
        Some(json!({
            "id": gid("FulfillmentLineItem", id),
            "quantity": quantity,
            "lineItem": line_item,
            "originalTotalSet": currencies.money_bag(total),
            "discountedTotalSet": currencies.money_bag(total - discount),
        }))
    });
    let location = fulfillment["location_id"].as_u64();
    json!({
        "id": gid("Fulfillment", fulfillment["id"].as_u64().unwrap_or(0)),
        "legacyResourceId": fulfillment["id"],
        "name": fulfillment["name"],
        "status": fulfillment["status"],
        "displayStatus": match fulfillment["status"].as_str() {
            Some("success") => json!("FULFILLED"),
            Some("cancelled") => json!("CANCELED"),
            Some("failure" | "error") => json!("FAILURE"),
            _ => Value::Null,
        },
        "location": location.map(|id| json!({"__gid": gid("Location", id)})),
        "createdAt": fulfillment["created_at"],
        "updatedAt": fulfillment["updated_at"],
        "totalQuantity": lines.map(derive::quantity).fold(0, i64::saturating_add),
        "requiresShipping": true,
        "trackingInfo": tracking,
        "fulfillmentLineItems": told.collect::<Value>(),
        "order": {"__gid": order["admin_graphql_api_id"]},
    })
}

fn demand_write(context: &Context<'_>, name: &str) -> Result<(), Failure> {
    if may_any(context, "write") {
        return Ok(());
    }
    let message = format!(
        "Access denied for {name} field. Required access: One of the following access scopes: \
         `write_assigned_fulfillment_orders`, `write_merchant_managed_fulfillment_orders` or \
         `write_third_party_fulfillment_orders`. Also: The user must have fulfill_and_ship_orders permission."
    );
    Err(Failure::new("ACCESS_DENIED", message))
}

fn refused(record: Option<String>, field: &str, message: &str) -> Done {
    Done { record, payload: json!({"fulfillment": null, "userErrors": user_error(&[field], message)}) }
}

fn tracking(input: Option<&JsonValue>) -> Tracking {
    let one = |name: &str| input.and_then(|input| input.get(name)?.as_str()).map(str::to_owned);
    let many = |name: &str, single: &str| {
        let all = input.and_then(|input| input.get(name)?.as_array()).map_or(&[][..], Vec::as_slice);
        let all: Vec<String> = all.iter().filter_map(JsonValue::as_str).map(str::to_owned).collect();
        if all.is_empty() { one(single).into_iter().collect() } else { all }
    };
    Tracking { company: one("company"), numbers: many("numbers", "number"), urls: many("urls", "url") }
}

fn wanted(input: &JsonValue) -> Result<Vec<Wanted>, Failure> {
    let parts = input.get("lineItemsByFulfillmentOrder").and_then(JsonValue::as_array).map_or(&[][..], Vec::as_slice);
    let mut wanted = Vec::with_capacity(parts.len());
    for part in parts {
        let id = part.get("fulfillmentOrderId").and_then(JsonValue::as_str).unwrap_or_default();
        let fulfillment_order = gid_of("FulfillmentOrder", id)?;
        let asked = part.get("fulfillmentOrderLineItems").and_then(JsonValue::as_array);
        let mut lines = Vec::new();
        for line in asked.map_or(&[][..], Vec::as_slice) {
            let id = line.get("id").and_then(JsonValue::as_str).unwrap_or_default();
            let quantity = line.get("quantity").and_then(JsonValue::as_i64).unwrap_or(0);
            lines.push((gid_of("FulfillmentOrderLineItem", id)?, quantity));
        }
        wanted.push(Wanted { fulfillment_order, lines });
    }
    Ok(wanted)
}

/// Mutation `fulfillmentCreate`. Nothing makes a repeat harmless: it sends again what is left.
pub(super) fn create(context: &Context<'_>, arguments: &JsonMap) -> Result<Done, Failure> {
    demand_write(context, "fulfillmentCreate")?;
    let nothing = JsonValue::Null;
    let input = arguments.get("fulfillment").unwrap_or(&nothing);
    let wanted = wanted(input)?;
    let tracking = tracking(input.get("trackingInfo"));
    let shop = context.shop;
    let mut orders = BTreeSet::new();
    for one in &wanted {
        let order = shop.state().order_of_fulfillment_order(one.fulfillment_order);
        let held = order.and_then(|order| super::query::visible_order(context, order));
        let held = held.and_then(|order| {
            let mut all = list(&order, "fulfillment_orders").iter();
            all.find(|held| held["id"] == one.fulfillment_order).cloned()
        });
        match (order, held) {
            (Some(order), Some(held)) if may(context, "write", &held) => orders.insert(order),
            _ => return Ok(refused(None, "fulfillment", NO_FULFILLMENT_ORDER)),
        };
    }
    let mut orders = orders.into_iter();
    let (Some(order), None) = (orders.next(), orders.next()) else {
        return Ok(refused(None, "fulfillment", "All fulfillment orders must belong to the same order."));
    };
    let changed = shop.state().change(order, context.now, |order, ids| {
        let made = fulfillment::fulfil(order, &wanted, &tracking, ids, context.now)?;
        Ok(with_origin(order, made, input))
    });
    let changed = match changed {
        Ok(changed) => changed,
        Err(message) => return Ok(refused(Some(gid("Order", order)), "fulfillment", &message)),
    };
    shop.tell(&changed, &[("fulfillments/create", &changed.made)]);
    Ok(done(&changed.made, &changed.after))
}

/// Keeps the address that the goods came from, where one was named.
fn with_origin(order: &mut Value, mut made: Value, input: &JsonValue) -> Value {
    let origin = input.get("originAddress").filter(|origin| !origin.is_null());
    let Some(origin) = origin.and_then(|origin| serde_json::to_value(origin).ok()) else {
        return made;
    };
    made["origin_address"] = origin;
    if let Some(last) = order["fulfillments"].as_array_mut().and_then(|all| all.last_mut()) {
        last["origin_address"] = made["origin_address"].clone();
    }
    made
}

fn done(made: &Value, order: &Value) -> Done {
    let shape = fulfillment(made, order);
    Done { record: shape["id"].as_str().map(str::to_owned), payload: json!({"fulfillment": shape, "userErrors": []}) }
}

/// Changes a fulfillment and tells it; a refusal names `field`.
fn change(
    context: &Context<'_>,
    gid: &str,
    field: &str,
    change: impl FnOnce(&mut Value, u64) -> Result<Value, String>,
) -> Result<Done, Failure> {
    let id = gid_of("Fulfillment", gid)?;
    let shop = context.shop;
    let order = shop.state().order_of_fulfillment(id);
    let order = order.filter(|order| super::query::visible_order(context, *order).is_some());
    let Some(order) = order else {
        return Ok(refused(Some(gid.to_owned()), field, NO_FULFILLMENT));
    };
    let changed = match shop.state().change(order, context.now, |order, _| change(order, id)) {
        Ok(changed) => changed,
        Err(message) => return Ok(refused(Some(gid.to_owned()), field, &message)),
    };
    shop.tell(&changed, &[("fulfillments/update", &changed.made)]);
    Ok(done(&changed.made, &changed.after))
}

/// Mutation `fulfillmentTrackingInfoUpdate`.
pub(super) fn update_tracking(context: &Context<'_>, arguments: &JsonMap) -> Result<Done, Failure> {
    demand_write(context, "fulfillmentTrackingInfoUpdate")?;
    let tracking = tracking(arguments.get("trackingInfoInput"));
    let gid = text(arguments, "fulfillmentId").unwrap_or_default();
    change(context, gid, "fulfillmentId", |order, id| fulfillment::track(order, id, &tracking, context.now))
}

/// Mutation `fulfillmentCancel`.
pub(super) fn cancel(context: &Context<'_>, arguments: &JsonMap) -> Result<Done, Failure> {
    demand_write(context, "fulfillmentCancel")?;
    let gid = text(arguments, "id").unwrap_or_default();
    change(context, gid, "id", |order, id| fulfillment::cancel(order, id, context.now))
}
