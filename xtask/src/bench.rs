//! `bench`: the benchmarks, each against its peers.

use crate::browser::{self, CHROMIUM, FIREFOX};
use crate::build::{self, pkg};
use crate::process::{cargo, compile_executable, node, node_24, root, run, step, target, test_tools_manifest};
use crate::setup;
use anyhow::{Result, bail};
use clap::builder::PossibleValuesParser;
use xshell::{Cmd, Shell};

/// A part of the benchmarks.
struct Part {
    name: &'static str,
    about: &'static str,
    command: fn(&Shell) -> Result<Cmd<'_>>,
}

const PARTS: [Part; 11] = [
    Part {
        name: "decode",
        about: "the decoder against JSON.parse and against validators, in Node 24 and in browsers",
        command: decode,
    },
    Part {
        name: "call",
        about: "whole calls against res.json(), and many at once, in Node 24 and in Chromium",
        command: |sh| in_chromium(sh, "call.mjs"),
    },
    Part {
        name: "page",
        about: "the first request of a fresh page on a slow connection, in Chromium",
        command: |sh| in_chromium(sh, "page.mjs"),
    },
    Part {
        name: "start",
        about: "from an empty process to the first page, in Node 24",
        command: |sh| Ok(script(node_24(sh), "start.mjs")),
    },
    Part {
        name: "memory",
        about: "the growth of the wasm memory and the heap that cases occupy, in Node 24",
        command: |sh| Ok(script(node_24(sh), "memory.mjs")),
    },
    Part {
        name: "bulk",
        about: "bulk calls: requests, simulated time and lost cases, against the loop page by page",
        command: bulk,
    },
    Part {
        name: "all-cases",
        about: "the time and the memory of `allCases` over a million cases, in Node 24",
        command: |sh| Ok(script(node_24(sh), "all-cases.mjs")),
    },
    Part {
        name: "gateway",
        about: "the gateway against a bare pass-through Worker, in one workerd",
        command: |sh| Ok(script(node_24(sh), "gateway.mjs")),
    },
    Part {
        name: "copy",
        about: "the rows and the time of each route of the copy of cases, in workerd's D1",
        command: |sh| Ok(script(node_24(sh), "copy.mjs").env("TOOLS", test_tools_manifest())),
    },
    Part {
        name: "store",
        about: "the store against arrays, SQLite in WebAssembly and libraries, in Node 24 and in Chromium",
        command: |sh| in_chromium(sh, "store.mjs"),
    },
    Part { name: "sandbox", about: "the sandbox's time for a page of a million cases", command: sandbox },
];

/// Measure, side by side with peers.
///
/// Installs missing tools, builds the package, measures, prints tables and writes target/bench.json. The file retains the
/// last results of parts that are not run. A missed target is marked ✗ and fails nothing; a wrong result fails.
#[derive(clap::Args)]
#[command(verbatim_doc_comment, after_help = after_help())]
pub(crate) struct Arguments {
    /// Measure less: decode only in Node and against JSON.parse, fewer processes and cases in the other parts.
    #[arg(long)]
    quick: bool,
    /// Measure more: the store with a million cases too, which takes a quarter of an hour and 8 GB of memory, and the copy with
    /// a million.
    #[arg(long)]
    million: bool,
    /// The parts to run [default: all].
    #[arg(value_name = "PART", hide_possible_values = true)]
    #[arg(value_parser = PossibleValuesParser::new(PARTS.map(|part| part.name)))]
    parts: Vec<String>,
}

fn after_help() -> String {
    let parts = PARTS.iter().map(|part| format!("\n  {:<10} {}", part.name, part.about));
    format!(
        "Parts:{}\n\nThe variable BASELINE_PKG is the folder of an earlier build of the package. The parts call, page and \
         all-cases\nmeasure it too; without it these rows are left out.",
        parts.collect::<String>()
    )
}

/// Builds the package and runs the named parts, or all.
pub(crate) fn bench(sh: &Shell, arguments: &Arguments) -> Result<()> {
    build::build(sh)?;
    setup::test_tools(sh)?;
    setup::npm_install(sh, &root().join("tests/bench"), "npm packages of the benchmarks")?;
    let is_wanted = |part: &&Part| arguments.parts.is_empty() || arguments.parts.iter().any(|name| *name == part.name);
    let mut failed = Vec::new();
    for Part { name, about, command } in PARTS.iter().filter(is_wanted) {
        println!("\n━━ {name}: {about}");
        let flags = arguments.quick.then_some("--quick").into_iter().chain(arguments.million.then_some("--million"));
        let command = command(sh)?.args(flags).arg(pkg());
        if !run(command.env("BENCH_JSON", target().join("bench.json")))? {
            failed.push(*name);
        }
    }
    if failed.is_empty() { Ok(()) } else { bail!("failed: {}", failed.join(", ")) }
}

fn script<'s>(node: Cmd<'s>, name: &str) -> Cmd<'s> {
    node.arg(root().join("tests/bench").join(name))
}

/// A script that also measures in Chromium, unless Chromium is missing.
fn in_chromium<'s>(sh: &'s Shell, name: &str) -> Result<Cmd<'s>> {
    let command = script(node_24(sh), name);
    Ok(match browser::install(sh, &[&CHROMIUM]).and_then(|()| CHROMIUM.find(sh)) {
        Ok(chromium) => command.envs(chromium.puppeteer_environment()),
        Err(error) => {
            println!("· Chromium is left out. {error:#}");
            command
        }
    })
}

fn decode(sh: &Shell) -> Result<Cmd<'_>> {
    let command = in_chromium(sh, "decode.mjs")?;
    Ok(match FIREFOX.installed() {
        Some(path) => command.env("FIREFOX", path),
        None => {
            println!("· Firefox is left out: it was not found");
            command
        }
    })
}

/// The benchmark has a simulated clock, and is compiled natively.
fn bulk(sh: &Shell) -> Result<Cmd<'_>> {
    let program = step("the native program", || {
        compile_executable(cargo(sh).args(["bench", "--locked", "--package", "cisco-support-case", "--bench", "bulk"]))
    })?;
    Ok(script(node_24(sh), "bulk.mjs").arg(program))
}

fn sandbox(sh: &Shell) -> Result<Cmd<'_>> {
    Ok(script(node(sh).arg("--expose-gc"), "sandbox-page.mjs"))
}
