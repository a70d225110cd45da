//! The records of the service, in normalized form.
//!
//! Every record is declared once, as a table of fields ([`Field`]). The struct, its documentation, the decoder, the
//! sandbox's serializer and the TypeScript declaration all derive from that table. A value with several forms on the
//! wire (`""`, `null` and an absent key; severity as text or number) has one form here. This module does no parsing
//! and no I/O.
//!
//! With the feature `serde`, all types can be serialized and deserialized: a record as a map of the service's own
//! names, with every documented field in its form here, and `extra` for the others.
//!
//! | item | is |
//! |---|---|
//! | [`CaseRecord`] | a case as Case Summary and the two lists return it |
//! | [`CaseDetail`], [`CaseNote`] | the details of a case, and its notes |
//! | [`DetailColumns`], [`NoteAuthor`] | what the details of a case add to its record |
//! | [`PaginationRecord`] | the position of a page in its list |
//! | [`CaseSummaryResult`], [`CasesPage`] | the two responses with several cases |
//! | [`DocumentKind`] | the kind of a response |
//! | [`Severity`], [`StatusFlag`], [`CaseStatus`], [`Timestamp`] | values that are valid by construction |
//! | [`Issue`] | a difference between a record and the documentation |
//! | [`write_record`] | a record as JSON |

#[macro_use]
mod record;

mod case_detail;
mod case_note;
mod case_record;
mod case_status;
mod detail_columns;
mod document;
mod field;
mod issue;
mod pagination_record;
#[cfg(feature = "serde")]
mod serde;
mod severity;
mod status_flag;
mod timestamp;
mod write;

pub use case_detail::CaseDetail;
pub use case_note::CaseNote;
pub use case_record::CaseRecord;
pub use case_status::CaseStatus;
pub use detail_columns::{DetailColumns, NoteAuthor};
pub use document::{CaseSummaryResult, CasesPage, DocumentKind};
pub use field::{Field, FieldKind, FieldMut, FieldRef, Record};
pub use issue::Issue;
pub use pagination_record::PaginationRecord;
pub use severity::Severity;
pub use status_flag::StatusFlag;
pub use timestamp::Timestamp;
pub use write::write_record;
