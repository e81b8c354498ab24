//! Shopify's activities.

mod fulfillment;
mod order;
mod payments;
mod payouts;

use bus::{Event, EventKind};
use client_core::Error;
use config::Brand;
use futures_util::{StreamExt, pin_mut};
use jiff::Timestamp;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::{
    contracts::{Changed, Identified, Identify, PollReport, SHOPIFY, ShopifyOrderRef, TagOrder},
    domain::order::Order,
    ids,
};

pub(crate) use fulfillment::{fulfill, update_tracking};
pub(crate) use payments::received;
pub(crate) use payouts::publish_paid_out;

use crate::{
    Agents, failure, runs,
    vendors::{Call, Store},
};

fn call<'a>(operation: &'static str, store: &'a Store) -> Call<'a> {
    Call { vendor: SHOPIFY, operation, pool: &store.pool }
}

/// The brand, where only one can be meant, and the id of an order that was given by its name.
pub(crate) async fn identify(
    agents: &Agents,
    ctx: &ActivityContext,
    question: Identify,
) -> Result<Identified, ActivityError> {
    let brand = agents.meant_brand(question.brand, &question.workflow)?;
    let order_id = match question.order_name {
        None => None,
        Some(name) => {
            let store = agents.store_of(&brand)?;
            let found = agents.call(ctx, call("orderByName", store), store.client.order_by_name(&name)).await?;
            Some(found.ok_or_else(|| failure::never("NotFound", format!("orderId: no order is named {name}")))?)
        }
    };
    Ok(Identified { brand, order_id })
}

/// The order, in the booked currency.
pub(crate) async fn order(
    agents: &Agents,
    ctx: &ActivityContext,
    which: ShopifyOrderRef,
) -> Result<Order, ActivityError> {
    let (brand, store) = (agents.brand(&which.brand)?, agents.store_of(&which.brand)?);
    let order = agents.call(ctx, call("order", store), store.client.order(which.order_id)).await?;
    let zone = brand.zone().map_err(|e| failure::never("Configuration", e.to_string()))?;
    Ok(order::translate(order, brand.orders.currency, zone, &brand.mappings.gift_message))
}

/// Adds tags; those that are there stay.
pub(crate) async fn tag(agents: &Agents, ctx: &ActivityContext, order: TagOrder) -> Result<(), ActivityError> {
    let store = agents.store_of(&order.brand)?;
    let tags: Vec<&str> = order.tags.iter().map(String::as_str).collect();
    agents.call(ctx, call("tagsAdd", store), store.client.add_tags(order.order_id, &tags)).await
}

/// Reads every order changed since the watermark, less the overlap, to the end, and publishes those that may need us.
pub(crate) async fn publish_changed(
    agents: &Agents,
    ctx: &ActivityContext,
    question: Changed,
) -> Result<PollReport, ActivityError> {
    let (brand, store) = (agents.brand(&question.brand)?, agents.store_of(&question.brand)?);
    if !brand.enables(ids::SHOPIFY_TO_NETSUITE) {
        // A tick that completed would leave a watermark, and what comes before it would never be looked at.
        let what = format!("{} is not enabled for {}", ids::SHOPIFY_TO_NETSUITE, question.brand);
        return Err(failure::never("Configuration", what));
    }
    let look = Look::new(brand, &question);
    // One permit for the whole list: a tick that has begun is not sent back to its start.
    agents.call(ctx, call("orders", store), read_changed(agents, store, &question.brand, brand, look)).await
}

/// What a tick reads, and which of it it has published before.
struct Look {
    since: Timestamp,
    /// Orders that have not changed since then were published by an earlier tick.
    settled: Option<Timestamp>,
}

impl Look {
    /// The overlap is there for changes that the shop's index shows late.
    fn new(brand: &Brand, question: &Changed) -> Self {
        let first = brand.poll.look_back.map_or(brand.go_live, |back| Timestamp::now() - back);
        let since = question.since.map_or(first, |mark| mark - brand.poll.overlap);
        let settled = runs::told(question.since, question.looked, brand.poll.overlap);
        Self { since: since.max(brand.go_live), settled }
    }
}

async fn read_changed(
    agents: &Agents,
    store: &Store,
    name: &str,
    brand: &Brand,
    look: Look,
) -> client_core::Result<PollReport> {
    let mut report = PollReport::default();
    let changed = store.client.orders_updated_since(look.since, None);
    pin_mut!(changed);
    while let Some(next) = changed.next().await.transpose()? {
        report.seen += 1;
        report.watermark = report.watermark.max(Some(next.updated_at));
        let sent = next.tags.iter().any(|tag| tag.eq_ignore_ascii_case(&brand.orders.sent_tag));
        let booked_test = brand.orders.allow_test_orders || !next.test;
        if sent {
            report.sent += 1;
        } else if next.created_at < brand.go_live || next.cancelled || !booked_test {
            report.skipped += 1;
        } else if look.settled.is_some_and(|mark| next.updated_at <= mark) {
            report.settled += 1;
        } else {
            let event = Event::about(EventKind::OrderUpdated, name, next.id);
            let published = agents.bus.publish(&event).await;
            published.map_err(|e| Error::Unavailable { detail: e.to_string(), sent: false })?;
            report.published += 1;
        }
    }
    Ok(report)
}
