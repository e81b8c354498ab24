//! The server itself: an external one, or a dev server of our own.

use std::{
    net::TcpListener,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use tokio::sync::OnceCell;

use crate::{IndexedValueType, binary, connect, watchdog::Watched};

/// A dev server is ready after 2 to 5 seconds; a machine that is compiling at the same time needs more.
const READY_WITHIN: Duration = Duration::from_secs(90);

/// What the dev server needs to be told, each measured:
/// * it has one shard, and a shard reads its transfer queue 20 times a second: every hop waits up to 50 ms;
/// * with four partitions a task may sit for 2 s after a failed workflow task;
/// * visibility lags by up to 1.2 s, with its limit lifted by 11 ms.
const DYNAMIC_CONFIG: [&str; 4] = [
    "history.transferProcessorMaxPollRPS=2000",
    "history.visibilityProcessorMaxPollRPS=2000",
    "matching.numTaskqueueReadPartitions=1",
    "matching.numTaskqueueWritePartitions=1",
];

/// How to start a dev server; the default is a headless one in memory on a free port. An external server
/// (`TEMPORAL_ADDRESS`) is taken as it is.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The port of the gRPC frontend; 0 is any free one.
    pub port: u16,
    /// The port of the web UI, 0 for any free one; `None` starts no UI.
    pub ui_port: Option<u16>,
    /// A SQLite file that keeps runs over a restart. Three times slower than in memory, the default.
    pub db_filename: Option<PathBuf>,
    /// Search attributes of the namespace `default`, registered before the server answers.
    pub search_attributes: Vec<(String, IndexedValueType)>,
}

/// A server that answers. One that this process started is killed when the value is dropped or the process
/// ends; an external one is left alone.
#[derive(Debug)]
pub struct Server {
    address: String,
    ui_url: Option<String>,
    cli: Option<PathBuf>,
    process: Option<Watched>,
}

/// Finds or starts a server and waits until it answers. `progress` is told, in whole sentences without a line
/// end, what takes long: a download, a build of minutes, the start.
///
/// # Errors
/// `TEMPORAL_ADDRESS` is set and nothing answers there; no binary can be found or installed (the message says
/// what to do); the server does not come up (the message holds what it wrote).
pub async fn obtain(options: &Options, progress: impl Fn(&str)) -> anyhow::Result<Server> {
    if let Some(address) = std::env::var("TEMPORAL_ADDRESS").ok().filter(|address| !address.is_empty()) {
        connect(&address, "default").await.context("TEMPORAL_ADDRESS: correct it or unset it")?;
        progress(&format!("using the temporal server at {address} (TEMPORAL_ADDRESS)"));
        return Ok(Server { address, ui_url: None, cli: None, process: None });
    }
    let binary = binary::obtain(&progress).await?;
    progress(&format!("starting {} as a dev server", binary.display()));
    // Between choosing a free port and the server's taking it, another process may take it.
    let attempts = if options.port == 0 { 3 } else { 1 };
    let mut result = start(&binary, options).await;
    for _ in 1..attempts {
        if result.is_ok() {
            break;
        }
        result = start(&binary, options).await;
    }
    result
}

async fn start(binary: &std::path::Path, options: &Options) -> anyhow::Result<Server> {
    let port = free_port(options.port)?;
    let ui_port = options.ui_port.map(free_port).transpose()?;
    let mut process =
        Watched::start(binary, &arguments(options, port, ui_port)).context("could not start the temporal server")?;
    let address = format!("127.0.0.1:{port}");
    let deadline = Instant::now() + READY_WITHIN;
    while connect(&address, "default").await.is_err() {
        if process.has_ended()? {
            bail!("the temporal server {} ended while starting: {}", binary.display(), process.errors());
        }
        if Instant::now() > deadline {
            bail!(
                "the temporal server {} did not answer within {READY_WITHIN:?}: {}",
                binary.display(),
                process.errors()
            );
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // Another process may have taken the port first, and it was that one's server that answered.
    if process.has_ended()? {
        bail!("the temporal server {} ended while starting: {}", binary.display(), process.errors());
    }
    let ui_url = ui_port.map(|port| format!("http://127.0.0.1:{port}"));
    Ok(Server { address, ui_url, cli: Some(binary.to_owned()), process: Some(process) })
}

fn arguments(options: &Options, port: u16, ui_port: Option<u16>) -> Vec<String> {
    let mut arguments: Vec<String> =
        ["server", "start-dev", "--ip", "127.0.0.1", "--log-level", "error", "--port"].map(String::from).into();
    arguments.push(port.to_string());
    match ui_port {
        Some(port) => arguments.extend(["--ui-port".to_owned(), port.to_string()]),
        None => arguments.push("--headless".to_owned()),
    }
    if let Some(file) = &options.db_filename {
        arguments.extend(["--db-filename".to_owned(), file.display().to_string()]);
    }
    for setting in DYNAMIC_CONFIG {
        arguments.extend(["--dynamic-config-value".to_owned(), setting.to_owned()]);
    }
    for (name, kind) in &options.search_attributes {
        // The command line's names of the kinds (`KeywordList`) are those of the enum's variants.
        arguments.extend(["--search-attribute".to_owned(), format!("{name}={kind:?}")]);
    }
    arguments
}

fn free_port(wanted: u16) -> anyhow::Result<u16> {
    if wanted != 0 {
        return Ok(wanted);
    }
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port")?;
    Ok(listener.local_addr()?.port())
}

impl Server {
    /// The one server of this process, started at the first call, headless, without search attributes: tests
    /// make a namespace each. It is killed when the process ends.
    ///
    /// # Errors
    /// As [`obtain`]; a later call tries again.
    pub async fn shared() -> anyhow::Result<&'static Server> {
        static SHARED: OnceCell<Server> = OnceCell::const_new();
        SHARED.get_or_try_init(|| async { obtain(&Options::default(), |line| eprintln!("{line}")).await }).await
    }

    /// `host:port` of the frontend, or what `TEMPORAL_ADDRESS` says; as `connect` and `TEMPORAL_ADDRESS` take it.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The address of the web UI; `None` for a headless server and for an external one.
    pub fn ui_url(&self) -> Option<&str> {
        self.ui_url.as_deref()
    }

    /// The `temporal` binary that runs as this server, which is a command line as well; `None` for an external server.
    pub fn cli(&self) -> Option<&std::path::Path> {
        self.cli.as_deref()
    }

    /// True for the server of `TEMPORAL_ADDRESS`, which other people may be using.
    pub fn is_external(&self) -> bool {
        self.process.is_none()
    }

    /// Kills a server of our own and waits until it is gone.
    ///
    /// # Errors
    /// The waiting task was cancelled, because the runtime is shutting down.
    pub async fn stop(self) -> anyhow::Result<()> {
        tokio::task::spawn_blocking(move || drop(self)).await.context("the temporal server may not have stopped yet")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_headless_in_memory_and_quick() {
        let line = arguments(&Options::default(), 7000, None).join(" ");
        assert!(
            line.starts_with("server start-dev --ip 127.0.0.1 --log-level error --port 7000 --headless --dynamic"),
            "{line}"
        );
        assert!(line.contains("--dynamic-config-value history.transferProcessorMaxPollRPS=2000"), "{line}");
        assert!(!line.contains("--db-filename"), "{line}");
    }

    #[test]
    fn everything_that_is_asked_for_is_passed_on() {
        let options = Options {
            db_filename: Some("runs.db".into()),
            search_attributes: vec![("Documents".to_owned(), IndexedValueType::KeywordList)],
            ..Options::default()
        };
        let line = arguments(&options, 7000, Some(8000)).join(" ");
        assert!(line.contains("--ui-port 8000 --db-filename runs.db"), "{line}");
        assert!(line.ends_with("--search-attribute Documents=KeywordList"), "{line}");
    }
}
