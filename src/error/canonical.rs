//! The canonical spelling of error codes.

use crate::util::take_until;
use alloc::{borrow::ToOwned, string::String};

/// Returns the canonical spelling of a code, which all comparisons use.
///
/// It is upper case, with words joined by `_`, and without the `ERR`, the status and the `DEVELOPER` or `ACCOUNT` that API
/// gateways prepend: `ERR_403_DEVELOPER_OVER_RATE`, `403 Developer Over Rate` and `Account Over Rate` all become
/// `OVER_RATE`.
pub(crate) fn canonical(code: &str) -> String {
    let joined = to_words(code);
    let mut rest = joined.get(1..joined.len() - 1).unwrap_or_default();
    loop {
        let mut tail = rest;
        let first = take_until(&mut tail, b'_');
        let status = first.len() == 3 && first.bytes().all(|b| b.is_ascii_digit());
        if tail.is_empty() || !(status || matches!(first, "ERR" | "DEVELOPER" | "ACCOUNT")) {
            return rest.to_owned();
        }
        rest = tail;
    }
}

/// Returns text as `_WORD_WORD_` in upper case, in which whole words can be searched.
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
