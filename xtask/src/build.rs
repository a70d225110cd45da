//! `pkg/`: the npm package, ready to pack.

use crate::import_graph::reachable;
use crate::manifests::CrateFields;
use crate::modules::MODULES;
use crate::npm_packages::{BundledPackage, read_package};
use crate::process::{files_in, node, root, run_captured, step, target};
use crate::{command_line, entry_sizes, guide, manifests, sbom, setup, wasm_module};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use xshell::Shell;

/// Make pkg/: the npm package, ready to pack.
///
/// Compiles one wasm module per part, generates its JavaScript, optimises it, prints TypeScript, the JSON Schemas and the OpenAPI
/// description from the Rust tables, compiles the TypeScript, and prints the size of each entry.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Arguments;

/// The package's folder.
pub(crate) fn pkg() -> PathBuf {
    root().join("pkg")
}

/// Builds the package. A failed build leaves the last package in place.
pub(crate) fn build(sh: &Shell) -> Result<()> {
    setup::for_build(sh)?;
    build_with_tools(sh)
}

/// Builds the package with the tools that [`setup::for_build`] has installed.
pub(crate) fn build_with_tools(sh: &Shell) -> Result<()> {
    guide::write_tables(sh)?;
    let new = target().join("pkg-new");
    assemble(sh, &new)?;
    sh.remove_path(pkg())?;
    std::fs::rename(&new, pkg()).context("pkg/ could not be replaced")?;
    entry_sizes::print(sh, &pkg())
}

/// The first line of a generated script.
const GENERATED: &str = "// Written by `cargo xtask build`. Do not edit.\n";

/// Makes the package in a folder.
pub(crate) fn assemble(sh: &Shell, package: &Path) -> Result<()> {
    sh.remove_path(package)?;
    let generated = target().join("package-generated");
    sh.remove_path(&generated)?;
    for (path, source) in codegen::typescript::files() {
        sh.write_file(generated.join(path), source)?;
    }
    // Editors find the folder by `rootDirs`, and need its module type.
    sh.write_file(generated.join("package.json"), "{ \"type\": \"module\" }\n")?;
    let mut builds = BTreeMap::new();
    for module in &MODULES {
        builds.insert(module.name, wasm_module::build(sh, module, &generated.join("wasm"))?);
    }
    write_build_ids(sh, &generated, &builds)?;
    // The description of the API as a script, for bundlers that do not copy files.
    let openapi = codegen::schema::files().into_iter().find(|(path, _)| *path == "openapi.json");
    let openapi = openapi.map(|(_, document)| codegen::schema::text(&document)).unwrap_or_default();
    sh.write_file(generated.join("generated/openapi.js"), format!("{GENERATED}export default {openapi};\n"))?;
    let declarations = "declare const openapi: Record<string, unknown>;\nexport default openapi;\n";
    sh.write_file(generated.join("generated/openapi.d.ts"), format!("{GENERATED}{declarations}"))?;
    let bundled = step("TypeScript", || compile(sh, &generated, package))?;
    for file in ["CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"] {
        sh.copy_file(root().join(file), package.join(file))?;
    }
    // The guide and the Worker template, for users without a clone of the repository.
    for (folder, name) in [("www/guide", "guide"), ("www/worker", "worker")] {
        for path in files_in(sh, &root().join(folder))?.iter().filter(|path| !is_tool_file(path)) {
            let text = sh.read_file(root().join(folder).join(path))?;
            sh.write_file(package.join(name).join(path), with_links_into_package(&text))?;
        }
    }
    let fields = manifests::of_crate(sh)?;
    let readme = sh.read_file(package.join("README.md"))?;
    let linked =
        with_repository_links(&with_site_links(&readme, fields.homepage.as_deref()), fields.repository.as_deref());
    sh.write_file(package.join("README.md"), linked)?;
    let manifest = sh.read_file(package.join("package.json"))?;
    sh.write_file(package.join("package.json"), filled_in(&manifest, &fields)?)?;
    for (path, document) in codegen::schema::files() {
        sh.write_file(package.join(path), codegen::schema::text(&document))?;
    }
    step("licences and bill of materials of what is compiled in", || sbom::write_into(sh, package, &bundled))
}

/// Writes the build ids of the modules into scripts, which compare them with those of the modules that they load.
fn write_build_ids(sh: &Shell, generated: &Path, builds: &BTreeMap<&str, String>) -> Result<()> {
    let constant = |name: &str, about: &str, module: &str| {
        let build = builds.get(module).map_or("", String::as_str);
        format!("\n/** {about} */\nexport const {name}: string = \"{build}\";\n")
    };
    let of_module = |name: &str| {
        let about = format!("The build of {name}.wasm that belongs to this JavaScript.");
        constant(&format!("{}_BUILD", name.to_uppercase()), &about, name)
    };
    let modules = MODULES.iter().filter(|module| module.name != "bulk" && module.glue_of.is_none());
    let constants: String = modules.map(|module| of_module(module.name)).collect();
    sh.write_file(generated.join("generated/build.ts"), [GENERATED, &constants].concat())?;
    // Bulk calls are a chunk of their own. Their constants must not be in a file that the chunk shares with the rest, or an
    // outdated chunk could not be detected.
    let client = constant("BULK_OF_CLIENT", "The build of client.wasm that this JavaScript works with.", "client");
    Ok(sh.write_file(generated.join("generated/bulk-build.ts"), [GENERATED, &of_module("bulk"), &client].concat())?)
}

/// The package's README with links to the guide and the Worker template in the repository: a registry's page resolves relative
/// links against the repository's root. Without a repository the links stay relative to the package.
fn with_repository_links(readme: &str, repository: Option<&str>) -> String {
    let Some(address) = repository.map(|address| address.trim_end_matches('/').trim_end_matches(".git")) else {
        return readme.to_owned();
    };
    ["guide", "worker"].iter().fold(readme.to_owned(), |text, folder| {
        text.replace(&format!("]({folder}/"), &format!("]({address}/blob/HEAD/www/{folder}/"))
    })
}

/// The package's README with links to the pages of the site in place of those to the guide, if the site has an address.
fn with_site_links(readme: &str, site: Option<&str>) -> String {
    let Some(site) = site else { return readme.to_owned() };
    let mut parts = readme.split("](guide/");
    let mut linked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (target, rest) = part.split_once(')').unwrap_or((part, ""));
        let (file, anchor) =
            target.split_once('#').map_or((target, String::new()), |(file, id)| (file, format!("#{id}")));
        let path = if file.starts_with("reference/") { file.to_owned() } else { format!("guide/{file}") };
        let path = path.trim_end_matches("README.md").replace(".md", "/");
        linked += &format!("]({site}{path}{anchor}){rest}");
    }
    linked
}

/// Whether a path in a Worker's folder is not published: a local file of its tools, among them those with secrets (`.dev.vars`,
/// `.env`, and both with the name of an environment), or one that npm does not pack.
fn is_tool_file(path: &str) -> bool {
    let is_hidden = path.split('/').any(|part| part.starts_with('.'));
    (is_hidden && path != ".dev.vars.example") || path == "worker-configuration.d.ts"
}

/// A page of the guide with its links into the repository replaced by links into the package.
fn with_links_into_package(text: &str) -> String {
    text.replace(
        "[`examples/contract-cases`](../../examples/contract-cases)",
        "`examples/contract-cases` of the repository",
    )
}

/// Compiles the package's sources and the generated ones into a folder, and copies the files that are published as they are.
/// Returns the npm packages that are part of it.
fn compile(sh: &Shell, generated: &Path, out: &Path) -> Result<Vec<BundledPackage>> {
    let sources = target().join("package-src");
    sh.remove_path(&sources)?;
    for folder in [generated, &root().join("pkg-template")] {
        for path in files_in(sh, folder)? {
            sh.write_file(sources.join(&path), sh.read_binary_file(folder.join(&path))?)?;
        }
    }
    setup::link_node_modules(&sources)?;
    tsc(sh, &sources, "tsconfig.json", out)?;
    let mut bundled = command_line::bundle(sh, &sources, out)?;
    // The gateway's types of Workers contradict those of pages and Node. It is compiled against the declarations of the
    // other scripts.
    let declarations: Vec<_> = files_in(sh, out)?.into_iter().filter(|path| path.ends_with(".d.ts")).collect();
    for path in &declarations {
        let source = path.strip_suffix(".d.ts").map(|stem| sources.join(format!("{stem}.ts"))).unwrap_or_default();
        if source.exists() {
            sh.remove_path(&source)?;
            sh.copy_file(out.join(path), sources.join(path))?;
        }
    }
    tsc(sh, &sources, "gateway/tsconfig.json", out)?;
    for path in files_in(sh, &sources)? {
        let is_typescript = path.ends_with(".ts") && !path.ends_with(".d.ts");
        let is_source = is_typescript || path.ends_with("tsconfig.json") || path == "modules.d.ts";
        let is_compiled = declarations.contains(&path) && !root().join("pkg-template").join(&path).exists();
        if !is_source && !is_compiled {
            sh.write_file(out.join(&path), sh.read_binary_file(sources.join(&path))?)?;
        }
    }
    remove_unused(sh, out)?;
    bundled.push(vendor_idb(sh, out)?);
    make_executable(&out.join("cli/main.js"))?;
    Ok(bundled)
}

/// Sets the executable mode of a script, on systems that have one.
fn make_executable(script: &Path) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(script, mode).with_context(|| format!("the mode of {} is fixed", script.display()))?;
    }
    #[cfg(not(unix))]
    let _ = script;
    Ok(())
}

/// Compiles one TypeScript project of the sources.
fn tsc(sh: &Shell, sources: &Path, project: &str, out: &Path) -> Result<()> {
    let _sources = sh.push_dir(sources);
    let tsc = node(sh)
        .arg(root().join("xtask/node_modules/typescript/bin/tsc"))
        .args(["--project", project, "--noEmit", "false", "--pretty", "false", "--rootDir", ".", "--outDir"])
        .arg(out);
    run_captured(tsc).context("the paths below are those in pkg-template/")?;
    Ok(())
}

/// Removes declarations that no entry's declarations import, and scripts of types alone. The declarations of the wasm modules
/// must be among them, because they are no part of the package's API.
fn remove_unused(sh: &Shell, package: &Path) -> Result<()> {
    let manifest: Value = serde_json::from_str(&sh.read_file(package.join("package.json"))?)?;
    let exports = manifest.get("exports").and_then(Value::as_object).into_iter().flatten();
    let types = exports.filter_map(|(_, target)| Some(target.get("types")?.as_str()?.strip_prefix("./")?.to_owned()));
    let reachable = reachable(sh, package, types, ".d.ts", &["from ", "import ", "import("])?;
    let is_of_wasm = |path: &&String| MODULES.iter().any(|module| **path == format!("wasm/{}.d.ts", module.name));
    if let Some(path) = reachable.iter().find(is_of_wasm) {
        bail!("the package's declarations import {path}, which is not published: declare its types elsewhere");
    }
    for path in files_in(sh, package)? {
        let file = package.join(&path);
        let is_empty = path.ends_with(".js") && is_empty_module(&sh.read_file(&file)?);
        if is_empty || path.ends_with(".d.ts") && !reachable.contains(&path) {
            sh.remove_path(file)?;
        }
    }
    Ok(())
}

/// Copies idb into the package, in place of the import by its name: a worker of a page without a bundler has no import map, and
/// cannot resolve the name.
fn vendor_idb(sh: &Shell, package: &Path) -> Result<BundledPackage> {
    const IMPORTER: &str = "store/persistence/indexed-db-storage.js";
    const COPY: &str = "store/persistence/idb.js";
    let script = sh.read_file(package.join(IMPORTER))?;
    if !script.contains("from \"idb\"") {
        bail!("{IMPORTER} does not import idb: remove vendor_idb from xtask/src/build.rs");
    }
    sh.write_file(package.join(IMPORTER), script.replace("from \"idb\"", "from \"./idb.js\""))?;
    let idb = read_package(sh, "idb", COPY)?;
    let BundledPackage { name, version, licence, .. } = &idb;
    let head = format!("// {name} {version}, unchanged ({licence}; its text is in THIRD-PARTY.md).\n\n");
    let script = sh.read_file(root().join("xtask/node_modules/idb/build/index.js"))?;
    sh.write_file(package.join(COPY), head + &script)?;
    Ok(idb)
}

/// Whether a script is the output of tsc for a module of types.
fn is_empty_module(script: &str) -> bool {
    script.lines().all(|line| line.starts_with("//") || ["", "export {};"].contains(&line))
}

/// The package's manifest with the crate's version, repository and site. npm requires the repository for a provenance.
fn filled_in(manifest: &str, fields: &CrateFields) -> Result<String> {
    let CrateFields { version, repository, homepage } = fields;
    let placeholder = "  \"version\": \"0.0.0\",\n";
    if !manifest.contains(placeholder) {
        bail!("pkg-template/package.json has no line {placeholder:?} for the crate's version");
    }
    let mut lines = format!("  \"version\": \"{version}\",\n");
    let repository = repository.as_ref().map(|address| address.trim_end_matches('/').trim_end_matches(".git"));
    if let Some(address) = repository {
        lines += &format!("  \"repository\": {{ \"type\": \"git\", \"url\": \"git+{address}.git\" }},\n");
        lines += &format!("  \"bugs\": {{ \"url\": \"{address}/issues\" }},\n");
    }
    if let Some(page) = homepage.clone().or_else(|| repository.map(|address| format!("{address}#readme"))) {
        lines += &format!("  \"homepage\": \"{page}\",\n");
    }
    Ok(manifest.replace(placeholder, &lines))
}

#[cfg(test)]
mod tests {
    use super::{CrateFields, filled_in, is_empty_module, is_tool_file, with_repository_links, with_site_links};

    #[test]
    fn a_module_of_types_compiles_to_an_empty_script() {
        assert!(is_empty_module("// Types.\nexport {};\n") && !is_empty_module("export const a = 1;\n"));
    }

    #[test]
    fn files_with_secrets_of_a_workers_folder_are_not_published() {
        let own =
            [".dev.vars", ".dev.vars.production", ".env", ".env.local", ".wrangler/state", ".gitignore", "src/.env"];
        assert!(own.iter().all(|path| is_tool_file(path)));
        let published = [".dev.vars.example", "README.md", "src/index.ts", "wrangler.jsonc"];
        assert!(!published.iter().any(|path| is_tool_file(path)));
    }

    #[test]
    fn the_packages_manifest_contains_the_crates_version_and_repository() {
        let manifest = "{\n  \"name\": \"a\",\n  \"version\": \"0.0.0\",\n  \"type\": \"module\"\n}\n";
        let fields = |repository: Option<&str>, homepage: Option<&str>| CrateFields {
            version: "1.2.3".to_owned(),
            repository: repository.map(str::to_owned),
            homepage: homepage.map(str::to_owned),
        };
        let plain = filled_in(manifest, &fields(None, None)).unwrap();
        assert!(plain.contains("\"version\": \"1.2.3\"") && !plain.contains("repository"), "{plain}");
        let whole = filled_in(manifest, &fields(Some("https://git.example/a/b.git"), None)).unwrap();
        assert!(whole.contains("\"url\": \"git+https://git.example/a/b.git\""), "{whole}");
        assert!(whole.contains("\"homepage\": \"https://git.example/a/b#readme\""), "{whole}");
        let with_site = filled_in(manifest, &fields(None, Some("https://site.example/a/"))).unwrap();
        assert!(with_site.contains("\"homepage\": \"https://site.example/a/\""), "{with_site}");
        assert!(filled_in("{}", &fields(None, None)).is_err());
    }

    #[test]
    fn the_readmes_links_lead_to_the_site_if_its_address_is_known() {
        let readme = "[a](guide/b.md), [c](guide/reference/README.md), [d](guide/e.md#f) and [g](worker/README.md)";
        assert_eq!(with_site_links(readme, None), readme);
        let linked = "[a](https://s.example/guide/b/), [c](https://s.example/reference/), [d](https://s.example/guide/e/#f) and [g](worker/README.md)";
        assert_eq!(with_site_links(readme, Some("https://s.example/")), linked);
    }

    #[test]
    fn the_readmes_links_lead_into_the_repository_if_its_address_is_known() {
        let readme = "see [a](guide/b.md) and [c](worker/README.md), [d](CHANGELOG.md)";
        assert_eq!(with_repository_links(readme, None), readme);
        let linked = "see [a](https://git.example/a/b/blob/HEAD/www/guide/b.md) and [c](https://git.example/a/b/blob/HEAD/www/worker/README.md), [d](CHANGELOG.md)";
        assert_eq!(with_repository_links(readme, Some("https://git.example/a/b.git")), linked);
    }
}
