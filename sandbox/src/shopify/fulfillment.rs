//! What is to be sent from where, and what was: fulfillment orders and fulfillments.
//!
//! Both are kept inside their order in the shape of REST's resources, and everything here takes an
//! order and changes it or says in Shopify's words why not.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::derive::{current_quantity, list};
use super::state::{Ids, gid, rest_time};

/// Holds that one fulfillment order may have.
const MOST_HOLDS: usize = 10;
const BAD_QUANTITY: &str = "Invalid fulfillment order line item quantity requested.";
const NO_FULFILLMENT: &str = "Fulfillment does not exist.";
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

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn order() -> (Value, Ids) {
        let mut ids = Ids::default();
        let mut order = json!({"id": 1, "name": "#1", "line_items": [
            {"id": 11, "quantity": 3, "current_quantity": 2, "requires_shipping": true},
            {"id": 12, "quantity": 1, "requires_shipping": true, "fulfillable_quantity": 0},
            {"id": 13, "quantity": 1, "requires_shipping": false},
            {"id": 14, "quantity": 1, "requires_shipping": true},
        ]});
        settle(&mut order, Some(7), &mut ids, NOW);
        (order, ids)
    }

    fn at(order: &Value, index: usize) -> (Value, Vec<(i64, i64)>) {
        let one = &order["fulfillment_orders"][index];
        let lines = list(one, "line_items").iter();
        (
            one["status"].clone(),
            lines.map(|line| (number(line, "quantity"), number(line, "fulfillable_quantity"))).collect(),
        )
    }

    fn all(order: &Value, index: usize) -> Wanted {
        Wanted { fulfillment_order: named(&order["fulfillment_orders"][index]), lines: Vec::new() }
    }

    #[test]
    fn what_requires_shipping_and_is_not_sent_is_to_be_sent() {
        let (order, _) = order();
        assert_eq!(list(&order, "fulfillment_orders").len(), 1);
        assert_eq!(at(&order, 0), (json!("open"), vec![(2, 2), (1, 1)]));
    }

    #[test]
    fn a_refund_takes_pieces_off_and_an_edit_adds_them() {
        let (mut order, mut ids) = order();
        order["line_items"][0]["current_quantity"] = json!(1);
        order["line_items"][3]["current_quantity"] = json!(0);
        settle(&mut order, Some(7), &mut ids, NOW);
        assert_eq!(at(&order, 0), (json!("open"), vec![(1, 1)]));
        order["line_items"][0]["current_quantity"] = json!(3);
        settle(&mut order, Some(7), &mut ids, NOW);
        assert_eq!(at(&order, 0), (json!("open"), vec![(3, 3)]));
        order["cancelled_at"] = json!("2026-10-05T12:00:00Z");
        settle(&mut order, Some(7), &mut ids, NOW);
        assert_eq!(at(&order, 0), (json!("closed"), vec![]));
    }

    #[test]
    fn a_fulfillment_leaves_the_rest_and_a_cancelled_one_gives_back() {
        let (mut order, mut ids) = order();
        let line = named(&order["fulfillment_orders"][0]["line_items"][0]);
        let part = Wanted { lines: vec![(line, 1)], ..all(&order, 0) };
        let first = fulfil(&mut order, &[part], &Tracking::default(), &mut ids, NOW).unwrap();
        assert_eq!(at(&order, 0), (json!("in_progress"), vec![(2, 1), (1, 1)]));
        assert_eq!((&first["name"], &order["fulfillment_status"]), (&json!("#1.1"), &json!("partial")));
        assert_eq!(order["line_items"][0]["fulfillable_quantity"], 1);
        let again = order.clone();
        settle(&mut order, Some(7), &mut ids, NOW);
        assert_eq!(order, again, "what was sent does not come back");

        let rest = all(&order, 0);
        fulfil(&mut order, &[rest], &Tracking::default(), &mut ids, NOW).unwrap();
        assert_eq!(at(&order, 0).0, "closed");
        assert_eq!(order["fulfillment_status"], "fulfilled");

        cancel(&mut order, named(&first), NOW).unwrap();
        assert_eq!(at(&order, 0), (json!("in_progress"), vec![(2, 1), (1, 0)]));
        assert_eq!(order["fulfillment_status"], "partial");
        assert!(cancel(&mut order, named(&first), NOW).is_err());
    }

    #[test]
    fn refusals_are_in_shopify_s_words() {
        let (mut order, mut ids) = order();
        let id = named(&order["fulfillment_orders"][0]);
        let line = named(&order["fulfillment_orders"][0]["line_items"][0]);
        let refused = |order: &Value, wanted: &[Wanted]| plan(order, wanted, NOW).err().unwrap();
        for pieces in [0, 3] {
            let wanted = Wanted { fulfillment_order: id, lines: vec![(line, pieces)] };
            assert_eq!(refused(&order, &[wanted]), BAD_QUANTITY);
        }
        let twice = Wanted { fulfillment_order: id, lines: vec![(line, 1), (line, 2)] };
        assert_eq!(refused(&order, &[twice]), BAD_QUANTITY);
        let unknown = Wanted { fulfillment_order: 5, lines: vec![] };
        assert_eq!(refused(&order, &[unknown]), "Fulfillment order does not exist.");

        split(&mut order, &[(11, 1)], 8, &mut ids, NOW).unwrap();
        assert_eq!(at(&order, 1), (json!("open"), vec![(1, 1)]));
        assert_eq!(
            refused(&order, &[all(&order, 0), all(&order, 1)]),
            "All fulfillment orders must be assigned to a single location. Multiple locations with ids [7, 8] were found."
        );
        hold(&mut order, id, "OTHER", &mut ids, NOW).unwrap();
        assert_eq!(
            refused(&order, &[all(&order, 0)]),
            format!("Fulfillment order {id} has an unfulfillable status= on_hold.")
        );
        release(&mut order, id, NOW).unwrap();
        let soon = NOW + jiff::SignedDuration::from_secs(60);
        schedule(&mut order, id, soon, NOW).unwrap();
        assert!(refused(&order, &[all(&order, 0)]).ends_with("status= scheduled."));
        assert!(plan(&order, &[all(&order, 0)], soon).is_ok());
    }

    #[test]
    fn what_was_begun_stays_when_the_rest_moves() {
        let (mut order, mut ids) = order();
        let id = named(&order["fulfillment_orders"][0]);
        assert_eq!(relocate(&mut order, id, 7, &mut ids, NOW).unwrap_err(), "Cannot change location.");
        assert_eq!(relocate(&mut order, id, 8, &mut ids, NOW), Ok(id));
        let wanted = by_line_items(&order, &[(11, 1)], NOW).unwrap();
        fulfil(&mut order, &wanted, &Tracking::default(), &mut ids, NOW).unwrap();
        let moved = relocate(&mut order, id, 7, &mut ids, NOW).unwrap();
        assert_ne!(moved, id);
        assert_eq!(at(&order, 0), (json!("closed"), vec![(1, 0)]));
        assert_eq!(at(&order, 1), (json!("open"), vec![(1, 1), (1, 1)]));
        assert!(by_line_items(&order, &[(11, 2)], NOW).is_err());
    }
}
