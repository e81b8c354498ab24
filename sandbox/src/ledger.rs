//! The append-only record of every write that reached a vendor.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The vendors that the sandbox stands in for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Vendor {
    /// Shopify's Admin API.
    Shopify,
    /// NetSuite's SuiteTalk REST and SuiteQL.
    Netsuite,
    /// DCL Logistics' eFactory REST API.
    Dcl,
}

/// One write as it reached a vendor, accepted or refused.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// Position in the ledger, from 1, without gaps.
    pub seq: u64,
    /// The moment on the sandbox's clock.
    pub at: Timestamp,
    /// The vendor that took the write.
    pub vendor: Vendor,
    /// The operation's name: `tagsAdd`, `PUT salesOrder`, …
    pub operation: String,
    /// The caller's own key for the write, such as an external id.
    pub key: Option<String>,
    /// The record written, by the vendor's id.
    pub record: Option<String>,
    /// `ok`, `refused: <reason>`, `ok, answer lost` or `ok, landed late`.
    pub result: String,
    /// What was sent.
    pub body: Value,
}

/// All writes in the order in which they took effect. Clones share one ledger.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    entries: Arc<Mutex<Vec<Entry>>>,
}

impl Ledger {
    /// Adds a write. While a request runs whose answer is lost or that lands late, an `ok` becomes
    /// `ok, answer lost` or `ok, landed late`.
    #[expect(
        clippy::too_many_arguments,
        reason = "one argument per column, named at the call by the values themselves"
    )]
    pub fn append(
        &self,
        at: Timestamp,
        vendor: Vendor,
        operation: &str,
        key: Option<&str>,
        record: Option<&str>,
        result: &str,
        body: &Value,
    ) {
        let result = match crate::serve::fate() {
            Some(fate) if result == "ok" => format!("ok, {fate}"),
            _ => result.to_owned(),
        };
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let seq = entries.len() as u64 + 1;
        entries.push(Entry {
            seq,
            at,
            vendor,
            operation: operation.to_owned(),
            key: key.map(str::to_owned),
            record: record.map(str::to_owned),
            result,
            body: body.clone(),
        });
    }

    /// Everything so far, oldest first.
    pub fn entries(&self) -> Vec<Entry> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_numbered_without_gaps() {
        let ledger = Ledger::default();
        for operation in ["tagsAdd", "PUT salesOrder"] {
            ledger.append(Timestamp::UNIX_EPOCH, Vendor::Shopify, operation, Some("key"), None, "ok", &Value::Null);
        }
        let entries = ledger.entries();
        assert_eq!(entries.iter().map(|e| e.seq).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(entries[1].operation, "PUT salesOrder");
        assert_eq!(entries[1].result, "ok");
    }
}
