use super::*;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn order() -> (Value, Ids) {
    let mut ids = Ids::default();
    let mut order = json!({"id": 1, "name": "#1", "line_items": [
        {"id": 11, "quantity": 3, "current_quantity": 2, "requires_shipping": true},
        {"id": 12, "quantity": 1, "requires_shipping": true, "fulfillable_quantity": 0},
        {"id": 13, "quantity": 1, "requires_shipping": false},
        {"id": 14, "quantity": 1, "requires_shipping": true},
    ]});
    settle(&mut order, Some(7), &mut ids, NOW);
    (order, ids)
}

fn at(order: &Value, index: usize) -> (Value, Vec<(i64, i64)>) {
    let one = &order["fulfillment_orders"][index];
    let lines = list(one, "line_items").iter();
    (
        one["status"].clone(),
        lines.map(|line| (number(line, "quantity"), number(line, "fulfillable_quantity"))).collect(),
    )
}

fn all(order: &Value, index: usize) -> Wanted {
    Wanted { fulfillment_order: named(&order["fulfillment_orders"][index]), lines: Vec::new() }
}

#[test]
fn what_requires_shipping_and_is_not_sent_is_to_be_sent() {
    let (order, _) = order();
    assert_eq!(list(&order, "fulfillment_orders").len(), 1);
    assert_eq!(at(&order, 0), (json!("open"), vec![(2, 2), (1, 1)]));
}

#[test]
fn a_refund_takes_pieces_off_and_an_edit_adds_them() {
    let (mut order, mut ids) = order();
    order["line_items"][0]["current_quantity"] = json!(1);
    order["line_items"][3]["current_quantity"] = json!(0);
    settle(&mut order, Some(7), &mut ids, NOW);
    assert_eq!(at(&order, 0), (json!("open"), vec![(1, 1)]));
    order["line_items"][0]["current_quantity"] = json!(3);
    settle(&mut order, Some(7), &mut ids, NOW);
    assert_eq!(at(&order, 0), (json!("open"), vec![(3, 3)]));
    order["cancelled_at"] = json!("2026-10-05T12:00:00Z");
    settle(&mut order, Some(7), &mut ids, NOW);
    assert_eq!(at(&order, 0), (json!("closed"), vec![]));
}

#[test]
fn a_fulfillment_leaves_the_rest_and_a_cancelled_one_gives_back() {
    let (mut order, mut ids) = order();
    let line = named(&order["fulfillment_orders"][0]["line_items"][0]);
    let part = Wanted { lines: vec![(line, 1)], ..all(&order, 0) };
    let first = fulfil(&mut order, &[part], &Tracking::default(), &mut ids, NOW).unwrap();
    assert_eq!(at(&order, 0), (json!("in_progress"), vec![(2, 1), (1, 1)]));
    assert_eq!((&first["name"], &order["fulfillment_status"]), (&json!("#1.1"), &json!("partial")));
    assert_eq!(order["line_items"][0]["fulfillable_quantity"], 1);
    let again = order.clone();
    settle(&mut order, Some(7), &mut ids, NOW);
    assert_eq!(order, again, "what was sent does not come back");

    let rest = all(&order, 0);
    fulfil(&mut order, &[rest], &Tracking::default(), &mut ids, NOW).unwrap();
    assert_eq!(at(&order, 0).0, "closed");
    assert_eq!(order["fulfillment_status"], "fulfilled");

    cancel(&mut order, named(&first), NOW).unwrap();
    assert_eq!(at(&order, 0), (json!("in_progress"), vec![(2, 1), (1, 0)]));
    assert_eq!(order["fulfillment_status"], "partial");
    assert!(cancel(&mut order, named(&first), NOW).is_err());
}

#[test]
fn refusals_are_in_shopify_s_words() {
    let (mut order, mut ids) = order();
    let id = named(&order["fulfillment_orders"][0]);
    let line = named(&order["fulfillment_orders"][0]["line_items"][0]);
    let refused = |order: &Value, wanted: &[Wanted]| plan(order, wanted, NOW).err().unwrap();
    for pieces in [0, 3] {
        let wanted = Wanted { fulfillment_order: id, lines: vec![(line, pieces)] };
        assert_eq!(refused(&order, &[wanted]), BAD_QUANTITY);
    }
    let twice = Wanted { fulfillment_order: id, lines: vec![(line, 1), (line, 2)] };
    assert_eq!(refused(&order, &[twice]), BAD_QUANTITY);
    let unknown = Wanted { fulfillment_order: 5, lines: vec![] };
    assert_eq!(refused(&order, &[unknown]), "Fulfillment order does not exist.");

    split(&mut order, &[(11, 1)], 8, &mut ids, NOW).unwrap();
    assert_eq!(at(&order, 1), (json!("open"), vec![(1, 1)]));
    assert_eq!(
        refused(&order, &[all(&order, 0), all(&order, 1)]),
        "All fulfillment orders must be assigned to a single location. Multiple locations with ids [7, 8] were found."
    );
    hold(&mut order, id, "OTHER", &mut ids, NOW).unwrap();
    assert_eq!(
        refused(&order, &[all(&order, 0)]),
        format!("Fulfillment order {id} has an unfulfillable status= on_hold.")
    );
    release(&mut order, id, NOW).unwrap();
    let soon = NOW + jiff::SignedDuration::from_secs(60);
    schedule(&mut order, id, soon, NOW).unwrap();
    assert!(refused(&order, &[all(&order, 0)]).ends_with("status= scheduled."));
    assert!(plan(&order, &[all(&order, 0)], soon).is_ok());
}

#[test]
fn what_was_begun_stays_when_the_rest_moves() {
    let (mut order, mut ids) = order();
    let id = named(&order["fulfillment_orders"][0]);
    assert_eq!(relocate(&mut order, id, 7, &mut ids, NOW).unwrap_err(), "Cannot change location.");
    assert_eq!(relocate(&mut order, id, 8, &mut ids, NOW), Ok(id));
    let wanted = by_line_items(&order, &[(11, 1)], NOW).unwrap();
    fulfil(&mut order, &wanted, &Tracking::default(), &mut ids, NOW).unwrap();
    let moved = relocate(&mut order, id, 7, &mut ids, NOW).unwrap();
    assert_ne!(moved, id);
    assert_eq!(at(&order, 0), (json!("closed"), vec![(1, 0)]));
    assert_eq!(at(&order, 1), (json!("open"), vec![(1, 1), (1, 1)]));
    assert!(by_line_items(&order, &[(11, 2)], NOW).is_err());
}
