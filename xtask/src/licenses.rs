//! The crates that are compiled into the package's wasm modules: names, versions, licences and their texts.
//!
//! The dependencies are those that cargo compiles for a module with its feature, without procedural macros and build scripts.
//! The crates of the standard library are read from the copyright notices of the toolchain. A crate whose licence
//! deny.toml does not allow, or whose licence text is missing, fails the build.

use crate::cargo_lock::CargoLock;
use crate::modules::{CRATE, MODULES};
use crate::process::{file_name, root, run_captured};
use crate::setup::WASM;
use anyhow::{Context, Result, anyhow, bail};
use guppy::MetadataCommand;
use guppy::graph::cargo::{CargoOptions, CargoResolverVersion};
use guppy::graph::feature::{StandardFeatures, named_feature_filter};
use guppy::graph::{PackageGraph, PackageMetadata};
use guppy::platform::{Platform, PlatformSpec, TargetFeatures};
use spdx::{Expression, Licensee};
use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};
use std::path::{Path, PathBuf};
use toml_edit::{DocumentMut, Item, Value};
use xshell::{Shell, cmd};

/// The settings of cargo-deny. `licenses.allow` lists the accepted licences, in order of preference where a crate offers a
/// choice.
const DENY_TOML: &str = include_str!("../../deny.toml");

/// Crates of the standard library that are compiled for the target but are in no module: those of backtraces, which WebAssembly
/// does not have, of the C library, of tests and of procedural macros.
const UNUSED_OF_STD: [&str; 9] =
    ["addr2line", "adler2", "getopts", "gimli", "libc", "memchr", "miniz_oxide", "object", "rustc-literal-escaper"];

/// The crates of the standard library in Rust's own repository, `std` last: name, licence and copyright holders.
pub(crate) const RUST_CRATES: [(&str, &str, &str); 2] = [
    (
        "compiler_builtins",
        "MIT AND Apache-2.0 WITH LLVM-exception AND (MIT OR Apache-2.0)",
        "2009-2016 by the contributors listed in CREDITS.TXT of LLVM's compiler-rt; 2018 Jorge Aparicio; 2005-2020 Rich \
         Felker, et al.; 1993, 2004 Sun Microsystems; 2003-2011 David Schultz; 2003-2009 Steven G. Kargl; 2003-2009 Bruce \
         D. Evans; 2008 Stephen L. Moshier; 2017-2018 Arm Limited",
    ),
    (
        "std",
        "(MIT OR Apache-2.0) AND Unicode-3.0",
        "The Rust Project Developers (see https://thanks.rust-lang.org); library/backtrace 2014 Alex Crichton; \
         library/std/src/sync/mpmc 2019 The Crossbeam Project Developers",
    ),
];

/// A crate that is compiled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) version: String,
    /// The author's SPDX expression.
    pub(crate) licence: String,
    /// The ids of the licences under which this package uses the crate.
    pub(crate) chosen: Vec<String>,
    /// The texts of these licences with their copyright lines, and notices: title and text.
    pub(crate) texts: Vec<(String, String)>,
    pub(crate) repository: Option<String>,
    /// The SHA-256 of the downloaded crate.
    pub(crate) checksum: Option<String>,
    /// The wasm modules that contain it.
    pub(crate) modules: BTreeSet<&'static str>,
    /// The crates that it depends on.
    pub(crate) needs: BTreeSet<Key>,
    /// Whether it is part of the toolchain's standard library.
    pub(crate) is_of_std: bool,
}

/// A crate's name and version.
pub(crate) type Key = (String, String);

impl Dependency {
    pub(crate) fn key(&self) -> Key {
        (self.name.clone(), self.version.clone())
    }
}

/// The crates that are compiled in, by name.
pub(crate) struct Dependencies {
    pub(crate) all: Vec<Dependency>,
    /// The direct dependencies of this project's crates.
    pub(crate) direct: BTreeSet<Key>,
}

/// Finds the crates that are compiled in.
pub(crate) fn dependencies(sh: &Shell) -> Result<Dependencies> {
    let mut metadata = MetadataCommand::new();
    metadata.current_dir(root()).other_options(["--locked", "--filter-platform", WASM]);
    let graph = metadata.build_graph()?;
    let lock = CargoLock::read(sh)?;
    let mut found: BTreeMap<Key, Dependency> = BTreeMap::new();
    let mut direct = BTreeSet::new();
    for module in &MODULES {
        for (dependent, package) in links_of(&graph, module.name)? {
            for package in [&dependent, &package].into_iter().filter(|package| !package.in_workspace()) {
                let dependency = match found.entry(key(package)) {
                    Entry::Occupied(entry) => entry.into_mut(),
                    Entry::Vacant(entry) => entry.insert(read_crate(sh, package, &lock)?),
                };
                dependency.modules.insert(module.name);
            }
            if package.in_workspace() {
                continue;
            }
            match found.get_mut(&key(&dependent)) {
                Some(dependent) => dependent.needs.extend([key(&package)]),
                None => direct.extend([key(&package)]),
            }
        }
    }
    let std = standard_library(sh)?;
    direct.extend(std.iter().filter(|dependency| dependency.name == "std").map(Dependency::key));
    for dependency in std {
        match found.get_mut(&dependency.key()) {
            Some(known) => known.modules.extend(dependency.modules),
            None => {
                found.insert(dependency.key(), dependency);
            }
        }
    }
    Ok(Dependencies { all: found.into_values().collect(), direct })
}

fn key(package: &PackageMetadata<'_>) -> Key {
    (package.name().to_owned(), package.version().to_string())
}

/// The links between the crates that cargo compiles for the target with a feature of the module crate.
fn links_of<'g>(graph: &'g PackageGraph, feature: &str) -> Result<Vec<(PackageMetadata<'g>, PackageMetadata<'g>)>> {
    let wasm: PlatformSpec = Platform::new(WASM, TargetFeatures::Unknown)?.into();
    let mut options = CargoOptions::new();
    options.set_resolver(CargoResolverVersion::V2).set_target_platform(wasm);
    let package = graph.workspace().member_by_name(CRATE)?.to_package_set();
    let features = package.to_feature_set(named_feature_filter(StandardFeatures::Default, [feature]));
    let compiled = features.into_cargo_set(&options)?;
    Ok(compiled.target_links().map(|link| link.endpoints()).collect())
}

/// Reads the facts of a crate, and the texts of its licences from its folder.
fn read_crate(sh: &Shell, package: &PackageMetadata<'_>, lock: &CargoLock) -> Result<Dependency> {
    let (name, version) = key(package);
    let licence = package.license().unwrap_or_default();
    let chosen = choose(&name, licence)?;
    let folder = package.manifest_path().parent().with_context(|| format!("{name} has no folder"))?;
    Ok(Dependency {
        licence: canonical(licence),
        texts: texts_in(sh, folder.as_std_path(), &name, &chosen)?,
        chosen,
        repository: package.repository().map(str::to_owned),
        checksum: lock.checksum(&name, &version).map(str::to_owned),
        name,
        version,
        ..Dependency::default()
    })
}

/// A licence in the current syntax of SPDX: old crates write `MIT/Apache-2.0`.
fn canonical(licence: &str) -> String {
    Expression::canonicalize(licence).ok().flatten().unwrap_or_else(|| licence.to_owned())
}

/// Chooses the accepted licences under which a crate or a package is used.
pub(crate) fn choose(name: &str, licence: &str) -> Result<Vec<String>> {
    let expression = Expression::parse_mode(licence, spdx::ParseMode::LAX)
        .map_err(|error| anyhow!("{name}: its licence \"{licence}\" is not an SPDX expression: {}", error.reason))?;
    let chosen = expression
        .minimized_requirements(&accepted_licences()?)
        .map_err(|_| anyhow!("{name}: its licence {licence} is not one of the accepted ones in deny.toml"))?;
    let chosen: BTreeSet<_> = chosen.iter().map(ToString::to_string).collect();
    Ok(chosen.into_iter().collect())
}

/// The licences that deny.toml allows for every crate, in its order.
fn accepted_licences() -> Result<Vec<Licensee>> {
    let settings: DocumentMut = DENY_TOML.parse().context("deny.toml is not TOML")?;
    let allow = settings.get("licenses").and_then(|licenses| licenses.get("allow")).and_then(Item::as_array);
    let allow = allow.context("deny.toml has no licenses.allow")?;
    let licensee = |id: &Value| {
        let id = id.as_str().context("licenses.allow of deny.toml contains a value that is no string")?;
        Licensee::parse(id).map_err(|error| anyhow!("deny.toml: {} is not an SPDX id", error.original))
    };
    allow.iter().map(licensee).collect()
}

/// The texts of the chosen licences in the folder of a crate or a package, and its notices.
pub(crate) fn texts_in(sh: &Shell, folder: &Path, name: &str, chosen: &[String]) -> Result<Vec<(String, String)>> {
    let files: Vec<_> = sh.read_dir(folder)?.iter().map(|path| file_name(path)).collect();
    let mut texts = Vec::new();
    for id in chosen {
        let file = file_of(&files, id, chosen.len())
            .with_context(|| format!("{name}: {} contains no text of its licence {id}", folder.display()))?;
        texts.push((id.clone(), sh.read_file(folder.join(file))?));
    }
    for file in files.iter().filter(|file| file.to_uppercase().starts_with("NOTICE")) {
        texts.push((file.clone(), sh.read_file(folder.join(file))?));
    }
    Ok(texts)
}

/// The file that contains a licence's text: one with its name, or the only one of a crate with one licence.
fn file_of<'a>(files: &'a [String], id: &str, licences: usize) -> Option<&'a String> {
    let word = id.split(['-', ' ']).next().unwrap_or(id).to_uppercase();
    let prefixes = ["LICENSE", "LICENCE", "COPYING"];
    let is_text = |file: &&String| prefixes.iter().any(|prefix| file.to_uppercase().starts_with(prefix));
    let texts: Vec<_> = files.iter().filter(is_text).collect();
    let named = texts.iter().find(|file| file.to_uppercase().contains(&word)).copied();
    named.or_else(|| texts.first().copied().filter(|_| licences == 1 && texts.len() == 1))
}

/// The standard library of the toolchain, and the crates of its copyright notices.
fn standard_library(sh: &Shell) -> Result<Vec<Dependency>> {
    let sysroot = PathBuf::from(run_captured(cmd!(sh, "rustc --print sysroot"))?.trim());
    let release = run_captured(cmd!(sh, "rustc --version"))?.split(' ').nth(1).unwrap_or_default().to_owned();
    let documents = sysroot.join("share/doc/rust");
    let notices = sh
        .read_file(documents.join("COPYRIGHT-library.html"))
        .context("it is part of a toolchain that rustup installs, and lists the crates of the standard library")?;
    let compiled = compiled_crates(sh, &sysroot.join("lib/rustlib").join(WASM).join("lib"))?;
    let is_used = |name: &str| compiled.contains(&name.replace('-', "_")) && !UNUSED_OF_STD.contains(&name);
    let mut dependencies = read_notices(&notices, is_used)?;
    if dependencies.is_empty() {
        bail!("the toolchain's COPYRIGHT-library.html lists no crate: its format has changed");
    }
    for (name, licence, copyright) in RUST_CRATES {
        let chosen = choose(name, licence)?;
        let mut texts = Vec::new();
        for id in &chosen {
            let mut text = String::new();
            for file in id.split(" WITH ") {
                text += &sh.read_file(documents.join("licenses").join(format!("{file}.txt")))?;
            }
            texts.push((id.clone(), text.replace("<year> <copyright holders>", copyright)));
        }
        dependencies.push(Dependency {
            name: name.to_owned(),
            version: release.clone(),
            licence: licence.to_owned(),
            chosen,
            texts,
            repository: Some("https://github.com/rust-lang/rust".to_owned()),
            needs: if name == "std" { dependencies.iter().map(Dependency::key).collect() } else { BTreeSet::new() },
            ..Dependency::default()
        });
    }
    for dependency in &mut dependencies {
        dependency.is_of_std = true;
        dependency.modules.extend(MODULES.iter().map(|module| module.name));
    }
    Ok(dependencies)
}

/// The crates that the toolchain contains for the target, by files such as `libcfg_if-2b7a15413ecdcf91.rlib`.
fn compiled_crates(sh: &Shell, folder: &Path) -> Result<BTreeSet<String>> {
    let name = |file: String| Some(file.strip_prefix("lib")?.strip_suffix(".rlib")?.rsplit_once('-')?.0.to_owned());
    Ok(sh.read_dir(folder)?.iter().filter_map(|path| name(file_name(path))).collect())
}

/// Reads the used crates of the toolchain's copyright notices, with the texts of the chosen licences.
fn read_notices(html: &str, is_used: impl Fn(&str) -> bool) -> Result<Vec<Dependency>> {
    let between = |text: &str, open: &str, close: &str| -> Option<String> {
        Some(unescaped(text.split_once(open)?.1.split_once(close)?.0).trim_matches('\n').to_owned())
    };
    let mut dependencies = Vec::new();
    for section in html.split("<h3>📦 ").skip(1) {
        let unread = "the toolchain's COPYRIGHT-library.html contains a crate that cannot be read";
        let title = section.split("</h3>").next().context(unread)?;
        let version = title
            .match_indices('-')
            .map(|(at, _)| at)
            .find(|at| title.get(at + 1..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())));
        let (name, version) = version.and_then(|at| title.split_at_checked(at)).context(unread)?;
        if !is_used(name) {
            continue;
        }
        let licence = between(section, "<b>License:</b>", "</p>").context(unread)?.trim().to_owned();
        let licence = canonical(&licence);
        let chosen = choose(name, &licence)?;
        let mut files = BTreeMap::new();
        for notice in section.split("<summary><code>").skip(1) {
            let file = notice.split("</code>").next().context(unread)?;
            files.insert(file.to_owned(), between(notice, "<pre>", "</pre>").context(unread)?);
        }
        let named: Vec<_> = files.keys().cloned().collect();
        let mut texts = Vec::new();
        for id in &chosen {
            let text = file_of(&named, id, chosen.len()).and_then(|file| files.get(file));
            let text =
                text.with_context(|| format!("{name}: Rust's copyright notices contain no text of its licence {id}"))?;
            texts.push((id.clone(), text.clone()));
        }
        dependencies.push(Dependency {
            name: name.to_owned(),
            version: version.trim_start_matches('-').to_owned(),
            licence,
            chosen,
            texts,
            ..Dependency::default()
        });
    }
    Ok(dependencies)
}

/// HTML text without its character references.
fn unescaped(html: &str) -> String {
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\"")];
    let text = named.iter().fold(html.to_owned(), |text, (from, to)| text.replace(from, to));
    text.replace("&#39;", "'").replace("&#38;", "&").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::{canonical, choose, file_of, read_notices};

    #[test]
    fn a_licence_is_chosen_or_refused() {
        assert_eq!(choose("a", "Apache-2.0 OR MIT").unwrap(), ["MIT"]);
        assert_eq!(choose("a", "MIT/Apache-2.0").unwrap(), ["MIT"]);
        assert_eq!(choose("a", "(MIT OR Apache-2.0) AND Unicode-3.0").unwrap(), ["MIT", "Unicode-3.0"]);
        assert_eq!(choose("a", "GPL-3.0-only OR Apache-2.0").unwrap(), ["Apache-2.0"]);
        let error = choose("a", "MPL-2.0").unwrap_err().to_string();
        assert!(error.contains("a: its licence MPL-2.0 is not one of the accepted ones"), "{error}");
        assert!(choose("a", "MIT AND GPL-3.0-only").is_err());
        assert!(choose("a", "").is_err());
    }

    #[test]
    fn an_old_licence_expression_is_written_in_current_syntax() {
        assert_eq!(canonical("MIT/Apache-2.0"), "MIT OR Apache-2.0");
        assert_eq!(canonical("MIT OR Apache-2.0"), "MIT OR Apache-2.0");
    }

    #[test]
    fn a_text_is_found_by_its_licence() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let both = names(&["Cargo.toml", "LICENSE-APACHE", "LICENSE-MIT", "src"]);
        assert_eq!(file_of(&both, "MIT", 1).unwrap(), "LICENSE-MIT");
        assert_eq!(file_of(&both, "Apache-2.0", 2).unwrap(), "LICENSE-APACHE");
        assert_eq!(file_of(&both, "Unicode-3.0", 2), None);
        assert_eq!(file_of(&names(&["LICENSE.md"]), "MIT", 1).unwrap(), "LICENSE.md");
        assert_eq!(file_of(&names(&["LICENSE.md"]), "MIT", 2), None);
        assert_eq!(file_of(&names(&["src"]), "MIT", 1), None);
    }

    #[test]
    fn the_used_crates_of_rusts_notices_are_read() {
        let html = "<h2>…</h2>\n<h3>📦 cfg-if-1.0.4</h3>\n<p><b>License:</b> MIT OR Apache-2.0</p>\n\
            <summary><code>LICENSE-APACHE</code></summary><pre>\nno\n</pre>\n\
            <summary><code>LICENSE-MIT</code></summary>\n<pre>\n  A &#60;a@b.example&#62; &#39;as-is&#39;\n\n</pre>\n\
            <h3>📦 other-2.0.0+wasi-0.2</h3><p><b>License:</b> MPL-2.0</p>";
        let dependencies = read_notices(html, |name| name == "cfg-if").unwrap();
        let [dependency] = dependencies.as_slice() else { panic!("{dependencies:?}") };
        assert_eq!((dependency.name.as_str(), dependency.version.as_str()), ("cfg-if", "1.0.4"));
        assert_eq!(dependency.texts, [("MIT".to_owned(), "  A <a@b.example> 'as-is'".to_owned())]);
        let error = read_notices(html, |_| true).unwrap_err().to_string();
        assert!(error.contains("other: its licence MPL-2.0"), "{error}");
    }
}
