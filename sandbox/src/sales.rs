//! Sales that go on while something else runs: orders placed at the shop at a steady rate.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::generate::{self, Store};
use crate::shopify::Shop;

/// How fast and how much is sold.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pace {
    /// Seed of the orders.
    pub seed: u64,
    /// Index of the first order: those before it were placed earlier.
    #[serde(default)]
    pub first: u32,
    /// How many orders are placed.
    pub count: u32,
    /// Orders a second, above 0.
    pub per_second: f64,
}

/// Sales under way. Clones are the same sales; dropping them lets the sales go on.
#[derive(Clone)]
pub struct Sales {
    placed: Arc<AtomicU32>,
    stop: CancellationToken,
    task: TaskTracker,
}

impl Sales {
    /// Starts to place generated orders at the shop, on the runtime that it is called on. The error names
    /// the field of the pace that cannot be kept.
    pub fn start(shop: Shop, store: Store, pace: Pace) -> Result<Sales, String> {
        let wait = match 1.0 / pace.per_second {
            wait if pace.per_second > 0.0 => Duration::try_from_secs_f64(wait).ok(),
            _ => None,
        };
        let wait =
            wait.filter(|wait| !wait.is_zero()).ok_or("perSecond: must be above 0 and at most a thousand million")?;
        if store.items.is_empty() {
            return Err("items: there is nothing to sell".to_owned());
        }
        let sales = Sales { placed: Arc::default(), stop: CancellationToken::new(), task: TaskTracker::new() };
        let running = sales.clone();
        sales.task.spawn(async move { running.run(&shop, &store, pace, wait).await });
        sales.task.close();
        Ok(sales)
    }

    async fn run(&self, shop: &Shop, store: &Store, pace: Pace, wait: Duration) {
        // Ticks that were missed are made up for, so that the rate holds.
        let mut ticks = tokio::time::interval(wait);
        for index in 0..pace.count {
            tokio::select! {
                () = self.stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            let order = generate::order_in(store, pace.seed, pace.first.saturating_add(index));
            match shop.place_order(order) {
                Ok(_) => {
                    self.placed.fetch_add(1, Ordering::Relaxed);
                }
                Err(error) => tracing::warn!(%error, index, "the shop did not take a generated order"),
            }
        }
    }

    /// How many orders were placed so far.
    pub fn placed(&self) -> u32 {
        self.placed.load(Ordering::Relaxed)
    }

    /// Whether all are placed, or they were stopped.
    pub fn is_over(&self) -> bool {
        self.task.is_empty()
    }

    /// Waits until all are placed, or they were stopped.
    pub async fn over(&self) {
        self.task.wait().await;
    }

    /// Sells nothing more.
    pub fn stop(&self) {
        self.stop.cancel();
    }
}
