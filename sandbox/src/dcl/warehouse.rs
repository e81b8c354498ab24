//! What the people in the warehouse do with an order.
//!
//! An order is named by its number. Where a number came twice, the oldest order that is open is meant.

use super::error::Checked;
use super::options::{Carton, Packed, Shipment, Warehouse};
use super::order::{Order, Sent, SentCarton};
use super::state::State;
use super::{Dcl, Refused, stage, time};

type Done = Result<(), Refused>;

impl Dcl {
    /// Moves an order one stage on: 10, 20, 40, then everything that is open is shipped in one carton.
    pub fn advance(&self, number: &str) -> Done {
        self.change(number, |dcl, state, at| dcl.step(state, at))
    }

    /// Ships these cartons. A line gets what is shipped of its item; more than was ordered is possible, an item
    /// that the order does not have is not. The order is then at stage 60, or at 50 while units are open.
    pub fn ship(&self, number: &str, shipment: Shipment) -> Done {
        self.change(number, |dcl, state, at| {
            let order = open(state, at, "ship")?;
            for packed in shipment.cartons.iter().flat_map(|carton| &carton.items) {
                if !order.lines.iter().any(|line| line.item == packed.item_number) {
                    let message = format!("{} is not an item of order {}", packed.item_number, order.number);
                    return Err(Refused::bad("item_number", message));
                }
            }
            dcl.send(state, at, shipment)
        })
    }

    /// Ships everything that is open, in one carton.
    pub fn ship_all(&self, number: &str) -> Done {
        self.change(number, |dcl, state, at| {
            open(state, at, "ship")?;
            dcl.send(state, at, everything(state, at))
        })
    }

    /// Ships an item that was never ordered, as happens when a picker is wrong. The lines stay as they are.
    pub fn ship_unknown(&self, number: &str, item: &str, quantity: u64) -> Done {
        self.change(number, |dcl, state, at| {
            open(state, at, "ship")?;
            dcl.send(state, at, Shipment::of(&[(item, quantity)]))
        })
    }

    /// Closes an order of which no more will be shipped: stage 62.
    pub fn close_short(&self, number: &str) -> Done {
        self.change(number, |_, state, at| {
            let order = open(state, at, "close")?;
            order.stage = stage::CLOSED_SHORT;
            order.lines.iter_mut().for_each(|line| line.back_order = false);
            Ok(())
        })
    }

    /// Puts what is open of an order in back order. The automatic warehouse leaves it alone from now on.
    pub fn back_order(&self, number: &str) -> Done {
        self.change(number, |_, state, at| {
            let order = open(state, at, "back-order")?;
            order.lines.iter_mut().for_each(|line| line.back_order = line.open() > 0);
            Ok(())
        })
    }

    /// Cancels an order, which is refused once it is being picked.
    pub fn cancel(&self, number: &str) -> Done {
        self.change(number, |_, state, at| {
            let order = open(state, at, "cancel")?;
            if order.stage >= stage::PICKED {
                let message = format!("order {} is being picked: it can no longer be cancelled", order.number);
                return Err(Refused::bad("order_stage", message));
            }
            order.stage = stage::CANCELLED;
            Ok(())
        })
    }

    /// Cancels an order although it is being picked, as long as nothing has left.
    pub fn force_cancel(&self, number: &str) -> Done {
        self.change(number, |_, state, at| {
            let order = open(state, at, "cancel")?;
            if !order.shipments.is_empty() {
                let message = format!("a part of order {} has been shipped", order.number);
                return Err(Refused::bad("order_stage", message));
            }
            order.stage = stage::CANCELLED;
            Ok(())
        })
    }

    /// Gives a carton that has left another tracking number; an empty one becomes null on the wire.
    pub fn change_tracking(&self, number: &str, carton_id: &str, tracking: &str) -> Done {
        self.change(number, |_, state, at| {
            let order = order(state, at)?;
            let mut cartons = order.shipments.iter_mut().flat_map(|sent| &mut sent.cartons);
            let carton = cartons.find(|carton| carton.carton_id == carton_id);
            let missing = || Refused::bad("carton_id", format!("order {number} has no carton {carton_id}"));
            carton.ok_or_else(missing)?.tracking = tracking.to_owned();
            Ok(())
        })
    }

    fn change(&self, number: &str, work: impl FnOnce(&Dcl, &mut State, usize) -> Done) -> Done {
        let mut state = self.lock();
        let at = state.position(number).ok_or_else(|| Refused::NoOrder(number.to_owned()))?;
        work(self, &mut state, at)?;
        self.touch(&mut state, at);
        Ok(())
    }

    pub(super) fn touch(&self, state: &mut State, at: usize) {
        if let Some(order) = state.orders.get_mut(at) {
            order.modified_at = time::told(self.inner.clock.now());
        }
    }

    /// One stage on.
    pub(super) fn step(&self, state: &mut State, at: usize) -> Done {
        let order = open(state, at, "advance")?;
        match stage::next(order.stage) {
            Some(next) => {
                order.stage = next;
                Ok(())
            }
            None => self.send(state, at, everything(state, at)),
        }
    }

    /// Books a shipment that has left.
    pub(super) fn send(&self, state: &mut State, at: usize, shipment: Shipment) -> Done {
        check(&shipment).map_err(|problem| Refused::bad("cartons", problem.message))?;
        let now = time::told(self.inner.clock.now());
        let mut cartons = Vec::with_capacity(shipment.cartons.len());
        for Carton { items, tracking, carton_id } in shipment.cartons {
            state.cartons += 1;
            let count = state.cartons;
            for packed in &items {
                if let Some(item) = state.items.get_mut(&packed.item_number) {
                    item.on_hand = item.on_hand.saturating_sub(i64::try_from(packed.quantity).unwrap_or(i64::MAX));
                }
            }
            cartons.push(SentCarton {
                carton_id: carton_id.unwrap_or_else(|| format!("00{count:018}")),
                tracking: tracking.unwrap_or_else(|| format!("1Z999AA1{count:010}")),
                items,
            });
        }
        let order = order(state, at)?;
        for packed in cartons.iter().flat_map(|carton| &carton.items) {
            book(order, packed);
        }
        order.shipments.push(Sent { at: now, cartons });
        order.stage = if order.open_units() == 0 { stage::SHIPPED } else { stage::PARTLY_SHIPPED };
        for line in &mut order.lines {
            line.back_order = line.back_order && line.open() > 0;
        }
        Ok(())
    }

    /// Puts somebody else in charge of the orders.
    pub fn set_warehouse(&self, warehouse: Warehouse) {
        self.lock().put_in_charge(warehouse);
        self.inner.changed.notify_one();
    }
}

fn order(state: &mut State, at: usize) -> Result<&mut Order, Refused> {
    state.orders.get_mut(at).ok_or_else(|| Refused::NoOrder(at.to_string()))
}

fn open<'a>(state: &'a mut State, at: usize, what: &str) -> Result<&'a mut Order, Refused> {
    let order = order(state, at)?;
    if order.is_open() {
        return Ok(order);
    }
    let told = stage::description(order.stage).unwrap_or("closed");
    Err(Refused::bad("order_stage", format!("cannot {what} order {}: it is {told}", order.number)))
}

fn everything(state: &State, at: usize) -> Shipment {
    let lines = state.orders.get(at).map_or(&[][..], |order| order.lines.as_slice());
    let open: Vec<_> =
        lines.iter().filter(|line| line.open() > 0).map(|line| (line.item.as_str(), line.open())).collect();
    Shipment::of(&open)
}

fn check(shipment: &Shipment) -> Checked<()> {
    let wrong = |message: &str| super::error::Problem::value("cartons", message);
    if shipment.cartons.is_empty() || shipment.cartons.iter().any(|carton| carton.items.is_empty()) {
        return Err(wrong("must hold at least one carton, and each carton an item"));
    }
    if shipment.cartons.iter().flat_map(|carton| &carton.items).any(|packed| packed.quantity == 0) {
        return Err(wrong("must hold quantities above 0"));
    }
    Ok(())
}

/// Line by line up to what is open; what is too much goes to the item's last line.
fn book(order: &mut Order, packed: &Packed) {
    let mut left = packed.quantity;
    for line in order.lines.iter_mut().filter(|line| line.item == packed.item_number) {
        let taken = left.min(line.open());
        line.shipped += taken;
        left -= taken;
    }
    if let Some(line) = order.lines.iter_mut().rev().find(|line| line.item == packed.item_number) {
        line.shipped += left;
    }
}
