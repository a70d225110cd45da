//! Short names for the exports of the modules that pages load. Only the module's own JavaScript uses these names.

use anyhow::{Context, Result, bail};
use std::collections::{BTreeMap, BTreeSet};

/// The text before the name of an export in the JavaScript of a module.
const OBJECT: &str = "wasm.";
/// The export that debugging tools may look for.
const MEMORY: &str = "memory";

/// A module and its JavaScript with short names of exports, and without the exports that the JavaScript does not use.
pub(crate) fn shortened(module: &[u8], script: &str, name: &str) -> Result<(Vec<u8>, String)> {
    let read: BTreeSet<&str> = names_in(script).map(|(_, name)| name).collect();
    let mut bytes = Bytes { rest: module };
    let mut out = bytes.take(8).unwrap_or_default().to_vec();
    let broken = || format!("{name}.wasm is not a valid module");
    let mut short = BTreeMap::new();
    let mut imported = 0;
    while !bytes.rest.is_empty() {
        let (section, length) = (bytes.byte().with_context(broken)?, bytes.number().with_context(broken)?);
        let content = bytes.take(length).with_context(broken)?;
        if section == IMPORTS {
            imported = Bytes { rest: content }.number().with_context(broken)?;
        }
        let content = if section == EXPORTS {
            let (content, start) = exports(content, &read, &mut short).with_context(broken)?;
            if start.is_some_and(|index| index >= imported) {
                bail!("{name}.wasm has a start function of its own, which is not called");
            }
            content
        } else {
            content.to_vec()
        };
        out.push(section);
        push_number(&mut out, content.len());
        out.extend(content);
    }
    if let Some(missing) = read.iter().find(|name| !short.contains_key(**name)) {
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
    Ok((out, renamed))
}

/// The ids of the sections of imports, all of them functions, and of exports (WebAssembly 2.0, section 5.5).
const IMPORTS: u8 = 2;
const EXPORTS: u8 = 7;
/// The start function. It may be an import that the JavaScript does not need.
const START: &str = "__wbindgen_start";

/// The section of exports with the used ones under short names, which are added to `short`, and the index of the start function,
/// if it is unused.
fn exports(
    content: &[u8],
    read: &BTreeSet<&str>,
    short: &mut BTreeMap<String, String>,
) -> Option<(Vec<u8>, Option<usize>)> {
    let mut bytes = Bytes { rest: content };
    let mut kept = Vec::new();
    let mut start = None;
    for _ in 0..bytes.number()? {
        let length = bytes.number()?;
        let name = std::str::from_utf8(bytes.take(length)?).ok()?;
        let (kind, index) = (bytes.byte()?, bytes.number()?);
        if !read.contains(name) {
            start = start.or((name == START).then_some(index));
            continue;
        }
        let new = if name == MEMORY { name.to_owned() } else { nth_name(short.len()) };
        push_number(&mut kept, new.len());
        kept.extend(new.bytes());
        kept.push(kind);
        push_number(&mut kept, index);
        short.insert(name.to_owned(), new);
    }
    let mut section = Vec::new();
    push_number(&mut section, short.len());
    section.extend(kept);
    Some((section, start))
}

/// The name with an index: `a` to `z`, then two letters.
fn nth_name(number: usize) -> String {
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

/// The unread bytes of a module.
struct Bytes<'bytes> {
    rest: &'bytes [u8],
}

impl<'bytes> Bytes<'bytes> {
    fn take(&mut self, length: usize) -> Option<&'bytes [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    /// Reads a number in LEB128.
    fn number(&mut self) -> Option<usize> {
        let (mut number, mut shift) = (0, 0_u32);
        loop {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f).checked_shl(shift)?;
            shift += 7;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
    }
}

fn push_number(out: &mut Vec<u8>, mut number: usize) {
    loop {
        let low = u8::try_from(number & 0x7f).unwrap_or(0);
        number >>= 7;
        out.push(if number == 0 { low } else { low | 0x80 });
        if number == 0 {
            return;
        }
    }
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
        let (bytes, renamed) = shortened(&module(&["thing_do", "thing_free", "unread"]), script, "client").unwrap();
        assert_eq!(renamed, "/** of the wasm. */ wasm = a; b(wasm.memory, wasm.a(c), page.wasm.no, wasm.b);");
        assert_eq!(bytes, module(&["a", "b"]));
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
