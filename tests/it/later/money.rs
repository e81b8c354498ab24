//! The money of an order: tenders, captures, refunds, other currencies, and money that comes when it likes.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use workflows::ids::{NETSUITE_INVOICE, NETSUITE_PAYMENT};

use super::{amounts, basket, billed, clean, count, paid, parked, retry, run, shipped, with_the_warehouse};
use crate::world::{World, price};

pub fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// A transaction as REST shows it.
pub fn transaction(id: u64, kind: &str, gateway: &str, amount: &str) -> Value {
    let mut of = json!({
        "id": id, "kind": kind, "status": "success", "gateway": gateway, "currency": "USD", "test": false,
        "parent_id": null, "processed_at": "2026-11-02T10:00:00-05:00", "created_at": "2026-11-02T10:00:00-05:00",
    });
    price(&mut of, "amount", amount);
    of
}

/// Ships all of an order that the warehouse has.
pub async fn ship_all(world: &World, number: &str) {
    world.sandbox.dcl.ship_all(number).unwrap();
    shipped(world, number).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_tender_and_every_capture_is_a_payment_of_its_own() {
    let world = World::order_to_cash("money-tenders", |_| {}).await;
    let mut order = basket(7301, &[("HOOD-MOSS", 2, "64.50")]);
    let capture = |id, amount| {
        let mut capture = transaction(id, "capture", "shopify_payments", amount);
        capture["parent_id"] = json!(73_010_002_u64);
        capture
    };
    order["transactions"] = json!([
        transaction(73_010_001, "sale", "gift_card", "25.00"),
        transaction(73_010_002, "authorization", "shopify_payments", "104.00"),
        capture(73_010_003, "60.00"),
        capture(73_010_004, "44.00"),
    ]);
    let (so, number) = with_the_warehouse(&world, order).await;
    ship_all(&world, &number).await;
    billed(&world, &so).await;
    let done = paid(&world, 7301).await;
    assert_eq!(done["payments"].as_array().map(Vec::len), Some(3), "{done}");
    assert_eq!(amounts(&world, "customerPayment", "payment"), [dec("25"), dec("60"), dec("44")]);
    let methods: Vec<_> = world.sandbox.netsuite.records("customerPayment");
    let methods: Vec<_> = methods.iter().map(|p| p["paymentOption"]["id"].as_str().unwrap()).collect();
    assert_eq!(methods, ["603", "601", "601"]);
    clean(&world).await;
}

/// The brand ships what is only authorised, and captures afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn money_that_comes_after_the_invoice_wakes_the_run() {
    let world = World::order_to_cash("money-late", |config| {
        config.brands.get_mut("acme").unwrap().orders.payment_states.push("AUTHORIZED".into());
        config.brands.get_mut("acme").unwrap().orders.payment_states.push("PARTIALLY_PAID".into());
    })
    .await;
    let mut order = basket(7302, &[("TEE-SLATE", 2, "29.00")]);
    order["financial_status"] = json!("authorized");
    order["total_outstanding"] = json!("58.00");
    let (so, number) = with_the_warehouse(&world, order).await;
    ship_all(&world, &number).await;
    billed(&world, &so).await;
    let payment = run(NETSUITE_PAYMENT, "7302");
    world.until(&payment, "waiting", |v| v.agent_status.as_deref() == Some("waiting")).await;
    assert_eq!(count(&world, "customerPayment"), 0);

    world.sandbox.shopify.capture(7302, dec("20.00")).unwrap();
    let in_part = |v: &bus::RunView| v.agent_status.as_deref() == Some("waiting");
    crate::world::eventually("a payment", async || (count(&world, "customerPayment") == 1).then_some(())).await;
    world.until(&payment, "waiting for the rest", in_part).await;
    world.sandbox.shopify.capture(7302, dec("38.00")).unwrap();
    paid(&world, 7302).await;
    assert_eq!(amounts(&world, "customerPayment", "payment"), [dec("20"), dec("38")]);
    clean(&world).await;
    world.assert_never_wedged(&[payment]).await;
}

/// A difference within the brand's tolerance is left as it is; too much waits for a person, too little for the rest.
#[tokio::test(flavor = "multi_thread")]
async fn too_little_and_too_much_money() {
    let world = World::order_to_cash("money-off", |config| {
        let brand = config.brands.get_mut("acme").unwrap();
        brand.orders.payment_states.push("PARTIALLY_PAID".into());
        brand.payments.tolerance = dec("0.05");
    })
    .await;
    let case = async |id: u64, received: &str| {
        let mut order = basket(id, &[("TEE-SLATE", 1, "29.00")]);
        order["transactions"] = json!([transaction(id * 10, "sale", "shopify_payments", received)]);
        if received == "20.00" {
            (order["financial_status"], order["total_outstanding"]) = (json!("partially_paid"), json!("9.00"));
        }
        let (so, number) = with_the_warehouse(&world, order).await;
        ship_all(&world, &number).await;
        billed(&world, &so).await;
        run(NETSUITE_PAYMENT, &id.to_string())
    };
    // A few cents too much are booked, and stay unapplied.
    let payment = case(7303, "29.04").await;
    world.until(&payment, "paid", |v| v.result.as_ref().is_some_and(|r| r["unpaid"] == "0.00 USD")).await;
    // More than that waits for a person, who may accept it.
    let payment = case(7304, "30.00").await;
    let problem = parked(&world, &payment).await;
    assert!(problem.contains("30.00 USD") && problem.contains("1.00 USD too much"), "{problem}");
    assert_eq!(count(&world, "customerPayment"), 1);
    retry(&world, &payment).await;
    assert_eq!(world.result(&payment).await.unwrap()["unpaid"], "0.00 USD");
    // Too little waits for the rest, which the shop still expects.
    let payment = case(7305, "20.00").await;
    let view = world.until(&payment, "waiting", |v| v.agent_status.as_deref() == Some("waiting")).await;
    assert_eq!(view.status, "running");
    world.sandbox.shopify.pay(7305, dec("9.00"), "cash").unwrap();
    paid(&world, 7305).await;
    assert_eq!(amounts(&world, "customerPayment", "payment"), [dec("29.04"), dec("30"), dec("20"), dec("9")]);
}

/// Shopify's own sample: 598.94 paid, 209.00 given back, and an order that comes to 199.65 now.
#[tokio::test(flavor = "multi_thread")]
async fn the_sample_that_was_refunded_less_than_it_shrank_ends_in_words() {
    let world = World::order_to_cash("money-sample", |_| {}).await;
    let mut sample: Value = serde_json::from_str(include_str!("../../expected/orders/sample-01.json")).unwrap();
    sample["created_at"] = json!("2026-11-02T10:00:00-05:00");
    sample["processed_at"] = sample["created_at"].clone();
    for line in sample["line_items"].as_array_mut().unwrap() {
        // What shipped before we came is nobody's business here.
        line["fulfillment_status"] = Value::Null;
    }
    let (so, number) = with_the_warehouse(&world, sample).await;
    ship_all(&world, &number).await;
    billed(&world, &so).await;
    let payment = run(NETSUITE_PAYMENT, "450789469");
    let problem = parked(&world, &payment).await;
    for figure in ["389.94 USD", "199.65 USD", "190.29 USD too much"] {
        assert!(problem.contains(figure), "{figure}: {problem}");
    }
    assert_eq!(world.view(&payment).await.unwrap().problem["kind"], "overpaid");
    assert_eq!(count(&world, "customerPayment"), 0);
    retry(&world, &payment).await;
    assert_eq!(world.result(&payment).await.unwrap()["unpaid"], "0.00 USD");
    assert_eq!(amounts(&world, "customerPayment", "unapplied"), [dec("190.29")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_costs_nothing_is_billed_and_needs_no_money() {
    let world = World::order_to_cash("money-zero", |_| {}).await;
    let mut free = basket(7306, &[("STICKER", 3, "0.00")]);
    free["transactions"] = json!([]);
    let (so, number) = with_the_warehouse(&world, free).await;
    ship_all(&world, &number).await;
    billed(&world, &so).await;
    paid(&world, 7306).await;
    assert_eq!((count(&world, "invoice"), count(&world, "customerPayment")), (1, 0));
    clean(&world).await;
}

/// An order over these amounts in the shop's and the buyer's currency.
fn abroad(id: u64, shop: (&str, &str), buyer: (&str, &str)) -> Value {
    let mut order = basket(id, &[("TEE-SLATE", 1, shop.1)]);
    let both = json!({
        "shop_money": { "amount": shop.1, "currency_code": shop.0 },
        "presentment_money": { "amount": buyer.1, "currency_code": buyer.0 },
    });
    (order["currency"], order["presentment_currency"]) = (json!(shop.0), json!(buyer.0));
    for field in
        ["total_price", "current_total_price", "subtotal_price", "current_subtotal_price", "total_line_items_price"]
    {
        order[format!("{field}_set")] = both.clone();
    }
    order["line_items"][0]["price_set"] = both.clone();
    let mut sale = transaction(id * 10, "sale", "shopify_payments", shop.1);
    (sale["currency"], sale["amount_set"]) = (json!(shop.0), both);
    order["transactions"] = json!([sale]);
    order
}

#[tokio::test(flavor = "multi_thread")]
async fn a_brand_that_books_the_buyers_currency_bills_and_is_paid_in_it() {
    let world = World::order_to_cash("money-buyer", |config| {
        config.brands.get_mut("acme").unwrap().orders.currency = config::BookedCurrency::Presentment;
    })
    .await;
    let (so, number) = with_the_warehouse(&world, abroad(7307, ("USD", "29.00"), ("JPY", "4339"))).await;
    ship_all(&world, &number).await;
    billed(&world, &so).await;
    let payment = run(NETSUITE_PAYMENT, "7307");
    let done =
        |v: &bus::RunView| v.status == "completed" && v.result.as_ref().is_some_and(|r| r["payments"] != json!([]));
    let done = world.until(&payment, "paid", done).await.result.unwrap();
    assert_eq!(done["unpaid"], "0 JPY");
    assert_eq!(amounts(&world, "invoice", "total"), [dec("4339")]);
    assert_eq!(amounts(&world, "customerPayment", "payment"), [dec("4339")]);
    assert_eq!(world.sandbox.netsuite.records("customerPayment")[0]["currency"]["id"], "5");
    clean(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_that_a_person_made_or_paid_is_taken_as_it_is() {
    let mut world = World::order_to_cash("money-by-hand", |config| {
        let agents = &mut config.brands.get_mut("acme").unwrap().agents;
        agents.retain(|agent| agent != NETSUITE_INVOICE && agent != NETSUITE_PAYMENT);
    })
    .await;
    let mut orders = vec![];
    for id in [7308, 7309] {
        let (so, number) = with_the_warehouse(&world, basket(id, &[("TEE-SLATE", 1, "29.00")])).await;
        ship_all(&world, &number).await;
        let invoice = json!({ "createdFrom": { "id": so } });
        let invoice = world.sandbox.netsuite.put_record("invoice", invoice).unwrap();
        orders.push((id, so, invoice));
    }
    let (_, _, invoice) = &orders[1];
    let payment = json!({
        "customer": world.sandbox.netsuite.record("invoice", invoice).unwrap()["entity"],
        "currency": { "id": "1" }, "payment": 29.0, "undepFunds": true,
        "apply": { "items": [{ "doc": { "id": invoice }, "apply": true, "amount": 29.0 }] },
    });
    world.sandbox.netsuite.put_record("customerPayment", payment).unwrap();
    world
        .restart(|config| {
            config.brands.get_mut("acme").unwrap().agents = workflows::ids::ORDER_TO_CASH.map(str::to_owned).to_vec();
        })
        .await;
    for (id, so, _) in &orders {
        let request = |workflow: &str, field: &str, key: &str| bus::RunRequest {
            workflow: workflow.to_owned(),
            brand: None,
            payload: json!({ field: key }),
            start_at: None,
            rerun: false,
        };
        world.bus().run(&request(NETSUITE_INVOICE, "salesOrderId", so)).await.unwrap();
        billed(&world, so).await;
        world.bus().run(&request(NETSUITE_PAYMENT, "orderId", &id.to_string())).await.unwrap();
        paid(&world, *id).await;
    }
    assert_eq!((count(&world, "invoice"), count(&world, "customerPayment")), (2, 2));
    let unpaid = amounts(&world, "invoice", "amountRemaining");
    assert_eq!(unpaid, [Decimal::ZERO; 2]);
    let of = &world.result(&run(NETSUITE_PAYMENT, "7309")).await.unwrap();
    assert_eq!(of["payments"].as_array().map(Vec::len), Some(1), "{of}");
}

/// The books were closed between shipment and bill, and again between bill and payment.
#[tokio::test(flavor = "multi_thread")]
async fn a_closed_period_holds_bill_and_payment_until_it_is_opened() {
    let mut world = World::order_to_cash("money-period", |config| {
        let agents = &mut config.brands.get_mut("acme").unwrap().agents;
        agents.retain(|agent| agent != NETSUITE_INVOICE && agent != NETSUITE_PAYMENT);
    })
    .await;
    let (so, number) = with_the_warehouse(&world, basket(7310, &[("TEE-SLATE", 1, "29.00")])).await;
    ship_all(&world, &number).await;
    for (agent, key) in [(NETSUITE_INVOICE, so.as_str()), (NETSUITE_PAYMENT, "7310")] {
        world.restart(|c| c.brands.get_mut("acme").unwrap().agents.push(agent.to_owned())).await;
        world.sandbox.netsuite.set_closed_before(Some("2199-01-01".parse().unwrap()));
        world.poll(workflows::ids::NETSUITE_ORDERS_POLL).await;
        let problem = parked(&world, &run(agent, key)).await;
        assert!(problem.to_lowercase().contains("period"), "{problem}");
        world.sandbox.netsuite.set_closed_before(None);
        retry(&world, &run(agent, key)).await;
        world.until(&run(agent, key), "done", |v| v.status == "completed").await;
    }
    paid(&world, 7310).await;
    clean(&world).await;
}

/// Money that goes back after all was paid is somebody else's business: the run looks, and books nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_after_the_end_wakes_the_run_and_books_nothing_twice() {
    let world = World::order_to_cash("money-refund", |_| {}).await;
    let (so, number) = with_the_warehouse(&world, basket(7311, &[("TEE-SLATE", 2, "29.00")])).await;
    ship_all(&world, &number).await;
    billed(&world, &so).await;
    paid(&world, 7311).await;
    let payment = run(NETSUITE_PAYMENT, "7311");
    let before = world.view(&payment).await.unwrap().run_id;
    world.sandbox.shopify.refund(7311, dec("10.00")).unwrap();
    let again = |v: &bus::RunView| v.run_id != before && v.status == "completed";
    world.until(&payment, "looked again", again).await;
    assert_eq!(amounts(&world, "customerPayment", "payment"), [dec("58")]);
    assert_eq!(amounts(&world, "invoice", "amountRemaining"), [Decimal::ZERO]);
}
