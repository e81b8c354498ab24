//! A brand that takes money before its invoice as a deposit.

use rust_decimal::Decimal;
use sandbox::dcl::Shipment;
use serde_json::json;
use workflows::ids::{NETSUITE_INVOICE, NETSUITE_ORDERS_POLL, NETSUITE_PAYMENT};

use super::{
    amounts, basket, billed, clean, count,
    money::{dec, ship_all, transaction},
    paid, run, shipped, with_the_warehouse,
};
use crate::world::{World, eventually};

fn deposits(config: &mut config::Config) {
    config.brands.get_mut("acme").unwrap().payments.ahead = config::Ahead::Deposit;
}

/// Waits until the order's money waits for its invoice.
async fn taken(world: &World, order: u64) {
    let payment = run(NETSUITE_PAYMENT, &order.to_string());
    eventually("a run", async || world.view(&payment).await).await;
    world.until(&payment, "waiting", |v| v.agent_status.as_deref() == Some("waiting")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn money_at_checkout_is_a_deposit_that_pays_two_invoices() {
    let world = World::order_to_cash("deposits", deposits).await;
    let mut order = basket(7701, &[("TEE-SLATE", 2, "29.00"), ("CAP-CLAY", 1, "24.00")]);
    order["transactions"] = json!([
        transaction(77_011, "sale", "gift_card", "30.00"),
        transaction(77_012, "sale", "shopify_payments", "52.00"),
    ]);
    let (so, number) = with_the_warehouse(&world, order).await;
    taken(&world, 7701).await;
    let made = world.sandbox.netsuite.records("customerDeposit");
    let fields = ["externalId", "payment", "custbody_shopify_transaction_id"];
    let first: Vec<_> = fields.iter().map(|field| &made[0][field]).collect();
    assert_eq!(first, [&json!("DEP-acme-77011"), &json!(30), &json!("77011")]);
    assert_eq!(made[0]["salesOrder"]["id"], so.as_str());
    assert_eq!(amounts(&world, "customerDeposit", "payment"), [dec("30"), dec("52")]);

    world.sandbox.dcl.ship(&number, Shipment::of(&[("TEE-SLATE", 2)])).unwrap();
    shipped(&world, &number).await;
    let first_paid = async || (amounts(&world, "invoice", "amountRemaining") == [Decimal::ZERO]).then_some(());
    eventually("the first invoice is paid", first_paid).await;
    world.sandbox.dcl.ship(&number, Shipment::of(&[("CAP-CLAY", 1)])).unwrap();
    world.poll(workflows::ids::DCL_ORDERS_POLL).await;
    let both = async || (count(&world, "invoice") == 2).then_some(());
    eventually("the second invoice", both).await;
    let done = paid(&world, 7701).await;
    eventually("all is applied", async || (count(&world, "depositApplication") == 3).then_some(())).await;
    assert_eq!(done["payments"].as_array().map(Vec::len), Some(2), "{done}");
    assert_eq!(amounts(&world, "depositApplication", "total"), [dec("30"), dec("28"), dec("24")]);
    assert_eq!(amounts(&world, "invoice", "amountRemaining"), [Decimal::ZERO; 2]);
    assert_eq!(count(&world, "customerPayment"), 0);
    clean(&world).await;

    let timeline = world.bus().timeline(Some("acme"), "#7701").await.unwrap();
    let shown = |kind: &str| timeline.documents.iter().filter(|d| d.kind == kind).count();
    assert_eq!((shown("customerDeposit"), shown("depositApplication")), (2, 3), "{timeline:#?}");
    let from = timeline.documents.iter().find(|d| d.kind == "customerDeposit").and_then(|d| d.from.clone());
    assert_eq!(from.as_deref(), Some("shopify:transaction:77011"));
    world.assert_never_wedged(&[run(NETSUITE_PAYMENT, "7701")]).await;
}

/// What settles after the first invoice is a payment; the deposit has paid the rest.
#[tokio::test(flavor = "multi_thread")]
async fn money_after_the_first_invoice_is_a_payment() {
    let world = World::order_to_cash("deposits-later", |config| {
        deposits(config);
        config.brands.get_mut("acme").unwrap().orders.payment_states.push("PARTIALLY_PAID".into());
    })
    .await;
    let mut order = basket(7702, &[("TEE-SLATE", 1, "29.00")]);
    order["transactions"] = json!([transaction(77_021, "sale", "shopify_payments", "20.00")]);
    (order["financial_status"], order["total_outstanding"]) = (json!("partially_paid"), json!("9.00"));
    let (so, number) = with_the_warehouse(&world, order).await;
    taken(&world, 7702).await;
    ship_all(&world, &number).await;
    billed(&world, &so).await;
    let drawn = async || (count(&world, "depositApplication") == 1).then_some(());
    eventually("the deposit is applied", drawn).await;
    world.sandbox.shopify.pay(7702, dec("9.00"), "cash").unwrap();
    paid(&world, 7702).await;
    assert_eq!(amounts(&world, "customerPayment", "payment"), [dec("9")]);
    clean(&world).await;
}

/// The agent was switched on after the order was booked: the poll finds its money.
#[tokio::test(flavor = "multi_thread")]
async fn the_poll_finds_money_of_which_nothing_is_booked() {
    let mut world = World::order_to_cash("deposits-poll", |config| {
        deposits(config);
        let agents = &mut config.brands.get_mut("acme").unwrap().agents;
        agents.retain(|agent| agent != NETSUITE_INVOICE && agent != NETSUITE_PAYMENT);
    })
    .await;
    let (so, number) = with_the_warehouse(&world, basket(7703, &[("TEE-SLATE", 1, "29.00")])).await;
    assert_eq!(count(&world, "customerDeposit"), 0);
    let all = |config: &mut config::Config| {
        config.brands.get_mut("acme").unwrap().agents = workflows::ids::AGENTS.map(str::to_owned).to_vec();
    };
    world.restart(all).await;
    let report = world.poll(NETSUITE_ORDERS_POLL).await;
    assert_eq!(report["published"], 1, "{report}");
    taken(&world, 7703).await;
    assert_eq!(count(&world, "customerDeposit"), 1);
    let report = world.poll(NETSUITE_ORDERS_POLL).await;
    assert_eq!(report["seen"], 0, "its money is booked: {report}");
    ship_all(&world, &number).await;
    billed(&world, &so).await;
    paid(&world, 7703).await;
    clean(&world).await;
}
