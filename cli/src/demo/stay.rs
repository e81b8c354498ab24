//! One line for each order that comes to an end, or to a stop, after the batch.

use std::{collections::BTreeMap, time::Duration};

use super::{
    batch::Placed,
    house::House,
    outcome::{self, Outcome},
    screen::Screen,
    settings::{BRAND, WORKFLOW},
    watch::{self, Glance, Stage},
};
use crate::{Failure, runs::printable};

const REFRESH: Duration = Duration::from_secs(1);

/// What has been told of each run.
type Told = BTreeMap<String, (Stage, String)>;

/// Tells of orders until it is dropped.
pub(super) async fn tell_of_orders(house: &House, screen: &Screen) -> Result<(), Failure> {
    let mut told = Told::new();
    news(&mut told, watch::look(&house.client).await.map_err(Failure::Demo)?);
    loop {
        tokio::time::sleep(REFRESH).await;
        // While it stays, a server that is slow for once is no reason to end.
        let Ok(runs) = watch::look(&house.client).await else { continue };
        for workflow_id in news(&mut told, runs) {
            if let Some(line) = line(house, &workflow_id).await {
                screen.print(&line)?;
            }
        }
    }
}

/// The runs that came to an end or a stop of which nothing has been told yet. The poll wakes parked runs now and then,
/// which then park for the same reason.
fn news(told: &mut Told, runs: BTreeMap<String, Glance>) -> Vec<String> {
    let mut news = Vec::new();
    for (id, Glance { stage, note, .. }) in runs.into_iter().filter(|(_, glance)| glance.stage.is_settled()) {
        let reason = note.split(", request ").next().unwrap_or_default().to_owned();
        let latest = (stage, reason);
        if told.get(&id) != Some(&latest) {
            told.insert(id.clone(), latest);
            news.push(id);
        }
    }
    news
}

/// `#2001 Ann Baker, 12.00 USD: SO1026`; none for a run that is not about an order of the shop.
async fn line(house: &House, workflow_id: &str) -> Option<String> {
    let id = workflow_id.strip_prefix(&format!("{WORKFLOW}:{BRAND}:"))?.parse().ok()?;
    let order = Placed::of(&house.sandbox.shopify.order(id)?);
    let became = match outcome::of_one(house, &order).await.ok()? {
        Outcome::Booked { number } => number,
        Outcome::Not { stage, why } => format!("{}, {why}", stage.word()),
    };
    Some(printable(format!("{} {} ({id}), {}: {became}", order.name, order.customer, order.total)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_told_once() {
        let runs = |list: &[(&str, Stage, &str)]| {
            let runs = list.iter().map(|(id, stage, note)| ((*id).to_owned(), Glance::new(*stage, note)));
            runs.collect::<BTreeMap<_, _>>()
        };
        let mut told = Told::new();
        let parked = runs(&[("a", Stage::Booked, "SO1"), ("b", Stage::Parked, "refused (X, request 1)")]);
        assert_eq!(news(&mut told, parked), ["a", "b"]);
        assert!(news(&mut told, runs(&[("b", Stage::Running, ""), ("c", Stage::Running, "")])).is_empty());
        let again = runs(&[("b", Stage::Parked, "refused (X, request 2)"), ("c", Stage::Failed, "")]);
        assert_eq!(news(&mut told, again), ["c"]);
        assert_eq!(news(&mut told, runs(&[("b", Stage::Booked, "SO2")])), ["b"]);
    }
}
