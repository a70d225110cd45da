//! The JavaScript interfaces of the client's wasm and of the bulk wasm. One suite runs in Node and in headless
//! browsers.
//!
//! The engine is driven step by step, with test clocks. All values cross the boundary through JavaScript as in the
//! package's own code: bodies are written into the memory at an address, headers of records are read from it. The
//! package's own tests cover `fetch`, signals and token providers.

#![cfg(all(target_arch = "wasm32", feature = "js-client", feature = "js-bulk"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod bulk;
mod calls;
mod decoding;
mod harness;
mod lists;
mod tokens;
