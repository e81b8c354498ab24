//! What becomes of each kind of answer.
#![cfg(test)]

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use client_core::test_server::{Reply, Request, Server};
use client_netsuite::{Auth, Client, Error, GovernanceLimits, Id, Settings, rows};
use futures_util::TryStreamExt;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde::Deserialize;
use serde_json::{Value, json};

const SECRET: &str = "s3cr3t";

fn client(server: &Server, auth: Auth) -> Client {
    let base_url = server.url.clone();
    let timeout = Duration::from_secs(10);
    Client::new(Settings { base_url, account: "1234567-sb1".to_owned(), auth, timeout }).unwrap()
}

fn tba() -> Auth {
    let secret = || SECRET.to_owned().into();
    Auth::Tba { consumer_key: secret(), consumer_secret: secret(), token_id: secret(), token_secret: secret() }
}

fn oauth() -> Auth {
    let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
    let body = STANDARD.encode(key.as_ref());
    Auth::OAuth2 {
        client_id: "client".to_owned(),
        certificate_id: "certificate".to_owned(),
        private_key_pem: format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n").into(),
    }
}

fn granted(token: &str) -> Reply {
    Reply::json(200, &json!({"access_token": token, "expires_in": "3600", "token_type": "Bearer"}).to_string())
}

fn saved() -> Reply {
    let location = "https://1.suitetalk.api.netsuite.com/services/rest/record/v1/salesOrder/1203";
    Reply::json(204, "").with("Location", location)
}

fn problem(status: u16, code: &str, detail: &str, path: Option<&str>) -> Reply {
    let mut details = json!({"detail": detail, "o:errorCode": code});
    if let Some(path) = path {
        details["o:errorPath"] = json!(path);
    }
    let body = json!({"type": "x", "title": "Bad Request", "status": status, "o:errorDetails": [details]});
    Reply::json(status, &body.to_string()).with("X-N-OperationId", "op-1")
}

async fn upsert(auth: Auth, replies: impl IntoIterator<Item = Reply>) -> (Result<String, Error>, Vec<Request>) {
    let server = Server::start(replies).await.unwrap();
    let result = client(&server, auth).upsert("salesOrder", "SO-acme-1", &json!({"memo": "m"}), &["item"]).await;
    (result, server.requests())
}

async fn refused(reply: Reply) -> Error {
    let (result, requests) = upsert(tba(), [reply]).await;
    assert_eq!(requests.len(), 1, "a client repeats nothing");
    let error = result.unwrap_err();
    assert!(!format!("{error:?} {error}").contains(SECRET));
    error
}

#[tokio::test]
async fn an_upsert_gives_the_internal_id() {
    let (result, requests) = upsert(tba(), [saved()]).await;
    assert_eq!(result.as_deref(), Ok("1203"));
    let request = &requests[0];
    assert!(
        request.head.starts_with("PUT /services/rest/record/v1/salesOrder/eid:SO-acme-1?replace=item "),
        "{}",
        request.head
    );
    assert_eq!(request.header("x-netsuite-propertynamevalidation"), Some("Error"));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert!(request.header("authorization").unwrap().starts_with("OAuth realm=\"1234567_SB1\", "));
    assert_eq!(request.body, r#"{"memo":"m"}"#);
}

#[tokio::test]
async fn a_success_without_a_location_is_unreadable() {
    for reply in [Reply::json(204, ""), Reply::json(204, "").with("Location", "https://a/salesOrder/eid:x")] {
        assert!(matches!(refused(reply).await, Error::Unreadable { path, .. } if path == "Location"));
    }
}

#[tokio::test]
async fn refusals_carry_code_field_and_operation_id() {
    let text = "Invalid Field Value 99 for the following field: entitystatus";
    let error = refused(problem(400, "INVALID_KEY_OR_REF", text, Some("entitystatus"))).await;
    let expected = Error::Rejected {
        code: "INVALID_KEY_OR_REF".to_owned(),
        message: text.to_owned(),
        field: Some("entitystatus".to_owned()),
        status: 400,
        request_id: Some("op-1".to_owned()),
    };
    assert_eq!(error, expected);
    for code in ["USER_ERROR", "INVALID_CONTENT", "IDEMPOTENCY_ERROR"] {
        let error = refused(problem(400, code, "No customer ann@example.com.", None)).await;
        assert!(matches!(&error, Error::Rejected { code: at, .. } if at == code), "{error:?}");
        assert!(!error.to_string().contains("ann@"), "{error}");
    }
}

#[tokio::test]
async fn an_excess_of_requests_is_throttling_under_any_status() {
    for status in [400, 429, 503] {
        let reply = problem(status, "CONCURRENCY_LIMIT_EXCEEDED", "Request blocked.", None);
        let detail = "PUT salesOrder: Request blocked., request op-1".to_owned();
        assert_eq!(refused(reply).await, Error::Throttled { retry_after: None, detail });
    }
    let error = refused(Reply::json(429, "<html>").with("Retry-After", "3")).await;
    assert!(matches!(error, Error::Throttled { retry_after: Some(wait), .. } if wait == Duration::from_secs(3)));
}

#[tokio::test]
async fn a_record_is_missing_only_when_netsuite_says_so() {
    let missing = problem(404, "NONEXISTENT_ID", "The record instance does not exist.", None);
    assert_eq!(refused(missing).await, Error::NotFound { what: "salesOrder eid:SO-acme-1".to_owned() });
    let error = refused(problem(404, "INVALID_URL", "The resource does not exist.", None)).await;
    assert!(matches!(error, Error::Rejected { status: 404, .. }), "{error:?}");
    for reply in [Reply::json(404, "<html>not here</html>"), Reply::json(404, ""), Reply::json(400, "{}")] {
        let error = refused(reply).await;
        assert!(matches!(&error, Error::Unreadable { path, .. } if path == "o:errorDetails"), "{error:?}");
    }
}

#[tokio::test]
async fn failures_of_netsuite_may_have_saved_the_record() {
    for reply in [
        problem(500, "UNEXPECTED_ERROR", "An unexpected error occurred.", None),
        problem(400, "UNEXPECTED_ERROR", "An unexpected error occurred.", None),
        problem(400, "RCRD_HAS_BEEN_CHANGED", "Record has been changed", None),
        Reply::json(503, "<html>maintenance</html>"),
        Reply::json(504, ""),
        Reply::Reset,
        Reply::CutShort,
    ] {
        let error = refused(reply.clone()).await;
        assert!(matches!(error, Error::Unavailable { sent: true, .. }), "{reply:?}: {error:?}");
    }
}

#[tokio::test]
async fn a_timeout_may_have_saved_the_record_and_no_connection_has_not() {
    let server = Server::start([Reply::Silence]).await.unwrap();
    let settings = Settings {
        base_url: server.url.clone(),
        account: "1".to_owned(),
        auth: tba(),
        timeout: Duration::from_millis(50),
    };
    let client = Client::new(settings.clone()).unwrap();
    let error = client.update("salesOrder", Id::Internal("1"), &json!({})).await.unwrap_err();
    let detail = "PATCH salesOrder: no answer within 50ms".to_owned();
    assert_eq!(error, Error::Unavailable { detail, sent: true });

    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let base_url = format!("http://{}", free.local_addr().unwrap()).parse().unwrap();
    drop(free);
    let client = Client::new(Settings { base_url, ..settings }).unwrap();
    let error = client.update("salesOrder", Id::Internal("1"), &json!({})).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable { sent: false, .. }), "{error:?}");
}

#[tokio::test]
async fn an_update_is_done_only_when_netsuite_says_so_without_a_word() {
    let server = Server::start([saved(), Reply::json(200, "<html>back soon</html>")]).await.unwrap();
    let client = client(&server, tba());
    assert_eq!(client.update("salesOrder", Id::Internal("1"), &json!({})).await, Ok(()));
    let error = client.update("salesOrder", Id::Internal("1"), &json!({})).await.unwrap_err();
    assert!(matches!(&error, Error::Unreadable { path, .. } if path == "status"), "{error:?}");
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let login = || problem(401, "INVALID_LOGIN", "Invalid login attempt.", None);
    let (result, requests) = upsert(oauth(), [granted("t1"), login(), granted("t2"), saved()]).await;
    assert_eq!(result.as_deref(), Ok("1203"));
    let sent: Vec<_> = requests.iter().map(|request| request.header("authorization")).collect();
    assert_eq!(sent, [None, Some("Bearer t1"), None, Some("Bearer t2")]);
    assert!(requests[0].head.starts_with("POST /services/rest/auth/oauth2/v1/token "));
    let form = "grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=";
    assert!(requests[0].body.starts_with(form), "{}", requests[0].body);

    let (result, requests) = upsert(oauth(), [granted("t1"), login(), granted("t2"), login()]).await;
    assert!(matches!(result, Err(Error::Unauthorized { .. })), "{result:?}");
    assert_eq!(requests.len(), 4);
}

#[tokio::test]
async fn a_signature_is_not_tried_twice_and_the_time_it_took_is_told() {
    let error = refused(problem(401, "INVALID_LOGIN", "Invalid login attempt.", None)).await;
    assert!(matches!(error, Error::Unauthorized { after, .. } if after > Duration::ZERO), "{error:?}");
    assert!(matches!(refused(Reply::json(401, "")).await, Error::Unauthorized { .. }));
    let error = refused(problem(403, "INSUFFICIENT_PERMISSION", "Permission Violation", None)).await;
    assert!(matches!(error, Error::Unauthorized { .. }), "{error:?}");
}

#[tokio::test]
async fn a_write_whose_token_cannot_be_had_was_not_sent() {
    for (reply, expected) in [
        (Reply::Reset, "unavailable"),
        (Reply::json(500, ""), "unavailable"),
        (Reply::json(200, "<html>"), "unavailable"),
        (Reply::json(400, r#"{"error":"invalid_grant"}"#), "unauthorized"),
        (Reply::json(401, ""), "unauthorized"),
        (Reply::json(429, ""), "throttled"),
    ] {
        let (result, requests) = upsert(oauth(), [reply.clone()]).await;
        let error = result.unwrap_err();
        assert!(error.to_string().starts_with(expected), "{reply:?}: {error}");
        assert!(!matches!(error, Error::Unavailable { sent: true, .. }), "{reply:?}: {error:?}");
        assert_eq!(requests.len(), 1);
    }
}

#[tokio::test]
async fn records_are_read_by_either_id() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Order {
        tran_id: String,
    }
    let replies = [
        Reply::json(200, r#"{"tranId":"SO1"}"#),
        Reply::json(200, r#"{"tranId":"SO1"}"#),
        Reply::json(200, r#"{"tranId":{"secret":"ann"}}"#),
        Reply::json(200, r#"{"tranId":"S"#),
        Reply::json(200, ""),
        Reply::json(200, "<html>"),
    ];
    let server = Server::start(replies.map(|reply| reply.with("X-N-OperationId", "op-1"))).await.unwrap();
    let client = client(&server, tba());
    let order: Order = client.get("salesOrder", Id::External("SO-1"), true, &[]).await.unwrap();
    assert_eq!(order, client.get("salesOrder", Id::Internal("7"), false, &["tranId", "total"]).await.unwrap());
    for path in ["tranId", "tranId", ".", "."] {
        let error = client.get::<Order>("salesOrder", Id::Internal("7"), false, &[]).await.unwrap_err();
        assert!(matches!(&error, Error::Unreadable { path: at, .. } if at == path), "{error:?}");
        assert!(error.to_string().contains("op-1") && !error.to_string().contains("ann"), "{error}");
    }
    let asked: Vec<_> =
        server.requests().iter().take(2).map(|request| request.head.lines().next().unwrap().to_owned()).collect();
    assert_eq!(
        asked,
        [
            "GET /services/rest/record/v1/salesOrder/eid:SO-1?expandSubResources=true HTTP/1.1",
            "GET /services/rest/record/v1/salesOrder/7?fields=tranId%2Ctotal HTTP/1.1",
        ]
    );
}

#[derive(Debug, Deserialize)]
struct Row {
    #[serde(deserialize_with = "rows::text")]
    id: String,
    #[serde(default, deserialize_with = "rows::optional_text")]
    memo: Option<String>,
}

fn page(ids: &[u64], more: bool, total: u64) -> Reply {
    let items: Vec<_> = ids.iter().map(|id| json!({"links": [], "id": id})).collect();
    let body =
        json!({"links": [], "count": ids.len(), "hasMore": more, "offset": 0, "totalResults": total, "items": items});
    Reply::json(200, &body.to_string())
}

async fn query(replies: impl IntoIterator<Item = Reply>) -> (Result<Vec<Row>, Error>, Vec<Request>) {
    let server = Server::start(replies).await.unwrap();
    let rows =
        client(&server, tba()).suiteql("SELECT id FROM item WHERE itemid = ?", &[json!("A")]).try_collect().await;
    (rows, server.requests())
}

#[tokio::test]
async fn a_query_is_read_to_its_last_row() {
    let (rows, requests) = query([page(&[1, 2], true, 3), page(&[3], false, 3)]).await;
    let rows = rows.unwrap();
    assert_eq!(rows.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["1", "2", "3"]);
    assert!(rows.iter().all(|row| row.memo.is_none()));
    assert!(requests[0].head.starts_with("POST /services/rest/query/v1/suiteql?limit=1000&offset=0 "));
    assert!(requests[1].head.starts_with("POST /services/rest/query/v1/suiteql?limit=1000&offset=2 "));
    assert_eq!(requests[0].header("prefer"), Some("transient"));
    let body: Value = serde_json::from_str(&requests[0].body).unwrap();
    assert_eq!(body, json!({"q": "SELECT id FROM item WHERE itemid = ?", "params": ["A"]}));
}

#[tokio::test]
async fn rows_that_do_not_come_are_missed() {
    for replies in
        [vec![page(&[1], false, 2)], vec![page(&[1], true, 2), page(&[], true, 2)], vec![page(&[], false, 1)]]
    {
        let (rows, _) = query(replies).await;
        assert!(matches!(&rows, Err(Error::Unreadable { path, .. }) if path == "totalResults"), "{rows:?}");
    }
    assert!(query([page(&[], false, 0)]).await.0.unwrap().is_empty());
}

#[tokio::test]
async fn what_the_doctor_asks() {
    let limits = json!({"accountConcurrencyLimit": 15, "accountUnallocatedConcurrencyLimit": 5, "integrationLimitType": "accountLimit"});
    let catalog = json!({"openapi": "3.0.1", "components": {"schemas": {
        "salesOrder": {"type": "object", "properties": {"tranId": {}, "custbody_o2c_brand": {}}},
        "salesOrder-itemCollection": {"properties": {"hasMore": {}}},
        "salesOrder-itemElement": {"properties": {"custcol_shopify_line_id": {}}},
        "salesOrderTemplate": {"properties": {"other": {}}},
        "nsLink": {"properties": {"href": {}}},
    }}});
    let server = Server::start([
        Reply::json(200, &limits.to_string()),
        Reply::json(200, &catalog.to_string()),
        Reply::json(200, r#"{"components":{"schemas":{}}}"#),
    ])
    .await
    .unwrap();
    let client = client(&server, tba());
    let expected = GovernanceLimits { account: 15, unallocated: 5, integration: None };
    assert_eq!(client.governance_limits().await, Ok(expected));
    let fields = client.metadata_catalog("salesorder").await.unwrap();
    assert_eq!(fields.into_iter().collect::<Vec<_>>(), ["custbody_o2c_brand", "custcol_shopify_line_id", "tranId"]);
    assert!(matches!(client.metadata_catalog("salesorder").await, Err(Error::NotFound { .. })));
    let requests = server.requests();
    assert!(requests[1].head.starts_with("GET /services/rest/record/v1/metadata-catalog?select=salesorder "));
    assert_eq!(requests[1].header("accept"), Some("application/swagger+json"));
}

#[test]
fn calls_can_run_in_activities() {
    fn is_send(_: impl Send) {}
    fn calls(client: &Client) {
        is_send(client.upsert("salesOrder", "x", &1, &[]));
        is_send(client.get::<Value>("salesOrder", Id::Internal("1"), false, &[]));
        is_send(client.suiteql::<Value>("", &[]));
    }
    let _ = calls;
}
