//! The consumers matrix: the packed package in a small project of every kind, and the README's table of what came of it.

use crate::browser::{CHROMIUM, Found};
use crate::build::pkg;
use crate::counts::{Counts, of_script};
use crate::project;
use crate::run::{Outcome, copy_all, npm, quiet, remove, root, step, target};
use crate::suites::{counted, node_24};
use std::path::{Path, PathBuf};

/// The projects as they are installed.
fn folder() -> PathBuf {
    target().join("consumers")
}

/// Installs the projects' tools and the packed package, and runs every row.
pub(crate) fn consumers(browser: &Found) -> Outcome<Counts> {
    step("npm tools of the consumers (once; some minutes), and the packed package", install)?;
    let mut command = node_24();
    command.arg(root().join("tests/consumers/run.mjs"));
    command.env("CONSUMERS", folder()).env("RESULTS", target().join("consumers.json"));
    command.envs(browser.browser.as_ref().map(|path| ("CHROME", path))).env("CHROME_OPTIONS", CHROMIUM.arguments());
    counted(&mut command, of_script)
}

/// A copy of the projects, with what an earlier run installed.
fn install() -> Outcome {
    let folder = folder();
    remove(&folder.join("runs"))?;
    if folder.exists() {
        clear(&folder)?;
    }
    copy_all(&root().join("tests/consumers"), &folder)?;
    let tarball = project::pack(&pkg(), &folder)?;
    let name = folder.join("cisco-support-case.tgz");
    std::fs::rename(&tarball, &name).map_err(|error| format!("{} cannot be renamed: {error}", tarball.display()))?;
    // The lock file names the tarball and not what is in it: npm would take an installed package for the one there.
    remove(&folder.join("node_modules/cisco-support-case"))?;
    quiet(npm(&folder).args(["install", "--no-audit", "--no-fund", "--loglevel=error"]))
        .map(drop)
        .map_err(|error| format!("{error}\nCheck the network, delete {}/node_modules and try again.", folder.display()))
}

/// Removes a folder's files, but for what npm has installed.
fn clear(folder: &Path) -> Outcome {
    let fail = |error: std::io::Error| format!("{} cannot be cleared: {error}", folder.display());
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        if entry.file_name() == "node_modules" {
            continue;
        }
        if entry.file_type().map_err(fail)?.is_dir() {
            clear(&entry.path())?;
        } else {
            std::fs::remove_file(entry.path()).map_err(fail)?;
        }
    }
    Ok(())
}
