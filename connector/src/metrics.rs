//! What `/metrics` shows.

use std::time::Duration;

use prometheus::{
    Encoder as _, HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry, TextEncoder, core::Collector,
};

const SECONDS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 4.0];

/// The connector's counters. Labels hold configured names and fixed words only, so their number is bounded.
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
    webhooks: IntCounterVec,
    bus: HistogramVec,
}

impl Metrics {
    /// Fails only if two of the names below were equal.
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let requests = Opts::new("connector_requests_total", "requests by method, route and status");
        let seconds =
            HistogramOpts::new("connector_request_seconds", "seconds to answer, by route").buckets(SECONDS.to_vec());
        let webhooks = Opts::new("connector_webhooks_total", "webhook deliveries by brand, topic and outcome");
        let bus =
            HistogramOpts::new("connector_bus_seconds", "seconds until the bus answered, by operation and outcome")
                .buckets(SECONDS.to_vec());
        Ok(Self {
            requests: registered(&registry, IntCounterVec::new(requests, &["method", "route", "status"])?)?,
            seconds: registered(&registry, HistogramVec::new(seconds, &["route"])?)?,
            webhooks: registered(&registry, IntCounterVec::new(webhooks, &["brand", "topic", "outcome"])?)?,
            bus: registered(&registry, HistogramVec::new(bus, &["operation", "outcome"])?)?,
            registry,
        })
    }

    /// One answered request.
    pub fn request(&self, method: &str, route: &str, status: &str, took: Duration) {
        self.requests.with_label_values(&[method, route, status]).inc();
        self.seconds.with_label_values(&[route]).observe(took.as_secs_f64());
    }

    /// One webhook delivery.
    pub fn webhook(&self, brand: &str, topic: &str, outcome: &str) {
        self.webhooks.with_label_values(&[brand, topic, outcome]).inc();
    }

    /// One call of the bus.
    pub fn bus(&self, operation: &str, outcome: &str, took: Duration) {
        self.bus.with_label_values(&[operation, outcome]).observe(took.as_secs_f64());
    }

    /// Prometheus' text format.
    pub fn text(&self) -> Result<Vec<u8>, prometheus::Error> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }
}

fn registered<C: Collector + Clone + 'static>(registry: &Registry, collector: C) -> Result<C, prometheus::Error> {
    registry.register(Box::new(collector.clone()))?;
    Ok(collector)
}
