//! Short names for the exports of the modules that pages load. Only the module's own JavaScript uses these names.

use anyhow::{Context, Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use wasm_encoder::{ExportKind, ExportSection, Module, RawSection};
use wasmparser::{Export, ExternalKind, Parser, Payload};

/// The text before the name of an export in the JavaScript of a module.
const OBJECT: &str = "wasm.";
/// The export that debugging tools may look for.
const MEMORY: &str = "memory";
/// The start function. It may be an import that the JavaScript does not need.
const START: &str = "__wbindgen_start";

/// A module with short names of exports.
pub(crate) struct Shortened {
    /// The module, without the exports that its JavaScript does not use.
    pub(crate) module: Vec<u8>,
    /// The JavaScript of the module.
    pub(crate) script: String,
    /// The short names by the long ones.
    pub(crate) names: BTreeMap<String, String>,
}

/// A module and its JavaScript with short names of exports.
pub(crate) fn shortened(module: &[u8], script: &str, name: &str) -> Result<Shortened> {
    let used: BTreeSet<&str> = names_in(script).map(|(_, name)| name).collect();
    let mut short: BTreeMap<&str, String> = BTreeMap::new();
    let mut out = Module::new();
    let mut imports = 0;
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload.with_context(|| format!("{name}.wasm is not a valid module"))?;
        match &payload {
            // The modules import functions only.
            Payload::ImportSection(section) => imports = section.count(),
            Payload::ExportSection(section) => {
                let mut exports = ExportSection::new();
                for export in section.clone() {
                    let Export { name: long, kind, index } = export?;
                    if used.contains(long) {
                        let new = if long == MEMORY { long.to_owned() } else { nth_name(short.len()) };
                        exports.export(&new, kind_of(kind), index);
                        short.insert(long, new);
                    } else if long == START && index >= imports {
                        bail!("{name}.wasm has a start function of its own, which is not called");
                    }
                }
                out.section(&exports);
                continue;
            }
            _ => {}
        }
        if let Some((id, range)) = payload.as_section() {
            out.section(&RawSection { id, data: module.get(range).unwrap_or_default() });
        }
    }
    if let Some(missing) = used.iter().find(|name| !short.contains_key(**name)) {
        bail!("{name}.js uses {missing}, which {name}.wasm does not export");
    }
    let mut renamed = String::with_capacity(script.len());
    let mut done = 0;
    for (start, name) in names_in(script) {
        renamed.push_str(script.get(done..start).unwrap_or_default());
        renamed.push_str(short.get(name).map_or(name, String::as_str));
        done = start + name.len();
    }
    renamed.push_str(script.get(done..).unwrap_or_default());
    let names = short.into_iter().map(|(long, short)| (long.to_owned(), short)).collect();
    Ok(Shortened { module: out.finish(), script: renamed, names })
}

pub(crate) fn kind_of(kind: ExternalKind) -> ExportKind {
    match kind {
        ExternalKind::Func | ExternalKind::FuncExact => ExportKind::Func,
        ExternalKind::Table => ExportKind::Table,
        ExternalKind::Memory => ExportKind::Memory,
        ExternalKind::Global => ExportKind::Global,
        ExternalKind::Tag => ExportKind::Tag,
    }
}

/// The name with an index: `a` to `z`, then two letters.
pub(crate) fn nth_name(number: usize) -> String {
    let letter = |at: usize| char::from(b'a' + u8::try_from(at % 26).unwrap_or(0));
    let last = letter(number).to_string();
    if number < 26 { last } else { format!("{}{last}", letter(number / 26 - 1)) }
}

/// The names of exports that a script uses, each with its position.
fn names_in(script: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    script.match_indices(OBJECT).filter_map(move |(at, object)| {
        let (before, rest) = (script.get(..at)?, script.get(at + object.len()..)?);
        let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        let is_object = !before.ends_with(|c| is_name(c) || c == '.') && end > 0;
        is_object.then_some((at + object.len(), rest.get(..end)?))
    })
}

#[cfg(test)]
mod tests {
    use super::{names_in, nth_name, shortened};

    /// A module with a section of exports: functions and the memory.
    fn module(names: &[&str]) -> Vec<u8> {
        let mut section = vec![u8::try_from(names.len() + 1).unwrap()];
        for (kind, name) in names.iter().map(|name| (0, *name)).chain([(2, "memory")]) {
            section.push(u8::try_from(name.len()).unwrap());
            section.extend(name.bytes().chain([kind, 0]));
        }
        let head = *b"\0asm\x01\0\0\0";
        [head.as_slice(), &[7, u8::try_from(section.len()).unwrap()], section.as_slice(), &[0, 2, 1, b'x']].concat()
    }

    #[test]
    fn exports_have_short_names_in_module_and_script() {
        let script = "/** of the wasm. */ wasm = a; b(wasm.memory, wasm.thing_do(c), page.wasm.no, wasm.thing_free);";
        let short = shortened(&module(&["thing_do", "thing_free", "unread"]), script, "client").unwrap();
        assert_eq!(short.script, "/** of the wasm. */ wasm = a; b(wasm.memory, wasm.a(c), page.wasm.no, wasm.b);");
        assert_eq!(short.module, module(&["a", "b"]));
        assert_eq!(short.names.get("thing_free").map(String::as_str), Some("b"));
        assert!(shortened(&module(&["thing_do"]), script, "client").is_err());
        assert!(shortened(&module(&["thing_do", "thing_free", "__wbindgen_start"]), script, "client").is_err());
        assert!(shortened(b"\0asm\x01\0\0\0\x07\x7f", "", "client").is_err());
    }

    #[test]
    fn names_after_z_have_two_letters() {
        assert_eq!([0, 25, 26, 52].map(nth_name), ["a", "z", "aa", "ba"]);
        assert_eq!(names_in("wasm.a_$1.b(wasm.c)").map(|(_, name)| name).collect::<Vec<_>>(), ["a_$1", "c"]);
    }
}
