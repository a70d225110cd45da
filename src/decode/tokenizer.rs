//! The tokens of JSON (RFC 8259), read over a body with room behind its end.
//!
//! Strings are copied as they are read, unescaped, to the end of one compact text: the scanner's `text`. Who reads a
//! string either keeps it there, by moving `used` behind it, or lets the next one overwrite it.

use super::{
    Fault, MAX_BODY_BYTES, MAX_DEPTH,
    body::Body,
    simd::{LANE, Marks, Padded, Room, Text, copy, lane_of, odd_of},
};
use crate::util::{text, write_string};
use alloc::{borrow::ToOwned, boxed::Box, string::String};

/// A fault as it travels, behind one pointer.
pub(super) type Failed = Box<Fault>;

/// A string that has just been read: it stands in the text from `used` on.
#[derive(Clone, Copy)]
pub(super) struct Piece {
    /// Its bytes.
    pub(super) length: usize,
    /// Whether all of them are ASCII.
    pub(super) ascii: bool,
}

/// What is legal JSON and cannot be told as it is written.
#[derive(Clone, Copy)]
pub(super) enum Odd {
    /// Half of a surrogate pair, which became U+FFFD.
    LoneSurrogate,
    /// A member's name that came before in the same object: the last of its values counts.
    Again,
}

impl Odd {
    /// What was expected, and what stands there.
    pub(super) fn told(self) -> [&'static str; 2] {
        match self {
            Odd::LoneSurrogate => ["Unicode text", "a lone surrogate, read as U+FFFD"],
            Odd::Again => ["a unique name", "a duplicate name; the last value counts"],
        }
    }
}

/// A reader of JSON tokens that knows where it is. With `FAST` it reads sixteen bytes at a time where it can; without,
/// one after the other. Both give the same.
pub(super) struct Scan<'a, const FAST: bool> {
    /// The body and the zeros behind it.
    pub(super) body: Padded<'a>,
    end: usize,
    /// Where the next token begins.
    pub(super) at: usize,
    depth: usize,
    /// What was first read otherwise than it is written since it was last taken, and where.
    odd: Option<(usize, Odd)>,
    /// The compact text, and behind it room for what is being read.
    pub(super) text: Text,
    /// How much of it is kept.
    pub(super) used: usize,
}

impl<'a, const FAST: bool> Scan<'a, FAST> {
    /// A scanner at the body's first token; a byte order mark is passed over. The text's memory is used again.
    #[inline(always)]
    pub(super) fn new(body: &'a Body, text: Option<Text>) -> Self {
        let end = body.len();
        let padded = body.padded();
        let body = Padded::new(padded).unwrap_or_default();
        let padded = body.bytes();
        // Unescaped, no string is longer than it was: there is always a lane of room.
        let text = text.filter(|text| text.fits(body)).unwrap_or_else(|| Text::for_body(body));
        let at = if padded.starts_with("\u{feff}".as_bytes()) { "\u{feff}".len() } else { 0 };
        Scan { body, end, at, depth: 0, odd: None, text, used: 0 }
    }

    /// The document begins.
    pub(super) fn begin(&mut self) -> Result<(), Failed> {
        if self.end > MAX_BODY_BYTES {
            let expected = text!("at most ", MAX_BODY_BYTES, " bytes");
            let found = text!(self.end, " bytes");
            return Err(Box::new(Fault::new("BODY_TOO_LARGE", MAX_BODY_BYTES, expected, found)));
        }
        self.space();
        Ok(())
    }

    #[inline(always)]
    fn byte(&self, at: usize) -> u8 {
        self.body.byte(at)
    }

    /// The next token's first byte; 0 at the end.
    #[inline(always)]
    pub(super) fn peek(&self) -> u8 {
        self.byte(self.at)
    }

    /// What stands here, for a message: a few characters.
    fn found(&self) -> String {
        let rest = self.body.bytes().get(self.at..self.end.min(self.at + 128)).unwrap_or_default();
        let valid = core::str::from_utf8(rest).map_or_else(|error| error.valid_up_to(), str::len);
        let text = rest.get(..valid).and_then(|valid| core::str::from_utf8(valid).ok()).unwrap_or_default();
        if rest.is_empty() { "the end".to_owned() } else { quoted(&text.chars().take(24).collect::<String>()) }
    }

    /// A fault at the next token.
    #[cold]
    pub(super) fn fault(&self, code: &'static str, expected: &str) -> Failed {
        Box::new(Fault::new(code, self.at, expected, self.found()))
    }

    #[cold]
    pub(super) fn illegal(&self, expected: &str) -> Failed {
        self.fault("ILLEGAL_JSON", expected)
    }

    /// What was read otherwise than it is written since this was last asked, and where.
    #[inline(always)]
    pub(super) fn take_odd(&mut self) -> Option<(usize, Odd)> {
        self.odd.take()
    }

    /// Whether anything was, and has not been asked for.
    pub(super) fn has_odd(&self) -> bool {
        self.odd.is_some()
    }

    /// Takes note of what was read otherwise than it is written; the first counts.
    pub(super) fn note(&mut self, at: usize, odd: Odd) {
        self.odd.get_or_insert((at, odd));
    }

    /// Where the scanner is set back: how deep it was there, and that nothing odd was met.
    pub(super) fn set_back(&mut self, at: usize, depth: usize) {
        self.at = at;
        self.depth = depth;
        self.odd = None;
    }

    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// Takes the byte if it is the next token.
    #[inline(always)]
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let eaten = self.peek() == byte;
        if eaten {
            self.at += 1;
            self.space();
        }
        eaten
    }

    /// Passes over white space.
    #[inline(always)]
    pub(super) fn space(&mut self) {
        if self.peek() <= b' ' {
            self.spaces();
        }
    }

    #[inline(never)]
    fn spaces(&mut self) {
        if FAST {
            loop {
                // Behind the end are zeros, which are no white space.
                let ink = self.body.lane(self.at).ink();
                self.at += (ink.trailing_zeros() as usize).min(LANE);
                if ink != 0 {
                    return;
                }
            }
        }
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
    }

    /// The document must end here.
    pub(super) fn finish(&self) -> Result<(), Failed> {
        if self.at >= self.end { Ok(()) } else { Err(self.illegal("the end of the document")) }
    }

    /// Enters an array or an object.
    #[inline(never)]
    pub(super) fn enter(&mut self, open: u8) -> Result<(), Failed> {
        if self.depth >= MAX_DEPTH {
            return Err(self.illegal(&text!("at most ", MAX_DEPTH, " levels")));
        }
        if !self.eat(open) {
            return Err(self.illegal(if open == b'[' { "an array" } else { "an object" }));
        }
        self.depth += 1;
        Ok(())
    }

    /// Leaves it, if its closing byte is next.
    #[inline(never)]
    pub(super) fn leave(&mut self, close: u8) -> bool {
        let left = self.eat(close);
        if left {
            self.depth = self.depth.saturating_sub(1);
        }
        left
    }

    /// After an item: whether another one follows before the closing byte.
    #[inline(never)]
    pub(super) fn another(&mut self, close: u8) -> Result<bool, Failed> {
        if self.eat(b',') {
            return Ok(true);
        }
        if self.leave(close) {
            return Ok(false);
        }
        Err(self.illegal(if close == b']' { "\",\" or \"]\"" } else { "\",\" or \"}\"" }))
    }

    /// The colon behind a name.
    #[inline(never)]
    pub(super) fn colon(&mut self) -> Result<(), Failed> {
        self.space();
        if self.eat(b':') { Ok(()) } else { Err(self.illegal("\":\"")) }
    }

    /// Reads `null`, `true` or `false`.
    pub(super) fn word(&mut self) -> Result<Option<bool>, Failed> {
        for (word, value) in [("null", None), ("true", Some(true)), ("false", Some(false))] {
            if self.body.bytes().get(self.at..).is_some_and(|rest| rest.starts_with(word.as_bytes())) {
                self.at += word.len();
                self.space();
                return Ok(value);
            }
        }
        Err(self.illegal("a value"))
    }

    /// Reads a number; gives the bytes as they are written.
    pub(super) fn number(&mut self) -> Result<&'a [u8], Failed> {
        let start = self.at;
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
                self.at = at;
                self.space();
                Ok(number)
            }
            _ => Err(self.illegal("a number")),
        }
    }

    /// Reads a string to the text's end. The caller has seen its opening quote.
    #[inline(never)]
    pub(super) fn string(&mut self) -> Result<Piece, Failed> {
        let start = self.at + 1;
        let mut length = 0;
        if FAST {
            length = copy(self.body, &mut self.text.room(), start, self.used);
            if self.byte(start + length) == b'"' {
                self.at = start + length + 1;
                self.space();
                return Ok(Piece { length, ascii: true });
            }
        }
        self.odd_string(start + length, length)
    }

    /// Goes on with a string at a byte that is not plain; `length` bytes of it are in the text.
    #[inline(never)]
    fn odd_string(&mut self, from: usize, mut length: usize) -> Result<Piece, Failed> {
        let (body, used) = (self.body, self.used);
        let mut text = self.text.room();
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
                        self.at = at;
                        if body.byte(at + 1) != b'u' {
                            return Err(self.illegal("a JSON escape"));
                        }
                        let c = self.unicode_escape()?;
                        at = self.at;
                        ascii &= c.is_ascii();
                        text = self.text.room();
                        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                            text.set(used + length, byte);
                            length += 1;
                        }
                    }
                }
                b'"' => {
                    self.at = at + 1;
                    self.space();
                    return Ok(Piece { length, ascii });
                }
                0..0x20 => {
                    self.at = at;
                    let is_cut = at >= self.end;
                    return Err(self.illegal(if is_cut {
                        "the end of a string"
                    } else {
                        "no control character in a string"
                    }));
                }
                0x80.. => {
                    ascii = false;
                    let count = character(body, at);
                    if count == 0 {
                        return Err(Box::new(illegal(at, "UTF-8", "other bytes")));
                    }
                    text.put(used + length, body.lane(at));
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

    /// Reads the escape of a UTF-16 unit, or of two that make a character.
    fn unicode_escape(&mut self) -> Result<char, Failed> {
        let start = self.at;
        self.at += 2;
        let mut code = self.hex4()?;
        if (0xd800..0xdc00).contains(&code) && self.byte(self.at) == b'\\' && self.byte(self.at + 1) == b'u' {
            let after_high = self.at;
            self.at += 2;
            let low = self.hex4()?;
            if (0xdc00..0xe000).contains(&low) {
                code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            } else {
                // The escape that follows stands for itself.
                self.at = after_high;
            }
        }
        Ok(char::from_u32(code).unwrap_or_else(|| {
            self.note(start, Odd::LoneSurrogate);
            char::REPLACEMENT_CHARACTER
        }))
    }

    fn hex4(&mut self) -> Result<u32, Failed> {
        let mut unit = 0;
        for index in 0..4 {
            match char::from(self.byte(self.at + index)).to_digit(16) {
                Some(digit) => unit = unit << 4 | digit,
                None => return Err(self.illegal("four hex digits")),
            }
        }
        self.at += 4;
        Ok(unit)
    }

    /// A number in the place of a string that has just been read.
    pub(super) fn place(&mut self, number: &[u8]) -> Piece {
        let length = number.len();
        for (at, byte) in number.iter().enumerate() {
            self.text.set(self.used + at, *byte);
        }
        Piece { length, ascii: true }
    }

    /// The bytes of a string that has just been read.
    #[inline(always)]
    pub(super) fn bytes(&self, piece: Piece) -> &[u8] {
        self.text.bytes().get(self.used..self.used + piece.length).unwrap_or_default()
    }

    /// The same as text.
    pub(super) fn str(&self, piece: Piece) -> &str {
        // It was checked while it was read; checking again costs little where this is called.
        core::str::from_utf8(self.bytes(piece)).unwrap_or_default()
    }
}

/// Copies plain bytes and what escapes of one letter stand for, up to what is neither; gives where that is, and how long
/// the string is then.
///
/// Where the next escape is does not wait for the one before it: all that are near are looked for at once, and each is
/// one bit.
#[inline(always)]
fn unescape(body: Padded<'_>, text: &mut Room<'_>, start: usize, used: usize, length: usize) -> (usize, usize) {
    const SPAN: usize = 4 * LANE;
    let marks = Marks::read();
    let (mut base, mut from, mut end) = (start, 0, used + length);
    'near: while let Some(near) = body.near(base) {
        let mut odd = odd_of(near, &marks) & u64::MAX << from;
        while let Some([a, b, c, d]) = text.near(end)
            && let Some(rest) = near.get(from % SPAN..).and_then(|rest| rest.first_chunk::<SPAN>())
        {
            lane_of(rest, 0).put(a);
            lane_of(rest, LANE).put(b);
            lane_of(rest, 2 * LANE).put(c);
            lane_of(rest, 3 * LANE).put(d);
            let place = (odd.trailing_zeros() as usize).min(SPAN);
            end += place - from;
            from = place;
            if place < SPAN {
                let [mark, letter] = body.pair(base + place);
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

/// What an escape of one letter stands for; 0 is none.
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

/// How many bytes the character has that is not ASCII and begins there; 0 if it is no UTF-8 (RFC 3629, section 4).
#[inline(always)]
fn character(body: Padded<'_>, at: usize) -> usize {
    let continues = |index: usize| body.byte(at + index) & 0xc0 == 0x80;
    let second = body.byte(at + 1);
    match body.byte(at) {
        0xc2..0xe0 if continues(1) => 2,
        0xe0 if (0xa0..0xc0).contains(&second) && continues(2) => 3,
        0xed if (0x80..0xa0).contains(&second) && continues(2) => 3,
        0xe1..0xed | 0xee..0xf0 if continues(1) && continues(2) => 3,
        0xf0 if (0x90..0xc0).contains(&second) && continues(2) && continues(3) => 4,
        0xf1..0xf4 if continues(1) && continues(2) && continues(3) => 4,
        0xf4 if (0x80..0x90).contains(&second) && continues(2) && continues(3) => 4,
        _ => 0,
    }
}

pub(super) fn quoted(text: &str) -> String {
    let mut out = String::new();
    write_string(&mut out, text);
    out
}

pub(super) fn illegal(offset: usize, expected: &str, found: impl Into<String>) -> Fault {
    Fault::new("ILLEGAL_JSON", offset, expected, found)
}
