//! F25: a list was cut silently at page 2. Everything is paged to the end, and counted where the vendor gives a count.

use bus::RunRequest;
use jiff::Timestamp;
use serde_json::json;

use crate::world::{World, eventually, order, price, run_of};

/// Three pages of lines, each with an item of its own and one unit for 2.00.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_with_more_lines_than_a_page() {
    const LINES: u64 = 120;
    let world = World::start("f25-lines").await;
    let mut order = order(2501);
    let line = order["line_items"][0].clone();
    let lines = (0..LINES).map(|n| {
        let (mut line, sku) = (line.clone(), format!("LINE-{n}"));
        let item = json!({ "itemId": sku, "displayName": sku });
        world.sandbox.netsuite.put_record("inventoryItem", item).unwrap();
        line["id"] = json!(9_000_000 + n);
        line["admin_graphql_api_id"] = json!(format!("gid://shopify/LineItem/{}", 9_000_000 + n));
        line["sku"] = json!(sku);
        price(&mut line, "price", "2.00");
        line
    });
    order["line_items"] = lines.collect();
    for total in
        ["current_subtotal_price", "current_total_price", "subtotal_price", "total_line_items_price", "total_price"]
    {
        price(&mut order, total, "240.00");
    }
    let id = world.sandbox.shopify.place_order(order).unwrap();
    eventually("a run", async || world.view(&run_of(id)).await).await;
    world.result(&run_of(id)).await.unwrap();
    let so = &world.sales_orders(id)[0];
    let booked: Vec<_> =
        so["item"]["items"].as_array().unwrap().iter().map(|l| &l["custcol_shopify_line_id"]).collect();
    let wanted: Vec<_> = (0..LINES).map(|n| json!((9_000_000 + n).to_string())).collect();
    assert_eq!(booked, wanted.iter().collect::<Vec<_>>());
    let verdict = world.verdict(&[]).await;
    assert!(verdict.is_clean(), "{verdict}");
}

/// The last of 600 changed orders, on the third page, is the one that nobody has sent yet.
#[tokio::test(flavor = "multi_thread")]
async fn a_poll_with_three_pages() {
    let mut world = World::asleep("f25-poll", sandbox::Options::default(), |_| {}).await;
    world.start_worker();
    let start = Timestamp::now().as_second() - 3600;
    for n in 0..600 {
        let mut order = order(25_000 + n);
        order["updated_at"] = json!(Timestamp::from_second(start + n as i64).unwrap().to_string());
        order["tags"] = json!(if n < 599 { "SENT_TO_NS" } else { "" });
        world.sandbox.shopify.load_order(order).unwrap();
    }
    let request = RunRequest {
        workflow: workflows::ids::SHOPIFY_ORDERS_POLL.into(),
        brand: None,
        payload: json!({}),
        start_at: None,
        rerun: false,
    };
    let tick = world.bus().run(&request).await.unwrap();
    let report = world.result(&tick.workflow_id).await.unwrap();
    assert_eq!(
        (&report["seen"], &report["sent"], &report["published"]),
        (&json!(600), &json!(599), &json!(1)),
        "{report}"
    );
    assert_eq!(world.sandbox.shopify.requests()["orders"], 3);
    world.result(&run_of(25_599)).await.unwrap();
    assert_eq!(world.sales_orders(25_599).len(), 1);
}

/// A marketplace gives every buyer the same e-mail. Ours, by its key, is behind a thousand others.
#[tokio::test(flavor = "multi_thread")]
async fn a_suiteql_answer_over_one_page() {
    let world = World::start("f25-suiteql").await;
    let key = workflows::ids::guest_key("acme", "ann@example.com");
    let mut ours = String::new();
    for n in 0..1101 {
        let mut customer = json!({
            "companyName": format!("Ann {n}"), "email": "ann@example.com", "subsidiary": { "id": "1" }, "currency": { "id": "1" },
        });
        if n == 1100 {
            customer["externalId"] = json!(key);
        }
        ours = world.sandbox.netsuite.put_record("customer", customer).unwrap();
    }
    let id = world.sandbox.shopify.place_order(order(2521)).unwrap();
    eventually("a run", async || world.view(&run_of(id)).await).await;
    world.result(&run_of(id)).await.unwrap();
    assert_eq!(world.sales_orders(id)[0]["entity"]["id"], json!(ours));
    assert!(world.sandbox.netsuite.requests()["suiteql"] >= 2, "one page cannot hold it");
    assert_eq!(world.sandbox.netsuite.requests().get("PUT customer"), None);
}
