//! Which line takes how much of what came.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{Came, LeftOut, Plan, ReceiptDraft, ReceiptLine, Situation, Why};
use crate::domain::inbound::{InboundLine, Kind, ShippedLine};

/// What may still come, line by line.
pub(super) struct Allocation<'a> {
    of: &'a Situation<'a>,
    /// Our lines by DCL's item number.
    lines: BTreeMap<&'a str, Vec<&'a InboundLine>>,
    /// Units of a purchase's line that are still to come.
    open: BTreeMap<u32, Decimal>,
    /// Units beyond them that the policy allows.
    spare: BTreeMap<u32, Decimal>,
    /// What is still under way of each of a transfer's shipments, by its place in the list.
    under_way: Vec<BTreeMap<u32, ShippedLine>>,
}

/// A draft's lines, by the shipment that they receive.
type Drafts = BTreeMap<Option<usize>, BTreeMap<u32, ReceiptLine>>;

impl<'a> Allocation<'a> {
    pub(super) fn new(of: &'a Situation<'a>) -> Self {
        let received = received(of);
        let (mut open, mut spare) = (BTreeMap::new(), BTreeMap::new());
        for line in of.order.lines.iter().filter(|line| !line.closed) {
            let came = received.get(&line.line).copied().unwrap_or_default();
            let most = (line.quantity * (Decimal::ONE_HUNDRED + of.policy.over_percent) / Decimal::ONE_HUNDRED).floor();
            let left = (line.quantity - came).max(Decimal::ZERO);
            open.insert(line.line, left);
            spare.insert(line.line, (most - came - left).max(Decimal::ZERO));
        }
        let mut lines = BTreeMap::<_, Vec<_>>::new();
        for line in of.order.own_lines(of.policy) {
            lines.entry(of.policy.item_number(&line.sku)).or_default().push(line);
        }
        Self { of, lines, open, spare, under_way: under_way(of) }
    }

    /// Books what is new in one receipt; what cannot be booked goes to the plan.
    pub(super) fn book(
        &mut self,
        receipt: &str,
        date: Date,
        new: BTreeMap<String, Came>,
        plan: &mut Plan,
    ) -> Vec<ReceiptDraft> {
        let mut drafts = Drafts::new();
        for (item, came) in new {
            let left = match self.of.order.kind {
                Kind::PurchaseOrder => self.purchase(&item, came, &mut drafts),
                Kind::TransferOrder => self.transfer(&item, came, &mut drafts),
            };
            let Some((quantity, why)) = left.filter(|(quantity, _)| !quantity.is_zero()) else { continue };
            if why == Why::Over && self.of.order.may_leave() {
                plan.waits = true;
                continue;
            }
            plan.left_out.push(LeftOut { receipt: receipt.to_owned(), item, quantity, why });
        }
        drafts.into_iter().map(|(shipment, lines)| self.draft(date, shipment, lines)).collect()
    }

    /// To a purchase's lines, first what was ordered, then within the tolerance. Returns what is left, and why.
    fn purchase(&mut self, item: &str, came: Came, drafts: &mut Drafts) -> Option<(Decimal, Why)> {
        let known = self.lines.get(item).cloned().unwrap_or_default();
        let lines: Vec<_> = known.iter().copied().filter(|line| !line.closed).collect();
        if known.is_empty() {
            return Some((came.quantity, Why::UnknownItem));
        }
        if lines.is_empty() || self.of.order.is_closed() {
            return Some((came.quantity, Why::Closed));
        }
        if !self.of.order.is_expected() {
            return Some((came.quantity, Why::Over));
        }
        let numbered = lines.iter().any(|line| line.numbered);
        if numbered && came.numbers.values().sum::<Decimal>() != came.quantity {
            return Some((came.quantity, Why::WrongLot));
        }
        let (mut left, mut numbers) = (came.quantity, came.numbers);
        for room in [&mut self.open, &mut self.spare] {
            for line in &lines {
                let Some(room) = room.get_mut(&line.line) else { continue };
                let taken = left.min(*room);
                if taken.is_zero() {
                    continue;
                }
                *room -= taken;
                left -= taken;
                let of_line = drafts.entry(None).or_default().entry(line.line).or_insert_with(|| ReceiptLine {
                    line: line.line,
                    quantity: Decimal::ZERO,
                    location: self.of.order.place(line).cloned(),
                    numbers: BTreeMap::new(),
                });
                of_line.quantity += taken;
                if numbered {
                    take(&mut numbers, taken, &mut of_line.numbers);
                }
            }
        }
        Some((left, Why::Over))
    }

    /// To a transfer's shipments, oldest first. Returns what is left, and why.
    fn transfer(&mut self, item: &str, came: Came, drafts: &mut Drafts) -> Option<(Decimal, Why)> {
        let Some(lines) = self.lines.get(item).cloned() else { return Some((came.quantity, Why::UnknownItem)) };
        let numbered = lines.iter().any(|line| line.numbered);
        if numbered && came.numbers.values().sum::<Decimal>() != came.quantity {
            return Some((came.quantity, Why::WrongLot));
        }
        let (mut left, mut numbers) = (came.quantity, came.numbers);
        let mut room = Decimal::ZERO;
        for (at, shipment) in self.under_way.iter_mut().enumerate() {
            for line in &lines {
                let Some(shipped) = shipment.get_mut(&line.line).filter(|shipped| !shipped.quantity.is_zero()) else {
                    continue;
                };
                let mut own = BTreeMap::new();
                let taken = match numbered {
                    true => take_shipped(&mut numbers, shipped, &mut own),
                    false => left.min(shipped.quantity),
                };
                room += shipped.quantity - taken;
                if taken.is_zero() {
                    continue;
                }
                shipped.quantity -= taken;
                left -= taken;
                let empty = || ReceiptLine {
                    line: line.line,
                    quantity: Decimal::ZERO,
                    location: None,
                    numbers: BTreeMap::new(),
                };
                let of_line = drafts.entry(Some(at)).or_default().entry(line.line).or_insert_with(empty);
                of_line.quantity += taken;
                for (number, units) in own {
                    *of_line.numbers.entry(number).or_default() += units;
                }
            }
        }
        let why = if numbered && !room.is_zero() { Why::WrongLot } else { Why::Over };
        Some((left, why))
    }

    fn draft(&self, date: Date, shipment: Option<usize>, lines: BTreeMap<u32, ReceiptLine>) -> ReceiptDraft {
        let still_open: BTreeMap<u32, Decimal> = match shipment.and_then(|at| self.under_way.get(at)) {
            Some(shipped) => shipped.iter().map(|(line, shipped)| (*line, shipped.quantity)).collect(),
            None => self.open.clone(),
        };
        let open = still_open.into_iter().filter(|(line, open)| !open.is_zero() && !lines.contains_key(line));
        let shipment = shipment.and_then(|at| self.of.booked.shipments.get(at));
        ReceiptDraft {
            external_id: String::new(),
            // A transfer cannot come before it has left, wherever the two days began.
            date: shipment.and_then(|shipment| shipment.date).map_or(date, |left| date.max(left)),
            shipment: shipment.map(|shipment| shipment.id.clone()),
            not_received: open.map(|(line, _)| line).collect(),
            lines: lines.into_values().collect(),
        }
    }
}

/// Units that are booked by the order's line.
pub(super) fn received(of: &Situation<'_>) -> BTreeMap<u32, Decimal> {
    let mut received = BTreeMap::new();
    for (line, quantity) in of.booked.receipts.iter().flat_map(|receipt| &receipt.lines) {
        *received.entry(*line).or_default() += *quantity;
    }
    received
}

/// Each shipment less what was received of it.
fn under_way(of: &Situation<'_>) -> Vec<BTreeMap<u32, ShippedLine>> {
    let mut under_way: Vec<_> = of.booked.shipments.iter().map(|shipment| shipment.lines.clone()).collect();
    for receipt in &of.booked.receipts {
        let place = of.booked.shipments.iter().position(|shipment| Some(&shipment.id) == receipt.shipment.as_ref());
        let Some(lines) = place.and_then(|at| under_way.get_mut(at)) else { continue };
        for (line, quantity) in &receipt.lines {
            if let Some(shipped) = lines.get_mut(line) {
                shipped.quantity = (shipped.quantity - *quantity).max(Decimal::ZERO);
            }
        }
    }
    under_way
}

/// So many units of the numbers that came.
fn take(from: &mut BTreeMap<String, Decimal>, mut units: Decimal, to: &mut BTreeMap<String, Decimal>) {
    for (number, there) in from.iter_mut() {
        let taken = units.min(*there);
        if !taken.is_zero() {
            *there -= taken;
            units -= taken;
            *to.entry(number.clone()).or_default() += taken;
        }
    }
}

/// The units that came under the numbers that were shipped.
fn take_shipped(
    from: &mut BTreeMap<String, Decimal>,
    shipped: &mut ShippedLine,
    to: &mut BTreeMap<String, Decimal>,
) -> Decimal {
    let mut sum = Decimal::ZERO;
    for (number, there) in from.iter_mut() {
        let Some(left) = shipped.numbers.get_mut(number) else { continue };
        let taken = (*there).min(*left).min(shipped.quantity - sum);
        if !taken.is_zero() {
            *there -= taken;
            *left -= taken;
            sum += taken;
            to.insert(number.clone(), taken);
        }
    }
    sum
}
