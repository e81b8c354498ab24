//! A sandbox with the sample orders, and a client for its shop.

use std::time::Duration;

use sandbox::{Options, Sandbox};
use serde_json::{Value, json};

pub const SAMPLE: &str = "gid://shopify/Order/450789469";

pub const ADD_TAG: &str = "mutation($id: ID!, $tags: [String!]!) {
    tagsAdd(id: $id, tags: $tags) { node { ... on Order { id tags } } userErrors { field message } }
}";

pub async fn sandbox() -> Sandbox {
    sandbox_with(|_| {}).await
}

pub async fn sandbox_with(change: impl Fn(&mut sandbox::shopify::Options)) -> Sandbox {
    let mut options = Options::default();
    options.shopify.webhook_retry_base = Duration::from_millis(1);
    change(&mut options.shopify);
    let sandbox = Sandbox::start(options).await.unwrap();
    for number in [1, 4, 13, 20] {
        let path = format!("{}/data/shopify/order/{number}.json", env!("CARGO_MANIFEST_DIR"));
        let mut file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let order = match file.get_mut("order") {
            Some(order) => order.take(),
            None => file["orders"][0].take(),
        };
        sandbox.shopify.load_order(order).unwrap();
    }
    sandbox
}

/// A client that keeps no connection, so that every fault meets a fresh one.
pub fn client() -> reqwest::Client {
    rustls::crypto::ring::default_provider().install_default().ok();
    let builder = reqwest::Client::builder().pool_max_idle_per_host(0);
    builder.timeout(Duration::from_secs(10)).build().unwrap()
}

pub async fn send(sandbox: &Sandbox, body: Value) -> reqwest::Result<reqwest::Response> {
    let url = sandbox.shopify_url.join("/admin/api/2026-10/graphql.json").unwrap();
    let token = sandbox.shopify.credentials().access_token;
    let request = client().post(url).header("X-Shopify-Access-Token", token);
    request.json(&body).send().await
}

pub async fn ask(sandbox: &Sandbox, query: &str, variables: Value) -> Value {
    let answer = send(sandbox, json!({"query": query, "variables": variables})).await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

pub async fn add_tag(sandbox: &Sandbox, tag: &str) -> reqwest::Result<reqwest::Response> {
    let variables = json!({"id": SAMPLE, "tags": [tag]});
    send(sandbox, json!({"query": ADD_TAG, "variables": variables})).await
}
