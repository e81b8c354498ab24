use std::collections::{BTreeMap, BTreeSet};

use checker::{Bill, Billing, Fulfillment, Kind, Later, Progress, Rules, Stages, judge};

use crate::{
    bill, decimal, found, fulfillment, judged, line, never, progress, rules, state, store, taken, unbilled,
    unless_reason,
};

#[test]
fn what_shipped_must_be_billed() {
    let verdict = judged(unbilled, false);
    assert_eq!(found(&verdict), [Kind::Unbilled, Kind::MarkWithoutBill], "the tag stays: {verdict}");
    let evidence = &verdict.violations[0].evidence;
    assert!(evidence.contains("line 1: 2 fulfilled, 0 billed; line 2: 1 fulfilled"), "{evidence}");
    assert_eq!(found(&judged(unbilled, true)), [Kind::MarkWithoutBill]);
}

#[test]
fn an_order_with_nothing_to_ship_is_still_billed() {
    let digital = |later: &mut Later| {
        later.warehouse.clear();
        later.fulfillments.clear();
        store(later).fulfillments.clear();
        *progress(later) = Progress { sent: false, invoiced: true, lines: vec![line("3", false, 1)] };
        later.bills = vec![bill("401", "100.00", vec![taken("3", 1)])];
        later.payments[0].applied = BTreeMap::from([("401".to_owned(), decimal("20.00"))]);
        later.payments[1].applied = BTreeMap::from([("401".to_owned(), decimal("80.00"))]);
    };
    assert!(judged(digital, false).is_clean(), "{}", judged(digital, false));
    let mut state = state();
    digital(&mut state.later);
    unbilled(&mut state.later);
    state.orders[0].tags.pop();
    let verdict = judge(&state, &rules());
    assert_eq!(found(&verdict), [Kind::Unbilled], "{verdict}");
    assert!(verdict.violations[0].evidence.contains("nothing left to ship and no bill"), "{verdict}");
}

#[test]
fn more_billed_than_shipped() {
    let verdict = judged(|later| later.bills[1].lines[0].quantity = 2.into(), false);
    assert_eq!(found(&verdict), [Kind::OverBilled, Kind::MarkWithoutBill], "{verdict}");
    assert!(verdict.violations[0].evidence.contains("line 2: 1 fulfilled, 2 billed"), "{verdict}");
    // The same shipment billed by two invoices.
    let twice = |later: &mut Later| later.bills.push(bill("403", "40.00", vec![taken("3", 1), taken("2", 1)]));
    for reason in [false, true] {
        let kinds = found(&judged(twice, reason));
        assert_eq!(kinds, [Kind::BillDoubled, Kind::MarkWithoutBill], "{}", judged(twice, reason));
    }
    assert!(judged(twice, false).violations[0].evidence.contains("INV403"));
}

#[test]
fn bills_that_do_not_make_the_total_to_the_cent() {
    let verdict = judged(|later| later.bills[1].total = decimal("40.01"), false);
    assert_eq!(found(&verdict), [Kind::OverBilled, Kind::MarkWithoutBill], "{verdict}");
    assert!(verdict.violations[0].evidence.contains("100.01"), "{verdict}");
    let short = |later: &mut Later| {
        later.bills[1].total = decimal("39.99");
        later.payments[1].applied.insert("402".to_owned(), decimal("39.99"));
    };
    let verdict = judged(short, true);
    assert_eq!(found(&verdict), [Kind::BilledTotal, Kind::MarkWithoutBill], "{verdict}");
}

#[test]
fn an_order_closed_short_is_billed_for_what_shipped() {
    let verdict = judged(
        |later| {
            let line = &mut progress(later).lines[1];
            (line.ordered, line.closed) = (3.into(), true);
            later.bills[1].total = decimal("30.00");
            later.payments[1].applied.insert("402".to_owned(), decimal("30.00"));
        },
        false,
    );
    assert!(verdict.is_clean(), "{verdict}");
}

#[test]
fn the_mark_says_billed_exactly_when_it_is() {
    unless_reason(Kind::BillWithoutMark, &["custbody_o2c_invoiced is false"], |later| {
        progress(later).invoiced = false;
    });
    let mut state = state();
    state.orders[0].tags.pop();
    let verdict = judge(&state, &rules());
    assert_eq!(found(&verdict), [Kind::BillWithoutMark], "{verdict}");
    let stages = Stages { invoiced_tag: "SENT_TO_NS".to_owned(), ..rules().stages };
    assert!(judge(&state, &Rules { stages, ..rules() }).is_clean());
    progress(&mut state.later).invoiced = false;
    let stages = Stages { billing: Some(Billing::CashSale), payment: false, ..rules().stages };
    assert!(judge(&state, &Rules { stages, ..rules() }).is_clean(), "a cash sale needs no mark");
}

#[test]
fn a_cash_sale_needs_no_payment() {
    let mut state = state();
    state.later.payments.clear();
    state.later.bills.iter_mut().for_each(|bill| bill.is_cash_sale = true);
    let stages = Stages { billing: Some(Billing::CashSale), ..rules().stages };
    let verdict = judge(&state, &Rules { stages, ..rules() });
    assert!(verdict.is_clean(), "{verdict}");
    assert_eq!(verdict.orders[0].documents.paid, decimal("100.00"));
}

#[test]
fn a_fulfillment_or_a_bill_of_no_sales_order() {
    for plant in [
        (|later: &mut Later| later.bills.push(Bill { sales_order: None, ..bill("409", "5", Vec::new()) }))
            as fn(&mut Later),
        |later| {
            let stray = Fulfillment { sales_order: Some("9".to_owned()), ..fulfillment("309", "", "", Vec::new()) };
            later.fulfillments.push(Fulfillment { cartons: BTreeSet::new(), ..stray });
        },
    ] {
        never(Kind::DocumentOrphan, &["09"], plant);
    }
}

#[test]
fn a_mark_of_an_order_that_is_not_sold() {
    let mut state = state();
    state.sales_orders.clear();
    state.later = Later::default();
    state.orders[0].tags = vec!["INVOICED".to_owned()];
    state.reasons.insert(1, "parked: so they say".to_owned());
    assert_eq!(found(&judge(&state, &rules())), [Kind::MarkWithoutBill]);
    state.orders[0].tags.clear();
    assert!(judge(&state, &rules()).is_clean());
}
