//! The consumers matrix: the packed package in a small project of every kind, and the tables of the results in the guide and the package's README.

use crate::browser::InstalledBrowser;
use crate::build::pkg;
use crate::guide;
use crate::installed_package;
use crate::process::{copy_folder, node_24, npm, root, run_captured, step, target};
use crate::test_output::{Counts, count_junit, count_node, report_path};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use xshell::Shell;

/// The folder of the installed projects.
fn projects() -> PathBuf {
    target().join("consumers")
}

/// The path of a result file: `json` contains the result of each row, `md` the table.
fn results(extension: &str) -> PathBuf {
    target().join("consumers").with_extension(extension)
}

/// Installs the projects' tools and the packed package, and runs every row.
pub(crate) fn consumers(sh: &Shell, browser: &InstalledBrowser) -> Result<Counts> {
    step("npm tools of the consumers (once; some minutes), and the packed package", || install(sh))?;
    let node =
        node_24(sh).env("CONSUMERS", projects()).env("RESULTS", results("")).envs(browser.puppeteer_environment());
    let counts = count_node(sh, node, &[root().join("tests/consumers/matrix.test.mjs")])?.add(scenarios(sh)?);
    if counts.failed > 0 {
        println!("the tables in the guide and the package's README are not updated");
        return Ok(counts);
    }
    let table = sh.read_file(results("md"))?;
    let pages = ["www/guide/environments.md", "pkg-template/README.md"];
    pages.into_iter().try_fold(counts, |counts, page| {
        Ok(counts.add(Counts::one(&format!("the table in {page} is this run's"), is_up_to_date(sh, page, &table)?)))
    })
}

/// Runs the scenarios that the other suites run in Node and workerd, in Deno and Bun.
fn scenarios(sh: &Shell) -> Result<Counts> {
    let mut counts = Counts::default();
    for scenario in ["context", "panics"] {
        let folder = projects().join(scenario);
        copy_folder(sh, &root().join("tests").join(scenario), &folder)?;
        let file = folder.join(scenario).with_extension("test.mjs");
        let report = report_path(scenario);
        let runtime = |name: &str| sh.cmd(projects().join("node_modules/.bin").join(name)).arg("test");
        let deno = runtime("deno").args(["--no-check", "--allow-all", &format!("--junit-path={}", report.display())]);
        let bun = runtime("bun").args(["--reporter=junit", &format!("--reporter-outfile={}", report.display())]);
        for command in [deno, bun] {
            let _projects = sh.push_dir(projects());
            counts = counts.add(count_junit(sh, command.arg(&file), &report)?);
        }
    }
    Ok(counts)
}

/// Whether a page contains the run's table. A page with another one is rewritten, and counts as one failure.
fn is_up_to_date(sh: &Shell, page: &str, table: &str) -> Result<bool> {
    let path = root().join(page);
    let text = sh.read_file(&path)?;
    let new = guide::replaced(&text, "consumers", "cargo xtask test consumers", table).context(page.to_owned())?;
    if new == text {
        println!("ok {page} contains this run's table");
        return Ok(true);
    }
    sh.write_file(&path, new)?;
    println!("FAILED {page} did not contain this run's table. It was rewritten: review and commit it");
    Ok(false)
}

/// Installs the packed package in a copy of the projects, with the tools that an earlier run installed.
fn install(sh: &Shell) -> Result<()> {
    let projects = projects();
    sh.remove_path(projects.join("runs"))?;
    sh.create_dir(&projects)?;
    remove_files(sh, &projects)?;
    copy_folder(sh, &root().join("tests/consumers"), &projects)?;
    let tarball = installed_package::pack(sh, &pkg(), &projects)?;
    sh.copy_file(&tarball, projects.join("cisco-support-case.tgz"))?;
    sh.remove_path(tarball)?;
    // The lock file contains the tarball's name and not its checksum: npm would keep an installed package.
    sh.remove_path(projects.join("node_modules/cisco-support-case"))?;
    let _projects = sh.push_dir(&projects);
    run_captured(npm(sh).args(["install", "--no-audit", "--no-fund", "--loglevel=error"]))
        .with_context(|| format!("check the network, delete {}/node_modules and try again", projects.display()))?;
    Ok(())
}

/// Removes the files of a folder and of the folders in it, except in `node_modules`.
fn remove_files(sh: &Shell, folder: &Path) -> Result<()> {
    for path in sh.read_dir(folder)? {
        if !path.is_dir() {
            sh.remove_path(path)?;
        } else if !path.ends_with("node_modules") {
            remove_files(sh, &path)?;
        }
    }
    Ok(())
}
