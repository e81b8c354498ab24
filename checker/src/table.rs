use std::fmt;

use crate::verdict::{OrderVerdict, Outcome, Verdict};

const HEAD: [&str; 8] = ["order", "sales order", "shipments", "bills", "payments", "billed", "paid", "outcome"];

/// The orders and what came of them, a line each.
#[derive(Debug, Clone, Copy)]
pub struct Table<'a>(pub &'a Verdict);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows: Vec<[String; 8]> = vec![HEAD.map(str::to_owned)];
        rows.extend(self.0.orders.iter().map(row));
        let widths: [usize; 8] =
            std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default());
        for row in &rows {
            let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            writeln!(f, "{}", cells.join("  ").trim_end())?;
        }
        Ok(())
    }
}

fn row(order: &OrderVerdict) -> [String; 8] {
    let papers = &order.documents;
    let outcome = match &order.outcome {
        Outcome::Booked { .. } => "right",
        Outcome::Reason(_) => "reason",
        Outcome::BeforeGoLive => "before go-live",
        Outcome::Violated => "violated",
    };
    [
        order.name.clone(),
        papers.sales_orders.join(" "),
        papers.shipments.join(" "),
        papers.bills.join(" "),
        papers.payments.join(" "),
        papers.billed.to_string(),
        papers.paid.to_string(),
        outcome.to_owned(),
    ]
}
