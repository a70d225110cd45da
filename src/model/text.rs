//! Texts, in few bytes of code.

use alloc::string::String;

/// A text for people (what an error means, what a parameter does), which the package's tables hold once more outside
/// the wasm, written by [`typescript`](crate::typescript): the client's wasm leaves it out and names the row instead.
/// Sandbox and gateway write it into their answers, and in Rust errors are worded with it.
pub(crate) const fn prose(text: &'static str) -> &'static str {
    const IS_USED: bool = cfg!(any(feature = "sandbox", feature = "gateway", feature = "transport"));
    if cfg!(target_arch = "wasm32") && !IS_USED { "" } else { text }
}

/// The parts, one behind the other with a text between them.
pub(crate) fn joined(parts: &mut dyn Iterator<Item = &str>, between: &str) -> String {
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
pub(crate) fn beginning(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or_default()
}

/// Appends a whole number in decimal. What std writes numbers with is made for signs, widths and radixes.
pub(crate) fn push_number(out: &mut String, number: u32) {
    if number >= 10 {
        push_number(out, number / 10);
    }
    out.extend(char::from_digit(number % 10, 10));
}
