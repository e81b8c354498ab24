//! Statuses of transactions: their letters, their names, and where an order stands.

use rust_decimal::Decimal;

use super::inbound;
use super::progress::Progress;
use crate::netsuite::kinds::RecordType;
use crate::netsuite::value::{Object, amount, choice, flag, rows};

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
        "PurchOrd" => "Purchase Order",
        "TrnfrOrd" => "Transfer Order",
        "ItemShip" => "Item Fulfillment",
        "ItemRcpt" => "Item Receipt",
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
        ("PurchOrd", PENDING_APPROVAL) => "Pending Supervisor Approval",
        ("PurchOrd", "B") => "Pending Receipt",
        ("PurchOrd", "C") => "Rejected by Supervisor",
        ("PurchOrd", "D") => "Partially Received",
        ("PurchOrd", "E") => "Pending Billing/Partially Received",
        ("PurchOrd", "F") => "Pending Bill",
        ("PurchOrd", "G") => "Fully Billed",
        ("PurchOrd" | "TrnfrOrd", CLOSED) => "Closed",
        ("TrnfrOrd", PENDING_APPROVAL) => "Pending Approval",
        ("TrnfrOrd", "B") => "Pending Fulfillment",
        ("TrnfrOrd", "D") => "Partially Fulfilled",
        ("TrnfrOrd", "E") => "Pending Receipt/Partially Fulfilled",
        ("TrnfrOrd", "F") => "Pending Receipt",
        ("TrnfrOrd", "G") => "Received",
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

/// Where any kind of order stands.
pub(super) fn of(kind: &RecordType, order: &Object) -> &'static str {
    match kind.name {
        "purchaseOrder" => of_purchase(kind, order),
        "transferOrder" => of_transfer(kind, order),
        _ => of_order(order),
    }
}

/// A purchase: approved, received, billed. What was received of a closed one is still billed (inferred).
fn of_purchase(kind: &RecordType, order: &Object) -> &'static str {
    let lines = rows(order, "item");
    let received = |line: &&Object| amount(line, "quantityReceived");
    let unbilled = lines.iter().any(|line| received(line) > amount(line, "quantityBilled"));
    if lines.iter().all(|line| flag(line, "isClosed")) {
        return if unbilled { "F" } else { CLOSED };
    }
    if choice(order, "approvalStatus") == Some("3") {
        return "C";
    }
    if !inbound::is_approved(kind, order) {
        return PENDING_APPROVAL;
    }
    let all = lines.iter().all(|line| flag(line, "isClosed") || received(line) >= amount(line, "quantity"));
    let any = lines.iter().any(|line| received(line) > Decimal::ZERO);
    match (all, any, unbilled) {
        (true, _, true) => "F",
        (true, _, false) => "G",
        (false, true, true) => "E",
        (false, true, false) => "D",
        (false, false, _) => "B",
    }
}

/// A transfer: approved, shipped, received. What is under way of a closed one is still received (inferred).
fn of_transfer(kind: &RecordType, order: &Object) -> &'static str {
    let lines = rows(order, "item");
    let shipped = |line: &&Object| amount(line, "quantityFulfilled");
    let under_way = lines.iter().any(|line| shipped(line) > amount(line, "quantityReceived"));
    if lines.iter().all(|line| flag(line, "isClosed")) {
        return if under_way { "F" } else { CLOSED };
    }
    if !inbound::is_approved(kind, order) {
        return PENDING_APPROVAL;
    }
    let all = lines.iter().all(|line| flag(line, "isClosed") || shipped(line) >= amount(line, "quantity"));
    let any = lines.iter().any(|line| shipped(line) > Decimal::ZERO);
    match (all, any, under_way) {
        (true, _, true) => "F",
        (true, _, false) => "G",
        (false, true, true) => "E",
        (false, true, false) => "D",
        (false, false, _) => "B",
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
