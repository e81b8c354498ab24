//! What became of orders.

use std::collections::BTreeSet;

use client_core::Result;
use futures_util::Stream;
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::client::{Client, comma_list};
use crate::wire;

/// The most orders that DCL gives at a time.
pub const PAGE: usize = 100;
/// As many numbers as fit an address.
const NUMBERS: usize = 100;
/// What [`Order`] reads; addresses and amounts stay where they are.
const FIELDS: &str = "order_number,order_stage,stage_description,is_cancelled,is_back_order,order_type,\
                      account_number,shipping_carrier,shipping_service,lines,shipments,modified_at";

/// An order as DCL tells it.
///
/// <https://api.dclcorp.com/Help/ResourceModel?modelName=order.GET_orders>
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Order {
    /// Our number.
    pub order_number: String,
    /// 2 cancelled, 10 received, 20 pick list printed, 30 and 40 verified in part and in full, 50 to 55 shipped in
    /// part, 60 shipped, 62 closed short, 70 sub-order shipped; 4 to 6 wait for DCL's people.
    pub order_stage: i64,
    /// The stage in words.
    #[serde(default, deserialize_with = "wire::text")]
    pub stage_description: Option<String>,
    /// Whether it is cancelled.
    #[serde(default, deserialize_with = "wire::flag")]
    pub is_cancelled: bool,
    /// Whether one of its lines is in back order.
    #[serde(default, deserialize_with = "wire::flag")]
    pub is_back_order: bool,
    /// How it came in: `REST` for ours; `EDI`, `SHOP`, ….
    #[serde(default, deserialize_with = "wire::text")]
    pub order_type: Option<String>,
    /// The account that owns it.
    #[serde(default, deserialize_with = "wire::text")]
    pub account_number: Option<String>,
    /// The carrier that was ordered.
    #[serde(default, deserialize_with = "wire::text")]
    pub shipping_carrier: Option<String>,
    /// The service that was ordered.
    #[serde(default, deserialize_with = "wire::text")]
    pub shipping_service: Option<String>,
    /// Its lines.
    #[serde(default, deserialize_with = "wire::list")]
    pub lines: Vec<Line>,
    /// What has left, one entry a shipment.
    #[serde(default, deserialize_with = "wire::list")]
    pub shipments: Vec<Shipment>,
    /// When it last changed.
    #[serde(deserialize_with = "wire::moment")]
    pub modified_at: Timestamp,
}

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Line {
    /// Our number of the line.
    pub line_number: i64,
    /// The item.
    pub item_number: String,
    /// Units that were shipped, which may be others than were ordered.
    #[serde(default, deserialize_with = "wire::decimal_or_zero")]
    pub quantity: Decimal,
    /// Whether the line no longer counts.
    #[serde(default, deserialize_with = "wire::flag")]
    pub voided: bool,
}

/// Goods that left together.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Shipment {
    /// The warehouse's day.
    #[serde(default, deserialize_with = "wire::date")]
    pub ship_date: Option<Date>,
    /// The carrier that took it, where DCL tells: its pages do not show it.
    #[serde(default, rename = "shipping_carrier", deserialize_with = "wire::text")]
    pub carrier: Option<String>,
    /// The carrier's service, where DCL tells.
    #[serde(default, rename = "shipping_service", deserialize_with = "wire::text")]
    pub service: Option<String>,
    /// Its cartons.
    #[serde(default, deserialize_with = "wire::list")]
    pub packages: Vec<Package>,
}

/// A carton.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Package {
    /// DCL's number for it.
    #[serde(default, deserialize_with = "wire::text")]
    pub carton_id: Option<String>,
    /// The carrier's number for it.
    #[serde(default, deserialize_with = "wire::text")]
    pub tracking_number: Option<String>,
    /// What is in it.
    #[serde(default, rename = "shipped_items", deserialize_with = "wire::list")]
    pub items: Vec<ShippedItem>,
}

/// Units of an item in a carton.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ShippedItem {
    /// The item.
    pub item_number: String,
    /// Units of it.
    #[serde(deserialize_with = "wire::decimal")]
    pub quantity: Decimal,
    /// Their serial numbers.
    #[serde(default, deserialize_with = "wire::list")]
    pub serial_numbers: Vec<String>,
}

#[derive(Deserialize)]
struct Page {
    orders: Vec<Order>,
}

/// Which orders come. DCL's page says that any come when no status is asked for; a public client of it says any
/// except cancelled, and has the number. To be seen on DCL's sandbox; until then both are expected, here alone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Unasked,
    Cancelled,
}

impl Asked {
    fn status(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Unasked => None,
            Self::Cancelled => Some(("status", "2")),
        }
    }
}

impl Client {
    /// All orders of these numbers, cancelled ones too; a number that came twice has two. What is missing does not
    /// exist. A number that is found among the others is not looked for among the cancelled ones.
    pub async fn orders_by_number(&self, numbers: &[&str]) -> Result<Vec<Order>> {
        let mut found = Vec::new();
        for numbers in numbers.chunks(NUMBERS) {
            found.extend(self.numbered(numbers, Asked::Unasked).await?);
            let seen: BTreeSet<_> = found.iter().map(|order| order.order_number.as_str()).collect();
            let missing: Vec<_> = numbers.iter().copied().filter(|number| !seen.contains(number)).collect();
            if !missing.is_empty() {
                found.extend(self.numbered(&missing, Asked::Cancelled).await?);
            }
        }
        Ok(found)
    }

    /// The orders of these numbers that are not cancelled, in one request for up to 100 numbers.
    pub async fn live_orders_by_number(&self, numbers: &[&str]) -> Result<Vec<Order>> {
        let mut found = Vec::new();
        for numbers in numbers.chunks(NUMBERS) {
            found.extend(self.numbered(numbers, Asked::Unasked).await?);
        }
        found.retain(|order| !order.is_cancelled);
        Ok(found)
    }

    async fn numbered(&self, numbers: &[&str], asked: Asked) -> Result<Vec<Order>> {
        let list = comma_list(numbers, "an order number")?;
        let mut found = Vec::new();
        for page in 1.. {
            let rows = self.page(&[("order_numbers", &list)], asked, page).await?;
            let last = rows.len() < PAGE;
            found.extend(rows.into_iter().filter(|order| numbers.contains(&order.order_number.as_str())));
            if last {
                break;
            }
        }
        Ok(found)
    }

    /// The orders changed at or after `since` (in whole seconds), anybody's, to the end; nothing new costs one
    /// request. Cancelled ones may be missing: [`Client::orders_cancelled_since`].
    pub fn orders_modified_since(&self, since: Timestamp) -> impl Stream<Item = Result<Order>> {
        self.modified(since, Asked::Unasked)
    }

    /// The orders changed at or after `since` that are cancelled now.
    pub fn orders_cancelled_since(&self, since: Timestamp) -> impl Stream<Item = Result<Order>> {
        self.modified(since, Asked::Cancelled)
    }

    fn modified(&self, since: Timestamp, asked: Asked) -> impl Stream<Item = Result<Order>> {
        // Without an offset DCL takes it for its own local time.
        let since = since.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        async_stream::try_stream! {
            for page in 1.. {
                let rows = self.page(&[("modified_from", &since)], asked, page).await?;
                let last = rows.len() < PAGE;
                for order in rows {
                    yield order;
                }
                if last {
                    break;
                }
            }
        }
    }

    async fn page(&self, which: &[(&str, &str)], asked: Asked, page: usize) -> Result<Vec<Order>> {
        let (page, size) = (page.to_string(), PAGE.to_string());
        let mut query = which.to_vec();
        query.extend(asked.status());
        query.extend([("fields", FIELDS), ("page", &page), ("page_size", &size)]);
        let Page { orders } = self.get("orders", &query).await?;
        Ok(orders)
    }
}
