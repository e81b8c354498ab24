//! Stock.

use client_core::Result;
use futures_util::Stream;
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::client::{Client, comma_list};
use crate::wire;

/// The most that DCL gives at a time.
const PAGE: usize = 500;
/// As many numbers as fit an address.
const NUMBERS: usize = 100;
const FIELDS: &str = "item_number,description,on_demand,on_hand,on_hold,committed,available,in_process,\
                      net_available,inventory_type";

/// An item's stock, in units.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Item {
    /// The item as DCL calls it.
    pub item_number: String,
    /// What it is.
    #[serde(default, deserialize_with = "wire::text")]
    pub description: Option<String>,
    /// Ordered and not yet committed.
    #[serde(default, deserialize_with = "wire::decimal_or_zero")]
    pub on_demand: Decimal,
    /// In the warehouse.
    #[serde(default, deserialize_with = "wire::decimal_or_zero")]
    pub on_hand: Decimal,
    /// Of that, not to be shipped.
    #[serde(default, deserialize_with = "wire::decimal_or_zero")]
    pub on_hold: Decimal,
    /// Of that, promised to orders.
    #[serde(default, deserialize_with = "wire::decimal_or_zero")]
    pub committed: Decimal,
    /// Free.
    #[serde(deserialize_with = "wire::decimal")]
    pub available: Decimal,
    /// On its way through the warehouse.
    #[serde(default, deserialize_with = "wire::decimal_or_zero")]
    pub in_process: Decimal,
    /// Free less what is on demand; below 0 where more is ordered than there is.
    #[serde(deserialize_with = "wire::decimal")]
    pub net_available: Decimal,
    /// The kind of stock, such as `ZFRC`.
    #[serde(default, deserialize_with = "wire::text")]
    pub inventory_type: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    items: Vec<Item>,
}

impl Client {
    /// The stock of these items, or of all when none is named, to the end. An item that DCL does not have is
    /// missing.
    pub fn items(&self, item_numbers: &[&str]) -> impl Stream<Item = Result<Item>> {
        // An empty list means all to DCL too.
        let groups: Vec<_> = match item_numbers {
            [] => vec![Ok(String::new())],
            some => some.chunks(NUMBERS).map(|numbers| comma_list(numbers, "an item number")).collect(),
        };
        let size = PAGE.to_string();
        async_stream::try_stream! {
            for numbers in groups {
                let numbers = numbers?;
                for page in 1.. {
                    let page = page.to_string();
                    let mut query = vec![("fields", FIELDS), ("page", &page), ("page_size", &size)];
                    if !numbers.is_empty() {
                        query.push(("item_numbers", &numbers));
                    }
                    let Page { items } = self.get("items", &query).await?;
                    let last = items.len() < PAGE;
                    for item in items {
                        yield item;
                    }
                    if last {
                        break;
                    }
                }
            }
        }
    }
}
