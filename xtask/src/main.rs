#![doc = include_str!("../README.md")]

mod slice;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use flate2::read::GzDecoder;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own chores")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Cut a full GraphQL schema down to the listed types
    SliceSchema {
        /// The published schema, plain or gzipped
        #[arg(long)]
        full: PathBuf,
        /// The list of what to keep
        #[arg(long, default_value = "schema/types.txt")]
        types: PathBuf,
        /// Where the slice is written
        #[arg(long)]
        out: PathBuf,
    },
}

fn main() -> Result<()> {
    match Arguments::parse().task {
        Task::SliceSchema { full, types, out } => slice_schema(&full, &types, &out),
    }
}

fn slice_schema(full: &Path, types: &Path, out: &Path) -> Result<()> {
    let keep = slice::Keep::parse(&read(types)?)?;
    let slice = slice::slice(&read(full)?, &keep)?;
    let header = "# Made by `cargo xtask slice-schema`; change schema/types.txt instead. See schema/README.md.\n\n";
    fs::write(out, format!("{header}{slice}")).with_context(|| format!("writing {}", out.display()))
}

fn read(path: &Path) -> Result<String> {
    let bytes = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    if path.extension().is_none_or(|extension| extension != "gz") {
        return String::from_utf8(bytes).with_context(|| format!("{} is not text", path.display()));
    }
    let mut text = String::new();
    GzDecoder::new(bytes.as_slice())
        .read_to_string(&mut text)
        .with_context(|| format!("unpacking {}", path.display()))?;
    Ok(text)
}
