//! F14: a partial shipment was booked only when complete, or with the full tax.

use config::{TaxCode, TaxStyle};
use rust_decimal::Decimal;
use sandbox::dcl::Shipment;
use serde_json::{Value, json};
use workflows::ids::{DCL_TRACKING, NETSUITE_INVOICE, NETSUITE_PAYMENT};

use crate::{
    later::{amounts, basket, billed, clean, costs, count, paid, run, shipped, with_the_warehouse},
    world::{World, eventually, price},
};

/// Four tees and a cap for 140.00, 10.01 off the whole order, shipping 7.00, tax 13.70: 150.69.
fn order(id: u64) -> Value {
    let mut order = basket(id, &[("TEE-SLATE", 4, "29.00"), ("CAP-CLAY", 1, "24.00")]);
    for (n, (discount, tax)) in [("8.29", "10.77"), ("1.72", "2.23")].into_iter().enumerate() {
        let line = &mut order["line_items"][n];
        let mut allocation = json!({ "discount_application_index": 0 });
        price(&mut allocation, "amount", discount);
        line["discount_allocations"] = json!([allocation]);
        line["tax_lines"] = json!([tax_line("CA State Tax", tax)]);
    }
    order["discount_applications"] = json!([{
        "target_type": "line_item", "type": "manual", "value": "10.01", "value_type": "fixed_amount",
        "allocation_method": "across", "target_selection": "all", "title": "Ten off"
    }]);
    let mut shipping = json!({"id": id * 10 + 9, "title": "Ground", "code": "GROUND", "discount_allocations": []});
    price(&mut shipping, "price", "7.00");
    price(&mut shipping, "discounted_price", "7.00");
    shipping["tax_lines"] = json!([tax_line("CA State Tax", "0.70")]);
    order["shipping_lines"] = json!([shipping]);
    price(&mut order, "total_shipping_price", "7.00");
    order["tax_lines"] = json!([tax_line("CA State Tax", "13.70")]);
    for field in ["total_tax", "current_total_tax"] {
        price(&mut order, field, "13.70");
    }
    for field in ["total_discounts", "current_total_discounts"] {
        price(&mut order, field, "10.01");
    }
    costs(&mut order, "150.69");
    for field in ["subtotal_price", "current_subtotal_price"] {
        price(&mut order, field, "129.99");
    }
    order
}

fn tax_line(title: &str, amount: &str) -> Value {
    let mut tax = json!({ "title": title, "rate": 0.1, "channel_liable": false });
    price(&mut tax, "price", amount);
    tax
}

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// Ships two tees, then one, then the rest; the totals of the three invoices.
async fn in_three(
    name: &str,
    id: u64,
    account: sandbox::netsuite::TaxStyle,
    style: TaxStyle,
    code: &str,
) -> Vec<Decimal> {
    let mut options = sandbox::Options::default();
    options.netsuite.tax_style = account;
    let world = World::order_to_cash_with(name, options, |config| {
        let brand = config.brands.get_mut("acme").unwrap();
        brand.orders.tax_style = style;
        let code = TaxCode { code: code.into(), tax_type: Some("401".into()) };
        brand.mappings.catch_all_tax = Some(code.clone());
        brand.mappings.taxes = [("CA State Tax".to_owned(), code)].into();
    })
    .await;
    let (so, number) = with_the_warehouse(&world, order(id)).await;
    for (n, parts) in [&[("TEE-SLATE", 2)][..], &[("TEE-SLATE", 1)][..], &[("TEE-SLATE", 1), ("CAP-CLAY", 1)][..]]
        .into_iter()
        .enumerate()
    {
        world.sandbox.dcl.ship(&number, Shipment::of(parts)).unwrap();
        assert_eq!(shipped(&world, &number).await["made"], 1);
        // Billed as it ships, not when it is complete.
        eventually("an invoice", async || (count(&world, "invoice") == n + 1).then_some(())).await;
        world.until(&run(NETSUITE_INVOICE, &so), "done", |v| v.status == "completed").await;
    }
    billed(&world, &so).await;
    paid(&world, id).await;
    clean(&world).await;
    assert_eq!((count(&world, "itemFulfillment"), count(&world, "customerPayment")), (3, 1));
    let totals = amounts(&world, "invoice", "total");
    assert_eq!(totals.iter().sum::<Decimal>(), dec("150.69"), "{totals:?}");
    assert_eq!(amounts(&world, "invoice", "amountRemaining"), [Decimal::ZERO; 3]);
    world.assert_never_wedged(&[run(DCL_TRACKING, &number), run(NETSUITE_INVOICE, &so)]).await;
    totals
}

/// Half of the tees is less than half of the order: goods 58.00 of 140.00. With all of the tax or of the discount it would
/// be more than 5.00 away from this; shipping with its tax is on the first.
fn has_its_share(totals: &[Decimal]) {
    for (total, share) in totals.iter().zip(["66.94", "29.62", "54.13"]) {
        assert!((total - dec(share)).abs() < dec("1.00"), "{totals:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tax_as_a_line_follows_the_goods() {
    has_its_share(&in_three("f14-line", 7201, sandbox::netsuite::TaxStyle::None, TaxStyle::TaxLine, "").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn suite_tax_follows_the_goods() {
    has_its_share(
        &in_three("f14-suite", 7202, sandbox::netsuite::TaxStyle::SuiteTax, TaxStyle::SuiteTaxOverride, "402").await,
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tax_codes_follow_the_goods_and_leave_no_cent() {
    has_its_share(&in_three("f14-code", 7203, sandbox::netsuite::TaxStyle::Legacy, TaxStyle::TaxCode, "301").await);
}

/// A brand that sells by Cash Sale is paid with every shipment.
#[tokio::test(flavor = "multi_thread")]
async fn a_cash_sale_for_each_shipment() {
    let world = World::order_to_cash("f14-cash", |config| {
        let brand = config.brands.get_mut("acme").unwrap();
        brand.billing.cash_sale = brand.payments.default_method.clone();
        brand.agents.retain(|agent| agent != NETSUITE_INVOICE && agent != NETSUITE_PAYMENT);
    })
    .await;
    let (_, number) = with_the_warehouse(&world, order(7204)).await;
    world.sandbox.dcl.ship(&number, Shipment::of(&[("TEE-SLATE", 2)])).unwrap();
    shipped(&world, &number).await;
    assert_eq!(count(&world, "cashSale"), 1);
    world.sandbox.dcl.ship_all(&number).unwrap();
    shipped(&world, &number).await;
    let totals = amounts(&world, "cashSale", "total");
    assert_eq!((totals.len(), totals.iter().sum()), (2, dec("150.69")), "{totals:?}");
    assert!((totals[0] - dec("66.94")).abs() < dec("1.00"), "{totals:?}");
    assert_eq!((count(&world, "invoice"), count(&world, "customerPayment")), (0, 0));
    clean(&world).await;
}

/// A brand that bills once waits for the last parcel, and bills all of it then.
#[tokio::test(flavor = "multi_thread")]
async fn one_bill_for_all_shipments_where_the_brand_wants_it() {
    let world = World::order_to_cash("f14-once", |config| {
        config.brands.get_mut("acme").unwrap().billing.when = config::BillingTime::Complete;
    })
    .await;
    let (so, number) = with_the_warehouse(&world, order(7205)).await;
    world.sandbox.dcl.ship(&number, Shipment::of(&[("TEE-SLATE", 2)])).unwrap();
    shipped(&world, &number).await;
    let view = world.until(&run(NETSUITE_INVOICE, &so), "done", |v| v.status == "completed").await;
    assert_eq!((view.result.unwrap()["complete"].as_bool(), count(&world, "invoice")), (Some(false), 0));
    world.sandbox.dcl.ship_all(&number).unwrap();
    shipped(&world, &number).await;
    billed(&world, &so).await;
    paid(&world, 7205).await;
    assert_eq!(amounts(&world, "invoice", "total"), [dec("150.69")]);
    assert_eq!(count(&world, "itemFulfillment"), 2);
    clean(&world).await;
}
