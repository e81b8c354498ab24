//! The measuring itself: the bare workflow and the product in turns, twice.

use std::time::Instant;

use anyhow::Context;

use crate::{
    arguments::Sizes,
    bare,
    deployment::{Cpu, Deployment},
    history::{self, Histories},
    shop::{self, Requests},
};

/// Runs under way in the second half of every round.
pub(crate) const AT_ONCE: usize = 50;

/// What some runs of one kind came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Load {
    /// How many.
    pub(crate) runs: f64,
    /// From the first start to the last end.
    pub(crate) seconds: f64,
    /// Used by each process until all had settled.
    pub(crate) cpu: Cpu,
    /// Milliseconds of each: from start to result, from placing to tag.
    pub(crate) latencies: Vec<f64>,
    /// What Temporal has of them.
    pub(crate) histories: Histories,
    /// What they asked of the vendors.
    pub(crate) requests: Requests,
}

/// One kind of run, one at a time and many at once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pair {
    pub(crate) alone: Load,
    pub(crate) busy: Load,
}

/// Everything that was measured in turns.
pub(crate) struct Measured {
    /// The bare workflow, both rounds.
    pub(crate) bare: Pair,
    /// Orders of customers that NetSuite does not have yet: the first round.
    pub(crate) new: Pair,
    /// Second orders of the same customers: the second round.
    pub(crate) known: Pair,
}

/// Counts what has been started, so that every run has a number of its own.
pub(crate) struct Meter {
    pub(crate) deployment: Deployment,
    runs: u64,
    orders: u64,
}

impl Meter {
    pub(crate) fn new(deployment: Deployment) -> Self {
        Self { deployment, runs: 0, orders: 0 }
    }

    /// Warm-up, then two rounds: bare, product, bare, product.
    pub(crate) async fn measure(&mut self, sizes: &Sizes) -> anyhow::Result<Measured> {
        eprintln!("warming up");
        self.bare(sizes.warm_up, AT_ONCE).await?;
        self.product(sizes.warm_up, 0, AT_ONCE).await?;
        let (alone, busy) = (sizes.alone / 2, sizes.orders / 2);
        let (mut bare, mut products) = (Pair::default(), vec![]);
        for (round, back) in [(1, 0), (2, alone + busy)] {
            eprintln!(
                "round {round}: {alone} one at a time, {busy} with {AT_ONCE} in flight, bare and product in turns"
            );
            bare.alone = bare.alone.and(self.bare(alone, 1).await?);
            let alone = self.product(alone, back, 1).await?;
            bare.busy = bare.busy.and(self.bare(busy, AT_ONCE).await?);
            let busy = self.product(busy, back, AT_ONCE).await?;
            products.push(Pair { alone, busy });
        }
        let known = products.pop().context("two rounds")?;
        let new = products.pop().context("two rounds")?;
        Ok(Measured { bare, new, known })
    }

    /// Runs the bare workflow so many times.
    async fn bare(&mut self, runs: u64, at_once: usize) -> anyhow::Result<Load> {
        let numbers = self.runs..self.runs + runs;
        self.runs = numbers.end;
        let (cpu, begun) = (self.deployment.cpu()?, Instant::now());
        let latencies = bare::run_all(&self.deployment.client, numbers.clone(), at_once).await?;
        let seconds = begun.elapsed().as_secs_f64();
        self.deployment.settled().await?;
        let cpu = self.deployment.cpu()?.since(cpu);
        let histories = history::read(&self.deployment.client, numbers.map(bare::id)).await?;
        Ok(Load { runs: runs as f64, seconds, cpu, latencies, histories, ..Load::default() })
    }

    /// Sends so many orders through the product; order n is of the customer n − `back`.
    async fn product(&mut self, orders: u64, back: u64, at_once: usize) -> anyhow::Result<Load> {
        let requests = self.deployment.shop.requests().await?;
        let (cpu, begun) = (self.deployment.cpu()?, Instant::now());
        let placed = self.place(orders, back, at_once).await?;
        let seconds = begun.elapsed().as_secs_f64();
        self.deployment.settled().await?;
        let cpu = self.deployment.cpu()?.since(cpu);
        let requests = self.deployment.shop.requests().await?.since(&requests);
        let tagged = shop::tag_times(&self.deployment.shop.ledger().await?)?;
        let mut latencies = vec![];
        for order in &placed {
            let at = tagged.get(&order.order).with_context(|| format!("no tag of {} in the ledger", order.order))?;
            latencies.push(at.duration_since(order.at).as_secs_f64() * 1e3);
        }
        let ids = placed.iter().map(|order| format!("shopifyToNetsuiteWorkflow:acme:{}", order.order));
        let histories = history::read(&self.deployment.client, ids).await?;
        Ok(Load { runs: orders as f64, seconds, cpu, latencies, histories, requests })
    }

    /// Places orders and waits for their tags, without measuring.
    pub(crate) async fn place(&mut self, orders: u64, back: u64, at_once: usize) -> anyhow::Result<Vec<shop::Placed>> {
        let numbers = self.orders..self.orders + orders;
        self.orders = numbers.end;
        let placed = self.deployment.shop.place_all(numbers, back, at_once).await;
        placed.with_context(|| self.deployment.last_words())
    }
}

impl Load {
    /// Both together, as if one had followed the other.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.latencies.extend(other.latencies);
        self.histories.events.extend(other.histories.events);
        self.histories.actions.extend(other.histories.actions);
        Self {
            runs: self.runs + other.runs,
            seconds: self.seconds + other.seconds,
            cpu: self.cpu.plus(other.cpu),
            requests: self.requests.and(other.requests),
            ..self
        }
    }

    /// Runs per second.
    pub(crate) fn rate(&self) -> f64 {
        self.runs / self.seconds
    }

    /// For so many runs: per thousand.
    pub(crate) fn per_thousand(&self, amount: f64) -> f64 {
        amount / self.runs * 1e3
    }
}

impl Pair {
    /// One at a time and many at once, together.
    pub(crate) fn together(&self) -> Load {
        self.alone.clone().and(self.busy.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_rounds_are_one_load() {
        let round = |runs, seconds| Load { runs, seconds, latencies: vec![seconds], ..Load::default() };
        let both = round(100.0, 2.0).and(round(100.0, 3.0));
        assert_eq!((both.rate().round() as u64, both.latencies.len()), (40, 2));
        assert_eq!(both.per_thousand(5.0).round() as u64, 25);
    }
}
