//! Nonsense straight to Temporal, as the `temporal` CLI and the web UI would send it.

use serde_json::{Value, json};
use temporalio_client::{UntypedSignal, UntypedUpdate, UntypedWorkflow, WorkflowStartOptions};
use temporalio_common::{data_converters::RawValue, protos::temporal::api::common::v1::Payload};

use crate::world::{World, chain, order, raw, run_of};

const TYPE: &str = workflows::ids::SHOPIFY_TO_NETSUITE;
const POLL: &str = workflows::ids::SHOPIFY_ORDERS_POLL;

/// `temporal workflow start --type … --task-queue … --workflow-id …`
async fn start(world: &World, workflow: &str, id: &str, input: RawValue) {
    let options = WorkflowStartOptions::new(workflow, id).build();
    world.client.start_workflow(UntypedWorkflow::new(workflow), input, options).await.unwrap();
}

/// What is no JSON at all.
fn binary() -> RawValue {
    let metadata = [("encoding".to_owned(), b"binary/plain".to_vec())].into();
    RawValue::new(vec![Payload { metadata, data: vec![0xff, 0xfe, 0x00], ..Payload::default() }])
}

/// Says that it is JSON, and is not.
fn broken() -> RawValue {
    let metadata = [("encoding".to_owned(), b"json/plain".to_vec())].into();
    RawValue::new(vec![Payload { metadata, data: b"{\"orderId\":".to_vec(), ..Payload::default() }])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nonsensical_input_fails_the_run_at_once_and_names_the_field() {
    let mut world = World::asleep("bad-inputs", sandbox::Options::default(), |_| {}).await;
    world.start_worker();
    let long = "7".repeat(1 << 20);
    let channel = json!({"channel": "amazon", "orderId": "1", "lines": {}});
    let inputs = [
        (TYPE, raw(&json!([1, 2])), "input"),
        (TYPE, raw(&json!(null)), "input"),
        (TYPE, raw(&json!("x")), "input"),
        (TYPE, raw(&json!(450_789_469)), "input"),
        (TYPE, raw(&json!({})), "orderId"),
        (TYPE, raw(&json!({"orderId": {}})), "orderId"),
        (TYPE, raw(&json!({"orderId": null})), "orderId"),
        (TYPE, raw(&json!({"orderId": -1})), "orderId"),
        (TYPE, raw(&json!({"orderId": ""})), "orderId"),
        (TYPE, raw(&json!({"orderId": long.clone()})), "orderId"),
        (TYPE, raw(&json!({"orderId": "#no such order"})), "orderId"),
        (TYPE, raw(&json!({"orderId": "#9999999"})), "orderId"),
        (TYPE, raw(&json!({"orderID": 1})), "orderID"),
        (TYPE, raw(&json!({"orderId": 1, "brand": "nobody"})), "brand"),
        (TYPE, raw(&json!({"orderId": 1, "brand": "A'; --"})), "brand"),
        (TYPE, raw(&json!({"orderId": 1, "brand": long})), "brand"),
        (TYPE, raw(&json!({"orderId": 1, "order": {}})), "order"),
        (TYPE, raw(&json!({"order": channel})), "order.lines"),
        (TYPE, RawValue::new(vec![]), "input"),
        (TYPE, binary(), "input"),
        (TYPE, broken(), "input"),
        (POLL, raw(&json!([])), "input"),
        (POLL, raw(&json!({"brand": "nobody"})), "brand"),
        (POLL, raw(&json!({"brand": 7})), "brand"),
        (POLL, raw(&json!({"since": "1970"})), "since"),
        (POLL, RawValue::new(vec![]), "input"),
    ];
    let mut ids = vec![];
    for (n, (workflow, input, _)) in inputs.iter().enumerate() {
        let id = format!("typed-by-hand-{n}");
        start(&world, workflow, &id, RawValue::new(input.payloads.clone())).await;
        ids.push(id);
    }
    for (n, (workflow, _, field)) in inputs.iter().enumerate() {
        let failure = world.result(&ids[n]).await.unwrap_err();
        assert!(failure.contains(&format!("{field}: ")), "{workflow} {n}: {field} is not in {failure:.300}");
        assert_eq!(world.view(&ids[n]).await.unwrap().status, "failed", "{n}: {failure:.300}");
    }
    world.assert_never_wedged(&ids).await;
    assert!(world.sandbox.ledger.entries().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_canonical_id_with_a_nonsensical_input_does_not_stand_in_the_orders_way() {
    let world = World::start("bad-canonical").await;
    start(&world, TYPE, &run_of(1811), raw(&json!({"orderId": {}}))).await;
    assert!(world.result(&run_of(1811)).await.unwrap_err().contains("orderId"));
    let id = world.sandbox.shopify.place_order(order(1811)).unwrap();
    world.until(&run_of(id), "booked", |v| v.status == "completed").await;
    assert_eq!(world.sales_orders(id).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsensical_signals_and_decisions_leave_the_run_as_it_was() {
    let world = World::start("bad-signals").await;
    let mut odd = order(1812);
    odd["line_items"][0]["sku"] = json!("NOT-IN-NS-1");
    let id = world.sandbox.shopify.place_order(odd).unwrap();
    let run = run_of(id);
    crate::world::eventually("a run", async || world.view(&run).await).await;
    world.until_parked(&run).await;

    let handle = world.client.get_workflow_handle::<UntypedWorkflow>(&run);
    let refused = async |how: RawValue| {
        let update = handle.execute_update(UntypedUpdate::new("resolve"), how, Default::default()).await;
        chain(&update.map(|_| ()).unwrap_err())
    };
    for (how, named) in [
        (json!(null), "action"),
        (json!("retry"), "action"),
        (json!([]), "action"),
        (json!({}), "action"),
        (json!({"action": "explode"}), "explode"),
        (json!({"action": {"retry": 1}}), "action"),
        (json!({"action": "retry", "by": 7}), "by"),
        (json!({"action": "retry", "draft": {}}), "draft"),
        (json!({"action": "retry", "why": ["because"]}), "why"),
    ] {
        let error = refused(raw(&how)).await;
        assert!(error.contains(named), "{how}: {named} is not in {error}");
    }
    for how in [RawValue::new(vec![]), binary(), broken()] {
        refused(how).await;
    }
    for event in [json!(null), json!(7), json!([]), json!({"type": {}}), json!({"content": 1, "repeated": "yes"})] {
        signal(&world, &run, "event", raw(&event)).await;
    }
    for event in [RawValue::new(vec![]), binary(), broken()] {
        signal(&world, &run, "event", event).await;
    }
    signal(&world, &run, "noSuchSignal", raw(&Value::Null)).await;
    // Every event says "look", whatever else is in it: it is parked again, for the same reason.
    let problem = world.until_parked(&run).await;
    assert!(problem.contains("NOT-IN-NS-1"), "{problem}");

    // The run still does what it is told.
    let mut mended = order(1812);
    mended["updated_at"] = json!("2026-11-03T10:00:00Z");
    world.sandbox.shopify.load_order(mended).unwrap();
    let look = bus::Event::about(bus::EventKind::OrderEdited, "acme", id);
    world.bus().publish(&look).await.unwrap();
    world.result(&run).await.unwrap();
    world.assert_never_wedged(&[run]).await;
    assert_eq!(world.sales_orders(id).len(), 1);
}

async fn signal(world: &World, run: &str, name: &str, input: RawValue) {
    let handle = world.client.get_workflow_handle::<UntypedWorkflow>(run);
    handle.signal(UntypedSignal::new(name), input, Default::default()).await.unwrap();
}
