//! What becomes of an order after its Sales Order: warehouse, shipment, bill, money.

mod backlog;
mod crowd;
mod deposits;
mod hints;
mod inputs;
mod lots;
mod money;
mod payouts;
mod sending;
mod shipments;

use rust_decimal::Decimal;
use serde_json::{Value, json};
use workflows::ids;

use crate::world::{World, eventually, order, price, run_of};

/// An order of these SKUs, units and unit prices, to be sent to Fremont, paid by one sale. Books and cards do not ship.
pub fn basket(id: u64, lines: &[(&str, u64, &str)]) -> Value {
    let mut basket = order(id);
    let template = basket["line_items"][0].clone();
    let mut total = Decimal::ZERO;
    let lines = lines.iter().zip(1..).map(|((sku, quantity, unit), n)| {
        let mut line = template.clone();
        (line["id"], line["sku"]) = (json!(id * 10 + n), json!(sku));
        for field in ["quantity", "current_quantity", "fulfillable_quantity"] {
            line[field] = json!(quantity);
        }
        let card = sku.starts_with("GIFT");
        line["gift_card"] = json!(card);
        line["requires_shipping"] = json!(!card && !sku.starts_with("EBOOK"));
        price(&mut line, "price", unit);
        total += unit.parse::<Decimal>().unwrap() * Decimal::from(*quantity);
        line
    });
    basket["line_items"] = lines.collect();
    basket["shipping_address"] = json!({
        "first_name": "Ann", "last_name": "Example", "name": "Ann Example", "address1": "1 Main St",
        "city": "Fremont", "province": "California", "province_code": "CA", "zip": "94538",
        "country": "United States", "country_code": "US",
    });
    price(&mut basket, "total_line_items_price", &format!("{total:.2}"));
    costs(&mut basket, &format!("{total:.2}"));
    basket
}

/// What the order comes to; all of it is paid.
pub fn costs(order: &mut Value, total: &str) {
    for field in ["total_price", "current_total_price", "subtotal_price", "current_subtotal_price"] {
        price(order, field, total);
    }
    order["total_outstanding"] = json!("0.00");
}

/// The run of an agent.
pub fn run(workflow: &str, key: &str) -> String {
    ids::workflow_id(workflow, "acme", key)
}

/// Places an order and waits until it is booked; the Sales Order's id and number.
pub async fn booked(world: &World, order: Value) -> (String, String) {
    let id = world.sandbox.shopify.place_order(order).unwrap();
    eventually("a run", async || world.view(&run_of(id)).await).await;
    let booked = world.result(&run_of(id)).await.unwrap();
    let text = |field: &str| booked[field].as_str().unwrap().to_owned();
    (text("salesOrderId"), text("salesOrderNumber"))
}

/// The same, until the warehouse has it.
pub async fn with_the_warehouse(world: &World, order: Value) -> (String, String) {
    let (so, number) = booked(world, order).await;
    world.result(&run(ids::NETSUITE_TO_DCL, &so)).await.unwrap();
    (so, number)
}

/// The warehouse has shipped something: what the poll finds is booked.
pub async fn shipped(world: &World, number: &str) -> Value {
    world.poll(ids::DCL_ORDERS_POLL).await;
    world.result(&run(ids::DCL_TRACKING, number)).await.unwrap()
}

/// Waits until everything that a Sales Order has shipped is billed in full.
pub async fn billed(world: &World, so: &str) -> Value {
    let complete = |v: &bus::RunView| v.result.as_ref().is_some_and(|r| r["complete"] == true);
    world.until(&run(ids::NETSUITE_INVOICE, so), "billed", complete).await.result.unwrap()
}

/// Waits until the order's invoices are paid.
pub async fn paid(world: &World, order: u64) -> Value {
    let done =
        |v: &bus::RunView| v.status == "completed" && v.result.as_ref().is_some_and(|r| r["unpaid"] == "0.00 USD");
    world.until(&run(ids::NETSUITE_PAYMENT, &order.to_string()), "paid", done).await.result.unwrap()
}

/// Waits until a run that may not be there yet is parked; the problem's message.
pub async fn parked(world: &World, run: &str) -> String {
    eventually(&format!("{run} is there"), async || world.view(run).await).await;
    world.until_parked(run).await
}

/// A person has mended what a run is parked for.
pub async fn retry(world: &World, run: &str) {
    world.resolve(run, json!({"action": "retry", "by": "ann", "why": "mended it"})).await.unwrap();
}

/// Nothing is wrong anywhere.
pub async fn clean(world: &World) {
    let verdict = world.verdict(&[]).await;
    assert!(verdict.is_clean(), "{verdict}");
}

/// How many records of a type NetSuite has.
pub fn count(world: &World, record: &str) -> usize {
    world.sandbox.netsuite.records(record).len()
}

/// A field of every record of a type as an amount, in the order in which they were made.
pub fn amounts(world: &World, record: &str, field: &str) -> Vec<Decimal> {
    let records = world.sandbox.netsuite.records(record);
    records.iter().map(|r| r[field].to_string().parse::<Decimal>().unwrap().normalize()).collect()
}
