//! The consumers matrix: the packed package in a small project of every kind, and the README's table of what came of it.

use crate::browser::Found;
use crate::build::pkg;
use crate::guide;
use crate::installed_package;
use crate::process::{Outcome, copy_all, npm, quiet, read_text, remove, root, step, target, write};
use crate::test::{counted, node_24};
use crate::test_output::{Counts, of_script};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The projects as they are installed.
fn folder() -> PathBuf {
    target().join("consumers")
}

/// What the run writes: with `json` what came of each row, with `md` the table.
fn results(extension: &str) -> PathBuf {
    target().join("consumers").with_extension(extension)
}

/// Installs the projects' tools and the packed package, and runs every row.
pub(crate) fn consumers(browser: &Found) -> Outcome<Counts> {
    step("npm tools of the consumers (once; some minutes), and the packed package", install)?;
    let mut command = node_24();
    command.arg(root().join("tests/consumers/run.mjs"));
    command.env("CONSUMERS", folder()).env("RESULTS", results(""));
    browser.drive_chromium(&mut command);
    let counts = counted(&mut command, of_script)?.add(scenarios()?);
    if counts.failed > 0 {
        println!("the tables in the READMEs are left as they are");
        return Ok(counts);
    }
    let table = read_text(&results("md"))?;
    let pages = ["README.md", "pkg-template/README.md"];
    pages.into_iter().try_fold(counts, |counts, page| {
        Ok(counts.add(Counts::one(&format!("the table in {page} is this run's"), says(page, &table)?)))
    })
}

/// The scenarios of the other suites, in the runtimes that are only here.
fn scenarios() -> Outcome<Counts> {
    const SCENARIOS: [(&str, &str); 2] = [("context", "contexts of calls"), ("panics", "panics of the module")];
    let mut counts = Counts::default();
    for (scenario, about) in SCENARIOS {
        let copy = folder().join(scenario);
        copy_all(&root().join("tests").join(scenario), &copy)?;
        for (name, args) in [("deno", ["run", "--allow-all"].as_slice()), ("bun", &["run"])] {
            println!("{about}, in {name}");
            let mut command = Command::new(folder().join("node_modules/.bin").join(name));
            command.args(args).arg(copy.join("run.mjs")).current_dir(folder());
            counts = counts.add(counted(&mut command, of_script)?);
        }
    }
    Ok(counts)
}

/// Whether a page has the run's table. One that has another is written anew, and counts as a failure once.
fn says(page: &str, table: &str) -> Outcome<bool> {
    let path = root().join(page);
    let text = read_text(&path)?;
    let written = guide::replaced(&text, "consumers", "cargo xtask test consumers", table)
        .map_err(|error| format!("{page}: {error}"))?;
    if written == text {
        println!("ok {page} says what this run does");
        return Ok(true);
    }
    write(&path, written)?;
    println!("FAILED {page} did not say what this run does. It does now: look at it, and commit it");
    Ok(false)
}

/// A copy of the projects, with what an earlier run installed.
fn install() -> Outcome {
    let folder = folder();
    remove(&folder.join("runs"))?;
    if folder.exists() {
        clear(&folder)?;
    }
    copy_all(&root().join("tests/consumers"), &folder)?;
    let tarball = installed_package::pack(&pkg(), &folder)?;
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
