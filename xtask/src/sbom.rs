//! `THIRD-PARTY.md` and `sbom.cdx.json`: the third-party code in the package, for people and for machines.
//!
//! Both are reproducible: they depend on the lock file and the toolchain, and contain no time and no random number.

use crate::licenses::{Dependencies, Dependency, Key, RUST_CRATES, dependencies};
use crate::process::root;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use xshell::Shell;

/// The licences of the package's npm dependencies.
const NPM_LICENCES: [(&str, &str); 1] = [("jose", "MIT")];
/// The path of idb in the package.
pub(crate) const IDB_SCRIPT: &str = "store/persistence/idb.js";

/// Writes both into the package's folder.
pub(crate) fn write_into(sh: &Shell, package: &Path) -> Result<()> {
    let manifest: Value = serde_json::from_str(&sh.read_file(package.join("package.json"))?)?;
    let dependencies = dependencies(sh)?;
    let npm = npm_dependencies(&manifest)?;
    let idb = vendored_idb(sh)?;
    sh.write_file(package.join("THIRD-PARTY.md"), notices(&dependencies.all, &npm, &idb))?;
    let bom = serde_json::to_string_pretty(&bom(&manifest, &dependencies, &npm, &idb))?;
    Ok(sh.write_file(package.join("sbom.cdx.json"), bom + "\n")?)
}

/// A package that npm installs with this one.
struct NpmDependency {
    name: String,
    range: String,
    licence: &'static str,
}

/// An npm package that is copied into this one.
pub(crate) struct VendoredPackage {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) licence: String,
    /// The text of the licence.
    text: String,
}

/// Returns idb, by its own manifest.
pub(crate) fn vendored_idb(sh: &Shell) -> Result<VendoredPackage> {
    let folder = root().join("xtask/node_modules/idb");
    let manifest: Value = serde_json::from_str(&sh.read_file(folder.join("package.json"))?)?;
    let text = |name: &str| {
        let text = manifest.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
        text.with_context(|| format!("the manifest of idb has no {name}"))
    };
    Ok(VendoredPackage {
        name: text("name")?,
        version: text("version")?,
        licence: text("license")?,
        text: sh.read_file(folder.join("LICENSE"))?,
    })
}

fn npm_dependencies(manifest: &Value) -> Result<Vec<NpmDependency>> {
    let dependencies = manifest.get("dependencies").and_then(Value::as_object).into_iter().flatten();
    let dependency = |(name, range): (&String, &Value)| {
        let licence = NPM_LICENCES.iter().find(|(known, _)| known == name).map(|(_, licence)| *licence);
        let licence = licence.with_context(|| format!("NPM_LICENCES in xtask/src/sbom.rs does not contain {name}"))?;
        Ok(NpmDependency { name: name.clone(), range: range.as_str().unwrap_or_default().to_owned(), licence })
    };
    dependencies.map(dependency).collect()
}

/// The page for people. A text that several crates share is printed once.
fn notices(dependencies: &[Dependency], npm: &[NpmDependency], idb: &VendoredPackage) -> String {
    let mut page = "\
# What of others is in this package

Compiled into its WebAssembly modules, `wasm/*.wasm`, are the crates of this table; the JavaScript beside the modules is
written by wasm-bindgen. Where a crate leaves the choice between licences, the package takes it under the one in the third
column; the texts, with their copyright lines, are below. `sbom.cdx.json` says the same for machines (CycloneDX 1.6).

| crate | version | taken under | its licence | in |
|---|---|---|---|---|
"
    .to_owned();
    for Dependency { name, version, licence, chosen, modules, is_of_std, .. } in dependencies {
        let from = if *is_of_std { " (with Rust)" } else { "" };
        let modules = modules.iter().copied().collect::<Vec<_>>().join(", ");
        page += &format!("| {name}{from} | {version} | {} | {licence} | {modules} |\n", chosen.join(", "));
    }
    let VendoredPackage { name, version, licence, text } = idb;
    page +=
        &format!("\nCopied into it from npm, as `{IDB_SCRIPT}`:\n\n| package | version | licence |\n|---|---|---|\n");
    page += &format!("| {name} | {version} | {licence} |\n");
    let text_of_idb = format!("\n## {licence}: {name} {version}\n\n```text\n{}\n```\n", text.trim());
    if !npm.is_empty() {
        page += "\nNot in the package, but installed beside it by npm, with texts of their own:\n\n";
        page += "| package | versions | licence |\n|---|---|---|\n";
        for NpmDependency { name, range, licence } in npm {
            page += &format!("| {name} | {range} | {licence} |\n");
        }
    }
    let mut shared: BTreeMap<(&str, String), (Vec<String>, &str)> = BTreeMap::new();
    for Dependency { name, version, texts, .. } in dependencies {
        for (id, text) in texts {
            let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let entry = shared.entry((id, words)).or_insert_with(|| (Vec::new(), text));
            entry.0.push(format!("{name} {version}"));
        }
    }
    for ((id, _), (names, text)) in shared {
        let text = text.replace("\r\n", "\n");
        let lines = text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        page += &format!("\n## {id}: {}\n\n```text\n{}\n```\n", names.join(", "), lines.trim_matches('\n'));
    }
    page + &text_of_idb
}

/// The bill of materials: CycloneDX 1.6.
fn bom(manifest: &Value, dependencies: &Dependencies, npm: &[NpmDependency], idb: &VendoredPackage) -> Value {
    let text = |name: &str| manifest.get(name).and_then(Value::as_str).unwrap_or_default();
    let own = format!("pkg:npm/{}@{}", text("name"), text("version"));
    let mut components: Vec<_> = dependencies.all.iter().map(component).collect();
    let mut direct: Vec<_> = dependencies.direct.iter().map(purl).collect();
    let mut graph = Vec::new();
    for dependency in &dependencies.all {
        let needs: Vec<_> = dependency.needs.iter().map(purl).collect();
        graph.push(json!({ "ref": purl(&dependency.key()), "dependsOn": needs }));
    }
    for NpmDependency { name, range, licence } in npm {
        let reference = format!("pkg:npm/{name}");
        components.push(json!({
            "type": "library",
            "bom-ref": reference,
            "name": name,
            "purl": reference,
            "licenses": [{ "expression": licence }],
            "properties": [{ "name": "cisco-support-case:versions", "value": range }],
        }));
        graph.push(json!({ "ref": reference, "dependsOn": [] }));
        direct.push(reference);
    }
    let VendoredPackage { name, version, licence, .. } = idb;
    let reference = format!("pkg:npm/{name}@{version}");
    components.push(json!({
        "type": "library",
        "bom-ref": reference,
        "name": name,
        "version": version,
        "purl": reference,
        "licenses": [{ "expression": licence }],
    }));
    graph.push(json!({ "ref": reference, "dependsOn": [] }));
    direct.push(reference);
    graph.insert(0, json!({ "ref": own, "dependsOn": direct }));
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "lifecycles": [{ "phase": "build" }],
            "component": {
                "type": "library",
                "bom-ref": own,
                "name": text("name"),
                "version": text("version"),
                "description": text("description"),
                "purl": own,
                "licenses": [{ "expression": text("license") }],
            },
        },
        "components": components,
        "dependencies": graph,
    })
}

/// The package URL of a crate. The crates in Rust's own repository are not published.
fn purl((name, version): &Key) -> String {
    let kind = if RUST_CRATES.iter().any(|(rust, ..)| rust == name) { "generic" } else { "cargo" };
    format!("pkg:{kind}/{name}@{version}")
}

fn component(dependency: &Dependency) -> Value {
    let purl = purl(&dependency.key());
    let modules = dependency.modules.iter().map(|name| json!({ "name": "cisco-support-case:module", "value": name }));
    let mut component = json!({
        "type": "library",
        "bom-ref": purl,
        "name": dependency.name,
        "version": dependency.version,
        "scope": "required",
        "purl": purl,
        "licenses": [{ "expression": dependency.licence }],
        "properties": modules.collect::<Vec<_>>(),
    });
    let Some(fields) = component.as_object_mut() else { return component };
    if let Some(checksum) = &dependency.checksum {
        fields.insert("hashes".to_owned(), json!([{ "alg": "SHA-256", "content": checksum }]));
    }
    if let Some(repository) = &dependency.repository {
        fields.insert("externalReferences".to_owned(), json!([{ "type": "vcs", "url": repository }]));
    }
    component
}
