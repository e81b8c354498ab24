//! What the warehouse holds.

use std::collections::BTreeMap;

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
    /// Cartons so far.
    pub(super) cartons: u64,
}

impl State {
    pub(super) fn has(&self, number: &str) -> bool {
        self.numbers.contains_key(number)
    }

    pub(super) fn add(&mut self, order: Order) {
        self.numbers.entry(order.number.clone()).or_default().push(self.orders.len());
        self.orders.push(order);
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
