//! A bare HTTP client asks what a sync has asked, of fresh vendors with the same catalogue and as many at once. It knows
//! nothing: no reading, no comparing, no retrying. Nobody can be faster.

use std::{
    future::ready,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::Value;
use url::Url;

use super::{
    recorder::Recorded,
    site::{Limits, Vendors},
};
use crate::binaries::Binaries;

/// Requests at once: the part of 50 permits that a sync holds by default.
pub(super) const AT_ONCE: usize = 25;
/// A bulk operation that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(300);
/// How a mutation's answer says no.
const REFUSAL: &[u8] = b"\"userErrors\":[{";
/// Between two looks at a bulk operation.
const LOOK: Duration = Duration::from_millis(5);

/// What it took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Floor {
    pub(super) seconds: f64,
    pub(super) requests: usize,
}

struct Bare {
    http: reqwest::Client,
    shopify: (Url, String),
    netsuite: (Url, String),
}

/// Starts fresh vendors and asks them.
pub(super) async fn measure(
    binaries: &Binaries,
    directory: &Path,
    catalogue: (u32, u32),
    recorded: Vec<Recorded>,
) -> anyhow::Result<Floor> {
    let vendors = Vendors::start(binaries, directory, catalogue, Limits::None).await?;
    let told = vendors.credentials().await?;
    let text = |pointer: &str| {
        let found = told.pointer(pointer).and_then(Value::as_str);
        found.map(str::to_owned).with_context(|| format!("the sandbox does not tell {pointer}"))
    };
    let bare = Bare {
        http: reqwest::Client::new(),
        shopify: (text("/shopify/baseUrl")?.parse()?, text("/shopify/credentials/accessToken")?),
        netsuite: (text("/netsuite/baseUrl")?.parse()?, text("/netsuite/credentials/accessToken")?),
    };
    let requests = recorded.len();
    let begun = Instant::now();
    // In the order in which they were asked: reads of one vendor, then of the other, then the writes.
    for phase in recorded.chunk_by(|one, next| (one.vendor, Step::of(one)) == (next.vendor, Step::of(next))) {
        let plain = if Step::of(&phase[0]) == Step::Look { &phase[1..] } else { phase };
        stream::iter(plain).map(|one| bare.send(one)).buffer_unordered(AT_ONCE).try_for_each(|_| ready(Ok(()))).await?;
        if plain.len() < phase.len() {
            bare.read_file(&phase[0]).await?;
        }
    }
    Ok(Floor { seconds: begun.elapsed().as_secs_f64(), requests })
}

impl Bare {
    /// Looks at a bulk operation until its file is there, and reads that.
    async fn read_file(&self, look: &Recorded) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer: Value = serde_json::from_slice(&self.send(look).await?)?;
            let operation = &answer["data"]["bulkOperation"];
            if let Some(url) = operation["url"].as_str() {
                self.http.get(url).send().await?.error_for_status()?.bytes().await?;
                return Ok(());
            }
            let under_way = operation["status"].as_str().is_some_and(|status| status != "FAILED");
            if !under_way || Instant::now() > deadline {
                bail!("the recorded bulk operation gives no file: {operation}");
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn send(&self, recorded: &Recorded) -> anyhow::Result<Vec<u8>> {
        let Recorded { vendor, method, path, headers, body } = recorded;
        let (url, token) = if *vendor == "shopify" { &self.shopify } else { &self.netsuite };
        let request = self.http.request(method.clone(), url.join(path)?).headers(headers.clone()).body(body.clone());
        let request = match *vendor {
            "shopify" => request.header("x-shopify-access-token", token),
            _ => request.bearer_auth(token),
        };
        let answer = request.send().await?;
        let status = answer.status();
        let body = answer.bytes().await?;
        if !status.is_success() {
            bail!("{vendor} answers {path} of the recording with {status}: {}", String::from_utf8_lossy(&body));
        }
        if refused(&body) {
            bail!("{vendor} refuses a request of the recording: {}", String::from_utf8_lossy(&body));
        }
        Ok(body.to_vec())
    }
}

/// Whether a 200 of Shopify's says no: a refusal costs less than what was asked for.
fn refused(body: &[u8]) -> bool {
    body.starts_with(b"{\"errors\"") || body.windows(REFUSAL.len()).any(|part| part == REFUSAL)
}

/// What must not be asked at once with what follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Begins a bulk operation.
    Begin,
    /// Asks how far it is; such requests in a row end with its file.
    Look,
    /// Anything else.
    Any,
}

impl Step {
    fn of(recorded: &Recorded) -> Self {
        let has = |name: &[u8]| recorded.body.windows(name.len()).any(|part| part == name);
        match recorded.vendor {
            "shopify" if has(b"bulkOperationRunQuery(") => Self::Begin,
            "shopify" if has(b"bulkOperation(") => Self::Look,
            _ => Self::Any,
        }
    }
}
