//! Names that everybody derives in the same way: workflow types, workflow ids, idempotency keys.

use sha2::{Digest, Sha256};

use crate::domain::channel::ChannelOrder;

/// Agent 1: a Shopify order becomes a NetSuite Sales Order.
pub const SHOPIFY_TO_NETSUITE: &str = "shopifyToNetsuiteWorkflow";
/// The poll that repairs lost webhooks for agent 1. One tick is one run.
pub const SHOPIFY_ORDERS_POLL: &str = "shopifyOrdersPoll";

/// `<workflow type>:<brand>:<record key>`.
pub fn workflow_id(workflow: &str, brand: &str, key: &str) -> String {
    format!("{workflow}:{brand}:{key}")
}

/// The key of an order from a channel that cannot be read again: `amazon-112-7654321`.
/// Letters, digits, `_` and `-` stay; anything else becomes `_`, and then a hash keeps two such keys apart.
pub fn channel_order_key(channel: &str, order_id: &str) -> String {
    let plain = format!("{channel}-{order_id}");
    let safe: String =
        plain.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '_' }).collect();
    if safe == plain { plain } else { format!("{safe}-{}", hex_hash(&plain, 8)) }
}

/// NetSuite `externalId` of the Sales Order. `generation` counts reruns after a compensation; the first is 1.
pub fn sales_order_key(brand: &str, order_key: &str, generation: u32) -> String {
    match generation {
        0 | 1 => format!("SO-{brand}-{order_key}"),
        n => format!("SO-{brand}-{order_key}-g{n}"),
    }
}

/// NetSuite `externalId` of a customer, from the shop's customer id.
pub fn customer_key(brand: &str, customer_id: &str) -> String {
    format!("CUST-{brand}-{customer_id}")
}

/// NetSuite `externalId` of a guest, from the e-mail.
pub fn guest_key(brand: &str, email: &str) -> String {
    format!("CUST-{brand}-{}", hex_hash(&normalised_email(email), 24))
}

/// Tells two publications of a channel's order apart by what they say.
pub fn content_hash(order: &ChannelOrder) -> String {
    hex_hash(&serde_json::to_string(order).unwrap_or_default(), 32)
}

/// As compared everywhere: trimmed, lower case.
pub fn normalised_email(email: &str) -> String {
    email.trim().to_lowercase()
}

/// The first `digits` hex digits of the text's SHA-256.
pub fn hex_hash(text: &str, digits: usize) -> String {
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().map(|b| format!("{b:02x}")).collect::<String>().chars().take(digits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_hold_only_what_netsuite_takes() {
        let ok = |k: &str| k.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        assert_eq!(channel_order_key("amazon", "112-76"), "amazon-112-76");
        assert_ne!(channel_order_key("amazon", "112/76"), channel_order_key("amazon", "112.76"));
        assert!(ok(&channel_order_key("Käse", "ü/1")));
        assert_eq!(sales_order_key("acme", "450789469", 1), "SO-acme-450789469");
        assert_eq!(sales_order_key("acme", "450789469", 2), "SO-acme-450789469-g2");
        assert_eq!(guest_key("acme", " Bob@Example.com "), guest_key("acme", "bob@example.com"));
        assert!(ok(&guest_key("acme", "bob@example.com")));
    }
}
