//! The suite `lint`: format, lint and documentation of all languages.

use super::rust::{EXAMPLE, NATIVE, WORKER, transport_test};
use crate::process::{cargo, node, root, run};
use crate::setup::{WASM, tool};
use crate::test_output::Counts;
use anyhow::Result;
use xshell::{Cmd, Shell};

pub(super) fn lint(sh: &Shell) -> Result<Counts> {
    let clippy =
        |arguments: &[&str]| cargo(sh).args(["clippy", "--locked"]).args(arguments).args(["--", "--deny", "warnings"]);
    let wasm_clippy =
        |features: &str| clippy(&["--lib", "--target", WASM, "--no-default-features", "--features", features]);
    let documentation = |arguments: &[&str]| {
        let command = cargo(sh).args(["doc", "--locked", "--no-deps", "--package", "cisco-support-case"]);
        command.args(arguments).env("RUSTDOCFLAGS", "--deny warnings")
    };
    // The doctests for wasm are marked `no_run`: the runner is required, but runs nothing.
    let wasm_doctests = cargo(sh)
        .args(["test", "--locked", "--doc", "--target", WASM, "--no-default-features", "--features", "transport"])
        .args(["--", "transport", "guide"])
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", tool("wasm-bindgen-test-runner"));
    let biome = || node(sh).arg(root().join("xtask/node_modules/@biomejs/biome/bin/biome"));
    let checks: [(&str, Cmd<'_>); 23] = [
        ("format", cargo(sh).args(["fmt", "--all", "--check"])),
        ("clippy", clippy(&[&["--workspace", "--all-targets"], &NATIVE[..]].concat())),
        ("clippy, fuzz", clippy(&["--test", "fuzz"])),
        ("clippy, client for wasm", wasm_clippy("js-client")),
        ("clippy, page for wasm", wasm_clippy("js-page")),
        ("clippy, bulk calls for wasm", wasm_clippy("js-bulk")),
        ("clippy, gateway for wasm", wasm_clippy("js-gateway")),
        ("clippy, sandbox for wasm", wasm_clippy("js-sandbox")),
        ("clippy, transport for wasm", wasm_clippy("transport,serde")),
        ("clippy, tests of transport", clippy(&transport_test())),
        ("clippy, example", clippy(&EXAMPLE)),
        ("clippy, Worker", clippy(&WORKER)),
        ("documentation", documentation(&["--features", "serde"])),
        ("documentation for wasm", documentation(&["--features", "serde,transport", "--target", WASM])),
        ("examples in the documentation for wasm", wasm_doctests),
        ("example", cargo(sh).args(["build", "--locked"]).args(EXAMPLE)),
        ("format of JavaScript and TypeScript", biome().arg("format")),
        ("lint of JavaScript and TypeScript", biome().args(["lint", "--error-on-warnings"])),
        ("language of comments", node(sh).arg("xtask/lint/language.mjs")),
        ("imports: no cycles, and layers", node(sh).arg("xtask/lint/imports.mjs")),
        ("length of files", node(sh).arg("xtask/lint/file-lengths.mjs")),
        ("names that the oldest browsers lack", node(sh).arg("xtask/lint/platform.mjs")),
        ("tests of these four checks", node(sh).args(["--test", "xtask/lint/lint.test.mjs"])),
    ];
    checks.into_iter().try_fold(Counts::default(), |counts, (name, command)| Ok(counts.add(check(name, command)?)))
}

/// Runs a command as one check, and prints its result.
pub(super) fn check(name: &str, command: Cmd<'_>) -> Result<Counts> {
    let passed = run(command)?;
    println!("{name}: {}", if passed { "ok" } else { "FAILED" });
    Ok(Counts::one(name, passed))
}
