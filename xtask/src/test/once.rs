//! Work that several suites of a run need, done once.

use crate::process::{skipped, target};
use anyhow::Result;
use std::path::PathBuf;
use xshell::Shell;

/// The folder of a run's files, which a run begins without.
pub(super) fn folder() -> PathBuf {
    target().join("suites")
}

/// Does work unless another suite of this run has done it.
pub(super) fn once(sh: &Shell, name: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    let stamp = folder().join(format!("{name}.done"));
    if stamp.exists() {
        skipped(name);
        return Ok(());
    }
    work()?;
    Ok(sh.write_file(stamp, "")?)
}
