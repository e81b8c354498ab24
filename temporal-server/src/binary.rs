//! Finds the `temporal` binary, or has it installed.

use std::{
    env,
    fs::File,
    fs::TryLockError,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

use crate::install;

/// The path of a usable `temporal` binary. `progress` hears about anything that takes longer than a moment.
pub(crate) async fn obtain(progress: &impl Fn(&str)) -> anyhow::Result<PathBuf> {
    if let Some(path) = env::var_os("TEMPORAL_CLI").filter(|value| !value.is_empty()) {
        return explicit(PathBuf::from(path));
    }
    if let Some(path) = env::var_os("PATH").and_then(|path| in_path(&path)) {
        return Ok(path);
    }
    cached(&cache_directory(), progress).await
}

/// A binary that somebody named must be there: going on with another one would hide the mistake.
fn explicit(path: PathBuf) -> anyhow::Result<PathBuf> {
    if !is_executable(&path) {
        bail!("TEMPORAL_CLI names {}, which is not an executable file: correct it or unset it", path.display());
    }
    Ok(path)
}

fn in_path(path: &std::ffi::OsStr) -> Option<PathBuf> {
    env::split_paths(path).map(|directory| directory.join("temporal")).find(|candidate| is_executable(candidate))
}

async fn cached(directory: &Path, progress: &impl Fn(&str)) -> anyhow::Result<PathBuf> {
    let binary = directory.join("temporal");
    if is_executable(&binary) {
        return Ok(binary);
    }
    std::fs::create_dir_all(directory).with_context(|| format!("could not create {}", directory.display()))?;
    let _lock = lock(&directory.join("lock"), progress).await?;
    // Whoever held the lock before may have installed it.
    if !is_executable(&binary) {
        install::into(directory, &binary, progress).await?;
    }
    Ok(binary)
}

/// The lock is released when the file is dropped, also when the process dies.
async fn lock(path: &Path, progress: &impl Fn(&str)) -> anyhow::Result<File> {
    let file = File::create(path).with_context(|| format!("could not create {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::WouldBlock) => progress("another process is installing the temporal server, waiting for it"),
        Err(TryLockError::Error(error)) => {
            return Err(error).with_context(|| format!("could not lock {}", path.display()));
        }
    }
    let locked = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await?;
    locked.with_context(|| format!("could not lock {}", path.display()))
}

/// One directory per version, so that a newer build of this crate never runs an older server by accident.
fn cache_directory() -> PathBuf {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("XDG_CACHE_HOME")
        .filter(|path| path.is_absolute())
        .or_else(|| set("HOME").map(|home| home.join(".cache")))
        .unwrap_or_else(env::temp_dir)
        .join("stateset")
        .join(format!("temporal-{}", install::VERSION))
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn executable(path: &Path) {
        std::fs::write(path, "#!/bin/sh\n").unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn a_named_binary_that_is_missing_is_an_error_that_names_it() {
        let error = explicit(PathBuf::from("/nowhere/temporal")).unwrap_err().to_string();
        assert!(error.contains("TEMPORAL_CLI names /nowhere/temporal"), "{error}");
    }

    #[test]
    fn the_path_is_searched_for_executables_only() {
        let (plain, good) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(plain.path().join("temporal"), "a note").unwrap();
        executable(&good.path().join("temporal"));
        let path = env::join_paths([plain.path(), good.path()]).unwrap();
        assert_eq!(in_path(&path), Some(good.path().join("temporal")));
    }

    #[tokio::test]
    async fn a_cached_binary_is_used_without_a_word() {
        let cache = tempfile::tempdir().unwrap();
        executable(&cache.path().join("temporal"));
        let found = cached(cache.path(), &|line: &str| panic!("{line}")).await.unwrap();
        assert_eq!(found, cache.path().join("temporal"));
    }

    #[tokio::test]
    async fn a_second_process_waits_for_the_first() {
        let cache = tempfile::tempdir().unwrap();
        let path = cache.path().join("lock");
        let first = std::sync::Mutex::new(Some(lock(&path, &|line: &str| panic!("{line}")).await.unwrap()));
        let said = std::sync::Mutex::new(String::new());
        let progress = |line: &str| {
            said.lock().unwrap().push_str(line);
            drop(first.lock().unwrap().take());
        };
        lock(&path, &progress).await.unwrap();
        assert!(said.lock().unwrap().contains("another process is installing"));
    }
}
