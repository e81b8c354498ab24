//! What the warehouse holds.

use std::collections::{BTreeMap, BTreeSet};

use tokio::time::Instant;

use super::options::{Item, Warehouse};
use super::order::Order;

#[derive(Debug, Default)]
pub(super) struct State {
    /// As they came in; an order's id is its position, from 1.
    pub(super) orders: Vec<Order>,
    /// Positions by order number; several where it came repeatedly.
    pub(super) numbers: BTreeMap<String, Vec<usize>>,
    pub(super) items: BTreeMap<String, Item>,
    pub(super) warehouse: Warehouse,
    /// Which order the automatic warehouse looks at when.
    pub(super) queue: BTreeSet<(Instant, usize)>,
    /// Cartons so far.
    pub(super) cartons: u64,
}

impl State {
    pub(super) fn has(&self, number: &str) -> bool {
        self.numbers.contains_key(number)
    }

    pub(super) fn add(&mut self, order: Order) {
        let at = self.orders.len();
        self.numbers.entry(order.number.clone()).or_default().push(at);
        self.queue.extend(self.warehouse.next().map(|due| (due, at)));
        self.orders.push(order);
    }

    /// Puts somebody else in charge of what is open.
    pub(super) fn put_in_charge(&mut self, warehouse: Warehouse) {
        self.warehouse = warehouse;
        self.queue.clear();
        if let Some(due) = warehouse.next() {
            let open = (0..).zip(&self.orders).filter(|(_, order)| order.is_open());
            self.queue.extend(open.map(|(at, _)| (due, at)));
        }
    }

    /// All orders of a number, oldest first.
    pub(super) fn named(&self, number: &str) -> impl Iterator<Item = &Order> {
        let positions = self.numbers.get(number).map_or(&[][..], Vec::as_slice);
        positions.iter().filter_map(|position| self.orders.get(*position))
    }

    /// The position of the oldest order of a number that is open, else of the oldest.
    pub(super) fn position(&self, number: &str) -> Option<usize> {
        let positions = self.numbers.get(number)?;
        let is_open = |position: &&usize| self.orders.get(**position).is_some_and(Order::is_open);
        positions.iter().find(is_open).or(positions.first()).copied()
    }
}
