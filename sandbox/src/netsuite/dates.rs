//! Dates as the database holds them, as SuiteQL formats them, and as the account shows them.
//!
//! The database holds a marker and `YYYY-MM-DD HH:MM:SS` in the account's zone: it sorts (but for the
//! hour that a change of clocks repeats, as in the account), and the marker tells a date in a result
//! from a text that looks like one.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

const MARKER: char = '\u{1}';
const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

/// A moment as the database holds it.
pub(crate) fn stored(at: DateTime) -> String {
    format!("{MARKER}{}", at.strftime("%Y-%m-%d %H:%M:%S"))
}

/// A record's `date` or `date-time` field as the database holds it: a moment in the account's zone, a
/// day without one.
pub(crate) fn stored_text(text: &str, zone: &TimeZone) -> Option<String> {
    if let Some(day) = stored_day(text) {
        return Some(day);
    }
    let at: Timestamp = text.parse().ok()?;
    Some(stored(at.to_zoned(zone.clone()).datetime()))
}

/// A record's `date` field as the database holds it.
pub(crate) fn stored_day(text: &str) -> Option<String> {
    let day: Date = text.parse().ok()?;
    Some(stored(day.to_datetime(jiff::civil::Time::midnight())))
}

/// The moment behind a stored value; `None` where it is no date.
pub(crate) fn read(value: &str) -> Option<DateTime> {
    DateTime::strptime("%Y-%m-%d %H:%M:%S", value.strip_prefix(MARKER)?).ok()
}

/// A date as the account's preference shows it, from `M`, `MM`, `D`, `DD`, `YYYY` and separators.
pub(crate) fn shown(at: DateTime, format: &str) -> String {
    let mut text = String::new();
    for (symbol, length) in runs(format) {
        match symbol {
            'Y' => text.push_str(&format!("{:0length$}", at.year())),
            'M' => text.push_str(&format!("{:0length$}", at.month())),
            'D' => text.push_str(&format!("{:0length$}", at.day())),
            other => text.extend(std::iter::repeat_n(other, length)),
        }
    }
    text
}

/// A date written in the account's format.
pub(crate) fn parse_shown(text: &str, format: &str) -> Option<DateTime> {
    let mut rest = text.trim();
    let (mut year, mut month, mut day) = (0, 0, 0);
    for (symbol, length) in runs(format) {
        match symbol {
            'Y' => year = take_number(&mut rest, 4)?,
            'M' => month = take_number(&mut rest, 2)?,
            'D' => day = take_number(&mut rest, 2)?,
            other => {
                for _ in 0..length {
                    rest = rest.strip_prefix(other)?;
                }
            }
        }
    }
    if !rest.is_empty() {
        return None;
    }
    Some(Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()?.to_datetime(jiff::civil::Time::midnight()))
}

/// Runs of equal characters: `M/DD` is `('M', 1), ('/', 1), ('D', 2)`.
fn runs(format: &str) -> Vec<(char, usize)> {
    let mut runs: Vec<(char, usize)> = Vec::new();
    for symbol in format.chars() {
        match runs.last_mut() {
            Some((last, length)) if *last == symbol => *length += 1,
            _ => runs.push((symbol, 1)),
        }
    }
    runs
}

fn take_number(rest: &mut &str, longest: usize) -> Option<i16> {
    let digits = rest.bytes().take(longest).take_while(u8::is_ascii_digit).count();
    let (number, tail) = rest.split_at(digits);
    *rest = tail;
    number.parse().ok()
}

/// The elements of `TO_CHAR` and `TO_DATE` formats, longest first.
const ELEMENTS: &[&str] = &["YYYY", "MON", "HH24", "HH12", "YY", "MM", "DD", "MI", "SS", "AM", "PM", "HH"];

enum Part<'a> {
    Element(&'static str),
    Literal(&'a str),
}

fn parts(format: &str) -> Option<Vec<Part<'_>>> {
    let mut parts = Vec::new();
    let mut rest = format;
    while let Some(first) = rest.chars().next() {
        if let Some(quoted) = rest.strip_prefix('"') {
            let end = quoted.find('"')?;
            parts.push(Part::Literal(&quoted[..end]));
            rest = &quoted[end + 1..];
            continue;
        }
        let element = ELEMENTS
            .iter()
            .find(|element| rest.get(..element.len()).is_some_and(|start| start.eq_ignore_ascii_case(element)));
        match element {
            Some(element) => {
                parts.push(Part::Element(element));
                rest = &rest[element.len()..];
            }
            None if first.is_ascii_alphabetic() => return None,
            None => {
                parts.push(Part::Literal(&rest[..first.len_utf8()]));
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    Some(parts)
}

/// `TO_CHAR(date, format)`; `None` for a format that is not understood.
pub(crate) fn to_char(at: DateTime, format: &str) -> Option<String> {
    let mut text = String::new();
    let hour12 = match at.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    for part in parts(format)? {
        let piece = match part {
            Part::Literal(literal) => literal.to_owned(),
            Part::Element("YYYY") => format!("{:04}", at.year()),
            Part::Element("YY") => format!("{:02}", at.year() % 100),
            Part::Element("MON") => MONTHS[usize::from(at.month().unsigned_abs()) - 1].to_owned(),
            Part::Element("MM") => format!("{:02}", at.month()),
            Part::Element("DD") => format!("{:02}", at.day()),
            Part::Element("HH24") => format!("{:02}", at.hour()),
            Part::Element("HH" | "HH12") => format!("{hour12:02}"),
            Part::Element("MI") => format!("{:02}", at.minute()),
            Part::Element("SS") => format!("{:02}", at.second()),
            Part::Element(_) => (if at.hour() < 12 { "AM" } else { "PM" }).to_owned(),
        };
        text.push_str(&piece);
    }
    Some(text)
}

/// `TO_DATE(text, format)`; `None` where they do not fit.
pub(crate) fn to_date(text: &str, format: &str) -> Option<DateTime> {
    let mut rest = text;
    let (mut year, mut month, mut day) = (0_i16, 1_i16, 1_i16);
    let (mut hour, mut minute, mut second) = (0_i16, 0_i16, 0_i16);
    let mut afternoon = None;
    for part in parts(format)? {
        match part {
            Part::Literal(literal) => rest = rest.strip_prefix(literal)?,
            Part::Element("YYYY") => year = take_number(&mut rest, 4)?,
            Part::Element("YY") => year = 2000 + take_number(&mut rest, 2)?,
            Part::Element("MM") => month = take_number(&mut rest, 2)?,
            Part::Element("DD") => day = take_number(&mut rest, 2)?,
            Part::Element("HH24" | "HH12" | "HH") => hour = take_number(&mut rest, 2)?,
            Part::Element("MI") => minute = take_number(&mut rest, 2)?,
            Part::Element("SS") => second = take_number(&mut rest, 2)?,
            Part::Element("MON") => {
                let name = rest.get(..3)?.to_uppercase();
                let index = MONTHS.iter().position(|known| *known == name)?;
                month = i16::try_from(index).ok()? + 1;
                rest = &rest[3..];
            }
            Part::Element(_) => {
                afternoon = Some(rest.get(..2)?.eq_ignore_ascii_case("PM"));
                rest = &rest[2..];
            }
        }
    }
    if !rest.is_empty() {
        return None;
    }
    if let Some(afternoon) = afternoon {
        hour = hour % 12 + if afternoon { 12 } else { 0 };
    }
    let small = |number: i16| i8::try_from(number).ok();
    DateTime::new(year, small(month)?, small(day)?, small(hour)?, small(minute)?, small(second)?, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime {
        text.parse().unwrap()
    }

    #[test]
    fn accounts_show_dates_in_their_own_format() {
        let day = at("2026-03-09T00:00:00");
        assert_eq!(shown(day, "M/D/YYYY"), "3/9/2026");
        assert_eq!(shown(day, "DD/MM/YYYY"), "09/03/2026");
        assert_eq!(shown(day, "YYYY-MM-DD"), "2026-03-09");
        assert_eq!(parse_shown("09/03/2026", "DD/MM/YYYY"), Some(day));
        assert_eq!(parse_shown("2026-03-09", "DD/MM/YYYY"), None);
    }

    #[test]
    fn formats_go_both_ways() {
        let moment = at("2026-03-09T17:04:05");
        for format in ["YYYY-MM-DD HH24:MI:SS", "YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"", "DD-MON-YYYY HH:MI:SS AM"] {
            let text = to_char(moment, format).unwrap();
            assert_eq!(to_date(&text, format), Some(moment), "{text}");
        }
        assert_eq!(to_char(moment, "MM/DD/YY HH12 PM").unwrap(), "03/09/26 05 PM");
        assert_eq!(to_char(moment, "nonsense"), None);
        assert_eq!(to_date("2026-13-01", "YYYY-MM-DD"), None);
        assert_eq!(to_date("2026-03-01 12", "YYYY-MM-DD"), None);
    }

    #[test]
    fn stored_dates_sort_and_come_back() {
        let day = stored_text("2026-03-09", &TimeZone::UTC).unwrap();
        let later = stored_text("2026-03-09T00:00:01Z", &TimeZone::UTC).unwrap();
        assert!(day < later);
        let west = TimeZone::fixed(jiff::tz::offset(-8));
        assert_eq!(stored_text("2026-03-09", &west).unwrap(), day);
        assert_eq!(stored_text("2026-03-09T08:00:00Z", &west).unwrap(), day);
        assert_eq!(read(&later), Some(at("2026-03-09T00:00:01")));
        assert_eq!(read("2026-03-09 00:00:01"), None);
    }
}
