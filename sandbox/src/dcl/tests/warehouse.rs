use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::Instant;

use super::*;
use crate::dcl::{Carton, Packed, Refused, Shipment, Warehouse};

fn automatic(split_percent: u8) -> Warehouse {
    Warehouse::Automatic { pace: Duration::from_secs(1), split_percent, seed: 7 }
}

#[tokio::test]
async fn an_order_goes_through_its_stages() {
    let world = World::usual();
    world.place("SO1", &[(SKU, 2), (OTHER, 1)]).await;
    let mut stages = Vec::new();
    let mut modified = BTreeSet::new();
    while world.order("SO1")["order_stage"] != 60 {
        world.clock.advance(Duration::from_secs(1));
        world.dcl.advance("SO1").unwrap();
        let told = world.order("SO1");
        stages.push(told["order_stage"].as_i64().unwrap());
        modified.insert(told["modified_at"].as_str().unwrap().to_owned());
    }
    assert_eq!((stages.as_slice(), modified.len()), (&[20, 40, 60][..], 3));
    let told = world.order("SO1");
    let package = &told["shipments"][0]["packages"][0];
    assert!(package["carton_id"].is_string() && package["tracking_number"].is_string());
    let item = json!({"item_number": SKU, "quantity": 2, "description": "a tee", "serial_numbers": null});
    assert_eq!(package["shipped_items"][0], item);
    assert_eq!(told["shipments"][0]["shipped_lines"].as_array().unwrap().len(), 2);
    assert_eq!(told["lines"][0]["quantity"], 2);
    let again = world.dcl.advance("SO1").unwrap_err().to_string();
    assert_eq!(again, "order_stage: cannot advance order SO1: it is Fully Shipped");
    assert_eq!(world.dcl.advance("SO2"), Err(Refused::NoOrder("SO2".to_owned())));
}

#[tokio::test]
async fn parts_are_shipped_one_after_the_other() {
    let world = World::usual();
    world.place("SO1", &[(SKU, 2), (OTHER, 1)]).await;
    world.dcl.back_order("SO1").unwrap();
    assert_eq!(world.order("SO1")["is_back_order"], true);
    let packed =
        Packed { item_number: SKU.to_owned(), quantity: 2, serial_numbers: vec!["S1".to_owned(), "S2".to_owned()] };
    let first = Carton { items: vec![packed], tracking: Some(String::new()), carton_id: Some("C1".to_owned()) };
    world.dcl.ship("SO1", Shipment { cartons: vec![first] }).unwrap();
    let told = world.order("SO1");
    assert_eq!((&told["order_stage"], &told["is_back_order"]), (&json!(50), &json!(true)));
    assert_eq!((&told["lines"][0]["is_back_order"], &told["lines"][1]["is_back_order"]), (&json!(false), &json!(true)));
    let package = &told["shipments"][0]["packages"][0];
    assert_eq!((&package["carton_id"], &package["tracking_number"]), (&json!("C1"), &Value::Null));
    assert_eq!(package["shipped_items"][0]["serial_numbers"], json!(["S1", "S2"]));

    world.dcl.change_tracking("SO1", "C1", "1Z1").unwrap();
    assert_eq!(world.order("SO1")["shipments"][0]["packages"][0]["tracking_number"], "1Z1");
    assert!(world.dcl.change_tracking("SO1", "C9", "1Z1").is_err());
    world.dcl.ship_all("SO1").unwrap();
    let told = world.order("SO1");
    assert_eq!((&told["order_stage"], &told["is_back_order"]), (&json!(60), &json!(false)));
    assert_eq!(told["shipments"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn mistakes_can_be_made() {
    let world = World::usual();
    for number in ["OVER", "WRONG", "SHORT"] {
        world.place(number, &[(SKU, 2), (SKU, 1)]).await;
    }
    world.dcl.ship("OVER", Shipment::of(&[(SKU, 5)])).unwrap();
    let over = world.order("OVER");
    assert_eq!((&over["lines"][0]["quantity"], &over["lines"][1]["quantity"]), (&json!(2), &json!(3)));
    assert_eq!(over["order_stage"], 60);

    assert!(world.dcl.ship("WRONG", Shipment::of(&[(OTHER, 1)])).is_err());
    world.dcl.ship_unknown("WRONG", "NEVER-HEARD", 1).unwrap();
    let wrong = world.order("WRONG");
    assert_eq!(wrong["shipments"][0]["packages"][0]["shipped_items"][0]["item_number"], "NEVER-HEARD");
    assert_eq!((&wrong["lines"][0]["quantity"], &wrong["order_stage"]), (&json!(0), &json!(50)));

    for empty in [Shipment::default(), Shipment::of(&[]), Shipment::of(&[(SKU, 0)])] {
        assert!(world.dcl.ship("SHORT", empty).is_err());
    }
    world.dcl.ship("SHORT", Shipment::of(&[(SKU, 1)])).unwrap();
    world.dcl.close_short("SHORT").unwrap();
    let short = world.order("SHORT");
    assert_eq!((&short["order_stage"], &short["stage_description"]), (&json!(62), &json!("Closed Short")));
    assert!(world.dcl.ship_all("SHORT").is_err());
}

#[tokio::test]
async fn cancelling_is_too_late_once_picked() {
    let world = World::usual();
    for number in ["NEW", "PICKED", "SENT"] {
        world.place(number, &[(SKU, 2)]).await;
    }
    world.dcl.cancel("NEW").unwrap();
    assert!(world.dcl.cancel("NEW").is_err());
    world.dcl.advance("PICKED").unwrap();
    let refused = world.dcl.cancel("PICKED").unwrap_err();
    assert_eq!(refused.to_string(), "order_stage: order PICKED is being picked: it can no longer be cancelled");
    world.dcl.force_cancel("PICKED").unwrap();
    assert_eq!(world.order("PICKED")["is_cancelled"], true);
    world.dcl.ship("SENT", Shipment::of(&[(SKU, 1)])).unwrap();
    assert!(world.dcl.force_cancel("SENT").is_err());
}

#[tokio::test]
async fn of_two_with_one_number_the_open_one_is_meant() {
    let world = World::usual();
    world.place("SO1", &[(SKU, 1)]).await;
    world.place("SO1", &[(SKU, 1)]).await;
    world.dcl.ship_all("SO1").unwrap();
    world.dcl.ship_all("SO1").unwrap();
    assert!(world.dcl.orders().iter().all(|order| order["order_stage"] == 60));
    assert!(world.dcl.ship_all("SO1").is_err());
}

/// Ticks of the automatic warehouse, a second apart, until nothing is due.
fn stages(world: &World, number: &str) -> Vec<i64> {
    let mut now = Instant::now();
    let mut stages = vec![world.order(number)["order_stage"].as_i64().unwrap()];
    for _ in 0..10 {
        now += Duration::from_secs(2);
        let next = world.dcl.work_until(now);
        let stage = world.order(number)["order_stage"].as_i64().unwrap();
        if stages.last() != Some(&stage) {
            stages.push(stage);
        }
        if next.is_none() {
            break;
        }
    }
    stages
}

#[tokio::test]
async fn the_automatic_warehouse_ships_whole_or_split() {
    for (split, expected) in [(0, vec![10, 20, 40, 60]), (100, vec![10, 20, 40, 50, 60])] {
        let world = World::new(Options { warehouse: automatic(split), ..Options::default() });
        world.place("SO1", &[(SKU, 3), (OTHER, 2)]).await;
        assert_eq!(stages(&world, "SO1"), expected);
        let told = world.order("SO1");
        assert_eq!((&told["lines"][0]["quantity"], &told["lines"][1]["quantity"]), (&json!(3), &json!(2)));
    }
    // One unit cannot be split.
    let world = World::new(Options { warehouse: automatic(100), ..Options::default() });
    world.place("SO1", &[(SKU, 1)]).await;
    assert_eq!(stages(&world, "SO1"), [10, 20, 40, 60]);
}

#[tokio::test]
async fn cartons_and_tracking_numbers_are_unique_and_the_seed_repeats_them() {
    let run = async || {
        let world = World::new(Options { warehouse: automatic(40), ..Options::default() });
        for number in 0..40 {
            world.place(&format!("SO{number}"), &[(SKU, 3), (OTHER, 2)]).await;
        }
        stages(&world, "SO0");
        let orders = world.dcl.orders();
        let shipments = orders.iter().flat_map(|order| order["shipments"].as_array().unwrap());
        let packages = shipments.flat_map(|shipment| shipment["packages"].as_array().unwrap());
        packages
            .map(|package| (package["carton_id"].to_string(), package["tracking_number"].to_string()))
            .collect::<Vec<_>>()
    };
    let packages = run().await;
    assert!(packages.len() > 50, "{}", packages.len());
    let cartons: BTreeSet<_> = packages.iter().map(|(carton, _)| carton).collect();
    let trackings: BTreeSet<_> = packages.iter().map(|(_, tracking)| tracking).collect();
    assert_eq!((cartons.len(), trackings.len()), (packages.len(), packages.len()));
    assert_eq!(run().await, packages);
}

#[tokio::test]
async fn orders_on_hold_and_in_back_order_stay() {
    let world = World::new(Options { warehouse: automatic(0), ..Options::default() });
    let mut held = order("HELD", &[(SKU, 1)]);
    held["order_status"] = json!(0);
    world.submit(json!({"allow_partial": true, "orders": [held]})).await;
    world.place("BACK", &[(SKU, 1)]).await;
    world.dcl.back_order("BACK").unwrap();
    world.dcl.work_until(Instant::now() + Duration::from_secs(5));
    world.dcl.set_warehouse(Warehouse::Automatic { pace: Duration::ZERO, split_percent: 0, seed: 7 });
    assert!(world.dcl.work_until(Instant::now() + Duration::from_secs(5)).is_some());
    for number in ["HELD", "BACK"] {
        assert_eq!(world.order(number)["order_stage"], 10);
    }
}

#[tokio::test]
async fn its_task_wakes_for_new_orders_and_a_new_warehouse() {
    let world = World::usual();
    let stop = tokio_util::sync::CancellationToken::new();
    let task = tokio::spawn(world.dcl.clone().work(stop.clone()));
    let shipped = async |number: &str| {
        while world.order(number)["order_stage"] != 60 {
            tokio::task::yield_now().await;
        }
    };
    let all = async {
        world.place("SO1", &[(SKU, 1)]).await;
        world.dcl.set_warehouse(Warehouse::Automatic { pace: Duration::ZERO, split_percent: 0, seed: 1 });
        shipped("SO1").await;
        world.place("SO2", &[(SKU, 1)]).await;
        shipped("SO2").await;
    };
    tokio::time::timeout(Duration::from_secs(30), all).await.unwrap();
    world.dcl.set_warehouse(Warehouse::Manual);
    world.place("SO3", &[(SKU, 1)]).await;
    assert_eq!(world.dcl.work_until(Instant::now() + Duration::from_secs(60)), None);
    assert_eq!(world.order("SO3")["order_stage"], 10);
    stop.cancel();
    task.await.unwrap();
}
