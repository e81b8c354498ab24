//! `GET po_receipts`: what came in. The vendor's page shows `dcl_po_number` and `receipt_date` and is cut then: that a row
//! is one item of one receipt, and its other names, are made up.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::error::{Checked, Problem};
use super::list::{Query, chosen};
use super::notifications::{number_of, position};
use super::options::{Arrival, Arrived, Item};
use super::state::State;
use super::{Dcl, Refused, time};

const MOST_RECEIPTS: usize = 100;
const FIELDS: &[&str] = &[
    "dcl_po_number",
    "receipt_number",
    "receipt_date",
    "receipt_type",
    "reference_transaction_number",
    "customer_po_number",
    "supplier_reference",
    "location",
    "inventory_type",
    "item_number",
    "quantity",
    "lots",
    "serial_numbers",
];
/// What came for a purchase order.
const PURCHASE: &str = "PO";

/// Units of one item that came in one receipt.
#[derive(Clone, Debug)]
pub(super) struct Received {
    po: u64,
    number: Option<String>,
    date: Date,
    /// A receipt has a day and no time of day: it counts as the day's beginning.
    day_began: Timestamp,
    /// From when on the list tells it.
    shown_at: Timestamp,
    reference: String,
    order_number: String,
    location: String,
    inventory_type: String,
    arrived: Arrived,
}

impl Received {
    fn told(&self) -> Map<String, Value> {
        let lots: Vec<_> =
            self.arrived.lots.iter().map(|(lot, quantity)| json!({"lot_number": lot, "quantity": quantity})).collect();
        let mut told = Map::new();
        for (name, value) in [
            ("dcl_po_number", json!(self.po)),
            ("receipt_number", json!(self.number)),
            ("receipt_date", json!(format!("{}T00:00:00", self.date))),
            ("receipt_type", json!(PURCHASE)),
            ("reference_transaction_number", json!(self.reference)),
            ("customer_po_number", json!(self.order_number)),
            ("supplier_reference", Value::Null),
            ("location", json!(self.location)),
            ("inventory_type", json!(self.inventory_type)),
            ("item_number", json!(self.arrived.item_number)),
            ("quantity", json!(self.arrived.quantity)),
            ("lots", json!(lots)),
            ("serial_numbers", json!(self.arrived.serial_numbers)),
        ] {
            told.insert(name.to_owned(), value);
        }
        if self.number.is_none() {
            told.remove("receipt_number");
        }
        told
    }
}

impl Dcl {
    pub(super) fn list_receipts(&self, query: &Query) -> Checked<Response> {
        let number = query.get("dcl_po_number").map(str::parse::<u64>).transpose();
        let number = number.map_err(|_| Problem::value("dcl_po_number", "must be an integer"))?;
        let items = query.list("item_numbers");
        let range = (query.moment("received_from")?, query.end_of_day("received_to")?);
        let (skip, size) = query.page(MOST_RECEIPTS)?;
        let fields = query.fields(|name| FIELDS.contains(&name))?;
        let is = |name: &str, own: &str| query.get(name).is_none_or(|wanted| wanted == own);
        let now = self.inner.clock.now();
        let state = self.lock();
        let mut found: Vec<_> = state
            .receipts
            .iter()
            .enumerate()
            .filter(|(_, row)| row.shown_at <= now)
            .filter(|(_, row)| number.is_none_or(|number| number == row.po))
            .filter(|(_, row)| items.as_ref().is_none_or(|items| items.contains(row.arrived.item_number.as_str())))
            .filter(|(_, row)| is("inventory_type", &row.inventory_type) && is("receipt_type", PURCHASE))
            .filter(|(_, row)| is("reference_transaction_number", &row.reference))
            .filter(|(_, row)| is("customer_po_number", &row.order_number) && is("supplier_reference", ""))
            .filter(|(_, row)| range.0.is_none_or(|from| row.day_began >= from))
            .filter(|(_, row)| range.1.is_none_or(|end| row.day_began < end))
            .collect();
        found.sort_by_key(|(at, row)| (row.date, *at));
        let page = found.into_iter().skip(skip).take(size);
        let rows: Vec<_> = page.map(|(_, row)| chosen(row.told(), fields.as_ref())).collect();
        Ok(axum::Json(json!({"error_code": 0, "error_message": "", "po_receipts": rows})).into_response())
    }

    /// Goods arrive for the purchase order of this number, announced or not, few or too many.
    pub fn receive(&self, number: u64, arrival: Arrival) -> Result<(), Refused> {
        if arrival.items.is_empty() || arrival.items.iter().any(|arrived| arrived.quantity == 0) {
            return Err(Refused::bad("items", "must hold items, each with a quantity above 0"));
        }
        let mut state = self.lock();
        let at = position(number).filter(|at| *at < state.notifications.len());
        let at = at.ok_or(Refused::NoNotification(number))?;
        self.take_in(&mut state, at, arrival);
        Ok(())
    }

    /// All that is announced and has not come yet, in one receipt.
    pub fn receive_all(&self, number: u64) -> Result<(), Refused> {
        let open = {
            let state = self.lock();
            let notification = position(number).and_then(|at| state.notifications.get(at));
            let lines = &notification.ok_or(Refused::NoNotification(number))?.lines;
            lines.iter().filter(|line| line.open() > 0).map(|line| Arrived::of(&line.item, line.open())).collect()
        };
        self.receive(number, Arrival { items: open, ..Arrival::default() })
    }

    pub(super) fn take_in(&self, state: &mut State, at: usize, arrival: Arrival) {
        let now = self.inner.clock.now();
        let Arrival { items, receipt_number, date, shown_after_seconds } = arrival;
        state.arrivals += 1;
        let number = match receipt_number {
            Some(number) if number.is_empty() => None,
            Some(number) => Some(number),
            None => Some(format!("R{:06}", state.arrivals)),
        };
        let number = number.filter(|_| self.inner.options.receipt_number_told);
        let date = date.unwrap_or_else(|| time::local(now).date());
        let day_began = time::moment(&date.to_string()).unwrap_or(now);
        let shown_at = now.checked_add(Duration::from_secs(shown_after_seconds)).unwrap_or(Timestamp::MAX);
        for arrived in items {
            let units = i64::try_from(arrived.quantity).unwrap_or(i64::MAX);
            let name = &arrived.item_number;
            let item = state.items.entry(name.clone()).or_insert_with(|| Item::new(name, "", 0));
            item.on_hand = item.on_hand.saturating_add(units);
            let inventory_type = item.inventory_type.clone();
            let Some(notification) = state.notifications.get_mut(at) else { continue };
            let mut left = arrived.quantity;
            for line in notification.lines.iter_mut().filter(|line| line.item == *name) {
                let taken = left.min(line.open());
                line.received += taken;
                left -= taken;
            }
            if let Some(line) = notification.lines.iter_mut().rev().find(|line| line.item == *name) {
                line.received += left;
            }
            state.receipts.push(Received {
                po: number_of(at),
                number: number.clone(),
                date,
                day_began,
                shown_at,
                reference: notification.reference.clone(),
                order_number: notification.order_number.clone(),
                location: notification.location.clone(),
                inventory_type,
                arrived,
            });
        }
    }
}
