//! What happened to an order's money: `OrderTransaction`, `Refund`.

use serde_json::{Value, json};

use crate::money::{Bag, Currencies};
use crate::shopify::derive::{self, list};
use crate::shopify::payments;
use crate::shopify::state::gid;

/// `OrderTransaction`; its parent is told with fields of its own but without its parent.
pub(super) fn transaction(transaction: &Value, order: &Value, currencies: &Currencies) -> Value {
    let mut told = alone(transaction, order, currencies);
    let parent = transaction["parent_id"].as_u64();
    told["parentTransaction"] = match parent {
        Some(parent) => match list(order, "transactions").iter().find(|one| one["id"] == parent) {
            Some(held) => alone(held, order, currencies),
            // A loaded order need not have all of its transactions.
            None => json!({"id": gid("OrderTransaction", parent)}),
        },
        None => Value::Null,
    };
    told
}

fn alone(transaction: &Value, order: &Value, currencies: &Currencies) -> Value {
    let id = transaction["id"].as_u64().unwrap_or(0);
    let amount = Bag::field(transaction, "amount");
    let capturable = !payments::capturable(order, transaction).is_zero();
    json!({
        "id": gid("OrderTransaction", id),
        "kind": transaction["kind"],
        "status": transaction["status"],
        "gateway": transaction["gateway"],
        "formattedGateway": transaction["gateway"].as_str().map(formatted),
        "paymentId": transaction["payment_id"],
        "errorCode": transaction["error_code"],
        "test": transaction["test"],
        "createdAt": transaction["created_at"],
        "processedAt": transaction["processed_at"],
        "amount": transaction["amount"],
        "amountSet": currencies.money_bag(amount),
        "manualPaymentGateway": transaction["manual_payment_gateway"],
        "manuallyCapturable": capturable,
        "multiCapturable": capturable,
        "order": {"__gid": order["admin_graphql_api_id"]},
    })
}

/// `shopify_payments` → `Shopify Payments`.
fn formatted(gateway: &str) -> String {
    let words = gateway.split('_').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
        first + letters.as_str()
    });
    words.collect::<Vec<_>>().join(" ")
}

pub(super) fn refund(refund: &Value, currencies: &Currencies, order: &Value) -> Value {
    let alone = json!({"refunds": [refund]});
    let processed = if refund["processed_at"].is_string() { &refund["processed_at"] } else { &refund["created_at"] };
    let transactions = payments::of_refund(order, refund).into_iter();
    json!({
        "id": gid("Refund", refund["id"].as_u64().unwrap_or(0)),
        "legacyResourceId": refund["id"],
        "createdAt": refund["created_at"],
        "processedAt": processed,
        "updatedAt": processed,
        "note": refund["note"],
        "totalRefundedSet": currencies.money_bag(derive::refunded(&alone)),
        "transactions": transactions.map(|one| transaction(one, order, currencies)).collect::<Value>(),
        "duties": [],
        "order": {"__gid": order["admin_graphql_api_id"]},
    })
}
