//! Tests of the copy at the edge: the statements in a real SQLite database, compared with the plain evaluation.

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

mod answers;
mod changes;
mod d1_statements;
mod database;
mod details;
mod feed;
mod hostile;
mod plans;
mod queries;
#[path = "../store/random.rs"]
mod random;
mod writer;
