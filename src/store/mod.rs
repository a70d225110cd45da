//! The store: cases in columns, with queries, changes and history.
//!
//! A case is a row of columns (`columns`). Texts that repeat are in dictionaries, titles and case ids in arenas, so that
//! a case takes about a third of the memory of a decoded record. Rows are stable until the store is compacted. The
//! module reads no clock and does no I/O.
//!
//! | item | is |
//! |---|---|
//! | [`CaseStore`] | the cases |
//! | [`ChangeSet`] | the changes of one operation |
//! | [`CaseChange`], [`ChangeKind`], [`FieldSet`] | a change of a case, its kind and its fields |
//! | [`ChangedValues`], [`BeforeAfter`] | the values before and after a change |
//! | [`HistoryLimits`] | the bounds of the history of changes |
//! | [`DetailColumns`], [`NoteAuthor`] | what the details of a case add |
//! | [`StoreRestore`] | a store that is being restored from its persisted parts |
//! | [`StoreError`], [`StoreErrorKind`] | an operation that the store refused |
//! | [`QueryAnswer`] | the number of matching cases and the rows of a window |
//! | [`FieldMatch`] | the places where the words of a query match in a field |
//! | [`FacetField`], [`FacetCount`] | counts of the values of fields |
//! | [`CaseOverview`], [`OverviewOptions`] | counts by severity and status, age, waiting party and week |
//! | [`SeverityStatusCount`], [`AgeBucket`], [`WeekCount`] | the parts of an overview |
//! | [`CaseExport`], [`ExportOptions`], [`ExportFormat`], [`ExportField`], [`ExportColumn`] | export in pieces |

mod answer;
mod apply;
mod capacity;
mod case_reader;
mod case_store;
mod change_set;
mod columns;
mod compact;
mod dictionary;
mod error;
mod export;
mod facets;
mod field_column;
mod field_matches;
mod filter;
mod fresh_rows;
mod growth;
mod history;
mod id_index;
mod indexes;
mod instant_column;
mod instant_parser;
mod kernels;
mod list_arena;
mod live;
mod live_query;
mod multikey_sort;
mod note_index;
mod notes;
mod number_chunks;
mod number_column;
mod order_search;
mod orders;
mod overview;
mod part_codec;
mod postings;
mod query_answer;
#[cfg(any(feature = "js-store", test))]
mod record_writer;
mod redact;
mod row_codec;
mod row_set;
mod snapshot;
mod sort_keys;
mod text_arena;
mod text_index;
mod text_search;
mod title_scan;
mod token_postings;
#[cfg(target_feature = "simd128")]
mod vectors;

pub use crate::model::{DetailColumns, NoteAuthor};
pub use crate::query::{AgeBucket, CaseOverview, FacetCount, OverviewOptions, SeverityStatusCount, WeekCount};
pub use case_store::CaseStore;
pub use change_set::{BeforeAfter, CaseChange, ChangeKind, ChangeSet, ChangedValues, FieldSet};
pub use error::{StoreError, StoreErrorKind};
pub use export::{CaseExport, ExportColumn, ExportField, ExportFormat, ExportOptions};
pub use facets::FacetField;
pub use field_matches::FieldMatch;
pub use history::HistoryLimits;
pub use query_answer::QueryAnswer;
#[cfg(feature = "js-store")]
pub(crate) use record_writer::{AnswerWriter, SentRecords};
pub use snapshot::StoreRestore;
