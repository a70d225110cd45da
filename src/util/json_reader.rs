//! A small reader of JSON texts: queries, options, and the undocumented fields of stored cases.
//!
//! The decoder of responses is fast, and weighs ten times as much.

use super::Json;
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// The maximum depth of arrays and objects: that of the decoder of responses.
const MAX_DEPTH: usize = 64;

/// A JSON text that is not valid.
///
/// ```
/// let error = cisco_support_case::util::parse_json("[1,]").unwrap_err();
/// assert_eq!((error.offset, error.expected), (3, "a value"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JsonSyntaxError {
    /// The offset in bytes.
    pub offset: usize,
    /// The expected token.
    pub expected: &'static str,
}

/// Parses a JSON text (RFC 8259). Of duplicate keys in an object, the value has both.
///
/// ```
/// use cisco_support_case::util::{Json, parse_json};
/// let value = parse_json(r#"{"a":[1,2.50,"\u00e9"]}"#)?;
/// assert_eq!(value.to_json_string(), r#"{"a":[1,2.50,"é"]}"#);
/// # Ok::<(), cisco_support_case::util::JsonSyntaxError>(())
/// ```
pub fn parse_json(text: &str) -> Result<Json, JsonSyntaxError> {
    let mut reader = JsonReader { text, at: 0, expected: "", depth: 0 };
    match reader.value() {
        Some(value) if reader.peek().is_none() => Ok(value),
        Some(_) => Err(JsonSyntaxError { offset: reader.at, expected: "the end of the text" }),
        None => Err(JsonSyntaxError { offset: reader.at, expected: reader.expected }),
    }
}

/// A reader. Its functions return `None` after an error, which is then at `at`.
struct JsonReader<'t> {
    text: &'t str,
    at: usize,
    expected: &'static str,
    depth: usize,
}

impl<'t> JsonReader<'t> {
    fn fail<T>(&mut self, expected: &'static str) -> Option<T> {
        self.expected = expected;
        None
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Skips white space, and returns the next byte.
    fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.byte() {
            self.at += 1;
        }
        self.byte()
    }

    /// Skips a byte after white space, and returns whether it is there.
    fn eat(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn value(&mut self) -> Option<Json> {
        match self.peek() {
            Some(b'"') => self.string().map(Json::String),
            Some(b'[') => {
                let mut items = Vec::new();
                self.items(b']', "\",\" or \"]\"", &mut |reader| {
                    items.push(reader.value()?);
                    Some(())
                })?;
                Some(Json::Array(items))
            }
            Some(b'{') => {
                let mut members = Vec::new();
                self.items(b'}', "\",\" or \"}\"", &mut |reader| {
                    if reader.peek() != Some(b'"') {
                        return reader.fail("a member's name");
                    }
                    let name = reader.string()?;
                    if !reader.eat(b':') {
                        return reader.fail("\":\"");
                    }
                    members.push((name, reader.value()?));
                    Some(())
                })?;
                Some(Json::Object(members))
            }
            Some(b'-' | b'0'..=b'9') => self.number().map(|digits| Json::Number(digits.to_owned())),
            _ => {
                for (word, value) in [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))] {
                    if self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
                        self.at += word.len();
                        return Some(value);
                    }
                }
                self.fail("a value")
            }
        }
    }

    /// Reads the items of an array or object up to its end.
    fn items(
        &mut self,
        close: u8,
        separator: &'static str,
        item: &mut dyn FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
        if self.depth == MAX_DEPTH {
            return self.fail("at most 64 levels");
        }
        self.depth += 1;
        self.at += 1;
        if !self.eat(close) {
            item(self)?;
            while !self.eat(close) {
                if !self.eat(b',') {
                    return self.fail(separator);
                }
                item(self)?;
            }
        }
        self.depth -= 1;
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { self.fail("a digit") } else { Some(()) }
    }

    fn number(&mut self) -> Option<&'t str> {
        let start = self.at;
        self.at += usize::from(self.byte() == Some(b'-'));
        // A number does not begin with further zeros.
        match self.byte() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            self.at += usize::from(matches!(self.byte(), Some(b'+' | b'-')));
            self.digits()?;
        }
        self.text.get(start..self.at)
    }

    /// Reads a string, from its quote.
    fn string(&mut self) -> Option<String> {
        let mut out = String::new();
        loop {
            self.at += 1;
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).unwrap_or(rest.len());
            out.push_str(self.text.get(self.at..self.at + plain).unwrap_or_default());
            self.at += plain;
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Some(out);
                }
                Some(b'\\') => {
                    self.at += 1;
                    out.push(self.escape()?);
                }
                Some(_) => return self.fail("an escape instead of a control character"),
                None => return self.fail("the end of a string"),
            }
        }
    }

    /// Reads an escape after its backslash, up to its last character.
    fn escape(&mut self) -> Option<char> {
        Some(match self.byte() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let unit = self.hex()?;
                let mut low = None;
                if (0xd800..0xdc00).contains(&unit)
                    && self.text.get(self.at + 1..).is_some_and(|rest| rest.starts_with("\\u"))
                {
                    let at = self.at;
                    self.at += 2;
                    low = Some(self.hex()?).filter(|low| (0xdc00..0xe000).contains(low));
                    if low.is_none() {
                        self.at = at;
                    }
                }
                let character = low.map_or(unit, |low| 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
                // A lone half of a pair has no UTF-8.
                char::from_u32(character).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => return self.fail("a JSON escape"),
        })
    }

    /// Reads four hex digits after the present byte, up to the last.
    fn hex(&mut self) -> Option<u32> {
        let mut number = 0;
        for _ in 0..4 {
            self.at += 1;
            match self.byte().and_then(|byte| char::from(byte).to_digit(16)) {
                Some(digit) => number = number << 4 | digit,
                None => return self.fail("four hex digits"),
            }
        }
        Some(number)
    }
}
