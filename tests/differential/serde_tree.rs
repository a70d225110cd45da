//! Any JSON document by serde_json, with offsets.
//!
//! The value type of serde_json loses duplicate keys, the order of members, the digits of numbers and all offsets, and
//! it rejects lone surrogates. This module therefore parses one level at a time, as raw slices of the source: the
//! address of a slice is its offset, and a number is its own text. It adds the one limit that serde_json does not
//! have: a maximum depth of 64 levels.

use cisco_support_case::util::Json;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::HashSet;
use std::fmt;

/// The documented maximum depth.
const LEVELS: usize = 64;

/// Invalid JSON, or JSON above a limit.
#[derive(Debug)]
pub struct Illegal;

pub struct Node<'a> {
    /// Offset of the first byte.
    pub at: usize,
    /// Offset of the next token after the value.
    pub after: usize,
    /// The first anomaly in the value, and its offset.
    pub odd: Option<(usize, Odd)>,
    pub value: Value<'a>,
}

/// Valid JSON that the model cannot represent as it is written.
#[derive(Clone, Copy)]
pub enum Odd {
    LoneSurrogate,
    /// A duplicate key in an object.
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
    /// Offset of the key.
    pub at: usize,
    /// Offset of the first lone surrogate in the key.
    pub lone: Option<usize>,
    pub value: Node<'a>,
}

/// Parses a whole body, after a byte order mark if there is one.
pub fn read(body: &[u8]) -> Result<Node<'_>, Illegal> {
    let text = std::str::from_utf8(body).map_err(|_| Illegal)?;
    let json = text.strip_prefix('\u{feff}').unwrap_or(text);
    let whole: &RawValue = serde_json::from_str(json).map_err(|_| Illegal)?;
    Reader { text }.node(whole, 0)
}

/// Returns the length of the value at the start of a text, whatever follows it.
pub fn length_of_value(text: &str) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    values.next().and_then(Result::ok).map(|value| value.get().len())
}

/// Returns whether the text is a prefix of a valid document, according to serde_json.
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
                        // A duplicate is known when the object has ended.
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
    /// Converts the value to the model's type.
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

/// Sets a member. Of duplicate keys, the last value counts, in the position of the first.
pub fn put(members: &mut Vec<(String, Json)>, name: &str, value: Json) {
    match members.iter_mut().find(|(known, _)| known == name) {
        Some((_, slot)) => *slot = value,
        None => members.push((name.to_owned(), value)),
    }
}

/// The keys and values of an object, as raw slices.
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

/// Returns the text of a string, with U+FFFD for each lone surrogate. serde_json decodes a lone surrogate to the bytes
/// of its generalized UTF-8 form.
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

/// Returns the offset of the first escaped lone surrogate in a string's source.
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
