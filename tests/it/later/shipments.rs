//! What a warehouse tells: too much, too little, the unknown, the nameless, and what it changes later.

use sandbox::{
    dcl::{Carton, Item, Packed, Shipment},
    ledger::Vendor,
};
use serde_json::{Value, json};
use workflows::ids::{DCL_ORDERS_POLL, DCL_TRACKING};

use super::{basket, billed, clean, count, paid, parked, retry, run, shipped, with_the_warehouse};
use crate::world::{World, eventually};

/// A carton of one item, with these numbers; an empty one is null on the wire.
fn carton(item: &str, quantity: u64, id: &str, tracking: &str) -> Carton {
    Carton {
        items: vec![Packed { item_number: item.to_owned(), quantity, serial_numbers: vec![] }],
        tracking: Some(tracking.to_owned()),
        carton_id: Some(id.to_owned()),
    }
}

/// One tick of the poll; the order's run is parked then.
async fn parks(world: &World, number: &str) -> String {
    world.poll(DCL_ORDERS_POLL).await;
    parked(world, &run(DCL_TRACKING, number)).await
}

/// A line of a Sales Order as an administrator changes it.
fn change_line(world: &World, so: &str, mut line: Value) {
    line["line"] = json!(1);
    let body = json!({ "id": so, "item": { "items": [line] } });
    world.sandbox.netsuite.put_record("salesOrder", body).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_ours_is_counted_and_left_alone() {
    let world = World::order_to_cash("ship-others", |_| {}).await;
    for (n, stage) in [60, 50, 10].into_iter().enumerate() {
        let edi = json!({
            "order_number": format!("EDI-{n}"), "order_type": "EDI", "order_stage": stage,
            "lines": [{ "item_number": "TEE-SLATE", "quantity": 5 }],
        });
        world.sandbox.dcl.put_order(edi).unwrap();
    }
    let report = world.poll(DCL_ORDERS_POLL).await;
    assert_eq!((&report["seen"], &report["skipped"], &report["published"]), (&json!(3), &json!(2), &json!(0)));
    assert!(world.view(&run(DCL_TRACKING, "EDI-0")).await.is_none());
    assert_eq!(count(&world, "itemFulfillment"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_was_ordered_parks_with_the_difference_until_the_order_says_so_too() {
    let world = World::order_to_cash("ship-more", |_| {}).await;
    let (so, number) = with_the_warehouse(&world, basket(7401, &[("TEE-SLATE", 2, "29.00")])).await;
    world.sandbox.dcl.ship(&number, Shipment::of(&[("TEE-SLATE", 3)])).unwrap();
    let problem = parks(&world, &number).await;
    assert!(problem.contains("1 of 3 units of item \"TEE-SLATE\""), "{problem}");
    assert!(world.writes(Vendor::Netsuite, "POST salesOrder/!transform/itemFulfillment").is_empty());
    // The customer keeps the third for nothing.
    change_line(&world, &so, json!({ "quantity": 3, "amount": 58.0 }));
    retry(&world, &run(DCL_TRACKING, &number)).await;
    world.result(&run(DCL_TRACKING, &number)).await.unwrap();
    assert_eq!(world.sales_orders(7401)[0]["item"]["items"][0]["quantityFulfilled"].as_f64(), Some(3.0));
    billed(&world, &so).await;
    paid(&world, 7401).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_nobody_ordered_parks_by_name() {
    let world = World::order_to_cash("ship-unknown", |_| {}).await;
    let (so, number) = with_the_warehouse(&world, basket(7402, &[("TEE-SLATE", 1, "29.00")])).await;
    world.sandbox.dcl.ship_unknown(&number, "MUG-CLAY", 1).unwrap();
    let problem = parks(&world, &number).await;
    assert!(problem.contains("MUG-CLAY") && problem.contains(&number), "{problem}");
    assert_eq!(count(&world, "itemFulfillment"), 0);
    // It was meant as a present: the Sales Order gets a line for it.
    let mut lines = world.sales_orders(7402)[0]["item"]["items"].as_array().unwrap().clone();
    lines.push(json!({ "item": { "id": "1016" }, "quantity": 1, "amount": 0.0, "location": { "id": "1" } }));
    world.sandbox.netsuite.put_record("salesOrder", json!({ "id": so, "item": { "items": lines } })).unwrap();
    retry(&world, &run(DCL_TRACKING, &number)).await;
    assert_eq!(world.result(&run(DCL_TRACKING, &number)).await.unwrap()["made"], 1);
    assert_eq!(count(&world, "itemFulfillment"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_carton_is_known_by_its_id_or_its_tracking_number_and_not_without_both() {
    let world = World::order_to_cash("ship-cartons", |config| {
        config.brands.get_mut("acme").unwrap().warehouse.as_mut().unwrap().carriers.clear();
    })
    .await;
    let (_, number) = with_the_warehouse(&world, basket(7403, &[("TEE-SLATE", 3, "29.00")])).await;
    // No id: the tracking number is the key. The carrier that nobody mapped is told by DCL's own word.
    let one = |id: &str, tracking: &str| Shipment { cartons: vec![carton("TEE-SLATE", 1, id, tracking)] };
    world.sandbox.dcl.ship(&number, one("", "1Z-A")).unwrap();
    assert_eq!(shipped(&world, &number).await["made"], 1);
    let booked = &world.sandbox.netsuite.records("itemFulfillment")[0];
    assert_eq!(booked["externalId"], format!("IF-acme-{number}-1Z-A"));
    assert_eq!(booked["custbody_o2c_cartons"], "1Z-A");
    let told = world.sandbox.shopify.order(7403).unwrap()["fulfillments"][0].clone();
    assert_eq!((&told["tracking_number"], &told["tracking_company"]), (&json!("1Z-A"), &json!("FEDEX")));
    // An id without tracking is a carton all the same.
    world.sandbox.dcl.ship(&number, one("C-2", "")).unwrap();
    assert_eq!(shipped(&world, &number).await["fulfillments"], 2);
    // Neither of them: nobody could say later that it is booked.
    world.sandbox.dcl.ship(&number, one("", "")).unwrap();
    let problem = parks(&world, &number).await;
    assert!(problem.contains("neither id nor tracking number"), "{problem}");
    assert_eq!(count(&world, "itemFulfillment"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tracking_number_that_changes_is_changed_everywhere_and_added_nowhere() {
    let world = World::order_to_cash("ship-tracking", |_| {}).await;
    let (so, number) = with_the_warehouse(&world, basket(7404, &[("TEE-SLATE", 1, "29.00")])).await;
    world.sandbox.dcl.ship(&number, Shipment { cartons: vec![carton("TEE-SLATE", 1, "C-1", "1Z-OLD")] }).unwrap();
    shipped(&world, &number).await;
    billed(&world, &so).await;
    world.sandbox.dcl.change_tracking(&number, "C-1", "1Z-NEW").unwrap();
    world.poll(DCL_ORDERS_POLL).await;
    let tracked = async || {
        let there = world.sandbox.shopify.order(7404)?["fulfillments"].clone();
        (there[0]["tracking_numbers"] == json!(["1Z-NEW"])).then_some(there)
    };
    let told = eventually("the new number", tracked).await;
    assert_eq!(told.as_array().map(Vec::len), Some(1), "{told}");
    world.until(&run(DCL_TRACKING, &number), "done", |v| v.status == "completed").await;
    let booked = world.sandbox.netsuite.records("itemFulfillment");
    assert_eq!((booked.len(), &booked[0]["custbody_o2c_tracking"]), (1, &json!("1Z-NEW")));
    clean(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_closed_short_parks_with_the_difference_and_is_accepted_by_retry_or_by_policy() {
    let mut world = World::order_to_cash("ship-short", |_| {}).await;
    let short = async |world: &World, id: u64| {
        let (_, number) = with_the_warehouse(world, basket(id, &[("TEE-SLATE", 3, "29.00")])).await;
        world.sandbox.dcl.ship(&number, Shipment::of(&[("TEE-SLATE", 1)])).unwrap();
        world.sandbox.dcl.close_short(&number).unwrap();
        number
    };
    let number = short(&world, 7405).await;
    let problem = parks(&world, &number).await;
    assert!(problem.contains("2 of 3 units of SKU \"TEE-SLATE\"") && problem.contains("closed short"), "{problem}");
    // What did ship is booked, told and billed although the rest is open.
    assert_eq!(count(&world, "itemFulfillment"), 1);
    eventually("an invoice", async || (count(&world, "invoice") == 1).then_some(())).await;
    retry(&world, &run(DCL_TRACKING, &number)).await;
    assert_eq!(world.result(&run(DCL_TRACKING, &number)).await.unwrap()["fulfillments"], 1);

    world
        .restart(|config| config.brands.get_mut("acme").unwrap().warehouse.as_mut().unwrap().accept_short = true)
        .await;
    let number = short(&world, 7406).await;
    assert_eq!(shipped(&world, &number).await["made"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_fulfilled_in_the_shop_is_booked_and_not_told_again() {
    let world = World::order_to_cash("ship-by-hand", |_| {}).await;
    let (so, number) = with_the_warehouse(&world, basket(7407, &[("TEE-SLATE", 2, "29.00")])).await;
    world.sandbox.shopify.fulfill_by_hand(7407, &[], &Default::default()).unwrap();
    world.sandbox.dcl.ship_all(&number).unwrap();
    assert_eq!(shipped(&world, &number).await["made"], 1);
    billed(&world, &so).await;
    paid(&world, 7407).await;
    let told = world.sandbox.shopify.order(7407).unwrap();
    assert_eq!(told["fulfillments"].as_array().map(Vec::len), Some(1));
    assert!(world.writes(Vendor::Shopify, "fulfillmentCreate").is_empty());
    assert_eq!(count(&world, "itemFulfillment"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fulfillment_order_on_hold_parks_until_it_is_released() {
    let world = World::order_to_cash("ship-hold", |_| {}).await;
    let (so, number) = with_the_warehouse(&world, basket(7408, &[("TEE-SLATE", 1, "29.00")])).await;
    let held = world.sandbox.shopify.fulfillment_orders(7408)[0]["id"].as_u64().unwrap();
    world.sandbox.shopify.hold(held, "OTHER").unwrap();
    world.sandbox.dcl.ship_all(&number).unwrap();
    let problem = parks(&world, &number).await;
    assert!(problem.contains("on hold") && problem.contains(&held.to_string()), "{problem}");
    world.sandbox.shopify.release_hold(held).unwrap();
    retry(&world, &run(DCL_TRACKING, &number)).await;
    world.result(&run(DCL_TRACKING, &number)).await.unwrap();
    billed(&world, &so).await;
    paid(&world, 7408).await;
    clean(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_at_several_locations_is_one_shopify_fulfillment_for_each() {
    let world = World::order_to_cash("ship-locations", |_| {}).await;
    let second = json!({ "id": 77, "name": "Annex", "country_code": "US", "active": true });
    world.sandbox.shopify.load_location(second).unwrap();
    let order = basket(7409, &[("TEE-SLATE", 1, "29.00"), ("CAP-CLAY", 1, "24.00")]);
    let (_, number) = with_the_warehouse(&world, order).await;
    world.sandbox.shopify.split_fulfillment_order(7409, &[(74_092, 1)], 77).unwrap();
    world.sandbox.dcl.ship_all(&number).unwrap();
    shipped(&world, &number).await;
    let told = world.sandbox.shopify.order(7409).unwrap();
    let numbers: Vec<_> =
        told["fulfillments"].as_array().unwrap().iter().map(|f| f["tracking_number"].clone()).collect();
    assert_eq!(numbers.len(), 2, "{told}");
    assert_eq!(numbers[0], numbers[1]);
    let booked = &world.sandbox.netsuite.records("itemFulfillment")[0];
    assert_eq!(booked["custbody_shopify_fulfillment_id"].as_str().unwrap().split(',').count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_period_parks_in_netsuites_words_until_it_is_opened() {
    let world = World::order_to_cash("ship-period", |_| {}).await;
    let (so, number) = with_the_warehouse(&world, basket(7410, &[("TEE-SLATE", 1, "29.00")])).await;
    world.sandbox.dcl.ship_all(&number).unwrap();
    world.sandbox.netsuite.set_closed_before(Some("2199-01-01".parse().unwrap()));
    let problem = parks(&world, &number).await;
    assert!(problem.to_lowercase().contains("period"), "{problem}");
    world.sandbox.netsuite.set_closed_before(None);
    retry(&world, &run(DCL_TRACKING, &number)).await;
    world.result(&run(DCL_TRACKING, &number)).await.unwrap();
    billed(&world, &so).await;
    paid(&world, 7410).await;
    clean(&world).await;
}

/// What only DCL knows: the item is not one of theirs. Their own words are shown.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_the_warehouse_refuses_parks_in_its_words_whatever_the_status() {
    for (name, under_success) in [("ship-refused-400", false), ("ship-refused-201", true)] {
        let mut options = sandbox::Options::default();
        options.dcl.refused_under_success = under_success;
        options.dcl.catalogue = false;
        let world = World::order_to_cash_with(name, options, |_| {}).await;
        let (so, number) = super::booked(&world, basket(7411, &[("TEE-SLATE", 1, "29.00")])).await;
        let sending = run(workflows::ids::NETSUITE_TO_DCL, &so);
        let problem = parked(&world, &sending).await;
        assert!(problem.contains("TEE-SLATE") && problem.contains("is not an item of this account"), "{problem}");
        assert!(world.sandbox.dcl.orders().is_empty());
        assert_ne!(world.sales_orders(7411)[0]["custbody_sent_to_3pl"], true);
        world.sandbox.dcl.put_item(Item::new("TEE-SLATE", "Organic tee", 10));
        retry(&world, &sending).await;
        assert_eq!(world.result(&sending).await.unwrap()["dclOrderNumber"], number.as_str());
        assert_eq!(world.sandbox.dcl.orders().len(), 1);
        world.sandbox.dcl.ship_all(&number).unwrap();
        shipped(&world, &number).await;
        billed(&world, &so).await;
        paid(&world, 7411).await;
        clean(&world).await;
    }
}
