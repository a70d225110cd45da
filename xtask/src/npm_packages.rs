//! The npm packages that are part of this package, with their licences.

use crate::licenses::{choose, texts_in};
use crate::process::root;
use anyhow::{Context, Result};
use serde_json::Value;
use xshell::Shell;

/// An npm package in files of this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BundledPackage {
    pub(crate) name: String,
    pub(crate) version: String,
    /// The author's SPDX expression.
    pub(crate) licence: String,
    /// The ids of the licences under which this package uses it.
    pub(crate) chosen: Vec<String>,
    /// The texts of these licences: title and text.
    pub(crate) texts: Vec<(String, String)>,
    /// The files that contain it.
    pub(crate) files: &'static str,
}

/// Reads an installed package's manifest and licence. `files` are those of this package that contain it.
pub(crate) fn read_package(sh: &Shell, name: &str, files: &'static str) -> Result<BundledPackage> {
    let folder = root().join("xtask/node_modules").join(name);
    let manifest: Value = serde_json::from_str(&sh.read_file(folder.join("package.json"))?)?;
    let text = |member: &str| {
        let text = manifest.get(member).and_then(Value::as_str).map(str::to_owned);
        text.with_context(|| format!("{name}: its package.json has no text {member:?}"))
    };
    let licence = text("license")?;
    let chosen = choose(name, &licence)?;
    let texts = texts_in(sh, &folder, name, &chosen)?;
    Ok(BundledPackage { name: name.to_owned(), version: text("version")?, licence, chosen, texts, files })
}
