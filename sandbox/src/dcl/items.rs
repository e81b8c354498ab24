//! `GET items`: what is in stock, and for whom.

use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::error::Checked;
use super::list::{Query, chosen};
use super::options::Item;
use super::state::State;
use super::{Dcl, stage};

const MOST_ITEMS: usize = 500;
const FIELDS: &[&str] = &[
    "item_number",
    "description",
    "open_wo",
    "open_po",
    "open_rma",
    "on_demand",
    "on_hand",
    "on_hold",
    "committed",
    "available",
    "in_process",
    "net_available",
    "min_quantity",
    "dcl_quantity",
    "inventory_type",
    "lots",
];

impl Dcl {
    /// `include_lot` and `group_by_inventory_type` are taken and change nothing: an item has one type and no lots.
    pub(super) fn list_items(&self, query: &Query) -> Checked<Response> {
        let numbers = query.list("item_numbers");
        let kind = query.get("inventory_type");
        let (skip, size) = query.page(MOST_ITEMS)?;
        let fields = query.fields(|name| FIELDS.contains(&name))?;
        query.flag("include_lot")?;
        query.flag("group_by_inventory_type")?;
        let state = self.lock();
        let rows: Vec<_> = state
            .items
            .values()
            .filter(|item| numbers.as_ref().is_none_or(|numbers| numbers.contains(item.item_number.as_str())))
            .filter(|item| kind.is_none_or(|kind| kind == item.inventory_type))
            .skip(skip)
            .take(size)
            .map(|item| chosen(told(item, &state), fields.as_ref()))
            .collect();
        Ok(axum::Json(json!({"error_code": 0, "error_message": "", "items": rows})).into_response())
    }
}

/// Units of open orders: those that are being picked are committed, the others on demand. Where the vendor draws
/// that line is inferred.
fn told(item: &Item, state: &State) -> Map<String, Value> {
    let (mut committed, mut on_demand) = (0, 0);
    for order in state.orders.iter().filter(|order| order.is_open()) {
        let lines = order.lines.iter().filter(|line| line.item == item.item_number);
        let units = lines.map(|line| i64::try_from(line.open()).unwrap_or(i64::MAX)).sum::<i64>();
        let picked = order.stage >= stage::PICKED && !order.is_back_order();
        *(if picked { &mut committed } else { &mut on_demand }) += units;
    }
    let available = item.on_hand - item.on_hold - committed;
    let values = [
        ("item_number", json!(item.item_number)),
        ("description", json!(item.description)),
        ("open_po", json!(state.expected(&item.item_number))),
        ("on_demand", json!(on_demand)),
        ("on_hand", json!(item.on_hand)),
        ("on_hold", json!(item.on_hold)),
        ("committed", json!(committed)),
        ("available", json!(available)),
        ("net_available", json!(available - on_demand)),
        ("inventory_type", json!(item.inventory_type)),
        ("lots", json!([])),
    ];
    let zeros = ["open_wo", "open_rma", "in_process", "min_quantity", "dcl_quantity"];
    let zeros = zeros.map(|name| (name, json!(0)));
    values.into_iter().chain(zeros).map(|(name, value)| (name.to_owned(), value)).collect()
}
