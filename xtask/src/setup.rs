//! Installation of missing tools below this repository, each once.
//!
//! Only Debian's browsers are installed for the whole machine: by `browser`, as root, for `test`.

use crate::cargo_lock::CargoLock;
use crate::process::{cargo, link_folder, node, npm, root, run_captured, skipped, step, target};
use anyhow::{Context, Result, bail};
use semver::Version;
use std::path::{Path, PathBuf};
use xshell::{Shell, cmd};

/// The target of the wasm modules.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// The target folder of the pinned wasm-bindgen tools. It is not the crate's, so that neither build invalidates the other.
fn tools() -> PathBuf {
    target().join("tools")
}

/// The path of the pinned `wasm-bindgen` or `wasm-bindgen-test-runner`.
pub(crate) fn tool(name: &str) -> PathBuf {
    tools().join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// Installs the tools of `build`.
pub(crate) fn for_build(sh: &Shell) -> Result<()> {
    check_node_and_npm(sh)?;
    wasm_target(sh)?;
    wasm_bindgen(sh)?;
    npm_install(
        sh,
        &root().join("xtask"),
        "npm tools of the build (wasm-opt, tsc and the type declarations of the platforms)",
    )?;
    link_node_modules(&root().join("pkg-template"))
}

/// Installs the npm tools of the tests.
pub(crate) fn test_tools(sh: &Shell) -> Result<()> {
    npm_install(sh, &root().join("tests"), "npm tools of the tests")
}

/// Links a folder's `node_modules` to the npm tools of the build, where the compiler and editors find them.
pub(crate) fn link_node_modules(folder: &Path) -> Result<()> {
    let (link, modules) = (folder.join("node_modules"), root().join("xtask/node_modules"));
    match std::fs::read_link(&link) {
        Ok(target) if target == modules => return Ok(()),
        // That of the place from which this folder was moved or copied.
        Ok(_) => std::fs::remove_file(&link)
            // Windows removes the link of a folder as a folder.
            .or_else(|_| std::fs::remove_dir(&link))
            .with_context(|| format!("{} could not be removed", link.display()))?,
        Err(_) if link.exists() => return Ok(()),
        Err(_) => {}
    }
    link_folder(&modules, &link)
}

fn check_node_and_npm(sh: &Shell) -> Result<()> {
    const HINT: &str = "install Node 20.19 or newer, which includes npm";
    let version = run_captured(node(sh).arg("--version")).with_context(|| format!("node was not found: {HINT}"))?;
    let version = Version::parse(version.trim().trim_start_matches('v'))?;
    if (version.major, version.minor) < (20, 19) {
        bail!("node {version} is too old: {HINT}");
    }
    run_captured(npm(sh).arg("--version")).with_context(|| format!("npm was not found: {HINT}"))?;
    Ok(())
}

fn wasm_target(sh: &Shell) -> Result<()> {
    let name = format!("Rust target {WASM}");
    let installed = run_captured(cmd!(sh, "rustup target list --installed"))
        .with_context(|| format!("rustup was not found: install Rust by rustup, or add the target {WASM} yourself"))?;
    if installed.lines().any(|line| line.trim() == WASM) {
        skipped(&name);
        return Ok(());
    }
    step(&name, || {
        run_captured(cmd!(sh, "rustup target add {WASM}"))
            .with_context(|| format!("check the network, then run `rustup target add {WASM}` and try again"))?;
        Ok(())
    })
}

/// Compiles wasm-bindgen's tools in the version of the crate `wasm-bindgen` in Cargo.lock: they refuse every other one.
fn wasm_bindgen(sh: &Shell) -> Result<()> {
    let lock = CargoLock::read(sh)?;
    let (version, cli) = (lock.version("wasm-bindgen")?, lock.version("wasm-bindgen-cli")?);
    if cli != version {
        bail!(
            "Cargo.lock contains wasm-bindgen {version} but wasm-bindgen-cli {cli}: set both to one version in Cargo.toml \
             and xtask/wasm-bindgen/Cargo.toml"
        );
    }
    let name = format!("wasm-bindgen {version} and its test runner");
    let stamp = tools().join("version");
    let is_built = tool("wasm-bindgen").exists() && tool("wasm-bindgen-test-runner").exists();
    if is_built && sh.read_file(&stamp).is_ok_and(|built| built == version) {
        skipped(&name);
        return Ok(());
    }
    step(&format!("{name} (once; about a minute and a half)"), || {
        let build = cargo(sh).args(["build", "--locked", "--package", "wasm-bindgen-pinned", "--target-dir"]);
        run_captured(build.arg(tools()))?;
        Ok(sh.write_file(&stamp, version)?)
    })
}

/// Installs Firefox's driver, which Debian does not package, and returns its path.
pub(crate) fn geckodriver(sh: &Shell) -> Result<PathBuf> {
    const VERSION: &str = "0.37.1";
    let folder = tools().join("geckodriver").join(VERSION);
    let driver = folder.join("bin").join(format!("geckodriver{}", std::env::consts::EXE_SUFFIX));
    if driver.exists() {
        skipped(&format!("geckodriver {VERSION}"));
        return Ok(driver);
    }
    step(&format!("geckodriver {VERSION} (once; about a minute and a half)"), || {
        // An unoptimised build is faster, and the driver only forwards messages.
        let install = cargo(sh).args(["install", "geckodriver", "--locked", "--debug", "--version", VERSION]);
        run_captured(install.arg("--root").arg(&folder).arg("--target-dir").arg(folder.join("build")))?;
        Ok(sh.remove_path(folder.join("build"))?)
    })?;
    Ok(driver)
}

/// Installs the npm packages of a folder in the versions of its lock file, unless they are installed.
pub(crate) fn npm_install(sh: &Shell, folder: &Path, name: &str) -> Result<()> {
    let manifest = sh.read_file(folder.join("package.json"))?;
    let lock = sh.read_file(folder.join("package-lock.json"))?;
    let wanted = format!("{manifest}\n{lock}");
    let stamp = folder.join("node_modules/.installed");
    if sh.read_file(&stamp).is_ok_and(|installed| installed == wanted) {
        skipped(name);
        return Ok(());
    }
    step(name, || {
        let _folder = sh.push_dir(folder);
        // `npm ci` refuses locks with optional packages of other systems; `install` with a lock gives the same versions.
        run_captured(npm(sh).args(["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"]))
            .with_context(|| format!("check the network, delete {}/node_modules and try again", folder.display()))?;
        Ok(sh.write_file(&stamp, &wanted)?)
    })
}
