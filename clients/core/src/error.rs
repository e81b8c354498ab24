use std::time::Duration;

/// The result of a call to a vendor.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a call failed, named by what the caller does next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The vendor asks for patience: repeat later, not before `retry_after` where it says so. Nothing was done.
    #[error("throttled: {detail}")]
    Throttled {
        /// The wait that the vendor's own figures ask for.
        retry_after: Option<Duration>,
        /// Which operation, and the vendor's words.
        detail: String,
    },
    /// No answer, or one that says nothing about the request: repeat later.
    #[error("unavailable: {detail}")]
    Unavailable {
        /// Which operation and what happened.
        detail: String,
        /// Whether the request may have reached the vendor: then a write may have landed, or may still land.
        sent: bool,
    },
    /// The vendor understood and refused. The same request will be refused again.
    #[error("rejected: {message} ({code}{})", of_request(.request_id.as_deref()))]
    Rejected {
        /// The vendor's error code, such as `INVALID_KEY_OR_REF`.
        code: String,
        /// The vendor's words.
        message: String,
        /// The field that it complains about, in the vendor's own path syntax.
        field: Option<String>,
        /// The HTTP status; Shopify refuses with 200. 0 where the request could not be written.
        status: u16,
        /// The vendor's request id, for its support.
        request_id: Option<String>,
    },
    /// The record that was asked for does not exist.
    #[error("not found: {what}")]
    NotFound {
        /// The record, such as `order 450789469`.
        what: String,
    },
    /// The account or shop refuses us as a whole: credentials, permissions, or a shop that is closed.
    /// It concerns every record alike.
    #[error("unauthorized: {detail}")]
    Unauthorized {
        /// What is refused, and what to look at.
        detail: String,
        /// How long the refusal took. NetSuite lets an excess of concurrent requests hang for a minute and
        /// then calls it an invalid login; only the time tells the two apart.
        after: Duration,
    },
    /// An answer that does not have the shape that the vendor documents. A write may have landed.
    #[error("unreadable answer at {path}: {detail}")]
    Unreadable {
        /// Where in the answer, such as `order.lineItems.nodes[3].sku`.
        path: String,
        /// What is wrong there; never the value itself.
        detail: String,
    },
}

impl Error {
    /// The same failure when it happened on the way to a token: whatever came back, the request that the
    /// token was for has not been sent.
    #[must_use]
    pub fn before_sending(self) -> Self {
        match self {
            Self::Unavailable { detail, .. } => Self::Unavailable { detail, sent: false },
            Self::Unreadable { path, detail } => {
                Self::Unavailable { detail: format!("unreadable token answer at {path}: {detail}"), sent: false }
            }
            other => other,
        }
    }
}

/// Settings with which no client can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct BadSettings {
    /// The field of the client's settings.
    pub field: &'static str,
    /// What is wrong with it and what to do.
    pub message: String,
}

fn of_request(id: Option<&str>) -> String {
    id.map(|id| format!(", request {id}")).unwrap_or_default()
}
