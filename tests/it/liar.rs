//! A vendor's double that changes answers on their way: what a faithful sandbox would never say.

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};
use url::Url;

/// Changes the JSON of an answer. It sees the request's path and body.
type Lie = Box<dyn Fn(&str, &Value, &mut Value) + Send + Sync>;

/// Stands before a vendor and passes everything on, until it is told to lie.
pub struct Liar {
    /// Where it listens.
    pub url: Url,
    lie: Arc<Mutex<Option<Lie>>>,
    server: JoinHandle<()>,
}

struct Double {
    vendor: Url,
    http: reqwest::Client,
    lie: Arc<Mutex<Option<Lie>>>,
}

impl Liar {
    /// Stands before `vendor`.
    pub async fn before(vendor: Url) -> Self {
        let lie = Arc::<Mutex<Option<Lie>>>::default();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let double = Arc::new(Double { vendor, http: reqwest::Client::new(), lie: lie.clone() });
        let router = Router::new().fallback(pass).with_state(double);
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, lie, server }
    }

    /// From now on every answer is changed so.
    pub fn lies(&self, lie: impl Fn(&str, &Value, &mut Value) + Send + Sync + 'static) {
        *self.lie.lock().unwrap() = Some(Box::new(lie));
    }

    /// From now on it passes everything on as it is.
    pub fn tells_the_truth(&self) {
        *self.lie.lock().unwrap() = None;
    }
}

impl Drop for Liar {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn pass(State(double): State<Arc<Double>>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let asked = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let target = double.vendor.join(parts.uri.path_and_query().unwrap().as_str()).unwrap();
    parts.headers.remove(HOST);
    parts.headers.remove(CONTENT_LENGTH);
    let passed = double.http.request(parts.method, target).headers(parts.headers).body(asked.clone());
    let answer = passed.send().await.unwrap();
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    let told = answer.bytes().await.unwrap();
    headers.remove(CONTENT_LENGTH);
    let is_json = headers.get(CONTENT_TYPE).is_some_and(|kind| kind.to_str().unwrap().contains("json"));
    (status, headers, if is_json { double.changed(parts.uri.path(), &asked, told) } else { told }).into_response()
}

impl Double {
    fn changed(&self, path: &str, asked: &[u8], told: Bytes) -> Bytes {
        let lie = self.lie.lock().unwrap();
        let (Some(lie), Ok(mut answer)) = (lie.as_ref(), serde_json::from_slice(&told)) else { return told };
        lie(path, &serde_json::from_slice(asked).unwrap_or_default(), &mut answer);
        answer.to_string().into()
    }
}
