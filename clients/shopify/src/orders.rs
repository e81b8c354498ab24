//! Reading and tagging orders.

use client_core::{Error, Result};
use futures_util::Stream;
use jiff::Timestamp;

use crate::answer::{more, owed, refusal};
use crate::client::Client;
use crate::convert;
use crate::documents::{self, OrdersCount, OrdersNamed, OrdersUpdated, TagsAdd, TagsRemove};
use crate::order::Order;

/// Enough for nearly every order, at a low requested cost: Shopify reserves it before it answers.
const FIRST_LINES: i64 = 50;
const FIRST_SHIPPING_LINES: i64 = 5;
/// The most that Shopify gives at a time.
const FULL_PAGE: i64 = 250;

/// An order in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderStub {
    /// The number in its GID.
    pub id: u64,
    /// What people call it, such as `#1001`.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Its tags.
    pub tags: Vec<String>,
    /// Whether it is cancelled.
    pub cancelled: bool,
    /// Whether it was placed with a test gateway.
    pub test: bool,
}

/// How many orders match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderCount {
    /// The count.
    pub count: u64,
    /// Whether there are exactly so many, or at least.
    pub exact: bool,
}

impl Client {
    /// The order with all its lines. An order of up to 50 lines and 5 shipping lines takes one request.
    pub async fn order(&self, id: u64) -> Result<Order> {
        let mut page = self.order_page(order_variables(id)).await?;
        let mut lines_page = page.line_items.page_info.next("order.lineItems")?;
        let mut shipping_page = page.shipping_lines.page_info.next("order.shippingLines")?;
        let mut cursors =
            (page.line_items.page_info.end_cursor.take(), page.shipping_lines.page_info.end_cursor.take());
        let units = page.current_subtotal_line_items_quantity;
        let mut order = convert::order(page)?;
        while lines_page || shipping_page {
            let page = self
                .order_page(documents::order::Variables {
                    lines: if lines_page { FULL_PAGE } else { 1 },
                    lines_after: cursors.0.clone(),
                    shipping_lines: if shipping_page { FULL_PAGE } else { 1 },
                    shipping_lines_after: cursors.1.clone(),
                    ..order_variables(id)
                })
                .await?;
            if page.updated_at != order.updated_at {
                let detail = format!("order {id} changed while it was read: read it again");
                return Err(Error::Unavailable { detail, sent: true });
            }
            if lines_page {
                lines_page = page.line_items.page_info.next("order.lineItems")?;
                cursors.0 = page.line_items.page_info.end_cursor;
                order.lines.extend(convert::lines(page.line_items.nodes)?);
            }
            if shipping_page {
                shipping_page = page.shipping_lines.page_info.next("order.shippingLines")?;
                cursors.1 = page.shipping_lines.page_info.end_cursor;
                order.shipping_lines.extend(convert::shipping_lines(page.shipping_lines.nodes)?);
            }
        }
        no_line_missing(&order, units)?;
        Ok(order)
    }

    async fn order_page(&self, variables: documents::order::Variables) -> Result<documents::order::OrderOrder> {
        let what = format!("order {}", variables.id);
        let data = self.send::<documents::Order>(variables).await?;
        data.order.ok_or(Error::NotFound { what })
    }

    /// The id of the order that has exactly this name, such as `#1001`.
    pub async fn order_by_name(&self, name: &str) -> Result<Option<u64>> {
        let query = format!("name:'{}'", name.replace(['\\', '\''], ""));
        let data = self.send::<OrdersNamed>(documents::orders_named::Variables { query }).await?;
        // The search matches beginnings and other spellings too.
        let mut named = data.orders.nodes.into_iter().filter(|order| order.name == name);
        let (first, second) = (named.next(), named.next());
        if second.is_some() {
            return Err(Error::Rejected {
                code: "AMBIGUOUS".to_owned(),
                message: format!("several orders are named {name}: give the order's id instead"),
                field: Some("name".to_owned()),
                status: 200,
                request_id: None,
            });
        }
        first.map(|order| convert::number(&order.id, "orders.nodes.id")).transpose()
    }

    /// The orders changed at or after `since`, oldest change first, to the end. `filter` is added to the search
    /// in Shopify's syntax, such as `-tag:SENT_TO_NS`.
    pub fn orders_updated_since(
        &self,
        since: Timestamp,
        filter: Option<&str>,
    ) -> impl Stream<Item = Result<OrderStub>> {
        let query = updated_since(since, filter);
        async_stream::try_stream! {
            let mut after = None;
            loop {
                let variables = documents::orders_updated::Variables { query: query.clone(), after };
                let page = self.send::<OrdersUpdated>(variables).await?.orders;
                for order in page.nodes {
                    yield OrderStub {
                        id: convert::number(&order.id, "orders.nodes.id")?,
                        name: order.name,
                        created_at: order.created_at,
                        updated_at: order.updated_at,
                        tags: order.tags,
                        cancelled: order.cancelled_at.is_some(),
                        test: order.test,
                    };
                }
                if !more(page.page_info.has_next_page, page.page_info.end_cursor.as_ref(), "orders")? {
                    break;
                }
                after = page.page_info.end_cursor;
            }
        }
    }

    /// How many orders [`Client::orders_updated_since`] should give. It may count more than an app without
    /// `read_all_orders` is shown.
    pub async fn orders_updated_count(&self, since: Timestamp, filter: Option<&str>) -> Result<OrderCount> {
        use documents::orders_count::{CountPrecision, Variables};
        let data = self.send::<OrdersCount>(Variables { query: updated_since(since, filter) }).await?;
        let counted = owed(data.orders_count, "ordersCount")?;
        let count = u64::try_from(counted.count).map_err(|_| Error::Unreadable {
            path: "ordersCount.count".to_owned(),
            detail: "expected 0 or more".to_owned(),
        })?;
        Ok(OrderCount { count, exact: matches!(counted.precision, CountPrecision::EXACT) })
    }

    /// Adds tags to an order; those that it has stay, so a repeat changes nothing.
    pub async fn add_tags(&self, order: u64, tags: &[&str]) -> Result<()> {
        let variables = documents::tags_add::Variables { id: order_gid(order), tags: owned(tags) };
        let payload = owed(self.send::<TagsAdd>(variables).await?.tags_add, "tagsAdd")?;
        let refused = payload.user_errors.into_iter().map(|error| (error.field, error.message));
        refusal(refused, || format!("order {order}"))?;
        owed(payload.node, "tagsAdd.node").map(drop)
    }

    /// Takes tags off an order; those that it lacks do not matter.
    pub async fn remove_tags(&self, order: u64, tags: &[&str]) -> Result<()> {
        let variables = documents::tags_remove::Variables { id: order_gid(order), tags: owned(tags) };
        let payload = owed(self.send::<TagsRemove>(variables).await?.tags_remove, "tagsRemove")?;
        let refused = payload.user_errors.into_iter().map(|error| (error.field, error.message));
        refusal(refused, || format!("order {order}"))?;
        owed(payload.node, "tagsRemove.node").map(drop)
    }
}

impl documents::order::Page {
    fn next(&self, path: &str) -> Result<bool> {
        more(self.has_next_page, self.end_cursor.as_ref(), path)
    }
}

/// Shopify counts the units of the lines that make up the subtotal. Having read fewer means that lines are missing;
/// having read more does not, since not every line has a part in the subtotal.
fn no_line_missing(order: &Order, units: i64) -> Result<()> {
    let read: i64 = order.lines.iter().map(|line| i64::from(line.current_quantity)).sum();
    if read < units {
        return Err(Error::Unreadable {
            path: "order.lineItems".to_owned(),
            detail: format!("read {read} of the {units} units of order {}", order.id),
        });
    }
    Ok(())
}

fn order_variables(id: u64) -> documents::order::Variables {
    documents::order::Variables {
        id: order_gid(id),
        lines: FIRST_LINES,
        lines_after: None,
        shipping_lines: FIRST_SHIPPING_LINES,
        shipping_lines_after: None,
    }
}

fn updated_since(since: Timestamp, filter: Option<&str>) -> String {
    let filter = filter.map(|filter| format!(" {filter}")).unwrap_or_default();
    format!("updated_at:>='{since}'{filter}")
}

fn order_gid(id: u64) -> String {
    format!("gid://shopify/Order/{id}")
}

fn owned(tags: &[&str]) -> Vec<String> {
    tags.iter().map(|&tag| tag.to_owned()).collect()
}
