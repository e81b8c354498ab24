//! Writing customers.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Answer, World, order_with};

async fn put(world: &World, key: &str, body: Value) -> Answer {
    let path = format!("/record/v1/customer/eid:{key}");
    world.call("PUT", &path, body).await
}

fn ann() -> Value {
    json!({"isPerson": true, "firstName": "Ann", "lastName": "Lee", "email": "ann@example.com",
           "subsidiary": {"id": "1"}})
}

fn ann_with(name: &str, value: Value) -> Value {
    let mut ann = ann();
    ann[name] = value;
    ann
}

#[tokio::test]
async fn people_and_companies_need_their_names_and_a_subsidiary() {
    let world = World::usual().await;
    for (body, text) in [
        (json!({"subsidiary": "1"}), "You must enter a value for Company Name."),
        (ann_with("lastName", Value::Null), "You must enter a value for Last Name."),
        (ann_with("firstName", json!("")), "You must enter a value for First Name."),
        (ann_with("subsidiary", Value::Null), "Please enter value(s) for: Primary Subsidiary."),
        (ann_with("email", json!("ann at home")), "Invalid email"),
        (ann_with("lastName", json!("x".repeat(33))), "maximum number ( 32 )"),
    ] {
        put(&world, "C", body).await.refused("USER_ERROR", text);
    }
    let id = put(&world, "C", ann()).await.id();
    let path = format!("/record/v1/customer/{id}");
    let stored = world.call("GET", &path, Value::Null).await.body;
    assert_eq!(stored["entityId"], "Ann Lee");
    assert_eq!(stored["currency"]["refName"], "USD");
}

#[tokio::test]
async fn a_namesake_is_refused_and_so_is_a_used_key() {
    let world = World::usual().await;
    put(&world, "C1", ann()).await.id();
    let namesake = put(&world, "C2", ann_with("email", json!("other@example.com"))).await;
    assert_eq!(namesake.detail(), "Error while accessing a resource. This entity already exists.");
    namesake.refused("USER_ERROR", "");
    put(&world, "C2", ann_with("entityId", json!("Ann Lee 2"))).await.id();
    let same_key = ann_with("entityId", json!("Ann Lee 3"));
    let mut same_key = same_key;
    same_key["externalId"] = json!("C1");
    let answer = world.call("POST", "/record/v1/customer", same_key).await;
    answer.refused("USER_ERROR", "This entity already exists.");
}

#[tokio::test]
async fn address_sublists_append() {
    let world = World::usual().await;
    let address = json!({"items": [{"defaultShipping": true, "addressBookAddress": {
        "addr1": "1 Main St", "city": "Springfield", "country": {"id": "US"}}}]});
    let id = put(&world, "C", ann_with("addressBook", address.clone())).await.id();
    put(&world, "C", json!({"addressBook": address})).await.id();
    let stored = world.account.record("customer", &id).unwrap();
    assert_eq!(stored["addressBook"]["totalResults"], 2);
    let country = json!({"items": [{"addressBookAddress": {"country": "Atlantis"}}]});
    let refused = put(&world, "C", json!({"addressBook": country})).await;
    refused.refused("INVALID_CONTENT", "country");
}

#[tokio::test]
async fn orders_keep_to_the_customers_currencies() {
    let world = World::usual().await;
    let id = put(&world, "C", ann()).await.id();
    let mut order = order_with("entity", json!({"id": id}));
    order["currency"] = json!({"id": "2"});
    let refused = world.put_order("K", order.clone()).await;
    refused.refused("INVALID_KEY_OR_REF", "currency");

    let more = json!({"currencyList": {"items": [{"currency": {"id": "2"}}]}});
    put(&world, "C", more).await.id();
    world.put_order("K", order).await.id();
    let path = format!("/record/v1/customer/{id}");
    let kept = world.call("DELETE", &path, Value::Null).await;
    kept.refused("USER_ERROR", "dependent records");
}

#[tokio::test]
async fn an_incomplete_list_of_names_refuses_none_but_custom_ones() {
    let world = World::usual().await;
    put(&world, "C", ann_with("someNewField", json!("x"))).await.id();
    let refused = put(&world, "C", json!({"custentity_other": "x"})).await;
    refused.refused("INVALID_CONTENT", "custentity_other");
    let item = world.call("POST", "/record/v1/inventoryItem", json!({})).await;
    assert_eq!(item.status, StatusCode::METHOD_NOT_ALLOWED);
}
