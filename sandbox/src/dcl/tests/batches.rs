use super::*;
use crate::dcl::{Item, RepeatedOrderNumber};

/// The usual order with one value changed; `Null` leaves it out.
fn changed(path: &str, value: Value) -> Value {
    let mut order = order("SO1203", &[(SKU, 1)]);
    *order.pointer_mut("/lines/0").unwrap() = json!({"line_number": 1, "item_number": SKU, "quantity": 1});
    let (parent, name) = path.rsplit_once('/').unwrap();
    let object = order.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    object.insert(name.to_owned(), value);
    order
}

async fn status(world: &World, order: Value) -> Value {
    let answer = world.submit(json!({"allow_partial": true, "orders": [order]})).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    assert_eq!(answer.body["error_code"], 0);
    answer.body["order_statuses"][0].clone()
}

#[tokio::test]
async fn an_order_is_taken_and_told() {
    let world = World::usual();
    let answer = world.submit(json!({"allow_partial": false, "orders": [order("SO-1#2", &[(SKU, 2)])]})).await;
    let expected = json!({"error_code": 0, "error_message": "",
        "order_statuses": [{"error_code": 0, "error_message": "", "order_number": "SO-1#2"}]});
    assert_eq!((answer.status, answer.body), (StatusCode::CREATED, expected));
    let entry = &world.ledger.entries()[0];
    assert_eq!((entry.operation.as_str(), entry.result.as_str()), ("POST batches", "ok"));
    assert_eq!((entry.key.as_deref(), entry.record.as_deref()), (Some("SO-1#2"), Some("order:1")));

    let told = world.get("orders").await.body["orders"][0].clone();
    assert_eq!(told["order_stage"], 10);
    assert_eq!(told["stage_description"], "Order Received");
    assert_eq!(
        (&told["location"], &told["order_type"], &told["order_status"]),
        (&json!("FR"), &json!("REST"), &json!(1))
    );
    assert_eq!(told["shipping_address"]["country"], "UNITED_STATES");
    assert!(told["shipping_address"].get("country_code").is_none());
    // The quantity that has been shipped.
    assert_eq!((&told["lines"][0]["quantity"], &told["lines"][0]["voided"]), (&json!(0), &json!(false)));
    assert_eq!(told["shipments"], json!([]));
    assert_eq!(world.order("SO-1#2")["lines"][0]["ordered_quantity"], 2);
}

#[tokio::test]
async fn each_rule_of_a_field_names_it() {
    let world = World::usual();
    let long = |length: usize| json!("9".repeat(length));
    for (path, value, text) in [
        ("/order_number", json!(null), "order_number is required"),
        ("/order_number", long(26), "order_number is longer than 25"),
        ("/order_number", json!("SO 1"), "order_number may hold"),
        ("/order_number", json!("SO_1"), "order_number may hold"),
        ("/order_number", json!(1203), "order_number must be a string"),
        ("/order_status", json!(3), "order_status must be"),
        ("/account_number", json!(null), "account_number is required"),
        ("/account_number", long(11), "account_number is longer"),
        ("/account_number", json!("10502"), "account_number is not"),
        ("/freight_account", json!(null), "freight_account is required"),
        ("/freight_account", json!(" "), "freight_account is required"),
        ("/freight_account", long(11), "freight_account is longer"),
        ("/customer_number", long(26), "customer_number is longer"),
        ("/consignee_number", long(26), "consignee_number is longer"),
        ("/shipping_carrier", json!(null), "shipping_carrier is required"),
        ("/shipping_carrier", long(31), "shipping_carrier is longer"),
        ("/shipping_service", json!(null), "shipping_service is required"),
        ("/shipping_service", long(31), "shipping_service is longer"),
        ("/ordered_date", json!("7 January"), "ordered_date must be a date"),
        ("/system_id", json!("X"), "system_id must be"),
        ("/system_id", json!("B"), "custom_field4 is required"),
        ("/international_code", json!("0"), "international_code must be an integer"),
        ("/total_due", json!("12.50"), "total_due must be a decimal number"),
        ("/shipping_address", json!(null), "shipping_address is required"),
        ("/shipping_address", json!("Fremont"), "shipping_address must be an object"),
        ("/shipping_address/attention", json!(null), "shipping_address.attention is required"),
        ("/shipping_address/address1", json!(""), "shipping_address.address1 is required"),
        ("/shipping_address/city", json!(null), "shipping_address.city is required"),
        ("/shipping_address/state_province", json!(null), "shipping_address.state_province is required"),
        ("/shipping_address/postal_code", json!(94538), "shipping_address.postal_code must be a string"),
        ("/shipping_address/country_code", json!(null), "shipping_address.country_code is required"),
        ("/shipping_address/country_code", json!("USA"), "shipping_address.country_code must be"),
        ("/billing_address", json!(7), "billing_address must be an object"),
        ("/lines", json!(null), "lines is required"),
        ("/lines", json!([]), "lines is required"),
        ("/lines", json!([7]), "lines[0] must be an object"),
        ("/lines/0/line_number", json!(null), "lines[0].line_number is required"),
        ("/lines/0/line_number", json!("1"), "lines[0].line_number must be an integer"),
        ("/lines/0/item_number", json!(null), "lines[0].item_number is required"),
        ("/lines/0/item_number", long(26), "lines[0].item_number is longer"),
        ("/lines/0/item_number", json!("EBOOK-CARE"), "lines[0].item_number EBOOK-CARE is not an item"),
        ("/lines/0/quantity", json!(null), "lines[0].quantity is required"),
        ("/lines/0/quantity", json!(0), "lines[0].quantity must be above 0"),
        ("/lines/0/quantity", json!(-1), "lines[0].quantity must be above 0"),
        ("/lines/0/quantity", json!(1.5), "lines[0].quantity must be an integer"),
        ("/lines/0/quantity", json!("1"), "lines[0].quantity must be an integer"),
        ("/lines/0/price", json!("9"), "lines[0].price must be a decimal number"),
        ("/lines/0/comments", long(101), "lines[0].comments is longer"),
        ("/lines/0/custom_field1", long(21), "lines[0].custom_field1 is longer"),
        ("/lines/0/custom_field3", json!("x"), "lines[0].custom_field3 is for DCL's use only"),
        ("/lines/0/custom_field4", json!("x"), "lines[0].custom_field4 is for DCL's use only"),
        ("/lines/0/ship_by", json!("soon"), "lines[0].ship_by must be a date"),
        ("/lines/0/bundle_lines", json!([{}]), "lines[0].bundle_lines[0].line_number is required"),
    ] {
        let status = status(&world, changed(path, value)).await;
        assert_ne!(status["error_code"], 0, "{path}");
        assert!(status["error_message"].as_str().unwrap().starts_with(text), "{path}: {status}");
    }
    assert!(world.dcl.orders().is_empty());
    assert!(world.results().iter().all(|(_, result)| result.starts_with("refused: ")));
}

#[tokio::test]
async fn what_fits_its_field_is_taken() {
    let world = World::usual();
    for (number, path, value) in [
        ("A-1", "/order_status", json!(0)),
        ("A-2", "/po_number", json!("9".repeat(40))),
        ("A-3", "/total_due", json!(409.94)),
        ("A-4", "/custom_field4", json!("vendor")),
        ("A-5", "/lines/0/bundle_lines", json!([{"line_number": 1, "item_number": OTHER, "quantity": 2}])),
        ("A-6", "/shipping_address/country_code", json!("FR")),
    ] {
        let mut order = changed(path, value);
        order["order_number"] = json!(number);
        assert_eq!(status(&world, order).await["error_code"], 0, "{path}");
    }
    // Cut without a word.
    assert_eq!(world.order("A-2")["po_number"], "9".repeat(25));
    assert_eq!(world.order("A-3")["total_due"], json!(409.94));
}

#[tokio::test]
async fn a_line_number_is_there_once() {
    let world = World::usual();
    let mut twice = order("SO1", &[(SKU, 1), (OTHER, 1)]);
    twice["lines"][1]["line_number"] = json!(1);
    assert_eq!(status(&world, twice).await["error_message"], "lines[1].line_number is there twice");
}

#[tokio::test]
async fn addresses_are_as_long_as_the_options_say() {
    let world = World::new(Options { address_limit: Some(30), ..Options::default() });
    let refused = status(&world, changed("/shipping_address/address1", json!("x".repeat(31)))).await;
    assert_eq!(refused["error_message"], "shipping_address.address1 is longer than 30 characters");
    assert_eq!(status(&world, changed("/shipping_address/address1", json!("ü".repeat(30)))).await["error_code"], 0);
}

#[tokio::test]
async fn the_envelope_has_rules_of_its_own() {
    let world = World::usual();
    let one = || json!([order("SO1", &[(SKU, 1)])]);
    let many: Vec<_> = (0..1001).map(|n| order(&format!("SO{n}"), &[(SKU, 1)])).collect();
    for (batch, text) in [
        (json!({"orders": one()}), "allow_partial is required"),
        (json!({"allow_partial": "yes", "orders": one()}), "allow_partial must be"),
        (json!({"allow_partial": true}), "orders must hold"),
        (json!({"allow_partial": true, "orders": []}), "orders must hold"),
        (json!({"allow_partial": true, "orders": many}), "orders may hold at most 1000"),
        (json!({"allow_partial": true, "orders": {}}), "orders must be a list"),
        (json!({"allow_partial": true, "location": "SF", "orders": one()}), "location must be one of"),
        (json!(7), "body must be an object"),
    ] {
        world.submit(batch).await.refused(text);
    }
    let login = world.login();
    world.ask("POST", "/api/v1/batches", Some(&login), "<html>".to_owned()).await.refused("body is not JSON");
    assert!(world.dcl.orders().is_empty());
    assert_eq!(world.ledger.entries().len(), 9);

    let full: Vec<_> = (0..1000).map(|n| order(&format!("SO{n}"), &[(SKU, 1)])).collect();
    let answer = world.submit(json!({"allow_partial": true, "location": "LA", "orders": full})).await;
    assert_eq!(answer.body["order_statuses"].as_array().unwrap().len(), 1000);
    assert_eq!(world.order("SO999")["location"], "LA");
}

fn three() -> Value {
    json!([order("SO1", &[(SKU, 1)]), order("SO2", &[("NONE", 1)]), order("SO3", &[(SKU, 1)])])
}

#[tokio::test]
async fn in_part_each_order_stands_alone() {
    let world = World::usual();
    let answer = world.submit(json!({"allow_partial": true, "orders": three()})).await;
    assert_eq!((answer.status, &answer.body["error_code"]), (StatusCode::CREATED, &json!(0)));
    let statuses = answer.body["order_statuses"].as_array().unwrap();
    let told: Vec<_> = statuses.iter().map(|s| (s["order_number"].as_str().unwrap(), s["error_code"] == 0)).collect();
    assert_eq!(told, [("SO1", true), ("SO2", false), ("SO3", true)]);
    assert_eq!(world.dcl.orders().len(), 2);
    let results = world.results();
    assert_eq!((results[0].1.as_str(), results[2].1.as_str()), ("ok", "ok"));
    assert!(results[1].1.starts_with("refused: lines[0].item_number NONE"));
}

#[tokio::test]
async fn in_whole_the_first_bad_order_refuses_all() {
    for refused_under_success in [false, true] {
        let world = World::new(Options { refused_under_success, ..Options::default() });
        let answer = world.submit(json!({"allow_partial": false, "orders": three()})).await;
        let status = if refused_under_success { StatusCode::CREATED } else { StatusCode::BAD_REQUEST };
        assert_eq!(answer.status, status);
        assert_eq!(answer.body["error_code"], 13);
        assert_eq!(answer.body["error_message"], answer.body["order_statuses"][1]["error_message"]);
        // What follows is not looked at.
        assert_eq!(answer.body["order_statuses"].as_array().unwrap().len(), 2);
        assert!(world.dcl.orders().is_empty());
        assert_eq!(
            world.results()[2],
            (Some("SO3".to_owned()), "refused: another order of the batch is refused".to_owned())
        );
    }
}

#[tokio::test]
async fn a_repeated_number_makes_two_orders_or_is_refused() {
    let world = World::usual();
    world.place("SO1", &[(SKU, 1)]).await;
    world.place("SO1", &[(SKU, 1)]).await;
    assert_eq!(world.get("orders?order_numbers=SO1").await.numbers(), ["SO1", "SO1"]);

    let world = World::new(Options { repeated_order_number: RepeatedOrderNumber::Refused, ..Options::default() });
    let twice = json!([order("SO1", &[(SKU, 1)]), order("SO1", &[(SKU, 1)])]);
    let answer = world.submit(json!({"allow_partial": true, "orders": twice})).await;
    assert_eq!(answer.body["order_statuses"][1]["error_message"], "order_number SO1 is there already");
    assert_eq!(status(&world, order("SO1", &[(SKU, 1)])).await["error_code"], 14);
    assert_eq!(world.dcl.orders().len(), 1);
}

#[tokio::test]
async fn an_item_that_is_added_can_be_ordered() {
    let world = World::usual();
    assert_ne!(status(&world, order("SO1", &[("NEW", 1)])).await["error_code"], 0);
    world.dcl.put_item(Item::new("NEW", "new", 5));
    assert_eq!(status(&world, order("SO1", &[("NEW", 1)])).await["error_code"], 0);
}
