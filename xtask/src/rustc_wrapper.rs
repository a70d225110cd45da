//! What stands before rustc when a wasm module is built.
//!
//! Rust's own libraries are compiled for processors without vector instructions. A function of theirs calls the module's panic
//! handler; where that has such instructions, it cannot be put in the place of the call, and everything that a panic
//! would say stays in the module (0.7 KB, gzip), although the handler says nothing. So the crate of the handler is
//! compiled without them. Cargo has no flags of one crate.

use crate::modules::CRATE;
use std::process::{Command, ExitCode};

/// Set where this program is to stand before rustc.
pub(crate) const MARK: &str = "XTASK_BEFORE_RUSTC";

/// The flag for vector instructions.
pub(crate) const VECTORS: &str = "-Ctarget-feature=+simd128";

/// Runs rustc, if that is what this program was started for.
pub(crate) fn run() -> Option<ExitCode> {
    std::env::var_os(MARK)?;
    let mut arguments = std::env::args_os().skip(1);
    let rustc = arguments.next()?;
    let arguments: Vec<_> = arguments.collect();
    let is_module = arguments.iter().any(|argument| *argument == *CRATE.replace('-', "_"));
    let arguments = arguments.iter().filter(|argument| !is_module || **argument != *VECTORS);
    let status = Command::new(rustc).args(arguments).env_remove(MARK).status();
    let code = status.ok().and_then(|status| status.code()).and_then(|code| u8::try_from(code).ok());
    Some(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
