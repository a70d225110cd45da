//! Calls in bulk against the sandbox, over a network that takes its time, under a clock that whoever looks on moves: what
//! comes, with how many requests, and how long it takes, to the millisecond and the same each time.
//!
//! | file | is |
//! |---|---|
//! | `world` | the service, the network, the client's engine and the clock |
//! | `drive` | asks a machine what to ask for, makes the calls, takes what comes |
//! | `kept` | keeps the records of what has come until they are delivered |
//! | `dice` | chance, from a seed |
//!
//! `native` tests by it, `cargo xtask bench bulk` measures by it.

// Each binary uses a part of it.
#![allow(dead_code, unused_imports)]

mod dice;
mod drive;
mod kept;
mod world;

pub use dice::Dice;
pub use drive::{Came, changes, checked_anew, drive, quoted, sweep};
pub use kept::{Delivered, Kept};
pub use world::{START_MS, World, json, limits};
