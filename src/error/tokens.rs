//! Error codes in running text, however they are spelled.

use super::{ERROR_TABLE, ErrorRow, table::CLIENT_ERRORS};
use crate::model::part_of;
use alloc::{borrow::ToOwned, string::String};

/// A code in the one spelling that all comparisons use: upper case, words joined by `_`, without the `ERR`, the status
/// and the `DEVELOPER` or `ACCOUNT` that gateways put in front.
/// `ERR_403_DEVELOPER_OVER_RATE`, `403 Developer Over Rate` and `Account Over Rate` are all `OVER_RATE`.
pub(crate) fn canonical(code: &str) -> String {
    let joined = words(code);
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
fn words(text: &str) -> String {
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

/// Whether `_WORD_WORD_` holds these words, from a joint to a joint.
fn has_words(text: &str, words: &str) -> bool {
    let (text, words) = (text.as_bytes(), words.as_bytes());
    text.windows(words.len() + 2).any(|window| match window {
        [b'_', inside @ .., b'_'] => inside == words,
        _ => false,
    })
}

/// The row whose code stands in a text. The longest code wins ("Not Authorized" over "Forbidden"), but the reason
/// phrases of HTTP (a 403's "Forbidden") only where nothing more telling stands there.
pub(super) fn find(text: &str, status: u16) -> Option<&'static ErrorRow> {
    let text = words(text);
    let mut best: Option<(bool, usize, bool, &'static ErrorRow)> = None;
    for row in ERROR_TABLE.iter().chain(CLIENT_ERRORS.iter().filter(|row| row.code == "INVALID_CLIENT")) {
        for name in row.names() {
            let name = canonical(name);
            if has_words(&text, &name) {
                let candidate = (!is_reason_phrase(row), name.len(), row.status == status, row);
                if best.is_none_or(|(telling, length, same, _)| {
                    (candidate.0, candidate.1, candidate.2) > (telling, length, same)
                }) {
                    best = Some(candidate);
                }
            }
        }
    }
    best.map(|(_, _, _, row)| row)
}

/// Whether the row is no more than HTTP's own words for its status.
fn is_reason_phrase(row: &ErrorRow) -> bool {
    matches!(
        row.code,
        "Bad Request"
            | "Forbidden"
            | "Request URI Too Long"
            | "Internal Server Error"
            | "Bad Gateway"
            | "API Maintenance/Service Unavailable"
            | "Gateway Timeout"
    )
}
