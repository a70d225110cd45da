//! Installs what is missing, each step once, below this repository.
//!
//! All that is installed for the whole machine are Debian's browsers, in `browser`, as root, for `test`.

use crate::process::{Outcome, cargo, node, npm, quiet, read_text, remove, root, skipped, step, target, write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The target that the crate is compiled for.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// The folder of the pinned wasm-bindgen tools, apart from the crate's own build: neither rebuilds the other.
fn tools() -> PathBuf {
    target().join("tools")
}

/// The pinned `wasm-bindgen` or `wasm-bindgen-test-runner`.
pub(crate) fn tool(name: &str) -> PathBuf {
    tools().join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// What `build` needs.
pub(crate) fn for_build() -> Outcome {
    node_and_npm()?;
    wasm_target()?;
    wasm_bindgen()?;
    npm_install(
        &root().join("xtask"),
        "npm tools of the build (wasm-opt, tsc and the types of what the package is for)",
    )?;
    link_node_modules(&root().join("pkg-template"))
}

/// Lets the sources in a folder find the npm packages of the build: for the compiler, and for editors.
pub(crate) fn link_node_modules(folder: &Path) -> Outcome {
    let (link, packages) = (folder.join("node_modules"), root().join("xtask/node_modules"));
    if link.exists() {
        return Ok(());
    }
    #[cfg(windows)]
    let made = std::os::windows::fs::symlink_dir(&packages, &link);
    #[cfg(not(windows))]
    let made = std::os::unix::fs::symlink(&packages, &link);
    made.map_err(|error| format!("{} cannot be made: {error}", link.display()))
}

fn node_and_npm() -> Outcome {
    const WANTED: (u32, u32) = (20, 19);
    let hint = "install Node 20.19 or newer, which brings npm";
    let version = quiet(node().arg("--version")).map_err(|_| format!("node was not found: {hint}"))?;
    let mut numbers = version.trim().trim_start_matches('v').split('.').filter_map(|part| part.parse::<u32>().ok());
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if found < WANTED {
        return Err(format!("node {} is too old: {hint}", version.trim()));
    }
    quiet(npm(&root()).arg("--version")).map_err(|_| format!("npm was not found: {hint}"))?;
    Ok(())
}

fn wasm_target() -> Outcome {
    let name = format!("Rust target {WASM}");
    let installed = quiet(Command::new("rustup").current_dir(root()).args(["target", "list", "--installed"]))
        .map_err(|_| format!("rustup was not found: install Rust by rustup, or add the target {WASM} yourself"))?;
    if installed.lines().any(|line| line.trim() == WASM) {
        skipped(&name);
        return Ok(());
    }
    step(&name, || {
        quiet(Command::new("rustup").current_dir(root()).args(["target", "add", WASM]))
            .map(drop)
            .map_err(|error| format!("{error}\nCheck the network, then run `rustup target add {WASM}` and try again."))
    })
}

/// The CLI must be of the very version that the crate was compiled with, so both follow the lock file.
fn wasm_bindgen() -> Outcome {
    let wanted = locked_version("wasm-bindgen")?;
    let cli = locked_version("wasm-bindgen-cli")?;
    if cli != wanted {
        return Err(format!(
            "Cargo.lock names wasm-bindgen {wanted} but wasm-bindgen-cli {cli}: set both to one version in Cargo.toml and xtask/wasm-bindgen/Cargo.toml"
        ));
    }
    let name = format!("wasm-bindgen {wanted} and its test runner");
    let stamp = tools().join("version");
    let is_there = tool("wasm-bindgen").exists() && tool("wasm-bindgen-test-runner").exists();
    if is_there && std::fs::read_to_string(&stamp).is_ok_and(|version| version == wanted) {
        skipped(&name);
        return Ok(());
    }
    step(&format!("{name} (once; about a minute and a half)"), || {
        quiet(cargo().args(["build", "--locked", "--package", "wasm-bindgen-pinned", "--target-dir"]).arg(tools()))?;
        write(&stamp, &wanted)
    })
}

/// Firefox's driver, which Debian does not have.
pub(crate) fn geckodriver() -> Outcome<PathBuf> {
    const VERSION: &str = "0.37.1";
    let folder = tools().join("geckodriver").join(VERSION);
    let driver = folder.join("bin").join(format!("geckodriver{}", std::env::consts::EXE_SUFFIX));
    if driver.exists() {
        skipped(&format!("geckodriver {VERSION}"));
        return Ok(driver);
    }
    step(&format!("geckodriver {VERSION} (once; about a minute and a half)"), || {
        // Not optimised: it is there sooner, and passes words on.
        let mut install = cargo();
        install.args(["install", "geckodriver", "--locked", "--debug", "--version", VERSION, "--root"]);
        quiet(install.arg(&folder).arg("--target-dir").arg(folder.join("build")))?;
        remove(&folder.join("build"))
    })?;
    Ok(driver)
}

/// The version of a package in `Cargo.lock`.
fn locked_version(package: &str) -> Outcome<String> {
    let lock = read_text(&root().join("Cargo.lock"))?;
    version_in(&lock, package).ok_or_else(|| format!("Cargo.lock has no {package}: restore it from git"))
}

fn version_in(lock: &str, package: &str) -> Option<String> {
    let entry = lock.split("[[package]]").find(|entry| entry.contains(&format!("\nname = \"{package}\"\n")))?;
    let version = entry.split("\nversion = \"").nth(1)?;
    Some(version.split('"').next()?.to_owned())
}

/// Installs a folder's npm packages as its lock file says, unless that has been done.
pub(crate) fn npm_install(folder: &Path, name: &str) -> Outcome {
    let manifest = read_text(&folder.join("package.json"))?;
    let lock = read_text(&folder.join("package-lock.json"))?;
    let wanted = format!("{manifest}\n{lock}");
    let stamp = folder.join("node_modules").join(".installed");
    if std::fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        skipped(name);
        return Ok(());
    }
    step(name, || {
        // `npm ci` refuses locks that name optional packages of other systems; `install` with a lock gives the same.
        quiet(npm(folder).args(["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"])).map_err(
            |error| format!("{error}\nCheck the network, delete {}/node_modules and try again.", folder.display()),
        )?;
        write(&stamp, &wanted)
    })
}

#[cfg(test)]
mod tests {
    use super::version_in;

    #[test]
    fn a_package_is_found_by_its_whole_name() {
        let lock = "version = 4\n\n[[package]]\nname = \"wasm-bindgen-cli\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"wasm-bindgen\"\nversion = \"2.0.0\"\n";
        assert_eq!(version_in(lock, "wasm-bindgen").as_deref(), Some("2.0.0"));
        assert_eq!(version_in(lock, "serde"), None);
    }
}
