//! What happens to an order: `OrderTransaction`, `Refund`, `Fulfillment`.

use serde_json::{Value, json};

use crate::money::{Bag, Currencies};
use crate::shopify::derive::{self, list};
use crate::shopify::state::gid;

pub(super) fn transaction(transaction: &Value, currencies: &Currencies) -> Value {
    let id = transaction["id"].as_u64().unwrap_or(0);
    let amount = Bag::field(transaction, "amount");
    json!({
        "id": gid("OrderTransaction", id),
        "kind": transaction["kind"],
        "status": transaction["status"],
        "gateway": transaction["gateway"],
        "formattedGateway": transaction["gateway"],
        "paymentId": transaction["payment_id"],
        "test": transaction["test"],
        "createdAt": transaction["created_at"],
        "processedAt": transaction["processed_at"],
        "amount": transaction["amount"],
        "amountSet": currencies.money_bag(amount),
        "manualPaymentGateway": transaction["manual_payment_gateway"],
        "parentTransaction": match transaction["parent_id"].as_u64() {
            Some(parent) => json!({"id": gid("OrderTransaction", parent)}),
            None => Value::Null,
        },
    })
}

pub(super) fn refund(refund: &Value, currencies: &Currencies, order: &Value) -> Value {
    let alone = json!({"refunds": [refund]});
    json!({
        "id": gid("Refund", refund["id"].as_u64().unwrap_or(0)),
        "legacyResourceId": refund["id"],
        "createdAt": refund["created_at"],
        "updatedAt": refund["processed_at"],
        "note": refund["note"],
        "totalRefundedSet": currencies.money_bag(derive::refunded(&alone)),
        "duties": [],
        "order": {"__gid": order["admin_graphql_api_id"]},
    })
}

pub(super) fn fulfillment(fulfillment: &Value, order: &Value) -> Value {
    let tracking: Vec<Value> = list(fulfillment, "tracking_numbers")
        .iter()
        .enumerate()
        .map(|(index, number)| {
            json!({
                "company": fulfillment["tracking_company"],
                "number": number,
                "url": fulfillment["tracking_urls"][index],
            })
        })
        .collect();
    let lines = list(fulfillment, "line_items").iter();
    json!({
        "id": gid("Fulfillment", fulfillment["id"].as_u64().unwrap_or(0)),
        "legacyResourceId": fulfillment["id"],
        "name": fulfillment["name"],
        "status": fulfillment["status"],
        "createdAt": fulfillment["created_at"],
        "updatedAt": fulfillment["updated_at"],
        "totalQuantity": lines.map(derive::quantity).fold(0, i64::saturating_add),
        "requiresShipping": true,
        "trackingInfo": tracking,
        "order": {"__gid": order["admin_graphql_api_id"]},
    })
}
