//! Queries over cases: conditions, words, order and window, with one meaning for every engine.
//!
//! | item | is |
//! |---|---|
//! | [`CaseQuery`], [`Conditions`] | a query, valid by construction |
//! | [`TextField`], [`DateInterval`], [`AgeRange`], [`SearchWord`] | the parts of conditions |
//! | [`SortTerm`], [`SortKey`] | the order |
//! | [`fold_text`], [`FoldedChars`], [`compare_folded`], [`sort_prefix`], [`id_key`], [`is_word_char`] | folding |
//! | [`WordTokenizer`], [`TextToken`], [`TokenKind`], [`MAX_JOINED_CHARS`] | the tokenizer |
//! | [`UNICODE_VERSION`] | the version of Unicode of folding and tokenizer |

mod canonical;
mod case_query;
mod check;
mod days;
mod fold;
mod fold_table;
mod search_word;
mod tokens;
mod waiting;

pub use case_query::{AgeRange, CaseQuery, Conditions, DateInterval, SortKey, SortTerm, TextField};
pub use days::age_in_days;
pub use fold::{FoldedChar, FoldedChars, compare_folded, fold_text, id_key, is_word_char, sort_prefix};
pub use fold_table::UNICODE_VERSION;
pub use search_word::SearchWord;
pub use tokens::{MAX_JOINED_CHARS, TextToken, TokenKind, WordTokenizer};
pub use waiting::WaitingOn;
