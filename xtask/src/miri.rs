//! `miri`: the decoder's unsafe code, interpreted.

use crate::process::{Outcome, quiet, root, shown, target};
use std::process::Command;

pub(crate) const HELP: &str = "\
Runs the decoder's native tests, and a few of the random documents, in Miri: an interpreter that notices what unsafe code
must not do. It is the scalar variant of the decoder; Miri has no simd128. It takes some minutes, needs a nightly
toolchain with Miri, and is not part of `cargo xtask test`.

Usage: cargo xtask miri";

/// What reads documents, as the tests' names begin.
const TESTS: [&str; 2] = ["decoder_differential::", "decode::"];

pub(crate) fn miri() -> Outcome {
    quiet(nightly().args(["miri", "--version"])).map_err(|_| {
        "Miri was not found: `rustup toolchain install nightly --component miri,rust-src` installs it".to_owned()
    })?;
    let mut command = nightly();
    command.args(["miri", "test", "--locked", "--package", "cisco-support-case", "--test", "native", "--"]);
    command.args(TESTS).env("CARGO_TARGET_DIR", target().join("miri"));
    // The tests read their fixtures from files.
    command.env("MIRIFLAGS", "-Zmiri-disable-isolation");
    let (passed, _) = shown(&mut command)?;
    if passed { Ok(()) } else { Err("Miri found what must not be, or a test failed".to_owned()) }
}

/// Cargo of the nightly toolchain. What the running `cargo xtask` says of its own is not for it.
fn nightly() -> Command {
    let mut command = Command::new("rustup");
    command.current_dir(root()).args(["run", "nightly", "cargo"]);
    for name in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN"] {
        command.env_remove(name);
    }
    command
}
