//! What goes wrong, and when: rules with a seed, so that a run can be repeated.

use std::sync::{Arc, Mutex, PoisonError};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::ledger::Vendor;

/// One way in which a request goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", deny_unknown_fields)]
pub enum Fault {
    /// Nothing is done; the answer has this HTTP status and the vendor's usual body for it.
    Status {
        /// HTTP status, 400 to 599.
        status: u16,
    },
    /// Nothing is done; the vendor's own throttling answer.
    Throttle,
    /// The request is answered properly, but later.
    Latency {
        /// Delay before the request is executed, in real milliseconds.
        millis: u64,
    },
    /// Nothing is done; the connection is closed without an answer.
    Reset,
    /// The request is executed, then the connection is closed without an answer.
    AnswerLost,
    /// The connection is closed at once; the request is executed later.
    LandsLater {
        /// Delay before the request is executed, in real milliseconds.
        millis: u64,
    },
    /// NetSuite's worst disguise of its concurrency limit: a hang that ends as 401 "Invalid login".
    HangThenInvalidLogin {
        /// Length of the hang, in real milliseconds.
        millis: u64,
    },
    /// NetSuite's concurrency limit under the given status.
    ConcurrencyLimit {
        /// HTTP status, 429 or 400.
        status: u16,
    },
    /// Nothing is done; the answer is a 200 that is no JSON.
    Garbage,
}

/// When a fault strikes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// The vendor whose requests are looked at.
    pub vendor: Vendor,
    /// The operation: its exact name, `*` for all, or a prefix with a trailing `*`.
    pub operation: String,
    /// What happens.
    pub fault: Fault,
    /// Chance for each matching request, 0 to 1.
    #[serde(default = "always")]
    pub probability: f64,
    /// How often it strikes at most; no limit when left out.
    #[serde(default)]
    pub times: Option<u32>,
    /// How many matching requests pass before it may strike.
    #[serde(default)]
    pub skip: u32,
}

fn always() -> f64 {
    1.0
}

impl Rule {
    /// A rule that strikes every request of `operation`.
    pub fn new(vendor: Vendor, operation: impl Into<String>, fault: Fault) -> Rule {
        Rule { vendor, operation: operation.into(), fault, probability: always(), times: None, skip: 0 }
    }

    /// The same rule, striking at most `times` times.
    pub fn times(self, times: u32) -> Rule {
        Rule { times: Some(times), ..self }
    }

    fn matches(&self, vendor: Vendor, operation: &str) -> bool {
        if self.vendor != vendor {
            return false;
        }
        match self.operation.strip_suffix('*') {
            Some(prefix) => operation.starts_with(prefix),
            None => self.operation == operation,
        }
    }

    fn check(&self, index: usize) -> Result<(), String> {
        if self.operation.is_empty() {
            return Err(format!("rules[{index}].operation: must name an operation, or * for all"));
        }
        if !(0.0..=1.0).contains(&self.probability) {
            return Err(format!("rules[{index}].probability: {} is not between 0 and 1", self.probability));
        }
        match self.fault {
            Fault::Status { status } if !(400..=599).contains(&status) => {
                Err(format!("rules[{index}].fault.status: {status} is not between 400 and 599"))
            }
            Fault::ConcurrencyLimit { status } if status != 429 && status != 400 => {
                Err(format!("rules[{index}].fault.status: {status} is neither 429 nor 400"))
            }
            _ => Ok(()),
        }
    }
}

/// The rules in force. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    state: Arc<Mutex<Option<State>>>,
}

#[derive(Debug)]
struct State {
    rng: ChaCha8Rng,
    rules: Vec<Armed>,
}

#[derive(Debug)]
struct Armed {
    rule: Rule,
    seen: u32,
    struck: u32,
}

impl Faults {
    /// Replaces all rules. The error names the field that is wrong; the old rules then stay.
    pub fn set(&self, seed: u64, rules: Vec<Rule>) -> Result<(), String> {
        for (index, rule) in rules.iter().enumerate() {
            rule.check(index)?;
        }
        let rules = rules.into_iter().map(|rule| Armed { rule, seen: 0, struck: 0 }).collect();
        let rng = ChaCha8Rng::seed_from_u64(seed);
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = Some(State { rng, rules });
        Ok(())
    }

    /// Takes all rules away.
    pub fn clear(&self) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Asks once per request what shall go wrong with it. The first rule that strikes wins.
    pub fn draw(&self, vendor: Vendor, operation: &str) -> Option<Fault> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { rng, rules } = state.as_mut()?;
        for armed in rules.iter_mut() {
            if !armed.rule.matches(vendor, operation) {
                continue;
            }
            armed.seen += 1;
            let spent = armed.rule.times.is_some_and(|times| armed.struck >= times);
            if armed.seen <= armed.rule.skip || spent {
                continue;
            }
            if rng.random::<f64>() < armed.rule.probability {
                armed.struck += 1;
                return Some(armed.rule.fault.clone());
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_match_skip_and_run_out() {
        let faults = Faults::default();
        assert_eq!(faults.draw(Vendor::Shopify, "order"), None);

        let mut rule = Rule::new(Vendor::Netsuite, "PUT *", Fault::Reset).times(2);
        rule.skip = 1;
        faults.set(7, vec![rule]).unwrap();

        assert_eq!(faults.draw(Vendor::Shopify, "PUT salesOrder"), None);
        assert_eq!(faults.draw(Vendor::Netsuite, "GET salesOrder"), None);
        let drawn: Vec<_> = (0..4).map(|_| faults.draw(Vendor::Netsuite, "PUT salesOrder").is_some()).collect();
        assert_eq!(drawn, [false, true, true, false]);

        faults.clear();
        assert_eq!(faults.draw(Vendor::Netsuite, "PUT salesOrder"), None);
    }

    #[test]
    fn the_same_seed_draws_the_same() {
        let draw = |seed| {
            let faults = Faults::default();
            let mut rule = Rule::new(Vendor::Shopify, "*", Fault::Throttle);
            rule.probability = 0.5;
            faults.set(seed, vec![rule]).unwrap();
            (0..64).map(|_| faults.draw(Vendor::Shopify, "order").is_some()).collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }

    #[test]
    fn bad_rules_are_named() {
        let faults = Faults::default();
        let mut rule = Rule::new(Vendor::Shopify, "*", Fault::Throttle);
        rule.probability = 2.0;
        let refused = faults.set(1, vec![rule]).unwrap_err();
        assert!(refused.starts_with("rules[0].probability"), "{refused}");
    }

    #[test]
    fn the_wire_form_is_tagged() {
        let rule: Rule = serde_json::from_value(serde_json::json!({
            "vendor": "netsuite", "operation": "*", "fault": {"kind": "landsLater", "millis": 50}
        }))
        .unwrap();
        assert_eq!(rule.fault, Fault::LandsLater { millis: 50 });
        assert!(serde_json::from_value::<Fault>(serde_json::json!({"kind": "gremlin"})).is_err());
    }
}
