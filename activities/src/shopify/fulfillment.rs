//! Shopify's fulfillments. `fulfillmentCreate` has no key of its own: a shipment is known by its tracking numbers, else by its
//! goods, and what is left of its lines is read before every attempt.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use client_core::Error;
use client_shopify::{Fulfillment, FulfillmentDraft, FulfillmentOrder, FulfillmentOrderStatus, OrderFulfillment};
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::contracts::{FulfillShopify, SHOPIFY, Tracking, UpdateTracking};

use super::call;
use crate::{
    Agents,
    creating::{self, Trace, Write},
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
    let key = format!("order {} {}", request.order_id, request.tracking.numbers.join(", "));
    let mut made = vec![];
    // Each of them changes what is left, so that the next is planned from what Shopify shows then.
    loop {
        let write = Write {
            vendor: SHOPIFY,
            key: &key,
            // What is to be sent is planned from the look-up itself, so that none is old enough to be wrong.
            looked_at: None,
            after_reset: request.after_reset,
            deadline: store.request_deadline,
        };
        let (next, request) = (&Mutex::new(None), &request);
        let ensured = creating::ensure(
            agents,
            ctx,
            write,
            |trace| async move {
                let view = view(agents, ctx, store, request.order_id, trace).await?;
                match plan(&view, request)? {
                    Plan::Done(there) => Ok(Some(Step::Done(there))),
                    Plan::Send(send) => {
                        *next.lock().unwrap_or_else(PoisonError::into_inner) = Some(send);
                        Ok(None)
                    }
                }
            },
            |trace| async move {
                let send = next.lock().unwrap_or_else(PoisonError::into_inner).take();
                let Some(Send { draft, last }) = send else {
                    return Err(failure::again("Unavailable", "shopify: nothing was looked up", None));
                };
                let create = store.client.create_fulfillment(&draft);
                let created = agents.attempt_leaving(ctx, &call("fulfillmentCreate", store), trace, create).await?;
                Ok(created.map(|id| Step::Made { id, last }))
            },
        );
        match ensured.await?.into_inner() {
            Step::Done(there) => {
                made.extend(there);
                made.sort_unstable();
                made.dedup();
                return Ok(made);
            }
            Step::Made { id, last } => {
                made.push(id);
                if last {
                    return Ok(made);
                }
            }
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
    trace: Trace,
) -> Result<OrderFulfillment, ActivityError> {
    let view = store.client.fulfillment_view(order_id);
    match agents.attempt_leaving(ctx, &call("fulfillmentOrders", store), trace, view).await? {
        Ok(view) => Ok(view),
        Err(Error::NotFound { what }) => Err(failure::never("Rejected", format!("shopify: not found: {what}"))),
        Err(other) => Err(failure::of(other, ctx, SHOPIFY, Duration::ZERO)),
    }
}

/// What one look, and at most one write, came to.
enum Step {
    /// Nothing is left to do; these are there.
    Done(Vec<u64>),
    /// One fulfillment was made.
    Made { id: u64, last: bool },
}

/// What is to be done now.
enum Plan {
    /// Nothing: these are there, or somebody else has fulfilled it.
    Done(Vec<u64>),
    /// One fulfillment, of one location.
    Send(Send),
}

struct Send {
    draft: FulfillmentDraft,
    /// Is the whole shipment told with it? Then nothing need be read again.
    last: bool,
}

fn plan(view: &OrderFulfillment, request: &FulfillShopify) -> Result<Plan, ActivityError> {
    let there = matching(view, request);
    let ids = || there.iter().map(|f| f.id).collect();
    let mut wanted = still_wanted(request, &there);
    let left = |order: &FulfillmentOrder| {
        order.lines.iter().any(|line| line.remaining > 0 && wanted.contains_key(&line.line_item))
    };
    let closed = |order: &&FulfillmentOrder| {
        matches!(order.status, FulfillmentOrderStatus::Closed | FulfillmentOrderStatus::Cancelled)
    };
    let open: Vec<&FulfillmentOrder> = view.fulfillment_orders.iter().filter(|o| !closed(o) && left(o)).collect();
    if open.is_empty() {
        return Ok(Plan::Done(ids()));
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
        return Err(failure::never("Rejected", what));
    };
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
    let draft =
        FulfillmentDraft { lines, tracking: Some(tracking(&request.tracking)), notify_customer: request.notify };
    let last = wanted.values().all(|units| *units == 0);
    Ok(Plan::Send(Send { draft, last }))
}

/// The fulfillments of this shipment that are there: those that name one of its tracking numbers. Where the warehouse told
/// none, those without any that tell of its goods and that no other shipment is known by.
fn matching<'v>(view: &'v OrderFulfillment, request: &FulfillShopify) -> Vec<&'v Fulfillment> {
    let numbers = &request.tracking.numbers;
    let of_its_goods = |f: &Fulfillment| {
        let units = |line: &u64| request.lines.get(&line.to_string()).copied().unwrap_or_default();
        !f.lines.is_empty() && f.lines.iter().all(|(line, pieces)| *pieces <= units(line))
    };
    let ours = |f: &Fulfillment| match numbers.is_empty() {
        true => f.tracking_numbers.is_empty() && of_its_goods(f),
        false => f.tracking_numbers.iter().any(|n| numbers.contains(n)),
    };
    let live = view.fulfillments.iter().filter(|f| f.status != "CANCELLED" && !request.others.contains(&f.id));
    let mut there: Vec<&Fulfillment> = live.filter(|f| ours(f)).collect();
    there.sort_by_key(|f| f.id);
    there
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

fn tracking(from: &Tracking) -> client_shopify::Tracking {
    client_shopify::Tracking { company: from.company.clone(), numbers: from.numbers.clone(), urls: from.urls.clone() }
}
