//! `THIRD-PARTY.md` and `sbom.cdx.json`: the third-party code in the package, for people and for machines.
//!
//! Both are reproducible: they depend on the lock file and the toolchain, and contain no time and no random number.

use crate::licenses::{Dependencies, Dependency, Key, RUST_CRATES, dependencies};
use crate::npm_packages::BundledPackage;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use xshell::Shell;

/// The licences of the package's npm dependencies.
const NPM_LICENCES: [(&str, &str); 1] = [("jose", "MIT")];

/// Writes both into the package's folder. `bundled` are the npm packages that are part of it.
pub(crate) fn write_into(sh: &Shell, package: &Path, bundled: &[BundledPackage]) -> Result<()> {
    let manifest: Value = serde_json::from_str(&sh.read_file(package.join("package.json"))?)?;
    let dependencies = dependencies(sh)?;
    let npm = npm_dependencies(&manifest)?;
    sh.write_file(package.join("THIRD-PARTY.md"), notices(&dependencies.all, bundled, &npm))?;
    let bom = serde_json::to_string_pretty(&bom(&manifest, &dependencies, bundled, &npm))?;
    Ok(sh.write_file(package.join("sbom.cdx.json"), bom + "\n")?)
}

/// A package that npm installs with this one.
struct NpmDependency {
    name: String,
    range: String,
    licence: &'static str,
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
fn notices(dependencies: &[Dependency], bundled: &[BundledPackage], npm: &[NpmDependency]) -> String {
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
    if !bundled.is_empty() {
        page += "\nIn its scripts are the npm packages of this table:\n\n";
        page += "| package | version | taken under | its licence | in |\n|---|---|---|---|---|\n";
        for BundledPackage { name, version, licence, chosen, files, .. } in bundled {
            page += &format!("| {name} | {version} | {} | {licence} | `{files}` |\n", chosen.join(", "));
        }
    }
    if !npm.is_empty() {
        page += "\nNot in the package, but installed beside it by npm, with texts of their own:\n\n";
        page += "| package | versions | licence |\n|---|---|---|\n";
        for NpmDependency { name, range, licence } in npm {
            page += &format!("| {name} | {range} | {licence} |\n");
        }
    }
    let mut shared: BTreeMap<(&str, String), (Vec<String>, &str)> = BTreeMap::new();
    let of_crates = dependencies.iter().map(|Dependency { name, version, texts, .. }| (name, version, texts));
    let of_packages = bundled.iter().map(|BundledPackage { name, version, texts, .. }| (name, version, texts));
    for (name, version, texts) in of_crates.chain(of_packages) {
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
    page
}

/// The bill of materials: CycloneDX 1.6.
fn bom(manifest: &Value, dependencies: &Dependencies, bundled: &[BundledPackage], npm: &[NpmDependency]) -> Value {
    let text = |name: &str| manifest.get(name).and_then(Value::as_str).unwrap_or_default();
    let own = format!("pkg:npm/{}@{}", text("name"), text("version"));
    let mut components: Vec<_> = dependencies.all.iter().map(component).collect();
    let mut direct: Vec<_> = dependencies.direct.iter().map(purl).collect();
    let mut graph = Vec::new();
    for dependency in &dependencies.all {
        let needs: Vec<_> = dependency.needs.iter().map(purl).collect();
        graph.push(json!({ "ref": purl(&dependency.key()), "dependsOn": needs }));
    }
    for BundledPackage { name, version, licence, files, .. } in bundled {
        let reference = npm_purl(name, version);
        components.push(json!({
            "type": "library",
            "bom-ref": reference,
            "name": name,
            "version": version,
            "scope": "required",
            "purl": reference,
            "licenses": [{ "expression": licence }],
            "properties": [{ "name": "cisco-support-case:files", "value": files }],
        }));
        graph.push(json!({ "ref": reference, "dependsOn": [] }));
        direct.push(reference);
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

/// The package URL of an npm package.
fn npm_purl(name: &str, version: &str) -> String {
    format!("pkg:npm/{}@{version}", name.replacen('@', "%40", 1))
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
