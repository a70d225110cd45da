//! `test`: what there is to test, and the closing count.

use crate::browser::{self, Chromium};
use crate::consumers::consumers;
use crate::counts::{Counts, of_cargo, of_node, of_playwright, of_script, of_vitest};
use crate::demo::Clock;
use crate::run::{Outcome, cargo, node, quiet, remove, root, shown, step, target};
use crate::setup::{self, WASM, tool};
use crate::{build, demo, project};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// A suite: its name, what it tests, and how.
struct Suite {
    name: &'static str,
    about: &'static str,
    run: fn() -> Outcome<Counts>,
}

const SUITES: [Suite; 13] = [
    Suite { name: "lint", about: "format, clippy for every target, documentation", run: lint },
    Suite {
        name: "native",
        about: "everything that is plain Rust, and the examples in its documentation",
        run: native,
    },
    Suite { name: "wasm-node", about: "the wasm's face to JavaScript, in Node", run: wasm_node },
    Suite { name: "wasm-chromium", about: "the same in headless Chromium", run: wasm_chromium },
    Suite { name: "types", about: "the declarations, by tsc in five configurations", run: types },
    Suite {
        name: "package-node",
        about: "the package as packed, in the installed Node and in Node 24",
        run: package_node,
    },
    Suite { name: "package-workerd", about: "the package as packed, in workerd", run: package_workerd },
    Suite { name: "gateway", about: "the gateway's Worker in workerd, the sandbox behind it", run: gateway },
    Suite {
        name: "people",
        about: "the package with TanStack Query, Mock Service Worker and Playwright, and every example of README and guide",
        run: people,
    },
    Suite {
        name: "publishing",
        about: "what would be published: files, manifest, licences, bill of materials, twice the same",
        run: publishing,
    },
    Suite {
        name: "consumers",
        about: "the package as packed, in every runtime, bundler and framework that it is for",
        run: consumers,
    },
    Suite { name: "size", about: "what each entry weighs as a bundler ships it", run: size },
    Suite { name: "portal", about: "the page before the gateway and the sandbox, in headless Chromium", run: portal },
];

pub(crate) fn help() -> String {
    let mut text = "\
Sets up what is missing, builds the package, runs every suite and closes with `N passed, N failed`.
A suite that runs no test fails. On Debian as root Chromium is installed too; elsewhere it must be there.

Usage: cargo xtask test [SUITE]…

Suites:"
        .to_owned();
    for suite in &SUITES {
        text.push_str(&format!("\n  {:<16} {}", suite.name, suite.about));
    }
    text
}

/// Runs the named suites, or all.
pub(crate) fn test(names: &[String]) -> Outcome {
    if let Some(name) = names.iter().find(|name| SUITES.iter().all(|suite| suite.name != name.as_str())) {
        return Err(format!("there is no suite \"{name}\"; `cargo xtask test --help` lists them"));
    }
    let wanted: Vec<_> =
        SUITES.iter().filter(|suite| names.is_empty() || names.iter().any(|name| name == suite.name)).collect();
    prepare(&wanted)?;
    let mut rows = Vec::new();
    for suite in wanted {
        println!("\n━━ {}: {}", suite.name, suite.about);
        let start = Instant::now();
        let counts = (suite.run)().unwrap_or_else(|message| {
            println!("{message}");
            Counts::one(false)
        });
        let empty = counts == Counts::default();
        if empty {
            println!("{} ran no test, which counts as a failure", suite.name);
        }
        rows.push((suite.name, if empty { Counts::one(false) } else { counts }, start.elapsed()));
    }
    report(&rows)
}

fn prepare(wanted: &[&Suite]) -> Outcome {
    let needs = |names: &[&str]| wanted.iter().any(|suite| names.contains(&suite.name));
    build::build()?;
    if needs(&[
        "types",
        "package-node",
        "package-workerd",
        "gateway",
        "people",
        "publishing",
        "consumers",
        "size",
        "portal",
    ]) {
        setup::npm_install(&root().join("tests"), "npm tools of the tests")?;
    }
    if needs(&["types", "package-node", "package-workerd", "gateway", "people", "publishing", "size"]) {
        project::install()?;
    }
    if needs(&["publishing"]) {
        setup::npm_install(&root().join("tests/publishing"), "npm tools of the suite publishing")?;
    }
    if needs(&["portal"]) {
        setup::npm_install(&root().join("www"), "npm packages of the portal")?;
    }
    if needs(&["wasm-chromium", "people", "consumers", "portal"]) {
        browser::chromium()?;
    }
    Ok(())
}

fn report(rows: &[(&str, Counts, Duration)]) -> Outcome {
    println!("\n  {:<18}{:>8}{:>8}{:>9}", "suite", "passed", "failed", "seconds");
    for (name, counts, time) in rows {
        println!("  {name:<18}{:>8}{:>8}{:>9.1}", counts.passed, counts.failed, time.as_secs_f64());
    }
    let total = rows.iter().fold(Counts::default(), |sum, (_, counts, _)| sum.add(*counts));
    println!("\n{} passed, {} failed", total.passed, total.failed);
    if total.failed == 0 { Ok(()) } else { Err("there are failures".to_owned()) }
}

/// Runs a command whose output speaks of its tests; one that fails without saying so, or that ran none, counts as a failed
/// test.
pub(crate) fn counted(command: &mut Command, count: fn(&str) -> Counts) -> Outcome<Counts> {
    let (succeeded, output) = shown(command)?;
    let counts = count(&output);
    let silent = counts.failed == 0 && (!succeeded || counts.passed == 0);
    Ok(if silent { counts.add(Counts::one(false)) } else { counts })
}

fn lint() -> Outcome<Counts> {
    let clippy = |features: &[&str]| {
        let mut command = cargo();
        command.args(["clippy", "--locked"]).args(features).args(["--", "--deny", "warnings"]);
        command
    };
    let mut format = cargo();
    format.args(["fmt", "--all", "--check"]);
    let mut documentation = cargo();
    documentation.args(["doc", "--locked", "--no-deps", "--package", "cisco-support-case"]);
    documentation.env("RUSTDOCFLAGS", "--deny warnings");
    let wasm = ["--lib", "--target", WASM, "--no-default-features", "--features"];
    let checks = [
        ("format", format),
        ("clippy", clippy(&["--workspace", "--exclude", "wasm-bindgen-pinned", "--all-targets"])),
        ("clippy, fuzz", clippy(&["--test", "fuzz"])),
        ("clippy, client for wasm", clippy(&[&wasm[..], &["client"]].concat())),
        ("clippy, gateway for wasm", clippy(&[&wasm[..], &["gateway"]].concat())),
        ("clippy, sandbox for wasm", clippy(&[&wasm[..], &["sandbox"]].concat())),
        ("documentation", documentation),
    ];
    let mut counts = Counts::default();
    for (name, mut command) in checks {
        let (passed, _) = shown(&mut command)?;
        println!("{name}: {}", if passed { "ok" } else { "FAILED" });
        counts = counts.add(Counts::one(passed));
    }
    Ok(counts)
}

fn native() -> Outcome<Counts> {
    let mut command = cargo();
    command.args(["test", "--locked", "--workspace", "--exclude", "wasm-bindgen-pinned", "--no-fail-fast"]);
    counted(&mut command, of_cargo)
}

fn wasm_tests() -> Command {
    let mut command = cargo();
    command.args([
        "test",
        "--locked",
        "--target",
        WASM,
        "--test",
        "wasm",
        "--no-default-features",
        "--features",
        "client",
    ]);
    command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", tool("wasm-bindgen-test-runner"));
    command
}

fn wasm_node() -> Outcome<Counts> {
    counted(&mut wasm_tests(), of_cargo)
}

fn wasm_chromium() -> Outcome<Counts> {
    let chromium = browser::chromium()?;
    let mut command = wasm_tests();
    command.env("WASM_BINDGEN_USE_BROWSER", "1").env("CHROMEDRIVER", &chromium.driver);
    command.env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", browser::capabilities(&chromium)?);
    command.env("WASM_BINDGEN_TEST_TIMEOUT", "120");
    counted(&mut command, of_cargo)
}

fn types() -> Outcome<Counts> {
    compiled(&project::with("types")?)
}

/// Compiles each of a folder's configurations.
fn compiled(folder: &Path) -> Outcome<Counts> {
    let tsc = tests_tool("typescript/bin/tsc");
    let mut configurations: Vec<_> = std::fs::read_dir(folder)
        .map_err(|error| error.to_string())?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("tsconfig.")))
        .collect();
    configurations.sort();
    let mut counts = Counts::default();
    for configuration in configurations {
        let (passed, _) = shown(node_24().arg(&tsc).arg("--project").arg(&configuration))?;
        let name = configuration.file_name().unwrap_or_default().to_string_lossy().into_owned();
        println!("{name}: {}", if passed { "ok" } else { "FAILED" });
        counts = counts.add(Counts::one(passed));
    }
    Ok(counts)
}

fn package_node() -> Outcome<Counts> {
    let files = test_files(&project::with("runtimes")?)?;
    project::with("panics")?;
    let documents = documents()?;
    let mut counts = Counts::default();
    for mut command in [node(), node_24()] {
        command.env("GUIDE", root().join("www/guide")).env("DOCUMENTS", &documents);
        // Public validators, which the packed package knows nothing of, and what they are to find valid.
        command.env("TOOLS", demo::tools()).env("FIXTURES", root().join("tests/fixtures"));
        command.current_dir(project::folder()).args(["--test", "--test-reporter=spec"]).args(&files);
        counts = counts.add(counted(&mut command, of_node)?);
    }
    Ok(counts)
}

/// The files of a folder that hold tests.
fn test_files(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .map_err(|error| error.to_string())?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().ends_with(".test.mjs"))
        .collect();
    files.sort();
    Ok(files)
}

/// Random documents, with what the native decoder makes of them.
fn documents() -> Outcome<PathBuf> {
    let path = target().join("documents.jsonl");
    let mut write = cargo();
    write.args([
        "test",
        "--locked",
        "--package",
        "cisco-support-case",
        "--test",
        "native",
        "--",
        "--ignored",
        "--exact",
    ]);
    write.arg("agreement::documents_for_the_package_are_written").env("DOCUMENTS", &path);
    step("random documents for the package", || quiet(&mut write))?;
    Ok(path)
}

fn package_workerd() -> Outcome<Counts> {
    project::with("panics")?;
    let folder = project::with("workerd")?;
    // What an earlier run left would answer for this one.
    remove(&folder.join(".wrangler"))?;
    let mut command = node_24();
    command.arg(root().join("tests/workerd/run.mjs")).env("WORKER", &folder).env("WRANGLER_SEND_METRICS", "false");
    // Nothing outside this machine is asked.
    command.env("CLOUDFLARE_CF_FETCH_ENABLED", "false");
    counted(&mut command, of_script)
}

fn gateway() -> Outcome<Counts> {
    let folder = project::with("gateway")?;
    let files = test_files(&folder)?;
    let mut command = node_24();
    command.current_dir(&folder).args(["--test", "--test-concurrency=1", "--test-reporter=spec"]).args(&files);
    // The tests' own tools, which the packed package knows nothing of.
    command.env("TOOLS", demo::tools()).env("WRANGLER_SEND_METRICS", "false");
    command.env("WWW", root().join("www"));
    command.env("CLOUDFLARE_CF_FETCH_ENABLED", "false");
    let from_outside = counted(&mut command, of_node)?;
    let mut command = node_24();
    command.current_dir(folder.join("plugin")).arg(tests_tool("vitest/vitest.mjs"));
    command.args(["run", "--config", "vitest.config.mjs"]);
    command.env("TOOLS", demo::tools()).env("WRANGLER_SEND_METRICS", "false");
    // Its closing line is read.
    command.env("CLOUDFLARE_CF_FETCH_ENABLED", "false").env("NO_COLOR", "1").env_remove("FORCE_COLOR");
    Ok(from_outside.add(counted(&mut command, of_vitest)?))
}

fn people() -> Outcome<Counts> {
    let Chromium { browser, .. } = browser::chromium()?;
    let folder = project::with_peers("people")?;
    let files = test_files(&folder)?;
    let mut counts = Counts::default();
    for mut command in [node(), node_24()] {
        command.current_dir(&folder).args(["--test", "--test-reporter=spec"]).args(&files);
        command.env("ROOT", root()).env("TOOLS", demo::tools());
        counts = counts.add(counted(&mut command, of_node)?);
    }
    // The examples that the tests have written out are compiled with the rest.
    counts = counts.add(compiled(&folder)?);
    let mut command = node_24();
    command.current_dir(&folder).arg(tests_tool("@playwright/test/cli.js")).args(["test", "--reporter=list"]);
    command.env("CHROME", browser).env("CHROME_OPTIONS", browser::OPTIONS.join(" ")).env("TOOLS", demo::tools());
    Ok(counts.add(counted(&mut command, of_playwright)?))
}

fn publishing() -> Outcome<Counts> {
    let again = target().join("publishing");
    remove(&again)?;
    build::assemble(&again.join("pkg"))?;
    let second = project::pack(&again.join("pkg"), &again)?;
    let mut command = node_24();
    command.args(["--test", "--test-reporter=spec"]).args(&test_files(&root().join("tests/publishing"))?);
    command.env("TARBALL", project::tarball()?).env("TARBALL_AGAIN", second).env("PROJECT", project::folder());
    counted(&mut command, of_node)
}

fn size() -> Outcome<Counts> {
    let mut command = node_24();
    command.arg(root().join("tests/size/run.mjs")).env("PROJECT", project::folder());
    counted(&mut command, of_script)
}

fn portal() -> Outcome<Counts> {
    let Chromium { browser, .. } = browser::chromium()?;
    let artifacts = target().join("portal");
    let folder = artifacts.join("site");
    demo::build_page(&folder)?;
    let chain = demo::chain(&folder, demo::free_port(0)?, Clock::StandsStill)?;
    let alone = demo::alone(&folder, demo::free_port(0)?)?;
    let mut command = node_24();
    command.arg(root().join("tests/portal/journey.mjs"));
    command.env("PORTAL_URL", chain.address()).env("STATIC_URL", alone.address());
    command.env("ARTIFACTS", &artifacts).env("CHROME", browser);
    command.env("CHROME_OPTIONS", browser::OPTIONS.join(" "));
    counted(&mut command, of_script)
}

fn tests_tool(path: &str) -> PathBuf {
    root().join("tests/node_modules").join(path)
}

/// The Node that the tests bring with them: workerd's tools want a newer one than the package does.
pub(crate) fn node_24() -> Command {
    Command::new(tests_tool("node/bin/node"))
}
