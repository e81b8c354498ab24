//! Agents that are switched on one after the other, over orders that wait for them already: in whatever order, the end is
//! the same.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use sandbox::dcl::Shipment;
use serde_json::Value;
use workflows::ids::{
    DCL_ORDERS_POLL, DCL_TRACKING, NETSUITE_INVOICE, NETSUITE_ORDERS_POLL, NETSUITE_PAYMENT, NETSUITE_TO_DCL,
    SHOPIFY_TO_NETSUITE,
};

use super::{basket, booked, clean, count};
use crate::world::{World, eventually};

/// How a merchant may go about it; each inner list is switched on at once.
const WAYS: [&[&[&str]]; 6] = [
    &[&[NETSUITE_TO_DCL], &[DCL_TRACKING], &[NETSUITE_INVOICE], &[NETSUITE_PAYMENT]],
    &[&[NETSUITE_PAYMENT], &[NETSUITE_INVOICE], &[DCL_TRACKING], &[NETSUITE_TO_DCL]],
    &[&[NETSUITE_INVOICE], &[NETSUITE_TO_DCL], &[NETSUITE_PAYMENT], &[DCL_TRACKING]],
    &[&[DCL_TRACKING], &[NETSUITE_PAYMENT], &[NETSUITE_TO_DCL], &[NETSUITE_INVOICE]],
    &[&[NETSUITE_TO_DCL, DCL_TRACKING], &[NETSUITE_INVOICE, NETSUITE_PAYMENT]],
    &[&[NETSUITE_TO_DCL, DCL_TRACKING, NETSUITE_INVOICE, NETSUITE_PAYMENT]],
];

/// What everybody's NetSuite holds in the end: type, key, amount.
type End = BTreeSet<(String, String, String)>;

#[tokio::test(flavor = "multi_thread")]
async fn agents_switched_on_in_any_order_come_to_the_same_end() {
    let ends = join_all(WAYS.iter().enumerate().map(async |(n, way)| switched_on(n, way).await)).await;
    for (end, way) in ends.iter().zip(WAYS) {
        assert_eq!(*end, ends[0], "{way:?}");
    }
}

async fn switched_on(n: usize, way: &[&[&str]]) -> End {
    let mut world = World::order_to_cash(&format!("backlog-{n}"), |config| {
        config.brands.get_mut("acme").unwrap().agents = vec![SHOPIFY_TO_NETSUITE.to_owned()];
    })
    .await;
    let mut to_ship = vec![];
    for (order, lines) in [
        (7101, &[("TEE-SLATE", 1, "29.00")][..]),
        (7102, &[("TEE-MOSS", 3, "29.00"), ("CAP-SLATE", 1, "24.00")][..]),
        (7103, &[("EBOOK-CARE", 1, "6.00")][..]),
        (7104, &[("GIFT-25", 2, "25.00")][..]),
        (7105, &[("MUG-CLAY", 2, "17.95"), ("EBOOK-CARE", 1, "6.00"), ("GIFT-50", 1, "50.00")][..]),
    ] {
        // One after the other, so that numbers are the same everywhere.
        let (_, number) = booked(&world, basket(order, lines)).await;
        to_ship.extend(
            lines.iter().any(|(sku, ..)| !sku.starts_with("EBOOK") && !sku.starts_with("GIFT")).then_some(number),
        );
    }
    assert!(world.sandbox.dcl.orders().is_empty());
    for agents in way {
        world
            .restart(|config| {
                let of = &mut config.brands.get_mut("acme").unwrap().agents;
                of.extend(agents.iter().map(|agent| (*agent).to_owned()));
            })
            .await;
        caught_up(&world).await;
        work_in_the_warehouse(&world, &to_ship);
        caught_up(&world).await;
    }
    work_in_the_warehouse(&world, &to_ship);
    caught_up(&world).await;
    let end = end(&world);
    assert_eq!(
        (count(&world, "itemFulfillment"), count(&world, "invoice"), count(&world, "customerPayment")),
        (4, 6, 5)
    );
    clean(&world).await;
    // Once more: nothing is done again.
    caught_up(&world).await;
    assert_eq!(self::end(&world), end);
    end
}

/// The warehouse ships what it has: the first time the larger order in part, the next time the rest.
fn work_in_the_warehouse(world: &World, numbers: &[String]) {
    let dcl = &world.sandbox.dcl;
    if dcl.orders().len() < numbers.len() {
        return;
    }
    for (n, number) in numbers.iter().enumerate() {
        match dcl.order(number).unwrap()["order_stage"].as_i64() {
            Some(10) if n == 1 => dcl.ship(number, Shipment::of(&[("TEE-MOSS", 2)])).unwrap(),
            Some(10 | 50) => dcl.ship_all(number).unwrap(),
            _ => {}
        }
    }
}

/// One tick of every poll, and everything that the enabled agents can do then is done.
async fn caught_up(world: &World) {
    let brand = &world.config.brands["acme"];
    if [NETSUITE_TO_DCL, NETSUITE_INVOICE, NETSUITE_PAYMENT].iter().any(|agent| brand.enables(agent)) {
        world.poll(NETSUITE_ORDERS_POLL).await;
    }
    if brand.enables(DCL_TRACKING) {
        world.poll(DCL_ORDERS_POLL).await;
    }
    eventually("everything done", async || all_done(world).then_some(())).await;
    world.until_listed("ExecutionStatus = 'Running'", 0).await;
}

fn all_done(world: &World) -> bool {
    let enabled = |agent: &str| world.config.brands["acme"].enables(agent);
    let all = |record: &str| world.sandbox.netsuite.records(record);
    let orders = all("salesOrder");
    let fulfillments = all("itemFulfillment");
    let sent = !enabled(NETSUITE_TO_DCL)
        || orders.iter().all(|so| so["status"]["id"] != "B" || so["custbody_sent_to_3pl"] == true);
    let cartons = world.sandbox.dcl.orders().iter().flat_map(|o| o["shipments"].as_array().cloned()).flatten().count();
    let shipped = !enabled(DCL_TRACKING)
        || fulfillments.len() == cartons
            && fulfillments.iter().all(|f| f["custbody_shopify_fulfillment_id"].is_string());
    let due = |so: &Value| ["E", "F"].iter().any(|status| so["status"]["id"] == *status);
    let marked = |so: &Value| so["status"]["id"] != "G" || so["custbody_o2c_invoiced"] == true;
    let billed = !enabled(NETSUITE_INVOICE) || orders.iter().all(|so| !due(so) && marked(so));
    let paid =
        !enabled(NETSUITE_PAYMENT) || all("invoice").iter().all(|inv| inv["amountRemaining"].as_f64() == Some(0.0));
    sent && shipped && billed && paid
}

fn end(world: &World) -> End {
    let mut end = End::new();
    for (record, amount) in [
        ("salesOrder", "total"),
        ("itemFulfillment", "custbody_o2c_cartons"),
        ("invoice", "total"),
        ("customerPayment", "payment"),
    ] {
        for one in world.sandbox.netsuite.records(record) {
            let status = &one["status"]["id"];
            let key = format!("{} {status}", one["externalId"].as_str().unwrap());
            end.insert((record.to_owned(), key, one[amount].to_string()));
        }
    }
    for order in world.sandbox.shopify.orders() {
        let fulfillments = order["fulfillments"].as_array().map_or(0, Vec::len);
        let tags = order["tags"].as_str().unwrap().to_owned();
        end.insert((format!("order {}", order["id"]), tags, fulfillments.to_string()));
    }
    end
}
