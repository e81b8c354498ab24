//! Shopify's fulfillments. `fulfillmentCreate` has no key of its own: a shipment is known by its tracking numbers, and what
//! is left of its lines is read before every attempt.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use client_core::Error;
use client_shopify::{Fulfillment, FulfillmentDraft, FulfillmentOrder, FulfillmentOrderStatus, OrderFulfillment};
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::contracts::{FulfillShopify, SHOPIFY, Tracking, UpdateTracking};

use super::call;
use crate::{
    Agents,
    creating::{self, Write},
    failure,
    vendors::Store,
};

/// One fulfillment for each location that the shipment takes from. Returns their ids, none where a person has fulfilled it.
pub(crate) async fn fulfill(
    agents: &Agents,
    ctx: &ActivityContext,
    request: FulfillShopify,
) -> Result<Vec<u64>, ActivityError> {
    let store = agents.store_of(&request.brand)?;
    let mut made = vec![];
    // Each of them changes what is left, so that the next is planned from what Shopify shows then.
    loop {
        let view = view(agents, ctx, store, request.order_id).await?;
        let there = matching(&view, &request);
        let draft = match plan(&view, &request, &there) {
            Plan::Done => {
                made.extend(there.iter().map(|f| f.id));
                made.sort_unstable();
                made.dedup();
                return Ok(made);
            }
            Plan::Blocked(why) => return Err(failure::never("Rejected", why)),
            Plan::Send(draft) => draft,
        };
        let key = format!("order {} {}", request.order_id, request.tracking.numbers.join(", "));
        let write = Write {
            vendor: SHOPIFY,
            key: &key,
            looked_at: Some(jiff::Timestamp::now()),
            after_reset: request.after_reset,
            deadline: store.request_deadline,
        };
        let before = there.len();
        let ensured = creating::ensure(
            agents,
            ctx,
            write,
            |_| async {
                // Has what an earlier attempt sent landed meanwhile?
                let now = self::view(agents, ctx, store, request.order_id).await?;
                Ok(matching(&now, &request).get(before).map(|f| f.id))
            },
            |trace| async move {
                let create = store.client.create_fulfillment(&draft);
                agents.attempt_leaving(ctx, &call("fulfillmentCreate", store), trace, create).await
            },
        );
        made.push(ensured.await?.into_inner());
        if there.is_empty() && all_sent(&view, &request) {
            return Ok(made);
        }
    }
}

/// Changes the tracking numbers of fulfillments; a repeat changes nothing.
pub(crate) async fn update_tracking(
    agents: &Agents,
    ctx: &ActivityContext,
    request: UpdateTracking,
) -> Result<(), ActivityError> {
    let store = agents.store_of(&request.brand)?;
    let tracking = tracking(&request.tracking);
    for id in request.fulfillments {
        let update = store.client.update_tracking(id, &tracking, request.notify);
        agents.call(ctx, call("fulfillmentTrackingInfoUpdate", store), update).await?;
    }
    Ok(())
}

async fn view(
    agents: &Agents,
    ctx: &ActivityContext,
    store: &Store,
    order_id: u64,
) -> Result<OrderFulfillment, ActivityError> {
    match agents.attempt(ctx, &call("fulfillmentOrders", store), store.client.fulfillment_view(order_id)).await? {
        Ok(view) => Ok(view),
        Err(Error::NotFound { what }) => Err(failure::never("Rejected", format!("shopify: not found: {what}"))),
        Err(other) => Err(failure::of(other, ctx, SHOPIFY, Duration::ZERO)),
    }
}

/// The fulfillments of this shipment that are there: those that name one of its tracking numbers.
fn matching<'v>(view: &'v OrderFulfillment, request: &FulfillShopify) -> Vec<&'v Fulfillment> {
    let numbers: BTreeSet<&String> = request.tracking.numbers.iter().collect();
    let mut there: Vec<&Fulfillment> = view
        .fulfillments
        .iter()
        .filter(|f| f.status != "CANCELLED" && f.tracking_numbers.iter().any(|n| numbers.contains(n)))
        .collect();
    there.sort_by_key(|f| f.id);
    there
}

/// What is to be done now.
enum Plan {
    /// Nothing: it is all there, or somebody else has fulfilled it.
    Done,
    /// Not now, and a person has to see why.
    Blocked(String),
    /// One fulfillment, of one location.
    Send(FulfillmentDraft),
}

fn plan(view: &OrderFulfillment, request: &FulfillShopify, there: &[&Fulfillment]) -> Plan {
    let wanted = still_wanted(request, there);
    if wanted.is_empty() {
        return Plan::Done;
    }
    let left = |order: &FulfillmentOrder| {
        order.lines.iter().any(|line| line.remaining > 0 && wanted.contains_key(&line.line_item))
    };
    let closed = |order: &&FulfillmentOrder| {
        matches!(order.status, FulfillmentOrderStatus::Closed | FulfillmentOrderStatus::Cancelled)
    };
    let open: Vec<&FulfillmentOrder> = view.fulfillment_orders.iter().filter(|o| !closed(o) && left(o)).collect();
    if open.is_empty() {
        return Plan::Done;
    }
    let ready: Vec<&&FulfillmentOrder> =
        open.iter().filter(|o| !o.on_hold && o.status != FulfillmentOrderStatus::Scheduled).collect();
    let Some(first) = ready.first() else {
        let ids: Vec<String> = open.iter().map(|o| o.id.to_string()).collect();
        let what = format!(
            "shopify: order {}: fulfillment order {} is on hold or scheduled, but it was shipped; release it in Shopify",
            request.order_id,
            ids.join(", ")
        );
        return Plan::Blocked(what);
    };
    let mut wanted = wanted;
    let mut lines = vec![];
    for order in ready.iter().filter(|o| o.location == first.location) {
        let mut of_order = vec![];
        for line in &order.lines {
            let Some(units) = wanted.get_mut(&line.line_item) else { continue };
            let taken = line.remaining.min(*units);
            if taken > 0 {
                *units -= taken;
                of_order.push((line.id, taken));
            }
        }
        if !of_order.is_empty() {
            lines.push((order.id, of_order));
        }
    }
    Plan::Send(FulfillmentDraft { lines, tracking: Some(tracking(&request.tracking)), notify_customer: request.notify })
}

/// Units by line that no fulfillment of this shipment tells of yet.
fn still_wanted(request: &FulfillShopify, there: &[&Fulfillment]) -> BTreeMap<u64, u32> {
    let mut wanted: BTreeMap<u64, u32> =
        request.lines.iter().filter_map(|(id, units)| Some((id.parse().ok()?, *units))).collect();
    for (line, units) in there.iter().flat_map(|f| &f.lines) {
        if let Some(left) = wanted.get_mut(line) {
            *left = left.saturating_sub(*units);
        }
    }
    wanted.retain(|_, units| *units > 0);
    wanted
}

/// Does one location have all of it? Then one fulfillment is the whole shipment, and nothing need be read again.
fn all_sent(view: &OrderFulfillment, request: &FulfillShopify) -> bool {
    let locations: BTreeSet<Option<u64>> = view
        .fulfillment_orders
        .iter()
        .filter(|o| o.lines.iter().any(|l| l.remaining > 0 && request.lines.contains_key(&l.line_item.to_string())))
        .map(|o| o.location)
        .collect();
    locations.len() == 1
}

fn tracking(from: &Tracking) -> client_shopify::Tracking {
    client_shopify::Tracking { company: from.company.clone(), numbers: from.numbers.clone(), urls: from.urls.clone() }
}
