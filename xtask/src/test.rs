//! `test`: what there is to test, and the closing count.

use crate::browser::{self, Browser, CHROMIUM, FIREFOX, Found, WEBKIT};
use crate::consumers::consumers;
use crate::demo::Clock;
use crate::process::{Outcome, cargo, node, quiet, remove, root, show, shown, step, target};
use crate::setup::{self, WASM, tool};
use crate::test_output::{Counts, of_cargo, of_node, of_playwright, of_script, of_vitest};
use crate::{build, demo, installed_package, reference};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// A suite: its name, what it tests, what must be there before, and how it runs.
struct Suite {
    name: &'static str,
    about: &'static str,
    needs: &'static [Need],
    run: Run,
}

/// What must be there before a suite runs, besides the package and the browser.
#[derive(Clone, Copy, PartialEq)]
enum Need {
    /// The npm tools of the tests.
    Tools,
    /// The packed package, installed in a project of its own.
    Project,
    /// The npm packages of a folder.
    Npm(&'static str),
}

enum Run {
    Plain(fn() -> Outcome<Counts>),
    In(&'static Browser, fn(&Found) -> Outcome<Counts>),
}

use Need::{Npm, Project, Tools};
use Run::{In, Plain};

const SUITES: [Suite; 21] = [
    Suite {
        name: "lint",
        about: "format of all languages, clippy for every target, Biome, documentation",
        needs: &[],
        run: Plain(lint),
    },
    Suite {
        name: "native",
        about: "everything that is plain Rust, and the examples in its documentation",
        needs: &[],
        run: Plain(native),
    },
    Suite {
        name: "wasm-node",
        about: "the wasm's faces to JavaScript and to Rust, in Node",
        needs: &[],
        run: Plain(wasm_node),
    },
    Suite { name: "wasm-chromium", about: "the same in headless Chromium", needs: &[], run: In(&CHROMIUM, wasm_in) },
    Suite { name: "wasm-firefox", about: "the same in headless Firefox", needs: &[], run: In(&FIREFOX, wasm_in) },
    Suite { name: "wasm-webkit", about: "the same in WebKit", needs: &[], run: In(&WEBKIT, wasm_in) },
    Suite {
        name: "wasm-workerd",
        about: "the client for Rust in workerd, one for all requests of an isolate",
        needs: &[Tools],
        run: Plain(wasm_workerd),
    },
    Suite {
        name: "types",
        about: "the declarations: by tsc, as an editor shows them, as they were committed",
        needs: &[Tools, Project, Npm("xtask/reference")],
        run: Plain(types),
    },
    Suite {
        name: "package-node",
        about: "the package as packed, in the installed Node and in Node 24",
        needs: &[Tools, Project],
        run: Plain(package_node),
    },
    Suite {
        name: "package-workerd",
        about: "the package as packed, in workerd",
        needs: &[Tools, Project],
        run: Plain(package_workerd),
    },
    Suite {
        name: "gateway",
        about: "the gateway's Worker in workerd, the sandbox behind it",
        needs: &[Tools, Project],
        run: Plain(gateway),
    },
    Suite {
        name: "integrations",
        about: "the package with TanStack Query, Mock Service Worker and Playwright, and every example of README and guide",
        needs: &[Tools, Project],
        run: In(&CHROMIUM, integrations),
    },
    Suite {
        name: "consumers",
        about: "the package as packed, in every runtime, bundler and framework that it is for",
        needs: &[Tools],
        run: In(&CHROMIUM, consumers),
    },
    Suite {
        name: "publishing",
        about: "what would be published: files, manifest, licences, bill of materials, twice the same",
        needs: &[Tools, Project, Npm("tests/publishing")],
        run: Plain(publishing),
    },
    Suite {
        name: "size",
        about: "what each entry weighs as a bundler ships it",
        needs: &[Tools, Project],
        run: Plain(size),
    },
    Suite {
        name: "portal-chromium",
        about: "the page before the gateway and the sandbox, in headless Chromium",
        needs: &[Tools, Npm("www")],
        run: In(&CHROMIUM, portal),
    },
    Suite {
        name: "portal-firefox",
        about: "the same in headless Firefox",
        needs: &[Tools, Npm("www")],
        run: In(&FIREFOX, portal),
    },
    Suite { name: "portal-webkit", about: "the same in WebKit", needs: &[Tools, Npm("www")], run: In(&WEBKIT, portal) },
    Suite {
        name: "loading-chromium",
        about: "how the package is loaded, and what is said where it is not, in headless Chromium",
        needs: &[Tools, Project],
        run: In(&CHROMIUM, loading),
    },
    Suite {
        name: "loading-firefox",
        about: "the same in headless Firefox",
        needs: &[Tools, Project],
        run: In(&FIREFOX, loading),
    },
    Suite { name: "loading-webkit", about: "the same in WebKit", needs: &[Tools, Project], run: In(&WEBKIT, loading) },
];

impl Suite {
    /// Whether it is asked for: by its name, or with others by what their names begin with.
    fn answers_to(&self, name: &str) -> bool {
        self.name.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }

    fn browser(&self) -> Option<&'static Browser> {
        match self.run {
            Plain(_) => None,
            In(browser, _) => Some(browser),
        }
    }

    fn run(&self) -> Outcome<Counts> {
        match self.run {
            Plain(run) => run(),
            In(browser, run) => run(&browser.find()?),
        }
    }
}

pub(crate) fn help() -> String {
    let mut text = "\
Sets up what is missing, builds the package, runs every suite and closes with `N passed, N failed`.
A suite that runs no test fails. On Debian as root the browsers are installed too; elsewhere they must be there.

Usage: cargo xtask test [SUITE]…

`wasm` stands for all suites whose names begin so, and `portal` and `loading` for theirs.

Suites:"
        .to_owned();
    for suite in &SUITES {
        text.push_str(&format!("\n  {:<16} {}", suite.name, suite.about));
    }
    text
}

/// Runs the named suites, or all.
pub(crate) fn test(names: &[String]) -> Outcome {
    if let Some(name) = names.iter().find(|name| SUITES.iter().all(|suite| !suite.answers_to(name))) {
        return Err(format!("there is no suite \"{name}\"; `cargo xtask test --help` lists them"));
    }
    let wanted = SUITES.iter().filter(|suite| names.is_empty() || names.iter().any(|name| suite.answers_to(name)));
    let (missing, wanted): (Vec<_>, Vec<_>) = wanted.partition(|suite| why_not(suite).is_some());
    prepare(&wanted)?;
    let mut rows = Vec::new();
    for suite in wanted {
        println!("\n━━ {}: {}", suite.name, suite.about);
        let start = Instant::now();
        let counts = suite.run().unwrap_or_else(|message| {
            println!("{message}");
            Counts::one(message.lines().next().unwrap_or_default(), false)
        });
        const EMPTY: &str = "it ran no test, which counts as a failure";
        let empty = counts == Counts::default();
        if empty {
            println!("{}: {EMPTY}", suite.name);
        }
        rows.push((suite.name, if empty { Counts::one(EMPTY, false) } else { counts }, start.elapsed()));
    }
    report(&rows, &missing)
}

/// Why a suite cannot run on this system.
fn why_not(suite: &Suite) -> Option<String> {
    suite.browser()?.impossible()
}

fn prepare(wanted: &[&Suite]) -> Outcome {
    build::build()?;
    let mut done: Vec<Need> = Vec::new();
    for need in wanted.iter().flat_map(|suite| suite.needs) {
        if done.contains(need) {
            continue;
        }
        match need {
            Tools => setup::npm_install(&root().join("tests"), "npm tools of the tests")?,
            Project => installed_package::install()?,
            Npm(folder) => setup::npm_install(&root().join(folder), &format!("npm packages of {folder}"))?,
        }
        done.push(*need);
    }
    let is_wanted =
        |browser: &&Browser| wanted.iter().filter_map(|suite| suite.browser()).any(|one| one.name == browser.name);
    let browsers: Vec<_> = [&CHROMIUM, &FIREFOX, &WEBKIT].into_iter().filter(is_wanted).collect();
    if browsers.is_empty() { Ok(()) } else { browser::ready(&browsers) }
}

fn report(rows: &[(&str, Counts, Duration)], missing: &[&Suite]) -> Outcome {
    println!("\n  {:<18}{:>8}{:>8}{:>9}", "suite", "passed", "failed", "seconds");
    for (name, counts, time) in rows {
        println!("  {name:<18}{:>8}{:>8}{:>9.1}", counts.passed, counts.failed, time.as_secs_f64());
    }
    for suite in missing {
        println!("  {:<18}not run: {}", suite.name, why_not(suite).unwrap_or_default());
    }
    for (at, (suite, name)) in
        rows.iter().flat_map(|(suite, counts, _)| counts.names.iter().map(move |name| (suite, name))).enumerate()
    {
        println!("{}  {suite}: {name}", if at == 0 { "\n  What failed:\n" } else { "" });
    }
    let total = rows.iter().fold(Counts::default(), |sum, (_, counts, _)| sum.add(counts.clone()));
    println!("\n{} passed, {} failed", total.passed, total.failed);
    if total.failed == 0 { Ok(()) } else { Err("there are failures".to_owned()) }
}

/// Runs a command whose output speaks of its tests; one that fails without saying so, or that ran none, counts as a failed
/// test.
pub(crate) fn counted(command: &mut Command, count: fn(&str) -> Counts) -> Outcome<Counts> {
    let (succeeded, output) = shown(command)?;
    let counts = count(&output).named(&output);
    let silent = counts.failed == 0 && (!succeeded || counts.passed == 0);
    Ok(if silent { counts.add(Counts::one(&show(command), false)) } else { counts })
}

fn lint() -> Outcome<Counts> {
    let clippy = |features: &[&str]| {
        let mut command = cargo();
        command.args(["clippy", "--locked"]).args(features).args(["--", "--deny", "warnings"]);
        command
    };
    let mut format = cargo();
    format.args(["fmt", "--all", "--check"]);
    let documentation = |target: &str, features: &str| {
        let mut command = cargo();
        command.args(["doc", "--locked", "--no-deps", "--package", "cisco-support-case", "--features", features]);
        command.args(if target.is_empty() { vec![] } else { vec!["--target", target] });
        command.env("RUSTDOCFLAGS", "--deny warnings");
        command
    };
    // They are compiled and not run: the runner is not asked for anything.
    let mut examples = cargo();
    examples.args(["test", "--locked", "--doc", "--target", WASM, "--no-default-features", "--features", "transport"]);
    examples.args(["--", "transport", "guide"]);
    examples.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", tool("wasm-bindgen-test-runner"));
    let mut example = cargo();
    example.args(["build", "--locked"]).args(EXAMPLE);
    let biome = |args: &[&str]| {
        let mut command = node();
        command.arg(root().join("xtask/node_modules/@biomejs/biome/bin/biome")).current_dir(root()).args(args);
        command
    };
    let wasm = ["--lib", "--target", WASM, "--no-default-features", "--features"];
    let checks = [
        ("format", format),
        ("clippy", clippy(&[&["--workspace", "--all-targets"], &NATIVE[..]].concat())),
        ("clippy, fuzz", clippy(&["--test", "fuzz"])),
        ("clippy, client for wasm", clippy(&[&wasm[..], &["js-client"]].concat())),
        ("clippy, page for wasm", clippy(&[&wasm[..], &["js-page"]].concat())),
        ("clippy, bulk calls for wasm", clippy(&[&wasm[..], &["js-bulk"]].concat())),
        ("clippy, gateway for wasm", clippy(&[&wasm[..], &["js-gateway"]].concat())),
        ("clippy, sandbox for wasm", clippy(&[&wasm[..], &["js-sandbox"]].concat())),
        ("clippy, transport for wasm", clippy(&[&wasm[..], &["transport,serde"]].concat())),
        ("clippy, tests of transport", clippy(&transport_test())),
        ("clippy, example", clippy(&EXAMPLE)),
        ("clippy, Worker", clippy(&WORKER)),
        ("documentation", documentation("", "serde")),
        ("documentation for wasm", documentation(WASM, "serde,transport")),
        ("examples in the documentation for wasm", examples),
        ("example", example),
        ("format of JavaScript and TypeScript", biome(&["format"])),
        ("lint of JavaScript and TypeScript", biome(&["lint", "--error-on-warnings"])),
    ];
    let mut counts = Counts::default();
    for (name, mut command) in checks {
        let (passed, _) = shown(&mut command)?;
        println!("{name}: {}", if passed { "ok" } else { "FAILED" });
        counts = counts.add(Counts::one(name, passed));
    }
    Ok(counts)
}

/// The workspace as it is tested natively: without the tools, and with serde's traits.
const NATIVE: [&str; 4] = ["--exclude", "wasm-bindgen-pinned", "--features", "cisco-support-case/serde"];

fn native() -> Outcome<Counts> {
    let mut command = cargo();
    command.args(["test", "--locked", "--workspace", "--no-fail-fast"]).args(NATIVE);
    counted(&mut command, of_cargo)
}

/// The example app.
const EXAMPLE: [&str; 4] = ["--package", "contract-cases", "--target", WASM];

/// The Worker that is tested in workerd.
const WORKER: [&str; 4] = ["--package", "workerd-rust", "--target", WASM];

/// The two faces of the wasm, with the features that each is tested with: to JavaScript, and to Rust.
const WASM_TESTS: [(&str, &str); 2] = [("wasm", "js-client,js-bulk"), ("transport", "transport,sandbox")];

/// How cargo is told of the suite of the client for Rust.
fn transport_test() -> [&'static str; 7] {
    let [_, (test, features)] = WASM_TESTS;
    ["--target", WASM, "--test", test, "--no-default-features", "--features", features]
}

fn wasm_tests(test: &str, features: &str) -> Command {
    let mut command = cargo();
    command.args(["test", "--locked", "--target", WASM, "--test", test, "--no-default-features"]);
    command.args(["--features", features]);
    command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", tool("wasm-bindgen-test-runner"));
    command
}

fn wasm_node() -> Outcome<Counts> {
    let mut counts = Counts::default();
    for (test, features) in WASM_TESTS {
        counts = counts.add(counted(&mut wasm_tests(test, features), of_cargo)?);
    }
    Ok(counts)
}

/// The suites are the same in each browser, to the last test.
fn wasm_in(browser: &Found) -> Outcome<Counts> {
    let mut all = Counts::default();
    for (test, features) in WASM_TESTS {
        let listed = quiet(wasm_tests(test, features).args(["--", "--list"]))?;
        let listed = listed.lines().filter(|line| line.ends_with(": test")).count();
        let mut command = wasm_tests(test, features);
        browser.run_wasm(&mut command)?;
        let counts = counted(&mut browser.on_screen(command), of_cargo)?;
        let ran = counts.passed + counts.failed;
        all = all.add(counts);
        if ran != listed {
            let short = format!("{test}: {listed} tests were to be run, and {ran} were");
            println!("{short}");
            all = all.add(Counts::one(&short, false));
        }
    }
    Ok(all)
}

fn wasm_workerd() -> Outcome<Counts> {
    let mut build = cargo();
    build.args(["build", "--locked"]).args(WORKER);
    quiet(&mut build)?;
    let module = target().join("workerd-rust");
    let mut bind = Command::new(tool("wasm-bindgen"));
    bind.args(["--target", "web", "--out-dir"]).arg(&module);
    bind.arg(target().join(WASM).join("debug/workerd_rust.wasm"));
    quiet(&mut bind)?;
    let mut command = node_24();
    command.env("MODULE", module).current_dir(root()).args(["--test", "--test-reporter=spec"]);
    counted(command.arg("tests/workerd-rust/requests.test.mjs"), of_node)
}

fn types() -> Outcome<Counts> {
    Ok(compiled(&installed_package::with("types")?)?.add(reference::check()?))
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
        counts = counts.add(Counts::one(&name, passed));
    }
    Ok(counts)
}

fn package_node() -> Outcome<Counts> {
    let files = test_files(&installed_package::with("runtimes")?)?;
    installed_package::with("context")?;
    installed_package::with("panics")?;
    let (documents, lookups) = cases()?;
    let mut counts = Counts::default();
    for mut command in [node(), node_24()] {
        command.env("DOCUMENTS", &documents).env("LOOKUPS", &lookups);
        // Public validators, which the packed package knows nothing of, and what they are to find valid.
        command.env("TOOLS", demo::tools()).env("FIXTURES", root().join("tests/fixtures"));
        command.current_dir(installed_package::folder()).args(["--test", "--test-reporter=spec"]).args(&files);
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

/// Files of random documents with what the native decoder makes of them, and of cases for the look-ups with their results.
fn cases() -> Outcome<(PathBuf, PathBuf)> {
    let (documents, lookups) = (target().join("documents.jsonl"), target().join("lookups.jsonl"));
    let mut write = cargo();
    write.args(["test", "--locked", "--package", "cisco-support-case", "--test", "native"]);
    write.args(["--", "--ignored", "--exact"]);
    write.arg("decoder_differential::documents_for_the_package_are_written").env("DOCUMENTS", &documents);
    write.arg("lookups::cases_for_the_package_are_written").env("LOOKUPS", &lookups);
    step("random cases for the package", || quiet(&mut write))?;
    Ok((documents, lookups))
}

fn package_workerd() -> Outcome<Counts> {
    installed_package::with("context")?;
    installed_package::with("panics")?;
    let folder = installed_package::with("workerd")?;
    // What an earlier run left would answer for this one.
    remove(&folder.join(".wrangler"))?;
    let mut command = node_24();
    command.arg(root().join("tests/workerd/run.mjs")).env("WORKER", &folder).env("WRANGLER_SEND_METRICS", "false");
    // Nothing outside this machine is asked.
    command.env("CLOUDFLARE_CF_FETCH_ENABLED", "false");
    let from_inside = counted(&mut command, of_script)?;
    let mut command = node_24();
    command.current_dir(&folder).args(["--test", "--test-reporter=spec"]).args(&test_files(&folder)?);
    // The tests' own tools, which the packed package knows nothing of.
    command.env("TOOLS", demo::tools()).env("WRANGLER_SEND_METRICS", "false");
    command.env("WWW", root().join("www")).env("CLOUDFLARE_CF_FETCH_ENABLED", "false");
    Ok(from_inside.add(counted(&mut command, of_node)?))
}

fn gateway() -> Outcome<Counts> {
    let folder = installed_package::with("gateway")?;
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

fn integrations(browser: &Found) -> Outcome<Counts> {
    let folder = installed_package::with_peers("integrations")?;
    let files = test_files(&folder)?;
    let mut counts = Counts::default();
    // Mock Service Worker's newest version needs a newer Node than the package does.
    for (mut command, msw) in [(node(), "msw-2"), (node_24(), "msw")] {
        installed_package::link(&folder, "msw", msw)?;
        command.current_dir(&folder).args(["--test", "--test-reporter=spec"]).args(&files);
        command.env("ROOT", root()).env("XTASK_HELP", crate::HELP);
        counts = counts.add(counted(&mut command, of_node)?);
    }
    // The examples that the tests have written out are compiled with the rest.
    counts = counts.add(compiled(&folder)?);
    let mut command = node_24();
    command.current_dir(&folder).arg(tests_tool("@playwright/test/cli.js")).args(["test", "--reporter=list"]);
    browser.drive_chromium(&mut command);
    command.env("ROOT", root()).env("TOOLS", demo::tools()).env("PORT", demo::free_port(0)?.to_string());
    Ok(counts.add(counted(&mut command, of_playwright)?))
}

fn publishing() -> Outcome<Counts> {
    let again = target().join("publishing");
    remove(&again)?;
    build::assemble(&again.join("pkg"))?;
    let second = installed_package::pack(&again.join("pkg"), &again)?;
    let mut command = node_24();
    command.args(["--test", "--test-reporter=spec"]).args(&test_files(&root().join("tests/publishing"))?);
    command
        .env("TARBALL", installed_package::tarball()?)
        .env("TARBALL_AGAIN", second)
        .env("PROJECT", installed_package::folder());
    counted(&mut command, of_node)
}

fn size() -> Outcome<Counts> {
    let mut command = node_24();
    command.arg(root().join("tests/size/run.mjs")).env("PROJECT", installed_package::folder());
    counted(&mut command, of_script)
}

fn portal(browser: &Found) -> Outcome<Counts> {
    let artifacts = target().join("portal");
    let folder = artifacts.join("site");
    demo::build_page(&folder)?;
    let chain = demo::chain(&folder, demo::free_port(0)?, Clock::StandsStill)?;
    let alone = demo::alone(&folder, demo::free_port(0)?)?;
    let mut command = node_24();
    command.arg(root().join("tests/portal/e2e.mjs"));
    command.env("PORTAL_URL", chain.address()).env("STATIC_URL", alone.address());
    command.env("ARTIFACTS", artifacts.join(browser.folder()));
    browser.drive(&mut command);
    counted(&mut browser.on_screen(command), of_script)
}

fn loading(browser: &Found) -> Outcome<Counts> {
    let mut command = node_24();
    command.arg(root().join("tests/browsers/loading.mjs"));
    command.env("PACKAGE", installed_package::folder().join("node_modules/cisco-support-case"));
    browser.drive(&mut command);
    counted(&mut browser.on_screen(command), of_script)
}

fn tests_tool(path: &str) -> PathBuf {
    root().join("tests/node_modules").join(path)
}

/// The Node that the tests bring with them: workerd's tools want a newer one than the package does.
pub(crate) fn node_24() -> Command {
    Command::new(tests_tool("node/bin/node"))
}
