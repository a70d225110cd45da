//! A deterministic simulation of bulk calls against the sandbox, with network latency and a simulated clock.
//! It measures the delivered cases, the number of requests and the time in milliseconds.
//!
//! | file | contents |
//! |---|---|
//! | `harness` | the service, the network, the client's engine and the clock |
//! | `driver` | the driver of a bulk job: it sends the job's requests and takes its deliveries |
//! | `record_store` | the records of responses until they are delivered |
//! | `rng` | a seeded random number generator |
//!
//! The native tests and `cargo xtask bench bulk` use it.

// Each binary uses only a part of the module.
#![allow(dead_code, unused_imports)]

mod driver;
mod harness;
mod record_store;
mod rng;

pub use driver::{JobResult, all_cases, changes, checked_anew, drive, quoted};
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
