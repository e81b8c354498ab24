use checker::{Kind, Later, SalesOrder, WarehouseOrder, judge};
use rust_decimal::Decimal;

use crate::{found, never, progress, rules, set, state, store, unbilled, warehouse_order};

#[test]
fn the_mark_and_the_warehouse_s_order_go_together() {
    let not_yet = |later: &mut Later| {
        later.fulfillments.clear();
        store(later).fulfillments.clear();
        unbilled(later);
        later.warehouse[0].units = Some(Decimal::ZERO);
        later.warehouse[0].cartons.clear();
    };
    let judged = |plant: &dyn Fn(&mut Later), reason: bool| {
        let mut state = state();
        state.sales_orders[0].status = "B".to_owned();
        state.orders[0].tags.pop();
        not_yet(&mut state.later);
        plant(&mut state.later);
        if reason {
            state.reasons.insert(1, "parked: so they say".to_owned());
        }
        judge(&state, &rules())
    };
    assert!(judged(&|_| {}, false).is_clean(), "on its way");
    let gone = |later: &mut Later| later.warehouse.clear();
    let cancelled = |later: &mut Later| later.warehouse[0].cancelled = true;
    let unmarked = |later: &mut Later| progress(later).sent = false;
    let neither = |later: &mut Later| {
        later.warehouse.clear();
        progress(later).sent = false;
    };
    type Plant<'a> = &'a dyn Fn(&mut Later);
    let plants: [(Kind, Plant<'_>); 4] = [
        (Kind::SentWithoutWarehouseOrder, &gone),
        (Kind::SentWithoutWarehouseOrder, &cancelled),
        (Kind::WarehouseOrderWithoutMark, &unmarked),
        (Kind::NotSent, &neither),
    ];
    for (kind, plant) in plants {
        let verdict = judged(plant, false);
        assert_eq!(found(&verdict), [kind], "{verdict}");
        assert!(verdict.violations[0].evidence.starts_with("SO1 (id 1201"), "{verdict}");
        assert!(judged(plant, true).is_clean());
    }
}

#[test]
fn a_warehouse_order_twice() {
    never(Kind::WarehouseDoubled, &["SO1", "2 live orders"], |later| {
        later.warehouse.push(warehouse_order("SO1", 0, Vec::new()));
    });
    let mut state = state();
    state.later.warehouse.push(WarehouseOrder { cancelled: true, ..warehouse_order("SO1", 0, Vec::new()) });
    assert!(judge(&state, &rules()).is_clean(), "a cancelled one counts as none");
}

#[test]
fn a_warehouse_order_without_sales_order_unless_it_is_somebody_else_s() {
    never(Kind::WarehouseOrphan, &["SO9"], |later| later.warehouse.push(warehouse_order("SO9", 1, Vec::new())));
    let mut state = state();
    state.later.warehouse.push(WarehouseOrder { ours: false, ..warehouse_order("EDI9", 1, Vec::new()) });
    state.later.warehouse.push(warehouse_order("SO77", 1, Vec::new()));
    state.later.foreign_numbers = set(&["SO77"]);
    let verdict = judge(&state, &rules());
    assert!(verdict.is_clean(), "{verdict}");
    assert_eq!((verdict.summary.warehouse_orders, verdict.summary.other_warehouse_orders), (1, 2));
}

#[test]
fn a_live_warehouse_order_of_a_cancelled_sales_order() {
    let mut state = state();
    let cancelled = SalesOrder {
        id: "1202".to_owned(),
        number: "SO2".to_owned(),
        status: "C".to_owned(),
        ..state.sales_orders[0].clone()
    };
    state.sales_orders.push(cancelled);
    state.later.warehouse.push(warehouse_order("SO2", 0, Vec::new()));
    let verdict = judge(&state, &rules());
    assert_eq!(found(&verdict), [Kind::WarehouseOrphan], "{verdict}");
    assert_eq!(verdict.violations[0].order, Some(1));
}
