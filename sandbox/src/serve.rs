//! Serving HTTP with the ability to give no answer at all.
//!
//! A proxy or a broken network does to a request what no HTTP handler can: it closes the connection.
//! So the sandbox runs its own accept loop over hyper. Every vendor router goes through [`apply`],
//! which buffers the request, asks the vendor for the operation's name, draws a fault and acts on it:
//!
//! | fault | executed | the client sees |
//! |---|---|---|
//! | `Status`, `Throttle`, `ConcurrencyLimit` | no | the vendor's own answer, made by [`Gate::answer`] |
//! | `HangThenInvalidLogin` | no | the same, after the hang |
//! | `Garbage` | no | a 200 that is no JSON |
//! | `Latency` | yes, after the delay, also for a client that has gone | the answer |
//! | `Reset` | no | the connection closed |
//! | `AnswerLost` | yes | the connection closed |
//! | `LandsLater` | yes, after the delay | the connection closed at once |
//!
//! While a request runs whose answer nobody gets, [`fate`] says so; the ledger notes it. It is a
//! task-local, so a handler must append to the ledger in its own task, not in a spawned one.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::faults::{Fault, Faults};
use crate::ledger::Vendor;

/// Largest request body that is read, in bytes.
const BODY_LIMIT: usize = 16 * 1024 * 1024;

tokio::task_local! {
    static FATE: &'static str;
}

/// `answer lost` or `landed late` while such a request is being executed.
pub fn fate() -> Option<&'static str> {
    FATE.try_with(|fate| *fate).ok()
}

/// Names the operation that a request asks for.
pub type Name = Arc<dyn Fn(&Parts, &Bytes) -> String + Send + Sync>;

/// Makes the vendor's own answer to a request that a fault refuses.
pub type Answer = Arc<dyn Fn(&Fault, &Parts, &Bytes) -> Response + Send + Sync>;

/// What [`apply`] has to know about a vendor.
#[derive(Clone)]
pub struct Gate {
    /// Whose requests these are.
    pub vendor: Vendor,
    /// The rules to draw from.
    pub faults: Faults,
    /// Names the operation, as the fault rules call it.
    pub name: Name,
    /// Answers for `Status`, `Throttle`, `ConcurrencyLimit` and `HangThenInvalidLogin`.
    pub answer: Answer,
}

/// Puts the vendor's router behind its faults.
pub fn apply(router: Router, gate: Gate) -> Router {
    router.layer(middleware::from_fn_with_state(gate, strike))
}

/// Marks a response that must not be sent: the connection is closed instead.
#[derive(Clone, Copy)]
struct Cut;

fn cut() -> Response {
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.extensions_mut().insert(Cut);
    response
}

async fn strike(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let body = match axum::body::to_bytes(body, BODY_LIMIT).await {
        Ok(body) => body,
        Err(_) => return StatusCode::PAYLOAD_TOO_LARGE.into_response(),
    };
    let operation = (gate.name)(&parts, &body);
    let Some(fault) = gate.faults.draw(gate.vendor, &operation) else {
        return next.run(Request::from_parts(parts, Body::from(body))).await;
    };
    tracing::debug!(vendor = ?gate.vendor, operation, ?fault, "fault strikes");
    match fault {
        Fault::Status { .. } | Fault::Throttle | Fault::ConcurrencyLimit { .. } => (gate.answer)(&fault, &parts, &body),
        Fault::HangThenInvalidLogin { millis } => {
            tokio::time::sleep(Duration::from_millis(millis)).await;
            (gate.answer)(&fault, &parts, &body)
        }
        Fault::Garbage => (StatusCode::OK, "<html><body>upstream error</body>").into_response(),
        Fault::Reset => cut(),
        Fault::Latency { millis } => {
            let request = Request::from_parts(parts, Body::from(body));
            // A vendor does what it has begun, also when nobody waits for the answer any more.
            let done = tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(millis)).await;
                next.run(request).await
            });
            done.await.unwrap_or_else(|_| cut())
        }
        Fault::AnswerLost => {
            let request = Request::from_parts(parts, Body::from(body));
            FATE.scope("answer lost", next.run(request)).await;
            cut()
        }
        Fault::LandsLater { millis } => {
            let request = Request::from_parts(parts, Body::from(body));
            tokio::spawn(FATE.scope("landed late", async move {
                tokio::time::sleep(Duration::from_millis(millis)).await;
                next.run(request).await;
            }));
            cut()
        }
    }
}

/// Accepts connections until `stop` is cancelled; open connections are then closed.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return,
        };
        match accepted {
            Ok((stream, _)) => {
                let connection = connection(stream, router.clone());
                let stop = stop.clone();
                tokio::spawn(async move {
                    tokio::select! {
                        () = connection => {}
                        () = stop.cancelled() => {}
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "could not accept a connection");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, router: Router) {
    // Without it small answers wait for the client's delayed acknowledgement.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "could not set TCP_NODELAY");
    }
    let service = hyper::service::service_fn(move |request: http::Request<hyper::body::Incoming>| {
        let router = router.clone();
        async move {
            let response = router.oneshot(request.map(Body::new)).await.unwrap_or_else(|never| match never {});
            // An error from the service is the one thing that makes hyper close without a word.
            match response.extensions().get::<Cut>() {
                Some(Cut) => Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)),
                None => Ok(response),
            }
        }
    });
    let served = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    if let Err(error) = served {
        tracing::debug!(%error, "connection ended");
    }
}
