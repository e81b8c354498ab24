//! Reading and setting stock, and exporting it.
#![cfg(test)]

use std::time::Duration;

use client_core::test_server::{Reply, Server};
use client_shopify::{
    Auth, BulkOperation, BulkOperationStatus, Client, EntryRefusal, Error, InventoryItem, InventoryLevel, KeyRefusal,
    Location, OpenLine, SetOutcome, SetQuantity, Settings, Usage,
};
use futures_util::{StreamExt, TryStreamExt};
use serde_json::{Value, json};

const THEN: &str = "2026-01-10T16:00:00Z";

fn client(server: &Server) -> Client {
    let auth = Auth::AccessToken("s3cr3t".to_owned().into());
    let (base_url, api_version) = (server.url.clone(), "2026-10".to_owned());
    Client::new(Settings { base_url, api_version, auth, timeout: Duration::from_secs(10) }).unwrap()
}

async fn server(replies: impl IntoIterator<Item = Reply>) -> (Client, Server) {
    let server = Server::start(replies).await.unwrap();
    (client(&server), server)
}

fn ok(data: Value) -> Reply {
    let cost = json!({"requestedQueryCost": 200, "actualQueryCost": 150,
        "throttleStatus": {"maximumAvailable": 2000, "currentlyAvailable": 1850, "restoreRate": 100}});
    Reply::json(200, &json!({"data": data, "extensions": {"cost": cost}}).to_string())
}

fn sent(server: &Server, request: usize) -> Value {
    serde_json::from_str(&server.requests()[request].body).unwrap()
}

fn page(nodes: Value, cursor: Option<&str>) -> Value {
    json!({"nodes": nodes, "pageInfo": {"hasNextPage": cursor.is_some(), "endCursor": cursor}})
}

fn gid(kind: &str, id: u64) -> String {
    format!("gid://shopify/{kind}/{id}")
}

fn wire_level(location: u64, available: i64) -> Value {
    let quantities = [("available", available), ("committed", 2), ("incoming", 0), ("on_hand", available + 2)];
    let quantities = quantities.map(|(name, quantity)| json!({"name": name, "quantity": quantity}));
    json!({"location": {"id": gid("Location", location)}, "quantities": quantities})
}

fn wire_item(id: u64, sku: &str, levels: Value) -> Value {
    json!({"__typename": "InventoryItem", "id": gid("InventoryItem", id), "sku": sku, "tracked": true,
        "variants": {"nodes": [{"id": gid("ProductVariant", id + 100), "requiresComponents": false}]},
        "inventoryLevels": levels})
}

fn level(location: u64, available: i64) -> InventoryLevel {
    InventoryLevel { location, available, on_hand: available + 2, committed: 2, incoming: 0 }
}

fn item(id: u64, sku: &str, levels: Vec<InventoryLevel>) -> InventoryItem {
    let sku = Some(sku.to_owned());
    InventoryItem { id, sku, tracked: true, variant: Some(id + 100), requires_components: false, levels }
}

#[tokio::test]
async fn every_item_is_read_with_every_level() {
    let (client, server) = server([
        ok(json!({"inventoryItems": page(json!([wire_item(1, "A", page(json!([wire_level(5, 7)]), Some("l1")))]), Some("i1"))})),
        ok(json!({"inventoryItem": {"inventoryLevels": page(json!([wire_level(6, -1)]), None)}})),
        ok(json!({"inventoryItems": page(json!([wire_item(2, "B", page(json!([]), None))]), None)})),
    ])
    .await;
    let items: Vec<_> = client.inventory_items().try_collect().await.unwrap();
    assert_eq!(items, [item(1, "A", vec![level(5, 7), level(6, -1)]), item(2, "B", vec![])]);
    let asked: Vec<Value> = (0..3).map(|request| sent(&server, request)["variables"].clone()).collect();
    let expected = [
        json!({"query": null, "after": null}),
        json!({"item": gid("InventoryItem", 1), "after": "l1"}),
        json!({"query": null, "after": "i1"}),
    ];
    assert_eq!(asked, expected);
    assert_eq!(client.usage(), Usage { requests: 3, points: 450 });
}

#[tokio::test]
async fn a_sku_gives_all_its_items_and_no_other() {
    let found = json!([
        wire_item(1, "A", page(json!([]), None)),
        wire_item(2, "a", page(json!([]), None)),
        wire_item(3, "A", page(json!([]), None)),
    ]);
    let (client, server) = server([ok(json!({"inventoryItems": page(found, None)}))]).await;
    let items = client.inventory_levels_by_sku(&["A", "it's"]).await.unwrap();
    assert_eq!(items.iter().map(|item| item.id).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(sent(&server, 0)["variables"]["query"], r"sku:'A' OR sku:'it\'s'");
    assert_eq!(client.inventory_levels_by_sku(&[]).await, Ok(vec![]));
    let error = client.inventory_levels_by_sku(&["A"; 251]).await.unwrap_err();
    assert!(matches!(&error, Error::Rejected { field: Some(field), .. } if field == "skus"), "{error:?}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn items_are_read_by_id_as_far_as_they_are_there() {
    let one = wire_item(1, "A", page(json!([wire_level(5, 7)]), None));
    let (client, server) = server([ok(json!({"nodes": [one, null, {"__typename": "Location"}]}))]).await;
    let items = client.inventory_levels_by_item(&[1, 2, 3]).await.unwrap();
    assert_eq!(items, [item(1, "A", vec![level(5, 7)])]);
    assert_eq!(sent(&server, 0)["variables"]["ids"], json!([1, 2, 3].map(|id| gid("InventoryItem", id))));
    let error = client.inventory_levels_by_item(&[1; 251]).await.unwrap_err();
    assert!(matches!(&error, Error::Rejected { field: Some(field), .. } if field == "items"), "{error:?}");
}

#[tokio::test]
async fn locations_are_told_with_their_state() {
    let one = |id: u64, active: bool| json!({"id": gid("Location", id), "name": "L", "isActive": active});
    let (client, _server) = server([
        ok(json!({"locations": page(json!([one(5, true)]), Some("c"))})),
        ok(json!({"locations": page(json!([one(6, false)]), None)})),
    ])
    .await;
    let all: Vec<_> = client.locations().try_collect().await.unwrap();
    let expected = |id, active| Location { id, name: "L".to_owned(), active };
    assert_eq!(all, [expected(5, true), expected(6, false)]);
}

fn entry(item: u64, quantity: i64, change_from: Option<i64>) -> SetQuantity {
    SetQuantity { inventory_item: item, location: 5, quantity, change_from, sku: format!("SKU-{item}") }
}

fn answered(errors: Value) -> Reply {
    ok(json!({"inventorySetQuantities": {"inventoryAdjustmentGroup": null, "userErrors": errors}}))
}

const REFERENCE: &str = "gid://stateset/InventorySync/1";

#[tokio::test]
async fn quantities_are_set_under_their_key() {
    let (client, server) = server([answered(json!([]))]).await;
    let outcome = client.set_available("k1", REFERENCE, &[entry(1, 7, Some(10)), entry(2, 3, None)]).await;
    assert_eq!(outcome, Ok(SetOutcome::Written));
    let variables = &sent(&server, 0)["variables"];
    let quantity = |item: u64, quantity: i64, from: Value| {
        json!({"inventoryItemId": gid("InventoryItem", item), "locationId": gid("Location", 5),
            "quantity": quantity, "changeFromQuantity": from})
    };
    // The one that is null must be there too.
    let quantities = json!([quantity(1, 7, json!(10)), quantity(2, 3, json!(null))]);
    let input = json!({"name": "available", "reason": "correction", "referenceDocumentUri": REFERENCE, "quantities": quantities});
    assert_eq!(variables, &json!({"input": input, "key": "k1"}));
}

#[tokio::test]
async fn refused_entries_are_named_by_their_place() {
    let error = |path: &str, code: &str| {
        let field: Vec<&str> = path.split('.').collect();
        json!({"field": field, "code": code, "message": "No."})
    };
    let (client, _server) = server([answered(json!([
        error("input.quantities.1.changeFromQuantity", "CHANGE_FROM_QUANTITY_STALE"),
        error("input.quantities.0.inventoryItemId", "NON_MUTABLE_INVENTORY_ITEM"),
    ]))])
    .await;
    let outcome = client.set_available("k", REFERENCE, &[entry(1, 7, None), entry(2, 3, Some(1))]).await.unwrap();
    let SetOutcome::Refused(refused) = outcome else { panic!("{outcome:?}") };
    let told: Vec<_> = refused.iter().map(|one| (one.index, one.is_stale(), one.is_bundle())).collect();
    assert_eq!(told, [(1, true, false), (0, false, true)]);

    for (code, refusal) in [
        ("IDEMPOTENCY_CONCURRENT_REQUEST", KeyRefusal::ConcurrentRequest),
        ("IDEMPOTENCY_KEY_PARAMETER_MISMATCH", KeyRefusal::ParameterMismatch),
        ("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", KeyRefusal::PreviousAttemptFailed),
    ] {
        let (client, _server) = server([answered(json!([error("input", code)]))]).await;
        let outcome = client.set_available("k", REFERENCE, &[entry(1, 7, None)]).await;
        assert_eq!(outcome, Ok(SetOutcome::Key(refusal)));
    }
    for path in ["input.reason", "input.quantities.9.quantity"] {
        let (client, _server) = server([answered(json!([error(path, "INVALID_REASON")]))]).await;
        let error = client.set_available("k", REFERENCE, &[entry(1, 7, None)]).await.unwrap_err();
        assert!(matches!(&error, Error::Rejected { field: Some(field), .. } if field == path), "{error:?}");
    }
}

#[tokio::test]
async fn what_shopify_cannot_count_is_not_sent() {
    let (client, server) = server([]).await;
    let entries = [entry(1, 7, None), entry(2, 3_000_000_000, None), entry(3, 1, Some(-3_000_000_000))];
    let SetOutcome::Refused(refused) = client.set_available("k", REFERENCE, &entries).await.unwrap() else {
        panic!("it is sent");
    };
    let message = "3000000000 pieces of SKU-2 at location 5 are more than Shopify can count".to_owned();
    assert_eq!(refused[0], EntryRefusal { index: 1, code: "QUANTITY_OUT_OF_RANGE".to_owned(), message });
    assert!(refused[1].message.contains("SKU-3") && refused.len() == 2);
    for entries in [vec![], vec![entry(1, 1, None); 251]] {
        assert!(matches!(client.set_available("k", REFERENCE, &entries).await, Err(Error::Rejected { .. })));
    }
    assert_eq!(server.requests().len(), 0);
}

fn completed(server: &Server, objects: u64) -> BulkOperation {
    BulkOperation {
        id: gid("BulkOperation", 1),
        status: BulkOperationStatus::Completed,
        error_code: None,
        objects,
        url: Some(server.url.join("/file.jsonl?signature=x").unwrap().to_string()),
        created_at: THEN.parse().unwrap(),
        completed_at: Some(THEN.parse().unwrap()),
    }
}

fn file(lines: &[Value]) -> Reply {
    let body: String = lines.iter().map(|line| format!("{line}\n")).collect();
    Reply::Answer { status: 200, headers: vec![("Content-Type", "application/jsonl".to_owned())], body }
}

fn export() -> Vec<Value> {
    let parent = |id: u64| gid("InventoryItem", id);
    let root = |id: u64, sku: &str| json!({"id": parent(id), "sku": sku, "tracked": true});
    let variant =
        |of: u64| json!({"id": gid("ProductVariant", of + 100), "requiresComponents": false, "__parentId": parent(of)});
    let stocked = |of: u64, location: u64, available: i64| {
        let mut line = wire_level(location, available);
        line["id"] = json!(format!("{}?inventory_item_id={of}", gid("InventoryLevel", location)));
        line["__parentId"] = json!(parent(of));
        line
    };
    vec![root(1, "A"), variant(1), stocked(1, 5, 7), stocked(1, 6, 0), root(2, "B"), variant(2)]
}

#[tokio::test]
async fn an_export_is_read_line_by_line() {
    let (client, server) = server([file(&export())]).await;
    let items: Vec<_> = client.inventory_export(&completed(&server, 6)).try_collect().await.unwrap();
    assert_eq!(items, [item(1, "A", vec![level(5, 7), level(6, 0)]), item(2, "B", vec![])]);
    let request = &server.requests()[0];
    assert!(request.head.starts_with("GET /file.jsonl?signature=x "), "{}", request.head);
    assert_eq!(request.header("x-shopify-access-token"), None, "the token is not for the file's host");
    assert_eq!(client.usage(), Usage { requests: 1, points: 0 });
}

#[tokio::test]
async fn an_export_with_nothing_in_it_has_no_file() {
    let (client, server) = server([]).await;
    let empty = BulkOperation { url: None, ..completed(&server, 0) };
    assert_eq!(client.inventory_export(&empty).try_collect::<Vec<_>>().await, Ok(vec![]));
    let lost = BulkOperation { url: None, ..completed(&server, 4) };
    let error = client.inventory_export(&lost).try_collect::<Vec<_>>().await.unwrap_err();
    assert!(matches!(&error, Error::Unreadable { path, .. } if path == "bulkOperation.url"), "{error:?}");
    let running = BulkOperation { status: BulkOperationStatus::Running, ..completed(&server, 4) };
    let error = client.inventory_export(&running).try_collect::<Vec<_>>().await.unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error:?}");
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn a_line_that_cannot_be_read_is_named() {
    let broken = |place: usize, line: Value| {
        let mut lines = export();
        lines[place] = line;
        lines
    };
    let orphan =
        json!({"id": gid("ProductVariant", 9), "requiresComponents": false, "__parentId": gid("InventoryItem", 1)});
    for (lines, path, detail) in [
        (broken(3, json!(["x"])), "line 4", "line 4"),
        (
            broken(3, json!({"id": gid("InventoryLevel", 5), "__parentId": gid("InventoryItem", 1)})),
            "line 4",
            "location",
        ),
        (broken(0, json!({"id": gid("InventoryItem", 1)})), "line 1", "tracked"),
        (broken(5, orphan), "line 6", "expected the item above"),
        (export()[..4].to_vec(), "line 4", "of 6: the file is cut"),
        (vec![json!("x".repeat(70_000))], "line 1", "longer than"),
    ] {
        let (client, server) = server([file(&lines)]).await;
        let operation = completed(&server, 6);
        let results: Vec<_> = client.inventory_export(&operation).collect().await;
        let error = results.last().unwrap().as_ref().unwrap_err();
        assert!(matches!(error, Error::Unreadable { path: at, .. } if at == path), "{error:?}");
        assert!(detail == path || error.to_string().contains(detail), "{error}");
    }
}

#[tokio::test]
async fn a_file_that_is_gone_or_breaks_off_is_told_apart() {
    for status in [400, 403, 404, 410] {
        let (client, server) = server([Reply::json(status, "<Error/>")]).await;
        let error = client.inventory_export(&completed(&server, 6)).try_collect::<Vec<_>>().await.unwrap_err();
        assert!(matches!(&error, Error::NotFound { what } if what.contains("start a new export")), "{error:?}");
    }
    for reply in [Reply::json(503, ""), Reply::Reset, Reply::CutShort] {
        let (client, server) = server([reply]).await;
        let error = client.inventory_export(&completed(&server, 6)).try_collect::<Vec<_>>().await.unwrap_err();
        assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_bulk_operation_is_started_followed_and_stopped() {
    let id = gid("BulkOperation", 1);
    let told = json!({"id": id, "status": "RUNNING", "errorCode": null, "objectCount": "12", "url": null,
        "createdAt": THEN, "completedAt": null});
    let refused = |code: &str| {
        let errors = json!([{"code": code, "field": ["query"], "message": "No."}]);
        ok(json!({"bulkOperationRunQuery": {"bulkOperation": null, "userErrors": errors}}))
    };
    let (client, server) = server([
        ok(json!({"bulkOperationRunQuery": {"bulkOperation": {"id": id}, "userErrors": []}})),
        ok(json!({ "bulkOperation": told })),
        ok(json!({"bulkOperation": null})),
        ok(json!({"bulkOperationCancel": {"bulkOperation": {"id": id}, "userErrors": []}})),
        refused("LIMIT_REACHED"),
        refused("INVALID"),
    ])
    .await;
    assert_eq!(client.start_inventory_export().await.as_ref(), Ok(&id));
    let query = sent(&server, 0)["variables"]["query"].as_str().unwrap().to_owned();
    assert!(query.contains("inventoryItems {"), "{query}");
    let operation = client.bulk_operation(&id).await.unwrap();
    assert_eq!((operation.status.is_under_way(), operation.objects), (true, 12));
    assert!(matches!(client.bulk_operation(&id).await, Err(Error::NotFound { .. })));
    assert_eq!(client.cancel_bulk_operation(&id).await, Ok(()));
    assert!(matches!(client.start_inventory_export().await, Err(Error::Throttled { .. })));
    assert!(matches!(client.start_inventory_export().await, Err(Error::Rejected { code, .. }) if code == "INVALID"));
}

#[tokio::test]
async fn open_orders_are_read_to_their_last_line() {
    let line = |id: u64, left: i64, variant: Value| json!({"id": gid("LineItem", id), "sku": "A", "unfulfilledQuantity": left, "variant": variant});
    let variant = json!({"id": gid("ProductVariant", 8), "inventoryItem": {"id": gid("InventoryItem", 9)}});
    let order = |id: u64, lines: Value| json!({"id": gid("Order", id), "name": format!("#{id}"), "createdAt": THEN, "lineItems": lines});
    let first = order(1, page(json!([line(1, 2, variant), line(2, 0, json!(null))]), Some("l1")));
    let (client, server) = server([
        ok(json!({"orders": page(json!([first]), Some("o1"))})),
        ok(json!({"order": {"lineItems": page(json!([line(3, 1, json!(null))]), None)}})),
        ok(json!({"orders": page(json!([order(2, page(json!([]), None))]), None)})),
    ])
    .await;
    let since = THEN.parse().unwrap();
    let orders: Vec<_> = client.open_orders_without_tag("SENT_TO_NS", since).try_collect().await.unwrap();
    let open = |variant, inventory_item, unfulfilled| OpenLine {
        sku: Some("A".to_owned()),
        variant,
        inventory_item,
        unfulfilled,
    };
    assert_eq!(orders[0].lines, [open(Some(8), Some(9), 2), open(None, None, 1)]);
    assert_eq!((orders[1].id, orders[1].lines.len(), orders.len()), (2, 0, 2));
    let query = "status:open -tag:'SENT_TO_NS' created_at:>='2026-01-10T16:00:00Z'";
    assert_eq!(sent(&server, 0)["variables"], json!({"query": query, "after": null}));
    assert_eq!(sent(&server, 2)["variables"]["after"], "o1");
}
