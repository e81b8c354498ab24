use checker::{Kind, StoreFulfillment};

use crate::{bill, fulfillment, judged, never, payment, progress, set, store, taken, unless_reason};

#[test]
fn a_carton_on_no_fulfillment_or_on_two_and_one_that_nobody_knows() {
    unless_reason(Kind::CartonMissing, &["C2", "SO1"], |later| {
        later.fulfillments.pop();
        store(later).fulfillments.pop();
        later.bills = vec![bill("401", "100.00", vec![taken("1", 2)])];
        progress(later).lines.remove(1);
        later.payments = vec![
            payment("501", "801", "20.00", &[("401", "20.00")]),
            payment("502", "803", "80.00", &[("401", "80.00")]),
        ];
    });
    never(Kind::CartonDoubled, &["C2", "IF301", "IF302"], |later| {
        later.fulfillments[0].cartons.insert("C2".to_owned());
        // Else the store would be told by both.
        later.warehouse[0].cartons[1].tracking = None;
    });
    never(Kind::CartonUnknown, &["C9", "IF301"], |later| {
        later.fulfillments[0].cartons.insert("C9".to_owned());
    });
}

#[test]
fn more_fulfilled_than_ordered() {
    never(Kind::OverFulfilled, &["line 2", "1 ordered, 2 fulfilled", "IF302"], |later| {
        later.fulfillments[1].lines[0].quantity = 2.into();
        later.warehouse[0].units = Some(4.into());
        store(later).fulfillments[1].units = 2.into();
        later.bills[1].lines[0].quantity = 2.into();
    });
}

#[test]
fn other_units_shipped_than_fulfilled() {
    unless_reason(Kind::ShippedUnits, &["shipped 4", "3 are fulfilled"], |later| {
        later.warehouse[0].units = Some(4.into());
    });
    never(Kind::ShippedUnits, &["shipped 2", "3 are fulfilled"], |later| later.warehouse[0].units = Some(2.into()));
    let verdict = judged(|later| later.warehouse[0].units = None, false);
    assert!(verdict.is_clean(), "what the warehouse does not say is not compared: {verdict}");
}

#[test]
fn a_fulfillment_by_hand_is_none_of_the_warehouse_s() {
    let verdict = judged(
        |later| {
            progress(later).lines[1].ordered = 2.into();
            later.bills[1].lines[0].quantity = 2.into();
            let mut by_hand = fulfillment("303", "", "", vec![taken("2", 1)]);
            (by_hand.paper.external_id, by_hand.store_fulfillment) = (None, None);
            by_hand.cartons.clear();
            later.fulfillments.push(by_hand);
        },
        false,
    );
    assert!(verdict.is_clean(), "{verdict}");
}

#[test]
fn a_shipment_of_which_the_store_was_not_told_or_told_twice() {
    unless_reason(Kind::StoreShipmentMissing, &["IF302", "T-C2"], |later| {
        store(later).fulfillments[1].live = false;
    });
    never(Kind::StoreShipmentDoubled, &["IF302", "902", "903"], |later| {
        let again = StoreFulfillment { id: "903".to_owned(), ..store(later).fulfillments[1].clone() };
        store(later).fulfillments.push(again);
    });
    never(Kind::StoreShipmentDoubled, &["903", "904", "T-9"], |later| {
        for id in ["903", "904"] {
            let (id, tracking) = (id.to_owned(), set(&["T-9"]));
            store(later).fulfillments.push(StoreFulfillment { id, live: true, tracking, units: 1.into() });
        }
    });
}

#[test]
fn a_shipment_told_wrongly() {
    never(Kind::StoreShipmentTracking, &["IF302", "T-C2", "typo"], |later| {
        store(later).fulfillments[1].tracking = set(&["typo"]);
    });
    never(Kind::StoreShipmentUnits, &["IF302", "has 1 units", "902 5"], |later| {
        store(later).fulfillments[1].units = 5.into();
    });
    unless_reason(Kind::StoreShipmentMark, &["IF302", "902"], |later| later.fulfillments[1].store_fulfillment = None);
    never(Kind::StoreShipmentMark, &["IF302", "999", "902"], |later| {
        later.fulfillments[1].store_fulfillment = Some("999".to_owned());
    });
}
