//! Stock: items, levels, compare-and-set under a key, and what orders do to it.

use reqwest::Method;
use sandbox::Sandbox;
use sandbox::shopify::{RepeatedKey, StockLevel, Tracking};
use serde_json::{Value, json};

use crate::support::{ask, client, sandbox};

const MAIN: u64 = 655_441_491;
const OTHER: u64 = 487_838_322;

const SET: &str = "mutation($input: InventorySetQuantitiesInput!, $key: String!) {
    inventorySetQuantities(input: $input) @idempotent(key: $key) {
        inventoryAdjustmentGroup { reason changes { name delta quantityAfterChange item { sku } location { id } } }
        userErrors { code field message }
    }
}";

fn gid(kind: &str, id: u64) -> String {
    format!("gid://shopify/{kind}/{id}")
}

/// A product of four variants: SKU A (items 901), B (902), one that is not tracked (903), a bundle of two A (904).
async fn shop() -> Sandbox {
    let sandbox = sandbox().await;
    let at = |available: i64| json!([{"location_id": MAIN, "available": available}]);
    let product = json!({"id": 90, "title": "Stocked", "variants": [
        {"id": 801, "inventory_item_id": 901, "sku": "A", "inventory_levels": at(10)},
        {"id": 802, "inventory_item_id": 902, "sku": "B", "inventory_levels": at(5)},
        {"id": 803, "inventory_item_id": 903, "sku": "U", "inventory_management": null, "inventory_levels": at(0)},
        {"id": 804, "inventory_item_id": 904, "sku": "KIT", "requires_components": true, "inventory_levels": [],
         "components": [{"variant_id": 801, "quantity": 2}]},
    ]});
    sandbox.shopify.load_product(product).unwrap();
    sandbox
}

fn entry(item: u64, location: u64, quantity: i64, from: Value) -> Value {
    json!({"inventoryItemId": gid("InventoryItem", item), "locationId": gid("Location", location),
        "quantity": quantity, "changeFromQuantity": from})
}

async fn set(sandbox: &Sandbox, key: &str, quantities: Value) -> Value {
    let input = json!({"name": "available", "reason": "correction", "quantities": quantities});
    let answer = ask(sandbox, SET, json!({"input": input, "key": key})).await;
    answer["data"]["inventorySetQuantities"].clone()
}

fn level(sandbox: &Sandbox, item: u64, location: u64) -> StockLevel {
    sandbox.shopify.stock_level(item, location).unwrap()
}

fn figures(level: StockLevel) -> (i64, i64, i64) {
    (level.available, level.committed, level.on_hand)
}

fn codes(payload: &Value) -> Vec<(String, String)> {
    let errors = payload["userErrors"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    errors
        .map(|error| {
            let path: Vec<String> = error["field"].as_array().unwrap().iter().map(text).collect();
            (path.join("."), text(&error["code"]))
        })
        .collect()
}

#[tokio::test]
async fn a_quantity_is_set_where_it_is_what_it_was_taken_for() {
    let sandbox = shop().await;
    let payload = set(&sandbox, "k1", json!([entry(901, MAIN, 7, json!(10)), entry(902, OTHER, 3, json!(null))])).await;
    assert_eq!(payload["userErrors"], json!([]));
    let change = &payload["inventoryAdjustmentGroup"]["changes"][0];
    assert_eq!((&change["name"], &change["delta"]), (&json!("available"), &json!(-3)));
    assert_eq!((&change["quantityAfterChange"], &change["item"]["sku"]), (&json!(7), &json!("A")));
    assert_eq!(level(&sandbox, 902, OTHER).available, 3, "set where it was not stocked yet");

    let both = json!([entry(902, MAIN, 9, json!(5)), entry(901, MAIN, 6, json!(10))]);
    let payload = set(&sandbox, "k2", both).await;
    let stale = ("input.quantities.1.changeFromQuantity".to_owned(), "CHANGE_FROM_QUANTITY_STALE".to_owned());
    assert_eq!(codes(&payload), [stale]);
    assert_eq!(level(&sandbox, 902, MAIN).available, 5, "nothing is written beside a refused entry");
    let written: Vec<_> = sandbox.ledger.entries().into_iter().map(|entry| (entry.key, entry.result)).collect();
    assert_eq!(written[0], (Some("k1".to_owned()), "ok".to_owned()));
    assert!(written[1].1.starts_with("refused: "), "{written:?}");
}

#[tokio::test]
async fn every_bad_entry_is_told_by_its_place_and_code() {
    let sandbox = shop().await;
    sandbox.shopify.activate_location(OTHER, false).unwrap();
    let quantities = json!([
        entry(999, MAIN, 1, json!(null)),
        entry(901, 12, 1, json!(null)),
        entry(901, OTHER, 1, json!(null)),
        entry(901, MAIN, -1, json!(null)),
        entry(902, MAIN, 1_000_000_001, json!(null)),
        entry(904, MAIN, 1, json!(null)),
        entry(901, MAIN, 1, json!(null)),
        entry(903, MAIN, 4, json!(77)),
    ]);
    let payload = set(&sandbox, "k", quantities).await;
    let expected = [
        ("0.inventoryItemId", "INVALID_INVENTORY_ITEM"),
        ("1.locationId", "INVALID_LOCATION"),
        ("2.locationId", "INVALID_LOCATION"),
        ("3.quantity", "INVALID_QUANTITY_NEGATIVE"),
        ("4.quantity", "INVALID_QUANTITY_TOO_HIGH"),
        ("5.inventoryItemId", "NON_MUTABLE_INVENTORY_ITEM"),
        ("6", "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR"),
    ];
    let expected: Vec<_> =
        expected.map(|(path, code)| (format!("input.quantities.{path}"), code.to_owned())).into_iter().collect();
    assert_eq!(codes(&payload), expected);
    assert_eq!(payload["inventoryAdjustmentGroup"], json!(null));

    for (field, value, code) in [("name", "committed", "INVALID_NAME"), ("reason", "because", "INVALID_REASON")] {
        let mut input = json!({"name": "available", "reason": "correction", "quantities": []});
        input[field] = json!(value);
        let answer = ask(&sandbox, SET, json!({"input": input, "key": field})).await;
        let told = codes(&answer["data"]["inventorySetQuantities"]);
        assert_eq!(told, [(format!("input.{field}"), code.to_owned())]);
    }
}

#[tokio::test]
async fn what_is_not_tracked_is_left_alone() {
    let sandbox = shop().await;
    let payload = set(&sandbox, "k", json!([entry(903, MAIN, 4, json!(77))])).await;
    assert_eq!(payload, json!({"inventoryAdjustmentGroup": null, "userErrors": []}));
    assert_eq!(level(&sandbox, 903, MAIN).available, 0);
}

#[tokio::test]
async fn the_rules_that_the_schema_does_not_show_are_kept() {
    let sandbox = shop().await;
    let refused = async |query: &str, quantities: Value| {
        let input = json!({"name": "available", "reason": "correction", "quantities": quantities});
        let answer = ask(&sandbox, query, json!({"input": input})).await;
        assert_eq!(answer["data"], json!({"inventorySetQuantities": null}));
        let error = &answer["errors"][0];
        assert_eq!(error["path"][0], "inventorySetQuantities");
        (error["extensions"]["code"].as_str().unwrap().to_owned(), error["message"].as_str().unwrap().to_owned())
    };
    let with = |directive: &str| {
        format!(
            "mutation($input: InventorySetQuantitiesInput!) {{
                inventorySetQuantities(input: $input) {directive} {{ userErrors {{ code }} }}
            }}"
        )
    };
    let (code, message) = refused(&with(""), json!([entry(901, MAIN, 1, json!(null))])).await;
    let missing = "The @idempotent directive is required for this mutation but was not provided.";
    assert_eq!((code.as_str(), message.as_str()), ("BAD_REQUEST", missing));

    let keyed = with("@idempotent(key: \"k\")");
    let mut without = entry(901, MAIN, 1, json!(null));
    without.as_object_mut().unwrap().remove("changeFromQuantity");
    let (code, message) = refused(&keyed, json!([without])).await;
    let missing = "InventoryQuantityInput must include the following argument: changeFromQuantity.";
    assert_eq!((code.as_str(), message.as_str()), ("INVALID_FIELD_ARGUMENTS", missing));

    let many: Vec<Value> = (0..251).map(|_| entry(901, MAIN, 1, json!(null))).collect();
    let (code, message) = refused(&keyed, json!(many)).await;
    let too_many = "The input array size of 251 is greater than the maximum allowed of 250.";
    assert_eq!((code.as_str(), message.as_str()), ("MAX_INPUT_SIZE_EXCEEDED", too_many));
}

#[tokio::test]
async fn an_older_version_does_not_stock_by_setting() {
    let sandbox = shop().await;
    let url = sandbox.shopify_url.join("/admin/api/2026-07/graphql.json").unwrap();
    let quantities = json!([entry(901, OTHER, 1, json!(null))]);
    let input = json!({"name": "available", "reason": "correction", "quantities": quantities});
    let request = client().post(url).header("X-Shopify-Access-Token", sandbox.shopify.credentials().access_token);
    let request = request.json(&json!({"query": SET, "variables": {"input": input, "key": "k"}}));
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    let told = codes(&answer["data"]["inventorySetQuantities"]);
    assert_eq!(told, [("input.quantities.0.locationId".to_owned(), "ITEM_NOT_STOCKED_AT_LOCATION".to_owned())]);
}

#[tokio::test]
async fn a_key_stands_for_one_request() {
    let sandbox = shop().await;
    let first = || json!([entry(901, MAIN, 7, json!(10))]);
    let code = |payload: &Value| payload["userErrors"][0]["code"].as_str().map(str::to_owned);
    assert_eq!(code(&set(&sandbox, "k", first()).await), None);
    let other = json!([entry(901, MAIN, 8, json!(7))]);
    assert_eq!(code(&set(&sandbox, "k", other).await).unwrap(), "IDEMPOTENCY_KEY_PARAMETER_MISMATCH");
    assert_eq!(code(&set(&sandbox, "k", first()).await).unwrap(), "CHANGE_FROM_QUANTITY_STALE");

    sandbox.shopify.set_repeated_key(RepeatedKey::FirstResult);
    sandbox.shopify.set_stock(901, MAIN, 2).unwrap();
    assert_eq!(set(&sandbox, "k", first()).await["inventoryAdjustmentGroup"]["changes"][0]["delta"], -3);
    assert_eq!(level(&sandbox, 901, MAIN).available, 2, "a repeat writes nothing");
    assert_eq!(sandbox.ledger.entries().last().unwrap().result, "ok, repeated");

    assert_eq!(code(&set(&sandbox, "f", first()).await).unwrap(), "CHANGE_FROM_QUANTITY_STALE");
    assert_eq!(code(&set(&sandbox, "f", first()).await).unwrap(), "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED");

    sandbox.shopify.occupy_key("busy", true);
    assert_eq!(code(&set(&sandbox, "busy", first()).await).unwrap(), "IDEMPOTENCY_CONCURRENT_REQUEST");
    sandbox.shopify.occupy_key("busy", false);
    assert_eq!(code(&set(&sandbox, "busy", json!([entry(901, MAIN, 1, json!(2))])).await), None);
}

#[tokio::test]
async fn an_order_takes_what_is_available_and_gives_it_back() {
    let sandbox = shop().await;
    let shop = &sandbox.shopify;
    let line = |id: u64, variant: u64, quantity: u32| json!({"id": id, "variant_id": variant, "quantity": quantity, "requires_shipping": true, "price": "1.00"});
    let order = |id: u64, lines: Value| json!({"id": id, "line_items": lines});
    shop.place_order(order(1, json!([line(11, 801, 4), line(12, 803, 1)]))).unwrap();
    assert_eq!(figures(level(&sandbox, 901, MAIN)), (6, 4, 10));
    shop.fulfill_by_hand(1, &[(11, 3)], &Tracking::default()).unwrap();
    assert_eq!(figures(level(&sandbox, 901, MAIN)), (6, 1, 7));
    shop.update_order(1, json!({"cancelled_at": "2026-10-05T12:00:00Z"})).unwrap();
    assert_eq!(figures(level(&sandbox, 901, MAIN)), (7, 0, 7));

    shop.place_order(order(2, json!([line(21, 804, 1)]))).unwrap();
    assert_eq!(figures(level(&sandbox, 901, MAIN)), (5, 2, 7), "a bundle takes its components");
    assert_eq!(level(&sandbox, 904, MAIN).available, 2);
    let patch = json!({"cancelled_at": "2026-10-05T12:00:00Z", "restock": false});
    shop.update_order(2, patch).unwrap();
    assert_eq!(figures(level(&sandbox, 901, MAIN)), (5, 0, 5), "without restocking the pieces are gone");
    assert!(shop.order(2).unwrap()["restock"] == false);
}

#[tokio::test]
async fn what_is_sent_from_elsewhere_is_taken_there() {
    let sandbox = shop().await;
    let shop = &sandbox.shopify;
    shop.set_stock(901, OTHER, 8).unwrap();
    let line = json!({"id": 11, "variant_id": 801, "quantity": 4, "requires_shipping": true, "price": "1.00"});
    shop.place_order(json!({"id": 1, "line_items": [line]})).unwrap();
    let held = shop.fulfillment_orders(1)[0]["id"].as_u64().unwrap();
    shop.move_fulfillment_order(held, OTHER).unwrap();
    assert_eq!(figures(level(&sandbox, 901, MAIN)), (10, 0, 10));
    assert_eq!(figures(level(&sandbox, 901, OTHER)), (4, 4, 8));
}

#[tokio::test]
async fn quantities_are_adjusted_and_items_activated() {
    let sandbox = shop().await;
    let adjust = "mutation($input: InventoryAdjustQuantitiesInput!, $key: String!) {
        inventoryAdjustQuantities(input: $input) @idempotent(key: $key) { userErrors { code field } }
    }";
    let change = |delta: i64, document: Value| {
        json!({"inventoryItemId": gid("InventoryItem", 901), "locationId": gid("Location", MAIN), "delta": delta,
            "changeFromQuantity": null, "ledgerDocumentUri": document})
    };
    for (key, name, change, code) in [
        ("1", "available", change(2, json!(null)), None),
        ("2", "reserved", change(3, json!("gid://app/Doc/1")), None),
        ("3", "reserved", change(3, json!(null)), Some("INVALID_QUANTITY_DOCUMENT")),
        ("4", "available", change(3, json!("gid://app/Doc/1")), Some("INVALID_AVAILABLE_DOCUMENT")),
        ("5", "on_hand", change(3, json!(null)), Some("INVALID_QUANTITY_NAME")),
    ] {
        let input = json!({"name": name, "reason": "correction", "changes": [change]});
        let answer = ask(&sandbox, adjust, json!({"input": input, "key": key})).await;
        let error = &answer["data"]["inventoryAdjustQuantities"]["userErrors"][0]["code"];
        assert_eq!(error.as_str(), code, "{answer}");
    }
    assert_eq!(figures(level(&sandbox, 901, MAIN)), (12, 0, 15));

    let activate = "mutation($item: ID!, $location: ID!, $available: Int) {
        inventoryActivate(inventoryItemId: $item, locationId: $location, available: $available)
        @idempotent(key: \"a\") {
            inventoryLevel { id quantities(names: [\"available\"]) { quantity } item { sku } }
            userErrors { field message }
        }
    }";
    let variables = json!({"item": gid("InventoryItem", 902), "location": gid("Location", OTHER), "available": 6});
    let answer = ask(&sandbox, activate, variables).await;
    let made = &answer["data"]["inventoryActivate"]["inventoryLevel"];
    assert_eq!(made["quantities"][0]["quantity"], 6, "{answer}");
    assert_eq!(made["item"]["sku"], "B");
    assert_eq!(made["id"], format!("{}?inventory_item_id=902", gid("InventoryLevel", OTHER)));
}

#[tokio::test]
async fn items_are_found_by_sku_by_id_and_in_pages() {
    let sandbox = shop().await;
    let twin = json!({"id": 91, "variants": [{"id": 811, "inventory_item_id": 911, "sku": "a"}]});
    sandbox.shopify.load_product(twin).unwrap();
    let found = "query($query: String) { inventoryItems(first: 10, query: $query) { nodes { id sku tracked
        duplicateSkuCount variants(first: 1) { nodes { id requiresComponents } }
        inventoryLevels(first: 5) { nodes { location { id } quantities(names: [\"available\", \"on_hand\"]) {
            name quantity } } } } } }";
    let answer = ask(&sandbox, found, json!({"query": "sku:'A' OR sku:KIT"})).await;
    let nodes = answer["data"]["inventoryItems"]["nodes"].as_array().unwrap();
    let ids: Vec<_> = nodes.iter().map(|node| node["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [901, 904, 911].map(|id| gid("InventoryItem", id)));
    assert_eq!(nodes[0]["duplicateSkuCount"], 1);
    assert_eq!(nodes[1]["variants"]["nodes"][0]["requiresComponents"], true);
    assert_eq!(nodes[1]["inventoryLevels"]["nodes"][0]["quantities"][0]["quantity"], 5);
    // 250 items of up to 10 locations, as a client reads them: 1 + 1 + 2 for an item, its variant, and its levels.
    assert_eq!(answer["extensions"]["cost"]["requestedQueryCost"], 2 + 4 * (1 + 3 + 2 + 3 * 3));

    let by_id = "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on InventoryItem { sku } } }";
    let ids = [gid("InventoryItem", 902), gid("InventoryItem", 5), gid("Location", MAIN)];
    let answer = ask(&sandbox, by_id, json!({"ids": ids})).await;
    assert_eq!(answer["data"]["nodes"][0]["sku"], "B");
    assert_eq!(answer["data"]["nodes"][1], json!(null));
    assert_eq!(answer["data"]["nodes"][2]["id"], gid("Location", MAIN));

    let paged = "query($after: String) { inventoryItems(first: 7, after: $after) { nodes { id }
        pageInfo { hasNextPage endCursor } } }";
    let (mut all, mut after) = (Vec::new(), json!(null));
    loop {
        let answer = ask(&sandbox, paged, json!({"after": after})).await;
        let page = &answer["data"]["inventoryItems"];
        all.extend(page["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned()));
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    let distinct: std::collections::BTreeSet<_> = all.iter().collect();
    assert_eq!(distinct.len(), all.len());
    assert!(all.contains(&gid("InventoryItem", 911)) && all.len() > 14);
}

#[tokio::test]
async fn locations_and_variants_come_and_go() {
    let sandbox = shop().await;
    let control = async |method: Method, path: &str, body: Value| {
        let url = sandbox.control_url.join(&format!("/control/shopify/{path}")).unwrap();
        let answer = client().request(method, url).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.json::<Value>().await.unwrap()
    };
    let set = control(Method::PUT, "stock", json!({"sku": "A", "location": OTHER, "available": 3})).await;
    assert_eq!(set["available"], 3);
    let sold = control(Method::POST, "stock/sell", json!({"item": 901, "location": OTHER, "pieces": 5})).await;
    assert_eq!((&sold["available"], &sold["on_hand"]), (&json!(-2), &json!(-2)));
    let known = control(Method::GET, "stock/A", json!(null)).await;
    assert_eq!(known[0]["levels"].as_array().unwrap().len(), 2);

    let shown = "query($id: ID!) { inventoryItem(id: $id) { sku inventoryLevels(first: 9) { nodes { id } } } }";
    let levels = async || {
        let answer = ask(&sandbox, shown, json!({"id": gid("InventoryItem", 901)})).await;
        let item = &answer["data"]["inventoryItem"];
        (item["sku"].clone(), item["inventoryLevels"]["nodes"].as_array().map_or(0, Vec::len))
    };
    assert_eq!(levels().await, (json!("A"), 2));
    control(Method::POST, &format!("locations/{OTHER}/deactivate"), json!(null)).await;
    assert_eq!(levels().await, (json!("A"), 1));
    control(Method::POST, &format!("locations/{OTHER}/activate"), json!(null)).await;
    control(Method::DELETE, &format!("locations/{OTHER}"), json!(null)).await;
    control(Method::PATCH, "variants/801", json!({"sku": "A2"})).await;
    assert_eq!(levels().await, (json!("A2"), 1));
    assert_eq!(sandbox.shopify.items_of_sku("A"), Vec::<u64>::new());
    control(Method::DELETE, "variants/801", json!(null)).await;
    assert_eq!(levels().await, (json!(null), 0));
    assert_eq!(sandbox.shopify.items_of_sku("b"), [902], "the other variants stay");
}
