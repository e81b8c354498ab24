//! On what it was measured.

use std::process::Command;

/// One line each: machine, compiler, commit, command.
pub(crate) fn description(profile: &str, bench: &str) -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let cpu = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".to_owned());
    let kib: f64 = field("/proc/meminfo", "MemTotal")
        .and_then(|text| text.split_whitespace().next()?.parse().ok())
        .unwrap_or_default();
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let commit = said("git", &["rev-parse", "--short=12", "HEAD"]);
    // Files that git does not know are none of the program.
    let changed = !said("git", &["status", "--porcelain", "--untracked-files=no"]).is_empty();
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let command = match arguments.is_empty() {
        true => format!("cargo bench -p bench --bench {bench}"),
        false => format!("cargo bench -p bench --bench {bench} -- {}", arguments.join(" ")),
    };
    format!(
        "* machine: {cores} cores ({cpu}), {:.0} GB memory, Linux {}\n* compiler: {}, profile {profile}\n* commit: {commit}{}\n* command: `{command}`\n",
        kib * 1024.0 / 1e9,
        kernel.trim(),
        said("rustc", &["--version"]),
        if changed { " with changes" } else { "" },
    )
}

fn field(file: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// What a program says; nothing if it is not there.
fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    output.map(|o| String::from_utf8_lossy(&o.stdout).trim().to_owned()).unwrap_or_default()
}
