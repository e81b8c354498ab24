use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use checker::{Dcl, ReadError};
use serde_json::{Value, json};
use url::Url;

use crate::{Asked, PATIENCE, vendor};

pub fn dcl(url: &Url) -> Dcl {
    Dcl::new(url, "acme", "s:1".into(), Some("10501".to_owned()), PATIENCE).unwrap()
}

/// A warehouse with these orders, in pages of 100.
pub fn warehouse(orders: Vec<Value>) -> impl Fn(&Asked, usize) -> (u16, Value) + Send + Sync + 'static {
    move |asked, _| {
        let query: Vec<(String, String)> = url::form_urlencoded::parse(asked.query.as_bytes()).into_owned().collect();
        let value = |name: &str| query.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone());
        assert_eq!(value("page_size").as_deref(), Some("100"));
        let page: usize = value("page").unwrap().parse().unwrap();
        let rows: Vec<&Value> = orders.iter().skip((page - 1) * 100).take(100).collect();
        (200, json!({"error_code": 0, "error_message": "", "orders": rows}))
    }
}

pub fn order(number: &str, stage: u64, packages: Value) -> Value {
    json!({
        "order_number": number, "order_stage": stage, "is_cancelled": false, "account_number": "10501",
        "order_type": "REST", "lines": [{"item_number": "MUG", "quantity": 3, "voided": false}],
        "shipments": [{"ship_date": "2026-05-13T00:00:00", "packages": packages, "shipped_lines": null}],
    })
}

pub fn package(carton: Value, quantities: &[u64]) -> Value {
    let items: Vec<Value> = quantities.iter().map(|q| json!({"item_number": "MUG", "quantity": q})).collect();
    json!({"carton_id": carton, "tracking_number": format!("T-{}", carton.as_str().unwrap_or("")), "shipped_items": items})
}

#[tokio::test]
async fn dcl_is_paged_until_a_page_is_short() {
    let orders = (0..200).map(|n| order(&format!("SO{n}"), 10, Value::Null)).collect();
    let (url, log) = vendor(warehouse(orders)).await;
    let since = "2026-01-01T00:00:00Z".parse().unwrap();
    let read = dcl(&url).orders(Some(since)).await.unwrap();
    assert_eq!((read.len(), read[199].number.as_str()), (200, "SO199"));
    let log = log.lock().unwrap();
    assert_eq!(log.len(), 3, "the third page is empty, and says so");
    let basic = format!("Basic {}", STANDARD.encode("acme:s:1"));
    assert!(log.iter().all(|asked| asked.path == "/api/v1/orders" && asked.authorization == basic));
    assert!(log.iter().all(|asked| asked.query.contains("received_from=2026-01-01T00%3A00%3A00Z")));
}

#[tokio::test]
async fn a_base_with_a_path_is_taken_as_it_is() {
    let (url, log) = vendor(warehouse(Vec::new())).await;
    assert!(dcl(&url.join("/api/sandbox/").unwrap()).orders(None).await.unwrap().is_empty());
    let log = log.lock().unwrap();
    assert_eq!((log[0].path.as_str(), log[0].query.contains("received_from")), ("/api/sandbox/orders", false));
}

#[tokio::test]
async fn dcl_s_cartons_and_units() {
    let mut by_edi = order("EDI1", 60, json!([]));
    by_edi["order_type"] = json!("EDI");
    let mut of_others = order("SO7", 60, json!([]));
    of_others["account_number"] = json!("10777");
    let mut nothing = order("SO8", 10, Value::Null);
    nothing["shipments"] = Value::Null;
    let mut silent = package(json!("C3"), &[]);
    silent["shipped_items"] = Value::Null;
    let orders = vec![
        order("SO1", 60, json!([package(json!("C1"), &[1, 2]), package(json!("C2"), &[4]), null])),
        order("SO2", 62, json!([silent])),
        order("SO3", 50, json!([silent])),
        order("SO4", 2, Value::Null),
        order("SO5", 60, json!([package(Value::Null, &[2])])),
        by_edi,
        of_others,
        nothing,
    ];
    let (url, _) = vendor(warehouse(orders)).await;
    let read = dcl(&url).orders(None).await.unwrap();
    let units: Vec<Option<String>> = read.iter().map(|o| o.units.map(|u| u.to_string())).collect();
    let some = |units: &str| Some(units.to_owned());
    // By the packages; by the lines where a package is silent and all is shipped; not at all before.
    assert_eq!(units, [some("7"), some("3"), None, some("0"), some("2"), some("3"), some("3"), some("0")]);
    let ids: Vec<&str> = read[0].cartons.iter().map(|carton| carton.id.as_str()).collect();
    assert_eq!((ids, read[0].cartons[1].tracking.as_deref()), (vec!["C1", "C2"], Some("T-C2")));
    assert!(read[4].cartons.is_empty());
    assert_eq!(read.iter().map(|o| o.cancelled).filter(|c| *c).count(), 1);
    let foreign: Vec<&str> = read.iter().filter(|o| !o.ours).map(|o| o.number.as_str()).collect();
    assert_eq!(foreign, ["EDI1", "SO7"]);
}

#[tokio::test]
async fn dcl_busy_is_waited_for_and_an_error_refused_with_its_words() {
    let serve = warehouse(vec![order("SO1", 10, Value::Null)]);
    let (url, log) = vendor(move |asked, before| match before {
        0 => (429, json!({"error_code": 9, "error_message": "too many requests"})),
        1 => (503, Value::Null),
        _ => serve(asked, before),
    })
    .await;
    assert_eq!(dcl(&url).orders(None).await.unwrap().len(), 1);
    assert_eq!(log.lock().unwrap().len(), 3);

    for status in [200, 400, 401] {
        let (url, _) = vendor(move |_, _| (status, json!({"error_code": 4, "error_message": "no such filter"}))).await;
        let error = dcl(&url).orders(None).await.unwrap_err();
        assert!(matches!(error, ReadError::Refused { .. }) && error.to_string().contains("no such filter"), "{error}");
    }
}
