//! The two spellings of a webhook topic.

/// Resources whose name has underscores of its own, as topics begin.
const RESOURCES: [&str; 12] = [
    "order_transactions",
    "orders",
    "fulfillment_events",
    "fulfillment_orders",
    "fulfillments",
    "inventory_levels",
    "inventory_items",
    "bulk_operations",
    "refunds",
    "products",
    "customers",
    "app",
];

/// `ORDERS_CREATE` → `orders/create`.
pub(crate) fn topic_of(name: &str) -> String {
    let name = name.to_lowercase();
    for resource in RESOURCES {
        if let Some(action) = name.strip_prefix(&format!("{resource}_")) {
            return format!("{resource}/{action}");
        }
    }
    match name.rsplit_once('_') {
        Some((resource, action)) => format!("{resource}/{action}"),
        None => name,
    }
}

/// `orders/create` → `ORDERS_CREATE`.
pub(crate) fn name_of(topic: &str) -> String {
    topic.replace('/', "_").to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_have_two_spellings() {
        for (name, topic) in [
            ("ORDERS_CREATE", "orders/create"),
            ("ORDERS_PARTIALLY_FULFILLED", "orders/partially_fulfilled"),
            ("ORDER_TRANSACTIONS_CREATE", "order_transactions/create"),
            ("FULFILLMENT_ORDERS_PLACED_ON_HOLD", "fulfillment_orders/placed_on_hold"),
        ] {
            assert_eq!(topic_of(name), topic);
            assert_eq!(name_of(topic), name);
        }
    }
}
