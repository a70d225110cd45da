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
//! | [`Json`], [`ObjectWriter`] | a value whose shape nobody has promised, and the one JSON writer |

mod answer;
mod case_detail;
mod case_note;
mod case_record;
mod case_status;
mod field;
mod hash;
mod issue;
mod json;
mod pagination_record;
#[cfg(feature = "serde")]
mod serde;
mod severity;
pub(crate) mod sort;
mod status_flag;
mod text;
mod text_map;
mod timestamp;

pub use answer::{CaseSummaryResult, CasesPage, Shape};
pub use case_detail::CaseDetail;
pub use case_note::CaseNote;
pub use case_record::CaseRecord;
pub use case_status::CaseStatus;
pub use field::{Field, FieldKind, Record, Slot, Value};
pub(crate) use hash::{hash, hash_bytes};
pub use issue::Issue;
pub use json::{Json, ObjectWriter, write_list, write_record, write_text};
pub use pagination_record::PaginationRecord;
pub use severity::Severity;
pub use status_flag::StatusFlag;
pub(crate) use text::{
    Part, beginning, joined, part_of, prose, push_number, push_padded, shortened, text, whole_number,
};
pub(crate) use text_map::TextMap;
pub use timestamp::{DAY_MS, Timestamp};
pub(crate) use timestamp::{days_in_month, rfc3339_ms};
