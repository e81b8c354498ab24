//! F10: $88 paid, $90 booked: the order-level discount was ignored.

use serde_json::{Value, json};

use crate::world::{World, eventually, order, price, run_of};

/// Two lines of 60.00 and 30.00, and 2.00 off the whole order; Shopify spreads it over the lines.
fn discounted(id: u64) -> Value {
    let mut order = order(id);
    let base = order["line_items"][0].clone();
    let line = |n: u64, sku: &str, amount: &str, share: &str| {
        let mut line = base.clone();
        (line["id"], line["sku"]) = (json!(id * 10 + n), json!(sku));
        price(&mut line, "price", amount);
        let mut allocation = json!({ "discount_application_index": 0 });
        price(&mut allocation, "amount", share);
        line["discount_allocations"] = json!([allocation]);
        line
    };
    order["line_items"] = json!([line(1, "IPOD2009BLACK", "60.00", "1.33"), line(2, "IPOD2008PINK", "30.00", "0.67")]);
    order["discount_applications"] = json!([{
        "target_type": "line_item", "type": "manual", "value": "2.0", "value_type": "fixed_amount",
        "allocation_method": "across", "target_selection": "all", "title": "Two off"
    }]);
    for field in ["subtotal_price", "current_subtotal_price", "total_price", "current_total_price"] {
        price(&mut order, field, "88.00");
    }
    for field in ["total_discounts", "current_total_discounts"] {
        price(&mut order, field, "2.00");
    }
    price(&mut order, "total_line_items_price", "90.00");
    order
}

#[tokio::test(flavor = "multi_thread")]
async fn eighty_eight_is_paid_and_eighty_eight_is_booked() {
    let world = World::start("f10").await;
    let id = world.sandbox.shopify.place_order(discounted(1301)).unwrap();
    eventually("a run", async || world.view(&run_of(id)).await).await;
    world.result(&run_of(id)).await.unwrap();
    let sales_orders = world.sales_orders(id);
    let [so] = sales_orders.as_slice() else { panic!("{sales_orders:?}") };
    assert_eq!(so["total"].to_string().parse(), Ok(rust_decimal::Decimal::from(88)));
    let lines: Vec<_> =
        so["item"]["items"].as_array().unwrap().iter().map(|l| (&l["item"]["id"], l["amount"].as_f64())).collect();
    // Each discount directly behind its line, so that whoever returns one thing returns its price.
    assert_eq!(lines[1], (&json!("901"), Some(-1.33)));
    assert_eq!(lines[3], (&json!("901"), Some(-0.67)));
    assert_eq!(lines.len(), 4);
    let verdict = world.verdict(&[]).await;
    assert!(verdict.is_clean(), "{verdict}");
}
