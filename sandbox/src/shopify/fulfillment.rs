//! What is to be sent from where, and what was: fulfillment orders and fulfillments.
//!
//! Both are kept inside their order in the shape of REST's resources, and everything here takes an
//! order and changes it or says in Shopify's words why not.

mod orders;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::derive::{current_quantity, list};
use super::state::{Ids, gid, rest_time};
pub(crate) use orders::{actions, hold, release, relocate, schedule, settle, split};

const BAD_QUANTITY: &str = "Invalid fulfillment order line item quantity requested.";
const NO_FULFILLMENT: &str = "Fulfillment does not exist.";

/// How a parcel can be followed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tracking {
    /// The carrier's name.
    pub company: Option<String>,
    /// Tracking numbers.
    pub numbers: Vec<String>,
    /// Where each can be looked up.
    pub urls: Vec<String>,
}

/// What is asked to be fulfilled of one fulfillment order.
pub(crate) struct Wanted {
    pub fulfillment_order: u64,
    /// Its lines with their quantities; all that remains when there are none.
    pub lines: Vec<(u64, i64)>,
}

fn number(object: &Value, name: &str) -> i64 {
    object[name].as_i64().unwrap_or(0)
}

fn named(object: &Value) -> u64 {
    object["id"].as_u64().unwrap_or(0)
}

fn each<'a>(object: &'a mut Value, name: &str) -> impl Iterator<Item = &'a mut Value> {
    object.get_mut(name).and_then(Value::as_array_mut).into_iter().flatten()
}

fn push(object: &mut Value, name: &str, value: Value) {
    match object.get_mut(name).and_then(Value::as_array_mut) {
        Some(list) => list.push(value),
        None => object[name] = json!([value]),
    }
}

/// The status now: what was scheduled opens when its time has come.
pub(crate) fn status(fulfillment_order: &Value, now: Timestamp) -> &str {
    let status = fulfillment_order["status"].as_str().unwrap_or("open");
    let due = fulfillment_order["fulfill_at"].as_str().and_then(|at| at.parse::<Timestamp>().ok());
    if status == "scheduled" && due.is_some_and(|due| due <= now) { "open" } else { status }
}

fn is_standing(fulfillment_order: &Value) -> bool {
    !matches!(fulfillment_order["status"].as_str(), Some("closed" | "cancelled"))
}

/// Pieces of all lines that are left to be sent.
fn remaining(fulfillment_order: &Value) -> i64 {
    list(fulfillment_order, "line_items").iter().map(|line| number(line, "fulfillable_quantity")).sum()
}

fn is_begun(fulfillment_order: &Value) -> bool {
    let lines = list(fulfillment_order, "line_items").iter();
    lines.clone().any(|line| number(line, "fulfillable_quantity") < number(line, "quantity"))
}

/// `open` or `in_progress`, or `closed` with nothing left.
fn working_status(fulfillment_order: &Value) -> &'static str {
    match (remaining(fulfillment_order), is_begun(fulfillment_order)) {
        (0, _) => "closed",
        (_, true) => "in_progress",
        (_, false) => "open",
    }
}

/// Pieces of a line in fulfillments that stand.
fn fulfilled(order: &Value, line: u64) -> i64 {
    let standing = list(order, "fulfillments").iter().filter(|one| one["status"] == "success");
    let lines = standing.flat_map(|one| list(one, "line_items")).filter(|one| named(one) == line);
    lines.map(|one| number(one, "quantity")).fold(0, i64::saturating_add)
}

/// Pieces of a line that are still to be sent.
fn fulfillable(order: &Value, line: &Value) -> i64 {
    if line["requires_shipping"] != true || !order["cancelled_at"].is_null() {
        return 0;
    }
    let left = match line["fulfillable_quantity"].as_i64() {
        Some(stated) => stated.min(current_quantity(line)),
        None => current_quantity(line).saturating_sub(fulfilled(order, named(line))),
    };
    left.clamp(0, i64::from(i32::MAX))
}

/// One line of a fulfillment order that a fulfillment takes pieces of.
struct Taken {
    fulfillment_order: usize,
    line: usize,
    pieces: i64,
}

fn plan(order: &Value, wanted: &[Wanted], now: Timestamp) -> Result<Vec<Taken>, String> {
    let all = list(order, "fulfillment_orders");
    let mut locations: Vec<u64> = Vec::new();
    let mut taken: Vec<Taken> = Vec::new();
    for one in wanted {
        let place = all.iter().position(|held| named(held) == one.fulfillment_order);
        let place = place.ok_or("Fulfillment order does not exist.")?;
        let held = &all[place];
        let status = status(held, now);
        if !matches!(status, "open" | "in_progress") {
            return Err(format!("Fulfillment order {} has an unfulfillable status= {status}.", named(held)));
        }
        let location = held["assigned_location_id"].as_u64().unwrap_or(0);
        if !locations.contains(&location) {
            locations.push(location);
        }
        let lines = list(held, "line_items");
        let left = |line: usize| number(&lines[line], "fulfillable_quantity");
        if one.lines.is_empty() {
            let whole = (0..lines.len()).filter(|line| left(*line) > 0);
            taken.extend(whole.map(|line| Taken { fulfillment_order: place, line, pieces: left(line) }));
        }
        for (id, pieces) in &one.lines {
            let line = lines.iter().position(|line| named(line) == *id);
            let line = line.ok_or("Fulfillment order line item does not exist.")?;
            let before = taken.iter().filter(|taken| (taken.fulfillment_order, taken.line) == (place, line));
            let before: i64 = before.map(|taken| taken.pieces).sum();
            if *pieces < 1 || before.saturating_add(*pieces) > left(line) {
                return Err(BAD_QUANTITY.to_owned());
            }
            taken.push(Taken { fulfillment_order: place, line, pieces: *pieces });
        }
    }
    if locations.len() > 1 {
        return Err(format!(
            "All fulfillment orders must be assigned to a single location. Multiple locations with ids {locations:?} \
             were found."
        ));
    }
    if taken.is_empty() { Err(BAD_QUANTITY.to_owned()) } else { Ok(taken) }
}

/// Makes a fulfillment of what is wanted. A repeat makes another one as long as pieces are left.
pub(crate) fn fulfil(
    order: &mut Value,
    wanted: &[Wanted],
    tracking: &Tracking,
    ids: &mut Ids,
    now: Timestamp,
) -> Result<Value, String> {
    let taken = plan(order, wanted, now)?;
    let location = order["fulfillment_orders"][taken[0].fulfillment_order]["assigned_location_id"].clone();
    let mut lines: Vec<Value> = Vec::new();
    for Taken { fulfillment_order, line, pieces } in taken {
        let fulfillment_order = &mut order["fulfillment_orders"][fulfillment_order];
        let line = &mut fulfillment_order["line_items"][line];
        line["fulfillable_quantity"] = json!(number(line, "fulfillable_quantity") - pieces);
        let line_item = line["line_item_id"].clone();
        fulfillment_order["status"] = json!(working_status(fulfillment_order));
        fulfillment_order["updated_at"] = rest_time(now);
        if let Some(same) = lines.iter_mut().find(|line| line["id"] == line_item) {
            same["quantity"] = json!(number(same, "quantity") + pieces);
            continue;
        }
        let sold = list(order, "line_items").iter().find(|line| line["id"] == line_item);
        let mut line = sold.cloned().unwrap_or_else(|| json!({"id": line_item}));
        line["quantity"] = json!(pieces);
        line["fulfillment_line_item_id"] = json!(ids.next());
        lines.push(line);
    }
    let id = ids.next();
    let name = order["name"].as_str().unwrap_or_default();
    let mut fulfillment = json!({
        "id": id,
        "admin_graphql_api_id": gid("Fulfillment", id),
        "order_id": order["id"],
        "name": format!("{name}.{}", list(order, "fulfillments").len() + 1),
        "status": "success",
        "service": "manual",
        "shipment_status": null,
        "location_id": location,
        "origin_address": null,
        "receipt": {},
        "created_at": rest_time(now),
        "updated_at": rest_time(now),
        "line_items": lines,
    });
    write_tracking(&mut fulfillment, tracking);
    let standing = fulfillment.clone();
    push(order, "fulfillments", fulfillment);
    restate(order, &standing);
    Ok(standing)
}

fn write_tracking(fulfillment: &mut Value, tracking: &Tracking) {
    fulfillment["tracking_company"] = json!(tracking.company);
    fulfillment["tracking_number"] = json!(tracking.numbers.first());
    fulfillment["tracking_numbers"] = json!(tracking.numbers);
    fulfillment["tracking_url"] = json!(tracking.urls.first());
    fulfillment["tracking_urls"] = json!(tracking.urls);
}

/// Writes into the order's lines what is left of those in the fulfillment, and its status.
fn restate(order: &mut Value, fulfillment: &Value) {
    for line in list(fulfillment, "line_items") {
        let open = list(order, "fulfillment_orders").iter().filter(|one| is_standing(one));
        let open = open.flat_map(|one| list(one, "line_items")).filter(|one| one["line_item_id"] == line["id"]);
        let left: i64 = open.map(|one| number(one, "fulfillable_quantity")).sum();
        let status = match (left, fulfilled(order, named(line))) {
            (_, 0) => Value::Null,
            (0, _) => json!("fulfilled"),
            _ => json!("partial"),
        };
        if let Some(line) = each(order, "line_items").find(|sold| sold["id"] == line["id"]) {
            line["fulfillable_quantity"] = json!(left);
            line["fulfillment_status"] = status;
        }
    }
    let left: i64 = list(order, "fulfillment_orders").iter().filter(|one| is_standing(one)).map(remaining).sum();
    let any = list(order, "fulfillments").iter().any(|one| one["status"] == "success");
    order["fulfillment_status"] = match (any, left) {
        (false, _) => Value::Null,
        (true, 0) => json!("fulfilled"),
        (true, _) => json!("partial"),
    };
}

fn standing_fulfillment(order: &mut Value, id: u64) -> Result<&mut Value, String> {
    each(order, "fulfillments").find(|one| named(one) == id).ok_or_else(|| NO_FULFILLMENT.to_owned())
}

/// Replaces how a fulfillment's parcels are followed.
pub(crate) fn track(order: &mut Value, id: u64, tracking: &Tracking, now: Timestamp) -> Result<Value, String> {
    let fulfillment = standing_fulfillment(order, id)?;
    write_tracking(fulfillment, tracking);
    fulfillment["updated_at"] = rest_time(now);
    Ok(fulfillment.clone())
}

/// Cancels a fulfillment: its pieces are to be sent again.
pub(crate) fn cancel(order: &mut Value, id: u64, now: Timestamp) -> Result<Value, String> {
    let fulfillment = standing_fulfillment(order, id)?;
    if fulfillment["status"] != "success" {
        return Err("Fulfillment cannot be cancelled.".to_owned());
    }
    fulfillment["status"] = json!("cancelled");
    fulfillment["updated_at"] = rest_time(now);
    let cancelled = fulfillment.clone();
    for line in list(&cancelled, "line_items") {
        let mut pieces = number(line, "quantity");
        let sent_from = each(order, "fulfillment_orders")
            .filter(|one| one["assigned_location_id"] == cancelled["location_id"] && one["status"] != "cancelled");
        for fulfillment_order in sent_from {
            for held in each(fulfillment_order, "line_items").filter(|held| held["line_item_id"] == line["id"]) {
                let left = number(held, "fulfillable_quantity");
                let back = pieces.min(number(held, "quantity") - left);
                held["fulfillable_quantity"] = json!(left + back);
                pieces -= back;
            }
            if fulfillment_order["status"] != "on_hold" {
                fulfillment_order["status"] = json!(working_status(fulfillment_order));
            }
            fulfillment_order["updated_at"] = rest_time(now);
        }
    }
    restate(order, &cancelled);
    Ok(cancelled)
}

/// What a person picks by order lines, as fulfillment orders know it; all that can be sent when
/// there are no lines.
pub(crate) fn by_line_items(order: &Value, lines: &[(u64, u32)], now: Timestamp) -> Result<Vec<Wanted>, String> {
    let workable = |one: &&Value| matches!(status(one, now), "open" | "in_progress");
    let open = || list(order, "fulfillment_orders").iter().filter(workable);
    if lines.is_empty() {
        return Ok(open().map(|one| Wanted { fulfillment_order: named(one), lines: Vec::new() }).collect());
    }
    let mut wanted: Vec<Wanted> = Vec::new();
    for (line_item, quantity) in lines {
        let mut pieces = i64::from(*quantity);
        for one in open() {
            for held in list(one, "line_items").iter().filter(|held| held["line_item_id"] == *line_item) {
                let part = pieces.min(number(held, "fulfillable_quantity"));
                if part > 0 {
                    wanted.push(Wanted { fulfillment_order: named(one), lines: vec![(named(held), part)] });
                }
                pieces -= part;
            }
        }
        if pieces > 0 {
            return Err(format!("{pieces} of the {quantity} pieces of line {line_item} cannot be fulfilled"));
        }
    }
    Ok(wanted)
}
