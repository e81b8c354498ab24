use std::collections::BTreeMap;

use checker::{Bill, Kind, Order, Progress, Rules, SalesOrder, Stages, StoreSide, judge};

use crate::{
    bill, decimal, found, judged, never, payment, rules, state, store, transaction, unbilled, unless_reason, usd,
    warehouse_order,
};

#[test]
fn each_settled_transaction_has_one_payment_of_its_amount() {
    unless_reason(Kind::PaymentMissing, &["801", "gift_card", "20.00 USD", "INV401"], |later| {
        later.payments.remove(0);
        later.bills[0].unpaid = decimal("20.00");
    });
    never(Kind::PaymentDoubled, &["803", "PYMT502", "PYMT503"], |later| {
        later.payments.push(payment("503", "803", "80.00", &[]));
    });
    never(Kind::PaymentOrphan, &["802", "PYMT503"], |later| {
        later.payments.push(payment("503", "802", "80.00", &[]));
    });
    never(Kind::PaymentOrphan, &["899", "PYMT503"], |later| {
        later.payments.push(payment("503", "899", "80.00", &[]));
    });
    never(Kind::PaymentOrphan, &["PYMT502", "custbody_shopify_transaction_id 802"], |later| {
        later.payments[1].transaction = Some("802".to_owned());
    });
    never(Kind::PaymentAmount, &["80.00 USD", "80.01"], |later| later.payments[1].total = decimal("80.01"));
    never(Kind::PaymentAmount, &["in currency 4"], |later| later.payments[1].currency = "4".to_owned());
}

#[test]
fn a_refund_before_the_booking_makes_the_payment_smaller() {
    let refunded = |booked: &str, parent: &str| {
        let mut state = state();
        let side = store(&mut state.later);
        let mut refund = transaction("804", "REFUND", "shopify_payments", "5");
        refund.parent = Some(parent.to_owned());
        side.transactions.push(refund);
        side.financial_status = Some("PARTIALLY_PAID".to_owned());
        state.later.payments[1].total = decimal(booked);
        found(&judge(&state, &rules()))
    };
    assert!(!refunded("75.00", "803").contains(&Kind::PaymentAmount));
    assert!(!refunded("80.00", "803").contains(&Kind::PaymentAmount));
    assert!(refunded("74.99", "803").contains(&Kind::PaymentAmount));
    assert!(refunded("75.00", "801").contains(&Kind::PaymentAmount));
}

#[test]
fn a_payment_by_hand_is_not_judged_and_a_brand_whose_name_goes_on_is_another_brand() {
    let verdict = judged(
        |later| {
            let mut by_hand = payment("503", "", "10.00", &[]);
            (by_hand.paper.external_id, by_hand.transaction) = (None, None);
            later.payments.push(by_hand);
            let mut other = payment("504", "eu-7", "10.00", &[]);
            other.paper.brand = Some("acme-eu".to_owned());
            later.payments.push(other);
        },
        false,
    );
    assert!(verdict.is_clean(), "{verdict}");
}

#[test]
fn an_order_without_invoice_needs_no_payment_yet() {
    let mut state = state();
    unbilled(&mut state.later);
    state.orders[0].tags.pop();
    let stages = Stages { billing: None, ..rules().stages };
    let verdict = judge(&state, &Rules { stages, ..rules() });
    assert!(verdict.is_clean(), "{verdict}");
}

#[test]
fn an_invoice_open_although_the_money_came_in() {
    unless_reason(Kind::Unpaid, &["INV402", "SO1", "40.00 of 40.00 open", "100.00 USD came in"], |later| {
        later.bills[1].unpaid = decimal("40.00");
        later.payments[1].applied.remove("402");
    });
}

#[test]
fn more_applied_than_there_is() {
    never(Kind::OverApplied, &["INV401", "is paid 61.00", "PYMT501"], |later| {
        later.payments[1].applied = BTreeMap::from([("401".to_owned(), 41.into()), ("402".to_owned(), 39.into())]);
    });
    let verdict = judged(
        |later| {
            later.payments[0].applied.insert("402".to_owned(), 5.into());
        },
        false,
    );
    assert_eq!(found(&verdict), [Kind::OverApplied, Kind::OverApplied], "{verdict}");
    assert!(verdict.violations[0].evidence.contains("PYMT501 (id 501, PAY-acme-801) of 20.00 pays 25.00"), "{verdict}");
}

#[test]
fn tenders_less_refunds_are_the_total_of_a_paid_order() {
    unless_reason(Kind::Tenders, &["PAID", "gift_card 20.00 + shopify_payments 80.00", "refunds 5"], |later| {
        store(later).transactions.push(transaction("804", "REFUND", "shopify_payments", "5"));
    });
    unless_reason(Kind::Tenders, &["PAID", "gift_card 20.00 + shopify_payments 80.00", "refunds -5"], |later| {
        store(later).transactions.push(transaction("804", "REFUND", "shopify_payments", "-5"));
    });
    let verdict = judged(
        |later| {
            store(later).financial_status = Some("PARTIALLY_PAID".to_owned());
            store(later).transactions.push(transaction("804", "REFUND", "shopify_payments", "5"));
        },
        false,
    );
    assert!(verdict.is_clean(), "{verdict}");
    let mut state = state();
    state.later.store.get_mut(&1).unwrap().financial_status = Some("PARTIALLY_REFUNDED".to_owned());
    state.later.store.get_mut(&1).unwrap().transactions[2].shop = usd("85.00");
    state.later.payments[1].total = decimal("85.00");
    assert_eq!(found(&judge(&state, &rules())), [Kind::Tenders]);
    store(&mut state.later).transactions.push(transaction("804", "REFUND", "shopify_payments", "5"));
    assert!(judge(&state, &rules()).is_clean());
}

#[test]
fn a_payment_that_pays_another_order_s_invoice() {
    let mut state = state();
    let other = Order { id: 2, name: "#2".to_owned(), ..state.orders[0].clone() };
    let sold = SalesOrder {
        id: "1202".to_owned(),
        number: "SO2".to_owned(),
        external_id: Some("SO-acme-2".to_owned()),
        order: Some("2".to_owned()),
        ..state.sales_orders[0].clone()
    };
    state.orders.push(other);
    state.sales_orders.push(sold);
    let later = &mut state.later;
    let open = StoreSide { transactions: vec![transaction("810", "SALE", "bogus", "100")], ..StoreSide::default() };
    later.store.insert(2, open);
    later.progress.insert("1202".to_owned(), Progress { invoiced: true, sent: true, ..Progress::default() });
    later.warehouse.push(warehouse_order("SO2", 0, Vec::new()));
    later.bills.push(Bill { sales_order: Some("1202".to_owned()), ..bill("409", "100.00", Vec::new()) });
    later.payments.push(payment("509", "810", "100.00", &[("409", "100.00")]));
    assert!(judge(&state, &rules()).is_clean(), "{}", judge(&state, &rules()));

    state.later.payments[2].applied = BTreeMap::from([("402".to_owned(), 40.into()), ("409".to_owned(), 60.into())]);
    state.later.payments[1].applied = BTreeMap::from([("401".to_owned(), 40.into())]);
    state.reasons.insert(2, "parked: so they say".to_owned());
    let verdict = judge(&state, &rules());
    assert_eq!(found(&verdict), [Kind::PaymentElsewhere], "{verdict}");
    assert_eq!(verdict.violations[0].order, Some(2));
    assert!(verdict.violations[0].evidence.contains("PYMT509 (id 509, PAY-acme-810) pays INV402"), "{verdict}");
}
