//! The balance of Shopify Payments and its payouts.

use sandbox::Sandbox;
use serde_json::{Value, json};

use crate::support::{ask, sandbox_with};

const BALANCE: &str = "query($q: String) { shopifyPaymentsAccount { balanceTransactions(first: 50, query: $q) { nodes {
    type amount { amount currencyCode } sourceOrderTransactionId associatedOrder { id name }
    associatedPayout { id status } } } payouts(first: 50) { nodes { id legacyResourceId status net { amount } } } } }";

fn paid(id: u64, gateway: &str) -> Value {
    let sale = json!({
        "id": id * 10, "kind": "sale", "status": "success", "gateway": gateway, "amount": "40.00", "currency": "USD",
        "processed_at": "2026-11-02T10:00:00Z",
    });
    json!({ "id": id, "currency": "USD", "total_price": "40.00", "financial_status": "paid", "transactions": [sale] })
}

async fn account(sandbox: &Sandbox, query: &str) -> Value {
    let answer = ask(sandbox, BALANCE, json!({ "q": query })).await;
    assert_eq!(answer["errors"], Value::Null, "{answer:#}");
    answer["data"]["shopifyPaymentsAccount"].clone()
}

#[tokio::test]
async fn what_came_through_shopify_payments_leaves_by_payouts() {
    let sandbox = sandbox_with(|_| {}).await;
    for (id, gateway) in [(71, "shopify_payments"), (72, "gift_card"), (73, "shopify_payments")] {
        sandbox.shopify.load_order(paid(id, gateway)).unwrap();
    }
    sandbox.shopify.refund(73, "10.00".parse().unwrap()).unwrap();
    let since = "processed_at:>='2026-11-02T10:00:00Z'";
    let all = account(&sandbox, since).await;
    let moved: Vec<_> =
        all["balanceTransactions"]["nodes"].as_array().unwrap().iter().map(|one| &one["type"]).collect();
    assert_eq!(moved, ["CHARGE", "CHARGE", "REFUND"]);
    let first = &all["balanceTransactions"]["nodes"][0];
    assert_eq!(first["sourceOrderTransactionId"], "710");
    assert_eq!(first["associatedOrder"], json!({ "id": "gid://shopify/Order/71", "name": "#71" }));
    assert_eq!(first["associatedPayout"], json!({ "id": null, "status": "PENDING" }));

    let payout = sandbox.shopify.schedule_payout().unwrap();
    let of_payout = format!("payments_transfer_id:{payout}");
    let scheduled = account(&sandbox, &of_payout).await;
    assert_eq!(scheduled["payouts"]["nodes"][0]["status"], "SCHEDULED");
    sandbox.shopify.pay_out(payout).unwrap();
    let paid = account(&sandbox, &of_payout).await;
    assert_eq!(paid["balanceTransactions"]["nodes"][0]["associatedPayout"]["status"], "PAID");
    assert_eq!(paid["payouts"]["nodes"][0]["legacyResourceId"], payout.to_string());
    assert_eq!(account(&sandbox, "payments_transfer_id:1").await["balanceTransactions"]["nodes"], json!([]));
    let nothing = sandbox.shopify.schedule_payout().unwrap_err();
    assert_eq!(nothing.field, "payout");
}

#[tokio::test]
async fn the_balance_needs_its_scope() {
    let sandbox = sandbox_with(|options| options.scopes.retain(|scope| !scope.contains("payouts"))).await;
    let answer = ask(&sandbox, BALANCE, json!({ "q": "" })).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "ACCESS_DENIED", "{answer:#}");
}
