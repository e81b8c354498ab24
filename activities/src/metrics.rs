//! What happened, for Prometheus. Labels are few and known; no record, customer or amount is ever one.

use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry, core::Collector};

/// The agents' own metrics.
pub struct Metrics {
    registry: Registry,
    /// Calls by vendor, operation and outcome.
    pub calls: IntCounterVec,
    /// Seconds of a call by vendor and operation.
    pub seconds: HistogramVec,
    /// Permits by account: `limit` is what the pool allows now, `used` what is in use.
    pub permits: IntGaugeVec,
    /// Orders by brand and outcome: `booked`, `found`.
    pub orders: IntCounterVec,
    /// Positions of stock by brand, sync and outcome: `changed`, `unchanged`, `skipped`, `failed`.
    pub stock: IntCounterVec,
    /// Runs that wait for a person, by brand.
    pub parked: IntGaugeVec,
    /// Seconds from an order's placing to its Sales Order, by brand.
    pub order_to_sales_order: HistogramVec,
}

impl Metrics {
    /// A set of its own, so that several workers in one process do not collide.
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        Ok(Self {
            calls: add(
                &registry,
                IntCounterVec::new(
                    Opts::new("stateset_vendor_calls_total", "Calls to vendors"),
                    &["vendor", "operation", "outcome"],
                )?,
            )?,
            seconds: add(
                &registry,
                HistogramVec::new(
                    HistogramOpts::new("stateset_vendor_call_seconds", "Seconds of a call to a vendor"),
                    &["vendor", "operation"],
                )?,
            )?,
            permits: add(
                &registry,
                IntGaugeVec::new(Opts::new("stateset_permits", "Permits of an account's pool"), &["account", "kind"])?,
            )?,
            orders: add(
                &registry,
                IntCounterVec::new(
                    Opts::new("stateset_orders_total", "Orders brought to a Sales Order"),
                    &["brand", "outcome"],
                )?,
            )?,
            stock: add(
                &registry,
                IntCounterVec::new(
                    Opts::new("stateset_stock_positions_total", "Positions of stock that a sync looked at"),
                    &["brand", "sync", "outcome"],
                )?,
            )?,
            parked: add(
                &registry,
                IntGaugeVec::new(Opts::new("stateset_parked_runs", "Runs that wait for a person"), &["brand"])?,
            )?,
            order_to_sales_order: add(
                &registry,
                HistogramVec::new(
                    HistogramOpts::new(
                        "stateset_order_to_sales_order_seconds",
                        "Seconds from an order's placing to its Sales Order",
                    )
                    .buckets(vec![0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 86_400.0]),
                    &["brand"],
                )?,
            )?,
            registry,
        })
    }

    /// The exposition format.
    pub fn text(&self) -> String {
        prometheus::TextEncoder::new().encode_to_string(&self.registry.gather()).unwrap_or_default()
    }
}

fn add<C: Collector + Clone + 'static>(registry: &Registry, collector: C) -> Result<C, prometheus::Error> {
    registry.register(Box::new(collector.clone()))?;
    Ok(collector)
}
