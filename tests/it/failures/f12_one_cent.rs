//! F12: one cent off through rounding. Money is decimal, the difference has a line of its own, totals are equal to the cent.

use rust_decimal::{Decimal, dec};
use serde_json::{Value, json};

use crate::world::{World, eventually, order, price, run_of};

/// One line of 199.00, and a total that says otherwise.
fn off_by(id: u64, total: &str) -> Value {
    let mut order = order(id);
    for field in ["total_price", "current_total_price"] {
        price(&mut order, field, total);
    }
    order
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cent_more_or_less_is_a_line_of_its_own() {
    let world = World::start("f12").await;
    for (id, total, rounding) in [
        (1401, "199.01", Some(dec!(0.01))),
        (1402, "198.99", Some(dec!(-0.01))),
        (1403, "199.05", Some(dec!(0.05))),
        (1404, "199.00", None),
    ] {
        world.sandbox.shopify.place_order(off_by(id, total)).unwrap();
        eventually("a run", async || world.view(&run_of(id)).await).await;
        world.result(&run_of(id)).await.unwrap();
        let so = &world.sales_orders(id)[0];
        assert_eq!(decimal(&so["total"]), total.parse().unwrap());
        let lines = so["item"]["items"].as_array().unwrap();
        let own = lines.iter().find(|l| l["item"]["id"] == "905").map(|l| decimal(&l["amount"]));
        assert_eq!(own, rounding, "{total}");
    }
    let verdict = world.verdict(&[]).await;
    assert!(verdict.is_clean(), "{verdict}");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_rounding_is_never_rounded_away() {
    let world = World::start("f12-more").await;
    let id = world.sandbox.shopify.place_order(off_by(1405, "199.06")).unwrap();
    eventually("a run", async || world.view(&run_of(id)).await).await;
    let problem = world.until_parked(&run_of(id)).await;
    assert!(problem.contains("0.06 USD is more than the rounding limit of 0.05"), "{problem}");
    assert!(world.sales_orders(id).is_empty());
    let verdict = world.verdict(&[(id, &problem)]).await;
    assert!(verdict.is_clean(), "{verdict}");
}

#[tokio::test(flavor = "multi_thread")]
async fn thirds_and_tenths_add_up() {
    let world = World::start("f12-thirds").await;
    // 0.1 + 0.2 is not 0.3 in binary; three of 33.33 and one of 0.01 are 100.00.
    let mut odd = order(1406);
    let base = odd["line_items"][0].clone();
    let line = |n: u64, quantity: u32, amount: &str| {
        let mut line = base.clone();
        line["id"] = json!(14060 + n);
        (line["quantity"], line["current_quantity"]) = (json!(quantity), json!(quantity));
        price(&mut line, "price", amount);
        line
    };
    odd["line_items"] = json!([line(1, 3, "33.33"), line(2, 1, "0.01"), line(3, 1, "0.10"), line(4, 1, "0.20")]);
    for field in ["total_price", "current_total_price", "subtotal_price", "current_subtotal_price"] {
        price(&mut odd, field, "100.30");
    }
    let id = world.sandbox.shopify.place_order(odd).unwrap();
    eventually("a run", async || world.view(&run_of(id)).await).await;
    world.result(&run_of(id)).await.unwrap();
    let so = &world.sales_orders(id)[0];
    assert_eq!(decimal(&so["total"]), dec!(100.30));
    assert_eq!(so["item"]["items"].as_array().unwrap().len(), 4, "no rounding line");
}

fn decimal(value: &Value) -> Decimal {
    value.to_string().parse().unwrap()
}
