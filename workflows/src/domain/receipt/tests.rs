use proptest::prelude::*;

use super::super::inbound::{
    BookedReceipt, Shipment, ShippedLine,
    fixture::{policy, purchase, transfer},
};
use super::*;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn row(receipt: &str, item: &str, quantity: i64) -> ReceivedRow {
    ReceivedRow {
        receipt: Some(receipt.to_owned()).filter(|r| !r.is_empty()),
        date: day("2026-11-20"),
        reference: None,
        item: item.into(),
        quantity: quantity.into(),
        numbers: BTreeMap::new(),
    }
}

fn nothing() -> Booked {
    Booked { receipts: vec![], shipments: vec![], at: "2026-11-25T00:00:00Z".parse().unwrap() }
}

fn plan(order: &InboundOrder, booked: &Booked, rows: &[ReceivedRow], policy: &InboundPolicy) -> Plan {
    Situation { brand: "acme", dcl_po_number: "182759", order, booked, rows, policy }.plan().unwrap()
}

/// Books a plan, as NetSuite would.
fn book(booked: &Booked, plan: &Plan) -> Booked {
    let mut booked = booked.clone();
    for draft in &plan.receipts {
        booked.receipts.push(BookedReceipt {
            id: (2000 + booked.receipts.len()).to_string(),
            external_id: Some(draft.external_id.clone()),
            shipment: draft.shipment.clone(),
            lines: draft.lines.iter().map(|l| (l.line, l.quantity)).collect(),
        });
    }
    booked
}

fn booked_units(plan: &Plan) -> Vec<(u32, i64)> {
    let lines = plan.receipts.iter().flat_map(|draft| &draft.lines);
    lines.map(|line| (line.line, i64::try_from(line.quantity).unwrap())).collect()
}

#[test]
fn each_receipt_is_one_item_receipt() {
    let rows = [row("R2", "MOSS", 10), row("R1", "TEE-SLATE", 15), row("R2", "TEE-SLATE", 25)];
    let plan = plan(&purchase(), &nothing(), &rows, &policy());
    let keys: Vec<_> = plan.receipts.iter().map(|d| d.external_id.as_str()).collect();
    assert_eq!(keys, ["IR-acme-182759-R1", "IR-acme-182759-R2"]);
    assert_eq!(booked_units(&plan), [(1, 15), (1, 25), (2, 10)]);
    assert_eq!(
        (plan.receipts[0].not_received.as_slice(), plan.receipts[1].not_received.as_slice()),
        (&[2][..], &[][..])
    );
    assert_eq!(plan.receipts[0].lines[0].location.as_deref(), Some("1"));
    assert!(plan.left_out.is_empty() && !plan.waits);
}

#[test]
fn a_receipt_that_grows_is_booked_by_its_growth() {
    let (order, policy) = (purchase(), policy());
    // Without numbers all of a day's receipts are one.
    let first = [row("", "TEE-SLATE", 15)];
    let booked = book(&nothing(), &plan(&order, &nothing(), &first, &policy));
    assert!(plan(&order, &booked, &first, &policy).receipts.is_empty());
    let grown = [row("", "TEE-SLATE", 15), row("", "TEE-SLATE", 5), row("", "MOSS", 1)];
    let more = plan(&order, &booked, &grown, &policy);
    assert_eq!(more.receipts[0].external_id, "IR-acme-182759-20261120-2");
    assert_eq!(booked_units(&more), [(1, 5), (2, 1)]);
    let booked = book(&booked, &more);
    let situation = Situation {
        brand: "acme",
        dcl_po_number: "182759",
        order: &order,
        booked: &booked,
        rows: &grown,
        policy: &policy,
    };
    assert_eq!(situation.plan().unwrap(), Plan::default());
    let key = |part| ids::receipt_key("acme", "182759", "20261120", part);
    let units = |key: String, item: &str, units: i64| ((key, item.to_owned()), Decimal::from(units));
    let mut there: BTreeMap<_, _> = [units(key(1), "TEE-SLATE", 15), units(key(2), "TEE-SLATE", 5)].into();
    let settled = |there: &BTreeMap<_, _>| is_settled("acme", "182759", &grown, there, &Ignored::default());
    assert!(!settled(&there));
    there.extend([units(key(2), "MOSS", 1)]);
    assert!(settled(&there));
    let fewer = [row("", "TEE-SLATE", 19), row("", "MOSS", 1)];
    let lessened = Situation { rows: &fewer, ..situation }.plan().unwrap_err();
    assert!(lessened.message.contains("19 now and was 20"), "{}", lessened.message);
}

#[test]
fn too_much_is_booked_up_to_the_tolerance() {
    let (order, mut policy) = (purchase(), policy());
    let rows = [row("R1", "TEE-SLATE", 43)];
    let strict = plan(&order, &nothing(), &rows, &policy);
    assert_eq!(booked_units(&strict), [(1, 40)]);
    assert_eq!((strict.left_out[0].quantity, strict.left_out[0].why), (3.into(), Why::Over));
    policy.over_percent = 5.into();
    let lax = plan(&order, &nothing(), &rows, &policy);
    assert_eq!(booked_units(&lax), [(1, 42)]);
    assert_eq!(lax.left_out[0].quantity, Decimal::ONE);

    let asked = question("PO1001", &lax.left_out, &policy).unwrap();
    assert!(asked.message.contains("receipt R1: 1 × TEE-SLATE: more than was ordered"), "{}", asked.message);
    policy.over = Surplus::LeaveOut;
    assert_eq!(question("PO1001", &lax.left_out, &policy), None);

    // What is left out for good is not asked about again.
    let mut told = order.clone();
    told.left_out = Some(Ignored::default().with(&lax.left_out).text().unwrap());
    assert_eq!(told.left_out.as_deref(), Some(r#"{"R1":{"TEE-SLATE":"1"}}"#));
    let booked = book(&nothing(), &lax);
    let again = plan(&told, &booked, &rows, &policy);
    assert!(again.receipts.is_empty() && again.left_out.is_empty());
}

#[test]
fn what_was_never_ordered_or_is_closed_is_left_out() {
    let mut order = purchase();
    order.lines[1].closed = true;
    let rows = [row("R1", "TEE-SLATE", 1), row("R1", "CAP", 2), row("R1", "MOSS", 3)];
    let some = plan(&order, &nothing(), &rows, &policy());
    let why: Vec<_> = some.left_out.iter().map(|l| (l.item.as_str(), l.why)).collect();
    assert_eq!(why, [("CAP", Why::UnknownItem), ("MOSS", Why::Closed)]);
    assert_eq!(booked_units(&some), [(1, 1)]);
    order.status = "H".into();
    let closed = plan(&order, &nothing(), &rows, &policy());
    assert!(closed.receipts.is_empty() && closed.left_out.len() == 3);
    let asked = question("PO1001", &closed.left_out, &policy()).unwrap();
    assert!(asked.message.contains("closed") && asked.message.contains("never ordered"), "{}", asked.message);
}

#[test]
fn lots_are_booked_with_their_units_or_not_at_all() {
    let mut order = purchase();
    order.lines[0].numbered = true;
    order.lines[0].quantity = 4.into();
    let more = super::super::inbound::InboundLine { line: 3, ..order.lines[0].clone() };
    order.lines.push(more);
    let with = |lots: &[(&str, i64)]| ReceivedRow {
        numbers: lots.iter().map(|(lot, units)| ((*lot).to_owned(), Decimal::from(*units))).collect(),
        ..row("R1", "TEE-SLATE", 6)
    };
    let right = plan(&order, &nothing(), &[with(&[("L1", 5), ("L2", 1)])], &policy());
    let numbers: Vec<_> = right.receipts[0].lines.iter().map(|l| (l.line, l.numbers.clone())).collect();
    let of = |lots: &[(&str, i64)]| with(lots).numbers;
    assert_eq!(numbers, [(1, of(&[("L1", 4)])), (3, of(&[("L1", 1), ("L2", 1)]))]);
    for wrong in [with(&[]), with(&[("L1", 5)])] {
        let wrong = plan(&order, &nothing(), &[wrong], &policy());
        assert!(wrong.receipts.is_empty());
        assert_eq!((wrong.left_out[0].quantity, wrong.left_out[0].why), (6.into(), Why::WrongLot));
    }
    // Which lots of a receipt that grew are new is not known.
    let booked = book(&nothing(), &right);
    let grown = ReceivedRow { quantity: 7.into(), ..with(&[("L1", 5), ("L2", 2)]) };
    assert_eq!(plan(&order, &booked, &[grown], &policy()).left_out[0].why, Why::WrongLot);
}

fn shipment(id: &str, date: &str, lines: &[(u32, i64)]) -> Shipment {
    let line =
        |(line, units): &(u32, i64)| (*line, ShippedLine { quantity: (*units).into(), numbers: BTreeMap::new() });
    Shipment { id: id.into(), date: Some(day(date)), lines: lines.iter().map(line).collect() }
}

#[test]
fn a_transfer_is_received_shipment_by_shipment() {
    let (order, policy) = (transfer(), policy());
    let shipped = Booked {
        shipments: vec![shipment("31", "2026-11-18", &[(1, 30)]), shipment("32", "2026-11-21", &[(1, 10), (2, 10)])],
        ..nothing()
    };
    let rows = [row("R1", "TEE-SLATE", 35), row("R1", "MOSS", 4)];
    let first = plan(&order, &shipped, &rows, &policy);
    let drafts: Vec<_> = first
        .receipts
        .iter()
        .map(|d| (d.external_id.as_str(), d.shipment.as_deref(), d.date.to_string(), d.not_received.clone()))
        .collect();
    assert_eq!(
        drafts,
        [
            ("IR-acme-182759-R1", Some("31"), "2026-11-20".to_owned(), vec![]),
            // Not before the day on which it left.
            ("IR-acme-182759-R1-2", Some("32"), "2026-11-21".to_owned(), vec![]),
        ]
    );
    assert_eq!(booked_units(&first), [(1, 30), (1, 5), (2, 4)]);
    let booked = book(&shipped, &first);
    assert!(plan(&order, &booked, &rows, &policy).receipts.is_empty());
    let rest = [row("R1", "TEE-SLATE", 35), row("R1", "MOSS", 4), row("R2", "MOSS", 7)];
    let second = plan(&order, &booked, &rest, &policy);
    assert_eq!((booked_units(&second), second.receipts[0].not_received.clone()), (vec![(2, 6)], vec![1]));
    assert_eq!((second.left_out[0].quantity, second.left_out[0].why), (Decimal::ONE, Why::Over));
    // While more may leave, what is too much is waited for.
    let mut leaving = order.clone();
    leaving.status = "E".into();
    let waiting = plan(&leaving, &booked, &rest, &policy);
    assert!(waiting.waits && waiting.left_out.is_empty());
}

#[test]
fn a_transfers_lots_are_those_that_it_has_shipped() {
    let mut order = transfer();
    order.lines[0].numbered = true;
    let mut left = shipment("31", "2026-11-18", &[(1, 5)]);
    left.lines.get_mut(&1).unwrap().numbers = [("L1".to_owned(), 3.into()), ("L2".to_owned(), 2.into())].into();
    let shipped = Booked { shipments: vec![left], ..nothing() };
    let lots = |lots: &[(&str, i64)], units| ReceivedRow {
        numbers: lots.iter().map(|(lot, units)| ((*lot).to_owned(), Decimal::from(*units))).collect(),
        ..row("R1", "TEE-SLATE", units)
    };
    let right = plan(&order, &shipped, &[lots(&[("L1", 3), ("L2", 1)], 4)], &policy());
    assert_eq!(right.receipts[0].lines[0].numbers, lots(&[("L1", 3), ("L2", 1)], 4).numbers);
    let wrong = plan(&order, &shipped, &[lots(&[("L1", 2), ("L9", 2)], 4)], &policy());
    assert_eq!(booked_units(&wrong), [(1, 2)]);
    assert_eq!((wrong.left_out[0].quantity, wrong.left_out[0].why), (Decimal::TWO, Why::WrongLot));
}

#[test]
fn the_report_compares_ordered_announced_and_received() {
    let (mut order, policy) = (purchase(), policy());
    order.announced = Some(crate::domain::announcement::draft("acme", &order, &policy).unwrap().record().text());
    let rows = [row("R1", "TEE-SLATE", 40), row("R1", "MOSS", 4)];
    let booked = book(&nothing(), &plan(&order, &nothing(), &rows, &policy));
    let situation = Situation {
        brand: "acme",
        dcl_po_number: "182759",
        order: &order,
        booked: &booked,
        rows: &rows,
        policy: &policy,
    };
    let report = reconcile(&situation, vec![]);
    assert!(!report.complete && report.over.is_empty());
    let short = &report.short[0];
    assert_eq!((short.line, short.ordered, short.announced, short.received), (2, 10.into(), Some(10.into()), 4.into()));
    let due = |today: &str| close_short(&report, situation.last_day().unwrap(), day(today), &policy);
    assert_eq!((due("2026-12-03"), due("2026-12-04")), (false, true));
    let mut shut = order.clone();
    shut.lines[1].closed = true;
    let closed = reconcile(&Situation { order: &shut, ..situation }, vec![]);
    assert!(closed.complete && !close_short(&closed, day("2026-01-01"), day("2026-12-04"), &policy));
}

fn rows() -> impl Strategy<Value = Vec<ReceivedRow>> {
    let item = prop::sample::select(vec!["TEE-SLATE", "MOSS", "CAP"]);
    let receipt = prop::sample::select(vec!["R1", "R2", ""]);
    prop::collection::vec((receipt, item, 1_i64..40).prop_map(|(r, i, q)| row(r, i, q)), 0..12)
}

proptest! {
    #[test]
    fn all_that_came_is_booked_or_left_out(rows in rows(), percent in 0_i64..30) {
        let (order, mut policy) = (purchase(), policy());
        policy.over_percent = percent.into();
        let plan = plan(&order, &nothing(), &rows, &policy);
        let booked: Decimal = plan.receipts.iter().flat_map(|d| &d.lines).map(|l| l.quantity).sum();
        let left: Decimal = plan.left_out.iter().map(|l| l.quantity).sum();
        prop_assert_eq!(booked + left, rows.iter().map(|r| r.quantity).sum::<Decimal>());
        for line in &order.lines {
            let taken: Decimal =
                plan.receipts.iter().flat_map(|d| &d.lines).filter(|l| l.line == line.line).map(|l| l.quantity).sum();
            let most = line.quantity * (Decimal::ONE_HUNDRED + policy.over_percent) / Decimal::ONE_HUNDRED;
            prop_assert!(taken <= most, "line {}: {taken} of {most}", line.line);
            let over = plan.left_out.iter().any(|l| l.why == Why::Over && l.item == policy.item_number(&line.sku));
            prop_assert!(!over || taken + Decimal::ONE > most, "left out although there was room");
        }
    }

    #[test]
    fn the_rows_order_decides_nothing_and_a_repeat_books_nothing(
        rows in rows(), seed in any::<prop::sample::Index>(),
    ) {
        let (order, policy) = (purchase(), policy());
        let first = plan(&order, &nothing(), &rows, &policy);
        let mut turned = rows.clone();
        if !turned.is_empty() {
            let at = seed.index(turned.len());
            turned.rotate_left(at);
            turned.reverse();
        }
        prop_assert_eq!(&plan(&order, &nothing(), &turned, &policy), &first);
        let mut told = order.clone();
        told.left_out = Some(Ignored::default().with(&first.left_out).text().unwrap());
        let again = plan(&told, &book(&nothing(), &first), &rows, &policy);
        prop_assert!(again.receipts.is_empty() && again.left_out.is_empty(), "{again:?}");
        let keys: std::collections::BTreeSet<_> = first.receipts.iter().map(|d| &d.external_id).collect();
        prop_assert_eq!(keys.len(), first.receipts.len());
    }
}
