//! What of others is compiled into the package's wasm modules: names, versions, licences and their texts.
//!
//! The crates are those that cargo compiles for a module and does not only run while compiling; of the standard library's
//! own crates, those that the toolchain's copyright notices tell of. A crate whose licence is not in `ACCEPTED`, or whose
//! text is not to be found, stops the build.

use crate::modules::{CRATE, MODULES};
use crate::process::{Outcome, cargo, quiet, read_text, root};
use crate::setup::WASM;
use serde_json::Value;
use spdx::{Expression, Licensee};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The crates of this project.
const OWN: [&str; 2] = ["cisco-support-case", CRATE];

/// The licences that may be compiled in, by their SPDX ids. Where a crate leaves the choice, the first one here is taken.
const ACCEPTED: [&str; 5] = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "Unicode-3.0", "Zlib"];

/// Crates of the standard library that are compiled for the target but end up in no module: what its backtraces need,
/// which there are none of in WebAssembly, a C library that is not there, tests, and procedural macros.
const UNUSED_OF_STD: [&str; 9] =
    ["addr2line", "adler2", "getopts", "gimli", "libc", "memchr", "miniz_oxide", "object", "rustc-literal-escaper"];

/// What of the standard library stands in Rust's own tree, `std` last: its name, its licence, and whose it is.
pub(crate) const OF_RUST: [(&str, &str, &str); 2] = [
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
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) version: String,
    /// As its author says it: an SPDX expression.
    pub(crate) licence: String,
    /// The ids under which this package takes it.
    pub(crate) taken: Vec<String>,
    /// The texts of those, with its copyright lines: whose licence it is, and the text.
    pub(crate) texts: Vec<(String, String)>,
    /// Where it is developed.
    pub(crate) repository: Option<String>,
    /// SHA-256 of the crate as it was downloaded.
    pub(crate) checksum: Option<String>,
    /// The wasm modules that it is in.
    pub(crate) modules: BTreeSet<&'static str>,
    /// Those of the others that it needs.
    pub(crate) needs: BTreeSet<Key>,
    /// Whether it comes with the toolchain.
    pub(crate) of_std: bool,
}

/// A crate's name and version.
pub(crate) type Key = (String, String);

impl Part {
    pub(crate) fn key(&self) -> Key {
        (self.name.clone(), self.version.clone())
    }
}

/// Everything that is compiled in, by name, and which of it the crate itself needs.
pub(crate) struct Linked {
    pub(crate) parts: Vec<Part>,
    pub(crate) needed: BTreeSet<Key>,
}

/// Finds out what is compiled in.
pub(crate) fn linked() -> Outcome<Linked> {
    let mut found: BTreeMap<Key, Part> = BTreeMap::new();
    let mut needed = BTreeSet::new();
    for module in &MODULES {
        let (own, others): (Vec<_>, Vec<_>) =
            read_tree(&tree_of(module.name)?)?.into_iter().partition(|((name, _), _)| OWN.contains(&name.as_str()));
        needed.extend(own.into_iter().flat_map(|(_, needs)| needs).filter(|(name, _)| !OWN.contains(&name.as_str())));
        for (key, needs) in others {
            let part =
                found.entry(key.clone()).or_insert_with(|| Part { name: key.0, version: key.1, ..Part::default() });
            part.modules.insert(module.name);
            part.needs.extend(needs);
        }
    }
    let facts = cargo_facts()?;
    let lock = read_text(&root().join("Cargo.lock"))?;
    let mut parts = Vec::new();
    for (key, part) in found {
        let (licence, repository, folder) =
            facts.get(&key).ok_or_else(|| format!("cargo metadata does not tell of {} {}", key.0, key.1))?;
        let taken = choose(&key.0, licence)?;
        let texts = texts_in(folder, &key.0, &taken)?;
        let checksum = checksum_in(&lock, &key);
        parts.push(Part {
            licence: canonical(licence),
            taken,
            texts,
            repository: repository.clone(),
            checksum,
            ..part
        });
    }
    let std = of_std()?;
    needed.extend(std.iter().filter(|part| part.name == "std").map(Part::key));
    for part in std {
        match parts.iter_mut().find(|known| known.key() == part.key()) {
            Some(known) => known.modules.extend(part.modules),
            None => parts.push(part),
        }
    }
    parts.sort_by_key(Part::key);
    Ok(Linked { parts, needed })
}

/// The crates of a module as cargo prints them: how deep, and which.
fn tree_of(feature: &str) -> Outcome<String> {
    let mut command = cargo();
    command.args(["tree", "--quiet", "--locked", "--package", CRATE, "--target", WASM, "--features", feature]);
    command.args(["--edges", "normal,no-proc-macro", "--prefix", "depth", "--no-dedupe", "--format", "|{p}"]);
    quiet(&mut command)
}

/// Reads such a tree: what each crate needs.
fn read_tree(text: &str) -> Outcome<BTreeMap<Key, BTreeSet<Key>>> {
    let mut tree: BTreeMap<Key, BTreeSet<Key>> = BTreeMap::new();
    let mut path: Vec<Key> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let unread = || format!("cargo tree prints a line that cannot be read: {line}");
        let (depth, package) = line.split_once('|').ok_or_else(unread)?;
        let depth: usize = depth.parse().map_err(|_| unread())?;
        let mut words = package.split(' ');
        let (name, version) = words.next().zip(words.next()).ok_or_else(unread)?;
        let key = (name.to_owned(), version.trim_start_matches('v').to_owned());
        path.truncate(depth);
        if let Some(above) = path.last() {
            tree.entry(above.clone()).or_default().insert(key.clone());
        }
        tree.entry(key.clone()).or_default();
        path.push(key);
    }
    if tree.is_empty() { Err("cargo tree prints nothing".to_owned()) } else { Ok(tree) }
}

/// Of each crate its licence, where it is developed, and where its source lies.
type Facts = BTreeMap<Key, (String, Option<String>, PathBuf)>;

fn cargo_facts() -> Outcome<Facts> {
    let mut command = cargo();
    command.args([
        "metadata",
        "--quiet",
        "--locked",
        "--all-features",
        "--format-version",
        "1",
        "--filter-platform",
        WASM,
    ]);
    let metadata: Value =
        serde_json::from_str(&quiet(&mut command)?).map_err(|error| format!("cargo metadata is no JSON: {error}"))?;
    let mut facts = Facts::new();
    for package in metadata.get("packages").and_then(Value::as_array).into_iter().flatten() {
        let text = |name: &str| package.get(name).and_then(Value::as_str).map(str::to_owned);
        let (Some(name), Some(version), Some(manifest)) = (text("name"), text("version"), text("manifest_path")) else {
            return Err("cargo metadata tells of a package without name, version or manifest".to_owned());
        };
        let folder = Path::new(&manifest).parent().unwrap_or(Path::new("")).to_owned();
        facts.insert((name, version), (text("license").unwrap_or_default(), text("repository"), folder));
    }
    Ok(facts)
}

/// What `Cargo.lock` says of a crate as it was downloaded.
fn checksum_in(lock: &str, (name, version): &Key) -> Option<String> {
    let begin = format!("\nname = \"{name}\"\nversion = \"{version}\"\n");
    let entry = lock.split("[[package]]").find(|entry| entry.starts_with(&begin))?;
    Some(entry.split("\nchecksum = \"").nth(1)?.split('"').next()?.to_owned())
}

/// A licence as SPDX writes it now: crates of old say `MIT/Apache-2.0`.
fn canonical(licence: &str) -> String {
    Expression::canonicalize(licence).ok().flatten().unwrap_or_else(|| licence.to_owned())
}

/// Under which of the accepted licences a crate is taken.
fn choose(name: &str, licence: &str) -> Outcome<Vec<String>> {
    let expression = Expression::parse_mode(licence, spdx::ParseMode::LAX)
        .map_err(|error| format!("{name}: its licence \"{licence}\" is no SPDX expression: {}", error.reason))?;
    let mut accepted = Vec::new();
    for id in ACCEPTED {
        accepted.push(Licensee::parse(id).map_err(|error| format!("{id} is no SPDX id: {}", error.reason))?);
    }
    let chosen = expression.minimized_requirements(&accepted).map_err(|_| {
        format!("{name}: its licence {licence} is not among those that may be compiled in ({})", ACCEPTED.join(", "))
    })?;
    let mut chosen: Vec<_> = chosen.iter().map(ToString::to_string).collect();
    chosen.sort();
    chosen.dedup();
    Ok(chosen)
}

/// The texts in a crate's folder that belong to the licences it is taken under, and its notices.
fn texts_in(folder: &Path, name: &str, taken: &[String]) -> Outcome<Vec<(String, String)>> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{} cannot be read: {error}", folder.display()))?;
    let mut files: Vec<_> =
        entries.filter_map(Result::ok).map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    files.sort();
    let mut texts = Vec::new();
    for id in taken {
        let file = file_of(&files, id, taken.len())
            .ok_or_else(|| format!("{name}: {} holds no text of its licence {id}", folder.display()))?;
        texts.push((id.clone(), read_text(&folder.join(file))?));
    }
    for file in files.iter().filter(|file| file.to_uppercase().starts_with("NOTICE")) {
        texts.push((file.clone(), read_text(&folder.join(file))?));
    }
    Ok(texts)
}

/// The file that holds a licence's text: one that is named after it, or the only one where there is only one licence.
fn file_of<'a>(files: &'a [String], id: &str, licences: usize) -> Option<&'a String> {
    let word = id.split(['-', ' ']).next().unwrap_or(id).to_uppercase();
    let are_texts = ["LICENSE", "LICENCE", "COPYING"];
    let mut texts =
        files.iter().filter(|file| are_texts.iter().any(|begin| file.to_uppercase().starts_with(begin))).peekable();
    let first = texts.peek().copied();
    let (named, all): (Vec<_>, Vec<_>) = texts.partition(|file| file.to_uppercase().contains(&word));
    match named.first() {
        Some(file) => Some(file),
        None if licences == 1 && all.len() == 1 => first,
        None => None,
    }
}

/// The standard library as the toolchain brings it, and its crates, which its copyright notices tell of.
fn of_std() -> Outcome<Vec<Part>> {
    let rustc = |args: &[&str]| quiet(std::process::Command::new("rustc").current_dir(root()).args(args));
    let sysroot = PathBuf::from(rustc(&["--print", "sysroot"])?.trim());
    let release = rustc(&["--version"])?.split(' ').nth(1).unwrap_or_default().to_owned();
    let documents = sysroot.join("share/doc/rust");
    let notices = read_text(&documents.join("COPYRIGHT-library.html")).map_err(|error| {
        format!("{error}\nIt comes with a toolchain by rustup, and tells what of the standard library is compiled in.")
    })?;
    let compiled = compiled_crates(&sysroot.join("lib/rustlib").join(WASM).join("lib"))?;
    let is_used = |name: &str| compiled.contains(&name.replace('-', "_")) && !UNUSED_OF_STD.contains(&name);
    let mut parts = read_notices(&notices, is_used)?;
    if parts.is_empty() {
        return Err("the toolchain's COPYRIGHT-library.html names no crate: its form has changed".to_owned());
    }
    for (name, licence, copyright) in OF_RUST {
        let taken = choose(name, licence)?;
        let mut texts = Vec::new();
        for id in &taken {
            let mut text = String::new();
            for file in id.split(" WITH ") {
                text += &read_text(&documents.join("licenses").join(format!("{file}.txt")))?;
            }
            texts.push((id.clone(), text.replace("<year> <copyright holders>", copyright)));
        }
        parts.push(Part {
            name: name.to_owned(),
            version: release.clone(),
            licence: licence.to_owned(),
            taken,
            texts,
            repository: Some("https://github.com/rust-lang/rust".to_owned()),
            needs: if name == "std" { parts.iter().map(Part::key).collect() } else { BTreeSet::new() },
            ..Part::default()
        });
    }
    for part in &mut parts {
        part.of_std = true;
        part.modules.extend(MODULES.iter().map(|module| module.name));
    }
    Ok(parts)
}

/// The crates that the toolchain has compiled for the target: `libcfg_if-2b7a15413ecdcf91.rlib`.
fn compiled_crates(folder: &Path) -> Outcome<BTreeSet<String>> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{} cannot be read: {error}", folder.display()))?;
    let names = entries.filter_map(Result::ok).map(|entry| entry.file_name().to_string_lossy().into_owned());
    let name = |file: String| Some(file.strip_prefix("lib")?.strip_suffix(".rlib")?.rsplit_once('-')?.0.to_owned());
    Ok(names.filter_map(name).collect())
}

/// Reads those crates of the toolchain's copyright notices that are used, with the texts of the licences they are taken
/// under.
fn read_notices(html: &str, is_used: impl Fn(&str) -> bool) -> Outcome<Vec<Part>> {
    let between = |text: &str, open: &str, close: &str| -> Option<String> {
        Some(unescaped(text.split_once(open)?.1.split_once(close)?.0).trim_matches('\n').to_owned())
    };
    let mut parts = Vec::new();
    for section in html.split("<h3>📦 ").skip(1) {
        let unread = || "the toolchain's COPYRIGHT-library.html has a crate that cannot be read".to_owned();
        let title = section.split("</h3>").next().ok_or_else(unread)?;
        let version = title
            .match_indices('-')
            .map(|(at, _)| at)
            .find(|at| title.get(at + 1..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())));
        let (name, version) = version.and_then(|at| title.split_at_checked(at)).ok_or_else(unread)?;
        if !is_used(name) {
            continue;
        }
        let licence = between(section, "<b>License:</b>", "</p>").ok_or_else(unread)?.trim().to_owned();
        let licence = canonical(&licence);
        let taken = choose(name, &licence)?;
        let mut files = BTreeMap::new();
        for notice in section.split("<summary><code>").skip(1) {
            let file = notice.split("</code>").next().ok_or_else(unread)?;
            files.insert(file.to_owned(), between(notice, "<pre>", "</pre>").ok_or_else(unread)?);
        }
        let named: Vec<_> = files.keys().cloned().collect();
        let mut texts = Vec::new();
        for id in &taken {
            let text = file_of(&named, id, taken.len()).and_then(|file| files.get(file));
            let text =
                text.ok_or_else(|| format!("{name}: Rust's copyright notices hold no text of its licence {id}"))?;
            texts.push((id.clone(), text.clone()));
        }
        parts.push(Part {
            name: name.to_owned(),
            version: version.trim_start_matches('-').to_owned(),
            licence,
            taken,
            texts,
            ..Part::default()
        });
    }
    Ok(parts)
}

/// A text of HTML as it is read: `&#60;` and the named ones.
fn unescaped(html: &str) -> String {
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\"")];
    let text = named.iter().fold(html.to_owned(), |text, (from, to)| text.replace(from, to));
    text.replace("&#39;", "'").replace("&#38;", "&").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::{canonical, checksum_in, choose, file_of, read_notices, read_tree};

    #[test]
    fn a_tree_tells_what_each_crate_needs() {
        let text = "0|own v0.1.0 (/a folder/of mine)\n1|a v1.0.0\n2|b v2.0.0\n3|c v3.0.0\n1|c v3.0.0\n";
        let tree = read_tree(text).unwrap();
        let key = |name: &str, version: &str| (name.to_owned(), version.to_owned());
        let needs = |name, version| tree.get(&key(name, version)).unwrap().iter().cloned().collect::<Vec<_>>();
        assert_eq!(needs("own", "0.1.0"), [key("a", "1.0.0"), key("c", "3.0.0")]);
        assert_eq!(needs("a", "1.0.0"), [key("b", "2.0.0")]);
        assert_eq!(needs("c", "3.0.0"), []);
        assert!(read_tree("").is_err());
        assert!(read_tree("own v0.1.0").is_err());
    }

    #[test]
    fn a_licence_is_chosen_or_refused() {
        assert_eq!(choose("a", "Apache-2.0 OR MIT").unwrap(), ["MIT"]);
        assert_eq!(choose("a", "MIT/Apache-2.0").unwrap(), ["MIT"]);
        assert_eq!(choose("a", "(MIT OR Apache-2.0) AND Unicode-3.0").unwrap(), ["MIT", "Unicode-3.0"]);
        assert_eq!(choose("a", "GPL-3.0-only OR Apache-2.0").unwrap(), ["Apache-2.0"]);
        assert!(choose("a", "MPL-2.0").unwrap_err().contains("a: its licence MPL-2.0 is not among those"));
        assert!(choose("a", "MIT AND GPL-3.0-only").is_err());
        assert!(choose("a", "").is_err());
    }

    #[test]
    fn a_licence_of_old_is_written_as_of_now() {
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
    fn rusts_notices_are_read() {
        let html = "<h2>…</h2>\n<h3>📦 cfg-if-1.0.4</h3>\n<p><b>License:</b> MIT OR Apache-2.0</p>\n\
            <summary><code>LICENSE-APACHE</code></summary><pre>\nno\n</pre>\n\
            <summary><code>LICENSE-MIT</code></summary>\n<pre>\n  A &#60;a@b.example&#62; &#39;as-is&#39;\n\n</pre>\n\
            <h3>📦 other-2.0.0+wasi-0.2</h3><p><b>License:</b> MPL-2.0</p>";
        let parts = read_notices(html, |name| name == "cfg-if").unwrap();
        let [part] = parts.as_slice() else { panic!("{parts:?}") };
        assert_eq!((part.name.as_str(), part.version.as_str()), ("cfg-if", "1.0.4"));
        assert_eq!(part.texts, [("MIT".to_owned(), "  A <a@b.example> 'as-is'".to_owned())]);
        assert!(read_notices(html, |_| true).unwrap_err().contains("other: its licence MPL-2.0"));
    }

    #[test]
    fn a_checksum_is_that_of_the_very_version() {
        let lock = "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"x\"\nchecksum = \"abc\"\n\n[[package]]\nname = \"b\"\nversion = \"1.0.0\"\n";
        let key = |name: &str, version: &str| (name.to_owned(), version.to_owned());
        assert_eq!(checksum_in(lock, &key("a", "1.0.0")).as_deref(), Some("abc"));
        assert_eq!(checksum_in(lock, &key("a", "2.0.0")), None);
        assert_eq!(checksum_in(lock, &key("b", "1.0.0")), None);
    }
}
