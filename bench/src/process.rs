//! A process of the product, and what Linux knows about it.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, anyhow, bail};
use tokio::process::{Child, Command};

/// A process that takes longer to be ready is stuck.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// A child that ends with this program.
pub(crate) struct Process {
    name: &'static str,
    child: Child,
    log: PathBuf,
    /// Its process id.
    pub(crate) pid: u32,
}

impl Process {
    /// Starts a program. What it prints and logs goes to a file in `directory`.
    pub(crate) fn start(
        name: &'static str,
        program: &Path,
        arguments: &[String],
        variables: &[(&str, String)],
        directory: &Path,
    ) -> anyhow::Result<Self> {
        let log = directory.join(format!("{name}.log"));
        let mut command = Command::new(program);
        command.args(arguments).envs(variables.iter().map(|(k, v)| (k, v))).kill_on_drop(true);
        let output = File::create(&log)?;
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        let child = command.spawn().with_context(|| format!("{} cannot be started", program.display()))?;
        let pid = child.id().with_context(|| format!("{name} has ended at once"))?;
        Ok(Self { name, child, log, pid })
    }

    /// Waits for a whole line with this beginning, and returns its rest.
    pub(crate) async fn says(&mut self, beginning: &str) -> anyhow::Result<String> {
        let deadline = Instant::now() + READY_WITHIN;
        loop {
            let text = std::fs::read_to_string(&self.log)?;
            let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
            if let Some(rest) = whole.filter_map(|line| line.strip_prefix(beginning)).next() {
                return Ok(rest.trim().to_owned());
            }
            self.wait_a_little(deadline).await?;
        }
    }

    /// Waits until `GET url` is a 200.
    pub(crate) async fn ready(&mut self, http: &reqwest::Client, url: &str) -> anyhow::Result<()> {
        let deadline = Instant::now() + READY_WITHIN;
        while !http.get(url).send().await.is_ok_and(|answer| answer.status().is_success()) {
            self.wait_a_little(deadline).await?;
        }
        Ok(())
    }

    async fn wait_a_little(&mut self, deadline: Instant) -> anyhow::Result<()> {
        self.alive()?;
        if Instant::now() > deadline {
            bail!("{} is not ready within {READY_WITHIN:?}: {}", self.name, self.last_words());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        Ok(())
    }

    /// An error when it has ended.
    pub(crate) fn alive(&mut self) -> anyhow::Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => Err(anyhow!("{} has ended ({status}): {}", self.name, self.last_words())),
        }
    }

    /// Ends it and waits for its end.
    pub(crate) async fn stop(&mut self) -> anyhow::Result<()> {
        self.child.kill().await.with_context(|| format!("{} cannot be stopped", self.name))
    }

    /// The end of its log.
    pub(crate) fn last_words(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(10)..].join("\n")
    }
}

/// Reads CPU times, which Linux counts in ticks.
#[derive(Clone, Copy)]
pub(crate) struct Clock {
    ticks_a_second: f64,
}

impl Clock {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let output = std::process::Command::new("getconf").arg("CLK_TCK").output().context("getconf CLK_TCK")?;
        let ticks_a_second = String::from_utf8_lossy(&output.stdout).trim().parse().context("getconf CLK_TCK")?;
        Ok(Self { ticks_a_second })
    }

    /// CPU seconds, user and system, of all threads of a process, ended ones too.
    pub(crate) fn cpu_seconds(self, pid: u32) -> anyhow::Result<f64> {
        let stat = read(pid, "stat")?;
        Ok(ticks(&stat).with_context(|| format!("/proc/{pid}/stat cannot be understood"))? / self.ticks_a_second)
    }
}

/// `utime` + `stime`: fields 14 and 15; the name before them may hold blanks and brackets.
fn ticks(stat: &str) -> Option<f64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    Some(fields.next()?.parse::<f64>().ok()? + fields.next()?.parse::<f64>().ok()?)
}

/// Resident memory in MB (10⁶ bytes): now, and at most so far.
pub(crate) fn memory(pid: u32) -> anyhow::Result<(f64, f64)> {
    let status = read(pid, "status")?;
    let of = |field: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        let kib = line.and_then(|rest| rest.split_whitespace().next()).and_then(|n| n.parse::<f64>().ok());
        kib.map(|kib| kib * 1024.0 / 1e6).with_context(|| format!("no {field} in /proc/{pid}/status"))
    };
    Ok((of("VmRSS:")?, of("VmHWM:")?))
}

fn read(pid: u32, file: &str) -> anyhow::Result<String> {
    let path = format!("/proc/{pid}/{file}");
    std::fs::read_to_string(&path).with_context(|| format!("{path} cannot be read; has the process ended?"))
}

/// The dev server's own process, not the shell that watches over it.
pub(crate) fn dev_server(address: &str) -> anyhow::Result<u32> {
    let port = address.rsplit(':').next().unwrap_or_default();
    for entry in std::fs::read_dir("/proc").context("/proc cannot be read; the benchmark needs Linux")? {
        let entry = entry?;
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // A process that has just ended has no command line any more.
        let line = std::fs::read_to_string(entry.path().join("cmdline")).unwrap_or_default();
        let arguments: Vec<&str> = line.split('\0').collect();
        let is_server = arguments.get(1..3) == Some(&["server", "start-dev"]);
        if is_server && arguments.windows(2).any(|pair| pair == ["--port", port]) {
            return Ok(pid);
        }
    }
    bail!("the process of the temporal server at {address} is not found in /proc")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_found_behind_any_name() {
        let stat = "42 (a ) b) S 1 42 42 0 -1 4194560 900 0 0 0 31 12 0 0 20 0 9 0 5 6 7 18446744073709551615";
        assert_eq!(ticks(stat).map(|n| n.round() as u64), Some(43));
        assert_eq!(ticks("nonsense"), None);
    }

    #[test]
    fn this_process_has_memory_and_time() {
        let pid = std::process::id();
        let (now, most) = memory(pid).unwrap();
        assert!(now > 0.1 && now <= most);
        assert!(Clock::new().unwrap().cpu_seconds(pid).unwrap() >= 0.0);
    }
}
