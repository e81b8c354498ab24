//! What is seen while the demo works: a live table on a terminal, a line now and then elsewhere.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    io::{IsTerminal, Write, stderr, stdout},
    time::{Duration, Instant},
};

use comfy_table::{ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::watch::{Row, Stage};
use crate::runs::printable;

/// Lines beside the table: the bar, the counts, the heading, and one to spare.
const AROUND_THE_TABLE: usize = 6;

const BETWEEN_LINES: Duration = Duration::from_secs(1);

/// The terminal. Where standard output is none, it gets the results alone, and standard error a line now and then.
pub(super) struct Screen {
    bar: ProgressBar,
    live: bool,
    /// The last line of progress and its time, where lines are printed.
    last: RefCell<Option<(String, Instant)>>,
}

impl Screen {
    pub(super) fn new() -> Self {
        let live = stdout().is_terminal();
        let target = if live { ProgressDrawTarget::stdout() } else { ProgressDrawTarget::hidden() };
        Self { bar: ProgressBar::with_draw_target(None, target), live, last: RefCell::default() }
    }

    /// Says what is being waited for.
    pub(super) fn step(&self, line: &str) {
        if self.live {
            self.bar.set_style(style("{spinner} {msg} ({elapsed})"));
            self.bar.set_message(line.to_owned());
            self.bar.enable_steady_tick(Duration::from_millis(100));
        } else {
            // Nothing is lost when nobody reads how far it is.
            let _ = writeln!(stderr(), "{line}");
        }
    }

    /// Shows how far the batch is.
    pub(super) fn progress(&self, rows: &[Row], settled: usize, total: usize) -> std::io::Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let counts = counts(rows);
        if self.live {
            let (height, width) = console::Term::stdout().size();
            let table = table(rows, usize::from(height).saturating_sub(AROUND_THE_TABLE), width);
            self.bar.set_style(style("{bar:40} {pos} of {len} orders, {elapsed}\n{msg}"));
            self.bar.set_length(total as u64);
            self.bar.set_position(settled as u64);
            self.bar.set_message(format!("{counts}\n\n{table}"));
            return Ok(());
        }
        let line = format!("{settled} of {total} orders: {counts}");
        let due = match self.last.borrow().as_ref() {
            Some((last, at)) => *last != line && (at.elapsed() >= BETWEEN_LINES || settled == total),
            None => true,
        };
        if due {
            writeln!(stderr(), "{line}")?;
            self.last.replace(Some((line, Instant::now())));
        }
        Ok(())
    }

    /// Takes away what moves.
    pub(super) fn clear(&self) {
        self.bar.disable_steady_tick();
        self.bar.finish_and_clear();
        // To begin anew draws once more, which would leave the table on the screen.
        self.bar.set_draw_target(ProgressDrawTarget::hidden());
        self.bar.reset();
        self.bar.set_message("");
        if self.live {
            self.bar.set_draw_target(ProgressDrawTarget::stdout());
        }
    }

    /// Columns of the terminal; none where it is no terminal.
    pub(super) fn width(&self) -> Option<u16> {
        self.live.then(|| console::Term::stdout().size().1)
    }

    /// Prints something that stays.
    pub(super) fn print(&self, text: &str) -> std::io::Result<()> {
        let mut out = stdout();
        writeln!(out, "{text}")?;
        out.flush()
    }
}

fn style(template: &str) -> ProgressStyle {
    // A template that cannot be read is a defect; the bar then has indicatif's own looks.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// `booked 20, running 4, parked 1`.
fn counts(rows: &[Row]) -> String {
    let mut counts: BTreeMap<Stage, usize> = BTreeMap::new();
    for row in rows {
        *counts.entry(row.stage()).or_default() += 1;
    }
    let words: Vec<String> = counts.iter().rev().map(|(stage, count)| format!("{} {count}", stage.word())).collect();
    words.join(", ")
}

/// The orders that moved last, in their own order, so that lines do not jump.
fn table(rows: &[Row], height: usize, width: u16) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    table.set_header(["order", "customer", "total", "is", ""]);
    table.set_truncation_indicator("…");
    let mut latest: Vec<(usize, &Row)> = rows.iter().enumerate().collect();
    latest.sort_by_key(|(index, row)| (std::cmp::Reverse(row.changed), std::cmp::Reverse(*index)));
    latest.truncate(height);
    latest.sort_by_key(|(index, _)| *index);
    for (_, row) in latest {
        let Row { order, .. } = row;
        let cells = [&order.name, &order.customer, &order.total, row.stage().word(), &row.note()];
        let mut line = comfy_table::Row::from(cells.map(printable));
        // A row that wrapped would push others off the screen.
        line.max_height(1);
        table.add_row(line);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::watch::{Glance, State, tests};

    fn row(number: u64, state: State, note: &str, documents: &[&str], changed: u64) -> Row {
        let mut row = tests::row(number, vec![Glance::new(0, state, note, documents)]);
        row.order.customer = "Ann \u{1b}[31m".into();
        Row { changed, ..row }
    }

    #[test]
    fn the_orders_that_moved_last_are_shown_in_their_own_order() {
        let rows = [
            row(1, State::Done, "", &["netsuite:salesOrder:SO1001"], 1),
            row(2, State::Running, "", &[], 3),
            row(3, State::Parked, "no item", &[], 2),
            row(4, State::Done, "", &["netsuite:salesOrder:SO1002"], 3),
        ];
        let shown = table(&rows, 2, 80).to_string();
        let lines: Vec<&str> = shown.lines().map(str::trim_end).collect();
        assert_eq!(lines.len(), 3, "{shown}");
        assert!(lines[1].contains("#2") && lines[1].ends_with("running"), "{shown}");
        assert!(lines[2].contains("#4") && lines[2].ends_with("SO1002"), "{shown}");
        assert!(!shown.contains('\u{1b}'), "{shown}");
        assert_eq!(counts(&rows), "booked 2, parked 1, running 1");
    }

    #[test]
    fn a_long_reason_stays_on_its_line() {
        let shown = table(&[row(1, State::Parked, &"long ".repeat(60), &[], 1)], 9, 80).to_string();
        assert_eq!(shown.lines().count(), 2, "{shown}");
    }
}
