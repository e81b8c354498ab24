//! What a Sales Order must have before the warehouse gets it, and what people change in it meanwhile.

use sandbox::dcl::Shipment;
use serde_json::{Value, json};
use workflows::ids::{self, DCL_ORDERS_POLL, DCL_TRACKING, NETSUITE_ORDERS_POLL, NETSUITE_TO_DCL, SHOPIFY_TO_NETSUITE};

use super::{basket, billed, booked, clean, count, paid, parked, retry, run, shipped, with_the_warehouse};
use crate::world::{World, eventually};

/// A world in which only the first agent works yet.
async fn only_the_first(name: &str) -> World {
    World::order_to_cash(name, |config| {
        config.brands.get_mut("acme").unwrap().agents = vec![SHOPIFY_TO_NETSUITE.to_owned()];
    })
    .await
}

async fn enable_all(world: &mut World) {
    world.restart(|c| c.brands.get_mut("acme").unwrap().agents = ids::ORDER_TO_CASH.map(str::to_owned).to_vec()).await;
}

/// Changes a Sales Order as an administrator would.
fn edit(world: &World, so: &str, mut fields: Value) {
    fields["id"] = json!(so);
    world.sandbox.netsuite.put_record("salesOrder", fields).unwrap();
}

fn line(line: u32, mut fields: Value) -> Value {
    fields["line"] = json!(line);
    json!({ "item": { "items": [fields] } })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_cannot_be_on_a_label_parks_by_field_and_goes_on_once_it_is_mended() {
    let world = World::order_to_cash("send-address", |_| {}).await;
    let set =
        |field: &'static str, value: Value| move |order: &mut Value| order["shipping_address"][field] = value.clone();
    let nameless = |order: &mut Value| {
        for field in ["name", "first_name", "last_name"] {
            order["shipping_address"][field] = Value::Null;
        }
    };
    let stateless = |order: &mut Value| {
        order["shipping_address"]["province"] = Value::Null;
        order["shipping_address"]["province_code"] = Value::Null;
    };
    let none = |order: &mut Value| order["shipping_address"] = Value::Null;
    type Change<'a> = Box<dyn Fn(&mut Value) + 'a>;
    let cases: Vec<(Change<'_>, &str)> = vec![
        (Box::new(set("city", Value::Null)), "shipping_address.city: missing"),
        (Box::new(set("address1", json!(" "))), "shipping_address.address1: missing"),
        (Box::new(set("zip", Value::Null)), "shipping_address.zip: missing"),
        (Box::new(stateless), "shipping_address.state: missing"),
        (Box::new(nameless), "shipping_address.name: missing"),
        (Box::new(set("city", json!("x".repeat(41)))), "shipping_address.city: 41 characters, 40 fit"),
        (Box::new(set("company", json!("x".repeat(41)))), "shipping_address.company: 41 characters, 40 fit"),
        (Box::new(set("phone", json!("1".repeat(26)))), "shipping_address.phone: 26 characters, 25 fit"),
        (Box::new(none), "shipping_address: "),
    ];
    for ((change, words), id) in cases.into_iter().zip(7501..) {
        let mut order = basket(id, &[("TEE-SLATE", 1, "29.00")]);
        change(&mut order);
        let (so, number) = booked(&world, order).await;
        let problem = parked(&world, &run(NETSUITE_TO_DCL, &so)).await;
        assert!(problem.contains(words), "{words}: {problem}");
        assert!(world.sandbox.dcl.order(&number).is_none());
        let whole = json!({ "shippingAddress": {
            "addressee": "Ann Example", "addr1": "1 Main St", "city": "Fremont", "state": "CA", "zip": "94538",
            "country": { "id": "US" }, "addrPhone": null,
        } });
        edit(&world, &so, whole);
        retry(&world, &run(NETSUITE_TO_DCL, &so)).await;
        world.result(&run(NETSUITE_TO_DCL, &so)).await.unwrap();
        assert_eq!(world.sandbox.dcl.order(&number).unwrap()["shipping_address"]["city"], "Fremont");
    }
    clean(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_number_and_a_quantity_that_dcl_cannot_take_are_named() {
    let mut world = only_the_first("send-fields").await;
    let (odd, _) = booked(&world, basket(7511, &[("TEE-SLATE", 1, "29.00")])).await;
    let (half, _) = booked(&world, basket(7512, &[("TEE-SLATE", 1, "29.00")])).await;
    edit(&world, &odd, json!({ "tranId": "SO 1001/A" }));
    edit(&world, &half, line(1, json!({ "quantity": 1.5 })));
    enable_all(&mut world).await;
    world.poll(NETSUITE_ORDERS_POLL).await;
    let problem = parked(&world, &run(NETSUITE_TO_DCL, &odd)).await;
    assert!(problem.contains("order_number") && problem.contains("SO 1001/A"), "{problem}");
    let problem = parked(&world, &run(NETSUITE_TO_DCL, &half)).await;
    assert!(problem.contains("1.5 is no whole number") && problem.contains("TEE-SLATE"), "{problem}");
    edit(&world, &odd, json!({ "tranId": "SO1001-A" }));
    edit(&world, &half, line(1, json!({ "quantity": 1 })));
    for so in [&odd, &half] {
        retry(&world, &run(NETSUITE_TO_DCL, so)).await;
        world.result(&run(NETSUITE_TO_DCL, so)).await.unwrap();
    }
    clean(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_changed_before_it_is_sent_goes_as_it_is_then() {
    let mut world = only_the_first("send-edited").await;
    let basket = |id| basket(id, &[("TEE-SLATE", 3, "29.00"), ("CAP-CLAY", 1, "24.00")]);
    let (lowered, number) = booked(&world, basket(7521)).await;
    let (closed, _) = booked(&world, basket(7522)).await;
    edit(&world, &lowered, line(1, json!({ "quantity": 2, "amount": 58.0 })));
    edit(&world, &lowered, line(2, json!({ "isClosed": true })));
    edit(&world, &closed, line(1, json!({ "isClosed": true })));
    edit(&world, &closed, line(2, json!({ "isClosed": true })));
    enable_all(&mut world).await;
    world.poll(NETSUITE_ORDERS_POLL).await;
    world.result(&run(NETSUITE_TO_DCL, &lowered)).await.unwrap();
    let lines = world.sandbox.dcl.order(&number).unwrap()["lines"].clone();
    assert_eq!(lines.as_array().map(Vec::len), Some(1), "{lines}");
    assert_eq!((&lines[0]["item_number"], &lines[0]["ordered_quantity"]), (&json!("TEE-SLATE"), &json!(2)));
    // What is closed is no work: whoever asks for it nevertheless is told so.
    let event = bus::Event::about_sales_order(bus::EventKind::SalesOrderReleased, "acme", &closed);
    world.bus().publish(&event).await.unwrap();
    let why = world.result(&run(NETSUITE_TO_DCL, &closed)).await.unwrap_err();
    assert!(why.contains("cancelled or closed"), "{why}");
    assert_eq!(world.sandbox.dcl.orders().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_changed_after_it_was_sent_parks_with_the_difference() {
    let world = World::order_to_cash("send-late-edits", |_| {}).await;
    // Raised: the warehouse knows of one only, and thinks that it is done.
    let (so, number) = with_the_warehouse(&world, basket(7531, &[("TEE-SLATE", 1, "29.00")])).await;
    edit(&world, &so, line(1, json!({ "quantity": 2, "amount": 58.0 })));
    world.sandbox.dcl.ship_all(&number).unwrap();
    world.poll(DCL_ORDERS_POLL).await;
    let problem = parked(&world, &run(DCL_TRACKING, &number)).await;
    assert!(problem.contains("fully shipped") && problem.contains("1 of 2 units of SKU \"TEE-SLATE\""), "{problem}");
    edit(&world, &so, line(1, json!({ "quantity": 1, "amount": 29.0 })));
    retry(&world, &run(DCL_TRACKING, &number)).await;
    world.result(&run(DCL_TRACKING, &number)).await.unwrap();
    billed(&world, &so).await;
    paid(&world, 7531).await;

    // Closed line: the warehouse shipped it all the same.
    let two = basket(7532, &[("TEE-SLATE", 1, "29.00"), ("CAP-CLAY", 1, "24.00")]);
    let (so, number) = with_the_warehouse(&world, two).await;
    edit(&world, &so, line(2, json!({ "isClosed": true })));
    world.sandbox.dcl.ship_all(&number).unwrap();
    world.poll(DCL_ORDERS_POLL).await;
    let problem = parked(&world, &run(DCL_TRACKING, &number)).await;
    assert!(problem.contains("1 of 1 units of item \"CAP-CLAY\""), "{problem}");
    edit(&world, &so, line(2, json!({ "isClosed": false })));
    retry(&world, &run(DCL_TRACKING, &number)).await;
    world.result(&run(DCL_TRACKING, &number)).await.unwrap();
    billed(&world, &so).await;
    paid(&world, 7532).await;
    assert_eq!((count(&world, "itemFulfillment"), count(&world, "invoice")), (2, 2));
    clean(&world).await;

    // Closed as a whole: nothing is booked on it until a person opens it again.
    let (so, number) = with_the_warehouse(&world, basket(7533, &[("TEE-SLATE", 1, "29.00")])).await;
    edit(&world, &so, line(1, json!({ "isClosed": true })));
    assert_eq!(world.sales_orders(7533)[0]["status"]["id"], "H");
    world.sandbox.dcl.ship_all(&number).unwrap();
    world.poll(DCL_ORDERS_POLL).await;
    let problem = parked(&world, &run(DCL_TRACKING, &number)).await;
    assert!(problem.contains("TEE-SLATE") && problem.contains(&number), "{problem}");
    edit(&world, &so, line(1, json!({ "isClosed": false })));
    retry(&world, &run(DCL_TRACKING, &number)).await;
    world.result(&run(DCL_TRACKING, &number)).await.unwrap();
    billed(&world, &so).await;
    paid(&world, 7533).await;
    clean(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_on_hold_waits_until_it_is_released() {
    let mut world = only_the_first("send-hold").await;
    let (so, number) = booked(&world, basket(7541, &[("TEE-SLATE", 1, "29.00")])).await;
    edit(&world, &so, json!({ "custbody_o2c_hold": true }));
    enable_all(&mut world).await;
    let report = world.poll(NETSUITE_ORDERS_POLL).await;
    assert_eq!(report["published"], 0, "{report}");
    let event = bus::Event::about_sales_order(bus::EventKind::SalesOrderReleased, "acme", &so);
    world.bus().publish(&event).await.unwrap();
    let sending = run(NETSUITE_TO_DCL, &so);
    world.until(&sending, "waiting", |v| v.agent_status.as_deref() == Some("waiting")).await;
    assert!(world.sandbox.dcl.orders().is_empty());
    edit(&world, &so, json!({ "custbody_o2c_hold": false }));
    let report = world.poll(NETSUITE_ORDERS_POLL).await;
    assert_eq!(report["published"], 1, "{report}");
    world.result(&sending).await.unwrap();
    world.sandbox.dcl.ship_all(&number).unwrap();
    shipped(&world, &number).await;
    billed(&world, &so).await;
    paid(&world, 7541).await;
    clean(&world).await;
}

/// The day on which the warehouse shipped is a day in its own zone; NetSuite books that day.
#[tokio::test(flavor = "multi_thread")]
async fn a_shipment_before_midnight_in_the_warehouse_is_booked_on_that_day() {
    let world = World::order_to_cash("send-zone", |_| {}).await;
    let (so, number) = with_the_warehouse(&world, basket(7551, &[("TEE-SLATE", 1, "29.00")])).await;
    // 23:30 in California, the next morning in New York and in Greenwich.
    world.sandbox.clock.set("2026-12-01T07:30:00Z".parse().unwrap());
    world.sandbox.dcl.ship(&number, Shipment::of(&[("TEE-SLATE", 1)])).unwrap();
    world.sandbox.clock.set(jiff::Timestamp::now());
    shipped(&world, &number).await;
    assert_eq!(world.sandbox.netsuite.records("itemFulfillment")[0]["tranDate"], "2026-11-30");
    billed(&world, &so).await;
    paid(&world, 7551).await;
    eventually("tagged", async || {
        world.sandbox.shopify.order(7551)?["tags"].as_str()?.contains("INVOICED").then_some(())
    })
    .await;
}

/// What the theme has asked the customer for is printed on the packing list; a message that does not fit waits for a person.
#[tokio::test(flavor = "multi_thread")]
async fn a_gift_message_travels_from_the_shop_to_the_packing_list() {
    let world = World::order_to_cash("send-gift", |config| {
        let mappings = &mut config.brands.get_mut("acme").unwrap().mappings;
        mappings.gift_message = ["gift_message".to_owned(), "note".to_owned()].into();
    })
    .await;
    let gift = |id: u64, attributes: Value, note: Value| {
        let mut order = basket(id, &[("TEE-SLATE", 1, "29.00")]);
        (order["note_attributes"], order["note"]) = (attributes, note);
        order
    };
    let message =
        json!([{ "name": "color", "value": "red" }, { "name": "Gift_Message", "value": " For Ann 🎁\nBob " }]);
    for (order, printed) in [
        (gift(7571, message, json!("please ring twice")), json!("For Ann 🎁\nBob")),
        (gift(7572, json!([{ "name": "gift_message", "value": "" }]), json!("With love")), json!("With love")),
        (gift(7573, json!([]), Value::Null), Value::Null),
    ] {
        let (so, number) = with_the_warehouse(&world, order).await;
        let memo = world.sandbox.netsuite.record("salesOrder", &so).unwrap()["memo"].clone();
        let sent = world.sandbox.dcl.order(&number).unwrap()["packing_list_comments"].clone();
        assert_eq!((&memo, &sent), (&printed, &printed));
    }
    let long = json!([{ "name": "gift_message", "value": "x".repeat(300) }]);
    let (so, number) = booked(&world, gift(7574, long, Value::Null)).await;
    let problem = parked(&world, &run(NETSUITE_TO_DCL, &so)).await;
    assert!(problem.contains("packing_list_comments: 300 characters, 255 fit"), "{problem}");
    edit(&world, &so, json!({ "memo": "x" }));
    retry(&world, &run(NETSUITE_TO_DCL, &so)).await;
    world.result(&run(NETSUITE_TO_DCL, &so)).await.unwrap();
    assert_eq!(world.sandbox.dcl.order(&number).unwrap()["packing_list_comments"], "x");
    clean(&world).await;
}
