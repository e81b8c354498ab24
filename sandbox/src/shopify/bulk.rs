//! Bulk operations: a query is run over everything, page by page beside the requests, and its result laid down as
//! JSONL at an address that needs no token.

mod check;
mod run;

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::state::gid;
pub(super) use check::check;
pub(super) use run::start;

/// Operations that may be under way at a time.
const MOST_UNDER_WAY: usize = 5;
/// How long a file stays.
const LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How long a bulk operation takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BulkPace {
    /// As long as its query needs.
    #[default]
    AtOnce,
    /// At least so many seconds of the sandbox's clock, the first tenth of them waiting.
    Seconds(u64),
    /// Until the library or the control API moves it on, twice.
    Stepwise,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Created,
    Running,
    Ended,
}

/// One operation and its file.
pub(crate) struct Operation {
    pub query: String,
    pub version: &'static str,
    /// Whether children stand below their parents.
    pub grouped: bool,
    created_at: Timestamp,
    /// Part of the file's address, which is the permission to read it.
    secret: String,
    stage: Stage,
    /// When its last line was written.
    finished_at: Option<Timestamp>,
    cancelled: bool,
    expired: bool,
    error: Option<&'static str>,
    lines: Vec<u8>,
    file: Option<Bytes>,
    objects: u64,
    root_objects: u64,
}

impl Operation {
    fn status(&self, pace: BulkPace, now: Timestamp) -> &'static str {
        match (self.cancelled, self.finished_at) {
            (true, None) => return "CANCELING",
            (true, Some(_)) => return "CANCELED",
            _ => {}
        }
        if self.error.is_some() {
            return "FAILED";
        }
        match self.completed_at(pace) {
            Some(at) if at <= now && (self.expired || now.duration_since(at) > LIFE) => "EXPIRED",
            Some(at) if at <= now => "COMPLETED",
            _ if self.is_waiting(pace, now) => "CREATED",
            _ => "RUNNING",
        }
    }

    fn is_waiting(&self, pace: BulkPace, now: Timestamp) -> bool {
        match pace {
            BulkPace::AtOnce => self.objects == 0,
            BulkPace::Seconds(seconds) => self.passed(now) * 10 < i128::from(seconds) * 1000,
            BulkPace::Stepwise => self.stage == Stage::Created,
        }
    }

    /// Milliseconds since it was asked for.
    fn passed(&self, now: Timestamp) -> i128 {
        now.duration_since(self.created_at).as_millis()
    }

    fn completed_at(&self, pace: BulkPace) -> Option<Timestamp> {
        let finished = self.finished_at?;
        match pace {
            BulkPace::AtOnce => Some(finished),
            BulkPace::Seconds(seconds) => {
                let due = self.created_at.checked_add(Duration::from_secs(seconds)).ok()?;
                Some(due.max(finished))
            }
            BulkPace::Stepwise => (self.stage == Stage::Ended).then_some(finished),
        }
    }

    /// The objects that are told: as many as time has passed.
    fn shown(&self, objects: u64, pace: BulkPace, now: Timestamp) -> u64 {
        match (self.status(pace, now), pace) {
            ("CREATED", _) => 0,
            ("RUNNING", BulkPace::Seconds(seconds)) => {
                let part = i128::from(objects) * self.passed(now) / (i128::from(seconds) * 1000).max(1);
                u64::try_from(part).unwrap_or(0).min(objects)
            }
            ("RUNNING", BulkPace::Stepwise) => objects / 2,
            _ => objects,
        }
    }

    fn is_under_way(&self, pace: BulkPace, now: Timestamp) -> bool {
        matches!(self.status(pace, now), "CREATED" | "RUNNING" | "CANCELING")
    }
}

/// All operations of the shop.
pub(crate) struct Operations {
    all: BTreeMap<u64, Operation>,
    pub pace: BulkPace,
    /// Where the shop is served.
    pub base_url: String,
}

impl Operations {
    pub(crate) fn new(pace: BulkPace, base_url: String) -> Operations {
        Operations { all: BTreeMap::new(), pace, base_url }
    }

    /// Takes a new operation in, unless too many are under way.
    pub(crate) fn create(
        &mut self,
        id: u64,
        query: &str,
        version: &'static str,
        grouped: bool,
        now: Timestamp,
    ) -> Result<(), String> {
        let under_way = self.all.values().filter(|one| one.is_under_way(self.pace, now)).count();
        if under_way >= MOST_UNDER_WAY {
            return Err(format!(
                "{MOST_UNDER_WAY} bulk query operations for this app and shop are already in progress"
            ));
        }
        let operation = Operation {
            query: query.to_owned(),
            version,
            grouped,
            created_at: now,
            secret: uuid::Uuid::new_v4().simple().to_string(),
            stage: Stage::Created,
            finished_at: None,
            cancelled: false,
            expired: false,
            error: None,
            lines: Vec::new(),
            file: None,
            objects: 0,
            root_objects: 0,
        };
        self.all.insert(id, operation);
        Ok(())
    }

    /// `BulkOperation`.
    pub(crate) fn shape(&self, id: u64, now: Timestamp) -> Option<Value> {
        let one = self.all.get(&id)?;
        let status = one.status(self.pace, now);
        let file = one.file.as_ref().filter(|file| !file.is_empty());
        let address = file.map(|_| format!("{}/bulk/{id}/{}.jsonl", self.base_url, one.secret));
        let ended = matches!(status, "COMPLETED" | "CANCELED" | "FAILED" | "EXPIRED");
        Some(json!({
            "id": gid("BulkOperation", id),
            "status": status,
            "type": "QUERY",
            "query": one.query,
            "errorCode": one.error,
            "createdAt": one.created_at.to_string(),
            "completedAt": one.completed_at(self.pace).filter(|at| ended && *at <= now).map(|at| at.to_string()),
            "objectCount": one.shown(one.objects, self.pace, now),
            "rootObjectCount": one.shown(one.root_objects, self.pace, now),
            "fileSize": file.filter(|_| status == "COMPLETED").map(Bytes::len),
            "url": address.clone().filter(|_| status == "COMPLETED"),
            "partialDataUrl": address.filter(|_| status == "FAILED"),
        }))
    }

    /// The ids of all operations, oldest first.
    pub(crate) fn ids(&self) -> Vec<u64> {
        self.all.keys().copied().collect()
    }

    /// The file behind an address, as long as it may be read.
    pub(crate) fn file(&self, id: u64, name: &str, now: Timestamp) -> Option<Bytes> {
        let one = self.all.get(&id).filter(|one| name.strip_suffix(".jsonl") == Some(one.secret.as_str()))?;
        let readable = matches!(one.status(self.pace, now), "COMPLETED" | "FAILED");
        one.file.clone().filter(|_| readable)
    }

    /// Stops an operation that is under way.
    pub(crate) fn cancel(&mut self, id: u64, now: Timestamp) -> Result<(), String> {
        let pace = self.pace;
        let one = self.all.get_mut(&id).ok_or("Bulk operation does not exist")?;
        match one.status(pace, now) {
            "CREATED" | "RUNNING" => {
                one.cancelled = true;
                Ok(())
            }
            "CANCELING" => Ok(()),
            status => Err(format!("A bulk operation cannot be canceled when it is {}", status.to_lowercase())),
        }
    }

    /// Moves an operation on: from waiting to running, from running to its end.
    pub(crate) fn step(&mut self, id: u64) -> Option<()> {
        let one = self.all.get_mut(&id)?;
        one.stage = if one.stage == Stage::Created { Stage::Running } else { Stage::Ended };
        Some(())
    }

    /// Ends an operation early; of what it had written the first half stays.
    pub(crate) fn fail(&mut self, id: u64, error: &'static str, now: Timestamp) -> Option<()> {
        let one = self.all.get_mut(&id)?;
        one.error = Some(error);
        one.finished_at.get_or_insert(now);
        let written = one.file.take().map_or_else(|| std::mem::take(&mut one.lines), Vec::from);
        let half = written[..written.len() / 2].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        one.objects = written[..half].iter().filter(|byte| **byte == b'\n').count() as u64;
        one.file = Some(Bytes::copy_from_slice(&written[..half]));
        Some(())
    }

    /// Lets an operation's file be gone before its time.
    pub(crate) fn expire(&mut self, id: u64) -> Option<()> {
        self.all.get_mut(&id).map(|one| one.expired = true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn operations(pace: BulkPace) -> Operations {
        let mut operations = Operations::new(pace, String::new());
        operations.create(1, "{ x }", "2026-10", true, at(0)).unwrap();
        let one = operations.all.get_mut(&1).unwrap();
        (one.objects, one.file, one.finished_at) = (100, Some(Bytes::from_static(b"{}\n{}\n{}\n")), Some(at(1)));
        operations
    }

    #[test]
    fn an_operation_lasts_as_long_as_it_is_told_to() {
        let operations = operations(BulkPace::Seconds(100));
        for (second, status, objects) in
            [(5, "CREATED", 0), (50, "RUNNING", 50), (100, "COMPLETED", 100), (100 + 8 * 86_400, "EXPIRED", 100)]
        {
            let shape = operations.shape(1, at(second)).unwrap();
            assert_eq!((&shape["status"], &shape["objectCount"]), (&json!(status), &json!(objects)));
            let secret = &operations.all[&1].secret;
            let file = operations.file(1, &format!("{secret}.jsonl"), at(second));
            assert_eq!((file.is_some(), shape["url"].is_string()), (status == "COMPLETED", status == "COMPLETED"));
        }
    }

    #[test]
    fn steps_move_it_on_and_a_failure_leaves_whole_lines() {
        let mut operations = operations(BulkPace::Stepwise);
        let status = |operations: &Operations| operations.shape(1, at(9)).unwrap()["status"].clone();
        for expected in ["CREATED", "RUNNING", "COMPLETED"] {
            assert_eq!(status(&operations), expected);
            operations.step(1).unwrap();
        }
        operations.fail(1, "TIMEOUT", at(9)).unwrap();
        let shape = operations.shape(1, at(9)).unwrap();
        assert_eq!((&shape["status"], &shape["objectCount"]), (&json!("FAILED"), &json!(1)));
        assert!(shape["partialDataUrl"].is_string() && shape["url"].is_null());
        assert_eq!(operations.cancel(1, at(9)).unwrap_err(), "A bulk operation cannot be canceled when it is failed");
    }

    #[test]
    fn five_are_under_way_at_most() {
        let mut operations = Operations::new(BulkPace::Stepwise, String::new());
        for id in 1..=5 {
            operations.create(id, "{ x }", "2026-10", true, at(0)).unwrap();
        }
        assert!(operations.create(6, "{ x }", "2026-10", true, at(0)).is_err());
        operations.cancel(1, at(0)).unwrap();
        operations.all.get_mut(&1).unwrap().finished_at = Some(at(0));
        operations.create(6, "{ x }", "2026-10", true, at(0)).unwrap();
    }
}
