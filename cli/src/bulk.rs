//! `stateset run --bulk`: one payload a line, many lines at once.

use std::{
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

use futures_util::{StreamExt, stream};
use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    Failure,
    api::{CallError, Connector, RunRequest, StartStatus, Started},
    payload,
    run::RunArgs,
};

const ATTEMPTS: u32 = 5;
const LONGEST_WAIT: Duration = Duration::from_secs(30);

#[derive(Clone, Copy)]
struct Line<'a> {
    number: usize,
    text: &'a str,
}

struct FailedLine<'a> {
    line: Line<'a>,
    reason: String,
}

#[derive(Default)]
struct Summary<'a> {
    started: usize,
    running: usize,
    done: usize,
    failed: Vec<FailedLine<'a>>,
}

/// Starts a run for each line of `file`. Ids go to `out` as they come, the summary to `err`; failed lines go to
/// `<file>.failed.jsonl`, which is removed when there are none.
///
/// # Errors
/// `Usage`: the file cannot be read or is empty. `Connector`: the rest was given up, because the connector is
/// away or does not accept the token. `Run`: some lines failed.
pub async fn run(
    args: &RunArgs,
    file: &Path,
    connector: &Connector,
    out: &mut impl Write,
    err: &mut impl Write,
) -> Result<(), Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure::Usage(format!("{}: {error}", file.display())))?;
    let numbered = text.lines().enumerate().map(|(index, text)| Line { number: index + 1, text });
    let lines: Vec<Line<'_>> = numbered.filter(|line| !line.text.trim().is_empty()).collect();
    if lines.is_empty() {
        return Err(Failure::Usage(format!("{}: no payload in it", file.display())));
    }
    let bar = progress_bar(lines.len());
    let mut summary = Summary::default();
    let sends =
        stream::iter(lines.iter().copied()).map(|line| async move { (line, send(args, line, connector).await) });
    let mut answers = sends.buffer_unordered(args.concurrency.into());
    let mut given_up = None;
    while let Some((line, answer)) = answers.next().await {
        match answer {
            Ok(started) => {
                bar.suspend(|| writeln!(out, "{}", started.workflow_id))?;
                summary.count(started.status);
            }
            Err(CallError::Refused(reason)) => summary.failed.push(FailedLine { line, reason }),
            // What stops one line stops them all.
            Err(error) => {
                given_up = Some(error);
                break;
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    out.flush()?;
    summary.failed.sort_by_key(|failed| failed.line.number);
    summary.write(lines.len(), err)?;
    if let Some(error) = given_up {
        let message = format!("{error}; run the same command again to go on, what has been started is not repeated");
        return Err(Failure::Connector(message));
    }
    summary.keep_failed_lines(file)
}

async fn send(args: &RunArgs, line: Line<'_>, connector: &Connector) -> Result<Started, CallError> {
    let payload = payload::parse(line.text).map_err(CallError::Refused)?;
    let request = RunRequest { brand: args.brand.clone(), payload, start_at: args.at, rerun: args.rerun };
    let mut attempt = 1;
    loop {
        match connector.run(&args.connector, &request).await {
            Err(CallError::Unavailable { retry_after, .. }) if attempt < ATTEMPTS => {
                let wait = retry_after.unwrap_or(Duration::from_millis(500) * 2u32.pow(attempt - 1));
                tokio::time::sleep(wait.min(LONGEST_WAIT)).await;
                attempt += 1;
            }
            answer => return answer,
        }
    }
}

fn progress_bar(lines: usize) -> ProgressBar {
    let bar = ProgressBar::new(lines as u64);
    // A template that cannot be read is a defect; the bar then has indicatif's own looks.
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {per_sec}, {eta} left");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

impl Summary<'_> {
    fn count(&mut self, status: StartStatus) {
        match status {
            StartStatus::Started => self.started += 1,
            StartStatus::Running => self.running += 1,
            StartStatus::AlreadyDone => self.done += 1,
        }
    }

    fn write(&self, lines: usize, err: &mut impl Write) -> std::io::Result<()> {
        let Summary { started, running, done, failed } = self;
        let sum = started + running + done + failed.len();
        writeln!(
            err,
            "{sum} of {lines}: {started} started, {running} running already, {done} done already, {} failed",
            failed.len()
        )?;
        for FailedLine { line, reason } in failed {
            writeln!(err, "line {}: {reason}", line.number)?;
        }
        Ok(())
    }

    fn keep_failed_lines(&self, file: &Path) -> Result<(), Failure> {
        let kept: PathBuf = file.with_extension("failed.jsonl");
        if self.failed.is_empty() {
            // One of an earlier attempt would be taken for this one's.
            return match std::fs::remove_file(&kept) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
                _ => Ok(()),
            };
        }
        let lines: String = self.failed.iter().map(|failed| format!("{}\n", failed.line.text)).collect();
        std::fs::write(&kept, lines)?;
        Err(Failure::Run(format!("{} lines failed; they are in {}", self.failed.len(), kept.display())))
    }
}
