//! One line for each order that comes to an end, or to a stop, after the batch.

use std::{collections::BTreeMap, time::Duration};

use super::{
    batch::Placed,
    house::House,
    outcome::{self, Line},
    screen::Screen,
    settings::{AGENTS, BRAND, TRACKING, WORKFLOW},
    watch::{self, Glance, Row, Stage},
};
use crate::{Failure, runs::printable};

const REFRESH: Duration = Duration::from_secs(1);

/// What has been told of each order.
type Told = BTreeMap<u64, (Stage, String)>;

/// Tells of orders until it is dropped.
pub(super) async fn tell_of_orders(house: &House, screen: &Screen) -> Result<(), Failure> {
    let tracked = house.enables(AGENTS[TRACKING].1);
    let mut told = Told::new();
    news(&mut told, rows(house, watch::look(&house.client).await.map_err(Failure::Demo)?), tracked);
    loop {
        tokio::time::sleep(REFRESH).await;
        // While it stays, a server that is slow for once is no reason to end.
        let Ok(runs) = watch::look(&house.client).await else { continue };
        for row in news(&mut told, rows(house, runs), tracked) {
            if let Ok(line) = outcome::of_one(house, row).await {
                screen.print(&text(&line))?;
            }
        }
    }
}

/// Every order of the shop that has a run.
fn rows(house: &House, runs: Vec<Glance>) -> Vec<Row> {
    let prefix = format!("{WORKFLOW}:{BRAND}:");
    let order = |run: &Glance| house.sandbox.shopify.order(run.workflow_id.strip_prefix(&prefix)?.parse().ok()?);
    let mut rows: Vec<Row> = runs.iter().filter_map(order).map(|order| Row::new(Placed::of(&order), 0)).collect();
    let goods = watch::goods(house);
    // Twice: what the warehouse has is found by the Sales Order, which the first time tells.
    watch::update(&mut rows, runs.clone(), &goods, 0);
    watch::update(&mut rows, runs, &goods, 0);
    rows
}

/// The orders that came to an end or a stop of which nothing has been told yet. A poll wakes parked runs now and then, which
/// then park for the same reason.
fn news(told: &mut Told, rows: Vec<Row>, tracked: bool) -> Vec<Row> {
    let mut news = Vec::new();
    for row in rows.into_iter().filter(|row| row.is_settled(tracked)) {
        let reason = row.note().split(", request ").next().unwrap_or_default().to_owned();
        let latest = (row.stage(), reason);
        if told.get(&row.order.id) != Some(&latest) {
            told.insert(row.order.id, latest);
            news.push(row);
        }
    }
    news
}

/// `#2001 Ann Baker (5500007000001), 12.00 USD: SO1026, paid`.
fn text(line: &Line) -> String {
    let Line { order, stage, sales_order, .. } = line;
    let became = line.reason().unwrap_or_else(|| stage.word().to_owned());
    let number = sales_order.as_ref().map(|number| format!("{number}, ")).unwrap_or_default();
    printable(format!("{} {} ({}), {}: {number}{became}", order.name, order.customer, order.id, order.total))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::watch::{State, tests::row};

    #[test]
    fn the_same_is_told_once() {
        let rows = |list: &[(u64, State, &str)]| {
            list.iter().map(|(id, state, note)| row(*id, vec![Glance::new(0, *state, note, &[])])).collect::<Vec<_>>()
        };
        let ids = |rows: Vec<Row>| rows.into_iter().map(|row| row.order.id).collect::<Vec<_>>();
        let mut told = Told::new();
        let parked = rows(&[(1, State::Done, ""), (2, State::Parked, "refused (X, request 1)")]);
        assert_eq!(ids(news(&mut told, parked, true)), [1, 2]);
        assert!(news(&mut told, rows(&[(2, State::Running, ""), (3, State::Running, "")]), true).is_empty());
        let again = rows(&[(2, State::Parked, "refused (X, request 2)"), (3, State::Failed, "")]);
        assert_eq!(ids(news(&mut told, again, true)), [3]);
        assert_eq!(ids(news(&mut told, rows(&[(2, State::Done, "")]), true)), [2]);
    }
}
