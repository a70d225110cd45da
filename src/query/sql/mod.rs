//! Queries as SQL: prepared statements for the copy at the edge, in a SQLite database such as Cloudflare D1.
//!
//! The statements give the answers of [`evaluate`](crate::query::evaluate), by the rules of [`query`](crate::query). The
//! tables are those of the package's `migrations/`. This module writes texts and values; it opens no database.
//!
//! | item | is |
//! |---|---|
//! | [`SqlQuery`], [`QueryPlan`] | a query of an identity, and the way in which it is answered |
//! | [`CandidateSource`] | an index that finds candidates |
//! | [`CaseScope`] | the cases that an identity may see |
//! | [`SqlStatement`], [`SqlValue`] | a prepared statement and its values |
//! | [`OverviewRow`] | a row of an overview's statements |
//! | [`CASE_COLUMNS`], [`write_case_columns`], [`MISSING_MS`] | the columns of a case |
//!
//! # Permission
//!
//! A [`CaseScope`] is a term of every statement, and permits nothing by default. Counts, order and window are of the
//! cases in the scope only.
//!
//! # Cost
//!
//! D1 bills every row that a statement reads, and runs one statement at a time. A planner that guesses wrong reads a
//! million rows for a page of 50. So no plan is the planner's: a statement names its index (`INDEXED BY`), and the unary
//! `+` keeps all other terms from theirs. [`SqlQuery::plan`] chooses the index by counted candidates.
//!
//! | the query | reads |
//! |---|---|
//! | has a source with at most 50 000 candidates | those candidates, then the rows of the page by their ids |
//! | has more, in the order of a date, newest first | at most 50 000 cases by the index of that date, until the page is full |
//! | has more, in another order | nothing: it is refused |
//!
//! D1 also bills the rows of temporary tables. A page is billed with at most 7 rows per candidate, or 9 for an identity
//! with both contracts and users; an overview with at most 8.
//!
//! An identity with bounds never reads the whole table. One that may see all cases does so only for a query without any
//! condition that has an index, and only while there are at most 50 000 cases.
//!
//! # Search
//!
//! The full-text index gets words that are folded and cut already, separated by spaces; its tokenizer `ascii` splits at
//! these only, so that there is one tokenizer. It finds candidates, and no more: rank is a sum of levels (rule 5.3), for
//! `bm25` would depend on the cases of others. Hence `detail=none`. Per 100 000 cases, measured with SQLite 3.50:
//!
//! | options | size | count of 50 000 cases with `c` |
//! |---|---|---|
//! | `detail=none` | 6.5 MB | 30 ms |
//! | `detail=none, prefix='2 3'` | 9.9 MB | 18 ms |
//! | `detail=none, prefix='1 2 3'` (chosen) | 11.2 MB | 2.4 ms |
//! | `detail=full, prefix='1 2 3'` | 26.6 MB | 2.4 ms |
//!
//! Notes are not searched (rule 4.10): a copy has the records of cases and what details add to them, but no notes.
//!
//! # Limits of D1
//!
//! At most 100 parameters, whatever the query: a list is one parameter. No chain grows with a list; one that grows with
//! the words of a search ends at 32. No `LIKE`. A compound has more than two selects only where a list is longer than a value may be,
//! and then five at most.

mod case_columns;
mod filter;
pub(crate) mod limits;
mod overview;
mod scope;
mod search;
mod source;
mod sql_query;
mod statement;

pub use case_columns::{CASE_COLUMNS, MISSING_MS, write_case_columns};
pub use overview::OverviewRow;
pub use scope::CaseScope;
pub use source::CandidateSource;
pub use sql_query::{QueryPlan, SqlQuery};
#[cfg(feature = "gateway")]
pub(crate) use statement::union_of_lists;
pub use statement::{SqlStatement, SqlValue};
