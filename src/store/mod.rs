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
//! | [`StoreError`], [`StoreErrorKind`] | an operation that the store refused |
#![allow(dead_code, reason = "not all readers are written")]

mod apply;
mod case_store;
mod change_set;
mod chunked;
mod columns;
mod dictionary;
mod error;
mod history;
mod list_arena;
mod row_set;
mod text_arena;

pub use case_store::{CaseStore, DetailColumns};
pub use change_set::{BeforeAfter, CaseChange, ChangeKind, ChangeSet, ChangedValues, FieldSet};
pub use columns::NoteAuthor;
pub use error::{StoreError, StoreErrorKind};
pub use history::HistoryLimits;
