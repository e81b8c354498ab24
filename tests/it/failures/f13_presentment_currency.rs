//! F13: the presentment currency was booked as the shop's. Both are kept, the right one is booked.

use config::BookedCurrency;
use rust_decimal::{Decimal, dec};
use serde_json::{Value, json};

use crate::world::{World, eventually, run_of};

/// 130.40 USD in the shop, shown and paid as 177.35 CAD.
fn canadian() -> Value {
    serde_json::from_str(include_str!("../../expected/orders/presentment-cad.json")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_brands_policy_says_which_one_is_booked() {
    for (policy, total, currency) in
        [(BookedCurrency::Shop, dec!(130.40), "1"), (BookedCurrency::Presentment, dec!(177.35), "4")]
    {
        let world = World::with("f13", sandbox::Options::default(), |config| {
            config.brands.get_mut("acme").unwrap().orders.currency = policy;
        })
        .await;
        let id = world.sandbox.shopify.place_order(canadian()).unwrap();
        eventually("a run", async || world.view(&run_of(id)).await).await;
        world.result(&run_of(id)).await.unwrap();
        let so = &world.sales_orders(id)[0];
        assert_eq!(so["total"].to_string().parse::<Decimal>(), Ok(total));
        assert_eq!(so["currency"]["id"], currency);
        // Whichever is booked, what the buyer paid is on the Sales Order.
        let paid: Decimal = so["custbody_shopify_presentment_total"].as_str().unwrap().parse().unwrap();
        assert_eq!(paid, dec!(177.35));
        assert_eq!(so["custbody_shopify_presentment_currency"], "CAD");
        let verdict = world.verdict(&[]).await;
        assert!(verdict.is_clean(), "{verdict}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_currency_that_nobody_mapped_is_not_booked_as_another() {
    let world = World::with("f13-unmapped", sandbox::Options::default(), |config| {
        let orders = &mut config.brands.get_mut("acme").unwrap().orders;
        orders.currency = BookedCurrency::Presentment;
        orders.currencies.remove("CAD");
    })
    .await;
    let id = world.sandbox.shopify.place_order(canadian()).unwrap();
    eventually("a run", async || world.view(&run_of(id)).await).await;
    let problem = world.until_parked(&run_of(id)).await;
    assert!(problem.contains("currency CAD is not mapped; add orders.currencies.CAD"), "{problem}");
    assert!(world.sales_orders(id).is_empty());
    assert_eq!(world.view(&run_of(id)).await.unwrap().problem["kind"], json!("unmappedCurrency"));
}
