//! What people type: nonsense names its field at once, and every name of a record means its one run.

use serde_json::{Value, json};
use temporalio_client::{UntypedWorkflow, WorkflowStartOptions};
use workflows::ids::{
    DCL_ORDERS_POLL, DCL_TRACKING, NETSUITE_INVOICE, NETSUITE_ORDERS_POLL, NETSUITE_PAYMENT, NETSUITE_TO_DCL,
};

use super::{basket, billed, paid, run, shipped, with_the_warehouse};
use crate::world::{World, raw};

/// `temporal workflow start --type … --task-queue … --workflow-id …`
async fn start(world: &World, workflow: &str, id: &str, input: &Value) {
    let options = WorkflowStartOptions::new(workflow, id).build();
    world.client.start_workflow(UntypedWorkflow::new(workflow), raw(input), options).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_fails_each_agent_at_once_and_names_the_field() {
    let world = World::order_to_cash("inputs-bad", |_| {}).await;
    let mut cases = vec![];
    for (workflow, field) in [
        (NETSUITE_TO_DCL, "salesOrderId"),
        (DCL_TRACKING, "dclOrderNumber"),
        (NETSUITE_INVOICE, "salesOrderId"),
        (NETSUITE_PAYMENT, "orderId"),
    ] {
        for (input, named) in [
            (json!(null), "input"),
            (json!([1]), "input"),
            (json!("SO1001"), "input"),
            (json!({}), field),
            (json!({ field: {} }), field),
            (json!({ field: "" }), field),
            (json!({ field: null }), field),
            (json!({ field: "7".repeat(1 << 16) }), field),
            (json!({ field: "1", "extra": 1 }), "extra"),
            (json!({ field: "1", "brand": "nobody" }), "brand"),
            (json!({ field: "1", "brand": "A'; --" }), "brand"),
        ] {
            cases.push((workflow, input, named));
        }
    }
    cases.push((NETSUITE_TO_DCL, json!({"orderId": "1001"}), "orderId"));
    cases.push((NETSUITE_TO_DCL, json!({"salesOrderId": "SO9999999"}), "salesOrderId"));
    cases.push((NETSUITE_INVOICE, json!({"salesOrderId": 999_999}), "salesOrderId"));
    cases.push((DCL_TRACKING, json!({"dclOrderNumber": "SO9999999"}), "dclOrderNumber"));
    cases.push((NETSUITE_PAYMENT, json!({"orderId": "#9999999"}), "orderId"));
    cases.push((NETSUITE_PAYMENT, json!({"salesOrderId": "SO9999999"}), "salesOrderId"));
    cases.push((NETSUITE_ORDERS_POLL, json!({"brand": 7}), "brand"));
    cases.push((DCL_ORDERS_POLL, json!({"since": "1970"}), "since"));
    let mut ids = vec![];
    for (n, (workflow, input, _)) in cases.iter().enumerate() {
        ids.push(format!("typed-by-hand-{n}"));
        start(&world, workflow, &ids[n], input).await;
    }
    for (n, (workflow, input, field)) in cases.iter().enumerate() {
        let failure = world.result(&ids[n]).await.expect_err(&format!("{workflow} {input:.100}"));
        assert!(failure.contains(&format!("{field}: ")), "{workflow} {input:.100}: {field} is not in {failure:.300}");
    }
    world.assert_never_wedged(&ids).await;
    assert!(world.sandbox.ledger.entries().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_name_of_a_record_attaches_to_its_one_run() {
    let world = World::order_to_cash("inputs-names", |_| {}).await;
    let (so, number) = with_the_warehouse(&world, basket(7701, &[("TEE-SLATE", 1, "29.00")])).await;
    world.sandbox.dcl.ship_all(&number).unwrap();
    shipped(&world, &number).await;
    billed(&world, &so).await;
    paid(&world, 7701).await;
    for (n, (workflow, input, canonical)) in [
        (NETSUITE_TO_DCL, json!({"salesOrderId": number}), &so),
        (NETSUITE_TO_DCL, json!({"salesOrderId": so, "brand": "acme"}), &so),
        (DCL_TRACKING, json!({"dclOrderNumber": number}), &number),
        (NETSUITE_INVOICE, json!({"salesOrderId": number}), &so),
        (NETSUITE_PAYMENT, json!({"orderId": "#7701"}), &"7701".to_owned()),
        (NETSUITE_PAYMENT, json!({"orderId": "gid://shopify/Order/7701"}), &"7701".to_owned()),
        (NETSUITE_PAYMENT, json!({"salesOrderId": number}), &"7701".to_owned()),
        (NETSUITE_PAYMENT, json!({"salesOrderId": so}), &"7701".to_owned()),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("typed-by-hand-{n}");
        start(&world, workflow, &id, &input).await;
        let result = world.result(&id).await.unwrap_or_else(|e| panic!("{workflow} {input}: {e}"));
        let of_the_record = world.result(&run(workflow, canonical)).await.unwrap();
        assert_eq!(result, of_the_record, "{workflow} {input}");
    }
    for record in ["salesOrder", "itemFulfillment", "invoice", "customerPayment"] {
        assert_eq!(super::count(&world, record), 1, "{record}");
    }
    super::clean(&world).await;
}
