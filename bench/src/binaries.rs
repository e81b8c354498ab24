//! The product's binaries: those of the same profile as this benchmark, built when they are missing or old.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, bail};

const NAMES: [&str; 3] = ["connector", "agent", "sandbox"];

/// Where the product's binaries are.
#[derive(Clone)]
pub(crate) struct Binaries {
    directory: PathBuf,
    /// `release`, `debug`, or `as given`.
    pub(crate) profile: String,
}

impl Binaries {
    /// Those in `given`; otherwise cargo decides what has to be built.
    pub(crate) fn obtain(given: Option<&Path>) -> anyhow::Result<Self> {
        let binaries = match given {
            Some(directory) => Self { directory: directory.to_owned(), profile: "as given".to_owned() },
            None => Self::build()?,
        };
        for name in NAMES {
            let path = binaries.path(name);
            if !path.is_file() {
                bail!("there is no {}; build it, or leave --binaries out", path.display());
            }
        }
        Ok(binaries)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// This program is `target/<profile>/deps/orders-<hash>`, and its neighbours are `target/<profile>/<binary>`.
    fn build() -> anyhow::Result<Self> {
        let program = std::env::current_exe()?;
        let directory = program.ancestors().nth(2).context("this program is not in a target directory")?;
        let target = directory.parent().context("this program is not in a target directory")?;
        let name = directory.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        let profile = if name == "debug" { "dev" } else { name };
        eprintln!("building connector, agent and sandbox with the profile {profile}");
        let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            // This package, too, so that cargo chooses the same features and compiles nothing twice.
            .args(["build", "--bins", "-p", "bench", "-p", "connector", "-p", "worker", "-p", "sandbox", "--profile"])
            .arg(profile)
            .arg("--target-dir")
            .arg(target)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status()
            .context("cargo cannot be started")?;
        if !status.success() {
            bail!("the product's binaries cannot be built");
        }
        Ok(Self { directory: directory.to_owned(), profile: name.to_owned() })
    }
}
