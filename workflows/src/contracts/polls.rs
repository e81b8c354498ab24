//! What a poll's tick asks and answers.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a poll's tick looks at.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    /// The brand.
    pub brand: String,
    /// Watermark of the last completed tick; none: since the brand's go-live, or its look-back.
    pub since: Option<Timestamp>,
    /// When that tick began; none: not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looked: Option<Timestamp>,
    /// When cancelled orders were last asked for apart, for a vendor that hides them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<CancelledMark>,
    /// Payouts that were told, for the poll of payouts.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub payouts: BTreeSet<u64>,
}

/// Where the next question for cancelled orders starts, and when it is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CancelledMark {
    /// When they were last asked for, by our clock.
    pub asked: Timestamp,
    /// Modification time of the last order that any tick had seen by then, by the vendor's clock: what is cancelled later is
    /// modified later. None: no order was there.
    pub seen: Option<Timestamp>,
}

/// Where the last completed tick of a poll ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", from = "MarksAsWritten")]
pub struct Marks {
    /// Modification time of the last record that it saw.
    pub watermark: Option<Timestamp>,
    /// When it began.
    pub looked: Option<Timestamp>,
    /// When cancelled orders were last asked for apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<CancelledMark>,
    /// Payouts that were told.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub payouts: BTreeSet<u64>,
}

/// A tick that an earlier build began has the watermark alone in its history.
#[derive(Deserialize)]
#[serde(untagged)]
enum MarksAsWritten {
    Watermark(Option<Timestamp>),
    Marks {
        watermark: Option<Timestamp>,
        looked: Option<Timestamp>,
        cancelled: Option<CancelledMark>,
        #[serde(default)]
        payouts: BTreeSet<u64>,
    },
}

impl From<MarksAsWritten> for Marks {
    fn from(written: MarksAsWritten) -> Self {
        match written {
            MarksAsWritten::Watermark(watermark) => Self { watermark, ..Self::default() },
            MarksAsWritten::Marks { watermark, looked, cancelled, payouts } => {
                Self { watermark, looked, cancelled, payouts }
            }
        }
    }
}

/// What a poll saw and did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PollReport {
    /// Orders changed since the watermark, with overlap.
    pub seen: u64,
    /// Of these, already sent.
    pub sent: u64,
    /// Of these, before the go-live, cancelled, or test orders.
    pub skipped: u64,
    /// Of these, unchanged since an earlier tick published them.
    pub settled: u64,
    /// Published to the bus.
    pub published: u64,
    /// Modification time of the last order seen; the next tick starts there.
    pub watermark: Option<Timestamp>,
    /// When cancelled orders were asked for apart, if this tick did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<CancelledMark>,
    /// Payouts that are told by now.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub payouts: BTreeSet<u64>,
}

/// Whose last watermark is asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WatermarkOf {
    /// The brand.
    pub brand: String,
    /// Workflow type of the poll.
    pub workflow: String,
}
