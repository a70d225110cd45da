//! `fuzz`: random documents against the decoder and a reference decoder.

use crate::process::{cargo, compile_executable, run, step};
use anyhow::{Result, bail};
use xshell::Shell;

/// Compare the decoder with a reference, over a million random documents.
///
/// Generates random documents of the service's shapes, corrupts half of them, and decodes each by the decoder's fast path,
/// by its general path, by the fast path in reused memory, and by a reference decoder on top of serde_json. All must
/// return the same value or the same refusal. Documents come from a generator and from mutations of its documents; there
/// is no feedback from coverage.
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
}

pub(crate) fn fuzz(sh: &Shell, arguments: &Arguments) -> Result<()> {
    let options = [("--documents", arguments.documents), ("--seed", arguments.seed), ("--minutes", arguments.minutes)];
    let options = options.into_iter().filter_map(|(name, value)| Some([name.to_owned(), value?.to_string()]));
    let program = step("the decoders, compiled with all checks", || {
        let test = ["test", "--locked", "--package", "cisco-support-case", "--profile", "fuzz", "--test", "fuzz"];
        compile_executable(cargo(sh).args(test))
    })?;
    if run(sh.cmd(program).args(options.flatten()))? { Ok(()) } else { bail!("the decoders disagree") }
}
