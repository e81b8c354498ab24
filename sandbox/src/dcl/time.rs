//! The warehouse's local time: the Pacific coast of the United States.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// Without the system's zone files, which a container may lack: the rule in force since 2007.
pub(super) fn zone() -> TimeZone {
    TimeZone::posix("PST8PDT,M3.2.0,M11.1.0").unwrap_or(TimeZone::UTC)
}

/// To the millisecond, which is all that is told.
pub(super) fn told(moment: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(moment.as_millisecond()).unwrap_or(moment)
}

/// Local time, without an offset.
pub(super) fn local(moment: Timestamp) -> DateTime {
    moment.to_zoned(zone()).datetime()
}

/// A moment: with its offset, or local without one. A date is its beginning.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    if let Ok(moment) = text.parse() {
        return Some(moment);
    }
    beginning(text.parse().ok()?)
}

/// The first moment after a day; a time of day is not looked at.
pub(super) fn end_of_day(text: &str) -> Option<Timestamp> {
    let date: Date = text.parse().ok()?;
    beginning(date.checked_add(1.day()).ok()?.to_datetime(jiff::civil::Time::midnight()))
}

fn beginning(local: DateTime) -> Option<Timestamp> {
    Some(local.to_zoned(zone()).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_counts_and_local_time_is_pacific() {
        for (text, utc) in [
            ("2026-11-25T06:00:00Z", "2026-11-25T06:00:00Z"),
            ("2026-11-25T06:00:00+01:00", "2026-11-25T05:00:00Z"),
            ("2026-11-25T06:00:00", "2026-11-25T14:00:00Z"),
            ("2026-07-25T06:00:00", "2026-07-25T13:00:00Z"),
            ("2026-07-25", "2026-07-25T07:00:00Z"),
        ] {
            assert_eq!(moment(text), Some(utc.parse().unwrap()), "{text}");
        }
        // What becomes of a + that is not escaped.
        assert_eq!(moment("2026-11-25T06:00:00 01:00"), None);
        assert_eq!(end_of_day("2026-07-25"), Some("2026-07-26T07:00:00Z".parse().unwrap()));
        assert_eq!(local("2026-07-25T13:00:00Z".parse().unwrap()).to_string(), "2026-07-25T06:00:00");
    }
}
