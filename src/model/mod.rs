//! What the service returns, normalised.
//!
//! Every record is declared once, as a table of fields ([`Field`]): the struct, its documentation, the decoder, the
//! sandbox's writer and the TypeScript declaration all come from that one place. What the wire says in several ways
//! (`""`, `null` and an absent key; severity as text or number) is one value here. No reading and no I/O in this room.
//!
//! With the feature `serde` all of it can be written and read: a record as a map of the service's own names, every documented
//! field as it is here, and `extra` for the others.
//!
//! | door | is |
//! |---|---|
//! | [`CaseRecord`] | a case as Case Summary and the two lists give it |
//! | [`CaseDetail`], [`CaseNote`] | a case with everything, and its notes |
//! | [`PaginationRecord`] | where a page stands in its list |
//! | [`CaseSummaryResult`], [`CasesPage`] | the two answers that hold several cases |
//! | [`Shape`] | which document an answer is |
//! | [`Severity`], [`StatusFlag`], [`CaseStatus`], [`Timestamp`] | values that are valid once they exist |
//! | [`Issue`] | what is off in a record that the service sent |
//! | [`write_record`] | a record as JSON |

#[macro_use]
mod record;

mod case_detail;
mod case_note;
mod case_record;
mod case_status;
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
pub use document::{CaseSummaryResult, CasesPage, DocumentKind};
pub use field::{Field, FieldKind, FieldMut, FieldRef, Record};
pub use issue::Issue;
pub use pagination_record::PaginationRecord;
pub use severity::Severity;
pub use status_flag::StatusFlag;
pub use timestamp::Timestamp;
pub use write::write_record;
