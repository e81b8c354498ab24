//! A receiver of webhooks.

use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// A receiver of webhooks that answers as it is told.
pub struct Receiver {
    pub state: Received,
    address: std::net::SocketAddr,
    stop: CancellationToken,
}

#[derive(Clone)]
pub struct Received {
    pub answer: Arc<Mutex<StatusCode>>,
    seen: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
    count: watch::Sender<usize>,
}

impl Receiver {
    pub async fn start(answer: StatusCode) -> Receiver {
        let state =
            Received { answer: Arc::new(Mutex::new(answer)), seen: Arc::default(), count: watch::Sender::new(0) };
        let take = async |State(state): State<Received>, headers: HeaderMap, body: Bytes| {
            state.seen.lock().unwrap().push((headers, body));
            state.count.send_modify(|count| *count += 1);
            *state.answer.lock().unwrap()
        };
        let router = axum::Router::new().route("/hook", axum::routing::post(take)).with_state(state.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        tokio::spawn(sandbox::serve::serve(listener, router, stop.clone()));
        Receiver { state, address, stop }
    }

    pub fn url(&self) -> url::Url {
        format!("http://{}/hook", self.address).parse().unwrap()
    }

    pub async fn wait_for(&self, wanted: usize) {
        let mut count = self.state.count.subscribe();
        count.wait_for(|count| *count >= wanted).await.unwrap();
    }

    pub fn seen(&self) -> Vec<(HeaderMap, Bytes)> {
        self.state.seen.lock().unwrap().clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

pub fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers[name].to_str().unwrap()
}
