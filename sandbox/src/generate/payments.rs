//! How the money of an order came in: at once, or authorized and captured in one or two parts, after a
//! card that was declined, and given back by refunds.
//!
//! The tenders and what each of them pays are settled before.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::dice::Dice;
use super::history::record;
use super::{Draft, push};
use crate::money::Bag;
use crate::shopify::derive::list;
use crate::shopify::payments;

/// Rewrites the order's transactions: a card's sale may become an authorization with its captures, a
/// voided order tells that it was voided, a refund tells which payment it gives back.
pub(super) fn tell(draft: &mut Draft<'_>, dice: &mut Dice) {
    let declined = dice.percent(3);
    let captures = match dice.below(100) {
        0..=77 => 0,
        78..=92 => 1,
        _ => 2,
    };
    let share = dice.between(20, 80);
    let settled = list(&draft.order, "transactions").to_vec();
    // One refund has one parent: it must not be larger than a capture.
    let captures = if list(&draft.order, "refunds").is_empty() { captures } else { captures.min(1) };
    draft.order["transactions"] = json!([]);
    for mut transaction in settled {
        let by_card = transaction["gateway"] == "shopify_payments";
        if declined && by_card {
            let mut failed = record(draft, 6, "sale", "shopify_payments", Bag::field(&transaction, "amount"));
            failed["status"] = json!("failure");
            failed["error_code"] = json!("card_declined");
            push(&mut draft.order, "transactions", failed);
        }
        let parts = match by_card && transaction["kind"] == "sale" {
            true => parts(draft, &transaction, captures, share),
            false => Vec::new(),
        };
        if !parts.is_empty() {
            transaction["kind"] = json!("authorization");
        }
        let parent = transaction["id"].clone();
        push(&mut draft.order, "transactions", transaction);
        for (number, part) in (7..).zip(parts) {
            child(draft, number, "capture", part, &parent);
        }
    }
    if draft.order["financial_status"] == "voided"
        && let Some(authorization) = list(&draft.order, "transactions").last().cloned()
    {
        child(draft, 9, "void", Bag::field(&authorization, "amount"), &authorization["id"]);
    }
    payments::add_refunds(&mut draft.order);
}

/// What each capture takes; together all that was authorized.
fn parts(draft: &Draft<'_>, sale: &Value, captures: u32, share: u32) -> Vec<Bag> {
    let whole = Bag::field(sale, "amount");
    let rate = Decimal::new(i64::from(share), 2);
    let first = draft.money.currencies.round(whole.map(|amount| amount * rate));
    let second = whole - first;
    let splits = [first, second].iter().all(|part| !part.shop.is_zero() && !part.presentment.is_zero());
    match captures {
        0 => Vec::new(),
        2 if splits => vec![first, second],
        _ => vec![whole],
    }
}

fn child(draft: &mut Draft<'_>, number: u64, kind: &str, amount: Bag, parent: &Value) {
    let mut transaction = record(draft, number, kind, "shopify_payments", amount);
    transaction["parent_id"] = parent.clone();
    push(&mut draft.order, "transactions", transaction);
}
