//! The table of the suites.

use super::{lint, package, pages, rust};
use crate::browser::{Browser, CHROMIUM, FIREFOX, InstalledBrowser, WEBKIT};
use crate::test_output::Counts;
use crate::{consumers, demo};
use Queue::{Background, Foreground};
use Requirement::{NpmPackages, Project, TestTools};
use Run::{InBrowser, Plain};
use anyhow::Result;
use xshell::Shell;

/// A test suite, as data.
pub(super) struct Suite {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) requirements: &'static [Requirement],
    pub(super) queue: Queue,
    run: Run,
}

/// The place of a suite in a run of several.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Queue {
    /// One after the other, after the build.
    Foreground,
    /// One after the other from the start, with the processor time that the foreground does not use. Such a suite compiles, and
    /// needs neither the package nor a certain speed. The suites in the foreground that compile as well run last: two of cargo's
    /// commands wait for each other.
    Background,
}

/// A preparation of a suite, in addition to the package and the browser.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Requirement {
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

pub(super) const SUITES: [Suite; 32] = [
    Suite {
        name: "lint",
        about: "format of all languages, clippy for every target, Biome, documentation",
        requirements: &[],
        queue: Background,
        run: Plain(lint::lint),
    },
    Suite {
        name: "native",
        about: "the crate natively, and the examples in its documentation",
        requirements: &[],
        queue: Background,
        run: Plain(rust::native),
    },
    Suite {
        name: "types",
        about: "the declarations: compiled by tsc, as an editor shows them, as they were committed",
        requirements: &[TestTools, Project, NpmPackages("xtask/reference")],
        queue: Foreground,
        run: Plain(package::types),
    },
    Suite {
        name: "store",
        about: "saving, tabs and following of the store, as packed, in the installed Node and in Node 24",
        requirements: &[TestTools, Project],
        queue: Foreground,
        run: Plain(package::store),
    },
    Suite {
        name: "command-line",
        about: "the command-line program as packed: in pipes and terminals, interrupted and resumed",
        requirements: &[TestTools, Project, NpmPackages("tests/command-line/inspector")],
        queue: Foreground,
        run: Plain(package::command_line),
    },
    Suite {
        name: "store-chromium",
        about: "the store's databases and tabs in headless Chromium",
        requirements: &[TestTools, Project],
        queue: Foreground,
        run: InBrowser(&CHROMIUM, pages::store),
    },
    Suite {
        name: "store-firefox",
        about: "the same in headless Firefox",
        requirements: &[TestTools, Project],
        queue: Foreground,
        run: InBrowser(&FIREFOX, pages::store),
    },
    Suite {
        name: "store-webkit",
        about: "the same in WebKit",
        requirements: &[TestTools, Project],
        queue: Foreground,
        run: InBrowser(&WEBKIT, pages::store),
    },
    Suite {
        name: "package-workerd",
        about: "the package as packed, in workerd",
        requirements: &[TestTools, Project],
        queue: Foreground,
        run: Plain(package::workerd),
    },
    Suite {
        name: "gateway",
        about: "the gateway's Worker in workerd, with the sandbox as its upstream",
        requirements: &[TestTools, Project, NpmPackages("www")],
        queue: Foreground,
        run: Plain(package::gateway),
    },
    Suite {
        name: "integrations",
        about: "the package with TanStack Query, Mock Service Worker and Playwright, and every example of README and guide",
        requirements: &[TestTools, Project],
        queue: Foreground,
        run: InBrowser(&CHROMIUM, package::integrations),
    },
    Suite {
        name: "consumers",
        about: "the package as packed, in every supported runtime, bundler and framework",
        requirements: &[TestTools],
        queue: Foreground,
        run: InBrowser(&CHROMIUM, consumers::consumers),
    },
    Suite {
        name: "size",
        about: "the size of each entry as a bundler ships it",
        requirements: &[TestTools, Project],
        queue: Foreground,
        run: Plain(package::size),
    },
    Suite {
        name: "portal-logic",
        about: "the portal's own logic, on Node: views, lists, notes, figures, readers, words",
        requirements: &[TestTools, NpmPackages(demo::PAGE)],
        queue: Foreground,
        run: Plain(pages::portal_logic),
    },
    Suite {
        name: "portal-pages",
        about: "the portal's overview, case and news, and the pitfalls of portals, in headless Chromium",
        requirements: &[TestTools, NpmPackages(demo::PAGE)],
        queue: Foreground,
        run: InBrowser(&CHROMIUM, pages::portal_pages),
    },
    Suite {
        name: "portal-chromium",
        about: "the portal's page with the gateway and the sandbox, in headless Chromium",
        requirements: &[TestTools, NpmPackages("www"), NpmPackages(demo::PAGE)],
        queue: Foreground,
        run: InBrowser(&CHROMIUM, pages::portal),
    },
    Suite {
        name: "portal-firefox",
        about: "the same in headless Firefox",
        requirements: &[TestTools, NpmPackages("www"), NpmPackages(demo::PAGE)],
        queue: Foreground,
        run: InBrowser(&FIREFOX, pages::portal),
    },
    Suite {
        name: "portal-webkit",
        about: "the same in WebKit",
        requirements: &[TestTools, NpmPackages("www"), NpmPackages(demo::PAGE)],
        queue: Foreground,
        run: InBrowser(&WEBKIT, pages::portal),
    },
    Suite {
        name: "site",
        about: "the site: links, sizes, accessibility, search and the portal below any path, in headless Chromium",
        requirements: &[TestTools],
        queue: Foreground,
        run: InBrowser(&CHROMIUM, pages::site),
    },
    Suite {
        name: "site-firefox",
        about: "search, an example and the playground of the site in headless Firefox",
        requirements: &[TestTools],
        queue: Foreground,
        run: InBrowser(&FIREFOX, pages::site_walk),
    },
    Suite {
        name: "site-webkit",
        about: "the same in WebKit",
        requirements: &[TestTools],
        queue: Foreground,
        run: InBrowser(&WEBKIT, pages::site_walk),
    },
    Suite {
        name: "loading-chromium",
        about: "loading of the package, and the errors of failed loads, in headless Chromium",
        requirements: &[TestTools, Project],
        queue: Foreground,
        run: InBrowser(&CHROMIUM, pages::loading),
    },
    Suite {
        name: "loading-firefox",
        about: "the same in headless Firefox",
        requirements: &[TestTools, Project],
        queue: Foreground,
        run: InBrowser(&FIREFOX, pages::loading),
    },
    Suite {
        name: "loading-webkit",
        about: "the same in WebKit",
        requirements: &[TestTools, Project],
        queue: Foreground,
        run: InBrowser(&WEBKIT, pages::loading),
    },
    Suite {
        name: "wasm-node",
        about: "the wasm's APIs for JavaScript and for Rust, in Node",
        requirements: &[],
        queue: Foreground,
        run: Plain(rust::wasm_node),
    },
    Suite {
        name: "wasm-chromium",
        about: "the same in headless Chromium",
        requirements: &[],
        queue: Foreground,
        run: InBrowser(&CHROMIUM, rust::wasm_in_browser),
    },
    Suite {
        name: "wasm-firefox",
        about: "the same in headless Firefox",
        requirements: &[],
        queue: Foreground,
        run: InBrowser(&FIREFOX, rust::wasm_in_browser),
    },
    Suite {
        name: "wasm-webkit",
        about: "the same in WebKit",
        requirements: &[],
        queue: Foreground,
        run: InBrowser(&WEBKIT, rust::wasm_in_browser),
    },
    Suite {
        name: "wasm-workerd",
        about: "the client for Rust in workerd, one for all requests of an isolate",
        requirements: &[TestTools],
        queue: Foreground,
        run: Plain(rust::wasm_workerd),
    },
    Suite {
        name: "package-node",
        about: "the package as packed, in the installed Node and in Node 24",
        requirements: &[TestTools, Project],
        queue: Foreground,
        run: Plain(package::node),
    },
    Suite {
        name: "copy",
        about: "the statements of the copy of cases in workerd's D1",
        requirements: &[TestTools],
        queue: Foreground,
        run: Plain(package::copy),
    },
    Suite {
        name: "publishing",
        about: "the files to publish: contents, manifest, licences, bill of materials, a reproducible build",
        requirements: &[TestTools, Project, NpmPackages("tests/publishing")],
        queue: Foreground,
        run: Plain(package::publishing),
    },
];

impl Suite {
    /// Whether an argument selects the suite: by its name, or by the first words of its name.
    pub(super) fn matches(&self, name: &str) -> bool {
        self.name.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }

    pub(super) fn browser(&self) -> Option<&'static Browser> {
        match self.run {
            Plain(_) => None,
            InBrowser(browser, _) => Some(browser),
        }
    }

    /// The reason why the suite cannot run on this system.
    pub(super) fn unsupported(&self) -> Option<String> {
        self.browser()?.unsupported()
    }

    pub(super) fn run(&self, sh: &Shell) -> Result<Counts> {
        match self.run {
            Plain(run) => run(sh),
            InBrowser(browser, run) => run(sh, &browser.find(sh)?),
        }
    }
}
