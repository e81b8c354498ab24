//! However an order is shipped and billed, its bills add up to its total.

use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::World;
use crate::netsuite::{Options, TaxStyle};

#[derive(Clone, Debug)]
struct Line {
    quantity: u32,
    cents: i64,
    tax: i64,
}

/// One step: what ships of each line, and what is billed of it then, in percent of what may be.
type Step = (Vec<u32>, Vec<u32>);

fn line() -> impl Strategy<Value = Line> {
    (1..6_u32, 1..5000_i64, 0..700_i64).prop_map(|(quantity, cents, tax)| Line { quantity, cents, tax })
}

fn order(lines: &[Line], discount: i64, shipping: i64, style: TaxStyle) -> Value {
    let cents = |cents: i64| json!(Decimal::new(cents, 2).to_string());
    let mut items = Vec::new();
    let mut details = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let item = (1001 + index).to_string();
        let mut row = json!({"item": {"id": item}, "quantity": line.quantity, "amount": cents(line.cents)});
        if style == TaxStyle::SuiteTax {
            row["taxDetailsReference"] = json!(format!("L{index}"));
            for code in ["403", "404"] {
                details.push(json!({"taxDetailsReference": format!("L{index}"), "taxType": "401", "taxCode": code,
                    "taxAmount": cents(line.tax)}));
            }
        }
        items.push(row);
    }
    items.push(json!({"item": {"id": "901"}, "amount": cents(-discount)}));
    items.push(json!({"item": {"id": "902"}, "quantity": 1, "amount": cents(shipping)}));
    let mut order = json!({"entity": {"id": "500"}, "orderStatus": "B", "location": "1", "shippingCost": 1.23,
        "discountItem": "901", "discountRate": cents(-discount), "item": {"items": items}});
    if style == TaxStyle::SuiteTax {
        order["taxDetailsOverride"] = json!(true);
        order["taxDetails"] = json!({"items": details});
    }
    order
}

fn number(value: &Value) -> Decimal {
    value.to_string().parse().unwrap()
}

/// Ships and bills by the steps, then the rest; answers the order's total and the sum of its bills.
async fn play(world: &World, order: Value, steps: &[Step]) -> (Decimal, Decimal, String) {
    let id = world.put_order("K", order).await.id();
    let total = number(&world.get_order(&id).await["total"]);
    let lines = |order: &Value| order["item"]["items"].as_array().unwrap().clone();
    for (ship, bill) in steps {
        let mut shipped = Vec::new();
        for (line, percent) in lines(&world.get_order(&id).await).iter().zip(ship.iter()) {
            if line["itemType"]["id"] == "InvtPart" {
                let left = line["quantity"].as_i64().unwrap() - line["quantityFulfilled"].as_i64().unwrap();
                let quantity = left * i64::from(*percent) / 100;
                shipped.push(json!({"orderLine": line["line"], "itemReceive": quantity > 0, "quantity": quantity}));
            }
        }
        // An empty one is refused, which changes nothing.
        let body = json!({"shipStatus": "C", "item": {"items": shipped}});
        world.fulfill(&id, body).await;
        let mut billed = Vec::new();
        for (line, percent) in lines(&world.get_order(&id).await).iter().zip(bill.iter().cycle()) {
            let part = Decimal::from(*percent) / Decimal::ONE_HUNDRED;
            if line["itemType"]["id"] == "Discount" {
                let amount = (number(&line["amount"]) * part / Decimal::TWO).round_dp(2);
                billed.push(json!({"orderLine": line["line"], "amount": amount.to_string()}));
                continue;
            }
            let due = match line["itemType"]["id"] == "InvtPart" {
                true => number(&line["quantityFulfilled"]),
                false => number(&line["quantity"]),
            };
            let mut quantity = (due - number(&line["quantityBilled"])) * part;
            if line["itemType"]["id"] == "InvtPart" {
                quantity = quantity.floor();
            }
            billed.push(json!({"orderLine": line["line"], "quantity": quantity.to_string()}));
        }
        world.transform("salesOrder", &id, "invoice", json!({"item": {"items": billed}})).await;
    }
    world.fulfill(&id, json!({"shipStatus": "C"})).await;
    world.transform("salesOrder", &id, "invoice", json!({})).await;
    let billed = world.account.records("invoice").iter().map(|invoice| number(&invoice["total"])).sum();
    (total, billed, world.status(&id).await)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_bills_of_any_split_sum_to_the_orders_total(
        lines in prop::collection::vec(line(), 1..4),
        discount in 0..300_i64,
        shipping in 0..1500_i64,
        steps in prop::collection::vec(
            (prop::collection::vec(0..=100_u32, 4), prop::collection::vec(0..=100_u32, 5)), 0..4),
        suite_tax: bool,
    ) {
        let style = if suite_tax { TaxStyle::SuiteTax } else { TaxStyle::None };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (total, billed, status) = runtime.block_on(async {
            let world = World::new(Options { tax_style: style, ..Options::default() }).await;
            play(&world, order(&lines, discount, shipping, style), &steps).await
        });
        prop_assert_eq!(billed, total);
        prop_assert_eq!(status, "G");
    }
}
