//! What the warehouse holds.

use std::collections::{BTreeMap, BTreeSet};

use tokio::time::Instant;

use super::notifications::{Announced, Notification};
use super::options::{Item, Warehouse};
use super::order::Order;
use super::receipts::Received;

/// What the automatic warehouse looks at, by its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Job {
    Order(usize),
    Notification(usize),
}

#[derive(Debug, Default)]
pub(super) struct State {
    /// As they came in; an order's id is its position, from 1.
    pub(super) orders: Vec<Order>,
    /// Positions by order number; several where it came repeatedly.
    pub(super) numbers: BTreeMap<String, Vec<usize>>,
    pub(super) items: BTreeMap<String, Item>,
    pub(super) warehouse: Warehouse,
    /// As they came; the position gives the number.
    pub(super) notifications: Vec<Notification>,
    /// Rows of receipts, as they came.
    pub(super) receipts: Vec<Received>,
    /// Receipts so far.
    pub(super) arrivals: u64,
    /// What the automatic warehouse looks at when.
    pub(super) queue: BTreeSet<(Instant, Job)>,
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
        self.queue.extend(self.warehouse.next().map(|due| (due, Job::Order(at))));
        self.orders.push(order);
    }

    /// Takes a notification in; answers its position.
    pub(super) fn expect(&mut self, notification: Notification) -> usize {
        let at = self.notifications.len();
        self.queue.extend(self.warehouse.next().map(|due| (due, Job::Notification(at))));
        self.notifications.push(notification);
        at
    }

    /// Units of an item that are announced and have not come.
    pub(super) fn expected(&self, item: &str) -> u64 {
        let lines = self.notifications.iter().flat_map(|notification| &notification.lines);
        lines.filter(|line| line.item == item).map(Announced::open).sum()
    }

    /// Puts somebody else in charge of what is open.
    pub(super) fn put_in_charge(&mut self, warehouse: Warehouse) {
        self.warehouse = warehouse;
        self.queue.clear();
        if let Some(due) = warehouse.next() {
            let open = (0..).zip(&self.orders).filter(|(_, order)| order.is_open());
            self.queue.extend(open.map(|(at, _)| (due, Job::Order(at))));
            let coming = (0..).zip(&self.notifications).filter(|(_, coming)| coming.lines.iter().any(|l| l.open() > 0));
            self.queue.extend(coming.map(|(at, _)| (due, Job::Notification(at))));
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
