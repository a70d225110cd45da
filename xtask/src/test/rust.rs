//! The suites of the crate: natively, in wasm and in workerd.

use crate::browser::InstalledBrowser;
use crate::process::{cargo, cargo_program, node_24, root, run_captured, target, without_cargo_variables};
use crate::setup::{WASM, tool};
use crate::test_output::{Counts, count_cargo, count_node};
use anyhow::Result;
use xshell::{Cmd, Shell};

/// The workspace as it is linted natively: without the pinned tools, and with serde's traits.
pub(super) const NATIVE: [&str; 4] = ["--exclude", "wasm-bindgen-pinned", "--features", "cisco-support-case/serde"];

/// The example app.
pub(super) const EXAMPLE: [&str; 4] = ["--package", "contract-cases", "--target", WASM];

/// The Worker that is tested in workerd.
pub(super) const WORKER: [&str; 4] = ["--package", "workerd-rust", "--target", WASM];

/// The test targets of the wasm's APIs for JavaScript and for Rust, each with its features.
const WASM_TESTS: [(&str, &str); 2] = [("wasm", "js-client,js-bulk"), ("transport", "transport,sandbox")];

/// The arguments of cargo that select the tests of the client for Rust.
pub(super) fn transport_test() -> [&'static str; 7] {
    let [_, (test, features)] = WASM_TESTS;
    ["--target", WASM, "--test", test, "--no-default-features", "--features", features]
}

/// The crate as all native tests have it, so that it is compiled once.
pub(super) const CRATE: [&str; 4] = ["--package", "cisco-support-case", "--features", "serde"];

/// The workspace's own tools, as `cargo xtask` has compiled their dependencies.
const TOOLS: [&str; 6] = ["--package", "xtask", "--package", "codegen", "--profile", "dev"];

pub(super) fn native(sh: &Shell) -> Result<Counts> {
    let test = || cargo(sh).args(["test", "--locked", "--no-fail-fast"]);
    Ok(count_cargo(test().args(CRATE))?.add(count_cargo(test().args(TOOLS))?))
}

/// Adds the arguments that run a wasm test target to a cargo command.
fn wasm_tests<'s>(cargo: Cmd<'s>, test: &str, features: &str) -> Cmd<'s> {
    cargo
        .args(["test", "--locked", "--target", WASM, "--test", test, "--no-default-features", "--features", features])
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", tool("wasm-bindgen-test-runner"))
}

pub(super) fn wasm_node(sh: &Shell) -> Result<Counts> {
    let count = |counts: Counts, (test, features)| Ok(counts.add(count_cargo(wasm_tests(cargo(sh), test, features))?));
    WASM_TESTS.into_iter().try_fold(Counts::default(), count)
}

/// Runs the wasm tests in a browser. Each browser must run all tests.
pub(super) fn wasm_in_browser(sh: &Shell, browser: &InstalledBrowser) -> Result<Counts> {
    let mut all = Counts::default();
    for (test, features) in WASM_TESTS {
        let list = run_captured(wasm_tests(cargo(sh), test, features).args(["--", "--list"]))?;
        let expected = list.lines().filter(|line| line.ends_with(": test")).count();
        let cargo = without_cargo_variables(browser.cmd(sh, cargo_program()));
        let counts = count_cargo(browser.in_wasm_runner(sh, wasm_tests(cargo, test, features))?)?;
        let actual = counts.passed + counts.failed;
        all = all.add(counts);
        if actual != expected {
            let message = format!("{test}: {actual} of {expected} tests ran");
            println!("{message}");
            all = all.add(Counts::failure(&message));
        }
    }
    Ok(all)
}

pub(super) fn wasm_workerd(sh: &Shell) -> Result<Counts> {
    run_captured(cargo(sh).args(["build", "--locked"]).args(WORKER))?;
    let module = target().join("workerd-rust");
    let bindgen = sh.cmd(tool("wasm-bindgen")).args(["--target", "web", "--out-dir"]).arg(&module);
    run_captured(bindgen.arg(target().join(WASM).join("debug/workerd_rust.wasm")))?;
    count_node(sh, node_24(sh).env("MODULE", module), &[root().join("tests/workerd-rust/requests.test.mjs")])
}
