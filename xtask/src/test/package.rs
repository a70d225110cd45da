//! The suites of the npm package as packed.

use super::lint::check;
use super::rust::CRATE;
use crate::browser::InstalledBrowser;
use crate::process::{
    self, cargo, file_name, files_in, node_24, root, run_captured, step, target, test_tool, test_tools_manifest,
};
use crate::test_output::{Counts, count_junit, count_node, count_node_in_turn, count_node_with, report_path};
use crate::{build, demo, installed_package, reference};
use anyhow::Result;
use std::path::{Path, PathBuf};
use xshell::{Cmd, Shell};

pub(super) fn types(sh: &Shell) -> Result<Counts> {
    Ok(compile(sh, &installed_package::with_tests(sh, "types")?)?.add(reference::check(sh)?))
}

/// Compiles each TypeScript configuration of a folder.
fn compile(sh: &Shell, folder: &Path) -> Result<Counts> {
    let paths = sh.read_dir(folder)?.into_iter();
    paths.filter(|path| file_name(path).starts_with("tsconfig.")).try_fold(Counts::default(), |counts, path| {
        let tsc = node_24(sh).arg(test_tool("typescript/bin/tsc")).arg("--project").arg(&path);
        Ok(counts.add(check(&file_name(&path), tsc)?))
    })
}

/// The test files of a folder and of the folders in it.
fn test_files(sh: &Shell, folder: &Path) -> Result<Vec<PathBuf>> {
    let files = files_in(sh, folder)?.into_iter().filter(|path| path.ends_with(".test.mjs"));
    Ok(files.map(|path| folder.join(path)).collect())
}

/// Separates files with the given names from others.
fn separated(files: Vec<PathBuf>, names: &[&str]) -> (Vec<PathBuf>, Vec<PathBuf>) {
    files.into_iter().partition(|path| names.contains(&file_name(path).trim_end_matches(".test.mjs")))
}

pub(super) fn node(sh: &Shell) -> Result<Counts> {
    let mut files = Vec::new();
    for folder in ["runtimes", "context", "panics"] {
        files.extend(test_files(sh, &installed_package::with_tests(sh, folder)?)?);
    }
    let measuring = ["client-loading", "client-tokens-and-limits", "oversized", "pure-functions"];
    let (measuring, others) = separated(files, &measuring);
    let (documents, lookups) = random_cases(sh)?;
    let _project = sh.push_dir(installed_package::project());
    let mut counts = Counts::default();
    for node in [process::node, node_24] {
        let node = || {
            let node = node(sh).env("DOCUMENTS", &documents).env("LOOKUPS", &lookups);
            // Public validators, which the packed package does not contain, and documents that they must accept.
            node.env("TOOLS", test_tools_manifest()).env("FIXTURES", root().join("tests/fixtures"))
        };
        counts = counts.add(count_node(sh, node(), &others)?);
        counts = counts.add(count_node_in_turn(sh, node(), &measuring)?);
    }
    Ok(counts)
}

/// Runs the store's tests in their own folder: they need tools that the project does not have.
pub(super) fn store(sh: &Shell) -> Result<Counts> {
    let files = test_files(sh, &root().join("tests/store-package"))?;
    // At its end, Node 20 waits for a compilation on another thread, which may wait for a garbage collection that nobody starts then
    // (https://github.com/nodejs/node/issues/54918). These tests end with a full heap, and hung in one of five runs.
    let oldest = process::node(sh).arg("--no-concurrent-recompilation");
    [oldest, node_24(sh)].into_iter().try_fold(Counts::default(), |counts, node| {
        Ok(counts.add(count_node(sh, node.env("PACKAGE", installed_package::package()), &files)?))
    })
}

/// Runs the tests of the command-line program in their own folder: they need a terminal, which the project does not have. What
/// depends on the version of Node is run in both.
pub(super) fn command_line(sh: &Shell) -> Result<Counts> {
    let files = test_files(sh, &root().join("tests/command-line"))?;
    let in_both = ["credentials", "help", "mcp-inspector", "mcp-protocol", "output"];
    let (again, _) = separated(files.clone(), &in_both);
    [(process::node(sh), &files), (node_24(sh), &again)].into_iter().try_fold(
        Counts::default(),
        |counts, (node, files)| {
            Ok(counts.add(count_node(sh, node.env("PROJECT", installed_package::project()), files)?))
        },
    )
}

/// Writes files of random documents with the native decoder's results, and of look-ups with the crate's results.
fn random_cases(sh: &Shell) -> Result<(PathBuf, PathBuf)> {
    let (documents, lookups) = (target().join("documents.jsonl"), target().join("lookups.jsonl"));
    let test = cargo(sh)
        .args(["test", "--locked"])
        .args(CRATE)
        .args(["--test", "native", "--", "--ignored", "--exact"])
        .args(["decoder_differential::documents_for_the_package_are_written"])
        .args(["lookups::cases_for_the_package_are_written"])
        .env("DOCUMENTS", &documents)
        .env("LOOKUPS", &lookups);
    step("random cases for the package", || run_captured(test))?;
    Ok((documents, lookups))
}

/// A Node with the tests' own tools, which the packed package does not contain, and without requests to the network.
fn worker_node(sh: &Shell) -> Cmd<'_> {
    node_24(sh)
        .env("TOOLS", test_tools_manifest())
        .env("WWW", root().join("www"))
        .env("WRANGLER_SEND_METRICS", "false")
        .env("CLOUDFLARE_CF_FETCH_ENABLED", "false")
}

pub(super) fn workerd(sh: &Shell) -> Result<Counts> {
    installed_package::with_tests(sh, "context")?;
    installed_package::with_tests(sh, "panics")?;
    let folder = installed_package::with_tests(sh, "workerd")?;
    let _folder = sh.push_dir(&folder);
    count_node(sh, worker_node(sh), &test_files(sh, &folder)?)
}

pub(super) fn gateway(sh: &Shell) -> Result<Counts> {
    let folder = installed_package::with_tests(sh, "gateway")?;
    // Most files wait for lifetimes and timeouts. Those that compute do not run at the same time as they, and there are no more of
    // them than processors. The quota under load is measured alone.
    let (computing, others) = separated(
        test_files(sh, &folder)?,
        &["copy-details", "copy-feed", "copy", "copy-limits", "copy-sync", "hour", "pages", "sync"],
    );
    let (measuring, waiting) = separated(others, &["tenants"]);
    let counts = {
        let _folder = sh.push_dir(&folder);
        let counts = count_node(sh, worker_node(sh), &waiting)?;
        let counts = counts.add(count_node_with(sh, worker_node(sh), "spec", 2, &computing)?);
        counts.add(count_node_in_turn(sh, worker_node(sh), &measuring)?)
    };
    let _folder = sh.push_dir(folder.join("plugin"));
    let report = report_path("vitest");
    let vitest = worker_node(sh)
        .arg(test_tool("vitest/vitest.mjs"))
        .args(["run", "--config", "vitest.config.mjs", "--reporter=default", "--reporter=junit"])
        .arg(format!("--outputFile.junit={}", report.display()));
    Ok(counts.add(count_junit(sh, vitest, &report)?))
}

/// Writes statements with the rows that they have in SQLite, and runs them in D1.
pub(super) fn copy(sh: &Shell) -> Result<Counts> {
    let statements = target().join("d1-statements.jsonl");
    let test = cargo(sh)
        .args(["test", "--locked"])
        .args(CRATE)
        .args(["--test", "copy", "--", "--ignored", "--exact"])
        .arg("d1_statements::statements_for_d1_are_written")
        .env("D1_STATEMENTS", &statements);
    step("statements for D1", || run_captured(test))?;
    let node = worker_node(sh).env("D1_STATEMENTS", &statements);
    count_node(sh, node, &test_files(sh, &root().join("tests/copy"))?)
}

pub(super) fn integrations(sh: &Shell, browser: &InstalledBrowser) -> Result<Counts> {
    let folder = installed_package::with_peers(sh, "integrations")?;
    let files = test_files(sh, &folder)?;
    let _folder = sh.push_dir(&folder);
    let mut counts = Counts::default();
    // The newest version of Mock Service Worker needs a newer Node than the package does.
    for (node, msw) in [(process::node(sh), "msw-2"), (node_24(sh), "msw")] {
        installed_package::link(sh, &folder, "msw", msw)?;
        let node = node.env("ROOT", root()).env("XTASK_HELP", crate::help());
        counts = counts.add(count_node(sh, node, &files)?);
    }
    // The tests have written the TypeScript examples into the folder.
    counts = counts.add(compile(sh, &folder)?);
    let report = report_path("playwright");
    let playwright = node_24(sh)
        .arg(test_tool("@playwright/test/cli.js"))
        .args(["test", "--reporter=list,junit"])
        .envs(browser.puppeteer_environment())
        .env("PLAYWRIGHT_JUNIT_OUTPUT_FILE", &report)
        .env("ROOT", root())
        .env("TOOLS", test_tools_manifest())
        .env("PORT", demo::free_port(0)?.to_string());
    Ok(counts.add(count_junit(sh, playwright, &report)?))
}

pub(super) fn publishing(sh: &Shell) -> Result<Counts> {
    let again = target().join("publishing");
    sh.remove_path(&again)?;
    build::assemble(sh, &again.join("pkg"))?;
    let second = installed_package::pack(sh, &again.join("pkg"), &again)?;
    let node = node_24(sh)
        .env("TARBALL", installed_package::tarball(sh)?)
        .env("TARBALL_AGAIN", second)
        .env("PROJECT", installed_package::project());
    count_node(sh, node, &test_files(sh, &root().join("tests/publishing"))?)
}

pub(super) fn size(sh: &Shell) -> Result<Counts> {
    let node = node_24(sh).env("PROJECT", installed_package::project());
    count_node(sh, node, &[root().join("tests/size/entries.test.mjs")])
}
