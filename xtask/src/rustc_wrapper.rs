//! The wrapper of rustc that wasm modules are compiled with.
//!
//! Rust's own libraries are compiled without vector instructions. A function of theirs calls the module's panic handler. If the
//! handler is compiled with vector instructions, it cannot be inlined into that function, and everything that formats panic
//! messages stays in the module (0.7 KB after gzip), although the handler ignores the message. The wrapper therefore
//! compiles the handler's crate without them. Cargo has no flags for one crate.

use crate::modules::CRATE;
use crate::process::cargo_home;
use anyhow::{Context, Result};
use std::ffi::OsString;
use std::process::{Command, ExitCode};

/// The variable that makes this program run as a wrapper of rustc.
pub(crate) const MARKER: &str = "XTASK_BEFORE_RUSTC";

/// The flag for vector instructions.
pub(crate) const SIMD: &str = "-Ctarget-feature=+simd128";

/// Returns the variables for cargo that make this program the wrapper.
///
/// Cargo makes the wrapper's path, as it is given, a part of the names of all symbols, whose order that of the functions follows: by
/// its name alone, a module is the same in every folder. If another program of that name is installed, it is not.
pub(crate) fn environment() -> Result<[(&'static str, OsString); 3]> {
    let own = std::env::current_exe()?;
    let (folder, name) = own.parent().zip(own.file_name()).context("this program has no path")?;
    // rustup puts the folder of installed programs before all others.
    let installed = cargo_home().join("bin").join(name);
    let wrapper = if installed.exists() { own.as_os_str() } else { name };
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.to_owned()).chain(std::env::split_paths(&path));
    let path = std::env::join_paths(folders).context("this program's folder cannot be part of PATH")?;
    Ok([("RUSTC_WORKSPACE_WRAPPER", wrapper.to_owned()), ("PATH", path), (MARKER, OsString::from("1"))])
}

/// Runs rustc if this program was started as its wrapper.
pub(crate) fn run() -> Option<ExitCode> {
    std::env::var_os(MARKER)?;
    let mut arguments = std::env::args_os().skip(1);
    let rustc = arguments.next()?;
    let arguments: Vec<_> = arguments.collect();
    let is_module = arguments.iter().any(|argument| *argument == *CRATE.replace('-', "_"));
    let arguments = arguments.iter().filter(|argument| !is_module || **argument != *SIMD);
    let status = Command::new(rustc).args(arguments).env_remove(MARKER).status();
    let code = status.ok().and_then(|status| status.code()).and_then(|code| u8::try_from(code).ok());
    Some(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
