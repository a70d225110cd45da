//! `pkg/`: the npm package, ready to pack.

use crate::run::{Outcome, cargo, copy_all, node, quiet, read, read_text, remove, root, step, target, write};
use crate::setup::{self, WASM, tool};
use crate::{guide, parts};
use std::io::Write;
use std::path::{Path, PathBuf};

pub(crate) const HELP: &str = "\
Makes pkg/, the npm package, ready to pack: compiles one wasm module per part, generates its JavaScript, optimises it,
writes the TypeScript declarations, the JSON Schemas and the OpenAPI description from the Rust tables, and prints what each
entry weighs.

Usage: cargo xtask build";

/// A wasm module of the package.
pub(crate) struct Module {
    /// Its Cargo feature, and the name of its files.
    pub(crate) name: &'static str,
    /// Its Cargo profile.
    profile: &'static str,
    /// What wasm-opt is told.
    optimise: &'static [&'static str],
}

/// Until nothing more comes of it; what is called from one place only is not always smaller there.
const SMALL: [&str; 3] = ["-Oz", "--converge", "--one-caller-inline-max-function-size=15"];

/// The client counts bytes; gateway and sandbox are servers and count time.
pub(crate) const MODULES: [Module; 3] = [
    Module { name: "client", profile: "wasm-small", optimise: &SMALL },
    Module { name: "gateway", profile: "wasm-fast", optimise: &["-O3"] },
    Module { name: "sandbox", profile: "wasm-fast", optimise: &["-O3"] },
];

/// What every entry of the client imports.
const CLIENT: [&str; 11] = [
    "client.js",
    "handed-in.js",
    "watch.js",
    "module.js",
    "errors.js",
    "bulk.js",
    "call.js",
    "records.js",
    "shapes.js",
    "tables.js",
    "wasm/client.js",
];

/// What the gateway's entry imports.
const GATEWAY: [&str; 12] = [
    "gateway/gateway.js",
    "gateway/exchange.js",
    "gateway/kept.js",
    "gateway/keys.js",
    "gateway/ledger.js",
    "gateway/module.js",
    "gateway/audit.js",
    "gateway/quota.js",
    "gateway/time.js",
    "lines.js",
    "tables.js",
    "wasm/gateway.js",
];

/// What the gateway's sync brings besides, with the client.
const SYNC: [&str; 6] = [
    "entry/gateway-sync-workerd.js",
    "gateway/sync.js",
    "gateway/paced.js",
    "gateway/store.js",
    "gateway/webhook.js",
    "wasm/client.wasm",
];

/// What every entry of the sandbox imports.
const SANDBOX: [&str; 5] = ["service.js", "stand-in.js", "params.js", "lines.js", "wasm/sandbox.js"];

/// The entries of the package, the files of their own that they bring, and those they share, for the table of sizes.
const ENTRIES: [(&str, &[&str], &[&str]); 10] = [
    ("browser", &["entry/browser.js", "wasm/client-file.js", "wasm/client.wasm"], &CLIENT),
    ("node, deno, bun", &["entry/node.js", "wasm/beside.js", "wasm/client-read.js", "wasm/client.wasm"], &CLIENT),
    ("workerd", &["entry/workerd.js", "wasm/client.wasm"], &CLIENT),
    ("./inline", &["inline.js", "wasm/client.inline.js"], &CLIENT),
    ("./gateway", &["entry/gateway-workerd.js", "wasm/gateway.wasm"], &GATEWAY),
    ("./gateway/sync, besides", &SYNC, &CLIENT),
    ("./sandbox", &["sandbox.js", "wasm/sandbox-file.js", "wasm/sandbox.wasm"], &SANDBOX),
    ("./query, besides", &["query.js", "params.js"], &[]),
    ("./msw, besides", &["msw.js", "stand-in.js", "params.js"], &[]),
    (
        "./playwright",
        &["playwright.js", "entry/sandbox-node.js", "wasm/beside.js", "wasm/sandbox-read.js", "wasm/sandbox.wasm"],
        &SANDBOX,
    ),
];

/// The package's folder.
pub(crate) fn pkg() -> PathBuf {
    root().join("pkg")
}

/// Builds the package. It is assembled aside and put in place whole, so that a failed build leaves the last one.
pub(crate) fn build() -> Outcome {
    setup::for_build()?;
    guide::write_tables()?;
    let aside = target().join("pkg-new");
    assemble(&aside)?;
    remove(&pkg())?;
    std::fs::rename(&aside, pkg()).map_err(|error| format!("pkg/ cannot be put in place: {error}"))?;
    print_sizes()
}

/// Makes the package in a folder.
pub(crate) fn assemble(aside: &Path) -> Outcome {
    remove(aside)?;
    copy_all(&root().join("pkg-template"), aside)?;
    for file in ["CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"] {
        write(&aside.join(file), read(&root().join(file))?)?;
    }
    let manifest = read_text(&aside.join("package.json"))?;
    write(&aside.join("package.json"), filled_in(&manifest, &crate_field("version")?, repository()?.as_deref())?)?;
    write(&aside.join("types.d.ts"), cisco_support_case::typescript::declarations())?;
    write(&aside.join("shapes.js"), cisco_support_case::typescript::shapes())?;
    write(&aside.join("tables.js"), cisco_support_case::typescript::constants())?;
    for (path, document) in cisco_support_case::schema::files() {
        write(&aside.join(path), cisco_support_case::schema::pretty(&document))?;
    }
    write(&aside.join("params.js"), cisco_support_case::typescript::params())?;
    for module in &MODULES {
        step(&format!("wasm module {}", module.name), || build_module(module, &aside.join("wasm"), false))?;
    }
    step("licences and bill of materials of what is compiled in", || parts::write_into(aside))
}

/// A text field of the crate's manifest.
pub(crate) fn crate_field(name: &str) -> Outcome<String> {
    let manifest = read_text(&root().join("Cargo.toml"))?;
    field_in(&manifest, name).ok_or_else(|| format!("Cargo.toml has no {name} for the package"))
}

/// Where the project is developed, if the crate's manifest says so.
pub(crate) fn repository() -> Outcome<Option<String>> {
    Ok(field_in(&read_text(&root().join("Cargo.toml"))?, "repository"))
}

fn field_in(manifest: &str, name: &str) -> Option<String> {
    let package = manifest.split("[package]\n").nth(1)?.split("\n[").next()?;
    let lines = package.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(" = \"")?.strip_suffix('"'));
    lines.map(str::to_owned).next()
}

/// The package's manifest with what the crate's says: its version, and where the project is developed, which npm wants to
/// see for a provenance.
fn filled_in(manifest: &str, version: &str, repository: Option<&str>) -> Outcome<String> {
    let placeholder = "  \"version\": \"0.0.0\",\n";
    if !manifest.contains(placeholder) {
        return Err(format!("pkg-template/package.json has no line {placeholder:?}, where the crate's version goes"));
    }
    let mut lines = format!("  \"version\": \"{version}\",\n");
    if let Some(address) = repository.map(|address| address.trim_end_matches('/').trim_end_matches(".git")) {
        lines += &format!("  \"repository\": {{ \"type\": \"git\", \"url\": \"git+{address}.git\" }},\n");
        lines += &format!("  \"homepage\": \"{address}#readme\",\n  \"bugs\": {{ \"url\": \"{address}/issues\" }},\n");
    }
    Ok(manifest.replace(placeholder, &lines))
}

/// The client's wasm as it is published, but with the names of its functions. Gives its path.
pub(crate) fn named_client() -> Outcome<PathBuf> {
    let out = target().join("named");
    let [client, ..] = &MODULES;
    step("wasm module client, with names", || build_module(client, &out, true))?;
    Ok(out.join("client.wasm"))
}

fn build_module(module: &Module, out: &Path, named: bool) -> Outcome {
    let Module { name, profile, optimise } = module;
    let mut compile = cargo();
    compile.env("CARGO_ENCODED_RUSTFLAGS", rustflags());
    quiet(compile.args(["build", "--locked", "--lib", "--target", WASM, "--no-default-features"]).args([
        "--profile",
        profile,
        "--features",
        name,
    ]))?;
    let compiled = target().join(WASM).join(profile).join("cisco_support_case.wasm");
    let generated = target().join("bindgen").join(name);
    remove(&generated)?;
    let mut bindgen = std::process::Command::new(tool("wasm-bindgen"));
    bindgen.args(["--target", "web", "--out-name", name, "--remove-producers-section"]);
    bindgen.arg(if named { "--keep-debug" } else { "--remove-name-section" });
    // The client can be brought back after a panic without a new page.
    bindgen.arg("--experimental-reset-state-function");
    quiet(bindgen.arg("--out-dir").arg(&generated).arg(&compiled))?;

    let wasm = out.join(format!("{name}.wasm"));
    std::fs::create_dir_all(out).map_err(|error| format!("{} cannot be made: {error}", out.display()))?;
    let wasm_opt = root().join("xtask/node_modules/binaryen/bin/wasm-opt");
    let mut command = node();
    command.arg(wasm_opt).arg(generated.join(format!("{name}_bg.wasm"))).args(*optimise).arg("-o").arg(&wasm);
    // What rustc's default features for this target may emit.
    command.args(["--enable-bulk-memory", "--enable-nontrapping-float-to-int", "--enable-sign-ext"]);
    command.args(["--enable-mutable-globals", "--enable-reference-types", "--enable-multivalue", "--enable-simd"]);
    command.args(named.then_some("-g"));
    quiet(&mut command)?;

    let glue = read_text(&generated.join(format!("{name}.js")))?;
    write(&out.join(format!("{name}.js")), guarded(&without_default_url(&glue, name)?, name)?)?;
    if *name == "client" {
        let text = base64(&read(&wasm)?);
        write(&out.join("client.inline.js"), format!("export default \"{text}\";\n"))?;
    }
    Ok(())
}

/// Vector instructions for the decoder; and messages of panics name the file they stand in, not where it lies on this
/// machine.
fn rustflags() -> String {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo"))).unwrap_or_default();
    let mut flags = vec!["-Ctarget-feature=+simd128".to_owned()];
    flags.push(format!("--remap-path-prefix={}=.", root().display()));
    // Where the library's source is installed, rustc names it by where it lies: it is to be named as where it is not.
    let rustc = |args: &[&str]| quiet(std::process::Command::new("rustc").current_dir(root()).args(args));
    if let (Ok(sysroot), Ok(about)) = (rustc(&["--print", "sysroot"]), rustc(&["-vV"]))
        && let Some(hash) = about.lines().find_map(|line| line.strip_prefix("commit-hash: "))
    {
        flags.push(format!("--remap-path-prefix={}/lib/rustlib/src/rust=/rustc/{hash}", sysroot.trim()));
    }
    for entry in std::fs::read_dir(home.join("registry/src")).into_iter().flatten().filter_map(Result::ok) {
        flags.push(format!("--remap-path-prefix={}=crates", entry.path().display()));
    }
    // Cargo's own separator, so that a folder's name may hold a space.
    flags.join("\u{1f}")
}

/// Takes out the generated line that finds the module when none is given: every entry gives one, and a bundler that
/// sees the line would ship the module twice.
fn without_default_url(glue: &str, name: &str) -> Outcome<String> {
    let line = format!("module_or_path = new URL('{name}_bg.wasm', import.meta.url);");
    if glue.matches("new URL(").count() != 1 || !glue.contains(&line) {
        return Err(format!("wasm-bindgen's {name}.js has changed: where is `{line}`?"));
    }
    Ok(glue.replace(&line, "throw new TypeError(\"no module given\");"))
}

/// Where JavaScript calls back into a module: a timer, a promise that has settled, a microtask.
const CALLED_BACK: &str = "            return f(a, state.b, ...args);\n        } finally {";
/// The same, when whoever loads the module has heard first of what it throws.
const CALLED_BACK_GUARDED: &str = "            return f(a, state.b, ...args);\n        } catch (thrown) {\n            if (!broken(thrown)) throw thrown;\n        } finally {";
/// What a call back says that comes when its module is gone; nobody is there to hear it.
const CALLED_TOO_LATE: &str = "throw new Error('Cannot invoke closure from previous WASM instance');";
/// What the generated code is given besides.
const GUARD: &str = "\nlet broken = () => false;
/** Has a function asked of what a call back into the module throws: true says that it is dealt with. */
export function whenBroken(listener) {
    broken = listener;
}
/** Nothing calls back into the module any more. */
export function retire() {
    __wbg_instance_id++;
}
";

/// Sees to it that a module which breaks while nobody calls it (in a timer, say) ends calls, and not the whole process,
/// and that what comes later is not an error that nobody can catch.
fn guarded(glue: &str, name: &str) -> Outcome<String> {
    if !glue.contains("function makeMutClosure(") {
        return Ok(glue.to_owned());
    }
    for part in [CALLED_BACK, CALLED_TOO_LATE, "let __wbg_instance_id = 0;"] {
        if glue.matches(part).count() != 1 {
            return Err(format!("wasm-bindgen's {name}.js has changed: where is `{part}`?"));
        }
    }
    Ok(glue.replace(CALLED_BACK, CALLED_BACK_GUARDED).replace(CALLED_TOO_LATE, "return;") + GUARD)
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0_u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for index in 0..4 {
            let sextet = usize::try_from(group >> (18 - 6 * index) & 63).unwrap_or(0);
            let letter = ALPHABET.get(sextet).copied().unwrap_or(b'A');
            out.push(if index <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

/// The bytes of a file as gzip sends them (level 9).
fn gzipped(bytes: &[u8]) -> usize {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).map_or(0, |out| out.len())
}

fn print_sizes() -> Outcome {
    println!("\n  {:<28}{:>12}{:>12}", "pkg/", "bytes", "gzip");
    for module in &MODULES {
        let file = format!("wasm/{}.wasm", module.name);
        let bytes = read(&pkg().join(&file))?;
        println!("  {file:<28}{:>12}{:>12}", bytes.len(), gzipped(&bytes));
    }
    for (entry, own, shared) in ENTRIES {
        let (mut raw, mut gzip) = (0, 0);
        for file in own.iter().chain(shared) {
            let bytes = read(&pkg().join(file))?;
            raw += bytes.len();
            gzip += gzipped(&bytes);
        }
        println!("  entry {entry:<22}{raw:>12}{gzip:>12}");
    }
    println!();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{CALLED_BACK, CALLED_TOO_LATE, base64, field_in, filled_in, guarded, without_default_url};

    #[test]
    fn base64_is_padded() {
        assert_eq!(base64(b"any carnal pleas"), "YW55IGNhcm5hbCBwbGVhcw==");
        assert_eq!(base64(b"abc"), "YWJj");
        assert_eq!(base64(b""), "");
    }

    #[test]
    fn the_default_address_is_taken_out_or_missed() {
        let glue =
            "if (x === undefined) {\n        module_or_path = new URL('client_bg.wasm', import.meta.url);\n    }";
        assert!(without_default_url(glue, "client").is_ok_and(|glue| !glue.contains("new URL")));
        assert!(without_default_url("const wasm = 1;", "client").is_err());
    }

    #[test]
    fn calls_back_are_guarded_or_missed() {
        let glue =
            format!("let __wbg_instance_id = 0;\nfunction makeMutClosure() {{\n{CALLED_TOO_LATE}\n{CALLED_BACK}");
        assert!(guarded(&glue, "client").is_ok_and(|glue| glue.contains("if (!broken(thrown)) throw thrown;")));
        assert!(guarded("function makeMutClosure() {}", "client").is_err());
        assert_eq!(guarded("const wasm = 1;", "gateway").as_deref(), Ok("const wasm = 1;"));
    }

    #[test]
    fn the_packages_manifest_says_what_the_crates_does() {
        let crates = "[workspace.package]\nrepository = \"https://no.example\"\n\n[package]\nname = \"a\"\nversion = \"1.2.3\"\n\n[lib]\nrepository = \"x\"\n";
        assert_eq!(field_in(crates, "version").as_deref(), Some("1.2.3"));
        assert_eq!(field_in(crates, "repository"), None);
        let npms = "{\n  \"name\": \"a\",\n  \"version\": \"0.0.0\",\n  \"type\": \"module\"\n}\n";
        let plain = filled_in(npms, "1.2.3", None).unwrap();
        assert!(plain.contains("\"version\": \"1.2.3\"") && !plain.contains("repository"), "{plain}");
        let whole = filled_in(npms, "1.2.3", Some("https://git.example/a/b.git")).unwrap();
        assert!(whole.contains("\"url\": \"git+https://git.example/a/b.git\""), "{whole}");
        assert!(whole.contains("\"homepage\": \"https://git.example/a/b#readme\""), "{whole}");
        assert!(filled_in("{}", "1.2.3", None).is_err());
    }
}
