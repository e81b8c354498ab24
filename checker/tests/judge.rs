//! Planted violations, each of which the verdict must name, and nothing beside it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::collections::{BTreeMap, BTreeSet};

use checker::{
    Booked, Customer, Kind, Later, List, Money, Order, Outcome, Rules, SalesOrder, Stages, State, Verdict, judge,
};
use rust_decimal::Decimal;

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn money(amount: &str, currency: &str) -> Money {
    Money { amount: decimal(amount), currency: currency.to_owned() }
}

fn rules() -> Rules {
    Rules {
        brand: "acme".to_owned(),
        subsidiary: "1".to_owned(),
        booked: Booked::Shop,
        currencies: BTreeMap::from([("USD".to_owned(), "1".to_owned()), ("CAD".to_owned(), "4".to_owned())]),
        default_customer: Some("500".to_owned()),
        tag: "SENT_TO_NS".to_owned(),
        released: true,
        go_live: Some("2026-01-01T00:00:00Z".parse().unwrap()),
        other_channels: BTreeSet::new(),
        stages: Stages::default(),
    }
}

fn order(id: u64) -> Order {
    Order {
        id,
        name: format!("#{id}"),
        created_at: "2026-05-12T10:00:00Z".parse().unwrap(),
        tags: vec!["vip".to_owned(), "SENT_TO_NS".to_owned()],
        shop_total: money("86.62", "USD"),
        presentment_total: money("117.80", "CAD"),
        customer: Some(7),
        emails: vec!["Ada@Example.com".to_owned()],
    }
}

fn sales_order(id: u64) -> SalesOrder {
    SalesOrder {
        id: (id + 1200).to_string(),
        number: format!("SO{id}"),
        external_id: Some(format!("SO-acme-{id}")),
        order: Some(id.to_string()),
        brand: Some("acme".to_owned()),
        status: "B".to_owned(),
        customer: "601".to_owned(),
        subsidiary: "1".to_owned(),
        currency: "1".to_owned(),
        total: decimal("86.62"),
        tax: decimal("4.62"),
        lines: vec![decimal("92.00"), decimal("-10.0")],
    }
}

/// Three orders, each with its Sales Order; nothing wrong.
fn state() -> State {
    let ours = Customer {
        external_id: Some("CUST-acme-7".to_owned()),
        email: Some("someone@else.example".to_owned()),
        subsidiary: Some("1".to_owned()),
    };
    State {
        orders: vec![order(1), order(2), order(3)],
        sales_orders: vec![sales_order(1), sales_order(2), sales_order(3)],
        customers: BTreeMap::from([("601".to_owned(), ours)]),
        later: Later::default(),
        reasons: BTreeMap::new(),
        lists: vec![List { name: "Shopify orders".to_owned(), read: 3, counted: 3, exact: true }],
    }
}

fn found(verdict: &Verdict) -> Vec<(Kind, Option<u64>)> {
    verdict.violations.iter().map(|violation| (violation.kind, violation.order)).collect()
}

/// The verdict on the state after the planting has exactly this violation, and the order is not booked.
fn finds(kind: Kind, order: u64, plant: impl FnOnce(&mut State)) -> Verdict {
    let mut state = state();
    plant(&mut state);
    let verdict = judge(&state, &rules());
    assert_eq!(found(&verdict), [(kind, Some(order))], "{verdict}");
    if let Some(seen) = verdict.orders.iter().find(|verdict| verdict.order == order) {
        assert_eq!(seen.outcome, Outcome::Violated);
    }
    assert!(verdict.to_string().ends_with("verdict: 1 violation"), "{verdict}");
    verdict
}

#[test]
fn a_right_state_is_clean() {
    let verdict = judge(&state(), &rules());
    assert!(verdict.is_clean(), "{verdict}");
    let booked = Outcome::Booked { sales_order: "SO2".to_owned(), total: money("86.62", "USD") };
    assert_eq!(verdict.orders[1].outcome, booked);
    assert_eq!((verdict.summary.orders, verdict.summary.sales_orders, verdict.summary.booked), (3, 3, 3));
    assert!(verdict.to_string().contains("3 read, 3 counted"), "{verdict}");
}

#[test]
fn two_sales_orders_for_one_order() {
    let verdict = finds(Kind::Doubled, 2, |state| {
        let second = SalesOrder { id: "1999".to_owned(), number: "SO999".to_owned(), ..sales_order(2) };
        state.sales_orders.push(second);
    });
    let evidence = &verdict.violations[0].evidence;
    assert!(evidence.contains("SO2 ") && evidence.contains("SO999"), "{evidence}");
}

#[test]
fn a_second_generation_beside_an_open_first_is_a_double_and_beside_a_closed_one_is_not() {
    let rerun = SalesOrder { id: "1999".to_owned(), external_id: Some("SO-acme-2-g2".to_owned()), ..sales_order(2) };
    finds(Kind::Doubled, 2, |state| state.sales_orders.push(rerun.clone()));
    let mut state = state();
    state.sales_orders[1].status = "H".to_owned();
    state.sales_orders.push(rerun);
    assert!(judge(&state, &rules()).is_clean());
}

#[test]
fn an_order_without_sales_order_tag_and_reason() {
    finds(Kind::Missing, 2, |state| {
        state.sales_orders.remove(1);
        state.orders[1].tags.clear();
    });
}

#[test]
fn a_reason_stands_for_the_sales_order() {
    let mut state = state();
    state.sales_orders.remove(1);
    state.orders[1].tags.clear();
    state.reasons.insert(2, "parked: no item for SKU \"X\"".to_owned());
    let verdict = judge(&state, &rules());
    assert!(verdict.is_clean(), "{verdict}");
    assert_eq!((verdict.summary.booked, verdict.summary.with_reason), (2, 1));
    assert!(verdict.to_string().contains("#2 (2): parked: no item for SKU"), "{verdict}");
}

#[test]
fn a_reason_excuses_a_wrong_total_only_until_release() {
    let mut state = state();
    state.reasons.insert(2, "parked: total differs".to_owned());
    state.orders[1].tags.clear();
    state.sales_orders[1].status = "A".to_owned();
    state.sales_orders[1].total = decimal("90.00");
    assert!(judge(&state, &rules()).is_clean());
    state.sales_orders[1].status = "B".to_owned();
    let kinds = [(Kind::Total, Some(2)), (Kind::Lines, Some(2))];
    assert_eq!(found(&judge(&state, &rules())), kinds);
}

#[test]
fn a_total_off_by_a_cent() {
    let verdict = finds(Kind::Total, 3, |state| {
        state.sales_orders[2].total = decimal("86.63");
        state.sales_orders[2].tax = decimal("4.63");
    });
    let evidence = &verdict.violations[0].evidence;
    assert!(evidence.contains("86.63") && evidence.contains("86.62 USD"), "{evidence}");
}

#[test]
fn lines_that_do_not_make_the_total() {
    finds(Kind::Lines, 1, |state| state.sales_orders[0].lines[1] = decimal("-9.99"));
}

#[test]
fn the_booked_currency_counts() {
    finds(Kind::Currency, 1, |state| state.sales_orders[0].currency = "4".to_owned());
    let mut state = state();
    state.orders.truncate(1);
    state.sales_orders.truncate(1);
    let presentment = Rules { booked: Booked::Presentment, ..rules() };
    let kinds = [(Kind::Total, Some(1)), (Kind::Currency, Some(1))];
    assert_eq!(found(&judge(&state, &presentment)), kinds);
    state.sales_orders[0].currency = "4".to_owned();
    state.sales_orders[0].total = decimal("117.8");
    state.sales_orders[0].lines = vec![decimal("113.18")];
    assert!(judge(&state, &presentment).is_clean());
}

#[test]
fn a_tag_without_sales_order() {
    finds(Kind::TagWithoutSalesOrder, 2, |state| {
        state.sales_orders.remove(1);
        state.reasons.insert(2, "failed: test order".to_owned());
    });
}

#[test]
fn a_sales_order_without_tag() {
    finds(Kind::SalesOrderWithoutTag, 2, |state| state.orders[1].tags = vec!["sent_to_ns".to_owned()]);
}

#[test]
fn a_sales_order_whose_order_does_not_exist() {
    finds(Kind::Orphan, 4, |state| state.sales_orders.push(sales_order(4)));
    let mut state = state();
    let foreign =
        SalesOrder { id: "1".to_owned(), external_id: Some("SO-acme-x".to_owned()), order: None, ..sales_order(5) };
    state.sales_orders.push(foreign);
    assert_eq!(found(&judge(&state, &rules())), [(Kind::Orphan, None)]);
}

#[test]
fn a_sales_order_of_another_channel_is_counted_not_judged() {
    let mut state = state();
    let amazon = SalesOrder { external_id: Some("SO-acme-113-77".to_owned()), order: None, ..sales_order(77) };
    state.sales_orders.push(amazon);
    let other_channels = BTreeSet::from(["SO-acme-113-77".to_owned()]);
    let verdict = judge(&state, &Rules { other_channels, ..rules() });
    assert!(verdict.is_clean(), "{verdict}");
    assert_eq!(verdict.summary.other_channels, 1);
}

#[test]
fn an_unreleased_sales_order() {
    finds(Kind::Unreleased, 1, |state| state.sales_orders[0].status = "A".to_owned());
    let mut state = state();
    state.sales_orders[0].status = "A".to_owned();
    assert!(judge(&state, &Rules { released: false, ..rules() }).is_clean());
}

#[test]
fn the_two_references_must_agree() {
    finds(Kind::Reference, 1, |state| state.sales_orders[0].order = Some("2".to_owned()));
    finds(Kind::Reference, 1, |state| state.sales_orders[0].external_id = None);
    finds(Kind::Reference, 1, |state| state.sales_orders[0].order = None);
}

#[test]
fn a_customer_that_is_missing_or_another_ones_or_of_another_subsidiary() {
    finds(Kind::Customer, 1, |state| state.sales_orders[0].customer = "999".to_owned());
    finds(Kind::Customer, 1, |state| {
        let other = Customer {
            external_id: Some("CUST-acme-8".to_owned()),
            email: Some("bob@example.com".to_owned()),
            subsidiary: Some("1".to_owned()),
        };
        state.customers.insert("602".to_owned(), other);
        state.sales_orders[0].customer = "602".to_owned();
    });
    finds(Kind::Customer, 1, |state| {
        let abroad = Customer { subsidiary: Some("2".to_owned()), ..state.customers["601"].clone() };
        state.customers.insert("602".to_owned(), abroad);
        state.sales_orders[0].customer = "602".to_owned();
    });
    finds(Kind::Subsidiary, 1, |state| state.sales_orders[0].subsidiary = "2".to_owned());
}

#[test]
fn a_customer_is_right_by_key_or_by_e_mail_or_by_default() {
    let mut state = state();
    state.customers.get_mut("601").unwrap().external_id = None;
    state.customers.get_mut("601").unwrap().email = Some("ada@example.COM ".to_owned());
    assert!(judge(&state, &rules()).is_clean());

    // First 24 hex digits of the SHA-256 of ada@example.com, by sha256sum.
    let guest = "CUST-acme-b5fc85e55755f9e0d030a10a".to_owned();
    let customer = state.customers.get_mut("601").unwrap();
    customer.email = None;
    customer.external_id = Some(guest);
    state.orders.iter_mut().for_each(|order| order.customer = None);
    assert!(judge(&state, &rules()).is_clean());

    state.orders.iter_mut().for_each(|order| order.emails = vec![" ".to_owned()]);
    assert_eq!(judge(&state, &rules()).violations.len(), 3);
    let default = Customer { subsidiary: Some("1".to_owned()), ..Customer::default() };
    state.customers.insert("500".to_owned(), default);
    state.sales_orders.iter_mut().for_each(|sales_order| sales_order.customer = "500".to_owned());
    assert!(judge(&state, &rules()).is_clean());
}

#[test]
fn a_sales_order_for_an_order_from_before_go_live() {
    finds(Kind::BeforeGoLive, 1, |state| state.orders[0].created_at = "2025-12-31T23:59:59Z".parse().unwrap());
    let mut state = state();
    state.orders[0].created_at = "2025-12-31T23:59:59Z".parse().unwrap();
    state.sales_orders.remove(0);
    let verdict = judge(&state, &rules());
    assert!(verdict.is_clean(), "{verdict}");
    assert_eq!(verdict.orders[0].outcome, Outcome::BeforeGoLive);
}

#[test]
fn a_list_that_was_cut() {
    let mut state = state();
    state.lists[0].counted = 250;
    assert_eq!(found(&judge(&state, &rules())), [(Kind::ListCut, None)]);
    state.lists[0].exact = false;
    assert_eq!(found(&judge(&state, &rules())), [(Kind::ListCut, None)]);
    state.lists[0].counted = 2;
    assert!(judge(&state, &rules()).is_clean(), "at least 2, and 3 were read");
}

#[test]
fn a_state_full_of_violations_is_named_violation_by_violation() {
    let mut state = state();
    state.sales_orders.push(SalesOrder { id: "1999".to_owned(), ..sales_order(1) });
    state.sales_orders[1].status = "A".to_owned();
    state.sales_orders.retain(|sales_order| sales_order.order.as_deref() != Some("3"));
    let verdict = judge(&state, &rules());
    let kinds = [
        (Kind::Doubled, Some(1)),
        (Kind::Unreleased, Some(2)),
        (Kind::TagWithoutSalesOrder, Some(3)),
        (Kind::Missing, Some(3)),
    ];
    assert_eq!(found(&verdict), kinds);
    assert_eq!((verdict.summary.booked, verdict.summary.violated), (0, 3));
}

#[test]
fn a_brand_whose_name_goes_on_is_another_brand() {
    let mut state = state();
    let of = |brand: &str| SalesOrder {
        external_id: Some("SO-acme-eu-9".to_owned()),
        brand: Some(brand.to_owned()),
        ..sales_order(9)
    };
    state.sales_orders.push(of("acme-eu"));
    let verdict = judge(&state, &rules());
    assert!(verdict.is_clean(), "{verdict}");
    assert_eq!(verdict.summary.sales_orders, 3);
    state.sales_orders[3] = of("acme");
    assert!(!judge(&state, &rules()).is_clean());
}
