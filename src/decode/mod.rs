//! Bytes to validated records.
//!
//! One pass over a body checks that it is legal JSON (RFC 8259, with unique keys and bounded nesting) and that each
//! field is what the documentation says, and fills the [`model`](crate::model). What is illegal is a [`Fault`] with
//! path, expectation and byte offset; what is legal but off is an [`Issue`](crate::model::Issue) beside the records,
//! so that one odd case does not hide a hundred good ones. No input makes it panic, hang or recurse without bound.
//!
//! | door | reads |
//! |---|---|
//! | [`case_summary`] | `{ count, cases }` |
//! | [`case_details`] | `{ caseDetail }` |
//! | [`cases_page`] | `{ pagination_response_record, cases }` |
//! | [`json`] | any value |

mod answer;
mod fault;
mod lexer;
mod record;
mod value;

pub use answer::{CaseDetailResult, case_details, case_summary, cases_page};
pub use fault::Fault;
pub use value::json;

/// The largest body that is read: 64 MiB, some 300 times the largest page seen (FACTS, Responses).
pub const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;

/// The deepest nesting that is read. The documented answers nest 4 deep.
pub const MAX_DEPTH: usize = 64;
