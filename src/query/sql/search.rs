//! Search in SQL: words as terms over a row, their rank, and the expression of the full-text index.
//!
//! A row has its words in texts with a space before and after each, so that `instr` finds a word by its start or end. This
//! is exact, costs a microsecond, and serves rows that are candidates already. The full-text index finds candidates: its
//! hits are exactly the rows that match, for it holds the same words (`case_columns`).

use super::statement::SqlWriter;
use crate::query::SearchWord;
use crate::util::text;
use alloc::{string::String, vec::Vec};

/// The first character of a reversed key in the full-text index. No folded word has it: it is no letter.
pub(super) const END_MARK: char = '\u{e000}';

/// Returns the term that each word matches a row `c` (rules 4.4 to 4.7). There is at least one word.
pub(super) fn words_term(sql: &mut SqlWriter, words: &[SearchWord]) -> String {
    let terms: Vec<String> = words.iter().map(|word| word_term(sql, word)).collect();
    terms.join(" AND ")
}

fn word_term(sql: &mut SqlWriter, word: &SearchWord) -> String {
    let whole = text_term(sql, word.text());
    let parts: Vec<String> = word.parts().iter().map(|part| text_term(sql, part)).collect();
    if parts.is_empty() { whole } else { text!("(", whole, " OR ", parts.join(" AND "), ")") }
}

/// Returns the term that a folded text matches a token, a key or the end of a key.
fn text_term(sql: &mut SqlWriter, folded: &str) -> String {
    let word = sql.word(folded);
    let starts = text!("instr(c.title_words, ' ' || ", word, ") OR instr(c.id_words, ' ' || ", word, ")");
    if SearchWord::can_match_end(folded) {
        text!("(", starts, " OR instr(c.id_keys, ", word, " || ' '))")
    } else {
        text!("(", starts, ")")
    }
}

/// Returns the rank of a row `c` for words that it matches (rules 5.1 to 5.3).
pub(super) fn rank(sql: &mut SqlWriter, words: &[SearchWord]) -> String {
    let levels: Vec<String> = words.iter().map(|word| word_level(sql, word)).collect();
    levels.join(" + ")
}

fn word_level(sql: &mut SqlWriter, word: &SearchWord) -> String {
    let whole = text_level(sql, word.text());
    let parts: Vec<String> = word.parts().iter().map(|part| text_level(sql, part)).collect();
    if parts.is_empty() { whole } else { text!("max(", whole, ", min(", parts.join(", "), "))") }
}

fn text_level(sql: &mut SqlWriter, folded: &str) -> String {
    let word = sql.word(folded);
    text!(
        "CASE WHEN c.user_id_key = ",
        word,
        " OR instr(c.id_keys, ' ' || ",
        word,
        " || ' ') THEN 3 WHEN instr(c.title_words, ' ' || ",
        word,
        " || ' ') THEN 2 WHEN ",
        text_term(sql, folded),
        " THEN 1 ELSE 0 END"
    )
}

/// Returns the expression of the full-text index for words that must all match.
///
/// Each text is quoted. It holds letters and digits only, so that it is one token of the index.
pub(super) fn match_expression(words: &[SearchWord]) -> String {
    let terms: Vec<String> = words
        .iter()
        .map(|word| {
            let whole = text_match(word.text());
            let parts: Vec<String> = word.parts().iter().map(|part| text_match(part)).collect();
            if parts.is_empty() { whole } else { text!("(", whole, " OR (", parts.join(" AND "), "))") }
        })
        .collect();
    terms.join(" AND ")
}

fn text_match(folded: &str) -> String {
    let mut out = text!("(\"", folded, "\" *");
    if SearchWord::can_match_end(folded) {
        out.push_str(" OR \"");
        out.push(END_MARK);
        out.extend(folded.chars().rev());
        out.push_str("\" *");
    }
    out.push(')');
    out
}
