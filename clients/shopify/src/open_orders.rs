//! Orders that are sold here and may not be known elsewhere yet.

use client_core::{Error, Result};
use futures_util::Stream;
use jiff::Timestamp;

use crate::answer::more;
use crate::client::Client;
use crate::convert::{number, quantity};
use crate::documents::{OpenOrderLines, OpenOrders, open_order_lines, open_orders};
use crate::inventory::Page;

/// An order with what is left to send of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenOrder {
    /// The number in its GID.
    pub id: u64,
    /// What people call it, such as `#1001`.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its lines of which pieces are left to send. Of a bundle of Shopify's own these are its components.
    pub lines: Vec<OpenLine>,
}

/// A line of which pieces are left to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenLine {
    /// The SKU as it was sold.
    pub sku: Option<String>,
    /// The number of the variant's GID; none for a custom line or a variant that is deleted.
    pub variant: Option<u64>,
    /// The number of the inventory item's GID, where there is a variant.
    pub inventory_item: Option<u64>,
    /// The pieces that are left.
    pub unfulfilled: u32,
}

impl Client {
    /// The open orders made at or after `since` that lack a tag, oldest first, to the end: 250 orders a request of 266
    /// points, and one more request for each that has more than 50 lines. Cancelled and archived orders are left out,
    /// test orders are not: they take stock like any other.
    pub fn open_orders_without_tag(&self, tag: &str, since: Timestamp) -> impl Stream<Item = Result<OpenOrder>> {
        let tag = tag.to_owned();
        async_stream::try_stream! {
            let mut after = None;
            loop {
                let page = self.open_orders_page(&tag, since, after).await?;
                for order in page.nodes {
                    yield order;
                }
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
    }

    /// One page of them, for whoever waits between pages. `after` is the page before's `next`.
    pub async fn open_orders_page(
        &self,
        tag: &str,
        since: Timestamp,
        after: Option<String>,
    ) -> Result<Page<OpenOrder>> {
        let query = format!("status:open -tag:'{}' created_at:>='{since}'", tag.replace(['\\', '\''], ""));
        let page = self.send::<OpenOrders>(open_orders::Variables { query, after }).await?.orders;
        let mut nodes = Vec::with_capacity(page.nodes.len());
        for order in page.nodes {
            nodes.push(self.open_order(order).await?);
        }
        let unread = more(page.page_info.has_next_page, page.page_info.end_cursor.as_ref(), "orders")?;
        Ok(Page { nodes, next: page.page_info.end_cursor.filter(|_| unread) })
    }

    async fn open_order(&self, read: open_orders::OpenOrdersOrdersNodes) -> Result<OpenOrder> {
        const PATH: &str = "orders.nodes.lineItems";
        let mut lines = Vec::with_capacity(read.line_items.nodes.len());
        for one in read.line_items.nodes {
            let variant = one.variant.map(|variant| (variant.id, variant.inventory_item.id));
            lines.extend(line(&one.id, one.sku, one.unfulfilled_quantity, variant)?);
        }
        let mut after = read.line_items.page_info.end_cursor;
        let mut unread = more(read.line_items.page_info.has_next_page, after.as_ref(), PATH)?;
        while unread {
            let variables = open_order_lines::Variables { id: read.id.clone(), after };
            let page = self.send::<OpenOrderLines>(variables).await?.order;
            let page = page.ok_or_else(|| Error::NotFound { what: format!("order {}", read.id) })?.line_items;
            for one in page.nodes {
                let variant = one.variant.map(|variant| (variant.id, variant.inventory_item.id));
                lines.extend(line(&one.id, one.sku, one.unfulfilled_quantity, variant)?);
            }
            after = page.page_info.end_cursor;
            unread = more(page.page_info.has_next_page, after.as_ref(), PATH)?;
        }
        let id = number(&read.id, "orders.nodes.id")?;
        Ok(OpenOrder { id, name: read.name, created_at: read.created_at, lines })
    }
}

fn line(id: &str, sku: Option<String>, left: i64, variant: Option<(String, String)>) -> Result<Option<OpenLine>> {
    let path = |field: &str| format!("orders.nodes.lineItems of {id}: {field}");
    let unfulfilled = quantity(left, || path("unfulfilledQuantity"))?;
    if unfulfilled == 0 {
        return Ok(None);
    }
    let (variant, inventory_item) = match variant {
        Some((variant, item)) => {
            (Some(number(&variant, &path("variant.id"))?), Some(number(&item, &path("variant.inventoryItem.id"))?))
        }
        None => (None, None),
    };
    Ok(Some(OpenLine { sku, variant, inventory_item, unfulfilled }))
}
