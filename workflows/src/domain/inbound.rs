//! A purchase or transfer order that brings goods to the warehouse, and what the brand's policy says about it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::readiness::Readiness;

/// What brings the goods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// A vendor.
    PurchaseOrder,
    /// Another location of the merchant's.
    TransferOrder,
}

impl Kind {
    /// NetSuite's record type.
    pub fn record(self) -> &'static str {
        match self {
            Self::PurchaseOrder => "purchaseOrder",
            Self::TransferOrder => "transferOrder",
        }
    }
}

/// The order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InboundOrder {
    /// What it is.
    pub kind: Kind,
    /// Internal id.
    pub id: String,
    /// Document number: `PO1001`.
    pub number: String,
    /// Letter of the status; what it means depends on the kind, see [`InboundOrder::readiness`].
    pub status: String,
    /// Internal id of the subsidiary.
    pub subsidiary: String,
    /// Internal id of the location that the goods go to, unless a line says otherwise.
    pub location: Option<String>,
    /// Day of the order.
    pub date: Option<Date>,
    /// Day on which the goods are expected.
    pub expected: Option<Date>,
    /// The mark: DCL's number, or our reference where DCL told no number.
    pub dcl_po_number: Option<String>,
    /// The reference under which it was announced.
    pub reference: Option<String>,
    /// What was announced.
    pub announced: Option<String>,
    /// What was received and is not to be booked.
    pub left_out: Option<String>,
    /// Its lines, in their order.
    pub lines: Vec<InboundLine>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InboundLine {
    /// Its number.
    pub line: u32,
    /// Internal id of the item.
    pub item: String,
    /// SKU.
    pub sku: String,
    /// Does the item lie on a shelf? A service does not.
    #[serde(default, skip_serializing_if = "is_false")]
    pub service: bool,
    /// Has the item lots or serial numbers?
    #[serde(default, skip_serializing_if = "is_false")]
    pub numbered: bool,
    /// Units ordered.
    pub quantity: Decimal,
    /// Units of a purchase that were received, units of a transfer that have left.
    #[serde(default, skip_serializing_if = "Decimal::is_zero")]
    pub moved: Decimal,
    /// Nothing more will come of it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub closed: bool,
    /// Internal id of the location.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Day on which it is expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Date>,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// What becomes of goods that cannot be booked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Surplus {
    /// A person decides.
    #[default]
    Park,
    /// They are named and left out.
    LeaveOut,
}

/// What becomes of goods that did not come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Short {
    /// The order stays open.
    #[default]
    Leave,
    /// Its open lines are closed.
    Close,
    /// A person decides.
    Park,
}

/// What the policy is asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InboundQuestion {
    /// The brand.
    pub brand: String,
    /// SKUs of the order's lines.
    pub skus: BTreeSet<String>,
}

/// What the brand's policy says about one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InboundPolicy {
    /// Orders of earlier days are not ours, by the brand's calendar.
    pub go_live: Date,
    /// Internal ids of the brand's subsidiaries.
    pub subsidiaries: BTreeSet<String>,
    /// DCL's warehouse by internal id of the NetSuite location.
    pub locations: BTreeMap<String, String>,
    /// DCL's account number.
    pub account_number: String,
    /// DCL's item numbers by SKU, where they differ.
    pub items: BTreeMap<String, String>,
    /// So many days after its date an order is expected that names no day.
    pub lead_days: u32,
    /// So much more than was ordered is booked, in percent of each line.
    pub over_percent: Decimal,
    /// What came beyond that.
    pub over: Surplus,
    /// What was never ordered.
    pub unknown_item: Surplus,
    /// What came without the right lots or serial numbers.
    pub wrong_lot: Surplus,
    /// What did not come.
    pub short: Short,
    /// So many days after the last receipt.
    pub short_after_days: u32,
    /// How long an order may wait, in seconds.
    pub wait_limit: u64,
}

impl InboundPolicy {
    /// DCL's number of an item.
    pub fn item_number<'a>(&'a self, sku: &'a str) -> &'a str {
        self.items.get(sku).map_or(sku, String::as_str)
    }
}

impl InboundOrder {
    /// What the policy has to say something about.
    pub fn question(&self, brand: &str) -> InboundQuestion {
        let skus = self.lines.iter().filter(|l| !l.service).map(|l| l.sku.clone()).collect();
        InboundQuestion { brand: brand.to_owned(), skus }
    }

    /// What people and other runs find it by.
    pub fn documents(&self) -> Vec<String> {
        let record = self.kind.record();
        let mut documents =
            vec![format!("netsuite:{record}:{}", self.id), format!("netsuite:{record}:{}", self.number)];
        documents.extend(self.dcl_po_number.iter().map(|number| format!("dcl:purchaseOrder:{number}")));
        documents
    }

    /// The document by its id.
    pub fn document(&self) -> String {
        format!("netsuite:{}:{}", self.kind.record(), self.id)
    }

    /// Where a line's goods go.
    pub fn place<'a>(&'a self, line: &'a InboundLine) -> Option<&'a String> {
        match self.kind {
            Kind::PurchaseOrder => line.location.as_ref().or(self.location.as_ref()),
            // A transfer's line names where it leaves.
            Kind::TransferOrder => self.location.as_ref(),
        }
    }

    /// The lines whose goods come to a warehouse of ours.
    pub fn own_lines<'a>(&'a self, policy: &'a InboundPolicy) -> impl Iterator<Item = &'a InboundLine> {
        let comes = |line: &&InboundLine| self.place(line).is_some_and(|place| policy.locations.contains_key(place));
        self.lines.iter().filter(|line| !line.service).filter(comes)
    }

    /// Is it one of the brand's? The text says why not.
    pub fn must_be_of(&self, policy: &InboundPolicy) -> Result<(), String> {
        let Self { number, subsidiary, .. } = self;
        if !policy.subsidiaries.contains(subsidiary) {
            return Err(format!("{number}: subsidiary {subsidiary} is not the brand's; see inbound.subsidiaries"));
        }
        if let Some(date) = self.date.filter(|date| *date < policy.go_live) {
            return Err(format!("{number}: of {date}, before the go-live on {}", policy.go_live));
        }
        match self.own_lines(policy).next() {
            Some(_) => Ok(()),
            None => Err(format!("{number}: nothing of it goes to a warehouse of ours; see inbound.locations")),
        }
    }

    /// May it be announced now, later, or never? The statuses are NetSuite's, as third parties tell them.
    pub fn readiness(&self) -> Readiness {
        let number = &self.number;
        let never = |why: &str| Readiness::Never(format!("{number}: {why}"));
        match (self.kind, self.status.as_str()) {
            (_, "A") => Readiness::NotYet(format!("the approval of {number}")),
            (_, "C") => never("its approval was refused"),
            (_, "H") => never("it is closed"),
            (Kind::PurchaseOrder, "B") | (Kind::TransferOrder, "E" | "F") => Readiness::Ready,
            (Kind::TransferOrder, "B") => Readiness::NotYet(format!("the shipment of {number}")),
            (Kind::PurchaseOrder, _) => never("goods of it were received before it was announced"),
            (Kind::TransferOrder, _) => never("what has left was received before it was announced"),
        }
    }

    /// Does something of it still have to come?
    pub fn is_expected(&self) -> bool {
        match self.kind {
            Kind::PurchaseOrder => matches!(self.status.as_str(), "B" | "D" | "E"),
            Kind::TransferOrder => matches!(self.status.as_str(), "B" | "D" | "E" | "F"),
        }
    }

    /// Was it closed?
    pub fn is_closed(&self) -> bool {
        self.status == "H"
    }

    /// May more of a transfer still leave?
    pub fn may_leave(&self) -> bool {
        self.kind == Kind::TransferOrder && matches!(self.status.as_str(), "A" | "B" | "D" | "E")
    }
}

impl InboundLine {
    /// The units that are expected of it in all, whatever has come already. What was closed before it moved is not.
    pub fn expected_units(&self, kind: Kind) -> Decimal {
        match (self.closed, kind) {
            (false, _) => self.quantity,
            (true, Kind::TransferOrder) => self.moved,
            (true, Kind::PurchaseOrder) if self.moved.is_zero() => Decimal::ZERO,
            (true, Kind::PurchaseOrder) => self.quantity,
        }
    }
}

/// What NetSuite has booked of an inbound order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Booked {
    /// Item Receipts, oldest first.
    pub receipts: Vec<BookedReceipt>,
    /// What left of a transfer, oldest first; none for a purchase.
    pub shipments: Vec<Shipment>,
    /// When the answer came: a creating write believes it for a few seconds only.
    pub at: Timestamp,
}

/// An Item Receipt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BookedReceipt {
    /// Internal id.
    pub id: String,
    /// Our key; none if a person made it.
    pub external_id: Option<String>,
    /// Internal id of the Item Fulfillment that it receives; none for a purchase.
    pub shipment: Option<String>,
    /// Units by the order's line.
    pub lines: BTreeMap<u32, Decimal>,
}

/// An Item Fulfillment of a transfer that has left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Shipment {
    /// Internal id.
    pub id: String,
    /// Its day.
    pub date: Option<Date>,
    /// What it ships, by the order's line.
    pub lines: BTreeMap<u32, ShippedLine>,
}

/// One line of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShippedLine {
    /// Units.
    pub quantity: Decimal,
    /// Units by lot or serial number.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub numbers: BTreeMap<String, Decimal>,
}

#[cfg(test)]
pub(crate) mod fixture {
    use super::*;

    /// A purchase of 40 TEE-SLATE and 10 TEE-MOSS for the main warehouse.
    pub(crate) fn purchase() -> InboundOrder {
        let line = |line, sku: &str, quantity: i64| InboundLine {
            line,
            item: format!("100{line}"),
            sku: sku.into(),
            service: false,
            numbered: false,
            quantity: quantity.into(),
            moved: Decimal::ZERO,
            closed: false,
            location: None,
            expected: None,
        };
        InboundOrder {
            kind: Kind::PurchaseOrder,
            id: "1203".into(),
            number: "PO1001".into(),
            status: "B".into(),
            subsidiary: "1".into(),
            location: Some("1".into()),
            date: Some("2026-11-02".parse().unwrap()),
            expected: None,
            dcl_po_number: None,
            reference: None,
            announced: None,
            left_out: None,
            lines: vec![line(1, "TEE-SLATE", 40), line(2, "TEE-MOSS", 10)],
        }
    }

    /// The same goods from another location, shipped.
    pub(crate) fn transfer() -> InboundOrder {
        let mut order = purchase();
        order.kind = Kind::TransferOrder;
        order.number = "TO1001".into();
        order.status = "F".into();
        for line in &mut order.lines {
            line.moved = line.quantity;
            line.location = Some("2".into());
        }
        order
    }

    pub(crate) fn policy() -> InboundPolicy {
        InboundPolicy {
            go_live: "2026-01-01".parse().unwrap(),
            subsidiaries: ["1".to_owned()].into(),
            locations: [("1".to_owned(), "FR".to_owned())].into(),
            account_number: "10501".into(),
            items: [("TEE-MOSS".to_owned(), "MOSS".to_owned())].into(),
            lead_days: 14,
            over_percent: Decimal::ZERO,
            over: Surplus::Park,
            unknown_item: Surplus::Park,
            wrong_lot: Surplus::Park,
            short: Short::Leave,
            short_after_days: 14,
            wait_limit: 3600,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{fixture::*, *};

    #[test]
    fn preconditions_of_each_kind() {
        let standing = |mut order: InboundOrder, status: &str| {
            order.status = status.into();
            order.readiness()
        };
        assert_eq!(standing(purchase(), "B"), Readiness::Ready);
        for status in ["E", "F"] {
            assert_eq!(standing(transfer(), status), Readiness::Ready);
        }
        for (order, status, what) in
            [(purchase(), "A", "approval"), (transfer(), "A", "approval"), (transfer(), "B", "shipment")]
        {
            assert!(matches!(standing(order, status), Readiness::NotYet(why) if why.contains(what)), "{status}");
        }
        for status in ["C", "D", "E", "F", "G", "H"] {
            assert!(matches!(standing(purchase(), status), Readiness::Never(_)), "{status}");
        }
        for status in ["C", "D", "G", "H"] {
            assert!(matches!(standing(transfer(), status), Readiness::Never(_)), "{status}");
        }
    }

    #[test]
    fn whose_it_is_follows_from_subsidiary_day_and_place() {
        let (order, policy) = (purchase(), policy());
        assert_eq!(order.must_be_of(&policy), Ok(()));
        let refused = |change: &dyn Fn(&mut InboundOrder)| {
            let mut order = order.clone();
            change(&mut order);
            order.must_be_of(&policy).unwrap_err()
        };
        assert!(refused(&|o| o.subsidiary = "2".into()).contains("subsidiary 2"));
        assert!(refused(&|o| o.date = Some("2025-12-31".parse().unwrap())).contains("go-live"));
        assert!(refused(&|o| o.location = Some("2".into())).contains("warehouse"));
        assert!(refused(&|o| o.lines.iter_mut().for_each(|l| l.service = true)).contains("warehouse"));
        let mut mixed = order.clone();
        mixed.lines[0].location = Some("2".into());
        assert_eq!(mixed.own_lines(&policy).map(|l| l.line).collect::<Vec<_>>(), [2]);
        // A transfer's line names where its goods leave.
        assert_eq!(transfer().own_lines(&policy).count(), 2);
    }
}
