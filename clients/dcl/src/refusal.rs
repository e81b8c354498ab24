//! What DCL means by an answer. Its page on errors: "usually 400, 401 or 429; analyse the response body".

use client_core::{Answer, Error, Result, decode, plain};
use serde::Deserialize;

/// What every body of DCL's begins with.
#[derive(Deserialize)]
struct Verdict {
    /// 0 for a success. There is no list of the others.
    error_code: i64,
    error_message: Option<String>,
}

/// Nothing for a success: a status of 2xx and an `error_code` of 0.
pub fn judge(answer: &Answer, operation: &str) -> Result<()> {
    let verdict = decode::<Verdict>(&answer.body);
    let said = match &verdict {
        Ok(Verdict { error_message: Some(message), .. }) if !message.trim().is_empty() => plain(message),
        _ => answer.describe(),
    };
    let detail = format!("{operation}: {said}");
    match (answer.status, verdict) {
        (200..=299, Ok(Verdict { error_code: 0, .. })) => Ok(()),
        (401 | 403, _) => Err(Error::Unauthorized { detail, after: answer.took }),
        (429, _) => Err(Error::Throttled { retry_after: answer.retry_after(), detail }),
        (408 | 500.., _) => Err(Error::Unavailable { detail, sent: true }),
        (200..=299 | 400..=499, Ok(verdict)) if verdict.error_code != 0 => Err(Error::Rejected {
            code: verdict.error_code.to_string(),
            message: said,
            field: None,
            status: answer.status,
            request_id: None,
        }),
        // Not DCL's own words: the page of a proxy proves nothing.
        _ => Err(Error::Unreadable {
            path: "error_code".to_owned(),
            detail: format!("{operation}: no verdict of DCL's, {}", answer.describe()),
        }),
    }
}
