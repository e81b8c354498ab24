//! Shopify's activities.

mod order;

use std::time::{Duration, Instant};

use bus::{Event, EventKind, Status};
use futures_util::{StreamExt, pin_mut};
use jiff::Timestamp;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::{
    contracts::{ChangedOrders, Identified, Identify, PollReport, SHOPIFY, ShopifyOrderRef, TagOrder},
    domain::order::Order,
};

use crate::{
    Agents, failure,
    vendors::{Call, Store},
};

/// A long activity says so often that it is alive.
const ALIVE: Duration = Duration::from_secs(3);

fn call<'a>(operation: &'static str, store: &'a Store) -> Call<'a> {
    Call { vendor: SHOPIFY, operation, pool: &store.pool }
}

/// The brand, where only one can be meant, and the id of an order that was given by its name.
pub(crate) async fn identify(
    agents: &Agents,
    ctx: &ActivityContext,
    question: Identify,
) -> Result<Identified, ActivityError> {
    let brand = match question.brand {
        Some(brand) => brand,
        None => agents.config.sole_brand().map(str::to_owned).ok_or_else(|| {
            let known = agents.config.brands.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            failure::never("InvalidInput", format!("brand: missing; several are configured: {known}"))
        })?,
    };
    if !agents.brand(&brand)?.enables(&question.workflow) {
        return Err(failure::never("InvalidInput", format!("brand: {} is not enabled for {brand}", question.workflow)));
    }
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
    Ok(order::translate(order, brand.orders.currency, zone))
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
    question: ChangedOrders,
) -> Result<PollReport, ActivityError> {
    let (brand, store) = (agents.brand(&question.brand)?, agents.store_of(&question.brand)?);
    let since = match question.since {
        Some(mark) => mark - brand.poll.overlap,
        None => Timestamp::now() - brand.poll.look_back,
    };
    let mut report = PollReport::default();
    let mut beat = Instant::now();
    let changed = store.client.orders_updated_since(since.max(brand.go_live), None);
    pin_mut!(changed);
    while let Some(next) = agents.call(ctx, call("orders", store), async { changed.next().await.transpose() }).await? {
        report.seen += 1;
        report.watermark = report.watermark.max(Some(next.updated_at));
        if next.created_at < brand.go_live || next.cancelled {
            report.skipped += 1;
        } else if next.tags.contains(&brand.orders.sent_tag) {
            report.sent += 1;
        } else {
            let event = Event::about(EventKind::OrderUpdated, &question.brand, next.id);
            let published =
                agents.bus.publish(&event).await.map_err(|e| failure::again("Unavailable", e.to_string(), None))?;
            report.published += u64::from(published.status != Status::Disabled);
        }
        if beat.elapsed() > ALIVE {
            ctx.record_heartbeat(report.seen).await?;
            beat = Instant::now();
        }
    }
    Ok(report)
}
