//! Stands between agent and vendors and keeps what is asked, so that a bare client can ask it again.

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use tokio::net::TcpListener;
use url::Url;

/// Largest body that is passed on, in bytes.
const MOST: usize = 64 * 1024 * 1024;
/// What a bare client repeats of the headers; it logs in by itself.
const KEPT: [&str; 3] = ["content-type", "prefer", "accept"];

/// One request.
#[derive(Clone, Debug)]
pub(super) struct Recorded {
    /// `shopify` or `netsuite`.
    pub(super) vendor: &'static str,
    pub(super) method: Method,
    /// Path and query.
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// All requests so far. Clones share them.
#[derive(Clone, Default)]
pub(super) struct Recorder {
    requests: Arc<Mutex<Vec<Recorded>>>,
}

struct Vendor {
    name: &'static str,
    target: Url,
    http: reqwest::Client,
    requests: Arc<Mutex<Vec<Recorded>>>,
}

impl Recorder {
    /// Listens in a vendor's place; its address.
    pub(super) async fn before(&self, name: &'static str, target: Url) -> anyhow::Result<String> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = format!("http://{}", listener.local_addr()?);
        let vendor = Vendor { name, target, http: reqwest::Client::new(), requests: self.requests.clone() };
        let router = Router::new().fallback(pass).with_state(Arc::new(vendor));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(address)
    }

    /// What was asked, in order, requests for tokens left out.
    pub(super) fn take(&self) -> Vec<Recorded> {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken = std::mem::take(&mut *requests);
        taken.retain(|request| !request.path.ends_with("token"));
        taken
    }
}

async fn pass(State(vendor): State<Arc<Vendor>>, request: Request) -> Response {
    match vendor.pass(request).await {
        Ok(answer) => answer,
        Err(error) => (StatusCode::BAD_GATEWAY, format!("{error:#}")).into_response(),
    }
}

impl Vendor {
    async fn pass(&self, request: Request) -> anyhow::Result<Response> {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, MOST).await?;
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let kept = |name: &&str| Some((parts.headers.get(*name)?.clone(), name.parse().ok()?));
        let headers = KEPT.iter().filter_map(kept).map(|(value, name)| (name, value)).collect();
        let recorded = Recorded {
            vendor: self.name,
            method: parts.method.clone(),
            path: path.clone(),
            headers,
            body: body.clone(),
        };
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(recorded);

        // The host stays: NetSuite's token is asked for under it.
        let mut headers = parts.headers;
        headers.remove(header::CONTENT_LENGTH);
        headers.remove(header::TRANSFER_ENCODING);
        let sent = self.http.request(parts.method, self.target.join(&path)?).headers(headers).body(body);
        let answer = sent.send().await?;
        let mut passed = Response::builder().status(answer.status());
        for (name, value) in answer.headers().iter().filter(|(name, _)| **name != header::TRANSFER_ENCODING) {
            passed = passed.header(name, value);
        }
        Ok(passed.body(Body::from(answer.bytes().await?))?)
    }
}
