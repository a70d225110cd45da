//! `pkg/`: the npm package, ready to pack.

use crate::modules::{CRATE, MODULES, Module};
use crate::process::{Outcome, cargo, node, quiet, read, read_text, remove, root, step, target, write};
use crate::setup::{self, WASM, tool};
use crate::{export_names, glue, guide, rustc_wrapper, sbom};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};

pub(crate) const HELP: &str = "\
Makes pkg/, the npm package, ready to pack: compiles one wasm module per part, generates its JavaScript, optimises it,
prints TypeScript, the JSON Schemas and the OpenAPI description from the Rust tables, compiles the TypeScript, and prints
what each entry weighs.

Usage: cargo xtask build";

/// A row of the table of sizes.
struct Entry {
    title: &'static str,
    /// Its script. What this imports is weighed too, but not what it loads later.
    script: &'static str,
    /// Files besides scripts.
    wasm: &'static [&'static str],
    /// The script of an entry that is there anyway: it is not weighed, nor is what it imports.
    besides: Option<&'static str>,
}

const ENTRIES: [Entry; 11] = {
    const fn entry(title: &'static str, script: &'static str, wasm: &'static [&'static str]) -> Entry {
        Entry { title, script, wasm, besides: None }
    }
    const BULK: &[&str] = &["wasm/bulk.wasm"];
    const BOTH: &[&str] = &["wasm/client.wasm", "wasm/bulk.wasm"];
    const GATEWAY: &[&str] = &["wasm/gateway.wasm"];
    const SANDBOX: &[&str] = &["wasm/sandbox.wasm"];
    [
        entry("browser", "entry/browser.js", &["wasm/page.wasm"]),
        Entry { besides: Some("entry/browser.js"), ..entry("./bulk, besides", "bulk.js", BULK) },
        entry("node, deno, bun", "entry/node.js", BOTH),
        entry("workerd", "entry/workerd.js", BOTH),
        entry("./inline", "inline.js", &[]),
        entry("./gateway", "entry/gateway-workerd.js", GATEWAY),
        Entry {
            besides: Some("entry/gateway-workerd.js"),
            ..entry("./gateway/sync, besides", "entry/gateway-sync-workerd.js", BOTH)
        },
        entry("./sandbox", "sandbox.js", SANDBOX),
        Entry { besides: Some("entry/browser.js"), ..entry("./query, besides", "query/index.js", &[]) },
        entry("./msw, besides", "testing/msw.js", &[]),
        entry("./playwright", "testing/playwright.js", SANDBOX),
    ]
};

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
    let generated = target().join("package-generated");
    remove(&generated)?;
    for (path, source) in codegen::typescript::files() {
        write(&generated.join(path), source)?;
    }
    // An editor that finds it there by `rootDirs` takes it for what it is.
    write(&generated.join("package.json"), "{ \"type\": \"module\" }\n")?;
    let head = "// Written by `cargo xtask build`. Do not edit.\n";
    let mut builds = BTreeMap::new();
    for module in &MODULES {
        let name = module.name;
        let build = step(&format!("wasm module {name}"), || build_module(module, &generated.join("wasm"), false))?;
        builds.insert(name, build);
    }
    let constant = |name: &str, about: &str, of: &str| {
        let build = builds.get(of).map_or("", String::as_str);
        format!("\n/** {about} */\nexport const {name}: string = \"{build}\";\n")
    };
    let of_module = |name: &str| {
        constant(
            &format!("{}_BUILD", name.to_uppercase()),
            &format!("The build of {name}.wasm that belongs to this JavaScript."),
            name,
        )
    };
    let others = MODULES
        .iter()
        .filter(|module| module.name != "bulk" && module.glue_of.is_none())
        .map(|module| of_module(module.name));
    write(&generated.join("generated/build.ts"), [head.to_owned()].into_iter().chain(others).collect::<String>())?;
    // The JavaScript of bulk calls is loaded by itself: a bundler must find this in no file that it has in common with the
    // rest, or an old one could not be told from a new one.
    let chunk = constant("BULK_OF_CLIENT", "The build of client.wasm that this JavaScript works with.", "client");
    write(&generated.join("generated/bulk-build.ts"), [head, &of_module("bulk"), &chunk].concat())?;
    // The description of the API as a script, for where a bundler leaves files behind.
    let openapi = codegen::schema::files().into_iter().find(|(path, _)| *path == "openapi.json");
    let openapi = openapi.map(|(_, document)| codegen::schema::text(&document)).unwrap_or_default();
    write(&generated.join("generated/openapi.js"), format!("{head}export default {openapi};\n"))?;
    let declared = "declare const openapi: Record<string, unknown>;\nexport default openapi;\n";
    write(&generated.join("generated/openapi.d.ts"), format!("{head}{declared}"))?;
    step("TypeScript", || compile(&generated, aside))?;
    for file in ["CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"] {
        write(&aside.join(file), read(&root().join(file))?)?;
    }
    // The guide and the Worker to copy: who has the package has no clone.
    for (folder, name) in [("www/guide", "guide"), ("www/worker", "worker")] {
        for path in files(&root().join(folder))?.iter().filter(|path| !is_of_tools(path)) {
            let text = read_text(&root().join(folder).join(path))?;
            write(&aside.join(name).join(path), in_package(&text))?;
        }
    }
    let readme = read_text(&aside.join("README.md"))?;
    write(&aside.join("README.md"), with_addresses(&readme, repository()?.as_deref()))?;
    let manifest = read_text(&aside.join("package.json"))?;
    write(&aside.join("package.json"), filled_in(&manifest, &crate_field("version")?, repository()?.as_deref())?)?;
    for (path, document) in codegen::schema::files() {
        write(&aside.join(path), codegen::schema::text(&document))?;
    }
    step("licences and bill of materials of what is compiled in", || sbom::write_into(aside))
}

/// The package's README with links to the guide and the Worker that also lead somewhere from its page at a registry, which takes
/// links for those of the repository. Without a repository's address they lead into the package.
fn with_addresses(readme: &str, repository: Option<&str>) -> String {
    let Some(address) = repository.map(|address| address.trim_end_matches('/').trim_end_matches(".git")) else {
        return readme.to_owned();
    };
    ["guide", "worker"].iter().fold(readme.to_owned(), |text, folder| {
        text.replace(&format!("]({folder}/"), &format!("]({address}/blob/HEAD/www/{folder}/"))
    })
}

/// Whether a path is of what tools write or read beside a Worker's sources, and would not outlive packing.
fn is_of_tools(path: &str) -> bool {
    path == ".gitignore" || path == ".dev.vars" || path.starts_with(".wrangler/") || path == "worker-configuration.d.ts"
}

/// A page of the guide with its links into the repository led to what the package has in its place.
fn in_package(text: &str) -> String {
    text.replace("../../README.md#install", "../README.md#install")
        .replace("../../README.md#supported-environments", "../README.md#supported-environments")
        .replace(
            "[`examples/contract-cases`](../../examples/contract-cases)",
            "`examples/contract-cases` of the repository",
        )
}

/// Compiles the package's sources and the generated ones into a folder, and copies there what is published as it is.
fn compile(generated: &Path, out: &Path) -> Outcome {
    let sources = target().join("package-src");
    remove(&sources)?;
    for folder in [generated, &root().join("pkg-template")] {
        for path in files(folder)? {
            write(&sources.join(&path), read(&folder.join(&path))?)?;
        }
    }
    setup::link_node_modules(&sources)?;
    tsc(&sources, "tsconfig.json", out)?;
    // The gateway has the types of Workers, which contradict those of pages and Node: it is compiled against the
    // declarations of the others.
    let scripts = |path: &str| path.ends_with(".ts") && !path.ends_with(".d.ts");
    let declarations: Vec<_> = files(out)?.into_iter().filter(|path| path.ends_with(".d.ts")).collect();
    for path in &declarations {
        let source = path.strip_suffix(".d.ts").map(|stem| sources.join(format!("{stem}.ts"))).unwrap_or_default();
        if source.exists() {
            std::fs::remove_file(&source).map_err(|error| format!("{path} cannot be replaced: {error}"))?;
            write(&sources.join(path), read(&out.join(path))?)?;
        }
    }
    tsc(&sources, "gateway/tsconfig.json", out)?;
    for path in files(&sources)? {
        // Until every file is TypeScript: JavaScript and its declarations are copied.
        let is_source = scripts(&path) || path.ends_with("tsconfig.json") || path == "modules.d.ts";
        let is_compiled = declarations.contains(&path) && !root().join("pkg-template").join(&path).exists();
        if !is_source && !is_compiled {
            write(&out.join(&path), read(&sources.join(&path))?)?;
        }
    }
    drop_unread(out)?;
    make_executable(&out.join("cli/main.js"))
}

/// Lets a script be run by its name, where files have such a mode.
fn make_executable(script: &Path) -> Outcome {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let fail = |error: std::io::Error| format!("{} cannot be made executable: {error}", script.display());
        std::fs::set_permissions(script, std::fs::Permissions::from_mode(0o755)).map_err(fail)?;
    }
    #[cfg(not(unix))]
    let _ = script;
    Ok(())
}

/// Compiles a project of the sources.
fn tsc(sources: &Path, project: &str, out: &Path) -> Outcome {
    let mut command = node();
    command.arg(root().join("xtask/node_modules/typescript/bin/tsc")).current_dir(sources);
    command
        .args(["--project", project, "--noEmit", "false", "--pretty", "false", "--rootDir", ".", "--outDir"])
        .arg(out);
    quiet(&mut command).map(drop).map_err(|error| format!("{error}\nThe paths are those in pkg-template/."))
}

/// The paths of a folder's files, sorted, with `/` between their parts. What npm installs is none of them.
fn files(folder: &Path) -> Outcome<Vec<String>> {
    let fail = |error: std::io::Error| format!("{} cannot be read: {error}", folder.display());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name == "node_modules" {
            continue;
        }
        if entry.file_type().map_err(fail)?.is_dir() {
            found.extend(files(&entry.path())?.into_iter().map(|path| format!("{name}/{path}")));
        } else {
            found.push(name);
        }
    }
    found.sort();
    Ok(found)
}

/// Removes what nobody reads: declarations that no entry's declarations lead to, and scripts of types alone. The wasm's own
/// declarations are among them, or the build fails: they are no part of what the package promises.
fn drop_unread(package: &Path) -> Outcome {
    let manifest: serde_json::Value = serde_json::from_str(&read_text(&package.join("package.json"))?)
        .map_err(|error| format!("package.json is not JSON: {error}"))?;
    let exports = manifest.get("exports").and_then(serde_json::Value::as_object).into_iter().flatten();
    let types = exports.filter_map(|(_, target)| Some(target.get("types")?.as_str()?.strip_prefix("./")?.to_owned()));
    let reachable = reached(package, types, ".d.ts", &["from ", "import ", "import("])?;
    if let Some(path) =
        reachable.iter().find(|path| MODULES.iter().any(|it| **path == format!("wasm/{}.d.ts", it.name)))
    {
        return Err(format!(
            "the package's declarations lead to {path}, which is not published: type what names it otherwise"
        ));
    }
    for path in files(package)? {
        let file = package.join(&path);
        let is_empty = path.ends_with(".js") && says_nothing(&read_text(&file)?);
        if is_empty || path.ends_with(".d.ts") && !reachable.contains(&path) {
            std::fs::remove_file(file).map_err(|error| format!("{path} cannot be removed: {error}"))?;
        }
    }
    Ok(())
}

/// Whether a script is what tsc makes of a module of types.
fn says_nothing(script: &str) -> bool {
    script.lines().all(|line| line.starts_with("//") || ["", "export {};"].contains(&line))
}

/// What comes before the path of a script that is loaded with another.
const STATIC: [&str; 2] = ["from ", "import "];

/// The paths of files with an extension, and of all files with it that they import, by these words.
fn reached(
    package: &Path,
    from: impl IntoIterator<Item = String>,
    extension: &str,
    words: &[&str],
) -> Outcome<BTreeSet<String>> {
    let mut open: Vec<_> = from.into_iter().collect();
    let mut reached = BTreeSet::new();
    while let Some(path) = open.pop() {
        if reached.insert(path.clone()) {
            let text = read_text(&package.join(&path))?;
            let imported = imported(&text, words).into_iter().map(|import| resolved(&path, import));
            open.extend(imported.map(|path| path.trim_end_matches(".js").to_owned() + extension));
        }
    }
    Ok(reached)
}

/// The relative paths of scripts that stand behind one of these words in a script or in declarations.
fn imported<'text>(text: &'text str, words: &[&str]) -> Vec<&'text str> {
    let parts: Vec<_> = text.split('"').collect();
    let is_import = |before: &str| words.iter().any(|word| before.ends_with(word));
    let after_imports = parts.windows(2).filter_map(|pair| match pair {
        [before, path] if is_import(before) => Some(*path),
        _ => None,
    });
    after_imports.filter(|path| path.starts_with('.') && path.ends_with(".js")).collect()
}

/// The path in the package of a relative one in a file.
fn resolved(from: &str, import: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in import.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
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

/// A module as it is published, but with the names of its functions. Gives its path.
pub(crate) fn named(module: &Module) -> Outcome<PathBuf> {
    let (out, name) = (target().join("named"), module.name);
    step(&format!("wasm module {name}, with names"), || build_module(module, &out, true))?;
    Ok(out.join(format!("{name}.wasm")))
}

/// Compiles a module, generates its JavaScript and optimises it. Returns its build.
fn build_module(module: &Module, out: &Path, named: bool) -> Outcome<String> {
    let Module { name, profile, optimise, glue_of } = module;
    let script_name = glue_of.unwrap_or(name);
    let mut compile = cargo();
    compile.env("CARGO_ENCODED_RUSTFLAGS", rustflags());
    compile.env("RUSTC_WORKSPACE_WRAPPER", std::env::current_exe().unwrap_or_default()).env(rustc_wrapper::MARK, "1");
    quiet(compile.args(["build", "--locked", "--package", CRATE, "--target", WASM]).args([
        "--profile",
        profile,
        "--features",
        name,
    ]))?;
    let compiled = target().join(WASM).join(profile).join("cisco_support_case_module.wasm");
    let generated = target().join("bindgen").join(name);
    remove(&generated)?;
    let mut bindgen = std::process::Command::new(tool("wasm-bindgen"));
    bindgen.args(["--target", "web", "--out-name", script_name, "--remove-producers-section"]);
    bindgen.arg(if named { "--keep-debug" } else { "--remove-name-section" });
    let in_pages = ["client", "page", "bulk"].contains(name);
    if !in_pages {
        // It can be brought back after a panic. Those of pages have JavaScript for each instance.
        bindgen.arg("--experimental-reset-state-function");
    }
    quiet(bindgen.arg("--out-dir").arg(&generated).arg(&compiled))?;

    let wasm = out.join(format!("{name}.wasm"));
    std::fs::create_dir_all(out).map_err(|error| format!("{} cannot be made: {error}", out.display()))?;
    let unoptimised = generated.join(format!("{script_name}_bg.wasm"));
    let script = glue::with_late_coders(&read_text(&generated.join(format!("{script_name}.js")))?, name)?;
    let types = read_text(&generated.join(format!("{script_name}.d.ts")))?;
    let (script, types) = if in_pages {
        let (script, types) = glue::factory(&script, &types, name)?;
        let (bytes, script) = export_names::shortened(&read(&unoptimised)?, &script, name)?;
        write(&unoptimised, bytes)?;
        (script, types)
    } else {
        (without_default_url(&script, name)?, types)
    };
    optimise_into(&wasm, &unoptimised, optimise, named)?;
    if named {
        return Ok(String::new());
    }
    if let Some(owner) = glue_of {
        let (theirs, build) =
            (read_text(&out.join(format!("{owner}.js")))?, build_of(&out.join(format!("{owner}.wasm")))?);
        if script != theirs {
            return Err(format!("the JavaScript of {name}.wasm is not that of {owner}.wasm"));
        }
        stamp(&wasm, &build)?;
        return Ok(build);
    }
    let build = checksum(&wasm, &script)?;
    stamp(&wasm, &build)?;
    write(&out.join(format!("{name}.js")), script)?;
    write(&out.join(format!("{name}.d.ts")), types)?;
    if *name != "gateway" {
        let text = base64(&read(&wasm)?);
        write(&out.join(format!("{name}.inline.js")), format!("export default \"{text}\";\n"))?;
        write(&out.join(format!("{name}.inline.d.ts")), "declare const base64: string;\nexport default base64;\n")?;
    }
    Ok(build)
}

/// Optimises a module. What was optimised before in the same way is taken as it came out then: it takes most of a build.
fn optimise_into(wasm: &Path, generated: &Path, how: &[&str], named: bool) -> Outcome {
    // What rustc's default features for this target may emit.
    const FEATURES: [&str; 7] = [
        "--enable-bulk-memory",
        "--enable-nontrapping-float-to-int",
        "--enable-sign-ext",
        "--enable-mutable-globals",
        "--enable-reference-types",
        "--enable-multivalue",
        "--enable-simd",
    ];
    let tool = root().join("xtask/node_modules/binaryen");
    let arguments = [how, &FEATURES, if named { &["-g"] } else { &[] }].concat();
    let mut key = flate2::Crc::new();
    for part in [read(generated)?, arguments.concat().into_bytes(), read(&tool.join("package.json"))?] {
        key.update(&part);
    }
    let known = target().join("optimised").join(format!("{:08x}-{}.wasm", key.sum(), key.amount()));
    if !known.exists() {
        let mut command = node();
        command.arg(tool.join("bin/wasm-opt")).arg(generated).args(arguments).arg("-o").arg(wasm);
        quiet(&mut command)?;
        write(&known, read(wasm)?)?;
    }
    write(wasm, read(&known)?)
}

/// The build of a module: the checksum of it and of the JavaScript around it.
fn checksum(wasm: &Path, script: &str) -> Outcome<String> {
    let mut checksum = flate2::Crc::new();
    checksum.update(&read(wasm)?);
    checksum.update(script.as_bytes());
    Ok(format!("{:08x}", checksum.sum()))
}

/// Writes into a module which build it is of, as a custom section named `build` at its end.
fn stamp(wasm: &Path, build: &str) -> Outcome {
    let mut bytes = read(wasm)?;
    // WebAssembly 2.0, section 5.5.3: the number of custom sections is 0, and their name comes first. All lengths are of one
    // byte.
    let name = "build";
    let length = [1 + name.len() + build.len(), name.len()].map(|length| u8::try_from(length).unwrap_or(u8::MAX));
    bytes.extend([0, length[0], length[1]]);
    bytes.extend(name.bytes().chain(build.bytes()));
    write(wasm, bytes)
}

/// The build that a module was stamped with.
fn build_of(wasm: &Path) -> Outcome<String> {
    let bytes = read(wasm)?;
    let end = bytes.len().checked_sub(8).and_then(|at| bytes.get(at..)).unwrap_or_default();
    String::from_utf8(end.to_vec()).map_err(|_| format!("{} has no build", wasm.display()))
}

/// Vector instructions for the decoder; and messages of panics name the file they stand in, not where it lies on this
/// machine.
fn rustflags() -> String {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo"))).unwrap_or_default();
    let mut flags = vec![rustc_wrapper::VECTORS.to_owned()];
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
    for Entry { title, script, wasm, besides } in ENTRIES {
        let known =
            besides.map_or(Ok(BTreeSet::new()), |script| reached(&pkg(), [script.to_owned()], ".js", &STATIC))?;
        let scripts = reached(&pkg(), [script.to_owned()], ".js", &STATIC)?;
        let (mut raw, mut gzip) = (0, 0);
        for file in scripts.difference(&known).map(String::as_str).chain(wasm.iter().copied()) {
            let bytes = read(&pkg().join(file))?;
            raw += bytes.len();
            gzip += gzipped(&bytes);
        }
        println!("  entry {title:<22}{raw:>12}{gzip:>12}");
    }
    println!();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{
        STATIC, base64, field_in, filled_in, imported, resolved, says_nothing, with_addresses, without_default_url,
    };

    #[test]
    fn base64_is_padded() {
        assert_eq!(base64(b"any carnal pleas"), "YW55IGNhcm5hbCBwbGVhcw==");
        assert_eq!(base64(b"abc"), "YWJj");
        assert_eq!(base64(b""), "");
    }

    #[test]
    fn declarations_lead_to_others() {
        let text = "import type { A } from \"../a.js\";\nexport * from \"./b/c.js\";\n/** \"./no.js\" */\nlet x: import(\"./d.js\").D;\nimport \"e\";";
        assert_eq!(imported(text, &["from ", "import ", "import("]), ["../a.js", "./b/c.js", "./d.js"]);
        assert_eq!(imported(text, &STATIC), ["../a.js", "./b/c.js"]);
        assert_eq!(resolved("x/y.d.ts", "../a.js"), "a.js");
        assert_eq!(resolved("x/y.d.ts", "./b/c.js"), "x/b/c.js");
        assert!(says_nothing("// Types.\nexport {};\n") && !says_nothing("export const a = 1;\n"));
    }

    #[test]
    fn the_default_address_is_taken_out_or_missed() {
        let glue =
            "if (x === undefined) {\n        module_or_path = new URL('client_bg.wasm', import.meta.url);\n    }";
        assert!(without_default_url(glue, "client").is_ok_and(|glue| !glue.contains("new URL")));
        assert!(without_default_url("const wasm = 1;", "client").is_err());
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
        let readme = "see [a](guide/b.md) and [c](worker/README.md), [d](CHANGELOG.md)";
        assert_eq!(with_addresses(readme, None), readme);
        let led = "see [a](https://git.example/a/b/blob/HEAD/www/guide/b.md) and [c](https://git.example/a/b/blob/HEAD/www/worker/README.md), [d](CHANGELOG.md)";
        assert_eq!(with_addresses(readme, Some("https://git.example/a/b.git")), led);
    }
}
