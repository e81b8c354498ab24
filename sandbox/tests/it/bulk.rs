//! Bulk operations and their files.

use std::time::Duration;

use sandbox::Sandbox;
use sandbox::shopify::BulkPace;
use serde_json::{Value, json};

use crate::support::{ask, client, sandbox, sandbox_with};

const EXPORT: &str = "{ inventoryItems { edges { node { id sku
    variants { edges { node { id } } }
    inventoryLevels { edges { node { id location { id } quantities(names: [\"available\"]) { quantity } } } } } } } }";

async fn start(sandbox: &Sandbox, query: &str, grouped: bool) -> Value {
    let run = "mutation($query: String!, $grouped: Boolean!) {
        bulkOperationRunQuery(query: $query, groupObjects: $grouped) {
            bulkOperation { id status } userErrors { code field message }
        }
    }";
    let answer = ask(sandbox, run, json!({"query": query, "grouped": grouped})).await;
    answer["data"]["bulkOperationRunQuery"].clone()
}

async fn operation(sandbox: &Sandbox, id: &Value) -> Value {
    let query = "query($id: ID!) { bulkOperation(id: $id) {
        id status errorCode objectCount rootObjectCount fileSize url partialDataUrl completedAt query type
    } }";
    ask(sandbox, query, json!({"id": id})).await["data"]["bulkOperation"].clone()
}

/// Asks until an operation has another status; each answer takes the time that the operation needs.
async fn ended(sandbox: &Sandbox, id: &Value) -> Value {
    loop {
        let told = operation(sandbox, id).await;
        if !["CREATED", "RUNNING", "CANCELING"].contains(&told["status"].as_str().unwrap()) {
            return told;
        }
        tokio::task::yield_now().await;
    }
}

async fn file(url: &Value) -> (u16, String) {
    let answer = client().get(url.as_str().unwrap()).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

fn lines(file: &str) -> Vec<Value> {
    file.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn everything_is_laid_down_in_lines_below_its_parent() {
    let sandbox = sandbox().await;
    let started = start(&sandbox, EXPORT, true).await;
    assert_eq!(started["userErrors"], json!([]));
    assert_eq!(started["bulkOperation"]["status"], "CREATED");
    let told = ended(&sandbox, &started["bulkOperation"]["id"]).await;
    assert_eq!((&told["status"], &told["type"]), (&json!("COMPLETED"), &json!("QUERY")));
    let (status, text) = file(&told["url"]).await;
    assert_eq!((status, text.len().to_string()), (200, told["fileSize"].as_str().unwrap().to_owned()));
    let all = lines(&text);
    assert_eq!(all.len().to_string(), told["objectCount"]);
    let mut parent = &json!(null);
    let mut roots = 0;
    for line in &all {
        match line.get("__parentId") {
            Some(of) => assert_eq!(of, parent),
            None => (parent, roots) = (&line["id"], roots + 1),
        }
    }
    assert_eq!(roots.to_string(), told["rootObjectCount"]);
    let count = ask(&sandbox, "{ productVariants(first: 250) { nodes { id } } }", json!({})).await;
    assert_eq!(roots, count["data"]["productVariants"]["nodes"].as_array().unwrap().len());
    let pink = all.iter().find(|line| line["sku"] == "IPOD2008PINK").unwrap();
    let mut levels = all.iter().filter(|line| line["__parentId"] == pink["id"] && line["quantities"].is_array());
    assert_eq!(levels.next().unwrap()["quantities"], json!([{"quantity": 10}]));

    let started = start(&sandbox, EXPORT, false).await;
    let told = ended(&sandbox, &started["bulkOperation"]["id"]).await;
    let apart = lines(&file(&told["url"]).await.1);
    assert!(apart[..roots].iter().all(|line| line.get("__parentId").is_none()));
    assert_eq!(apart.len(), all.len());
}

#[tokio::test]
async fn more_than_a_page_is_read_and_orders_too() {
    let sandbox = sandbox().await;
    for order in sandbox::generate::orders(3, 300) {
        sandbox.shopify.load_order(order).unwrap();
    }
    let query = "{ orders(query: \"-tag:x\") { edges { node { id lineItems { edges { node { id sku } } } } } } }";
    let started = start(&sandbox, query, true).await;
    let told = ended(&sandbox, &started["bulkOperation"]["id"]).await;
    assert_eq!(told["rootObjectCount"], sandbox.shopify.orders().len().to_string());
    let all = lines(&file(&told["url"]).await.1);
    let distinct: std::collections::BTreeSet<_> = all.iter().map(|line| line["id"].as_str().unwrap()).collect();
    assert_eq!(distinct.len(), all.len());
}

#[tokio::test]
async fn what_cannot_be_run_is_refused() {
    let sandbox = sandbox_with(|options| options.bulk_pace = BulkPace::Stepwise).await;
    let refused = start(&sandbox, "{ inventoryItems { nodes { id } } }", true).await;
    assert_eq!((&refused["bulkOperation"], &refused["userErrors"][0]["code"]), (&json!(null), &json!("INVALID")));
    let mut last = json!(null);
    for _ in 0..5 {
        last = start(&sandbox, EXPORT, true).await;
        assert_eq!(last["userErrors"], json!([]));
    }
    assert_eq!(start(&sandbox, EXPORT, true).await["userErrors"][0]["code"], "LIMIT_REACHED");

    let id = &last["bulkOperation"]["id"];
    let cancel = "mutation($id: ID!) { bulkOperationCancel(id: $id) { bulkOperation { status }
        userErrors { field message } } }";
    let answer = ask(&sandbox, cancel, json!({"id": id})).await;
    assert_eq!(answer["data"]["bulkOperationCancel"]["userErrors"], json!([]));
    assert_eq!(ended(&sandbox, id).await["status"], "CANCELED");
    let answer = ask(&sandbox, cancel, json!({"id": id})).await;
    assert_ne!(answer["data"]["bulkOperationCancel"]["userErrors"], json!([]));
    assert_eq!(start(&sandbox, EXPORT, true).await["userErrors"], json!([]));
    let running = "{ bulkOperations(first: 10, query: \"status:CREATED\") { nodes { id } } }";
    let answer = ask(&sandbox, running, json!({})).await;
    assert_eq!(answer["data"]["bulkOperations"]["nodes"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn an_operation_goes_on_by_steps_and_fails_with_a_part() {
    let sandbox = sandbox_with(|options| options.bulk_pace = BulkPace::Stepwise).await;
    let id = start(&sandbox, EXPORT, true).await["bulkOperation"]["id"].clone();
    let number = sandbox.shopify.bulk_operations()[0];
    let control = async |step: &str| {
        let url = format!("/control/shopify/bulk_operations/{number}/{step}");
        let answer = client().post(sandbox.control_url.join(&url).unwrap()).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    };
    assert_eq!(operation(&sandbox, &id).await["status"], "CREATED");
    control("step").await;
    let told = operation(&sandbox, &id).await;
    assert_eq!((&told["status"], &told["url"]), (&json!("RUNNING"), &json!(null)));
    control("step").await;
    let told = ended(&sandbox, &id).await;
    assert_eq!(told["status"], "COMPLETED");
    let whole = lines(&file(&told["url"]).await.1).len();
    control("fail").await;
    let failed = operation(&sandbox, &id).await;
    assert_eq!((&failed["status"], &failed["url"]), (&json!("FAILED"), &json!(null)));
    let part = lines(&file(&failed["partialDataUrl"]).await.1).len();
    assert!(0 < part && part < whole, "{part} of {whole}");
}

#[tokio::test]
async fn a_file_is_there_for_seven_days_and_takes_its_time() {
    let sandbox = sandbox_with(|options| options.bulk_pace = BulkPace::Seconds(3600)).await;
    let id = start(&sandbox, EXPORT, true).await["bulkOperation"]["id"].clone();
    assert_eq!(operation(&sandbox, &id).await["status"], "CREATED");
    sandbox.clock.advance(Duration::from_secs(1800));
    assert_eq!(operation(&sandbox, &id).await["status"], "RUNNING");
    sandbox.clock.advance(Duration::from_secs(1800));
    let told = ended(&sandbox, &id).await;
    assert_eq!(told["status"], "COMPLETED");
    let forged = json!(told["url"].as_str().unwrap().replace(".jsonl", "0.jsonl"));
    assert_eq!(file(&forged).await.0, 403);
    assert_eq!(file(&told["url"]).await.0, 200);
    sandbox.clock.advance(Duration::from_secs(8 * 86_400));
    assert_eq!(file(&told["url"]).await.0, 403);
    assert_eq!(operation(&sandbox, &id).await["status"], "EXPIRED");
}

#[tokio::test]
async fn a_scope_that_is_missing_lets_it_fail() {
    let sandbox = sandbox_with(|options| options.scopes.retain(|scope| !scope.contains("inventory"))).await;
    let id = start(&sandbox, EXPORT, true).await["bulkOperation"]["id"].clone();
    let told = ended(&sandbox, &id).await;
    assert_eq!((&told["status"], &told["errorCode"]), (&json!("FAILED"), &json!("ACCESS_DENIED")));
}
