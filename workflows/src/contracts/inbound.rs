//! Activities of the inbound way: what is announced to the warehouse, and what it received.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use temporalio_common::ActivityDefinition;
use temporalio_macros::activity_definitions;
use temporalio_sdk::activities::ActivityError;

use super::{Changed, Contract, DCL, Effect, NETSUITE, PollReport, contract};
use crate::domain::{
    announcement::Announcement,
    inbound::{Booked, InboundOrder, InboundPolicy, InboundQuestion, Kind},
    receipt::{ReceiptDraft, ReceivedRow},
};

/// Which purchase or transfer order is to be read.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InboundOrderQuestion {
    /// The brand.
    pub brand: String,
    /// Which.
    pub by: InboundBy,
}

/// What it is found by.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum InboundBy {
    /// Its internal id.
    Id(String),
    /// Its number: `PO1001`.
    Number(String),
    /// DCL's number, or the references that DCL's receipts tell: it must be one that the brand has announced.
    Announced {
        /// DCL's number.
        number: String,
        /// Our references.
        references: Vec<String>,
    },
}

impl fmt::Display for InboundBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "transaction {id}"),
            Self::Number(number) => f.write_str(number),
            Self::Announced { number, .. } => write!(f, "the order that DCL has as {number}"),
        }
    }
}

/// A purchase or transfer order at NetSuite.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InboundRef {
    /// The brand.
    pub brand: String,
    /// What it is.
    pub kind: Kind,
    /// Internal id.
    pub id: String,
}

/// Goods to be announced.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Announce {
    /// The brand.
    pub brand: String,
    /// The announcement.
    pub announcement: Announcement,
    /// Was the run reset?
    pub after_reset: bool,
}

/// Fields of a purchase or transfer order that are to be set; those that are none stay.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MarkInbound {
    /// The order.
    pub order: InboundRef,
    /// DCL's number of it, or our reference.
    pub dcl_po_number: Option<String>,
    /// The reference under which it was announced.
    pub reference: Option<String>,
    /// What was announced.
    pub announced: Option<String>,
    /// What was received and is not to be booked.
    pub left_out: Option<String>,
}

impl MarkInbound {
    /// Sets nothing yet.
    pub fn of(order: InboundRef) -> Self {
        Self { order, dcl_po_number: None, reference: None, announced: None, left_out: None }
    }
}

/// Lines of a purchase order of which nothing more will come.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CloseInbound {
    /// The order.
    pub order: InboundRef,
    /// Numbers of the lines.
    pub lines: Vec<u32>,
}

/// What the warehouse received of one order.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DclPoRef {
    /// The brand.
    pub brand: String,
    /// DCL's number.
    pub number: String,
}

/// An Item Receipt to be made.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateReceipt {
    /// The order.
    pub order: InboundRef,
    /// The receipt.
    pub draft: ReceiptDraft,
    /// When NetSuite was last asked for the key and had nothing.
    pub looked_at: Timestamp,
    /// Was the run reset?
    pub after_reset: bool,
}

/// The definitions; the functions below say what each does.
pub struct InboundActivities;

#[activity_definitions]
impl InboundActivities {
    #[activity(name = "readInboundOrder")]
    pub fn read_inbound_order(_: InboundOrderQuestion) -> Result<Option<InboundOrder>, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "readInboundPolicy")]
    pub fn read_inbound_policy(_: InboundQuestion) -> Result<InboundPolicy, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "announceGoods")]
    pub fn announce_goods(_: Announce) -> Result<Option<String>, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "markInboundOrder")]
    pub fn mark_inbound(_: MarkInbound) -> Result<(), ActivityError> {
        unimplemented!()
    }
    #[activity(name = "getDclReceipts")]
    pub fn get_dcl_receipts(_: DclPoRef) -> Result<Vec<ReceivedRow>, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "readItemReceipts")]
    pub fn read_item_receipts(_: InboundRef) -> Result<Booked, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "createItemReceipt")]
    pub fn create_receipt(_: CreateReceipt) -> Result<String, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "closeInboundLines")]
    pub fn close_inbound(_: CloseInbound) -> Result<(), ActivityError> {
        unimplemented!()
    }
    #[activity(name = "publishWaitingPurchases")]
    pub fn publish_waiting_purchases(_: Changed) -> Result<PollReport, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "publishDclReceipts")]
    pub fn publish_dcl_receipts(_: Changed) -> Result<PollReport, ActivityError> {
        unimplemented!()
    }
}

/// Markers of the definitions, by which the implementations refer to them.
pub mod definitions {
    pub use super::inbound_activities::*;
}

/// A purchase or transfer order with its lines, in one SuiteQL; none if there is none.
pub fn read_inbound_order()
-> Contract<impl ActivityDefinition<Input = InboundOrderQuestion, Output = Option<InboundOrder>>> {
    contract(Some(NETSUITE), Effect::Read, InboundActivities::read_inbound_order)
}
/// The slice of the brand's policy that one inbound order needs.
pub fn read_inbound_policy() -> Contract<impl ActivityDefinition<Input = InboundQuestion, Output = InboundPolicy>> {
    contract(None, Effect::Read, InboundActivities::read_inbound_policy)
}
/// Goods on their way, announced under our reference. Output: DCL's number, where it told one.
pub fn announce_goods() -> Contract<impl ActivityDefinition<Input = Announce, Output = Option<String>>> {
    contract(Some(DCL), Effect::CreatingWrite, InboundActivities::announce_goods)
}
/// What the agents keep on a purchase or transfer order.
pub fn mark_inbound() -> Contract<impl ActivityDefinition<Input = MarkInbound, Output = ()>> {
    contract(Some(NETSUITE), Effect::RepeatableWrite, InboundActivities::mark_inbound)
}
/// What the warehouse received of one order.
pub fn get_dcl_receipts() -> Contract<impl ActivityDefinition<Input = DclPoRef, Output = Vec<ReceivedRow>>> {
    contract(Some(DCL), Effect::Read, InboundActivities::get_dcl_receipts)
}
/// The Item Receipts of an order, and of a transfer what has left.
pub fn read_item_receipts() -> Contract<impl ActivityDefinition<Input = InboundRef, Output = Booked>> {
    contract(Some(NETSUITE), Effect::Read, InboundActivities::read_item_receipts)
}
/// An Item Receipt of the order. Output: internal id.
pub fn create_receipt() -> Contract<impl ActivityDefinition<Input = CreateReceipt, Output = String>> {
    contract(Some(NETSUITE), Effect::CreatingWrite, InboundActivities::create_receipt)
}
/// Lines closed: nothing more will come of them.
pub fn close_inbound() -> Contract<impl ActivityDefinition<Input = CloseInbound, Output = ()>> {
    contract(Some(NETSUITE), Effect::RepeatableWrite, InboundActivities::close_inbound)
}
/// Every purchase and transfer order to announce, to compare, or to close, published to the bus.
pub fn publish_waiting_purchases() -> Contract<impl ActivityDefinition<Input = Changed, Output = PollReport>> {
    contract(Some(NETSUITE), Effect::RepeatableWrite, InboundActivities::publish_waiting_purchases)
}
/// Every order of ours of which the warehouse has received something that is not booked, published to the bus.
pub fn publish_dcl_receipts() -> Contract<impl ActivityDefinition<Input = Changed, Output = PollReport>> {
    contract(Some(DCL), Effect::RepeatableWrite, InboundActivities::publish_dcl_receipts)
}
