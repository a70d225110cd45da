//! The tokens of JSON (RFC 8259).

use super::{Fault, MAX_BODY_BYTES, MAX_DEPTH};
use crate::model::write_text;
use std::borrow::Cow;

/// A reader of JSON tokens that knows where it is.
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    /// Offset of the first lone surrogate that became U+FFFD since it was last taken.
    lone_surrogate: Option<usize>,
}

impl<'a> Lexer<'a> {
    /// A reader at the body's first token. The body must be UTF-8; a byte order mark is passed over.
    pub(super) fn new(body: &'a [u8]) -> Result<Lexer<'a>, Fault> {
        if body.len() > MAX_BODY_BYTES {
            let expected = format!("at most {MAX_BODY_BYTES} bytes");
            return Err(Fault::new("BODY_TOO_LARGE", MAX_BODY_BYTES, expected, format!("{} bytes", body.len())));
        }
        let text = std::str::from_utf8(body).map_err(|error| illegal(error.valid_up_to(), "UTF-8", "other bytes"))?;
        let mut lexer = Lexer { text, at: 0, depth: 0, lone_surrogate: None };
        if text.starts_with('\u{feff}') {
            lexer.at = '\u{feff}'.len_utf8();
        }
        lexer.skip_space();
        Ok(lexer)
    }

    /// Where the next token begins.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    /// The next token's first byte.
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// What stands here, for a message: a few characters.
    pub(super) fn found(&self) -> String {
        let rest = self.text.get(self.at..).unwrap_or("");
        if rest.is_empty() { "the end".to_owned() } else { quoted(&rest.chars().take(24).collect::<String>()) }
    }

    /// A fault at the next token.
    pub(super) fn fault(&self, code: &'static str, expected: impl Into<String>) -> Fault {
        Fault::new(code, self.at, expected, self.found())
    }

    pub(super) fn illegal(&self, expected: &str) -> Fault {
        self.fault("ILLEGAL_JSON", expected)
    }

    /// Whether a lone surrogate was met since this was last asked.
    pub(super) fn take_lone_surrogate(&mut self) -> Option<usize> {
        self.lone_surrogate.take()
    }

    /// Takes the byte if it is the next token.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let eaten = self.peek() == Some(byte);
        if eaten {
            self.at += 1;
            self.skip_space();
        }
        eaten
    }

    /// The document must end here.
    pub(super) fn end(&self) -> Result<(), Fault> {
        if self.peek().is_none() { Ok(()) } else { Err(self.illegal("the end of the document")) }
    }

    /// Enters an array or an object.
    pub(super) fn enter(&mut self, open: u8, expected: &str) -> Result<(), Fault> {
        if self.depth >= MAX_DEPTH {
            return Err(self.illegal(&format!("at most {MAX_DEPTH} levels")));
        }
        if !self.eat(open) {
            return Err(self.illegal(expected));
        }
        self.depth += 1;
        Ok(())
    }

    /// Leaves it, if its closing byte is next.
    pub(super) fn leave(&mut self, close: u8) -> bool {
        let left = self.eat(close);
        if left {
            self.depth = self.depth.saturating_sub(1);
        }
        left
    }

    /// Reads a whole array; `item` reads one of its items.
    pub(super) fn array(
        &mut self,
        item: &mut dyn FnMut(&mut Lexer<'a>, usize) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.enter(b'[', "an array")?;
        if self.leave(b']') {
            return Ok(());
        }
        let mut index = 0;
        loop {
            item(self, index).map_err(|fault| fault.at(index))?;
            if self.leave(b']') {
                return Ok(());
            }
            if !self.eat(b',') {
                return Err(self.illegal("\",\" or \"]\""));
            }
            index += 1;
        }
    }

    /// Reads a whole object; `member` reads the value of one of its members. A name that comes twice is refused: the
    /// two values may differ, and readers do not agree which one counts (RFC 8259, section 4).
    pub(super) fn object(
        &mut self,
        member: &mut dyn FnMut(&mut Lexer<'a>, &str) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut names = Names::default();
        self.enter(b'{', "an object")?;
        if self.leave(b'}') {
            return Ok(());
        }
        loop {
            let offset = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.illegal("a member's name"));
            }
            let name = self.string()?;
            if !names.insert(&name) {
                return Err(illegal(offset, "a name that did not come before", format!("{} again", quoted(&name))));
            }
            if !self.eat(b':') {
                return Err(self.illegal("\":\""));
            }
            member(self, &name).map_err(|fault| fault.inside(&name))?;
            if self.leave(b'}') {
                return Ok(());
            }
            if !self.eat(b',') {
                return Err(self.illegal("\",\" or \"}\""));
            }
        }
    }

    /// Reads `null`, `true` or `false`.
    pub(super) fn word(&mut self) -> Result<Option<bool>, Fault> {
        for (word, value) in [("null", None), ("true", Some(true)), ("false", Some(false))] {
            if self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
                self.at += word.len();
                self.skip_space();
                return Ok(value);
            }
        }
        Err(self.illegal("a value"))
    }

    /// Reads a number, as it is written.
    pub(super) fn number(&mut self) -> Result<&'a str, Fault> {
        let start = self.at;
        let mut at = start;
        let bytes = self.text.as_bytes();
        let byte = |at: usize| bytes.get(at).copied();
        let digits = |mut at: usize| {
            while byte(at).is_some_and(|b| b.is_ascii_digit()) {
                at += 1;
            }
            at
        };
        if byte(at) == Some(b'-') {
            at += 1;
        }
        let integer = digits(at);
        let mut legal = integer > at && (byte(at) != Some(b'0') || integer == at + 1);
        at = integer;
        if byte(at) == Some(b'.') {
            let end = digits(at + 1);
            legal &= end > at + 1;
            at = end;
        }
        if matches!(byte(at), Some(b'e' | b'E')) {
            at += 1;
            if matches!(byte(at), Some(b'+' | b'-')) {
                at += 1;
            }
            let end = digits(at);
            legal &= end > at;
            at = end;
        }
        match self.text.get(start..at) {
            Some(number) if legal => {
                self.at = at;
                self.skip_space();
                Ok(number)
            }
            _ => Err(self.illegal("a number")),
        }
    }

    /// Reads a string. A lone surrogate, legal in JSON but not in Unicode text, becomes U+FFFD and is remembered.
    pub(super) fn string(&mut self) -> Result<Cow<'a, str>, Fault> {
        if self.peek() != Some(b'"') {
            return Err(self.illegal("a string"));
        }
        self.at += 1;
        let mut out: Cow<'a, str> = Cow::Borrowed("");
        loop {
            let rest = self.text.get(self.at..).unwrap_or("");
            let Some(length) = rest.bytes().position(|b| b == b'"' || b == b'\\' || b < 0x20) else {
                self.at = self.text.len();
                return Err(self.illegal("the end of a string"));
            };
            let plain = rest.get(..length).unwrap_or("");
            if out.is_empty() {
                out = Cow::Borrowed(plain);
            } else {
                out.to_mut().push_str(plain);
            }
            self.at += length;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    self.skip_space();
                    return Ok(out);
                }
                Some(b'\\') => {
                    let c = self.escape()?;
                    out.to_mut().push(c);
                }
                _ => return Err(self.illegal("no control character in a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let start = self.at;
        let letter = self.text.as_bytes().get(start + 1).copied();
        self.at += 2;
        let c = match letter {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(start),
            _ => {
                self.at = start;
                return Err(self.illegal("an escape of JSON"));
            }
        };
        Ok(c)
    }

    fn unicode_escape(&mut self, start: usize) -> Result<char, Fault> {
        let unit = self.hex4()?;
        let code = match unit {
            0xd800..0xdc00 => {
                let low = self.text.get(self.at..).is_some_and(|rest| rest.starts_with("\\u"));
                let after_high = self.at;
                if low {
                    self.at += 2;
                    let low = self.hex4()?;
                    if (0xdc00..0xe000).contains(&low) {
                        0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
                    } else {
                        // The escape that follows stands for itself.
                        self.at = after_high;
                        unit
                    }
                } else {
                    unit
                }
            }
            unit => unit,
        };
        Ok(char::from_u32(code).unwrap_or_else(|| {
            self.lone_surrogate.get_or_insert(start);
            char::REPLACEMENT_CHARACTER
        }))
    }

    fn hex4(&mut self) -> Result<u32, Fault> {
        let digits = self.text.get(self.at..self.at + 4).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        match digits.and_then(|hex| u32::from_str_radix(hex, 16).ok()) {
            Some(unit) => {
                self.at += 4;
                Ok(unit)
            }
            None => Err(self.illegal("four hex digits")),
        }
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::new();
    write_text(&mut out, text);
    out
}

pub(super) fn illegal(offset: usize, expected: &str, found: impl Into<String>) -> Fault {
    Fault::new("ILLEGAL_JSON", offset, expected, found)
}

/// The names of an object's members so far. Few are compared one by one, many by a set, so that an object of a million
/// members costs no more than its size.
#[derive(Default)]
struct Names {
    few: Vec<String>,
    many: std::collections::BTreeSet<String>,
}

impl Names {
    /// Adds a name; false if it was there.
    fn insert(&mut self, name: &str) -> bool {
        const FEW: usize = 32;
        if self.few.iter().any(|known| known == name) {
            return false;
        }
        if self.few.len() < FEW {
            self.few.push(name.to_owned());
            true
        } else {
            self.many.insert(name.to_owned())
        }
    }
}
