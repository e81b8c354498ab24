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

/// An order of two lines over 199.00 each.
pub fn two_lines(id: u64) -> Value {
    let mut two = order(id);
    let mut line = two["line_items"][0].clone();
    line["id"] = json!(70_020_002_u64);
    line["sku"] = json!("TEE-MOSS");
    two["line_items"].as_array_mut().unwrap().push(line);
    total(&mut two, "398.00");
    two
}

/// Gives an order another total, paid by one sale.
pub fn total(order: &mut Value, amount: &str) {
    for field in
        ["total_price", "current_total_price", "subtotal_price", "current_subtotal_price", "total_line_items_price"]
    {
        crate::world::price(order, field, amount);
    }
    order["transactions"] = json!(null);
}

/// The SKU of a line of the shop's order.
pub fn sku(world: &World, order_id: u64, line: usize) -> String {
    world.sandbox.shopify.order(order_id).unwrap()["line_items"][line]["sku"].as_str().unwrap().to_owned()
}

/// Waits until the order is billed in full and paid.
pub async fn paid(world: &World, so: &str, order_id: u64) {
    let told = |field: &'static str, wanted: Value| {
        move |v: &bus::RunView| v.status == "completed" && v.result.as_ref().is_some_and(|r| r[field] == wanted)
    };
    world.until(&run(ids::NETSUITE_INVOICE, so), "billed", told("complete", json!(true))).await;
    let payment = run(ids::NETSUITE_PAYMENT, &order_id.to_string());
    world.until(&payment, "paid", told("unpaid", json!("0.00 USD"))).await;
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
    let two = two_lines(7002);
    let (so, number) = with_the_warehouse(&world, two).await;
    for n in [0, 1] {
        world.sandbox.dcl.ship(&number, Shipment::of(&[(&sku(&world, 7002, n), 1)])).unwrap();
        world.poll(ids::DCL_ORDERS_POLL).await;
        world.until(&run(ids::DCL_TRACKING, &number), "booked", |v| v.status == "completed").await;
        let invoices = async || (world.sandbox.netsuite.records("invoice").len() > n).then_some(());
        eventually("an invoice", invoices).await;
    }
    paid(&world, &so, 7002).await;
    let all = |record| world.sandbox.netsuite.records(record).len();
    assert_eq!((all("itemFulfillment"), all("invoice"), all("customerPayment")), (2, 2, 1));
    let verdict = world.verdict(&[]).await;
    assert!(verdict.is_clean(), "{verdict}");
}

/// A brand that sells by Cash Sale is paid as it ships: there is nothing to invoice, and nothing to apply.
#[tokio::test(flavor = "multi_thread")]
async fn a_brand_on_cash_sales_sells_each_shipment_once() {
    let world = World::order_to_cash("cash-sale", |config| {
        let brand = config.brands.get_mut("acme").unwrap();
        brand.billing.cash_sale = Some(config::Tender { method: Some("601".into()), account: None });
    })
    .await;
    let (so, number) = with_the_warehouse(&world, two_lines(7003)).await;
    for n in [0, 1] {
        world.sandbox.dcl.ship(&number, Shipment::of(&[(&sku(&world, 7003, n), 1)])).unwrap();
        world.poll(ids::DCL_ORDERS_POLL).await;
        world
            .until(&run(ids::DCL_TRACKING, &number), "sold", |v| {
                v.status == "completed" && v.result.as_ref().is_some_and(|r| r["fulfillments"] == n + 1)
            })
            .await;
        assert_eq!(world.sandbox.netsuite.records("cashSale").len(), n + 1);
    }
    // What waits in NetSuite is asked, too: nothing does.
    let report = world.poll(ids::NETSUITE_ORDERS_POLL).await;
    assert_eq!(report["seen"], 0, "{report}");
    let all = |record| world.sandbox.netsuite.records(record).len();
    assert_eq!((all("itemFulfillment"), all("cashSale"), all("invoice"), all("customerPayment")), (2, 2, 0, 0));
    let sold = world.sandbox.netsuite.records("cashSale").iter().filter_map(|sale| sale["total"].as_f64()).sum::<f64>();
    assert_eq!(format!("{sold:.2}"), "398.00");
    for agent in [run(ids::NETSUITE_INVOICE, &so), run(ids::NETSUITE_PAYMENT, "7003")] {
        assert!(world.view(&agent).await.is_none(), "{agent} has nothing to do");
    }
    let verdict = world.verdict(&[]).await;
    assert!(verdict.is_clean(), "{verdict}");
}

/// The store cancels an order and says so.
fn cancel(world: &World, id: u64) {
    world.sandbox.shopify.update_order(id, json!({ "cancelled_at": "2026-11-03T10:00:00-05:00" })).unwrap();
}

/// Letter of a Sales Order's status.
fn status(world: &World, so: &str) -> Value {
    world.sandbox.netsuite.record("salesOrder", so).unwrap()["status"]["id"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_before_the_warehouse_has_picked() {
    let world = World::order_to_cash("cancelled", |_| {}).await;
    let (so, number) = with_the_warehouse(&world, order(7003)).await;
    cancel(&world, 7003);
    let why = world.until_parked(&run(ids::NETSUITE_TO_DCL, &so)).await;
    assert!(why.contains("stage 10") && why.contains(&number), "{why}");
    assert_ne!(status(&world, &so), "H", "not closed while the warehouse may still ship it");
    world.sandbox.dcl.cancel(&number).unwrap();
    world.resolve(&run(ids::NETSUITE_TO_DCL, &so), json!({ "action": "retry", "by": "ann" })).await.unwrap();
    world.result(&run(ids::NETSUITE_TO_DCL, &so)).await.unwrap();
    assert_eq!(status(&world, &so), "H");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_before_the_warehouse_has_the_order_and_one_after_it_has_shipped() {
    let world = World::order_to_cash("cancelled-early-late", |_| {}).await;
    let mut nowhere = order(7004);
    nowhere["shipping_address"]["city"] = json!(null);
    let id = world.sandbox.shopify.place_order(nowhere).unwrap();
    eventually("a run", async || world.view(&run_of(id)).await).await;
    let booked = world.result(&run_of(id)).await.unwrap();
    let so = booked["salesOrderId"].as_str().unwrap();
    world.until_parked(&run(ids::NETSUITE_TO_DCL, so)).await;
    cancel(&world, 7004);
    world.result(&run(ids::NETSUITE_TO_DCL, so)).await.unwrap();
    assert_eq!(status(&world, so), "H");
    assert!(world.sandbox.dcl.orders().is_empty());

    let (so, number) = with_the_warehouse(&world, order(7005)).await;
    world.sandbox.dcl.ship_all(&number).unwrap();
    cancel(&world, 7005);
    let ended = |v: &bus::RunView| v.status == "failed";
    let late = world.until(&run(ids::NETSUITE_TO_DCL, &so), "too late", ended).await;
    assert!(late.failure.unwrap().contains("it has to come back"));
}
