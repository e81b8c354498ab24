//! How the warehouse behaves, and what it is told to do.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

/// What becomes of an order number that DCL has already. The vendor does not document it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RepeatedOrderNumber {
    /// A second order is made: the hardest for a client.
    #[default]
    AcceptedTwice,
    /// The order is refused.
    Refused,
}

/// What becomes of a `reference_transaction_number` that DCL has already. The vendor asks for it to be unique; what
/// happens otherwise it does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RepeatedReference {
    /// The notification is refused.
    #[default]
    Refused,
    /// A second purchase order is made.
    AcceptedTwice,
}

/// Which orders `GET orders` tells when no `status` is asked for. DCL's page says any; a public client of it
/// says any except cancelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnaskedStatus {
    /// Cancelled orders come only with `status=2`: the hardest for a client.
    #[default]
    AnyButCancelled,
    /// All orders.
    Any,
}

/// Who moves orders on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Warehouse {
    /// Nobody, until told to.
    #[default]
    Manual,
    /// A background task, in real time. Orders on hold or in back order stay where they are.
    Automatic {
        /// Time from one stage to the next.
        pace: Duration,
        /// How many of a hundred orders of several units go in two shipments.
        split_percent: u8,
        /// The same seed packs the same orders alike.
        seed: u64,
    },
}

impl Warehouse {
    /// When it looks next at an order that it has just seen.
    pub(super) fn next(self) -> Option<Instant> {
        match self {
            Warehouse::Manual => None,
            Warehouse::Automatic { pace, .. } => Instant::now().checked_add(pace),
        }
    }
}

/// What kind of DCL account it is.
#[derive(Clone, Debug)]
pub struct Options {
    /// The account that the login owns.
    pub account_number: String,
    /// Load the catalogue's goods as items.
    pub catalogue: bool,
    /// Units of each of the catalogue's items on hand.
    pub stock: i64,
    /// What becomes of an order number that is there already.
    pub repeated_order_number: RepeatedOrderNumber,
    /// What becomes of a notification's reference that is there already.
    pub repeated_reference: RepeatedReference,
    /// A notification's answer tells DCL's number, as on the newer version of the vendor's page.
    pub po_number_told: bool,
    /// Receipts tell a number of their own.
    pub receipt_number_told: bool,
    /// Which orders come without a `status`.
    pub unasked_status: UnaskedStatus,
    /// A refused batch comes as 201 with its `error_code`, not as 400. DCL asks to judge bodies.
    pub refused_under_success: bool,
    /// Shipments tell their carrier and service, which the vendor's pages do not show.
    pub carrier_in_shipments: bool,
    /// `modified_at` tells its offset; otherwise it is the warehouse's local time without one.
    pub modified_at_offset: bool,
    /// Most characters in each field of an address. The vendor does not tell; `None` takes any.
    pub address_limit: Option<usize>,
    /// Who moves orders on.
    pub warehouse: Warehouse,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            account_number: "10501".to_owned(),
            catalogue: true,
            stock: 1000,
            repeated_order_number: RepeatedOrderNumber::default(),
            repeated_reference: RepeatedReference::default(),
            po_number_told: true,
            receipt_number_told: true,
            unasked_status: UnaskedStatus::default(),
            refused_under_success: false,
            carrier_in_shipments: false,
            modified_at_offset: false,
            address_limit: None,
            warehouse: Warehouse::default(),
        }
    }
}

/// Goods that leave together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shipment {
    /// Its cartons, at least one.
    pub cartons: Vec<Carton>,
}

/// One carton of a shipment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carton {
    /// What is in it.
    pub items: Vec<Packed>,
    /// The carrier's number: made up where there is none, null on the wire where it is empty.
    #[serde(default)]
    pub tracking: Option<String>,
    /// The warehouse's number: made up where there is none, null on the wire where it is empty.
    #[serde(default)]
    pub carton_id: Option<String>,
}

/// Units of one item in a carton.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Packed {
    /// The item.
    pub item_number: String,
    /// Units of it, above 0.
    pub quantity: u64,
    /// Their serial numbers, where it has any.
    #[serde(default)]
    pub serial_numbers: Vec<String>,
}

impl Shipment {
    /// One carton with these items and quantities, its numbers made up.
    pub fn of(items: &[(&str, u64)]) -> Shipment {
        Shipment { cartons: vec![Carton::of(items)] }
    }
}

impl Carton {
    /// A carton with these items and quantities, its numbers made up.
    pub fn of(items: &[(&str, u64)]) -> Carton {
        let packed = |&(item, quantity): &(&str, u64)| Packed {
            item_number: item.to_owned(),
            quantity,
            serial_numbers: Vec::new(),
        };
        Carton { items: items.iter().map(packed).collect(), ..Carton::default() }
    }
}

/// Goods that arrive together: one receipt.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arrival {
    /// What came, at least one.
    pub items: Vec<Arrived>,
    /// The warehouse's number of the receipt: made up where there is none, not told where it is empty.
    #[serde(default)]
    pub receipt_number: Option<String>,
    /// The day; today where there is none.
    #[serde(default)]
    pub date: Option<Date>,
    /// So many seconds later the receipt is listed.
    #[serde(default)]
    pub shown_after_seconds: u64,
}

/// Units of one item that arrive.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arrived {
    /// The item.
    pub item_number: String,
    /// Units of it, above 0.
    pub quantity: u64,
    /// Of these, units by lot number.
    #[serde(default)]
    pub lots: BTreeMap<String, u64>,
    /// Their serial numbers, where it has any.
    #[serde(default)]
    pub serial_numbers: Vec<String>,
}

impl Arrival {
    /// A receipt of these items and quantities, its number made up.
    pub fn of(items: &[(&str, u64)]) -> Arrival {
        let items = items.iter().map(|(item, quantity)| Arrived::of(item, *quantity)).collect();
        Arrival { items, ..Arrival::default() }
    }
}

impl Arrived {
    /// Units without lots and serial numbers.
    pub fn of(item_number: &str, quantity: u64) -> Arrived {
        Arrived { item_number: item_number.to_owned(), quantity, ..Arrived::default() }
    }
}

/// An item that DCL stores.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The SKU at DCL.
    pub item_number: String,
    /// What it is.
    #[serde(default)]
    pub description: String,
    /// Units in the warehouse.
    #[serde(default)]
    pub on_hand: i64,
    /// Units of them that may not be shipped.
    #[serde(default)]
    pub on_hold: i64,
    /// The kind of stock, such as `ZFRC`.
    #[serde(default = "free")]
    pub inventory_type: String,
}

fn free() -> String {
    "ZFRC".to_owned()
}

impl Item {
    /// An item with this many units on hand.
    pub fn new(item_number: impl Into<String>, description: impl Into<String>, on_hand: i64) -> Item {
        let (item_number, description) = (item_number.into(), description.into());
        Item { item_number, description, on_hand, on_hold: 0, inventory_type: free() }
    }
}
