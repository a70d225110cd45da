//! The canonical spelling of error codes.

use crate::util::part_of;
use alloc::{borrow::ToOwned, string::String};

/// A code in the one spelling that all comparisons use: upper case, words joined by `_`, without the `ERR`, the status
/// and the `DEVELOPER` or `ACCOUNT` that gateways put in front.
/// `ERR_403_DEVELOPER_OVER_RATE`, `403 Developer Over Rate` and `Account Over Rate` are all `OVER_RATE`.
pub(crate) fn canonical(code: &str) -> String {
    let joined = to_words(code);
    let mut rest = joined.get(1..joined.len() - 1).unwrap_or_default();
    loop {
        let mut tail = rest;
        let first = part_of(&mut tail, b'_');
        let status = first.len() == 3 && first.bytes().all(|b| b.is_ascii_digit());
        if tail.is_empty() || !(status || matches!(first, "ERR" | "DEVELOPER" | "ACCOUNT")) {
            return rest.to_owned();
        }
        rest = tail;
    }
}

/// Text as `_WORD_WORD_`, upper case, so that whole words can be searched for.
pub(super) fn to_words(text: &str) -> String {
    let mut out = String::from("_");
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_uppercase());
        } else if !out.ends_with('_') {
            out.push('_');
        }
    }
    if !out.ends_with('_') {
        out.push('_');
    }
    out
}
