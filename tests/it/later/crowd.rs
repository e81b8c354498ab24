//! Orders as shops really have them, all the way.

use std::{collections::BTreeMap, time::Duration};

use config::{TaxCode, TaxStyle};
use sandbox::{dcl::Warehouse, generate, netsuite::TaxStyle as Engine};
use serde_json::{Value, json};
use workflows::ids::{
    DCL_ORDERS_POLL, DCL_TRACKING, NETSUITE_INVOICE, NETSUITE_ORDERS_POLL, NETSUITE_PAYMENT, NETSUITE_TO_DCL,
};

use super::{amounts, basket, billed, clean, count, paid, run, shipped, with_the_warehouse};
use crate::world::{World, eventually, run_of};

#[tokio::test(flavor = "multi_thread")]
async fn generated_orders_end_paid_or_say_why_not() {
    all_the_way("crowd", 11, Engine::None, |_| {}).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn generated_orders_with_suite_tax_in_the_buyers_currency() {
    all_the_way("crowd-suite", 12, Engine::SuiteTax, |brand| {
        brand.orders.tax_style = TaxStyle::SuiteTaxOverride;
        brand.orders.currency = config::BookedCurrency::Presentment;
        brand.mappings.catch_all_tax = Some(TaxCode { code: "402".into(), tax_type: Some("401".into()) });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn generated_orders_with_tax_codes() {
    all_the_way("crowd-codes", 13, Engine::Legacy, |brand| {
        brand.orders.tax_style = TaxStyle::TaxCode;
        brand.orders.rounding_limit = rust_decimal::Decimal::new(20, 2);
        brand.mappings.catch_all_tax = Some(TaxCode { code: "301".into(), tax_type: None });
    })
    .await;
}

/// Every order ends paid, or some run of it says why not.
async fn all_the_way(name: &str, seed: u64, engine: Engine, change: impl FnOnce(&mut config::Brand)) {
    let mut options = sandbox::Options::default();
    options.netsuite.tax_style = engine;
    let world = World::order_to_cash_with(name, options, |config| change(config.brands.get_mut("acme").unwrap())).await;
    world.sandbox.dcl.set_warehouse(Warehouse::Automatic {
        pace: Duration::from_millis(20),
        split_percent: 50,
        seed: 3,
    });
    let ids: Vec<u64> =
        generate::orders(seed, 40).into_iter().map(|o| world.sandbox.shopify.place_order(o).unwrap()).collect();
    for id in &ids {
        eventually("a run", async || world.view(&run_of(*id)).await).await;
    }
    // A tick more after the last parcel left.
    let mut quiet = 0;
    while quiet < 2 {
        let stages = || world.sandbox.dcl.orders().iter().all(|o| o["order_stage"].as_i64() >= Some(60));
        let before = (world.sandbox.ledger.entries().len(), stages());
        world.poll(DCL_ORDERS_POLL).await;
        world.poll(NETSUITE_ORDERS_POLL).await;
        world.until_listed("ExecutionStatus = 'Running' AND AgentStatus = 'running'", 0).await;
        quiet = if before == (world.sandbox.ledger.entries().len(), true) { quiet + 1 } else { 0 };
    }
    let mut reasons: BTreeMap<u64, String> = BTreeMap::new();
    let mut runs = vec![];
    for id in &ids {
        for run in runs_of(&world, *id).await {
            let Some(view) = world.view(&run).await else { continue };
            let problem = view.problem["message"].as_str().map(str::to_owned);
            let status = view.agent_status.as_deref() != Some("done");
            if let Some(why) = problem.or(view.failure).or(status.then(|| "waiting".to_owned())) {
                reasons.entry(*id).or_insert(format!("{}: {why}", view.workflow));
            }
            runs.push(run);
        }
    }
    println!("{reasons:#?}");
    let named: Vec<(u64, &str)> = reasons.iter().map(|(id, why)| (*id, why.as_str())).collect();
    let verdict = world.verdict(&named).await;
    assert!(verdict.is_clean(), "{verdict}");
    assert!(reasons.len() < 20, "{reasons:#?}");
    world.assert_never_wedged(&runs).await;
}

async fn runs_of(world: &World, id: u64) -> Vec<String> {
    let mut runs = vec![run_of(id)];
    for so in world.sales_orders(id) {
        let (so, number) = (so["id"].as_str().unwrap(), so["tranId"].as_str().unwrap());
        runs.push(run(NETSUITE_TO_DCL, so));
        runs.push(run(DCL_TRACKING, number));
        runs.push(run(NETSUITE_INVOICE, so));
        runs.push(run(NETSUITE_PAYMENT, &id.to_string()));
    }
    runs
}

#[tokio::test(flavor = "multi_thread")]
async fn skus_of_every_alphabet_go_the_whole_way() {
    let world = World::order_to_cash("crowd-skus", |_| {}).await;
    let lines = [
        ("お茶-50", 2, "15.60"),
        ("TÉ-VERT-100", 1, "11.80"),
        ("POSTER A2", 1, "18.00"),
        ("KIT/STARTER", 1, "89.99"),
        ("notebook.a5", 3, "9.50"),
        // The same thing on two lines.
        ("TEE-SLATE", 1, "29.00"),
        ("TEE-SLATE", 2, "19.00"),
    ];
    let (so, number) = with_the_warehouse(&world, basket(7801, &lines)).await;
    let part = sandbox::dcl::Shipment::of(&[("TEE-SLATE", 2), ("お茶-50", 1)]);
    world.sandbox.dcl.ship(&number, part).unwrap();
    shipped(&world, &number).await;
    world.sandbox.dcl.ship_all(&number).unwrap();
    shipped(&world, &number).await;
    billed(&world, &so).await;
    paid(&world, 7801).await;
    assert_eq!((count(&world, "itemFulfillment"), count(&world, "invoice")), (2, 2));
    let total: rust_decimal::Decimal = amounts(&world, "invoice", "total").into_iter().sum();
    assert_eq!(total.to_string(), "246.49");
    clean(&world).await;
}

/// Its money is not in the shop: it is billed, and that is all.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_of_another_channel_is_sent_shipped_and_billed() {
    let world = World::order_to_cash("crowd-channel", |config| {
        let mappings = &mut config.brands.get_mut("acme").unwrap().mappings;
        mappings.items.insert("GIFT-CARD-25".into(), "906".into());
    })
    .await;
    let event: Value = serde_json::from_str(include_str!("../../../proto/examples/order_created.json")).unwrap();
    let (status, answer) = world.post("/v1/events", &event).await;
    assert_eq!(status, 202, "{answer}");
    let booked = world.result("shopifyToNetsuiteWorkflow:acme:amazon-112-4538920-7715402").await.unwrap();
    let text = |field: &str| booked[field].as_str().unwrap().to_owned();
    let (so, number) = (text("salesOrderId"), text("salesOrderNumber"));
    world.result(&run(NETSUITE_TO_DCL, &so)).await.unwrap();
    world.sandbox.dcl.ship_all(&number).unwrap();
    assert_eq!(shipped(&world, &number).await["made"], json!(1));
    billed(&world, &so).await;
    world.until(&run(NETSUITE_INVOICE, &so), "done", |v| v.status == "completed").await;
    assert_eq!((count(&world, "invoice"), count(&world, "customerPayment")), (1, 0));
    // The poll finds its open invoice, and that its money is nowhere to be seen.
    let report = world.poll(NETSUITE_ORDERS_POLL).await;
    assert_eq!((&report["published"], &report["skipped"]), (&json!(0), &json!(1)), "{report}");
    assert!(world.sandbox.shopify.requests().is_empty());
}
