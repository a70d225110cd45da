//! Any JSON document by serde_json, with places.
//!
//! serde_json's own value forgets names that come twice, the order of members, how a number was written and where
//! everything stood, and it refuses lone surrogates. Here it reads one level at a time, as pieces of the source: where a
//! piece lies tells its offset, and a number is its own text. What serde_json does not refuse by itself is refused here:
//! nesting beyond 64 levels.

use cisco_support_case::util::Json;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::HashSet;
use std::fmt;

/// The deepest nesting that is documented to be read.
const LEVELS: usize = 64;

/// It is no JSON, or none that is read.
#[derive(Debug)]
pub struct Illegal;

pub struct Node<'a> {
    /// Offset of its first byte.
    pub at: usize,
    /// Offset of the next token behind it.
    pub after: usize,
    /// Offset of the first thing in it that cannot be told as it is written, and what that is.
    pub odd: Option<(usize, Odd)>,
    pub value: Value<'a>,
}

/// What is JSON and cannot be told as it is written.
#[derive(Clone, Copy)]
pub enum Odd {
    LoneSurrogate,
    /// A name comes again in an object.
    Again,
}

pub enum Value<'a> {
    Null,
    Bool(bool),
    Number(&'a str),
    Text(String),
    List(Vec<Node<'a>>),
    Object(Vec<Member<'a>>),
}

pub struct Member<'a> {
    pub name: String,
    /// Offset of the name.
    pub at: usize,
    /// Offset of the first lone surrogate in the name.
    pub lone: Option<usize>,
    pub value: Node<'a>,
}

/// Reads a whole body. A byte order mark is passed over.
pub fn read(body: &[u8]) -> Result<Node<'_>, Illegal> {
    let text = std::str::from_utf8(body).map_err(|_| Illegal)?;
    let json = text.strip_prefix('\u{feff}').unwrap_or(text);
    let whole: &RawValue = serde_json::from_str(json).map_err(|_| Illegal)?;
    Reader { text }.node(whole, 0)
}

/// Reads the value that begins a text, whatever stands behind it; gives its length.
pub fn length_of_value(text: &str) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    values.next().and_then(Result::ok).map(|value| value.get().len())
}

/// Whether something can follow that makes a document of it, as far as serde_json says.
pub fn may_go_on(body: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(body) else { return false };
    let json = text.strip_prefix('\u{feff}').unwrap_or(text);
    serde_json::from_str::<&RawValue>(json).map_or_else(|error| error.is_eof(), |_| true)
}

struct Reader<'a> {
    text: &'a str,
}

impl<'a> Reader<'a> {
    fn node(&self, raw: &'a RawValue, depth: usize) -> Result<Node<'a>, Illegal> {
        let source = raw.get();
        let at = self.offset(source);
        let behind = &self.text[at + source.len()..];
        let space = behind.len() - behind.trim_start_matches([' ', '\t', '\r', '\n']).len();
        let mut odd = None;
        let value = match source.as_bytes()[0] {
            b'"' => {
                odd = first_lone_surrogate(source).map(|index| (at + index, Odd::LoneSurrogate));
                Value::Text(text(source)?)
            }
            b'[' | b'{' if depth == LEVELS => return Err(Illegal),
            b'[' => {
                let items: Vec<&RawValue> = serde_json::from_str(source).map_err(|_| Illegal)?;
                let items: Vec<_> =
                    items.into_iter().map(|item| self.node(item, depth + 1)).collect::<Result<_, _>>()?;
                odd = items.iter().find_map(|item| item.odd);
                Value::List(items)
            }
            b'{' => {
                let Members(pieces) = serde_json::from_str(source).map_err(|_| Illegal)?;
                let mut members = Vec::with_capacity(pieces.len());
                let (mut names, mut again) = (HashSet::new(), None);
                for (name, value) in pieces {
                    let name_source = name.get();
                    let name_lone = first_lone_surrogate(name_source).map(|index| self.offset(name_source) + index);
                    let name = text(name_source)?;
                    if !names.insert(name.clone()) {
                        // It is known when the object has ended.
                        again = Some((at, Odd::Again));
                    }
                    let name_at = self.offset(name_source);
                    let value = self.node(value, depth + 1)?;
                    odd = odd.or(name_lone.map(|at| (at, Odd::LoneSurrogate))).or(value.odd);
                    members.push(Member { name, at: name_at, lone: name_lone, value });
                }
                odd = odd.or(again);
                Value::Object(members)
            }
            b'n' => Value::Null,
            b't' => Value::Bool(true),
            b'f' => Value::Bool(false),
            _ => Value::Number(source),
        };
        Ok(Node { at, after: at + source.len() + space, odd, value })
    }

    fn offset(&self, part: &str) -> usize {
        part.as_ptr() as usize - self.text.as_ptr() as usize
    }
}

impl Node<'_> {
    /// The value as the model has it.
    pub fn json(&self) -> Json {
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Number(text) => Json::Number((*text).to_owned()),
            Value::Text(text) => Json::String(text.clone()),
            Value::List(items) => Json::Array(items.iter().map(Node::json).collect()),
            Value::Object(members) => {
                let mut all: Vec<(String, Json)> = Vec::new();
                members.iter().for_each(|member| put(&mut all, &member.name, member.value.json()));
                Json::Object(all)
            }
        }
    }
}

/// Sets a member: the last value of a name counts, in the place of the first.
pub fn put(members: &mut Vec<(String, Json)>, name: &str, value: Json) {
    match members.iter_mut().find(|(known, _)| known == name) {
        Some((_, slot)) => *slot = value,
        None => members.push((name.to_owned(), value)),
    }
}

/// An object's names and values as they are written.
struct Members<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pieces;

        impl<'de> Visitor<'de> for Pieces {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut pieces = Vec::new();
                while let Some(piece) = map.next_entry()? {
                    pieces.push(piece);
                }
                Ok(Members(pieces))
            }
        }

        deserializer.deserialize_map(Pieces)
    }
}

/// The text of a string, with U+FFFD for each lone surrogate: serde_json gives those as the bytes that UTF-8 would have
/// for them if it could.
fn text(source: &str) -> Result<String, Illegal> {
    struct Bytes;

    impl Visitor<'_> for Bytes {
        type Value = Vec<u8>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
            Ok(bytes.to_vec())
        }
    }

    let bytes = serde_json::Deserializer::from_str(source).deserialize_bytes(Bytes).map_err(|_| Illegal)?;
    let mut clean = Vec::with_capacity(bytes.len());
    let mut rest = bytes.as_slice();
    while let [first, others @ ..] = rest {
        rest = match rest {
            [0xed, 0xa0..=0xbf, _, tail @ ..] => {
                clean.extend("\u{fffd}".bytes());
                tail
            }
            _ => {
                clean.push(*first);
                others
            }
        };
    }
    String::from_utf8(clean).map_err(|_| Illegal)
}

/// Where in a string's source the first escape of a lone surrogate stands.
fn first_lone_surrogate(source: &str) -> Option<usize> {
    let unit = |at: usize| {
        let digits = source.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let mut at = 0;
    while let Some(next) = source[at..].find('\\') {
        at += next;
        at += match (unit(at), unit(at + 6)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => return Some(at),
            (Some(_), _) => 6,
            (None, _) => 2,
        };
    }
    None
}
