//! What was ordered, announced and received, line by line where they differ.

use std::collections::BTreeMap;

use jiff::{ToSpan, civil::Date};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{LeftOut, Situation, allocation};
use crate::domain::{announcement::Record, inbound::InboundPolicy};

/// A line of which less or more came than was ordered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// The order's line.
    pub line: u32,
    /// SKU.
    pub sku: String,
    /// Units that were ordered.
    pub ordered: Decimal,
    /// Units that were announced, where that is known.
    pub announced: Option<Decimal>,
    /// Units that came and are booked.
    pub received: Decimal,
}

/// How an order stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reconciled {
    /// Has all that was ordered come?
    pub complete: bool,
    /// Lines of which less came, and that are open.
    pub short: Vec<Difference>,
    /// Lines of which more came.
    pub over: Vec<Difference>,
    /// What came and is not booked.
    pub left_out: Vec<LeftOut>,
}

/// Compares by line, from what is booked now.
pub fn reconcile(of: &Situation<'_>, left_out: Vec<LeftOut>) -> Reconciled {
    let announced = of.order.announced.as_deref().and_then(Record::parse);
    let received: BTreeMap<u32, Decimal> = allocation::received(of);
    let mut reconciled = Reconciled { left_out, ..Reconciled::default() };
    for line in of.order.own_lines(of.policy) {
        let received = received.get(&line.line).copied().unwrap_or_default();
        let difference = Difference {
            line: line.line,
            sku: line.sku.clone(),
            ordered: line.quantity,
            announced: announced.as_ref().and_then(|record| record.units_of(line.line)),
            received,
        };
        if received < line.quantity && !line.closed {
            reconciled.short.push(difference);
        } else if received > line.quantity {
            reconciled.over.push(difference);
        }
    }
    reconciled.complete = reconciled.short.is_empty();
    reconciled
}

/// Is what did not come no longer waited for? `last`: the day of the last receipt.
pub fn close_short(reconciled: &Reconciled, last: Date, today: Date, policy: &InboundPolicy) -> bool {
    let end = last.checked_add(i64::from(policy.short_after_days).days());
    !reconciled.complete && end.is_ok_and(|end| end <= today)
}
