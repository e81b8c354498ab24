//! What every request needs.

use std::{future::Future, sync::Arc, time::Duration};

use bus::{Bus, BusError};
use config::{Config, Scope};
use tokio::time::{Instant, timeout};
use tracing::warn;

use crate::{
    auth::Tokens,
    error::{ApiError, Code},
    metrics::Metrics,
};

/// Shopify gives up after 5 s, and a 503 in time is better than none.
const BUS_ANSWERS_WITHIN: Duration = Duration::from_secs(4);

/// Shared by all requests.
pub struct App {
    /// Brands, tokens, limits.
    pub config: Arc<Config>,
    /// The way to Temporal.
    pub bus: Bus,
    /// Who may do what.
    pub tokens: Tokens,
    /// What `/metrics` shows.
    pub metrics: Metrics,
}

impl App {
    /// The caller's name, if the token is known and has the scope.
    pub fn authorise(&self, authorization: Option<&[u8]>, scope: Scope) -> Result<&str, ApiError> {
        self.tokens.authorise(authorization, scope)
    }

    /// The brand that an event may leave out.
    pub fn sole_brand(&self) -> Result<&str, ApiError> {
        self.config
            .sole_brand()
            .ok_or_else(|| ApiError::invalid("brand", "is required, because several brands are configured"))
    }

    /// Calls the bus: in time, measured, and with its error as the caller's.
    pub async fn ask<T>(
        &self,
        operation: &str,
        call: impl Future<Output = Result<T, BusError>>,
    ) -> Result<T, ApiError> {
        let start = Instant::now();
        let result = match timeout(BUS_ANSWERS_WITHIN, call).await {
            Ok(answer) => answer.map_err(refused),
            Err(_) => Err(unavailable("no answer in time")),
        };
        let outcome = match &result {
            Ok(_) => "ok",
            Err(e) if e.code == Code::Unavailable => "unavailable",
            Err(_) => "refused",
        };
        self.metrics.bus(operation, outcome, start.elapsed());
        result
    }
}

fn refused(error: BusError) -> ApiError {
    match error {
        BusError::Invalid(invalid) => ApiError::invalid(invalid.field, invalid.problem),
        BusError::UnknownWorkflow(_) => {
            ApiError { code: Code::NotFound, message: error.to_string(), field: Some("workflow".to_owned()) }
        }
        BusError::NotFound(_) => ApiError::new(Code::NotFound, error.to_string()),
        BusError::Unavailable(detail) => unavailable(&detail),
    }
}

/// What Temporal said is for the log; a caller can only try again.
fn unavailable(detail: &str) -> ApiError {
    warn!(detail, "temporal does not answer");
    ApiError::new(Code::Unavailable, "temporal does not answer; nothing is lost, try again")
}
