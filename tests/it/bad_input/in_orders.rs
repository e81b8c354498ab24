//! Orders with absurd content, as Shopify would really hand them out.

use bus::RunView;
use serde_json::{Value, json};

use crate::{
    liar::Liar,
    world::{World, eventually, order, price, run_of},
};

/// Places the order and waits until its run has ended or is parked.
async fn at_rest(world: &World, order: Value) -> RunView {
    let run = run_of(world.sandbox.shopify.place_order(order).unwrap());
    eventually(&format!("{run} at rest"), async || {
        let view = world.view(&run).await?;
        (view.closed.is_some() || view.agent_status.as_deref() == Some("needsAttention")).then_some(view)
    })
    .await
}

/// One line more, at a price.
fn add_line(order: &mut Value, n: u64, sku: &str, quantity: u64, amount: &str) {
    let mut line = order["line_items"][0].clone();
    (line["id"], line["sku"]) = (json!(18_200_000 + n), json!(sku));
    (line["quantity"], line["current_quantity"]) = (json!(quantity), json!(quantity));
    price(&mut line, "price", amount);
    order["line_items"].as_array_mut().unwrap().push(line);
}

fn total(order: &mut Value, amount: &str) {
    for field in ["total_price", "current_total_price", "subtotal_price", "current_subtotal_price"] {
        price(order, field, amount);
    }
}

/// What is wrong with an order, and which words the run must say about it.
fn absurd() -> Vec<(Value, &'static str)> {
    let changed = |id: u64, change: fn(&mut Value)| {
        let mut order = order(id);
        change(&mut order);
        order
    };
    vec![
        (changed(1821, |o| total(o, "-5.00")), "its total is -5.00 USD"),
        (
            changed(1822, |o| add_line(o, 1, "IPOD2009BLACK", 2_000_000_000, "99999999999999999999")),
            "quantity 2000000000",
        ),
        (changed(1823, |o| add_line(o, 1, "IPOD2009BLACK", 1_000_000, "0.01")), "rounding limit"),
        (changed(1824, |o| o["line_items"] = json!([])), "rounding limit"),
        (changed(1825, |o| o["line_items"][0]["sku"] = json!("Ünïcödé-🦀-СКУ-כובע")), "Ünïcödé-🦀-СКУ-כובע"),
        (changed(1826, |o| o["line_items"][0]["sku"] = json!("'; DROP TABLE item; --")), "'; DROP TABLE item; --"),
        (changed(1827, |o| o["line_items"][0]["sku"] = json!(" ")), "which has no SKU"),
        (changed(1828, |o| o["line_items"][0]["sku"] = json!("S".repeat(50_000))), "SSSS"),
        (
            changed(1829, |o| {
                o["line_items"] = json!([]);
                total(o, "0.00");
            }),
            "nothing left to book",
        ),
        (changed(1830, |o| o["currency"] = json!("XXX")), "currency"),
        (changed(1831, |o| o["created_at"] = json!("1970-01-01T00:00:00Z")), "go-live"),
        (
            changed(1834, |o| {
                add_line(o, 1, "IPOD2009BLACK", 1, "70000000000000000000000000000");
                add_line(o, 2, "IPOD2009BLACK", 1, "70000000000000000000000000000");
            }),
            "70000000000000000000000000000",
        ),
        (changed(1833, |o| o["email"] = json!("not an e-mail")), "Invalid email found: not an e-mail"),
        (changed(1832, |o| price(&mut o["line_items"][0], "price", "-199.00")), "rounding limit"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn absurd_orders_end_or_park_with_the_reason_and_none_is_booked() {
    let world = World::start("bad-orders").await;
    let mut runs = vec![];
    for (order, words) in absurd() {
        let view = at_rest(&world, order).await;
        let said = format!("{} {}", view.failure.clone().unwrap_or_default(), view.problem);
        assert_eq!(view.result, None, "{}", view.workflow_id);
        assert!(said.contains(words), "{}: {words:?} is not in {said:.400}", view.workflow_id);
        runs.push(view.workflow_id);
    }
    world.assert_never_wedged(&runs).await;
    assert!(world.sandbox.netsuite.records("salesOrder").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn strange_but_honest_orders_are_booked() {
    let mut options = sandbox::Options::default();
    options.shopify.limits = None;
    let world = World::with("odd-orders", options, |_| {}).await;
    let mut many = order(1841);
    for n in 1..250 {
        add_line(&mut many, n, "IPOD2009BLACK", 1, "1.00");
    }
    total(&mut many, "448.00");
    let long = "Ł".repeat(4_000);
    let mut wordy = order(1842);
    (wordy["note"], wordy["name"]) = (json!("n".repeat(100_000)), json!("#1842-äöü"));
    wordy["line_items"][0]["title"] = json!(long);
    wordy["shipping_address"] = json!({
        "first_name": long, "last_name": long, "name": long, "company": long, "address1": long, "address2": long,
        "city": long, "zip": long, "province_code": "NY", "country_code": "US", "phone": long,
    });
    wordy["billing_address"] = wordy["shipping_address"].clone();
    let mut nameless = order(1843);
    nameless["customer"] =
        json!({"id": 18430, "first_name": "\u{0}\u{202e}\n", "last_name": "  ", "email": "x@example.com"});
    let mut dear = order(1844);
    dear["line_items"][0]["quantity"] = json!(1_000_000);
    dear["line_items"][0]["current_quantity"] = json!(1_000_000);
    total(&mut dear, "199000000.00");
    let mut runs = vec![];
    for order in [many, wordy, nameless, dear] {
        let id = order["id"].as_u64().unwrap();
        let view = at_rest(&world, order).await;
        assert!(view.result.is_some(), "{id}: {:?} {}", view.failure, view.problem);
        assert_eq!(world.sales_orders(id).len(), 1);
        runs.push(view.workflow_id);
    }
    assert_eq!(world.sales_orders(1841)[0]["item"]["items"].as_array().unwrap().len(), 250);
    world.assert_never_wedged(&runs).await;
    let verdict = world.verdict(&[]).await;
    assert!(verdict.is_clean(), "{verdict}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_cannot_be_read_waits_in_sight_and_is_never_lost() {
    let mut world = World::asleep("bad-unreadable", sandbox::Options::default(), |_| {}).await;
    let liar = Liar::before(world.sandbox.shopify_url.clone()).await;
    let url = liar.url.clone();
    world.reconfigure(move |config| config.brands.get_mut("acme").unwrap().shopify.base_url = Some(url));
    world.start_connector();
    world.start_worker();
    liar.lies(|_, _, answer| {
        if let Some(money) = answer.pointer_mut("/data/order/currentTotalPriceSet/shopMoney") {
            money["amount"] = json!("bananas");
        }
    });
    let id = world.sandbox.shopify.place_order(order(1851)).unwrap();
    let run = run_of(id);
    eventually("a run", async || world.view(&run).await).await;
    let again = |v: &RunView| v.pending.iter().any(|a| a.attempt > 1 && a.last_failure.is_some());
    let view = world.until(&run, "tried again", again).await;
    let failure = view.pending[0].last_failure.clone().unwrap();
    assert!(failure.contains("currentTotalPriceSet.shopMoney.amount"), "{failure}");
    assert_eq!((view.status.as_str(), view.pending[0].activity.as_str()), ("running", "getShopifyOrder"));

    liar.tells_the_truth();
    world.result(&run).await.unwrap();
    world.assert_never_wedged(&[run]).await;
    assert_eq!(world.sales_orders(id).len(), 1);
}
