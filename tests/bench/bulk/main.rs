//! Bulk calls against the usual hand-written loop, under a simulated clock: requests, time and lost cases. The output
//! is JSON; `tests/bench/bulk.mjs` formats it as tables.
//!
//! Usage: bulk [--quick]

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

use cisco_support_case::bulk::bulk_options;

#[path = "../../bulk_simulation/mod.rs"]
mod bulk_simulation;
mod losses;
mod naive;
mod reads;
mod rounds;

/// Returns the client's default concurrency under a limit.
fn by_default(per_second: u32) -> u32 {
    bulk_options(&bulk_simulation::json("{}"), bulk_simulation::limits(per_second)).unwrap().concurrency
}

fn main() {
    let quick = std::env::args().any(|arg| arg == "--quick");
    let cases = if quick { 100_000 } else { 1_000_000 };
    let reads = reads::measure(cases);
    let rounds = rounds::measure(cases);
    let losses = losses::measure(if std::env::var("NR").is_ok() {
        1
    } else if quick {
        20
    } else {
        200
    });
    println!("{}", serde_json::json!({ "cases": cases, "reads": reads, "rounds": rounds, "losses": losses }));
}
