//! An order travels to its end: warehouse, shipment, invoice, payment.

use sandbox::dcl::Shipment;
use serde_json::{Value, json};
use workflows::ids;

use crate::world::{World, eventually, run_of};

/// An order that can be sent.
pub fn order(id: u64) -> Value {
    let mut order = crate::world::order(id);
    order["total_outstanding"] = json!("0.00");
    order["shipping_address"] = json!({
        "first_name": "Ann", "last_name": "Example", "name": "Ann Example", "address1": "1 Main St",
        "city": "Fremont", "province": "California", "province_code": "CA", "zip": "94538",
        "country": "United States", "country_code": "US",
    });
    order
}

/// The run of an agent.
pub fn run(workflow: &str, key: &str) -> String {
    ids::workflow_id(workflow, "acme", key)
}

/// Places an order and waits until the warehouse has it; the Sales Order's id and number.
pub async fn with_the_warehouse(world: &World, order: Value) -> (String, String) {
    let id = world.sandbox.shopify.place_order(order).unwrap();
    eventually("a run", async || world.view(&run_of(id)).await).await;
    let booked = world.result(&run_of(id)).await.unwrap();
    let so = booked["salesOrderId"].as_str().unwrap().to_owned();
    world.result(&run(ids::NETSUITE_TO_DCL, &so)).await.unwrap();
    (so, booked["salesOrderNumber"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_order_one_shipment_one_invoice_one_payment() {
    let world = World::order_to_cash("cash", |_| {}).await;
    let (so, number) = with_the_warehouse(&world, order(7001)).await;
    assert_eq!(world.sandbox.dcl.order(&number).unwrap()["order_stage"], 10);
    world.sandbox.dcl.ship_all(&number).unwrap();
    let report = world.poll(ids::DCL_ORDERS_POLL).await;
    assert_eq!(report["published"], 1, "{report}");
    let shipped = world.result(&run(ids::DCL_TRACKING, &number)).await.unwrap();
    assert_eq!(shipped["made"], 1);
    let billed = eventually("billed", async || world.view(&run(ids::NETSUITE_INVOICE, &so)).await).await;
    let billed = world.result(&billed.workflow_id).await.unwrap();
    assert_eq!(billed["complete"], true, "{billed}");
    let paid = eventually("paid", async || world.view(&run(ids::NETSUITE_PAYMENT, "7001")).await).await;
    let paid = world.result(&paid.workflow_id).await.unwrap();
    assert_eq!(paid["unpaid"], "0.00 USD", "{paid}");
    let order = world.sandbox.shopify.order(7001).unwrap();
    assert_eq!(order["fulfillment_status"], json!("fulfilled"));
    assert!(order["tags"].as_str().unwrap().contains("INVOICED"));
    let verdict = world.verdict(&[]).await;
    assert!(verdict.is_clean(), "{verdict}");
    let runs = [
        run_of(7001),
        run(ids::NETSUITE_TO_DCL, &so),
        run(ids::DCL_TRACKING, &number),
        run(ids::NETSUITE_INVOICE, &so),
        run(ids::NETSUITE_PAYMENT, "7001"),
    ];
    let mut events = 0;
    for run in &runs {
        let view = world.view(run).await.unwrap();
        assert!(view.documents.contains(&"shopify:order:7001".to_owned()), "{run}: {:?}", view.documents);
        println!("{run}: {}", view.history_length);
        events += view.history_length;
    }
    println!(
        "{events} events; {:?} {:?} {:?}",
        world.sandbox.shopify.requests(),
        world.sandbox.netsuite.requests(),
        world.sandbox.dcl.requests()
    );
    assert!(events <= 130, "{events} history events");
    world.assert_never_wedged(&runs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_shipments_two_invoices_paid_once_at_checkout() {
    let world = World::order_to_cash("parts", |_| {}).await;
    let mut two = order(7002);
    let mut line = two["line_items"][0].clone();
    line["id"] = json!(70_020_002_u64);
    line["sku"] = json!("TEE-MOSS");
    two["line_items"].as_array_mut().unwrap().push(line);
    for field in
        ["total_price", "current_total_price", "subtotal_price", "current_subtotal_price", "total_line_items_price"]
    {
        crate::world::price(&mut two, field, "398.00");
    }
    two["transactions"] = json!(null);
    let (so, number) = with_the_warehouse(&world, two).await;
    let sku =
        |n: usize| world.sandbox.shopify.order(7002).unwrap()["line_items"][n]["sku"].as_str().unwrap().to_owned();
    for n in [0, 1] {
        world.sandbox.dcl.ship(&number, Shipment::of(&[(&sku(n), 1)])).unwrap();
        world.poll(ids::DCL_ORDERS_POLL).await;
        world.until(&run(ids::DCL_TRACKING, &number), "booked", |v| v.status == "completed").await;
        let invoices = async || (world.sandbox.netsuite.records("invoice").len() > n).then_some(());
        eventually("an invoice", invoices).await;
    }
    world
        .until(&run(ids::NETSUITE_INVOICE, &so), "billed", |v| {
            v.status == "completed" && v.result.as_ref().is_some_and(|r| r["complete"] == true)
        })
        .await;
    world
        .until(&run(ids::NETSUITE_PAYMENT, "7002"), "paid", |v| {
            v.status == "completed" && v.result.as_ref().is_some_and(|r| r["unpaid"] == "0.00 USD")
        })
        .await;
    let all = |record| world.sandbox.netsuite.records(record).len();
    assert_eq!((all("itemFulfillment"), all("invoice"), all("customerPayment")), (2, 2, 1));
    let verdict = world.verdict(&[]).await;
    assert!(verdict.is_clean(), "{verdict}");
}
