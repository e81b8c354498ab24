//! A bare HTTP client asks what a sync has asked, of fresh vendors with the same catalogue and as many at once. It knows
//! nothing: no reading, no comparing, no retrying. Nobody can be faster.

use std::{
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
    let phases: Vec<Vec<Recorded>> =
        recorded.chunk_by(|one, next| one.vendor == next.vendor).map(<[Recorded]>::to_vec).collect();
    for phase in phases {
        stream::iter(phase).map(|one| bare.ask(one)).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
    }
    Ok(Floor { seconds: begun.elapsed().as_secs_f64(), requests })
}

impl Bare {
    async fn ask(&self, recorded: Recorded) -> anyhow::Result<()> {
        if !is_look(&recorded) {
            return self.send(&recorded).await.map(drop);
        }
        // The answer holds the address of a file, once there is one; a sync reads it.
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer: Value = serde_json::from_slice(&self.send(&recorded).await?)?;
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
        Ok(body.to_vec())
    }
}

/// Whether it asks how far a bulk operation is. The last of a row of looks reads the file; they are one here.
fn is_look(recorded: &Recorded) -> bool {
    let text = String::from_utf8_lossy(&recorded.body);
    recorded.vendor == "shopify" && text.contains("bulkOperation(")
}
