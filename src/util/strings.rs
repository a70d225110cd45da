//! String helpers with little code.

use alloc::string::String;

/// Returns a text for people (the meaning of an error, of a parameter), or `""` in the client's wasm.
///
/// `xtask/codegen` also writes these texts to tables outside the wasm, from which the client reads them by row. The
/// sandbox and the gateway put them into responses, and the Rust API into errors.
pub(crate) const fn text_outside_wasm(text: &'static str) -> &'static str {
    const IS_USED: bool = cfg!(any(feature = "sandbox", feature = "gateway", feature = "transport"));
    if cfg!(target_arch = "wasm32") && !IS_USED { "" } else { text }
}

/// Joins texts with a separator.
pub(crate) fn join(parts: &mut dyn Iterator<Item = &str>, between: &str) -> String {
    let mut out = String::new();
    for (index, part) in parts.enumerate() {
        if index > 0 {
            out.push_str(between);
        }
        out.push_str(part);
    }
    out
}

/// Returns the longest prefix of at most `most` bytes that ends at a character boundary.
pub(crate) fn str_prefix(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or_default()
}

/// Shortens a text for a message to its first 100 characters.
pub(crate) fn ellipsize(text: &str) -> String {
    const CHARS: usize = 100;
    let end = text.char_indices().nth(CHARS).map(|(end, _)| end);
    match end.and_then(|end| text.get(..end)) {
        Some(start) => text!(start, "…"),
        None => text.into(),
    }
}

/// Appends a number in decimal. The formatting of std supports signs, widths and radixes, and weighs 4 KB.
pub(crate) fn push_decimal(out: &mut String, number: u64) {
    push_padded_decimal(out, number, 1);
}

/// Appends a number in decimal, with leading zeros up to `digits` digits.
pub(crate) fn push_padded_decimal(out: &mut String, number: u64, digits: u32) {
    if number >= 10 || digits > 1 {
        push_padded_decimal(out, number / 10, digits.saturating_sub(1));
    }
    out.push(char::from(b'0' + (number % 10) as u8));
}

/// Parses a number below 10^17 from decimal digits. The parsers of std weigh 1 KB for two integer types.
pub(crate) fn parse_decimal(digits: &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for digit in digits {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        number = (number < 10_000_000_000_000_000).then_some(number * 10 + digit)?;
    }
    (!digits.is_empty()).then_some(number)
}

/// Removes the text before a byte from `rest` and returns it; the byte is dropped, and without one all of the text is
/// returned.
///
/// The splitting of std searches for any character, and weighs 1 KB.
pub(crate) fn take_until<'text>(rest: &mut &'text str, end: u8) -> &'text str {
    let at = rest.bytes().position(|byte| byte == end).unwrap_or(rest.len());
    let part = rest.get(..at).unwrap_or_default();
    *rest = rest.get(at + 1..).unwrap_or_default();
    part
}

/// A part of a [`text!`].
pub(crate) trait Append {
    /// Appends the part.
    fn append_to(&self, out: &mut String);
}

impl Append for str {
    fn append_to(&self, out: &mut String) {
        out.push_str(self);
    }
}

impl Append for String {
    fn append_to(&self, out: &mut String) {
        out.push_str(self);
    }
}

impl Append for u64 {
    fn append_to(&self, out: &mut String) {
        push_decimal(out, *self);
    }
}

impl Append for i64 {
    fn append_to(&self, out: &mut String) {
        if *self < 0 {
            out.push('-');
        }
        push_decimal(out, self.unsigned_abs());
    }
}

impl Append for u32 {
    fn append_to(&self, out: &mut String) {
        push_decimal(out, u64::from(*self));
    }
}

impl Append for u16 {
    fn append_to(&self, out: &mut String) {
        push_decimal(out, u64::from(*self));
    }
}

impl Append for usize {
    fn append_to(&self, out: &mut String) {
        push_decimal(out, *self as u64);
    }
}

impl<P: Append + ?Sized> Append for &P {
    fn append_to(&self, out: &mut String) {
        (**self).append_to(out);
    }
}

/// Concatenates texts and whole numbers. It replaces `format!` at a tenth of its weight.
macro_rules! text {
    ($($part:expr),+ $(,)?) => {{
        let mut out = alloc::string::String::new();
        $( $crate::util::Append::append_to(&$part, &mut out); )+
        out
    }};
}

pub(crate) use text;

/// Returns the length of the UTF-8 character beyond ASCII that begins with a little-endian word, or 0 if it is invalid
/// (RFC 3629, section 4).
#[inline(always)]
pub(crate) fn utf8_length(word: u32) -> usize {
    let low = |shift: u32| word >> shift & 0x3f;
    let (length, code) = if word & 0xc0_e0 == 0x80_c0 {
        (2, (word & 0x1f) << 6 | low(8))
    } else if word & 0xc0_c0_f0 == 0x80_80_e0 {
        (3, (word & 0xf) << 12 | low(8) << 6 | low(16))
    } else if word & 0xc0_c0_c0_f8 == 0x80_80_80_f0 {
        (4, (word & 7) << 18 | low(8) << 12 | low(16) << 6 | low(24))
    } else {
        return 0;
    };
    // A longer form than the character needs is invalid.
    if char::from_u32(code).is_some_and(|c| c.len_utf8() == length) { length } else { 0 }
}
