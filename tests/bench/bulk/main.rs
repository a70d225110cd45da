//! Calls in bulk beside the loop that others write, under a clock of their own: requests, time and cases that are lost.
//! It prints what it found as JSON; `tests/bench/bulk.mjs` makes tables of it.
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

/// The client's own width under such a limit, unless it is told another.
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
