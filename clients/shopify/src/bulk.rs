//! Bulk operations: Shopify runs a query over everything it has and lays the result down as a file.

use client_core::{Error, Result, plain};
use jiff::Timestamp;
use serde::Deserialize;

use crate::answer::{owed, refusal};
use crate::client::Client;
use crate::documents::{
    self, BulkOperationCancel, BulkOperationRunQuery, bulk_operation, bulk_operation_cancel, bulk_operation_run_query,
};

/// The query of the export, sent as text.
const INVENTORY_EXPORT: &str = include_str!("../graphql/InventoryExport.graphql");

/// A bulk operation and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkOperation {
    /// Its id, a GID.
    pub id: String,
    /// How far it is.
    pub status: BulkOperationStatus,
    /// Why it failed, in Shopify's spelling, such as `TIMEOUT`.
    pub error_code: Option<String>,
    /// The lines written so far; of a completed one, the lines of its file.
    pub objects: u64,
    /// Where the file is, for seven days; none before it is completed, and none where nothing was found.
    pub url: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
}

/// How far a bulk operation is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BulkOperationStatus {
    /// It waits for its turn.
    Created,
    /// It runs.
    Running,
    /// It is done.
    Completed,
    /// It is being stopped.
    Canceling,
    /// It was stopped.
    Canceled,
    /// It ended early.
    Failed,
    /// Its file is gone.
    Expired,
    /// A state that this version does not know.
    #[serde(untagged)]
    Other(String),
}

impl BulkOperationStatus {
    /// Whether it may still come to something.
    pub fn is_under_way(&self) -> bool {
        matches!(self, Self::Created | Self::Running | Self::Canceling)
    }
}

impl Client {
    /// Asks Shopify to write down every inventory item with its levels, and returns the operation's id, a GID.
    ///
    /// Shopify runs five at a time for an app and shop: one too many is [`Error::Throttled`]. It has no key; whoever
    /// repeats after an ambiguous answer leaves an operation that nobody reads.
    pub async fn start_inventory_export(&self) -> Result<String> {
        let variables = bulk_operation_run_query::Variables { query: INVENTORY_EXPORT.to_owned() };
        let payload = self.send::<BulkOperationRunQuery>(variables).await?.bulk_operation_run_query;
        let payload = owed(payload, "bulkOperationRunQuery")?;
        if let Some(error) = payload.user_errors.into_iter().next() {
            let message = plain(&error.message);
            return Err(match error.code.as_deref() {
                Some("OPERATION_IN_PROGRESS" | "LIMIT_REACHED") => {
                    Error::Throttled { retry_after: None, detail: format!("bulkOperationRunQuery: {message}") }
                }
                code => Error::Rejected {
                    code: code.unwrap_or("USER_ERROR").to_owned(),
                    message,
                    field: error.field.map(|path| path.join(".")),
                    status: 200,
                    request_id: None,
                },
            });
        }
        Ok(owed(payload.bulk_operation, "bulkOperationRunQuery.bulkOperation")?.id)
    }

    /// How far a bulk operation is.
    pub async fn bulk_operation(&self, id: &str) -> Result<BulkOperation> {
        let variables = bulk_operation::Variables { id: id.to_owned() };
        let found = self.send::<documents::BulkOperation>(variables).await?.bulk_operation;
        let found = found.ok_or_else(|| Error::NotFound { what: format!("bulk operation {id}") })?;
        let objects = found.object_count.parse().map_err(|_| Error::Unreadable {
            path: "bulkOperation.objectCount".to_owned(),
            detail: "expected a count".to_owned(),
        })?;
        Ok(BulkOperation {
            id: found.id,
            status: found.status,
            error_code: found.error_code,
            objects,
            url: found.url,
            created_at: found.created_at,
            completed_at: found.completed_at,
        })
    }

    /// Stops a bulk operation; one that has ended stays as it is and is refused.
    pub async fn cancel_bulk_operation(&self, id: &str) -> Result<()> {
        let variables = bulk_operation_cancel::Variables { id: id.to_owned() };
        let payload = self.send::<BulkOperationCancel>(variables).await?.bulk_operation_cancel;
        let payload = owed(payload, "bulkOperationCancel")?;
        let refused = payload.user_errors.into_iter().map(|error| (error.field, error.message));
        refusal(refused, || format!("bulk operation {id}"))
    }
}
