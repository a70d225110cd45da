//! `bench`: what is measured, each part beside its peers.

use crate::browser::{self, CHROMIUM, FIREFOX};
use crate::build::{self, pkg};
use crate::process::{Outcome, cargo, executable, node, quiet, root, shown, step, target};
use crate::setup;
use crate::test::node_24;
use std::path::PathBuf;
use std::process::Command;

/// A part: its name, what it measures, and the command.
struct Part {
    name: &'static str,
    about: &'static str,
    command: fn() -> Outcome<Command>,
}

const PARTS: [Part; 9] = [
    Part {
        name: "decode",
        about: "the decoder against JSON.parse and against validators, in Node 24 and in browsers",
        command: decode,
    },
    Part {
        name: "call",
        about: "whole calls against res.json(), and many at once, in Node 24 and in Chromium",
        command: || Ok(in_chromium("call.mjs")),
    },
    Part {
        name: "page",
        about: "the first request of a fresh page on a slow connection, in Chromium",
        command: || Ok(in_chromium("page.mjs")),
    },
    Part {
        name: "start",
        about: "from nothing to the first page, in fresh processes of Node 24",
        command: || Ok(script(node_24(), "start.mjs")),
    },
    Part {
        name: "memory",
        about: "the wasm memory's growth and the heap that cases hold, in Node 24",
        command: || Ok(script(node_24(), "memory.mjs")),
    },
    Part {
        name: "bulk",
        about: "In bulk: requests, simulated time and lost cases, against the loop page by page",
        command: bulk,
    },
    Part {
        name: "all-cases",
        about: "the time and the memory of a bulk read of a million cases, in Node 24",
        command: || Ok(script(node_24(), "all-cases.mjs")),
    },
    Part {
        name: "gateway",
        about: "the gateway against a bare pass-through Worker, in one workerd",
        command: || Ok(script(node_24(), "gateway.mjs")),
    },
    Part { name: "sandbox", about: "how long the sandbox takes for a page, at a million cases", command: sandbox },
];

const QUICK: &str = "--quick";

pub(crate) fn help() -> String {
    let mut text = "\
Sets up what is missing, builds the package, measures, prints tables and writes target/bench.json (a part that is not
run keeps its last findings there). A target that is missed is marked ✗ and fails nothing; a wrong result fails.

Usage: cargo xtask bench [--quick] [PART]…

  --quick   less of it: decode against JSON.parse only and in Node only, fewer processes and fewer cases for the rest

The variable BASELINE_PKG names the folder of an earlier build of the package: call, page and all-cases measure it beside
this one, and without it leave those rows out.

Parts:"
        .to_owned();
    for part in &PARTS {
        text.push_str(&format!("\n  {:<9} {}", part.name, part.about));
    }
    text
}

/// Builds the package and runs the named parts, or all.
pub(crate) fn bench(args: &[String]) -> Outcome {
    let (options, names): (Vec<_>, Vec<_>) = args.iter().partition(|arg| arg.starts_with("--"));
    if let Some(option) = options.iter().find(|option| option.as_str() != QUICK) {
        return Err(format!("there is no option {option}; `cargo xtask bench --help` lists them"));
    }
    if let Some(name) = names.iter().find(|name| PARTS.iter().all(|part| part.name != name.as_str())) {
        return Err(format!("there is no part \"{name}\"; `cargo xtask bench --help` lists them"));
    }
    let wanted: Vec<_> =
        PARTS.iter().filter(|part| names.is_empty() || names.iter().any(|name| *name == part.name)).collect();
    build::build()?;
    setup::npm_install(&root().join("tests"), "npm tools of the tests")?;
    setup::npm_install(&root().join("tests/bench"), "npm packages of the benchmarks")?;
    let mut failed = Vec::new();
    for part in wanted {
        println!("\n━━ {}: {}", part.name, part.about);
        let mut command = (part.command)()?;
        command.args(options.iter().map(|option| option.as_str())).arg(pkg()).env("BENCH_JSON", findings());
        if !shown(&mut command)?.0 {
            failed.push(part.name);
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(format!("what failed: {}", failed.join(", "))) }
}

fn findings() -> PathBuf {
    target().join("bench.json")
}

fn script(mut node: Command, name: &str) -> Command {
    node.arg(root().join("tests/bench").join(name));
    node
}

/// A script that drives Chromium. A browser that is not there is left out, and that is said.
fn in_chromium(name: &str) -> Command {
    let mut command = script(node_24(), name);
    match browser::ready(&[&CHROMIUM]).and_then(|()| CHROMIUM.find()) {
        Ok(chromium) => chromium.drive_chromium(&mut command),
        Err(message) => println!("· Chromium is left out. {message}"),
    }
    command
}

fn decode() -> Outcome<Command> {
    let mut command = in_chromium("decode.mjs");
    match FIREFOX.installed() {
        Some(path) => {
            command.env("FIREFOX", path);
        }
        None => println!("· Firefox is left out: it was not found"),
    }
    Ok(command)
}

/// The program has its own clock, and is compiled for the machine that asks.
fn bulk() -> Outcome<Command> {
    let program = step("the program, compiled", || {
        let mut command = cargo();
        command.args(["bench", "--locked", "--package", "cisco-support-case", "--bench", "bulk", "--no-run"]);
        executable(&quiet(&mut command)?)
    })?;
    let mut command = script(node_24(), "bulk.mjs");
    command.arg(program);
    Ok(command)
}

fn sandbox() -> Outcome<Command> {
    let mut node = node();
    node.arg("--expose-gc");
    Ok(script(node, "sandbox-page.mjs"))
}
