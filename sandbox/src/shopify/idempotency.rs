//! Keys of `@idempotent`: what became of each.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use serde_json::Value;

/// What a repeat with the same key and the same parameters is answered after a success.
///
/// Shopify's pages say the first result. One who tried it on a live shop saw the request executed anew, which a
/// compare-and-set refuses as stale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RepeatedKey {
    /// It is executed anew. The default, being the harder one for a client.
    #[default]
    ExecutedAnew,
    /// It is given the first result, and nothing is done.
    FirstResult,
}

/// What stands against a key, with Shopify's code and words.
pub(crate) struct Refusal {
    pub code: &'static str,
    pub message: &'static str,
}

pub(crate) const CONCURRENT: Refusal = Refusal {
    code: "IDEMPOTENCY_CONCURRENT_REQUEST",
    message: "This request is currently in progress, please try again.",
};
const MISMATCH: Refusal = Refusal {
    code: "IDEMPOTENCY_KEY_PARAMETER_MISMATCH",
    message: "The same idempotency key cannot be used with different operation parameters.",
};
const FAILED: Refusal = Refusal {
    code: "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED",
    message: "A previous request with this idempotency key failed. Retry with a new idempotency key.",
};

/// How a request with a key goes on.
pub(crate) enum Begun {
    /// Nothing is known of the key, or a repeat is executed anew.
    Go,
    /// The result of the first request.
    Repeated(Value),
    /// It goes no further.
    Refused(Refusal),
}

struct Used {
    /// A digest of the operation and its parameters.
    digest: Vec<u8>,
    state: State,
}

enum State {
    UnderWay,
    Failed,
    Done(Value),
}

/// All keys so far; none is forgotten.
#[derive(Default)]
pub(crate) struct Keys {
    used: HashMap<String, Used>,
    occupied: HashSet<String>,
    pub repeated: RepeatedKey,
}

impl Keys {
    pub(crate) fn new(repeated: RepeatedKey) -> Keys {
        Keys { repeated, ..Keys::default() }
    }

    pub(crate) fn begin(&mut self, key: &str, operation: &str, parameters: &Value) -> Begun {
        if self.occupied.contains(key) {
            return Begun::Refused(CONCURRENT);
        }
        let digest = digest(operation, parameters);
        match self.used.get(key) {
            Some(used) if used.digest != digest => return Begun::Refused(MISMATCH),
            Some(Used { state: State::UnderWay, .. }) => return Begun::Refused(CONCURRENT),
            Some(Used { state: State::Failed, .. }) => return Begun::Refused(FAILED),
            Some(Used { state: State::Done(payload), .. }) if self.repeated == RepeatedKey::FirstResult => {
                return Begun::Repeated(payload.clone());
            }
            Some(Used { state: State::Done(_), .. }) | None => {}
        }
        self.used.entry(key.to_owned()).or_insert(Used { digest, state: State::UnderWay });
        Begun::Go
    }

    /// Notes what became of a request; a repeat does not undo the success of the first.
    pub(crate) fn end(&mut self, key: &str, payload: Option<&Value>) {
        let Some(used) = self.used.get_mut(key) else {
            return;
        };
        match payload {
            Some(payload) => used.state = State::Done(payload.clone()),
            None if matches!(used.state, State::UnderWay) => used.state = State::Failed,
            None => {}
        }
    }

    /// Makes a key look like that of a request under way, or not any more.
    pub(crate) fn occupy(&mut self, key: &str, occupied: bool) {
        if occupied {
            self.occupied.insert(key.to_owned());
        } else {
            self.occupied.remove(key);
        }
    }
}

fn digest(operation: &str, parameters: &Value) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    // Objects are written in the order of their keys.
    Sha256::digest(format!("{operation} {parameters}")).to_vec()
}
