//! What an answer of the Admin API means. Most refusals come with status 200.

use std::time::{Duration, Instant};

use client_core::{Answer, Error, Result, decode, plain};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::usage::{Bucket, Meter};

#[derive(Deserialize)]
struct Envelope {
    data: Option<Box<RawValue>>,
    #[serde(default)]
    errors: Vec<Complaint>,
    #[serde(default)]
    extensions: Extensions,
}

/// An entry of the top-level `errors`.
#[derive(Deserialize)]
struct Complaint {
    #[serde(default)]
    message: String,
    /// Names and list indexes.
    #[serde(default)]
    path: Vec<serde_json::Value>,
    #[serde(default)]
    extensions: ComplaintExtensions,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ComplaintExtensions {
    code: Option<String>,
    required_access: Option<String>,
}

#[derive(Default, Deserialize)]
struct Extensions {
    cost: Option<Cost>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cost {
    requested_query_cost: f64,
    actual_query_cost: Option<f64>,
    throttle_status: ThrottleStatus,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ThrottleStatus {
    maximum_available: f64,
    currently_available: f64,
    restore_rate: f64,
}

/// The data of a successful answer, or why it is none.
pub fn data<T: DeserializeOwned>(answer: &Answer, operation: &str, meter: &Meter) -> Result<T> {
    judge_status(answer, operation)?;
    let envelope: Envelope = decode(&answer.body).map_err(|error| explain(error, answer, operation))?;
    if let Some(cost) = &envelope.extensions.cost {
        meter.points(cost.actual_query_cost.unwrap_or_default() as u64);
        let ThrottleStatus { maximum_available: maximum, currently_available: available, restore_rate } =
            cost.throttle_status;
        meter.told(Bucket { maximum, available, restore_rate, at: Instant::now() });
    }
    if let Some(first) = envelope.errors.first() {
        // Whatever data came along is incomplete and must not pass for a success.
        let throttled = envelope.errors.iter().find(|error| error.code() == "THROTTLED");
        return Err(complaint(throttled.unwrap_or(first), envelope.extensions.cost, answer, operation));
    }
    let Some(data) = envelope.data else {
        return Err(unreadable("data", format!("{operation}: neither data nor errors{}", request(answer))));
    };
    decode(data.get().as_bytes()).map_err(|error| explain(error, answer, operation))
}

/// The arguments that name the record which a mutation is about.
const SUBJECTS: [&str; 3] = ["id", "fulfillment", "fulfillmentId"];

/// The refusal in a mutation's `userErrors`, if there is one. `what` is the record that it was about.
pub fn refusal(
    user_errors: impl IntoIterator<Item = (Option<Vec<String>>, String)>,
    what: impl FnOnce() -> String,
) -> Result<()> {
    let Some((field, message)) = user_errors.into_iter().next() else {
        return Ok(());
    };
    // Shopify's only word for a missing record here: a `UserError` has no code.
    let names_the_record = matches!(field.as_deref(), Some([one]) if SUBJECTS.contains(&one.as_str()));
    if names_the_record && message.trim_end_matches('.').ends_with("does not exist") {
        return Err(Error::NotFound { what: what() });
    }
    Err(Error::Rejected {
        code: "USER_ERROR".to_owned(),
        message: plain(&message),
        field: field.map(|path| path.join(".")),
        status: 200,
        request_id: None,
    })
}

/// A null where a mutation that refused nothing owes its result.
pub fn owed<T>(value: Option<T>, path: &str) -> Result<T> {
    value.ok_or_else(|| unreadable(path, "null without an error".to_owned()))
}

/// Whether a next page is to be read; a promise of one without a cursor would cut the list silently.
pub fn more(has_next_page: bool, cursor: Option<&String>, path: &str) -> Result<bool> {
    if has_next_page && cursor.is_none() {
        return Err(Error::Unreadable {
            path: format!("{path}.pageInfo.endCursor"),
            detail: "a next page without a cursor".to_owned(),
        });
    }
    Ok(has_next_page)
}

fn judge_status(answer: &Answer, operation: &str) -> Result<()> {
    let refused = |reason: &str| Error::Unauthorized {
        detail: format!("{operation}: {reason} (status {}{})", answer.status, request(answer)),
        after: answer.took,
    };
    match answer.status {
        200 => Ok(()),
        401 => Err(refused("the access token is refused: check the app's credentials and that it is installed")),
        402 => Err(refused("the shop is frozen until its bills are paid")),
        403 => Err(refused("access is forbidden: check the app's access scopes")),
        // Not a missing record: GraphQL has one address for all.
        404 => Err(refused("no Admin API at this address: check the shop's domain and the API version")),
        423 => Err(refused("the shop is locked")),
        430 => Err(refused("Shopify's protection rejects requests from here")),
        429 => Err(Error::Throttled {
            retry_after: answer.retry_after(),
            detail: format!("{operation}: too many requests{}", request(answer)),
        }),
        408 | 500.. => Err(Error::Unavailable {
            detail: format!("{operation}: {}{}", answer.describe(), request(answer)),
            sent: true,
        }),
        status @ 400..=499 => Err(Error::Rejected {
            code: status.to_string(),
            message: format!("{operation}: {}", answer.describe()),
            field: None,
            status,
            request_id: request_id(answer),
        }),
        _ => Err(unreadable("status", format!("{operation}: {}{}", answer.describe(), request(answer)))),
    }
}

fn complaint(error: &Complaint, cost: Option<Cost>, answer: &Answer, operation: &str) -> Error {
    let message = plain(&error.message);
    let detail = || format!("{operation}: {message}{}", request(answer));
    match error.code() {
        "THROTTLED" => Error::Throttled { retry_after: cost.and_then(wait), detail: detail() },
        "INTERNAL_SERVER_ERROR" | "TIMEOUT" => Error::Unavailable { detail: detail(), sent: true },
        "ACCESS_DENIED" | "SHOP_INACTIVE" => {
            let access = error.extensions.required_access.as_deref().map(plain);
            let access = access.map(|access| format!("; required: {access}")).unwrap_or_default();
            Error::Unauthorized { detail: format!("{}{access}", detail()), after: answer.took }
        }
        "RESOURCE_NOT_FOUND" | "NOT_FOUND" => Error::NotFound { what: detail() },
        code => Error::Rejected {
            code: code.to_owned(),
            message,
            field: error.field(),
            status: answer.status,
            request_id: request_id(answer),
        },
    }
}

impl Complaint {
    fn code(&self) -> &str {
        self.extensions.code.as_deref().unwrap_or("GRAPHQL_ERROR")
    }

    fn field(&self) -> Option<String> {
        let steps: Vec<_> = self.path.iter().map(|step| step.to_string().replace('"', "")).collect();
        (!steps.is_empty()).then(|| steps.join("."))
    }
}

/// How long the bucket takes to hold what was asked for, by the vendor's own figures.
fn wait(cost: Cost) -> Option<Duration> {
    let missing = cost.requested_query_cost - cost.throttle_status.currently_available;
    Duration::try_from_secs_f64(missing.max(0.0) / cost.throttle_status.restore_rate).ok()
}

fn explain(error: Error, answer: &Answer, operation: &str) -> Error {
    match error {
        Error::Unreadable { path, detail } => {
            unreadable(&path, format!("{operation}: {detail}, {}{}", answer.describe(), request(answer)))
        }
        other => other,
    }
}

fn unreadable(path: &str, detail: String) -> Error {
    Error::Unreadable { path: path.to_owned(), detail }
}

fn request_id(answer: &Answer) -> Option<String> {
    answer.header("x-request-id").map(str::to_owned)
}

fn request(answer: &Answer) -> String {
    request_id(answer).map(|id| format!(", request {id}")).unwrap_or_default()
}
