//! A brand that books money once its bank has it.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use workflows::ids::{NETSUITE_PAYMENT, SHOPIFY_PAYOUTS_POLL};

use super::{
    amounts, basket, billed, clean, count,
    money::{dec, ship_all, transaction},
    paid, run, with_the_warehouse,
};
use crate::world::{World, eventually};

async fn paid_out(name: &str) -> World {
    World::order_to_cash(name, |config| {
        config.brands.get_mut("acme").unwrap().payments.settled = config::Settled::PaidOut;
    })
    .await
}

/// A tick of the poll of payouts, and how often it asked Shopify.
async fn tick(world: &World, number: usize) -> (Value, u64) {
    let asked = || world.sandbox.shopify.requests().get("shopifyPaymentsAccount").copied().unwrap_or_default();
    let before = asked();
    let report = world.poll(SHOPIFY_PAYOUTS_POLL).await;
    world.until_listed("WorkflowType = 'shopifyPayoutsPoll' AND ExecutionStatus = 'Completed'", number).await;
    (report, asked() - before)
}

/// An order paid by a gift card and by a card through Shopify Payments.
fn two_tenders(id: u64) -> Value {
    let mut order = basket(id, &[("HOOD-MOSS", 2, "64.50")]);
    order["transactions"] = json!([
        transaction(id * 10 + 1, "sale", "gift_card", "25.00"),
        transaction(id * 10 + 2, "sale", "shopify_payments", "104.00"),
    ]);
    order
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_counts_once_the_bank_has_its_money_and_a_gift_card_at_once() {
    let world = paid_out("payouts").await;
    // The old connector booked this one; its money is in the same payout.
    let mut old = two_tenders(7802);
    old["created_at"] = json!("2025-11-02T10:00:00-05:00");
    world.sandbox.shopify.load_order(old).unwrap();
    let (so, number) = with_the_warehouse(&world, two_tenders(7801)).await;
    ship_all(&world, &number).await;
    billed(&world, &so).await;
    let payment = run(NETSUITE_PAYMENT, "7801");
    eventually("the gift card's payment", async || (count(&world, "customerPayment") == 1).then_some(())).await;
    let waiting = world.until(&payment, "waiting", |v| v.agent_status.as_deref() == Some("waiting")).await;
    assert!(waiting.problem["message"].as_str().unwrap().contains("104.00 USD more"), "{}", waiting.problem);
    assert_eq!(amounts(&world, "customerPayment", "payment"), [dec("25")]);

    // On its way to the bank it is not there yet.
    let payout = world.sandbox.shopify.schedule_payout().unwrap();
    let (report, asked) = tick(&world, 1).await;
    assert_eq!((&report["seen"], &report["published"], asked), (&json!(0), &json!(0), 1), "{report}");
    world.sandbox.shopify.pay_out(payout).unwrap();
    let (report, _) = tick(&world, 2).await;
    let counts = ["seen", "skipped", "published"].map(|field| &report[field]);
    assert_eq!(counts, [&json!(2), &json!(1), &json!(1)], "{report}");
    paid(&world, 7801).await;
    assert_eq!(amounts(&world, "customerPayment", "payment"), [dec("25"), dec("104")]);
    assert_eq!(amounts(&world, "invoice", "amountRemaining"), [Decimal::ZERO]);
    assert!(world.view(&run(NETSUITE_PAYMENT, "7802")).await.is_none(), "it has no open invoice");

    // What was told is told once, and a tick that finds nothing costs one request.
    let (report, asked) = tick(&world, 3).await;
    assert_eq!((&report["seen"], asked), (&json!(0), 1), "{report}");
    world.assert_never_wedged(&[payment]).await;
}

/// Paid out before it was billed: nobody has to look again.
#[tokio::test(flavor = "multi_thread")]
async fn money_that_the_bank_has_already_is_booked_with_the_invoice() {
    let world = paid_out("payouts-before").await;
    let (so, number) = with_the_warehouse(&world, two_tenders(7803)).await;
    let payout = world.sandbox.shopify.schedule_payout().unwrap();
    world.sandbox.shopify.pay_out(payout).unwrap();
    ship_all(&world, &number).await;
    billed(&world, &so).await;
    paid(&world, 7803).await;
    assert_eq!(amounts(&world, "customerPayment", "payment"), [dec("25"), dec("104")]);
    clean(&world).await;
}

/// A brand that counts what is captured asks nothing about payouts.
#[tokio::test(flavor = "multi_thread")]
async fn a_brand_that_counts_what_is_captured_never_asks_for_payouts() {
    let world = World::order_to_cash("payouts-captured", |_| {}).await;
    let (so, number) = with_the_warehouse(&world, two_tenders(7804)).await;
    ship_all(&world, &number).await;
    billed(&world, &so).await;
    paid(&world, 7804).await;
    assert!(!world.sandbox.shopify.requests().contains_key("shopifyPaymentsAccount"));
}
