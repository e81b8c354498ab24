//! `/metrics`, `/healthz`, `/readyz`.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use activities::{Metrics, Vendors};
use axum::{Router, extract::State, http::StatusCode, routing::get};
use bus::Bus;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// A scrape must not hang.
const SCRAPE: Duration = Duration::from_secs(3);

/// How the process is doing.
pub(crate) struct Health {
    bus: Bus,
    metrics: Arc<Metrics>,
    vendors: Arc<Vendors>,
    /// Where the SDK serves its own metrics, on this machine only.
    sdk: SocketAddr,
    expected: usize,
    running: AtomicUsize,
}

impl Health {
    pub(crate) fn new(
        bus: Bus,
        metrics: Arc<Metrics>,
        vendors: Arc<Vendors>,
        sdk: SocketAddr,
        expected: usize,
    ) -> Self {
        Self { bus, metrics, vendors, sdk, expected, running: AtomicUsize::new(0) }
    }

    pub(crate) fn started(&self) {
        self.running.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn ended(&self) {
        self.running.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) async fn serve(self: Arc<Self>, listener: TcpListener, shutdown: CancellationToken) {
        let router = Router::new()
            .route("/healthz", get(async || "ok\n"))
            .route("/readyz", get(ready))
            .route("/metrics", get(metrics))
            .with_state(self);
        if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(shutdown.cancelled_owned()).await {
            tracing::error!("health server: {error}");
        }
    }
}

/// Ready means: every queue is polled, and Temporal answers.
async fn ready(State(health): State<Arc<Health>>) -> (StatusCode, String) {
    let running = health.running.load(Ordering::Relaxed);
    if running < health.expected {
        let text = format!("{running} of {} queues are polled\n", health.expected);
        return (StatusCode::SERVICE_UNAVAILABLE, text);
    }
    match tokio::time::timeout(SCRAPE, health.bus.ping()).await {
        Ok(Ok(())) => (StatusCode::OK, "ready\n".to_owned()),
        Ok(Err(error)) => (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "temporal does not answer\n".to_owned()),
    }
}

/// Ours, then the SDK's: two exporters, one page.
async fn metrics(State(health): State<Arc<Health>>) -> String {
    for pool in health.vendors.pools() {
        let (limit, used) = pool.figures();
        health.metrics.permits.with_label_values(&[pool.account(), "limit"]).set(limit.into());
        health.metrics.permits.with_label_values(&[pool.account(), "used"]).set(used.into());
    }
    if let Ok(Ok(parked)) = tokio::time::timeout(SCRAPE, health.bus.parked()).await {
        for (brand, runs) in parked {
            health.metrics.parked.with_label_values(&[brand]).set(i64::try_from(runs).unwrap_or(i64::MAX));
        }
    }
    let sdk = async {
        // On this machine: a proxy has nothing to do with it.
        let client = reqwest::Client::builder().no_proxy().build()?;
        client.get(format!("http://{}/metrics", health.sdk)).send().await?.text().await
    };
    let sdk = match tokio::time::timeout(SCRAPE, sdk).await {
        Ok(Ok(text)) => text,
        Ok(Err(error)) => format!("# the SDK's metrics cannot be read: {error}\n"),
        Err(_) => "# the SDK's metrics cannot be read in time\n".to_owned(),
    };
    health.metrics.text() + &sdk
}
