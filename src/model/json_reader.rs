//! A small reader of JSON text, for where no bodies are decoded.

use super::Json;
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// Text that is nested deeper than this is not read.
const MAX_DEPTH: u32 = 64;

/// Reads JSON text that this package has written; `None` for anything else. It is a tenth of the decoder, and does not say
/// what is wrong where. Of a name that comes twice it takes both, and numbers are not checked: whoever computes with one
/// does so. Half of a surrogate pair becomes a replacement character.
pub(crate) fn read_json(text: &str) -> Option<Json> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(MAX_DEPTH)?;
    (reader.peek() == 0 && reader.at == text.len()).then_some(value)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    /// The next byte, 0 at the end.
    fn byte(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    /// The next byte that is no space.
    fn peek(&mut self) -> u8 {
        while matches!(self.byte(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
        self.byte()
    }

    /// Takes a byte, if it is the next.
    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == byte;
        self.at += usize::from(is_next);
        is_next
    }

    /// The text from a place up to here.
    fn since(&self, from: usize) -> Option<&'t str> {
        self.text.get(from..self.at)
    }

    fn value(&mut self, depth: u32) -> Option<Json> {
        let depth = depth.checked_sub(1)?;
        match self.peek() {
            b'"' => self.string().map(Json::Text),
            b'[' => {
                let mut items = Vec::new();
                self.at += 1;
                let mut has_more = !self.take(b']');
                while has_more {
                    items.push(self.value(depth)?);
                    has_more = self.take(b',');
                    if !has_more && !self.take(b']') {
                        return None;
                    }
                }
                Some(Json::List(items))
            }
            b'{' => {
                let mut members = Vec::new();
                self.at += 1;
                let mut has_more = !self.take(b'}');
                while has_more {
                    self.peek();
                    let name = self.string()?;
                    if !self.take(b':') {
                        return None;
                    }
                    members.push((name, self.value(depth)?));
                    has_more = self.take(b',');
                    if !has_more && !self.take(b'}') {
                        return None;
                    }
                }
                Some(Json::Object(members))
            }
            _ => self.word(),
        }
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self) -> Option<Json> {
        let from = self.at;
        while matches!(self.byte(), b'a'..=b'z' | b'0'..=b'9' | b'-' | b'+' | b'.' | b'E') {
            self.at += 1;
        }
        match self.since(from)? {
            "null" => Some(Json::Null),
            "true" => Some(Json::Bool(true)),
            "false" => Some(Json::Bool(false)),
            word if matches!(word.as_bytes(), [b'-' | b'0'..=b'9', ..]) => Some(Json::Number(word.to_owned())),
            _ => None,
        }
    }

    /// A string, whose quote is the next byte.
    fn string(&mut self) -> Option<String> {
        if self.byte() != b'"' {
            return None;
        }
        self.at += 1;
        let mut out = String::new();
        let mut from = self.at;
        loop {
            match self.byte() {
                b'"' => {
                    out.push_str(self.since(from)?);
                    self.at += 1;
                    return Some(out);
                }
                b'\\' => {
                    out.push_str(self.since(from)?);
                    self.at += 1;
                    let escaped = match self.byte() {
                        byte @ (b'"' | b'\\' | b'/') => char::from(byte),
                        b'b' => '\u{8}',
                        b'f' => '\u{c}',
                        b'n' => '\n',
                        b'r' => '\r',
                        b't' => '\t',
                        b'u' => self.escaped()?,
                        _ => return None,
                    };
                    out.push(escaped);
                    self.at += 1;
                    from = self.at;
                }
                0..0x20 => return None,
                _ => self.at += 1,
            }
        }
    }

    /// The character of `\u`, at the `u`; afterwards at its last digit.
    fn escaped(&mut self) -> Option<char> {
        let mut code = self.digits()?;
        let is_high = (0xd800..0xdc00).contains(&code);
        if is_high && self.text.as_bytes().get(self.at + 1..self.at + 3) == Some(b"\\u") {
            let at = self.at;
            self.at += 2;
            let low = self.digits()?;
            if (0xdc00..0xe000).contains(&low) {
                code = 0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            } else {
                // It is a character by itself.
                self.at = at;
            }
        }
        Some(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    /// Four hexadecimal digits.
    fn digits(&mut self) -> Option<u32> {
        let mut code = 0;
        for _ in 0..4 {
            self.at += 1;
            code = code * 16 + char::from(self.byte()).to_digit(16)?;
        }
        Some(code)
    }
}

#[cfg(test)]
mod tests {
    use super::read_json;
    use crate::decode;
    use crate::model::Json;
    use alloc::{format, string::String, vec::Vec};

    #[test]
    fn it_reads_what_the_decoder_reads() {
        for text in [
            "null",
            " [ ] ",
            "{}",
            r#"{"a":[1,-2.50,1e9,true,false,null,{"b":""}],"ü":"\"\\\/\b\f\n\r\té\ud83d\ude00"}"#,
            "[\n[[[\"\u{1f600}\"]]],\t{\"a\" : 1 , \"b\":2}\r]",
            r#""text""#,
        ] {
            assert_eq!(read_json(text), decode::json(text.as_bytes()).ok(), "{text}");
            assert!(read_json(text).is_some(), "{text}");
        }
    }

    #[test]
    fn other_text_is_refused() {
        for text in [
            "",
            " ",
            "[",
            "]",
            "[1,]",
            "[1 2]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "\"",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"\\u12",
            "tru",
            "nulll",
            "1 2",
            "{}}",
            "+1",
            "\"\n\"",
            "[\"a\",\"b]",
        ] {
            assert_eq!(read_json(text), None, "{text}");
        }
        assert_eq!(read_json(r#""\ud800""#), Some(Json::from("\u{fffd}")));
        assert_eq!(read_json(r#""\ud800\u0041""#), Some(Json::from("\u{fffd}A")));
        assert_eq!(read_json(&"[".repeat(100_000)), None);
    }

    #[test]
    fn random_text_is_no_defect_and_what_both_read_is_the_same() {
        let pieces = [
            "{", "}", "[", "]", ",", ":", "\"", "\"a\"", "\"b\"", "1", "-0.5", "true", "null", " ", "\\", "\\u00e9",
            "é", "\\ud83d", "\\n",
        ];
        let mut random = 7_u32;
        let mut both = 0;
        for _ in 0..200_000 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let mut text = String::new();
            for _ in 0..(random >> 28) {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                text.push_str(pieces.get((random >> 8) as usize % pieces.len()).unwrap_or(&""));
            }
            if let Ok(value) = decode::json(text.as_bytes()) {
                assert_eq!(read_json(&text), Some(value), "{text}");
                both += 1;
            }
        }
        assert!(both > 1000, "{both}");
        let deep: Vec<String> = (0..60).map(|depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth))).collect();
        assert!(deep.iter().skip(1).all(|text| read_json(text).is_some()));
    }
}
