//! `miri`: the decoder's unsafe code in Miri.

use crate::process::{run, run_captured, target};
use anyhow::{Context, Result, bail};
use xshell::{Cmd, Shell, cmd};

/// Run the decoder's tests in Miri (needs a nightly toolchain).
///
/// Runs the decoder's unit tests and native tests, and a few of the random documents, in Miri: an interpreter that detects undefined
/// behaviour of unsafe code. It covers the scalar variant of the decoder, because Miri has no simd128. It takes some
/// minutes, needs a nightly toolchain with Miri, and is not part of `cargo xtask test`.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Arguments;

/// The prefixes of the names of the tests that read documents, and of the unit tests of the decoder's modules.
const TESTS: [&str; 2] = ["decoder_differential::", "decode::"];

pub(crate) fn miri(sh: &Shell) -> Result<()> {
    run_captured(nightly_cargo(sh).args(["miri", "--version"]))
        .context("Miri was not found: `rustup toolchain install nightly --component miri,rust-src` installs it")?;
    let test = nightly_cargo(sh)
        .args(["miri", "test", "--locked", "--package", "cisco-support-case", "--lib", "--test", "native", "--"])
        .args(TESTS)
        .env("CARGO_TARGET_DIR", target().join("miri"))
        // The tests read their fixtures from files.
        .env("MIRIFLAGS", "-Zmiri-disable-isolation");
    if run(test)? { Ok(()) } else { bail!("Miri detected undefined behaviour, or a test failed") }
}

/// The cargo of the nightly toolchain, without the variables that name the toolchain of the running `cargo xtask`.
fn nightly_cargo(sh: &Shell) -> Cmd<'_> {
    let cargo = cmd!(sh, "rustup run nightly cargo");
    ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN"].iter().fold(cargo, |cargo, name| cargo.env_remove(name))
}
