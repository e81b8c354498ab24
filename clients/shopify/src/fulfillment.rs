//! What is left to send of an order, and sending it.

use client_core::{Error, Result};
use jiff::Timestamp;
use serde::Deserialize;

use crate::answer::{more, owed, refusal};
use crate::client::Client;
use crate::convert::{number, quantity};
use crate::documents::{
    self, FulfillmentCreate, FulfillmentLines, FulfillmentOrderLines, FulfillmentTrackingInfoUpdate, FulfillmentView,
    fulfillment_create, fulfillment_tracking_info_update, fulfillment_view,
};

/// The `first` of a list that has no pages: so many may be a part only.
pub(crate) const MOST: usize = 250;

/// What is left to send of an order, and what was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderFulfillment {
    /// Whether the order is cancelled.
    pub cancelled: bool,
    /// Whether the order is closed, which people also call archived.
    pub closed: bool,
    /// Its fulfillment orders, closed ones too, as far as the app's scopes show them.
    pub fulfillment_orders: Vec<FulfillmentOrder>,
    /// Its fulfillments, cancelled ones too, whoever made them.
    pub fulfillments: Vec<Fulfillment>,
}

/// Lines of an order that are to be sent from one location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FulfillmentOrder {
    /// The number in its GID.
    pub id: u64,
    /// How far it is.
    pub status: FulfillmentOrderStatus,
    /// The number of the location's GID; none once the location is gone.
    pub location: Option<u64>,
    /// Whether somebody put it on hold: it cannot be fulfilled until that is released.
    pub on_hold: bool,
    /// When it may be fulfilled, if it is scheduled.
    pub fulfill_at: Option<Timestamp>,
    /// All its lines.
    pub lines: Vec<FulfillmentOrderLine>,
}

/// A line of a fulfillment order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FulfillmentOrderLine {
    /// The number in its GID.
    pub id: u64,
    /// The number of the order's line item.
    pub line_item: u64,
    /// The SKU, if it has one.
    pub sku: Option<String>,
    /// Pieces to be sent in all.
    pub total: u32,
    /// Pieces that are left.
    pub remaining: u32,
}

/// What was sent at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fulfillment {
    /// The number in its GID.
    pub id: u64,
    /// What people call it, such as `#1001.1`.
    pub name: String,
    /// Its state in Shopify's spelling, such as `SUCCESS` or `CANCELLED`.
    pub status: String,
    /// Its tracking numbers.
    pub tracking_numbers: Vec<String>,
    /// The order's line items with the pieces sent.
    pub lines: Vec<(u64, u32)>,
}

/// How far a fulfillment order is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FulfillmentOrderStatus {
    /// Nothing is sent yet.
    Open,
    /// A part is sent.
    InProgress,
    /// It opens later.
    Scheduled,
    /// Somebody holds it back.
    OnHold,
    /// It cannot be completed.
    Incomplete,
    /// It was cancelled.
    Cancelled,
    /// It is done.
    Closed,
    /// A state that this version does not know.
    #[serde(untagged)]
    Other(String),
}

/// A fulfillment to be made. All its fulfillment orders must be of one order and at one location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FulfillmentDraft {
    /// Fulfillment orders, each with its own lines' ids and the pieces to be sent.
    pub lines: Vec<(u64, Vec<(u64, u32)>)>,
    /// How the parcels can be followed.
    pub tracking: Option<Tracking>,
    /// Whether Shopify writes to the customer.
    pub notify_customer: bool,
}

/// How parcels can be followed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tracking {
    /// The carrier; Shopify makes the addresses of those that it knows.
    pub company: Option<String>,
    /// The tracking numbers.
    pub numbers: Vec<String>,
    /// Where each can be looked up; empty leaves it to Shopify.
    pub urls: Vec<String>,
}

impl Client {
    /// What is left to send of an order and what was sent: one request for an order of up to 5 fulfillment orders and
    /// 20 lines in each of them and in each fulfillment.
    pub async fn fulfillment_view(&self, order_id: u64) -> Result<OrderFulfillment> {
        let mut page = self.fulfillment_page(order_id, None).await?;
        let updated_at = page.updated_at;
        let sent = std::mem::take(&mut page.fulfillments);
        let mut view = OrderFulfillment {
            cancelled: page.cancelled_at.is_some(),
            closed: page.closed,
            fulfillment_orders: Vec::new(),
            fulfillments: Vec::new(),
        };
        if sent.len() >= MOST {
            return Err(too_long(order_id, "order.fulfillments"));
        }
        for fulfillment in sent {
            view.fulfillments.push(self.fulfillment(order_id, updated_at, fulfillment).await?);
        }
        loop {
            for held in page.fulfillment_orders.nodes {
                view.fulfillment_orders.push(self.fulfillment_order(order_id, updated_at, held).await?);
            }
            let next = page.fulfillment_orders.page_info;
            if !more(next.has_next_page, next.end_cursor.as_ref(), "order.fulfillmentOrders")? {
                return Ok(view);
            }
            page = self.fulfillment_page(order_id, next.end_cursor).await?;
            unchanged(order_id, updated_at, page.updated_at)?;
        }
    }

    async fn fulfillment_page(
        &self,
        order: u64,
        after: Option<String>,
    ) -> Result<fulfillment_view::FulfillmentViewOrder> {
        let id = format!("gid://shopify/Order/{order}");
        let data = self.send::<FulfillmentView>(fulfillment_view::Variables { id, after }).await?;
        data.order.ok_or_else(|| Error::NotFound { what: format!("order {order}") })
    }

    async fn fulfillment_order(
        &self,
        order: u64,
        updated_at: Timestamp,
        held: fulfillment_view::FulfillmentViewOrderFulfillmentOrdersNodes,
    ) -> Result<FulfillmentOrder> {
        const PATH: &str = "order.fulfillmentOrders.lineItems";
        let mut lines = Vec::with_capacity(held.line_items.nodes.len());
        for line in held.line_items.nodes {
            let counts = (line.total_quantity, line.remaining_quantity);
            lines.push(held_line(&line.id, &line.line_item.id, line.sku, counts)?);
        }
        let mut after = held.line_items.page_info.end_cursor;
        let mut unread = more(held.line_items.page_info.has_next_page, after.as_ref(), PATH)?;
        while unread {
            let variables = documents::fulfillment_order_lines::Variables { id: held.id.clone(), after };
            let page = self.send::<FulfillmentOrderLines>(variables).await?.fulfillment_order;
            let page = page.ok_or_else(|| changed(order))?;
            unchanged(order, updated_at, page.order.updated_at)?;
            for line in page.line_items.nodes {
                let counts = (line.total_quantity, line.remaining_quantity);
                lines.push(held_line(&line.id, &line.line_item.id, line.sku, counts)?);
            }
            after = page.line_items.page_info.end_cursor;
            unread = more(page.line_items.page_info.has_next_page, after.as_ref(), PATH)?;
        }
        let location = held.assigned_location.location;
        Ok(FulfillmentOrder {
            id: number(&held.id, "order.fulfillmentOrders.id")?,
            on_hold: !held.fulfillment_holds.is_empty() || held.status == FulfillmentOrderStatus::OnHold,
            status: held.status,
            location: location
                .map(|location| number(&location.id, "order.fulfillmentOrders.assignedLocation.location.id"))
                .transpose()?,
            fulfill_at: held.fulfill_at,
            lines,
        })
    }

    async fn fulfillment(
        &self,
        order: u64,
        updated_at: Timestamp,
        sent: fulfillment_view::FulfillmentViewOrderFulfillments,
    ) -> Result<Fulfillment> {
        const PATH: &str = "order.fulfillments.fulfillmentLineItems";
        let mut lines = Vec::with_capacity(sent.fulfillment_line_items.nodes.len());
        for line in sent.fulfillment_line_items.nodes {
            lines.push(sent_line(&line.line_item.id, line.quantity)?);
        }
        let mut after = sent.fulfillment_line_items.page_info.end_cursor;
        let mut unread = more(sent.fulfillment_line_items.page_info.has_next_page, after.as_ref(), PATH)?;
        while unread {
            let variables = documents::fulfillment_lines::Variables { id: sent.id.clone(), after };
            let page = self.send::<FulfillmentLines>(variables).await?.fulfillment;
            let page = page.ok_or_else(|| changed(order))?;
            unchanged(order, updated_at, page.order.updated_at)?;
            for line in page.fulfillment_line_items.nodes {
                lines.push(sent_line(&line.line_item.id, line.quantity)?);
            }
            after = page.fulfillment_line_items.page_info.end_cursor;
            unread = more(page.fulfillment_line_items.page_info.has_next_page, after.as_ref(), PATH)?;
        }
        Ok(Fulfillment {
            id: number(&sent.id, "order.fulfillments.id")?,
            name: sent.name,
            status: sent.status,
            tracking_numbers: sent.tracking_info.into_iter().filter_map(|tracking| tracking.number).collect(),
            lines,
        })
    }

    /// Makes a fulfillment and returns the number of its GID. Shopify has no key for it: a repeat sends again what is
    /// left, so look at [`Client::fulfillment_view`] before each attempt.
    pub async fn create_fulfillment(&self, draft: &FulfillmentDraft) -> Result<u64> {
        let variables = fulfillment_create::Variables { fulfillment: input(draft)? };
        let payload = self.send::<FulfillmentCreate>(variables).await?.fulfillment_create;
        let payload = owed(payload, "fulfillmentCreate")?;
        let refused = payload.user_errors.into_iter().map(|error| (error.field, error.message));
        refusal(refused, || {
            let ids: Vec<_> = draft.lines.iter().map(|(id, _)| id.to_string()).collect();
            format!("fulfillment order {}", ids.join(", "))
        })?;
        let made = owed(payload.fulfillment, "fulfillmentCreate.fulfillment")?;
        number(&made.id, "fulfillmentCreate.fulfillment.id")
    }

    /// Replaces how a fulfillment's parcels can be followed; a repeat changes nothing but may notify again.
    pub async fn update_tracking(&self, fulfillment: u64, tracking: &Tracking, notify: bool) -> Result<()> {
        let variables = fulfillment_tracking_info_update::Variables {
            id: format!("gid://shopify/Fulfillment/{fulfillment}"),
            tracking: fulfillment_tracking_info_update::FulfillmentTrackingInput {
                company: tracking.company.clone(),
                number: None,
                numbers: Some(tracking.numbers.clone()),
                url: None,
                urls: Some(tracking.urls.clone()),
            },
            notify: Some(notify),
        };
        let data = self.send::<FulfillmentTrackingInfoUpdate>(variables).await?;
        let payload = owed(data.fulfillment_tracking_info_update, "fulfillmentTrackingInfoUpdate")?;
        let refused = payload.user_errors.into_iter().map(|error| (error.field, error.message));
        refusal(refused, || format!("fulfillment {fulfillment}"))?;
        owed(payload.fulfillment, "fulfillmentTrackingInfoUpdate.fulfillment").map(drop)
    }
}

fn input(draft: &FulfillmentDraft) -> Result<fulfillment_create::FulfillmentInput> {
    let mut parts = Vec::with_capacity(draft.lines.len());
    for (id, lines) in &draft.lines {
        if lines.is_empty() {
            // To Shopify no lines are all lines.
            return Err(Error::Rejected {
                code: "NOTHING_TO_SEND".to_owned(),
                message: format!("no lines of fulfillment order {id} are named: name them or leave it out"),
                field: Some("lines".to_owned()),
                status: 200,
                request_id: None,
            });
        }
        let lines = lines.iter().map(|(id, pieces)| fulfillment_create::FulfillmentOrderLineItemInput {
            id: format!("gid://shopify/FulfillmentOrderLineItem/{id}"),
            quantity: i64::from(*pieces),
        });
        parts.push(fulfillment_create::FulfillmentOrderLineItemsInput {
            fulfillment_order_id: format!("gid://shopify/FulfillmentOrder/{id}"),
            fulfillment_order_line_items: Some(lines.collect()),
        });
    }
    let tracking = draft.tracking.as_ref().map(|tracking| fulfillment_create::FulfillmentTrackingInput {
        company: tracking.company.clone(),
        number: None,
        numbers: Some(tracking.numbers.clone()),
        url: None,
        urls: Some(tracking.urls.clone()),
    });
    Ok(fulfillment_create::FulfillmentInput {
        line_items_by_fulfillment_order: parts,
        notify_customer: Some(draft.notify_customer),
        origin_address: None,
        tracking_info: tracking,
    })
}

fn held_line(id: &str, line_item: &str, sku: Option<String>, counts: (i64, i64)) -> Result<FulfillmentOrderLine> {
    let path = |field: &str| format!("order.fulfillmentOrders.lineItems of {id}: {field}");
    Ok(FulfillmentOrderLine {
        id: number(id, "order.fulfillmentOrders.lineItems.id")?,
        line_item: number(line_item, &path("lineItem.id"))?,
        sku,
        total: quantity(counts.0, || path("totalQuantity"))?,
        remaining: quantity(counts.1, || path("remainingQuantity"))?,
    })
}

fn sent_line(line_item: &str, pieces: Option<i64>) -> Result<(u64, u32)> {
    const PATH: &str = "order.fulfillments.fulfillmentLineItems";
    let pieces = owed(pieces, &format!("{PATH}.quantity"))?;
    let pieces = quantity(pieces, || format!("{PATH} of {line_item}: quantity"))?;
    Ok((number(line_item, &format!("{PATH}.lineItem.id"))?, pieces))
}

/// A list that may be longer than what was read of it.
pub(crate) fn too_long(order: u64, path: &str) -> Error {
    Error::Unreadable {
        path: path.to_owned(),
        detail: format!("order {order} has {MOST} or more, and there are no further pages of them"),
    }
}

fn changed(order: u64) -> Error {
    let detail = format!("order {order} changed while it was read: read it again");
    Error::Unavailable { detail, sent: true }
}

fn unchanged(order: u64, before: Timestamp, after: Timestamp) -> Result<()> {
    if before == after { Ok(()) } else { Err(changed(order)) }
}
