//! Decoding of response bodies into validated records.
//!
//! One pass over a body checks that it is valid JSON (RFC 8259, with unique keys and bounded nesting) and that each
//! field matches the documentation, and fills the [`model`](crate::model). Invalid JSON is a [`DecodeError`] with
//! path, expectation and byte offset. Valid JSON that differs from the documentation is an
//! [`Issue`](crate::model::Issue) next to the records, so that one malformed case does not hide a hundred good ones.
//! No input makes the decoder panic, loop forever or recurse without bound.
//!
//! The decoder is fast because it avoids work: it compares 16 bytes at once (`simd`), predicts each key from the order
//! of the previous record (`fast_path`), copies every string once, unescaped, into one arena (`tokenizer`), and
//! creates no object per string. A token that differs from the prediction (another order, whitespace, an escape, a
//! number in place of a string, an unknown field) is read by the general path (`decoder`); the fast path continues
//! with the next token. [`records_scalar`] takes the general path throughout. Tests compare both with each other and
//! with serde_json.
//!
//! | item | reads |
//! |---|---|
//! | [`case_summary`] | `{ count, cases }` |
//! | [`case_details`] | `{ caseDetail }` |
//! | [`cases_page`] | `{ pagination_response_record, cases }` |
//! | [`json`] | any value |
//! | [`records`] | any of the three documents, as [`Records`]: cells over a string arena, from a [`Body`] |
//! | [`PageBytes`] | [`Records`] as bytes, for another wasm module |
//!
//! # Memory layout
//!
//! The wasm's JavaScript reads [`Records`] in place. `columns` describes the cells, `tape` and `shapes` the
//! undocumented fields. `page_encoder` writes them as bytes, and `page_bytes` reads those in place, by the vectors of
//! `page_vectors`.
//!
//! # Files
//!
//! Imports run one way: `page_bytes`, `page_records` → `page_encoder`, `document` → `decoder`, `unknown_fields` → `fast_path`, `columns` → `table`, `tape`, `interner` →
//! `shapes`, `value` → `tokenizer`, `duplicate_keys`, `page_vectors` → `simd`, `body`, `u32_buffer`, `error`.

mod body;
mod columns;
mod decoder;
mod document;
mod duplicate_keys;
mod error;
mod fast_path;
mod interner;
#[cfg(feature = "store")]
mod page_bytes;
mod page_encoder;
#[cfg(feature = "store")]
mod page_records;
#[cfg(feature = "store")]
mod page_vectors;
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
#[cfg(feature = "store")]
pub(crate) use columns::column_in;
pub(crate) use columns::column_of;
pub use columns::{OUT_OF_LINE_WORDS, Records, RecordsView};
#[doc(hidden)]
pub use document::records_scalar;
pub use document::{CaseDetailResult, case_details, case_summary, cases_page, records, records_into};
pub use error::DecodeError;
#[cfg(feature = "store")]
pub use page_bytes::{PageBytes, PageBytesError};
#[cfg(feature = "store")]
pub(crate) use page_records::{cases_to_page_bytes, detail_to_page_bytes};
#[cfg(all(feature = "store", target_feature = "simd128"))]
pub(crate) use page_vectors::load_vector;
#[cfg(feature = "store")]
pub(crate) use page_vectors::{append_text, is_same_text};
pub use table::NO_COUNT;
pub use value::{json, json_from_body};

/// The maximum size of a body: 64 MiB, about 300 times the largest page seen (www/guide/service.md#responses).
pub const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;

/// The maximum nesting depth. The documented responses have 4 levels.
pub const MAX_DEPTH: usize = 64;
