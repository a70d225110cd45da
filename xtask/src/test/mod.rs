//! `test`: the test suites and their summary.
//!
//! | file | suites |
//! |---|---|
//! | `lint` | format, lint and documentation of all languages |
//! | `rust` | the crate, natively, in wasm and in workerd |
//! | `package` | the npm package as packed |
//! | `pages` | pages in browsers |

mod lint;
mod package;
mod pages;
mod rust;

use crate::browser::{self, Browser, CHROMIUM, FIREFOX, InstalledBrowser, WEBKIT};
use crate::process::root;
use crate::test_output::Counts;
use crate::{build, consumers, demo, installed_package, setup};
use Requirement::{NpmPackages, Project, TestTools};
use Run::{InBrowser, Plain};
use anyhow::{Result, bail};
use std::time::{Duration, Instant};
use xshell::Shell;

/// A test suite, as data.
struct Suite {
    name: &'static str,
    about: &'static str,
    requirements: &'static [Requirement],
    run: Run,
}

/// A preparation of a suite, in addition to the package and the browser.
#[derive(Clone, Copy, PartialEq)]
enum Requirement {
    /// The npm tools of the tests.
    TestTools,
    /// The packed package, installed in a project.
    Project,
    /// The npm packages of a folder.
    NpmPackages(&'static str),
}

enum Run {
    Plain(fn(&Shell) -> Result<Counts>),
    InBrowser(&'static Browser, fn(&Shell, &InstalledBrowser) -> Result<Counts>),
}

const SUITES: [Suite; 32] = [
    Suite {
        name: "lint",
        about: "format of all languages, clippy for every target, Biome, documentation",
        requirements: &[],
        run: Plain(lint::lint),
    },
    Suite {
        name: "native",
        about: "the crate natively, and the examples in its documentation",
        requirements: &[],
        run: Plain(rust::native),
    },
    Suite {
        name: "wasm-node",
        about: "the wasm's APIs for JavaScript and for Rust, in Node",
        requirements: &[],
        run: Plain(rust::wasm_node),
    },
    Suite {
        name: "wasm-chromium",
        about: "the same in headless Chromium",
        requirements: &[],
        run: InBrowser(&CHROMIUM, rust::wasm_in_browser),
    },
    Suite {
        name: "wasm-firefox",
        about: "the same in headless Firefox",
        requirements: &[],
        run: InBrowser(&FIREFOX, rust::wasm_in_browser),
    },
    Suite {
        name: "wasm-webkit",
        about: "the same in WebKit",
        requirements: &[],
        run: InBrowser(&WEBKIT, rust::wasm_in_browser),
    },
    Suite {
        name: "wasm-workerd",
        about: "the client for Rust in workerd, one for all requests of an isolate",
        requirements: &[TestTools],
        run: Plain(rust::wasm_workerd),
    },
    Suite {
        name: "types",
        about: "the declarations: compiled by tsc, as an editor shows them, as they were committed",
        requirements: &[TestTools, Project, NpmPackages("xtask/reference")],
        run: Plain(package::types),
    },
    Suite {
        name: "package-node",
        about: "the package as packed, in the installed Node and in Node 24",
        requirements: &[TestTools, Project],
        run: Plain(package::node),
    },
    Suite {
        name: "store",
        about: "saving, tabs and following of the store, as packed, in the installed Node and in Node 24",
        requirements: &[TestTools, Project],
        run: Plain(package::store),
    },
    Suite {
        name: "command-line",
        about: "the command-line program as packed: in pipes and terminals, interrupted and resumed",
        requirements: &[TestTools, Project, NpmPackages("tests/command-line/inspector")],
        run: Plain(package::command_line),
    },
    Suite {
        name: "store-chromium",
        about: "the store's databases and tabs in headless Chromium",
        requirements: &[TestTools, Project],
        run: InBrowser(&CHROMIUM, pages::store),
    },
    Suite {
        name: "store-firefox",
        about: "the same in headless Firefox",
        requirements: &[TestTools, Project],
        run: InBrowser(&FIREFOX, pages::store),
    },
    Suite {
        name: "store-webkit",
        about: "the same in WebKit",
        requirements: &[TestTools, Project],
        run: InBrowser(&WEBKIT, pages::store),
    },
    Suite {
        name: "package-workerd",
        about: "the package as packed, in workerd",
        requirements: &[TestTools, Project],
        run: Plain(package::workerd),
    },
    Suite {
        name: "gateway",
        about: "the gateway's Worker in workerd, with the sandbox as its upstream",
        requirements: &[TestTools, Project],
        run: Plain(package::gateway),
    },
    Suite {
        name: "copy",
        about: "the statements of the copy of cases in workerd's D1",
        requirements: &[TestTools],
        run: Plain(package::copy),
    },
    Suite {
        name: "integrations",
        about: "the package with TanStack Query, Mock Service Worker and Playwright, and every example of README and guide",
        requirements: &[TestTools, Project],
        run: InBrowser(&CHROMIUM, package::integrations),
    },
    Suite {
        name: "consumers",
        about: "the package as packed, in every supported runtime, bundler and framework",
        requirements: &[TestTools],
        run: InBrowser(&CHROMIUM, consumers::consumers),
    },
    Suite {
        name: "publishing",
        about: "the files to publish: contents, manifest, licences, bill of materials, a reproducible build",
        requirements: &[TestTools, Project, NpmPackages("tests/publishing")],
        run: Plain(package::publishing),
    },
    Suite {
        name: "size",
        about: "the size of each entry as a bundler ships it",
        requirements: &[TestTools, Project],
        run: Plain(package::size),
    },
    Suite {
        name: "portal-logic",
        about: "the portal's own logic, on Node: views, lists, notes, figures, readers, words",
        requirements: &[TestTools, NpmPackages(demo::PAGE)],
        run: Plain(pages::portal_logic),
    },
    Suite {
        name: "portal-pages",
        about: "the portal's overview, case and news, and the pitfalls of portals, in headless Chromium",
        requirements: &[TestTools, NpmPackages(demo::PAGE)],
        run: InBrowser(&CHROMIUM, pages::portal_pages),
    },
    Suite {
        name: "portal-chromium",
        about: "the portal's page with the gateway and the sandbox, in headless Chromium",
        requirements: &[TestTools, NpmPackages("www"), NpmPackages(demo::PAGE)],
        run: InBrowser(&CHROMIUM, pages::portal),
    },
    Suite {
        name: "portal-firefox",
        about: "the same in headless Firefox",
        requirements: &[TestTools, NpmPackages("www"), NpmPackages(demo::PAGE)],
        run: InBrowser(&FIREFOX, pages::portal),
    },
    Suite {
        name: "portal-webkit",
        about: "the same in WebKit",
        requirements: &[TestTools, NpmPackages("www"), NpmPackages(demo::PAGE)],
        run: InBrowser(&WEBKIT, pages::portal),
    },
    Suite {
        name: "site",
        about: "the site: links, sizes, accessibility, search and the portal below any path, in headless Chromium",
        requirements: &[TestTools],
        run: InBrowser(&CHROMIUM, pages::site),
    },
    Suite {
        name: "site-firefox",
        about: "search, an example and the playground of the site in headless Firefox",
        requirements: &[TestTools],
        run: InBrowser(&FIREFOX, pages::site_walk),
    },
    Suite {
        name: "site-webkit",
        about: "the same in WebKit",
        requirements: &[TestTools],
        run: InBrowser(&WEBKIT, pages::site_walk),
    },
    Suite {
        name: "loading-chromium",
        about: "loading of the package, and the errors of failed loads, in headless Chromium",
        requirements: &[TestTools, Project],
        run: InBrowser(&CHROMIUM, pages::loading),
    },
    Suite {
        name: "loading-firefox",
        about: "the same in headless Firefox",
        requirements: &[TestTools, Project],
        run: InBrowser(&FIREFOX, pages::loading),
    },
    Suite {
        name: "loading-webkit",
        about: "the same in WebKit",
        requirements: &[TestTools, Project],
        run: InBrowser(&WEBKIT, pages::loading),
    },
];

/// Suites that run only by name, until they pass every time. The page of `portal-pages` has a sandbox whose cases begin at the
/// present moment, so that some of its tests depend on the hour. In Firefox and WebKit single tests of the journey read a page
/// before it has loaded.
const BY_NAME_ONLY: [&str; 3] = ["portal-pages", "portal-firefox", "portal-webkit"];

impl Suite {
    /// Whether an argument selects the suite: by its name, or by the first words of its name.
    fn matches(&self, name: &str) -> bool {
        self.name.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }

    fn browser(&self) -> Option<&'static Browser> {
        match self.run {
            Plain(_) => None,
            InBrowser(browser, _) => Some(browser),
        }
    }

    /// The reason why the suite cannot run on this system.
    fn unsupported(&self) -> Option<String> {
        self.browser()?.unsupported()
    }

    fn run(&self, sh: &Shell) -> Result<Counts> {
        match self.run {
            Plain(run) => run(sh),
            InBrowser(browser, run) => run(sh, &browser.find(sh)?),
        }
    }
}

/// Build, and run the test suites.
///
/// Installs missing tools, builds the package, runs every suite and closes with `N passed, N failed`. A suite that runs no
/// test fails. On Debian as root the browsers are installed too; elsewhere they must be installed already.
#[derive(clap::Args, Default)]
#[command(verbatim_doc_comment, after_help = after_help())]
pub(crate) struct Arguments {
    /// The suites to run; `wasm`, `package`, `store`, `portal` and `loading` stand for all suites of that kind [default: all but
    /// `portal-pages`, `portal-firefox` and `portal-webkit`].
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
    let is_selected = |suite: &&Suite| {
        if names.is_empty() {
            !BY_NAME_ONLY.contains(&suite.name)
        } else {
            names.iter().any(|name| suite.matches(name))
        }
    };
    let selected = SUITES.iter().filter(is_selected);
    let (unsupported, selected): (Vec<_>, Vec<_>) = selected.partition(|suite| suite.unsupported().is_some());
    prepare(sh, &selected)?;
    let mut results = Vec::new();
    for suite in selected {
        println!("\n━━ {}: {}", suite.name, suite.about);
        let start = Instant::now();
        let mut counts = suite.run(sh).unwrap_or_else(|error| {
            let message = format!("{error:#}");
            println!("{message}");
            Counts::failure(message.lines().next().unwrap_or_default())
        });
        if counts == Counts::default() {
            counts = Counts::failure("it ran no test, which counts as a failure");
        }
        results.push((suite.name, counts, start.elapsed()));
    }
    report(&results, &unsupported)
}

/// Builds the package, and installs the requirements and browsers of the suites.
fn prepare(sh: &Shell, suites: &[&Suite]) -> Result<()> {
    build::build(sh)?;
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
fn report(results: &[(&str, Counts, Duration)], unsupported: &[&Suite]) -> Result<()> {
    println!("\n  {:<18}{:>8}{:>8}{:>9}", "suite", "passed", "failed", "seconds");
    for (name, counts, time) in results {
        println!("  {name:<18}{:>8}{:>8}{:>9.1}", counts.passed, counts.failed, time.as_secs_f64());
    }
    for suite in unsupported {
        println!("  {:<18}not run: {}", suite.name, suite.unsupported().unwrap_or_default());
    }
    let total = results.iter().fold(Counts::default(), |sum, (_, counts, _)| sum.add(counts.clone()));
    if !total.failures.is_empty() {
        println!("\n  Failed tests:\n");
    }
    for (suite, counts, _) in results {
        for failure in &counts.failures {
            println!("  {suite}: {failure}");
        }
    }
    println!("\n{} passed, {} failed", total.passed, total.failed);
    if total.failed == 0 { Ok(()) } else { bail!("there are failures") }
}
