//! General-purpose helpers that are independent of the service: JSON, hashing, strings, sorting, instants,
//! checkpoints.
//!
//! Each replaces a part of the standard library that weighs up to 9 KB in the wasm (ARCHITECTURE.md, "Decisions").
//!
//! | item | is |
//! |---|---|
//! | [`Json`] | a JSON value without a schema |
//! | [`parse_json`], [`JsonSyntaxError`] | the small JSON reader |
//! | [`ObjectWriter`], [`write_string`], [`write_array`] | the JSON writer |
//! | [`DAY_MS`] | 24 hours in milliseconds |

pub(crate) mod checkpoint_codec;
mod fnv;
pub(crate) mod heapsort;
mod json;
mod json_reader;
mod rfc3339;
pub(crate) mod rng;
mod string_map;
mod strings;

pub(crate) use fnv::{fnv1a_64, fnv1a_64_bytes};
pub(crate) use json::write_members;
pub use json::{Json, ObjectWriter, write_array, write_string};
pub use json_reader::{JsonSyntaxError, parse_json};
pub use rfc3339::DAY_MS;
pub(crate) use rfc3339::{
    YEAR_0_MS, YEAR_10000_MS, days_in_month, format_rfc3339_utc, parse_rfc3339_ms, push_rfc3339_utc,
};
pub(crate) use string_map::StringMap;
pub(crate) use strings::{
    Append, ellipsize, join, parse_decimal, push_decimal, push_padded_decimal, str_prefix, take_until, text,
    text_outside_wasm, utf8_length,
};
