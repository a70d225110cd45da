//! Queries over cases: conditions, words, order and window, with one meaning for every engine.
//!
//! A query is data ([`CaseQuery`]). The store evaluates it over columns, the copy at the edge as SQL, and [`evaluate`]
//! over a slice: plainly, without an index. All three give the same answer, and tests compare them. This module holds
//! what they must agree on. It does no I/O and reads no clock.
//!
//! | item | is |
//! |---|---|
//! | [`CaseQuery`], [`Conditions`] | a query, valid by construction |
//! | [`ConditionField`], [`DateInterval`], [`AgeRange`], [`SearchWord`] | the parts of conditions |
//! | [`SortTerm`], [`SortKey`] | the order |
//! | [`evaluate`], [`QueryableCase`], [`EvaluatedQuery`] | the plain evaluation |
//! | [`matches_query`], [`text_rank`], [`compare_cases`] | its parts |
//! | [`matched_ranges`], [`SearchedField`] | the places of a query's words in a field |
//! | [`age_in_days`], [`WaitingOn`] | values derived from a case |
//! | [`CaseOverview`], [`OverviewOptions`] | counts by severity and status, age, waiting party and week |
//! | [`SeverityStatusCount`], [`AgeBucket`], [`WeekCount`], [`FacetCount`] | the parts of an overview |
//! | [`fold_text`], [`FoldedChars`], [`FoldedChar`], [`is_word_char`] | folding |
//! | [`compare_folded`], [`sort_prefix`], [`id_key`] | keys of folded texts |
//! | [`WordTokenizer`], [`TextToken`], [`TokenKind`], [`MAX_JOINED_CHARS`] | the tokenizer |
//! | [`UNICODE_VERSION`] | the version of Unicode of folding and tokenizer |
//! | [`sql`] | queries as SQL, for the copy at the edge |
//!
//! # Rules
//!
//! Tests cite these numbers.
//!
//! ## 1. Conditions
//!
//! | rule | text |
//! |---|---|
//! | 1.1 | A case matches `where` if it matches every member. A member with several values matches if one does. |
//! | 1.2 | A case that matches **any** member of `not` is left out. No member of `not` can add a case. |
//! | 1.3 | Texts (`status`, ids, technologies) match by their exact bytes: without folding, and without trimming. So does `user_id`, although requests ignore its case ([`IdRule::USER`](crate::rules::IdRule::USER)): a condition names the spellings of the cases, which facets list. |
//! | 1.4 | `""` and `null` in a list match a missing value. For `bug` and `rma`, that is a case without any. |
//! | 1.5 | `bug` and `rma` match if one of the case's does. |
//! | 1.6 | `status_flag` is the flag that the service sent. It is not derived from the status (rule 7). |
//! | 1.7 | An empty object (`"created": {}`, `"quiet_for_days": {}`) and a text without words are no condition, in `not` too. |
//! | 1.8 | An empty list is a problem: it could mean everything or nothing. |
//!
//! ## 2. Dates
//!
//! | rule | text |
//! |---|---|
//! | 2.1 | `from` is inclusive, `to` is exclusive. Both are instants, compared in milliseconds; texts may have any UTC offset. |
//! | 2.2 | A missing date is in no interval. |
//! | 2.3 | `from` = `to` is the empty interval, and matches nothing. `to` < `from` is a problem. |
//!
//! ## 3. Ages
//!
//! | rule | text |
//! |---|---|
//! | 3.1 | An age is ⌊(now − date) / 86 400 000 ms⌋: days of 24 hours, no days of a calendar or time zone. |
//! | 3.2 | `min` ≤ age ≤ `max`. A date in the future has a negative age. A missing date is in no range. |
//! | 3.3 | `open_for_days` is for open cases (rule 7) only, from `creation_date`. |
//! | 3.4 | `quiet_for_days` is for any case, from `updated_date`. |
//! | 3.5 | `in_status_for_days` is for any case, from the instant from which it has its status, as far as that is known. |
//! | 3.6 | `now` is the query's, else the engine's. Nothing here reads a clock. |
//!
//! ## 4. Search
//!
//! | rule | text |
//! |---|---|
//! | 4.1 | Query and fields are folded: [`fold_text`]. Case, accents, and the width of characters do not count. |
//! | 4.2 | Query and title are cut into tokens by one tokenizer: [`WordTokenizer`]. |
//! | 4.3 | The ids are `case_id`, `serial_number`, `contract_id`, `user_id`, and each of `bugs` and `rmas`. The tokens of an id are those of the tokenizer, and its key: its letters and digits in one ([`id_key`]). |
//! | 4.4 | A word matches a case if it is a prefix of a token of the title or of an id. |
//! | 4.5 | A word of at least three characters also matches if it is the end of the key of an id, but for `user_id`. |
//! | 4.6 | A word with punctuation (`C9300-48P`) matches if the joined word (`c930048p`) does, or if all of its parts (`c9300`, `48p`) do. So it finds the same text, typed with the same, another or no punctuation. |
//! | 4.7 | Every word of the query must match; each may in another field. Words count once. |
//! | 4.8 | A run of Chinese, Japanese, Thai, Lao, Khmer or Burmese is its bigrams, each a word; a single character is a word that matches anywhere in a run. Bigrams need not be neighbours. |
//! | 4.9 | A text without words (punctuation, emoji) is no condition. |
//! | 4.10 | An engine may also search the notes of details: a word then matches if it is a prefix of a token of `note` or `note_detail`. The store does so where asked for (`searchNotes`); SQL has no notes. |
//!
//! ## 5. Rank
//!
//! | rule | text |
//! |---|---|
//! | 5.1 | The level of a word in a case: 3 if it is the key of an id, 2 if it is a token of the title, 1 if it matches another field, 0 if it matches only in notes. |
//! | 5.2 | The level of a word with punctuation is that of the joined word, or the least of those of its parts if that is more. |
//! | 5.3 | The rank of a case is the sum of the levels of the words of `where.text`. It depends on no other case. |
//! | 5.4 | If `text` is the last term, `updated_date` descending follows, unless it is a term before. |
//! | 5.5 | Without words, terms by `text` are left out. Without the member `where.text`, one is a problem. |
//!
//! ## 6. Order and window
//!
//! | rule | text |
//! |---|---|
//! | 6.1 | The terms count in order; ties end in `case_id` ascending, by bytes. So no two cases of an engine are equal. |
//! | 6.2 | Missing values come last, ascending and descending. |
//! | 6.3 | `title`, `status`, `contract_id`, `user_id` and `technology_name` are in the order of the UTF-8 bytes of the folded text, then of the original: [`compare_folded`]. |
//! | 6.4 | `case_id` is in the order of its bytes: it is an id, and the same order as in 6.1. |
//! | 6.5 | `severity` is in the order of its number, dates in that of instants. |
//! | 6.6 | The default is `text` if there are words, else `updated_date` descending. A term's default is ascending, and descending for `text`. |
//! | 6.7 | `total` counts all matches, exactly. The window has those from `offset`, at most `limit`. |
//! | 6.8 | The position of a case is the number of matches before it, whatever the window. A case that does not match has none. |
//!
//! ## 7. Open cases
//!
//! | rule | text |
//! |---|---|
//! | 7.1 | A case is open if its flag is `O`; without a flag, if its status is not `Closed` ([`is_open`](crate::model::CaseRecord::is_open)). |
//!
//! ## 8. Waiting
//!
//! | rule | text |
//! |---|---|
//! | 8.1 | Whom a case waits for follows from its status: [`WaitingOn`]. `Close Pending` waits for the customer, who is to confirm that the case can be closed. |
//! | 8.2 | A closed case waits for nobody, whatever its status. |
//!
//! ## 9. Versions of a case
//!
//! | rule | text |
//! |---|---|
//! | 9.1 | Of two records of a case, the one with the later `updated_date` is the case; a missing date is the oldest. |
//! | 9.2 | Of two with the same date, equal content changes nothing. With different content, the one applied later is the case, but details yield to a list or summary. |
//! | 9.3 | Fields that not every document has (technology names; the flag; owner, tracking number and notes) are those of the newest record that has them. |
//! | 9.4 | A date in the future is a date like any other: until a later date comes, such a record is the case. The time of its request cannot decide instead: not every record has one, and clocks of tabs and devices differ, so that stores with the same records would have different cases. A store that removes the case takes the next record. |

mod canonical;
mod case_query;
mod char_tables;
mod check;
mod days;
mod evaluate;
mod fold;
mod fold_table;
mod matches;
mod overview;
mod overview_options;
mod search_word;
pub mod sql;
mod tokens;
mod waiting;

pub use case_query::{AgeRange, CaseQuery, ConditionField, Conditions, DateInterval, SortKey, SortTerm};
pub use days::age_in_days;
pub use evaluate::{EvaluatedQuery, QueryableCase, compare_cases, evaluate, matches_query, text_rank};
pub use fold::{FoldedChar, FoldedChars, compare_folded, fold_text, id_key, is_word_char, sort_prefix};
pub use fold_table::UNICODE_VERSION;
pub use matches::{SearchedField, matched_ranges};
pub use overview::{AgeBucket, CaseOverview, FacetCount, OverviewOptions, SeverityStatusCount, WeekCount};
pub(crate) use overview::{AgeBuckets, WEEK_MS, WeekCounts};
pub use search_word::SearchWord;
pub use tokens::{MAX_JOINED_CHARS, TextToken, TokenKind, WordTokenizer};
#[cfg(feature = "store")]
pub(crate) use tokens::{OTHER_LETTER, folded_byte};
pub use waiting::WaitingOn;
