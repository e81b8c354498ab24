//! F02 and F22 for the agents after the first: an event only says "look", in whatever order it comes, and our own echo says
//! nothing.

use bus::{Event, EventKind};
use sandbox::{
    dcl::Shipment,
    faults::{Fault, Rule},
    ledger::Vendor,
};
use serde_json::json;
use workflows::ids::{
    DCL_TRACKING, NETSUITE_INVOICE, NETSUITE_PAYMENT, NETSUITE_TO_DCL, ORDER_TO_CASH, SHOPIFY_TO_NETSUITE,
};

use super::{basket, billed, clean, count, paid, run, shipped, with_the_warehouse};
use crate::world::{World, eventually, run_of};

#[tokio::test(flavor = "multi_thread")]
async fn every_hand_over_before_its_time_and_the_other_way_round() {
    let world = World::order_to_cash("hints-order", |_| {}).await;
    // The first Sales Order of an account has this id and number; nobody has it yet.
    let (so, number) = ("1201", "SO1001");
    let publish = async || {
        for event in [
            Event::about(EventKind::InvoiceBooked, "acme", 7601),
            Event::about_sales_order(EventKind::SalesOrderBillable, "acme", so),
            Event::about_dcl_order(EventKind::ShipmentConfirmed, "acme", number),
            Event::about_sales_order(EventKind::SalesOrderReleased, "acme", so),
        ] {
            world.bus().publish(&event).await.unwrap();
        }
    };
    publish().await;
    // A record that nobody can see yet ends the run with its name; it may be started again.
    for (workflow, key, field) in [
        (NETSUITE_INVOICE, so, "salesOrderId"),
        (DCL_TRACKING, number, "dclOrderNumber"),
        (NETSUITE_TO_DCL, so, "salesOrderId"),
    ] {
        let why = world.result(&run(workflow, key)).await.unwrap_err();
        assert!(why.contains(&format!("{field}: ")) && why.contains(key), "{why}");
    }
    let payment = run(NETSUITE_PAYMENT, "7601");
    world.until(&payment, "waiting", |v| v.agent_status.as_deref() == Some("waiting")).await;

    let there = with_the_warehouse(&world, basket(7601, &[("TEE-SLATE", 2, "29.00")])).await;
    assert_eq!((there.0.as_str(), there.1.as_str()), (so, number));
    publish().await;
    world.result(&run(DCL_TRACKING, number)).await.unwrap();
    assert_eq!((count(&world, "itemFulfillment"), count(&world, "invoice")), (0, 0));
    world.sandbox.dcl.ship(number, Shipment::of(&[("TEE-SLATE", 1)])).unwrap();
    publish().await;
    eventually("an invoice", async || (count(&world, "invoice") == 1).then_some(())).await;
    world.sandbox.dcl.ship_all(number).unwrap();
    publish().await;
    billed(&world, so).await;
    paid(&world, 7601).await;
    publish().await;
    for (workflow, key) in [(NETSUITE_INVOICE, so), (DCL_TRACKING, number), (NETSUITE_PAYMENT, "7601")] {
        world.until(&run(workflow, key), "done", |v| v.status == "completed").await;
    }
    assert_eq!(
        (count(&world, "itemFulfillment"), count(&world, "invoice"), count(&world, "customerPayment")),
        (2, 2, 1)
    );
    assert_eq!(world.sandbox.dcl.orders().len(), 1);
    clean(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_echo_starts_nothing() {
    let world = World::order_to_cash("hints-echo", |_| {}).await;
    let (so, number) = with_the_warehouse(&world, basket(7602, &[("TEE-SLATE", 1, "29.00")])).await;
    world.sandbox.dcl.ship_all(&number).unwrap();
    shipped(&world, &number).await;
    billed(&world, &so).await;
    paid(&world, 7602).await;
    world.sandbox.shopify.deliveries_settled().await;
    let keys = ["7602", &so, &number, &so, "7602"];
    let runs: Vec<String> = ORDER_TO_CASH.iter().zip(keys).map(|(agent, key)| run(agent, key)).collect();
    let ids = async || {
        let mut ids = vec![];
        for run in &runs {
            let view = world.view(run).await.unwrap();
            assert_eq!(view.status, "completed", "{run}");
            ids.push((view.run_id, view.history_length));
        }
        ids
    };
    let before = ids().await;
    let writes = world.sandbox.ledger.entries().len();
    // What the tag INVOICED and the fulfillment cause in the shop, once more.
    let order = world.sandbox.shopify.order(7602).unwrap();
    assert!(order["tags"].as_str().unwrap().contains("INVOICED"));
    let (status, answer) = world.deliver("orders/updated", &order.to_string()).await;
    assert_eq!(status, 200, "{answer}");
    let mut fulfillment = order["fulfillments"][0].clone();
    fulfillment["order_id"] = json!(7602);
    for topic in ["fulfillments/create", "orders/fulfilled"] {
        let body = if topic == "orders/fulfilled" { &order } else { &fulfillment };
        let (status, answer) = world.deliver(topic, &body.to_string()).await;
        assert!((200..300).contains(&status) || status == 404, "{topic}: {status} {answer}");
    }
    assert_eq!(ids().await, before);
    assert_eq!(world.sandbox.ledger.entries().len(), writes);
    assert_eq!((run_of(7602), SHOPIFY_TO_NETSUITE), (runs[0].clone(), ORDER_TO_CASH[0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_comes_while_the_run_works_makes_it_look_again() {
    let world = World::order_to_cash("hints-busy", |_| {}).await;
    let (so, number) = with_the_warehouse(&world, basket(7603, &[("TEE-SLATE", 2, "29.00")])).await;
    // The first fulfillment takes its time.
    let slow = Fault::Latency { millis: 1000 };
    world.faults(vec![Rule::new(Vendor::Netsuite, "POST salesOrder/!transform/itemFulfillment", slow).times(1)]);
    world.sandbox.dcl.ship(&number, Shipment::of(&[("TEE-SLATE", 1)])).unwrap();
    let event = Event::about_dcl_order(EventKind::ShipmentConfirmed, "acme", &number);
    world.bus().publish(&event).await.unwrap();
    let busy = |v: &bus::RunView| v.pending.iter().any(|a| a.activity == "createItemFulfillment");
    let view = world.until(&run(DCL_TRACKING, &number), "at work", busy).await;
    world.sandbox.dcl.ship_all(&number).unwrap();
    world.bus().publish(&event).await.unwrap();
    let done = world.result(&run(DCL_TRACKING, &number)).await.unwrap();
    assert_eq!((&done["fulfillments"], &done["made"]), (&json!(2), &json!(1)), "{done}");
    assert_eq!(world.view(&run(DCL_TRACKING, &number)).await.unwrap().run_id, view.run_id);
    billed(&world, &so).await;
    paid(&world, 7603).await;
    clean(&world).await;
}
