//! Lots and serial numbers, from the warehouse's carton to the Item Fulfillment.

use sandbox::dcl::{Carton, Packed, Shipment};
use serde_json::{Value, json};
use workflows::ids::{DCL_ORDERS_POLL, DCL_TRACKING};

use super::{basket, billed, clean, paid, parked, retry, run, shipped, with_the_warehouse};
use crate::world::World;

/// NetSuite's ids of the two items.
const LOTS: (&str, &str) = ("TEE-SLATE", "1006");
const SERIALS: (&str, &str) = ("CAP-CLAY", "1020");

/// A world in which the tee is kept by lots and the cap by serial numbers.
async fn numbered(name: &str) -> World {
    let world = World::order_to_cash(name, |_| {}).await;
    for (id, field) in [(LOTS.1, "isLotItem"), (SERIALS.1, "isSerialItem")] {
        world.sandbox.netsuite.put_record("inventoryItem", json!({ "id": id, field: true })).unwrap();
    }
    for (item, number) in [(LOTS.1, "LOT-A"), (SERIALS.1, "SN-1"), (SERIALS.1, "SN-2")] {
        exists(&world, item, number);
    }
    world
}

fn exists(world: &World, item: &str, number: &str) {
    let number = json!({ "inventoryNumber": number, "item": { "id": item } });
    world.sandbox.netsuite.put_record("inventoryNumber", number).unwrap();
}

/// A shipment of one carton: items, units, their numbers.
fn carton(items: &[(&str, u64, &[&str])]) -> Shipment {
    let packed = |&(item, quantity, numbers): &(&str, u64, &[&str])| Packed {
        item_number: item.to_owned(),
        quantity,
        serial_numbers: numbers.iter().map(|n| (*n).to_owned()).collect(),
    };
    Shipment { cartons: vec![Carton { items: items.iter().map(packed).collect(), ..Carton::default() }] }
}

/// Numbers and units of an Item Fulfillment's lines.
fn assigned(fulfillment: &Value) -> Vec<(String, f64)> {
    let lines = fulfillment["item"]["items"].as_array().unwrap().iter();
    let all =
        lines.flat_map(|line| line["inventoryDetail"]["inventoryAssignment"]["items"].as_array().into_iter().flatten());
    let mut all: Vec<_> = all
        .map(|one| {
            let number = one["issueInventoryNumber"]["refName"].as_str().unwrap_or_default();
            (number.to_owned(), one["quantity"].as_f64().unwrap())
        })
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn the_item_fulfillment_names_the_lots_and_serial_numbers_that_were_shipped() {
    let world = numbered("lots").await;
    let order = basket(7601, &[(LOTS.0, 3, "29.00"), (SERIALS.0, 2, "24.00")]);
    let (so, number) = with_the_warehouse(&world, order).await;
    let first = carton(&[(LOTS.0, 2, &["LOT-A"]), (SERIALS.0, 1, &["SN-1"])]);
    world.sandbox.dcl.ship(&number, first).unwrap();
    assert_eq!(shipped(&world, &number).await["fulfillments"], 1);
    let booked = world.sandbox.netsuite.records("itemFulfillment");
    assert_eq!(assigned(&booked[0]), [("LOT-A".to_owned(), 2.0), ("SN-1".to_owned(), 1.0)]);

    // A lot that nobody has received in NetSuite: a person sees which, creates it, and the shipment is booked.
    let second = carton(&[(LOTS.0, 1, &["LOT-B"]), (SERIALS.0, 1, &["SN-2"])]);
    world.sandbox.dcl.ship(&number, second).unwrap();
    world.poll(DCL_ORDERS_POLL).await;
    let problem = parked(&world, &run(DCL_TRACKING, &number)).await;
    assert!(problem.contains("LOT-B") && problem.contains(LOTS.0), "{problem}");
    exists(&world, LOTS.1, "LOT-B");
    retry(&world, &run(DCL_TRACKING, &number)).await;
    assert_eq!(world.result(&run(DCL_TRACKING, &number)).await.unwrap()["fulfillments"], 2);
    let booked = world.sandbox.netsuite.records("itemFulfillment");
    assert_eq!(assigned(&booked[1]), [("LOT-B".to_owned(), 1.0), ("SN-2".to_owned(), 1.0)]);
    billed(&world, &so).await;
    paid(&world, 7601).await;
    clean(&world).await;
}

/// DCL names two lots for three units, and does not say how many are of which.
#[tokio::test(flavor = "multi_thread")]
async fn several_lots_without_their_units_park() {
    let world = numbered("lots-unclear").await;
    exists(&world, LOTS.1, "LOT-B");
    let (_, number) = with_the_warehouse(&world, basket(7602, &[(LOTS.0, 3, "29.00")])).await;
    world.sandbox.dcl.ship(&number, carton(&[(LOTS.0, 3, &["LOT-A", "LOT-B"])])).unwrap();
    world.poll(DCL_ORDERS_POLL).await;
    let problem = parked(&world, &run(DCL_TRACKING, &number)).await;
    assert!(problem.contains("3 units") && problem.contains("2 lot or serial numbers"), "{problem}");
    assert!(world.sandbox.netsuite.records("itemFulfillment").is_empty());
}
