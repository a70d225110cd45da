//! A JSON value whose shape nobody has promised, and the one writer of JSON.

use super::{parse_decimal, push_decimal, str_prefix};
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// A JSON value whose shape nobody has promised: a field beyond the documentation, or what a caller handed in.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Json {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as it was written: nothing is lost to rounding until somebody computes with it.
    Number(String),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Json>),
    /// An object, in the order in which it came.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// An object of these members.
    pub fn object<'a>(members: impl IntoIterator<Item = (&'a str, Json)>) -> Json {
        Json::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// The member of that name, if this is an object that has it; the last one of those that have it.
    pub fn get(&self, name: &str) -> Option<&Json> {
        match self {
            Json::Object(members) => members.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text, if this is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Json::String(text) => Some(text),
            _ => None,
        }
    }

    /// The text of the member of that name, if it is one: at most its first so many bytes.
    pub(crate) fn str_at(&self, name: &str, most: usize) -> Option<&str> {
        Some(str_prefix(self.get(name)?.as_str()?, most))
    }

    /// The member of that name, if it is a whole number.
    pub(crate) fn u32_at(&self, name: &str) -> Option<u32> {
        u32::try_from(self.get(name)?.as_u64()?).ok()
    }

    /// The number, if it is a whole one.
    pub(crate) fn as_u64(&self) -> Option<u64> {
        match self {
            Json::Number(digits) => parse_decimal(digits.as_bytes()),
            _ => None,
        }
    }

    /// What kind of value this is, in words for a message.
    pub fn kind_name(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "a boolean",
            Json::Number(_) => "a number",
            Json::String(_) => "a string",
            Json::Array(_) => "an array",
            Json::Object(_) => "an object",
        }
    }

    /// Appends the value as JSON text.
    pub fn write(&self, out: &mut String) {
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(true) => out.push_str("true"),
            Json::Bool(false) => out.push_str("false"),
            Json::Number(number) => out.push_str(number),
            Json::String(text) => write_string(out, text),
            Json::Array(items) => write_array(out, items, |out, item| item.write(out)),
            Json::Object(members) => write_members(out, members),
        }
    }

    /// The value as JSON text.
    pub fn to_json_string(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Json {
        Json::String(text.to_owned())
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Json {
        Json::Bool(value)
    }
}

impl From<u32> for Json {
    fn from(number: u32) -> Json {
        let mut digits = String::new();
        push_decimal(&mut digits, u64::from(number));
        Json::Number(digits)
    }
}

impl From<usize> for Json {
    fn from(number: usize) -> Json {
        Json::from(u32::try_from(number).unwrap_or(u32::MAX))
    }
}

impl From<Vec<&str>> for Json {
    fn from(texts: Vec<&str>) -> Json {
        Json::Array(texts.into_iter().map(Json::from).collect())
    }
}

impl<T: Into<Json>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Json {
        value.map_or(Json::Null, Into::into)
    }
}

/// Appends a string as JSON (RFC 8259, section 7).
pub fn write_string(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|b| b < 0x20 || b == b'"' || b == b'\\') {
        out.push_str(rest.get(..at).unwrap_or(""));
        match rest.as_bytes().get(at) {
            Some(b'\n') => out.push_str("\\n"),
            Some(b'\r') => out.push_str("\\r"),
            Some(b'\t') => out.push_str("\\t"),
            Some(control @ 0..0x20) => {
                out.push_str("\\u00");
                for nibble in [control >> 4, control & 15] {
                    out.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
                }
            }
            Some(quote_or_backslash) => out.extend(['\\', char::from(*quote_or_backslash)]),
            None => {}
        }
        rest = rest.get(at + 1..).unwrap_or("");
    }
    out.push_str(rest);
    out.push('"');
}

/// Writes an object, member by member.
#[derive(Debug)]
pub struct ObjectWriter<'o> {
    out: &'o mut String,
    is_empty: bool,
}

impl<'o> ObjectWriter<'o> {
    /// Opens an object behind a text.
    pub fn open(out: &'o mut String) -> ObjectWriter<'o> {
        out.push('{');
        ObjectWriter { out, is_empty: true }
    }

    /// A member's name; what is appended next is its value.
    pub fn name(&mut self, name: &str) -> &mut String {
        if !self.is_empty {
            self.out.push(',');
        }
        self.is_empty = false;
        write_string(self.out, name);
        self.out.push(':');
        self.out
    }

    /// A text.
    pub fn string(&mut self, name: &str, text: &str) {
        write_string(self.name(name), text);
    }

    /// A whole number; where there is none, the member is left out.
    pub fn number(&mut self, name: &str, number: Option<u32>) {
        if let Some(number) = number {
            push_decimal(self.name(name), u64::from(number));
        }
    }

    /// Closes the object.
    pub fn close(self) {
        self.out.push('}');
    }
}

/// Appends an array; `write` appends one of its items.
pub fn write_array<T>(out: &mut String, items: &[T], write: impl Fn(&mut String, &T)) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(out, item);
    }
    out.push(']');
}

pub(crate) fn write_members(out: &mut String, members: &[(String, Json)]) {
    out.push('{');
    for (index, (name, value)) in members.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_string(out, name);
        out.push(':');
        value.write(out);
    }
    out.push('}');
}
