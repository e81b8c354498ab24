//! Goods on their way to the warehouse, and what it received.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bus::{Event, EventKind};
use client_dcl::{NewNotification, NotificationLine, Notified, RECEIPTS_PAGE, ReceiptRow, Receipts};
use futures_util::{StreamExt, pin_mut};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use rust_decimal::Decimal;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::{
    contracts::{Announce, Changed, DCL, DclPoRef, PollReport},
    domain::{
        announcement::Announcement,
        receipt::{self, ReceivedRow},
    },
    ids,
};

use super::{LOOKS, call};
use crate::{
    Agents,
    creating::{self, Ensured, Write},
    failure, netsuite,
    vendors::Login,
};

/// Announces goods under our reference, once. Returns DCL's number, where it told one.
///
/// DCL has no way to look a notification up before something of it was received. After an ambiguous answer the receipts are
/// asked for our reference all the same, and then the same notification is sent again: DCL takes a reference once, so that
/// its refusal as "not unique" says that the first one has landed. The number of that one comes with its first receipt.
pub(crate) async fn announce(
    agents: &Agents,
    ctx: &ActivityContext,
    request: Announce,
) -> Result<Option<String>, ActivityError> {
    let login = agents.login_of(&request.brand)?;
    let reference = request.announcement.reference.as_str();
    let write = Write {
        vendor: DCL,
        key: reference,
        looked_at: None,
        after_reset: request.after_reset,
        deadline: login.request_deadline,
    };
    let notification = notification(&request.announcement);
    let ensured = creating::ensure(
        agents,
        ctx,
        write,
        |trace| async move {
            let first = async {
                let rows = login.client.po_receipts(Receipts::Referring(reference));
                pin_mut!(rows);
                rows.next().await.transpose()
            };
            let found = agents.attempt_leaving(ctx, &call("findNotification", login), trace, first).await?;
            let found = found.map_err(|e| failure::of(e, ctx, DCL, Duration::ZERO))?;
            Ok(found.map(|row| Some(row.dcl_po_number)))
        },
        |trace| async move {
            let announced = async {
                Ok(match login.client.create_po_notification(&notification).await? {
                    Notified::Taken(number) => number,
                    Notified::Repeated => None,
                })
            };
            agents.attempt_leaving(ctx, &call("announceGoods", login), trace, announced).await
        },
    );
    let ensured = ensured.await?;
    if let Ensured::Made(number) = &ensured {
        let number = number.as_deref().unwrap_or("a number that DCL did not tell");
        tracing::info!(dcl.reference = %reference, "announced {reference} to the warehouse, which has it as {number}");
    }
    Ok(ensured.into_inner())
}

fn notification(from: &Announcement) -> NewNotification {
    NewNotification {
        account_number: from.account_number.clone(),
        location: from.location.clone(),
        reference_transaction_number: from.reference.clone(),
        reference_order_number: from.order_number.clone(),
        order_date: from.order_date,
        expected_delivery_date: from.expected,
        lines: from
            .lines
            .iter()
            .map(|line| NotificationLine {
                line_number: line.line.into(),
                item_number: line.item_number.clone(),
                quantity: line.quantity.into(),
                expected_delivery_date: line.expected,
            })
            .collect(),
    }
}

/// What the warehouse received of one order.
pub(crate) async fn receipts(
    agents: &Agents,
    ctx: &ActivityContext,
    which: DclPoRef,
) -> Result<Vec<ReceivedRow>, ActivityError> {
    let login = agents.login_of(&which.brand)?;
    let rows = read(login, Receipts::Of(&which.number));
    let rows = agents.call(ctx, call("getReceipts", login), rows).await?;
    Ok(rows.into_iter().filter(|row| row.dcl_po_number == which.number).map(translate).collect())
}

fn translate(row: ReceiptRow) -> ReceivedRow {
    let mut numbers = BTreeMap::new();
    for lot in row.lots {
        *numbers.entry(lot.lot_number).or_default() += lot.quantity;
    }
    for serial in row.serial_numbers {
        numbers.insert(serial, Decimal::ONE);
    }
    ReceivedRow {
        receipt: row.receipt_number,
        date: row.receipt_date,
        reference: row.reference_transaction_number,
        item: row.item_number,
        quantity: row.quantity,
        numbers,
    }
}

/// DCL numbers its pages: a receipt that is shown late moves another one to a page that was read already. What takes more than
/// one page is read until two looks show the same.
async fn read(login: &Login, which: Receipts<'_>) -> client_core::Result<Vec<ReceiptRow>> {
    let mut before: Option<Vec<ReceiptRow>> = None;
    for _ in 0..LOOKS {
        let mut all = vec![];
        let rows = login.client.po_receipts(which);
        pin_mut!(rows);
        while let Some(row) = rows.next().await.transpose()? {
            all.push(row);
        }
        if all.len() <= RECEIPTS_PAGE || before.as_ref() == Some(&all) {
            return Ok(all);
        }
        before = Some(all);
    }
    Err(client_core::Error::Unreadable {
        path: "po_receipts".to_owned(),
        detail: format!("GET po_receipts: {LOOKS} looks showed as many different lists"),
    })
}

/// Reads what was received since some days before the last tick, to the end, and publishes the orders of ours of which
/// something is not booked. The warehouse receives for others, too: theirs are counted.
pub(crate) async fn publish_receipts(
    agents: &Agents,
    ctx: &ActivityContext,
    question: Changed,
) -> Result<PollReport, ActivityError> {
    let (brand, login) = (agents.brand(&question.brand)?, agents.login_of(&question.brand)?);
    if !brand.enables(ids::PO_RECEIPT) {
        // A tick that completed would leave a watermark, and what comes before it would never be looked at.
        let what = format!("{} is not enabled for {}", ids::PO_RECEIPT, question.brand);
        return Err(failure::never("Configuration", what));
    }
    let begun = Timestamp::now();
    let first = brand.poll.look_back.map_or(brand.go_live, |back| begun - back);
    let overlap = SignedDuration::from_hours(24 * i64::from(brand.inbound.overlap_days));
    let since = question.since.map_or(first, |mark| mark - overlap).max(brand.go_live);
    let rows = read(login, Receipts::Since(day_before(since)));
    let rows = agents.call(ctx, call("changedReceipts", login), rows).await?;
    let mut report = PollReport { seen: rows.len() as u64, watermark: Some(begun), ..PollReport::default() };
    let mut received = BTreeMap::<String, Vec<ReceivedRow>>::new();
    for row in rows {
        received.entry(row.dcl_po_number.clone()).or_default().push(translate(row));
    }
    let references =
        |rows: &[ReceivedRow]| rows.iter().filter_map(|row| row.reference.clone()).collect::<BTreeSet<_>>();
    let numbers = received.iter().map(|(number, rows)| (number.clone(), references(rows))).collect();
    let orders = netsuite::announced(agents, ctx, &question.brand, &numbers).await?;
    let items = brand.warehouse.as_ref().map(|warehouse| &warehouse.items);
    for (number, rows) in received {
        let named = |order: &&netsuite::AnnouncedOrder| {
            let by_reference = || order.reference.as_ref().is_some_and(|own| references(&rows).contains(own));
            order.number.as_ref() == Some(&number) || by_reference()
        };
        let Some(order) = orders.iter().find(named) else {
            report.skipped += 1;
            continue;
        };
        let item = |sku: &String| items.and_then(|items| items.get(sku)).unwrap_or(sku).clone();
        let booked = order.booked.iter().map(|((key, sku), units)| ((key.clone(), item(sku)), *units)).collect();
        let known = order.number.as_ref() == Some(&number);
        if known && receipt::is_settled(&question.brand, &number, &rows, &booked, &order.ignored) {
            report.settled += 1;
            continue;
        }
        let event = Event::about_dcl_po(EventKind::PurchaseReceived, &question.brand, &number);
        let published = agents.bus.publish(&event).await;
        published.map_err(|e| failure::again("Unavailable", format!("temporal: {e}"), None))?;
        report.published += 1;
    }
    Ok(report)
}

/// The day before: wherever the warehouse is, its day has begun by then.
fn day_before(at: Timestamp) -> Date {
    let day = at.to_zoned(TimeZone::UTC).date();
    day.yesterday().unwrap_or(day)
}
