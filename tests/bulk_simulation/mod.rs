//! Calls in bulk against the sandbox, over a network that takes its time, under a clock that whoever looks on moves: what
//! comes, with how many requests, and how long it takes, to the millisecond and the same each time.
//!
//! | file | is |
//! |---|---|
//! | `harness` | the service, the network, the client's engine and the clock |
//! | `driver` | asks a machine what to ask for, makes the calls, takes what comes |
//! | `record_store` | keeps the records of what has come until they are delivered |
//! | `rng` | chance, from a seed |
//!
//! `native` tests by it, `cargo xtask bench bulk` measures by it.

// Each binary uses a part of it.
#![allow(dead_code, unused_imports)]

mod driver;
mod harness;
mod record_store;
mod rng;

pub use driver::{Came, all_cases, changes, checked_anew, drive, quoted};
pub use harness::{Harness, START_MS, json, limits};
pub use record_store::{Delivered, RecordStore};
pub use rng::Rng;

/// Returns when each list of a cursor was last read, from its member `checked`; 0 for never.
pub fn checked_of(cursor: &str) -> Vec<i64> {
    let (_, rest) = cursor.split_once("\"checked\":[").expect("a cursor says when lists were read");
    let (numbers, _) = rest.split_once(']').expect("a list ends");
    let numbers = numbers.split(',').filter(|number| !number.is_empty());
    numbers.map(|number| number.parse().expect("a number")).collect()
}
