//! Fulfillment orders, fulfillments and payments.

use axum::http::StatusCode;
use rust_decimal::Decimal;
use sandbox::Sandbox;
use sandbox::shopify::Tracking;
use serde_json::{Value, json};

use crate::receiver::{Receiver, header};
use crate::support::{SAMPLE, ask, sandbox, sandbox_with};

const ID: u64 = 450_789_469;
const OTHER_LOCATION: u64 = 487_838_322;

const CREATE: &str = "mutation($f: FulfillmentInput!) { fulfillmentCreate(fulfillment: $f) {
    fulfillment { id legacyResourceId name status createdAt totalQuantity location { id }
        trackingInfo { company number url }
        fulfillmentLineItems(first: 5) { nodes { quantity lineItem { id sku } } } }
    userErrors { field message } } }";

/// An order of two lines, three pieces of the first and one of the second.
fn order(id: u64) -> Value {
    let line = |id: u64, quantity: u32| {
        json!({"id": id, "sku": format!("SKU-{id}"), "title": "T", "quantity": quantity, "current_quantity": quantity,
            "requires_shipping": true, "price": "10.00"})
    };
    json!({
        "id": id, "name": format!("#{id}"), "currency": "USD", "total_price": "40.00", "current_total_price": "40.00",
        "financial_status": "paid", "line_items": [line(id * 10 + 1, 3), line(id * 10 + 2, 1)],
    })
}

fn gid(kind: &str, id: &Value) -> String {
    format!("gid://shopify/{kind}/{id}")
}

async fn create(sandbox: &Sandbox, fulfillment: Value) -> Value {
    let answer = ask(sandbox, CREATE, json!({"f": fulfillment})).await;
    assert_eq!(answer["errors"], Value::Null, "{answer:#}");
    assert_eq!(answer["extensions"]["cost"]["requestedQueryCost"], 10 + 1 + 1 + 2 + 3 * 2);
    answer["data"]["fulfillmentCreate"].clone()
}

async fn refused(sandbox: &Sandbox, fulfillment: Value) -> String {
    let payload = create(sandbox, fulfillment).await;
    assert_eq!(payload["fulfillment"], Value::Null);
    assert_eq!(payload["userErrors"][0]["field"], json!(["fulfillment"]));
    payload["userErrors"][0]["message"].as_str().unwrap().to_owned()
}

/// A part of a fulfillment order: its lines by place with their quantities.
fn part(fulfillment_order: &Value, lines: &[(usize, i64)]) -> Value {
    let lines = lines.iter().map(|(place, quantity)| {
        let id = gid("FulfillmentOrderLineItem", &fulfillment_order["line_items"][*place]["id"]);
        json!({"id": id, "quantity": quantity})
    });
    json!({
        "fulfillmentOrderId": gid("FulfillmentOrder", &fulfillment_order["id"]),
        "fulfillmentOrderLineItems": lines.collect::<Value>(),
    })
}

fn whole(fulfillment_order: &Value) -> Value {
    json!({"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": gid("FulfillmentOrder", &fulfillment_order["id"])}]})
}

fn fulfillment_order(sandbox: &Sandbox, order: u64, place: usize) -> Value {
    sandbox.shopify.fulfillment_orders(order)[place].clone()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

#[tokio::test]
async fn what_is_to_be_sent_is_told() {
    let sandbox = sandbox().await;
    let query = "query($id: ID!) { order(id: $id) { displayFulfillmentStatus fulfillmentOrders(first: 5) { nodes {
        id status requestStatus fulfillAt assignedLocation { name location { id } } fulfillmentHolds { id reason }
        supportedActions { action } order { name } lineItems(first: 1) { pageInfo { hasNextPage } nodes {
            id totalQuantity remainingQuantity sku lineItem { id currentQuantity } } } } } } }";
    let answer = ask(&sandbox, query, json!({"id": SAMPLE})).await;
    assert_eq!(answer["errors"], Value::Null, "{answer:#}");
    let nodes = &answer["data"]["order"]["fulfillmentOrders"]["nodes"];
    assert_eq!(nodes.as_array().unwrap().len(), 1);
    assert_eq!((&nodes[0]["status"], &nodes[0]["requestStatus"]), (&json!("OPEN"), &json!("UNSUBMITTED")));
    assert_eq!(nodes[0]["assignedLocation"]["location"]["id"], "gid://shopify/Location/655441491");
    assert_eq!(nodes[0]["supportedActions"][0]["action"], "CREATE_FULFILLMENT");
    let line = &nodes[0]["lineItems"]["nodes"][0];
    assert_eq!((&line["totalQuantity"], &line["remainingQuantity"]), (&json!(1), &json!(1)));
    assert_eq!(line["lineItem"], json!({"id": "gid://shopify/LineItem/518995019", "currentQuantity": 1}));

    let id = number(&fulfillment_order(&sandbox, ID, 0)["id"]);
    sandbox.shopify.hold(id, "HIGH_RISK_OF_FRAUD").unwrap();
    let answer = ask(&sandbox, query, json!({"id": SAMPLE})).await;
    let order = &answer["data"]["order"];
    assert_eq!(order["displayFulfillmentStatus"], "ON_HOLD");
    assert_eq!(order["fulfillmentOrders"]["nodes"][0]["fulfillmentHolds"][0]["reason"], "HIGH_RISK_OF_FRAUD");

    let by_id =
        "query($id: ID!) { fulfillmentOrder(id: $id) { status order { id } lineItems(first: 5) { nodes { sku } } } }";
    let answer = ask(&sandbox, by_id, json!({"id": format!("gid://shopify/FulfillmentOrder/{id}")})).await;
    assert_eq!(answer["data"]["fulfillmentOrder"]["order"]["id"], SAMPLE);
    let answer = ask(&sandbox, by_id, json!({"id": "gid://shopify/FulfillmentOrder/1"})).await;
    assert_eq!(answer["data"]["fulfillmentOrder"], Value::Null);
}

#[tokio::test]
async fn an_order_is_sent_in_parts_and_a_repeat_sends_again() {
    let sandbox = sandbox().await;
    let receiver = Receiver::start(StatusCode::OK).await;
    for topic in ["orders/partially_fulfilled", "orders/fulfilled", "fulfillments/create", "fulfillments/update"] {
        sandbox.shopify.subscribe(topic, &receiver.url());
    }
    sandbox.shopify.load_order(order(7)).unwrap();
    let held = fulfillment_order(&sandbox, 7, 0);
    let draft = json!({"lineItemsByFulfillmentOrder": [part(&held, &[(0, 1)])], "notifyCustomer": true,
        "trackingInfo": {"company": "UPS", "numbers": ["1Z1", "1Z2"], "url": "https://ups.example/1Z1"}});
    let first = create(&sandbox, draft.clone()).await;
    let made = &first["fulfillment"];
    assert_eq!((&made["name"], &made["status"]), (&json!("#7.1"), &json!("SUCCESS")));
    assert_eq!(
        made["trackingInfo"],
        json!([{"company": "UPS", "number": "1Z1", "url": "https://ups.example/1Z1"},
            {"company": "UPS", "number": "1Z2", "url": null}])
    );
    let line = json!({"quantity": 1, "lineItem": {"id": "gid://shopify/LineItem/71", "sku": "SKU-71"}});
    assert_eq!(made["fulfillmentLineItems"]["nodes"], json!([line]));
    assert_eq!(sandbox.shopify.order(7).unwrap()["fulfillment_status"], "partial");
    assert_eq!(fulfillment_order(&sandbox, 7, 0)["status"], "in_progress");

    let second = create(&sandbox, draft).await;
    assert_ne!(second["fulfillment"]["id"], made["id"], "nothing recognises a repeat");
    create(&sandbox, whole(&held)).await;
    let sent = sandbox.shopify.order(7).unwrap();
    assert_eq!(sent["fulfillment_status"], "fulfilled");
    assert_eq!(sent["line_items"][0]["fulfillable_quantity"], 0);
    assert_eq!(sent["fulfillments"].as_array().unwrap().len(), 3);

    let track = "mutation($id: ID!, $t: FulfillmentTrackingInput!) {
        fulfillmentTrackingInfoUpdate(fulfillmentId: $id, trackingInfoInput: $t, notifyCustomer: true) {
            fulfillment { trackingInfo { number } } userErrors { field message } } }";
    let answer = ask(&sandbox, track, json!({"id": made["id"], "t": {"number": "1Z9"}})).await;
    let payload = &answer["data"]["fulfillmentTrackingInfoUpdate"];
    assert_eq!(payload["fulfillment"]["trackingInfo"], json!([{"number": "1Z9"}]));
    let answer = ask(&sandbox, track, json!({"id": "gid://shopify/Fulfillment/1", "t": {}})).await;
    let payload = &answer["data"]["fulfillmentTrackingInfoUpdate"];
    assert_eq!(payload["userErrors"][0], json!({"field": ["fulfillmentId"], "message": "Fulfillment does not exist."}));

    let cancel = "mutation($id: ID!) { fulfillmentCancel(id: $id) { fulfillment { status displayStatus }
        userErrors { message } } }";
    let answer = ask(&sandbox, cancel, json!({"id": made["id"]})).await;
    let told = &answer["data"]["fulfillmentCancel"]["fulfillment"];
    assert_eq!(*told, json!({"status": "CANCELLED", "displayStatus": "CANCELED"}));
    assert_eq!(sandbox.shopify.order(7).unwrap()["line_items"][0]["fulfillable_quantity"], 1);

    sandbox.shopify.deliveries_settled().await;
    let count = |topic: &str| {
        let seen = receiver.seen();
        seen.iter().filter(|(headers, _)| header(headers, "x-shopify-topic") == topic).count()
    };
    assert_eq!((count("fulfillments/create"), count("fulfillments/update")), (3, 2));
    assert_eq!(
        (count("orders/partially_fulfilled"), count("orders/fulfilled")),
        (2, 1),
        "a cancelled one is no sending"
    );
    let entries = sandbox.ledger.entries();
    assert_eq!((entries.len(), entries[0].result.as_str()), (6, "ok"));
    assert_eq!(entries[0].body["fulfillment"]["notifyCustomer"], true);
    assert_eq!(entries[2].body["fulfillment"]["notifyCustomer"], false, "the schema's default");
    assert_eq!(entries[0].record.as_deref(), made["id"].as_str());
    assert_eq!(entries[4].result, "refused: Fulfillment does not exist.");
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_in_shopify_s_words() {
    let sandbox = sandbox().await;
    sandbox.shopify.load_order(order(7)).unwrap();
    sandbox.shopify.load_order(order(8)).unwrap();
    let split = sandbox.shopify.split_fulfillment_order(7, &[(71, 1)], OTHER_LOCATION).unwrap();
    let (first, second) = (fulfillment_order(&sandbox, 7, 0), fulfillment_order(&sandbox, 7, 1));
    assert_eq!((number(&second["id"]), &second["line_items"][0]["quantity"]), (split, &json!(1)));

    let unknown = json!({"fulfillmentOrderId": "gid://shopify/FulfillmentOrder/1"});
    let both = json!({"lineItemsByFulfillmentOrder": [part(&first, &[(0, 1)]), part(&second, &[(0, 1)])]});
    let strange = json!({"lineItemsByFulfillmentOrder": [
        part(&first, &[(0, 1)]), part(&fulfillment_order(&sandbox, 8, 0), &[(0, 1)])]});
    let some = |lines: &[(usize, i64)]| json!({"lineItemsByFulfillmentOrder": [part(&first, lines)]});
    for (draft, expected) in [
        (json!({"lineItemsByFulfillmentOrder": [unknown]}), "Fulfillment order does not exist.".to_owned()),
        (
            both,
            format!(
                "All fulfillment orders must be assigned to a single location. Multiple locations with ids \
                 [655441491, {OTHER_LOCATION}] were found."
            ),
        ),
        (strange, "All fulfillment orders must belong to the same order.".to_owned()),
        (some(&[(0, 3)]), "Invalid fulfillment order line item quantity requested.".to_owned()),
        (some(&[(0, 0)]), "Invalid fulfillment order line item quantity requested.".to_owned()),
    ] {
        assert_eq!(refused(&sandbox, draft).await, expected);
    }
    let id = number(&first["id"]);
    sandbox.shopify.hold(id, "OTHER").unwrap();
    let told = format!("Fulfillment order {id} has an unfulfillable status= on_hold.");
    assert_eq!(refused(&sandbox, whole(&first)).await, told);
    sandbox.shopify.release_hold(id).unwrap();
    create(&sandbox, whole(&first)).await;
    let told = format!("Fulfillment order {id} has an unfulfillable status= closed.");
    assert_eq!(refused(&sandbox, whole(&first)).await, told);
    assert_eq!(sandbox.shopify.order(7).unwrap()["fulfillment_status"], "partial");

    let moved = sandbox.shopify.move_fulfillment_order(split, 655_441_491).unwrap();
    assert_eq!(moved, split);
    let by_hand = sandbox.shopify.fulfill_by_hand(7, &[], &Tracking::default()).unwrap();
    assert!(by_hand > 0);
    assert_eq!(sandbox.shopify.order(7).unwrap()["fulfillment_status"], "fulfilled");
    assert_eq!(sandbox.shopify.fulfill_by_hand(7, &[(71, 1)], &Tracking::default()).unwrap_err().field, "lines");
    assert_eq!(sandbox.shopify.move_fulfillment_order(split, 1).unwrap_err().message, "Location not found.");

    let malformed = ask(&sandbox, CREATE, json!({"f": {"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": "7"}]}}));
    assert_eq!(malformed.await["errors"][0]["extensions"]["code"], "RESOURCE_NOT_FOUND");
}

#[tokio::test]
async fn scopes_of_fulfillment_orders_are_demanded() {
    let sandbox = sandbox_with(|options| {
        options.scopes = vec!["read_all_orders".to_owned(), "read_orders".to_owned()];
    })
    .await;
    let query = "query($id: ID!) { order(id: $id) { id fulfillmentOrders(first: 1) { nodes { id } } } }";
    let answer = ask(&sandbox, query, json!({"id": SAMPLE})).await;
    assert_eq!(answer["errors"][0]["message"], "Access denied for fulfillmentOrders field.");
    assert_eq!(answer["errors"][0]["extensions"]["code"], "ACCESS_DENIED");
    assert_eq!(answer["data"]["order"], Value::Null);
    let answer = ask(&sandbox, CREATE, json!({"f": whole(&fulfillment_order(&sandbox, ID, 0))})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "ACCESS_DENIED");
    let entry = &sandbox.ledger.entries()[0];
    assert!(entry.result.starts_with("refused: Access denied for fulfillmentCreate field."), "{}", entry.result);

    let sandbox = sandbox_with(|options| {
        options.scopes.retain(|scope| !scope.contains("third_party"));
    })
    .await;
    let id = number(&fulfillment_order(&sandbox, ID, 0)["id"]);
    sandbox.shopify.move_fulfillment_order(id, 24_826_418).unwrap();
    let answer = ask(&sandbox, query, json!({"id": SAMPLE})).await;
    assert_eq!(answer["data"]["order"]["fulfillmentOrders"]["nodes"], json!([]), "a service's are not ours to see");
    let told = refused(&sandbox, whole(&fulfillment_order(&sandbox, ID, 0))).await;
    assert_eq!(told, "Fulfillment order does not exist.");
}

const MONEY: &str = "query($id: ID!) { order(id: $id) { displayFinancialStatus capturable
    netPaymentSet { shopMoney { amount } } totalReceivedSet { shopMoney { amount } }
    totalRefundedSet { shopMoney { amount } } totalOutstandingSet { shopMoney { amount } }
    transactions(first: 250) { id kind status gateway formattedGateway amountSet { shopMoney { amount } }
        processedAt createdAt test parentTransaction { id kind } }
    refunds(first: 10) { id createdAt totalRefundedSet { shopMoney { amount } }
        transactions(first: 5) { nodes { id kind parentTransaction { id } } } } } }";

async fn money(sandbox: &Sandbox, id: u64) -> Value {
    let answer = ask(sandbox, MONEY, json!({"id": format!("gid://shopify/Order/{id}")})).await;
    assert_eq!(answer["errors"], Value::Null, "{answer:#}");
    answer["data"]["order"].clone()
}

fn sums(order: &Value) -> [&str; 4] {
    ["totalReceivedSet", "totalRefundedSet", "netPaymentSet", "totalOutstandingSet"]
        .map(|name| order[name]["shopMoney"]["amount"].as_str().unwrap())
}

#[tokio::test]
async fn money_moves_and_is_told() {
    let sandbox = sandbox().await;
    let receiver = Receiver::start(StatusCode::OK).await;
    for topic in ["order_transactions/create", "orders/paid", "orders/updated", "refunds/create"] {
        sandbox.shopify.subscribe(topic, &receiver.url());
    }
    let mut new = order(9);
    new["financial_status"] = json!("authorized");
    sandbox.shopify.load_order(new).unwrap();
    let told = money(&sandbox, 9).await;
    assert_eq!((&told["displayFinancialStatus"], &told["capturable"]), (&json!("AUTHORIZED"), &json!(true)));
    assert_eq!(sums(&told), ["0.0", "0.0", "0.0", "40.0"]);

    let dec = |text: &str| text.parse::<Decimal>().unwrap();
    sandbox.shopify.capture(9, dec("15")).unwrap();
    let told = money(&sandbox, 9).await;
    assert_eq!(told["displayFinancialStatus"], "PARTIALLY_PAID");
    assert_eq!(told["transactions"][1]["parentTransaction"]["id"], told["transactions"][0]["id"]);
    sandbox.shopify.capture(9, dec("25")).unwrap();
    sandbox.shopify.refund(9, dec("30")).unwrap();
    let told = money(&sandbox, 9).await;
    assert_eq!(told["displayFinancialStatus"], "PARTIALLY_REFUNDED");
    assert_eq!(sums(&told), ["40.0", "30.0", "10.0", "0.0"]);
    let kinds: Vec<_> = told["transactions"].as_array().unwrap().iter().map(|one| one["kind"].clone()).collect();
    assert_eq!(kinds, ["AUTHORIZATION", "CAPTURE", "CAPTURE", "REFUND", "REFUND"]);
    let refund = &told["refunds"][0];
    assert_eq!(refund["totalRefundedSet"]["shopMoney"]["amount"], "30.0");
    assert_eq!(refund["transactions"]["nodes"][0]["parentTransaction"]["id"], told["transactions"][2]["id"]);
    assert_eq!(sandbox.shopify.refund(9, dec("10.01")).unwrap_err().field, "amount");
    assert_eq!(sandbox.shopify.capture(9, dec("1")).unwrap_err().field, "amount");

    sandbox.shopify.deliveries_settled().await;
    let seen = receiver.seen();
    let count = |topic: &str| seen.iter().filter(|(headers, _)| header(headers, "x-shopify-topic") == topic).count();
    assert_eq!((count("order_transactions/create"), count("orders/paid")), (4, 1));
    assert_eq!((count("orders/updated"), count("refunds/create")), (3, 1));
}

#[tokio::test]
async fn totals_agree_with_transactions_for_every_generated_order() {
    let sandbox = sandbox_with(|options| options.limits = None).await;
    let mut ids: Vec<u64> = sandbox.shopify.orders().iter().map(|order| number(&order["id"])).collect();
    for order in sandbox::generate::orders(3, 60) {
        ids.push(sandbox.shopify.load_order(order).unwrap());
    }
    for id in ids {
        let told = money(&sandbox, id).await;
        let sum = |kinds: &[&str]| -> Decimal {
            let all = told["transactions"].as_array().unwrap().iter();
            let done = all.filter(|one| one["status"] == "SUCCESS" && kinds.contains(&one["kind"].as_str().unwrap()));
            done.map(|one| one["amountSet"]["shopMoney"]["amount"].as_str().unwrap().parse::<Decimal>().unwrap()).sum()
        };
        let (received, refunded) = (sum(&["SALE", "CAPTURE"]), sum(&["REFUND"]));
        let told = sums(&told).map(|amount| amount.parse::<Decimal>().unwrap());
        assert_eq!(told[..3], [received, refunded, received - refunded], "{id}");
    }
}

#[tokio::test]
async fn an_order_marked_paid_gets_the_transaction_that_is_missing() {
    let sandbox = sandbox().await;
    let mut new = order(9);
    new["financial_status"] = json!("pending");
    sandbox.shopify.load_order(new).unwrap();
    assert_eq!(money(&sandbox, 9).await["transactions"], json!([]));
    sandbox.shopify.update_order(9, json!({"financial_status": "paid"})).unwrap();
    let told = money(&sandbox, 9).await;
    assert_eq!((&told["transactions"][0]["kind"], sums(&told)), (&json!("SALE"), ["40.0", "0.0", "40.0", "0.0"]));
}
