//! The balance of Shopify Payments.
#![cfg(test)]

use std::time::Duration;

use client_core::test_server::{Reply, Server};
use client_shopify::{Auth, Charge, Client, Error, Payout, Settings};
use futures_util::TryStreamExt;
use serde_json::{Value, json};

fn client(server: &Server) -> Client {
    let auth = Auth::AccessToken("s3cr3t".to_owned().into());
    let (base_url, api_version) = (server.url.clone(), "2026-10".to_owned());
    Client::new(Settings { base_url, api_version, auth, timeout: Duration::from_secs(10) }).unwrap()
}

fn page(list: &str, nodes: Value, cursor: Option<&str>) -> Reply {
    let page = json!({ "nodes": nodes, "pageInfo": { "hasNextPage": cursor.is_some(), "endCursor": cursor } });
    Reply::json(200, &json!({ "data": { "shopifyPaymentsAccount": { list: page } } }).to_string())
}

fn moved(kind: &str, transaction: Value, status: &str) -> Value {
    json!({
        "id": "gid://shopify/ShopifyPaymentsBalanceTransaction/1", "type": kind, "sourceOrderTransactionId": transaction,
        "associatedOrder": { "id": "gid://shopify/Order/7" }, "associatedPayout": { "status": status },
    })
}

fn asked(server: &Server, request: usize) -> Value {
    serde_json::from_str::<Value>(&server.requests()[request].body).unwrap()["variables"].clone()
}

#[tokio::test]
async fn charges_are_read_to_the_end_and_nothing_else_is() {
    let first = json!([moved("CHARGE", json!("71"), "PAID"), moved("CHARGEBACK_FEE", json!(null), "PAID")]);
    let last = json!([moved("CHARGE", json!("72"), "SCHEDULED"), moved("REFUND", json!("73"), "PAID")]);
    let server =
        Server::start([page("balanceTransactions", first, Some("c1")), page("balanceTransactions", last, None)])
            .await
            .unwrap();
    let since = "2026-11-02T10:00:00Z".parse().unwrap();
    let charges: Vec<_> = client(&server).charges_since(since).try_collect().await.unwrap();
    let charge = |transaction, paid_out| Charge { transaction: Some(transaction), order: Some(7), paid_out };
    assert_eq!(charges, [charge(71, true), charge(72, false)]);
    assert_eq!(asked(&server, 0), json!({ "query": "processed_at:>='2026-11-02T10:00:00Z'", "after": null }));
    assert_eq!(asked(&server, 1)["after"], "c1");
}

#[tokio::test]
async fn payouts_and_what_is_in_them() {
    let nodes = json!([
        { "id": "gid://shopify/ShopifyPaymentsPayout/5", "status": "PAID" },
        { "id": "gid://shopify/ShopifyPaymentsPayout/6", "status": "SCHEDULED" },
    ]);
    let server =
        Server::start([page("payouts", nodes, None), page("balanceTransactions", json!([]), None)]).await.unwrap();
    let client = client(&server);
    let since = "2026-11-02T10:00:00Z".parse().unwrap();
    let payouts: Vec<_> = client.payouts_since(since).try_collect().await.unwrap();
    assert_eq!(payouts, [Payout { id: 5, paid: true }, Payout { id: 6, paid: false }]);
    assert_eq!(asked(&server, 0)["query"], "issued_at:>='2026-11-02T10:00:00Z'");
    let charges: Vec<Charge> = client.charges_of_payout(5).try_collect().await.unwrap();
    assert_eq!((charges, asked(&server, 1)["query"].clone()), (vec![], json!("payments_transfer_id:5")));
}

#[tokio::test]
async fn a_store_without_an_account_is_told() {
    let none = Reply::json(200, &json!({ "data": { "shopifyPaymentsAccount": null } }).to_string());
    let server = Server::start([none]).await.unwrap();
    let refused = client(&server).charges_of_payout(5).try_collect::<Vec<_>>().await.unwrap_err();
    assert!(matches!(&refused, Error::Rejected { code, .. } if code == "NO_ACCOUNT"), "{refused}");
}
