//! The readers against a small server of this machine that plays the vendor's part.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod dcl;
mod netsuite_stages;
mod shopify_stages;
mod to_cash;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{StatusCode, header::CONTENT_TYPE};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use checker::{Booked, Kind, Netsuite, NetsuiteAuth, Patience, ReadError, Rules, Shopify, ShopifyAuth, Stages, check};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey,
};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use url::Url;

const PATIENCE: Patience = Patience { attempts: 3, pause: Duration::ZERO };

/// A request as the vendor sees it.
#[derive(Debug, Clone)]
struct Asked {
    path: String,
    query: String,
    authorization: String,
    body: String,
}

impl Asked {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

type Log = Arc<Mutex<Vec<Asked>>>;

/// Serves on a free port; `answer` gets every request and how many came before it.
async fn vendor(answer: impl Fn(&Asked, usize) -> (u16, Value) + Send + Sync + 'static) -> (Url, Log) {
    let log = Log::default();
    let (answer, seen) = (Arc::new(answer), log.clone());
    let handler = move |request: Request| {
        let (answer, seen) = (answer.clone(), seen.clone());
        async move {
            let (head, body) = request.into_parts();
            let body: Bytes = to_bytes(body, 1 << 20).await.unwrap();
            let secret = head.headers.get("x-shopify-access-token").or(head.headers.get("authorization"));
            let asked = Asked {
                path: head.uri.path().to_owned(),
                query: head.uri.query().unwrap_or_default().to_owned(),
                authorization: secret.map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default(),
                body: String::from_utf8(body.to_vec()).unwrap(),
            };
            let (status, body) = {
                let mut seen = seen.lock().unwrap();
                seen.push(asked.clone());
                answer(&asked, seen.len() - 1)
            };
            (StatusCode::from_u16(status).unwrap(), [(CONTENT_TYPE, "application/json")], body.to_string())
        }
    };
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(handler)).await });
    (url, log)
}

fn shopify(url: Url) -> Shopify {
    Shopify::new(url, "2026-10", ShopifyAuth::AccessToken("shpat_1".into()), PATIENCE).unwrap()
}

fn netsuite(url: Url) -> Netsuite {
    Netsuite::new(url, NetsuiteAuth::AccessToken("tok".into()), PATIENCE).unwrap()
}

fn node(id: u64) -> Value {
    json!({
        "legacyResourceId": id.to_string(), "name": format!("#{id}"), "createdAt": "2026-05-12T10:00:00Z",
        "tags": ["SENT_TO_NS"], "email": "ada@example.com",
        "customer": {"legacyResourceId": "7", "defaultEmailAddress": {"emailAddress": "a@b.example"}},
        "currentTotalPriceSet": {
            "shopMoney": {"amount": "12.5", "currencyCode": "USD"},
            "presentmentMoney": {"amount": "17.0", "currencyCode": "CAD"},
        },
    })
}

/// A store with 250 orders that shows pages of 100, up to this one.
fn store(last_page: u64) -> impl Fn(&Asked, usize) -> (u16, Value) + Send + Sync + 'static {
    move |asked, _| {
        let asked = asked.json();
        if asked["query"].as_str().unwrap().contains("ordersCount") {
            return (200, json!({"data": {"ordersCount": {"count": 250, "precision": "EXACT"}}}));
        }
        let page: u64 = asked["variables"]["after"].as_str().map_or(0, |cursor| cursor.parse().unwrap());
        let nodes: Vec<Value> = (page * 100..250.min(page * 100 + 100)).map(node).collect();
        let info = json!({"hasNextPage": page + 1 < last_page, "endCursor": (page + 1).to_string()});
        (200, json!({"data": {"orders": {"nodes": nodes, "pageInfo": info}}}))
    }
}

#[tokio::test]
async fn shopify_is_paged_to_the_end_and_counted() {
    let (url, log) = vendor(store(3)).await;
    let (orders, list) = shopify(url).orders(Some("created_at:>=2026-01-01")).await.unwrap();
    assert_eq!(orders.iter().map(|order| order.id).collect::<Vec<_>>(), (0..250).collect::<Vec<_>>());
    assert!(list.is_whole() && list.counted == 250 && list.exact);
    assert_eq!(orders[7].shop_total.to_string(), "12.5 USD");
    assert_eq!(orders[7].presentment_total.amount, "17".parse::<Decimal>().unwrap());
    assert_eq!((orders[7].customer, orders[7].emails.len()), (Some(7), 2));
    let log = log.lock().unwrap();
    assert_eq!(log.len(), 4);
    assert!(
        log.iter().all(|asked| asked.path == "/admin/api/2026-10/graphql.json" && asked.authorization == "shpat_1")
    );
    assert!(log.iter().all(|asked| asked.json()["variables"]["query"] == "created_at:>=2026-01-01"));
}

#[tokio::test]
async fn shopify_s_throttle_is_waited_for_and_given_up_at_the_end_of_patience() {
    let throttled = || (200, json!({"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]}));
    let serve = store(3);
    let (url, log) = vendor(move |asked, before| if before < 2 { throttled() } else { serve(asked, before) }).await;
    assert_eq!(shopify(url).orders(None).await.unwrap().0.len(), 250);
    assert_eq!(log.lock().unwrap().len(), 6);

    let (url, log) = vendor(move |_, _| throttled()).await;
    let error = shopify(url).orders(None).await.unwrap_err();
    assert!(matches!(error, ReadError::Unavailable { .. }), "{error}");
    assert_eq!(log.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn shopify_s_data_beside_errors_is_refused() {
    let (url, _) =
        vendor(|_, _| (200, json!({"data": {"order": null}, "errors": [{"message": "Access denied"}]}))).await;
    let error = shopify(url).order(1).await.unwrap_err();
    assert!(error.to_string().contains("Shopify order 1: refused") && error.to_string().contains("Access denied"));
}

#[tokio::test]
async fn an_order_that_does_not_exist_is_none_and_one_without_total_is_unreadable() {
    let (url, _) = vendor(|asked, _| {
        let mut found = node(2);
        found["currentTotalPriceSet"]["shopMoney"] = Value::Null;
        let missing = asked.json()["variables"]["id"] == "gid://shopify/Order/1";
        (200, json!({"data": {"order": if missing { Value::Null } else { found }}}))
    })
    .await;
    let shopify = shopify(url);
    assert!(shopify.order(1).await.unwrap().is_none());
    let error = shopify.order(2).await.unwrap_err().to_string();
    assert!(error.contains("currentTotalPriceSet.shopMoney"), "{error}");
}

#[tokio::test]
async fn shopify_s_client_credentials_fetch_one_token() {
    let serve = store(3);
    let (url, log) = vendor(move |asked, before| match asked.path.as_str() {
        "/admin/oauth/access_token" => {
            assert_eq!(asked.body, "grant_type=client_credentials&client_id=id&client_secret=s%261");
            (200, json!({"access_token": "fetched", "expires_in": 86399}))
        }
        _ => serve(asked, before),
    })
    .await;
    let auth = ShopifyAuth::ClientCredentials { client_id: "id".to_owned(), client_secret: "s&1".into() };
    Shopify::new(url, "2026-10", auth, PATIENCE).unwrap().orders(None).await.unwrap();
    let log = log.lock().unwrap();
    assert_eq!(log.iter().filter(|asked| asked.path.contains("oauth")).count(), 1);
    assert!(log[1..].iter().all(|asked| asked.authorization == "fetched"));
}

/// An account with Sales Orders `0..count` whose list says it has no more after `last_page` pages.
fn account(count: u64, last_page: u64) -> impl Fn(&Asked, usize) -> (u16, Value) + Send + Sync + 'static {
    move |asked, _| {
        if asked.path == "/services/rest/query/v1/suiteql" {
            assert_eq!(asked.json()["params"], json!(["acme", "SO-acme-%"]));
            let offset: u64 = asked.query.strip_prefix("limit=1000&offset=").unwrap().parse().unwrap();
            let items: Vec<Value> =
                (offset..count.min(offset + 1000)).map(|id| json!({"id": id.to_string()})).collect();
            let more = offset + 1000 < count && offset / 1000 + 1 < last_page;
            return (200, json!({"items": items, "hasMore": more, "totalResults": count, "offset": offset}));
        }
        let id = asked.path.rsplit('/').next().unwrap();
        if asked.path.contains("/customer/") {
            return match id {
                "601" => (200, json!({"id": "601", "externalId": "CUST-acme-7", "subsidiary": {"id": "1"}})),
                _ => (404, json!({"o:errorDetails": [{"o:errorCode": "NONEXISTENT_ID"}]})),
            };
        }
        assert_eq!(asked.query, "expandSubResources=true");
        let lines = json!([{"amount": 14.59}, {"amount": -2.09}]);
        let record = json!({
            "id": id, "tranId": format!("SO{id}"), "externalId": format!("SO-acme-{id}"),
            "custbody_shopify_order_id": id, "entity": {"id": "601"}, "subsidiary": {"id": "1"},
            "currency": {"id": "1", "refName": "USD"}, "status": {"id": "B", "refName": "Pending Fulfillment"},
            "total": 12.5, "taxTotal": 0.0, "item": {"items": lines, "totalResults": 2, "hasMore": false},
        });
        (200, record)
    }
}

#[tokio::test]
async fn netsuite_is_paged_to_the_end_and_counted() {
    let (url, log) = vendor(account(2001, 3)).await;
    let (orders, list) = netsuite(url).sales_orders("acme").await.unwrap();
    assert!(list.is_whole() && list.read == 2001 && orders.len() == 2001);
    let order = &orders[2000];
    assert_eq!((order.id.as_str(), order.number.as_str(), order.status.as_str()), ("2000", "SO2000", "B"));
    assert_eq!((order.customer.as_str(), order.subsidiary.as_str(), order.currency.as_str()), ("601", "1", "1"));
    assert_eq!(order.total, "12.50".parse::<Decimal>().unwrap());
    assert_eq!(order.lines.iter().sum::<Decimal>(), order.total);
    assert!(log.lock().unwrap().iter().all(|asked| asked.authorization == "Bearer tok"));
}

#[tokio::test]
async fn a_list_cut_at_page_2_is_named() {
    let rules = Rules {
        brand: "acme".to_owned(),
        subsidiary: "1".to_owned(),
        booked: Booked::Shop,
        currencies: BTreeMap::from([("USD".to_owned(), "1".to_owned())]),
        default_customer: None,
        tag: "SENT_TO_NS".to_owned(),
        released: true,
        go_live: None,
        other_channels: BTreeSet::new(),
        stages: Stages::default(),
    };
    let verdict = async |shop_pages, account_size, account_pages| {
        let (store, _) = vendor(store(shop_pages)).await;
        let (account, _) = vendor(account(account_size, account_pages)).await;
        check(&shopify(store), &netsuite(account), &rules, None, BTreeMap::new()).await.unwrap()
    };
    let whole = verdict(3, 250, 1).await;
    assert!(whole.is_clean(), "{whole}");

    let cut = verdict(2, 250, 1).await;
    assert_eq!(cut.violations[0].kind, Kind::ListCut);
    assert_eq!(cut.violations[0].evidence, "Shopify orders: 200 read, 250 counted by the vendor");

    let cut = verdict(3, 2500, 2).await;
    assert_eq!(cut.violations[0].kind, Kind::ListCut);
    assert_eq!(cut.violations[0].evidence, "NetSuite sales orders: 2000 read, 2500 counted by the vendor");
}

#[tokio::test]
async fn customers_that_do_not_exist_are_left_out() {
    let (url, _) = vendor(account(0, 1)).await;
    let ids = BTreeSet::from(["601".to_owned(), "999".to_owned()]);
    let customers = netsuite(url).customers(ids).await.unwrap();
    assert_eq!(customers.keys().collect::<Vec<_>>(), ["601"]);
    assert_eq!(customers["601"].external_id.as_deref(), Some("CUST-acme-7"));
}

#[tokio::test]
async fn a_sales_order_whose_lines_are_cut_is_unreadable() {
    let serve = account(1, 1);
    let (url, _) = vendor(move |asked, before| {
        let (status, mut body) = serve(asked, before);
        body["item"]["totalResults"] = json!(3);
        (status, body)
    })
    .await;
    let error = netsuite(url).sales_orders("acme").await.unwrap_err();
    assert!(error.to_string().contains("sales order 0: rest of item.items"), "{error}");
}

#[tokio::test]
async fn netsuite_s_tax_comes_from_its_details_where_it_gives_no_total() {
    let serve = account(2, 1);
    let (url, _) = vendor(move |asked, before| {
        let (status, mut body) = serve(asked, before);
        body["taxTotal"] = Value::Null;
        if asked.path.ends_with("/0") {
            body["taxDetails"] = json!({"items": [{"taxAmount": 1.54}, {"taxAmount": 0.5}]});
        } else if asked.path.ends_with("/1") {
            body["item"]["items"][0]["tax1Amt"] = json!(0.75);
        }
        (status, body)
    })
    .await;
    let (orders, _) = netsuite(url).sales_orders("acme").await.unwrap();
    assert_eq!(orders.iter().map(|order| order.tax.to_string()).collect::<Vec<_>>(), ["2.04", "0.75"]);
}

#[tokio::test]
async fn netsuite_s_concurrency_limit_is_waited_for_in_each_disguise() {
    let serve = account(1, 1);
    let (url, log) = vendor(move |asked, before| match before {
        0 => (400, json!({"o:errorDetails": [{"o:errorCode": "CONCURRENCY_LIMIT_EXCEEDED"}]})),
        1 => (401, json!({"o:errorDetails": [{"o:errorCode": "INVALID_LOGIN"}]})),
        3 => (429, json!({})),
        _ => serve(asked, before),
    })
    .await;
    assert_eq!(netsuite(url).sales_orders("acme").await.unwrap().0.len(), 1);
    assert_eq!(log.lock().unwrap().len(), 5);
}

#[tokio::test]
async fn netsuite_s_token_is_signed_for_fetched_once_and_renewed_after_a_401() {
    let random = SystemRandom::new();
    let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.as_ref(), &random).unwrap();
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der.as_ref()));
    let serve = account(2, 1);
    let (url, log) = vendor(move |asked, before| {
        if asked.path.ends_with("/token") {
            return (200, json!({"access_token": format!("token-{before}"), "expires_in": 3600}));
        }
        if before == 2 { (401, json!({})) } else { serve(asked, before) }
    })
    .await;
    let auth = NetsuiteAuth::OAuth2 {
        client_id: "client".to_owned(),
        certificate_id: "certificate".to_owned(),
        private_key_pem: pem.into(),
    };
    let account = Netsuite::new(url.clone(), auth, PATIENCE).unwrap();
    account.customers(BTreeSet::from(["601".to_owned()])).await.unwrap();
    account.customers(BTreeSet::from(["601".to_owned()])).await.unwrap();

    let log = log.lock().unwrap().clone();
    let tokens: Vec<&str> = log.iter().map(|asked| asked.authorization.as_str()).collect();
    assert_eq!(tokens, ["", "Bearer token-0", "Bearer token-0", "", "Bearer token-3"]);

    let form: BTreeMap<String, String> = url::form_urlencoded::parse(log[0].body.as_bytes()).into_owned().collect();
    assert_eq!(form["grant_type"], "client_credentials");
    let (signed, signature) = form["client_assertion"].rsplit_once('.').unwrap();
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_key().as_ref());
    public.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    let parts: Vec<Value> =
        signed.split('.').map(|part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()).collect();
    assert_eq!(parts[0], json!({"typ": "JWT", "alg": "ES256", "kid": "certificate"}));
    assert_eq!(parts[1]["aud"], url.join("/services/rest/auth/oauth2/v1/token").unwrap().as_str());
    assert_eq!((&parts[1]["iss"], &parts[1]["scope"]), (&json!("client"), &json!("rest_webservices")));
    assert_eq!(parts[1]["exp"].as_i64().unwrap() - parts[1]["iat"].as_i64().unwrap(), 300);
}

#[tokio::test]
async fn a_key_that_is_none_is_a_matter_of_credentials() {
    let (url, _) = vendor(account(1, 1)).await;
    let auth = NetsuiteAuth::OAuth2 {
        client_id: "client".to_owned(),
        certificate_id: "certificate".to_owned(),
        private_key_pem: "nonsense".into(),
    };
    let error = Netsuite::new(url, auth, PATIENCE).unwrap().sales_orders("acme").await.unwrap_err();
    assert!(matches!(error, ReadError::Credentials(_)) && !error.to_string().contains("nonsense"), "{error}");
}
