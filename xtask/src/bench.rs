//! `bench`: every benchmark, beside its peers.

use crate::build::{self, pkg};
use crate::run::{Outcome, node, root, shown, target};

pub(crate) const HELP: &str = "\
Runs every benchmark, prints a table and writes target/bench.json.

So far there is one: how long the sandbox takes for a page, at a million cases. Those of the decoder beside its peers
come with the fast decoder.

Usage: cargo xtask bench";

/// Builds the package and runs the benchmarks.
pub(crate) fn bench() -> Outcome {
    build::build()?;
    let mut command = node();
    command.arg("--expose-gc").arg(root().join("tests/bench/sandbox-page.mjs")).arg(pkg());
    command.env("BENCH_JSON", target().join("bench.json"));
    let (succeeded, _) = shown(&mut command)?;
    if succeeded { Ok(()) } else { Err("the benchmark failed".to_owned()) }
}
