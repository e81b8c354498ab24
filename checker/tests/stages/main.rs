//! Planted violations of the stages after the Sales Order: each must be named, and nothing beside it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod billing;
mod payment;
mod shipments;
mod warehouse;

use std::collections::{BTreeMap, BTreeSet};

use checker::{
    Bill, Billing, Booked, Carton, Customer, Fulfillment, Kind, Later, Line, Money, Order, Outcome, Paper, Payment,
    Progress, Rules, SalesOrder, Stages, State, StoreFulfillment, StoreSide, Table, Taken, Transaction, Verdict,
    WarehouseOrder, judge,
};
use rust_decimal::Decimal;

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn usd(amount: &str) -> Money {
    Money { amount: decimal(amount), currency: "USD".to_owned() }
}

fn set(entries: &[&str]) -> BTreeSet<String> {
    entries.iter().map(|entry| (*entry).to_owned()).collect()
}

fn rules() -> Rules {
    Rules {
        brand: "acme".to_owned(),
        subsidiary: "1".to_owned(),
        booked: Booked::Shop,
        currencies: BTreeMap::from([("USD".to_owned(), "1".to_owned())]),
        default_customer: None,
        tag: "SENT_TO_NS".to_owned(),
        released: true,
        go_live: None,
        other_channels: BTreeSet::new(),
        stages: Stages { warehouse: true, billing: Some(Billing::Invoice), payment: true, ..Stages::default() },
    }
}

fn paper(id: &str, number: &str, key: &str) -> Paper {
    let (id, number) = (id.to_owned(), number.to_owned());
    Paper { id, number, external_id: Some(key.to_owned()), brand: Some("acme".to_owned()) }
}

fn taken(line: &str, quantity: i64) -> Taken {
    Taken { line: line.to_owned(), quantity: quantity.into() }
}

fn line(id: &str, stocked: bool, ordered: i64) -> Line {
    Line { id: id.to_owned(), stocked, ordered: ordered.into(), closed: false }
}

fn fulfillment(id: &str, carton: &str, told: &str, lines: Vec<Taken>) -> Fulfillment {
    Fulfillment {
        paper: paper(id, &format!("IF{id}"), &format!("IF-acme-{id}")),
        sales_order: Some("1201".to_owned()),
        cartons: set(&[carton]),
        store_fulfillment: Some(told.to_owned()),
        lines,
    }
}

fn bill(id: &str, total: &str, lines: Vec<Taken>) -> Bill {
    Bill {
        paper: paper(id, &format!("INV{id}"), &format!("INV-acme-{id}")),
        is_cash_sale: false,
        sales_order: Some("1201".to_owned()),
        total: decimal(total),
        unpaid: Decimal::ZERO,
        lines,
    }
}

fn transaction(id: &str, kind: &str, gateway: &str, amount: &str) -> Transaction {
    Transaction {
        id: id.to_owned(),
        kind: kind.to_owned(),
        status: "SUCCESS".to_owned(),
        gateway: Some(gateway.to_owned()),
        parent: None,
        shop: usd(amount),
        presentment: usd(amount),
    }
}

fn payment(id: &str, transaction: &str, total: &str, applied: &[(&str, &str)]) -> Payment {
    Payment {
        paper: paper(id, &format!("PYMT{id}"), &format!("PAY-acme-{transaction}")),
        order: Some("1".to_owned()),
        transaction: Some(transaction.to_owned()),
        currency: "1".to_owned(),
        total: decimal(total),
        applied: applied.iter().map(|(bill, amount)| ((*bill).to_owned(), decimal(amount))).collect(),
    }
}

/// One order of 100.00, shipped in two cartons, billed by two invoices, paid by card and gift card.
fn state() -> State {
    let order = Order {
        id: 1,
        name: "#1".to_owned(),
        created_at: "2026-05-12T10:00:00Z".parse().unwrap(),
        tags: vec!["SENT_TO_NS".to_owned(), "INVOICED".to_owned()],
        shop_total: usd("100.00"),
        presentment_total: usd("100.00"),
        customer: Some(7),
        emails: Vec::new(),
    };
    let sales_order = SalesOrder {
        id: "1201".to_owned(),
        number: "SO1".to_owned(),
        external_id: Some("SO-acme-1".to_owned()),
        order: Some("1".to_owned()),
        brand: Some("acme".to_owned()),
        status: "G".to_owned(),
        customer: "601".to_owned(),
        subsidiary: "1".to_owned(),
        currency: "1".to_owned(),
        total: decimal("100.00"),
        tax: Decimal::ZERO,
        lines: vec![decimal("100.00")],
    };
    let customer =
        Customer { external_id: Some("CUST-acme-7".to_owned()), email: None, subsidiary: Some("1".to_owned()) };
    let carton = |id: &str| Carton { id: id.to_owned(), tracking: Some(format!("T-{id}")) };
    let told = |id: &str, carton: &str, units: i64| StoreFulfillment {
        id: id.to_owned(),
        live: true,
        tracking: set(&[&format!("T-{carton}")]),
        units: units.into(),
    };
    let later = Later {
        warehouse: vec![warehouse_order("SO1", 3, vec![carton("C1"), carton("C2")])],
        foreign_numbers: BTreeSet::new(),
        store: BTreeMap::from([(
            1,
            StoreSide {
                financial_status: Some("PAID".to_owned()),
                fulfillments: vec![told("901", "C1", 2), told("902", "C2", 1)],
                transactions: vec![
                    transaction("801", "SALE", "gift_card", "20.00"),
                    transaction("802", "AUTHORIZATION", "shopify_payments", "80.00"),
                    transaction("803", "CAPTURE", "shopify_payments", "80.00"),
                ],
            },
        )]),
        progress: BTreeMap::from([(
            "1201".to_owned(),
            Progress {
                sent: true,
                invoiced: true,
                lines: vec![line("1", true, 2), line("2", true, 1), line("3", false, 1)],
            },
        )]),
        fulfillments: vec![
            fulfillment("301", "C1", "901", vec![taken("1", 2)]),
            fulfillment("302", "C2", "902", vec![taken("2", 1)]),
        ],
        bills: vec![
            bill("401", "60.00", vec![taken("1", 2)]),
            bill("402", "40.00", vec![taken("2", 1), taken("3", 1)]),
        ],
        payments: vec![
            payment("501", "801", "20.00", &[("401", "20.00")]),
            payment("502", "803", "80.00", &[("401", "40.00"), ("402", "40.00")]),
        ],
    };
    State {
        orders: vec![order],
        sales_orders: vec![sales_order],
        customers: BTreeMap::from([("601".to_owned(), customer)]),
        later,
        ..State::default()
    }
}

fn warehouse_order(number: &str, units: i64, cartons: Vec<Carton>) -> WarehouseOrder {
    WarehouseOrder { number: number.to_owned(), cancelled: false, ours: true, units: Some(units.into()), cartons }
}

fn store(later: &mut Later) -> &mut StoreSide {
    later.store.get_mut(&1).unwrap()
}

fn progress(later: &mut Later) -> &mut Progress {
    later.progress.get_mut("1201").unwrap()
}

fn found(verdict: &Verdict) -> Vec<Kind> {
    verdict.violations.iter().map(|violation| violation.kind).collect()
}

fn judged(plant: impl FnOnce(&mut Later), reason: bool) -> Verdict {
    let mut state = state();
    plant(&mut state.later);
    if reason {
        state.reasons.insert(1, "parked: so they say".to_owned());
    }
    judge(&state, &rules())
}

/// The planting shows as this kind and nothing else, with this in the evidence, and a reason does not excuse it.
fn never(kind: Kind, evidence: &[&str], plant: impl Fn(&mut Later)) {
    for reason in [false, true] {
        let verdict = judged(&plant, reason);
        assert_eq!(found(&verdict), [kind], "{verdict}");
        for part in evidence {
            assert!(verdict.violations[0].evidence.contains(part), "{part} in {verdict}");
        }
    }
}

/// The same, but a reason excuses it.
fn unless_reason(kind: Kind, evidence: &[&str], plant: impl Fn(&mut Later)) {
    let verdict = judged(&plant, false);
    assert_eq!(found(&verdict), [kind], "{verdict}");
    assert_eq!(verdict.orders[0].outcome, Outcome::Violated, "{verdict}");
    for part in evidence {
        assert!(verdict.violations[0].evidence.contains(part), "{part} in {verdict}");
    }
    let verdict = judged(&plant, true);
    assert!(verdict.is_clean(), "{verdict}");
    assert!(matches!(verdict.orders[0].outcome, Outcome::Reason(_)), "{verdict}");
}

/// Takes the order back to before anything was billed, so that shipping stands alone.
fn unbilled(later: &mut Later) {
    later.bills.clear();
    later.payments.clear();
    progress(later).invoiced = false;
}

#[test]
fn an_order_that_went_all_the_way_is_clean_and_its_papers_can_be_shown() {
    let verdict = judged(|_| {}, false);
    assert!(verdict.is_clean(), "{verdict}");
    assert_eq!(verdict.orders[0].outcome, Outcome::Booked { sales_order: "SO1".to_owned(), total: usd("100.00") });
    let papers = &verdict.orders[0].documents;
    assert_eq!(papers.sales_orders, ["SO1"]);
    assert_eq!(papers.shipments, ["IF301", "IF302"]);
    assert_eq!(
        (papers.bills.as_slice(), papers.payments.as_slice()),
        (&["INV401", "INV402"].map(str::to_owned)[..], &["PYMT501", "PYMT502"].map(str::to_owned)[..])
    );
    assert_eq!((papers.billed, papers.paid), (decimal("100.00"), decimal("100.00")));
    let table = Table(&verdict).to_string();
    let lines: Vec<String> = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(lines[1], "#1 SO1 IF301 IF302 INV401 INV402 PYMT501 PYMT502 100.00 100.00 right");
    let s = &verdict.summary;
    assert_eq!((s.warehouse_orders, s.fulfillments, s.bills, s.payments), (1, 2, 2, 2));
}

#[test]
fn stages_that_are_off_are_not_judged() {
    let mut state = state();
    state.later = Later::default();
    state.later.warehouse.push(warehouse_order("SO9", 1, Vec::new()));
    assert!(judge(&state, &Rules { stages: Stages::default(), ..rules() }).is_clean());
}
