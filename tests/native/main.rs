//! Everything that is plain Rust, from outside: one binary, one module a room.

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

mod agreement;
mod behind_gateway;
mod bulk;
mod bulk_model;
mod bulk_random;
mod by_ids;
mod classify;
mod client;
mod clocks;
mod decode;
mod defects;
#[path = "../differential/mod.rs"]
mod differential;
mod disorder;
mod drivers;
mod endless;
mod endpoint;
mod error_body;
mod error_table;
mod fixtures;
mod gateway;
mod gateway_pace;
mod gateway_quota;
mod gateway_token;
mod held_set;
mod lookups;
mod moving;
#[path = "../network/mod.rs"]
mod network;
mod options;
mod pace;
mod paging;
#[cfg(feature = "serde")]
mod records_by_serde;
mod retry;
mod rules;
mod sandbox;
mod schema;
mod simulation;
mod timestamp;
mod token;
mod watching;
mod world;
