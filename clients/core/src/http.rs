use std::error::Error as _;
use std::time::{Duration, Instant};

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use url::Url;

use crate::{BadSettings, Error, Result};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Shorter than the vendors' own patience with an idle connection: a request on one that they are just closing
/// looks like one that may have landed.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// Above every real answer (a full SuiteQL page is about 1 MB), below what would hurt a worker.
const LARGEST_ANSWER: usize = 32 * 1024 * 1024;
/// A file may take longer than an answer; each piece of it may not.
const LONGEST_DOWNLOAD: Duration = Duration::from_secs(6 * 60 * 60);
const USER_AGENT: &str = concat!("stateset/", env!("CARGO_PKG_VERSION"));

/// A connection pool to one vendor. Follows no redirect and repeats no request.
#[derive(Clone, Debug)]
pub struct Http {
    client: reqwest::Client,
    timeout: Duration,
}

/// A whole answer, whatever its status.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, unpacked.
    pub body: Vec<u8>,
    /// From sending the request to the end of the body.
    pub took: Duration,
}

/// A file on its way here.
#[derive(Debug)]
pub struct Download {
    /// The HTTP status; with any but 200 the body is not the file.
    pub status: u16,
    response: reqwest::Response,
    patience: Duration,
    operation: String,
}

impl Download {
    /// The next bytes, none at the end. `timeout` is for each of them; the whole may take as long as it takes.
    pub async fn chunk(&mut self) -> Result<Option<Vec<u8>>> {
        match tokio::time::timeout(self.patience, self.response.chunk()).await {
            Ok(chunk) => chunk
                .map(|bytes| bytes.map(Vec::from))
                .map_err(|error| unavailable(&error, &self.operation, self.patience)),
            Err(_) => Err(unavailable_after(&self.operation, self.patience)),
        }
    }
}

impl Http {
    /// A pool whose requests get `timeout` from first byte sent to last byte read.
    pub fn new(timeout: Duration) -> std::result::Result<Self, BadSettings> {
        // Refused when the process has chosen its provider already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(timeout)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .user_agent(USER_AGENT)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .build()
            .map_err(|error| BadSettings {
                field: "timeout",
                message: format!("no HTTP client can be made: {}", root_cause(&error)),
            })?;
        Ok(Self { client, timeout })
    }

    /// Starts a request; [`Http::send`] sends it.
    pub fn request(&self, method: Method, url: Url) -> RequestBuilder {
        self.client.request(method, url)
    }

    /// Sends the request once and reads the whole answer. `operation` names it in errors.
    pub async fn send(&self, request: RequestBuilder, operation: &str) -> Result<Answer> {
        let started = Instant::now();
        let failed = |error| unavailable(&error, operation, self.timeout);
        let mut response = request.send().await.map_err(failed)?;
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > LARGEST_ANSWER {
                return Err(Error::Unreadable {
                    path: "body".to_owned(),
                    detail: format!("{operation}: larger than {LARGEST_ANSWER} bytes"),
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, headers, body, took: started.elapsed() })
    }

    /// Sends the request once and leaves its body to be read in pieces, however long it is.
    pub async fn download(&self, request: RequestBuilder, operation: &str) -> Result<Download> {
        let answered = tokio::time::timeout(self.timeout, request.timeout(LONGEST_DOWNLOAD).send()).await;
        let response = match answered {
            Ok(response) => response.map_err(|error| unavailable(&error, operation, self.timeout))?,
            Err(_) => return Err(unavailable_after(operation, self.timeout)),
        };
        let status = response.status().as_u16();
        Ok(Download { status, response, patience: self.timeout, operation: operation.to_owned() })
    }
}

fn unavailable(error: &reqwest::Error, operation: &str, timeout: Duration) -> Error {
    // Only a connection that was never made is proof that nothing was sent.
    let sent = !(error.is_connect() || error.is_builder());
    if error.is_timeout() && sent {
        return unavailable_after(operation, timeout);
    }
    let what = if sent { "connection lost" } else { "no connection" };
    Error::Unavailable { detail: format!("{operation}: {what}: {}", root_cause(error)), sent }
}

fn unavailable_after(operation: &str, timeout: Duration) -> Error {
    Error::Unavailable { detail: format!("{operation}: no answer within {timeout:?}"), sent: true }
}

impl Answer {
    /// A header's value, where it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The wait of a `Retry-After` header in seconds, whole or not. Its date form is not in use by our vendors.
    pub fn retry_after(&self) -> Option<Duration> {
        let seconds = self.header("retry-after")?.trim().parse().ok()?;
        Duration::try_from_secs_f64(seconds).ok()
    }

    /// What the body is, without its content: for errors about an unexpected one.
    pub fn describe(&self) -> String {
        let kind = self.header("content-type").unwrap_or("no content type");
        format!("status {} with {} bytes ({kind})", self.status, self.body.len())
    }
}

/// The innermost cause: reqwest's own texts repeat the URL.
fn root_cause(error: &reqwest::Error) -> String {
    let Some(mut cause) = error.source() else {
        return "the request could not be built".to_owned();
    };
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
