//! In bulk: any number of ids, any range of dates, lists that move while they are read, and what has changed since.
//!
//! The service gives 30 cases, 10 contracts, 10 users, 100 cases a page and 90 days at a time. The machines of this room
//! split what is asked for, say which requests to make, several at a time, and make one stream of what comes. They
//! make no requests themselves: whoever drives them takes what [`Bulk::ask`] says, makes the calls, hands in how they
//! ended, and takes out what is delivered. They hold no records either: of an answer they are told a row for each case,
//! and a handle under which whoever drives them keeps the records ([`CaseRows`]).
//!
//! | door | is |
//! |---|---|
//! | [`Asked`], [`Purpose`], [`Filter`] | what is asked for, checked |
//! | [`Bulk`], [`BulkOptions`] | one of the machines below, as its driver sees it |
//! | [`Lists`] | every case of any number of contracts or users, or what has changed of them |
//! | [`Cases`] | any number of cases by their ids, in brief or with everything |
//! | [`CaseRows`], [`write_rows`], [`write_service_ms`] | what a machine is told of an answer |
//! | [`Verdict`], [`Failure`], [`Delivery`], [`Progress`], [`Refused`] | what a machine says |
//! | [`Cursor`] | how far lists were read, to go on from next time |
//! | [`estimate`], [`sample`] | how many requests it will take, and lists to learn it from |

mod asked;
mod cases;
mod checked;
mod cursor;
mod drive;
mod estimate;
mod lists;
mod rows;
mod sync;

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use asked::{EARLIEST_MS, KINDS};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use drive::{AHEAD_SECONDS, MAX_BATCH, MAX_CONCURRENCY};

pub use asked::{Asked, Filter, Purpose};
pub use cases::Cases;
pub use checked::{read_checked, write_checked};
pub use cursor::{Cursor, Known, Part};
pub use drive::{
    Bulk, BulkOptions, BulkRequest, Counts, Delivery, Failure, Kind, Progress, Refused, Verdict, bulk_options,
};
pub use estimate::{Estimate, estimate, sample};
pub use lists::Lists;
pub use rows::{CaseRow, CaseRows, write_rows, write_service_ms};
