//! DCL's activities.

mod inbound;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use bus::{Event, EventKind};
use client_dcl::{Address, NewLine, NewOrder, Order};
use futures_util::{StreamExt, TryStreamExt, pin_mut, stream};
use jiff::Timestamp;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::{
    contracts::{CancelledMark, Changed, DCL, DclOrderRef, PollReport, SubmitOrder},
    domain::{
        order,
        shipment::{CANCELLED, CLOSED_SHORT, Carton, Content, DclOrder, SHIPPING, Shipment},
        warehouse::WarehouseOrder,
    },
    ids,
};

pub(crate) use inbound::{announce, publish_receipts, receipts};

use crate::{
    Agents,
    creating::{self, Ensured, Write},
    failure,
    netsuite::{self, Shipped},
    runs,
    vendors::{Call, Login},
};

/// A list that changes all the time is read so often at most; the next tick's overlap covers the rest.
const LOOKS: usize = 5;
/// DCL's status of an order that goes before all others.
const RUSH: i64 = 2;
/// DCL's status of every other order.
const NORMAL: i64 = 1;

fn call<'a>(operation: &'static str, login: &'a Login) -> Call<'a> {
    Call { vendor: DCL, operation, pool: &login.pool }
}

/// One order under the Sales Order's number. DCL has no key, and may take a number twice.
pub(crate) async fn submit(agents: &Agents, ctx: &ActivityContext, request: SubmitOrder) -> Result<(), ActivityError> {
    let login = agents.login_of(&request.brand)?;
    let number = request.order.order_number.as_str();
    let write = Write {
        vendor: DCL,
        key: number,
        looked_at: None,
        after_reset: request.after_reset,
        deadline: login.request_deadline,
    };
    let (order, location) = (new_order(&request.order), request.order.location.as_deref());
    let ensured = creating::ensure(
        agents,
        ctx,
        write,
        |trace| async move {
            let numbers = [number];
            let found = login.client.live_orders_by_number(&numbers);
            let found = agents.attempt_leaving(ctx, &call("findOrder", login), trace, found).await?;
            let found = found.map_err(|e| failure::of(e, ctx, DCL, agents.config.worker.not_found_patience))?;
            match found.iter().filter(|o| !o.is_cancelled && o.order_stage != CANCELLED).count() {
                0 => Ok(None),
                1 => Ok(Some(())),
                several => Err(failure::never(
                    "Rejected",
                    format!("dcl: {several} orders have the number {number}; have all but one cancelled by DCL"),
                )),
            }
        },
        |trace| async move {
            let submit = accepted(login, order, location);
            agents.attempt_leaving(ctx, &call("submitOrder", login), trace, submit).await
        },
    );
    if let Ensured::Made(()) = ensured.await? {
        tracing::info!(dcl.order = %number, "sent order {number} to the warehouse");
    }
    Ok(())
}

/// Judges the batch's one order.
async fn accepted(login: &Login, order: NewOrder, location: Option<&str>) -> client_core::Result<()> {
    let statuses = login.client.submit(&[order], location).await?;
    match statuses.into_iter().find(|status| status.error_code != 0) {
        None => Ok(()),
        Some(refused) => Err(client_core::Error::Rejected {
            code: refused.error_code.to_string(),
            message: format!("order {}: {}", refused.order_number, refused.error_message),
            field: None,
            status: 201,
            request_id: None,
        }),
    }
}

fn new_order(order: &WarehouseOrder) -> NewOrder {
    NewOrder {
        order_status: Some(if order.rush { RUSH } else { NORMAL }),
        order_number: order.order_number.clone(),
        account_number: order.account_number.clone(),
        ordered_date: order.ordered_date,
        po_number: order.po_number.clone(),
        customer_number: Some(order.customer_number.clone()),
        freight_account: order.freight_account.clone(),
        shipping_carrier: order.carrier.clone(),
        shipping_service: order.service.clone(),
        shipping_address: address(&order.shipping),
        billing_address: order.billing.as_ref().map(address),
        international_code: Some(order.international_code.into()),
        international_declared_value: order.declared_value,
        packing_list_comments: order.packing_list_comments.clone(),
        lines: order
            .lines
            .iter()
            .map(|line| NewLine {
                line_number: line.line_number.into(),
                item_number: line.item_number.clone(),
                quantity: line.quantity.into(),
                price: Some(line.price),
                do_not_ship_before: line.do_not_ship_before,
                ..NewLine::default()
            })
            .collect(),
        ..NewOrder::default()
    }
}

fn address(from: &order::Address) -> Address {
    Address {
        company: from.company.clone(),
        attention: from.name.clone(),
        address1: from.address1.clone(),
        address2: from.address2.clone(),
        city: from.city.clone(),
        state_province: from.state.clone(),
        postal_code: from.zip.clone(),
        country_code: from.country.clone(),
        phone: from.phone.clone(),
        email: None,
    }
}

/// The order as the warehouse has it; of several with one number the one that is not cancelled.
pub(crate) async fn order(
    agents: &Agents,
    ctx: &ActivityContext,
    which: DclOrderRef,
) -> Result<Option<DclOrder>, ActivityError> {
    let login = agents.login_of(&which.brand)?;
    let numbers = [which.number.as_str()];
    let found = login.client.orders_by_number(&numbers);
    let found = agents.call(ctx, call("getOrder", login), found).await?;
    Ok(found.into_iter().min_by_key(|o| o.is_cancelled).map(translate))
}

fn translate(from: Order) -> DclOrder {
    let carton = |package: client_dcl::Package| Carton {
        id: package.carton_id,
        tracking: package.tracking_number,
        contents: package
            .items
            .into_iter()
            .map(|i| Content { item: i.item_number, quantity: i.quantity, numbers: i.serial_numbers })
            .collect(),
    };
    DclOrder {
        number: from.order_number,
        stage: if from.is_cancelled { CANCELLED } else { from.order_stage },
        stage_description: from.stage_description.unwrap_or_default(),
        carrier: from.shipping_carrier,
        shipments: from
            .shipments
            .into_iter()
            .map(|s| Shipment {
                date: s.ship_date,
                carrier: s.carrier,
                cartons: s.packages.into_iter().map(carton).collect(),
            })
            .collect(),
    }
}

/// Reads every order changed since the watermark, less the overlap, to the end, and publishes those of ours that may have
/// shipped. The warehouse ships for others, too: theirs are counted.
pub(crate) async fn publish_changed(
    agents: &Agents,
    ctx: &ActivityContext,
    question: Changed,
) -> Result<PollReport, ActivityError> {
    let (brand, login) = (agents.brand(&question.brand)?, agents.login_of(&question.brand)?);
    if !brand.enables(ids::DCL_TRACKING) {
        // A tick that completed would leave a watermark, and what comes before it would never be looked at.
        let what = format!("{} is not enabled for {}", ids::DCL_TRACKING, question.brand);
        return Err(failure::never("Configuration", what));
    }
    let now = Timestamp::now();
    let first = brand.poll.look_back.map_or(brand.go_live, |back| now - back);
    let from = |mark: Option<Timestamp>| mark.map_or(first, |mark| mark - brand.poll.overlap).max(brand.go_live);
    // Ticks of a build that kept no mark of its own asked for cancelled orders every time.
    let cancelled = question.cancelled.map_or(question.since, |mark| mark.seen);
    let apart = is_due(question.cancelled, now, brand.poll.cancelled_every).then(|| from(cancelled));
    let read = read_changed(login, from(question.since), apart);
    let changed = agents.call(ctx, call("changedOrders", login), read).await?;
    let told = runs::told(question.since, question.looked, brand.poll.overlap);
    let told_apart = question.cancelled.and_then(|mark| runs::told(mark.seen, Some(mark.asked), brand.poll.overlap));
    let mut report = PollReport::default();
    let mut shipping = BTreeMap::new();
    for (order, asked) in changed {
        report.seen += 1;
        report.watermark = report.watermark.max(Some(order.modified_at));
        let told = match asked {
            Asked::Changed => told,
            Asked::Cancelled => told_apart,
        };
        if told.is_some_and(|mark| order.modified_at <= mark) {
            report.settled += 1;
        } else if order.order_stage >= SHIPPING || order.is_cancelled || order.order_stage == CANCELLED {
            shipping.insert(order.order_number.clone(), order);
        } else {
            report.sent += 1;
        }
    }
    report.cancelled = apart.map(|_| CancelledMark { asked: now, seen: report.watermark.max(question.since) });
    let numbers: BTreeSet<String> = shipping.keys().cloned().collect();
    let booked = netsuite::shipped(agents, ctx, &question.brand, &numbers).await?;
    report.skipped = (numbers.len() - booked.len()) as u64;
    for (number, booked) in &booked {
        if shipping.get(number).is_some_and(|order| is_booked(order, booked)) {
            report.settled += 1;
            continue;
        }
        let event = Event::about_dcl_order(EventKind::ShipmentConfirmed, &question.brand, number);
        let published = agents.bus.publish(&event).await;
        published.map_err(|e| failure::again("Unavailable", format!("temporal: {e}"), None))?;
        report.published += 1;
    }
    Ok(report)
}

/// Is all that the warehouse has shipped so far booked and told? The overlap shows an order again and again. One that it
/// will ship no more of is looked at all the same: something may be missing.
fn is_booked(order: &Order, booked: &Shipped) -> bool {
    let cartons = || order.shipments.iter().flat_map(|s| &s.packages);
    let name = |p: &client_dcl::Package| p.carton_id.clone().or_else(|| p.tracking_number.clone()).unwrap_or_default();
    let ended = order.is_cancelled || matches!(order.order_stage, CANCELLED | CLOSED_SHORT);
    !ended
        && !booked.untold
        && cartons().next().is_some()
        && cartons().all(|p| booked.cartons.contains(name(p).trim()))
        && cartons().filter_map(|p| p.tracking_number.as_ref()).all(|t| booked.tracking.contains(t))
}

/// Which question told of an order.
#[derive(Clone, Copy)]
enum Asked {
    Changed,
    Cancelled,
}

/// Are cancelled orders to be asked for? Never yet, so long ago, or before a clock was set back.
fn is_due(mark: Option<CancelledMark>, now: Timestamp, every: Duration) -> bool {
    mark.is_none_or(|mark| now >= mark.asked + every || now < mark.asked)
}

/// Orders changed since a moment, and since another one those that were cancelled, if they are asked for: asked by no status,
/// DCL may keep them to itself.
///
/// DCL numbers its pages: an order that changes while they are read moves another one to a page that was read already. What
/// takes more than one page is read until a look shows no order that the looks before it did not.
async fn read_changed(
    login: &Login,
    since: Timestamp,
    cancelled: Option<Timestamp>,
) -> client_core::Result<Vec<(Order, Asked)>> {
    let mut seen = BTreeMap::new();
    let mut numbers = BTreeSet::new();
    for _ in 0..LOOKS {
        let (known, mut changed_rows, mut cancelled_rows) = (numbers.len(), 0, 0);
        let apart = stream::iter(cancelled).flat_map(|since| login.client.orders_cancelled_since(since));
        let apart = apart.map_ok(|order| (order, Asked::Cancelled));
        let changed = login.client.orders_modified_since(since).map_ok(|order| (order, Asked::Changed)).chain(apart);
        pin_mut!(changed);
        while let Some((order, asked)) = changed.next().await.transpose()? {
            match asked {
                Asked::Changed => changed_rows += 1,
                Asked::Cancelled => cancelled_rows += 1,
            }
            numbers.insert(order.order_number.clone());
            // One that both tell of counts as cancelled: its mark is the earlier one.
            seen.insert((order.modified_at, order.order_number.clone(), order.order_stage), (order, asked));
        }
        if changed_rows.max(cancelled_rows) <= client_dcl::PAGE || numbers.len() == known {
            break;
        }
    }
    Ok(seen.into_values().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cancelled_orders_are_due_at_their_interval_and_not_a_moment_before() {
        let asked: Timestamp = "2026-11-25T08:00:00Z".parse().unwrap();
        let (every, moment) = (Duration::from_secs(600), Duration::from_nanos(1));
        let due = |now| is_due(Some(CancelledMark { asked, seen: None }), now, every);
        assert!(!due(asked) && !due(asked + every - moment));
        assert!(due(asked + every) && due(asked + every + moment) && due(asked + every * 1000));
        assert!(due(asked - moment), "a clock that was set back must not silence the question");
        assert!(is_due(None, asked, every), "never asked");
    }
}
