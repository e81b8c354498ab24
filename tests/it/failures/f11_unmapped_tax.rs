//! F11: an unmapped tax stopped the order. It is booked by the catch-all and flagged.

use config::{TaxCode, TaxStyle};
use serde_json::Value;

use crate::world::{World, eventually, run_of};

/// 29.00 with 1.16 of "Moon Tax" and 1.74 of "State Tax".
fn moon() -> Value {
    serde_json::from_str(include_str!("../../expected/orders/unmapped-tax.json")).unwrap()
}

fn code(code: &str) -> TaxCode {
    TaxCode { code: code.into(), tax_type: Some("401".into()) }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_to_the_catch_all_and_the_order_says_so() {
    for style in [TaxStyle::SuiteTaxOverride, TaxStyle::TaxLine] {
        let world = World::with("f11", sandbox::Options::default(), |config| {
            let brand = config.brands.get_mut("acme").unwrap();
            brand.orders.tax_style = style;
            brand.mappings.taxes = [("State Tax".to_owned(), code("403"))].into();
            brand.mappings.catch_all_tax = Some(code("402"));
        })
        .await;
        let id = world.sandbox.shopify.place_order(moon()).unwrap();
        eventually("a run", async || world.view(&run_of(id)).await).await;
        world.result(&run_of(id)).await.unwrap();
        let so = &world.sales_orders(id)[0];
        assert_eq!(so["custbody_o2c_flags"], "tax 'Moon Tax' booked by catch-all", "{style:?}");
        if style == TaxStyle::SuiteTaxOverride {
            let details = so["taxDetails"]["items"].as_array().unwrap();
            let codes: Vec<_> = details.iter().map(|d| d["taxCode"]["id"].as_str().unwrap()).collect();
            assert_eq!(codes, ["402", "403"]);
        }
        let verdict = world.verdict(&[]).await;
        assert!(verdict.is_clean(), "{verdict}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapped_tax_is_not_flagged_and_without_a_catch_all_the_order_parks() {
    let mut world = World::with("f11-none", sandbox::Options::default(), |config| {
        let brand = config.brands.get_mut("acme").unwrap();
        brand.orders.tax_style = TaxStyle::SuiteTaxOverride;
        brand.mappings.taxes = [("State Tax".to_owned(), code("403"))].into();
    })
    .await;
    let id = world.sandbox.shopify.place_order(moon()).unwrap();
    let run = run_of(id);
    eventually("a run", async || world.view(&run).await).await;
    let problem = world.until_parked(&run).await;
    assert!(problem.contains("\"Moon Tax\"") && problem.contains("mappings.taxes"), "{problem}");
    assert!(world.sales_orders(id).is_empty());

    // Somebody maps it: whoever starts with the new configuration finds the parked run and wakes it.
    world.until_listed("AgentStatus = 'needsAttention'", 1).await;
    world.reconfigure(|config| {
        let mappings = &mut config.brands.get_mut("acme").unwrap().mappings;
        mappings.taxes.insert("Moon Tax".to_owned(), code("403"));
    });
    world.take_worker().stop().await;
    world.start_worker();
    world.result(&run).await.unwrap();
    assert!(world.sales_orders(id)[0].get("custbody_o2c_flags").is_none());
}
