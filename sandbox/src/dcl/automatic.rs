//! The warehouse that works by itself: each open order moves one stage on whenever its pace has passed, and what was
//! announced comes whole once it has.

use std::time::Duration;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::options::{Arrival, Arrived, Carton, Packed, Shipment, Warehouse};
use super::order::Order;
use super::state::{Job, State};
use super::{Dcl, stage};

/// How many of a hundred shipments of several units need two cartons.
const TWO_CARTONS_PERCENT: u32 = 30;
/// The least between two looks at an order.
const SHORT: Duration = Duration::from_millis(1);
/// How long to sleep when no order waits; a new one ends it.
const LONG: Duration = Duration::from_secs(3600);

impl Dcl {
    /// Works until `stop` is cancelled.
    pub(crate) async fn work(self, stop: CancellationToken) {
        loop {
            let next = self.work_until(Instant::now()).unwrap_or_else(|| Instant::now() + LONG);
            tokio::select! {
                () = tokio::time::sleep_until(next) => {}
                () = self.inner.changed.notified() => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// Does what is due at `now`; answers when the next order is.
    pub(super) fn work_until(&self, now: Instant) -> Option<Instant> {
        let mut state = self.lock();
        let Warehouse::Automatic { pace, split_percent, seed } = state.warehouse else {
            return None;
        };
        // Without any, an order on hold would be looked at for ever.
        let pace = pace.max(SHORT);
        while let Some((due, job)) = state.queue.first().copied() {
            if due > now {
                return Some(due);
            }
            state.queue.pop_first();
            match job {
                Job::Notification(at) => self.take_in_all(&mut state, at),
                Job::Order(at) => {
                    self.work_on(&mut state, at, split_percent, seed);
                    let open = state.orders.get(at).is_some_and(Order::is_open);
                    if let (true, Some(next)) = (open, now.checked_add(pace)) {
                        state.queue.insert((next, job));
                    }
                }
            }
        }
        None
    }

    fn take_in_all(&self, state: &mut State, at: usize) {
        let lines = state.notifications.get(at).map_or(&[][..], |coming| coming.lines.as_slice());
        let open = lines.iter().filter(|line| line.open() > 0).map(|line| Arrived::of(&line.item, line.open()));
        let items: Vec<_> = open.collect();
        if !items.is_empty() {
            self.take_in(state, at, Arrival { items, ..Arrival::default() });
        }
    }

    fn work_on(&self, state: &mut State, at: usize, split_percent: u8, seed: u64) {
        let Some(order) = state.orders.get(at).filter(|order| order.is_open()) else {
            return;
        };
        if order.is_on_hold() || order.is_back_order() {
            return;
        }
        let done = match stage::next(order.stage) {
            Some(_) => self.step(state, at),
            None => {
                let shipment = packed(order, split_percent, seed);
                self.send(state, at, shipment)
            }
        };
        match done {
            Ok(()) => self.touch(state, at),
            Err(error) => tracing::warn!(%error, "the automatic warehouse could not go on"),
        }
    }
}

/// What leaves next: everything that is open, or a part of it the first time.
fn packed(order: &Order, split_percent: u8, seed: u64) -> Shipment {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(order.id * 2 + u64::from(!order.shipments.is_empty()));
    let mut units = order.open_units();
    let splits = rng.random_range(0..100) < u32::from(split_percent);
    if units > 1 && order.shipments.is_empty() && splits {
        units = rng.random_range(1..units);
    }
    let lines = order.lines.iter().map(|line| (line.item.as_str(), line.open()));
    let (items, _) = taken(lines, units);
    let mut cartons = vec![Carton { items, ..Carton::default() }];
    if units > 1 && rng.random_range(0..100) < TWO_CARTONS_PERCENT {
        let first = rng.random_range(1..units);
        cartons = halves(&cartons.remove(0).items, first);
    }
    Shipment { cartons }
}

fn halves(items: &[Packed], first: u64) -> Vec<Carton> {
    let (items, rest) = taken(items.iter().map(|packed| (packed.item_number.as_str(), packed.quantity)), first);
    [items, rest].into_iter().map(|items| Carton { items, ..Carton::default() }).collect()
}

/// The first `units` units, and the rest.
fn taken<'a>(items: impl Iterator<Item = (&'a str, u64)>, mut units: u64) -> (Vec<Packed>, Vec<Packed>) {
    let (mut first, mut rest) = (Vec::new(), Vec::new());
    for (item, quantity) in items {
        let own = quantity.min(units);
        units -= own;
        for (side, quantity) in [(&mut first, own), (&mut rest, quantity - own)] {
            if quantity > 0 {
                side.push(Packed { item_number: item.to_owned(), quantity, serial_numbers: Vec::new() });
            }
        }
    }
    (first, rest)
}
