//! Orders that cannot go on by themselves: what people see, what they can do, and what goes on without them.

use std::time::Duration;

use sandbox::ledger::Vendor;
use serde_json::{Value, json};

use crate::world::{World, eventually, order, run_of};

/// An order for something that NetSuite does not have.
fn unknown_sku(id: u64) -> Value {
    let mut order = order(id);
    order["line_items"][0]["sku"] = json!("NOT-IN-NS-1");
    order
}

/// A world in which this order has parked.
async fn parked(name: &str, order: Value) -> (World, String) {
    let world = World::start(name).await;
    let id = world.sandbox.shopify.place_order(order).unwrap();
    eventually("a run", async || world.view(&run_of(id)).await).await;
    let problem = world.until_parked(&run_of(id)).await;
    assert!(world.writes(Vendor::Netsuite, "PUT salesOrder").is_empty());
    (world, problem)
}

async fn clean(world: &World) {
    let verdict = world.verdict(&[]).await;
    assert!(verdict.is_clean(), "{verdict}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_sku_goes_on_by_itself_when_its_mapping_has_been_added() {
    let (mut world, problem) = parked("parking-sku", unknown_sku(3001)).await;
    assert!(problem.contains("NOT-IN-NS-1") && problem.contains("mappings.items"), "{problem}");
    let view = world.view(&run_of(3001)).await.unwrap();
    assert_eq!((view.status.as_str(), &view.problem["kind"]), ("running", &json!("unmappedItem")));
    assert!(!world.sandbox.shopify.order(3001).unwrap()["tags"].as_str().unwrap().contains("SENT_TO_NS"));
    world.until_listed("AgentStatus = 'needsAttention'", 1).await;

    world.take_worker().stop().await;
    world.reconfigure(|config| {
        config.brands.get_mut("acme").unwrap().mappings.items.insert("NOT-IN-NS-1".into(), "1001".into());
    });
    world.start_worker();
    world.result(&run_of(3001)).await.unwrap();
    let so = &world.sales_orders(3001)[0];
    assert_eq!(so["item"]["items"][0]["item"]["id"], "1001");
    let view = world.view(&run_of(3001)).await.unwrap();
    assert_eq!((view.agent_status.as_deref(), &view.problem), (Some("done"), &Value::Null));
    clean(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_mends_it_and_says_retry() {
    let (world, _) = parked("parking-retry", unknown_sku(3011)).await;
    let said = world.resolve(&run_of(3011), json!({"action": "retry", "by": "ann"})).await.unwrap();
    assert!(said.as_str().unwrap().contains("NOT-IN-NS-1"), "{said}");
    // Nothing was mended: it parks again, and says the same.
    assert!(world.until_parked(&run_of(3011)).await.contains("NOT-IN-NS-1"));
    let item = json!({ "itemId": "NOT-IN-NS-1", "displayName": "new" });
    world.sandbox.netsuite.put_record("inventoryItem", item).unwrap();
    let retry = json!({"action": "retry", "by": "ann", "why": "made the item"});
    eventually("a decision", async || world.resolve(&run_of(3011), retry.clone()).await.ok()).await;
    world.result(&run_of(3011)).await.unwrap();
    assert_eq!(world.sales_orders(3011).len(), 1);
    clean(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_cannot_be_taken_is_refused_and_leaves_no_trace() {
    let (world, _) = parked("parking-refused", unknown_sku(3021)).await;
    let run = run_of(3021);
    let before = world.view(&run).await.unwrap().history_length;
    for (how, part) in [
        (json!({"action": "destroy"}), "action"),
        (json!({"action": "retry", "force": true}), "force"),
        (json!({"by": "ann"}), "action"),
        (json!("retry"), "action"),
        (json!(null), "action"),
        (json!({"action": "retry", "by": 7}), "by"),
    ] {
        let refused = world.resolve(&run, how.clone()).await.expect_err(&how.to_string());
        assert!(refused.contains(part), "{how}: {refused}");
    }
    let view = world.view(&run).await.unwrap();
    assert_eq!((view.agent_status.as_deref(), view.history_length), (Some("needsAttention"), before));

    // A run that waits for a payment waits for no decision.
    let mut unpaid = order(3022);
    unpaid["financial_status"] = json!("pending");
    world.sandbox.shopify.place_order(unpaid).unwrap();
    world.until(&run_of(3022), "waiting", |v| v.agent_status.as_deref() == Some("waiting")).await;
    let refused = world.resolve(&run_of(3022), json!({"action": "retry"})).await.unwrap_err();
    assert!(refused.contains("not waiting for a decision"), "{refused}");
    world.assert_never_wedged(&[run, run_of(3022)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_high_risk_waits_for_a_decision_and_for_nothing_else() {
    let mut risky = order(3031);
    risky["risk"] = json!({"recommendation": "CANCEL", "assessments": [{"risk_level": "HIGH"}]});
    let (world, problem) = parked("parking-risk", risky).await;
    assert!(problem.contains("risk"), "{problem}");
    let reads = || world.sandbox.shopify.requests()["order"];
    let before = reads();
    world.sandbox.shopify.update_order(3031, json!({"note": "an event is no decision"})).unwrap();
    eventually("a second look", async || (reads() > before).then_some(())).await;
    world.until_parked(&run_of(3031)).await;
    assert!(world.sales_orders(3031).is_empty());
    let accept = json!({"action": "retry", "by": "ann", "why": "a known customer"});
    eventually("a decision", async || world.resolve(&run_of(3031), accept.clone()).await.ok()).await;
    world.result(&run_of(3031)).await.unwrap();
    clean(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pending_payment_waits_for_the_webhook_that_says_paid() {
    let world = World::start("parking-paid").await;
    let mut unpaid = order(3041);
    unpaid["financial_status"] = json!("pending");
    world.sandbox.shopify.place_order(unpaid).unwrap();
    world.until(&run_of(3041), "waiting", |v| v.agent_status.as_deref() == Some("waiting")).await;
    assert!(
        !world.sandbox.netsuite.requests().contains_key("PUT customer"),
        "nothing is written for an order that may never be paid"
    );
    world.sandbox.shopify.update_order(3041, json!({"financial_status": "paid"})).unwrap();
    world.result(&run_of(3041)).await.unwrap();
    assert_eq!(world.sales_orders(3041).len(), 1);
    clean(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_longer_than_the_policy_allows_fails_and_may_be_started_again() {
    let world = World::with("parking-limit", sandbox::Options::default(), |config| {
        config.brands.get_mut("acme").unwrap().orders.wait_limit = Duration::from_secs(1);
    })
    .await;
    let mut unpaid = order(3051);
    unpaid["financial_status"] = json!("pending");
    world.sandbox.shopify.place_order(unpaid).unwrap();
    eventually("a run", async || world.view(&run_of(3051)).await).await;
    let why = world.result(&run_of(3051)).await.unwrap_err();
    assert!(why.contains("still waiting for payment") && why.contains("PENDING"), "{why}");
    let failed = world.view(&run_of(3051)).await.unwrap();
    assert_eq!(failed.status, "failed");
    world.sandbox.shopify.update_order(3051, json!({"financial_status": "paid"})).unwrap();
    world.until(&run_of(3051), "another run", |v| v.run_id != failed.run_id).await;
    world.result(&run_of(3051)).await.unwrap();
    clean(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_edited_while_it_is_parked_is_looked_at_again() {
    let (world, _) = parked("parking-edited", unknown_sku(3061)).await;
    let lines = order(3061)["line_items"].clone();
    world.sandbox.shopify.update_order(3061, json!({ "line_items": lines })).unwrap();
    world.result(&run_of(3061)).await.unwrap();
    assert_eq!(world.sales_orders(3061).len(), 1);
    clean(&world).await;
}
