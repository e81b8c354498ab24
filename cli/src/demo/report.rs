//! The closing tables.

use std::{collections::BTreeMap, fmt::Write};

use checker::{Money, Verdict};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use super::outcome::{Line, Outcome};
use crate::runs::printable;

/// What each order became, the verdict, and what it took.
pub(super) fn text(lines: &[Line], verdict: &Verdict, requests: &[(&str, BTreeMap<String, u64>)]) -> String {
    let mut text = format!("{}\n", booked(lines, verdict));
    let not = not_booked(lines);
    if not.row_count() > 0 {
        text += &format!("\n{not}\n");
    }
    text += &format!("\n{}", judged(verdict));
    if let Some(speed) = speed(lines) {
        text += &format!("{speed}\n");
    }
    text += "requests of connector and agent\n";
    for (vendor, operations) in requests {
        text += &format!("  {vendor:<10}{}\n", counted(operations));
    }
    text
}

/// The totals are those that were read back.
fn booked(lines: &[Line], verdict: &Verdict) -> Table {
    let read: BTreeMap<u64, &checker::Outcome> =
        verdict.orders.iter().map(|order| (order.order, &order.outcome)).collect();
    let mut table = table(["order", "customer", "total", "Sales Order", "total in NetSuite", "ms"]);
    for column in [2, 4, 5] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for Line { order, outcome, millis } in lines {
        if let Outcome::Booked { number } = outcome {
            let millis = millis.map(|millis| millis.to_string()).unwrap_or_default();
            let total = match read.get(&order.id) {
                Some(checker::Outcome::Booked { total, .. }) => as_exact(total, &order.total),
                _ => "violated".to_owned(),
            };
            table.add_row([&order.name, &order.customer, &order.total, number, &total, &millis].map(printable));
        }
    }
    table
}

/// With the other amount's digits, so that the eye can compare them; never with fewer than it has.
fn as_exact(money: &Money, other: &str) -> String {
    let amount = other.split(' ').next().unwrap_or_default();
    let digits = amount.split_once('.').map_or(0, |(_, digits)| digits.len());
    let digits = digits.max(money.amount.normalize().scale() as usize);
    format!("{:.digits$} {}", money.amount, money.currency)
}

fn not_booked(lines: &[Line]) -> Table {
    let mut table = table(["order", "id", "total", "is", "because"]);
    for Line { order, outcome, .. } in lines {
        if let Outcome::Not { stage, why } = outcome {
            let id = order.id.to_string();
            table.add_row([&order.name, &id, &order.total, stage.word(), why].map(printable));
        }
    }
    table
}

fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_header(header);
    table
}

/// The checker's figures and violations; the reasons stand in the table above.
fn judged(verdict: &Verdict) -> String {
    let summary = &verdict.summary;
    let mut text = format!(
        "read back from both vendors: {} orders, {} Sales Orders; {} booked once with an equal total, {} with a reason instead\n",
        summary.orders, summary.sales_orders, summary.booked, summary.with_reason
    );
    for violation in &verdict.violations {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {}", printable(violation.to_string()));
    }
    match verdict.violations.len() {
        0 => text += "verdict: clean\n",
        1 => text += "verdict: 1 violation\n",
        number => text += &format!("verdict: {number} violations\n"),
    }
    text
}

/// How long orders took, waiting for those before them included.
fn speed(lines: &[Line]) -> Option<String> {
    let placed = lines.iter().filter_map(|line| line.order.at);
    let burst = placed.clone().max()?.duration_since(placed.min()?).as_millis();
    let mut millis: Vec<i64> = lines.iter().filter_map(|line| line.millis).collect();
    millis.sort_unstable();
    let at = |percent: usize| millis.get((millis.len() * percent).div_ceil(100).saturating_sub(1));
    let (half, most) = (at(50)?, at(95)?);
    Some(format!(
        "{} orders placed within {burst} ms; from webhook to tag half took up to {half} ms, 95 % up to {most} ms",
        lines.len()
    ))
}

/// `42 requests (order 20, tagsAdd 20, token 2)`.
fn counted(operations: &BTreeMap<String, u64>) -> String {
    let sum: u64 = operations.values().sum();
    let each: Vec<String> = operations.iter().map(|(operation, count)| format!("{operation} {count}")).collect();
    format!("{sum} requests ({})", each.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::{batch::Placed, watch::Stage};

    fn line(id: u64, outcome: Outcome, millis: Option<i64>) -> Line {
        let (name, total) = (format!("#{id}"), "10.00 USD".to_owned());
        let at = Some(jiff::Timestamp::from_millisecond(100 * id.cast_signed()).unwrap());
        Line { order: Placed { id, name, customer: "Ann".into(), total, at }, outcome, millis }
    }

    fn lines() -> [Line; 3] {
        let booked = |number: &str| Outcome::Booked { number: number.into() };
        let parked = Outcome::Not { stage: Stage::Parked, why: "no item for SKU X".into() };
        [line(1, booked("SO1001"), Some(120)), line(2, parked, None), line(3, booked("SO1002"), Some(90))]
    }

    fn shown(table: &Table) -> Vec<String> {
        table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    }

    fn verdict() -> Verdict {
        let order = |id: u64, outcome| checker::OrderVerdict {
            order: id,
            name: format!("#{id}"),
            outcome,
            documents: Default::default(),
        };
        let total = Money { amount: 10.into(), currency: "USD".into() };
        let violation =
            checker::Violation { kind: checker::Kind::Missing, order: Some(2), evidence: "#2 (2) has none".into() };
        Verdict {
            orders: vec![
                order(1, checker::Outcome::Booked { sales_order: "SO1001".into(), total }),
                order(2, checker::Outcome::Violated),
                order(3, checker::Outcome::Violated),
            ],
            violations: vec![violation],
            summary: checker::Summary { orders: 3, sales_orders: 2, booked: 2, ..Default::default() },
        }
    }

    #[test]
    fn every_order_stands_in_one_table() {
        assert_eq!(
            shown(&booked(&lines(), &verdict())),
            [
                "order customer total Sales Order total in NetSuite ms",
                "#1 Ann 10.00 USD SO1001 10.00 USD 120",
                "#3 Ann 10.00 USD SO1002 violated 90",
            ]
        );
        assert_eq!(
            shown(&not_booked(&lines())),
            ["order id total is because", "#2 2 10.00 USD parked no item for SKU X"]
        );
    }

    #[test]
    fn violations_are_named() {
        let text = judged(&verdict());
        assert!(text.contains("3 orders, 2 Sales Orders; 2 booked once"), "{text}");
        assert!(text.contains("missing") && text.contains("#2 (2) has none"), "{text}");
        assert!(text.ends_with("verdict: 1 violation\n"), "{text}");
    }

    #[test]
    fn a_total_is_shown_as_exactly_as_it_is() {
        let money = |amount: &str, currency: &str| Money { amount: amount.parse().unwrap(), currency: currency.into() };
        assert_eq!(as_exact(&money("199", "USD"), "199.00 USD"), "199.00 USD");
        assert_eq!(as_exact(&money("110.7", "USD"), "110.70 USD"), "110.70 USD");
        assert_eq!(as_exact(&money("1.005", "USD"), "1.00 USD"), "1.005 USD");
        assert_eq!(as_exact(&money("500", "JPY"), "500 JPY"), "500 JPY");
    }

    #[test]
    fn figures_are_of_what_was_booked() {
        let text = speed(&lines()).unwrap();
        assert_eq!(text, "3 orders placed within 200 ms; from webhook to tag half took up to 90 ms, 95 % up to 120 ms");
        assert_eq!(speed(&lines()[1..2]), None);
        let operations = [("order".to_owned(), 3), ("tagsAdd".to_owned(), 2)].into();
        assert_eq!(counted(&operations), "5 requests (order 3, tagsAdd 2)");
    }
}
