//! The binary as a user runs it, against a small connector.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::{
    collections::VecDeque,
    path::Path,
    process::Stdio,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Json, Router, extract,
    http::{HeaderMap, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, process::Command, sync::Notify};

#[derive(Clone, Default)]
struct Stub {
    requests: Arc<Mutex<Vec<(String, Value)>>>,
    views: Arc<Mutex<VecDeque<Value>>>,
    busy: Arc<AtomicUsize>,
    gate: Option<Arc<Gate>>,
}

/// Holds requests back until `open_at` are under way.
struct Gate {
    under_way: AtomicUsize,
    highest: AtomicUsize,
    open_at: usize,
    open: Notify,
}

fn refuse(status: StatusCode, code: &str, message: &str, field: Option<&str>) -> Response {
    (status, Json(json!({"error": {"code": code, "message": message, "field": field}}))).into_response()
}

async fn start(
    extract::State(stub): extract::State<Stub>,
    extract::Path(workflow): extract::Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    if headers.get("authorization").is_none_or(|value| value != "Bearer secret") {
        return refuse(StatusCode::UNAUTHORIZED, "unauthenticated", "unknown token", None);
    }
    if stub.busy.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
        let answer = refuse(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "temporal is away", None);
        return ([(RETRY_AFTER, "0")], answer).into_response();
    }
    if let Some(gate) = &stub.gate {
        let now = gate.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        gate.highest.fetch_max(now, Ordering::SeqCst);
        if now >= gate.open_at {
            gate.open.notify_waiters();
        } else if gate.highest.load(Ordering::SeqCst) < gate.open_at {
            gate.open.notified().await;
        }
        gate.under_way.fetch_sub(1, Ordering::SeqCst);
    }
    let Some(order) = body["payload"]["orderId"].as_str().map(str::to_owned) else {
        return refuse(StatusCode::BAD_REQUEST, "invalid_argument", "missing or not a string", Some("payload.orderId"));
    };
    stub.requests.lock().unwrap().push((workflow.clone(), body));
    let status = match order.as_str() {
        "running" => "running",
        "done" => "alreadyDone",
        _ => "started",
    };
    let id = format!("{workflow}:acme:{order}");
    (StatusCode::ACCEPTED, Json(json!({"workflowId": id, "runId": "r", "status": status}))).into_response()
}

async fn view(extract::State(stub): extract::State<Stub>, extract::Path(id): extract::Path<String>) -> Response {
    match stub.views.lock().unwrap().pop_front() {
        Some(mut view) => {
            view["workflowId"] = json!(id);
            Json(view).into_response()
        }
        None => refuse(StatusCode::NOT_FOUND, "not_found", &format!("there is no run {id}"), None),
    }
}

/// Tells of order #1001 of any brand, and which it was asked for.
async fn timeline(
    extract::Path(order): extract::Path<String>,
    extract::Query(query): extract::Query<std::collections::BTreeMap<String, String>>,
) -> Response {
    if order != "#1001" {
        return refuse(StatusCode::NOT_FOUND, "not_found", &format!("no run about {order:?}"), None);
    }
    let document = json!({
        "document": "shopify:order:7", "system": "shopify", "kind": "order", "id": "7", "label": "#1001",
        "at": "2026-12-01T08:00:00Z", "run": "w:acme:7",
    });
    let run = json!({"workflowId": "w:acme:7", "status": "running", "agentStatus": "needsAttention",
        "started": "2026-12-01T08:00:00Z", "problem": {"message": "no item X"}});
    let attention = json!({"workflowId": "w:acme:7", "kind": "needsAttention", "message": "no item X"});
    Json(json!({
        "order": order, "brand": query.get("brand").map_or("acme", String::as_str), "attention": [attention],
        "documents": [document], "runs": [run],
    }))
    .into_response()
}

struct Ended {
    code: i32,
    out: String,
    err: String,
}

impl Stub {
    async fn serve(&self) -> String {
        let router = Router::new()
            .route("/base/v1/workflows/{workflow}/run", post(start))
            .route("/base/v1/runs/{id}", get(view))
            .route("/base/v1/orders/{order}/timeline", get(timeline))
            .with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        format!("http://{address}/base/")
    }

    async fn stateset(&self, arguments: &[&str]) -> Ended {
        stateset(&self.serve().await, "secret", "", arguments).await
    }

    fn requests(&self) -> Vec<(String, Value)> {
        self.requests.lock().unwrap().clone()
    }
}

async fn stateset(endpoint: &str, token: &str, input: &str, arguments: &[&str]) -> Ended {
    let mut child = Command::new(env!("CARGO_BIN_EXE_stateset"))
        .args(arguments)
        .env("STATESET_ENDPOINT", endpoint)
        .env("STATESET_TOKEN", token)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that does not read its input may have ended already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes()).await;
    let output = child.wait_with_output().await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

const WORKFLOW: &str = "shopifyToNetsuiteWorkflow";

#[tokio::test]
async fn a_run_prints_its_id_and_nothing_else() {
    let stub = Stub::default();
    let payload = r#"{"orderId":"7","more":12345678901234567890}"#;
    let arguments =
        ["run", "--connector", WORKFLOW, "--payload", payload, "--brand", "acme", "--at", "2099-12-01T09:00:00+01:00"];
    let ended = stub.stateset(&arguments).await;
    assert_eq!((ended.code, ended.out.as_str()), (0, "shopifyToNetsuiteWorkflow:acme:7\n"), "{}", ended.err);
    assert_eq!(ended.err, "started\n");
    let body = json!({
        "brand": "acme", "payload": {"orderId": "7", "more": 12345678901234567890u64},
        "startAt": "2099-12-01T08:00:00Z", "rerun": false,
    });
    assert_eq!(stub.requests(), [(WORKFLOW.to_owned(), body)]);
}

#[tokio::test]
async fn a_payload_comes_from_standard_input_too() {
    let stub = Stub::default();
    let arguments = ["run", "--connector", WORKFLOW, "--payload", "-", "--rerun"];
    let ended = stateset(&stub.serve().await, "secret", "{\"orderId\":\"done\"}\n", &arguments).await;
    assert_eq!(ended.code, 0);
    assert!(ended.err.contains("done already"), "{}", ended.err);
    assert_eq!(stub.requests()[0].1, json!({"payload": {"orderId": "done"}, "rerun": true}));
}

#[tokio::test]
async fn waiting_tells_each_state_and_ends_with_the_run() {
    let stub = Stub::default();
    let waiting = json!({"status": "running", "agentStatus": "waiting"});
    *stub.views.lock().unwrap() =
        [waiting.clone(), waiting, json!({"status": "completed", "agentStatus": "done"})].into();
    let ended = stub.stateset(&["run", "--connector", WORKFLOW, "--payload", r#"{"orderId":"7"}"#, "--wait"]).await;
    assert_eq!(ended.code, 0);
    assert_eq!(ended.err, "started\nrunning, waiting\ncompleted, done\n");
}

#[tokio::test]
async fn a_failed_run_ends_with_1_and_its_reason() {
    let stub = Stub::default();
    *stub.views.lock().unwrap() = [json!({"status": "failed", "failure": "orderId: no such order"})].into();
    let ended = stub.stateset(&["run", "--connector", WORKFLOW, "--payload", r#"{"orderId":"7"}"#, "--wait"]).await;
    assert_eq!((ended.code, ended.out.as_str()), (1, "shopifyToNetsuiteWorkflow:acme:7\n"));
    assert!(
        ended.err.ends_with("stateset: shopifyToNetsuiteWorkflow:acme:7 failed: orderId: no such order\n"),
        "{}",
        ended.err
    );
}

#[tokio::test]
async fn bad_input_ends_with_2() {
    let stub = Stub::default();
    let refused = stub.stateset(&["run", "--connector", WORKFLOW, "--payload", "{}"]).await;
    assert_eq!((refused.code, refused.err.as_str()), (2, "stateset: payload.orderId: missing or not a string\n"));
    let typed = stub.stateset(&["run", "--connector", WORKFLOW, "--payload", "orderId=7"]).await;
    assert_eq!(typed.code, 2);
    assert!(typed.err.contains("payload: not JSON"), "{}", typed.err);
    let time = stub.stateset(&["run", "--connector", WORKFLOW, "--payload", "{}", "--at", "soon"]).await;
    assert_eq!(time.code, 2);
    assert!(time.err.contains("\"soon\" is neither"), "{}", time.err);
    let nothing = stub.stateset(&["run", "--connector", WORKFLOW]).await;
    assert_eq!(nothing.code, 2);
    assert!(stub.requests().is_empty());
}

#[tokio::test]
async fn a_connector_that_is_away_or_refuses_the_token_ends_with_3() {
    let arguments = ["run", "--connector", WORKFLOW, "--payload", r#"{"orderId":"7"}"#];
    let token = stateset(&Stub::default().serve().await, "guess", "", &arguments).await;
    assert_eq!(token.code, 3);
    assert_eq!(token.err, "stateset: the connector does not accept STATESET_TOKEN: unknown token\n");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let away = stateset(&closed, "secret", "", &arguments).await;
    assert_eq!(away.code, 3);
    assert!(away.err.starts_with(&format!("stateset: no answer from the connector at {closed}/: ")), "{}", away.err);
}

#[tokio::test]
async fn a_run_is_shown_and_a_missing_one_named() {
    let stub = Stub::default();
    *stub.views.lock().unwrap() = [json!({"status": "completed", "documents": ["netsuite:salesOrder:12"]})].into();
    let id = "shopifyToNetsuiteWorkflow:acme:#1001/2";
    let shown = stub.stateset(&["runs", "show", id]).await;
    assert_eq!(shown.code, 0, "{}", shown.err);
    assert!(shown.out.contains(id) && shown.out.contains("netsuite:salesOrder:12"), "{}", shown.out);
    let missing = stub.stateset(&["runs", "show", id]).await;
    assert_eq!((missing.code, missing.err), (2, format!("stateset: there is no run {id}\n")));
}

#[tokio::test]
async fn an_order_is_shown_with_what_needs_attention_first_and_a_missing_one_named() {
    let stub = Stub::default();
    let shown = stub.stateset(&["order", "show", "#1001", "--brand", "beta"]).await;
    assert_eq!(shown.code, 0, "{}", shown.err);
    let lines: Vec<&str> = shown.out.lines().collect();
    assert_eq!(lines[..4], ["order #1001 of beta", "", "needs attention", "  w:acme:7 is parked: no item X"]);
    assert!(shown.out.contains("● order #1001"), "{}", shown.out);
    let json = stub.stateset(&["order", "show", "#1001", "--json"]).await;
    let value: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((json.code, &value["documents"][0]["run"]), (0, &json!("w:acme:7")));
    let missing = stub.stateset(&["order", "show", "#9/9"]).await;
    assert_eq!((missing.code, missing.err), (2, "stateset: no run about \"#9/9\"\n".to_owned()));
}

async fn bulk(stub: &Stub, directory: &Path, lines: &str, more: &[&str]) -> Ended {
    let file = directory.join("orders.jsonl");
    std::fs::write(&file, lines).unwrap();
    stub.stateset(&[&["run", "--connector", WORKFLOW, "--bulk", file.to_str().unwrap()], more].concat()).await
}

#[tokio::test]
async fn a_bulk_reports_bad_lines_by_number_and_does_the_rest() {
    let (stub, directory) = (Stub::default(), tempfile::tempdir().unwrap());
    let lines = "{\"orderId\":\"1\"}\n\n{\"orderId\":2}\nnot json\n{\"orderId\":\"running\"}\n{\"orderId\":\"done\"}\n";
    let ended = bulk(&stub, directory.path(), lines, &[]).await;
    assert_eq!(ended.code, 1);
    let mut ids: Vec<&str> = ended.out.lines().map(|id| id.rsplit(':').next().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["1", "done", "running"]);
    let said: Vec<&str> = ended.err.lines().collect();
    assert_eq!(said[0], "5 of 5: 1 started, 1 running already, 1 done already, 2 failed");
    assert_eq!(said[1], "line 3: payload.orderId: missing or not a string");
    assert!(said[2].starts_with("line 4: not JSON"), "{}", said[2]);
    let kept = directory.path().join("orders.failed.jsonl");
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), "{\"orderId\":2}\nnot json\n");

    let again = bulk(&stub, directory.path(), "{\"orderId\":\"1\"}\n", &[]).await;
    assert_eq!(again.code, 0, "{}", again.err);
    assert!(!kept.exists());
}

#[tokio::test]
async fn a_bulk_keeps_to_its_concurrency() {
    let gate = Gate { under_way: 0.into(), highest: 0.into(), open_at: 4, open: Notify::new() };
    let stub = Stub { gate: Some(Arc::new(gate)), ..Stub::default() };
    let directory = tempfile::tempdir().unwrap();
    let lines: String = (0..40).map(|order| format!("{{\"orderId\":\"{order}\"}}\n")).collect();
    let ended = bulk(&stub, directory.path(), &lines, &["--concurrency", "4"]).await;
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert_eq!(stub.requests().len(), 40);
    assert_eq!(stub.gate.unwrap().highest.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn a_bulk_asks_a_busy_connector_again() {
    let stub = Stub { busy: Arc::new(AtomicUsize::new(4)), ..Stub::default() };
    let directory = tempfile::tempdir().unwrap();
    let ended = bulk(&stub, directory.path(), "{\"orderId\":\"1\"}\n", &[]).await;
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(ended.err.starts_with("1 of 1: 1 started"), "{}", ended.err);
}

#[tokio::test]
async fn a_bulk_gives_up_when_the_connector_stays_away() {
    let stub = Stub { busy: Arc::new(AtomicUsize::new(usize::MAX)), ..Stub::default() };
    let directory = tempfile::tempdir().unwrap();
    let ended =
        bulk(&stub, directory.path(), "{\"orderId\":\"1\"}\n{\"orderId\":\"2\"}\n", &["--concurrency", "1"]).await;
    assert_eq!(ended.code, 3);
    assert!(ended.err.starts_with("0 of 2: 0 started"), "{}", ended.err);
    assert!(ended.err.contains("temporal is away; run the same command again to go on"), "{}", ended.err);
}

#[tokio::test]
async fn an_empty_bulk_is_a_mistake() {
    let directory = tempfile::tempdir().unwrap();
    let ended = bulk(&Stub::default(), directory.path(), "\n", &[]).await;
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("orders.jsonl: no payload in it"), "{}", ended.err);
}

#[tokio::test]
async fn help_and_completions_are_there() {
    let help = stateset("http://127.0.0.1:1", "", "", &["--help"]).await;
    assert_eq!(help.code, 0);
    assert!(
        help.out.contains("STATESET_TOKEN") && help.out.contains("3  the connector could not be reached"),
        "{}",
        help.out
    );
    let script = stateset("http://127.0.0.1:1", "", "", &["completions", "bash"]).await;
    assert_eq!(script.code, 0);
    assert!(script.out.contains("--concurrency"), "{}", script.out);
}
