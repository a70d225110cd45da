//! General-purpose helpers that know nothing of the service: JSON, hashing, strings, sorting, instants, checkpoints.
//!
//! Each is written for few bytes of wasm; the standard library's counterparts weigh 1 to 10 KB each.
//!
//! | item | is |
//! |---|---|
//! | [`Json`] | a JSON value without a schema |
//! | [`ObjectWriter`], [`write_text`], [`write_list`] | the JSON writer |
//! | [`DAY_MS`] | 24 hours in milliseconds |

pub(crate) mod checkpoint_codec;
mod fnv;
pub(crate) mod heapsort;
mod json;
mod rfc3339;
pub(crate) mod rng;
mod string_map;
mod strings;

pub(crate) use fnv::{hash, hash_bytes};
pub(crate) use json::write_members;
pub use json::{Json, ObjectWriter, write_list, write_text};
pub use rfc3339::DAY_MS;
pub(crate) use rfc3339::{YEAR_0_MS, YEAR_10000_MS, days_in_month, format_utc, rfc3339_ms};
pub(crate) use string_map::TextMap;
pub(crate) use strings::{
    Part, beginning, joined, part_of, prose, push_number, push_padded, shortened, text, whole_number,
};
