//! Bytes to validated records.
//!
//! One pass over a body checks that it is legal JSON (RFC 8259, with unique keys and bounded nesting) and that each
//! field is what the documentation says, and fills the [`model`](crate::model). What is illegal is a [`Fault`] with
//! path, expectation and byte offset; what is legal but off is an [`Issue`](crate::model::Issue) beside the records,
//! so that one odd case does not hide a hundred good ones. No input makes it panic, hang or recurse without bound.
//!
//! It is fast by what it does not do: sixteen bytes are looked at at once (`lane`), a name is compared with the one that
//! followed last time (`run`), strings are copied once, unescaped, into one text (`scan`), and no object is made of
//! them here. Whatever is not as expected (another order, white space, an escape, a number for a text, an unknown
//! field) is read by the general way for that one token, and the next one is fast again. [`records_plainly`] takes the
//! general way throughout; tests hold the two to each other and to serde_json.
//!
//! | door | reads |
//! |---|---|
//! | [`case_summary`] | `{ count, cases }` |
//! | [`case_details`] | `{ caseDetail }` |
//! | [`cases_page`] | `{ pagination_response_record, cases }` |
//! | [`json`] | any value |
//! | [`records`] | any of the three, as [`Records`]: cells over a compact text, from a [`Body`] |

mod body;
mod columns;
mod decoder;
mod document;
mod duplicate_keys;
mod error;
mod fast_path;
mod interner;
mod path;
mod shapes;
mod simd;
mod table;
mod tape;
mod tokenizer;
mod u32_buffer;
mod unknown_fields;
mod value;

pub use body::Body;
pub(crate) use columns::column_of;
pub use columns::{OUT_OF_LINE_WORDS, Records, RecordsView};
#[doc(hidden)]
pub use document::records_scalar;
pub use document::{CaseDetailResult, case_details, case_summary, cases_page, records, records_into};
pub use error::DecodeError;
pub use table::NO_COUNT;
pub use value::{json, json_from_body};

/// The largest body that is read: 64 MiB, some 300 times the largest page seen (www/guide/service.md#responses).
pub const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;

/// The deepest nesting that is read. The documented answers nest 4 deep.
pub const MAX_DEPTH: usize = 64;
