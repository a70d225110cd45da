//! In bulk: any number of ids, any range of dates, lists that move while they are read, and what has changed since.
//!
//! The service gives 30 cases, 10 contracts, 10 users, 100 cases a page and 90 days at a time. The machines of this room
//! split what is asked for, say which requests to make, several at a time, and make one stream of what comes. They
//! make no requests themselves: whoever drives them takes what [`BulkJob::next_request`] says, makes the calls, hands in how they
//! ended, and takes out what is delivered. They hold no records either: of an answer they are told a row for each case,
//! and a handle under which whoever drives them keeps the records ([`CaseRows`]).
//!
//! | door | is |
//! |---|---|
//! | [`BulkQuery`], [`BulkOperation`], [`CaseFilter`] | what is asked for, checked |
//! | [`BulkJob`], [`BulkOptions`] | one of the machines below, as its driver sees it |
//! | [`ListJob`] | every case of any number of contracts or users, or what has changed of them |
//! | [`IdBatchJob`] | any number of cases by their ids, in brief or with everything |
//! | [`CaseRows`], [`write_rows`], [`write_service_time`] | what a machine is told of an answer |
//! | [`FailureOutcome`], [`BulkFailure`], [`Delivery`], [`Progress`], [`InvalidCheckpoint`] | what a machine says |
//! | [`Cursor`] | how far lists were read, to go on from next time |
//! | [`estimate`], [`sample`] | how many requests it will take, and lists to learn it from |

mod call_codec;
mod case_rows;
mod change_tracker;
mod cursor;
mod estimate;
mod id_batches;
mod job;
mod list_job;
mod query;

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use job::{AHEAD_SECONDS, MAX_BATCH, MAX_CONCURRENCY};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use query::{EARLIEST_MS, ID_KINDS};

pub use call_codec::{decode_call, encode_call};
pub use case_rows::{CaseRow, CaseRows, write_rows, write_service_time};
pub use cursor::{Cursor, KnownCase, ListCheckpoint};
pub use estimate::{Estimate, estimate, sample};
pub use id_batches::IdBatchJob;
pub use job::{
    BulkFailure, BulkJob, BulkOptions, BulkRequest, Delivery, DeliveryKind, FailureOutcome, InvalidCheckpoint,
    Progress, RequestUsage, bulk_options,
};
pub use list_job::ListJob;
pub use query::{BulkOperation, BulkQuery, CaseFilter};
