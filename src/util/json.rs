//! A JSON value without a schema, and the JSON writer.

use super::{parse_decimal, push_decimal, str_prefix};
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// A JSON value without a schema: an undocumented field, or the argument of a caller.
///
/// ```
/// use cisco_support_case::util::Json;
/// let value = Json::object([("name", Json::from("value")), ("flag", Json::from(true))]);
/// assert_eq!(value.to_json_string(), r#"{"name":"value","flag":true}"#);
/// assert_eq!(value.get("name").and_then(Json::as_str), Some("value"));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Json {
    /// The literal `null`.
    #[default]
    Null,
    /// The literals `true` and `false`.
    Bool(bool),
    /// A number as it was written, so that no precision is lost.
    Number(String),
    /// A string, unescaped.
    String(String),
    /// An array of values.
    Array(Vec<Json>),
    /// An object, in the order of its members.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Creates an object of these members.
    pub fn object<'a>(members: impl IntoIterator<Item = (&'a str, Json)>) -> Json {
        Json::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// Returns a member of an object, or `None`. Of duplicate keys, the last one counts.
    pub fn get(&self, name: &str) -> Option<&Json> {
        match self {
            Json::Object(members) => members.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// Returns the text of a string, or `None`.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Json::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the first `most` bytes of a string member, or `None`.
    pub(crate) fn str_at(&self, name: &str, most: usize) -> Option<&str> {
        Some(str_prefix(self.get(name)?.as_str()?, most))
    }

    /// Returns a member that is a whole number of 32 bits, or `None`.
    pub(crate) fn u32_at(&self, name: &str) -> Option<u32> {
        u32::try_from(self.get(name)?.as_u64()?).ok()
    }

    /// Returns a whole number, or `None`.
    pub(crate) fn as_u64(&self) -> Option<u64> {
        match self {
            Json::Number(digits) => parse_decimal(digits.as_bytes()),
            _ => None,
        }
    }

    /// Returns the kind of the value for a message, such as "an array".
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

    /// Appends the value as JSON.
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

    /// Returns the value as JSON.
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

/// Appends a JSON string (RFC 8259, section 7).
///
/// ```
/// let mut out = String::new();
/// cisco_support_case::util::write_string(&mut out, "a\n\"b\"");
/// assert_eq!(out, r#""a\n\"b\"""#);
/// ```
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

/// A writer of a JSON object.
///
/// ```
/// use cisco_support_case::util::ObjectWriter;
/// let mut out = String::new();
/// let mut object = ObjectWriter::open(&mut out);
/// object.string("name", "value");
/// object.number("count", Some(3));
/// object.number("absent", None);
/// object.close();
/// assert_eq!(out, r#"{"name":"value","count":3}"#);
/// ```
#[derive(Debug)]
pub struct ObjectWriter<'o> {
    out: &'o mut String,
    is_empty: bool,
}

impl<'o> ObjectWriter<'o> {
    /// Opens an object at the end of a text.
    pub fn open(out: &'o mut String) -> ObjectWriter<'o> {
        out.push('{');
        ObjectWriter { out, is_empty: true }
    }

    /// Writes a key, and returns the text to which to append its value.
    pub fn name(&mut self, name: &str) -> &mut String {
        if !self.is_empty {
            self.out.push(',');
        }
        self.is_empty = false;
        write_string(self.out, name);
        self.out.push(':');
        self.out
    }

    /// Writes a string member.
    pub fn string(&mut self, name: &str, text: &str) {
        write_string(self.name(name), text);
    }

    /// Writes a number member; `None` writes nothing.
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

/// Appends a JSON array; `write` appends one item.
///
/// ```
/// use cisco_support_case::util::{write_array, write_string};
/// let mut out = String::new();
/// write_array(&mut out, &["a", "b"], |out, item| write_string(out, item));
/// assert_eq!(out, r#"["a","b"]"#);
/// ```
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
