//! The suites of pages in browsers.

use super::once::once;
use crate::browser::InstalledBrowser;
use crate::demo::{self, Clock};
use crate::installed_package;
use crate::process::{node, node_24, root, run_captured, step, target, test_tool};
use crate::site;
use crate::test_output::{Counts, count_node_in_turn};
use anyhow::Result;
use std::path::PathBuf;
use xshell::{Cmd, Shell};

/// A Node that opens the browser's windows.
fn browser_node<'s>(sh: &'s Shell, browser: &InstalledBrowser) -> Cmd<'s> {
    browser.cmd(sh, test_tool("node/bin/node")).envs(browser.webdriver_environment())
}

/// The folder of the portal's page, which the first suite builds that needs it.
fn built_page(sh: &Shell) -> Result<PathBuf> {
    let folder = demo::page_folder();
    once(sh, "the portal's page", || demo::build_page(sh, &folder))?;
    Ok(folder)
}

/// Builds the site, unless another suite of this run has.
fn built_site(sh: &Shell) -> Result<()> {
    once(sh, "the site", || {
        site::prepare(sh)?;
        site::build_site(sh)
    })
}

/// Checks the types of the page, and runs the tests of its own logic, without a browser.
pub(super) fn portal_logic(sh: &Shell) -> Result<Counts> {
    step("types of the portal", || {
        let page = root().join(demo::PAGE);
        run_captured(node(sh).arg(page.join("node_modules/typescript/bin/tsc")).arg("--project").arg(page)).map(drop)
    })?;
    let mut tests = Vec::new();
    for file in sh.read_dir(root().join("tests/portal/app"))? {
        if file.to_string_lossy().ends_with(".test.mjs") {
            tests.push(file);
        }
    }
    tests.sort();
    count_node_in_turn(sh, node_24(sh), &tests)
}

pub(super) fn portal(sh: &Shell, browser: &InstalledBrowser) -> Result<Counts> {
    let folder = built_page(sh)?;
    let demo = demo::serve_demo(sh, &folder, demo::free_port(0)?, Clock::Fixed)?;
    let page = demo::serve_page(sh, &folder, demo::free_port(0)?)?;
    let node = browser_node(sh, browser)
        .env("PORTAL_URL", demo.address())
        .env("STATIC_URL", page.address())
        .env("APP", &folder)
        .env("AXE", root().join(demo::PAGE).join("node_modules/axe-core/axe.min.js"))
        .env("ARTIFACTS", target().join("portal").join(browser.id()));
    let files = ["long-list/long-list", "journey/journey"];
    count_node_in_turn(sh, node, &files.map(|name| root().join(format!("tests/portal/{name}.test.mjs"))))
}

/// Looks at the overview, a case and what is new in the built page alone.
pub(super) fn portal_pages(sh: &Shell, browser: &InstalledBrowser) -> Result<Counts> {
    let folder = built_page(sh)?;
    let node = node_24(sh)
        .envs(browser.puppeteer_environment())
        .env("APP", &folder)
        .env("ARTIFACTS", target().join("portal/pages"));
    count_node_in_turn(sh, node, &[root().join("tests/portal/pages/pages.test.mjs")])
}

/// Looks at each page of the site, at the root of a host and below a path.
pub(super) fn site(sh: &Shell, browser: &InstalledBrowser) -> Result<Counts> {
    built_site(sh)?;
    let node = node_24(sh)
        .envs(browser.puppeteer_environment())
        .env("SITE", site::folder())
        .env("SITE_TOOLS", root().join("www/site/package.json"));
    let compiler = node_24(sh).arg(test_tool("typescript/bin/tsc")).args(["--project", "www/site/tsconfig.json"]);
    let types = super::lint::check("types of the site's scripts", compiler)?;
    let files = ["failures", "pages", "browser", "examples", "playground"]
        .map(|name| root().join(format!("tests/site/{name}.test.mjs")));
    Ok(types.add(count_node_in_turn(sh, node, &files)?))
}

/// Walks through the site in a browser.
pub(super) fn site_walk(sh: &Shell, browser: &InstalledBrowser) -> Result<Counts> {
    built_site(sh)?;
    let node = browser_node(sh, browser).env("SITE", site::folder());
    count_node_in_turn(sh, node, &[root().join("tests/site/walk.test.mjs")])
}

pub(super) fn loading(sh: &Shell, browser: &InstalledBrowser) -> Result<Counts> {
    with_package(sh, browser, "loading/loading.test.mjs")
}

pub(super) fn store(sh: &Shell, browser: &InstalledBrowser) -> Result<Counts> {
    with_package(sh, browser, "store.test.mjs")
}

/// Runs a test of the packed package in a browser.
fn with_package(sh: &Shell, browser: &InstalledBrowser, test: &str) -> Result<Counts> {
    let node = browser_node(sh, browser).env("PACKAGE", installed_package::package());
    count_node_in_turn(sh, node, &[root().join("tests/browsers").join(test)])
}
