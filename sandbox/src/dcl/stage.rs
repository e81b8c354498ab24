//! The stages of an order, with the vendor's numbers.

pub(super) const CANCELLED: i64 = 2;
pub(super) const RECEIVED: i64 = 10;
pub(super) const PICKED: i64 = 20;
pub(super) const VERIFIED: i64 = 40;
pub(super) const PARTLY_SHIPPED: i64 = 50;
pub(super) const SHIPPED: i64 = 60;
pub(super) const CLOSED_SHORT: i64 = 62;

const NAMES: &[(i64, &str)] = &[
    (CANCELLED, "Cancelled"),
    (4, "AV Required"),
    (5, "DPS Required"),
    (6, "Ship Method Rev"),
    (RECEIVED, "Order Received"),
    (PICKED, "Pick List Printed"),
    (30, "Partially Verified"),
    (VERIFIED, "Fully Verified"),
    (PARTLY_SHIPPED, "Partially Shipped"),
    (52, "Part. Shipped/Part. Verified"),
    (55, "Part. Shipped/Fully Verified"),
    (SHIPPED, "Fully Shipped"),
    (CLOSED_SHORT, "Closed Short"),
    (70, "Sub Order Shipped"),
];

/// `stage_description`; nothing for a number that is no stage.
pub(super) fn description(stage: i64) -> Option<&'static str> {
    NAMES.iter().find(|(number, _)| *number == stage).map(|(_, name)| *name)
}

/// Neither cancelled nor at an end.
pub(super) fn is_open(stage: i64) -> bool {
    stage != CANCELLED && stage < SHIPPED
}

/// The stage after this one, as far as nothing is shipped.
pub(super) fn next(stage: i64) -> Option<i64> {
    match stage {
        4..=6 => Some(RECEIVED),
        RECEIVED => Some(PICKED),
        PICKED | 30 => Some(VERIFIED),
        _ => None,
    }
}
