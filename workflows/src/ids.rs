//! Names that everybody derives in the same way: workflow types, workflow ids, idempotency keys.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::domain::{channel::ChannelOrder, stock::Change};

/// Agent 1: a Shopify order becomes a NetSuite Sales Order.
pub const SHOPIFY_TO_NETSUITE: &str = "shopifyToNetsuiteWorkflow";
/// Agent 2: a Sales Order becomes an order at the warehouse.
pub const NETSUITE_TO_DCL: &str = "netsuiteToDCLWorkflow";
/// Agent 3: what the warehouse shipped is booked in NetSuite and told to Shopify.
pub const DCL_TRACKING: &str = "dclTrackingUpdateWorkflow";
/// Agent 4: what is on its way to the warehouse is announced there.
pub const PO_NOTIFICATION: &str = "dclPoNotificationWorkflow";
/// Agent 5: what the warehouse received is booked in NetSuite.
pub const PO_RECEIPT: &str = "dclPoReceiptWorkflow";
/// Agent 6: the store shows what NetSuite has. One tick is one run.
pub const INVENTORY_SYNC: &str = "inventorySyncWorkflow";
/// Agent 7: the store shows how many bundles the stock of their components allows. One tick is one run.
pub const BUNDLES_SYNC: &str = "inventoryBundlesSyncWorkflow";
/// Agent 8: what was shipped is billed.
pub const NETSUITE_INVOICE: &str = "netsuiteInvoiceFlow";
/// Agent 9: settled money is booked and applied.
pub const NETSUITE_PAYMENT: &str = "netsuitePaymentFlow";
/// The agents of the stock: they run by the clock, for no record.
pub const SYNCS: [&str; 2] = [INVENTORY_SYNC, BUNDLES_SYNC];
/// Compares NetSuite, warehouse and store, and writes nothing. One tick is one run.
pub const STOCK_CHECK: &str = "stockCheckWorkflow";
/// Every agent that works on a record, by its number.
pub const AGENTS: [&str; 7] = [
    SHOPIFY_TO_NETSUITE,
    NETSUITE_TO_DCL,
    DCL_TRACKING,
    PO_NOTIFICATION,
    PO_RECEIPT,
    NETSUITE_INVOICE,
    NETSUITE_PAYMENT,
];
/// The agents that carry an order from the shop to its money.
pub const ORDER_TO_CASH: [&str; 5] =
    [SHOPIFY_TO_NETSUITE, NETSUITE_TO_DCL, DCL_TRACKING, NETSUITE_INVOICE, NETSUITE_PAYMENT];
/// Everything that a brand can switch on.
pub fn switchable() -> impl Iterator<Item = &'static str> {
    AGENTS.into_iter().chain(SYNCS)
}

/// The poll that repairs lost webhooks for agent 1. One tick is one run.
pub const SHOPIFY_ORDERS_POLL: &str = "shopifyOrdersPoll";
/// The poll that finds what waits in NetSuite: Sales Orders to send, to bill, and to settle.
pub const NETSUITE_ORDERS_POLL: &str = "netsuiteOrdersPoll";
/// The poll that finds what the warehouse shipped.
pub const DCL_ORDERS_POLL: &str = "dclOrdersPoll";
/// The poll that finds whose money Shopify Payments has paid out, for brands that book it only then.
pub const SHOPIFY_PAYOUTS_POLL: &str = "shopifyPayoutsPoll";
/// The poll that finds what is on its way: purchase and transfer orders to announce, to compare, and to close.
pub const NETSUITE_PURCHASES_POLL: &str = "netsuitePurchasesPoll";
/// The poll that finds what the warehouse received.
pub const DCL_RECEIPTS_POLL: &str = "dclReceiptsPoll";
/// Every poll.
pub const POLLS: [&str; 6] = [
    SHOPIFY_ORDERS_POLL,
    NETSUITE_ORDERS_POLL,
    DCL_ORDERS_POLL,
    SHOPIFY_PAYOUTS_POLL,
    NETSUITE_PURCHASES_POLL,
    DCL_RECEIPTS_POLL,
];
/// Every workflow type: agents, the check of the stock, polls.
pub fn all() -> impl Iterator<Item = &'static str> {
    switchable().chain([STOCK_CHECK]).chain(POLLS)
}

/// `<workflow type>:<brand>:<record key>`.
pub fn workflow_id(workflow: &str, brand: &str, key: &str) -> String {
    format!("{workflow}:{brand}:{key}")
}

/// The key of an order from a channel that cannot be read again: `amazon-112-7654321`.
/// Letters, digits, `_` and `-` stay; anything else becomes `_`, and then a hash keeps two such keys apart.
pub fn channel_order_key(channel: &str, order_id: &str) -> String {
    safe(&format!("{channel}-{order_id}"))
}

/// What NetSuite takes in an `externalId`: other characters become `_`, and then a hash keeps two such texts apart.
fn safe(plain: &str) -> String {
    let safe: String =
        plain.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '_' }).collect();
    if safe == plain { safe } else { format!("{safe}-{}", hex_hash(plain, 8)) }
}

/// NetSuite `externalId` of the Sales Order. `generation` counts reruns after a compensation; the first is 1.
pub fn sales_order_key(brand: &str, order_key: &str, generation: u32) -> String {
    match generation {
        0 | 1 => format!("SO-{brand}-{order_key}"),
        n => format!("SO-{brand}-{order_key}-g{n}"),
    }
}

/// NetSuite `externalId` of the fulfillment of one shipment: `IF-acme-SO1002-C77`. `carton` is the shipment's lowest new
/// carton, or its tracking number.
pub fn fulfillment_key(brand: &str, order_number: &str, carton: &str) -> String {
    format!("IF-{brand}-{}", safe(&format!("{order_number}-{carton}")))
}

/// NetSuite `externalId` of the customer deposit of one Shopify transaction.
pub fn deposit_key(brand: &str, transaction: u64) -> String {
    format!("DEP-{brand}-{transaction}")
}

/// NetSuite `externalId` of what a deposit of ours pays of one Invoice: `DA-acme-389404469-1290`.
pub fn deposit_application_key(brand: &str, transaction: &str, invoice: &str) -> String {
    format!("DA-{brand}-{transaction}-{invoice}")
}

/// A receipt of the warehouse's as its key has it: letters and digits stay, anything else becomes `_`, and then a hash keeps
/// two such receipts apart.
pub fn receipt_token(receipt: &str) -> String {
    let token: String = receipt.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if token == receipt { token } else { format!("{token}_{}", hex_hash(receipt, 8)) }
}

/// NetSuite `externalId` of an Item Receipt: `IR-acme-182759-R000001`, of a receipt's further parts `…-2`. `receipt` is a
/// [`receipt_token`].
pub fn receipt_key(brand: &str, po: &str, receipt: &str, part: usize) -> String {
    let first = format!("IR-{brand}-{}-{receipt}", receipt_token(po));
    if part <= 1 { first } else { format!("{first}-{part}") }
}

/// Which part of a receipt has this key; none if it is of another.
pub fn part_of_receipt(brand: &str, po: &str, receipt: &str, key: &str) -> Option<usize> {
    match key.strip_prefix(&receipt_key(brand, po, receipt, 1))? {
        "" => Some(1),
        rest => rest.strip_prefix('-')?.parse().ok().filter(|part| *part > 1),
    }
}

/// NetSuite `externalId` of what bills a Sales Order, or one fulfillment of it. `document`: `INV` or `CS`.
pub fn billing_key(document: &str, brand: &str, of: &str) -> String {
    format!("{document}-{brand}-{}", safe(of))
}

/// NetSuite `externalId` of the customer payment for one Shopify transaction.
pub fn payment_key(brand: &str, transaction: u64) -> String {
    format!("PAY-{brand}-{transaction}")
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

/// Key of a batch of quantities, in the shape of a UUID. It holds the tick, so that stock that goes 10 → 5 → 10 → 5 is written
/// four times; and the content, so that the same batch sent again by a later attempt is the same request. `turn` counts what
/// has to be sent again under another key.
pub fn stock_key(workflow: &str, brand: &str, tick: Timestamp, turn: u32, changes: &[Change]) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("{workflow}\n{brand}\n{tick}\n{turn}\n"));
    for Change { inventory_item, place, from, to } in changes {
        hash.update(format!("{inventory_item} {place} {from} {to}\n"));
    }
    let hex: String = hash.finalize().iter().take(16).map(|b| format!("{b:02x}")).collect();
    // Version 8: what the digits mean is up to whoever made them.
    format!("{}-{}-8{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
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
    fn a_receipts_parts_are_told_from_other_receipts() {
        let key = |receipt: &str, part| receipt_key("acme", "182759", &receipt_token(receipt), part);
        assert_eq!((key("R1", 1), key("R1", 2)), ("IR-acme-182759-R1".into(), "IR-acme-182759-R1-2".into()));
        assert_ne!(key("R1", 2), key("R1-2", 1));
        let part = |key: &str| part_of_receipt("acme", "182759", "R1", key);
        assert_eq!((part(&key("R1", 1)), part(&key("R1", 12))), (Some(1), Some(12)));
        for other in [key("R1-2", 1), key("R12", 1), key("R2", 1), "IR-acme-182759-R1-x".to_owned()] {
            assert_eq!(part(&other), None, "{other}");
        }
    }

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

    #[test]
    fn the_same_stock_at_another_tick_has_another_key() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (tick, next) = (at("2026-10-05T12:00:00Z"), at("2026-10-05T12:15:00Z"));
        let to = |to| [Change { inventory_item: 7, place: 0, from: 10, to }];
        let key = |tick, turn, to: &[Change]| stock_key(INVENTORY_SYNC, "acme", tick, turn, to);
        assert_eq!(key(tick, 0, &to(5)), key(tick, 0, &to(5)));
        let keys = [key(tick, 0, &to(5)), key(next, 0, &to(5)), key(tick, 1, &to(5)), key(tick, 0, &to(4))];
        let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
        assert_eq!(keys[0].split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert_ne!(key(tick, 0, &to(5)), stock_key(BUNDLES_SYNC, "acme", tick, 0, &to(5)));
    }
}
