//! The three tax styles.

use serde_json::{Value, json};

use super::{World, order};
use crate::netsuite::{Options, TaxStyle};

async fn world(tax_style: TaxStyle) -> World {
    World::new(Options { tax_style, ..Options::default() }).await
}

fn suite_tax_order() -> Value {
    let mut order = order();
    order["item"]["items"][0]["taxDetailsReference"] = json!("L1");
    order["taxDetailsOverride"] = json!(true);
    order["taxDetails"] = json!({"items": [
        {"taxDetailsReference": "L1", "taxType": {"id": "401"}, "taxCode": {"id": "403"},
         "taxRate": 6, "taxBasis": 20, "taxAmount": 1.2},
        {"taxDetailsReference": "L1", "taxType": {"id": "401"}, "taxCode": {"id": "404"},
         "taxRate": 20, "taxBasis": 20},
    ]});
    order
}

fn legacy_order() -> Value {
    let mut order = order();
    order["item"]["items"][0]["taxCode"] = json!({"id": "302"});
    order["item"]["items"][1]["taxCode"] = json!({"id": "301"});
    order["item"]["items"][1]["taxRate1"] = json!(10);
    order
}

#[tokio::test]
async fn suite_tax_sums_overridden_details() {
    let world = world(TaxStyle::SuiteTax).await;
    let id = world.put_order("K", suite_tax_order()).await.id();
    let stored = world.get_order(&id).await;
    assert_eq!(stored["taxTotal"], 5.2);
    assert_eq!(stored["total"], 29.75);
    assert_eq!(stored["taxDetails"]["items"][0]["taxCode"]["refName"], "State Tax (SuiteTax)");

    // The details of replaced lines go with them.
    world.put_order("K?replace=item", suite_tax_order()).await.id();
    let replaced = world.get_order(&id).await;
    assert_eq!(replaced["taxDetails"]["totalResults"], 2);
    assert_eq!(replaced["total"], 29.75);
    // A repeated PUT appends these too.
    world.put_order("K", suite_tax_order()).await.id();
    assert_eq!(world.get_order(&id).await["total"], 59.5);
}

#[tokio::test]
async fn suite_tax_details_must_be_whole_and_overridden() {
    let world = world(TaxStyle::SuiteTax).await;
    let mut order = suite_tax_order();
    order["taxDetailsOverride"] = json!(false);
    world.put_order("K", order).await.refused("USER_ERROR", "Tax Details Override");
    for (field, value, code) in [
        ("taxDetailsReference", json!("L9"), "INVALID_KEY_OR_REF"),
        ("taxDetailsReference", Value::Null, "USER_ERROR"),
        ("taxType", Value::Null, "USER_ERROR"),
        ("taxCode", Value::Null, "USER_ERROR"),
        ("taxCode", json!({"id": "999"}), "INVALID_KEY_OR_REF"),
    ] {
        let mut order = suite_tax_order();
        order["taxDetails"]["items"][1][field] = value;
        world.put_order("K", order).await.refused(code, "");
    }
}

#[tokio::test]
async fn legacy_tax_is_computed_by_line() {
    let world = world(TaxStyle::Legacy).await;
    let id = world.put_order("K", legacy_order()).await.id();
    let stored = world.get_order(&id).await;
    // 20.00 × 6 % + 5.55 × 10 % = 1.20 + 0.56
    assert_eq!(stored["taxTotal"], 1.76);
    assert_eq!(stored["total"], 26.31);
    assert_eq!(stored["item"]["items"][1]["tax1Amt"], 0.56);
}

#[tokio::test]
async fn each_style_refuses_the_others_fields() {
    for (style, order, name) in [
        (TaxStyle::SuiteTax, legacy_order(), "taxCode"),
        (TaxStyle::Legacy, suite_tax_order(), "taxDetails"),
        (TaxStyle::None, legacy_order(), "taxCode"),
        (TaxStyle::None, suite_tax_order(), "taxDetails"),
    ] {
        let world = world(style).await;
        world.put_order("K", order).await.refused("INVALID_CONTENT", name);
        world.put_order("K", super::order()).await.id();
    }
}
