//! The Admin API: access, documents, records, cost.

use std::time::Duration;

use axum::http::StatusCode;
use sandbox::Sandbox;
use sandbox::shopify::Limits;
use serde_json::{Value, json};

use crate::receiver::Receiver;
use crate::support::{ADD_TAG, SAMPLE, add_tag, ask, client, sandbox, sandbox_with};

#[tokio::test]
async fn without_a_token_nothing_is_told() {
    let sandbox = sandbox().await;
    let url = sandbox.shopify_url.join("/admin/api/2026-10/graphql.json").unwrap();
    let answer = client().post(url).json(&json!({"query": "{ shop { name } }"}));
    let answer = answer.send().await.unwrap();
    assert_eq!(answer.status(), 401);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["errors"], "[API] Invalid API key or access token (unrecognized login or wrong password)");
}

#[tokio::test]
async fn the_client_credentials_grant_gives_a_token_for_a_day() {
    let sandbox = sandbox().await;
    let credentials = sandbox.shopify.credentials();
    let url = sandbox.shopify_url.join("/admin/oauth/access_token").unwrap();
    let mut form = vec![
        ("grant_type", "client_credentials".to_owned()),
        ("client_id", credentials.client_id),
        ("client_secret", credentials.client_secret),
    ];
    let granted = client().post(url.clone()).form(&form).send().await.unwrap();
    let granted: Value = granted.json().await.unwrap();
    assert_eq!(granted["expires_in"], 86399);

    let graphql = sandbox.shopify_url.join("/admin/api/2026-07/graphql.json").unwrap();
    let ask = || {
        client()
            .post(graphql.clone())
            .header("X-Shopify-Access-Token", granted["access_token"].as_str().unwrap())
            .json(&json!({"query": "{ shop { currencyCode } }"}))
            .send()
    };
    let answer: Value = ask().await.unwrap().json().await.unwrap();
    assert_eq!(answer["data"]["shop"]["currencyCode"], "USD");
    sandbox.clock.advance(Duration::from_secs(86_400));
    assert_eq!(ask().await.unwrap().status(), 401);

    form[2].1 = "wrong".to_owned();
    let refused = client().post(url).form(&form).send().await.unwrap();
    assert_eq!(refused.status(), 400);
}

#[tokio::test]
async fn an_unknown_version_is_not_found() {
    let sandbox = sandbox().await;
    let url = sandbox.shopify_url.join("/admin/api/2019-04/graphql.json").unwrap();
    let answer = client().post(url).json(&json!({"query": "{ shop { name } }"}));
    assert_eq!(answer.send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn the_sample_order_is_told_as_it_is_now() {
    let sandbox = sandbox().await;
    let query = "query($id: ID!) { order(id: $id) {
        id legacyResourceId name createdAt tags test displayFinancialStatus fullyPaid
        currentTotalPriceSet { shopMoney { amount currencyCode } }
        currentTotalTaxSet { shopMoney { amount } }
        currentTotalDutiesSet { shopMoney { amount } }
        totalTipReceivedSet { presentmentMoney { amount } }
        currentTaxLines { title rate ratePercentage priceSet { shopMoney { amount } } }
        customer { id legacyResourceId defaultEmailAddress { emailAddress } }
        shippingAddress { address1 provinceCode countryCodeV2 }
        risk { recommendation assessments { riskLevel } }
        lineItems(first: 50) { pageInfo { hasNextPage } nodes {
            id sku quantity currentQuantity isGiftCard variant { id }
            originalUnitPriceSet { shopMoney { amount } }
            discountAllocations { allocatedAmountSet { shopMoney { amount } }
                discountApplication { __typename ... on DiscountCodeApplication { code }
                    value { ... on MoneyV2 { amount } } } }
        } }
        shippingLines(first: 5) { nodes { title isRemoved
            currentDiscountedPriceSet { shopMoney { amount } } } }
    } }";
    let answer = ask(&sandbox, query, json!({"id": SAMPLE})).await;
    assert_eq!(answer["errors"], Value::Null, "{answer:#}");
    let order = &answer["data"]["order"];
    assert_eq!(order["createdAt"], "2008-01-10T16:00:00Z");
    assert_eq!(order["displayFinancialStatus"], "PARTIALLY_REFUNDED");
    assert_eq!(order["currentTotalPriceSet"]["shopMoney"], json!({"amount": "199.65", "currencyCode": "USD"}));
    assert_eq!(order["currentTotalTaxSet"]["shopMoney"]["amount"], "3.98");
    assert_eq!(order["currentTotalDutiesSet"], Value::Null);
    assert_eq!(order["totalTipReceivedSet"]["presentmentMoney"]["amount"], "0.0");
    assert_eq!(
        order["currentTaxLines"],
        json!([{"title": "State Tax", "rate": 0.06, "ratePercentage": 6.0,
            "priceSet": {"shopMoney": {"amount": "3.98"}}}])
    );
    assert_eq!(order["customer"]["legacyResourceId"], "207119551");
    assert_eq!(order["risk"], json!({"recommendation": "NONE", "assessments": []}));
    let lines = order["lineItems"]["nodes"].as_array().unwrap();
    let left: Vec<_> = lines.iter().map(|line| line["currentQuantity"].as_i64().unwrap()).collect();
    assert_eq!(left, [0, 1, 0]);
    assert_eq!(lines[1]["originalUnitPriceSet"]["shopMoney"]["amount"], "199.0");
    assert_eq!(lines[1]["variant"]["id"], "gid://shopify/ProductVariant/49148385");
    let discount = &lines[1]["discountAllocations"][0];
    assert_eq!(discount["allocatedAmountSet"]["shopMoney"]["amount"], "3.33");
    assert_eq!(
        discount["discountApplication"],
        json!({"__typename": "DiscountCodeApplication", "code": "TENOFF", "value": {"amount": "10.0"}})
    );
    let cost = &answer["extensions"]["cost"];
    assert!(cost["requestedQueryCost"].as_u64() >= cost["actualQueryCost"].as_u64());
    assert_eq!(cost["throttleStatus"]["maximumAvailable"], 2000);
}

#[tokio::test]
async fn what_is_missing_or_malformed_is_told_apart() {
    let sandbox = sandbox().await;
    let query = "query($id: ID!) { order(id: $id) { id } }";
    let missing = ask(&sandbox, query, json!({"id": "gid://shopify/Order/1"})).await;
    assert_eq!(missing["data"], json!({"order": null}));
    assert_eq!(missing["errors"], Value::Null);

    let malformed = ask(&sandbox, query, json!({"id": "450789469"})).await;
    assert_eq!(malformed["errors"][0]["message"], "invalid id");
    assert_eq!(malformed["errors"][0]["extensions"]["code"], "RESOURCE_NOT_FOUND");
    assert_eq!(malformed["data"], json!({"order": null}));

    let invalid = ask(&sandbox, "{ order(id: 1) { x } }", json!({})).await;
    assert_eq!(invalid["errors"][0]["extensions"]["code"], "undefinedField");
    assert_eq!(invalid["data"], Value::Null);

    let unpaged = ask(&sandbox, "{ orders { nodes { id } } }", json!({})).await;
    assert_eq!(unpaged["errors"][0]["message"], "you must provide one of first or last");
    assert_eq!(unpaged["errors"][0]["extensions"]["code"], "BAD_REQUEST");

    let tags: Vec<String> = (0..251).map(|n| n.to_string()).collect();
    let long = ask(&sandbox, ADD_TAG, json!({"id": SAMPLE, "tags": tags})).await;
    assert_eq!(long["errors"][0]["extensions"]["code"], "MAX_INPUT_SIZE_EXCEEDED");
}

#[tokio::test]
async fn orders_are_searched_sorted_and_paged() {
    let sandbox = sandbox().await;
    let query = "query($q: String, $after: String) {
        orders(first: 2, after: $after, query: $q, sortKey: UPDATED_AT) {
            nodes { name updatedAt } pageInfo { hasNextPage endCursor }
        }
        ordersCount(query: $q) { count precision }
    }";
    let first = ask(&sandbox, query, json!({"q": "updated_at:>='2000-01-01T00:00:00Z'"})).await;
    assert_eq!(first["data"]["ordersCount"], json!({"count": 4, "precision": "EXACT"}));
    assert_eq!(first["data"]["orders"]["nodes"][0]["name"], "#1001");
    let after = &first["data"]["orders"]["pageInfo"]["endCursor"];
    let second = ask(&sandbox, query, json!({"q": null, "after": after})).await;
    assert_eq!(second["data"]["orders"]["nodes"].as_array().unwrap().len(), 2);
    assert_eq!(second["data"]["orders"]["pageInfo"]["hasNextPage"], false);

    let named = ask(&sandbox, query, json!({"q": "name:#1001 -tag:SENT_TO_NS"})).await;
    assert_eq!(named["data"]["ordersCount"]["count"], 1);
    let ignored = ask(&sandbox, query, json!({"q": "colour:green"})).await;
    assert_eq!(ignored["data"]["ordersCount"]["count"], 4);
    assert_eq!(ignored["extensions"]["search"][0]["warnings"][0]["code"], "invalid_field");
}

#[tokio::test]
async fn tags_are_a_set_and_a_change_is_told() {
    let sandbox = sandbox().await;
    let receiver = Receiver::start(StatusCode::OK).await;
    sandbox.shopify.subscribe("orders/updated", &receiver.url());
    let updated = |sandbox: &Sandbox| sandbox.shopify.order(450789469).unwrap()["updated_at"].clone();
    let before = updated(&sandbox);

    let answer: Value = add_tag(&sandbox, "SENT_TO_NS").await.unwrap().json().await.unwrap();
    let payload = &answer["data"]["tagsAdd"];
    assert_eq!(payload["node"], json!({"id": SAMPLE, "tags": ["SENT_TO_NS"]}));
    assert_eq!(payload["userErrors"], json!([]));
    let after = updated(&sandbox);
    assert_ne!(before, after);

    add_tag(&sandbox, "sent_to_ns").await.unwrap();
    assert_eq!(sandbox.shopify.order(450789469).unwrap()["tags"], "SENT_TO_NS");
    sandbox.shopify.deliveries_settled().await;
    assert_eq!(sandbox.shopify.deliveries().len(), 1, "no change, no webhook");

    let variables = json!({"id": "gid://shopify/Order/1", "tags": ["a"]});
    let missing = ask(&sandbox, ADD_TAG, variables).await;
    assert_eq!(
        missing["data"]["tagsAdd"],
        json!({"node": null, "userErrors": [{"field": ["id"], "message": "Order does not exist"}]})
    );
    let results: Vec<_> = sandbox.ledger.entries().into_iter().map(|e| e.result).collect();
    assert_eq!(results, ["ok", "ok", "refused: Order does not exist"]);
}

#[tokio::test]
async fn an_empty_bucket_throttles_under_200() {
    let limits = Limits { bucket: 12, restore_rate: 1, max_query_cost: 1000 };
    let sandbox = sandbox_with(|options| options.limits = Some(limits)).await;
    sandbox.clock.set("2026-10-05T12:00:00Z".parse().unwrap());
    assert!(add_tag(&sandbox, "a").await.unwrap().status().is_success());
    let throttled = add_tag(&sandbox, "b").await.unwrap();
    assert_eq!(throttled.status(), 200);
    let body: Value = throttled.json().await.unwrap();
    assert_eq!(
        body["errors"][0],
        json!({"message": "Throttled", "extensions": {
            "code": "THROTTLED", "documentation": "https://shopify.dev/api/usage/rate-limits"}})
    );
    assert!(body.get("data").is_none());
    let cost = &body["extensions"]["cost"];
    assert_eq!(cost["requestedQueryCost"], 10);
    assert_eq!(cost["actualQueryCost"], Value::Null);
    assert_eq!(cost["throttleStatus"]["restoreRate"], 1);

    sandbox.clock.advance(Duration::from_secs(10));
    let later: Value = add_tag(&sandbox, "b").await.unwrap().json().await.unwrap();
    assert_eq!(later["errors"], Value::Null);
}

#[tokio::test]
async fn a_query_that_is_too_dear_is_refused() {
    let sandbox = sandbox().await;
    let query = "{ orders(first: 250) { nodes { lineItems(first: 250) { nodes {
        product { variants(first: 250) { nodes { id } } } } } } } }";
    let body = ask(&sandbox, query, json!({})).await;
    assert_eq!(body["errors"][0]["extensions"]["code"], "MAX_COST_EXCEEDED");
    assert_eq!(body["errors"][0]["extensions"]["maxCost"], 1000);
}

#[tokio::test]
async fn scopes_are_demanded() {
    let sandbox = sandbox_with(|options| options.scopes = vec!["read_products".to_owned()]).await;
    let body = ask(&sandbox, "{ orders(first: 1) { nodes { id } } }", json!({})).await;
    assert_eq!(body["errors"][0]["extensions"]["code"], "ACCESS_DENIED");
    assert_eq!(body["errors"][0]["extensions"]["requiredAccess"], "`read_orders` access scope.");
}

#[tokio::test]
async fn requests_are_counted_by_operation() {
    let sandbox = sandbox().await;
    ask(&sandbox, "{ shop { name } }", json!({})).await;
    add_tag(&sandbox, "a").await.unwrap();
    let requests = sandbox.shopify.requests();
    assert_eq!((requests["shop"], requests["tagsAdd"]), (1, 1));
    assert_eq!(sandbox.shopify.points_used(), 11);
}
