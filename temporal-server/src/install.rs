//! Installs the `temporal` binary: the official download where it answers, else a build with Go.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, bail};
use serde::Deserialize;
use tokio::process::Command;

/// Temporal CLI, with server 1.29.1. The last version that `go install` can build.
pub(crate) const VERSION: &str = "1.5.1";

/// Where the download's description is found; the SDKs' own test environments use the same address.
const DOWNLOADS: &str = "https://temporal.download/cli";

/// Puts the binary at `binary`, which lies in `directory`. It appears there complete or not at all.
pub(crate) async fn into(directory: &Path, binary: &Path, progress: &impl Fn(&str)) -> anyhow::Result<()> {
    let work =
        tempfile::tempdir_in(directory).with_context(|| format!("could not write to {}", directory.display()))?;
    progress(&format!("no temporal binary found, downloading Temporal CLI {VERSION} into {}", directory.display()));
    let built = match download(DOWNLOADS, work.path()).await {
        Ok(path) => path,
        Err(error) => {
            progress(&format!("the download is not available ({error:#})"));
            build(work.path(), progress).await?
        }
    };
    std::fs::rename(&built, binary)
        .with_context(|| format!("could not move {} to {}", built.display(), binary.display()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Download {
    archive_url: String,
    file_to_extract: String,
}

async fn download(from: &str, work: &Path) -> anyhow::Result<PathBuf> {
    let platform = if std::env::consts::OS == "macos" { "darwin" } else { std::env::consts::OS };
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => bail!("there is none for {other}"),
    };
    // An error means that the process has chosen a provider already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(3))
        .read_timeout(Duration::from_secs(20))
        .build()?;
    let description: Download = http
        .get(format!("{from}/v{VERSION}"))
        .query(&[("arch", arch), ("platform", platform), ("format", "tar.gz")])
        .timeout(Duration::from_secs(5))
        .send()
        .await?
        .error_for_status()?
        .json()
        .await?;
    let archive = work.join("temporal.tar.gz");
    let mut file = std::fs::File::create(&archive)?;
    let mut answer = http.get(&description.archive_url).send().await?.error_for_status()?;
    while let Some(chunk) = answer.chunk().await? {
        file.write_all(&chunk)?;
    }
    // Every system that runs the watchdog's `sh` has a `tar`.
    let unpacked = Command::new("tar")
        .arg("-xzf")
        .arg(&archive)
        .arg("-C")
        .arg(work)
        .arg(&description.file_to_extract)
        .status()
        .await;
    if !unpacked.context("could not run tar")?.success() {
        bail!("{} could not be unpacked", description.archive_url);
    }
    Ok(work.join(description.file_to_extract))
}

async fn build(work: &Path, progress: &impl Fn(&str)) -> anyhow::Result<PathBuf> {
    let package = format!("github.com/temporalio/cli/cmd/temporal@v{VERSION}");
    progress(&format!("running `go install {package}`, once; it takes 3 to 4 minutes on two cores"));
    let output = Command::new("go")
        .arg("install")
        .arg(&package)
        .env("GOBIN", work)
        // A cross-compiling environment would put a binary for another machine elsewhere.
        .env_remove("GOOS")
        .env_remove("GOARCH")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .with_context(|| {
            "no Temporal server: install the temporal CLI (https://docs.temporal.io/cli), or Go so that it can be \
             built, or set TEMPORAL_CLI to a binary or TEMPORAL_ADDRESS to a running server"
        })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`go install {package}` failed, set TEMPORAL_CLI or TEMPORAL_ADDRESS instead: {}", said.trim());
    }
    Ok(work.join("temporal"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_download_that_does_not_answer_fails_fast() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let closed = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let work = tempfile::tempdir().unwrap();
        let attempt = tokio::time::timeout(Duration::from_secs(10), download(&closed, work.path())).await;
        assert!(attempt.unwrap().is_err());
    }
}
