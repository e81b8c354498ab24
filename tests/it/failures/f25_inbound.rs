//! F25 once more: the warehouse's list of receipts.

use std::time::Duration;

use sandbox::{
    dcl::Arrival,
    faults::{Fault, Rule},
    ledger::Vendor,
};
use serde_json::json;
use workflows::ids;

use crate::{
    inbound::{announced, booked, purchase, run, units, world},
    world::{World, eventually},
};

/// Receipts of somebody else's.
fn others(world: &World, name: &str, rows: u64) -> u64 {
    let other = json!({"reference_transaction_number": name, "lines": [{"item_number": "X", "quantity": rows}]});
    let number = world.sandbox.dcl.put_notification(other).unwrap();
    let date = Some("2026-11-20".parse().unwrap());
    for _ in 0..rows {
        world.sandbox.dcl.receive(number, Arrival { date, ..Arrival::of(&[("X", 1)]) }).unwrap();
    }
    number
}

/// Ours is the last of three pages.
#[tokio::test(flavor = "multi_thread")]
async fn a_poll_of_three_pages_of_receipts() {
    const OTHERS: u64 = 230;
    let world = world("f25-inbound", |_| {}).await;
    let id = purchase(&world, &[("TEE-SLATE", 4)]);
    let number = announced(&world, &id).await;
    others(&world, "EDI-1", OTHERS);
    world.sandbox.dcl.receive_all(number).unwrap();
    let report = world.poll(ids::DCL_RECEIPTS_POLL).await;
    assert_eq!(
        (&report["seen"], &report["skipped"], &report["published"]),
        (&json!(OTHERS + 1), &json!(1), &json!(1)),
        "{report}"
    );
    assert_eq!(world.result(&run(ids::PO_RECEIPT, number)).await.unwrap()["complete"], true);
    let asked = world.sandbox.dcl.requests()["GET po_receipts"];
    assert_eq!(asked, 1 + 6 + 1, "before the announcement; three pages, twice to be sure; the order's own");
}

/// While the second page is on its way an older receipt is shown late and moves the rest: ours, the last of the first page,
/// would then be the first of the second.
#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_that_is_shown_while_the_pages_are_read() {
    let world = world("f25-inbound-moves", |_| {}).await;
    let id = purchase(&world, &[("TEE-SLATE", 4)]);
    let number = announced(&world, &id).await;
    let day = |text: &str| Some(text.parse().unwrap());
    let late = Arrival { date: day("2026-11-19"), shown_after_seconds: 600, ..Arrival::of(&[("TEE-SLATE", 1)]) };
    world.sandbox.dcl.receive(number, late).unwrap();
    others(&world, "EDI-1", 130);
    let ours = Arrival { date: day("2026-11-21"), ..Arrival::of(&[("TEE-SLATE", 3)]) };
    world.sandbox.dcl.receive(number, ours).unwrap();
    let asked = || world.sandbox.dcl.requests()["GET po_receipts"];
    let before = asked();
    let slow = Rule::new(Vendor::Dcl, "GET po_receipts", Fault::Latency { millis: 3000 }).times(1);
    world.faults(vec![Rule { skip: 1, ..slow }]);
    let shown = async {
        eventually("the second page", async || (asked() == before + 2).then_some(())).await;
        world.sandbox.clock.advance(Duration::from_secs(601));
    };
    let (report, ()) = tokio::join!(world.poll(ids::DCL_RECEIPTS_POLL), shown);
    assert_eq!((&report["seen"], &report["published"]), (&json!(132), &json!(1)), "{report}");
    assert_eq!(world.result(&run(ids::PO_RECEIPT, number)).await.unwrap()["made"], 2);
    assert_eq!(booked(&world), units(&[("TEE-SLATE", 4)]));
}
