//! Compilation and optimisation of one wasm module.

use crate::modules::{CRATE, Deferred, Module};
use crate::process::{cargo, cargo_home, node, root, run_captured, step, target};
use crate::setup::{WASM, tool};
use crate::{export_names, glue, module_split, rustc_wrapper};
use anyhow::{Context, Result, bail};
use base64::Engine;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use xshell::{Shell, cmd};

/// Builds a module into a folder, with its JavaScript and declarations. Returns its build id.
pub(crate) fn build(sh: &Shell, module: &Module, out: &Path) -> Result<String> {
    step(&format!("wasm module {}", module.name), || build_module(sh, module, out, false))
}

/// Builds a module as it is published, but with the names of its functions. Returns its path.
pub(crate) fn build_with_names(sh: &Shell, module: &Module) -> Result<PathBuf> {
    let (out, name) = (target().join("named"), module.name);
    step(&format!("wasm module {name}, with names"), || build_module(sh, module, &out, true))?;
    Ok(out.join(format!("{name}.wasm")))
}

/// Compiles a module, generates its JavaScript and optimises it. Returns its build id.
fn build_module(sh: &Shell, module: &Module, out: &Path, with_names: bool) -> Result<String> {
    let Module { name, profile, optimise, glue_of, stack_bytes, codegen, deferred } = module;
    let script_name = glue_of.unwrap_or(name);
    let compile = cargo(sh)
        .args(["rustc", "--locked", "--package", CRATE, "--target", WASM, "--profile", profile, "--features", name])
        .env("CARGO_ENCODED_RUSTFLAGS", rustflags(sh))
        .envs(rustc_wrapper::environment()?)
        // These flags are of this module alone. The others are of all modules, so that what they share is compiled once.
        .arg("--")
        .args(*codegen)
        .args(stack_bytes.map(|bytes| format!("-Clink-arg=-zstack-size={bytes}")));
    run_captured(compile)?;
    let compiled = target().join(WASM).join(profile).join("cisco_support_case_module.wasm");
    let generated = target().join("bindgen").join(name);
    sh.remove_path(&generated)?;
    let is_loaded_by_pages = ["client", "page", "bulk", "store"].contains(name);
    let bindgen = sh
        .cmd(tool("wasm-bindgen"))
        .args(["--target", "web", "--out-name", script_name, "--remove-producers-section"])
        .arg(if with_names { "--keep-debug" } else { "--remove-name-section" })
        // Gateway and sandbox can be reset after a panic. The modules of pages have their own JavaScript for each instance.
        .args((!is_loaded_by_pages).then_some("--experimental-reset-state-function"));
    run_captured(bindgen.arg("--out-dir").arg(&generated).arg(&compiled))?;

    let wasm = out.join(format!("{name}.wasm"));
    sh.create_dir(out)?;
    let unoptimised = generated.join(format!("{script_name}_bg.wasm"));
    let script = glue::with_late_coders(&sh.read_file(generated.join(format!("{script_name}.js")))?, name)?;
    let types = sh.read_file(generated.join(format!("{script_name}.d.ts")))?;
    let (script, types, names) = if is_loaded_by_pages {
        let (script, types) = glue::factory(&script, &types, name, deferred.is_some())?;
        let short = export_names::shortened(&sh.read_binary_file(&unoptimised)?, &script, name)?;
        sh.write_file(&unoptimised, short.module)?;
        (short.script, types, short.names)
    } else {
        (without_default_url(&script, name)?, types, BTreeMap::new())
    };
    optimise_into(sh, &wasm, &unoptimised, optimise, with_names)?;
    if with_names {
        return Ok(String::new());
    }
    if let Some(deferred) = deferred {
        split(sh, out, name, deferred, &names).with_context(|| format!("{name}.wasm cannot be split"))?;
    }
    if let Some(owner) = glue_of {
        if script != sh.read_file(out.join(format!("{owner}.js")))? {
            bail!("the JavaScript of {name}.wasm differs from that of {owner}.wasm");
        }
        let build = build_id_of(sh, &out.join(format!("{owner}.wasm")))?;
        append_build_id(sh, &wasm, &build)?;
        return Ok(build);
    }
    let build = build_id(sh, module.files().map(|file| out.join(format!("{file}.wasm"))), &script)?;
    for file in module.files() {
        let wasm = out.join(format!("{file}.wasm"));
        append_build_id(sh, &wasm, &build)?;
        if *name != "gateway" {
            let text = base64::engine::general_purpose::STANDARD.encode(sh.read_binary_file(&wasm)?);
            sh.write_file(out.join(format!("{file}.inline.js")), format!("export default \"{text}\";\n"))?;
            let declarations = "declare const base64: string;\nexport default base64;\n";
            sh.write_file(out.join(format!("{file}.inline.d.ts")), declarations)?;
        }
    }
    sh.write_file(out.join(format!("{name}.js")), script)?;
    sh.write_file(out.join(format!("{name}.d.ts")), types)?;
    Ok(build)
}

/// Splits the deferred part from a module. `names` are the short names of its exports.
fn split(sh: &Shell, out: &Path, name: &str, deferred: &Deferred, names: &BTreeMap<String, String>) -> Result<()> {
    let short = |long: &&str| names.get(*long).with_context(|| format!("it does not export {long}"));
    let exports = deferred.exports.iter().map(short).collect::<Result<Vec<_>>>()?;
    let wasm = out.join(format!("{name}.wasm"));
    let is_deferred = |name: &str| exports.iter().any(|export| *export == name);
    let (first, second) = module_split::split(&sh.read_binary_file(&wasm)?, &is_deferred)?;
    sh.write_file(wasm, first)?;
    Ok(sh.write_file(out.join(format!("{}.wasm", deferred.name)), second)?)
}

/// Optimises a module. Optimisation takes most of a build, so its results are cached by input, passes and version of wasm-opt.
fn optimise_into(sh: &Shell, wasm: &Path, unoptimised: &Path, passes: &[&str], with_names: bool) -> Result<()> {
    // The features that rustc uses by default for this target.
    const FEATURES: [&str; 7] = [
        "--enable-bulk-memory",
        "--enable-nontrapping-float-to-int",
        "--enable-sign-ext",
        "--enable-mutable-globals",
        "--enable-reference-types",
        "--enable-multivalue",
        "--enable-simd",
    ];
    let binaryen = root().join("xtask/node_modules/binaryen");
    let arguments = [passes, &FEATURES, if with_names { &["-g"] } else { &[] }].concat();
    let mut key = flate2::Crc::new();
    key.update(&sh.read_binary_file(unoptimised)?);
    key.update(arguments.concat().as_bytes());
    key.update(&sh.read_binary_file(binaryen.join("package.json"))?);
    let cached = target().join("optimised").join(format!("{:08x}-{}.wasm", key.sum(), key.amount()));
    if !cached.exists() {
        let wasm_opt = node(sh).arg(binaryen.join("bin/wasm-opt")).arg(unoptimised).args(arguments);
        run_captured(wasm_opt.arg("-o").arg(wasm))?;
        sh.write_file(&cached, sh.read_binary_file(wasm)?)?;
    }
    Ok(sh.write_file(wasm, sh.read_binary_file(&cached)?)?)
}

/// The build id of a module: the CRC-32 of its files and its JavaScript.
fn build_id(sh: &Shell, files: impl Iterator<Item = PathBuf>, script: &str) -> Result<String> {
    let mut checksum = flate2::Crc::new();
    for wasm in files {
        checksum.update(&sh.read_binary_file(wasm)?);
    }
    checksum.update(script.as_bytes());
    Ok(format!("{:08x}", checksum.sum()))
}

/// Appends a build id to a module, as a custom section named `build`.
fn append_build_id(sh: &Shell, wasm: &Path, build: &str) -> Result<()> {
    let mut bytes = sh.read_binary_file(wasm)?;
    // WebAssembly 2.0, section 5.5.3: section id 0, length, length of the name, name. Each length fits into one byte.
    let name = "build";
    let lengths = [1 + name.len() + build.len(), name.len()].map(|length| u8::try_from(length).unwrap_or(u8::MAX));
    bytes.push(0);
    bytes.extend(lengths);
    bytes.extend(name.bytes().chain(build.bytes()));
    Ok(sh.write_file(wasm, bytes)?)
}

/// The build id that was appended to a module.
fn build_id_of(sh: &Shell, wasm: &Path) -> Result<String> {
    let bytes = sh.read_binary_file(wasm)?;
    let end = bytes.len().checked_sub(8).and_then(|at| bytes.get(at..)).unwrap_or_default();
    Ok(String::from_utf8(end.to_vec())?)
}

/// The flags of rustc for all modules: vector instructions for the decoder, and source paths in panic messages that are the same
/// on every machine.
fn rustflags(sh: &Shell) -> String {
    let mut flags = vec![rustc_wrapper::SIMD.to_owned(), format!("--remap-path-prefix={}=.", root().display())];
    // Where the component rust-src is installed, rustc names the standard library's sources by their local paths.
    if let (Ok(sysroot), Ok(version)) =
        (run_captured(cmd!(sh, "rustc --print sysroot")), run_captured(cmd!(sh, "rustc -vV")))
        && let Some(hash) = version.lines().find_map(|line| line.strip_prefix("commit-hash: "))
    {
        flags.push(format!("--remap-path-prefix={}/lib/rustlib/src/rust=/rustc/{hash}", sysroot.trim()));
    }
    for registry in sh.read_dir(cargo_home().join("registry/src")).unwrap_or_default() {
        flags.push(format!("--remap-path-prefix={}=crates", registry.display()));
    }
    // The separator of CARGO_ENCODED_RUSTFLAGS, which allows spaces in paths.
    flags.join("\u{1f}")
}

/// Removes the generated line that locates the module if none is given. Every entry gives one, and a bundler that sees the
/// line would ship the module twice.
fn without_default_url(glue: &str, name: &str) -> Result<String> {
    let line = format!("module_or_path = new URL('{name}_bg.wasm', import.meta.url);");
    if glue.matches("new URL(").count() != 1 || !glue.contains(&line) {
        bail!("wasm-bindgen's {name}.js has changed: it does not contain `{line}` once");
    }
    Ok(glue.replace(&line, "throw new TypeError(\"no module given\");"))
}

#[cfg(test)]
mod tests {
    use super::without_default_url;

    #[test]
    fn the_default_url_is_removed_or_its_absence_is_an_error() {
        let glue =
            "if (x === undefined) {\n        module_or_path = new URL('client_bg.wasm', import.meta.url);\n    }";
        assert!(without_default_url(glue, "client").is_ok_and(|glue| !glue.contains("new URL")));
        assert!(without_default_url("const wasm = 1;", "client").is_err());
    }
}
