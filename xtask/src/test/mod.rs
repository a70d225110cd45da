//! `test`: the test suites and their summary.
//!
//! | file | suites |
//! |---|---|
//! | `lint` | format, lint and documentation of all languages |
//! | `rust` | the crate, natively, in wasm and in workerd |
//! | `package` | the npm package as packed |
//! | `pages` | pages in browsers |
//!
//! `suites` is the table of all, `run` starts their processes, and `once` does work that several need.

mod lint;
mod once;
mod package;
mod pages;
pub(crate) mod run;
mod rust;
mod suites;

use crate::browser::{self, Browser, CHROMIUM, FIREFOX, WEBKIT};
use crate::process::root;
use crate::test_output::Counts;
use crate::{build, installed_package, setup};
use anyhow::{Result, bail};
use run::SuiteResult;
use suites::Requirement::{self, NpmPackages, Project, TestTools};
use suites::{SUITES, Suite};
use xshell::Shell;

/// Build, and run the test suites.
///
/// Installs missing tools, builds the package, runs every suite and closes with `N passed, N failed`. A suite that runs no
/// test fails. On Debian as root the browsers are installed too; elsewhere they must be installed already.
#[derive(clap::Args, Default)]
#[command(verbatim_doc_comment, after_help = after_help())]
pub(crate) struct Arguments {
    /// The suites to run; `wasm`, `package`, `store`, `portal` and `loading` stand for all suites of that kind [default: all].
    #[arg(value_name = "SUITE", value_parser = parse_suite)]
    suites: Vec<String>,
}

fn after_help() -> String {
    let suites = SUITES.iter().map(|suite| format!("\n  {:<16} {}", suite.name, suite.about));
    format!("Suites:{}", suites.collect::<String>())
}

fn parse_suite(name: &str) -> Result<String> {
    if SUITES.iter().any(|suite| suite.matches(name)) {
        Ok(name.to_owned())
    } else {
        bail!("there is no such suite; `cargo xtask test --help` lists them")
    }
}

/// Runs the named suites, or all.
pub(crate) fn test(sh: &Shell, arguments: &Arguments) -> Result<()> {
    let names = &arguments.suites;
    let is_selected = |suite: &&Suite| names.is_empty() || names.iter().any(|name| suite.matches(name));
    let selected = SUITES.iter().filter(is_selected);
    let (unsupported, selected): (Vec<_>, Vec<_>) = selected.partition(|suite| suite.unsupported().is_some());
    setup::for_build(sh)?;
    let results = run::all(sh, &selected, || prepare(sh, &selected))?;
    report(&results, &unsupported)
}

/// Builds the package, and installs the requirements and browsers of the suites.
fn prepare(sh: &Shell, suites: &[&Suite]) -> Result<()> {
    build::build_with_tools(sh)?;
    let mut done: Vec<Requirement> = Vec::new();
    for requirement in suites.iter().flat_map(|suite| suite.requirements) {
        if done.contains(requirement) {
            continue;
        }
        match requirement {
            TestTools => setup::test_tools(sh)?,
            Project => installed_package::install(sh)?,
            NpmPackages(folder) => setup::npm_install(sh, &root().join(folder), &format!("npm packages of {folder}"))?,
        }
        done.push(*requirement);
    }
    let is_needed =
        |browser: &&Browser| suites.iter().filter_map(|suite| suite.browser()).any(|one| one.name == browser.name);
    let browsers: Vec<_> = [&CHROMIUM, &FIREFOX, &WEBKIT].into_iter().filter(is_needed).collect();
    if browsers.is_empty() { Ok(()) } else { browser::install(sh, &browsers) }
}

/// Prints a table of the suites, the failed tests and the closing count.
fn report(results: &[SuiteResult], unsupported: &[&Suite]) -> Result<()> {
    println!("\n  {:<18}{:>8}{:>8}{:>9}{:>11}", "suite", "passed", "failed", "seconds", "processor");
    for SuiteResult { suite, counts, wall_time, processor_time } in results {
        let processor = processor_time.map_or_else(String::new, |time| format!("{:.1}", time.as_secs_f64()));
        let seconds = wall_time.as_secs_f64();
        println!("  {:<18}{:>8}{:>8}{seconds:>9.1}{processor:>11}", suite.name, counts.passed, counts.failed);
    }
    for suite in unsupported {
        println!("  {:<18}not run: {}", suite.name, suite.unsupported().unwrap_or_default());
    }
    let total = results.iter().fold(Counts::default(), |sum, result| sum.add(result.counts.clone()));
    if !total.failures.is_empty() {
        println!("\n  Failed tests:\n");
    }
    for SuiteResult { suite, counts, .. } in results {
        for failure in &counts.failures {
            println!("  {}: {failure}", suite.name);
        }
    }
    println!("\n{} passed, {} failed", total.passed, total.failed);
    if total.failed == 0 { Ok(()) } else { bail!("there are failures") }
}
