//! The closing tables.

use std::{collections::BTreeMap, fmt::Write};

use checker::Verdict;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use rust_decimal::Decimal;

use super::{outcome::Line, settings::AGENTS};
use crate::runs::printable;

/// What each order became, the verdict, and what it took.
pub(super) fn text(
    lines: &[Line],
    verdict: &Verdict,
    requests: &[(&str, BTreeMap<String, u64>)],
    width: Option<u16>,
) -> String {
    let narrow = width.is_some_and(|width| width < WIDE);
    let mut text = format!("{}\n", booked(lines, verdict, narrow));
    let stopped = stopped(lines);
    if !stopped.is_empty() {
        text += &format!("\n{stopped}\n");
    }
    text += &format!("\n{}", judged(verdict));
    if let Some(speed) = speed(lines) {
        text += &format!("{speed}\n");
    }
    text += "requests of connector and agents\n";
    for (vendor, operations) in requests.iter().filter(|(_, operations)| !operations.is_empty()) {
        text += &format!("  {vendor:<10}{}\n", counted(operations));
    }
    text
}

/// From so many columns on, customers and the numbers of all documents have their place.
const WIDE: u16 = 140;

/// Orders that have a Sales Order. Documents and amounts are those that were read back.
fn booked(lines: &[Line], verdict: &Verdict, narrow: bool) -> Table {
    let read: BTreeMap<u64, &checker::OrderVerdict> = verdict.orders.iter().map(|order| (order.order, order)).collect();
    let (mut table, amounts): (Table, &[usize]) = match narrow {
        true => (table(["order", "total", "SO", "sent", "billed", "paid", "is"]), &[1, 3, 4, 5]),
        false => {
            let papers = ["Sales Order", "shipments", "invoices", "payments"];
            let [order, shipments, bills, payments] = papers;
            (
                table(["order", "customer", "total", order, shipments, bills, payments, "billed", "paid", "is"]),
                &[2, 7, 8],
            )
        }
    };
    for column in amounts.iter().copied() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for line in lines {
        let (Line { order, sales_order: Some(number), .. }, Some(read)) = (line, read.get(&line.order.id)) else {
            continue;
        };
        let papers = &read.documents;
        let list = |numbers: &[String]| numbers.join(" ");
        let amount = |amount| match papers.bills.is_empty() {
            true => String::new(),
            false => as_exact(amount, &order.total),
        };
        let is = match &read.outcome {
            checker::Outcome::Violated => "violated",
            _ => line.stage.word(),
        };
        if narrow {
            let sent = Some(papers.shipments.len()).filter(|sent| *sent > 0).map(|sent| sent.to_string());
            let in_parts =
                |amount: String, papers: usize| if papers > 1 { format!("{amount} in {papers}") } else { amount };
            let billed = in_parts(amount(papers.billed), papers.bills.len());
            let paid = in_parts(amount(papers.paid), papers.payments.len());
            let cells = [&order.name, &order.total, number, &sent.unwrap_or_default(), &billed, &paid, is];
            table.add_row(cells.map(printable));
            continue;
        }
        let (shipments, bills, payments) = (list(&papers.shipments), list(&papers.bills), list(&papers.payments));
        let (billed, paid) = (amount(papers.billed), amount(papers.paid));
        let cells: [&str; 10] =
            [&order.name, &order.customer, &order.total, number, &shipments, &bills, &payments, &billed, &paid, is];
        table.add_row(cells.map(printable));
    }
    table
}

/// With the digits of a total, so that the eye can compare them; never with fewer than it has.
fn as_exact(amount: Decimal, total: &str) -> String {
    let digits = total.split(' ').next().and_then(|total| total.split_once('.')).map_or(0, |(_, digits)| digits.len());
    let digits = digits.max(amount.normalize().scale() as usize);
    format!("{amount:.digits$}")
}

/// Orders that do not go on by themselves, and why.
fn stopped(lines: &[Line]) -> Table {
    let mut table = table(["order", "id", "agent", "is", "because"]);
    for line in lines {
        let id = line.order.id.to_string();
        for stop in &line.stops {
            let cells = [&line.order.name, &id, AGENTS[stop.agent].0, stop.state.word(), &stop.why];
            table.add_row(cells.map(printable));
        }
        if line.stops.is_empty() && line.sales_order.is_none() {
            let cells = [&line.order.name, &id, AGENTS[0].0, line.stage.word(), "it is not at its end"];
            table.add_row(cells.map(printable));
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
        "read back from all vendors: {} orders, {} Sales Orders, {} shipments, {} invoices, {} payments\n\
         {} orders are right in every respect, {} have a reason why they are not at their end\n",
        summary.orders,
        summary.sales_orders,
        summary.fulfillments,
        summary.bills,
        summary.payments,
        summary.booked,
        summary.with_reason
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
    use crate::demo::{
        batch::Placed,
        outcome::Stop,
        watch::{Stage, State},
    };

    fn line(id: u64, stage: Stage, number: Option<&str>, stops: Vec<Stop>, millis: Option<i64>) -> Line {
        let (name, total) = (format!("#{id}"), "10.00 USD".to_owned());
        let at = Some(jiff::Timestamp::from_millisecond(100 * id.cast_signed()).unwrap());
        let order = Placed { id, name, customer: "Ann".into(), total, at };
        Line { order, stage, sales_order: number.map(str::to_owned), stops, millis }
    }

    fn lines() -> [Line; 3] {
        let parked = Stop { workflow_id: "w".into(), agent: 0, state: State::Parked, why: "no item for SKU X".into() };
        [
            line(1, Stage::Paid, Some("SO1001"), vec![], Some(120)),
            line(2, Stage::Parked, None, vec![parked], None),
            line(3, Stage::Sent, Some("SO1002"), vec![], Some(90)),
        ]
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
        let total = checker::Money { amount: 10.into(), currency: "USD".into() };
        let violation =
            checker::Violation { kind: checker::Kind::Missing, order: Some(2), evidence: "#2 (2) has none".into() };
        let mut first = order(1, checker::Outcome::Booked { sales_order: "SO1001".into(), total });
        first.documents = checker::Documents {
            sales_orders: vec!["SO1001".into()],
            shipments: vec!["IF1".into(), "IF2".into()],
            bills: vec!["INV1".into()],
            payments: vec!["PYMT1".into()],
            billed: 10.into(),
            paid: Decimal::new(95, 1),
        };
        Verdict {
            orders: vec![first, order(2, checker::Outcome::Violated), order(3, checker::Outcome::Violated)],
            violations: vec![violation],
            summary: checker::Summary { orders: 3, sales_orders: 2, booked: 2, ..Default::default() },
        }
    }

    #[test]
    fn every_order_tells_what_came_of_it_or_why_not() {
        assert_eq!(
            shown(&booked(&lines(), &verdict(), false)),
            [
                "order customer total Sales Order shipments invoices payments billed paid is",
                "#1 Ann 10.00 USD SO1001 IF1 IF2 INV1 PYMT1 10.00 9.50 paid",
                "#3 Ann 10.00 USD SO1002 violated",
            ]
        );
        assert_eq!(
            shown(&booked(&lines(), &verdict(), true)),
            [
                "order total SO sent billed paid is",
                "#1 10.00 USD SO1001 2 10.00 9.50 paid",
                "#3 10.00 USD SO1002 violated"
            ]
        );
        assert_eq!(shown(&stopped(&lines())), ["order id agent is because", "#2 2 orders parked no item for SKU X"]);
    }

    #[test]
    fn violations_are_named() {
        let text = judged(&verdict());
        assert!(text.contains("3 orders, 2 Sales Orders") && text.contains("2 orders are right"), "{text}");
        assert!(text.contains("missing") && text.contains("#2 (2) has none"), "{text}");
        assert!(text.ends_with("verdict: 1 violation\n"), "{text}");
    }

    #[test]
    fn an_amount_is_shown_as_exactly_as_it_is() {
        let shown = |amount: &str, total: &str| as_exact(amount.parse().unwrap(), total);
        assert_eq!(shown("199", "199.00 USD"), "199.00");
        assert_eq!(shown("110.7", "110.70 USD"), "110.70");
        assert_eq!(shown("1.005", "1.00 USD"), "1.005");
        assert_eq!(shown("500", "500 JPY"), "500");
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
