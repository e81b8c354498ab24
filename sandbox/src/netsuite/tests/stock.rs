//! Stock per item and location, and what moves it.

use http::StatusCode;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{World, order, released, shipment};
use crate::netsuite::{Options, Stock};

fn pieces(count: i64) -> Decimal {
    Decimal::from(count)
}

impl World {
    fn stock(&self, item: i64) -> Stock {
        self.account.stock(item, 1).unwrap()
    }

    /// (on hand, committed, back-ordered) of an item in the main warehouse.
    fn figures(&self, item: i64) -> (i64, i64, i64) {
        let stock = self.stock(item);
        let whole = |figure: Decimal| i64::try_from(figure).unwrap();
        (whole(stock.on_hand), whole(stock.committed), whole(stock.back_ordered))
    }

    fn set(&self, item: i64, on_hand: i64) {
        self.account.set_stock(item, 1, pieces(on_hand)).unwrap();
    }

    async fn patch(&self, id: &str, body: Value) {
        let answer = self.call("PATCH", &format!("/record/v1/salesOrder/{id}"), body).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.body);
    }
}

#[tokio::test]
async fn an_order_commits_when_it_is_approved_and_not_before() {
    let world = World::usual().await;
    world.set(1001, 10);
    let mut pending = order();
    pending["location"] = json!({"id": "1"});
    let id = world.put_order("K", pending).await.id();
    assert_eq!(world.figures(1001), (10, 0, 0));

    world.patch(&id, json!({"orderStatus": {"id": "B"}})).await;
    assert_eq!(world.figures(1001), (10, 2, 0));
    assert_eq!(world.stock(1001).available(), pieces(8));
    let line = world.get_order(&id).await["item"]["items"][0].clone();
    assert_eq!((&line["quantityCommitted"], &line["quantityBackOrdered"]), (&json!(2), &json!(0)));
    assert_eq!(line.get("_holds"), None);

    // What does not touch the lines moves nothing; one piece more moves one.
    world.patch(&id, json!({"memo": "x"})).await;
    assert_eq!(world.figures(1001), (10, 2, 0));
    world.patch(&id, json!({"item": {"items": [{"line": 1, "quantity": 3}]}})).await;
    assert_eq!(world.figures(1001), (10, 3, 0));
    world.patch(&id, json!({"orderStatus": {"id": "A"}})).await;
    assert_eq!(world.figures(1001), (10, 0, 0));
}

#[tokio::test]
async fn what_is_not_available_is_back_ordered_until_more_comes_in() {
    let world = World::usual().await;
    world.set(1001, 3);
    let first = world.released("K").await;
    let second = world.released("L").await;
    assert_eq!(world.figures(1001), (3, 3, 1));
    let line = |order: &Value| {
        let line = &order["item"]["items"][0];
        (line["quantityCommitted"].as_i64().unwrap(), line["quantityBackOrdered"].as_i64().unwrap())
    };
    assert_eq!(line(&world.get_order(&first).await), (2, 0));
    assert_eq!(line(&world.get_order(&second).await), (1, 1));
    let q = "SELECT quantitycommitted, quantitybackordered FROM transactionline WHERE transaction = ? AND item = 1001";
    let row = world.rows(q, &[json!(second)]).await[0].clone();
    assert_eq!((&row["quantitycommitted"], &row["quantitybackordered"]), (&json!("1"), &json!("1")));

    world.account.adjust_stock(1001, 1, pieces(5)).unwrap();
    assert_eq!(world.figures(1001), (8, 4, 0));
    assert_eq!(line(&world.get_order(&second).await), (2, 0));
    // Nobody waits any more.
    world.account.adjust_stock(1001, 1, pieces(5)).unwrap();
    assert_eq!(world.figures(1001), (13, 4, 0));
}

#[tokio::test]
async fn a_shipment_takes_on_hand_and_committed_and_its_deletion_gives_both_back() {
    let world = World::usual().await;
    world.set(1001, 10);
    let id = world.released("K").await;
    let mut picked = shipment(&[(1, 1)]);
    picked["shipStatus"] = json!({"id": "A"});
    let shipped = world.fulfill(&id, picked).await.id();
    assert_eq!(world.figures(1001), (10, 2, 0));

    let path = format!("/record/v1/itemFulfillment/{shipped}");
    world.call("PATCH", &path, json!({"shipStatus": {"id": "C"}})).await.id();
    assert_eq!(world.figures(1001), (9, 1, 0));
    assert_eq!(world.figures(1002), (100_000, 1, 0));

    let deleted = world.call("DELETE", &path, Value::Null).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    assert_eq!(world.figures(1001), (10, 2, 0));
}

#[tokio::test]
async fn closed_replaced_and_deleted_lines_hold_nothing() {
    let world = World::usual().await;
    world.set(1001, 10);
    let id = world.released("K").await;
    world.patch(&id, json!({"item": {"items": [{"line": 1, "isClosed": true}]}})).await;
    assert_eq!(world.figures(1001), (10, 0, 0));
    assert_eq!(world.figures(1002).1, 1);

    let other = world.released("L").await;
    world.put_order("L?replace=item", released()).await.id();
    assert_eq!(world.figures(1001), (10, 2, 0));
    let deleted = world.call("DELETE", &format!("/record/v1/salesOrder/{other}"), Value::Null).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    assert_eq!(world.figures(1001), (10, 0, 0));
}

#[tokio::test]
async fn a_line_may_not_commit_or_only_all_at_once_and_needs_a_location() {
    let world = World::usual().await;
    world.set(1001, 1);
    for (key, mode, figures) in [("K", "3", (1, 0, 0)), ("L", "2", (1, 0, 2)), ("M", "1", (1, 1, 3))] {
        let mut order = released();
        order["item"]["items"][0]["commitInventory"] = json!({"id": mode});
        world.put_order(key, order).await.id();
        assert_eq!(world.figures(1001), figures, "{key}");
    }
    let mut nowhere = released();
    nowhere["location"] = Value::Null;
    world.put_order("N", nowhere).await.id();
    assert_eq!(world.figures(1001), (1, 1, 3));
}

#[tokio::test]
async fn kits_hold_and_ship_their_members() {
    let world = World::usual().await;
    let member = |item: &str, quantity: i64| json!({"item": {"id": item}, "quantity": quantity});
    let kit = |id: &str, members: Value| {
        let body = json!({"id": id, "itemId": format!("KIT-{id}"), "basePrice": 10, "member": {"items": members}});
        world.account.put_record("kitItem", body).unwrap();
    };
    kit("7001", json!([member("1001", 2), member("1002", 1)]));
    kit("7002", json!([member("7001", 3)]));
    kit("7003", json!([member("7003", 1), member("1002", 1)]));
    world.set(1001, 5);
    let sold = |item: &str, quantity: i64| {
        json!({"entity": {"id": "500"}, "orderStatus": {"id": "B"}, "location": {"id": "1"},
               "item": {"items": [{"item": {"id": item}, "quantity": quantity, "rate": 10}]}})
    };
    let id = world.put_order("K", sold("7001", 3)).await.id();
    assert_eq!((world.figures(1001), world.figures(1002)), ((5, 5, 1), (100_000, 3, 0)));
    let line = world.get_order(&id).await["item"]["items"][0].clone();
    assert_eq!((&line["quantityCommitted"], &line["quantityBackOrdered"]), (&json!(2), &json!(1)));
    assert_eq!(world.account.stock(7001, 1), None);

    let body = json!({"shipStatus": {"id": "C"}, "item": {"items": [{"orderLine": 1, "quantity": 2}]}});
    world.fulfill(&id, body).await.id();
    assert_eq!((world.figures(1001), world.figures(1002)), ((1, 1, 1), (99_998, 1, 0)));

    world.put_order("L", sold("7002", 1)).await.id();
    assert_eq!(world.figures(1002), (99_998, 4, 0));
    // A kit within itself ends where it began.
    world.put_order("M", sold("7003", 1)).await.id();
    assert_eq!(world.figures(1002), (99_998, 5, 0));
}

#[tokio::test]
async fn stock_becomes_negative_only_where_the_account_allows_it() {
    for allowed in [true, false] {
        let world = World::new(Options { negative_stock: allowed, ..Options::default() }).await;
        world.set(1001, 1);
        let id = world.released("K").await;
        let answer = world.fulfill(&id, shipment(&[(1, 2)])).await;
        if allowed {
            answer.id();
            assert_eq!(world.figures(1001), (-1, 0, 0));
        } else {
            answer.refused("USER_ERROR", "the quantity on hand is 1");
            assert_eq!(world.figures(1001), (1, 1, 1));
            assert_eq!(world.status(&id).await, "B");
        }
    }
}

#[tokio::test]
async fn adjustments_name_an_item_that_is_stocked_and_can_be_undone() {
    let world = World::usual().await;
    for (item, location) in [(902, 1), (4242, 1), (1001, 99)] {
        let error = world.account.adjust_stock(item, location, pieces(1)).unwrap_err();
        assert!(error.contains("Invalid Field Value"), "{error}");
    }
    let id = world.account.adjust_stock(1001, 2, Decimal::new(25, 1)).unwrap();
    assert_eq!(world.account.stock(1001, 2).unwrap().on_hand, Decimal::new(1_000_025, 1));
    world.account.delete_record("inventoryAdjustment", &id.to_string()).unwrap();
    assert_eq!(world.account.stock(1001, 2).unwrap().on_hand, pieces(100_000));

    let on_order = Stock { on_order: pieces(7), in_transit: pieces(1), ..Stock::default() };
    world.account.move_stock(1001, 2, &on_order).unwrap();
    let moved = world.account.stock(1001, 2).unwrap();
    assert_eq!((moved.on_order, moved.in_transit, moved.on_hand), (pieces(7), pieces(1), pieces(100_000)));
    world.account.move_stock(902, 1, &on_order).unwrap_err();
}
