//! Texts, in few bytes of code.

use alloc::string::String;

/// A text for people (what an error means, what a parameter does), which the package's tables hold once more outside
/// the wasm, written by `xtask/codegen`: the client's wasm leaves it out and names the row instead.
/// Sandbox and gateway write it into their answers, and in Rust errors are worded with it.
pub(crate) const fn prose(text: &'static str) -> &'static str {
    const IS_USED: bool = cfg!(any(feature = "sandbox", feature = "gateway", feature = "transport"));
    if cfg!(target_arch = "wasm32") && !IS_USED { "" } else { text }
}

/// The parts, one behind the other with a text between them.
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

/// At most the first so many bytes of a text, in whole characters.
pub(crate) fn str_prefix(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or_default()
}

/// A text for a message: of a long one the first 100 characters.
pub(crate) fn ellipsize(text: &str) -> String {
    const CHARS: usize = 100;
    let end = text.char_indices().nth(CHARS).map(|(end, _)| end);
    match end.and_then(|end| text.get(..end)) {
        Some(start) => text!(start, "…"),
        None => text.into(),
    }
}

/// Appends a whole number in decimal. What std writes numbers with is made for signs, widths and radixes, and weighs 4 KB.
pub(crate) fn push_decimal(out: &mut String, number: u64) {
    push_padded_decimal(out, number, 1);
}

/// The same, with zeros in front of it if it has fewer digits.
pub(crate) fn push_padded_decimal(out: &mut String, number: u64, digits: u32) {
    if number >= 10 || digits > 1 {
        push_padded_decimal(out, number / 10, digits.saturating_sub(1));
    }
    out.push(char::from(b'0' + (number % 10) as u8));
}

/// A whole number below 10^17, of decimal digits. What std reads numbers with weighs a KB for two kinds of them.
pub(crate) fn parse_decimal(digits: &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for digit in digits {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        number = (number < 10_000_000_000_000_000).then_some(number * 10 + digit)?;
    }
    (!digits.is_empty()).then_some(number)
}

/// Takes the beginning of a text up to a byte, which is left out; all of it where there is none. What std splits texts with
/// searches for any character, and weighs a KB.
pub(crate) fn take_until<'text>(rest: &mut &'text str, end: u8) -> &'text str {
    let at = rest.bytes().position(|byte| byte == end).unwrap_or(rest.len());
    let part = rest.get(..at).unwrap_or_default();
    *rest = rest.get(at + 1..).unwrap_or_default();
    part
}

/// What [`text!`] makes a text of.
pub(crate) trait Append {
    /// Appends it.
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

/// A text of texts and whole numbers, one behind the other: what `format!` does, at a tenth of its weight.
macro_rules! text {
    ($($part:expr),+ $(,)?) => {{
        let mut out = alloc::string::String::new();
        $( $crate::util::Append::append_to(&$part, &mut out); )+
        out
    }};
}

pub(crate) use text;
