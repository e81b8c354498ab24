//! Fulfillment orders themselves: how they come to be, follow their order, are split, held and moved.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    by_line_items, each, fulfillable, is_begun, is_standing, named, number, push, remaining, status, working_status,
};
use crate::shopify::derive::list;
use crate::shopify::state::{Ids, rest_time};

/// Holds that one fulfillment order may have.
const MOST_HOLDS: usize = 10;
/// Why something may be held, in REST's spelling.
const REASONS: [&str; 8] = [
    "awaiting_payment",
    "awaiting_return_items",
    "high_risk_of_fraud",
    "incorrect_address",
    "inventory_out_of_stock",
    "online_store_post_purchase_cross_sell",
    "other",
    "unknown_delivery_date",
];

fn made(order: &Value, location: Option<u64>, lines: Vec<Value>, ids: &mut Ids, now: Timestamp) -> Value {
    json!({
        "id": ids.next(),
        "order_id": order["id"],
        "assigned_location_id": location,
        "request_status": "unsubmitted",
        "status": "open",
        "fulfill_at": null,
        "fulfill_by": null,
        "fulfillment_holds": [],
        "line_items": lines,
        "created_at": rest_time(now),
        "updated_at": rest_time(now),
    })
}

fn made_line(line: &Value, quantity: i64, ids: &mut Ids) -> Value {
    json!({
        "id": ids.next(),
        "line_item_id": line["id"],
        "variant_id": line["variant_id"],
        "inventory_item_id": line["variant_id"],
        "quantity": quantity,
        "fulfillable_quantity": quantity,
    })
}

/// Brings the fulfillment orders in line with what the order's lines still have to be sent: a new
/// order gets its first one, an edit or refund adds pieces or takes them off the last ones.
pub(crate) fn settle(order: &mut Value, location: Option<u64>, ids: &mut Ids, now: Timestamp) {
    if !order["fulfillment_orders"].is_array() {
        order["fulfillment_orders"] = json!([]);
    }
    for fulfillment_order in list(order, "fulfillment_orders") {
        ids.seen(named(fulfillment_order));
        list(fulfillment_order, "line_items").iter().for_each(|line| ids.seen(named(line)));
    }
    list(order, "fulfillments").iter().for_each(|fulfillment| ids.seen(named(fulfillment)));

    let mut missing = Vec::new();
    let lines: Vec<Value> = list(order, "line_items").iter().filter(|line| line["id"].is_u64()).cloned().collect();
    for line in &lines {
        let wanted = fulfillable(order, line);
        let held = list(order, "fulfillment_orders").iter().filter(|one| is_standing(one));
        let held = held.flat_map(|one| list(one, "line_items")).filter(|one| one["line_item_id"] == line["id"]);
        let held: i64 = held.map(|one| number(one, "fulfillable_quantity")).sum();
        if held > wanted {
            take_off(order, &line["id"], held - wanted, now);
        } else if held < wanted {
            missing.push((line, wanted - held));
        }
    }
    if missing.is_empty() {
        return;
    }
    let new: Vec<Value> = missing.into_iter().map(|(line, quantity)| made_line(line, quantity, ids)).collect();
    let open = each(order, "fulfillment_orders").find(|one| is_standing(one));
    match open {
        Some(open) => {
            for line in new {
                add(open, line);
            }
            open["updated_at"] = rest_time(now);
        }
        None => {
            let first = made(order, location, new, ids, now);
            push(order, "fulfillment_orders", first);
        }
    }
}

/// Adds pieces to the line that a fulfillment order has already, or the line.
fn add(fulfillment_order: &mut Value, new: Value) {
    let known = each(fulfillment_order, "line_items").find(|line| line["line_item_id"] == new["line_item_id"]);
    match known {
        Some(line) => {
            for name in ["quantity", "fulfillable_quantity"] {
                line[name] = json!(number(line, name) + number(&new, name));
            }
        }
        None => push(fulfillment_order, "line_items", new),
    }
}

/// Takes pieces that are not to be sent any more, from the last fulfillment orders first.
fn take_off(order: &mut Value, line_item: &Value, mut pieces: i64, now: Timestamp) {
    let mut all: Vec<&mut Value> = each(order, "fulfillment_orders").filter(|one| is_standing(one)).collect();
    all.reverse();
    for fulfillment_order in all {
        for line in each(fulfillment_order, "line_items").filter(|line| line["line_item_id"] == *line_item) {
            let taken = pieces.min(number(line, "fulfillable_quantity"));
            for name in ["quantity", "fulfillable_quantity"] {
                line[name] = json!(number(line, name) - taken);
            }
            pieces -= taken;
        }
        emptied(fulfillment_order, now);
    }
}

/// Drops lines without pieces; with nothing left to send the fulfillment order is closed.
fn emptied(fulfillment_order: &mut Value, now: Timestamp) {
    if let Some(lines) = fulfillment_order["line_items"].as_array_mut() {
        lines.retain(|line| number(line, "quantity") > 0);
    }
    if remaining(fulfillment_order) == 0 {
        fulfillment_order["status"] = json!("closed");
        fulfillment_order["fulfillment_holds"] = json!([]);
    }
    fulfillment_order["updated_at"] = rest_time(now);
}

fn one(order: &mut Value, id: u64) -> Result<&mut Value, String> {
    let found = each(order, "fulfillment_orders").find(|one| named(one) == id);
    found.ok_or_else(|| "Fulfillment order does not exist.".to_owned())
}

/// Takes pieces of order lines into a fulfillment order of their own at another location.
pub(crate) fn split(
    order: &mut Value,
    lines: &[(u64, u32)],
    location: u64,
    ids: &mut Ids,
    now: Timestamp,
) -> Result<u64, String> {
    if lines.is_empty() {
        return Err("name the lines to split off".to_owned());
    }
    let wanted = by_line_items(order, lines, now)?;
    let mut new = Vec::new();
    for part in wanted {
        let from = one(order, part.fulfillment_order)?;
        for (id, pieces) in part.lines {
            for line in each(from, "line_items").filter(|line| named(line) == id) {
                for name in ["quantity", "fulfillable_quantity"] {
                    line[name] = json!(number(line, name) - pieces);
                }
                let mut line = line.clone();
                line["id"] = json!(ids.next());
                line["quantity"] = json!(pieces);
                line["fulfillable_quantity"] = json!(pieces);
                new.push(line);
            }
        }
        emptied(from, now);
    }
    let new = made(order, Some(location), new, ids, now);
    let id = named(&new);
    push(order, "fulfillment_orders", new);
    Ok(id)
}

/// Puts a fulfillment order on hold. Returns the hold's id.
pub(crate) fn hold(order: &mut Value, id: u64, reason: &str, ids: &mut Ids, now: Timestamp) -> Result<u64, String> {
    let reason = reason.to_lowercase();
    if !REASONS.contains(&reason.as_str()) {
        return Err(format!("{reason} is no reason for a hold: one of {}", REASONS.join(", ")));
    }
    let held = one(order, id)?;
    if !is_standing(held) {
        return Err(format!("Fulfillment order {id} cannot be put on hold: it is {}", status(held, now)));
    }
    if list(held, "fulfillment_holds").len() >= MOST_HOLDS {
        return Err(format!("Fulfillment order {id} has {MOST_HOLDS} holds, which is the most"));
    }
    let hold = ids.next();
    push(held, "fulfillment_holds", json!({"id": hold, "reason": reason, "reason_notes": null}));
    held["status"] = json!("on_hold");
    held["updated_at"] = rest_time(now);
    Ok(hold)
}

/// Releases all holds.
pub(crate) fn release(order: &mut Value, id: u64, now: Timestamp) -> Result<(), String> {
    let held = one(order, id)?;
    if held["status"] != "on_hold" {
        return Err(format!("Fulfillment order {id} is not on hold"));
    }
    held["fulfillment_holds"] = json!([]);
    held["status"] = json!(working_status(held));
    held["updated_at"] = rest_time(now);
    Ok(())
}

/// Moves what is left to another location. What was begun stays where it is and the rest becomes a
/// fulfillment order of its own. Returns the id of the one that is now there.
pub(crate) fn relocate(
    order: &mut Value,
    id: u64,
    location: u64,
    ids: &mut Ids,
    now: Timestamp,
) -> Result<u64, String> {
    let held = one(order, id)?;
    if !is_standing(held) || held["assigned_location_id"] == location {
        return Err("Cannot change location.".to_owned());
    }
    if !is_begun(held) {
        held["assigned_location_id"] = json!(location);
        held["updated_at"] = rest_time(now);
        return Ok(id);
    }
    let mut rest = Vec::new();
    for line in each(held, "line_items") {
        let left = number(line, "fulfillable_quantity");
        if left == 0 {
            continue;
        }
        line["quantity"] = json!(number(line, "quantity") - left);
        line["fulfillable_quantity"] = json!(0);
        let mut moved = line.clone();
        moved["id"] = json!(ids.next());
        moved["quantity"] = json!(left);
        moved["fulfillable_quantity"] = json!(left);
        rest.push(moved);
    }
    emptied(held, now);
    let moved = made(order, Some(location), rest, ids, now);
    let id = named(&moved);
    push(order, "fulfillment_orders", moved);
    Ok(id)
}

/// Schedules a fulfillment order: it opens at that moment.
pub(crate) fn schedule(order: &mut Value, id: u64, at: Timestamp, now: Timestamp) -> Result<(), String> {
    let held = one(order, id)?;
    if held["status"] != "open" && held["status"] != "scheduled" {
        return Err(format!("Fulfillment order {id} cannot be scheduled: it is {}", status(held, now)));
    }
    held["status"] = json!("scheduled");
    held["fulfill_at"] = rest_time(at);
    held["updated_at"] = rest_time(now);
    Ok(())
}

/// What can be done with a fulfillment order now.
pub(crate) fn actions(fulfillment_order: &Value, now: Timestamp) -> &'static [&'static str] {
    match status(fulfillment_order, now) {
        "open" if remaining(fulfillment_order) > 1 => {
            &["create_fulfillment", "report_progress", "move", "hold", "split"]
        }
        "open" => &["create_fulfillment", "report_progress", "move", "hold"],
        "in_progress" => &["create_fulfillment", "report_progress", "hold", "mark_as_open"],
        "on_hold" => &["release_hold", "hold", "move"],
        "scheduled" => &["mark_as_open", "move"],
        _ => &[],
    }
}
