//! `THIRD-PARTY.md` and `sbom.cdx.json`: what of others is in the package, for people and for machines.
//!
//! Both say the same for the same lock file and toolchain: there is no time and no random number in them.

use crate::licenses::{Key, Linked, OF_RUST, Part, linked};
use crate::process::{Outcome, read_text, write};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// What the package asks npm for beside itself, and under which licence it is.
const FROM_NPM: [(&str, &str); 1] = [("jose", "MIT")];

/// Writes both into the package's folder.
pub(crate) fn write_into(package: &Path) -> Outcome {
    let manifest: Value = serde_json::from_str(&read_text(&package.join("package.json"))?)
        .map_err(|error| format!("the package's package.json is no JSON: {error}"))?;
    let linked = linked()?;
    let asked = asked_for(&manifest)?;
    write(&package.join("THIRD-PARTY.md"), notices(&linked.parts, &asked))?;
    let bom = serde_json::to_string_pretty(&bom(&manifest, &linked, &asked)).map_err(|error| error.to_string())?;
    write(&package.join("sbom.cdx.json"), bom + "\n")
}

/// A package that npm installs beside: its name, the versions that are taken, its licence.
type Asked = (String, String, &'static str);

fn asked_for(manifest: &Value) -> Outcome<Vec<Asked>> {
    let mut asked = Vec::new();
    for (name, range) in manifest.get("dependencies").and_then(Value::as_object).into_iter().flatten() {
        let known = FROM_NPM.iter().find(|(known, _)| known == name);
        let (_, licence) = known.ok_or_else(|| format!("xtask/src/sbom.rs does not know the licence of {name}"))?;
        asked.push((name.clone(), range.as_str().unwrap_or_default().to_owned(), *licence));
    }
    Ok(asked)
}

/// The page for people. A text that several share stands once.
fn notices(parts: &[Part], asked: &[Asked]) -> String {
    let mut page = "\
# What of others is in this package

Compiled into its WebAssembly modules, `wasm/*.wasm`, are the crates of this table; the JavaScript beside the modules is
written by wasm-bindgen. Where a crate leaves the choice between licences, the package takes it under the one in the third
column; the texts, with their copyright lines, are below. `sbom.cdx.json` says the same for machines (CycloneDX 1.6).

| crate | version | taken under | its licence | in |
|---|---|---|---|---|
"
    .to_owned();
    for Part { name, version, licence, taken, modules, of_std, .. } in parts {
        let from = if *of_std { " (with Rust)" } else { "" };
        let modules = modules.iter().copied().collect::<Vec<_>>().join(", ");
        page += &format!("| {name}{from} | {version} | {} | {licence} | {modules} |\n", taken.join(", "));
    }
    if !asked.is_empty() {
        page += "\nNot in the package, but installed beside it by npm, with texts of their own:\n\n";
        page += "| package | versions | licence |\n|---|---|---|\n";
        for (name, range, licence) in asked {
            page += &format!("| {name} | {range} | {licence} |\n");
        }
    }
    let mut shared: BTreeMap<(&str, String), (Vec<String>, &str)> = BTreeMap::new();
    for Part { name, version, texts, .. } in parts {
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
fn bom(manifest: &Value, linked: &Linked, asked: &[Asked]) -> Value {
    let text = |name: &str| manifest.get(name).and_then(Value::as_str).unwrap_or_default();
    let own = format!("pkg:npm/{}@{}", text("name"), text("version"));
    let mut components: Vec<_> = linked.parts.iter().map(component).collect();
    let mut needed: Vec<_> = linked.needed.iter().map(purl).collect();
    let mut dependencies = Vec::new();
    for part in &linked.parts {
        let needs: Vec<_> = part.needs.iter().map(purl).collect();
        dependencies.push(json!({ "ref": purl(&part.key()), "dependsOn": needs }));
    }
    for (name, range, licence) in asked {
        let reference = format!("pkg:npm/{name}");
        components.push(json!({
            "type": "library",
            "bom-ref": reference,
            "name": name,
            "purl": reference,
            "licenses": [{ "expression": licence }],
            "properties": [{ "name": "cisco-support-case:versions", "value": range }],
        }));
        dependencies.push(json!({ "ref": reference, "dependsOn": [] }));
        needed.push(reference);
    }
    dependencies.insert(0, json!({ "ref": own, "dependsOn": needed }));
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
        "dependencies": dependencies,
    })
}

/// What names a part everywhere. What stands in Rust's own tree is no crate that anybody can get.
fn purl((name, version): &Key) -> String {
    let kind = if OF_RUST.iter().any(|(of_rust, ..)| of_rust == name) { "generic" } else { "cargo" };
    format!("pkg:{kind}/{name}@{version}")
}

fn component(part: &Part) -> Value {
    let purl = purl(&part.key());
    let modules = part.modules.iter().map(|name| json!({ "name": "cisco-support-case:module", "value": name }));
    let mut component = json!({
        "type": "library",
        "bom-ref": purl,
        "name": part.name,
        "version": part.version,
        "scope": "required",
        "purl": purl,
        "licenses": [{ "expression": part.licence }],
        "properties": modules.collect::<Vec<_>>(),
    });
    let Some(fields) = component.as_object_mut() else { return component };
    if let Some(checksum) = &part.checksum {
        fields.insert("hashes".to_owned(), json!([{ "alg": "SHA-256", "content": checksum }]));
    }
    if let Some(repository) = &part.repository {
        fields.insert("externalReferences".to_owned(), json!([{ "type": "vcs", "url": repository }]));
    }
    component
}
