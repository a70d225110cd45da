//! One export for each way to do a job, selected by a Cargo feature. `base` is a module that does nothing.
//!
//! The input is external and the output depends on all of it, so that the compiler can remove nothing.

#![cfg_attr(not(feature = "std"), no_std)]
#![allow(dead_code, unexpected_cfgs, unused_imports, unused_macros, clippy::all)]

extern crate alloc;

use alloc::{string::String, vec::Vec};

#[path = "../../../../src/util/mod.rs"]
mod util;

#[cfg(feature = "http-date-own")]
#[path = "../../../../src/error/retry_after.rs"]
mod retry_after;

#[cfg(feature = "percent-own")]
#[path = "../../../../src/endpoint/percent.rs"]
mod percent;

#[cfg(not(feature = "std"))]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

#[cfg(not(feature = "std"))]
#[panic_handler]
fn trap(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// Allocates memory for the input and returns its address.
#[unsafe(no_mangle)]
pub extern "C" fn allocate(length: usize) -> *mut u8 {
    let mut bytes: Vec<u8> = alloc::vec![0; length];
    let start = bytes.as_mut_ptr();
    core::mem::forget(bytes);
    start
}

/// Does the job with the host's text.
///
/// # Safety
///
/// `start` and `length` are those of an [`allocate`]d text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn run(start: *const u8, length: usize) -> i64 {
    // SAFETY: the caller passes the address and length of memory from `allocate`, which it does not modify meanwhile.
    let bytes = unsafe { core::slice::from_raw_parts(start, length) };
    job(bytes)
}

fn text(bytes: &[u8]) -> &str {
    core::str::from_utf8(bytes).unwrap_or_default()
}

fn length(text: &str) -> i64 {
    text.bytes().fold(0, |sum, byte| sum * 31 + i64::from(byte))
}

#[cfg(feature = "base")]
fn job(bytes: &[u8]) -> i64 {
    length(text(bytes))
}

#[cfg(feature = "map-own")]
fn job(bytes: &[u8]) -> i64 {
    let mut map = util::StringMap::default();
    for (place, word) in text(bytes).split(' ').enumerate() {
        map.insert(word.into(), place as i64);
    }
    map.get("word").unwrap_or(length(text(bytes)))
}

#[cfg(feature = "map-btree")]
fn job(bytes: &[u8]) -> i64 {
    let mut map = alloc::collections::BTreeMap::<String, i64>::new();
    for (place, word) in text(bytes).split(' ').enumerate() {
        map.insert(word.into(), place as i64);
    }
    map.get("word").copied().unwrap_or(length(text(bytes)))
}

#[cfg(feature = "map-hashbrown")]
fn job(bytes: &[u8]) -> i64 {
    let mut map = hashbrown::HashMap::<String, i64>::new();
    for (place, word) in text(bytes).split(' ').enumerate() {
        map.insert(word.into(), place as i64);
    }
    map.get("word").copied().unwrap_or(length(text(bytes)))
}

#[cfg(any(feature = "sort-own", feature = "sort-std"))]
fn job(bytes: &[u8]) -> i64 {
    let mut pairs: Vec<(u64, u32)> =
        bytes.iter().enumerate().map(|(place, byte)| (u64::from(*byte), place as u32)).collect();
    #[cfg(feature = "sort-own")]
    util::heapsort::heapsort(&mut pairs);
    #[cfg(feature = "sort-std")]
    pairs.sort_unstable();
    pairs.iter().fold(0, |sum, (key, place)| sum * 31 + *key as i64 + i64::from(*place))
}

#[cfg(feature = "rfc3339-own")]
fn job(bytes: &[u8]) -> i64 {
    let ms = util::parse_rfc3339_ms(bytes).unwrap_or(-1);
    ms + length(&util::format_rfc3339_utc(ms))
}

#[cfg(feature = "rfc3339-time")]
fn job(bytes: &[u8]) -> i64 {
    use time::format_description::well_known::Rfc3339;
    let Ok(instant) = time::OffsetDateTime::parse(text(bytes), &Rfc3339) else { return -1 };
    (instant.unix_timestamp_nanos() / 1_000_000) as i64 + length(&instant.format(&Rfc3339).unwrap_or_default())
}

#[cfg(feature = "rfc3339-chrono")]
fn job(bytes: &[u8]) -> i64 {
    let Ok(instant) = chrono::DateTime::parse_from_rfc3339(text(bytes)) else { return -1 };
    instant.timestamp_millis() + length(&instant.to_rfc3339())
}

#[cfg(feature = "rfc3339-jiff")]
fn job(bytes: &[u8]) -> i64 {
    use alloc::string::ToString;
    let Ok(instant) = text(bytes).parse::<jiff::Timestamp>() else { return -1 };
    instant.as_millisecond() + length(&instant.to_string())
}

#[cfg(feature = "http-date-own")]
fn job(bytes: &[u8]) -> i64 {
    retry_after::http_date_ms(text(bytes)).unwrap_or(-1)
}

#[cfg(feature = "http-date-httpdate")]
fn job(bytes: &[u8]) -> i64 {
    let Ok(instant) = httpdate::parse_http_date(text(bytes)) else { return -1 };
    instant.duration_since(std::time::SystemTime::UNIX_EPOCH).map_or(-1, |since| since.as_millis() as i64)
}

#[cfg(feature = "json-own")]
fn job(bytes: &[u8]) -> i64 {
    let words = text(bytes).split(' ').map(|word| (word, util::Json::from(word)));
    length(&util::Json::object(words).to_json_string())
}

#[cfg(feature = "json-serde_json")]
fn job(bytes: &[u8]) -> i64 {
    use alloc::string::ToString;
    length(&text(bytes).split(' ').map(|word| (word, word)).collect::<serde_json::Value>().to_string())
}

#[cfg(feature = "percent-own")]
fn job(bytes: &[u8]) -> i64 {
    length(&percent::encode(text(bytes))) + length(&percent::decode(text(bytes)))
}

#[cfg(feature = "percent-percent-encoding")]
fn job(bytes: &[u8]) -> i64 {
    use alloc::string::ToString;
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
    const SET: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    length(&utf8_percent_encode(text(bytes), SET).to_string())
        + length(&percent_decode_str(text(bytes)).decode_utf8_lossy())
}

#[cfg(feature = "random-own")]
fn job(bytes: &[u8]) -> i64 {
    let mut rng = util::rng::Xorshift32::new(bytes.len() as u32);
    length(text(bytes)) + i64::from(rng.next_u32()) + i64::from(rng.next_u32())
}

#[cfg(feature = "random-oorandom")]
fn job(bytes: &[u8]) -> i64 {
    let mut rng = oorandom::Rand32::new(bytes.len() as u64);
    length(text(bytes)) + i64::from(rng.rand_u32()) + i64::from(rng.rand_u32())
}

#[cfg(feature = "random-fastrand")]
fn job(bytes: &[u8]) -> i64 {
    let mut rng = fastrand::Rng::with_seed(bytes.len() as u64);
    length(text(bytes)) + i64::from(rng.u32(..)) + i64::from(rng.u32(..))
}
