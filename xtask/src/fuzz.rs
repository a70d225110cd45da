//! `fuzz`: random documents against the decoder and a reference decoder, and random cases against the store and its models.

use crate::process::{cargo, compile_executable, node_24, root, run, step};
use crate::{build, installed_package, setup};
use anyhow::{Result, bail};
use std::time::{SystemTime, UNIX_EPOCH};
use xshell::Shell;

/// Compare the decoder with a reference over a million random documents, or the store with its models.
///
/// Generates random documents of the service's shapes, corrupts half of them, and decodes each by the decoder's fast path,
/// by its general path, by the fast path in reused memory, and by a reference decoder on top of serde_json. All must
/// return the same value or the same refusal. Documents come from a generator and from mutations of its documents; there
/// is no feedback from coverage.
///
/// With --store: random cases, changes and queries. The crate's store is compared with the plain evaluation of each query, and
/// the packed package with a model in JavaScript, also over a storage that crashes between any two writes.
///
/// It uses all cores, on stable Rust, and closes with one line. A disagreement is printed as a small document with the seed
/// that reproduces it, and ends the run with exit code 1.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Arguments {
    /// Number of documents [default: 1000000].
    #[arg(long, value_name = "N")]
    documents: Option<u64>,
    /// Seed of the random numbers [default: the current time].
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// Minutes after which the run ends; without --documents the run ends only then.
    #[arg(long, value_name = "M")]
    minutes: Option<u64>,
    /// Compare the store instead of the decoder.
    #[arg(long, conflicts_with_all = ["documents", "minutes"])]
    store: bool,
}

/// The number of seeds of the package's store. Each is a store with 25 changes and 200 queries.
const STORE_SEEDS: u64 = 1000;
/// The number of seeds of stores whose storage crashes, 12 times each.
const CRASH_SEEDS: u64 = 60;

pub(crate) fn fuzz(sh: &Shell, arguments: &Arguments) -> Result<()> {
    if arguments.store {
        return fuzz_store(sh, arguments.seed);
    }
    let options = [("--documents", arguments.documents), ("--seed", arguments.seed), ("--minutes", arguments.minutes)];
    let options = options.into_iter().filter_map(|(name, value)| Some([name.to_owned(), value?.to_string()]));
    let program = step("the decoders, compiled with all checks", || {
        let test = ["test", "--locked", "--package", "cisco-support-case", "--profile", "fuzz", "--test", "fuzz"];
        compile_executable(cargo(sh).args(test))
    })?;
    if run(sh.cmd(program).args(options.flatten()))? { Ok(()) } else { bail!("the decoders disagree") }
}

/// Compares the store with its models, natively and as packed.
fn fuzz_store(sh: &Shell, seed: Option<u64>) -> Result<()> {
    // A number that JavaScript and the package's generator, of 32 bits, have exactly.
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let first = seed.unwrap_or(now) % (1 << 31);
    println!("seed {first}");
    let native = cargo(sh)
        .args(["test", "--locked", "--package", "cisco-support-case", "--profile", "fuzz", "--test", "store", "--"])
        .args(["--ignored", "--nocapture", "hundred_thousand"])
        .env("SEED", first.to_string());
    if !run(native)? {
        bail!("the store and the plain evaluation disagree");
    }
    setup::test_tools(sh)?;
    build::build(sh)?;
    installed_package::install(sh)?;
    for (file, seeds) in [("queries", STORE_SEEDS), ("crashes", CRASH_SEEDS)] {
        let node = node_24(sh)
            .arg("--test")
            .arg(root().join(format!("tests/store-package/{file}.test.mjs")))
            .env("PACKAGE", installed_package::package())
            .env("SEEDS", format!("{first}-{}", first + seeds - 1));
        if !run(node)? {
            bail!("the packed store and its model disagree");
        }
    }
    Ok(())
}
