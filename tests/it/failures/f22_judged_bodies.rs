//! F22: a 200 with errors in its body counted as success; the system's own write-back re-triggered an import.

use config::Config;
use sandbox::{
    faults::{Fault, Rule},
    ledger::Vendor,
};
use serde_json::{Value, json};

use crate::{
    liar::Liar,
    world::{World, eventually, order, run_of},
};

/// A world whose store speaks through a double.
async fn behind_a_liar(name: &str) -> (World, Liar) {
    let mut world = World::asleep(name, sandbox::Options::default(), |_| {}).await;
    let liar = Liar::before(world.sandbox.shopify_url.clone()).await;
    let url = liar.url.clone();
    world.reconfigure(move |config: &mut Config| {
        config.brands.get_mut("acme").unwrap().shopify.base_url = Some(url);
    });
    world.start_connector();
    world.start_worker();
    (world, liar)
}

fn asks_for(asked: &Value, field: &str) -> bool {
    asked["query"].as_str().is_some_and(|query| query.contains(field))
}

#[tokio::test(flavor = "multi_thread")]
async fn user_errors_under_a_200_are_a_refusal() {
    let (world, liar) = behind_a_liar("f22-user-errors").await;
    liar.lies(|_, asked, answer| {
        if asks_for(asked, "tagsAdd") {
            let refusal = json!([{ "field": ["tags"], "message": "Tags are too many for this order" }]);
            answer["data"]["tagsAdd"] = json!({ "node": null, "userErrors": refusal });
        }
    });
    let id = world.sandbox.shopify.place_order(order(1601)).unwrap();
    eventually("a run", async || world.view(&run_of(id)).await).await;
    let problem = world.until_parked(&run_of(id)).await;
    assert!(problem.contains("Tags are too many for this order"), "{problem}");

    // Once the shop takes it, the run goes on; the Sales Order is there already.
    liar.tells_the_truth();
    world.resolve(&run_of(id), json!({"action": "retry", "by": "ann"})).await.unwrap();
    world.result(&run_of(id)).await.unwrap();
    assert_eq!(world.writes(Vendor::Netsuite, "PUT salesOrder").len(), 1);
    let verdict = world.verdict(&[]).await;
    assert!(verdict.is_clean(), "{verdict}");
}

#[tokio::test(flavor = "multi_thread")]
async fn data_beside_errors_is_not_all_the_data() {
    let (world, liar) = behind_a_liar("f22-partial").await;
    // Without its customer and e-mail the order would be booked for the point of sale.
    liar.lies(|_, asked, answer| {
        if asks_for(asked, "order(") {
            (answer["data"]["order"]["customer"], answer["data"]["order"]["email"]) = (Value::Null, Value::Null);
            let path = ["order", "customer"];
            let code = json!({ "code": "INTERNAL_SERVER_ERROR" });
            answer["errors"] = json!([{ "message": "Internal error", "path": path, "extensions": code }]);
        }
    });
    let id = world.sandbox.shopify.place_order(order(1602)).unwrap();
    eventually("a run", async || world.view(&run_of(id)).await).await;
    let view = world.until(&run_of(id), "trying again", |v| v.pending.iter().any(|a| a.last_failure.is_some())).await;
    assert!(view.pending[0].last_failure.as_ref().unwrap().contains("Internal error"), "{:?}", view.pending);
    assert!(world.sales_orders(id).is_empty());
    liar.tells_the_truth();
    world.result(&run_of(id)).await.unwrap();
    assert_ne!(world.sales_orders(id)[0]["entity"]["id"], "500");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_the_app_may_not_read_is_not_an_empty_one() {
    let (world, liar) = behind_a_liar("f22-denied").await;
    liar.lies(|_, asked, answer| {
        if asks_for(asked, "order(") {
            answer["data"]["order"]["customer"] = Value::Null;
            let code = json!({ "code": "ACCESS_DENIED", "requiredAccess": "`read_customers` access scope." });
            let message = "Access denied for customer field.";
            answer["errors"] = json!([{ "message": message, "path": ["order", "customer"], "extensions": code }]);
        }
    });
    let id = world.sandbox.shopify.place_order(order(1603)).unwrap();
    eventually("a run", async || world.view(&run_of(id)).await).await;
    let tried = |v: &bus::RunView| v.pending.iter().any(|a| a.last_failure.is_some());
    let view = world.until(&run_of(id), "denied", tried).await;
    assert!(view.pending[0].last_failure.as_ref().unwrap().contains("read_customers"), "{:?}", view.pending);
    assert!(world.sales_orders(id).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_200_that_is_no_answer_is_never_success() {
    let operations = [
        (Vendor::Shopify, "token"),
        (Vendor::Shopify, "order"),
        (Vendor::Shopify, "tagsAdd"),
        (Vendor::Netsuite, "token"),
        (Vendor::Netsuite, "suiteql"),
        (Vendor::Netsuite, "PUT customer"),
        (Vendor::Netsuite, "PUT salesOrder"),
        (Vendor::Netsuite, "GET salesOrder"),
        (Vendor::Netsuite, "PATCH salesOrder"),
    ];
    let world = World::start("f22-garbage").await;
    for (n, (vendor, operation)) in operations.into_iter().enumerate() {
        let mut order = order(1610 + n as u64);
        // A customer that NetSuite does not know yet.
        order["email"] = json!(format!("guest-{n}@example.com"));
        order["contact_email"] = order["email"].clone();
        world.sandbox.shopify.expire_tokens();
        world.sandbox.netsuite.revoke_tokens();
        world.faults(vec![Rule::new(vendor, operation, Fault::Garbage).times(2)]);
        let id = world.sandbox.shopify.place_order(order).unwrap();
        eventually("a run", async || world.view(&run_of(id)).await).await;
        let result = world.result(&run_of(id)).await;
        assert!(result.is_ok(), "{operation}: {result:?}");
        let so = &world.sales_orders(id)[0];
        assert_eq!(so["status"]["id"], "B", "{operation}: released");
        let tags = world.sandbox.shopify.order(id).unwrap()["tags"].clone();
        assert_eq!(tags, "SENT_TO_NS", "{operation}");
    }
    let verdict = world.verdict(&[]).await;
    assert!(verdict.is_clean(), "{verdict}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_webhook_subscription_is_not_set_up() {
    let mut options = sandbox::Options::default();
    options.shopify.allow_http_webhooks = false;
    let mut world = World::asleep("f22-setup", options, |_| {}).await;
    world.reconfigure(|config| config.connector.public_url = Some("http://hooks.example.com".parse().unwrap()));
    let error = worker::setup::run(&world.config, &world.client, |_| {}).await.unwrap_err();
    assert!(format!("{error:#}").contains("ORDERS_CREATE"), "{error:#}");
    assert!(world.sandbox.shopify.subscriptions().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_echo_of_our_own_tag_starts_nothing() {
    let world = World::start("f22-echo").await;
    let id = world.sandbox.shopify.place_order(order(1631)).unwrap();
    eventually("a run", async || world.view(&run_of(id)).await).await;
    world.result(&run_of(id)).await.unwrap();
    let done = world.view(&run_of(id)).await.unwrap();
    world.sandbox.shopify.deliveries_settled().await;
    let deliveries = world.sandbox.shopify.deliveries();
    assert!(deliveries.iter().any(|d| d.topic == "orders/updated" && d.status == Some(200)), "{deliveries:?}");
    assert_eq!(world.view(&run_of(id)).await, Some(done));
    assert_eq!(world.sandbox.shopify.requests()["order"], 1);

    // An order that carries the tag and that nobody runs: its changes are echoes, too.
    let mut tagged = order(1632);
    tagged["tags"] = json!("vip, SENT_TO_NS");
    let id = world.sandbox.shopify.load_order(tagged).unwrap();
    world.sandbox.shopify.update_order(id, json!({"note": "touched"})).unwrap();
    world.sandbox.shopify.deliveries_settled().await;
    assert!(world.view(&run_of(id)).await.is_none());
    // Anything else about it is no echo.
    world.sandbox.shopify.update_order(id, json!({"tags": "vip"})).unwrap();
    eventually("a run", async || world.view(&run_of(id)).await).await;
}
