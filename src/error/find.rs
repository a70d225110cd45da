//! Error codes in running text.

use super::canonical::{canonical, to_words};
use super::{CLIENT_ERRORS, ERROR_TABLE, ErrorRow};

/// Whether `_WORD_WORD_` contains these words, delimited by `_`.
fn has_words(text: &str, words: &str) -> bool {
    let (text, words) = (text.as_bytes(), words.as_bytes());
    text.windows(words.len() + 2).any(|window| match window {
        [b'_', inside @ .., b'_'] => inside == words,
        _ => false,
    })
}

/// Returns the row whose code occurs in a text.
///
/// The longest code wins ("Not Authorized" over "Forbidden"). The reason phrases of HTTP (a 403's "Forbidden") only count
/// if the text contains no other code.
pub(super) fn find_code(text: &str, status: u16) -> Option<&'static ErrorRow> {
    let text = to_words(text);
    let mut best: Option<(bool, usize, bool, &'static ErrorRow)> = None;
    for row in ERROR_TABLE.iter().chain(CLIENT_ERRORS.iter().filter(|row| row.code == "INVALID_CLIENT")) {
        for name in row.spellings() {
            let name = canonical(name);
            if has_words(&text, &name) {
                let candidate = (!is_reason_phrase(row), name.len(), row.status == status, row);
                if best.is_none_or(|(specific, length, same, _)| {
                    (candidate.0, candidate.1, candidate.2) > (specific, length, same)
                }) {
                    best = Some(candidate);
                }
            }
        }
    }
    best.map(|(_, _, _, row)| row)
}

/// Whether the row's code is only HTTP's reason phrase for its status.
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
