//! How often polls look.

use std::time::Duration;

use serde::Deserialize;

const MINUTE: Duration = Duration::from_secs(60);

/// The polls that find what no event told.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Poll {
    /// Time between two looks at Shopify's orders.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub every: Duration,
    /// Time between two looks at what waits in NetSuite.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub netsuite_every: Duration,
    /// Time between two looks at what the warehouse shipped.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub dcl_every: Duration,
    /// Time between two looks at what the warehouse cancelled, which DCL may not tell unless it is asked: a request of its own.
    /// A look at what it shipped asks for it when this time has passed.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub cancelled_every: Duration,
    /// Time between two looks at the payouts of Shopify Payments, for a brand whose money is settled once it is `paidOut`.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub payouts_every: Duration,
    /// Time between two looks at the purchase and transfer orders in NetSuite.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub purchases_every: Duration,
    /// Time between two looks at what the warehouse received.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub receipts_every: Duration,
    /// How far before the last watermark a tick looks again.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub overlap: Duration,
    /// How far back a tick looks that finds no watermark; default: to the go-live. Tagged orders are only counted.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::optional")]
    pub look_back: Option<Duration>,
}

impl Default for Poll {
    fn default() -> Self {
        Self {
            every: MINUTE,
            netsuite_every: MINUTE,
            dcl_every: MINUTE,
            cancelled_every: Duration::from_secs(600),
            payouts_every: Duration::from_secs(3600),
            purchases_every: MINUTE,
            receipts_every: MINUTE,
            overlap: Duration::from_secs(300),
            look_back: None,
        }
    }
}
