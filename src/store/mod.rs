//! The store: cases in columns, with queries, changes and history.
//!
//! A case is a row of columns (`columns`). Texts that repeat are in dictionaries, titles and case ids in arenas, so that
//! a case takes about a third of the memory of a decoded record. Rows are stable until the store is compacted. The
//! module reads no clock and does no I/O.
//!
//! | item | is |
//! |---|---|
//! | [`CaseStore`] | the cases |
//! | [`NoteAuthor`] | who wrote the newest note of a case |
#![allow(dead_code, reason = "not all readers are written")]

mod case_store;
mod chunked;
mod columns;
mod dictionary;
mod list_arena;
mod row_set;
mod text_arena;

pub use case_store::CaseStore;
pub use columns::NoteAuthor;
