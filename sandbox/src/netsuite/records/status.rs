//! Statuses of transactions: their letters, their names, and where an order stands.

use rust_decimal::Decimal;

use super::progress::Progress;
use crate::netsuite::value::{Object, choice, flag, rows};

pub(super) const PENDING_APPROVAL: &str = "A";
pub(super) const PENDING_FULFILLMENT: &str = "B";
const CANCELLED: &str = "C";
pub(super) const PARTIALLY_FULFILLED: &str = "D";
pub(super) const PENDING_BILLING_PARTIALLY_FULFILLED: &str = "E";
pub(super) const PENDING_BILLING: &str = "F";
const BILLED: &str = "G";
const CLOSED: &str = "H";

/// A type of transaction as people read it.
pub(crate) fn type_name(kind: &str) -> &str {
    match kind {
        "SalesOrd" => "Sales Order",
        "ItemShip" => "Item Fulfillment",
        "CustInvc" => "Invoice",
        "CashSale" => "Cash Sale",
        "CustPymt" => "Payment",
        "CustDep" => "Customer Deposit",
        "DepAppl" => "Deposit Application",
        "InvAdjst" => "Inventory Adjustment",
        other => other,
    }
}

/// A status letter of a type of transaction as people read it.
pub(crate) fn status_name(kind: &str, letter: &str) -> &'static str {
    match (kind, letter) {
        ("SalesOrd", PENDING_APPROVAL) => "Pending Approval",
        ("SalesOrd", PENDING_FULFILLMENT) => "Pending Fulfillment",
        ("SalesOrd", CANCELLED) => "Cancelled",
        ("SalesOrd", PARTIALLY_FULFILLED) => "Partially Fulfilled",
        ("SalesOrd", PENDING_BILLING_PARTIALLY_FULFILLED) => "Pending Billing/Partially Fulfilled",
        ("SalesOrd", PENDING_BILLING) => "Pending Billing",
        ("SalesOrd", BILLED) => "Billed",
        ("SalesOrd", CLOSED) => "Closed",
        ("ItemShip", "A") => "Picked",
        ("ItemShip", "B") => "Packed",
        ("ItemShip", "C") => "Shipped",
        ("CustInvc", "A") => "Open",
        ("CustInvc", "B") => "Paid In Full",
        ("CashSale" | "CustPymt" | "CustDep", "A") => "Unapproved Payment",
        ("CashSale" | "CustPymt" | "CustDep", "B") => "Not Deposited",
        ("CashSale" | "CustPymt" | "CustDep", "C") => "Deposited",
        ("CustDep", "D") => "Fully Applied",
        _ => "",
    }
}

/// Where an order stands, from its approval and what was done with its lines. What is closed is not
/// waited for; what was shipped of it is still billed.
pub(super) fn of_order(order: &Object) -> &'static str {
    if choice(order, "status") == Some(CANCELLED) {
        return CANCELLED;
    }
    let lines: Vec<Progress> = rows(order, "item").into_iter().map(Progress::of).collect();
    let shipped_unbilled = || lines.iter().any(|line| line.fulfillable && line.fulfilled > line.billed);
    if lines.iter().all(|line| line.closed) {
        // Inferred: an order that was closed after a shipment waits for that one's bill.
        return if shipped_unbilled() { PENDING_BILLING } else { CLOSED };
    }
    if choice(order, "orderStatus") == Some(PENDING_APPROVAL) {
        return PENDING_APPROVAL;
    }
    let all_billed = || lines.iter().all(Progress::is_billed);
    let all_fulfilled = lines.iter().all(Progress::is_fulfilled);
    let any_fulfilled = lines.iter().any(|line| line.fulfilled > Decimal::ZERO);
    match (all_fulfilled, any_fulfilled) {
        (true, _) if all_billed() => BILLED,
        (true, _) => PENDING_BILLING,
        (false, false) => PENDING_FULFILLMENT,
        (false, true) if shipped_unbilled() => PENDING_BILLING_PARTIALLY_FULFILLED,
        (false, true) => PARTIALLY_FULFILLED,
    }
}

/// Whether items of this type have stock of their own.
pub(super) fn is_stocked(item_type: &str) -> bool {
    matches!(item_type, "InvtPart" | "Assembly")
}

/// Whether a line of this item is packed and shipped. Services, other charges and non-inventory
/// items are when their item says so.
pub(super) fn is_fulfillable(item_type: &str, item: &Object) -> bool {
    match item_type {
        "Kit" => true,
        stocked if is_stocked(stocked) => true,
        "NonInvtPart" | "OthCharge" | "Service" => flag(item, "isFulfillable"),
        _ => false,
    }
}
