//! Setting what can be sold, compare-and-set.

use client_core::{Error, Result, plain};

use crate::answer::owed;
use crate::client::Client;
use crate::documents::{InventorySetQuantities, inventory_set_quantities as wire};
use crate::inventory::{MOST_AT_ONCE, item_gid};

/// What one item shall have at one location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetQuantity {
    /// The number of the inventory item's GID.
    pub inventory_item: u64,
    /// The number of the location's GID.
    pub location: u64,
    /// The pieces that can be sold from now on.
    pub quantity: i64,
    /// The pieces that could be sold when it was decided; none sets whatever is there now.
    pub change_from: Option<i64>,
    /// The item's SKU; it names the entry in errors and is not sent.
    pub sku: String,
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetOutcome {
    /// Every entry is as asked for. An untracked item counts as written too: Shopify does nothing for it.
    Written,
    /// Nothing is written, for what these entries are refused for; the others may be sent again without them, under
    /// another key.
    Refused(Vec<EntryRefusal>),
    /// Nothing is done, for what Shopify knows of the key.
    Key(KeyRefusal),
}

/// Why an entry is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryRefusal {
    /// Its place in the call, from 0.
    pub index: usize,
    /// Shopify's code, such as `INVALID_LOCATION`; `QUANTITY_OUT_OF_RANGE` for a figure that Shopify's 32 bits do not
    /// hold, which is not sent at all.
    pub code: String,
    /// Shopify's words, fit for a report.
    pub message: String,
}

impl EntryRefusal {
    /// Whether the quantity is not what the entry was decided from: read it again and decide again. Where it already
    /// is what it should be, an earlier attempt has written it.
    pub fn is_stale(&self) -> bool {
        matches!(self.code.as_str(), "CHANGE_FROM_QUANTITY_STALE" | "COMPARE_QUANTITY_STALE")
    }

    /// Whether the item is a bundle of Shopify's own, whose quantity follows from its components.
    pub fn is_bundle(&self) -> bool {
        self.code == "NON_MUTABLE_INVENTORY_ITEM"
    }
}

/// What stands against a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyRefusal {
    /// A request with it is under way: repeat with the same key.
    ConcurrentRequest,
    /// It was used for other entries: a mistake of the caller.
    ParameterMismatch,
    /// An earlier request with it failed: take a new key.
    PreviousAttemptFailed,
}

/// Why the shop's staff see the quantity change.
const REASON: &str = "correction";

impl Client {
    /// Sets what can be sold of up to 250 items at their locations; either all entries are written or none. A repeat
    /// with the same key and entries writes nothing twice; it may be answered as stale where the first has landed.
    ///
    /// `reference` is shown to the shop's staff as where the change comes from, a URI such as
    /// `gid://stateset/InventorySync/acme-2026-10-05T12:00`.
    pub async fn set_available(&self, key: &str, reference: &str, entries: &[SetQuantity]) -> Result<SetOutcome> {
        if entries.is_empty() || entries.len() > MOST_AT_ONCE {
            return Err(Error::Rejected {
                code: "TOO_MANY_OR_NONE".to_owned(),
                message: format!("{} quantities in one call: Shopify takes 1 to {MOST_AT_ONCE}", entries.len()),
                field: Some("entries".to_owned()),
                status: 0,
                request_id: None,
            });
        }
        let unfit: Vec<_> =
            entries.iter().enumerate().filter_map(|(index, entry)| out_of_range(index, entry)).collect();
        if !unfit.is_empty() {
            return Ok(SetOutcome::Refused(unfit));
        }
        let quantities = entries.iter().map(|entry| wire::InventoryQuantityInput {
            inventory_item_id: item_gid(entry.inventory_item),
            location_id: format!("gid://shopify/Location/{}", entry.location),
            quantity: entry.quantity,
            // Demanded, even as null.
            change_from_quantity: entry.change_from,
        });
        let input = wire::InventorySetQuantitiesInput {
            name: "available".to_owned(),
            reason: REASON.to_owned(),
            reference_document_uri: Some(reference.to_owned()),
            quantities: quantities.collect(),
        };
        let variables = wire::Variables { input, key: key.to_owned() };
        let payload = self.send::<InventorySetQuantities>(variables).await?.inventory_set_quantities;
        let errors = owed(payload, "inventorySetQuantities")?.user_errors;
        let errors = errors.into_iter().map(|error| UserError {
            code: error.code.unwrap_or_else(|| "USER_ERROR".to_owned()),
            field: error.field.unwrap_or_default(),
            message: error.message,
        });
        outcome(errors, entries)
    }
}

struct UserError {
    code: String,
    field: Vec<String>,
    message: String,
}

fn outcome(errors: impl Iterator<Item = UserError>, entries: &[SetQuantity]) -> Result<SetOutcome> {
    let mut refused = Vec::new();
    for error in errors {
        let against_key = match error.code.as_str() {
            "IDEMPOTENCY_CONCURRENT_REQUEST" => Some(KeyRefusal::ConcurrentRequest),
            "IDEMPOTENCY_KEY_PARAMETER_MISMATCH" => Some(KeyRefusal::ParameterMismatch),
            "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED" => Some(KeyRefusal::PreviousAttemptFailed),
            _ => None,
        };
        if let Some(refusal) = against_key {
            return Ok(SetOutcome::Key(refusal));
        }
        let message = plain(&error.message);
        match entry_of(&error.field).filter(|index| *index < entries.len()) {
            Some(index) => refused.push(EntryRefusal { index, code: error.code, message }),
            // About the call as a whole, such as its reason.
            None => {
                return Err(Error::Rejected {
                    code: error.code,
                    message,
                    field: (!error.field.is_empty()).then(|| error.field.join(".")),
                    status: 200,
                    request_id: None,
                });
            }
        }
    }
    Ok(if refused.is_empty() { SetOutcome::Written } else { SetOutcome::Refused(refused) })
}

/// The place of the entry that a path such as `input.quantities.3.quantity` leads to.
fn entry_of(field: &[String]) -> Option<usize> {
    match field {
        [input, quantities, index, ..] if input == "input" && quantities == "quantities" => index.parse().ok(),
        _ => None,
    }
}

/// GraphQL's `Int` has 32 bits.
fn out_of_range(index: usize, entry: &SetQuantity) -> Option<EntryRefusal> {
    let SetQuantity { sku, location, quantity, change_from, .. } = entry;
    let wrong = [Some(*quantity), *change_from].into_iter().flatten().find(|pieces| i32::try_from(*pieces).is_err())?;
    let message = format!("{wrong} pieces of {sku} at location {location} are more than Shopify can count");
    Some(EntryRefusal { index, code: "QUANTITY_OUT_OF_RANGE".to_owned(), message })
}
