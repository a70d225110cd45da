//! A JSON tokenizer (RFC 8259) over a padded body.
//!
//! A string is copied, unescaped, to the end of the arena. The caller either keeps it, by advancing `arena_len`, or
//! lets the next string overwrite it.

use super::{
    DecodeError, MAX_BODY_BYTES, MAX_DEPTH,
    body::Body,
    simd::{ArenaWriter, LANES, PaddedInput, SimdConsts, StringArena, copy_plain, special_mask_64, vector_at},
};
use crate::util::{text, utf8_length, write_string};
use alloc::{borrow::ToOwned, boxed::Box, string::String};

/// A decode error in a box, so that results stay small.
pub(super) type BoxedDecodeError = Box<DecodeError>;

/// A string that has just been read. It is in the arena at `arena_len`.
#[derive(Clone, Copy)]
pub(super) struct StringToken {
    /// Bytes of the unescaped string.
    pub(super) len: usize,
    /// Whether all bytes are ASCII.
    pub(super) is_ascii: bool,
}

/// Valid JSON that the records cannot represent as it is written.
#[derive(Clone, Copy)]
pub(super) enum Anomaly {
    /// Half of a surrogate pair, which became U+FFFD.
    LoneSurrogate,
    /// A repeated key in an object. The last of its values counts.
    DuplicateKey,
}

impl Anomaly {
    /// Returns the `expected` and `value` of the issue.
    pub(super) fn expected_and_found(self) -> [&'static str; 2] {
        match self {
            Anomaly::LoneSurrogate => ["Unicode text", "a lone surrogate, read as U+FFFD"],
            Anomaly::DuplicateKey => ["a unique name", "a duplicate name; the last value counts"],
        }
    }
}

/// A JSON tokenizer and its position.
///
/// With `FAST`, it processes 16 bytes at a time where possible; without, one at a time. Both have the same results.
pub(super) struct Tokenizer<'a, const FAST: bool> {
    /// The body and its padding.
    pub(super) body: PaddedInput<'a>,
    end: usize,
    /// The offset of the next token.
    pub(super) position: usize,
    depth: usize,
    /// The first anomaly since the last [`take_anomaly`](Self::take_anomaly), with its offset.
    anomaly: Option<(usize, Anomaly)>,
    /// The arena of strings. The bytes after `arena_len` are scratch space for the next string.
    pub(super) arena: StringArena,
    /// The bytes of the arena that are in use.
    pub(super) arena_len: usize,
}

impl<'a, const FAST: bool> Tokenizer<'a, FAST> {
    /// Creates a tokenizer at the first token, after a byte order mark if there is one. The arena's memory is reused.
    #[inline(always)]
    pub(super) fn new(body: &'a Body, text: Option<StringArena>) -> Self {
        let end = body.len();
        let padded = body.padded();
        let body = PaddedInput::new(padded).unwrap_or_default();
        let padded = body.bytes();
        // A string is never longer unescaped than escaped, so one vector always fits after the last.
        let text = text.filter(|text| text.fits(body)).unwrap_or_else(|| StringArena::for_body(body));
        let at = if padded.starts_with("\u{feff}".as_bytes()) { "\u{feff}".len() } else { 0 };
        Tokenizer { body, end, position: at, depth: 0, anomaly: None, arena: text, arena_len: 0 }
    }

    /// Checks the size of the body, and moves to the first token.
    pub(super) fn begin(&mut self) -> Result<(), BoxedDecodeError> {
        if self.end > MAX_BODY_BYTES {
            let expected = text!("at most ", MAX_BODY_BYTES, " bytes");
            let found = text!(self.end, " bytes");
            return Err(Box::new(DecodeError::new("BODY_TOO_LARGE", MAX_BODY_BYTES, expected, found)));
        }
        self.skip_whitespace();
        Ok(())
    }

    #[inline(always)]
    fn byte(&self, at: usize) -> u8 {
        self.body.byte(at)
    }

    /// Returns the first byte of the next token; 0 at the end.
    #[inline(always)]
    pub(super) fn peek(&self) -> u8 {
        self.byte(self.position)
    }

    /// Returns the next few characters, for a message.
    fn excerpt(&self) -> String {
        let rest = self.body.bytes().get(self.position..self.end.min(self.position + 128)).unwrap_or_default();
        let valid = core::str::from_utf8(rest).map_or_else(|error| error.valid_up_to(), str::len);
        let text = rest.get(..valid).and_then(|valid| core::str::from_utf8(valid).ok()).unwrap_or_default();
        if rest.is_empty() { "the end".to_owned() } else { quoted(&text.chars().take(24).collect::<String>()) }
    }

    /// Creates an error at the next token.
    #[cold]
    pub(super) fn error_here(&self, code: &'static str, expected: &str) -> BoxedDecodeError {
        Box::new(DecodeError::new(code, self.position, expected, self.excerpt()))
    }

    #[cold]
    pub(super) fn syntax_error(&self, expected: &str) -> BoxedDecodeError {
        self.error_here("ILLEGAL_JSON", expected)
    }

    /// Returns and clears the first anomaly and its offset.
    #[inline(always)]
    pub(super) fn take_anomaly(&mut self) -> Option<(usize, Anomaly)> {
        self.anomaly.take()
    }

    /// Returns whether there is an anomaly that has not been taken.
    pub(super) fn has_anomaly(&self) -> bool {
        self.anomaly.is_some()
    }

    /// Records an anomaly, unless there is one already.
    pub(super) fn note_anomaly(&mut self, at: usize, odd: Anomaly) {
        self.anomaly.get_or_insert((at, odd));
    }

    /// Moves back to a position where no anomaly was pending.
    pub(super) fn rewind(&mut self, at: usize, depth: usize) {
        self.position = at;
        self.depth = depth;
        self.anomaly = None;
    }

    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// Consumes the byte if it is the next token.
    #[inline(always)]
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let eaten = self.peek() == byte;
        if eaten {
            self.position += 1;
            self.skip_whitespace();
        }
        eaten
    }

    /// Skips whitespace.
    #[inline(always)]
    pub(super) fn skip_whitespace(&mut self) {
        if self.peek() <= b' ' {
            self.skip_whitespace_run();
        }
    }

    #[inline(never)]
    fn skip_whitespace_run(&mut self) {
        if FAST {
            loop {
                // The padding is zeros, which are no whitespace.
                let mask = self.body.vector(self.position).non_whitespace_mask();
                self.position += (mask.trailing_zeros() as usize).min(LANES);
                if mask != 0 {
                    return;
                }
            }
        }
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.position += 1;
        }
    }

    /// Fails unless the document ends here.
    pub(super) fn expect_end(&self) -> Result<(), BoxedDecodeError> {
        if self.position >= self.end { Ok(()) } else { Err(self.syntax_error("the end of the document")) }
    }

    /// Enters an array or an object.
    #[inline(never)]
    pub(super) fn enter(&mut self, open: u8) -> Result<(), BoxedDecodeError> {
        if self.depth >= MAX_DEPTH {
            return Err(self.syntax_error(&text!("at most ", MAX_DEPTH, " levels")));
        }
        if !self.eat(open) {
            return Err(self.syntax_error(if open == b'[' { "an array" } else { "an object" }));
        }
        self.depth += 1;
        Ok(())
    }

    /// Leaves the array or object if its closing byte is next.
    #[inline(never)]
    pub(super) fn leave(&mut self, close: u8) -> bool {
        let left = self.eat(close);
        if left {
            self.depth = self.depth.saturating_sub(1);
        }
        left
    }

    /// Consumes a comma or the closing byte after an item; returns whether another item follows.
    #[inline(never)]
    pub(super) fn comma_or_close(&mut self, close: u8) -> Result<bool, BoxedDecodeError> {
        if self.eat(b',') {
            return Ok(true);
        }
        if self.leave(close) {
            return Ok(false);
        }
        Err(self.syntax_error(if close == b']' { "\",\" or \"]\"" } else { "\",\" or \"}\"" }))
    }

    /// Consumes the colon after a key.
    #[inline(never)]
    pub(super) fn colon(&mut self) -> Result<(), BoxedDecodeError> {
        self.skip_whitespace();
        if self.eat(b':') { Ok(()) } else { Err(self.syntax_error("\":\"")) }
    }

    /// Reads `null`, `true` or `false`.
    pub(super) fn literal(&mut self) -> Result<Option<bool>, BoxedDecodeError> {
        for (word, value) in [("null", None), ("true", Some(true)), ("false", Some(false))] {
            if self.body.bytes().get(self.position..).is_some_and(|rest| rest.starts_with(word.as_bytes())) {
                self.position += word.len();
                self.skip_whitespace();
                return Ok(value);
            }
        }
        Err(self.syntax_error("a value"))
    }

    /// Reads a number, and returns its bytes as they are written.
    pub(super) fn number(&mut self) -> Result<&'a [u8], BoxedDecodeError> {
        let start = self.position;
        let digits = |mut at: usize| {
            while self.byte(at).is_ascii_digit() {
                at += 1;
            }
            at
        };
        let mut at = start + usize::from(self.byte(start) == b'-');
        let integer = digits(at);
        let mut legal = integer > at && (self.byte(at) != b'0' || integer == at + 1);
        at = integer;
        if self.byte(at) == b'.' {
            let end = digits(at + 1);
            legal &= end > at + 1;
            at = end;
        }
        if matches!(self.byte(at), b'e' | b'E') {
            at += 1;
            if matches!(self.byte(at), b'+' | b'-') {
                at += 1;
            }
            let end = digits(at);
            legal &= end > at;
            at = end;
        }
        match self.body.bytes().get(start..at) {
            Some(number) if legal => {
                self.position = at;
                self.skip_whitespace();
                Ok(number)
            }
            _ => Err(self.syntax_error("a number")),
        }
    }

    /// Reads a string to the end of the arena. The caller has seen its opening quote.
    #[inline(never)]
    pub(super) fn string(&mut self) -> Result<StringToken, BoxedDecodeError> {
        let start = self.position + 1;
        let mut length = 0;
        if FAST {
            length = copy_plain(self.body, &mut self.arena.writer(), start, self.arena_len);
            if self.byte(start + length) == b'"' {
                self.position = start + length + 1;
                self.skip_whitespace();
                return Ok(StringToken { len: length, is_ascii: true });
            }
        }
        self.string_slow(start + length, length)
    }

    /// Continues a string at a byte that is not plain. The first `length` bytes are in the arena already.
    #[inline(never)]
    fn string_slow(&mut self, from: usize, mut length: usize) -> Result<StringToken, BoxedDecodeError> {
        let (body, used) = (self.body, self.arena_len);
        let mut text = self.arena.writer();
        let mut at = from;
        let mut ascii = true;
        loop {
            if FAST {
                (at, length) = unescape(body, &mut text, at, used, length);
            }
            match body.byte(at) {
                b'\\' => {
                    let letter = ESCAPES.get(usize::from(body.byte(at + 1))).copied().unwrap_or(0);
                    if letter != 0 {
                        text.set(used + length, letter);
                        length += 1;
                        at += 2;
                    } else {
                        self.position = at;
                        if body.byte(at + 1) != b'u' {
                            return Err(self.syntax_error("a JSON escape"));
                        }
                        let c = self.unicode_escape()?;
                        at = self.position;
                        ascii &= c.is_ascii();
                        text = self.arena.writer();
                        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                            text.set(used + length, byte);
                            length += 1;
                        }
                    }
                }
                b'"' => {
                    self.position = at + 1;
                    self.skip_whitespace();
                    return Ok(StringToken { len: length, is_ascii: ascii });
                }
                0..0x20 => {
                    self.position = at;
                    let is_cut = at >= self.end;
                    return Err(self.syntax_error(if is_cut {
                        "the end of a string"
                    } else {
                        "no control character in a string"
                    }));
                }
                0x80.. => {
                    ascii = false;
                    let count = utf8_length(body.u64_le(at) as u32);
                    if count == 0 {
                        return Err(Box::new(syntax_error_at(at, "UTF-8", "other bytes")));
                    }
                    text.store(used + length, body.vector(at));
                    length += count;
                    at += count;
                }
                byte => {
                    text.set(used + length, byte);
                    length += 1;
                    at += 1;
                }
            }
        }
    }

    /// Reads a `\u` escape, or two that form a surrogate pair.
    fn unicode_escape(&mut self) -> Result<char, BoxedDecodeError> {
        let start = self.position;
        self.position += 2;
        let mut code = self.hex4()?;
        if (0xd800..0xdc00).contains(&code) && self.byte(self.position) == b'\\' && self.byte(self.position + 1) == b'u'
        {
            let after_high = self.position;
            self.position += 2;
            let low = self.hex4()?;
            if (0xdc00..0xe000).contains(&low) {
                code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            } else {
                // The second escape is no low surrogate and is read on its own.
                self.position = after_high;
            }
        }
        Ok(char::from_u32(code).unwrap_or_else(|| {
            self.note_anomaly(start, Anomaly::LoneSurrogate);
            char::REPLACEMENT_CHARACTER
        }))
    }

    fn hex4(&mut self) -> Result<u32, BoxedDecodeError> {
        let mut unit = 0;
        for index in 0..4 {
            match char::from(self.byte(self.position + index)).to_digit(16) {
                Some(digit) => unit = unit << 4 | digit,
                None => return Err(self.syntax_error("four hex digits")),
            }
        }
        self.position += 4;
        Ok(unit)
    }

    /// Copies a number to the place of a string.
    pub(super) fn copy_number(&mut self, number: &[u8]) -> StringToken {
        let length = number.len();
        for (at, byte) in number.iter().enumerate() {
            self.arena.set(self.arena_len + at, *byte);
        }
        StringToken { len: length, is_ascii: true }
    }

    /// Returns the bytes of a string that has just been read.
    #[inline(always)]
    pub(super) fn token_bytes(&self, token: StringToken) -> &[u8] {
        self.arena.bytes().get(self.arena_len..self.arena_len + token.len).unwrap_or_default()
    }

    /// Returns a string that has just been read.
    pub(super) fn token_str(&self, token: StringToken) -> &str {
        // The string was checked when it was read. Callers are rare enough that a second check is cheap.
        core::str::from_utf8(self.token_bytes(token)).unwrap_or_default()
    }
}

/// Copies plain bytes and one-letter escapes up to any other byte; returns its offset and the length of the string.
///
/// The positions of all special bytes in a block are one bit mask, so an escape does not wait for the previous one.
#[inline(always)]
fn unescape(
    body: PaddedInput<'_>,
    text: &mut ArenaWriter<'_>,
    start: usize,
    used: usize,
    length: usize,
) -> (usize, usize) {
    const SPAN: usize = 4 * LANES;
    let consts = SimdConsts::load();
    let (mut base, mut from, mut end) = (start, 0, used + length);
    'near: while let Some(near) = body.lookahead(base) {
        let mut odd = special_mask_64(near, &consts) & u64::MAX << from;
        while let Some([a, b, c, d]) = text.vectors_mut(end)
            && let Some(rest) = near.get(from % SPAN..).and_then(|rest| rest.first_chunk::<SPAN>())
        {
            vector_at(rest, 0).store(a);
            vector_at(rest, LANES).store(b);
            vector_at(rest, 2 * LANES).store(c);
            vector_at(rest, 3 * LANES).store(d);
            let place = (odd.trailing_zeros() as usize).min(SPAN);
            end += place - from;
            from = place;
            if place < SPAN {
                let [mark, letter] = body.two_bytes(base + place);
                let letter = ESCAPES.get(usize::from(letter)).copied().unwrap_or(0);
                if mark != b'\\' || letter == 0 {
                    break 'near;
                }
                text.set(end, letter);
                end += 1;
                from += 2;
            }
            if from >= SPAN {
                base += SPAN;
                from -= SPAN;
                continue 'near;
            }
            odd &= u64::MAX << from;
        }
        break;
    }
    (base + from, end - used)
}

/// The bytes of one-letter escapes, by letter; 0 for none.
const ESCAPES: [u8; 128] = {
    let mut out = [0; 128];
    let pairs = *b"\"\"\\\\//n\nr\rt\tb\x08f\x0c";
    let mut at = 0;
    #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses what is out of bounds")]
    while at < pairs.len() {
        out[pairs[at] as usize] = pairs[at + 1];
        at += 2;
    }
    out
};

pub(super) fn quoted(text: &str) -> String {
    let mut out = String::new();
    write_string(&mut out, text);
    out
}

pub(super) fn syntax_error_at(offset: usize, expected: &str, found: impl Into<String>) -> DecodeError {
    DecodeError::new("ILLEGAL_JSON", offset, expected, found)
}
