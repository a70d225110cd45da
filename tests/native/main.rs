//! Tests of the plain Rust code through its public API: one binary with a module per subject.

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

mod bulk;
mod bulk_model;
mod bulk_random;
#[path = "../bulk_simulation/mod.rs"]
mod bulk_simulation;
mod by_ids;
mod classify;
mod client;
mod clocks;
mod decode;
mod decoder_differential;
#[path = "../differential/mod.rs"]
mod differential;
mod drivers;
mod endless;
mod endpoint;
mod error_body;
mod error_table;
mod fixtures;
mod gateway;
mod harness;
mod held_set;
mod hooks;
mod instants;
mod known_client_bugs;
mod list_turns;
mod lookups;
mod mutating_lists;
mod options;
mod paging;
mod rate_limit;
#[cfg(feature = "serde")]
mod records_by_serde;
mod retry;
mod rules;
mod sandbox;
mod simulation;
mod timestamp;
mod token;
mod unsorted_lists;
