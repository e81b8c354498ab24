//! F14: a partial shipment was booked only when the order was complete. Each is booked as it ships, however they come.

use sandbox::{
    dcl::Shipment,
    faults::{Fault, Rule},
    ledger::Vendor,
};
use workflows::ids;

use crate::{
    order_to_cash::{paid, run, sku, two_lines, with_the_warehouse},
    world::{World, eventually},
};

const BOOK: &str = "POST salesOrder/!transform/itemFulfillment";

/// Each shipment has one Item Fulfillment, one fulfillment in the shop and one Invoice.
async fn both_booked(world: &World, so: &str, order_id: u64) {
    paid(world, so, order_id).await;
    let all = |record| world.sandbox.netsuite.records(record).len();
    assert_eq!((all("itemFulfillment"), all("invoice"), all("customerPayment")), (2, 2, 1));
    let told = world.sandbox.shopify.order(order_id).unwrap()["fulfillments"].as_array().unwrap().len();
    assert_eq!(told, 2);
    let verdict = world.verdict(&[]).await;
    assert!(verdict.is_clean(), "{verdict}");
}

/// The event of the second shipment comes to a run that has read the order before it: the run looks again before it ends.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_shipment_while_the_first_is_being_booked() {
    let world = World::order_to_cash("f14-again", |_| {}).await;
    world.faults(vec![Rule::new(Vendor::Netsuite, BOOK, Fault::Latency { millis: 4000 }).times(1)]);
    let (so, number) = with_the_warehouse(&world, two_lines(1401)).await;
    let id = run(ids::DCL_TRACKING, &number);
    world.sandbox.dcl.ship(&number, Shipment::of(&[(&sku(&world, 1401, 0), 1)])).unwrap();
    world.poll(ids::DCL_ORDERS_POLL).await;
    let booking = async || world.sandbox.netsuite.requests().contains_key(BOOK).then_some(());
    eventually("the first is being booked", booking).await;
    let first = world.view(&id).await.unwrap().run_id;
    world.sandbox.dcl.ship(&number, Shipment::of(&[(&sku(&world, 1401, 1), 1)])).unwrap();
    world.poll(ids::DCL_ORDERS_POLL).await;
    assert!(world.writes(Vendor::Netsuite, BOOK).is_empty(), "the event came too late to prove anything");
    let shipped = world.result(&id).await.unwrap();
    assert_eq!(shipped["fulfillments"], 2, "{shipped}");
    assert_eq!(world.view(&id).await.unwrap().run_id, first, "one run has booked both");
    both_booked(&world, &so, 1401).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_shipments_before_anybody_looks() {
    let world = World::order_to_cash("f14-both", |_| {}).await;
    let (so, number) = with_the_warehouse(&world, two_lines(1402)).await;
    for n in [0, 1] {
        world.sandbox.dcl.ship(&number, Shipment::of(&[(&sku(&world, 1402, n), 1)])).unwrap();
    }
    world.poll(ids::DCL_ORDERS_POLL).await;
    let shipped = world.result(&run(ids::DCL_TRACKING, &number)).await.unwrap();
    assert_eq!(shipped["made"], 2, "{shipped}");
    both_booked(&world, &so, 1402).await;
}

/// A look at an order of which everything is booked books nothing.
#[tokio::test(flavor = "multi_thread")]
async fn cartons_that_are_booked_are_not_booked_again() {
    let world = World::order_to_cash("f14-cartons", |_| {}).await;
    let (so, number) = with_the_warehouse(&world, two_lines(1403)).await;
    for n in [0, 1] {
        world.sandbox.dcl.ship(&number, Shipment::of(&[(&sku(&world, 1403, n), 1)])).unwrap();
        for looks in 0..2 {
            world.poll(ids::DCL_ORDERS_POLL).await;
            let shipped = world.result(&run(ids::DCL_TRACKING, &number)).await.unwrap();
            assert_eq!(shipped["fulfillments"], n + 1, "look {looks}: {shipped}");
        }
    }
    assert_eq!(world.writes(Vendor::Netsuite, BOOK).len(), 2);
    both_booked(&world, &so, 1403).await;
}
