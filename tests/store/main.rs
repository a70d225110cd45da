//! Tests of queries and of the store through their public API: one binary with a module per subject.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout
)]

mod apply;
mod counting;
mod export;
mod fold_table;
mod history;
mod json_reader;
mod model;
mod notes;
mod page_bytes;
mod query_check;
mod query_evaluate;
mod query_fold;
mod query_titles;
mod query_tokens;
mod random;
mod random_cases;
mod reading;
mod snapshot;
mod unicode_reference;
