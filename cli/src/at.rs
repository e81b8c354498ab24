//! `--at`: when a run is to start.

use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};

/// Reads an RFC 3339 moment, a date and time in `zone`, or a delay after `now` (`in 10m`). A time that the
/// clocks skip or repeat is taken as they would show it before the change.
///
/// # Errors
/// A text that is none of the three; it is named.
pub fn parse(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, String> {
    let text = text.trim();
    if let Some(delay) = text.strip_prefix("in ") {
        let delay: SignedDuration =
            delay.trim().parse().map_err(|_| format!("{text:?} is no delay like \"in 10m\""))?;
        return now.checked_add(delay).map_err(|_| format!("{text:?} is too far away"));
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    let local: DateTime = text.parse().map_err(|_| {
        format!(
            "{text:?} is neither a moment (2026-12-01T09:00:00Z), a local time (2026-12-01 09:00) nor a delay (in 10m)"
        )
    })?;
    zone.to_timestamp(local).map_err(|_| format!("{text:?} is out of range"))
}

/// As [`parse`], for the command line: now, in the system's time zone.
///
/// # Errors
/// As [`parse`].
pub fn parse_here(text: &str) -> Result<Timestamp, String> {
    parse(text, Timestamp::now(), &TimeZone::system())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Result<String, String> {
        let zone = TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").unwrap();
        parse(text, "2026-12-01T08:00:00Z".parse().unwrap(), &zone).map(|moment| moment.to_string())
    }

    #[test]
    fn a_moment_a_local_time_and_a_delay_are_understood() {
        assert_eq!(at("2026-12-01T09:00:00+02:00").unwrap(), "2026-12-01T07:00:00Z");
        assert_eq!(at("2026-12-01 09:00").unwrap(), "2026-12-01T14:00:00Z");
        assert_eq!(at("2026-07-01T09:00").unwrap(), "2026-07-01T13:00:00Z");
        assert_eq!(at("in 10m").unwrap(), "2026-12-01T08:10:00Z");
        assert_eq!(at(" in 2h 30m ").unwrap(), "2026-12-01T10:30:00Z");
    }

    #[test]
    fn nonsense_is_named() {
        for text in ["soon", "10m", "in a while", "2026-13-01", ""] {
            assert!(at(text).unwrap_err().contains(&format!("{text:?}")), "{text}");
        }
        assert!(at("in 99999999h").unwrap_err().contains("too far"));
    }
}
