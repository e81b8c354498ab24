//! One Markdown table.

use std::fmt::{self, Display};

/// What must hold of a figure.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    /// This much or less.
    AtMost(f64),
    /// This much or more.
    AtLeast(f64),
}

impl Target {
    fn met(self, value: f64) -> bool {
        match self {
            Self::AtMost(limit) => value <= limit,
            Self::AtLeast(limit) => value >= limit,
        }
    }

    fn text(self, unit: &str) -> String {
        match self {
            Self::AtMost(limit) => format!("≤ {limit}{unit}"),
            Self::AtLeast(limit) => format!("≥ {limit}{unit}"),
        }
    }
}

/// The rows so far.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<[String; 6]>,
}

impl Table {
    /// A figure of both, its ratio, and what the ratio must be.
    pub(crate) fn ratio(&mut self, what: &str, digits: usize, product: f64, bare: f64, target: Option<Target>) {
        let ratio = product / bare;
        let (target, verdict) = judged(ratio, target, " ×");
        let figure = |value| format!("{value:.digits$}");
        self.rows.push([what.to_owned(), figure(product), figure(bare), format!("{ratio:.2} ×"), target, verdict]);
    }

    /// A figure of the product as it is to be read, and the number that the target is about.
    pub(crate) fn absolute(&mut self, what: &str, text: impl Display, value: f64, target: Option<Target>) {
        self.beside(what, text, "–", value, target);
    }

    /// The same with the bare workflow's own figure, which nothing is asked of.
    pub(crate) fn beside(
        &mut self,
        what: &str,
        text: impl Display,
        bare: impl Display,
        value: f64,
        target: Option<Target>,
    ) {
        let (target, verdict) = judged(value, target, "");
        self.rows.push([what.to_owned(), text.to_string(), bare.to_string(), String::new(), target, verdict]);
    }
}

fn judged(value: f64, target: Option<Target>, unit: &str) -> (String, String) {
    match target {
        None => (String::new(), String::new()),
        Some(target) => (target.text(unit), if target.met(value) { "met" } else { "missed" }.to_owned()),
    }
}

impl Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| | product | bare | ratio | target | |")?;
        writeln!(f, "|---|---:|---:|---:|---|---|")?;
        self.rows.iter().try_for_each(|row| writeln!(f, "| {} |", row.join(" | ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_about_the_ratio_and_unrounded() {
        let mut table = Table::default();
        table.ratio("CPU", 1, 12.04, 15.0, Some(Target::AtMost(0.8)));
        table.ratio("rate", 0, 100.0, 99.0, Some(Target::AtLeast(1.0)));
        table.absolute("events", "27.5 (31)", 27.5, Some(Target::AtMost(28.0)));
        let text = table.to_string();
        assert!(text.contains("| CPU | 12.0 | 15.0 | 0.80 × | ≤ 0.8 × | missed |"), "{text}");
        assert!(text.contains("| rate | 100 | 99 | 1.01 × | ≥ 1 × | met |"), "{text}");
        assert!(text.contains("| events | 27.5 (31) | – |  | ≤ 28 | met |"), "{text}");
    }
}
